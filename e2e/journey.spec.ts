import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeEvents } from './made-evidence.ts';
import { expect, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

const pictures = resolve(import.meta.dirname, '..', 'out', 'e2e-pictures');

test('from a file to an explained finding, its writes and a decision that outlives a restart', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  await mkdir(pictures, { recursive: true });

  const first = await launch();
  const page = workbenchPage(first);
  await expect(first.window.getByText('No findings yet')).toBeVisible();
  await page.importFiles([file]);

  // The evening's copy is the best finding, and says why.
  await expect(page.findings.first()).toContainText('rundll32.exe');
  await page.openFinding(/rundll32\.exe/);
  await expect(page.selected).toContainText('214 files');
  await expect(page.selected).toContainText(/Seen in 0 of|never/i);
  await expect(page.selected).toContainText('Elastic');

  // Its writes, one click away.
  await page.selected.getByRole('button', { name: /^214 files in/ }).click();
  await expect(page.selected.getByText(/^\d+ of 214 events shown/)).toBeVisible();
  await expect(page.selected.getByText('ledger-213.xlsx').first()).toBeVisible();

  // The steps have collected their evidence; a decision and its note are kept.
  await page.selected.getByRole('tab', { name: /^Investigate/ }).click();
  await page.atRest();
  const step = page.step('External device');
  await expect(step).not.toContainText('Nothing was collected');
  await step.getByRole('button', { name: 'Decide' }).click();
  await step.getByRole('button', { name: 'Suspicious' }).click();
  await step.getByLabel('Note').fill('Not one of ours.');
  await step.getByRole('button', { name: 'Save' }).click();
  await expect(step).toContainText('Not one of ours.');
  await page.atRest();
  await first.window.emulateMedia({ colorScheme: 'light' });
  await first.window.screenshot({ path: join(pictures, 'finding-light.png') });
  await first.window.emulateMedia({ colorScheme: 'dark' });
  await first.window.screenshot({ path: join(pictures, 'finding-dark.png') });
  expect(first.problems).toEqual([]);
  await first.close();

  const second = await launch();
  const again = workbenchPage(second);
  await again.openFinding(/rundll32\.exe/);
  await again.selected.getByRole('tab', { name: /^Investigate\s*1\/6/ }).click();
  await expect(again.step('External device')).toContainText('Not one of ours.');
  await expect(again.step('External device').getByRole('img', { name: 'Step 3, decided' })).toBeVisible();
  expect(second.problems).toEqual([]);
});

test('a file that holds no evidence changes nothing and says what was expected', async ({ launch, places }) => {
  const file = join(places.folder, 'shopping.txt');
  await writeFile(file, 'milk\nbread\n');
  const started = await launch();
  await workbenchPage(started).importFiles([file]);
  await started.window.keyboard.press('Control+5');
  await expect(started.window.getByRole('region', { name: 'Import' }).getByRole('alert')).toContainText(
    /expect|evidence|NDJSON/i,
  );
  await expect(started.window.getByRole('region', { name: 'In use' })).toContainText('0');
});
