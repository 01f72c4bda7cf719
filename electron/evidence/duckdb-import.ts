import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Failure, fail, isCancelled, messageOf, throwIfAborted } from '../../shared/base/failure.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { EvidenceFormat, ImportedFile, ImportProgress } from '../../shared/model/import-report.ts';
import type { DuckdbDatabase } from './duckdb-database.ts';
import { type Reading, readLines, readRows } from './duckdb-import-read.ts';
import { Settler } from './duckdb-import-settle.ts';
import { makeStage } from './duckdb-import-stage.ts';
import { storeRows } from './duckdb-intake.ts';
import { isGzipHead, readGzipHead, unpackGzip } from './import-gzip.ts';
import { expectedEvidence, sniff, sniffBytes } from './import-sniff.ts';

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
  return database.importing(() => importNow(database, givenPath, context));
}

async function importNow(
  database: DuckdbDatabase,
  givenPath: string,
  context: CallContext<ImportProgress>,
): Promise<ImportedFile> {
  const path = resolve(givenPath);
  const { signal } = context;
  throwIfAborted(signal);
  const before = await statOf(path);
  const start = await readHead(path, sniffBytes);
  const isGzip = isGzipHead(start);
  const folder = await mkdtemp(join(dirname(database.path), 'import-'));
  const stop = new AbortController();
  const tell = (phase: ImportProgress['phase'], share: number, rowsRead: number) =>
    context.emit({ path, phase, doneBytes: Math.floor(share * before.size), totalBytes: before.size, rowsRead });
  try {
    tell('hashing', 0, 0);
    const { head, isWhole } = isGzip
      ? await readGzipHead(path, sniffBytes)
      : { head: start, isWhole: start.length === before.size };
    const sniffed = sniff(head, isWhole);
    throwIfAborted(signal);
    if (sniffed.kind === 'unknown') throw unreadable(path, sniffed.reason);
    return await database.withSession(async (session) => {
      const onProgress = (share: number) => tell('reading', share, 0);
      const stage = await makeStage(session, isGzip ? () => undefined : onProgress, signal);
      const settler = new Settler(session, stage, folder, signal);
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
        const hashing = hashOf(path, AbortSignal.any([signal, stop.signal]));
        hashing.catch(() => undefined);
        format = await readRows(reading, path, sniffed);
        sha256 = await hashing;
      }
      const rowsRead = stage.rows + settler.refused;
      const files = await settler.finish(format === 'csv');
      await checkUnchanged(path, before);
      const rowsRejected = settler.rejections.count;
      tell('storing', 1, rowsRead);
      const { duplicate: rowsDuplicate, ...stored } = await storeRows(session, stage.columns, files, signal);
      const rowsStored = Object.values(stored).reduce((total, count) => total + count, 0);
      return {
        path: givenPath,
        sha256,
        format,
        isGzip,
        rowsRead,
        rowsStored,
        rowsDuplicate,
        rowsRejected,
        rowsOther: rowsRead - rowsStored - rowsDuplicate - rowsRejected,
        stored,
        rejected: settler.rejections.shown(),
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

/** Bytes that may be unpacked beside the workspace. */
async function roomOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize - spareDiskBytes;
}
