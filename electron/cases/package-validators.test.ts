import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cannedFinding, hostileText } from './canned-questions.ts';
import { exportPackage } from './case-package.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';

/**
 * The publishers' own validators, from the Python package index, in an environment of their own under `out/`. Where there
 * is no Python the test is left out, except under CI, where nothing is.
 */
const run = promisify(execFile);
const environment = join(import.meta.dirname, '..', '..', 'out', 'validators');
const binaries = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
const wanted = ['stix2-validator==3.3.2', 'case-utils==0.18.0'];

async function hasPython(): Promise<boolean> {
  return run('python3', ['-c', 'import venv']).then(
    () => true,
    () => false,
  );
}

async function prepare(): Promise<void> {
  const done = join(environment, `done-${wanted.join('-')}`);
  if (existsSync(done)) return;
  rmSync(environment, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', environment]);
  await run(join(binaries, 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...wanted]);
  await mkdir(environment, { recursive: true });
  await writeFile(done, '');
}

const isPossible = process.env.CI === 'true' || (await hasPython());

describe.skipIf(!isPossible)('exports in the eyes of their publishers', () => {
  it('are valid STIX 2.1 and conform to CASE, with ordinary and with hostile content', async (context) => {
    try {
      await prepare();
    } catch (error) {
      // Without a way to the package index nothing can be checked; under CI that is a failure.
      if (process.env.CI === 'true') throw error;
      context.skip('The validators could not be installed.');
    }
    const findings = [
      cannedFinding(),
      cannedFinding({
        id: 'f-2',
        process: hostileText,
        user: hostileText,
        executable: `C:\\${hostileText}\\a.exe`,
        device: hostileText,
      }),
    ];
    const set = await makeCaseTestSet(findings);
    try {
      const { id } = await set.store.open({ findingIds: ['f-1', 'f-2'], title: hostileText }, quietCall);
      await set.store.record(id, { kind: 'note.added', payload: { text: hostileText } });
      await set.store.record(id, {
        kind: 'verdict.given',
        payload: { verdict: 'inconclusive', confidence: 'low', text: hostileText },
      });
      const path = join(set.folder, 'case.zip');
      await exportPackage(set, id, { path }, quietCall);
      const unpacked = join(set.folder, 'unpacked');
      await run('unzip', ['-q', path, '-d', unpacked]);
      const [stix, uco] = await Promise.all([
        run(join(binaries, 'stix2_validator'), [join(unpacked, 'exports', 'stix.json')]),
        run(join(binaries, 'case_validate'), [join(unpacked, 'exports', 'case-uco.jsonld')]),
      ]);
      expect(stix.stdout).toContain('STIX JSON: Valid');
      expect(uco.stdout).toContain('Conforms: True');
    } finally {
      rmSync(set.folder, { recursive: true, force: true });
    }
  }, 300_000);
});
