/** Figures that a few wild values cannot move. All take unsorted values and leave them as they are. */

/** The value below which `share` of the values lie, by linear interpolation; undefined for none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  const at = Math.min(Math.max(share, 0), 1) * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below === undefined || above === undefined ? undefined : below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/** Spread below which the log of a history is never taken to vary: a factor of about 1.4 is ordinary between any two days. */
const leastLogSpread = 0.35;

/**
 * How far `value` lies above the history, on the log scale, in robust standard deviations (1.4826 × median absolute
 * deviation, at least 0.35). Undefined for fewer than `least` values.
 */
export function robustLogZ(value: number, history: readonly number[], least = 5): number | undefined {
  if (history.length < least) return undefined;
  const logs = history.map((one) => Math.log1p(Math.max(0, one)));
  const middle = median(logs);
  if (middle === undefined) return undefined;
  const spread = median(logs.map((one) => Math.abs(one - middle)));
  return (Math.log1p(Math.max(0, value)) - middle) / Math.max(1.4826 * (spread ?? 0), leastLogSpread);
}
