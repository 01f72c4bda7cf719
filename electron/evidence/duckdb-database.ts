import { accessSync, constants, existsSync, mkdirSync, realpathSync, rmSync, statfsSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import { cancelled, Failure, fail, messageOf, throwIfAborted } from '../../shared/base/failure.ts';
import type { ChosenLimits, EngineLimits } from '../../shared/model/engine-limits.ts';

/** What a statement may be given for `$1`, `$2`, …; whole numbers arrive as BIGINT, others as DOUBLE. */
export type DuckdbParameter = string | number | bigint | boolean | null | readonly string[];

/** A value of a row: BIGINT and HUGEINT arrive as numbers (exact to 2^53), NULL as undefined. */
export type DuckdbValue = string | number | boolean | undefined | readonly DuckdbValue[];

export type DuckdbRow = Readonly<Record<string, DuckdbValue>>;

/** A column of an answer: numbers as a typed array (DOUBLE, INTEGER and UINTEGER alike), anything else as values. */
export type DuckdbColumn = Float64Array | readonly DuckdbValue[];

/** A column to insert, with its type. */
export type DuckdbInput =
  | { readonly type: 'text'; readonly values: readonly (string | undefined)[] }
  | { readonly type: 'number'; readonly values: readonly (number | undefined)[] }
  | { readonly type: 'integer'; readonly values: readonly (number | undefined)[] };

/** Statements on one connection. Each honours its signal: an abort interrupts it and it fails with `cancelled`. */
export interface DuckdbSession {
  /** Runs one or more statements for their effect. Parameters only with a single statement. */
  run(sql: string, parameters?: readonly DuckdbParameter[], signal?: AbortSignal): Promise<void>;
  /** All rows of an answer that is known to be small. */
  all<Row extends object = DuckdbRow>(
    sql: string,
    parameters?: readonly DuckdbParameter[],
    signal?: AbortSignal,
  ): Promise<readonly Row[]>;
  /** The answer as columns by name, for many rows. Cast numbers to DOUBLE in the statement: then they are never boxed. */
  columns(
    sql: string,
    parameters?: readonly DuckdbParameter[],
    signal?: AbortSignal,
  ): Promise<{ readonly rowCount: number; readonly column: (name: string) => DuckdbColumn }>;
}

/**
 * The embedded database of one workspace. Readers run side by side, each on its own connection; writers one after the
 * other. The tables of the evidence are made by `openEvidenceDatabase` in `duckdb-schema.ts`; other parts may keep tables of their own here.
 */
export interface DuckdbDatabase extends DuckdbSession {
  readonly path: string;
  /** A folder of this database for files that may vanish at any time. */
  readonly temporaryFolder: string;
  /** What its questions may use of this computer: memory, and disk for what does not fit. */
  readonly limits: Pick<EngineLimits, 'memoryBytes' | 'temporaryBytes'>;
  /** Whether the engine gave this instance up, as after a checkpoint that found no room: only opening it again helps. */
  readonly isOver: boolean;
  /**
   * Runs `work` in one transaction that nobody sees before it is committed. When `work` throws, nothing of it stays.
   * Transactions queue: there is one at a time, reads go on beside it.
   */
  transaction<T>(work: (session: DuckdbSession) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs `work` on a connection of its own, outside any transaction; its temporary tables end with it. */
  withSession<T>(work: (session: DuckdbWorkSession) => Promise<T>): Promise<T>;
  /** Runs `work` with the memory that an import needs, however little the evidence so far is; what was chosen still holds. */
  importing<T>(work: () => Promise<T>): Promise<T>;
  /** Ends all statements under way with `store-unreachable` and closes the file. */
  close(): Promise<void>;
}

/** A session that belongs to one long piece of work. */
export interface DuckdbWorkSession extends DuckdbSession {
  /** As `DuckdbDatabase.transaction`, on this very connection, so that its temporary tables can be read. */
  transaction<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** How much of the running statement is done, 0 to 1; 0 where the engine can't tell. */
  progress(): number;
  /** Adds rows to a temporary table, given as columns in the order of the table; the quickest way in for rows in memory. */
  insert(table: string, columns: readonly DuckdbInput[], rowCount: number): Promise<void>;
  /** Names and types of an answer, without running it. */
  describe(sql: string): Promise<readonly { readonly name: string; readonly type: DuckDBType }[]>;
}

/** Rows of one vector of the engine. */
const vectorRows = 2_048;

/** Idle connections kept for the next question. */
const maxIdleConnections = 8;

/** Files open in this very process: the engine's own lock does not hold against the process that has it. */
const openPaths = new Set<string>();

/** Opens (or makes) the database file. Fails with `workspace-in-use`, `store-damaged`, `workspace-unwritable` or `disk-full`. */
export async function openDuckdb(path: string, chosen: ChosenLimits = {}): Promise<DuckdbDatabase> {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    // A process that ended right after making the file leaves it empty, which the engine takes for damage.
    if (existsSync(path) && statSync(path).size === 0) rmSync(path);
  } catch (error) {
    throw fail(
      'workspace-unwritable',
      `The folder ${folder} cannot be written: ${messageOf(error)}.`,
      'Choose a folder that this user may write to.',
      error,
    );
  }
  const realPath = join(realpathSync(folder), basename(path));
  if (openPaths.has(realPath)) throw inUse(path, process.pid);
  openPaths.add(realPath);
  const temporaryFolder = join(folder, `${basename(path)}.tmp`);
  try {
    const limits = limitsOf(path, chosen);
    const instance = await DuckDBInstance.create(path, engineSettings(temporaryFolder, limits));
    const connection = await instance.connect();
    // Times without zone are UTC in evidence, wherever this machine stands.
    await connection.run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL late_materialization_max_rows = 2000");
    connection.closeSync();
    return makeDatabase({ path, realPath, temporaryFolder, limits, chosen }, instance);
  } catch (error) {
    openPaths.delete(realPath);
    throw toOpenFailure(path, error);
  }
}

/**
 * Opens a database file to read only, damaged or not: nothing is made, mended or written beside it but in `temporaryFolder`.
 * Fails with `workspace-in-use` and `store-damaged`.
 */
export async function openDuckdbReadOnly(path: string, temporaryFolder: string): Promise<DuckdbDatabase> {
  const realPath = join(realpathSync(dirname(path)), basename(path));
  if (openPaths.has(realPath)) throw inUse(path, process.pid);
  openPaths.add(realPath);
  try {
    const limits = limitsOf(path);
    const settings = { ...engineSettings(temporaryFolder, limits), access_mode: 'READ_ONLY' };
    return makeDatabase(
      { path, realPath, temporaryFolder, limits, chosen: {} },
      await DuckDBInstance.create(path, settings),
    );
  } catch (error) {
    openPaths.delete(realPath);
    throw toOpenFailure(path, error);
  }
}

/** Memory for questions on little evidence, and for an import of any size; past it both go through the disk. */
const leastQuestionBytes = 300_000_000;
const leastImportBytes = 400_000_000;

/**
 * What was chosen, else 100 GB of disk, and of memory half of what the evidence takes on disk: 300 MB to 2 GB, never more than a
 * quarter of what there is. What was chosen is never more than the memory there is; the disk keeps a fifth of its free part for others.
 */
function limitsOf(path: string, chosen: ChosenLimits = {}, leastBytes = leastQuestionBytes): DuckdbDatabase['limits'] {
  const { bavail, bsize } = statfsSync(dirname(path));
  const evidenceBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const wholeMb = (bytes: number) => Math.floor(bytes / mb) * mb;
  const usualBytes = Math.min(Math.max(leastBytes, evidenceBytes / 2), 2_000 * mb, totalmem() / 4);
  return {
    memoryBytes: Math.max(256 * mb, wholeMb(Math.min(chosen.memoryBytes ?? usualBytes, totalmem()))),
    temporaryBytes: Math.max(mb, wholeMb(Math.min(chosen.temporaryBytes ?? 100_000 * mb, bavail * bsize * 0.8))),
  };
}

const mb = 1_000_000;

function engineSettings(temporaryFolder: string, limits: DuckdbDatabase['limits']): Record<string, string> {
  return {
    memory_limit: `${limits.memoryBytes / mb}MB`,
    temp_directory: temporaryFolder,
    max_temp_directory_size: `${limits.temporaryBytes / mb}MB`,
    // Extensions come with the package; the engine must never ask the internet for one.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    enable_external_file_cache: 'false',
    // A burst of live events fills the usual 16 MB at once, and the next few events would wait until all of it is in the file.
    checkpoint_threshold: '32MB',
  };
}

function inUse(path: string, pid: number | undefined): Failure {
  return fail(
    'workspace-in-use',
    `${path} is open in ${pid === undefined ? 'another process' : `process ${pid}`}.`,
    'Close the other Portside, or choose another workspace with --workspace DIR.',
  );
}

function toOpenFailure(path: string, error: unknown): unknown {
  const text = messageOf(error);
  if (/Could not set lock/i.test(text)) {
    const pid = /PID (\d+)/.exec(text)?.[1];
    return inUse(path, pid === undefined ? undefined : Number(pid));
  }
  const known = toFailure(error);
  if (known instanceof Failure) return known;
  if (/Permission denied|Read-only file system/i.test(text)) {
    return fail('workspace-unwritable', `${path} cannot be opened for writing: ${text}`, undefined, error);
  }
  return /^(IO|Serialization|INTERNAL|FATAL|Fatal|Internal) Error/.test(text)
    ? damaged(`${path} cannot be opened: ${text}`, error)
    : error;
}

function damaged(message: string, cause: unknown): Failure {
  return fail(
    'store-damaged',
    message,
    '"portside workspace check" says what is whole, "workspace rescue --out DIR" saves what can be read, "workspace rebuild" makes what is derived anew; else move the file away and import the evidence again. Cases keep their own copy and are not touched.',
    cause,
  );
}

/** What the engine says once an instance is of no use any more. */
const givenUp = /database has been invalidated/i;

/** Turns what the engine throws into a Failure where it is one to expect; anything else stays as it is: a bug. */
function toFailure(error: unknown): unknown {
  if (error instanceof Failure) return error;
  const text = messageOf(error);
  if (/^INTERRUPT/i.test(text)) return cancelled();
  if (/No space left on device|Out of disk|max_temp_directory_size|failed to offload/i.test(text)) {
    return fail(
      'disk-full',
      `The disk of the workspace is full: ${text}`,
      // A checkpoint that found no room ends the instance; what was committed is in the file and its log.
      givenUp.test(text)
        ? 'Make room on that disk: the evidence file is then opened again by itself. Until then it cannot be asked.'
        : 'Make room on that disk and try again.',
      error,
    );
  }
  if (/Out of Memory/i.test(text)) {
    return fail(
      'store-too-large',
      `The question needs more memory than the store may use: ${text}`,
      'Narrow the span.',
      error,
    );
  }
  if (
    /corrupt|checksum|not a valid DuckDB database|database has been invalidated|Failure while replaying WAL|Could not read enough bytes/i.test(
      text,
    )
  ) {
    return damaged(`The evidence file is damaged: ${text}`, error);
  }
  return error;
}

function makeDatabase(
  {
    path,
    realPath,
    temporaryFolder,
    limits: limitsAtFirst,
    chosen,
  }: Pick<DuckdbDatabase, 'path' | 'temporaryFolder' | 'limits'> & {
    readonly realPath: string;
    readonly chosen: ChosenLimits;
  },
  instance: DuckDBInstance,
): DuckdbDatabase {
  const idle: DuckDBConnection[] = [];
  const busy = new Set<DuckDBConnection>();
  /** Connections that are being made: the instance must outlive them. */
  let connecting = 0;
  let closing: Promise<void> | undefined;
  let isOver = false;
  let limits = limitsAtFirst;
  let imports = 0;
  let writersTail: Promise<unknown> = Promise.resolve();

  function closed(): Failure {
    return fail('store-unreachable', `${path} was closed.`);
  }

  async function acquire(): Promise<DuckDBConnection> {
    if (closing) throw closed();
    const kept = idle.pop();
    if (kept) {
      busy.add(kept);
      return kept;
    }
    connecting++;
    try {
      const connection = await instance.connect();
      if (closing) {
        connection.closeSync();
        throw closed();
      }
      busy.add(connection);
      return connection;
    } finally {
      connecting--;
    }
  }

  function release(connection: DuckDBConnection, isReusable: boolean): void {
    busy.delete(connection);
    if (isReusable && !closing && idle.length < maxIdleConnections) idle.push(connection);
    else connection.closeSync();
  }

  /** Runs one statement; an abort interrupts the connection, again and again until the statement has ended. */
  async function guard<T>(
    connection: DuckDBConnection,
    signal: AbortSignal | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    if (closing) throw closed();
    throwIfAborted(signal);
    let again: NodeJS.Timeout | undefined;
    const onAbort = () => {
      connection.interrupt();
      // An interrupt that comes before the statement has begun is lost, so it is repeated.
      again = setInterval(() => connection.interrupt(), 10);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = await body();
      throwIfAborted(signal);
      return answer;
    } catch (error) {
      if (closing) throw closed();
      isOver ||= givenUp.test(messageOf(error));
      throw toFailure(error);
    } finally {
      clearInterval(again);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  function sessionOn(connection: DuckDBConnection): DuckdbSession {
    return {
      run: (sql, parameters, signal) =>
        guard(connection, signal, async () => {
          const { values, types } = toBinding(parameters);
          await connection.run(sql, values, types);
        }),
      all: <Row extends object>(sql: string, parameters?: readonly DuckdbParameter[], signal?: AbortSignal) =>
        guard(connection, signal, async () => {
          const { values, types } = toBinding(parameters);
          const reader = await connection.runAndReadAll(sql, values, types);
          const names = reader.deduplicatedColumnNames();
          return reader.getRowsJS().map((row) => {
            const entry: Record<string, unknown> = {};
            for (const [index, name] of names.entries()) entry[name] = toValue(row[index]);
            return entry as Row;
          });
        }),
      columns: (sql, parameters, signal) =>
        guard(connection, signal, async () => {
          const { values, types } = toBinding(parameters);
          const result = await connection.run(sql, values, types);
          const chunks = await result.fetchAllChunks();
          const names = result.deduplicatedColumnNames();
          const rowCount = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
          return { rowCount, column: (name) => joinColumn(chunks, names.indexOf(name), rowCount, name) };
        }),
    };
  }

  async function setMemory({ memoryBytes }: DuckdbDatabase['limits']): Promise<void> {
    // Refused where more is in use at this moment: then it stays as it was.
    await onPooled((session) => session.run(`SET GLOBAL memory_limit = '${memoryBytes / mb}MB'`)).catch(
      () => undefined,
    );
  }

  async function onPooled<T>(body: (session: DuckdbSession) => Promise<T>): Promise<T> {
    const connection = await acquire();
    let isReusable = false;
    try {
      const answer = await body(sessionOn(connection));
      isReusable = true;
      return answer;
    } finally {
      release(connection, isReusable);
    }
  }

  /** Waits for the writers before, then runs `body` alone. */
  function inTurn<T>(body: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const turn = writersTail.then(() => {
      throwIfAborted(signal);
      return body();
    });
    writersTail = turn.catch(() => undefined);
    return turn;
  }

  async function transactionOn<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    await guard(connection, undefined, () => connection.run('BEGIN TRANSACTION'));
    try {
      const answer = await work();
      await guard(connection, undefined, () => connection.run('COMMIT'));
      return answer;
    } catch (error) {
      // A failed ROLLBACK says nothing new: the transaction is gone either way.
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  return {
    path,
    temporaryFolder,
    get limits() {
      return limits;
    },
    async importing(work) {
      imports++;
      if (imports === 1) await setMemory(limitsOf(path, chosen, leastImportBytes));
      try {
        return await work();
      } finally {
        imports--;
        if (imports === 0 && !closing) {
          limits = limitsOf(path, chosen);
          await setMemory(limits);
        }
      }
    },
    get isOver() {
      return isOver;
    },
    run: (sql, parameters, signal) => onPooled((session) => session.run(sql, parameters, signal)),
    all: (sql, parameters, signal) => onPooled((session) => session.all(sql, parameters, signal)),
    columns: (sql, parameters, signal) => onPooled((session) => session.columns(sql, parameters, signal)),
    transaction: (work, signal) =>
      inTurn(async () => {
        const connection = await acquire();
        try {
          return await transactionOn(connection, () => work(sessionOn(connection)));
        } finally {
          release(connection, false);
        }
      }, signal),
    withSession: async (work) => {
      const connection = await acquire();
      try {
        await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
        return await work({
          ...sessionOn(connection),
          transaction: (body, signal) => inTurn(() => transactionOn(connection, body), signal),
          progress: () => Math.max(0, Math.min(1, connection.progress.percentage / 100)),
          insert: (table, columns, rowCount) =>
            guard(connection, undefined, () => insertColumns(connection, table, columns, rowCount)),
          describe: (sql) =>
            guard(connection, undefined, async () => {
              const result = await connection.run(`SELECT * FROM (${sql}) LIMIT 0`);
              return result.columnNames().map((name, index) => ({ name, type: result.columnType(index) }));
            }),
        });
      } finally {
        release(connection, false);
      }
    },
    close: () => {
      closing ??= (async () => {
        for (const connection of busy) connection.interrupt();
        await writersTail;
        while (busy.size > 0 || connecting > 0) {
          for (const connection of busy) connection.interrupt();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        for (const connection of idle) connection.closeSync();
        instance.closeSync();
        openPaths.delete(realPath);
      })();
      return closing;
    },
  };
}

// Whole numbers go in as doubles, exact to 2^53, and the table makes them its own: a bigint for each costs several times as much.
const inputTypes = { text: VARCHAR, number: DOUBLE, integer: DOUBLE } as const;

async function insertColumns(
  connection: DuckDBConnection,
  table: string,
  columns: readonly DuckdbInput[],
  rowCount: number,
): Promise<void> {
  const appender = await connection.createAppender(table, 'main', 'temp');
  try {
    const types = columns.map(({ type }) => inputTypes[type]);
    for (let start = 0; start < rowCount; start += vectorRows) {
      const end = Math.min(start + vectorRows, rowCount);
      const chunk = DuckDBDataChunk.create(types, end - start);
      for (const [index, column] of columns.entries()) {
        const values = new Array<DuckDBValue>(end - start);
        for (let row = start; row < end; row++) {
          values[row - start] = column.values[row] ?? null;
        }
        chunk.setColumnValues(index, values);
      }
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

function toBinding(parameters: readonly DuckdbParameter[] = []): { values: DuckDBValue[]; types: DuckDBType[] } {
  const values: DuckDBValue[] = [];
  const types: DuckDBType[] = [];
  for (const parameter of parameters) {
    if (parameter === null) {
      values.push(null);
      types.push(SQLNULL);
    } else if (typeof parameter === 'string') {
      values.push(parameter);
      types.push(VARCHAR);
    } else if (typeof parameter === 'boolean') {
      values.push(parameter);
      types.push(BOOLEAN);
    } else if (typeof parameter === 'bigint' || Number.isSafeInteger(parameter)) {
      values.push(BigInt(parameter as number | bigint));
      types.push(BIGINT);
    } else if (typeof parameter === 'number') {
      values.push(parameter);
      types.push(DOUBLE);
    } else {
      values.push(listValue(parameter as string[]));
      types.push(LIST(VARCHAR));
    }
  }
  return { values, types };
}

function toValue(value: unknown): DuckdbValue {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(toValue);
  return value as DuckdbValue;
}

/** The raw array of a numeric vector: reading it value by value would box 100,000s of numbers on the way. */
function rawNumbers(chunk: DuckDBDataChunk, index: number): ArrayLike<number> | undefined {
  const { items } = chunk.getColumnVector(index) as unknown as { items?: unknown };
  return items instanceof Float64Array || items instanceof Int32Array || items instanceof Uint32Array
    ? items
    : undefined;
}

function joinColumn(chunks: readonly DuckDBDataChunk[], index: number, rowCount: number, name: string): DuckdbColumn {
  if (index < 0) throw new Error(`The answer has no column ${name}.`);
  const first = chunks[0];
  if (!first) return new Float64Array(0);
  if (rawNumbers(first, index)) {
    const numbers = new Float64Array(rowCount);
    let offset = 0;
    for (const chunk of chunks) {
      numbers.set(rawNumbers(chunk, index) ?? [], offset);
      offset += chunk.rowCount;
    }
    return numbers;
  }
  return chunks.flatMap((chunk) => chunk.getColumnValues(index).map(toValue));
}
