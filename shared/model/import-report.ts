import type { FailureCode } from '../base/failure.ts';

/** What a file turned out to hold, by its content and never by its name. */
export type EvidenceFormat = 'ndjson' | 'json' | 'csv' | 'parquet';

/** A row that was not stored, and why. `line` is 1-based in the file (for JSON arrays and Parquet: the row number). */
export interface RejectedRow {
  readonly line: number;
  readonly reason: string;
  /** The start of what was there, at most 200 characters, control characters made visible. */
  readonly found?: string | undefined;
}

/** What became of one file. `rowsRead` = stored + duplicate + rejected + other. */
export interface ImportedFile {
  readonly path: string;
  readonly sha256: string;
  readonly format: EvidenceFormat;
  readonly isGzip: boolean;
  readonly rowsRead: number;
  readonly rowsStored: number;
  readonly rowsDuplicate: number;
  readonly rowsRejected: number;
  /** Rows that are no evidence of writes to devices (other event kinds, file events on internal disks): left out. */
  readonly rowsOther: number;
  /** Stored rows by what they are. */
  readonly stored: {
    readonly writes: number;
    readonly renames: number;
    readonly deviceEvents: number;
    readonly alerts: number;
    readonly anomalyRecords: number;
  };
  /** The first 1,000 rejected rows in file order; `rowsRejected` counts all. */
  readonly rejected: readonly RejectedRow[];
}

/** What became of a file among others: its report, or why it was not read. */
export type FileOutcome =
  | { readonly kind: 'imported'; readonly file: ImportedFile }
  | {
      readonly kind: 'failed';
      readonly path: string;
      readonly code: FailureCode;
      readonly message: string;
      readonly hint?: string | undefined;
    };

/** Progress of an import. Bytes are of the file as it lies on disk; while a demo is being made, days stand for them. */
export interface ImportProgress {
  readonly path: string;
  readonly phase: 'making' | 'hashing' | 'reading' | 'storing' | 'scoring';
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly rowsRead: number;
  /** Where small files are read together: how many of them were so far. `path` is the last one, both figures of bytes are of all. */
  readonly filesRead?: number | undefined;
}
