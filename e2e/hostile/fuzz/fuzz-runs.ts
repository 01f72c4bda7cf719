/** Inputs for each parser: few and the same in every run, many and new ones with `npm run test:fuzz`. */
const asked = Number(process.env.PORTSIDE_FUZZ_RUNS ?? Number.NaN);
const seed = Number(process.env.PORTSIDE_FUZZ_SEED ?? '1');

const isLongRun = asked > 0;

/** How long a property with slow inputs may take: a long run is as long as it is. */
export const slowTestMs = isLongRun ? 86_400_000 : 120_000;

/**
 * Parameters for `fc.assert`: `usualRuns` inputs, or in a long run as many as were asked for, divided by `share`: the number
 * of tests that try one parser between them, or what one run holds of inputs.
 */
export function fuzz(usualRuns: number, { share = 1 } = {}): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: isLongRun ? Math.ceil(asked / share) : usualRuns, seed };
}

/** Lines of a file that is imported: one run is as many inputs in a long run, since a store takes its time for each file. */
export const linesAtOnce = isLongRun ? 200 : 20;
