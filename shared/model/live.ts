import type { DeviceEvent, WriteEvent } from './event.ts';
import type { DeviceIdentityStrength } from './evidence-answer.ts';
import type { LiveShipping } from './live-shipping.ts';

/**
 * What the local machine shows while it is watched: devices, volumes, and who writes how much to them. Every amount
 * carries how well it is known, because no source of an operating system sees everything.
 */

/** What a device on the bus is, told from its own class codes. */
export type LiveDeviceKind = 'storage' | 'hub' | 'input' | 'other';

/** A condition of a device that a person should know of, beside its ordinary figures. */
export type LiveDeviceNote =
  /** A reader or drive without a card or disk in it. */
  | 'no-medium'
  /** The file system lies on the whole disk; there are no partitions. */
  | 'no-partition-table'
  /** Nothing on the disk that this system knows as a file system. */
  | 'no-file-system'
  /** Another device that is connected now has the same serial: the two cannot be told apart by it. */
  | 'serial-shared'
  /** It left while a volume was mounted: what was still in memory is lost. */
  | 'pulled-while-mounted'
  /** The system refused the device (its `authorized` switch is off), so no driver serves it. */
  | 'not-authorized'
  /** Some of its attributes could not be read. */
  | 'partly-unreadable';

/** A volume of a device: a partition, or the whole disk where it has none. */
export interface LiveVolume {
  /** Block device such as `/dev/sdb1`; `E:` on Windows; `disk4s1` on macOS. */
  readonly node: string;
  /** Absent while it is not mounted. The first one where it is mounted more than once. */
  readonly mountPoint?: string | undefined;
  readonly label?: string | undefined;
  readonly uuid?: string | undefined;
  readonly fileSystem?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** Major and minor number, `8:17`; Linux only. */
  readonly deviceNumber?: string | undefined;
}

/** A device as it is now, or as it was when it left. */
export interface LiveDevice {
  /** Names this connection: port and address on the bus. Plugging the same stick again makes a new key. */
  readonly key: string;
  /** Identity across connections and machines; see `device-identity.ts`. */
  readonly device: string;
  readonly identity: DeviceIdentityStrength;
  readonly kind: LiveDeviceKind;
  /** `Usb`, or what the disk hangs on. */
  readonly busType: string;
  /** Where it is plugged in: `2-1.4` is port 4 of the hub on port 1 of bus 2. */
  readonly busPath: string;
  /** Four lower-case hex digits. */
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly vendor?: string | undefined;
  readonly product?: string | undefined;
  /** Whether the names are the device's own, or the list of known ids had to help. */
  readonly namesFrom?: 'device' | 'id-list' | undefined;
  readonly serial?: string | undefined;
  /** Megabits a second. */
  readonly speedMbps?: number | undefined;
  readonly capacityBytes?: number | undefined;
  readonly volumes: readonly LiveVolume[];
  /** Absent where it was there before the watching began. */
  readonly connectedMs?: number | undefined;
  readonly disconnectedMs?: number | undefined;
  readonly notes: readonly LiveDeviceNote[];
}

/** One thing that happened to a device. `present` says that it was there when the watching began. */
export type LiveDeviceChange =
  | {
      readonly change: 'present' | 'connected' | 'changed' | 'disconnected';
      readonly atMs: number;
      readonly device: LiveDevice;
    }
  | {
      readonly change: 'mounted' | 'unmounted';
      readonly atMs: number;
      readonly device: LiveDevice;
      readonly volume: LiveVolume;
      /** For `mounted`: it was mounted before the watching began. For `unmounted`: the stick was pulled. */
      readonly isPresent?: boolean | undefined;
      readonly isPulled?: boolean | undefined;
    };

/**
 * How well an amount is known. `exact`: every write of it was seen and its size read. `range`: between what files grew
 * by and what the process wrote in all. `sampled`: read every so often, so short writes can be missed.
 */
export type WriteQuality = 'exact' | 'range' | 'sampled';

/** What is known of a process that wrote. A process that ended early keeps what was read in time. */
export interface LiveProcess {
  /** Process id and start time: an id that is used again is another process. */
  readonly key: string;
  readonly pid: number;
  /** Empty where it ended before even its name could be read. */
  readonly name: string;
  readonly executable?: string | undefined;
  readonly commandLine?: string | undefined;
  readonly user?: string | undefined;
  readonly userId?: string | undefined;
  readonly parentPid?: number | undefined;
  readonly parentName?: string | undefined;
  readonly startMs?: number | undefined;
  readonly executableSha256?: string | undefined;
  /** Package of the system that the executable belongs to. */
  readonly packageName?: string | undefined;
}

/** What happened to a file, as seen when it was written, closed or renamed. */
export type LiveFileState = 'new' | 'overwritten' | 'modified' | 'renamed-in';

/** One file that one process wrote. */
export interface LiveFile {
  readonly atMs: number;
  readonly processKey: string;
  readonly mountPoint: string;
  readonly path: string;
  readonly state: LiveFileState;
  readonly sizeBytes: number;
  /** How much the file grew under this process since it opened it. */
  readonly grownBytes: number;
  /** First bytes as lower-case hex, where they could be read. */
  readonly headerBytes?: string | undefined;
  /** For `renamed-in`. */
  readonly sourcePath?: string | undefined;
  readonly quality: WriteQuality;
  /** The process still had it open. */
  readonly isOpen: boolean;
}

