import { type DeviceDescription, identifyDevice } from '../../shared/model/device-identity.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type { DuckdbDatabase, DuckdbSession, DuckdbWorkSession } from './duckdb-database.ts';
import { rowCodes } from './duckdb-import-sql.ts';
import { actionCodes, addActivitySql, bumpRevision, renameCode, streamColumns } from './duckdb-schema.ts';

/** What was stored of a set of rows, and how many were known already. */
export interface StoredRows {
  readonly writes: number;
  readonly renames: number;
  readonly deviceEvents: number;
  readonly alerts: number;
  readonly anomalyRecords: number;
  readonly duplicate: number;
}

/** Where rows of the rarer kinds lie: a quoted file name with a JSON document a line, in the shape of the domain types. */
export interface RowFiles {
  readonly deviceEvents: string | undefined;
  readonly alerts: string | undefined;
  readonly anomalyRecords: string | undefined;
}

const isWriteRow = `code IN (${rowCodes.write}, ${rowCodes.rename})`;
const streamList = streamColumns.join(', ');

/** Stores what lies in the temporary table `stage` of the session (see `stageSql`) and in the files, in one transaction. */
export async function storeRows(session: DuckdbWorkSession, files: RowFiles, signal: AbortSignal): Promise<StoredRows> {
  return session.transaction(async () => {
    const writes = await storeWrites(session, stagedRows, signal);
    const deviceEvents = await storeFrom(session, 'device_events', deviceEventSource(files.deviceEvents), signal);
    const alerts = await storeFrom(session, 'alerts', alertSource(files.alerts), signal);
    const anomalyRecords = await storeFrom(session, 'anomaly_records', recordSource(files.anomalyRecords), signal);
    const stored = writes.writes + writes.renames + deviceEvents.stored + alerts.stored + anomalyRecords.stored;
    if (stored > 0) await bumpRevision(session);
    return {
      writes: writes.writes,
      renames: writes.renames,
      deviceEvents: deviceEvents.stored,
      alerts: alerts.stored,
      anomalyRecords: anomalyRecords.stored,
      duplicate: writes.duplicate + deviceEvents.duplicate + alerts.duplicate + anomalyRecords.duplicate,
    };
  }, signal);
}

/** Stores events that are in memory, in one transaction. Their device is told from what they say of it, as on import. */
export async function appendEvents(
  database: DuckdbDatabase,
  events: { readonly writes: readonly WriteEvent[]; readonly deviceEvents: readonly DeviceEvent[] },
): Promise<{ readonly stored: number; readonly duplicate: number }> {
  if (events.writes.length === 0 && events.deviceEvents.length === 0) return { stored: 0, duplicate: 0 };
  return database.withSession(async (session) => {
    const source = await stageWrites(session, events.writes);
    if (events.deviceEvents.length > 0) await stageDeviceEvents(session, events.deviceEvents);
    const signal = new AbortController().signal;
    return session.transaction(async () => {
      const writes = await storeWrites(session, source, signal);
      const deviceSource = events.deviceEvents.length > 0 ? 'FROM live_device_events' : undefined;
      const devices = await storeFrom(session, 'device_events', deviceSource, signal);
      const stored = writes.writes + writes.renames + devices.stored;
      if (stored > 0) await bumpRevision(session);
      return { stored, duplicate: writes.duplicate + devices.duplicate };
    });
  });
}

/** Who wrote to what, in the order of `streamColumns`. */
function streamOf(write: WriteEvent): readonly string[] {
  const { vendor = '', product = '', serial = '', volume = '' } = describedAs(write);
  return [
    write.host,
    write.user,
    write.userId ?? '',
    write.process,
    write.executable ?? '',
    write.parentProcess ?? '',
    write.processSha256 ?? '',
    write.publisher ?? '',
    write.publisherTrusted === undefined ? '' : String(write.publisherTrusted),
    write.originalFileName ?? '',
    write.busType,
    vendor,
    product,
    serial,
    volume,
  ];
}

/** What an event says of its device; where it says less than its identity does, what the identity says. */
function describedAs(write: WriteEvent): DeviceDescription {
  const described: DeviceDescription = {
    vendor: write.deviceVendor,
    product: write.deviceProduct,
    serial: write.deviceSerial,
    volume: write.volume,
  };
  if (identifyDevice(described).id === write.device) return described;
  if (write.device.startsWith('serial:')) return { ...described, serial: write.device.slice('serial:'.length) };
  const [vendor, product, volume] = write.device.replace(/^model:/, '').split('|');
  return { vendor, product, serial: described.serial, volume };
}

