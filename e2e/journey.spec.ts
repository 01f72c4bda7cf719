import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Locator } from '@playwright/test';
import { makeStory, toDocument, writeEvents } from './made-evidence.ts';
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

  // What is concluded about it moves what the same program does later, says so, and goes without a trace.
  const { selected, findings } = again;
  const reason = 'Hand-over of the ledgers, ordered by the board.';
  await selected.getByRole('button', { name: 'Judge it' }).click();
  const form = selected.getByRole('form', { name: 'Verdict on the finding' });
  await form.getByRole('button', { name: 'Benign' }).click();
  await form.getByLabel('Why').fill(reason);
  await form.getByRole('button', { name: 'Record verdict' }).click();
  await expect(selected).toContainText(/Benign: judged by .*Hand-over of the ledgers/);
  const judgedScore = await scoreOf(selected);
  const nextEvening = join(places.folder, 'next-evening.ndjson');
  await writeFile(nextEvening, copiedAgain().join('\n'));
  await again.importFiles([nextEvening]);
  const later = findings.filter({ hasText: 'rundll32.exe' }).filter({ hasText: '23 Nov' });
  await later.click();
  const verdictFacet = selected.locator('.verdict-facet').filter({ hasText: reason });
  await expect(verdictFacet.first()).toContainText('−');
  const moved = await scoreOf(selected);
  await verdictFacet.first().getByRole('button', { name: 'Show that finding' }).click();
  await expect(selected).toContainText(/Benign: judged by/);
  // The finding that was judged keeps its own score.
  expect(await scoreOf(selected)).toBe(judgedScore);
  await later.click();
  await verdictFacet.first().getByRole('button', { name: 'Take back' }).click();
  await expect(verdictFacet).toHaveCount(0);
  const unmoved = await scoreOf(selected);
  expect(unmoved).toBeGreaterThan(moved);
  await second.window.keyboard.press('Control+z');
  await expect(verdictFacet.first()).toContainText('−');
  expect(await scoreOf(selected)).toBe(moved);
  expect(second.problems).toEqual([]);
});

/** The number that the explanation of the selected finding adds up to. */
async function scoreOf(selected: Locator): Promise<number> {
  return Number(
    /\d+/.exec((await selected.getByRole('heading', { name: /^What makes up \d+/ }).textContent()) ?? '')?.[0],
  );
}

/** The copy of the story's last evening once more, a day later: documents with ids of their own. */
function copiedAgain(): readonly string[] {
  return makeStory()
    .filter(({ process }) => process === 'rundll32.exe')
    .map((event) => ({ ...event, atMs: event.atMs + 86_400_000, path: event.path.replace('finance', 'personnel') }))
    .map((event, index) => JSON.stringify(toDocument(event, 10_000 + index)));
}

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
