import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Failure, fail, messageOf } from '../../shared/base/failure.ts';
import { expectedEvidence } from './import-sniff.ts';

/** That a file is no evidence, or cannot be read; `why` follows its path. */
export function unreadable(path: string, why: string, cause?: unknown): Failure {
  return fail('bad-input', `${path} ${why}.`, expectedEvidence, cause);
}

/** The file as it lies on disk. Fails with `bad-input` where there is none. */
export async function statFile(path: string): Promise<Stats> {
  let stats: Stats;
  try {
    stats = await stat(path);
  } catch (error) {
    throw unreadable(path, `cannot be read: ${messageOf(error)}`, error);
  }
  if (!stats.isFile()) throw unreadable(path, 'is not a file');
  return stats;
}

/** Evidence that changes while it is read has no hash that means anything: then this fails with `bad-input`. */
export function checkSame(path: string, before: Stats, after: Stats): void {
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw fail('bad-input', `${path} changed while it was read.`, 'Import a copy that nobody writes to.');
  }
}

/** What `use` gives of the open file. Fails with `bad-input` where it cannot be opened or read. */
async function withOpen<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, 'r');
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, `cannot be read: ${messageOf(error)}`, error);
  }
}

async function fill(file: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let length = 0;
  while (length < bytes) {
    const { bytesRead } = await file.read(buffer, length, bytes - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** The first bytes of a file, or all of them where there are fewer. Fails with `bad-input`. */
export function readHead(path: string, bytes: number): Promise<Buffer> {
  return withOpen(path, (file) => fill(file, bytes));
}

/** All of a file, or undefined where it has more than `maxBytes`. Fails with `bad-input`, also where it changes meanwhile. */
export async function readSmall(path: string, maxBytes: number): Promise<Buffer | undefined> {
  // Before it is opened: a pipe that nobody writes to would never open.
  const before = await statFile(path);
  if (before.size > maxBytes) return undefined;
  const { bytes, after } = await withOpen(path, async (file) => ({
    bytes: await fill(file, before.size),
    after: await file.stat(),
  }));
  checkSame(path, before, after);
  return bytes;
}

/** SHA-256 of a file in lower-case hex. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
