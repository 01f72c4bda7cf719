import type { LiveDevice, LiveDeviceChange, LiveProblem } from '../../shared/model/live.ts';

/** What a device monitor says: a change of a device, or a problem of the monitor itself. */
export interface DeviceListener {
  onChange(change: LiveDeviceChange): void;
  onProblem(problem: LiveProblem): void;
}

/** Watches the devices of this machine. One file per operating system makes one. */
export interface DeviceMonitor {
  /** Connected now, in no certain order. Empty before `start`. */
  readonly devices: readonly LiveDevice[];
  /**
   * Begins to watch. What is there already is told as `present` (and its volumes as `mounted` with `isPresent`) before
   * this returns; after that changes come as they are seen. A machine without a USB bus is said as a problem, not failed.
   */
  start(listener: DeviceListener): Promise<void>;
  /** Looks now instead of at the next turn. */
  check(): Promise<void>;
  /** Ends the watching and everything it started. */
  stop(): Promise<void>;
}
