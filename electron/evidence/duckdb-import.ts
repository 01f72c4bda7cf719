import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats, type WriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { Failure, fail, isCancelled, messageOf, throwIfAborted } from '../../shared/base/failure.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { EvidenceFormat, ImportedFile, ImportProgress, RejectedRow } from '../../shared/model/import-report.ts';
import type { DuckdbDatabase, DuckdbWorkSession } from './duckdb-database.ts';
import {
  columnsSql,
  firstRejection,
  flatShape,
  jsonLayout,
  knownKeys,
  literal,
  rejectionReasons,
  rowCodes,
  type Shape,
  type SourceOptions,
  stageSql,
} from './duckdb-import-sql.ts';
import { storeRows } from './duckdb-intake.ts';
import { splitCsvRows } from './import-csv.ts';
import { readDocument } from './import-document.ts';
import { expectedEvidence, type Sniffed, sniff, sniffBytes } from './import-sniff.ts';
import { excerpt, findFault, maxRecordBytes, type Piece, rejection, splitLines, splitValues } from './import-split.ts';

/** Rejected rows that a report shows; all are counted. */
const maxRejectedShown = 1_000;

/** Room that unpacking a file leaves on the disk. */
const spareDiskBytes = 500_000_000;

/** What one import carries from step to step. */
interface Import {
  readonly path: string;
  readonly session: DuckdbWorkSession;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly isGzip: boolean;
  readonly tell: (phase: ImportProgress['phase'], share: number, rowsRead: number) => void;
}

/** A text source whose rows are staged: where the text lies, and which line a row of it is. */
interface Staged {
  readonly format: EvidenceFormat;
  readonly options: SourceOptions;
  /** Walks over the pieces behind the staged rows, in their order. Absent where every row is settled anyway. */
  readonly pieces: () => AsyncGenerator<Piece>;
  /** Rows that were refused before the engine saw them. */
  readonly refused: Rejections;
}

/**
 * Imports one file as `EvidenceIntake.importFile` says. The engine reads the whole file in one statement; only rows that it
 * could not settle (damaged ones, alerts, device events, arrays where a text is expected) are read one by one.
 */
