/**
 * What import costs against the engine reading the same file raw, and what questions cost afterwards.
 * `npx tsx bench/import.ts [events]`: one table on stdout. Rounds alternate, so that a busy machine hits both alike.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { openWorkspaceEngine, type WorkspaceEngine } from '../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { identifyDevice } from '../shared/model/device-identity.ts';
import { toEcsWrite } from '../shared/model/ecs.ts';
import type { WriteEvent } from '../shared/model/event.ts';

const events = Number(process.argv[2] ?? 1_000_000);
const rounds = 3;
const startMs = Date.UTC(2026, 9, 20);
const spanMs = 30 * 86_400_000;
const signal = new AbortController().signal;

function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

/** 120 hosts with a user and two sticks each, a handful of programs per host, paths seldom written twice. */
function* makeWrites(count: number, from = startMs): Generator<WriteEvent> {
  const random = makeRandom(42);
  for (let index = 0; index < count; index++) {
    const host = random(120);
    const program = (host * 7 + random(6) * random(3)) % 40;
    const serial = `4C53000126081411${host * 2 + random(2)}`;
    yield {
      id: `Mk${index.toString(36)}xP+++${random(1e9).toString(36)}`,
      atMs: from + Math.floor((index * spanMs) / count),
      action: (['creation', 'overwrite', 'modification'] as const)[random(3)] ?? 'creation',
      host: `WS-${host}`,
      user: `user${host}`,
      userId: `S-1-5-21-1004336348-1177238915-682003330-${host}`,
      process: `program${program}.exe`,
      executable: `C:\\Program Files\\Vendor ${program}\\program${program}.exe`,
      pid: 1_000 + random(5_000),
      processEntityId: `ZW50aXR5LTE2${random(100_000)}`,
      commandLine: `"C:\\Program Files\\Vendor ${program}\\program${program}.exe" --batch ${random(1_000)}`,
      parentProcess: 'explorer.exe',
      processSha256: 'ab'.repeat(31) + String(10 + program),
      publisher: `Vendor ${program}`,
      publisherTrusted: true,
      originalFileName: `program${program}.exe`,
      path: `E:\\Projects\\Folder ${random(500)}\\Document ${random(800_000)}.docx`,
      extension: 'docx',
      sizeBytes: random(5_000_000),
      headerBytes: '504b0304140006000800000021',
      entropy: random(800) / 100,
      device: identifyDevice({ serial }).id,
      busType: 'Usb',
      deviceVendor: 'SanDisk',
      deviceProduct: 'Ultra',
      deviceSerial: serial,
      volume: 'E:',
    };
  }
}

/** What a feed carries beside the fields that matter here. */
function toHit(write: WriteEvent, index: number): string {
  const source = toEcsWrite(write, { id: `b7a9-${write.host}`, osType: 'windows', osName: 'Windows 11 Enterprise' });
  const more = {
    agent: { id: `aaaa-bbbb-${write.host}`, type: 'endpoint', version: '9.2.0' },
    ecs: { version: '8.10.0' },
    message: 'Endpoint file event',
  };
  return JSON.stringify({
    _index: '.ds-logs-endpoint.events.file-default-2026.11.01-000001',
    _id: `AbC${index}`,
    _score: null,
    _source: { ...source, ...more },
  });
}

async function writeHits(path: string): Promise<void> {
  const out = createWriteStream(path, { highWaterMark: 1 << 20 });
  let block: string[] = [];
  let index = 0;
  for (const write of makeWrites(events)) {
    block.push(toHit(write, index++));
    if (block.length === 2_000) {
      if (!out.write(`${block.join('\n')}\n`)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
      block = [];
    }
  }
  await new Promise<void>((resolve) => out.end(`${block.join('\n')}\n`, resolve));
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}

async function onRaw(path: string, sql: string): Promise<number> {
  const instance = await DuckDBInstance.create(path, { memory_limit: '2GB' });
  const connection = await instance.connect();
  const ms = await time(() => connection.run(sql));
  connection.closeSync();
  instance.closeSync();
  await rm(path, { force: true });
  return ms;
}

async function withEngine<T>(folder: string, work: (engine: WorkspaceEngine) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(folder, 'workspace-'));
  const engine = await openWorkspaceEngine({ workspacePath: path });
  try {
    return await work(engine);
  } finally {
    await engine.close();
    await rm(path, { recursive: true, force: true });
  }
}

function show(name: string, ms: number, against?: number): void {
  const ratio = against === undefined ? '' : (ms / against).toFixed(2);
  console.log(`${name.padEnd(52)}${ms.toFixed(0).padStart(8)} ms ${ratio.padStart(8)}`);
}

