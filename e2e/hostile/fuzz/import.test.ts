import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../../electron/evidence/workspace-engine.ts';
import { makeTestFolder } from '../../../electron/evidence/workspace-for-tests.ts';
import { Failure } from '../../../shared/base/failure.ts';
import { ignoreItems } from '../../../shared/ipc/operation.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent } from '../../../shared/model/ecs.ts';
import { type MadeEvent, makeRandom, toDocument } from '../../made-evidence.ts';
import { fuzz, linesAtOnce, slowTestMs } from './fuzz-runs.ts';
import { mutated, mutatedBytes } from './hostile-input.ts';

/** Whatever is in a file, each of its rows is stored, known already, refused or of another kind; and the store goes on. */

const random = makeRandom(5);
const events: readonly MadeEvent[] = Array.from({ length: 12 }, (_, index) => ({
  atMs: Date.UTC(2026, 9, 1) + index * 60_000,
  action: ['creation', 'overwrite', 'modification', 'rename'][index % 4] ?? '',
  host: `ws-${index % 2}`,
  user: `user-${index % 3}`,
  process: ['a.exe', 'b "quoted", c.exe', 'd\u202ee.exe'][index % 3] ?? '',
  path: `E:\\folder\\file ${index}, with "quotes".docx`,
  size: random(5_000_000),
  serial: `SN${index % 2}`,
  isExternal: index !== 7,
}));
const documents: readonly object[] = [
  ...events.map((event, index) => toDocument(event, index)),
  toEcsDeviceEvent({
    id: 'd',
    atMs: events[0]?.atMs ?? 0,
    kind: 'mount',
    host: 'ws-1',
    device: 'serial:SN1',
    serial: 'SN1',
  }),
  toEcsAnomalyRecord({
    id: 'r',
    jobId: 'j',
    bucketStartMs: events[0]?.atMs ?? 0,
    bucketSpanMs: 900_000,
    host: 'ws-1',
    process: 'a.exe',
    recordScore: 80,
    initialRecordScore: 80,
    probability: 0.01,
  }),
];
const ndjson = Buffer.from(documents.map((document) => `${JSON.stringify(document)}\n`).join(''));

const quoted = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
const csv = Buffer.from(
  [
    '@timestamp,event.id,event.category,event.action,host.name,user.name,process.name,file.path,file.size,file.Ext.device.bus_type,file.Ext.device.serial_number',
    ...events.map((event, index) =>
      [new Date(event.atMs).toISOString(), `c${index}`, 'file', event.action, event.host, event.user, event.process]
        .concat([event.path, String(event.size), event.isExternal ? 'USB' : '', event.serial])
        .map(quoted)
        .join(','),
    ),
  ].join('\r\n'),
);

/** A file of changed lines. */
const fileOf = (line: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.array(line, { minLength: 1, maxLength: 2 * linesAtOnce, size: 'max' }).map((lines) => Buffer.concat(lines));

let folder = '';
let engine: WorkspaceEngine;
let release: () => Promise<void> = () => Promise.resolve();
beforeAll(async () => {
  const made = await makeTestFolder();
  folder = made.path;
  engine = await openWorkspaceEngine({ workspacePath: join(folder, 'workspace') });
  release = async () => {
    await engine.close();
    await made.release();
  };
});
afterAll(() => release());

const context = () => ignoreItems(new AbortController().signal);

async function expectAccountedFor(bytes: Buffer): Promise<void> {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  const before = await engine['evidence.summary']({}, context());
  const startedMs = performance.now();
  try {
    const report = await engine.importFile(path, context());
    const { rowsRead, rowsStored, rowsDuplicate, rowsRejected, rowsOther, stored } = report;
    expect(rowsStored + rowsDuplicate + rowsRejected + rowsOther).toBe(rowsRead);
    for (const count of [rowsStored, rowsDuplicate, rowsRejected, rowsOther]) expect(count).toBeGreaterThanOrEqual(0);
    expect(Object.values(stored).reduce((total, count) => total + count, 0)).toBe(rowsStored);
    // What the report says was stored is what the store has more than before.
    const after = await engine['evidence.summary']({}, context());
    expect(after.writes - before.writes).toBeLessThanOrEqual(rowsStored);
    expect(after.writes).toBeGreaterThanOrEqual(before.writes);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).not.toBe('bug');
    expect(await engine['evidence.summary']({}, context())).toEqual(before);
  }
  expect(performance.now() - startedMs).toBeLessThan(20_000);
}

test('the good files are stored', async () => {
  await expectAccountedFor(ndjson);
  await expectAccountedFor(csv);
  expect((await engine['evidence.summary']({}, context())).writes).toBeGreaterThanOrEqual(16);
});

