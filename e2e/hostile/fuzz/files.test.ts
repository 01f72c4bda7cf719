import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appSettingsSchema } from '../../../electron/app/app-settings.ts';
import { exportPackage } from '../../../electron/cases/case-package.ts';
import { makeCaseTestSet, quietCall } from '../../../electron/cases/case-test-set.ts';
import { verifyPackage } from '../../../electron/cases/package-verify.ts';
import { readTriageSettings } from '../../../electron/cases/triage-settings-file.ts';
import { makeTestFolder } from '../../../electron/evidence/workspace-for-tests.ts';
import { openSettings } from '../../../electron/platform/settings.ts';
import { openLineLog } from '../../../electron/rules/line-log.ts';
import { Failure } from '../../../shared/base/failure.ts';
import { defaultTriageSettings } from '../../../shared/model/triage-settings.ts';
import { fuzz, slowTestMs } from './fuzz-runs.ts';
import { mutated, mutatedBytes } from './hostile-input.ts';

/** Files that a person, another program or a stranger may have changed: each is read, set aside or refused, and told. */

let folder = '';
let release: () => Promise<void> = () => Promise.resolve();
beforeAll(async () => {
  ({ path: folder, release } = await makeTestFolder());
});
afterAll(() => release());

/** Good JSON with parts changed, as values and as text. */
const changedFile = (good: unknown): fc.Arbitrary<Buffer> =>
  fc.oneof(
    mutated(good).map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    mutatedBytes(Buffer.from(JSON.stringify(good))),
  );

test('changed settings are read by their schema, or set aside whole', async () => {
  const path = join(folder, 'settings.json');
  const good = { theme: 'dark', isMuted: true, window: { x: 0, y: 0, width: 800, height: 600, isMaximized: false } };
  await fc.assert(
    fc.asyncProperty(changedFile(good), async (bytes) => {
      await writeFile(path, bytes);
      const settings = await openSettings(path, appSettingsSchema);
      expect(appSettingsSchema.parse(settings.value)).toEqual(settings.value);
      if (settings.problem === undefined) return;
      expect(settings.value).toEqual(appSettingsSchema.parse({}));
      expect((await readFile(`${path}.damaged`)).equals(bytes)).toBe(true);
    }),
    fuzz(150, { isSlow: true }),
  );
});

test('changed settings of triage are read by their schema, or refused with their place', async () => {
  const path = join(folder, 'triage.json');
  await fc.assert(
    fc.asyncProperty(changedFile(defaultTriageSettings), async (bytes) => {
      await writeFile(path, bytes);
      try {
        expect(Object.keys(await readTriageSettings(folder)).sort()).toEqual(Object.keys(defaultTriageSettings).sort());
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).message).toContain(path);
      }
    }),
    fuzz(150, { isSlow: true }),
  );
});

test('a changed log gives entries that its reader took, and goes on', async () => {
  const path = join(folder, 'log.ndjson');
  const good = Buffer.from([1, 2, 3].map((count) => `${JSON.stringify({ count, text: 'a' })}\n`).join(''));
  const parse = (value: unknown) =>
    typeof value === 'object' && value !== null && 'count' in value && typeof value.count === 'number'
      ? { count: value.count }
      : undefined;
  await fc.assert(
    fc.asyncProperty(mutatedBytes(good), async (bytes) => {
      await writeFile(path, bytes);
      const log = await openLineLog(path, parse, 10);
      for (const { count } of log.entries) expect(count).toBeTypeOf('number');
      const before = log.entries.length;
      await log.append([{ count: 77 }]);
      expect((await openLineLog(path, parse, 10)).entries).toHaveLength(Math.min(10, before + 1));
    }),
    fuzz(100, { isSlow: true }),
  );
});

test(
  'a changed package never verifies, and reading it ends',
  async () => {
    const set = await makeCaseTestSet();
    try {
      const { id } = await set.store.open({ findingIds: ['f-1'] }, quietCall);
      const good = join(set.folder, 'good.zip');
      await exportPackage(set, id, { path: good }, quietCall);
      const bytes = await readFile(good);
      expect(await verifyPackage(good)).toMatchObject({ ok: true });
      await mkdir(join(folder, 'packages'), { recursive: true });
      const path = join(folder, 'packages', 'changed.zip');
      await copyFile(good, path);
      // Most of the bytes are content; what tells of it stands at the end.
      const tail = Math.min(4_000, bytes.length);
      const changed = fc.oneof(
        mutatedBytes(bytes),
        mutatedBytes(bytes.subarray(bytes.length - tail)).map((end) =>
          Buffer.concat([bytes.subarray(0, bytes.length - tail), end]),
        ),
      );
      await fc.assert(
        fc.asyncProperty(changed, async (content) => {
          fc.pre(!content.equals(bytes));
          await writeFile(path, content);
          const startedMs = performance.now();
          const found = await verifyPackage(path);
          expect(performance.now() - startedMs).toBeLessThan(5_000);
          expect(found.ok).toBe(false);
          expect(found.problems.length).toBeGreaterThan(0);
        }),
        fuzz(150, { isSlow: true }),
      );
    } finally {
      await rm(set.folder, { recursive: true, force: true });
    }
  },
  slowTestMs,
);