const folder = await mkdtemp(join(tmpdir(), 'portside-bench-'));
try {
  const hits = join(folder, 'hits.ndjson');
  await writeHits(hits);
  const { size } = await stat(hits);
  console.log(
    `${events.toLocaleString('en')} events, ${(size / 1e6).toFixed(0)} MB of NDJSON; best of ${rounds} rounds\n`,
  );
  console.log(`${''.padEnd(52)}${'time'.padStart(11)} ${'ratio'.padStart(8)}`);

  const inputs = [
    { name: 'NDJSON', path: hits, read: `read_json('${hits}')` },
    { name: 'CSV', path: join(folder, 'flat.csv'), read: `read_csv('${join(folder, 'flat.csv')}')` },
    {
      name: 'Parquet',
      path: join(folder, 'nested.parquet'),
      read: `read_parquet('${join(folder, 'nested.parquet')}')`,
    },
    {
      name: 'NDJSON, gzip',
      path: join(folder, 'hits.gz'),
      read: `read_json('${join(folder, 'hits.gz')}', compression = 'gzip')`,
    },
  ];
  await onRaw(
    join(folder, 'make.duckdb'),
    `COPY (SELECT unnest(_source) FROM read_json('${hits}')) TO '${join(folder, 'nested.parquet')}';
     COPY (SELECT s."@timestamp", s.event.action AS "event.action", s.event.category[1] AS "event.category", s.event.id AS "event.id",
       s.host.name AS "host.name", s."user".name AS "user.name", s.process.name AS "process.name", s.process.executable AS "process.executable",
       s.process.pid AS "process.pid", s.file.path AS "file.path", s.file.size AS "file.size", s.file.extension AS "file.extension",
       s.file.Ext.device.bus_type AS "file.Ext.device.bus_type", s.file.Ext.device.serial_number AS "file.Ext.device.serial_number",
       s.file.Ext.device.dos_name AS "file.Ext.device.dos_name", s.file.Ext.device.vendor_id AS "file.Ext.device.vendor_id",
       s.file.Ext.device.product_id AS "file.Ext.device.product_id" FROM (SELECT _source AS s FROM read_json('${hits}')))
     TO '${join(folder, 'flat.csv')}' (HEADER)`,
  );
  await pipeline(
    (await import('node:fs')).createReadStream(hits),
    createGzip({ level: 1 }),
    createWriteStream(join(folder, 'hits.gz')),
  );
  for (const { name, path, read } of inputs) {
    let raw = Number.POSITIVE_INFINITY;
    let own = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      raw = Math.min(raw, await onRaw(join(folder, 'raw.duckdb'), `CREATE TABLE raw AS FROM ${read}`));
      await withEngine(folder, async (engine) => {
        const ms = await time(async () => {
          const report = await engine.importFile(path, ignoreItems(signal));
          if (report.rowsStored !== events) throw new Error(`${report.rowsStored} of ${events} rows were stored.`);
        });
        own = Math.min(own, ms);
      });
    }
    show(`${name}: engine reads it raw`, raw);
    show(`${name}: import`, own, raw);
  }

  await withEngine(folder, async (engine) => {
    await engine.importFile(hits, ignoreItems(signal));
    show('the same file again', await time(() => engine.importFile(hits, ignoreItems(signal))));
    const live = [...makeWrites(100_000, startMs + spanMs)].map((write, index) => ({ ...write, id: `live-${index}` }));
    show('append of 100,000 live events', await time(() => engine.append({ writes: live, deviceEvents: [] })));
    show('append of the same again', await time(() => engine.append({ writes: live, deviceEvents: [] })));
    show(
      'append of 100 live events',
      await time(() =>
        engine.append({
          writes: live.slice(0, 100).map((write) => ({ ...write, id: `${write.id}+` })),
          deviceEvents: [],
        }),
      ),
    );
    const context = () => ignoreItems(signal);
    const dayMs = 86_400_000;
    const span = { fromMs: startMs + 10 * dayMs, toMs: startMs + 11 * dayMs };
    const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['evidence.summary', () => engine['evidence.summary']({}, context())],
      ['volumes.read, 1 h', () => engine['volumes.read']({ filter: {}, bucketMs: 3_600_000, maxKeys: 20 }, context())],
      [
        'volumes.read, 1 h by process',
        () => engine['volumes.read']({ filter: {}, bucketMs: 3_600_000, by: 'process', maxKeys: 20 }, context()),
      ],
      [
        'volumes.read, a day, 5 min by device',
        () => engine['volumes.read']({ filter: span, bucketMs: 300_000, by: 'device', maxKeys: 20 }, context()),
      ],
      [
        'processes.list',
        () => engine['processes.list']({ filter: {}, sort: 'writtenBytes', descending: true, limit: 100 }, context()),
      ],
      [
        'processes.list, a day',
        () => engine['processes.list']({ filter: span, sort: 'writtenBytes', descending: true, limit: 100 }, context()),
      ],
      ['devices.list', () => engine['devices.list']({ filter: {}, limit: 100 }, context())],
      ['sessions.list', () => engine['sessions.list']({ limit: 10_000 }, context())],
      ['sessions.list, a day', () => engine['sessions.list']({ ...span, limit: 10_000 }, context())],
      [
        'writes.page, newest',
        () => engine['writes.page']({ filter: {}, withRenames: false, ascending: false, limit: 200 }, context()),
      ],
      [
        'writes.page, a path',
        () =>
          engine['writes.page'](
            { filter: { pathContains: 'document 7777' }, withRenames: false, ascending: false, limit: 200 },
            context(),
          ),
      ],
      ['writes.totals', () => engine['writes.totals']({ filters: [{}] }, context())],
      [
        'writes.totals, 500 findings',
        () =>
          engine['writes.totals'](
            {
              filters: live.slice(0, 500).map((write) => ({
                hosts: [write.host],
                users: [write.user],
                processes: [write.process],
                devices: [write.device],
                fromMs: write.atMs - spanMs,
                toMs: write.atMs - spanMs + 3_600_000,
              })),
            },
            context(),
          ),
      ],
      ['terms.list of extension', () => engine['terms.list']({ field: 'extension', filter: {}, limit: 50 }, context())],
      ['terms.list of process', () => engine['terms.list']({ field: 'process', filter: {}, limit: 50 }, context())],
      ['hours.read', () => engine['hours.read']({ filter: {}, offsetMinutes: 60 }, context())],
      ['activity.read', () => engine['activity.read']({}, context())],
    ];
    for (const [name, ask] of questions) {
      await ask();
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3; round++) best = Math.min(best, await time(ask));
      show(name, best);
    }
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
