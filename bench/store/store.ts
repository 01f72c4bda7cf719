/**
 * What the questions of the embedded store cost, beside raw DuckDB on the same events.
 * `npm run bench -- store [events[,events…]] [spread|bursty] [python]`: Markdown on stdout, a table for each number of events and,
 * where there are several, how the cost of each question grows between them. With a Python that has polars and chdb given,
 * also those two and SQLite on the same events. Each answer is asked with other arguments every time.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { DuckdbDatabase } from '../../electron/evidence/duckdb-database.ts';
import { importFile } from '../../electron/evidence/duckdb-import.ts';
import { rollupTables } from '../../electron/evidence/duckdb-rollup.ts';
import { evidencePath, openEvidenceDatabase } from '../../electron/evidence/duckdb-schema.ts';
import { openWorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { generateParquet, type Variant } from './generator.ts';
import { questions } from './questions.ts';

const sizes = (process.argv[2] ?? '1000000').split(',').map(Number);
const variant: Variant = process.argv[3] === 'bursty' ? 'bursty' : 'spread';
const python = process.argv[4];
const runs = 20;
const rawRuns = 3;
/** A question is not asked again once its runs took this long together. */
const maxQuestionMs = 8_000;

/** What a run of a question took: by the clock, and of the processor (less than that where others were at work, too). */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

interface Measured {
  readonly own: ReadonlyMap<string, readonly Cost[]>;
  readonly raw: ReadonlyMap<string, readonly Cost[]>;
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const beganMs = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - beganMs, cpuMs: (user + system) / 1000 };
}

/** Costs of up to `count` runs after one that warms up. Slow ones get fewer, but three at least. */
async function measure(count: number, work: (run: number) => Promise<unknown>): Promise<readonly Cost[]> {
  await work(count);
  const costs: Cost[] = [];
  let sumMs = 0;
  for (let run = 0; run < count && (run < 3 || sumMs < maxQuestionMs); run++) {
    const spent = await cost(() => work(run));
    costs.push(spent);
    sumMs += spent.ms;
  }
  return costs;
}

