import { join } from 'node:path';
import { runPortside } from './cli/built-cli.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, type PortsideApp, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

test.beforeEach(async ({ places }) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const made = await runPortside(['import', file, '--workspace', places.workspace, '--json'], {
    configFolder: places.folder,
  });
  expect(made.code, made.stderr).toBe(0);
});

/** What the window says that a place decides how to write. */
async function figuresOf(started: PortsideApp) {
  const { window } = started;
  await workbenchPage(started).findings.first().click();
  await workbenchPage(started).atRest();
  return {
    headline: (await workbenchPage(started).selected.getByRole('heading', { level: 1 }).textContent())?.trim() ?? '',
    reasons: await window.locator('.facet-why').allTextContents(),
    status: (await window.getByRole('contentinfo').textContent()) ?? '',
  };
}

test('figures and dates follow the system, and turn to the form of reports at once', async ({ launch }) => {
  const started = await launch('--figures-locale=de-DE');
  const { window } = started;
  const german = await figuresOf(started);
  expect(german.headline).toMatch(/ \d+,\d+\s[kMG]B in /);
  expect(german.status).toMatch(/\d{1,2}\. (Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)/);
  // One figure is never there in two ways.
  expect(german.reasons.join(' ')).not.toMatch(/\d\.\d+\s[kMG]B|\d,\d{3}\b/);

  await window.keyboard.press('Control+,');
  await window.getByRole('group', { name: 'Figures and dates' }).getByText('As in reports').click();
  await expect(window.getByRole('contentinfo')).toContainText(/\d{1,2} [A-Z][a-z]{2} \d\d:\d\d/);
  await window.keyboard.press('Escape');
  const fixed = await figuresOf(started);
  expect(fixed.headline.replace(/(\d+)\.(\d+)\s([kMG]B)/, '$1,$2\u00a0$3')).toBe(german.headline);
  expect(started.problems).toEqual([]);
});

test('a rule takes a number as the place writes it', async ({ launch }) => {
  const { window } = await launch('--figures-locale=de-DE');
  await window.getByRole('button', { name: 'Rules', exact: true }).click();
  await window.getByRole('region', { name: 'Rules' }).getByRole('button', { name: 'New', exact: true }).click();
  const form = window.getByRole('form', { name: 'New rule' });
  await form.getByLabel('Name').fill('Half hours');
  const hours = form.getByLabel(/Looks back/);
  await hours.fill('1.5');
  await expect(hours).toHaveAttribute('aria-invalid', 'true');
  await hours.fill('1,5');
  await expect(hours).toHaveAttribute('aria-invalid', 'false');
  await form.getByRole('button', { name: 'Make the rule' }).click();
  await expect(window.getByText(/looks back 1 h 30 min/).first()).toBeVisible();
});

test('digits of another script stand everywhere in the same window', async ({ launch }) => {
  const started = await launch('--figures-locale=ar-EG');
  const { headline, status } = await figuresOf(started);
  expect(headline).toMatch(/[٠-٩]٫[٠-٩]+\s[kMG]B in [٠-٩٬]+ files/);
  expect(status).toMatch(/[٠-٩]+ writes/);
  await expect(started.window.getByRole('img', { name: /^Score [٠-٩]+ of ١٠٠$/ }).first()).toBeVisible();
});
