import type { WriteEvent } from './event.ts';

/** What the store holds. Counts are of stored events, after identical ones were dropped. */
export interface EvidenceSummary {
  readonly writes: number;
  readonly renames: number;
  readonly deviceEvents: number;
  readonly alerts: number;
  readonly anomalyRecords: number;
  readonly hosts: number;
  readonly users: number;
  readonly processes: number;
  readonly devices: number;
  /** First and last counted write; absent when there is none. */
  readonly firstMs?: number | undefined;
  readonly lastMs?: number | undefined;
  /** Changes whenever stored evidence changes: what was computed from an older revision is stale. */
  readonly revision: string;
}

/**
 * Written volume per time bucket and key, as columns. Rows are ordered by bucket start, then key. Empty buckets have no
 * row. `keys[keyIndex[i]]` is the key of row i; keys come strongest first, and the last one is `otherKey` where keys past
 * the limit were folded into it. Without `by` the one key is empty.
 */
export interface VolumeColumns {
  readonly keys: readonly string[];
  readonly startMs: Float64Array;
  readonly keyIndex: Uint32Array;
  /** Event sum: file size added up over counted events. */
  readonly writtenBytes: Float64Array;
  /** Distinct paths per bucket and key. */
  readonly files: Float64Array;
  readonly events: Float64Array;
  /** True where `files` is an estimate (a distributed engine counts distinct values approximately). */
  readonly isFilesApproximate: boolean;
}

/** Stands for every key that is not among the strongest. NUL keeps it apart from any real name. */
export const otherKey = '\u0000other';

/** What one process (by name and executable) wrote on one host. */
export interface ProcessRow {
  readonly host: string;
  readonly process: string;
  readonly executable?: string | undefined;
  /** Event sum. */
  readonly writtenBytes: number;
  /** Per device and path the last size (of several at one instant the largest), added up. */
  readonly distinctBytes: number;
  readonly files: number;
  readonly events: number;
  readonly devices: number;
  readonly users: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Rows that match in all, over all pages. */
  readonly total: number;
  readonly nextCursor?: string | undefined;
}

/** How sure a device's identity is, weakest last. */
export const deviceIdentityStrengths = ['serial', 'windows-made', 'model-and-volume'] as const;
export type DeviceIdentityStrength = (typeof deviceIdentityStrengths)[number];

/** What a list of devices can be sorted by. */
export const deviceSorts = [
  'lastWriteMs',
  'lastSeenMs',
  'firstSeenMs',
  'writtenBytes',
  'events',
  'hostCount',
  'userCount',
  'capacityBytes',
  'name',
  'serial',
  'busType',
] as const;
export type DeviceSort = (typeof deviceSorts)[number];

/** A device as all evidence shows it. */
export interface DeviceRow {
  readonly id: string;
  readonly identity: DeviceIdentityStrength;
  readonly vendor?: string | undefined;
  readonly product?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  readonly serial?: string | undefined;
  readonly busType?: string | undefined;
  readonly volumes: readonly string[];
  readonly capacityBytes?: number | undefined;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Hosts and users, at most 100 each, by name; the counts are whole. */
  readonly hosts: readonly string[];
  readonly hostCount: number;
  readonly users: readonly string[];
  readonly userCount: number;
  readonly writtenBytes: number;
  readonly events: number;
}

/** A connection of a device to a host. An end that no event recorded is absent. */
export interface DeviceSession {
  readonly device: string;
  readonly host: string;
  readonly volume?: string | undefined;
  readonly connectedMs?: number | undefined;
  readonly disconnectedMs?: number | undefined;
  /** First and last write or device event inside the session: where it certainly was connected. */
  readonly firstActivityMs: number;
  readonly lastActivityMs: number;
  /** `events`: from device events. `inferred`: only writes say that it was connected (a gap over 8 hours parts two sessions). */
  readonly source: 'events' | 'inferred';
}

/** Connections, and whether there are more than were asked for. */
export interface DeviceSessions {
  readonly rows: readonly DeviceSession[];
  readonly isCut: boolean;
  /** Devices that have any, shown or not; only where the answer keeps to some. */
  readonly devices?: number | undefined;
}

/** What events say about the program that wrote: who signed it, which file it is, what started it. Empty where they say nothing. */
export interface ProgramIdentity {
  /** Subject of the code signature. */
  readonly publisher: string;
  /** Whether the system trusted the signature: `'true'`, `'false'` or empty. */
  readonly publisherTrusted: string;
  readonly sha256: string;
  /** The name the program was built with. */
  readonly originalFileName: string;
  readonly parentProcess: string;
}

export const identityParts = [
  'publisher',
  'publisherTrusted',
  'sha256',
  'originalFileName',
  'parentProcess',
] as const satisfies readonly (keyof ProgramIdentity)[];

export const unknownIdentity: ProgramIdentity = {
  publisher: '',
  publisherTrusted: '',
  sha256: '',
  originalFileName: '',
  parentProcess: '',
};

/**
 * The one aggregate that every score is computed from: counted writes per 15-minute slot, host, user, process,
 * executable, device and identity of the program, in the order of these (parts of the identity as in `identityParts`).
 * Exact in every engine. Indices point into the dictionaries of the same chunk.
 */
export interface ActivityChunk {
  readonly hosts: readonly string[];
  readonly users: readonly string[];
  readonly processes: readonly string[];
  /** Empty text where the events name no executable. */
  readonly executables: readonly string[];
  readonly devices: readonly string[];
  readonly identities: readonly ProgramIdentity[];
  readonly slotMs: Float64Array;
  readonly hostIndex: Uint32Array;
  readonly userIndex: Uint32Array;
  readonly processIndex: Uint32Array;
  readonly executableIndex: Uint32Array;
  readonly deviceIndex: Uint32Array;
  readonly identityIndex: Uint32Array;
  readonly events: Float64Array;
  readonly writtenBytes: Float64Array;
  /** First and last event inside the slot: what tells whether two slots belong to one finding. */
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
}

/** Width of an activity slot. */
export const activitySlotMs = 900_000;

/** Figures of a set of writes, exact. */
export interface WriteTotals {
  readonly writtenBytes: number;
  readonly distinctBytes: number;
  readonly files: number;
  readonly events: number;
  readonly renames: number;
  readonly firstMs?: number | undefined;
  readonly lastMs?: number | undefined;
}

/** A value and how much of the asked writes carry it. */
export interface TermRow {
  readonly value: string;
  readonly events: number;
  readonly writtenBytes: number;
  readonly files: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Distinct hosts that carry the value among the asked writes. */
  readonly hosts: number;
  /** True where `files` is an estimate of a distributed engine. */
  readonly isFilesApproximate?: boolean | undefined;
}

/** A row of the writes list: an event of the counted kinds, or a rename. */
export type WriteRow = WriteEvent;
