import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fail, isCancelled, throwIfAborted } from '../../shared/base/failure.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { EvidenceFormat, ImportedFile, ImportProgress } from '../../shared/model/import-report.ts';
import type { DuckdbDatabase } from './duckdb-database.ts';
import { type Reading, readLines, readRows } from './duckdb-import-read.ts';
import { Settler } from './duckdb-import-settle.ts';
import { makeStage } from './duckdb-import-stage.ts';
import { storeRows } from './duckdb-intake.ts';
import { checkSame, hashFile, readHead, statFile, unreadable } from './import-file.ts';
import { isGzipHead, readGzipHead, unpackGzip } from './import-gzip.ts';
import { Rejections } from './import-rejections.ts';
import { sniff, sniffBytes } from './import-sniff.ts';

/** Room that unpacking a file leaves on the disk. */
const spareDiskBytes = 500_000_000;

/**
 * Imports one file as `EvidenceIntake.importFile` says. The engine reads it in large pieces; only rows that it could not settle
 * (damaged ones, alerts, device events, arrays where a text is expected) are read one by one.
 */
export function importFile(
  database: DuckdbDatabase,
  givenPath: string,
  context: CallContext<ImportProgress>,
): Promise<ImportedFile> {
  return database.importing(() =>
    withImportFolder(database, context.signal, (folder) => importAlone(database, givenPath, folder, context)),
  );
}

/** Runs `work` with an empty folder beside the workspace that ends with it, and tells a full disk as `disk-full`. */
export async function withImportFolder<T>(
  database: DuckdbDatabase,
  signal: AbortSignal,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const folder = await mkdtemp(join(dirname(database.path), 'import-'));
  try {
    return await work(folder);
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
    await rm(folder, { recursive: true, force: true });
  }
}

/** As `importFile`, with an empty folder for what ends with it. */
export async function importAlone(
  database: DuckdbDatabase,
  givenPath: string,
  folder: string,
  context: CallContext<ImportProgress>,
): Promise<ImportedFile> {
  const path = resolve(givenPath);
  const { signal } = context;
  const before = await statFile(path);
  const start = await readHead(path, sniffBytes);
  const isGzip = isGzipHead(start);
  const stop = new AbortController();
  const tell = (phase: ImportProgress['phase'], share: number, rowsRead: number) =>
    context.emit({ path, phase, doneBytes: Math.floor(share * before.size), totalBytes: before.size, rowsRead });
  tell('hashing', 0, 0);
  const { head, isWhole } = isGzip
    ? await readGzipHead(path, sniffBytes)
    : { head: start, isWhole: start.length === before.size };
  const sniffed = sniff(head, isWhole);
  throwIfAborted(signal);
  if (sniffed.kind === 'unknown') throw unreadable(path, sniffed.reason);
  try {
    return await database.withSession(async (session) => {
      const onProgress = (share: number) => tell('reading', share, 0);
      const stage = await makeStage(session, isGzip ? () => undefined : onProgress, signal);
      const rejections = new Rejections();
      const settler = new Settler(session, stage, { folder, listener: rejections }, signal);
      const reading: Reading = { path, session, stage, settler, folder, signal, onProgress };
      onProgress(0);
      let sha256: string;
      let format: EvidenceFormat;
      if (isGzip) {
        const onBytes = (bytes: number) => onProgress(Math.min(1, bytes / before.size));
        const unpacking = unpackGzip(path, { roomBytes: await roomOf(folder), onBytes }, signal);
        if (sniffed.kind === 'lines') format = await readLines(reading, unpacking.chunks);
        else {
          const plain = join(folder, 'plain');
          await pipeline(unpacking.chunks, createWriteStream(plain, { highWaterMark: 1 << 20 }), { signal });
          format = await readRows(reading, plain, sniffed);
        }
        sha256 = unpacking.sha256();
      } else {
        // Hashed while the engine reads it.
        const hashing = hashFile(path, AbortSignal.any([signal, stop.signal]));
        hashing.catch(() => undefined);
        format = await readRows(reading, path, sniffed);
        sha256 = await hashing;
      }
      const rowsRead = stage.rows + settler.refused;
      const files = await settler.finish(format === 'csv');
      checkSame(path, before, await statFile(path));
      tell('storing', 1, rowsRead);
      const { duplicate: rowsDuplicate, ...stored } = await storeRows(
        session,
        { columns: stage.columns, files },
        signal,
      );
      const rowsStored = Object.values(stored).reduce((total, count) => total + count, 0);
      return {
        path: givenPath,
        sha256,
        format,
        isGzip,
        rowsRead,
        rowsStored,
        rowsDuplicate,
        rowsRejected: rejections.count,
        rowsOther: rowsRead - rowsStored - rowsDuplicate - rejections.count,
        stored,
        rejected: rejections.shown(),
      };
    });
  } finally {
    stop.abort();
  }
}

/** Bytes that may be unpacked beside the workspace. */
async function roomOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize - spareDiskBytes;
}
