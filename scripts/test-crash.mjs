#!/usr/bin/env node
/**
 * Kills a writing Portside 500 times (or as many as given: `npm run test:crash -- 60`) in imports, live appends, decisions in
 * the journal, settings, rule runs and exports, opens the workspace anew after each, and prints for each work: kills, kills that
 * fell inside the work, acknowledged, lost, half-done but shown as done, done before it was acknowledged. After that a
 * writer of one journal, killed as often as one of the six works.
 */
import { spawnSync } from 'node:child_process';

const [runs = '500'] = process.argv.slice(2);
if (!/^[1-9]\d{0,5}$/.test(runs)) {
  console.error('Usage: npm run test:crash -- [KILLS]');
  process.exit(2);
}

/** @param {string} kills @param {readonly string[]} tests */
function run(kills, tests) {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...tests], {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, PORTSIDE_CRASH_RUNS: kills },
  });
  if (status !== 0) process.exit(status ?? 1);
}

run(runs, ['e2e/hostile/crash']);
run(String(Math.ceil(Number(runs) / 6)), ['electron/cases/journal-file.test.ts', '-t', 'killed']);
