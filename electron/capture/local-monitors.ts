import { existsSync } from 'node:fs';
import type { DeviceMonitor } from './device-monitor.ts';
import type { Elevation } from './helper-command.ts';
import { helperSocketPath } from './helper-socket.ts';
import { makeLinuxDeviceMonitor } from './linux-device-monitor.ts';
import { makeFanotifyMonitor } from './linux-fanotify-monitor.ts';
import { makeLinuxWriteSampler } from './linux-write-sampler.ts';
import { makeMacosDeviceMonitor } from './macos-device-monitor.ts';
import { makeWatchedFilesMonitor } from './watched-files-monitor.ts';
import { makeWindowsDeviceMonitor } from './windows-device-monitor.ts';
import type { WriteMonitor } from './write-monitor.ts';

/** The device monitor of the system this runs on. */
export function makeLocalDeviceMonitor(): DeviceMonitor {
  if (process.platform === 'win32') return makeWindowsDeviceMonitor();
  return process.platform === 'darwin' ? makeMacosDeviceMonitor() : makeLinuxDeviceMonitor();
}

export interface LocalWriteOptions {
  /** Asks for privilege. Root, and a helper that was started by hand, need no asking and are used anyway. */
  readonly asAdministrator: boolean;
  readonly elevation?: Elevation | undefined;
  readonly helperPath?: string | undefined;
}

/** The ways to see writes on the system this runs on, best first. */
export function makeLocalWriteMonitors(options: LocalWriteOptions): readonly WriteMonitor[] {
  if (process.platform !== 'linux') return [makeWatchedFilesMonitor()];
  const userId = process.getuid?.() ?? -1;
  const isPrivileged = options.asAdministrator || userId === 0 || existsSync(helperSocketPath(userId));
  const { elevation, helperPath } = options;
  return isPrivileged
    ? [makeFanotifyMonitor({ elevation, helperPath }), makeLinuxWriteSampler()]
    : [makeLinuxWriteSampler()];
}
