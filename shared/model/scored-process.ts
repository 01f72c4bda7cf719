import type { ProcessRow } from './evidence-answer.ts';
import type { ElasticScore } from './finding.ts';

/** A process row with its scores: the highest of the findings it has in the asked writes. */
export interface ScoredProcessRow extends ProcessRow {
  /** Highest Portside score of a finding of this process, executable and host in the span; 0 where there is none. */
  readonly rarity: number;
  /** The Elastic-comparable score of the hour that scored highest in the span. */
  readonly elastic: ElasticScore;
}
