/** Inputs for each parser: few and the same in every run, many and new ones with `npm run test:fuzz`. */
const asked = Number(process.env.PORTSIDE_FUZZ_RUNS ?? Number.NaN);
const seed = Number(process.env.PORTSIDE_FUZZ_SEED ?? '1');

const isLongRun = asked > 0;

/** How long a property with slow inputs may take: a long run is as long as it is. */
export const slowTestMs = isLongRun ? 86_400_000 : 120_000;

/**
 * Parameters for `fc.assert`: `usualRuns` inputs, or as many as were asked for, of which an `isSlow` test (a store, a file or a
 * process each) takes a hundredth.
 */
export function fuzz(usualRuns: number, { isSlow = false } = {}): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: isLongRun ? Math.max(1, Math.floor(isSlow ? asked / 100 : asked)) : usualRuns, seed };
}
