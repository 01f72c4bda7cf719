import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { Failure, fail, messageOf } from '../../shared/base/failure.ts';
import type { EvidenceFormat } from '../../shared/model/import-report.ts';
import type { DuckdbWorkSession } from './duckdb-database.ts';
import { parseJson, type Settler } from './duckdb-import-settle.ts';
import { columnsSql, fileSql, jsonLayout, knownKeys, literal, type Shape } from './duckdb-import-sql.ts';
import type { Stage } from './duckdb-import-stage.ts';
import { splitCsvRows } from './import-csv.ts';
import { makeLineWriter } from './import-lines.ts';
import { cutIntoParts } from './import-parts.ts';
import { expectedEvidence, type Sniffed, splitCsvLine } from './import-sniff.ts';
import { findFault, maxRecordBytes, type Piece, rejection, splitLines, splitValues } from './import-split.ts';

/** What the rows of one file are read with. */
export interface Reading {
  /** Name of the file in messages. */
  readonly path: string;
  readonly session: DuckdbWorkSession;
  readonly stage: Stage;
  readonly settler: Settler;
  /** For files that end with the import. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told how much is read, 0 to 1, where the engine cannot know. */
  readonly onProgress: (share: number) => void;
}

type JsonKind = 'lines' | 'array' | 'values';

/**
 * Puts the rows of a file that lies unpacked at `file` on the stage and settles them. The engine reads it in one statement; what it
 * trips over is left out, counted and named by line. Fails with `bad-input` where the file is none of its kind.
 */
export async function readRows(
  reading: Reading,
  file: string,
  sniffed: Exclude<Sniffed, { kind: 'unknown' }>,
): Promise<EvidenceFormat> {
  switch (sniffed.kind) {
    case 'parquet':
      return readParquet(reading, file);
    case 'csv':
      return readCsv(reading, file, sniffed);
    default:
      return readJson(reading, file, sniffed.kind);
  }
}

/** As `readRows`, for JSON documents a line that come as a stream of bytes: they need only pass through the disk in parts. */
export async function readLines(reading: Reading, chunks: AsyncIterable<Buffer>): Promise<EvidenceFormat> {
  for await (const part of cutIntoParts(chunks, reading.folder, reading.signal)) {
    if (!(await tryJson(reading, part.path, 'lines', part.linesBefore))) {
      await salvageJson(reading, part.path, 'lines', part.linesBefore);
    }
    await rm(part.path);
  }
  return 'ndjson';
}

/** As `readLines`, for a small file with a document on each of its lines. Says which line each staged row came from. */
export async function readDocuments(reading: Reading, file: string): Promise<LineMap> {
  if (await tryJson(reading, file, 'lines', 0)) return { from: [0], line: [1] };
  return salvageJson(reading, file, 'lines', 0);
}

async function readJson(reading: Reading, file: string, kind: JsonKind): Promise<EvidenceFormat> {
  const { signal } = reading;
  const isRead = kind !== 'values' && (await tryJson(reading, file, kind, 0));
  if (kind === 'lines') {
    // Something in the file is not as it should be: only the parts that have it are looked at closely.
    if (!isRead)
      await readLines(reading, withProgress(reading, file, createReadStream(file, { highWaterMark: 1 << 20, signal })));
    return 'ndjson';
  }
  if (!isRead) await salvageJson(reading, file, kind, 0);
  return 'json';
}

async function* withProgress(reading: Reading, file: string, chunks: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  const { size } = await stat(file);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += (chunk as Buffer).length;
    reading.onProgress(bytes / size);
    yield chunk as Buffer;
  }
}

const settledJson = { parse: parseJson, isCsv: false } as const;

/** Reads all documents of a file, or none and says so: then there is one that the engine cannot read. */
async function tryJson(
  { stage, settler, signal }: Reading,
  file: string,
  kind: 'lines' | 'array',
  linesBefore: number,
): Promise<boolean> {
  const { shape, required } = jsonLayout(await sampleDocuments(file, kind, signal));
  const first = stage.rows;
  try {
    await stage.add(jsonSql(file, shape, kind === 'array', false), shape, { isCsv: false, required });
  } catch (error) {
    if (!isDataError(error)) throw error;
    return false;
  }
  const pieces = () => (kind === 'lines' ? after(splitLines(file, signal), linesBefore) : splitValues(file, signal));
  await settler.settle(first, { ...settledJson, pieces });
  return true;
}

