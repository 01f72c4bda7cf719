import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { axeProblems } from './axe-problems.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, inMain, type PortsideApp, test } from './portside-app.ts';
import {
  awayAnswers,
  capturingAnswers,
  clusterAnswers,
  damagedAnswers,
  importingAnswers,
  packageAnswers,
} from './screenshots/fixed-answers.ts';
import { type FixedAnswers, fixAnswers } from './screenshots/fixed-window.ts';
import { workbenchPage } from './workbench-page.ts';

/** What has the keyboard's focus: what it is called, in which part of the window, and whether the focus can be seen. */
async function focused(page: Page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return undefined;
    // A list longer than what is seen of it has its ring around the part that is seen.
    const list = element.getAttribute('role') === 'listbox' ? element.closest('.scroll') : null;
    const style = getComputedStyle(list ?? element);
    const label = element.getAttribute('aria-label') ?? element.getAttribute('title') ?? element.textContent ?? '';
    const labelled = element.getAttribute('aria-labelledby') ?? (element.id ? `label of ${element.id}` : '');
    const part = element.closest('header.top, .pane, footer.status');
    const box = element.getBoundingClientRect();
    return {
      name: label.trim() || labelled,
      html: element.outerHTML.slice(0, 160),
      part: part?.getAttribute('aria-label') ?? part?.tagName ?? '',
      isSeen: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2,
      isOnScreen: box.width > 0 && box.height > 0,
    };
  });
}

test('Tab goes through every part of the window in the order it is read, and the focus is always seen', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const started = await launch();
  const page = workbenchPage(started);
  await expect(started.window.getByText('No findings yet')).toBeVisible();
  await page.importFiles([file]);
  await page.openFinding(/rundll32\.exe/);
  await page.atRest();
  await started.window.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  const stops: NonNullable<Awaited<ReturnType<typeof focused>>>[] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    await started.window.keyboard.press('Tab');
    const stop = await focused(started.window);
    if (!stop) break;
    if (stops.length > 0 && stop.html === stops[0]?.html) break;
    stops.push(stop);
  }
  expect(stops.filter((stop) => !stop.isSeen).map((stop) => stop.html)).toEqual([]);
  expect(stops.filter((stop) => !stop.isOnScreen || stop.name === '').map((stop) => stop.html)).toEqual([]);
  const parts = stops.map((stop) => stop.part).filter((part, index, all) => part !== all[index - 1]);
  const start = parts.indexOf('HEADER');
  expect(
    [...parts.slice(start), ...parts.slice(0, start)].filter((part, index, all) => part !== all[index - 1]),
  ).toEqual(['HEADER', 'Findings', 'Timeline and processes', 'Selected finding', 'FOOTER']);
});

test('at 200 % zoom and at the smallest size no button of any view lies outside the width', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const started = await launch();
  const page = workbenchPage(started);
  await expect(started.window.getByText('No findings yet')).toBeVisible();
  await page.importFiles([file]);
  await page.openFinding(/rundll32\.exe/);
  for (const { zoom, width, height } of [
    { zoom: 2, width: 1440, height: 900 },
    { zoom: 1, width: 1100, height: 720 },
    { zoom: 2, width: 1100, height: 720 },
  ]) {
    await inMain(
      started.app,
      ({ BrowserWindow }, wanted) => {
        const [first] = BrowserWindow.getAllWindows();
        first?.setContentSize(wanted.width, wanted.height);
        first?.webContents.setZoomFactor(wanted.zoom);
      },
      { zoom, width, height },
    );
    await started.window.waitForFunction((inner) => innerWidth === inner, width / zoom);
    for (const key of ['1', '2', '3', '4', '5', '6']) {
      await started.window.keyboard.press(`Control+${key}`);
      await page.atRest();
      const outside = await started.window.evaluate(() => {
        const wide =
          document.documentElement.scrollWidth > innerWidth
            ? [`the page is ${document.documentElement.scrollWidth} px wide`]
            : [];
        const buttons = [...document.querySelectorAll('button')].filter((button) => {
          // What scrolls inside its own place is reached by scrolling there.
          if (button.closest('.scroll, table, .tabs, .palette-list')) return false;
          const { left, right, width: buttonWidth } = button.getBoundingClientRect();
          return buttonWidth > 0 && (left < -1 || right > innerWidth + 1);
        });
        return [...wide, ...buttons.map((button) => button.outerHTML.slice(0, 160))];
      });
      expect(outside, `view ${key} at ${zoom * 100} %`).toEqual([]);
    }
    for (const command of ['settings.open', 'audit.open', 'support.open', 'help.about', 'help.shortcuts']) {
      await runInMenu(started.app, command);
      const dialog = started.window.getByRole('dialog');
      await expect(dialog).toBeVisible();
      await page.atRest();
      const box = await dialog.evaluate((element) => {
        const { left, right } = element.getBoundingClientRect();
        return { left, right, isWide: element.scrollWidth > element.clientWidth + 1 };
      });
      expect(box.left, `${command} at ${zoom * 100} %`).toBeGreaterThanOrEqual(0);
      expect(box.right, `${command} at ${zoom * 100} %`).toBeLessThanOrEqual(width / zoom);
      expect(box.isWide, `${command} at ${zoom * 100} %`).toBe(false);
      // What does not fit in height is reached by scrolling: its last button is.
      const last = dialog.getByRole('button').last();
      await last.scrollIntoViewIfNeeded();
      await expect(last).toBeInViewport();
      await started.window.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
    }
  }
});

