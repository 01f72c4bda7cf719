#!/usr/bin/env node
/**
 * Long run of the property tests of what comes from outside, files and calls of the window alike: `npm run test:fuzz -- 1000000`
 * gives each parser that many inputs (100,000 by default), `-- 1000000 42` with this seed. What needs a store, a file or a
 * server's answer for each input takes a share of it: `fuzz-runs.ts` and its callers say which. Evidence is imported by many
 * changed lines at once. A failure tells the seed, the path to it and the smallest input.
 */
import { spawnSync } from 'node:child_process';

const [runs = '100000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
if (!/^\d{1,9}$/.test(runs) || !/^\d{1,10}$/.test(seed)) {
  console.error('Usage: npm run test:fuzz -- [INPUTS [SEED]]');
  process.exit(2);
}
console.log(`${runs} inputs each, seed ${seed}`);
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'e2e/hostile/fuzz',
    'electron/handlers.test.ts',
    '--testTimeout=86400000',
    '--reporter=verbose',
  ],
  {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, PORTSIDE_FUZZ_RUNS: runs, PORTSIDE_FUZZ_SEED: seed },
  },
);
process.exit(status ?? 1);
