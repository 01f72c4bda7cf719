import { type DeviceDescription, identifyDevice } from '../../shared/model/device-identity.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import { actionCodes, renameCode } from './duckdb-actions.ts';
import type { DuckdbDatabase, DuckdbSession, DuckdbWorkSession } from './duckdb-database.ts';
import { rowCodes, type StagedColumn, stagedDefaults } from './duckdb-import-sql.ts';
import { addToRollups, extensionSql } from './duckdb-rollup.ts';
import { bumpRevision, streamColumns } from './duckdb-schema.ts';

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

/** Is told which rows were stored: their numbers on the stage, or the lines of the file of their kind, from 0. */
export type StoredListener = (kind: keyof Omit<StoredRows, 'duplicate'>, rows: Float64Array) => void;

/** Condition on staged rows: a write or a rename. */
export const isWriteRow = `code IN (${rowCodes.write}, ${rowCodes.rename})`;
const streamList = streamColumns.join(', ');

/**
 * Stores what lies in the temporary table `stage` of the session (see `stageSql`; `columns` are those it has) and in the files,
 * in one transaction. `onStored` is told of every row, so only for few.
 */
export async function storeRows(
  session: DuckdbWorkSession,
  { columns, files }: { readonly columns: readonly StagedColumn[]; readonly files: RowFiles },
  signal: AbortSignal,
  onStored?: StoredListener,
): Promise<StoredRows> {
  const tell = (kind: Parameters<StoredListener>[0]) => onStored && ((rows: Float64Array) => onStored(kind, rows));
  return session.transaction(async () => {
    const writes = await storeWrites(session, stagedRows(columns), signal, onStored);
    const deviceEvents = await storeFrom(
      session,
      'device_events',
      deviceEventSource(files.deviceEvents),
      signal,
      tell('deviceEvents'),
    );
    const alerts = await storeFrom(session, 'alerts', alertSource(files.alerts), signal, tell('alerts'));
    const anomalyRecords = await storeFrom(
      session,
      'anomaly_records',
      recordSource(files.anomalyRecords),
      signal,
      tell('anomalyRecords'),
    );
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

/** Numbers of distinct things in the order in which they first came. */
class Dictionary<Thing> {
  readonly things: Thing[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of what `key` stands for; `thing` is kept where the key is new. */
  numberOf(key: string, thing: Thing): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.things.length);
    this.things.push(thing);
    return this.things.length - 1;
  }
}

/** Which events belong together. Properties are named one by one: a loop over names costs several times as much. */
interface Grouping {
  readonly isSame: (a: WriteEvent, b: WriteEvent) => boolean;
  /** Equal for two events exactly where `isSame` holds. */
  readonly keyOf: (write: WriteEvent) => string;
}

/** By everything that decides the stream of an event, as it came. */
const byStream: Grouping = {
  isSame: (a, b) =>
    a.host === b.host &&
    a.user === b.user &&
    a.userId === b.userId &&
    a.process === b.process &&
    a.executable === b.executable &&
    a.parentProcess === b.parentProcess &&
    a.processSha256 === b.processSha256 &&
    a.publisher === b.publisher &&
    a.publisherTrusted === b.publisherTrusted &&
    a.originalFileName === b.originalFileName &&
    a.busType === b.busType &&
    a.device === b.device &&
    a.deviceVendor === b.deviceVendor &&
    a.deviceProduct === b.deviceProduct &&
    a.deviceSerial === b.deviceSerial &&
    a.volume === b.volume,
  keyOf: (write) =>
    JSON.stringify([
      write.host,
      write.user,
      write.userId,
      write.process,
      write.executable,
      write.parentProcess,
      write.processSha256,
      write.publisher,
      write.publisherTrusted,
      write.originalFileName,
      write.busType,
      write.device,
      write.deviceVendor,
      write.deviceProduct,
      write.deviceSerial,
      write.volume,
    ]),
};

/** By what the writes of one process share for the most part; it is handed over once for all of them. */
const byDetails: Grouping = {
  isSame: (a, b) =>
    a.pid === b.pid &&
    a.processEntityId === b.processEntityId &&
    a.commandLine === b.commandLine &&
    a.extension === b.extension &&
    a.headerBytes === b.headerBytes,
  keyOf: (write) =>
    JSON.stringify([write.pid, write.processEntityId, write.commandLine, write.extension, write.headerBytes]),
};

/** Numbers events by group; of events with one number `things` has the first. */
function numberBy(
  writes: readonly WriteEvent[],
  { isSame, keyOf }: Grouping,
): { readonly numbers: readonly number[]; readonly things: readonly WriteEvent[] } {
  const dictionary = new Dictionary<WriteEvent>();
  let previous: WriteEvent | undefined;
  let number = 0;
  const numbers = writes.map((write) => {
    // Copies write many files in a row: a comparison is much cheaper than a key.
    if (previous === undefined || !isSame(previous, write)) number = dictionary.numberOf(keyOf(write), write);
    previous = write;
    return number;
  });
  return { numbers, things: dictionary.things };
}

const integers = (values: readonly (number | undefined)[]) => ({ type: 'integer' as const, values });
const texts = (values: readonly (string | undefined)[]) => ({ type: 'text' as const, values });
const places = (things: readonly unknown[]) => integers(things.map((_thing, index) => index));

/**
 * Puts live writes into temporary tables: what many of them share once each, and narrow rows by time that refer to it by
 * number. Handing a text to the engine costs more than all the engine does with it.
 */
async function stageWrites(session: DuckdbWorkSession, given: readonly WriteEvent[]): Promise<WriteSource> {
  const isSorted = given.every((write, index) => index === 0 || write.atMs >= (given[index - 1]?.atMs ?? 0));
  const writes = isSorted ? given : [...given].sort((a, b) => a.atMs - b.atMs);
  const streams = numberBy(writes, byStream);
  const details = numberBy(writes, byDetails);
  const hasEntropy = writes.some(({ entropy }) => entropy !== undefined);
  const hasSource = writes.some(({ sourcePath }) => sourcePath !== undefined);
  await session.run(
    `CREATE TEMP TABLE live_streams (n BIGINT, ${streamColumns.map((column) => `${column} VARCHAR`).join(', ')});
     CREATE TEMP TABLE live_details (n BIGINT, pid BIGINT, entity_id VARCHAR, command_line VARCHAR, extension VARCHAR,
       header_bytes VARCHAR);
     CREATE TEMP TABLE live_rows (stream_n BIGINT, detail_n BIGINT, path VARCHAR, at_ms BIGINT, size BIGINT, action BIGINT,
       id VARCHAR${hasEntropy ? ', entropy DOUBLE' : ''}${hasSource ? ', source_path VARCHAR' : ''})`,
  );
  const streamRows = streams.things.map(streamOf);
  await session.insert(
    'live_streams',
    [
      places(streamRows),
      ...streamColumns.map((_column, index) => texts(streamRows.map((stream) => stream[index] ?? ''))),
    ],
    streamRows.length,
  );
  await session.insert(
    'live_details',
    [
      places(details.things),
      integers(details.things.map(({ pid }) => (pid === undefined ? undefined : Math.trunc(pid)))),
      texts(details.things.map(({ processEntityId }) => processEntityId)),
      texts(details.things.map(({ commandLine }) => commandLine)),
      texts(details.things.map(({ extension }) => extension)),
      texts(details.things.map(({ headerBytes }) => headerBytes)),
    ],
    details.things.length,
  );
  await session.insert(
    'live_rows',
    [
      integers(streams.numbers),
      integers(details.numbers),
      texts(writes.map(({ path }) => path)),
      integers(writes.map(({ atMs }) => Math.trunc(atMs))),
      integers(writes.map(({ sizeBytes }) => Math.trunc(sizeBytes))),
      integers(writes.map(({ action }) => actionCodes[action])),
      texts(writes.map(({ id }) => id)),
      ...(hasEntropy ? [{ type: 'number' as const, values: writes.map(({ entropy }) => entropy) }] : []),
      ...(hasSource ? [texts(writes.map(({ sourcePath }) => sourcePath))] : []),
    ],
    writes.length,
  );
  return {
    table: 'live_rows',
    rows: 'true',
    streams: () => `SELECT DISTINCT ${streamList} FROM live_streams`,
    streamJoin: `JOIN (SELECT l.n, t.id FROM live_streams l JOIN streams t USING (${streamList})) k ON k.n = s.stream_n`,
    storePaths: storeLivePaths,
    pathJoin: 'JOIN live_path_ids p ON p.path = s.path',
    details: `d.pid, d.entity_id, d.command_line, d.extension, d.header_bytes, ${hasEntropy ? 's.entropy' : 'NULL'},
      ${hasSource ? 's.source_path' : 'NULL'}`,
    detailJoin: 'JOIN live_details d ON d.n = s.detail_n',
    extension: 'd.extension',
    isSorted: true,
  };
}

/** Numbers the paths of live writes. The known ones are looked up by the few that came, with one pass over all. */
async function storeLivePaths(session: DuckdbSession, kept: string, signal: AbortSignal): Promise<void> {
  const [most] = await session.all<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM paths', [], signal);
  const lastId = most?.id ?? 0;
  await session.run(
    `CREATE TEMP TABLE live_path_ids AS
     SELECT p.path, p.id FROM paths p SEMI JOIN (SELECT path FROM live_rows s WHERE ${kept}) s ON s.path = p.path`,
    [],
    signal,
  );
  await session.run(
    `INSERT INTO live_path_ids SELECT path, $1 + row_number() OVER () FROM (
       SELECT path FROM (SELECT path, min(rowid) AS place FROM live_rows s WHERE ${kept} GROUP BY path)
         ANTI JOIN live_path_ids USING (path)
       ORDER BY place)`,
    [lastId],
    signal,
  );
  await session.run('INSERT INTO paths SELECT id, path FROM live_path_ids WHERE id > $1 ORDER BY id', [lastId], signal);
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
  /** The table; it has `id`, `at_ms`, `size` and `action`. */
  readonly table: string;
  /** Which of its rows are writes. */
  readonly rows: string;
  /** Select of the streams that occur, as `streamColumns`; `kept` is the condition on rows of the table `s`. */
  readonly streams: (kept: string) => string;
  /** Join that gives a row of `s` the id of its stream, `k.id`. */
  readonly streamJoin: string;
  /** Adds the paths that are not there yet; `kept` is the condition on rows of the table `s`. */
  readonly storePaths: (session: DuckdbSession, kept: string, signal: AbortSignal) => Promise<void>;
  /** Join that gives a row of `s` the id of its path, `p.id`, once the paths are stored. */
  readonly pathJoin: string;
  /** The other columns of a single write, in the order of the table, and the join that they need. */
  readonly details: string;
  readonly detailJoin: string;
  /** The extension of a single write, with that join. */
  readonly extension: string;
  readonly isSorted: boolean;
}

/** What a single write has of its own beside its path, its size and its identity, in the order of the table. */
const detailColumns = [
  'pid',
  'entity_id',
  'command_line',
  'extension',
  'header_bytes',
  'entropy',
  'source_path',
] as const;

/** The staged rows of a file; `columns` are those that they have, everything else is the same in all of them. */
function stagedRows(columns: readonly StagedColumn[]): WriteSource {
  const column = (name: StagedColumn) => (columns.includes(name) ? `s.${name}` : stagedDefaults[name]);
  return {
    table: 'stage',
    rows: isWriteRow,
    streams: (kept) =>
      `SELECT DISTINCT ${streamColumns.map((name) => `${column(name)} AS ${name}`).join(', ')} FROM stage s WHERE ${kept}`,
    streamJoin: `JOIN streams k ON ${streamColumns.map((name) => `k.${name} = ${column(name)}`).join(' AND ')}`,
    storePaths: (session, kept, signal) =>
      session.run(
        // Numbered by time, as the writes lie: those of one page or one search are then read from few blocks.
        `INSERT INTO paths
         SELECT (SELECT coalesce(max(id), 0) FROM paths) + row_number() OVER (), path
         FROM (SELECT path FROM
           (SELECT ${column('path')} AS path, min(at_ms) AS first_ms FROM stage s WHERE ${kept} GROUP BY ALL) fresh
             ANTI JOIN paths USING (path)
           ORDER BY first_ms)`,
        [],
        signal,
      ),
    pathJoin: `JOIN paths p ON p.path = ${column('path')}`,
    details: detailColumns.map(column).join(', '),
    detailJoin: '',
    extension: column('extension'),
    isSorted: false,
  };
}

/** Stores writes. Of rows with one id the first counts; rows that are stored already do not. */
async function storeWrites(
  session: DuckdbSession,
  source: WriteSource,
  signal: AbortSignal,
  onStored?: StoredListener,
): Promise<{ readonly writes: number; readonly renames: number; readonly duplicate: number }> {
  const run = (sql: string) => session.run(sql, [], signal);
  const { table, rows } = source;
  const candidates = await count(session, `FROM ${table} WHERE ${rows}`, signal);
  if (candidates === 0) return { writes: 0, renames: 0, duplicate: 0 };

  await run(`CREATE OR REPLACE TEMP TABLE known_ids AS
    SELECT w.id FROM writes w SEMI JOIN (SELECT id FROM ${table} WHERE ${rows}) s ON s.id = w.id`);
  const [ids] = await session.all<{ ids: number; known: number }>(
    `SELECT (SELECT count(DISTINCT id) FROM ${table} WHERE ${rows}) AS ids, (SELECT count(*) FROM known_ids) AS known`,
    [],
    signal,
  );
  const hasDuplicates = ids?.ids !== candidates || ids.known > 0;
  if (ids?.ids === ids?.known) return { writes: 0, renames: 0, duplicate: candidates };
  if (hasDuplicates) {
    await run(`CREATE OR REPLACE TEMP TABLE kept AS
      SELECT min(rowid) AS kept_row FROM ${table} WHERE ${rows} AND id NOT IN (SELECT id FROM known_ids) GROUP BY id`);
  }
  const kept = hasDuplicates ? `${rows} AND s.rowid IN (SELECT kept_row FROM kept)` : rows;

  await run(
    `CREATE OR REPLACE TEMP TABLE new_streams AS ${source.streams(kept)} EXCEPT SELECT ${streamList} FROM streams`,
  );
  await addStreams(session, signal);
  const [known] = await session.all<{ path: number; row: number }>(
    'SELECT (SELECT coalesce(max(id), 0) FROM paths) AS path, (SELECT coalesce(max(rowid), -1) FROM writes) AS row',
    [],
    signal,
  );
  const { path: lastKnownPath = 0, row: lastKnownRow = -1 } = known ?? {};
  await source.storePaths(session, kept, signal);
  // Sorting carries every text of a row about, and exports are in order for the most part.
  const isSorted = source.isSorted || (await isInOrder(session, table, rows, signal));
  await run(`INSERT INTO writes
    SELECT s.at_ms, k.id, p.id, s.size, s.action, s.id, ${source.details}
    FROM ${table} s ${source.streamJoin} ${source.pathJoin} ${source.detailJoin}
    WHERE ${kept} ${isSorted ? '' : 'ORDER BY s.at_ms'}`);
  // Rows of this transaction have higher numbers than all before.
  await run(`CREATE OR REPLACE TEMP TABLE placed AS
    SELECT at_ms, stream, path, size, action, ${extensionSql('extension')} AS extension
    FROM writes WHERE rowid > ${lastKnownRow}`);
  await addToRollups(session, 'placed', { lastKnownPath, lastKnownRow }, signal);
  const [stored] = await session.all<{ writes: number; renames: number }>(
    `SELECT count(*) FILTER (action < ${renameCode}) AS writes, count(*) FILTER (action >= ${renameCode}) AS renames
     FROM placed`,
    [],
    signal,
  );
  await run('DROP TABLE placed');
  if (onStored) {
    for (const [kind, condition] of [
      ['writes', `action < ${renameCode}`],
      ['renames', `action >= ${renameCode}`],
    ] as const) {
      onStored(kind, await rowNumbers(session, 'rowid', `FROM ${table} s WHERE ${kept} AND ${condition}`, signal));
    }
  }
  const { writes = 0, renames = 0 } = stored ?? {};
  return { writes, renames, duplicate: candidates - writes - renames };
}

/** Whether rows lie in the order of their times. */
async function isInOrder(session: DuckdbSession, table: string, rows: string, signal: AbortSignal): Promise<boolean> {
  const [told] = await session.all<{ isInOrder: boolean }>(
    `SELECT coalesce(bool_and(at_ms >= before_ms), true) AS "isInOrder"
     FROM (SELECT at_ms, lag(at_ms) OVER () AS before_ms FROM ${table} WHERE ${rows})`,
    [],
    signal,
  );
  return told?.isInOrder ?? false;
}

/** Numbers of rows, rising. */
export async function rowNumbers(
  session: DuckdbSession,
  number: 'place' | 'rowid',
  from: string,
  signal: AbortSignal,
): Promise<Float64Array> {
  const found = await session.columns(
    `SELECT CAST(${number} AS DOUBLE) AS place ${from} ORDER BY ${number}`,
    [],
    signal,
  );
  return found.column('place') as Float64Array;
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
  onStored?: (rows: Float64Array) => void,
): Promise<{ readonly stored: number; readonly duplicate: number }> {
  if (source === undefined) return { stored: 0, duplicate: 0 };
  await session.run(
    `CREATE OR REPLACE TEMP TABLE rarer AS ${source};
     CREATE OR REPLACE TEMP TABLE rarer_kept AS
       SELECT min(rowid) AS place FROM rarer WHERE id NOT IN (SELECT id FROM ${table}) GROUP BY id`,
    [],
    signal,
  );
  await session.run(
    `INSERT INTO ${table} SELECT * FROM rarer r WHERE r.rowid IN (SELECT place FROM rarer_kept) ORDER BY at_ms`,
    [],
    signal,
  );
  if (onStored) {
    // Rows of a table that is not committed yet are numbered from somewhere else than 0.
    const from = 'FROM (SELECT place - (SELECT min(rowid) FROM rarer) AS place FROM rarer_kept)';
    onStored(await rowNumbers(session, 'place', from, signal));
  }
  const given = await count(session, 'FROM rarer', signal);
  const stored = await count(session, 'FROM rarer_kept', signal);
  return { stored, duplicate: given - stored };
}
