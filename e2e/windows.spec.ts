import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { ElectronApplication, Page } from '@playwright/test';
import { askMain } from './bridge.ts';
import { runPortside } from './cli/built-cli.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, inMain, launchPortside, type Places, test } from './portside-app.ts';

const pictures = resolve(import.meta.dirname, '..', 'out', 'e2e-pictures');

/** Starts the program once more, as a desktop does that follows a link or opens a file; it hands over and ends. */
async function startAgain(userData: string, ...args: readonly string[]): Promise<void> {
  const electron: string = createRequire(import.meta.url)('electron');
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(electron, [...asRoot, '.', `--user-data-dir=${userData}`, ...args], { stdio: 'ignore' });
  await once(child, 'exit');
}

/** Evidence in the workspace, and a case of its best finding. */
async function makeCase(places: Places): Promise<{ readonly findingIds: readonly string[]; readonly caseId: string }> {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const cli = async (...args: readonly string[]) => {
    const outcome = await runPortside([...args, '--workspace', places.workspace, '--json'], {
      configFolder: places.userData,
    });
    expect(outcome).toMatchObject({ code: 0 });
    return outcome.stdout.trim().split('\n');
  };
  await cli('import', file);
  const findingIds = (await cli('findings', '--limit', '2')).map((line) => String(JSON.parse(line).id));
  const [opened = ''] = await cli('case', 'open', '--finding', findingIds[0] ?? '');
  const { id: caseId } = JSON.parse(opened) as { id: string };
  await cli('case', 'export', caseId, '--out', join(places.folder, 'good.portside'));
  return { findingIds, caseId };
}

async function chooseInMenu(app: ElectronApplication, command: string): Promise<void> {
  await app.evaluate(({ Menu }, id) => Menu.getApplicationMenu()?.getMenuItemById(id)?.click(), command);
}

test('place, size and theme of the window are kept', async ({ launch }) => {
  const first = await launch();
  const bounds = { x: 40, y: 30, width: 1200, height: 800 };
  await inMain(first.app, ({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted), bounds);
  // The page listens to the menu once it shows something.
  await expect(first.window.getByText('No findings yet')).toBeVisible();
  await chooseInMenu(first.app, 'theme.dark');
  await expect.poll(() => inMain(first.app, ({ nativeTheme }) => nativeTheme.shouldUseDarkColors)).toBe(true);
  await first.close();
  const second = await launch();
  await expect(second.window.getByText('No findings yet')).toBeVisible();
  const kept = await inMain(second.app, ({ BrowserWindow, nativeTheme }) => {
    const [window] = BrowserWindow.getAllWindows();
    return {
      bounds: window?.getBounds(),
      isDark: nativeTheme.shouldUseDarkColors,
      background: window?.getBackgroundColor(),
    };
  });
  // The background is what stands there before the page has painted: no white flash in the dark.
  expect(kept).toEqual({ bounds, isDark: true, background: '#0F1216' });
});

test('a second start joins the first: the same workspace comes to the front, another one opens beside it', async ({
  launch,
  places,
}) => {
  const { app } = await launch();
  await startAgain(places.userData, `--workspace=${places.workspace}`);
  expect(app.windows()).toHaveLength(1);
  await startAgain(places.userData, `--workspace=${join(places.folder, 'other')}`);
  await expect.poll(() => app.windows().length).toBe(2);
  const titles = () => inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => one.getTitle()));
  await expect.poll(async () => (await titles()).sort()).toEqual(['other – Portside', 'workspace – Portside']);
});

test('a workspace that another program has open is said, and nothing is changed', async ({ launch, places }) => {
  const first = await launch();
  await askMain(first.window, 'evidence.summary', {});
  const second = await launchPortside({ ...places, userData: join(places.folder, 'other-person') });
  try {
    await expect(second.window.getByText(/in use|already open|another/i).first()).toBeVisible();
  } finally {
    await second.close();
  }
});

