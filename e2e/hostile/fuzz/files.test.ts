import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appSettingsSchema } from '../../../electron/app/app-settings.ts';
import { readFirstLook } from '../../../electron/app/first-look.ts';
import { openSessionLog } from '../../../electron/capture/session-log.ts';
import { openShipBuffer } from '../../../electron/capture/ship-buffer.ts';
import { exportPackage } from '../../../electron/cases/case-package.ts';
import { makeCaseTestSet, quietCall } from '../../../electron/cases/case-test-set.ts';
import { takeLock } from '../../../electron/cases/file-lock.ts';
import { makeKibanaBook } from '../../../electron/cases/kibana-book.ts';
import { verifyPackage } from '../../../electron/cases/package-verify.ts';
import { readTriageSettings } from '../../../electron/cases/triage-settings-file.ts';
import { makeSourceService } from '../../../electron/evidence/source-service.ts';
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
    fuzz(150, { share: 10 }),
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
    fuzz(150, { share: 10 }),
  );
});

test('what the first window looks at is sound, whatever the settings hold', async () => {
  const path = join(folder, 'first-look.json');
  const good = { theme: 'dark', isMuted: true, window: { x: 0, y: 0, width: 800, height: 600, isMaximized: false } };
  await fc.assert(
    fc.asyncProperty(changedFile(good), async (bytes) => {
      await writeFile(path, bytes);
      const { theme, window } = readFirstLook(path);
      expect(['system', 'light', 'dark']).toContain(theme);
      if (!window) return;
      for (const figure of [window.x, window.y, window.width, window.height])
        expect(Number.isSafeInteger(figure)).toBe(true);
      expect(Math.min(window.width, window.height)).toBeGreaterThan(0);
    }),
    fuzz(150, { share: 10 }),
  );
});

test('changed sources, and what a workspace chose of them, are told or set aside; the engine is told where to look', async () => {
  const source = {
    id: 's-1',
    name: 'Cluster',
    address: { kind: 'nodes', nodes: ['https://es.example:9200'] },
    signIn: { kind: 'password', username: 'u' },
    trust: { kind: 'fingerprint', fingerprint: 'AB'.repeat(32) },
    indices: { files: 'f', devices: 'd', alerts: 'a', anomalies: 'm' },
  };
  const [userData, workspacePath] = [join(folder, 'person'), join(folder, 'chosen')];
  for (const place of [userData, workspacePath]) await mkdir(place, { recursive: true });
  const secrets = { keeps: 'memory', read: async () => 'secret', write: async () => undefined } as const;
  await fc.assert(
    fc.asyncProperty(changedFile({ sources: [source] }), changedFile({ source: 's-1' }), async (book, choice) => {
      await writeFile(join(userData, 'sources.json'), book);
      await writeFile(join(workspacePath, 'source.json'), choice);
      const service = makeSourceService({ userData, workspacePath, secrets, onUse: async () => undefined });
      const { source: reached, failure } = await service.opening();
      if (reached !== undefined) expect(failure).toBeUndefined();
      if (failure !== undefined) expect(failure.code).not.toBe('bug');
      const { sources } = await service.list();
      expect(JSON.stringify(sources)).not.toContain('secret"');
      const kibana = makeKibanaBook({ userData, secrets });
      await writeFile(join(userData, 'kibana.json'), book);
      expect(await kibana.read()).toBeUndefined();
    }),
    fuzz(60, { share: 20 }),
  );
});

test('a changed log of captures gives entries by their schema', async () => {
  const path = join(folder, 'captures.ndjson');
  const entries = [
    { kind: 'started', atMs: 1, host: 'h', method: 'm' },
    { kind: 'gap', atMs: 2, untilMs: 3, message: 'm' },
    { kind: 'action', atMs: 3, action: 'a', evidence: { a: 1 }, outcome: 'o' },
  ];
  const good = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  await fc.assert(
    fc.asyncProperty(mutatedBytes(good), async (bytes) => {
      await writeFile(path, bytes);
      for (const { kind, atMs } of await openSessionLog(path).read()) {
        expect(['started', 'stopped', 'mark', 'gap', 'overflow', 'action']).toContain(kind);
        expect(Number.isFinite(atMs)).toBe(true);
      }
    }),
    fuzz(100, { share: 10 }),
  );
});

test('changed events that wait to be sent are sent or passed over, and new ones wait behind them', async () => {
  const buffer = join(folder, 'waiting');
  const good = Buffer.from([1, 2, 3].map((n) => `${JSON.stringify({ id: `e${n}`, source: { n } })}\n`).join(''));
  const place = Buffer.from(JSON.stringify({ segment: 1, offset: 0 }));
  await fc.assert(
    fc.asyncProperty(mutatedBytes(good), fc.oneof(fc.constant(place), mutatedBytes(place)), async (bytes, sent) => {
      await rm(buffer, { recursive: true, force: true });
      await mkdir(buffer, { recursive: true });
      await writeFile(join(buffer, '00000001.ndjson'), bytes);
      await writeFile(join(buffer, 'sent.json'), sent);
      const opened = await openShipBuffer({ folder: buffer, maxBytes: 1_000_000 });
      try {
        expect(await opened.add([{ id: 'new', source: {} }])).toBe(1);
        const read = await opened.read(100);
        for (const { id, source } of read) expect([typeof id, typeof source]).toEqual(['string', 'object']);
        expect(read.at(-1)).toEqual({ id: 'new', source: {} });
        expect(opened.waitingBytes).toBeGreaterThan(0);
      } finally {
        await opened.close();
      }
    }),
    fuzz(60, { share: 20 }),
  );
});

test('a changed lock is waited for and told, or taken over where its process is gone', async () => {
  const path = join(folder, 'lock');
  const holder = { pid: 2 ** 22 + 1, host: hostname(), startedAt: '1', since: '2026-11-19T21:40:00.000Z' };
  await fc.assert(
    fc.asyncProperty(changedFile(holder), async (bytes) => {
      await writeFile(path, bytes);
      try {
        await (await takeLock(path, 'The file', { waitMs: 0 })).release();
      } catch (error) {
        expect(error).toMatchObject({ code: 'case-locked', hint: expect.stringMatching(/./) });
      }
    }),
    fuzz(60, { share: 20 }),
  );
});

test('a changed log gives entries that its reader took, and goes on', async () => {
  const path = join(folder, 'log.ndjson');
  const good = Buffer.from([1, 2, 3].map((count) => `${JSON.stringify({ count, text: 'a' })}\n`).join(''));
  const parse = (value: unknown) =>
    typeof value === 'object' && value !== null && 'count' in value && Number.isSafeInteger(value.count)
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
    fuzz(100, { share: 10 }),
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
        fuzz(150, { share: 10 }),
      );
    } finally {
      await rm(set.folder, { recursive: true, force: true });
    }
  },
  slowTestMs,
);
