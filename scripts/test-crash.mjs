#!/usr/bin/env node
/** Kills a writer of journals again and again (200 times, or as many as given) and looks that nothing acknowledged is lost. */
import { spawnSync } from 'node:child_process';

const runs = process.argv[2] ?? '200';
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'electron/cases/journal-file.test.ts', '-t', 'killed'],
  {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
    env: { ...process.env, PORTSIDE_CRASH_RUNS: runs },
  },
);
process.exit(status ?? 1);
