import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { makeStory, toDocument } from './made-evidence.ts';
import { expect, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

declare global {
  interface Window {
    readonly axe: { run(context: Document, options: object): Promise<AxeResults> };
  }
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds wrong in what is painted now, contrast of colours included, as sentences. */
async function findProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(axeFile, 'utf8'));
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing wrong in any view, ${colorScheme}`, async ({ launch, places }) => {
    const file = join(places.folder, 'events.ndjson');
    await writeFile(
      file,
      makeStory()
        .map((event, index) => JSON.stringify(toDocument(event, index)))
        .join('\n'),
    );
    const started = await launch();
    const { window } = started;
    const page = workbenchPage(started);
    await window.emulateMedia({ colorScheme });
    expect(await findProblems(window), 'an empty workbench').toEqual([]);
    await page.importFiles([file]);
    await page.openFinding(/rundll32\.exe/);

    for (const [key, name] of [
      ['1', 'Investigate'],
      ['2', 'Live'],
      ['3', 'Devices'],
      ['4', 'Cases'],
      ['5', 'Sources'],
      ['6', 'Rules'],
    ] as const) {
      await window.keyboard.press(`Control+${key}`);
      await expect(window.getByRole('heading', { level: 1, name, exact: true })).toBeAttached();
      await page.atRest();
      expect(await findProblems(window), name).toEqual([]);
    }

    await window.keyboard.press('Control+1');
    for (const tab of ['False positives', 'Respond', 'Writes', 'Case', 'Investigate']) {
      await page.selected.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await page.atRest();
      expect(await findProblems(window), tab).toEqual([]);
    }
    for (const [key, name] of [
      ['Control+k', 'Find or run a command'],
      ['?', 'Keyboard shortcuts'],
      ['Control+,', 'Settings'],
    ] as const) {
      await window.keyboard.press(key);
      const dialog = window.getByRole('dialog', { name });
      await expect(dialog).toBeVisible();
      expect(await findProblems(window), name).toEqual([]);
      await window.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
    }
    expect(started.problems).toEqual([]);
  });
}
