import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { CallContext, Handlers } from '../../shared/ipc/operation.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type { FileOutcome, ImportedFile, ImportProgress } from '../../shared/model/import-report.ts';

/**
 * The evidence store: functions that answer the evidence questions (documented in `evidence-operations.ts`). Each engine
 * makes one; the engine process serves it as it is, and a remote one has the same shape.
 */
export type EvidenceStore = Handlers<EvidenceOperations> & {
  /** Ends the connection or closes the database. Calls under way fail with `store-unreachable`. */
  close(): Promise<void>;
};

/** What only the embedded engine does: it takes evidence in. */
export interface EvidenceIntake {
  /**
   * Imports one file in one transaction: all of its good rows or, when cancelled or failed, none. A file that cannot be
   * read or holds no evidence ends with `bad-input` and changes nothing. Emits progress.
   */
  importFile(path: string, context: CallContext<ImportProgress>): Promise<ImportedFile>;
  /**
   * Imports files from the first on, as many small ones as one transaction takes, or one that is not small; says what became of
   * each of these, in their order. As `importFile` for each: what is wrong with one changes nothing for the others. Fails, and
   * stores nothing, where the engine or its disk does, or when cancelled.
   */
  importFiles(paths: readonly string[], context: CallContext<ImportProgress>): Promise<readonly FileOutcome[]>;
  /** Appends live events in one transaction; events already stored are skipped. */
  append(events: {
    readonly writes: readonly WriteEvent[];
    readonly deviceEvents: readonly DeviceEvent[];
  }): Promise<{ readonly stored: number; readonly duplicate: number }>;
}
