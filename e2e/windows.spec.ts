import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { askMain } from './bridge.ts';
import { expect, launchPortside, test } from './portside-app.ts';

async function chooseInMenu(app: ElectronApplication, command: string): Promise<void> {
  await app.evaluate(({ Menu }, id) => Menu.getApplicationMenu()?.getMenuItemById(id)?.click(), command);
}

test('place, size and theme of the window are kept', async ({ launch }) => {
  const first = await launch();
  const bounds = { x: 40, y: 30, width: 1200, height: 800 };
  await first.app.evaluate(({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted), bounds);
  // The page listens to the menu once it shows something.
  await expect(first.window.getByText('No findings yet')).toBeVisible();
  await chooseInMenu(first.app, 'theme.dark');
  await expect.poll(() => first.app.evaluate(({ nativeTheme }) => nativeTheme.shouldUseDarkColors)).toBe(true);
  await first.close();
  const second = await launch();
  expect(await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())).toEqual(
    bounds,
  );
  expect(await second.app.evaluate(({ nativeTheme }) => nativeTheme.shouldUseDarkColors)).toBe(true);
  // The colour before the page has painted: no white flash in the dark.
  expect(await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBackgroundColor())).toBe(
    '#0F1216',
  );
});

test('a second start joins the first: the same workspace comes to the front, another one opens beside it', async ({
  launch,
  places,
}) => {
  const { app } = await launch();
  const electron: string = createRequire(import.meta.url)('electron');
  const startAgain = async (workspace: string) => {
    const args = ['.', `--user-data-dir=${places.userData}`, `--workspace=${workspace}`];
    const child = spawn(electron, process.getuid?.() === 0 ? ['--no-sandbox', ...args] : args, { stdio: 'ignore' });
    await once(child, 'exit');
  };
  await startAgain(places.workspace);
  expect(app.windows()).toHaveLength(1);
  await startAgain(join(places.folder, 'other'));
  await expect.poll(() => app.windows().length).toBe(2);
  const titles = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => one.getTitle()));
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
  const ids = await app.evaluate(({ Menu }) =>
    (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) => (submenu?.items ?? []).map(({ id }) => id)),
  );
  expect(ids).toEqual(expect.arrayContaining(['import.choose', 'view.devices', 'timeline.zoom-in', 'help.about']));
  await expect(window.getByText('No findings yet')).toBeVisible();
  await chooseInMenu(app, 'view.devices');
  await expect(window.getByRole('region', { name: 'Devices', exact: true })).toBeVisible();
});