test('the native menu has the commands of the one table and reaches the page', async ({ launch }) => {
  const { app, window } = await launch();
  // The frame of the window is there before what the menu leads to.
  await expect(window.getByText('No findings yet')).toBeVisible();
  const ids = await inMain(app, ({ Menu }) =>
    (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) => (submenu?.items ?? []).map(({ id }) => id)),
  );
  expect(ids).toEqual(expect.arrayContaining(['import.choose', 'view.devices', 'timeline.zoom-in', 'help.about']));
  await chooseInMenu(app, 'view.devices');
  await expect(window.getByRole('region', { name: 'Devices', exact: true })).toBeVisible();
});

test('a link leads the open window to its finding or case; a package from outside is verified and shown', async ({
  launch,
  places,
}) => {
  const { findingIds, caseId } = await makeCase(places);
  const [, other = ''] = findingIds;
  const { app, window, problems } = await launch(`portside://case/${caseId}`);
  const shownCase = window.getByRole('region', { name: 'Case', exact: true });
  // The first start: the link waits for the page.
  await expect(shownCase.getByRole('button', { name: caseId })).toBeVisible({ timeout: 60_000 });

  await startAgain(places.userData, `portside://finding/${other}`);
  const selected = window.getByRole('region', { name: 'Selected finding' });
  await expect(selected.getByTitle(other)).toBeVisible();

  const bad = join(places.folder, 'changed.portside');
  const bytes = await readFile(join(places.folder, 'good.portside'));
  bytes.writeUInt8((bytes[200] ?? 0) ^ 1, 200);
  await writeFile(bad, bytes);
  await mkdir(join(places.folder, 'folder.portside'));
  for (const nothing of [
    `portside://finding/${findingIds[0]}/..`,
    `portside://finding/${findingIds[0]}?x=1`,
    'portside://case/../../etc/passwd',
    join(places.folder, 'folder.portside'),
    join(places.folder, 'absent.portside'),
    join(places.folder, 'events.ndjson'),
  ]) {
    await startAgain(places.userData, `--workspace=${places.workspace}`, nothing);
  }
  await expect(selected.getByTitle(other)).toBeVisible();
  await expect(window.getByRole('dialog')).toHaveCount(0);

  // What the window wrote can be dragged out of it; nothing else can.
  await window.keyboard.press('Control+4');
  const target = join(places.folder, 'out.zip');
  await inMain(
    app,
    ({ dialog, webContents }, path) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
      const [contents] = webContents.getAllWebContents();
      // The pointer of a desktop cannot be driven; everything before it is real.
      if (contents) {
        contents.startDrag = ({ file, icon }) => {
          Object.assign(globalThis, { dragged: [file, typeof icon !== 'string' && icon.isEmpty()] });
        };
      }
    },
    target,
  );
  await window.getByRole('button', { name: 'Export package' }).click();
  const written = window.getByTitle('Drag it to the desktop or another program');
  await expect(written).toHaveText(target, { timeout: 60_000 });
  await written.dispatchEvent('dragstart');
  await expect
    .poll(() => inMain(app, () => (globalThis as unknown as { dragged?: unknown }).dragged))
    .toEqual([target, false]);

  await startAgain(places.userData, join(places.folder, 'good.portside'));
  const dialog = window.getByRole('dialog', { name: 'Case package' });
  await expect(dialog.getByRole('status')).toContainText('Unchanged since it was exported.');
  await expect(dialog).toContainText(caseId);
  await window.screenshot({ path: join(pictures, 'package.png') });
  await startAgain(places.userData, bad);
  await expect(dialog.getByRole('status')).toContainText('This is not what was exported.');
  await expect(dialog).not.toContainText(caseId);
  expect(app.windows()).toHaveLength(1);
  expect(problems).toEqual([]);
  for (const token of [target, join(places.folder, 'good.portside'), '']) {
    await expect(askMain(window, 'file.drag', { token })).rejects.toThrow('bad-input');
  }
});

