import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import type { FileOutcome } from '../../shared/model/import-report.ts';
import { importEach } from './import-each.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';
import { makeTestFolder } from './workspace-for-tests.ts';

const context = () => ignoreItems(new AbortController().signal);

function documentOf(id: string, change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    '@timestamp': '2026-11-19T21:40:00.123Z',
    'event.id': id,
    'event.action': 'creation',
    'event.category': ['file'],
    'host.name': 'PC-1',
    'user.name': 'ann',
    'process.name': 'robocopy.exe',
    'file.path': `E:\\${id}`,
    'file.size': 100,
    'file.Ext.device.bus_type': 'Usb',
    'file.Ext.device.serial_number': 'S1',
    ...change,
  });
}

const mount = (id: string) =>
  JSON.stringify({
    '@timestamp': '2026-11-19T20:00:00Z',
    'event.id': id,
    'event.action': 'mount',
    'event.dataset': 'endpoint.events.device',
    'host.name': 'PC-1',
    'device.serial_number': 'S1',
  });

const alert = (id: string) =>
  JSON.stringify({
    '@timestamp': '2026-11-19T21:00:00Z',
    'kibana.alert.uuid': id,
    'kibana.alert.rule.name': 'Copies',
    'kibana.alert.rule.uuid': 'r',
    'host.name': 'PC-1',
  });

const record = (probability: number) =>
  JSON.stringify({
    job_id: 'j',
    result_type: 'record',
    timestamp: Date.UTC(2026, 10, 19),
    bucket_span: 900,
    record_score: 50,
    initial_record_score: 50,
    probability,
  });

const csv = (id: string) =>
  `@timestamp,event.id,event.action,event.category,host.name,process.name,file.path,file.size,file.Ext.device.bus_type
2026-11-19T21:40:00Z,${id},creation,file,PC-1,a.exe,E:\\${id},1,usb
2026-11-19T21:40:00Z,${id}-bad,creation,file,,a.exe,E:\\${id},1,usb`;

/** Files with all that can be in them, some of which share events. */
const files: Readonly<Record<string, string | Buffer>> = {
  'a.ndjson': [documentOf('a1'), documentOf('a2'), documentOf('a3')].join('\n'),
  'b-same-events.ndjson': `${documentOf('a2')}\n${documentOf('b1')}\n${documentOf('b1')}\n`,
  'c-blanks.ndjson': `\ufeff\r\n${documentOf('c1')}\r\n   \r\n\r\n${documentOf('c2', { 'file.size': -1 })}\r\n`,
  'd-mixed.ndjson': [
    mount('m1'),
    alert('al1'),
    record(0.1),
    documentOf('d1', { 'event.action': 'rename' }),
    documentOf('d2', { 'host.name': null }),
    documentOf('d3', { 'file.Ext.device.bus_type': null }),
  ].join('\n'),
  'e-again.ndjson': [alert('al1'), alert('al2'), mount('m1'), mount('m2'), record(0.2)].join('\n'),
  'f-read-alone.ndjson': [
    documentOf('f1', { 'process.name': ['a.exe'] }),
    documentOf('f2', { 'process.name': ['a.exe'], '@timestamp': ['no time'] }),
    documentOf('f3', { 'process.name': ['a.exe', 'b.exe'] }),
    documentOf('a1', { 'process.name': ['a.exe'] }),
  ].join('\n'),
  'g-array.json': `[\n${documentOf('g1')},\n${documentOf('g2', { '@timestamp': 'never' })}\n]`,
  'h-response.json': `{"took":1,"hits":{"hits":[{"_id":"h1","_source":${documentOf('')}},{"_id":"h2","_source":${documentOf('')}}]}}`,
  'i-pretty.json': JSON.stringify(JSON.parse(documentOf('i1')), undefined, 2),
  'j-packed.ndjson.gz': gzipSync(`${documentOf('j1')}\n${documentOf('j2')}`),
  'k-packed-damaged.gz': gzipSync(documentOf('k1')).subarray(0, 60),
  'l.csv': csv('l1'),
  'm-empty.ndjson': '',
  'n-garbage.bin': Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]),
  'o-notes.txt': 'nothing of evidence',
  'p-none.json': '[]',
  'q-last.ndjson': documentOf('q1'),
};