export async function importFile(
  database: DuckdbDatabase,
  givenPath: string,
  context: CallContext<ImportProgress>,
): Promise<ImportedFile> {
  const path = resolve(givenPath);
  const { signal } = context;
  throwIfAborted(signal);
  const before = await statOf(path);
  const head = await readHead(path, 2);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const folder = await mkdtemp(join(dirname(database.path), 'import-'));
  const stop = new AbortController();
  const tell = (phase: ImportProgress['phase'], share: number, rowsRead: number) =>
    context.emit({ path, phase, doneBytes: Math.floor(share * before.size), totalBytes: before.size, rowsRead });
  try {
    tell('hashing', 0, 0);
    // A plain file is hashed while the engine reads it; a packed one while it is unpacked.
    const plainPath = isGzip ? join(folder, 'plain') : path;
    const hashing = isGzip
      ? unpack(path, plainPath, before.size, signal, (bytes) => tell('hashing', bytes / before.size, 0))
      : hashOf(path, AbortSignal.any([signal, stop.signal]));
    hashing.catch(() => undefined);
    if (isGzip) await hashing;
    return await database.withSession(async (session) => {
      const work: Import = { path, session, folder, signal, isGzip, tell };
      const staged = await stageFile(work, plainPath);
      const settled = await settleRows(work, staged);
      const sha256 = await hashing;
      await checkUnchanged(path, before);
      tell('storing', 1, settled.rowsRead);
      const stored = await storeRows(session, settled.rows, signal);
      const rowsStored = stored.writes + stored.renames + stored.deviceEvents + stored.alerts + stored.anomalyRecords;
      const rowsRejected = settled.rejections.count;
      const rowsDuplicate = stored.duplicate;
      return {
        path: givenPath,
        sha256,
        format: staged.format,
        isGzip,
        rowsRead: settled.rowsRead,
        rowsStored,
        rowsDuplicate,
        rowsRejected,
        rowsOther: settled.rowsRead - rowsStored - rowsDuplicate - rowsRejected,
        stored: {
          writes: stored.writes,
          renames: stored.renames,
          deviceEvents: stored.deviceEvents,
          alerts: stored.alerts,
          anomalyRecords: stored.anomalyRecords,
        },
        rejected: settled.rejections.shown(),
      };
    });
  } catch (error) {
    if (isCancelled(error)) throwIfAborted(signal);
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw fail(
        'disk-full',
        `The disk of the workspace is full: ${error.message}.`,
        'Make room and import again.',
        error,
      );
    }
    throw error;
  } finally {
    stop.abort();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rejected rows: all counted, the first ones of every source kept. */
class Rejections {
  count = 0;
  readonly #rows: RejectedRow[] = [];

  add(row: RejectedRow): void {
    this.count++;
    this.#rows.push(row);
    if (this.#rows.length > 4 * maxRejectedShown) this.#trim();
  }

  addAll(other: Rejections): void {
    this.count += other.count;
    this.#rows.push(...other.#rows);
    this.#trim();
  }

  shown(): readonly RejectedRow[] {
    this.#trim();
    return this.#rows;
  }

  #trim(): void {
    this.#rows.sort((a, b) => a.line - b.line);
    this.#rows.length = Math.min(this.#rows.length, maxRejectedShown);
  }
}

function unreadable(path: string, why: string, cause?: unknown): Failure {
  return fail('bad-input', `${path} ${why}.`, expectedEvidence, cause);
}

async function statOf(path: string): Promise<Stats> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (error) {
    throw unreadable(path, `cannot be read: ${messageOf(error)}`, error);
  }
  if (!stats.isFile()) throw unreadable(path, 'is not a file');
  return stats;
}

/** Evidence that changes while it is read has no hash that means anything. */
async function checkUnchanged(path: string, before: Stats): Promise<void> {
  const after = await statOf(path);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw fail('bad-input', `${path} changed while it was read.`, 'Import a copy that nobody writes to.');
  }
}

async function readHead(path: string, bytes: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(bytes);
      let length = 0;
      while (length < bytes) {
        const { bytesRead } = await file.read(buffer, length, bytes - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, `cannot be read: ${messageOf(error)}`, error);
  }
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Unpacks a gzip file (with its checksum checked, which the engine does not do) and returns the hash of the packed bytes. */
async function unpack(
  path: string,
  target: string,
  totalBytes: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const hash: Hash = createHash('sha256');
  const { bavail, bsize } = await statfs(dirname(target));
  const roomBytes = bavail * bsize - spareDiskBytes;
  let packed = 0;
  let unpacked = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      packed += chunk.length;
      onBytes(Math.min(packed, totalBytes));
      done(null, chunk);
    },
  });
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      if (unpacked > roomBytes) {
        done(fail('disk-full', `${path} needs more room unpacked than the disk of the workspace has.`, 'Make room.'));
      } else done(null, chunk);
    },
  });
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 1 << 20 }),
      count,
      createGunzip({ chunkSize: 1 << 20 }),
      bound,
      createWriteStream(target, { highWaterMark: 1 << 20 }),
      { signal },
    );
  } catch (error) {
    if (isCancelled(error) || error instanceof Failure) throw error;
    throw unreadable(path, `is a damaged gzip file: ${messageOf(error)}`, error);
  }
  return hash.digest('hex');
}

