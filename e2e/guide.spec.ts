import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { falsePositiveTitles, responseTitles, stepTitles } from '../shared/analysis/case-words.ts';
import { runPortside } from './cli/built-cli.ts';
import { expect, inMain, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

/** The whole guide, from the queue to the package, on the demo's best finding, without a mouse. */

const pictures = resolve(import.meta.dirname, '..', 'out', 'e2e-pictures');
const run = promisify(execFile);
/** More stops than any view has; a thing that is not met by then cannot be reached by keyboard. */
const mostStops = 800;

const isFocused = (locator: Locator) =>
  locator.evaluate((element) => element === element.ownerDocument.activeElement).catch(() => false);

/** Whether Shift+Tab is the shorter way: the thing stands before what has the focus. */
const isBefore = (locator: Locator) =>
  locator.evaluate((element) => {
    const active = element.ownerDocument.activeElement;
    return active ? (element.compareDocumentPosition(active) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0 : false;
  });

/** Goes to something with Tab and Shift+Tab alone. */
async function tabTo(window: Page, locator: Locator): Promise<void> {
  await expect(locator).toBeVisible();
  const key = (await isBefore(locator)) ? 'Shift+Tab' : 'Tab';
  for (let stop = 0; stop < mostStops; stop += 1) {
    if (await isFocused(locator)) return;
    await window.keyboard.press(key);
  }
  throw new Error(`Not reached by Tab: ${locator}`);
}

async function press(window: Page, locator: Locator): Promise<void> {
  await tabTo(window, locator);
  await window.keyboard.press('Enter');
}

async function type(window: Page, locator: Locator, text: string): Promise<void> {
  await tabTo(window, locator);
  await window.keyboard.type(text);
}

test('the whole guide by keyboard alone, and a package that common tools verify', async ({ launch, places }) => {
  test.setTimeout(600_000);
  const made = await runPortside(['demo', '--workspace', places.workspace, '--hosts', '20', '--days', '20', '--json'], {
    configFolder: places.userData,
  });
  expect(made).toMatchObject({ code: 0 });
  await mkdir(pictures, { recursive: true });
  const started = await launch();
  const { app, window, problems } = started;
  const { selected, findings, step } = workbenchPage(started);

  // The best finding of the queue, and a case for it.
  await expect(findings.first()).toBeVisible({ timeout: 60_000 });
  await window.keyboard.press('j');
  await window.keyboard.press('k');
  await expect(findings.first()).toHaveAttribute('aria-selected', 'true');
  await expect(selected.getByRole('heading', { level: 1 })).toBeVisible();
  await window.keyboard.press('c');
  await press(window, selected.getByRole('button', { name: 'Open a case' }));
  await expect(window.getByRole('region', { name: 'Case', exact: true })).toBeVisible({ timeout: 60_000 });
  await window.keyboard.press('Control+1');

  // Investigate: six steps, each with what was collected, a decision and a note.
  await window.keyboard.press('i');
  await expect(step(stepTitles.correlation)).not.toContainText('Nothing was collected', { timeout: 60_000 });
  const first = step(stepTitles.process);
  await press(window, first.getByRole('button', { name: /what was asked of the store/ }).first());
  await expect(first.locator('.queries').first()).toContainText(/list|read|page/);
  const answer = step(stepTitles.consultation);
  await press(window, answer.getByRole('button', { name: 'Record answer' }));
  const form = answer.getByRole('form', { name: 'Answer' });
  await type(window, form.getByLabel('Who was asked'), 'A. Novak');
  await type(window, form.getByLabel('In which role'), 'head of finance');
  await type(window, form.getByLabel('How'), 'by phone');
  await type(window, form.getByLabel('What was answered'), 'Nobody asked for a copy.');
  await press(window, form.getByRole('button', { name: 'Not authorised' }));
  await press(window, form.getByRole('button', { name: 'Record answer' }));
  await expect(answer).toContainText('Nobody asked for a copy.');
  for (const title of Object.values(stepTitles)) {
    const card = step(title);
    await press(window, card.getByRole('button', { name: 'Decide' }));
    await press(window, card.getByRole('button', { name: 'Suspicious', exact: true }));
    await type(window, card.getByLabel('Note'), `Looked at: ${title}.`);
    await press(window, card.getByRole('button', { name: 'Save' }));
    await expect(card).toContainText(`Looked at: ${title}.`);
  }
  await window.screenshot({ path: join(pictures, 'guide-investigate.png') });

  // False positives: five explanations, none holds.
  await tabTo(window, selected.getByRole('tab', { name: /^Investigate/ }));
  await window.keyboard.press('ArrowRight');
  if (!(await selected.getByRole('tab', { name: 'False positives', selected: true }).isVisible()))
    await window.keyboard.press('Enter');
  for (const title of Object.values(falsePositiveTitles)) {
    const card = step(title);
    await expect(card).toBeVisible({ timeout: 60_000 });
    await press(window, card.getByRole('button', { name: 'Judge', exact: true }));
    await press(window, card.getByRole('button', { name: 'Reject' }));
    await type(window, card.getByLabel('Reason'), 'The evidence speaks against it.');
    await press(window, card.getByRole('button', { name: 'Record', exact: true }));
    await expect(card).toContainText('Rejected');
  }
  await window.screenshot({ path: join(pictures, 'guide-benign.png') });

  // Respond: seven steps, evidence first.
  await tabTo(window, selected.getByRole('tab', { name: 'False positives' }));
  await window.keyboard.press('ArrowRight');
  if (!(await selected.getByRole('tab', { name: 'Respond', selected: true }).isVisible()))
    await window.keyboard.press('Enter');
  for (const title of Object.values(responseTitles)) {
    const card = step(title);
    await press(window, card.getByRole('button', { name: 'Task', exact: true }));
    await press(
      window,
      card.getByRole('button', { name: title === responseTitles.escalate ? 'In progress' : 'Done', exact: true }),
    );
    await type(window, card.getByLabel('Owner'), 'R. Osei');
    await type(window, card.getByLabel('Result', { exact: true }), `${title}: seen to.`);
    await press(window, card.getByRole('button', { name: 'Save task' }));
    await expect(card).toContainText(`${title}: seen to.`);
  }
  await window.screenshot({ path: join(pictures, 'guide-respond.png') });

  // The verdict, the report in a window of its own, the package.
  await window.keyboard.press('Control+4');
  const file = window.getByRole('region', { name: 'Case', exact: true });
  await press(window, file.getByRole('button', { name: 'Record verdict' }));
  await tabTo(window, file.getByLabel('Verdict', { exact: true }));
  await window.keyboard.type('Likely');
  await press(window, file.getByRole('button', { name: 'High confidence' }));
  await type(
    window,
    file.getByLabel('What happened, and what it rests on'),
    'An unknown program copied to an unknown device.',
  );
  await window.keyboard.press('Tab');
  await window.keyboard.press('Enter');
  await expect(file).toContainText('Likely exfiltration');
  await type(window, file.getByLabel('Note'), 'Handed over to incident response.');
  await window.keyboard.press('Enter');
  await expect(file).toContainText('Handed over to incident response.');
  await window.screenshot({ path: join(pictures, 'guide-case.png') });

  const side = window.getByRole('region', { name: 'Evidence and export' });
  await press(window, side.getByRole('button', { name: 'Show the report' }));
  await expect
    .poll(() =>
      inMain(app, ({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()
          .filter((one) => one.isVisible() && !one.webContents.isLoading())
          .map((one) => one.getTitle()),
      ),
    )
    .toContainEqual(expect.stringMatching(/^Report of case C-\d{4}-0001$/));
  // The report's window runs no scripts, so it is looked at from outside.
  const shown = await inMain(app, async ({ BrowserWindow }) => {
    const report = BrowserWindow.getAllWindows().find((one) => one.getTitle().startsWith('Report of case'));
    if (!report) return undefined;
    const picture = (await report.webContents.capturePage()).toPNG().toString('base64');
    const url = report.webContents.getURL();
    report.webContents.sendInputEvent({ type: 'keyDown', keyCode: 'Escape' });
    return { picture, url };
  });
  await writeFile(join(pictures, 'guide-report.png'), Buffer.from(shown?.picture ?? '', 'base64'));
  expect(shown?.url).toMatch(/^app:\/\/print\//);
  await expect.poll(() => inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);

  const target = join(places.folder, 'case.zip');
  // The system's own dialog cannot be driven; everything behind it is real.
  await inMain(
    app,
    ({ dialog }, path) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    },
    target,
  );
  await press(window, side.getByRole('button', { name: 'Export package' }));
  await expect(side).toContainText('Written:', { timeout: 60_000 });
  expect(problems).toEqual([]);

  // Nothing of Portside from here on.
  const unpacked = join(places.folder, 'unpacked');
  await run('unzip', ['-q', target, '-d', unpacked]);
  await run('sha256sum', ['--quiet', '--strict', '-c', 'SHA256SUMS'], { cwd: unpacked });
  const verified = await run(
    'openssl',
    'pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig'.split(' '),
    { cwd: unpacked },
  );
  expect(verified.stdout).toContain('Signature Verified Successfully');
  const report = await readFile(join(unpacked, 'report.html'), 'utf8');
  for (const text of [
    'Likely exfiltration',
    'Nobody asked for a copy.',
    ...Object.values(stepTitles).map((title) => `Looked at: ${title}.`),
    ...Object.values(responseTitles).map((title) => `${title}: seen to.`),
    ...Object.values(falsePositiveTitles),
  ])
    expect(report).toContain(text);
  expect((await readFile(join(unpacked, 'report.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
  await copyFile(join(unpacked, 'report.pdf'), join(pictures, 'guide-report.pdf'));
  expect(await readdir(join(unpacked, 'exports'))).toContain('iris-assets.csv');
});
