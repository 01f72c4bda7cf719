import type { ProcessRow } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';

/**
 * The two halves of `processes.list`, for a store in which exact figures are what costs: all processes that match, and the
 * figures of those that somebody sees.
 */
export interface ProcessCounter {
  /** All of them, in no order, with what only counting tells as 0: distinct bytes, files, devices, users. */
  groups(filter: EvidenceFilter, signal: AbortSignal): Promise<readonly ProcessRow[]>;
  /** The same rows in the same order, counted. */
  count(filter: EvidenceFilter, rows: readonly ProcessRow[], signal: AbortSignal): Promise<readonly ProcessRow[]>;
}
