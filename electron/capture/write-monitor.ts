import type { LiveFile, LiveMethod, LiveProblem, LiveProcess, LiveUsage } from '../../shared/model/live.ts';

/** A mounted volume whose writes are to be told. */
export interface WatchedVolume {
  readonly mountPoint: string;
}

/** What a write monitor says. A process is told before the first file or usage that names its key. */
export interface WriteListener {
  onProcess(process: LiveProcess): void;
  onFile(file: LiveFile): void;
  /** What a process wrote so far; at most a few times a second for each. */
  onUsage(usage: LiveUsage): void;
  onProblem(problem: LiveProblem): void;
}

/**
 * Watches who writes to volumes. Each source (kernel events, samples, another system's counters; eBPF where there is one
 * some day) is one implementation, and says by `method` what it sees and what it does not.
 */
export interface WriteMonitor {
  readonly method: LiveMethod;
  /** Begins; watches nothing yet. Fails with `usb-unavailable` where the source cannot be had. */
  start(listener: WriteListener): Promise<void>;
  /**
   * Watches these volumes and no others; returns when that is in effect (or the source is gone). A volume that cannot be
   * watched is told as a problem.
   */
  watch(volumes: readonly WatchedVolume[]): Promise<void>;
  /** Ends the watching; what was still open is told as it is. */
  stop(): Promise<void>;
}
