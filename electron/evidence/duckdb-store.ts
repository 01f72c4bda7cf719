import { fail } from '../../shared/base/failure.ts';
import { dayMs } from '../../shared/base/time.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { AnomalyRecord, DeviceEvent, RuleAlert } from '../../shared/model/event.ts';
import {
  type EvidenceSummary,
  otherKey,
  type Page,
  type ProcessRow,
  type TermRow,
  type VolumeColumns,
} from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { readActivity } from './duckdb-activity.ts';
import { type AnswerCache, makeAnswerCache } from './duckdb-answer-cache.ts';
import { readCursor, writeCursor } from './duckdb-cursor.ts';
import type { DuckdbDatabase, DuckdbRow } from './duckdb-database.ts';
import { listDevices, listSessions } from './duckdb-devices.ts';
import {
  askedStreamsSql,
  countedSql,
  figuresSql,
  isOnlySpan,
  isRolledUp,
  partsSql,
  spanParts,
} from './duckdb-figures.ts';
import { anyOf, type Binder, makeBinder, timeConditions, writesSql } from './duckdb-filter.ts';
import { askByPlainDays } from './duckdb-plain-days.ts';
import { readRevision } from './duckdb-schema.ts';
import { rollupDayMs, rollupHourMs, slotMs } from './duckdb-slot.ts';
import { lastSizeSql, lastWriteSql, readTotals } from './duckdb-totals.ts';
import { pageWrites } from './duckdb-writes.ts';
import type { EvidenceStore } from './store.ts';

type Input<K extends keyof EvidenceOperations> = InputOf<EvidenceOperations[K]>;

/** Buckets that one answer of `volumes.read` may span. */
const maxBuckets = 20_000;

/** Answers the evidence questions from the embedded database. Closing the store closes the database. */
export function makeDuckdbStore(database: DuckdbDatabase): EvidenceStore {
  const cache = makeAnswerCache(database);
  return {
    'evidence.summary': (_input, { signal }) => readSummary(database, signal),
    'volumes.read': (input, { signal }) => readVolumes(database, input, signal),
    'processes.list': (input, { signal }) => listProcesses(database, cache, input, signal),
    'devices.list': (input, { signal }) => listDevices(database, input, signal),
    'sessions.list': (input, { signal }) => listSessions(database, cache, input, signal),
    'writes.page': (input, { signal }) => pageWrites(database, input, signal),
    'writes.totals': (input, { signal }) => readTotals(database, input, signal),
    'terms.list': (input, { signal }) => listTerms(database, input, signal),
    'hours.read': (input, { signal }) => readHours(database, input, signal),
    'device-events.list': (input, { signal }) => listDeviceEvents(database, input, signal),
    'alerts.list': (input, { signal }) => listAlerts(database, input, signal),
    'anomaly-records.list': (input, { signal }) => listAnomalyRecords(database, input, signal),
    'activity.read': (input, context) => readActivity(database, input, context),
    close: () => database.close(),
  };
}

async function readSummary(database: DuckdbDatabase, signal: AbortSignal): Promise<EvidenceSummary> {
  const [row] = await database.all<Omit<EvidenceSummary, 'revision'>>(
    `SELECT c.*, t.*, k.*,
       (SELECT coalesce(sum(events), 0) FROM renames) AS renames,
       (SELECT count(*) FROM device_events) AS "deviceEvents",
       (SELECT count(*) FROM alerts) AS alerts,
       (SELECT count(*) FROM anomaly_records) AS "anomalyRecords",
       (SELECT count(DISTINCT device) FROM (
         SELECT device FROM streams UNION ALL SELECT device FROM device_events)) AS devices
     FROM (SELECT coalesce(sum(events), 0) AS writes FROM days) c,
          (SELECT min(first_ms) AS "firstMs", max(last_ms) AS "lastMs" FROM days) t,
          (SELECT count(DISTINCT host) AS hosts, count(DISTINCT nullif(user_name, '')) AS users,
                  count(DISTINCT process) AS processes
           FROM streams WHERE id IN (SELECT stream FROM days)) k`,
    [],
    signal,
  );
  if (!row) throw new Error('The summary has no row.');
  return { ...row, revision: await readRevision(database, signal) };
}

