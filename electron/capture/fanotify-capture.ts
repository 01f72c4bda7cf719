import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../shared/base/failure.ts';
import type { LiveFile, LiveProblem, LiveProcess, LiveUsage } from '../../shared/model/live.ts';
import {
  type FanotifyEvent,
  type FanotifyGroup,
  fanotifyMask,
  type HandledName,
  openFanotifyGroup,
  openHandledFolder,
  waitForFanotify,
} from './fanotify-group.ts';
import { mountOf, parseMountinfo } from './mountinfo.ts';
import type { ProcessIo } from './proc-text.ts';
import { fileIdentity, makeProcessReader } from './process-facts.ts';
import { makeWriteAccount, type WriteAccount, writtenBetween } from './write-account.ts';

/** What the capture says; the helper writes each as a line. */
export interface FanotifySink {
  process(process: LiveProcess): void;
  file(file: LiveFile): void;
  usage(usage: LiveUsage): void;
  problem(problem: LiveProblem): void;
}

interface Volume {
  readonly mountPoint: string;
  readonly contents: FanotifyGroup;
  readonly names: FanotifyGroup | undefined;
  readonly account: WriteAccount;
}

interface KnownProcess {
  readonly firstIo: ProcessIo | undefined;
  lastIo: ProcessIo | undefined;
  /** It wrote after its counters were read for the last time, and then ended: they are too low by an unknown amount. */
  isIoStale: boolean;
  isGone: boolean;
  goneMs: number;
}

/** Counters of a process that did not write to a watched volume yet, from two rounds. */
interface IoHistory {
  readonly older: ProcessIo;
  readonly newer: ProcessIo;
  readonly quietRounds: number;
}

/** A program that was started lately, by what the kernel and then `/proc` said of it. */
interface Start {
  /** The program file; for a script the script. */
  readonly path: string;
  readonly identity: string;
  readonly atMs: number;
  /** The program it was until then: while `/proc` still names it, the new one has not taken its place. */
  readonly executableBefore: string | undefined;
  facts?: LiveProcess | undefined;
}

/** Folders of the system itself: file systems that hold one of them are never watched. */
const systemFolders = [
  '/',
  '/usr',
  '/etc',
  '/var',
  '/home',
  '/root',
  '/boot',
  '/dev',
  '/dev/shm',
  '/run',
  '/proc',
  '/sys',
  '/tmp',
];
/** Where programs lie: file systems whose program starts are listened to. */
const programFolders = ['/', '/usr', '/usr/local', '/opt', '/home', '/var', '/tmp'];
const waitMs = 200;
/** Events are read a little after the first one: the kernel merges those of one file meanwhile, and one reading serves many. */
const gatherMs = 4;
const tellEveryMs = 200;
const ioEveryMs = 500;
const quietAfterRounds = 4;
const askQuietEveryRounds = 8;
/** A start is followed up after this long, when the new program has replaced the old one. */
const startSettlesMs = 4;
const maxStarts = 4_096;
const headerLength = 16;
/** How long the id of a process that ended still means that process, unless a new one is started under it. */
const goneStaysMs = 5_000;
const maxKnownProcesses = 20_000;
/** Reads per volume and turn, so that a flood on one does not keep the others and the socket waiting. */
const readsPerTurn = 2;

/** Why a mount point must not be watched, or undefined where it may. */
export function refusalOf(mountPoint: string, mountinfo: string): string | undefined {
  const mounts = parseMountinfo(mountinfo);
  const mount = mounts.findLast((entry) => entry.mountPoint === mountPoint);
  if (!mount) return 'Nothing is mounted there.';
  const isSystem = systemFolders.some((folder) => mountOf(mounts, folder)?.deviceNumber === mount.deviceNumber);
  return isSystem ? 'It is a file system of the machine itself.' : undefined;
}

/** Errors of the system (with a code) are what happens when sticks are pulled; anything else is a bug and goes on. */
function throwBug(error: unknown): void {
  if (!(error instanceof Error && 'code' in error)) throw error;
}

/**
 * Captures who writes what on file systems, from the kernel's events. It only reads: it opens no file but those the
 * kernel hands over, asks each for its size and, at its close, its first bytes, and keeps nothing of the content.
 * Needs root.
 */