/** Files of which some lines cannot be read by the engine, so that all of their neighbours are looked at closely. */
const damaged: Readonly<Record<string, string>> = {
  'a-torn.ndjson': `${documentOf('t1')}\n{"torn":\n\n${documentOf('t2')}\nnull\n7\n`,
  'g-torn.json': `[${documentOf('t3')},{"event`,
  'h-twice.json': '{\n"host.name": "a",\n"host.name": "b"\n}',
  'k-bytes.ndjson': `${documentOf('t4')}\n{"\u0000":1}\n${documentOf('t5', { 'process.name': ['a.exe'], 'file.size': [-1] })}`,
};

async function withEngine<T>(work: (engine: WorkspaceEngine, folder: string) => Promise<T>): Promise<T> {
  const { path, release } = await makeTestFolder();
  const engine = await openWorkspaceEngine({ workspacePath: join(path, 'workspace') });
  try {
    return await work(engine, path);
  } finally {
    await engine.close();
    await release();
  }
}

async function makeFiles(
  folder: string,
  contents: Readonly<Record<string, string | Buffer>>,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
  return Object.keys(contents)
    .sort()
    .map((name) => join(folder, name));
}

async function importAll(engine: WorkspaceEngine, given: readonly string[]): Promise<readonly FileOutcome[]> {
  const outcomes: FileOutcome[] = [];
  const { signal } = context();
  await importEach(engine, given, {
    signal,
    onProgress: () => undefined,
    onOutcomes: (some) => outcomes.push(...some),
  });
  return outcomes;
}

async function everythingStored(engine: WorkspaceEngine) {
  const { revision: _revision, ...summary } = await engine['evidence.summary']({}, context());
  const page = await engine['writes.page']({ filter: {}, withRenames: true, ascending: true, limit: 1_000 }, context());
  const byId = (a: WriteEvent, b: WriteEvent) => (a.id < b.id ? -1 : 1);
  return { summary, rows: [...page.rows].sort(byId) };
}

describe('files that are imported together', () => {
  it.each([
    ['whole ones', files],
    ['damaged ones among them', { ...files, ...damaged }],
  ])('%s: each has the report, and leaves the evidence, that it has and leaves alone', async (_name, contents) => {
    await withEngine(async (engine, folder) => {
      const paths = await makeFiles(join(folder, 'files'), contents);
      const together = await importAll(engine, [join(folder, 'files')]);
      const stored = await everythingStored(engine);
      await withEngine(async (other) => {
        const alone: FileOutcome[] = [];
        for (const path of paths) alone.push(...(await importAll(other, [path])));
        expect(together).toEqual(alone);
        expect(stored).toEqual(await everythingStored(other));
      });
      expect(together.filter(({ kind }) => kind === 'failed')).toHaveLength(4);
    });
  });

  it('are taken in few transactions, with folders in folders, and told of as they are read', async () => {
    await withEngine(async (engine, folder) => {
      const first = await makeFiles(
        join(folder, 'files'),
        Object.fromEntries(Array.from({ length: 60 }, (_value, index) => [`${index}.ndjson`, documentOf(`x${index}`)])),
      );
      await makeFiles(join(folder, 'files', 'inner'), { 'one.ndjson': documentOf('inner') });
      const groups: number[] = [];
      const told: number[] = [];
      const before = await engine['evidence.summary']({}, context());
      const done = await importEach(engine, [join(folder, 'files'), join(folder, 'missing')], {
        signal: context().signal,
        onProgress: ({ filesRead = 0 }, total) => told.push(filesRead, total),
        onOutcomes: (outcomes) => groups.push(outcomes.length),
      });
      expect(done).toEqual({ files: first.length + 2, failed: 1 });
      expect(groups).toEqual([first.length + 2]);
      expect(told.slice(-2)).toEqual([first.length + 2, first.length + 2]);
      const after = await engine['evidence.summary']({}, context());
      expect(after.writes).toBe(first.length + 1);
      expect(Number(after.revision.split('-').at(-1)) - Number(before.revision.split('-').at(-1))).toBe(1);
    });
  });

  it('leave nothing when cancelled while they are stored', async () => {
    await withEngine(async (engine, folder) => {
      const paths = await makeFiles(join(folder, 'files'), {
        'a.ndjson': documentOf('a'),
        'b.ndjson': documentOf('b'),
      });
      const abort = new AbortController();
      await expect(
        engine.importFiles(paths, {
          signal: abort.signal,
          emit: ({ phase }) => {
            if (phase === 'storing') abort.abort();
          },
        }),
      ).rejects.toMatchObject({ code: 'cancelled' });
      expect((await everythingStored(engine)).rows).toEqual([]);
      expect((await readdir(join(folder, 'workspace'))).filter((name) => name.startsWith('import-'))).toEqual([]);
    });
  });
});