test('figures past what the store can hold, and names that end a statement, do not stop an import', async () => {
  const record = {
    job_id: 'k',
    result_type: 'record',
    probability: 0.1,
    record_score: 5,
    timestamp: 1_760_000_000_000,
  };
  const spans = [1e308, 1e20, -5, 0.0001, '9'.repeat(400)];
  const rows = spans.map((span, index) => JSON.stringify({ ...record, detector_index: index, bucket_span: span }));
  const path = join(folder, 'bounds');
  await writeFile(path, rows.join('\n'));
  expect(await engine.importFile(path, context())).toMatchObject({ rowsRead: 5, rowsStored: 5 });
  await writeFile(path, Buffer.concat([Buffer.from('x\0y,'), Buffer.from(csv.toString().replaceAll('\n', '\n"z",'))]));
  expect(await engine.importFile(path, context())).toMatchObject({ format: 'csv', rowsRead: 12, rowsRejected: 0 });
});

test('a line that is a number, however large, is refused and the lines around it are read', async () => {
  const path = join(folder, 'numbers');
  const numbers = ['5', '-9223372036854776000', '18446744073709551616', '1e400', '-1e400', '  -1e400 ', '123x'];
  const made = numbers.flatMap((number, index) => [
    number,
    JSON.stringify(toDocument({ ...(events[0] as MadeEvent), path: `E:\\numbers ${index}` }, 1_000 + index)),
  ]);
  await writeFile(path, made.join('\n'));
  expect(await engine.importFile(path, context())).toMatchObject({
    rowsRead: 2 * numbers.length,
    rowsRejected: numbers.length,
    rowsStored: numbers.length,
  });
});

test(
  'NDJSON with changed documents',
  async () => {
    const line = fc
      .nat(documents.length - 1)
      .chain((index) => mutated(JSON.parse(JSON.stringify(documents[index]))))
      .map((document) => Buffer.from(`${JSON.stringify(document) ?? ''}\n`));
    await fc.assert(fc.asyncProperty(fileOf(line), expectAccountedFor), fuzz(12, { share: linesAtOnce }));
  },
  slowTestMs,
);

test(
  'NDJSON with changed bytes',
  async () => {
    const line = fc
      .nat(documents.length - 1)
      .chain((index) => mutatedBytes(Buffer.from(`${JSON.stringify(documents[index])}\n`)));
    const file = fc.oneof(fileOf(line), mutatedBytes(ndjson));
    await fc.assert(fc.asyncProperty(file, expectAccountedFor), fuzz(12, { share: linesAtOnce }));
  },
  slowTestMs,
);

test(
  'CSV with changed bytes',
  async () => {
    const [header = '', ...rows] = csv.toString().split('\r\n');
    const row = fc.constantFrom(...rows).chain((text) => mutatedBytes(Buffer.from(`${text}\r\n`)));
    const file = fc.oneof(
      fileOf(row).map((changed) => Buffer.concat([Buffer.from(`${header}\r\n`), changed])),
      mutatedBytes(csv),
    );
    await fc.assert(fc.asyncProperty(file, expectAccountedFor), fuzz(25, { share: linesAtOnce }));
  },
  slowTestMs,
);

test(
  'Parquet and gzip with changed bytes',
  async () => {
    const parquet = join(folder, 'good.parquet');
    const columns = `'2026-10-01T00:00:00Z' AS "@timestamp", 'p' || i AS "event.id", 'file' AS "event.category",
      'creation' AS "event.action", 'ws' AS "host.name", 'u' AS "user.name", 'a.exe' AS "process.name",
      'E:\f' || i AS "file.path", i AS "file.size", 'USB' AS "file.Ext.device.bus_type", 'S1' AS "file.Ext.device.serial_number"`;
    const maker = await DuckDBInstance.create(':memory:');
    const connection = await maker.connect();
    await connection.run(`COPY (SELECT ${columns} FROM range(50) r(i)) TO '${parquet}' (FORMAT parquet)`);
    connection.closeSync();
    maker.closeSync();
    const [good, packed] = [await readFile(parquet), gzipSync(ndjson)];
    await expectAccountedFor(good);
    await expectAccountedFor(packed);
    const file = fc.oneof(
      mutatedBytes(good),
      mutatedBytes(good.subarray(-600)).map((end) => Buffer.concat([good.subarray(0, -600), end])),
      mutatedBytes(packed),
    );
    await fc.assert(fc.asyncProperty(file, expectAccountedFor), fuzz(25, { share: linesAtOnce }));
  },
  slowTestMs,
);
