import type { EvidenceFilter } from '../model/evidence-filter.ts';
import type { CheckQuery, Stance, TriageCheck } from '../model/triage.ts';

/** What a question brought: its answer, or why there is none. */
export type Answer<T> = (
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'missing'; readonly reason: string }
) & {
  /** What was asked for it. */
  readonly queries?: readonly CheckQuery[] | undefined;
};

export function answered<T>(value: T): Answer<T> {
  return { kind: 'answer', value };
}

export function missing<T>(reason: string): Answer<T> {
  return { kind: 'missing', reason };
}

/** The same answer, with what was asked for it. */
export function askedBy<T>(answer: Answer<T>, queries: readonly CheckQuery[]): Answer<T> {
  return { ...answer, queries };
}

/** What a check concludes, without its id and title. */
export interface Conclusion {
  readonly stance: Stance;
  readonly figure: string;
  readonly sentence: string;
  readonly evidence?: EvidenceFilter | undefined;
}

/** Makes a check from an answer; a missing one becomes "no information" with its reason. */
export function concludeCheck<T>(
  id: string,
  title: string,
  answer: Answer<T>,
  conclude: (value: T) => Conclusion,
): TriageCheck {
  const conclusion: Conclusion =
    answer.kind === 'missing'
      ? { stance: 'no-information', figure: '', sentence: answer.reason }
      : conclude(answer.value);
  return { id, title, ...conclusion };
}

/** The values of the writes that carry a field at all, and how many were looked at. */
export function valuesOf<Row, Value>(rows: readonly Row[], read: (row: Row) => Value | undefined): readonly Value[] {
  return rows.map(read).filter((value): value is NonNullable<typeof value> => value !== undefined);
}

/** Distinct values in order of first appearance. */
export function distinct<T>(values: Iterable<T>): readonly T[] {
  return [...new Set(values)];
}