/** The engine reads names as patterns; a class of one character stands for that character. */
function fileSql(path: string): string {
  return literal(path.replace(/[*?[]/g, (char) => `[${char}]`));
}

async function stageFile(work: Import, plainPath: string): Promise<Staged> {
  const head = await readHead(plainPath, sniffBytes);
  const { size } = await stat(plainPath);
  const sniffed = sniff(head, head.length === size);
  throwIfAborted(work.signal);
  work.tell('reading', 0, 0);
  switch (sniffed.kind) {
    case 'unknown':
      throw unreadable(work.path, sniffed.reason);
    case 'parquet':
      return stageParquet(work, plainPath);
    case 'csv':
      return stageCsv(work, plainPath, sniffed);
    default:
      return stageJson(work, plainPath, sniffed.kind);
  }
}

/** Runs the statement that stages the file, telling how far it is. */
async function stage(work: Import, select: string): Promise<void> {
  const { session } = work;
  await session.run('DROP TABLE IF EXISTS stage');
  const timer = setInterval(() => work.tell('reading', session.progress(), 0), 200);
  try {
    await session.run(`CREATE TEMP TABLE stage AS ${select}`, [], work.signal);
  } finally {
    clearInterval(timer);
  }
}

const jsonOptions: SourceOptions = { isCsv: false };

async function stageJson(work: Import, path: string, kind: 'lines' | 'array' | 'values'): Promise<Staged> {
  const { shape, required } = jsonLayout(await sampleDocuments(path, kind, work.signal));
  const options: SourceOptions = { ...jsonOptions, required };
  const read = (file: string, isArray: boolean, isLenient: boolean) =>
    stageSql(
      `read_json(${fileSql(file)}, columns = ${columnsSql(shape)}, format = '${isArray ? 'array' : 'newline_delimited'}',
        records = true, auto_detect = false, compression = 'uncompressed', maximum_object_size = ${maxRecordBytes},
        ignore_errors = ${isLenient})`,
      shape,
      options,
    );
  const format = kind === 'lines' ? 'ndjson' : 'json';
  if (kind !== 'values') {
    try {
      await stage(work, read(path, kind === 'array', false));
      const pieces = () => (kind === 'lines' ? splitLines(path, work.signal) : splitValues(path, work.signal));
      return { format, options: jsonOptions, pieces, refused: new Rejections() };
    } catch (error) {
      if (!isDataError(error)) throw error;
    }
  }
  // Something in the file is not as it should be: look at every document, leave the bad ones out, read the rest.
  const clean = join(work.folder, 'clean');
  const refused = new Rejections();
  const lines = await salvage(work, path, kind, clean, refused);
  await stage(work, read(clean, false, true));
  return { format, options: jsonOptions, pieces: () => relined(splitLines(clean, work.signal), lines), refused };
}

/** Places of a file that a sample is taken from, and how much of each. */
const samplePlaces = 8;
const sampleBytes = 131_072;

/** Some documents from all over the file (of an array: from its start), as far as they can be parsed. */
async function sampleDocuments(
  path: string,
  kind: 'lines' | 'array' | 'values',
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { size } = await stat(path);
  const documents: Readonly<Record<string, unknown>>[] = [];
  const add = (piece: Piece) => {
    if (piece.kind !== 'record') return;
    const { value } = parseDocument(piece.bytes);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      documents.push(value as Readonly<Record<string, unknown>>);
    }
  };
  if (kind !== 'lines') {
    for await (const piece of splitValues(path, signal, undefined, sampleBytes * samplePlaces)) add(piece);
    return documents;
  }
  for (let place = 0; place < samplePlaces; place++) {
    const start = Math.floor((place * size) / samplePlaces);
    const end = Math.min(size, start + sampleBytes);
    let isFirst = start > 0;
    for await (const piece of splitLines(path, signal, undefined, { start, end })) {
      // Neither the first nor the last line of a place need be whole.
      if (!isFirst) add(piece);
      isFirst = false;
    }
    if (end === size) break;
  }
  return documents;
}

/** Whether the engine refused the data (and not we the call, or the disk the space). */
function isDataError(error: unknown): boolean {
  return !(error instanceof Failure) && /^(Invalid Input|Conversion|IO|Invalid) Error/i.test(messageOf(error));
}

/** Which line of the given file a line of the cleaned one is: kept only where the distance changes. */
interface LineMap {
  readonly from: number[];
  readonly line: number[];
}

