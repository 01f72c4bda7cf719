import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Failure, isCancelled, throwIfAborted } from '../../shared/base/failure.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { EvidenceFormat, FileOutcome, ImportedFile, ImportProgress } from '../../shared/model/import-report.ts';
import type { DuckdbDatabase, DuckdbWorkSession } from './duckdb-database.ts';
import { importAlone, withImportFolder } from './duckdb-import.ts';
import { checkDocument, type LineMap, makeLineReader, readDocuments } from './duckdb-import-read.ts';
import { type RowFileName, Settler } from './duckdb-import-settle.ts';
import { makeStage } from './duckdb-import-stage.ts';
import { isWriteRow, rowNumbers, type StoredRows, storeRows } from './duckdb-intake.ts';
import { failedOutcome } from './import-each.ts';
import { readSmall, unreadable } from './import-file.ts';
import { isGzipHead } from './import-gzip.ts';
import { type LineWriter, makeLineWriter } from './import-lines.ts';
import { Rejections } from './import-rejections.ts';
import { sniff, sniffBytes } from './import-sniff.ts';
import { type Piece, splitText } from './import-split.ts';

/** Files of at most so many bytes, packed and unpacked, are read together with others. */
const maxSmallBytes = 1_000_000;

/** A transaction ends with the file that brings it to one of these: bytes and rows bound memory, files the time between reports. */
const maxBundle = { bytes: 48_000_000, rows: 200_000, files: 20_000 } as const;

/** Files that are read ahead. */
const filesAhead = 16;

/** Time between two reports of progress, in milliseconds. */
const progressMs = 200;

type KindCounts = Record<keyof Omit<StoredRows, 'duplicate'>, number>;

/** A small file of documents, read whole. */
interface SmallFile {
  readonly path: string;
  readonly sha256: string;
  readonly format: EvidenceFormat;
  readonly isGzip: boolean;
  readonly bytes: number;
  readonly pieces: readonly Piece[];
}

/** What is found out about a file before anything of it is stored. `alone`: it must be imported by itself. */
type Taken = SmallFile | 'alone' | Failure;

/**
 * Imports files from the first on, as `EvidenceIntake.importFiles` says. Small ones of documents are written into one file, which the
 * engine reads at once; whose a row is, is told by its line there.
 */
export function importFiles(
  database: DuckdbDatabase,
  paths: readonly string[],
  context: CallContext<ImportProgress>,
): Promise<readonly FileOutcome[]> {
  return database.importing(() =>
    withImportFolder(database, context.signal, (folder) => importSome(database, paths, folder, context)),
  );
}

async function importSome(
  database: DuckdbDatabase,
  paths: readonly string[],
  folder: string,
  context: CallContext<ImportProgress>,
): Promise<readonly FileOutcome[]> {
  const { signal } = context;
  const bundle = new Bundle(join(folder, 'bundle'));
  const refused = new Map<number, Failure>();
  let taken = 0;
  let toldMs = performance.now();
  const tell = (phase: ImportProgress['phase']) =>
    context.emit({
      path: paths[Math.max(0, taken - 1)] ?? '',
      phase,
      doneBytes: bundle.bytes,
      totalBytes: bundle.bytes,
      rowsRead: bundle.lines,
      filesRead: taken,
    });
  try {
    for await (const file of takenAhead(paths, signal)) {
      if (file === 'alone') break;
      if (file instanceof Failure) refused.set(taken, file);
      else await bundle.add(file);
      taken++;
      if (performance.now() - toldMs > progressMs) {
        toldMs = performance.now();
        tell('reading');
      }
      if (bundle.isFull || taken >= maxBundle.files) break;
    }
  } finally {
    await bundle.end();
  }
  throwIfAborted(signal);
  const [first] = paths;
  if (taken === 0 && first !== undefined) {
    return [await outcomeOf(first, () => importAlone(database, first, folder, context))];
  }
  tell('storing');
  const imported = bundle.files.length > 0 ? await storeBundle(database, bundle, folder, signal) : [];
  const files = imported.values();
  return paths.slice(0, taken).map((path, index): FileOutcome => {
    const failure = refused.get(index);
    if (failure) return failedOutcome(path, failure);
    const { value: file } = files.next();
    if (!file) throw new Error(`${path} has no report.`);
    return { kind: 'imported', file };
  });
}

