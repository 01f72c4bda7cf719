/**
 * `npm run screenshots`: compares every view of the real window, in both sizes and all themes, with its picture in
 * e2e/screenshots/references. `-- --update` renews the pictures and the contact sheet docs/screenshots.md.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureSystemPackages, withDisplay } from './display.mjs';
import { ensureElectronRuntime } from './electron-runtime.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode, root, runPackage } from './run.mjs';

const references = path.join(root, 'e2e', 'screenshots', 'references');
const sheet = path.join(root, 'docs', 'screenshots.md');

requireNode();
const asked = process.argv.slice(2);
const isUpdating = asked.includes('--update');
if (asked.some((argument) => argument !== '--update')) {
  console.error('Usage: npm run screenshots [-- --update]');
  process.exit(2);
}
await ensureInstalled();
await ensureBuilt();
await ensureSystemPackages(await ensureElectronRuntime());
if (isUpdating) fs.rmSync(references, { recursive: true, force: true });
const { code } = await withDisplay((env) =>
  runPackage('@playwright/test/cli.js', ['test', '--config=e2e/playwright.config.ts', 'screenshots.spec.ts'], {
    env: { ...env, PORTSIDE_SCREENSHOTS: isUpdating ? 'update' : 'all' },
    stdio: ['ignore', 'inherit', 'inherit'],
  }),
);
if (isUpdating && code === 0) fs.writeFileSync(sheet, contactSheet());
process.exitCode = code === 0 ? 0 : 1;

/** A page with all pictures, a row for each view. */
function contactSheet() {
  const names = [
    ...new Set(fs.readdirSync(references).map((file) => file.replace(/-(light|dark|forced)-\d+\.png$/, ''))),
  ];
  const columns = ['light', 'dark', 'forced'].flatMap((theme) => ['1440', '1100'].map((width) => `${theme}-${width}`));
  const cell = (/** @type {string} */ name, /** @type {string} */ column) => {
    const file = `../e2e/screenshots/references/${name}-${column}.png`;
    return `<a href="${file}"><img src="${file}" width="240" alt="${name}, ${column.replace('-', ', ')} px wide"></a>`;
  };
  return [
    '# Every view',
    '',
    'Taken from the real window by `npm run screenshots -- --update`, over the demo with fixed clock and zone; compared',
    'by `npm run screenshots`; the window tests compare each view once in every theme and in both sizes. The capture, the cluster and the import under way are',
    'fixed answers of the test, since no machine has the same.',
    '',
    `| | ${columns.map((column) => column.replace('-', ', ')).join(' | ')} |`,
    `| --- |${columns.map(() => ' --- |').join('')}`,
    ...names.map(
      (name) => `| ${name.replaceAll('-', ' ')} | ${columns.map((column) => cell(name, column)).join(' | ')} |`,
    ),
    '',
  ].join('\n');
}