/** Chooses a command in the native menu. */
function runInMenu(app: PortsideApp['app'], id: string): Promise<void> {
  return app.evaluate(({ Menu }, wanted) => {
    Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click();
  }, id);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing wrong in any view, ${colorScheme}`, async ({ launch, places }) => {
    const file = join(places.folder, 'events.ndjson');
    await writeEvents(file);
    const started = await launch();
    const { window } = started;
    const page = workbenchPage(started);
    await window.emulateMedia({ colorScheme });
    expect(await axeProblems(window), 'an empty workbench').toEqual([]);
    await page.importFiles([file]);
    await page.openFinding(/rundll32\.exe/);

    for (const [key, name] of [
      ['1', 'Investigate'],
      ['2', 'Live'],
      ['3', 'Devices'],
      ['4', 'Cases'],
      ['5', 'Sources'],
      ['6', 'Rules'],
    ] as const) {
      await window.keyboard.press(`Control+${key}`);
      await expect(window.getByRole('heading', { level: 1, name, exact: true })).toBeAttached();
      await page.atRest();
      expect(await axeProblems(window), name).toEqual([]);
    }

    await window.keyboard.press('Control+1');
    for (const tab of ['False positives', 'Respond', 'Writes', 'Case', 'Investigate']) {
      await page.selected.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await page.atRest();
      expect(await axeProblems(window), tab).toEqual([]);
    }
    for (const [key, name] of [
      ['Control+k', 'Find or run a command'],
      ['?', 'Keyboard shortcuts'],
      ['Control+,', 'Settings'],
      ['x', 'Close the finding'],
    ] as const) {
      await window.keyboard.press(key);
      const dialog = window.getByRole('dialog', { name });
      await expect(dialog).toBeVisible();
      expect(await axeProblems(window), name).toEqual([]);
      await window.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
      // The key that closes a dialog does not lead back as well.
      await expect(window.getByRole('heading', { level: 1, name: 'Investigate', exact: true })).toBeAttached();
    }
    for (const [command, name] of [
      ['help.about', 'About Portside'],
      ['audit.open', 'Audit journal'],
      ['support.open', 'Support bundle'],
    ] as const) {
      await runInMenu(started.app, command);
      const dialog = window.getByRole('dialog', { name });
      await expect(dialog).toBeVisible();
      await page.atRest();
      expect(await axeProblems(window), name).toEqual([]);
      await window.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
    }

    // What comes seldom: something is under way, has failed, or is damaged.
    for (const { answers, key, sees, before } of [
      { answers: capturingAnswers, key: 'Control+2', sees: /Capturing/ },
      { answers: importingAnswers, key: 'Control+5', sees: /Reading/, before: 'Control+o' },
      { answers: clusterAnswers, key: 'Control+5', sees: /Missing:/ },
      { answers: awayAnswers, key: 'Control+1', sees: /does not answer/ },
      { answers: damagedAnswers, key: 'Control+,', sees: /is kept as/ },
      { answers: packageAnswers, key: 'Control+1', sees: /Likely exfiltration/ },
    ] satisfies readonly { answers: FixedAnswers; key: string; sees: RegExp; before?: string }[]) {
      await fixAnswers(started.app, answers);
      await window.reload();
      await expect(window.getByRole('navigation', { name: 'Views' })).toBeVisible();
      await window.keyboard.press(key);
      if (before) await window.keyboard.press(before);
      await expect(window.getByText(sees).first()).toBeVisible();
      expect(await axeProblems(window), String(sees)).toEqual([]);
    }
    expect(started.problems.filter((problem) => !/store-unreachable/.test(problem))).toEqual([]);
  });
}
