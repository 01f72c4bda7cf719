import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve as resolvePath } from 'node:path';
import { Failure, messageOf } from '../../shared/base/failure.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type {
  LiveDeviceChange,
  LiveDiskBytes,
  LiveFile,
  LiveItem,
  LiveMethod,
  LiveProblem,
  LiveProcess,
  LiveTotals,
  LiveUsage,
} from '../../shared/model/live.ts';
import type { DeviceMonitor } from './device-monitor.ts';
import { type EventDevice, toDeviceEvent, toPathDevice, toWriteEvent } from './live-events.ts';
import { makeLiveTotals } from './live-totals.ts';
import { mountOf, parseMountinfo } from './mountinfo.ts';
import type { PackageOwner } from './package-owner.ts';
import { parseDiskWrittenBytes } from './proc-text.ts';
import type { WriteMonitor } from './write-monitor.ts';

export interface LiveCaptureOptions {
  readonly host: string;
  readonly devices: DeviceMonitor;
  /** Ways to see writes, best first: the first one that starts is used, and why the others did not is said. */
  readonly writes: readonly WriteMonitor[];
  /** Mount points to watch beside those of removable devices. */
  readonly paths?: readonly string[] | undefined;
  /** Stores events; called at most once at a time, again with the same events where it failed. */
  readonly append?: ((events: LiveEvents) => Promise<unknown>) | undefined;
  readonly packages?: PackageOwner | undefined;
  readonly now?: (() => number) | undefined;
}

export interface LiveEvents {
  readonly writes: readonly WriteEvent[];
  readonly deviceEvents: readonly DeviceEvent[];
}

interface CapturedVolume {
  readonly device: EventDevice;
  readonly deviceNumber: string | undefined;
  /** The disk's counter when the watching of it began. */
  baseBytes: number | undefined;
  diskBytes: number | undefined;
}

const flushEveryMs = 250;
const tellUsageEveryMs = 500;
const readDisksEveryMs = 1_000;
const maxUnstored = 200_000;
const maxProcesses = 20_000;
const maxToldOpen = 100_000;
const maxEventsPerAppend = 10_000;

const noMethod: LiveMethod = {
  kind: 'none',
  sentence: 'Writes cannot be seen on this system. Devices and volumes are watched.',
};

/**
 * Watches this machine until `signal` aborts, then ends in order and gives the totals: an operation that emits items.
 * Joins devices, volumes and writes: each file becomes a write event on the device that its volume lies on, each mount and
 * unmount a device event, with the same identities as imported evidence. Events are stored as they come; a store that does
 * not answer gets them again, and nothing twice (ids are stable).
 */
