import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runPortside } from './cli/built-cli.ts';
import { type MadeEvent, makeStory, writeEvents } from './made-evidence.ts';
import { expect, inMain, type PortsideApp, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

/**
 * What a desktop is told of new alerts. Only the desktop itself is stood in for: what is shown is noted instead, a click is
 * the event that the desktop would send. Rules, schedule, settings and windows are the program's own.
 */

interface Shown {
  readonly title: string;
  readonly body: string;
}

interface Desk {
  readonly notifications: (Shown & { emit(name: 'click'): boolean })[];
  badge: number;
}
type WithDesk = typeof globalThis & { desk?: Desk };

async function watchDesktop({ app }: PortsideApp): Promise<void> {
  await inMain(app, ({ app: inner, BrowserWindow, Notification }) => {
    const desk: Desk = { notifications: [], badge: 0 };
    (globalThis as WithDesk).desk = desk;
    Notification.isSupported = () => true;
    Notification.prototype.show = function show(this: Electron.Notification) {
      desk.notifications.push(this as unknown as Desk['notifications'][number]);
    };
    // The window of a test lies before no other: nobody looks at it.
    BrowserWindow.getFocusedWindow = () => null;
    inner.setBadgeCount = (count) => {
      desk.badge = count ?? 0;
      return true;
    };
  });
}

const told = ({ app }: PortsideApp) =>
  inMain(app, () => {
    const desk = (globalThis as WithDesk).desk;
    return {
      shown: (desk?.notifications ?? []).map(({ title, body }) => ({ title, body })),
      badge: desk?.badge ?? 0,
    };
  });

/** Gives the window the focus, as a desktop does; the display of a test has none to give. */
async function look({ app }: PortsideApp): Promise<void> {
  await inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.emit('focus'));
}

/** The story of the made evidence, moved so that its evening ended a few minutes ago. */
function recentStory(): readonly MadeEvent[] {
  const story = makeStory();
  const lastMs = Math.max(...story.map(({ atMs }) => atMs));
  const moveMs = Date.now() - 5 * 60_000 - lastMs;
  return story.map((event) => ({ ...event, atMs: event.atMs + moveMs }));
}

test('new alerts are told to the desktop, lead to their finding, count on the icon until looked at, and can be muted', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file, recentStory());
  const choose = async ({ window }: PortsideApp, choice: 'On new alerts' | 'Off') => {
    await window.keyboard.press('Control+,');
    const button = window.getByRole('group', { name: 'Notifications' }).getByRole('button', { name: choice });
    await button.press('Enter');
    await expect(button).toHaveAttribute('aria-pressed', 'true');
  };
  const forgetRuns = () => rm(join(places.workspace, 'rules'), { recursive: true, force: true });

  const empty = await launch();
  await expect(empty.window.getByText('No findings yet')).toBeVisible();
  await choose(empty, 'Off');
  await empty.close();
  await forgetRuns();
  const imported = await runPortside(['import', file, '--workspace', places.workspace], {
    configFolder: places.folder,
  });
  expect(imported.code).toBe(0);

  // The first turn of the schedule, muted: the icon alone tells.
  const muted = await launch();
  await watchDesktop(muted);
  await expect.poll(async () => (await told(muted)).badge).toBeGreaterThan(0);
  expect((await told(muted)).shown).toEqual([]);
  await choose(muted, 'On new alerts');
  await muted.close();
  await forgetRuns();

  const loud = await launch();
  await watchDesktop(loud);
  await loud.window.keyboard.press('Control+5');
  await expect.poll(async () => (await told(loud)).shown.length).toBe(1);
  const { shown, badge } = await told(loud);
  expect(shown[0]?.title).toBe(
    badge === 1 ? 'Unusual Process Writing Data to an External Device' : `${badge} new alerts`,
  );
  expect(shown[0]?.body).toMatch(/^rundll32\.exe (?:wrote|on)/);
  await loud.app.evaluate(() => (globalThis as WithDesk).desk?.notifications[0]?.emit('click'));
  await expect(workbenchPage(loud).selected.getByRole('heading', { level: 1 })).toContainText('rundll32.exe');
  await look(loud);
  await expect.poll(async () => (await told(loud)).badge).toBe(0);
  expect(loud.problems).toEqual([]);
});