const volumeKeys = { process: 'k.process', device: 'k.device', host: 'k.host' } as const;

async function readVolumes(
  database: DuckdbDatabase,
  input: Input<'volumes.read'>,
  signal: AbortSignal,
): Promise<VolumeColumns> {
  const { filter, bucketMs } = input;
  await checkBuckets(database, filter, bucketMs, signal);
  const isRolled = bucketMs % slotMs === 0 && isRolledUp(filter);
  const answer = await askByPlainDays(database, signal, (plainDays) => {
    const binder = makeBinder();
    const sql = isRolled ? rolledVolumesSql(input, plainDays, binder) : singleVolumesSql(input, binder);
    return database.columns(sql, binder.parameters, signal);
  });
  const place = answer.column('place') as Float64Array;
  const names = answer.column('key') as readonly (string | undefined)[];
  const keys: string[] = [];
  for (let row = 0; row < answer.rowCount; row++) keys[place[row] ?? 0] = names[row] ?? otherKey;
  return {
    keys,
    startMs: answer.column('start_ms') as Float64Array,
    keyIndex: Uint32Array.from(place),
    writtenBytes: answer.column('bytes') as Float64Array,
    files: answer.column('files') as Float64Array,
    events: answer.column('events') as Float64Array,
    isFilesApproximate: false,
  };
}

const volumeKey = (by: Input<'volumes.read'>['by']) => (by === undefined ? "''" : volumeKeys[by]);

/** Volumes from single writes: of files with a text in their path, or in buckets that cut through slots. */
function singleVolumesSql({ filter, bucketMs, by, maxKeys }: Input<'volumes.read'>, binder: Binder): string {
  return `WITH m AS MATERIALIZED (
      SELECT w.at_ms // ${bucketMs} * ${bucketMs} AS start_ms, ${volumeKey(by)} AS key, w.path, w.size ${writesSql(filter, binder)}),
    strongest AS MATERIALIZED (
      SELECT key, row_number() OVER (ORDER BY sum(size) DESC, key) - 1 AS place FROM m GROUP BY key),
    kept AS (SELECT key, least(place, ${maxKeys}) AS place FROM strongest)
    SELECT CAST(start_ms AS DOUBLE) AS start_ms, CAST(place AS DOUBLE) AS place, CAST(sum(size) AS DOUBLE) AS bytes,
      CAST(count(DISTINCT path) AS DOUBLE) AS files, CAST(count(*) AS DOUBLE) AS events,
      CASE WHEN place < ${maxKeys} THEN any_value(m.key) END AS key
    FROM m JOIN kept ON kept.key = m.key GROUP BY m.start_ms, place ORDER BY m.start_ms, place`;
}

