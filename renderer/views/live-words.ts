import type { LiveDevice, LiveTotals } from '../../shared/model/live.ts';
import type { LaneColour } from '../timeline/lanes.ts';
import { deviceName } from '../widgets/device-name.ts';

/** Bytes that a process is known for, however well. */
export const attributed = (totals: LiveTotals) => totals.exactBytes + totals.rangeBytes + totals.sampledBytes;

/** What a device is called. */
export const deviceTitle = (device: LiveDevice) => deviceName(device.device, device);
const fileSystems: Readonly<Record<string, string>> = {
  exfat: 'exFAT',
  vfat: 'FAT',
  msdos: 'FAT',
  ntfs: 'NTFS',
  ntfs3: 'NTFS',
  refs: 'ReFS',
  apfs: 'APFS',
  hfs: 'HFS+',
  hfsplus: 'HFS+',
};
/** A file system as people write it; one that is not known here stays as the system says it. */
export const fileSystemName = (fileSystem: string) => fileSystems[fileSystem.toLowerCase()] ?? fileSystem;
/** Where its volumes are mounted. */
export const mountsOf = (device: LiveDevice) =>
  device.volumes.map((volume) => volume.mountPoint ?? volume.node).join(' ');

/** How much of the past the live view shows, in minutes. */
export const liveLengths = [
  { value: '1', title: '1 min' },
  { value: '5', title: '5 min' },
  { value: '30', title: '30 min' },
] as const;
export type LiveLength = (typeof liveLengths)[number]['value'];

/** Processes that have a lane in the chart, and the colours that name them in chart and table. */
export const mostLanes = 5;
export const laneColours: readonly LaneColour[] = ['c1', 'c2', 'c3', 'c4', 'c5'];
