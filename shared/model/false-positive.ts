import type { CaseException, FalsePositiveClass } from './case-file.ts';
import type { FindingRow } from './finding.ts';
import type { TriageCheck } from './triage.ts';

/** The test of one innocent explanation for a finding. */
export interface FalsePositiveTest {
  readonly class: FalsePositiveClass;
  /** `fits`: something for it and nothing against; `contradicted`: something against; `unclear`: neither. */
  readonly result: 'fits' | 'unclear' | 'contradicted';
  /** Checks for and against (by their stance) and those that could not be made. */
  readonly checks: readonly TriageCheck[];
  /** The narrowest exception that would cover this explanation; proposed, never made by itself. */
  readonly exception: CaseException;
  /** Findings of the past that the exception would have hidden, this one among them; absent where they were not counted. */
  readonly wouldHaveHidden?: number | undefined;
  /** Those findings, highest score first, at most `mostHiddenShown`. */
  readonly hiddenFindings?: readonly FindingRow[] | undefined;
}

/** Most findings that a preview of an exception lists. */
export const mostHiddenShown = 50;