function rolledVolumesSql(
  { filter, bucketMs, by, maxKeys }: Input<'volumes.read'>,
  plainDays: readonly number[],
  binder: Binder,
): string {
  const parts = spanParts(filter, plainDays);
  const isByHour = bucketMs % rollupHourMs === 0 && isOnlySpan(filter) && (by === undefined || by === 'process');
  return `WITH named AS MATERIALIZED (${askedStreamsSql(filter, `${volumeKey(by)} AS key`, binder)}),
    strongest AS MATERIALIZED (
      SELECT k.key, row_number() OVER (ORDER BY sum(x.bytes) DESC, k.key) - 1 AS place
      FROM (SELECT stream, sum(bytes) AS bytes FROM (${partsSql(parts, 'day')}) GROUP BY stream) x
        JOIN named k ON k.id = x.stream GROUP BY k.key),
    placed AS MATERIALIZED (
      SELECT n.id, n.device_number, least(s.place, ${maxKeys}) AS place FROM named n JOIN strongest s ON s.key = n.key),
    ${figuresSql({
      parts,
      grain: bucketMs % rollupDayMs === 0 ? 'day' : isByHour ? 'hour' : 'slot',
      streams: 'placed',
      keys: { start_ms: `x.at_ms // ${bucketMs} * ${bucketMs}`, place: 'k.place' },
      bucketMs,
      links: isOnlySpan(filter) ? { events: by ?? 'all', where: `k.place < ${maxKeys}` } : undefined,
    })}
    SELECT CAST(f.start_ms AS DOUBLE) AS start_ms, CAST(f.place AS DOUBLE) AS place, CAST(f.bytes AS DOUBLE) AS bytes,
      CAST(f.files AS DOUBLE) AS files, CAST(f.events AS DOUBLE) AS events, s.key
    FROM figures f LEFT JOIN strongest s ON s.place = f.place AND f.place < ${maxKeys} ORDER BY f.start_ms, f.place`;
}

/** The asked span, as far as there are writes in it, must not have too many buckets. */
async function checkBuckets(
  database: DuckdbDatabase,
  filter: Input<'volumes.read'>['filter'],
  bucketMs: number,
  signal: AbortSignal,
): Promise<void> {
  const [span] = await database.all<{ first?: number; last?: number }>(
    'SELECT min(first_ms) AS first, max(last_ms) AS last FROM days',
    [],
    signal,
  );
  if (span?.first === undefined || span.last === undefined) return;
  const fromMs = Math.max(filter.fromMs ?? span.first, span.first);
  const toMs = Math.min(filter.toMs ?? span.last + 1, span.last + 1);
  const buckets = Math.ceil((toMs - fromMs) / bucketMs);
  if (buckets <= maxBuckets) return;
  throw fail(
    'store-too-large',
    `The span of ${Math.ceil((toMs - fromMs) / dayMs)} days has ${buckets} buckets of ${bucketMs} ms; at most ${maxBuckets} are answered.`,
    'Narrow the span or widen the bucket.',
  );
}

/** A row per program and host, in no order. */
async function readProcesses(
  database: DuckdbDatabase,
  filter: Input<'processes.list'>['filter'],
  signal: AbortSignal,
): Promise<readonly ProcessRow[]> {
  return askByPlainDays(database, signal, (plainDays) => {
    const binder = makeBinder();
    const figures = isRolledUp(filter)
      ? rolledProcessesSql(filter, plainDays, binder)
      : singleProcessesSql(filter, binder);
    return database.all<ProcessRow>(
      `WITH ${figures}
       SELECT n.host, n.process, nullif(n.executable, '') AS executable, CAST(bytes AS DOUBLE) AS "writtenBytes",
         CAST(distinct_bytes AS DOUBLE) AS "distinctBytes", files, events, devices, users, first_ms AS "firstSeenMs",
         last_ms AS "lastSeenMs"
       FROM figures f JOIN (SELECT DISTINCT program, host, process, executable FROM programs) n USING (program)`,
      binder.parameters,
      signal,
    );
  });
}

const programColumns = `dense_rank() OVER (ORDER BY k.host, k.process, k.executable) AS program, k.host, k.process,
  k.executable, k.user_name`;

function rolledProcessesSql(filter: EvidenceFilter, plainDays: readonly number[], binder: Binder): string {
  return `programs AS MATERIALIZED (${askedStreamsSql(filter, programColumns, binder)}),
    ${figuresSql({
      parts: spanParts(filter, plainDays),
      grain: 'day',
      streams: 'programs',
      keys: { program: 'k.program' },
      links: isOnlySpan(filter) ? { events: 'program', bytes: 'copy' } : undefined,
      withDistinctBytes: true,
      ofStreams: { devices: 'count(DISTINCT k.device_number)', users: "count(DISTINCT nullif(k.user_name, ''))" },
    })}`;
}

/** The same from single writes, of files with a text in their path. */
function singleProcessesSql(filter: EvidenceFilter, binder: Binder): string {
  // Programs are numbered first, so that the wide grouping (a row per file) is by integers.
  const inner = writesSql(filter, binder);
  return `programs AS MATERIALIZED (${askedStreamsSql(filter, programColumns, binder)}),
    files AS (
      SELECT g.program, g.device_number, w.path, sum(w.size) AS bytes, count(*) AS events, min(w.at_ms) AS first_ms,
             ${lastWriteSql}
      ${inner.replace('FROM writes w', 'FROM writes w JOIN programs g ON g.id = w.stream')}
      GROUP BY g.program, g.device_number, w.path),
    people AS (
      SELECT g.program, count(DISTINCT nullif(g.user_name, '')) AS users
      FROM (SELECT DISTINCT stream ${inner}) s JOIN programs g ON g.id = s.stream GROUP BY g.program),
    figures AS (
      SELECT program, sum(bytes) AS bytes, sum(${lastSizeSql}) AS distinct_bytes, count(DISTINCT path) AS files,
             sum(events) AS events, count(DISTINCT device_number) AS devices, min(first_ms) AS first_ms,
             max(last_ms) AS last_ms, any_value(p.users) AS users
      FROM files JOIN people p USING (program) GROUP BY program)`;
}

/** Order of texts by code point, as the engine has it; JavaScript's own differs above the basic plane. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const isPlain = !/[\ud800-\uffff]/.test(a) || !/[\ud800-\uffff]/.test(b);
  if (isPlain) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareProcesses(a: ProcessRow, b: ProcessRow): number {
  return (
    compareText(a.host, b.host) ||
    compareText(a.process, b.process) ||
    compareText(a.executable ?? '', b.executable ?? '')
  );
}

/** Answers `processes.list`. All rows are computed and kept: pages, sorts and scores ask for the same ones again. */
async function listProcesses(
  database: DuckdbDatabase,
  cache: AnswerCache,
  input: Input<'processes.list'>,
  signal: AbortSignal,
): Promise<Page<ProcessRow>> {
  const { filter, sort, descending, limit } = input;
  const place = input.cursor === undefined ? undefined : readProcessCursor(input.cursor, sort);
  const all = await cache.read(
    `processes ${JSON.stringify(filter)}`,
    () => readProcesses(database, filter, signal),
    signal,
  );
  const compare = (a: ProcessRow, b: ProcessRow) => {
    const [left, right] = [a[sort], b[sort]];
    const order =
      typeof left === 'number' && typeof right === 'number' ? left - right : compareText(String(left), String(right));
    return (descending ? -order : order) || compareProcesses(a, b);
  };
  const sorted = [...all].sort(compare);
  const start = place === undefined ? 0 : sorted.findIndex((row) => compare(row, place) > 0);
  const rows = start < 0 ? [] : sorted.slice(start, start + limit);
  const last = rows.at(-1);
  const isMore = last !== undefined && start + rows.length < sorted.length;
  return {
    rows,
    total: sorted.length,
    nextCursor: isMore ? writeCursor([String(last[sort]), last.host, last.process, last.executable ?? '']) : undefined,
  };
}

/** The row that a cursor stands after, as far as the order needs it. */
function readProcessCursor(cursor: string, sort: Input<'processes.list'>['sort']): ProcessRow {
  const [value = '', host = '', process = '', executable = ''] = readCursor(cursor, 4);
  const isText = sort === 'process' || sort === 'host';
  if (!isText && !Number.isFinite(Number(value))) throw fail('bad-input', 'The cursor is not one of this list.');
  const none = {
    writtenBytes: 0,
    distinctBytes: 0,
    files: 0,
    events: 0,
    devices: 0,
    users: 0,
    firstSeenMs: 0,
    lastSeenMs: 0,
  };
  return { ...none, host, process, executable, [sort]: isText ? value : Number(value) };
}

const termFields = {
  host: 'k.host',
  user: 'k.user_name',
  process: 'k.process',
  executable: 'k.executable',
  device: 'k.device',
  busType: 'k.bus_type',
  extension: "lower(ltrim(w.extension, '.'))",
  publisher: 'k.publisher',
  processSha256: 'k.process_sha256',
  originalFileName: 'k.original_file_name',
  parentProcess: 'k.parent_process',
  action: "(['creation', 'overwrite', 'modification'])[w.action + 1]",
} as const;

async function listTerms(
  database: DuckdbDatabase,
  input: Input<'terms.list'>,
  signal: AbortSignal,
): Promise<{ readonly rows: readonly TermRow[]; readonly total: number }> {
  const { field, filter } = input;
  const rows = await askByPlainDays(database, signal, (plainDays) => {
    const binder = makeBinder();
    // The rollups do not tell actions apart.
    const figures =
      isRolledUp(filter) && field !== 'action'
        ? rolledTermsSql(field, filter, plainDays, binder)
        : singleTermsSql(field, filter, binder);
    const conditions = ["value <> ''"];
    if (input.contains !== undefined && input.contains !== '') {
      conditions.push(`contains(lower(value), ${binder.bind(input.contains.toLowerCase())})`);
    }
    return database.all<TermRow & { readonly total: number }>(
      `WITH ${figures},
       named AS MATERIALIZED (FROM figures WHERE ${conditions.join(' AND ')})
       SELECT value, events, CAST(bytes AS DOUBLE) AS "writtenBytes", files, first_ms AS "firstSeenMs", last_ms AS "lastSeenMs",
         hosts, (SELECT count(*) FROM named) AS total
       FROM named ORDER BY events DESC, value LIMIT ${binder.bind(input.limit)}`,
      binder.parameters,
      signal,
    );
  });
  return { rows: rows.map(({ total: _total, ...row }) => row), total: rows[0]?.total ?? 0 };
}

type TermField = keyof typeof termFields;

/** What shared paths are counted by for the terms of a field, where it is known. */
const termLinks = { host: 'host', process: 'process', device: 'device', extension: 'extension' } as const;

function rolledTermsSql(
  field: TermField,
  filter: EvidenceFilter,
  plainDays: readonly number[],
  binder: Binder,
): string {
  const isExtension = field === 'extension';
  const columns = isExtension ? 'k.host' : `k.host, ${termFields[field]} AS value`;
  const { hosts: _hosts, ...rest } = filter;
  const links = isOnlySpan(filter) && field in termLinks ? termLinks[field as keyof typeof termLinks] : undefined;
  return `asked AS MATERIALIZED (${askedStreamsSql(filter, columns, binder)}),
    ${figuresSql({
      parts: spanParts(filter, plainDays),
      grain: isExtension ? (isOnlySpan(rest) ? 'extension-of-host' : 'extension') : 'day',
      streams: 'asked',
      keys: { value: isExtension ? 'x.extension' : 'k.value' },
      links: links && { events: links },
      ofStreams: { hosts: 'count(DISTINCT k.host)' },
    })}`;
}

function singleTermsSql(field: TermField, filter: EvidenceFilter, binder: Binder): string {
  return `figures AS (
    SELECT value, count(*) AS events, sum(size) AS bytes, count(DISTINCT path) AS files, min(at_ms) AS first_ms,
           max(at_ms) AS last_ms, count(DISTINCT host) AS hosts
    FROM (SELECT ${termFields[field]} AS value, w.size, w.path, w.at_ms, k.host ${writesSql(filter, binder)})
    WHERE value <> '' GROUP BY value)`;
}

async function readHours(
  database: DuckdbDatabase,
  input: Input<'hours.read'>,
  signal: AbortSignal,
): Promise<{ readonly events: readonly number[] }> {
  const { filter, offsetMinutes } = input;
  const rows = await askByPlainDays(database, signal, (plainDays) => {
    const binder = makeBinder();
    // With another offset an hour would cut through slots.
    const grain = offsetMinutes % 60 === 0 && isOnlySpan(filter) ? 'hour' : 'slot';
    const from =
      (offsetMinutes * 60_000) % slotMs === 0
        ? countedSql(filter, plainDays, binder, grain)
        : `FROM (SELECT w.at_ms, 1 AS events ${writesSql(filter, binder)}) a`;
    return database.all<{ hour: number; events: number }>(
      `SELECT (a.at_ms + ${binder.bind(offsetMinutes * 60_000)}) // 3600000 % 24 AS hour, sum(a.events) AS events ${from}
       GROUP BY 1`,
      binder.parameters,
      signal,
    );
  });
  const events = new Array<number>(24).fill(0);
  for (const row of rows) events[row.hour] = row.events;
  return { events };
}

/** Leaves out what has no value, as the domain types have it. */
function compact<T>(row: DuckdbRow): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}

async function listDeviceEvents(
  database: DuckdbDatabase,
  input: Input<'device-events.list'>,
  signal: AbortSignal,
): Promise<readonly DeviceEvent[]> {
  const binder = makeBinder();
  const conditions = [...timeConditions(input, 'at_ms', binder)];
  if (input.device !== undefined) conditions.push(`device = ${binder.bind(input.device)}`);
  if (input.host !== undefined) conditions.push(`host = ${binder.bind(input.host)}`);
  const rows = await database.all<DuckdbRow>(
    `SELECT id, at_ms AS "atMs", kind, host, device, bus_type AS "busType", vendor, vendor_id AS "vendorId", product,
       product_id AS "productId", serial, volume, file_system AS "fileSystem", capacity_bytes AS "capacityBytes"
     FROM device_events ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY at_ms, id LIMIT ${binder.bind(input.limit)}`,
    binder.parameters,
    signal,
  );
  return rows.map((row) => compact<DeviceEvent>(row));
}

async function listAlerts(
  database: DuckdbDatabase,
  input: Input<'alerts.list'>,
  signal: AbortSignal,
): Promise<readonly RuleAlert[]> {
  const binder = makeBinder();
  const conditions = [...timeConditions(input, 'at_ms', binder)];
  if (input.hosts) conditions.push(anyOf('host', input.hosts, binder));
  const rows = await database.all<DuckdbRow>(
    `SELECT id, at_ms AS "atMs", rule_name AS "ruleName", rule_id AS "ruleId", job_id AS "jobId", host, process,
       user_name AS "user", status, record_score AS "recordScore", record_id AS "recordId", bucket_start_ms AS "bucketStartMs"
     FROM alerts ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY at_ms DESC, id LIMIT ${binder.bind(input.limit)}`,
    binder.parameters,
    signal,
  );
  return rows.map((row) => compact<RuleAlert>(row));
}

async function listAnomalyRecords(
  database: DuckdbDatabase,
  input: Input<'anomaly-records.list'>,
  signal: AbortSignal,
): Promise<readonly AnomalyRecord[]> {
  const binder = makeBinder();
  const conditions = [...timeConditions(input, 'bucket_start_ms', binder)];
  if (input.hosts) conditions.push(anyOf('host', input.hosts, binder));
  const rows = await database.all<DuckdbRow>(
    `SELECT id, job_id AS "jobId", bucket_start_ms AS "bucketStartMs", bucket_span_ms AS "bucketSpanMs", host, process,
       record_score AS "recordScore", initial_record_score AS "initialRecordScore", probability,
       is_first_occurrence AS "isFirstOccurrence", relative_rarity AS "relativeRarity"
     FROM anomaly_records ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY record_score DESC, bucket_start_ms DESC, id LIMIT ${binder.bind(input.limit)}`,
    binder.parameters,
    signal,
  );
  return rows.map((row) => compact<AnomalyRecord>(row));
}
