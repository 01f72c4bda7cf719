import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { axeProblems } from './axe-problems.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, inMain, type PortsideApp, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

/** The findings queue by keyboard: groups, what a rule raised, views that outlive a restart, copies of what is marked. */

/** Rule files of three kinds: one that can be run, one that is broken, one of another type. */
async function writeRuleFiles(folder: string): Promise<readonly string[]> {
  const about = 'severity = "low"\nrisk_score = 21\n';
  const files = {
    'good.toml': `[rule]\nname = "Sent to a rare address"\nrule_id = "rare-address"\ntype = "machine_learning"\nanomaly_threshold = 75\nmachine_learning_job_id = "ded_high_sent_bytes_destination_ip_ea"\ntimeline_id = "t"\n${about}`,
    'broken.toml': '[rule\nname =',
    'other.toml': `[rule]\nname = "Started from a stick"\nrule_id = "eql"\ntype = "eql"\nquery = "process where true"\n${about}`,
  };
  const paths = Object.keys(files).map((name) => join(folder, name));
  await Promise.all(Object.values(files).map((text, index) => writeFile(paths[index] ?? '', text)));
  return paths;
}

const clipboardOf = ({ app }: PortsideApp) => inMain(app, ({ clipboard }) => clipboard.readText());

test('groups, raised findings, saved views and copies, by keyboard', async ({ launch, places }) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const first = await launch();
  const { window } = first;
  const page = workbenchPage(first);
  await expect(window.getByText('No findings yet')).toBeVisible();
  const openMenu = async () => {
    // One that is still closing would be closed again.
    await expect(window.getByRole('menu')).toHaveCount(0);
    await window.getByRole('button', { name: 'Columns, copy and mark' }).press('Enter');
  };
  await page.importFiles([file]);
  await expect(page.findings.first()).toContainText('rundll32.exe');

  // Several rule files at once: what is taken, and why the others are not.
  await window.keyboard.press('Control+6');
  await inMain(
    first.app,
    ({ dialog }, filePaths) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [...filePaths] });
    },
    await writeRuleFiles(places.folder),
  );
  await window.getByRole('button', { name: 'Import' }).press('Enter');
  await expect(window.getByText('1 rule imported')).toBeVisible();
  await expect(window.getByText(/Rules of type eql/)).toBeVisible();
  await expect(window.getByRole('alert')).toContainText(/broken\.toml is not a rule.*in line 1, column \d+/);
  await expect(window.getByRole('heading', { name: 'Sent to a rare address', level: 1 })).toBeVisible();
  await expect(window.getByRole('tab', { name: /Not supported\s*2/ })).toBeVisible();
  await window.getByRole('button', { name: 'Close the report of the import' }).press('Enter');

  // A rule by form, an exception that says what it would have hidden, and something to watch of each kind.
  await window.getByRole('button', { name: 'New', exact: true }).press('Enter');
  const form = window.getByRole('form', { name: 'New rule' });
  await form.getByLabel('Name').fill('Evenings');
  await form.getByLabel('Severity').selectOption('high');
  await form.getByLabel('Threshold').fill('50');
  await form.getByLabel(/^Hosts/).fill('ws-002');
  await form.getByRole('button', { name: 'Make the rule' }).press('Enter');
  await expect(window.getByText(/Findings with a Portside score of 50 or more, host ws-002/)).toBeVisible();
  await window.getByRole('tab', { name: 'Exceptions' }).click();
  await window.getByRole('button', { name: 'Add an exception' }).press('Enter');
  await window.getByLabel('Process', { exact: true }).fill('rundll32.exe');
  await window.getByRole('button', { name: 'Preview' }).press('Enter');
  await expect(
    window.getByText(/It would have hidden [2-9]\d* of \d+ alerts and findings of the last 30 days/),
  ).toBeVisible();
  await window.getByRole('button', { name: 'Cancel' }).press('Enter');
  await window.getByRole('tab', { name: 'Watch list' }).click();
  for (const [kind, value] of Object.entries({
    device: 'serial:STICK0',
    user: 'user-2',
    host: 'ws-001',
    process: 'WINWORD.EXE',
  })) {
    await window.getByLabel('Kind').selectOption(kind);
    await window.getByLabel('Name or id to watch').fill(value);
    await window.keyboard.press('Enter');
    await expect(window.getByRole('button', { name: `No longer watch ${value}` })).toBeVisible();
  }

  // A rule is run over the evening; its finding says so, and leads to the run.
  await window.getByRole('button', { name: 'Run all' }).press('Enter');
  await window.getByRole('menuitem', { name: 'Over all evidence' }).press('Enter');
  await expect(window.getByText(/rules ran/)).toBeVisible();
  await window.keyboard.press('Control+1');
  await expect(page.findings.first()).toContainText('Raised');
  await page.selected
    .getByRole('button', { name: /^run as of/ })
    .first()
    .press('Enter');
  await expect(window.getByText('The run that raised it.')).toBeVisible();
  await expect(window.getByText(/[1-9]\d* new alerts?,/).first()).toBeVisible();
  await window.keyboard.press('Control+1');

  await window.keyboard.press('/');
  await window.getByLabel('Whether a rule raised them').selectOption({ label: 'Raised by a rule' });
  await expect(page.findings.first()).toContainText('rundll32.exe');
  await expect(page.findings.filter({ hasNotText: 'Raised' })).toHaveCount(0);
  await window.getByLabel('Whether a rule raised them').selectOption({ label: 'Raised by none' });
  await expect(page.findings.filter({ hasText: 'Raised' })).toHaveCount(0);
  await expect(page.findings.first()).toBeVisible();
  await window.getByLabel('Whether a rule raised them').selectOption({ label: 'Raised or not' });
  await window.getByLabel('Grouping of the findings').selectOption({ label: 'By host' });
  const groups = window.getByRole('listbox', { name: 'Findings by host' });
  await expect(groups.getByRole('option')).toHaveCount(3);
  await expect(groups.getByRole('option').first()).toContainText('ws-002');
  expect(await axeProblems(window)).toEqual([]);
  await groups.focus();
  await window.keyboard.press('Enter');
  await expect(page.findings.first()).toContainText('rundll32.exe');
  await expect(page.findings.filter({ hasNotText: 'ws-002' })).toHaveCount(0);

  await page.findings.first().click();
  const list = window.getByRole('listbox', { name: /^Findings by Portside/ });
  await list.focus();
  await window.keyboard.press('Shift+ArrowDown');
  await expect(window.getByText('2 marked')).toBeVisible();
  await openMenu();
  await window.getByRole('menuitem', { name: 'Copy the 2 marked as CSV' }).press('Enter');
  await expect(window.getByText('2 marked, 2 findings copied')).toBeVisible();
  const csv = (await clipboardOf(first)).split('\r\n');
  expect(csv[0]).toContain('id,score,elastic_score');
  expect(csv[1]).toContain('rundll32.exe');
  expect(csv).toHaveLength(4);
  await openMenu();
  await window.getByRole('menuitem', { name: 'Copy the 2 marked as JSON' }).press('Enter');
  await expect.poll(() => clipboardOf(first)).toMatch(/^\[/);
  expect(JSON.parse(await clipboardOf(first))).toMatchObject([{ process: 'rundll32.exe' }, {}]);
  await openMenu();
  await window.getByRole('menuitemcheckbox', { name: 'User' }).press('Enter');
  await window.keyboard.press('Escape');
  await expect(page.findings.first()).toContainText('user-1');
  expect(await axeProblems(window)).toEqual([]);

  await list.focus();
  await window.keyboard.press('Escape');
  await window.keyboard.press('Escape');
  await expect(groups).toBeVisible();
  await window.getByLabel('Name for this view').fill('By machine');
  await window.keyboard.press('Enter');
  await window.getByLabel('Name for this view').fill('Second');
  await window.keyboard.press('Enter');
  await window.getByRole('button', { name: 'More about Second' }).press('Enter');
  await window.getByRole('menuitem', { name: 'Remove' }).press('Enter');
  await expect(window.getByRole('button', { name: 'Second', exact: true })).toHaveCount(0);
  await window.getByRole('button', { name: 'More about By machine' }).press('Enter');
  await window.getByRole('menuitem', { name: 'Rename' }).press('Enter');
  await window.getByLabel('New name of By machine').fill('Machines');
  await window.keyboard.press('Enter');
  await window.getByLabel('Grouping of the findings').selectOption({ label: 'Not grouped' });
  await window.getByLabel('Order of the findings').selectOption({ label: 'By bytes written' });
  await expect(page.findings.first()).toBeVisible();
  await first.close();

  const again = await launch();
  const after = workbenchPage(again);
  await expect(again.window.getByRole('listbox', { name: 'Findings by bytes written' })).toBeVisible();
  await expect(after.findings.first()).toContainText('user-1');
  await again.window.keyboard.press('/');
  await again.window.getByRole('button', { name: 'Machines', exact: true }).press('Enter');
  await expect(again.window.getByRole('listbox', { name: 'Findings by host' })).toBeVisible();
  await again.window.emulateMedia({ colorScheme: 'dark' });
  expect(await axeProblems(again.window)).toEqual([]);
  expect([...first.problems, ...again.problems]).toEqual([]);
});