async function* relined(pieces: AsyncGenerator<Piece>, map: LineMap): AsyncGenerator<Piece> {
  let ordinal = 0;
  let at = 0;
  for await (const piece of pieces) {
    while (at + 1 < map.from.length && (map.from[at + 1] ?? 0) <= ordinal) at++;
    const line = (map.line[at] ?? 1) + ordinal - (map.from[at] ?? 0);
    yield piece.kind === 'record' ? { ...piece, line } : { ...piece, row: { ...piece.row, line } };
    ordinal++;
  }
}

/** What is wrong with a line that is a number: the engine stumbles over a large one and misreads the line behind it. */
function bareNumberFault(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 64).toString('latin1');
  if (!/^\s*-?\d/.test(start)) return undefined;
  return parseDocument(bytes).fault ?? 'not a JSON object';
}

async function salvage(
  work: Import,
  path: string,
  kind: 'lines' | 'array' | 'values',
  target: string,
  refused: Rejections,
): Promise<LineMap> {
  const keys = knownKeys();
  const map: LineMap = { from: [], line: [] };
  const { size } = await stat(path);
  const out = makeLineWriter(target);
  let kept = 0;
  let expected = Number.NaN;
  const onBytes = (bytes: number) => work.tell('reading', bytes / size, kept);
  const pieces = kind === 'lines' ? splitLines(path, work.signal, onBytes) : splitValues(path, work.signal, onBytes);
  try {
    for await (const piece of pieces) {
      if (piece.kind === 'rejected') {
        refused.add(piece.row);
        continue;
      }
      const fault = findFault(piece.bytes, keys) ?? bareNumberFault(piece.bytes);
      if (fault !== undefined) {
        const refusedPiece = rejection(piece.line, fault, piece.bytes);
        if (refusedPiece.kind === 'rejected') refused.add(refusedPiece.row);
        continue;
      }
      if (piece.line !== expected) {
        map.from.push(kept);
        map.line.push(piece.line);
      }
      expected = piece.line + 1;
      kept++;
      await out.write(piece.bytes);
    }
  } finally {
    await out.end();
  }
  return map;
}

/** Writes lines in large blocks. */
function makeLineWriter(path: string) {
  const stream: WriteStream = createWriteStream(path, { highWaterMark: 1 << 20 });
  const failed = new Promise<never>((_resolve, reject) => stream.on('error', reject));
  failed.catch(() => undefined);
  let lines = 0;
  const lineEnd = Buffer.from('\n');
  return {
    get lines() {
      return lines;
    },
    async write(bytes: Buffer): Promise<void> {
      lines++;
      stream.write(bytes);
      if (!stream.write(lineEnd)) {
        await Promise.race([failed, new Promise<void>((resolve) => stream.once('drain', resolve))]);
      }
    },
    async end(): Promise<void> {
      await Promise.race([failed, new Promise<void>((resolve) => stream.end(resolve))]);
    },
  };
}

async function stageCsv(work: Import, path: string, sniffed: Sniffed & { kind: 'csv' }): Promise<Staged> {
  const options: SourceOptions = { isCsv: true };
  const names = uniqueNames(sniffed.header);
  const shape: Shape = new Map(names.map((name) => [name, 'text']));
  const { session } = work;
  const layout = { delimiter: sniffed.delimiter, columns: names.length };
  const refused = new Rejections();
  let rows = () => splitCsvRows(path, layout, work.signal);
  if ((await readCsv(work, path, sniffed.delimiter, names)) > 0) {
    // Some rows are no rows: leave them out one by one, with their lines, and read the rest.
    const clean = join(work.folder, 'clean');
    const map = await salvageCsv(rows(), clean, sniffed, refused);
    const left = await readCsv(work, clean, sniffed.delimiter, names);
    if (left > 0) throw unreadable(work.path, `looks like CSV, but ${left} of its rows cannot be read as such`);
    rows = () => relined(splitCsvRows(clean, layout, work.signal), map);
  }
  await stage(work, stageSql('csv_rows', shape, options));
  return { format: 'csv', options, pieces: () => csvDocuments(session, rows(), work.signal), refused };
}

