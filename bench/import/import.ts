/**
 * What import costs against the engine reading the same file raw, and what questions cost afterwards.
 * `npm run bench -- import [events]`: one table on stdout. Rounds alternate, so that a busy machine hits both alike.
 * `npm run bench -- import big [events]`: memory, see `big.ts`. `npm run bench -- import folder [files]`: small files.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import { ecsOf, makeWrites, generatedSpanMs as spanMs, generatedFromMs as startMs } from './generated-writes.ts';

if (process.argv[2] === 'big') {
  const { measureBigFiles } = await import('./big.ts');
  await measureBigFiles(Number(process.argv[3] ?? 10_000_000));
  process.exit(0);
}
if (process.argv[2] === 'folder') {
  const { measureFolder } = await import('./folder.ts');
  await measureFolder(Number(process.argv[3] ?? 100_000));
  process.exit(0);
}
const events = Number(process.argv[2] ?? 1_000_000);
const rounds = 3;
const signal = new AbortController().signal;

/** What a feed carries beside the fields that matter here. */
function toHit(write: WriteEvent, index: number): string {
  const more = {
    agent: { id: `aaaa-bbbb-${write.host}`, type: 'endpoint', version: '9.2.0' },
    ecs: { version: '8.10.0' },
    message: 'Endpoint file event',
  };
  return JSON.stringify({
    _index: '.ds-logs-endpoint.events.file-default-2026.11.01-000001',
    _id: `AbC${index}`,
    _score: null,
    _source: { ...ecsOf(write), ...more },
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

/** What a piece of work took: by the clock, and of the processor, which is less where others are at work, too. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

const endless: Cost = { ms: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY };
const least = (a: Cost, b: Cost): Cost => ({ ms: Math.min(a.ms, b.ms), cpuMs: Math.min(a.cpuMs, b.cpuMs) });

async function time(work: () => Promise<unknown>): Promise<Cost> {
  const beganMs = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - beganMs, cpuMs: (user + system) / 1000 };
}

async function onRaw(path: string, sql: string): Promise<Cost> {
  const instance = await DuckDBInstance.create(path, { memory_limit: '2GB' });
  const connection = await instance.connect();
  const cost = await time(() => connection.run(sql));
  connection.closeSync();
  instance.closeSync();
  await rm(path, { force: true });
  return cost;
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

function show(name: string, cost: Cost, against?: Cost): void {
  const ratio = (part: keyof Cost) => (against ? (cost[part] / against[part]).toFixed(2) : '').padStart(8);
  const cells = (['ms', 'cpuMs'] as const).map((part) => `${cost[part].toFixed(0).padStart(8)} ms ${ratio(part)}`);
  console.log(`${name.padEnd(44)}${cells.join('')}`);
}

const folder = await mkdtemp(join(tmpdir(), 'portside-bench-'));
try {
  const hits = join(folder, 'hits.ndjson');
  await writeHits(hits);
  const { size } = await stat(hits);
  console.log(
    `${events.toLocaleString('en')} events, ${(size / 1e6).toFixed(0)} MB of NDJSON; best of ${rounds} rounds\n`,
  );
  console.log(
    `${''.padEnd(44)}${['time', 'processor'].map((name) => `${name.padStart(11)} ${'ratio'.padStart(8)}`).join('')}`,
  );

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
    let raw = endless;
    let own = endless;
    for (let round = 0; round < rounds; round++) {
      raw = least(raw, await onRaw(join(folder, 'raw.duckdb'), `CREATE TABLE raw AS FROM ${read}`));
      await withEngine(folder, async (engine) => {
        const cost = await time(async () => {
          const report = await engine.importFile(path, ignoreItems(signal));
          if (report.rowsStored !== events) throw new Error(`${report.rowsStored} of ${events} rows were stored.`);
        });
        own = least(own, cost);
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
      let best = endless;
      for (let round = 0; round < 3; round++) best = least(best, await time(ask));
      show(name, best);
    }
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