test('another window shows another case: under the same denials, choosing for itself, on the same evidence', async ({
  launch,
  places,
}) => {
  const { findingIds, caseId } = await makeCase(places);
  const { app, window, problems } = await launch(`portside://case/${caseId}`);
  const caseOf = (page: Page) => page.getByRole('region', { name: 'Case', exact: true });
  await expect(caseOf(window).getByRole('button', { name: caseId })).toBeVisible({ timeout: 60_000 });
  const opening = app.waitForEvent('window');
  await window.keyboard.press('Control+n');
  const second = await opening;
  await expect(caseOf(second).getByRole('button', { name: caseId })).toBeVisible();

  // Each goes its own way, and both hear of what one of them decides.
  await startAgain(places.userData, `portside://finding/${findingIds[1]}`);
  const selectedIn = (page: Page) => page.getByRole('region', { name: 'Selected finding' });
  await expect.poll(() => Promise.all([window, second].map((page) => selectedIn(page).count()))).toContain(1);
  const [leading, staying] = (await selectedIn(second).count()) > 0 ? [second, window] : [window, second];
  await expect(caseOf(staying)).toBeVisible();
  await caseOf(staying).getByLabel('Note').fill('Seen from the other window.');
  await caseOf(staying).getByRole('button', { name: 'Add note' }).click();
  await leading.keyboard.press('Control+4');
  await expect(caseOf(leading)).toContainText('Seen from the other window.');
  // The window that did it can undo it; a journal only grows.
  await leading.keyboard.press('Control+z');
  await staying.keyboard.press('Control+z');
  await expect(caseOf(leading)).toContainText(/Entry \d+ is withdrawn\./);
  await expect(staying.getByText('Undone: Note added to')).toBeVisible();
  await expect(leading.getByText('Undone')).toHaveCount(0);
  await second.screenshot({ path: join(pictures, 'second-window.png') });

  const titles = await inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => one.getTitle()));
  expect(titles.sort()).toEqual(['workspace (2) – Portside', 'workspace – Portside']);
  const used = await inMain(app, ({ webContents }) =>
    webContents
      .getAllWebContents()
      .map((one) => (one as unknown as { getLastWebPreferences(): object }).getLastWebPreferences()),
  );
  expect(used).toHaveLength(2);
  for (const preferences of used) {
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
  }
  const inPage = await second.evaluate(async () => {
    const outcome = (asked: Promise<unknown>) =>
      asked.then(
        () => 'allowed',
        () => 'refused',
      );
    return {
      origin: location.origin,
      globals: ['require', 'process', 'Buffer', 'ipcRenderer'].filter((name) => name in globalThis),
      bridge: Object.keys((globalThis as unknown as { portside: object }).portside).sort(),
      policy: (await fetch('/')).headers.get('content-security-policy') ?? '',
      remote: await outcome(fetch('https://example.com/')),
      file: await outcome(fetch('file:///etc/passwd')),
      opened: globalThis.open('/') === null,
      camera: await outcome(navigator.mediaDevices.getUserMedia({ video: true })),
    };
  });
  expect(inPage).toMatchObject({
    origin: 'app://portside',
    globals: [],
    remote: 'refused',
    file: 'refused',
    opened: true,
    camera: 'refused',
  });
  expect(inPage.bridge).toEqual(
    await window.evaluate(() => Object.keys((globalThis as unknown as { portside: object }).portside).sort()),
  );
  for (const part of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'"]) {
    expect(inPage.policy).toContain(part);
  }
  expect(inPage.policy).not.toMatch(/unsafe-(inline|eval)/);
  // What it chose ends with it.
  const kept = await window.evaluate(() => localStorage.getItem('portside.choices'));
  await second.close();
  expect(await window.evaluate(() => localStorage.getItem('portside.choices'))).toBe(kept);
  await window.keyboard.press('Control+3');
  await expect(window.getByRole('region', { name: 'Devices', exact: true })).toBeVisible();
  expect(problems).toEqual([]);
});