/** Reads a CSV into the table `csv_rows` and returns how many rows the engine could not read. */
async function readCsv(work: Import, path: string, delimiter: string, names: readonly string[]): Promise<number> {
  const { session } = work;
  const columns = `{${names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
  await session.run(
    'DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans; DROP TABLE IF EXISTS csv_rows',
  );
  const timer = setInterval(() => work.tell('reading', session.progress(), 0), 200);
  try {
    await session.run(
      `CREATE TEMP TABLE csv_rows AS FROM read_csv(${fileSql(path)}, columns = ${columns}, header = true, auto_detect = false,
        delim = ${literal(delimiter)}, quote = '"', escape = '"', compression = 'none', null_padding = false,
        strict_mode = true, max_line_size = ${maxRecordBytes}, store_rejects = true, rejects_limit = 0)`,
      [],
      work.signal,
    );
  } catch (error) {
    if (!isDataError(error)) throw error;
    return 1;
  } finally {
    clearInterval(timer);
  }
  const [errors] = await session.all<{ n: number }>('SELECT count(*) AS n FROM reject_errors');
  return errors?.n ?? 0;
}

async function salvageCsv(
  rows: AsyncGenerator<Piece>,
  target: string,
  { header, delimiter }: { readonly header: readonly string[]; readonly delimiter: string },
  refused: Rejections,
): Promise<LineMap> {
  const map: LineMap = { from: [], line: [] };
  const out = makeLineWriter(target);
  let kept = 0;
  let expected = Number.NaN;
  try {
    await out.write(Buffer.from(header.map((name) => `"${name.replaceAll('"', '""')}"`).join(delimiter)));
    for await (const row of rows) {
      if (row.kind === 'rejected') {
        refused.add(row.row);
        continue;
      }
      if (row.line !== expected) {
        map.from.push(kept);
        map.line.push(row.line);
      }
      // Only a row on one line is followed by the next number.
      expected = row.bytes.includes(0x0a) ? Number.NaN : row.line + 1;
      kept++;
      await out.write(row.bytes.at(-1) === 0x0d ? row.bytes.subarray(0, -1) : row.bytes);
    }
  } finally {
    await out.end();
  }
  return map;
}

/** Column names of a header, each once: a repeated or empty one gets a number. */
function uniqueNames(header: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return header.map((name, index) => {
    // A NUL would end the statement that names the columns.
    let unique = name === '' ? `column ${index + 1}` : name.replaceAll('\u0000', '\ufffd');
    while (seen.has(unique.toLowerCase())) unique = `${unique} (${index + 1})`;
    seen.add(unique.toLowerCase());
    return unique;
  });
}

/** The rows of `csv_rows` as JSON documents, each with the line it starts at. */
async function* csvDocuments(
  session: DuckdbWorkSession,
  rows: AsyncGenerator<Piece>,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const rowsAtOnce = 2_000;
  for (let offset = 0; ; offset += rowsAtOnce) {
    const documents = await session.all<{ json: string }>(
      'SELECT CAST(to_json(r) AS VARCHAR) AS json FROM csv_rows r WHERE rowid >= $1 AND rowid < $2 ORDER BY rowid',
      [offset, offset + rowsAtOnce],
      signal,
    );
    for (const { json } of documents) {
      const place = await rows.next();
      const line = place.done ? 0 : place.value.kind === 'record' ? place.value.line : place.value.row.line;
      yield { kind: 'record', line, bytes: Buffer.from(json) };
    }
    if (documents.length < rowsAtOnce) return;
  }
}

