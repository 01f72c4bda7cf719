import type { FacetName } from './facet-name.ts';
import type { FindingVerdict } from './finding-verdict.ts';

/** One reason: its figure, its evidence and what it adds to the score. */
export interface Facet {
  readonly name: FacetName;
  /** Short heading, such as "Process on this host". */
  readonly title: string;
  /** The figure behind it, such as "Seen in 0 of 67 process-hours". */
  readonly figure: string;
  /** One full sentence for a reader who never saw the tool. */
  readonly text: string;
  /** Evidence in nats above the threshold, weighted: what facets are ranked by. */
  readonly evidence: number;
  /** Points of the score that this facet adds, or takes off (a verdict); the points of all facets sum to the score. */
  readonly points: number;
  /** The finding that was judged, where the facet is a verdict. */
  readonly verdictOn?: string | undefined;
}

/** What Elastic's `rare` job would say, with the most it could say on this host's history. */
export interface ElasticScore {
  readonly probability: number;
  /** 0–100, as the record_score of the job. */
  readonly score: number;
  /** The highest score that a never-seen process could get on this host at that time. */
  readonly ceiling: number;
  /** Process-hours known on the host: distinct (process, hour with a write), aged as the job ages them. */
  readonly processHours: number;
  readonly isFirstOccurrence: boolean;
  /** Median concentration of the host's processes over this one's; absent for a first occurrence. */
  readonly relativeRarity?: number | undefined;
}

/**
 * The writes of one host, user, process and device that are less than an hour apart. `id` is stable: it is derived from
 * host, user, process, device and the first write.
 */
export interface Finding {
  readonly id: string;
  readonly ruleId: string;
  readonly host: string;
  readonly user: string;
  readonly process: string;
  readonly executable?: string | undefined;
  readonly device: string;
  readonly startMs: number;
  /** Time of the last write (inclusive). */
  readonly endMs: number;
  /** Event sum. */
  readonly writtenBytes: number;
  readonly events: number;
  /** Portside score 0–100, moved by verdicts on the same thing. */
  readonly score: number;
  /** The score without verdicts; absent where none moves it. */
  readonly unmovedScore?: number | undefined;
  /** Too little history to judge: why, in a sentence. Absent where the history suffices. */
  readonly coldStart?: string | undefined;
  readonly elastic: ElasticScore;
  /** All facets, also those that add no points: by what they are about (program, device, user, volume), strongest first. */
  readonly facets: readonly Facet[];
}

/** What an analyst has decided about a finding. */
export type FindingState = 'open' | 'acknowledged' | 'closed';

/** A gap of this length or more between two writes parts two findings. */
export const findingGapMs = 3_600_000;

/** A finding in the queue, with the exact figures of its writes and what was decided about it. */
export interface FindingRow extends Finding {
  /** Distinct paths. */
  readonly files: number;
  /** Per path the last size, added up. */
  readonly distinctBytes: number;
  readonly state: FindingState;
  /** Why it was closed, in the analyst's words; only on closed findings. */
  readonly closedReason?: string | undefined;
  /** What a person concluded about this finding, where that stands. */
  readonly verdict?: FindingVerdict | undefined;
}
