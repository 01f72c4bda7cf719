import type { EvidenceFilter } from './evidence-filter.ts';

/** The six investigation steps of the rule's guide, in its order. */
export const triageSteps = ['process', 'user', 'device', 'data', 'correlation', 'consultation'] as const;
export type TriageStep = (typeof triageSteps)[number];

/** What a check says about the finding. `no-information` always gives its reason in the sentence. */
export type Stance = 'supports-suspicion' | 'supports-benign' | 'no-information';

/** A question as it was put to the store: an operation of the evidence contract and its input. */
export interface CheckQuery {
  readonly question: string;
  readonly input: unknown;
}

/** A named question of a step with its answer. */
export interface TriageCheck {
  /** Stable id, such as `process.seen-before`. */
  readonly id: string;
  readonly title: string;
  /** The figure itself, such as "0 of 67 process-hours"; empty where there is none. */
  readonly figure: string;
  readonly sentence: string;
  readonly stance: Stance;
  /** The writes behind the figure, one click away. */
  readonly evidence?: EvidenceFilter | undefined;
  /** What was asked of the store for it; absent where it looks at nothing there, and in checks of older cases. */
  readonly queries?: readonly CheckQuery[] | undefined;
}

/** Evidence that a step collected by itself. The tag is what was collected, never what a person decided. */
export interface CollectedStep {
  readonly step: TriageStep;
  readonly checks: readonly TriageCheck[];
}

/** What a person decided about a step. */
export type StepState = 'open' | 'unremarkable' | 'suspicious' | 'not-applicable';

export interface StepMark {
  readonly step: TriageStep;
  readonly state: StepState;
  readonly note: string;
  readonly actor: string;
  readonly atMs: number;
}
