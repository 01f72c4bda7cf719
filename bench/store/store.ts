/**
 * What the questions of the embedded store cost, beside raw DuckDB on the same events.
 * `npm run bench -- store [events] [spread|bursty] [python]`: a Markdown table on stdout. With a Python that has polars
 * and chdb given, also those two and SQLite on the same events. Each answer is asked with other arguments every time.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { evidencePath } from '../../electron/evidence/duckdb-schema.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { generatedStartMs, generateParquet, type Variant } from './generator.ts';

const events = Number(process.argv[2] ?? 1_000_000);
const variant: Variant = process.argv[3] === 'bursty' ? 'bursty' : 'spread';
const python = process.argv[4];
const runs = 20;
const rawRuns = 3;
/** A question is not asked again once its runs took this long together. */
const maxQuestionMs = 8_000;
const dayMs = 86_400_000;
const quarterMs = 900_000;

interface Question {
  readonly name: string;
  readonly ask: (engine: WorkspaceEngine, run: number) => Promise<unknown>;
  /** The same of the table `raw`; the name ties it to the statement of the other engines. */
  readonly rawSql?: (run: number) => string;
  /** Whether raw DuckDB must read the whole of its columns for it. */
  readonly isAggregate?: boolean;
}

const context = () => ignoreItems(new AbortController().signal);
/** From another quarter of an hour each run, to the end: the rollup answers it, and no answer is one kept from before. */
const since = (run: number) => generatedStartMs + run * quarterMs;
const dayOf = (run: number) => ({
  fromMs: generatedStartMs + (run % 28) * dayMs,
  toMs: generatedStartMs + ((run % 28) + 1) * dayMs,
});
const inDay = (run: number) => `at_ms >= ${dayOf(run).fromMs} AND at_ms < ${dayOf(run).toMs}`;

