import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveFile, LiveProcess } from '../../shared/model/live.ts';
import { type ProcessIo, parseFdinfo } from './proc-text.ts';
import { makeProcessReader } from './process-facts.ts';
import type { WriteListener, WriteMonitor } from './write-monitor.ts';

export interface WriteSamplerOptions {
  readonly intervalMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

interface SampledFile {
  readonly path: string;
  readonly mountPoint: string;
  readonly isNew: boolean;
  readonly baseBytes: number;
  readonly basePosition: number;
  grownBytes: number;
  sizeBytes: number;
  lastMs: number;
  isTold: boolean;
}

interface SampledProcess {
  readonly facts: LiveProcess;
  readonly firstIo: ProcessIo | undefined;
  lastIo: ProcessIo | undefined;
  /** Files open for writing at the last look, by descriptor and path. */
  readonly open: Map<string, SampledFile>;
  /** Per mount point. */
  readonly usage: Map<string, { bytes: number; files: number; isChanged: boolean }>;
}

/** Undefined where the file is gone, or the stick with it. */
function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Rounding of birth times, and of the clock they come from. */
const birthToleranceMs = 50;
const maxProcesses = 4_096;

/**
 * Samples who writes, without privilege: at every turn the counters of all processes that this user may read, and the
 * open files of those whose counters moved. It misses files that are opened and closed between two turns and all of other
 * users' processes; what it misses is in the unattributed rest. Nothing is looked at while no volume is watched.
 */
export function makeLinuxWriteSampler(options: WriteSamplerOptions = {}): WriteMonitor {
  const now = options.now ?? Date.now;
  const reader = makeProcessReader();
  const processes = new Map<number, SampledProcess>();
  const lastIo = new Map<number, ProcessIo>();
  let listener: WriteListener | undefined;
  let mountPoints: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let startedMs = now();
  let isPrimed = false;

  const mountOfPath = (path: string) => mountPoints.find((mountPoint) => path.startsWith(`${mountPoint}/`));

  function toFile(processKey: string, file: SampledFile, isOpen: boolean): LiveFile {
    const { path, mountPoint, sizeBytes, grownBytes } = file;
    const state = file.isNew ? 'new' : sizeBytes > file.baseBytes ? 'modified' : 'overwritten';
    return {
      atMs: file.lastMs,
      processKey,
      mountPoint,
      path,
      state,
      sizeBytes,
      grownBytes,
      quality: 'sampled',
      isOpen,
    };
  }

  function take(found: SampledProcess, file: SampledFile, position: number | undefined): void {
    const stat = statOf(file.path);
    if (stat) file.sizeBytes = stat.size;
    // Position sees what is written over old bytes, size what is written at the end by another descriptor.
    const grown = Math.max(
      file.grownBytes,
      file.sizeBytes - (file.isNew ? 0 : file.baseBytes),
      position === undefined ? 0 : position - file.basePosition,
    );
    if (grown <= file.grownBytes) return;
    const usage = found.usage.get(file.mountPoint);
    if (usage) {
      usage.bytes += grown - file.grownBytes;
      usage.isChanged = true;
    }
    file.grownBytes = grown;
    file.lastMs = now();
  }

  function knownProcess(pid: number, io: ProcessIo): SampledProcess | undefined {
    const known = processes.get(pid);
    if (known) return known;
    const facts = reader.read(pid);
    if (!facts || processes.size >= maxProcesses) return undefined;
    const isYounger = (facts.startMs ?? 0) > startedMs;
    const firstIo = lastIo.get(pid) ?? (isYounger ? { writtenChars: 0, storageBytes: 0 } : io);
    const found: SampledProcess = { facts, firstIo, lastIo: io, open: new Map(), usage: new Map() };
    processes.set(pid, found);
    listener?.onProcess(facts);
    void reader.hashExecutable(pid).then((executableSha256) => {
      if (executableSha256) listener?.onProcess({ ...facts, executableSha256 });
    });
    return found;
  }

  function lookAtFiles(pid: number, io: ProcessIo): void {
    const folder = join('/proc', String(pid));
    let descriptors: readonly string[];
    try {
      descriptors = readdirSync(join(folder, 'fd'));
    } catch {
      return;
    }
    const seen = new Set<string>();
    for (const descriptor of descriptors) {
      try {
        const path = readlinkSync(join(folder, 'fd', descriptor));
        const mountPoint = mountOfPath(path);
        if (mountPoint === undefined) continue;
        const info = parseFdinfo(readFileSync(join(folder, 'fdinfo', descriptor), 'latin1'));
        if (!info?.canWrite) continue;
        const found = knownProcess(pid, io);
        if (!found) return;
        const key = `${descriptor} ${path}`;
        seen.add(key);
        let file = found.open.get(key);
        if (!file) {
          const stat = statOf(path);
          const isNew = stat !== undefined && stat.birthtimeMs > 0 && stat.birthtimeMs >= startedMs - birthToleranceMs;
          const sizeBytes = stat?.size ?? 0;
          file = {
            path,
            mountPoint,
            isNew,
            baseBytes: isNew ? 0 : sizeBytes,
            basePosition: isNew || !isPrimed ? 0 : info.position,
            grownBytes: 0,
            sizeBytes,
            lastMs: now(),
            isTold: false,
          };
          found.open.set(key, file);
          const usage = found.usage.get(mountPoint) ?? { bytes: 0, files: 0, isChanged: false };
          usage.files += 1;
          found.usage.set(mountPoint, usage);
        }
        take(found, file, info.position);
        if (!file.isTold && file.grownBytes > 0) {
          file.isTold = true;
          listener?.onFile(toFile(found.facts.key, file, true));
        }
      } catch {
        // Closed between two readings, or not ours to read.
      }
    }
    closeFiles(processes.get(pid), seen);
  }

  function closeFiles(found: SampledProcess | undefined, stillOpen: ReadonlySet<string>): void {
    if (!found) return;
    for (const [key, file] of found.open) {
      if (stillOpen.has(key)) continue;
      found.open.delete(key);
      take(found, file, undefined);
      if (file.grownBytes > 0) listener?.onFile(toFile(found.facts.key, file, false));
    }
  }

  function tellUsage(found: SampledProcess): void {
    for (const [mountPoint, usage] of found.usage) {
      if (!usage.isChanged) continue;
      usage.isChanged = false;
      const written =
        found.firstIo && found.lastIo ? found.lastIo.writtenChars - found.firstIo.writtenChars : undefined;
      listener?.onUsage({
        atMs: now(),
        processKey: found.facts.key,
        mountPoint,
        minBytes: usage.bytes,
        maxBytes: written === undefined ? undefined : Math.max(usage.bytes, written),
        files: usage.files,
        quality: 'sampled',
      });
    }
  }

  function sample(): void {
    if (mountPoints.length === 0) {
      isPrimed = false;
      return;
    }
    const pids = reader.list();
    for (const pid of pids) {
      if (pid === process.pid) continue;
      const io = reader.readIo(pid);
      if (!io) continue;
      const before = lastIo.get(pid);
      const found = processes.get(pid);
      if (found) found.lastIo = io;
      const hasMoved = before ? before.writtenChars !== io.writtenChars : io.writtenChars > 0;
      // Memory-mapped and kernel-side writes move no counter: files that are known to be open are followed anyway.
      if (!isPrimed || hasMoved || (found && found.open.size > 0)) lookAtFiles(pid, io);
      lastIo.set(pid, io);
      if (found ?? processes.has(pid)) tellUsage(processes.get(pid) as SampledProcess);
    }
    const running = new Set(pids);
    for (const pid of lastIo.keys()) if (!running.has(pid)) lastIo.delete(pid);
    for (const [pid, found] of processes) {
      if (running.has(pid)) continue;
      closeFiles(found, new Set());
      tellUsage(found);
      processes.delete(pid);
    }
    isPrimed = true;
  }

  return {
    method: {
      kind: 'sampler',
      sentence:
        'Open files and counters of your own processes, looked at five times a second. Short writes can be missed.',
      wouldAdd: 'As administrator every write is seen, by every user, with exact bytes and file names.',
    },
    async start(to) {
      listener = to;
      startedMs = now();
      timer = setInterval(sample, options.intervalMs ?? 200);
    },
    async watch(volumes) {
      const next = volumes.map(({ mountPoint }) => mountPoint);
      const gone = mountPoints.filter((mountPoint) => !next.includes(mountPoint));
      for (const found of processes.values()) {
        const stays = [...found.open].filter(([, file]) => !gone.includes(file.mountPoint)).map(([key]) => key);
        closeFiles(found, new Set(stays));
        tellUsage(found);
      }
      mountPoints = next;
      // Longest first: a volume mounted inside another one is its own.
      mountPoints = [...mountPoints].sort((one, other) => other.length - one.length);
      if (mountPoints.length > 0) sample();
    },
    async stop() {
      clearInterval(timer);
      if (mountPoints.length > 0) sample();
      for (const found of processes.values()) {
        closeFiles(found, new Set());
        tellUsage(found);
      }
      listener = undefined;
    },
  };
}
