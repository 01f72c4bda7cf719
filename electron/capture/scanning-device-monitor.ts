import { messageOf } from '../../shared/base/failure.ts';
import type { LiveDevice, LiveProblem } from '../../shared/model/live.ts';
import { deviceChanges, type ScannedDevice } from './device-changes.ts';
import type { DeviceListener, DeviceMonitor } from './device-monitor.ts';

/** How one operating system is scanned. */
export interface DeviceScanner {
  /** Everything connected now. May throw: the scan is then skipped and said once. */
  scan(reportProblem: (problem: Omit<LiveProblem, 'atMs'>) => void): Promise<readonly ScannedDevice[]>;
  /** Cheap test whether a scan is worth it; absent where every turn scans. */
  readonly mayHaveChanged?: (() => Promise<boolean>) | undefined;
  /** Starts something that calls `look` when the system says that devices changed; returns how to end it. */
  readonly listen?: ((look: () => void) => Promise<() => Promise<void>>) | undefined;
}

export interface ScanningOptions {
  /** Time between two looks. */
  readonly intervalMs: number;
  /** After a change the system still fills in labels and file systems: scan at every `settleEveryMs` for `settleMs`. */
  readonly settleMs: number;
  readonly settleEveryMs: number;
  readonly now?: () => number;
}

/**
 * A device monitor made of scans: the state of the machine is the truth, events only say when to look, so a lost event
 * costs one interval and never a device. One scan at a time; a look that is asked for during one follows right after it.
 */
export function makeScanningDeviceMonitor(scanner: DeviceScanner, options: ScanningOptions): DeviceMonitor {
  const now = options.now ?? Date.now;
  let known: ReadonlyMap<string, LiveDevice> = new Map();
  let listener: DeviceListener | undefined;
  let timer: NodeJS.Timeout | undefined;
  let endListening: (() => Promise<void>) | undefined;
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  let isFirst = true;
  let settleUntilMs = 0;
  let lastScanMs = 0;
  const told = new Set<string>();

  function report(problem: Omit<LiveProblem, 'atMs'>): void {
    // The same trouble at every turn is said once.
    if (told.has(problem.message)) return;
    if (told.size < 100) told.add(problem.message);
    listener?.onProblem({ ...problem, atMs: now() });
  }

  async function scanOnce(isForced: boolean): Promise<void> {
    const atMs = now();
    const isSettling = atMs < settleUntilMs && atMs - lastScanMs >= options.settleEveryMs;
    try {
      if (!isForced && !isSettling && scanner.mayHaveChanged && !(await scanner.mayHaveChanged())) return;
      lastScanMs = atMs;
      const scanned = await scanner.scan(report);
      if (!listener) return;
      const { changes, devices } = deviceChanges(known, scanned, now(), isFirst);
      known = devices;
      isFirst = false;
      if (changes.some(({ change }) => change !== 'present' && change !== 'changed'))
        settleUntilMs = now() + options.settleMs;
      for (const change of changes) listener.onChange(change);
    } catch (error) {
      report({ kind: 'problem', message: `The devices could not be read: ${messageOf(error)}` });
    }
  }

  function look(isForced: boolean): Promise<void> {
    if (running) {
      isAskedAgain ||= isForced;
      return running;
    }
    running = (async () => {
      try {
        await scanOnce(isForced);
        while (isAskedAgain && listener) {
          isAskedAgain = false;
          await scanOnce(true);
        }
      } finally {
        running = undefined;
      }
    })();
    return running;
  }

  return {
    get devices() {
      return [...known.values()];
    },
    async start(to) {
      listener = to;
      await look(true);
      endListening = await scanner.listen?.(() => void look(true));
      if (!listener) return;
      timer = setInterval(() => void look(false), options.intervalMs);
    },
    check: () => look(true),
    async stop() {
      listener = undefined;
      clearInterval(timer);
      timer = undefined;
      const end = endListening;
      endListening = undefined;
      await end?.();
      await running;
    },
  };
}
