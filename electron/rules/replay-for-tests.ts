import type { RuleService } from './rule-service.ts';

/** What two ways of running the same rules over the same span raised: ids of alerts, sorted. */
export interface Replay {
  /** By the runs that followed one another, each as it was raised: a repetition would stand here twice. */
  readonly bySteps: readonly string[];
  /** By one run over all. */
  readonly atOnce: readonly string[];
  readonly runs: number;
  /** Candidates beyond the limit of a run; with any, the two need not be equal. */
  readonly dropped: number;
}

/**
 * Runs rules every `stepMs` over a span, each with its own look-back, and once over all of it. The two services share the
 * evidence and the rules, and have raised nothing yet.
 */
export async function replayRules(options: {
  readonly stepping: RuleService;
  readonly atOnce: RuleService;
  readonly ruleIds?: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly signal: AbortSignal;
  readonly onRun?: (atMs: number) => void;
}): Promise<Replay> {
  const { fromMs, toMs, stepMs, ruleIds, signal } = options;
  const bySteps: string[] = [];
  let runs = 0;
  let dropped = 0;
  for (let atMs = fromMs + stepMs; atMs <= toMs; atMs += stepMs) {
    // A run reaches back before the span where its look-back does: what became complete there belongs to no step.
    const lookBackMs = Math.min(atMs - fromMs, 2 * 3_600_000);
    const outcome = await options.stepping.run({ atMs, ruleIds, lookBackMs, signal });
    bySteps.push(...outcome.alerts.map(({ id }) => id));
    dropped += outcome.dropped;
    runs++;
    options.onRun?.(atMs);
  }
  const whole = await options.atOnce.run({ atMs: toMs, ruleIds, lookBackMs: toMs - fromMs, signal });
  return {
    bySteps: bySteps.sort(),
    atOnce: whole.alerts.map(({ id }) => id).sort(),
    runs,
    dropped: dropped + whole.dropped,
  };
}