/** The shape of a Parquet file, from the types of its columns. */
function shapeOf(entries: readonly { readonly name: string; readonly type: DuckDBType }[]): Shape {
  const shape = new Map<string, Shape | 'text' | 'list'>();
  for (const { name, type } of entries) {
    if (type.typeId === DuckDBTypeId.STRUCT) {
      const { entryNames, entryTypes } = type as unknown as { entryNames: string[]; entryTypes: DuckDBType[] };
      const below = entryNames.flatMap((entry, index) => {
        const entryType = entryTypes[index];
        return entryType ? [{ name: entry, type: entryType }] : [];
      });
      shape.set(name, shapeOf(below));
    } else if (type.typeId === DuckDBTypeId.LIST) {
      const { valueType } = type as unknown as { valueType: DuckDBType };
      shape.set(name, isNested(valueType) ? 'text' : 'list');
    } else shape.set(name, 'text');
  }
  return shape;
}

const isNested = (type: DuckDBType) =>
  type.typeId === DuckDBTypeId.STRUCT || type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.MAP;

async function stageParquet(work: Import, path: string): Promise<Staged> {
  const source = `read_parquet(${fileSql(path)})`;
  const { session } = work;
  try {
    const shape = shapeOf(await session.describe(`FROM ${source}`));
    await stage(work, stageSql(source, shape, jsonOptions));
  } catch (error) {
    if (error instanceof Failure && (error.code === 'cancelled' || error.code === 'disk-full')) throw error;
    throw unreadable(work.path, `is a Parquet file that cannot be read: ${messageOf(error).split('\n')[0]}`, error);
  }
  const pieces = async function* (): AsyncGenerator<Piece> {
    const rowsAtOnce = 2_000;
    for (let offset = 0; ; offset += rowsAtOnce) {
      const rows = await session.all<{ json: string }>(
        `SELECT CAST(to_json(r) AS VARCHAR) AS json FROM (
           SELECT * EXCLUDE (portside_row) FROM read_parquet(${fileSql(path)}, file_row_number = 'portside_row')
           WHERE portside_row >= $1 AND portside_row < $2 ORDER BY portside_row) r`,
        [offset, offset + rowsAtOnce],
        work.signal,
      );
      for (const [index, { json }] of rows.entries()) {
        yield { kind: 'record', line: offset + index + 1, bytes: Buffer.from(json) };
      }
      if (rows.length < rowsAtOnce) return;
    }
  };
  return { format: 'parquet', options: jsonOptions, pieces, refused: new Rejections() };
}

/** Rows that are ready to be stored: `stage` holds the writes, the files hold the few others, a JSON document a line. */
export interface SettledRows {
  readonly deviceEvents: string | undefined;
  readonly alerts: string | undefined;
  readonly anomalyRecords: string | undefined;
}

