/**
 * `npm test`: sets up what the tests need, runs checks, unit, contract, component and window tests and
 * those with a real kernel, and closes with the sum over all. `npm test -- check unit` runs only the parts named.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { check } from './check.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode, root, runPackage, say } from './run.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const partNames = ['check', 'unit', 'window', 'live'];
const isCi = process.env.CI === 'true';
const reports = path.join(root, 'out', 'test');

/** A part that could not even run counts as one failure. @type {Counts} */
const broken = { passed: 0, failed: 1, skipped: 0 };

/** @param {string} file @returns {any} */
function readReport(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Runs Vitest with its own report of what failed, and counts.
 * @param {string} name
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Counts>}
 */
async function runVitest(name, args, env = process.env) {
  const file = path.join(reports, `${name}.json`);
  const { code } = await runPackage(
    'vitest/vitest.mjs',
    ['run', ...args, '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`],
    { env: process.stdout.isTTY ? env : { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const report = readReport(file);
  if (!report) return broken;
  // A file that fails before its first test has no tests to count.
  const brokenFiles = report.testResults.filter(
    (/** @type {any} */ result) => result.status === 'failed' && result.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @returns {Promise<Counts>} */
async function runLiveTests() {
  const preparation = new URL('../e2e/live/prepare.mjs', import.meta.url).href;
  const { prepareLiveTests } = await import(preparation);
  const prepared = prepareLiveTests();
  if ('problem' in prepared) {
    say(`the tests with a real kernel are skipped: ${prepared.problem}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return runVitest('live', ['--config', 'e2e/live/vitest.config.ts'], {
    ...process.env,
    PORTSIDE_GUEST: prepared.cache,
  });
}

/** @returns {Promise<Counts>} */
async function runWindowTests() {
  const { ensureElectronRuntime } = await import('./electron-runtime.mjs');
  const { ensureSystemPackages, withDisplay } = await import('./display.mjs');
  await ensureSystemPackages(await ensureElectronRuntime());
  const file = path.join(reports, 'playwright.json');
  const { code } = await withDisplay((env) =>
    runPackage('@playwright/test/cli.js', ['test', '--config=e2e/playwright.config.ts', '--reporter=list,json'], {
      env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  );
  const stats = readReport(file)?.stats;
  if (!stats) return broken;
  return {
    passed: stats.expected + stats.flaky,
    failed: code !== 0 && stats.unexpected === 0 ? 1 : stats.unexpected,
    skipped: stats.skipped,
  };
}

/** @type {Readonly<Record<string, () => Promise<Counts>>>} */
const parts = {
  check: async () => ({ ...(await check()), skipped: 0 }),
  unit: () => runVitest('unit', []),
  window: runWindowTests,
  live: runLiveTests,
};

requireNode();
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !partNames.includes(name));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". Parts: ${partNames.join(', ')}.`);
  process.exit(2);
}
try {
  await ensureInstalled();
  fs.rmSync(reports, { recursive: true, force: true });
  fs.mkdirSync(reports, { recursive: true });
  await ensureBuilt();
} catch (error) {
  console.error(`portside: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

/** @type {Counts} */
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const name of asked.length > 0 ? asked : partNames) {
  say(`${name} tests`);
  let counts = broken;
  try {
    counts = await (parts[name] ?? (() => Promise.resolve(broken)))();
  } catch (error) {
    console.error(`portside: ${error instanceof Error ? error.message : error}`);
  }
  sum.passed += counts.passed;
  sum.failed += counts.failed;
  sum.skipped += counts.skipped;
}
if (isCi && sum.skipped > 0) console.error('Nothing may be skipped where CI=true.');
process.exitCode = sum.failed > 0 || (isCi && sum.skipped > 0) ? 1 : 0;
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