/** Text columns of single writes that live events may lack altogether. */
const optionalTexts = [
  ['entity_id', (write: WriteEvent) => write.processEntityId],
  ['command_line', (write: WriteEvent) => write.commandLine],
  ['extension', (write: WriteEvent) => write.extension],
  ['header_bytes', (write: WriteEvent) => write.headerBytes],
  ['source_path', (write: WriteEvent) => write.sourcePath],
] as const;

/** Puts live writes into temporary tables: their streams once each, and narrow rows by time. */
async function stageWrites(session: DuckdbWorkSession, given: readonly WriteEvent[]): Promise<WriteSource> {
  const isSorted = given.every((write, index) => index === 0 || write.atMs >= (given[index - 1]?.atMs ?? 0));
  const writes = isSorted ? given : [...given].sort((a, b) => a.atMs - b.atMs);
  const numbers = new Map<string, number>();
  const streams: (readonly string[])[] = [];
  const streamNumbers = writes.map((write) => {
    const stream = streamOf(write);
    const key = stream.join('\u0000');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, streams.length);
    streams.push(stream);
    return streams.length - 1;
  });
  await session.run(
    `CREATE TEMP TABLE live_streams (n BIGINT, ${streamColumns.map((column) => `${column} VARCHAR`).join(', ')})`,
  );
  await session.insert(
    'live_streams',
    [
      { type: 'integer', values: streams.map((_stream, index) => index) },
      ...streamColumns.map((_column, index) => ({
        type: 'text' as const,
        values: streams.map((stream) => stream[index] ?? ''),
      })),
    ],
    streams.length,
  );
  const texts = optionalTexts.map(([name, pick]) => ({ name, values: writes.map(pick) }));
  const present = texts.filter(({ values }) => values.some((value) => value !== undefined));
  const absent = texts.filter((column) => !present.includes(column));
  await session.run(`CREATE TEMP TABLE live_rows (n BIGINT, at_ms BIGINT, size BIGINT, action BIGINT, pid BIGINT, entropy DOUBLE,
    id VARCHAR, path VARCHAR${present.map(({ name }) => `, ${name} VARCHAR`).join('')})`);
  const integer = (pick: (write: WriteEvent) => number | undefined) => ({
    type: 'integer' as const,
    values: writes.map(pick),
  });
  await session.insert(
    'live_rows',
    [
      { type: 'integer', values: streamNumbers },
      integer(({ atMs }) => Math.trunc(atMs)),
      integer(({ sizeBytes }) => Math.trunc(sizeBytes)),
      integer(({ action }) => actionCodes[action]),
      integer(({ pid }) => (pid === undefined ? undefined : Math.trunc(pid))),
      { type: 'number', values: writes.map(({ entropy }) => entropy) },
      { type: 'text', values: writes.map(({ id }) => id) },
      { type: 'text', values: writes.map(({ path }) => path) },
      ...present.map(({ values }) => ({ type: 'text' as const, values })),
    ],
    writes.length,
  );
  for (const { name } of absent) await session.run(`ALTER TABLE live_rows ADD COLUMN ${name} VARCHAR`);
  return {
    table: 'live_rows',
    rows: 'true',
    streams: () => `SELECT DISTINCT ${streamList} FROM live_streams`,
    streamJoin: `JOIN (SELECT l.n, t.id FROM live_streams l JOIN streams t USING (${streamList})) k ON k.n = s.n`,
    isSorted: true,
  };
}

async function stageDeviceEvents(session: DuckdbWorkSession, events: readonly DeviceEvent[]): Promise<void> {
  await session.run('CREATE TEMP TABLE live_device_events AS FROM device_events LIMIT 0');
  const text = (pick: (event: DeviceEvent) => string | undefined) => ({
    type: 'text' as const,
    values: events.map(pick),
  });
  await session.insert(
    'live_device_events',
    [
      { type: 'integer', values: events.map(({ atMs }) => Math.trunc(atMs)) },
      text(({ id }) => id),
      text(({ kind }) => kind),
      text(({ host }) => host),
      text(({ device }) => device),
      text(({ busType }) => busType),
      text(({ vendor }) => vendor),
      text(({ vendorId }) => vendorId),
      text(({ product }) => product),
      text(({ productId }) => productId),
      text(({ serial }) => serial),
      text(({ volume }) => volume),
      text(({ fileSystem }) => fileSystem),
      { type: 'number', values: events.map(({ capacityBytes }) => capacityBytes) },
    ],
    events.length,
  );
}

