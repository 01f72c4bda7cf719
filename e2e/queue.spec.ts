import { join } from 'node:path';
import { axeProblems } from './axe-problems.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, type PortsideApp, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

/** The findings queue by keyboard: groups, what a rule raised, views that outlive a restart, copies of what is marked. */

const clipboardOf = ({ app }: PortsideApp) => app.evaluate(({ clipboard }) => clipboard.readText());

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

  // A rule is run over the evening; its finding says so, and leads to the run.
  await window.keyboard.press('Control+6');
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