export async function captureLive(
  options: LiveCaptureOptions,
  emit: (item: LiveItem) => void,
  signal: AbortSignal,
): Promise<LiveTotals> {
  const now = options.now ?? Date.now;
  const { host, devices } = options;
  const processes = new Map<string, LiveProcess>();
  /** By mount point; volumes that left stay known, because their last files are told after they left. */
  const volumes = new Map<string, CapturedVolume>();
  const mounted = new Set<string>();
  const usages = new Map<string, LiveUsage>();
  const changedUsages = new Set<string>();
  const toldOpen = new Set<string>();
  const pathMounts = new Set<string>();
  const totals = makeLiveTotals();
  let newFiles: LiveFile[] = [];
  let unstored: { writes: WriteEvent[]; deviceEvents: DeviceEvent[] } = { writes: [], deviceEvents: [] };
  let storing: Promise<void> | undefined;
  let files = 0;
  let overflows = 0;
  let lastUsageMs = 0;
  let isStoreFailing = false;

  function onProblem(problem: LiveProblem): void {
    if (problem.kind === 'overflow') overflows += 1;
    const { kind, ...rest } = problem;
    emit({ kind: 'problem', problem: kind, ...rest });
  }

  function onProcess(process: LiveProcess): void {
    const before = processes.get(process.key);
    // What one reading knew is not lost by a later one that came too late.
    const merged: LiveProcess = {
      ...before,
      ...Object.fromEntries(Object.entries(process).filter(([, value]) => value !== undefined)),
      key: process.key,
      pid: process.pid,
      name: process.name || (before?.name ?? ''),
    };
    if (!before && processes.size >= maxProcesses) processes.delete(processes.keys().next().value ?? '');
    processes.set(process.key, merged);
    emit({ kind: 'process', process: merged });
    if (!before && merged.executable !== undefined) {
      void options.packages?.find(merged.executable).then((packageName) => {
        if (packageName !== undefined && !signal.aborted) onProcess({ ...merged, packageName });
      });
    }
  }

  function keepBounded(set: Set<string>, key: string): void {
    if (set.size >= maxToldOpen) set.delete(set.values().next().value ?? '');
    set.add(key);
  }

  /** Files become events a moment after they were seen, when what is known of their processes has come too. */
  function takeFiles(): void {
    const taken = newFiles;
    newFiles = [];
    for (const file of taken) {
      const volume = volumes.get(file.mountPoint);
      if (!volume) continue;
      const openKey = `${file.processKey}|${file.path}`;
      const wasToldOpen = toldOpen.has(openKey);
      if (file.isOpen) {
        // The end of a volume tells files that never closed a second time.
        keepBounded(toldOpen, openKey);
      } else toldOpen.delete(openKey);
      const event = toWriteEvent(file, processes.get(file.processKey), volume.device, host, wasToldOpen);
      files += 1;
      emit({ kind: 'write', event, file });
      if (options.append) unstored.writes.push(event);
    }
    if (unstored.writes.length > maxUnstored) {
      const lost = unstored.writes.length - maxUnstored;
      unstored.writes.splice(0, lost);
      onProblem({ atMs: now(), kind: 'gap', message: `${lost} writes could not be stored.` });
    }
  }

  function tellUsages(isLast: boolean): void {
    if (!isLast && now() - lastUsageMs < tellUsageEveryMs) return;
    lastUsageMs = now();
    for (const key of changedUsages) {
      const usage = usages.get(key);
      if (usage) emit({ kind: 'usage', name: processes.get(usage.processKey)?.name || '', ...usage });
    }
    changedUsages.clear();
  }

  async function storeOnce(): Promise<void> {
    const batch = {
      writes: unstored.writes.slice(0, maxEventsPerAppend),
      deviceEvents: unstored.deviceEvents.slice(0, maxEventsPerAppend),
    };
    try {
      await options.append?.(batch);
      unstored = {
        writes: unstored.writes.slice(batch.writes.length),
        deviceEvents: unstored.deviceEvents.slice(batch.deviceEvents.length),
      };
      isStoreFailing = false;
    } catch (error) {
      if (!isStoreFailing) {
        onProblem({ atMs: now(), kind: 'problem', message: `Events wait to be stored: ${messageOf(error)}` });
      }
      isStoreFailing = true;
    }
  }

  function store(): Promise<void> {
    if (unstored.writes.length + unstored.deviceEvents.length === 0) return storing ?? Promise.resolve();
    storing ??= storeOnce().finally(() => {
      storing = undefined;
    });
    return storing;
  }

  function flush(isLast: boolean): void {
    takeFiles();
    tellUsages(isLast);
    void store();
  }

  async function readDisk(deviceNumber: string): Promise<number | undefined> {
    try {
      return parseDiskWrittenBytes(await readFile(`/sys/dev/block/${deviceNumber}/stat`, 'latin1'));
    } catch {
      return undefined;
    }
  }

  async function readDisks(): Promise<void> {
    for (const mountPoint of [...mounted]) {
      const volume = volumes.get(mountPoint);
      if (!volume?.deviceNumber || volume.deviceNumber.startsWith('0:')) continue;
      const bytes = await readDisk(volume.deviceNumber);
      if (bytes === undefined) continue;
      volume.baseBytes ??= bytes;
      const diskBytes = bytes - volume.baseBytes;
      if (diskBytes === volume.diskBytes) continue;
      const isFirst = volume.diskBytes === undefined;
      volume.diskBytes = diskBytes;
      const told: LiveDiskBytes = { atMs: now(), mountPoint, diskBytes };
      totals.takeDisk(told);
      if (!isFirst) emit({ kind: 'disk', ...told });
    }
  }

  function watchMounted(monitor: WriteMonitor | undefined): void {
    void monitor?.watch([...mounted].map((mountPoint) => ({ mountPoint })));
  }

  function onChange(change: LiveDeviceChange): void {
    const event = toDeviceEvent(change, host);
    if (change.change === 'mounted' && change.volume.mountPoint !== undefined) {
      volumes.set(change.volume.mountPoint, {
        device: change.device,
        deviceNumber: change.volume.deviceNumber,
        baseBytes: undefined,
        diskBytes: undefined,
      });
      mounted.add(change.volume.mountPoint);
      totals.beginVolume(change.volume.mountPoint);
      watchMounted(monitor);
      void readDisks();
    }
    if (change.change === 'unmounted' && change.volume.mountPoint !== undefined) {
      if (!pathMounts.has(change.volume.mountPoint)) mounted.delete(change.volume.mountPoint);
      watchMounted(monitor);
    }
    emit({ kind: 'device', ...change, ...(event ? { event } : {}) });
    if (event && options.append) unstored.deviceEvents.push(event);
  }

  const listener = {
    onProcess,
    onProblem,
    onFile: (file: LiveFile) => {
      newFiles.push(file);
    },
    onUsage: (usage: LiveUsage) => {
      const key = `${usage.processKey}|${usage.mountPoint}`;
      if (!usages.has(key) && usages.size >= maxProcesses) usages.delete(usages.keys().next().value ?? '');
      usages.set(key, usage);
      totals.takeUsage(usage);
      changedUsages.add(key);
    },
  };

  const refusals: LiveProblem[] = [];
  let monitor: WriteMonitor | undefined;
  for (const candidate of options.writes) {
    try {
      await candidate.start(listener);
      monitor = candidate;
      break;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusals.push({ atMs: now(), kind: 'problem', message: error.message, hint: error.hint });
    }
  }
  emit({ kind: 'started', atMs: now(), host, method: monitor?.method ?? noMethod });
  for (const refusal of refusals) onProblem(refusal);

  const timers: NodeJS.Timeout[] = [];
  try {
    const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
    for (const path of options.paths ?? []) {
      const mountPoint = isAbsolute(path) ? resolvePath(path) : path;
      const mount = mountOf(mounts, mountPoint);
      const isMount = mount?.mountPoint === mountPoint;
      volumes.set(mountPoint, {
        device: toPathDevice(mountPoint, isMount ? mount.fileSystem : undefined, isMount ? mount.source : undefined),
        deviceNumber: isMount ? mount.deviceNumber : undefined,
        baseBytes: undefined,
        diskBytes: undefined,
      });
      mounted.add(mountPoint);
      pathMounts.add(mountPoint);
    }
    watchMounted(monitor);
    await devices.start({ onChange, onProblem });
    await readDisks();
    timers.push(setInterval(() => flush(false), flushEveryMs));
    timers.push(setInterval(() => void readDisks(), readDisksEveryMs));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    for (const timer of timers) clearInterval(timer);
    await devices.stop();
    await monitor?.stop();
  }
  await readDisks();
  flush(true);
  // What could not be stored gets one more try; a store that is gone must not keep the capture from ending.
  await store();
  if (unstored.writes.length + unstored.deviceEvents.length > 0) await store();
  const end = totals.totals(files, overflows);
  emit({ kind: 'stopped', atMs: now(), totals: end });
  return end;
}