async function count(session: DuckdbSession, sql: string, signal: AbortSignal): Promise<number> {
  const [row] = await session.all<{ n: number }>(`SELECT count(*) AS n ${sql}`, [], signal);
  return row?.n ?? 0;
}

/** A temporary table of writes to store, and how to tell its streams. */
interface WriteSource {
  /** The table; it has `id`, `path`, `at_ms` and the other columns of single writes. */
  readonly table: string;
  /** Which of its rows are writes. */
  readonly rows: string;
  /** Select of the streams that occur, as `streamColumns`; `kept` is the condition on rows of the table `s`. */
  readonly streams: (kept: string) => string;
  /** Join that gives a row of `s` the id of its stream, `k.id`. */
  readonly streamJoin: string;
  readonly isSorted: boolean;
}

const stagedRows: WriteSource = {
  table: 'stage',
  rows: isWriteRow,
  streams: (kept) => `SELECT DISTINCT ${streamList} FROM stage s WHERE ${kept}`,
  streamJoin: `JOIN streams k USING (${streamList})`,
  isSorted: false,
};

/** Stores writes. Of rows with one id the first counts; rows that are stored already do not. */
async function storeWrites(
  session: DuckdbSession,
  source: WriteSource,
  signal: AbortSignal,
): Promise<{ readonly writes: number; readonly renames: number; readonly duplicate: number }> {
  const run = (sql: string) => session.run(sql, [], signal);
  const { table, rows } = source;
  const candidates = await count(session, `FROM ${table} WHERE ${rows}`, signal);
  if (candidates === 0) return { writes: 0, renames: 0, duplicate: 0 };

  const [ids] = await session.all<{ ids: number; known: number }>(
    `SELECT (SELECT count(DISTINCT id) FROM ${table} WHERE ${rows}) AS ids,
            (SELECT count(*) FROM writes w SEMI JOIN (SELECT id FROM ${table} WHERE ${rows}) s ON s.id = w.id) AS known`,
    [],
    signal,
  );
  const hasDuplicates = ids?.ids !== candidates || ids.known > 0;
  if (hasDuplicates) {
    await run(`CREATE OR REPLACE TEMP TABLE kept AS
      SELECT min(rowid) AS kept_row FROM ${table} WHERE ${rows} AND id NOT IN (SELECT id FROM writes) GROUP BY id`);
  }
  const kept = hasDuplicates ? `${rows} AND s.rowid IN (SELECT kept_row FROM kept)` : rows;

  await run(
    `CREATE OR REPLACE TEMP TABLE new_streams AS ${source.streams(kept)} EXCEPT SELECT ${streamList} FROM streams`,
  );
  await addStreams(session, signal);
  await run(`INSERT INTO paths
    SELECT (SELECT coalesce(max(id), 0) FROM paths) + row_number() OVER (), path
    FROM (SELECT DISTINCT path FROM ${table} s WHERE ${kept}) fresh ANTI JOIN paths USING (path)`);
  await run(`CREATE OR REPLACE TEMP TABLE stream_ids AS
    SELECT s.rowid AS place, k.id AS stream FROM ${table} s ${source.streamJoin} WHERE ${kept}`);
  await run(`INSERT INTO writes
    SELECT s.at_ms, i.stream, p.id AS path, s.size, s.action, s.id, s.pid, s.entity_id, s.command_line, s.extension,
      s.header_bytes, s.entropy, s.source_path
    FROM ${table} s JOIN stream_ids i ON i.place = s.rowid JOIN paths p ON p.path = s.path
    ${source.isSorted ? '' : 'ORDER BY s.at_ms'}`);
  await run(
    addActivitySql(
      `(SELECT s.at_ms, i.stream, s.size, s.action FROM ${table} s JOIN stream_ids i ON i.place = s.rowid)`,
    ),
  );
  const [stored] = await session.all<{ writes: number; renames: number }>(
    `SELECT count(*) FILTER (s.action < ${renameCode}) AS writes, count(*) FILTER (s.action >= ${renameCode}) AS renames
     FROM ${table} s JOIN stream_ids i ON i.place = s.rowid`,
    [],
    signal,
  );
  const { writes = 0, renames = 0 } = stored ?? {};
  await run('DROP TABLE stream_ids');
  return { writes, renames, duplicate: candidates - writes - renames };
}

