/**
 * Evidence as the rest of Portside sees it: plain domain names inside, ECS names only at the edges (import, Elasticsearch,
 * export). Field list: Elastic Defend's file and device events. Times are epoch milliseconds; sizes are bytes.
 */

/** What a write event did to the file. Elastic's jobs count the first three; a rename is kept apart and never counted. */
export type WriteAction = 'creation' | 'overwrite' | 'modification' | 'rename';

/** The actions whose sizes and events are counted, in Elastic's jobs and in Portside alike. */
export const countedActions = ['creation', 'overwrite', 'modification'] as const;

/** One write to a removable device by one process (or a rename onto it). */
export interface WriteEvent {
  /** Identity of the event: the same event read or imported twice has the same id and is stored once. */
  readonly id: string;
  readonly atMs: number;
  readonly action: WriteAction;
  readonly host: string;
  readonly user: string;
  readonly userId?: string | undefined;
  readonly process: string;
  readonly executable?: string | undefined;
  readonly pid?: number | undefined;
  readonly processEntityId?: string | undefined;
  readonly commandLine?: string | undefined;
  readonly parentProcess?: string | undefined;
  readonly processSha256?: string | undefined;
  /** Subject of the code signature, and whether the system trusted it. */
  readonly publisher?: string | undefined;
  readonly publisherTrusted?: boolean | undefined;
  /** `process.pe.original_file_name`: the name the program was built with. */
  readonly originalFileName?: string | undefined;
  readonly path: string;
  readonly extension?: string | undefined;
  /** Size of the file at the event, not the bytes of this one write. 0 where the event has no size. */
  readonly sizeBytes: number;
  /** First bytes of the file as lower-case hex, where the sensor recorded them. */
  readonly headerBytes?: string | undefined;
  readonly entropy?: number | undefined;
  /** For a rename: the path the file came from. */
  readonly sourcePath?: string | undefined;
  /** Identity of the device (see `device-identity.ts`). */
  readonly device: string;
  readonly busType: string;
  readonly deviceVendor?: string | undefined;
  readonly deviceProduct?: string | undefined;
  readonly deviceSerial?: string | undefined;
  /** Drive letter or mount point of the volume, as the sensor named it. */
  readonly volume?: string | undefined;
}

/** A device that was mounted or unmounted. */
export interface DeviceEvent {
  readonly id: string;
  readonly atMs: number;
  readonly kind: 'mount' | 'unmount';
  readonly host: string;
  readonly device: string;
  readonly busType?: string | undefined;
  readonly vendor?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly product?: string | undefined;
  readonly productId?: string | undefined;
  readonly serial?: string | undefined;
  readonly volume?: string | undefined;
  readonly fileSystem?: string | undefined;
  readonly capacityBytes?: number | undefined;
}

/** An alert of Elastic's rule (`.alerts-security.alerts-*`). It carries no source event, no device and no bytes. */
export interface RuleAlert {
  readonly id: string;
  readonly atMs: number;
  readonly ruleName: string;
  readonly ruleId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly host?: string | undefined;
  readonly process?: string | undefined;
  readonly user?: string | undefined;
  readonly status: 'open' | 'acknowledged' | 'closed';
  /** The score frozen in the alert when it was made; the record's own score is normalised again later. */
  readonly recordScore?: number | undefined;
  readonly recordId?: string | undefined;
  /** Start of the bucket that the alert is about (`kibana.alert.original_time`). */
  readonly bucketStartMs?: number | undefined;
}

/** A record of an anomaly-detection job (`.ml-anomalies-*`). */
export interface AnomalyRecord {
  readonly id: string;
  readonly jobId: string;
  readonly bucketStartMs: number;
  readonly bucketSpanMs: number;
  readonly host?: string | undefined;
  readonly process?: string | undefined;
  readonly recordScore: number;
  readonly initialRecordScore: number;
  readonly probability: number;
  readonly isFirstOccurrence?: boolean | undefined;
  readonly relativeRarity?: number | undefined;
}
