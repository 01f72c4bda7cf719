import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatedStartMs, generateParquet } from '../../bench/store/generator.ts';
import type { DuckdbDatabase, DuckdbParameter } from '../../electron/evidence/duckdb-database.ts';
import { importFile } from '../../electron/evidence/duckdb-import.ts';
import { rollupTables } from '../../electron/evidence/duckdb-rollup.ts';
import { openEvidenceDatabase } from '../../electron/evidence/duckdb-schema.ts';
import { makeDuckdbStore } from '../../electron/evidence/duckdb-store.ts';
import type { EvidenceStore } from '../../electron/evidence/store.ts';
import { makeTestFolder } from '../../electron/evidence/workspace-for-tests.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';

const events = 600_000;
const runs = 12;
const quarterMs = 900_000;
const context = () => ignoreItems(new AbortController().signal);

interface Statement {
  readonly sql: string;
  readonly parameters: readonly DuckdbParameter[];
}

interface Question {
  readonly name: string;
  readonly ask: (store: EvidenceStore, fromMs: number) => Promise<unknown>;
}

interface TimedQuestion extends Question {
  /** The same grouping over `raw`, the flat table of the events. */
  readonly rawSql: (fromMs: number) => string;
  /** Of the raw time; with the rollup it is two thirds of this at most, without it well above. */
  readonly maxShare: number;
}

const timedQuestions: readonly TimedQuestion[] = [
  {
    name: 'activity.read',
    ask: (store, fromMs) => store['activity.read']({ fromMs }, context()),
    rawSql: (fromMs) =>
      `SELECT CAST(at_ms // 900000 AS DOUBLE) AS slot, host, process, serial, CAST(count(*) AS DOUBLE) AS events,
         CAST(sum(size) AS DOUBLE) AS bytes, CAST(min(at_ms) AS DOUBLE) AS first_ms, CAST(max(at_ms) AS DOUBLE) AS last_ms
       FROM raw WHERE at_ms >= ${fromMs} GROUP BY 1, 2, 3, 4`,
    maxShare: 1.2,
  },
  {
    name: 'writes.totals',
    ask: (store, fromMs) => store['writes.totals']({ filters: [{ fromMs }] }, context()),
    rawSql: (fromMs) =>
      `SELECT CAST(sum(size) AS DOUBLE) AS bytes, CAST(count(*) AS DOUBLE) AS events,
         CAST(count(DISTINCT path) AS DOUBLE) AS files FROM raw WHERE at_ms >= ${fromMs}`,
    maxShare: 0.8,
  },
  {
    name: 'terms.list',
    ask: (store, fromMs) => store['terms.list']({ field: 'process', filter: { fromMs }, limit: 50 }, context()),
    rawSql: (fromMs) =>
      `SELECT process, CAST(count(*) AS DOUBLE) AS events, CAST(sum(size) AS DOUBLE) AS bytes,
         CAST(count(DISTINCT path) AS DOUBLE) AS files FROM raw WHERE at_ms >= ${fromMs} GROUP BY 1`,
    maxShare: 0.8,
  },
];

/** What rollups answer from a whole day on; most of them from a whole quarter of an hour. */
const questions: readonly Question[] = [
  ...timedQuestions,
  {
    // Not timed: at this size the raw events take 3 ms too, so that the plan alone tells of a lost rollup.
    name: 'hours.read',
    ask: (store, fromMs) => store['hours.read']({ filter: { fromMs }, offsetMinutes: 60 }, context()),
  },
  {
    name: 'devices.list',
    ask: (store, fromMs) => store['devices.list']({ filter: { fromMs }, limit: 100 }, context()),
  },
  {
    name: 'processes.list',
    ask: (store, fromMs) =>
      store['processes.list']({ filter: { fromMs }, sort: 'writtenBytes', descending: true, limit: 100 }, context()),
  },
  {
    name: 'terms.list of extension',
    ask: (store, fromMs) => store['terms.list']({ field: 'extension', filter: { fromMs }, limit: 50 }, context()),
  },
  {
    name: 'volumes.read',
    ask: (store, fromMs) =>
      store['volumes.read']({ filter: { fromMs }, bucketMs: 3_600_000, by: 'process', maxKeys: 20 }, context()),
  },
];

/** The database with a list of the statements that were asked of it. */
function recording(database: DuckdbDatabase, statements: Statement[]): DuckdbDatabase {
  return {
    ...database,
    all: (sql, parameters = [], signal) => {
      statements.push({ sql, parameters });
      return database.all(sql, parameters, signal);
    },
    columns: (sql, parameters = [], signal) => {
      statements.push({ sql, parameters });
      return database.columns(sql, parameters, signal);
    },
  };
}

/** Names of the tables that the engine's plan of a statement scans. */
async function scannedTables(database: DuckdbDatabase, { sql, parameters }: Statement): Promise<ReadonlySet<string>> {
  const rows = await database.all<{ explain_value: string }>(`EXPLAIN (FORMAT json) ${sql}`, parameters);
  const tables = new Set<string>();
  for (const { explain_value } of rows) {
    JSON.parse(explain_value, (key, value: unknown) => {
      if (key === 'Table') tables.add((String(value).split('.').at(-1) ?? '').replaceAll('"', ''));
      return value;
    });
  }
  return tables;
}