export function makeFanotifyCapture(sink: FanotifySink, now: () => number = Date.now) {
  const reader = makeProcessReader();
  const volumes = new Map<string, Volume>();
  const processes = new Map<string, KnownProcess>();
  const keyOfPid = new Map<number, string>();
  /**
   * The last two readings of every process that did not write yet. The older one counts: the newer may have been taken
   * while events of its writes were still waiting to be read.
   */
  const ioBefore = new Map<number, IoHistory>();
  let ioRounds = 0;
  /** Counters of processes that wrote and then became another program, at that moment. */
  const ioAtProgram = new Map<number, ProcessIo>();
  /** Reports programs that are started, so that a process that ends at once after its write is known all the same. */
  let starts: FanotifyGroup | undefined;
  const startOf = new Map<number, Start>();
  const unsettled = new Set<number>();
  /** How many programs a process was while it wrote; only those that changed. */
  const programsOf = new Map<number, number>();
  let startedMs = now();
  let isRunning = false;
  let ended: Promise<void> = Promise.resolve();
  const header = Buffer.alloc(headerLength);
  const closers = new Map<number, string>();
  const hashings = new Set<Promise<unknown>>();

  function readAllIo(): void {
    const pids = reader.list();
    const seen = new Set(pids);
    ioRounds += 1;
    for (const pid of pids) {
      if (pid === process.pid) continue;
      const before = ioBefore.get(pid);
      // Most processes do nothing: those are asked in turns. A reading that is too old makes a range wider, never wrong.
      if (before && before.quietRounds >= quietAfterRounds && (ioRounds + pid) % askQuietEveryRounds !== 0) continue;
      const io = reader.readIo(pid);
      if (!io) continue;
      const key = keyOfPid.get(pid);
      const known = key === undefined ? undefined : processes.get(key);
      if (known) known.lastIo = io;
      else {
        const isQuiet = before?.newer.writtenChars === io.writtenChars;
        ioBefore.set(pid, { older: before?.newer ?? io, newer: io, quietRounds: isQuiet ? before.quietRounds + 1 : 0 });
      }
    }
    for (const map of [ioBefore, ioAtProgram, programsOf])
      for (const pid of map.keys()) if (!seen.has(pid)) map.delete(pid);
    for (const [pid, key] of keyOfPid) {
      if (seen.has(pid)) continue;
      const known = processes.get(key);
      if (known && !known.isGone) {
        // Its last events may still wait in the queue: they are its own for a while longer.
        known.isGone = true;
        known.goneMs = now();
      }
      if (!known || now() - known.goneMs > goneStaysMs) keyOfPid.delete(pid);
    }
    if (processes.size > maxKnownProcesses) {
      for (const [key, known] of processes)
        if (known.isGone && now() - known.goneMs > goneStaysMs) processes.delete(key);
    }
  }

  function watchStarts(): void {
    if (starts) return;
    try {
      starts = openFanotifyGroup('contents');
    } catch {
      return;
    }
    const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
    const marked = new Set<string>();
    for (const folder of programFolders) {
      const number = mountOf(mounts, folder)?.deviceNumber;
      if (number === undefined || marked.has(number)) continue;
      marked.add(number);
      try {
        starts.markFileSystem(folder, fanotifyMask.openExec);
      } catch {
        // A file system that reports nothing: processes from there are known when they write, if they still run.
      }
    }
  }

  function onStart(event: FanotifyEvent): void {
    if (event.descriptor < 0) return;
    try {
      if (event.pid === process.pid) return;
      const path = readlinkSync(`/proc/self/fd/${event.descriptor}`).replace(/ \(deleted\)$/, '');
      // A start reports the program and its loader; for a script the script, and then its interpreter, which is the program.
      if (/\/ld(?:-[^/]*)?\.so[^/]*$/.test(path)) return;
      beginProgram(event.pid);
      startOf.delete(event.pid);
      if (startOf.size >= maxStarts) startOf.delete(startOf.keys().next().value ?? 0);
      // User and parent are right already; the program and its arguments may still be those from before.
      const early = reader.read(event.pid);
      startOf.set(event.pid, {
        path,
        identity: fileIdentity(fstatSync(event.descriptor)),
        atMs: now(),
        executableBefore: early?.executable,
        facts: early && {
          ...early,
          executable: path,
          name: path.slice(path.lastIndexOf('/') + 1),
          commandLine: early.executable === path ? early.commandLine : undefined,
        },
      });
      unsettled.add(event.pid);
    } catch (error) {
      throwBug(error);
      // Gone before it could be named.
    } finally {
      closeSync(event.descriptor);
    }
  }

  /** A process that wrote already and now becomes another program is told as another process, with figures of its own. */
  function beginProgram(pid: number): void {
    const key = keyOfPid.get(pid);
    if (key === undefined) return;
    const io = processes.get(key)?.lastIo;
    if (io) ioAtProgram.set(pid, io);
    keyOfPid.delete(pid);
    programsOf.set(pid, (programsOf.get(pid) ?? 1) + 1);
  }

  function settleStarts(): void {
    for (const pid of unsettled) {
      const start = startOf.get(pid);
      if (start && now() - start.atMs < startSettlesMs) continue;
      unsettled.delete(pid);
      const facts = start && reader.read(pid);
      const isReplaced = facts?.executable === start?.path || facts?.executable !== start?.executableBefore;
      if (start && facts?.executable !== undefined && isReplaced) start.facts = facts;
    }
  }

  /** Facts of a process that writes, completed by what its start told where it has ended meanwhile. */
  function factsOf(pid: number): { readonly facts: LiveProcess; readonly isRunning: boolean } {
    const found = reader.read(pid);
    if (found?.executable !== undefined) return { facts: found, isRunning: true };
    const start = startOf.get(pid);
    const early = start?.facts;
    if (early && (!found || found.key === early.key)) return { facts: early, isRunning: false };
    const facts = found ?? { key: `${pid}:ended-${start?.atMs ?? now()}`, pid, name: '' };
    if (!start) return { facts, isRunning: found !== undefined };
    const name = start.path.slice(start.path.lastIndexOf('/') + 1);
    return { facts: { ...facts, executable: start.path, name }, isRunning: false };
  }

  function processKey(pid: number): string {
    const known = keyOfPid.get(pid);
    if (known !== undefined) return known;
    const { facts: found, isRunning } = factsOf(pid);
    const programs = programsOf.get(pid);
    const facts = programs === undefined ? found : { ...found, key: `${found.key}+${programs}` };
    const io = reader.readIo(pid);
    // One that started after the capture has written nothing before; an older one is taken from the last round.
    const isYounger = facts.startMs !== undefined && facts.startMs > startedMs;
    const nothing: ProcessIo = { writtenChars: 0, storageBytes: 0 };
    const firstIo = ioAtProgram.get(pid) ?? (isYounger ? nothing : (ioBefore.get(pid)?.older ?? io));
    ioBefore.delete(pid);
    ioAtProgram.delete(pid);
    processes.set(facts.key, { firstIo, lastIo: io, isIoStale: false, isGone: !isRunning, goneMs: now() });
    keyOfPid.set(pid, facts.key);
    sink.process(facts);
    const start = startOf.get(pid);
    const hashing = reader
      .hashExecutable(pid)
      .then((found) => found ?? (start ? reader.hashFile(start.path, start.identity) : undefined));
    hashings.add(hashing);
    void hashing.then((executableSha256) => {
      hashings.delete(hashing);
      if (executableSha256) sink.process({ ...facts, executableSha256 });
    });
    return facts.key;
  }

  /** Reads the counters of those that closed files, once for each after a reading of events. */
  function refreshClosers(): void {
    for (const [pid, key] of closers) refreshIo(pid, key);
    closers.clear();
  }

  function refreshIo(pid: number, key: string): void {
    const known = processes.get(key);
    if (!known) return;
    const io = reader.readIo(pid);
    known.isIoStale = io === undefined;
    known.lastIo = io ?? known.lastIo;
  }

  function onContents(volume: Volume, event: FanotifyEvent): void {
    if (event.mask & fanotifyMask.overflow) {
      sink.problem({
        atMs: now(),
        kind: 'overflow',
        message: 'The kernel dropped file events: amounts are too low from here on.',
      });
      return;
    }
    const { descriptor } = event;
    if (descriptor < 0) return;
    try {
      if (event.pid === process.pid) return;
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) return;
      const key = processKey(event.pid);
      const isClose = (event.mask & fanotifyMask.closeWrite) !== 0n;
      const isModify = (event.mask & fanotifyMask.modify) !== 0n;
      const sight = {
        atMs: now(),
        processKey: key,
        fileKey: `${stat.dev}:${stat.ino}:${stat.birthtimeMs}`,
        path: readlinkSync(`/proc/self/fd/${descriptor}`).replace(/ \(deleted\)$/, ''),
        sizeBytes: stat.size,
        bornMs: stat.birthtimeMs,
      };
      // The kernel merges events of one file: what they carry is taken in the order it must have happened.
      if (event.mask & fanotifyMask.open) volume.account.see({ ...sight, kind: 'open' });
      if (isModify) volume.account.see({ ...sight, kind: 'modify' });
      if (isClose) {
        closers.set(event.pid, key);
        let headerBytes: string | undefined;
        if (stat.size > 0) {
          const count = readSync(descriptor, header, 0, headerLength, 0);
          headerBytes = header.toString('hex', 0, count);
        }
        volume.account.see({ ...sight, kind: 'close', headerBytes });
      }
    } catch (error) {
      throwBug(error);
      // The stick was pulled, or the file went while it was asked: nothing more can be known of this event.
    } finally {
      closeSync(descriptor);
    }
  }

  function pathOf(mountDescriptor: number, handled: HandledName): string | undefined {
    const folder = openHandledFolder(mountDescriptor, handled);
    if (folder < 0) return undefined;
    try {
      const path = readlinkSync(`/proc/self/fd/${folder}`);
      return `${path === '/' ? '' : path}/${handled.name.toString('utf8')}`;
    } finally {
      closeSync(folder);
    }
  }

  function onName(volume: Volume, event: FanotifyEvent): void {
    if (event.descriptor >= 0) closeSync(event.descriptor);
    if (event.mask & fanotifyMask.overflow) {
      sink.problem({ atMs: now(), kind: 'overflow', message: 'The kernel dropped renames.' });
      return;
    }
    if (!event.from || !event.to || event.pid === process.pid) return;
    try {
      // Opened for this moment only: a file kept open would keep the stick from being unmounted.
      const mount = openSync(volume.mountPoint, 'r');
      try {
        const fromPath = pathOf(mount, event.from);
        const path = pathOf(mount, event.to);
        if (fromPath === undefined || path === undefined) return;
        const stat = lstatSync(path, { throwIfNoEntry: false });
        volume.account.seeRename({
          atMs: now(),
          processKey: processKey(event.pid),
          fileKey: stat ? `${stat.dev}:${stat.ino}:${stat.birthtimeMs}` : undefined,
          fromPath,
          path,
          sizeBytes: stat?.size ?? 0,
        });
      } finally {
        closeSync(mount);
      }
    } catch (error) {
      throwBug(error);
      // The folder or the volume went meanwhile.
    }
  }

  function drain(): boolean {
    // A program's start comes before its writes: whatever was started until a reading is known before its events.
    let isMore = starts?.drain(onStart, readsPerTurn) ?? false;
    const takeStarts = () => void starts?.drain(onStart, readsPerTurn);
    for (const volume of volumes.values()) {
      isMore = volume.contents.drain((event) => onContents(volume, event), readsPerTurn, takeStarts) || isMore;
      refreshClosers();
      isMore = (volume.names?.drain((event) => onName(volume, event), readsPerTurn, takeStarts) ?? false) || isMore;
    }
    return isMore;
  }

  function tell(account: WriteAccount, isLast: boolean): void {
    const { files, usages } = isLast ? account.finish(now()) : account.take(now());
    for (const file of files) sink.file(file);
    for (const usage of usages) sink.usage(usage);
  }

  function add(mountPoint: string): void {
    const refusal = refusalOf(mountPoint, readFileSync('/proc/self/mountinfo', 'utf8'));
    if (refusal !== undefined) {
      sink.problem({ atMs: now(), kind: 'problem', message: `Writes to ${mountPoint} are not watched. ${refusal}` });
      return;
    }
    const sinceMs = now();
    const contents = openFanotifyGroup('contents');
    try {
      contents.markFileSystem(mountPoint, fanotifyMask.modify | fanotifyMask.closeWrite | fanotifyMask.open);
    } catch (error) {
      contents.close();
      throw error;
    }
    let names: FanotifyGroup | undefined;
    try {
      names = openFanotifyGroup('names');
      names.markFileSystem(mountPoint, fanotifyMask.rename);
    } catch (error) {
      names?.close();
      names = undefined;
      sink.problem({
        atMs: sinceMs,
        kind: 'problem',
        message: `Renames on ${mountPoint} are not seen: ${messageOf(error)}`,
      });
    }
    const account = makeWriteAccount({
      mountPoint,
      sinceMs,
      writtenSince: (key) => {
        const known = processes.get(key);
        return known?.isIoStale ? undefined : writtenBetween(known?.firstIo, known?.lastIo);
      },
    });
    if (volumes.size === 0) {
      startedMs = sinceMs;
      readAllIo();
      watchStarts();
    }
    volumes.set(mountPoint, { mountPoint, contents, names, account });
  }

  function remove(volume: Volume): void {
    volume.contents.drain((event) => onContents(volume, event), 1_000);
    refreshClosers();
    volume.names?.drain((event) => onName(volume, event), 1_000);
    tell(volume.account, true);
    volume.contents.close();
    volume.names?.close();
    volumes.delete(volume.mountPoint);
    if (volumes.size === 0) {
      starts?.close();
      starts = undefined;
      startOf.clear();
      unsettled.clear();
    }
  }

  async function run(): Promise<void> {
    let toldMs = 0;
    let ioMs = 0;
    let isFlood = false;
    while (isRunning) {
      const groups = [...volumes.values()].flatMap(({ contents, names }) => (names ? [contents, names] : [contents]));
      if (starts) groups.push(starts);
      await waitForFanotify(groups, unsettled.size > 0 ? startSettlesMs : waitMs);
      if (!isRunning) break;
      if (!isFlood) await pause(gatherMs);
      settleStarts();
      isFlood = drain();
      const atMs = now();
      if (volumes.size > 0 && atMs - ioMs >= ioEveryMs) {
        ioMs = atMs;
        readAllIo();
      }
      if (atMs - toldMs >= tellEveryMs) {
        toldMs = atMs;
        for (const { account } of volumes.values()) tell(account, false);
      }
      // Lets the socket send and commands arrive while a flood goes on.
      if (isFlood) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  return {
    start(): void {
      isRunning = true;
      ended = run().catch((error: unknown) => {
        isRunning = false;
        sink.problem({ atMs: now(), kind: 'problem', message: `The capture of writes broke: ${messageOf(error)}` });
        throw error;
      });
      // `stop` passes the error on; until then it must not end the process.
      ended.catch(() => undefined);
    },
    /** Watches these mount points and no others. One that cannot be watched is told as a problem. */
    watch(mountPoints: readonly string[]): void {
      const wanted = new Set(mountPoints);
      for (const volume of [...volumes.values()]) if (!wanted.has(volume.mountPoint)) remove(volume);
      for (const mountPoint of wanted) {
        if (volumes.has(mountPoint)) continue;
        try {
          add(mountPoint);
        } catch (error) {
          sink.problem({
            atMs: now(),
            kind: 'problem',
            message: `Writes to ${mountPoint} are not watched. ${messageOf(error)}`,
          });
        }
      }
    },
    get watched(): readonly string[] {
      return [...volumes.keys()];
    },
    /** Reads what is queued, tells everything and ends. */
    async stop(): Promise<void> {
      isRunning = false;
      await ended;
      readAllIo();
      for (const volume of [...volumes.values()]) remove(volume);
      await Promise.all(hashings);
    },
  };
}

export type FanotifyCapture = ReturnType<typeof makeFanotifyCapture>;
