import { z } from 'zod';
import { type FindingVerdict, findingVerdictKinds } from '../model/finding-verdict.ts';
import { operation } from './operation.ts';

const findingId = z.string().min(1).max(128);
const note = z.string().max(4096).default('');
/** The verdict that must stand, by when it was given, or that none does; else it ends with `changed-since`. */
const expected = z.union([z.literal('none'), z.strictObject({ atMs: z.number() })]).optional();

/** Verdicts on findings, which move later scores of the same thing: see `verdict-feedback.ts`. */
export const verdictOperations = {
  /**
   * Judges a finding, in the place of what was concluded before. It counts for findings that begin after all evidence known
   * now; with `since: 'finding'`, for old evidence that is looked through, after the judged finding. Ends with `not-found`.
   */
  'verdict.give': operation(
    z.strictObject({
      findingId,
      verdict: z.enum(findingVerdictKinds),
      note,
      since: z.enum(['now', 'finding']).default('now'),
      /** For a verdict that is put back: from when it counted, in the place of `since`. */
      countsFromMs: z.number().optional(),
      expected,
    }),
  ).returns<FindingVerdict>(),

  /** Takes the verdict on a finding back: scores are as if it had never been given. Ends with `not-found` where none stands. */
  'verdict.take-back': operation(z.strictObject({ findingId, note, expected })).returns<Record<string, never>>(),
} as const;

export type VerdictOperations = typeof verdictOperations;

/** What main tells the engine, which the window never reaches. */
export const engineVerdictOperations = {
  /** All verdicts that stand, in the place of those told before. Scores that they move are moved when this returns. */
  'finding-verdicts.set': operation(
    z.strictObject({ verdicts: z.array(z.custom<FindingVerdict>()).max(100_000) }),
  ).returns<Record<string, never>>(),
} as const;
