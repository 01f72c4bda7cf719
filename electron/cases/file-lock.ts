import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '../../shared/base/failure.ts';
import { toWriteFailure } from '../platform/atomic-file.ts';

/** Who holds a lock: enough to name the process, and to know when it is gone. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When that process was started, as its system tells it; tells a new process with an old number apart. */
  readonly startedAt?: string | undefined;
  readonly since: string;
}

export interface FileLock {
  release(): Promise<void>;
}

/** How long a lock that a running process holds is waited for before giving up. */
const defaultWaitMs = 2_000;
const retryMs = 15;
/** A half-made reclaim that is older than this was left by a process that died in it. */
const reclaimLimitMs = 10_000;

/**
 * Takes the lock `path` by exclusive creation. A lock whose process is gone (or whose number another process has now) is
 * taken over; one of another machine never is, as nobody here can know. Ends with `case-locked` and the holder's name.
 */
export async function takeLock(
  path: string,
  what: string,
  options: { readonly waitMs?: number | undefined } = {},
): Promise<FileLock> {
  const deadline = performance.now() + (options.waitMs ?? defaultWaitMs);
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    startedAt: startOf(process.pid),
    since: new Date().toISOString(),
  };
  for (;;) {
    try {
      await createWhole(path, `${JSON.stringify(holder)}\n`);
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw toWriteFailure(path, error);
    }
    const other = await readHolder(path);
    if (other !== undefined && isGone(other)) {
      await reclaim(path);
      continue;
    }
    if (performance.now() >= deadline) {
      throw fail(
        'case-locked',
        `${what} is being written by ${other ? `process ${other.pid} on ${other.host} (since ${other.since})` : 'another process'}.`,
        other
          ? 'Close it there, or wait until it has finished. Reading still works.'
          : `If nothing else uses it, remove ${path}.`,
      );
    }
    await wait(retryMs);
  }
}

/**
 * Creates a file with its content in one step, or fails with EEXIST: a process that dies in between leaves no empty lock
 * that nobody could tell the holder of. Where a file system has no links, creation and content are two steps.
 */
async function createWhole(path: string, content: string): Promise<void> {
  const fresh = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(fresh, content, { flag: 'wx', mode: 0o600 });
    try {
      await link(fresh, path);
    } catch (error) {
      if (isCode(error, 'EEXIST')) throw error;
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].some((code) => isCode(error, code))) throw error;
      await writeFile(path, content, { flag: 'wx', mode: 0o600 });
    }
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Who holds the lock now; undefined where nobody does, or where the file is being written at this moment. */
export async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, host, startedAt, since } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof since !== 'string') return undefined;
    return { pid, host, since, startedAt: typeof startedAt === 'string' ? startedAt : undefined };
  } catch {
    // Gone, or not written to its end: the caller looks again.
    return undefined;
  }
}

function isGone(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return false;
  if (!isAlive(holder.pid)) return true;
  const started = startOf(holder.pid);
  return holder.startedAt !== undefined && started !== undefined && started !== holder.startedAt;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** The start of a process in ticks since boot, on Linux; elsewhere unknown, and the number alone must do. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold blanks and brackets itself; fields count from behind it.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Removes a lock whose holder is gone. A second lock (a folder) keeps two that found it stale from removing, one after
 * the other, first the stale lock and then the fresh one of whoever was quicker.
 */
async function reclaim(path: string): Promise<void> {
  const gate = `${path}.reclaim`;
  try {
    await mkdir(gate);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw toWriteFailure(gate, error);
    const made = await stat(gate).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > reclaimLimitMs) await rmdir(gate).catch(() => undefined);
    await wait(retryMs);
    return;
  }
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && isGone(holder)) await unlink(path).catch(() => undefined);
  } finally {
    await rmdir(gate).catch(() => undefined);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
