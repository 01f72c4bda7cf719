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
    const writes = await storeWrites(session, signal);
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
    await stageWrites(session, events.writes);
    if (events.deviceEvents.length > 0) await stageDeviceEvents(session, events.deviceEvents);
    const signal = new AbortController().signal;
    return session.transaction(async () => {
      const writes = await storeWrites(session, signal);
      const source = events.deviceEvents.length > 0 ? 'FROM live_device_events' : undefined;
      const devices = await storeFrom(session, 'device_events', source, signal);
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

async function stageWrites(session: DuckdbWorkSession, writes: readonly WriteEvent[]): Promise<void> {
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
  await session.run(`CREATE TEMP TABLE live_streams (n BIGINT, ${streamColumns.map((column) => `${column} VARCHAR`).join(', ')});
    CREATE TEMP TABLE live_writes (n BIGINT, at_ms BIGINT, size BIGINT, action BIGINT, pid BIGINT, entropy DOUBLE, id VARCHAR,
      path VARCHAR, entity_id VARCHAR, command_line VARCHAR, extension VARCHAR, header_bytes VARCHAR, source_path VARCHAR)`);
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
  const text = (pick: (write: WriteEvent) => string | undefined) => ({
    type: 'text' as const,
    values: writes.map(pick),
  });
  const integer = (pick: (write: WriteEvent) => number | undefined) => ({
    type: 'integer' as const,
    values: writes.map(pick),
  });
  await session.insert(
    'live_writes',
    [
      { type: 'integer', values: streamNumbers },
      integer(({ atMs }) => Math.trunc(atMs)),
      integer(({ sizeBytes }) => Math.trunc(sizeBytes)),
      integer(({ action }) => actionCodes[action]),
      integer(({ pid }) => (pid === undefined ? undefined : Math.trunc(pid))),
      { type: 'number', values: writes.map(({ entropy }) => entropy) },
      text(({ id }) => id),
      text(({ path }) => path),
      text(({ processEntityId }) => processEntityId),
      text(({ commandLine }) => commandLine),
      text(({ extension }) => extension),
      text(({ headerBytes }) => headerBytes),
      text(({ sourcePath }) => sourcePath),
    ],
    writes.length,
  );
  await session.run(`CREATE TEMP TABLE stage AS
    SELECT CAST(${rowCodes.write} AS UTINYINT) AS code, w.* EXCLUDE (n), s.* EXCLUDE (n)
    FROM live_writes w JOIN live_streams s USING (n)`);
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

/** Stores the writes of `stage`. Of rows with one id the first counts; rows that are stored already do not. */
async function storeWrites(
  session: DuckdbSession,
  signal: AbortSignal,
): Promise<{ readonly writes: number; readonly renames: number; readonly duplicate: number }> {
  const run = (sql: string, parameters?: readonly (readonly string[])[]) => session.run(sql, parameters, signal);
  const candidates = await count(session, `FROM stage WHERE ${isWriteRow}`, signal);
  if (candidates === 0) return { writes: 0, renames: 0, duplicate: 0 };

  const [ids] = await session.all<{ ids: number; known: number }>(
    `SELECT (SELECT count(DISTINCT id) FROM stage WHERE ${isWriteRow}) AS ids,
            (SELECT count(*) FROM writes w SEMI JOIN (SELECT id FROM stage WHERE ${isWriteRow}) s ON s.id = w.id) AS known`,
    [],
    signal,
  );
  const hasDuplicates = ids?.ids !== candidates || ids.known > 0;
  if (hasDuplicates) {
    await run(`CREATE OR REPLACE TEMP TABLE kept AS
      SELECT min(rowid) AS kept_row FROM stage WHERE ${isWriteRow} AND id NOT IN (SELECT id FROM writes) GROUP BY id`);
  }
  const isKept = hasDuplicates ? `${isWriteRow} AND s.rowid IN (SELECT kept_row FROM kept)` : isWriteRow;

  await run(`CREATE OR REPLACE TEMP TABLE new_streams AS
    SELECT DISTINCT ${streamList} FROM stage s WHERE ${isKept} EXCEPT SELECT ${streamList} FROM streams`);
  await addStreams(session, signal);
  await run(`INSERT INTO paths
    SELECT (SELECT coalesce(max(id), 0) FROM paths) + row_number() OVER (), path
    FROM (SELECT DISTINCT path FROM stage s WHERE ${isKept}) fresh ANTI JOIN paths USING (path)`);
  await run(`CREATE OR REPLACE TEMP TABLE new_writes AS
    SELECT s.at_ms, k.id AS stream, p.id AS path, s.size, s.action, s.id, s.pid, s.entity_id, s.command_line, s.extension,
      s.header_bytes, s.entropy, s.source_path
    FROM stage s JOIN streams k USING (${streamList}) JOIN paths p ON p.path = s.path
    WHERE ${isKept}`);
  await run('INSERT INTO writes SELECT * FROM new_writes ORDER BY at_ms');
  await run(addActivitySql('new_writes'));
  const stored = await count(session, 'FROM new_writes', signal);
  const renames = await count(session, `FROM new_writes WHERE action = ${renameCode}`, signal);
  await run('DROP TABLE new_writes');
  return { writes: stored - renames, renames, duplicate: candidates - stored };
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
