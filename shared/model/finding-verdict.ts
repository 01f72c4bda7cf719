import type { EvidenceFacetName } from './facet-name.ts';

/** What a person concluded about a finding. */
export const findingVerdictKinds = ['benign', 'suspicious', 'malicious'] as const;
export type FindingVerdictKind = (typeof findingVerdictKinds)[number];

/**
 * A verdict on a finding that stands: nobody took it back. It carries what it was about, so that it keeps its meaning where
 * the finding is no longer known.
 */
export interface FindingVerdict {
  readonly findingId: string;
  readonly verdict: FindingVerdictKind;
  /** Why, in the person's words; empty where none were given. */
  readonly note: string;
  readonly actor: string;
  readonly atMs: number;
  /** Findings that begin from here on are moved by it: the time up to which evidence was known when it was given. */
  readonly countsFromMs: number;
  /** The case whose verdict it is; absent where it was given to the finding itself. */
  readonly caseId?: string | undefined;
  readonly host: string;
  readonly process: string;
  readonly executable?: string | undefined;
  readonly device: string;
  /** Points of the finding's facets when it was judged, as far as they had any. */
  readonly points: Readonly<Partial<Record<EvidenceFacetName, number>>>;
}
