import {
  answerSessions,
  inferredGapMs,
  toDeviceSessions,
  touchesSpan,
  type WriteRun,
} from '../../shared/analysis/device-sessions.ts';
import { fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { DeviceEvent } from '../../shared/model/event.ts';
import type {
  DeviceIdentityStrength,
  DeviceRow,
  DeviceSessions,
  DeviceSort,
  Page,
} from '../../shared/model/evidence-answer.ts';
import { renameCode } from './duckdb-actions.ts';
import type { AnswerCache } from './duckdb-answer-cache.ts';
import { readCursor, writeCursor } from './duckdb-cursor.ts';
import type { DuckdbDatabase } from './duckdb-database.ts';
import { countedSql } from './duckdb-figures.ts';
import { anyOf, makeBinder } from './duckdb-filter.ts';
import { askByPlainDays, isPlainSql } from './duckdb-plain-days.ts';

type Input<K extends keyof EvidenceOperations> = InputOf<EvidenceOperations[K]>;

/** Names that a device row lists. */
const maxNames = 100;

interface SeenDevice {
  readonly device: string;
  readonly events: number;
  readonly bytes: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly hosts: readonly string[];
  readonly host_count: number;
  readonly users: readonly string[];
  readonly user_count: number;
  readonly sort_value: string | number;
  readonly total: number;
}

/** What each order sorts by, over the figures `f` of a device and its description `d`. */
const sortColumns: Readonly<Record<DeviceSort, { readonly sql: string; readonly isText?: boolean }>> = {
  lastWriteMs: { sql: 'f.last_write_ms' },
  lastSeenMs: { sql: 'f.last_ms' },
  firstSeenMs: { sql: 'f.first_ms' },
  writtenBytes: { sql: 'f.bytes' },
  events: { sql: 'f.events' },
  hostCount: { sql: 'f.host_count' },
  userCount: { sql: 'f.user_count' },
  capacityBytes: { sql: 'coalesce(d."capacityBytes", -1)' },
  name: { sql: "lower(concat_ws(' ', d.vendor, d.product))", isText: true },
  serial: { sql: "coalesce(d.serial, '')", isText: true },
  busType: { sql: `lower(coalesce(d."busType", ''))`, isText: true },
};

/** Texts of a description that a search looks into. */
const describedTexts = [
  "concat_ws(' ', d.vendor, d.product)",
  `concat_ws(':', d."vendorId", d."productId")`,
  'd.serial',
  'd."busType"',
  'array_to_string(d.volumes, chr(10))',
];

/** Answers `devices.list`. */
export function listDevices(
  database: DuckdbDatabase,
  input: Input<'devices.list'>,
  signal: AbortSignal,
): Promise<Page<DeviceRow>> {
  return askByPlainDays(database, signal, (plainDays) => readDevices(database, input, plainDays, signal));
}

async function readDevices(
  database: DuckdbDatabase,
  input: Input<'devices.list'>,
  plainDays: readonly number[],
  signal: AbortSignal,
): Promise<Page<DeviceRow>> {
  const binder = makeBinder();
  const isUnfiltered = Object.values(input.filter).every((value) => value === undefined);
  const counted = countedSql(input.filter, plainDays, binder, 'day');
  const needle = input.contains ? binder.bind(input.contains.toLowerCase()) : undefined;
  const sort = input.sort ?? 'lastWriteMs';
  const { sql: sortSql, isText = false } = sortColumns[sort];
  const isDescending = input.descending ?? true;
  const isDescribed = needle !== undefined || sortSql.includes('d.');
  const names = (column: string) =>
    `list_slice(list_sort(list(DISTINCT ${column}) FILTER (${column} <> '')), 1, ${maxNames})`;
  const holds = (text: string) => `contains(lower(coalesce(${text}, '')), ${needle})`;

  const conditions: string[] = [];
  if (needle !== undefined)
    conditions.push(`(f.is_named OR ${['f.device', ...describedTexts].map(holds).join(' OR ')})`);
  if (input.among) conditions.push(anyOf('f.device', input.among, binder));
  if (input.notAmong && input.notAmong.length > 0)
    conditions.push(`NOT (${anyOf('f.device', input.notAmong, binder)})`);
  if (input.identities) conditions.push(anyOf(identitySql, input.identities, binder));

  let after = '';
  if (input.cursor !== undefined) {
    const [value = '', last = '', device = ''] = readCursor(input.cursor, 3);
    if (!isNumber.test(last) || (!isText && !isNumber.test(value)))
      throw fail('bad-input', 'The cursor is not one of this list.', 'Start again without a cursor.');
    const at = binder.bind(isText ? value : Number(value));
    const [seen, id] = [binder.bind(Number(last)), binder.bind(device)];
    after = `WHERE sort_value ${isDescending ? '<' : '>'} ${at} OR (sort_value = ${at} AND (last_ms < ${seen} OR (last_ms = ${seen} AND device > ${id})))`;
  }
  // Added up by stream first: the texts of a stream are then read once, not once for each of its slots.
  const rows = await database.all<SeenDevice>(
    `WITH seen AS (
       SELECT k.device, k.host, k.user_name, a.events, a.bytes, a.first_ms, a.last_ms
       FROM (SELECT a.stream, sum(a.events) AS events, sum(a.bytes) AS bytes, min(a.first_ms) AS first_ms,
               max(a.last_ms) AS last_ms ${counted} GROUP BY a.stream) a JOIN streams k ON k.id = a.stream
       ${
         isUnfiltered
           ? `UNION ALL SELECT k.device, k.host, k.user_name, 0, 0, r.first_ms, r.last_ms
                FROM (SELECT stream, min(first_ms) AS first_ms, max(last_ms) AS last_ms FROM renames
                      GROUP BY stream) r JOIN streams k ON k.id = r.stream
              UNION ALL SELECT device, host, '', 0, 0, at_ms, at_ms FROM device_events`
           : ''
       }),
     figures AS MATERIALIZED (
       SELECT device, sum(events) AS events, CAST(sum(bytes) AS DOUBLE) AS bytes, min(first_ms) AS first_ms,
         max(last_ms) AS last_ms, coalesce(max(last_ms) FILTER (events > 0), -1) AS last_write_ms,
         ${names('host')} AS hosts, count(DISTINCT nullif(host, '')) AS host_count, ${names('user_name')} AS users,
         count(DISTINCT nullif(user_name, '')) AS user_count
         ${needle === undefined ? '' : `, bool_or(${holds('host')} OR ${holds('user_name')}) AS is_named`}
       FROM seen GROUP BY device),
     ${isDescribed ? `asked AS (SELECT device FROM figures), ${descriptionsSql},` : ''}
     listed AS MATERIALIZED (
       SELECT f.device, f.events, f.bytes, f.first_ms, f.last_ms, f.hosts, f.host_count, f.users, f.user_count,
         ${sortSql} AS sort_value
       FROM figures f ${isDescribed ? 'JOIN descriptions d USING (device)' : ''}
       ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''})
     SELECT *, (SELECT count(*) FROM listed) AS total
     FROM listed ${after}
     ORDER BY sort_value ${isDescending ? 'DESC' : 'ASC'}, last_ms DESC, device LIMIT ${binder.bind(input.limit + 1)}`,
    binder.parameters,
    signal,
  );
  const page = rows.slice(0, input.limit);
  const descriptions = await describeDevices(
    database,
    page.map(({ device }) => device),
    signal,
  );
  const last = page.at(-1);
  return {
    rows: page.map((row) => ({
      ...(descriptions.get(row.device) ?? { volumes: [] }),
      id: row.device,
      identity: identityOf(row.device),
      firstSeenMs: row.first_ms,
      lastSeenMs: row.last_ms,
      hosts: row.hosts ?? [],
      hostCount: row.host_count,
      users: row.users ?? [],
      userCount: row.user_count,
      writtenBytes: row.bytes,
      events: row.events,
    })),
    total: rows[0]?.total ?? 0,
    nextCursor:
      rows.length > page.length && last
        ? writeCursor([String(last.sort_value), String(last.last_ms), last.device])
        : undefined,
  };
}

const isNumber = /^-?\d{1,18}$/;

/** The same as {@link identityOf}, in SQL. */
const identitySql = `CASE WHEN NOT starts_with(f.device, 'serial:') THEN 'model-and-volume'
  WHEN substr(f.device, 9, 1) = '&' THEN 'windows-made' ELSE 'serial' END`;

function identityOf(device: string): DeviceIdentityStrength {
  const serial = /^serial:(.*)$/s.exec(device)?.[1];
  if (serial === undefined) return 'model-and-volume';
  return serial[1] === '&' ? 'windows-made' : 'serial';
}

type Description = Pick<
  DeviceRow,
  'vendor' | 'product' | 'vendorId' | 'productId' | 'serial' | 'busType' | 'volumes' | 'capacityBytes'
>;

const latest = (column: string) => `arg_max(${column}, at_ms) FILTER (${column} <> '')`;
const latestOfStreams = (column: string) => `arg_max(${column}, id) FILTER (${column} <> '')`;

/** The table `descriptions` of the devices in the table `asked`: device events before file events, the latest value of each. */
const descriptionsSql = `
  events_say AS (
    SELECT device, ${latest('vendor')} AS vendor, ${latest('product')} AS product, ${latest('vendor_id')} AS vendor_id,
      ${latest('product_id')} AS product_id, ${latest('serial')} AS serial, ${latest('bus_type')} AS bus_type,
      arg_max(capacity_bytes, at_ms) AS capacity_bytes
    FROM device_events WHERE device IN (SELECT device FROM asked) GROUP BY device),
  files_say AS (
    SELECT device, ${latestOfStreams('vendor')} AS vendor, ${latestOfStreams('product')} AS product,
      ${latestOfStreams('serial')} AS serial, ${latestOfStreams('bus_type')} AS bus_type
    FROM streams WHERE device IN (SELECT device FROM asked) GROUP BY device),
  volumes_of AS (
    SELECT device, list_slice(list_sort(list(DISTINCT volume)), 1, ${maxNames}) AS volumes
    FROM (SELECT device, volume FROM streams UNION ALL SELECT device, volume FROM device_events)
    WHERE volume <> '' AND device IN (SELECT device FROM asked) GROUP BY device),
  descriptions AS (
    SELECT device, coalesce(e.vendor, f.vendor) AS vendor, coalesce(e.product, f.product) AS product,
      e.vendor_id AS "vendorId", e.product_id AS "productId", coalesce(e.serial, f.serial) AS serial,
      coalesce(e.bus_type, f.bus_type) AS "busType", coalesce(v.volumes, []) AS volumes,
      e.capacity_bytes AS "capacityBytes"
    FROM asked LEFT JOIN events_say e USING (device) LEFT JOIN files_say f USING (device)
      LEFT JOIN volumes_of v USING (device))`;

async function describeDevices(
  database: DuckdbDatabase,
  devices: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Description>> {
  if (devices.length === 0) return new Map();
  const rows = await database.all<Description & { readonly device: string }>(
    `WITH asked AS (SELECT unnest($1) AS device), ${descriptionsSql} SELECT * FROM descriptions`,
    [devices],
    signal,
  );
  return new Map(rows.map(({ device, ...description }) => [device, description]));
}

/** Answers `sessions.list`. */
export async function listSessions(
  database: DuckdbDatabase,
  cache: AnswerCache,
  input: Input<'sessions.list'>,
  signal: AbortSignal,
): Promise<DeviceSessions> {
  const { device, hosts } = input;
  // A session may begin long before the asked span and end long after it: they are put together whole, then asked.
  const all = await cache.read(
    `sessions ${JSON.stringify([device, hosts])}`,
    async () => {
      const [events, runs] = await Promise.all([
        readDeviceEvents(database, input, signal),
        askByPlainDays(database, signal, (plainDays) => readWriteRuns(database, input, plainDays.length > 0, signal)),
      ]);
      return toDeviceSessions(events, runs).filter((session) => device === undefined || session.device === device);
    },
    signal,
  );
  const sessions = all.filter((session) => touchesSpan(session, input));
  return answerSessions(sessions, input);
}

/** Device events of the hosts that matter: also those of other devices, which may turn out to be the same one. */
async function readDeviceEvents(
  database: DuckdbDatabase,
  input: Input<'sessions.list'>,
  signal: AbortSignal,
): Promise<readonly DeviceEvent[]> {
  const binder = makeBinder();
  const conditions: string[] = [];
  if (input.hosts) conditions.push(anyOf('host', input.hosts, binder));
  if (input.device !== undefined) {
    const device = binder.bind(input.device);
    conditions.push(`(device = ${device} OR host IN (SELECT host FROM streams WHERE device = ${device}))`);
  }
  return database.all<DeviceEvent>(
    `SELECT at_ms AS "atMs", id, kind, host, device, volume FROM device_events
     ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY at_ms, id`,
    binder.parameters,
    signal,
  );
}

/** The runs of counted writes that sessions are made of: from the rollup, and from single events where a device event cuts through a slot. */
async function readWriteRuns(
  database: DuckdbDatabase,
  input: Input<'sessions.list'>,
  hasPlain: boolean,
  signal: AbortSignal,
): Promise<readonly WriteRun[]> {
  const binder = makeBinder();
  const conditions: string[] = [];
  if (input.hosts) conditions.push(anyOf('k.host', input.hosts, binder));
  if (input.device !== undefined) conditions.push(`k.device = ${binder.bind(input.device)}`);
  const among = conditions.length > 0 ? `AND ${conditions.join(' AND ')}` : '';
  const plain = hasPlain
    ? `UNION ALL SELECT w.stream, k.host, k.device, k.volume, w.at_ms, w.at_ms FROM writes w JOIN streams k ON k.id = w.stream
       WHERE w.action < ${renameCode} AND ${isPlainSql('w.at_ms')} ${among}`
    : '';
  const rows = await database.all<WriteRun & { readonly volume: string }>(
    `WITH cuts AS (
       SELECT host, at_ms, row_number() OVER (PARTITION BY host ORDER BY at_ms) AS n FROM device_events),
     slots AS (
       SELECT a.stream, k.host, k.device, k.volume, a.first_ms, a.last_ms FROM activity a JOIN streams k ON k.id = a.stream
       WHERE true ${among} ${plain}),
     begun AS (
       SELECT s.*, coalesce(c.n, 0) AS first_cut FROM slots s ASOF LEFT JOIN cuts c ON c.host = s.host AND s.first_ms >= c.at_ms),
     marked AS MATERIALIZED (
       SELECT b.*, coalesce(c.n, 0) AS last_cut FROM begun b ASOF LEFT JOIN cuts c ON c.host = b.host AND b.last_ms >= c.at_ms),
     single AS (
       SELECT m.host, m.device, m.volume, w.at_ms FROM marked m JOIN writes w ON w.stream = m.stream
         AND w.at_ms >= m.first_ms AND w.at_ms <= m.last_ms AND w.action < ${renameCode}
       WHERE m.first_cut <> m.last_cut),
     pieces AS (
       SELECT host, device, volume, first_cut AS cut, first_ms, last_ms FROM marked WHERE first_cut = last_cut
       UNION ALL
       SELECT s.host, s.device, s.volume, coalesce(c.n, 0), s.at_ms, s.at_ms
       FROM single s ASOF LEFT JOIN cuts c ON c.host = s.host AND s.at_ms >= c.at_ms),
     gaps AS (
       SELECT *, first_ms - max(last_ms) OVER (PARTITION BY host, device, volume, cut ORDER BY first_ms, last_ms
         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > ${inferredGapMs} AS is_new FROM pieces),
     numbered AS (
       SELECT *, sum(CASE WHEN is_new THEN 1 ELSE 0 END) OVER (PARTITION BY host, device, volume, cut ORDER BY first_ms, last_ms
         ROWS UNBOUNDED PRECEDING) AS run FROM gaps)
     SELECT host, device, volume, min(first_ms) AS "firstMs", max(last_ms) AS "lastMs"
     FROM numbered GROUP BY host, device, volume, cut, run`,
    binder.parameters,
    signal,
  );
  return rows.map((row) => (row.volume === '' ? { ...row, volume: undefined } : row));
}
