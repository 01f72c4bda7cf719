import type { ScoredEvidence, ScoredHour } from '../../shared/analysis/score-findings.ts';
import { movedByVerdicts, type VerdictBook } from '../../shared/analysis/verdict-feedback.ts';
import { fail } from '../../shared/base/failure.ts';
import { hourMs } from '../../shared/base/time.ts';
import type { FindingOperations, RaisedSubject } from '../../shared/ipc/finding-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { Page } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { ElasticScore, Facet, Finding, FindingState } from '../../shared/model/finding.ts';
import type { FindingFilter } from '../../shared/model/finding-filter.ts';
import type { FindingGroup } from '../../shared/model/finding-group.ts';
import type { FindingVerdict } from '../../shared/model/finding-verdict.ts';
import type { DuckdbDatabase, DuckdbRow, DuckdbSession } from './duckdb-database.ts';
import { derivedSchema, findingConditions, makeConditions } from './duckdb-finding-conditions.ts';
import { openMovedScores } from './duckdb-moved-scores.ts';

export type FindingSort = 'score' | 'startMs' | 'writtenBytes' | 'elastic';

/** A finding with what was decided about it; the figures that only the evidence knows are absent. */
export type CachedFinding = Finding & {
  readonly state: FindingState;
  readonly closedReason?: string | undefined;
  readonly verdict?: FindingVerdict | undefined;
};

