import type { ProgramIdentity } from '../model/evidence-answer.ts';
import type { Facet } from '../model/finding.ts';

/**
 * The writes of one host, user, process and device without a gap of `findingGapMs`: what a finding is about, before it
 * is scored. Complete: no later write belongs to it.
 */
export interface WriteSession {
  readonly host: string;
  readonly user: string;
  readonly process: string;
  /** The executable with most events (ties: the first by name); empty where no event names one. */
  readonly executable: string;
  /** Of each part the value with most events among those that have one (ties: the first by name). */
  readonly identity: ProgramIdentity;
  readonly device: string;
  readonly startMs: number;
  /** Time of the last write (inclusive). */
  readonly endMs: number;
  /** Event sum. */
  readonly writtenBytes: number;
  readonly events: number;
}

/** What Portside concludes about a session: see `Finding`. */
export interface PortsideVerdict {
  readonly score: number;
  readonly coldStart?: string | undefined;
  /** All facets, as `Finding.facets`. */
  readonly facets: readonly Facet[];
}

/**
 * Scores sessions with what it has learned. The caller keeps the order: sessions are scored by start (ties in any
 * order), and before a session is scored exactly those that ended before its start were learned, by end (ties in any
 * order). So a score is of the past only.
 */
export interface PortsideScorer {
  /** Changes nothing: the same session gets the same answer until something is learned. */
  score(session: WriteSession): PortsideVerdict;
  learn(session: WriteSession): void;
  /**
   * From here on, whatever is learned can be taken back as a whole. The newest evidence is still moving: it is scored
   * with trial learning, taken back when more evidence has come. Called once before each `rollback`, never nested.
   */
  checkpoint(): void;
  /** Takes back all that was learned since `checkpoint`, exactly: later answers are as if it had never been learned. */
  rollback(): void;
}