describe('the rollups of bursty writes', () => {
  const statements: Statement[] = [];
  let folder: Awaited<ReturnType<typeof makeTestFolder>>;
  let database: DuckdbDatabase;
  let store: EvidenceStore;

  beforeAll(async () => {
    folder = await makeTestFolder();
    const workspace = join(folder.path, 'workspace');
    await mkdir(workspace);
    database = await openEvidenceDatabase(join(workspace, 'evidence.duckdb'));
    store = makeDuckdbStore(recording(database, statements));
    const paths = await generateParquet(folder.path, 'bursty', events);
    for (const path of paths) await importFile(database, path, context());
    await database.run(`CREATE TABLE raw AS SELECT epoch_ms("@timestamp"::TIMESTAMP) AS at_ms, host.name AS host,
      process.name AS process, file.path AS path, file.size AS size, file.Ext.device.serial_number AS serial
      FROM read_parquet('${join(folder.path, 'bursty-*.parquet')}')`);
  });

  afterAll(async () => {
    await database.close();
    await folder.release();
  });

  it('are small and hold what the writes hold', async () => {
    const [figures] = await database.all<{ rows: number; events: number; bytes: number; raw_bytes: number }>(
      `SELECT count(*) AS rows, sum(events) AS events, sum(bytes) AS bytes, (SELECT sum(size) FROM raw) AS raw_bytes
       FROM activity`,
    );
    expect(figures?.events).toBe(events);
    expect(figures?.bytes).toBe(figures?.raw_bytes);
    // A copy of 2,000 files ends within a quarter of an hour or runs into the next.
    expect(figures?.rows).toBeLessThanOrEqual(events / 500);
    const counts = await Promise.all(
      rollupTables.map((table) => database.all<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`)),
    );
    expect(counts.reduce((total, [row]) => total + (row?.rows ?? 0), 0)).toBeLessThanOrEqual(events / 25);
  });

  it.each(questions)('answer $name without a scan of the writes', async ({ ask }) => {
    statements.length = 0;
    await ask(store, generatedStartMs);
    const whole = await Promise.all(statements.map((statement) => scannedTables(database, statement)));
    expect(whole.some((names) => rollupTables.some((table) => names.has(table)))).toBe(true);
    expect(whole.some((names) => names.has('writes'))).toBe(false);
    // From within a slot the same question needs the writes of that slot, which shows that a scan of them is seen.
    statements.length = 0;
    const [first] = await database.all<{ ms: number }>('SELECT min(at_ms) AS ms FROM writes');
    await ask(store, (first?.ms ?? 0) + 1);
    const within = await Promise.all(statements.map((statement) => scannedTables(database, statement)));
    expect(within.some((names) => names.has('writes'))).toBe(true);
  });

  it('are not needed for a page of writes, which reads the slice of time that fills it', async () => {
    const page = () =>
      store['writes.page'](
        { filter: { toMs: generatedStartMs + 20 * 86_400_000 }, withRenames: false, ascending: false, limit: 200 },
        context(),
      );
    statements.length = 0;
    const { rows } = await page();
    expect(rows).toHaveLength(200);
    expect(rows.map(({ atMs }) => atMs)).toEqual(rows.map(({ atMs }) => atMs).sort((a, b) => b - a));
    const [last] = await database.all<{ ms: number }>(
      `SELECT max(at_ms) AS ms FROM writes WHERE at_ms < ${generatedStartMs + 20 * 86_400_000}`,
    );
    expect(rows[0]?.atMs).toBe(last?.ms);
    // Every statement that touches single writes says between which times.
    const unbounded = statements.filter(
      ({ sql }) => /FROM writes\b/.test(sql) && !/w\.at_ms >= \d+ AND w\.at_ms < \d+/.test(sql),
    );
    expect(unbounded.map(({ sql }) => sql)).toEqual(['SELECT min(at_ms) AS first, max(at_ms) AS last FROM writes']);
  });

  it.each(timedQuestions)('answer $name faster than the raw events do', async ({ ask, rawSql, maxShare }) => {
    const time = async (work: () => Promise<unknown>) => {
      const beganMs = performance.now();
      await work();
      return performance.now() - beganMs;
    };
    let ownMs = Number.POSITIVE_INFINITY;
    let rawMs = Number.POSITIVE_INFINITY;
    // In turns, so that a busy machine hits both alike; the least time of each is the one that nothing disturbed.
    for (let run = 0; run < runs; run++) {
      const fromMs = generatedStartMs + run * quarterMs;
      ownMs = Math.min(ownMs, await time(() => ask(store, fromMs)));
      rawMs = Math.min(rawMs, await time(() => database.columns(rawSql(fromMs))));
    }
    expect(ownMs / rawMs).toBeLessThan(maxShare);
  });
});