function jsonSql(file: string, shape: Shape, isArray: boolean, isLenient: boolean): string {
  return `read_json(${fileSql(file)}, columns = ${columnsSql(shape)}, format = '${isArray ? 'array' : 'newline_delimited'}',
    records = true, auto_detect = false, compression = 'uncompressed', maximum_object_size = ${maxRecordBytes},
    ignore_errors = ${isLenient})`;
}

/** Places of a file that a sample is taken from, and how much of each. */
const samplePlaces = 8;
const sampleBytes = 131_072;

/** Some documents from all over the file (of an array: from its start), as far as they can be parsed. */
async function sampleDocuments(
  path: string,
  kind: JsonKind,
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { size } = await stat(path);
  const documents: Readonly<Record<string, unknown>>[] = [];
  const add = (piece: Piece) => {
    if (piece.kind !== 'record') return;
    const { value } = parseJson(piece.bytes);
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

/** Which line of the given file a row is that was read, by its number from 0: kept only where the distance changes. */
export interface LineMap {
  readonly from: readonly number[];
  readonly line: readonly number[];
}

/** Gives the lines of rows that are asked for in rising order. */
export function makeLineReader({ from, line }: LineMap): (row: number) => number {
  let at = 0;
  return (row) => {
    while (at + 1 < from.length && (from[at + 1] ?? 0) <= row) at++;
    return (line[at] ?? 1) + row - (from[at] ?? 0);
  };
}

async function* relined(pieces: AsyncGenerator<Piece>, map: LineMap): AsyncGenerator<Piece> {
  const lineOf = makeLineReader(map);
  let row = 0;
  for await (const piece of pieces) yield placed(piece, lineOf(row++));
}

async function* after(pieces: AsyncGenerator<Piece>, linesBefore: number): AsyncGenerator<Piece> {
  for await (const piece of pieces) yield placed(piece, linesBefore + placeOf(piece));
}

const placeOf = (piece: Piece) => (piece.kind === 'record' ? piece.line : piece.row.line);

const placed = (piece: Piece, line: number): Piece =>
  piece.kind === 'record' ? { ...piece, line } : { ...piece, row: { ...piece.row, line } };

/** Looks at every document of a file, leaves the bad ones out and reads the rest. */
async function salvageJson(reading: Reading, file: string, kind: JsonKind, linesBefore: number): Promise<LineMap> {
  const { stage, settler, signal } = reading;
  const clean = join(reading.folder, 'clean');
  const map = { from: [] as number[], line: [] as number[] };
  const { size } = await stat(file);
  const out = makeLineWriter(clean);
  let expected = Number.NaN;
  const onBytes = (bytes: number) => reading.onProgress(bytes / size);
  const pieces = kind === 'lines' ? after(splitLines(file, signal), linesBefore) : splitValues(file, signal, onBytes);
  try {
    for await (const piece of pieces) {
      const checked = piece.kind === 'record' ? checkDocument(piece) : piece;
      if (checked.kind === 'rejected') {
        settler.refuse(checked.row);
        continue;
      }
      if (checked.line !== expected) {
        map.from.push(out.lines);
        map.line.push(checked.line);
      }
      expected = checked.line + 1;
      await out.write(checked.bytes);
    }
  } finally {
    await out.end();
  }
  if (out.lines > 0) {
    const { shape, required } = jsonLayout(await sampleDocuments(clean, 'lines', signal));
    const first = stage.rows;
    await stage.add(jsonSql(clean, shape, false, true), shape, { isCsv: false, required });
    await settler.settle(first, { ...settledJson, pieces: () => relined(splitLines(clean, signal), map) });
  }
  await rm(clean);
  return map;
}

const keys = knownKeys();

/** The document, or why it is none that the engine may be given. */
export function checkDocument(piece: Piece & { kind: 'record' }): Piece {
  const fault = findFault(piece.bytes, keys) ?? bareNumberFault(piece.bytes);
  return fault === undefined ? piece : rejection(piece.line, fault, piece.bytes);
}

/** What is wrong with a line that is a number: the engine stumbles over a large one and misreads the line behind it. */
function bareNumberFault(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 64).toString('latin1');
  if (!/^\s*-?\d/.test(start)) return undefined;
  return parseJson(bytes).fault ?? 'not a JSON object';
}

async function readCsv(reading: Reading, file: string, sniffed: Sniffed & { kind: 'csv' }): Promise<EvidenceFormat> {
  const { stage, settler, signal } = reading;
  const names = uniqueNames(sniffed.header);
  const { delimiter } = sniffed;
  const layout = { delimiter, columns: names.length };
  const first = stage.rows;
  let rows = () => splitCsvRows(file, layout, signal);
  if (!(await tryCsv(reading, file, delimiter, names))) {
    // Some rows are no rows: leave them out one by one, with their lines, and read the rest.
    const clean = join(reading.folder, 'clean');
    const map = await salvageCsv(rows(), clean, sniffed, settler);
    if (!(await tryCsv(reading, clean, delimiter, names))) {
      throw fail(
        'bad-input',
        `${reading.path} looks like CSV, but some of its rows cannot be read as such.`,
        expectedEvidence,
      );
    }
    rows = () => relined(splitCsvRows(clean, layout, signal), map);
  }
  const parse = (bytes: Buffer) => {
    const text = bytes.toString('utf8').replace(/\r$/, '');
    const values = splitCsvLine(text, delimiter) ?? [];
    return { value: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])), fault: undefined };
  };
  await settler.settle(first, { pieces: rows, parse, isCsv: true });
  return 'csv';
}

