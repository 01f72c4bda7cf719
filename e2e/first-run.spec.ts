import { join } from 'node:path';
import { writeEvents } from './made-evidence.ts';
import { expect, inMain, type PortsideApp, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

/** A first finding is on screen within this time, on a busy runner too. */
const mostMs = 60_000;

/** Does something on the first screen, waits for a finding, and prints how long that took. */
async function timeToFinding(way: string, started: PortsideApp, begin: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await begin();
  await expect(workbenchPage(started).findings.first()).toBeVisible({ timeout: mostMs });
  await workbenchPage(started).findings.first().click();
  await expect(workbenchPage(started).selected.getByRole('heading', { level: 1 })).toBeVisible();
  const tookMs = performance.now() - startMs;
  process.stdout.write(`first run, ${way}: a finding after ${(tookMs / 1000).toFixed(1)} s\n`);
  expect(tookMs).toBeLessThan(mostMs);
}

test('the demo leads from the first screen to a finding, with progress on the way', async ({ launch }) => {
  const started = await launch();
  await timeToFinding('demo', started, async () => {
    await started.window.getByRole('button', { name: 'Open the demo' }).click();
    await expect(started.window.getByRole('progressbar').first()).toBeVisible();
    await expect(started.window.getByRole('button', { name: 'Cancel' })).toBeVisible();
    await expect(started.window.getByRole('heading', { level: 1, name: 'Investigate' })).toBeAttached({
      timeout: mostMs,
    });
  });
  expect(started.problems).toEqual([]);
});

test('an import leads from the first screen to a finding', async ({ launch, places }) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const started = await launch();
  await inMain(
    started.app,
    ({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    },
    file,
  );
  await timeToFinding('import', started, async () => {
    await started.window.getByRole('button', { name: 'Choose files' }).click();
    await expect(started.window.getByRole('region', { name: 'Import' })).toContainText('stored');
    await started.window.keyboard.press('Control+1');
  });
});

test('the first screen leads to connecting a cluster and to watching this computer', async ({ launch }) => {
  const { window } = await launch();
  await window.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(window.getByRole('region', { name: 'Elasticsearch' }).getByLabel('URL')).toBeVisible();
  await window.keyboard.press('Control+1');
  await window.getByRole('button', { name: 'Open Live' }).click();
  await expect(window.getByRole('heading', { level: 1, name: 'Live' })).toBeAttached();
});