/** What one process wrote to one volume so far. */
export interface LiveUsage {
  readonly atMs: number;
  readonly processKey: string;
  readonly mountPoint: string;
  /** What its files certainly grew by. */
  readonly minBytes: number;
  /** The most it can have written; absent where no source could say. */
  readonly maxBytes?: number | undefined;
  readonly files: number;
  readonly quality: WriteQuality;
}

/** Bytes that reached a disk by its own counter, since the watching of it began. Later than the writes: the system buffers them. */
export interface LiveDiskBytes {
  readonly atMs: number;
  readonly mountPoint: string;
  readonly diskBytes: number;
}

/** How writes are captured, and what that leaves out. */
export interface LiveMethod {
  readonly kind: 'fanotify' | 'sampler' | 'none';
  /** What it sees, in a sentence. */
  readonly sentence: string;
  /** What more privilege would add; absent where nothing would. */
  readonly wouldAdd?: string | undefined;
}

/** Something that the person must know about the capture itself. */
export interface LiveProblem {
  readonly atMs: number;
  /** `gap`: nothing was seen from `atMs` to `untilMs`. `overflow`: the system dropped events. */
  readonly kind: 'gap' | 'overflow' | 'problem';
  readonly message: string;
  readonly hint?: string | undefined;
  readonly untilMs?: number | undefined;
}

/** The stream of a capture: what the command line prints, a line each, and what the window's state is made of. */
export type LiveItem =
  | { readonly kind: 'started'; readonly atMs: number; readonly host: string; readonly method: LiveMethod }
  | ({ readonly kind: 'device'; readonly event?: DeviceEvent | undefined } & LiveDeviceChange)
  | { readonly kind: 'process'; readonly process: LiveProcess }
  | { readonly kind: 'write'; readonly event: WriteEvent; readonly file: LiveFile }
  | ({ readonly kind: 'usage'; readonly name: string } & LiveUsage)
  | ({ readonly kind: 'disk' } & LiveDiskBytes)
  | { readonly kind: 'method'; readonly atMs: number; readonly method: LiveMethod }
  | ({ readonly kind: 'problem'; readonly problem: LiveProblem['kind'] } & Omit<LiveProblem, 'kind'>)
  /** How the sending to a cluster goes; at most once a second, and at the end. */
  | ({ readonly kind: 'shipping'; readonly atMs: number } & LiveShipping)
  | { readonly kind: 'stopped'; readonly atMs: number; readonly totals: LiveTotals };

/** How the bytes of the watched disks divide by how well they are attributed to a process. */
export interface LiveTotals {
  /** By the disks' own counters, file-system overhead included. */
  readonly diskBytes: number;
  readonly exactBytes: number;
  /** The lower ends of the ranges. */
  readonly rangeBytes: number;
  readonly sampledBytes: number;
  /** Disk bytes less all attributed ones, at least 0. */
  readonly unattributedBytes: number;
  readonly files: number;
  readonly processes: number;
  readonly overflows: number;
}

/** A process in the live table. */
export interface LiveProcessRow {
  readonly process: LiveProcess;
  /** Devices and volumes it wrote to. */
  readonly devices: readonly string[];
  readonly mountPoints: readonly string[];
  /** Mean of the last 5 s. */
  readonly bytesPerSecond: number;
  readonly peakBytesPerSecond: number;
  readonly minBytes: number;
  readonly maxBytes?: number | undefined;
  readonly files: number;
  readonly quality: WriteQuality;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Bytes per whole second, oldest first, ending with the second before `nowMs`; at most 300; only for the busiest rows. */
  readonly rates?: readonly number[] | undefined;
}

/** A moment that the person marked. */
export interface LiveMark {
  readonly atMs: number;
  readonly note: string;
}

/** A finding about a write of this capture. */
export interface LiveFinding {
  readonly id: string;
  readonly process: string;
  readonly device: string;
  readonly score: number;
  readonly startMs: number;
}

/** Everything the live view shows, as it is at `nowMs`. Lists are bounded; the counts beside them are whole. */
export interface LiveState {
  readonly phase: 'off' | 'starting' | 'running';
  readonly nowMs: number;
  readonly host: string;
  readonly startedMs?: number | undefined;
  readonly method: LiveMethod;
  /** Connected now, then those that left (newest first, at most 50). */
  readonly devices: readonly LiveDevice[];
  /** By bytes, at most 200. */
  readonly processes: readonly LiveProcessRow[];
  readonly processCount: number;
  /** Newest first, at most 100. */
  readonly files: readonly (LiveFile & { readonly processName: string })[];
  readonly fileCount: number;
  readonly eventCount: number;
  readonly totals: LiveTotals;
  readonly findings: readonly LiveFinding[];
  readonly marks: readonly LiveMark[];
  /** Newest first, at most 50. */
  readonly problems: readonly LiveProblem[];
  /** Absent where events are kept here only. */
  readonly shipping?: LiveShipping | undefined;
}
