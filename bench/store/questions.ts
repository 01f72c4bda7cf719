import type { WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { generatedStartMs } from './generator.ts';

const dayMs = 86_400_000;
const quarterMs = 900_000;

export interface Question {
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

/** Every question of the store that is measured, in the order of the tables. */
export const questions: readonly Question[] = [
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
    name: 'writes.page, a path that is nowhere, first answer',
    ask: (engine, run) =>
      engine['writes.page'](
        {
          filter: { pathContains: `nowhere ${run}` },
          withRenames: false,
          ascending: false,
          limit: 200,
          withinMs: 50,
        },
        context(),
      ),
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
