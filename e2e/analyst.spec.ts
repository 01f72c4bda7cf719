import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { falsePositiveTitles, stepTitles } from '../shared/analysis/case-words.ts';
import { runPortside } from './cli/built-cli.ts';
import { expect, inMain, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

/** Most clicks, keys and texts that closing one alert may take. */
const mostActions = 25;
/** The target for an analyst is the same; a slow machine is no defect of the window. */
const longestMs = 120_000;

test('an analyst closes an alert: from the queue to the exported case, in a counted number of actions', async ({
  launch,
  places,
}) => {
  test.setTimeout(300_000);
  const made = await runPortside(['demo', '--workspace', places.workspace, '--hosts', '20', '--days', '20', '--json'], {
    configFolder: places.userData,
  });
  expect(made).toMatchObject({ code: 0 });
  const started = await launch();
  const { app, window } = started;
  const { selected, findings, step } = workbenchPage(started);
  await expect(findings.first()).toBeVisible({ timeout: 60_000 });

  const lines: string[] = [];
  let actions = 0;
  let partActions = 0;
  const beganMs = performance.now();
  let partMs = beganMs;
  const did = async (action: Promise<unknown>) => {
    actions += 1;
    await action;
  };
  const part = (name: string) => {
    const nowMs = performance.now();
    lines.push(`| ${name} | ${actions - partActions} | ${((nowMs - partMs) / 1000).toFixed(1)} |`);
    partActions = actions;
    partMs = nowMs;
  };

  await did(findings.first().click());
  await expect(selected.getByRole('heading', { level: 1 })).toBeVisible();
  part('queue, finding');

  const facet = selected.locator('button.facet').first();
  await did(facet.click());
  await expect(selected.getByText(/^[\d,]+ of [\d,]+ events shown/)).toBeVisible();
  part('explanation: the data behind its first reason');

  await did(selected.getByRole('button', { name: /^[\d,]+ files? in/ }).click());
  await expect(selected.getByRole('list', { name: 'The writes of the finding' })).toBeVisible();
  part('writes');

  await did(window.keyboard.press('c'));
  await did(selected.getByRole('button', { name: 'Open a case' }).click());
  await expect(window.getByRole('region', { name: 'Case', exact: true })).toBeVisible({ timeout: 60_000 });
  await did(window.keyboard.press('Control+1'));
  part('case');

  await did(window.keyboard.press('i'));
  for (const title of Object.values(stepTitles)) {
    await expect(step(title)).not.toContainText('Nothing was collected', { timeout: 60_000 });
  }
  const program = step(stepTitles.process);
  await did(program.getByRole('button', { name: 'Decide' }).click());
  await did(program.getByRole('button', { name: 'Suspicious', exact: true }).click());
  await did(program.getByLabel('Note').fill('An unknown program.'));
  await did(program.getByRole('button', { name: 'Save' }).click());
  await expect(program).toContainText('An unknown program.');
  part('six steps read, one decided');

  await did(selected.getByRole('tab', { name: 'False positives' }).click());
  const backup = step(falsePositiveTitles.backup);
  await expect(backup).toBeVisible({ timeout: 60_000 });
  await did(backup.getByRole('button', { name: 'Judge', exact: true }).click());
  await did(backup.getByRole('button', { name: 'Reject' }).click());
  await did(backup.getByLabel('Reason').fill('No backup program.'));
  await did(backup.getByRole('button', { name: 'Record', exact: true }).click());
  await expect(backup).toContainText('Rejected');
  part('false-positive check');

  await did(window.keyboard.press('Control+4'));
  const file = window.getByRole('region', { name: 'Case', exact: true });
  await did(file.getByRole('button', { name: 'Record verdict' }).click());
  await file.getByLabel('Verdict', { exact: true }).focus();
  await did(window.keyboard.type('Likely'));
  await did(file.getByLabel('What happened, and what it rests on').fill('A copy to an unknown device.'));
  await did(file.getByRole('button', { name: 'Record verdict' }).last().click());
  await expect(file).toContainText('Likely exfiltration');
  part('verdict');

  const target = join(places.folder, 'case.zip');
  // The system's own dialog cannot be driven; everything behind it is real.
  await inMain(
    app,
    ({ dialog }, path) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    },
    target,
  );
  const side = window.getByRole('region', { name: 'Evidence and export' });
  await did(side.getByRole('button', { name: 'Export package' }).click());
  await expect(side).toContainText('Written:', { timeout: 60_000 });
  part('export');

  const wholeMs = performance.now() - beganMs;
  printTable(lines, actions, wholeMs);
  expect((await stat(target)).size).toBeGreaterThan(10_000);
  expect(actions).toBeLessThanOrEqual(mostActions);
  expect(wholeMs).toBeLessThan(longestMs);
  expect(started.problems).toEqual([]);
});

function printTable(lines: readonly string[], actions: number, wholeMs: number): void {
  const head = '| part | actions | seconds |\n| --- | --- | --- |';
  process.stdout.write(`${head}\n${lines.join('\n')}\n| in all | ${actions} | ${(wholeMs / 1000).toFixed(1)} |\n`);
}