/** Gives the rows of `new_streams` their device and their number. */
async function addStreams(session: DuckdbSession, signal: AbortSignal): Promise<void> {
  const descriptions = await session.all<{ vendor: string; product: string; serial: string; volume: string }>(
    'SELECT DISTINCT vendor, product, serial, volume FROM new_streams',
    [],
    signal,
  );
  if (descriptions.length === 0) return;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE described AS SELECT unnest($1) AS vendor, unnest($2) AS product, unnest($3) AS serial,
       unnest($4) AS volume, unnest($5) AS device`,
    [
      descriptions.map(({ vendor }) => vendor),
      descriptions.map(({ product }) => product),
      descriptions.map(({ serial }) => serial),
      descriptions.map(({ volume }) => volume),
      descriptions.map((description) => identifyDevice(description).id),
    ],
    signal,
  );
  await session.run(
    `INSERT INTO streams SELECT (SELECT coalesce(max(id), 0) FROM streams) + row_number() OVER (), ${streamList}, device
     FROM new_streams JOIN described USING (vendor, product, serial, volume)`,
    [],
    signal,
  );
}

const reader = (file: string, columns: string) =>
  `read_json(${file}, columns = ${columns}, format = 'newline_delimited', auto_detect = false, compression = 'uncompressed',
    maximum_object_size = 33554432)`;

function deviceEventSource(file: string | undefined): string | undefined {
  return (
    file &&
    `SELECT "atMs" AS at_ms, id, kind, host, device, "busType", vendor, "vendorId", product, "productId", serial, volume,
       "fileSystem", "capacityBytes"
     FROM ${reader(
       file,
       `{id: 'VARCHAR', "atMs": 'BIGINT', kind: 'VARCHAR', host: 'VARCHAR', device: 'VARCHAR', "busType": 'VARCHAR',
       vendor: 'VARCHAR', "vendorId": 'VARCHAR', product: 'VARCHAR', "productId": 'VARCHAR', serial: 'VARCHAR',
       volume: 'VARCHAR', "fileSystem": 'VARCHAR', "capacityBytes": 'DOUBLE'}`,
     )}`
  );
}

function alertSource(file: string | undefined): string | undefined {
  return (
    file &&
    `SELECT "atMs" AS at_ms, id, "ruleName", "ruleId", "jobId", host, process, "user", status, "recordScore", "recordId",
       "bucketStartMs"
     FROM ${reader(
       file,
       `{id: 'VARCHAR', "atMs": 'BIGINT', "ruleName": 'VARCHAR', "ruleId": 'VARCHAR', "jobId": 'VARCHAR', host: 'VARCHAR',
       process: 'VARCHAR', "user": 'VARCHAR', status: 'VARCHAR', "recordScore": 'DOUBLE', "recordId": 'VARCHAR',
       "bucketStartMs": 'BIGINT'}`,
     )}`
  );
}

function recordSource(file: string | undefined): string | undefined {
  return (
    file &&
    `SELECT "bucketStartMs" AS at_ms, id, "jobId", "bucketSpanMs", host, process, "recordScore", "initialRecordScore",
       probability, "isFirstOccurrence", "relativeRarity"
     FROM ${reader(
       file,
       `{id: 'VARCHAR', "jobId": 'VARCHAR', "bucketStartMs": 'BIGINT', "bucketSpanMs": 'BIGINT', host: 'VARCHAR',
       process: 'VARCHAR', "recordScore": 'DOUBLE', "initialRecordScore": 'DOUBLE', probability: 'DOUBLE',
       "isFirstOccurrence": 'BOOLEAN', "relativeRarity": 'DOUBLE'}`,
     )}`
  );
}

/** Adds rows whose id (the second column) the table does not have yet; of several with one id the first. */
async function storeFrom(
  session: DuckdbSession,
  table: 'device_events' | 'alerts' | 'anomaly_records',
  source: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly stored: number; readonly duplicate: number }> {
  if (source === undefined) return { stored: 0, duplicate: 0 };
  await session.run(`CREATE OR REPLACE TEMP TABLE rarer AS ${source}`, [], signal);
  const given = await count(session, 'FROM rarer', signal);
  const before = await count(session, `FROM ${table}`, signal);
  await session.run(
    `INSERT INTO ${table} SELECT * FROM rarer r
     WHERE r.rowid IN (SELECT min(rowid) FROM rarer GROUP BY id) AND id NOT IN (SELECT id FROM ${table}) ORDER BY at_ms`,
    [],
    signal,
  );
  const stored = (await count(session, `FROM ${table}`, signal)) - before;
  return { stored, duplicate: given - stored };
}