const questions: readonly Question[] = [
  { name: 'evidence.summary', ask: (engine) => engine['evidence.summary']({}, context()) },
  {
    name: 'volumes.read, 30 days, 1 h by process',
    ask: (engine, run) =>
      engine['volumes.read'](
        { filter: { fromMs: since(run) }, bucketMs: 3_600_000, by: 'process', maxKeys: 20 },
        context(),
      ),
    rawSql: (run) => `SELECT at_ms // 3600000, process, sum(size), count(DISTINCT path), count(*) FROM raw
      WHERE at_ms >= ${since(run)} GROUP BY 1, 2`,
    isAggregate: true,
  },
  {
    name: 'volumes.read, a day, 5 min by device',
    ask: (engine, run) =>
      engine['volumes.read']({ filter: dayOf(run), bucketMs: 300_000, by: 'device', maxKeys: 20 }, context()),
    rawSql: (run) => `SELECT at_ms // 300000, serial, sum(size), count(DISTINCT path), count(*) FROM raw
      WHERE ${inDay(run)} GROUP BY 1, 2`,
  },
  {
    name: 'processes.list, 30 days',
    ask: (engine, run) =>
      engine['processes.list'](
        { filter: { fromMs: since(run) }, sort: 'writtenBytes', descending: true, limit: 100 },
        context(),
      ),
    rawSql: (
      run,
    ) => `SELECT process, sum(size), count(*), count(DISTINCT path), count(DISTINCT host), min(at_ms), max(at_ms)
      FROM raw WHERE at_ms >= ${since(run)} GROUP BY 1 ORDER BY 2 DESC LIMIT 100`,
    isAggregate: true,
  },
  {
    name: 'devices.list, 30 days',
    ask: (engine, run) => engine['devices.list']({ filter: { fromMs: since(run) }, limit: 100 }, context()),
    rawSql: (run) => `SELECT serial, sum(size), count(*), count(DISTINCT host), min(at_ms), max(at_ms) AS last
      FROM raw WHERE at_ms >= ${since(run)} GROUP BY 1 ORDER BY last DESC LIMIT 100`,
    isAggregate: true,
  },
  {
    name: 'sessions.list, a host',
    ask: (engine, run) => engine['sessions.list']({ hosts: [`WS-${run}`], limit: 10_000 }, context()),
  },
  {
    name: 'writes.page, newest before',
    ask: (engine, run) =>
      engine['writes.page'](
        { filter: { toMs: dayOf(run).toMs }, withRenames: false, ascending: false, limit: 200 },
        context(),
      ),
    rawSql: (run) => `SELECT * FROM raw WHERE at_ms < ${dayOf(run).toMs} ORDER BY at_ms DESC LIMIT 200`,
  },
  {
    name: 'writes.page, part of a path',
    ask: (engine, run) =>
      engine['writes.page'](
        { filter: { pathContains: `document ${7_000 + run}` }, withRenames: false, ascending: false, limit: 200 },
        context(),
      ),
    rawSql: (run) =>
      `SELECT * FROM raw WHERE lower(path) LIKE '%document ${7_000 + run}%' ORDER BY at_ms DESC LIMIT 200`,
  },
  {
    name: 'writes.totals, everything',
    ask: (engine, run) => engine['writes.totals']({ filters: [{ fromMs: since(run) }] }, context()),
    rawSql: (run) => `SELECT sum(size), count(*), count(DISTINCT path), min(at_ms), max(at_ms) FROM raw
      WHERE at_ms >= ${since(run)}`,
    isAggregate: true,
  },
  {
    name: 'writes.totals, a host and a day',
    ask: (engine, run) => engine['writes.totals']({ filters: [{ ...dayOf(run), hosts: [`WS-${run}`] }] }, context()),
    rawSql: (run) => `SELECT sum(size), count(*), count(DISTINCT path) FROM raw
      WHERE ${inDay(run)} AND host = 'WS-${run}'`,
  },
  {
    name: 'terms.list of extension, 30 days',
    ask: (engine, run) =>
      engine['terms.list']({ field: 'extension', filter: { fromMs: since(run) }, limit: 50 }, context()),
    rawSql: (run) => `SELECT extension, count(*), sum(size), count(DISTINCT path), count(DISTINCT host) FROM raw
      WHERE at_ms >= ${since(run)} GROUP BY 1`,
    isAggregate: true,
  },
  {
    name: 'hours.read, 30 days',
    ask: (engine, run) => engine['hours.read']({ filter: { fromMs: since(run) }, offsetMinutes: 60 }, context()),
    rawSql: (run) =>
      `SELECT (at_ms + 3600000) // 3600000 % 24, count(*) FROM raw WHERE at_ms >= ${since(run)} GROUP BY 1`,
    isAggregate: true,
  },
  {
    name: 'activity.read, 30 days',
    ask: (engine, run) => engine['activity.read']({ fromMs: since(run) }, context()),
    rawSql: (run) => `SELECT at_ms // 900000, host, process, serial, count(*), sum(size), min(at_ms), max(at_ms)
      FROM raw WHERE at_ms >= ${since(run)} GROUP BY 1, 2, 3, 4`,
    isAggregate: true,
  },
];

async function time(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}