/** Reads all rows of a CSV, or none and says so: then there is one that the engine cannot read. */
async function tryCsv({ stage }: Reading, file: string, delimiter: string, names: readonly string[]): Promise<boolean> {
  const shape: Shape = new Map(names.map((name) => [name, 'text']));
  const columns = `{${names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
  try {
    await stage.add(
      `read_csv(${fileSql(file)}, columns = ${columns}, header = true, auto_detect = false, delim = ${literal(delimiter)},
        quote = '"', escape = '"', compression = 'none', null_padding = false, strict_mode = true,
        max_line_size = ${maxRecordBytes})`,
      shape,
      { isCsv: true },
    );
    return true;
  } catch (error) {
    if (!isDataError(error)) throw error;
    return false;
  }
}

async function salvageCsv(
  rows: AsyncGenerator<Piece>,
  target: string,
  { header, delimiter }: { readonly header: readonly string[]; readonly delimiter: string },
  settler: Settler,
): Promise<LineMap> {
  const map = { from: [] as number[], line: [] as number[] };
  const out = makeLineWriter(target);
  let kept = 0;
  let expected = Number.NaN;
  try {
    await out.write(Buffer.from(header.map((name) => `"${name.replaceAll('"', '""')}"`).join(delimiter)));
    for await (const row of rows) {
      if (row.kind === 'rejected') {
        settler.refuse(row.row);
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

async function readParquet({ path, session, stage, settler, signal }: Reading, file: string): Promise<EvidenceFormat> {
  const source = `read_parquet(${fileSql(file)})`;
  const first = stage.rows;
  const rowNumber = 'file_row_number';
  let hasOwnNumber = false;
  try {
    const columns = await session.describe(`FROM ${source}`);
    hasOwnNumber = columns.some(({ name }) => name.toLowerCase() === rowNumber);
    await stage.add(source, shapeOf(columns), { isCsv: false });
  } catch (error) {
    if (error instanceof Failure && (error.code === 'cancelled' || error.code === 'disk-full')) throw error;
    throw fail(
      'bad-input',
      `${path} is a Parquet file that cannot be read: ${messageOf(error).split('\n')[0]}.`,
      expectedEvidence,
      error,
    );
  }
  const pieces = async function* (): AsyncGenerator<Piece> {
    const rowsAtOnce = 2_000;
    // The engine cannot number the rows of a file that has a column of the number's name.
    const page = hasOwnNumber
      ? `FROM ${source} LIMIT $2 - $1 OFFSET $1`
      : `SELECT * EXCLUDE (${rowNumber}) FROM read_parquet(${fileSql(file)}, ${rowNumber} = true)
         WHERE ${rowNumber} >= $1 AND ${rowNumber} < $2 ORDER BY ${rowNumber}`;
    for (let offset = 0; ; offset += rowsAtOnce) {
      const rows = await session.all<{ json: string }>(
        `SELECT CAST(to_json(r) AS VARCHAR) AS json FROM (${page}) r`,
        [offset, offset + rowsAtOnce],
        signal,
      );
      for (const [index, { json }] of rows.entries()) {
        yield { kind: 'record', line: offset + index + 1, bytes: Buffer.from(json) };
      }
      if (rows.length < rowsAtOnce) return;
    }
  };
  await settler.settle(first, { ...settledJson, pieces });
  return 'parquet';
}
