import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Failure, fail, messageOf } from '../../shared/base/failure.ts';

/** The Failure that says why `path` cannot be written, or the error itself where it is none of the expected kinds. */
export function toWriteFailure(path: string, error: unknown): Failure | unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return fail('disk-full', `No space is left to write ${path}.`, 'Free some space and try again.', error);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EISDIR') {
    return fail(
      'workspace-unwritable',
      `${path} cannot be written: ${messageOf(error)}`,
      'Choose a folder that you may write to.',
      error,
    );
  }
  return error;
}

/** Makes a rename or a new name durable. Windows cannot open folders, and needs no such step. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces the content of a file: after a crash at any moment it holds the old or the new content, whole. It is on the
 * disk before this returns. Folders above are made. Ends with `disk-full` or `workspace-unwritable`.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      await rename(fresh, path);
    } catch (error) {
      // Synchronised folders and some network drives refuse the rename; a copy is not atomic, but better than nothing.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EXDEV' && code !== 'EBUSY' && !(code === 'EPERM' && process.platform === 'win32')) throw error;
      await copyFile(fresh, path);
      await rm(fresh, { force: true });
    }
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw toWriteFailure(path, error);
  }
}