export interface FindingQuestion {
  readonly filter: FindingFilter;
  readonly sort: FindingSort;
  readonly descending: boolean;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

type FindingGroupQuestion = InputOf<FindingOperations['finding-groups.list']>;

export interface ProcessRarity {
  readonly host: string;
  readonly process: string;
  readonly executable: string;
  readonly score: number;
}

/**
 * Findings and hourly scores as tables of a database, so that they need not be computed again and can be filtered,
 * sorted and paged without being held in memory. All of it can be derived from the evidence, except for the states.
 */
export interface FindingCache {
  /** What the stored findings were computed from and by; absent when they are incomplete or were never computed. */
  readStamp(): Promise<string | undefined>;
  /** Forgets all findings and hours; states stay. */
  clear(): Promise<void>;
  /** Adds what is final. Until the next `finishRefresh` the stamp is absent. */
  append(evidence: ScoredEvidence): Promise<void>;
  /** Puts what is not final in the place of what was not final before, and sets the stamp: all or nothing. */
  finishRefresh(unsettled: ScoredEvidence, stamp: string): Promise<void>;
  count(): Promise<number>;
  list(
    question: FindingQuestion,
    signal: AbortSignal,
  ): Promise<{
    readonly rows: readonly CachedFinding[];
    readonly total: number;
    readonly nextCursor?: string | undefined;
  }>;
  read(id: string): Promise<CachedFinding | undefined>;
  /** Findings of the filter by what they share; see `finding-groups.list`. */
  groups(question: FindingGroupQuestion, signal: AbortSignal): Promise<Page<FindingGroup>>;
  /** Adds what rules raised, which the filter asks for; `isFirst` forgets what was told before. */
  tellAlerts(alerts: readonly RaisedSubject[], isFirst: boolean): Promise<void>;
  setStates(
    states: readonly { readonly id: string; readonly state: FindingState; readonly reason?: string | undefined }[],
    atMs: number,
  ): Promise<void>;
  /** Puts all verdicts in the place of those before. */
  setVerdicts(verdicts: readonly FindingVerdict[]): Promise<void>;
  /** The highest score per host, process and executable of the findings that overlap the filter. */
  processRarities(filter: EvidenceFilter, signal: AbortSignal): Promise<readonly ProcessRarity[]>;
  /** The highest-scoring hour per host and process of the filter's span. */
  highestHours(filter: EvidenceFilter, signal: AbortSignal): Promise<readonly Omit<ScoredHour, 'hourMs'>[]>;
}

const schema = derivedSchema;

/** The tables. Settled rows are only ever added; unsettled ones are replaced by each refresh. */
const tables = `
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE IF NOT EXISTS ${schema}.finding (
    id VARCHAR, is_settled BOOLEAN, rule_id VARCHAR, host VARCHAR, user_name VARCHAR, process VARCHAR,
    executable VARCHAR, device VARCHAR, start_ms DOUBLE, end_ms DOUBLE, written_bytes DOUBLE, events DOUBLE,
    score DOUBLE, cold_start VARCHAR, elastic_score DOUBLE, elastic VARCHAR, facets VARCHAR
  );
  CREATE TABLE IF NOT EXISTS ${schema}.scored_hour (
    hour_key VARCHAR, hour_ms DOUBLE, is_settled BOOLEAN, host VARCHAR, process VARCHAR, score DOUBLE, probability DOUBLE, elastic VARCHAR
  );
  CREATE TABLE IF NOT EXISTS ${schema}.finding_state (
    id VARCHAR PRIMARY KEY, state VARCHAR, reason VARCHAR, changed_ms DOUBLE
  );
  CREATE TABLE IF NOT EXISTS ${schema}.finding_stamp (stamp VARCHAR);
  CREATE TABLE IF NOT EXISTS ${schema}.raised_alert (
    kind VARCHAR, subject VARCHAR, host VARCHAR, process VARCHAR, device VARCHAR, start_ms DOUBLE, end_ms DOUBLE
  );
`;

const sortColumns: Readonly<Record<FindingSort, string>> = {
  score: 'score',
  startMs: 'start_ms',
  writtenBytes: 'written_bytes',
  elastic: 'elastic_score',
};

/** Makes the tables where they are not there. The database may hold other tables too; closing it is its owner's. */
export async function openFindingCache(database: DuckdbDatabase): Promise<FindingCache> {
  /** What is not final as it lies in the tables, to write only what changed. */
  let unsettledFindings = new Map<string, string>();
  let unsettledHours = new Map<string, string>();

  await database.transaction((session) => session.run(tables));
  const moved = await openMovedScores(database);
  const source = () => `${moved.source} LEFT JOIN ${schema}.finding_state s ON s.id = f.id`;
  const toFinding = (row: DuckdbRow) => withVerdicts(storedFinding(row), moved.book);

  return {
    async readStamp() {
      const [row] = await database.all<{ stamp: string }>(`SELECT stamp FROM ${schema}.finding_stamp`);
      return row?.stamp;
    },

    async clear() {
      unsettledFindings = new Map();
      unsettledHours = new Map();
      await database.transaction(async (session) => {
        await session.run(`DELETE FROM ${schema}.finding_stamp`);
        await session.run(`DELETE FROM ${schema}.finding`);
        await session.run(`DELETE FROM ${schema}.scored_hour`);
        await moved.clear(session);
      });
    },

    async append(evidence) {
      if (evidence.findings.length === 0 && evidence.hours.length === 0) return;
      await database.transaction(async (session) => {
        await session.run(`DELETE FROM ${schema}.finding_stamp`);
        await appendFindings(session, evidence.findings, true);
        await moved.take(session, evidence.findings);
        await appendHours(session, evidence.hours, true);
      });
    },

    async finishRefresh(unsettled, stamp) {
      const findings = new Map(unsettled.findings.map((finding) => [finding.id, JSON.stringify(finding)]));
      const hours = new Map(unsettled.hours.map((hour) => [hourKey(hour), JSON.stringify(hour)]));
      const isChanged = (known: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>) => (key: string) =>
        known.get(key) !== now.get(key);
      const findingChanged = isChanged(unsettledFindings, findings);
      const hourChanged = isChanged(unsettledHours, hours);
      const goneFindings = [...unsettledFindings.keys()].filter(findingChanged);
      const goneHours = [...unsettledHours.keys()].filter(hourChanged);
      await database.transaction(async (session) => {
        if (unsettledFindings.size === 0 && unsettledHours.size === 0) {
          // What an earlier run left as not final is not known here.
          await session.run(`DELETE FROM ${schema}.finding WHERE NOT is_settled`);
          await session.run(`DELETE FROM ${schema}.scored_hour WHERE NOT is_settled`);
        }
        if (goneFindings.length > 0) {
          await session.run(
            `DELETE FROM ${schema}.finding WHERE NOT is_settled AND id IN (SELECT unnest($1::VARCHAR[]))`,
            [goneFindings],
          );
        }
        if (goneHours.length > 0) {
          await session.run(
            `DELETE FROM ${schema}.scored_hour WHERE NOT is_settled AND hour_key IN (SELECT unnest($1::VARCHAR[]))`,
            [goneHours],
          );
        }
        const changedFindings = unsettled.findings.filter(({ id }) => findingChanged(id));
        await appendFindings(session, changedFindings, false);
        await moved.take(session, changedFindings);
        await appendHours(
          session,
          unsettled.hours.filter((hour) => hourChanged(hourKey(hour))),
          false,
        );
        await session.run(`DELETE FROM ${schema}.finding_stamp`);
        await session.run(`INSERT INTO ${schema}.finding_stamp VALUES ($1)`, [stamp]);
      });
      unsettledFindings = findings;
      unsettledHours = hours;
    },

    async count() {
      const [row] = await database.all<{ total: number }>(`SELECT count(*) AS total FROM ${schema}.finding`);
      return row?.total ?? 0;
    },

    async list(question, signal) {
      const where = findingConditions(question.filter);
      const [counted] = await database.all<{ total: number }>(
        `SELECT count(*) AS total FROM ${source()} WHERE ${where.sql}`,
        where.values,
        signal,
      );
      const column = sortColumns[question.sort];
      if (question.cursor !== undefined) {
        // Goes on after a row by its values, so that rows coming in between shift nothing.
        const { value, startMs, id } = readCursor(question.cursor);
        const [v, s, i] = [where.add(value), where.add(startMs), where.add(id)];
        const beyond = question.descending ? '<' : '>';
        where.and(
          `(f.${column} ${beyond} ${v} OR (f.${column} = ${v} AND (f.start_ms < ${s} OR (f.start_ms = ${s} AND f.id > ${i}))))`,
        );
      }
      const order = `ORDER BY f.${column} ${question.descending ? 'DESC' : 'ASC'}, f.start_ms DESC, f.id`;
      // Explanations are long: they are read for the page alone.
      const rows = await database.all(
        `SELECT f.*, s.state, s.reason FROM ${source()}
         WHERE f.rowid IN (SELECT f.rowid FROM ${source()} WHERE ${where.sql} ${order} LIMIT ${question.limit + 1})
         ${order}`,
        where.values,
        signal,
      );
      const page = rows.slice(0, question.limit).map(toFinding);
      const last = page.at(-1);
      return {
        rows: page,
        total: counted?.total ?? 0,
        nextCursor: last && rows.length > question.limit ? toCursor(last, question.sort) : undefined,
      };
    },

    async read(id) {
      const [row] = await database.all(`SELECT f.*, s.state, s.reason FROM ${source()} WHERE f.id = $1`, [id]);
      return row && toFinding(row);
    },

    async groups({ filter, by, sort, limit, cursor }, signal) {
      const where = findingConditions(filter);
      const start = readPlace(cursor);
      const order = sort === 'name' ? 'name' : `${groupColumns[sort]} DESC, name`;
      const rows = await database.all<FindingGroup & { total: number }>(
        `SELECT ${groupKeys[by]} AS name, count(*) AS findings, count(*) FILTER (coalesce(s.state, 'open') = 'open') AS open,
           max(f.score) AS score, max(f.elastic_score) AS elastic, sum(f.written_bytes) AS "writtenBytes",
           max(f.start_ms) AS "startMs", count(*) OVER () AS total
         FROM ${source()} WHERE ${where.sql} GROUP BY 1 ORDER BY ${order} LIMIT ${limit} OFFSET ${start}`,
        where.values,
        signal,
      );
      const total = rows[0]?.total ?? 0;
      return {
        rows: rows.map(({ total: _total, ...group }) => group),
        total,
        nextCursor: start + rows.length < total ? String(start + rows.length) : undefined,
      };
    },

    async tellAlerts(alerts, isFirst) {
      await database.transaction(async (session) => {
        if (isFirst) await session.run(`DELETE FROM ${schema}.raised_alert`);
        if (alerts.length === 0) return;
        await session.run(
          `INSERT INTO ${schema}.raised_alert
           SELECT r.kind, r.subject, r.host, r.process, r.device, r."startMs", r."endMs"
           FROM (SELECT unnest(from_json($1::JSON, '[{"kind":"VARCHAR","subject":"VARCHAR","host":"VARCHAR",
             "process":"VARCHAR","device":"VARCHAR","startMs":"DOUBLE","endMs":"DOUBLE"}]')) AS r)`,
          [toJsonRows(alerts)],
        );
      });
    },

    async setStates(states, atMs) {
      await database.transaction(async (session) => {
        for (const { id, state, reason } of states) {
          await session.run(
            `INSERT INTO ${schema}.finding_state
             SELECT $1, $2, $3, $4 WHERE EXISTS (SELECT 1 FROM ${schema}.finding WHERE id = $1)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, changed_ms = excluded.changed_ms`,
            [id, state, (state === 'closed' ? reason : undefined) ?? null, atMs],
          );
        }
      });
    },

    setVerdicts: (verdicts) => moved.set(verdicts),

    processRarities(filter, signal) {
      const where = findingConditions(filter);
      return database.all<ProcessRarity>(
        `SELECT f.host, f.process, coalesce(f.executable, '') AS executable, max(f.score) AS score
         FROM ${moved.source} WHERE ${where.sql} GROUP BY ALL`,
        where.values,
        signal,
      );
    },

    async highestHours(filter, signal) {
      const where = makeConditions();
      if (filter.fromMs !== undefined) where.and(`hour_ms + ${hourMs} > ${where.add(filter.fromMs)}`);
      if (filter.toMs !== undefined) where.and(`hour_ms < ${where.add(filter.toMs)}`);
      where.anyOf('host', filter.hosts);
      where.anyOf('process', filter.processes);
      const rows = await database.all<{ host: string; process: string; elastic: string }>(
        `SELECT host, process, arg_max(elastic, {s: score, p: -probability, h: -hour_ms}) AS elastic
         FROM ${schema}.scored_hour WHERE ${where.sql} GROUP BY ALL`,
        where.values,
        signal,
      );
      return rows.map(({ host, process, elastic }) => ({
        host,
        process,
        elastic: JSON.parse(elastic) as ElasticScore,
      }));
    },
  };
}

const groupKeys: Readonly<Record<FindingGroupQuestion['by'], string>> = {
  host: 'f.host',
  user: 'f.user_name',
  process: 'f.process',
  device: 'f.device',
};

const groupColumns: Readonly<Record<Exclude<FindingGroupQuestion['sort'], 'name'>, string>> = {
  score: 'score',
  startMs: '"startMs"',
  writtenBytes: '"writtenBytes"',
  elastic: 'elastic',
  findings: 'findings',
};

function hourKey(hour: ScoredHour): string {
  return JSON.stringify([hour.hourMs, hour.host, hour.process]);
}

/**
 * Rows go in as one JSON text that the engine takes apart: one parameter instead of one per value. A lone surrogate,
 * which no database can store, becomes U+FFFD.
 */
function toJsonRows(rows: readonly object[]): string {
  const text = JSON.stringify(rows);
  if (!text.includes('\\ud')) return text;
  return text.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\\ufffd');
}

async function appendFindings(session: DuckdbSession, findings: readonly Finding[], isSettled: boolean) {
  if (findings.length === 0) return;
  await session.run(
    `INSERT INTO ${schema}.finding
     SELECT r.id, $2, r."ruleId", r.host, r."user", r.process, r.executable, r.device, r."startMs", r."endMs",
       r."writtenBytes", r.events, r.score, r."coldStart", (r.elastic->>'score')::DOUBLE, r.elastic, r.facets
     FROM (SELECT unnest(from_json($1::JSON, '[{"id":"VARCHAR","ruleId":"VARCHAR","host":"VARCHAR","user":"VARCHAR",
       "process":"VARCHAR","executable":"VARCHAR","device":"VARCHAR","startMs":"DOUBLE","endMs":"DOUBLE",
       "writtenBytes":"DOUBLE","events":"DOUBLE","score":"DOUBLE","coldStart":"VARCHAR",
       "elastic":"JSON","facets":"JSON"}]')) AS r)`,
    [toJsonRows(findings), isSettled],
  );
}

async function appendHours(session: DuckdbSession, hours: readonly ScoredHour[], isSettled: boolean) {
  if (hours.length === 0) return;
  const rows = hours.map((hour) => ({
    k: isSettled ? undefined : hourKey(hour),
    t: hour.hourMs,
    h: hour.host,
    n: hour.process,
    e: hour.elastic,
  }));
  await session.run(
    `INSERT INTO ${schema}.scored_hour
     SELECT r.k, r.t, $2, r.h, r.n, (r.e->>'score')::DOUBLE, (r.e->>'probability')::DOUBLE, r.e
     FROM (SELECT unnest(from_json($1::JSON, '[{"k":"VARCHAR","t":"DOUBLE","h":"VARCHAR","n":"VARCHAR","e":"JSON"}]')) AS r)`,
    [toJsonRows(rows), isSettled],
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number(value ?? 0);
}

function storedFinding(row: DuckdbRow): CachedFinding {
  return {
    id: textOf(row.id) ?? '',
    ruleId: textOf(row.rule_id) ?? '',
    host: textOf(row.host) ?? '',
    user: textOf(row.user_name) ?? '',
    process: textOf(row.process) ?? '',
    executable: textOf(row.executable),
    device: textOf(row.device) ?? '',
    startMs: numberOf(row.start_ms),
    endMs: numberOf(row.end_ms),
    writtenBytes: numberOf(row.written_bytes),
    events: numberOf(row.events),
    score: numberOf(row.stored_score ?? row.score),
    coldStart: textOf(row.cold_start),
    elastic: JSON.parse(textOf(row.elastic) ?? 'null') as ElasticScore,
    facets: JSON.parse(textOf(row.facets) ?? '[]') as Facet[],
    state: (textOf(row.state) ?? 'open') as FindingState,
    closedReason: textOf(row.reason),
  };
}

/** The finding as it is shown: with the verdict on it, and moved by those on the same thing. */
function withVerdicts(finding: CachedFinding, book: VerdictBook): CachedFinding {
  const verdict = book.byFinding.get(finding.id);
  const judged = verdict ? { ...finding, verdict } : finding;
  const moved = movedByVerdicts(finding, book);
  if (!moved) return judged;
  return { ...judged, score: moved.score, unmovedScore: finding.score, facets: [...finding.facets, ...moved.facets] };
}

/** The row that a page of groups starts with. */
function readPlace(cursor: string | undefined): number {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (Number.isSafeInteger(start) && start >= 0) return start;
  throw fail('bad-input', 'The cursor is not one that a page of groups gave.', 'Ask for the first page again.');
}

function toCursor(finding: CachedFinding, sort: FindingSort): string {
  const value = sort === 'elastic' ? finding.elastic.score : finding[sort];
  return JSON.stringify([value, finding.startMs, finding.id]);
}

function readCursor(cursor: string): { value: number; startMs: number; id: string } {
  try {
    const [value, startMs, id] = JSON.parse(cursor) as unknown[];
    if (typeof value === 'number' && typeof startMs === 'number' && typeof id === 'string') {
      return { value, startMs, id };
    }
  } catch {
    // Falls through to the same Failure.
  }
  throw fail('bad-input', 'The cursor is not one that a page of findings gave.', 'Ask for the first page again.');
}