/** Times of up to `count` runs after one that warms up, in ascending order. Slow ones get fewer, but three at least. */
async function measure(count: number, work: (run: number) => Promise<unknown>): Promise<readonly number[]> {
  await work(count);
  const times: number[] = [];
  let sumMs = 0;
  for (let run = 0; run < count && (run < 3 || sumMs < maxQuestionMs); run++) {
    const ms = await time(() => work(run));
    times.push(ms);
    sumMs += ms;
  }
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

async function loadRaw(connection: DuckDBConnection, files: string, parquet: string): Promise<number> {
  const ms = await time(() =>
    connection.run(`CREATE TABLE raw AS SELECT epoch_ms("@timestamp"::TIMESTAMP) AS at_ms, event.id AS id, host.name AS host,
      process.name AS process, file.path AS path, file.extension AS extension, file.size AS size,
      file.Ext.device.serial_number AS serial FROM read_parquet('${files}')`),
  );
  await connection.run(`COPY raw TO '${parquet}' (FORMAT parquet)`);
  return ms;
}

/** Milliseconds (the middle of three runs) of each question that the other engines were asked, by engine. */
async function askPeers(folder: string, parquet: string): Promise<Readonly<Record<string, Record<string, number>>>> {
  if (python === undefined) return {};
  const statements = questions.flatMap(({ name, rawSql }) =>
    rawSql ? [[name, [0, 1, 2].map((run) => rawSql(run).replace(/\s+/g, ' '))]] : [],
  );
  const { stdout } = await promisify(execFile)(
    python,
    [join(import.meta.dirname, 'peers.py'), parquet, folder, JSON.stringify(statements)],
    { maxBuffer: 1 << 24 },
  );
  return JSON.parse(stdout) as Record<string, Record<string, number>>;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-store-'));
try {
  const paths = await generateParquet(folder, variant, events);
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  const engine = await openWorkspaceEngine({ workspacePath: workspace });
  let importMs = 0;
  for (const path of paths) importMs += await time(() => engine.importFile(path, context()));
  const own = new Map<string, readonly number[]>();
  for (const { name, ask } of questions) own.set(name, await measure(runs, (run) => ask(engine, run)));
  await engine.close();

  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'), { memory_limit: '2GB' });
  const connection = await instance.connect();
  const parquet = join(folder, 'raw.parquet');
  const rawMs = await loadRaw(connection, join(folder, `${variant}-*.parquet`), parquet);
  const raw = new Map<string, readonly number[]>();
  for (const { name, rawSql } of questions) {
    if (rawSql) raw.set(name, await measure(rawRuns, async (run) => (await connection.run(rawSql(run))).getRows()));
  }
  await connection.run(`ATTACH '${evidencePath(workspace)}' AS own (READ_ONLY)`);
  const [[rollupRows] = []] = await (await connection.run('SELECT count(*) FROM own.activity')).getRows();
  connection.closeSync();
  instance.closeSync();
  const peers = await askPeers(folder, parquet);

  const names = Object.keys(peers);
  const bytes = (await stat(join(folder, 'raw.duckdb'))).size;
  const ownBytes = (await stat(evidencePath(workspace))).size;
  console.log(
    `${events.toLocaleString('en')} writes, ${variant}; import ${(importMs / 1000).toFixed(1)} s, ${(ownBytes / 1e6).toFixed(0)} MB, ${rollupRows} rows of rollup (raw DuckDB, eight columns: ` +
      `${(rawMs / 1000).toFixed(1)} s, ${(bytes / 1e6).toFixed(0)} MB); load ${loadavg()[0]?.toFixed(1)}; ${new Date().toISOString()}\n`,
  );
  console.log(`| Question | p50 ms | p95 ms | raw DuckDB ms | ratio |${names.map((name) => ` ${name} ms |`).join('')}`);
  console.log(`| --- | ---: | ---: | ---: | ---: |${names.map(() => ' ---: |').join('')}`);
  for (const { name, isAggregate } of questions) {
    const times = own.get(name) ?? [];
    const rawP50 = quantile(raw.get(name) ?? [], 0.5);
    const figures = [quantile(times, 0.5).toFixed(1), quantile(times, 0.95).toFixed(1)];
    figures.push(Number.isNaN(rawP50) ? '' : rawP50.toFixed(1));
    figures.push(
      Number.isNaN(rawP50) ? '' : `${(quantile(times, 0.5) / rawP50).toFixed(2)}${isAggregate ? ' (a)' : ''}`,
    );
    for (const peer of names) figures.push(peers[peer]?.[name]?.toFixed(1) ?? '');
    console.log(`| ${name} | ${figures.join(' | ')} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
