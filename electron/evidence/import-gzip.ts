import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Failure, fail, isCancelled, messageOf } from '../../shared/base/failure.ts';
import { expectedEvidence } from './import-sniff.ts';

const chunkBytes = 1 << 20;

/** Unpacked bytes that wait for whoever reads them, so that unpacking goes on meanwhile. */
const waitingBytes = 8 * chunkBytes;

/** Whether a file starts as gzip files do. */
export function isGzipHead(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function damaged(path: string, error: unknown): unknown {
  if (isCancelled(error) || error instanceof Failure) return error;
  return fail('bad-input', `${path} is a damaged gzip file: ${messageOf(error)}.`, expectedEvidence, error);
}

/** The first `bytes` of what is packed in a gzip file, and whether that is all of it. Fails with `bad-input` where it is damaged. */
export async function readGzipHead(
  path: string,
  bytes: number,
): Promise<{ readonly head: Buffer; readonly isWhole: boolean }> {
  const parts: Buffer[] = [];
  let length = 0;
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip)) {
      parts.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > bytes) break;
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
  return { head: Buffer.concat(parts).subarray(0, bytes), isWhole: length <= bytes };
}

/** What is packed in a gzip file, as it is read. */
export interface Unpacking {
  /** The unpacked bytes, once. Fails with `bad-input` where the file is damaged (its checksums are checked at its end). */
  readonly chunks: AsyncIterable<Buffer>;
  /** SHA-256 of the packed bytes in lower-case hex; only once `chunks` came to its end. */
  sha256(): string;
}

/**
 * Unpacks a gzip file, ahead of whoever reads it by a few megabytes. `onBytes` is told how many packed bytes are read. More than
 * `roomBytes` of unpacked bytes fail with `disk-full`: a small file can hold any number of them.
 */
export function unpackGzip(
  path: string,
  { roomBytes, onBytes }: { readonly roomBytes: number; readonly onBytes: (bytes: number) => void },
  signal: AbortSignal,
): Unpacking {
  const hash = createHash('sha256');
  let packed = 0;
  let unpacked = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      packed += chunk.length;
      onBytes(packed);
      done(null, chunk);
    },
  });
  const waiting = new PassThrough({ highWaterMark: waitingBytes });
  const ended = pipeline(
    createReadStream(path, { highWaterMark: chunkBytes }),
    count,
    createGunzip({ chunkSize: chunkBytes }),
    waiting,
    { signal },
  );
  ended.catch(() => undefined);
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of waiting) {
        unpacked += (chunk as Buffer).length;
        if (unpacked > roomBytes) {
          throw fail(
            'disk-full',
            `${path} needs more room unpacked than the disk of the workspace has.`,
            'Make room, or choose a workspace on a larger disk.',
          );
        }
        yield chunk as Buffer;
      }
      await ended;
    } catch (error) {
      throw damaged(path, error);
    } finally {
      waiting.destroy();
    }
  }
  return { chunks: chunks(), sha256: () => hash.digest('hex') };
}
