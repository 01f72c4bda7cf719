#!/usr/bin/env node
/**
 * `npm run test:live`: the tests of the live part that need a real kernel with USB (in QEMU, emulated, about a minute and a
 * half) and recorded devices (umockdev). As root it installs the packages they need; where they cannot be had it says why
 * and ends well, so that it can stand in any check.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareLiveTests } from './prepare.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const prepared = prepareLiveTests();
if ('problem' in prepared) {
  process.stderr.write(`The tests with a real kernel are left out: ${prepared.problem}.\n`);
  process.exit(process.env.PORTSIDE_REQUIRE_LIVE ? 1 : 0);
}
const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit', cwd: root });
if (built.status !== 0) process.exit(1);
const tested = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(here, 'vitest.config.ts')],
  { stdio: 'inherit', cwd: root, env: { ...process.env, PORTSIDE_GUEST: prepared.cache } },
);
process.exit(tested.status ?? 1);
