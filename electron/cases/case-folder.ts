import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toWriteFailure } from '../platform/atomic-file.ts';

/** Size and SHA-256 of a file; undefined where there is none. */
export async function hashFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string } | undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes a file whole or not at all, hashing what is written. It is on the disk before its entry names it. */
export async function keepFile(
  folder: string,
  name: string,
  produce: (write: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const path = join(folder, name);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(`${path}.part`, 'w', 0o600);
    try {
      await produce(async (chunk) => {
        await handle.writeFile(chunk);
        hash.update(chunk);
        bytes += chunk.length;
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.part`, path);
  } catch (error) {
    await rm(`${path}.part`, { force: true }).catch(() => undefined);
    throw toWriteFailure(path, error);
  }
  return { bytes, sha256: hash.digest('hex') };
}
