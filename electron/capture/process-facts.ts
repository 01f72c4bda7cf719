import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, read, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveProcess } from '../../shared/model/live.ts';
import { type ProcessIo, parseCmdline, parseIo, parsePasswd, parseStat, parseStatusUserId } from './proc-text.ts';

/** Reads what the system knows of processes. Everything can be missing: a process may end between two reads. */
export interface ProcessReader {
  /** Facts of a running process, or `undefined` where it is gone. Costs some 0.1 ms. */
  read(pid: number): LiveProcess | undefined;
  /** Its name (`comm`) and start, the cheapest facts. */
  readKey(pid: number): { readonly key: string; readonly name: string; readonly startMs: number } | undefined;
  readIo(pid: number): ProcessIo | undefined;
  /** Ids of all processes that can be seen. */
  list(): readonly number[];
  /**
   * SHA-256 of the executable that a running process was started from, also where its file was replaced or deleted since.
   * The file is opened before this returns, so the process may end meanwhile. Answers are kept per file.
   */
  hashExecutable(pid: number): Promise<string | undefined>;
  /** SHA-256 of the file at `path`, only where it is still the one that `identity` names. */
  hashFile(path: string, identity: string): Promise<string | undefined>;
}

/** Names a file and its content, as far as a system keeps that: another content has another time or size. */
export function fileIdentity(stat: { dev: number; ino: number; size: number; mtimeMs: number }): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

const ticksPerSecond = 100;
/** Larger executables are not hashed: it would read the disk for seconds. */
const maxHashedBytes = 512_000_000;
const maxKnown = 4_096;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function hashDescriptor(descriptor: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(262_144);
  return new Promise((resolve) => {
    const next = (position: number) => {
      read(descriptor, buffer, 0, buffer.length, position, (error, count) => {
        if (error) return resolve(undefined);
        if (count === 0) return resolve(hash.digest('hex'));
        hash.update(buffer.subarray(0, count));
        next(position + count);
      });
    };
    next(0);
  });
}

/** Makes a reader of the processes under `root`. */
export function makeProcessReader(root = '/'): ProcessReader {
  const proc = join(root, 'proc');
  const bootMs = Date.now() - Number((readText(join(proc, 'uptime')) ?? '0').split(' ')[0]) * 1000;
  const users = { names: new Map<number, string>() as ReadonlyMap<number, string>, readAtMs: 0 };
  const hashes = new Map<string, Promise<string | undefined>>();

  function userName(userId: number): string | undefined {
    // Accounts are added rarely, but they are; an unknown id is looked up again after a minute.
    if (!users.names.has(userId) && Date.now() - users.readAtMs > 60_000) {
      users.names = parsePasswd(readText(join(root, 'etc/passwd')) ?? '');
      users.readAtMs = Date.now();
    }
    return users.names.get(userId);
  }

  function readKey(pid: number) {
    const stat = parseStat(readText(join(proc, String(pid), 'stat')) ?? '');
    if (!stat) return undefined;
    const startMs = Math.round(bootMs + (stat.startTicks / ticksPerSecond) * 1000);
    return { key: `${pid}:${stat.startTicks}`, name: stat.name, startMs, parentPid: stat.parentPid };
  }

  /** Hashes the file at `path`; opened before this returns. With `expected`, only where it is that file. */
  async function hashOpened(path: string, expected: string | undefined): Promise<string | undefined> {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      // Not ours to read, or gone.
      return undefined;
    }
    const stat = fstatSync(descriptor);
    const identity = fileIdentity(stat);
    const known = hashes.get(identity);
    if (known || stat.size > maxHashedBytes || (expected !== undefined && identity !== expected)) {
      closeSync(descriptor);
      return known;
    }
    const hashing = hashDescriptor(descriptor).finally(() => closeSync(descriptor));
    if (hashes.size >= maxKnown) hashes.clear();
    hashes.set(identity, hashing);
    return hashing;
  }

  return {
    readKey,
    read(pid) {
      const basic = readKey(pid);
      if (!basic) return undefined;
      const folder = join(proc, String(pid));
      let executable: string | undefined;
      try {
        executable = readlinkSync(join(folder, 'exe')).replace(/ \(deleted\)$/, '');
      } catch {
        // Another user's process, a kernel thread, or one that has just ended.
      }
      const userId = parseStatusUserId(readText(join(folder, 'status')) ?? '');
      const parent = basic.parentPid > 0 ? readKey(basic.parentPid) : undefined;
      const fileName = executable?.slice(executable.lastIndexOf('/') + 1);
      return {
        key: basic.key,
        pid,
        // The name a process gives itself is cut at 15 bytes and can be anything; its executable's is what it is.
        name: fileName || basic.name,
        executable,
        commandLine: parseCmdline(readText(join(folder, 'cmdline')) ?? ''),
        user: userId === undefined ? undefined : (userName(userId) ?? String(userId)),
        userId: userId === undefined ? undefined : String(userId),
        parentPid: basic.parentPid > 0 ? basic.parentPid : undefined,
        parentName: parent?.name,
        startMs: basic.startMs,
      };
    },
    readIo: (pid) => parseIo(readText(join(proc, String(pid), 'io')) ?? ''),
    list() {
      try {
        return readdirSync(proc)
          .filter((name) => name.charCodeAt(0) >= 48 && name.charCodeAt(0) <= 57)
          .map(Number);
      } catch {
        return [];
      }
    },
    hashExecutable: (pid) => hashOpened(join(proc, String(pid), 'exe'), undefined),
    hashFile: (path, identity) => hashes.get(identity) ?? hashOpened(path, identity),
  };
}