function quantile(costs: readonly Cost[] | undefined, share: number, of: keyof Cost = 'ms'): number {
  const sorted = (costs ?? []).map((spent) => spent[of]).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Imports the files and gives what of the time went into statements that make the rollups. */
async function importAll(database: DuckdbDatabase, paths: readonly string[]): Promise<{ all: Cost; rollups: number }> {
  const isRollup = new RegExp(
    `INSERT INTO (${[...rollupTables, 'chains'].join('|')})\\b|TEMP TABLE (again|chains|mixed|linked|stream_groups|by_host)\\b|FROM (again|activity|mixed)\\b|approx_count_distinct`,
  );
  let rollups = 0;
  const timed =
    <A extends readonly unknown[], T>(run: (sql: string, ...rest: A) => Promise<T>) =>
    async (sql: string, ...rest: A): Promise<T> => {
      const beganMs = performance.now();
      const answer = await run(sql, ...rest);
      if (isRollup.test(sql)) rollups += performance.now() - beganMs;
      return answer;
    };
  const watched: DuckdbDatabase = {
    ...database,
    withSession: (work) =>
      database.withSession((session) =>
        work({
          ...session,
          run: timed(session.run),
          all: async <Row extends object>(...question: Parameters<typeof session.all>) =>
            (await timed(session.all)(...question)) as readonly Row[],
          transaction: session.transaction,
        }),
      ),
  };
  const all = await cost(async () => {
    for (const path of paths) await importFile(watched, path, ignoreItems(new AbortController().signal));
  });
  return { all, rollups: rollups / all.ms };
}

/** Blocks of the rollups among all blocks in use. */
async function rollupShare(connection: DuckDBConnection): Promise<number> {
  const blocks = async (table: string) => {
    const answer = await connection.run(
      `SELECT count(DISTINCT block) FROM (
         SELECT unnest(list_append(additional_block_ids, block_id)) AS block FROM pragma_storage_info('own.${table}') WHERE persistent)`,
    );
    return Number((await answer.getRows())[0]?.[0] ?? 0);
  };
  let rolled = 0;
  for (const table of rollupTables) rolled += await blocks(table);
  let all = rolled;
  for (const table of ['writes', 'paths', 'streams']) all += await blocks(table);
  return rolled / all;
}

async function loadRaw(connection: DuckDBConnection, files: string, parquet: string): Promise<number> {
  const { ms } = await cost(() =>
    connection.run(`CREATE TABLE raw AS SELECT epoch_ms("@timestamp"::TIMESTAMP) AS at_ms, event.id AS id, host.name AS host,
      process.name AS process, file.path AS path, file.extension AS extension, file.size AS size,
      file.Ext.device.serial_number AS serial FROM read_parquet('${files}')`),
  );
  if (python !== undefined) await connection.run(`COPY raw TO '${parquet}' (FORMAT parquet)`);
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

async function benchmark(folder: string, events: number): Promise<Measured> {
  const paths = await generateParquet(folder, variant, events);
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  const database = await openEvidenceDatabase(evidencePath(workspace));
  const imported = await importAll(database, paths);
  await database.close();
  const engine = await openWorkspaceEngine({ workspacePath: workspace });
  const own = new Map<string, readonly Cost[]>();
  for (const { name, ask } of questions) own.set(name, await measure(runs, (run) => ask(engine, run)));
  await engine.close();

  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'), { memory_limit: '2GB' });
  const connection = await instance.connect();
  const parquet = join(folder, 'raw.parquet');
  const rawMs = await loadRaw(connection, join(folder, `${variant}-*.parquet`), parquet);
  const raw = new Map<string, readonly Cost[]>();
  for (const { name, rawSql } of questions) {
    if (rawSql) raw.set(name, await measure(rawRuns, async (run) => (await connection.run(rawSql(run))).getRows()));
  }
  await connection.run(`ATTACH '${evidencePath(workspace)}' AS own (READ_ONLY)`);
  const rows: string[] = [];
  for (const table of rollupTables) {
    const [[count] = []] = await (await connection.run(`SELECT count(*) FROM own.${table}`)).getRows();
    rows.push(`${table} ${count}`);
  }
  const disk = await rollupShare(connection);
  connection.closeSync();
  instance.closeSync();
  const peers = await askPeers(folder, parquet);

  const names = Object.keys(peers);
  const bytes = (await stat(join(folder, 'raw.duckdb'))).size;
  const ownBytes = (await stat(evidencePath(workspace))).size;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    `${events.toLocaleString('en')} writes, ${variant}: import ${(imported.all.ms / 1000).toFixed(1)} s (processor ${(imported.all.cpuMs / 1000).toFixed(1)} s), ${(ownBytes / 1e6).toFixed(0)} MB ` +
      `(raw DuckDB, eight columns: ${(rawMs / 1000).toFixed(1)} s, ${(bytes / 1e6).toFixed(0)} MB). Rollups: ${percent(imported.rollups)} of the import, ` +
      `${percent(disk)} of the disk; rows: ${rows.join(', ')}. Load ${loadavg()[0]?.toFixed(1)}; ${new Date().toISOString()}\n`,
  );
  const heads = ['Question', 'p50 ms', 'p95 ms', 'CPU ms', 'raw DuckDB ms', 'its CPU ms', 'ratio', 'CPU ratio'];
  console.log(`| ${[...heads, ...names.map((name) => `${name} ms`)].join(' | ')} |`);
  console.log(`| --- |${[...heads.slice(1), ...names].map(() => ' ---: |').join('')}`);
  for (const { name, isAggregate } of questions) {
    const costs = own.get(name);
    const figures = [quantile(costs, 0.5), quantile(costs, 0.95), quantile(costs, 0.5, 'cpuMs')].map((ms) =>
      ms.toFixed(1),
    );
    const rawCosts = raw.get(name);
    if (rawCosts) {
      const ratio = (of: keyof Cost) => (quantile(costs, 0.5, of) / quantile(rawCosts, 0.5, of)).toFixed(2);
      figures.push(quantile(rawCosts, 0.5).toFixed(1), quantile(rawCosts, 0.5, 'cpuMs').toFixed(1));
      figures.push(`${ratio('ms')}${isAggregate ? ' (a)' : ''}`, ratio('cpuMs'));
    } else figures.push('', '', '', '');
    for (const peer of names) figures.push(peers[peer]?.[name]?.toFixed(1) ?? '');
    console.log(`| ${name} | ${figures.join(' | ')} |`);
  }
  console.log('');
  return { own, raw };
}

/** How a cost grows: 0 where it does not depend on the number of events, 1 where it is in proportion to it. */
function showGrowth(measured: ReadonlyMap<number, Measured>): void {
  const steps = sizes.slice(1).map((size, index) => [sizes[index] ?? size, size] as const);
  const names = steps.map(([from, to]) => `${from.toLocaleString('en')} to ${to.toLocaleString('en')}`);
  console.log(`Exponents (by the processor time of the middle run), ${variant}\n`);
  console.log(`| Question |${names.map((name) => ` ${name} | raw DuckDB |`).join('')}`);
  console.log(`| --- |${names.map(() => ' ---: | ---: |').join('')}`);
  for (const { name } of questions) {
    const figures = steps.flatMap(([from, to]) =>
      (['own', 'raw'] as const).map((engine) => {
        const at = (size: number) => quantile(measured.get(size)?.[engine].get(name), 0.5, 'cpuMs');
        const exponent = Math.log(at(to) / at(from)) / Math.log(to / from);
        return Number.isNaN(exponent) ? '' : exponent.toFixed(2);
      }),
    );
    console.log(`| ${name} | ${figures.join(' | ')} |`);
  }
}

const measured = new Map<number, Measured>();
for (const events of sizes) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-store-'));
  try {
    measured.set(events, await benchmark(folder, events));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
if (sizes.length > 1) showGrowth(measured);