/** Reads the rows that the engine could not settle, and gives every rejected row its line. */
async function settleRows(
  work: Import,
  staged: Staged,
): Promise<{ readonly rowsRead: number; readonly rejections: Rejections; readonly rows: SettledRows }> {
  const { session, signal } = work;
  const [total] = await session.all<{ rows: number }>('SELECT count(*) AS rows FROM stage', [], signal);
  const rowsRead = (total?.rows ?? 0) + staged.refused.count;
  const rejections = staged.refused;
  const open = await session.columns(
    `SELECT CAST(rowid AS DOUBLE) AS ordinal, CAST(code AS DOUBLE) AS code FROM stage
     WHERE code >= ${rowCodes.unsettled} ORDER BY rowid`,
    [],
    signal,
  );
  work.tell('reading', 1, rowsRead);
  const none = { deviceEvents: undefined, alerts: undefined, anomalyRecords: undefined };
  if (open.rowCount === 0) return { rowsRead, rejections, rows: none };

  const ordinals = open.column('ordinal') as Float64Array;
  const codes = open.column('code') as Float64Array;
  const paths = {
    candidates: join(work.folder, 'candidates'),
    deviceEvents: join(work.folder, 'device-events'),
    alerts: join(work.folder, 'alerts'),
    anomalyRecords: join(work.folder, 'anomaly-records'),
  };
  const writers = {
    candidates: makeLineWriter(paths.candidates),
    deviceEvents: makeLineWriter(paths.deviceEvents),
    alerts: makeLineWriter(paths.alerts),
    anomalyRecords: makeLineWriter(paths.anomalyRecords),
  };
  // Places of the candidates; what was there only as long as a report could still show it.
  const candidateLines: number[] = [];
  const candidateTexts: string[] = [];
  const documentOptions = {
    isCsv: staged.options.isCsv,
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
  };
  let ordinal = 0;
  let at = 0;
  for await (const piece of staged.pieces()) {
    if (at >= ordinals.length) break;
    if (ordinal++ !== ordinals[at]) continue;
    const code = codes[at++] ?? rowCodes.unsettled;
    if (piece.kind === 'rejected') {
      rejections.add(piece.row);
      continue;
    }
    if (code >= firstRejection) {
      rejections.add(rejectedRow(piece.line, rejectionReasons[code - firstRejection] ?? 'not readable', piece.bytes));
      continue;
    }
    const parsed = parseDocument(piece.bytes);
    const document =
      parsed.fault === undefined
        ? readDocument(parsed.value, documentOptions)
        : ({ kind: 'rejected', reason: parsed.fault } as const);
    if (document.kind === 'rejected') rejections.add(rejectedRow(piece.line, document.reason, piece.bytes));
    else if (document.kind === 'candidate') {
      candidateLines.push(piece.line);
      if (candidateTexts.length < 10 * maxRejectedShown) {
        candidateTexts.push(excerpt(piece.bytes.subarray(0, 400).toString('utf8')));
      }
      await writers.candidates.write(Buffer.from(JSON.stringify(document.texts)));
    } else if (document.kind === 'device-event') {
      await writers.deviceEvents.write(Buffer.from(JSON.stringify(document.event)));
    } else if (document.kind === 'alert') await writers.alerts.write(Buffer.from(JSON.stringify(document.alert)));
    else if (document.kind === 'anomaly-record') {
      await writers.anomalyRecords.write(Buffer.from(JSON.stringify(document.record)));
    }
  }
  for (const writer of Object.values(writers)) await writer.end();
  if (at < ordinals.length) throw new Error(`${ordinals.length - at} rows of ${work.path} were not found again.`);

  if (writers.candidates.lines > 0) {
    const shape = flatShape();
    const source = `read_json(${fileSql(paths.candidates)}, columns = ${columnsSql(shape)}, format = 'newline_delimited',
      auto_detect = false, compression = 'uncompressed', maximum_object_size = ${2 * maxRecordBytes})`;
    await session.run(
      `CREATE TEMP TABLE late AS ${stageSql(source, shape, { isCsv: staged.options.isCsv, isSettled: true })}`,
    );
    const late = await session.all<{ ordinal: number; code: number }>(
      `SELECT rowid AS ordinal, code FROM late WHERE code >= ${rowCodes.unsettled} ORDER BY rowid`,
    );
    for (const { ordinal: index, code } of late) {
      rejections.add({
        line: candidateLines[index] ?? 0,
        reason: rejectionReasons[code - firstRejection] ?? 'not readable',
        found: candidateTexts[index],
      });
    }
    await session.run('INSERT INTO stage SELECT * FROM late');
  }
  return {
    rowsRead,
    rejections,
    rows: {
      deviceEvents: writers.deviceEvents.lines > 0 ? fileSql(paths.deviceEvents) : undefined,
      alerts: writers.alerts.lines > 0 ? fileSql(paths.alerts) : undefined,
      anomalyRecords: writers.anomalyRecords.lines > 0 ? fileSql(paths.anomalyRecords) : undefined,
    },
  };
}

function rejectedRow(line: number, reason: string, bytes: Buffer): RejectedRow {
  return { line, reason, found: excerpt(bytes.subarray(0, 800).toString('utf8')) };
}

function parseDocument(bytes: Buffer): { readonly value: unknown; readonly fault: string | undefined } {
  try {
    return { value: JSON.parse(bytes.toString('utf8')) as unknown, fault: undefined };
  } catch (error) {
    return { value: undefined, fault: `not JSON: ${excerpt(messageOf(error))}` };
  }
}