async function outcomeOf(path: string, work: () => Promise<ImportedFile>): Promise<FileOutcome> {
  try {
    return { kind: 'imported', file: await work() };
  } catch (error) {
    if (isCancelled(error) || !(error instanceof Failure) || error.code !== 'bad-input') throw error;
    return failedOutcome(path, error);
  }
}

/** Reads files in their order, some ahead. */
async function* takenAhead(paths: readonly string[], signal: AbortSignal): AsyncGenerator<Taken> {
  const ahead: Promise<Taken>[] = [];
  let next = 0;
  try {
    for (;;) {
      while (ahead.length < filesAhead && next < paths.length) {
        const reading = take(paths[next++] ?? '');
        // A failure is told when its turn has come.
        reading.catch(() => undefined);
        ahead.push(reading);
      }
      const first = ahead.shift();
      if (!first) return;
      throwIfAborted(signal);
      yield await first;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

const unpack = promisify(gunzip);

async function take(givenPath: string): Promise<Taken> {
  const path = resolve(givenPath);
  let packed: Buffer | undefined;
  try {
    packed = await readSmall(path, maxSmallBytes);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  if (!packed) return 'alone';
  const isGzip = isGzipHead(packed);
  // What is large or damaged inside is found out, and told, where files are read by themselves.
  const text = isGzip ? await unpack(packed, { maxOutputLength: maxSmallBytes }).catch(() => undefined) : packed;
  if (!text) return 'alone';
  const sniffed = sniff(text.subarray(0, sniffBytes), text.length <= sniffBytes);
  if (sniffed.kind === 'unknown') return unreadable(path, sniffed.reason);
  if (sniffed.kind === 'csv' || sniffed.kind === 'parquet') return 'alone';
  const pieces = [...splitText(text, sniffed.kind === 'lines' ? 'lines' : 'values')];
  return {
    path: givenPath,
    sha256: createHash('sha256').update(packed).digest('hex'),
    format: sniffed.kind === 'lines' ? 'ndjson' : 'json',
    isGzip,
    bytes: text.length,
    pieces:
      sniffed.kind === 'values'
        ? pieces.map((piece) => (piece.kind === 'record' ? checkDocument(piece) : piece))
        : pieces,
  };
}

const noCounts = (): KindCounts => ({ writes: 0, renames: 0, deviceEvents: 0, alerts: 0, anomalyRecords: 0 });

/** A file of the bundle and what is counted of its rows. */
class BundledFile {
  readonly rejections = new Rejections();
  readonly stored = noCounts();
  /** Rows that are evidence, stored or there already. */
  evidence = 0;
  readonly #file: Omit<SmallFile, 'pieces'>;
  readonly #rows: number;

  constructor({ pieces, ...file }: SmallFile) {
    this.#file = file;
    this.#rows = pieces.length;
  }

  report(): ImportedFile {
    const { path, sha256, format, isGzip } = this.#file;
    const rowsStored = Object.values(this.stored).reduce((total, count) => total + count, 0);
    const rowsRejected = this.rejections.count;
    return {
      path,
      sha256,
      format,
      isGzip,
      rowsRead: this.#rows,
      rowsStored,
      rowsDuplicate: this.evidence - rowsStored,
      rowsRejected,
      rowsOther: this.#rows - this.evidence - rowsRejected,
      stored: this.stored,
      rejected: this.rejections.shown(),
    };
  }
}

/** Documents of many files, a line each, and where each line came from. */
class Bundle {
  readonly path: string;
  readonly files: BundledFile[] = [];
  bytes = 0;
  readonly #out: LineWriter;
  /** Lines from this one on, from 0, are of the file with this number, and on these lines of it: kept where one of these changes. */
  readonly #runs: { readonly from: number; readonly file: BundledFile; readonly line: number }[] = [];

  constructor(path: string) {
    this.path = path;
    this.#out = makeLineWriter(path);
  }

  get lines(): number {
    return this.#out.lines;
  }

  get isFull(): boolean {
    return this.bytes >= maxBundle.bytes || this.lines >= maxBundle.rows;
  }

  async add(small: SmallFile): Promise<void> {
    const file = new BundledFile(small);
    this.files.push(file);
    this.bytes += small.bytes;
    let expected = Number.NaN;
    for (const piece of small.pieces) {
      if (piece.kind === 'rejected') {
        file.rejections.reject(piece.row);
        continue;
      }
      if (piece.line !== expected) this.#runs.push({ from: this.lines, file, line: piece.line });
      expected = piece.line + 1;
      await this.#out.write(piece.bytes);
    }
  }

  end(): Promise<void> {
    return this.#out.end();
  }

  /** Whose a line is, from 0, and which line it is there. */
  placeOf(bundleLine: number): { readonly file: BundledFile; readonly line: number } {
    let low = 0;
    let high = this.#runs.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle]?.from ?? 0) <= bundleLine) low = middle;
      else high = middle;
    }
    const run = this.#runs[low];
    if (!run) throw new Error(`Line ${bundleLine} is of no file.`);
    return { file: run.file, line: run.line + bundleLine - run.from };
  }
}

async function storeBundle(
  database: DuckdbDatabase,
  bundle: Bundle,
  folder: string,
  signal: AbortSignal,
): Promise<readonly ImportedFile[]> {
  if (bundle.lines > 0) await database.withSession((session) => storeLines(session, bundle, folder, signal));
  return bundle.files.map((file) => file.report());
}

async function storeLines(
  session: DuckdbWorkSession,
  bundle: Bundle,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const stage = await makeStage(session, () => undefined, signal);
  /** Lines of the bundle, from 0, of rows that were read one by one. */
  const written: Record<RowFileName, number[]> = { candidates: [], deviceEvents: [], alerts: [], anomalyRecords: [] };
  const listener = {
    reject: (row: { readonly line: number; readonly reason: string; readonly found?: string | undefined }) => {
      const { file, line } = bundle.placeOf(row.line - 1);
      file.rejections.reject({ ...row, line });
    },
    wrote: (name: RowFileName, line: number) => written[name].push(line - 1),
  };
  const settler = new Settler(session, stage, { folder, listener }, signal);
  const map: LineMap = await readDocuments(
    { path: bundle.path, session, stage, settler, folder, signal, onProgress: () => undefined },
    bundle.path,
  );
  const staged = stage.rows;
  if (staged + settler.refused !== bundle.lines) {
    throw new Error(`${staged} and ${settler.refused} of ${bundle.lines} lines were read.`);
  }
  const files = await settler.finish(false);
  /** Calls back with the file of each staged row; these come in rising order. */
  const eachStaged = (rows: Float64Array, use: (file: BundledFile) => void) => {
    const lineOf = makeLineReader(map);
    for (const row of rows)
      use(bundle.placeOf(row < staged ? lineOf(row) - 1 : (written.candidates[row - staged] ?? 0)).file);
  };
  eachStaged(await rowNumbers(session, 'rowid', `FROM stage WHERE ${isWriteRow}`, signal), (file) => file.evidence++);
  for (const name of ['deviceEvents', 'alerts', 'anomalyRecords'] as const) {
    for (const line of written[name]) bundle.placeOf(line).file.evidence++;
  }
  await storeRows(session, { columns: stage.columns, files }, signal, (kind, rows) => {
    if (kind === 'writes' || kind === 'renames') eachStaged(rows, (file) => file.stored[kind]++);
    else for (const row of rows) bundle.placeOf(written[kind][row] ?? 0).file.stored[kind]++;
  });
}
