import { isCancelled, messageOf } from '../../shared/base/failure.ts';
import type { DetectionAlert, Rule, RuleException, RuleRun, WatchItem } from '../../shared/model/rule.ts';
import { findCandidates, type RuleSources } from './rule-candidates.ts';
import { makeExceptionMatcher } from './rule-exceptions.ts';

export interface RunOptions {
  readonly rule: Rule;
  /** The moment that the run stands for: nothing from it on is looked at. */
  readonly atMs: number;
  /** Looks back further than the rule says, to catch up. */
  readonly lookBackMs?: number | undefined;
  readonly sources: RuleSources;
  readonly exceptions: readonly RuleException[];
  readonly watchItems: readonly WatchItem[];
  /** Whether an alert was raised before. */
  readonly isKnown: (alertId: string) => boolean;
  /** Whether a device was approved: its connections are nothing new. */
  readonly isApproved: (device: string) => Promise<boolean>;
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  readonly run: RuleRun;
  /** New alerts, highest score first. */
  readonly alerts: readonly DetectionAlert[];
}

/**
 * Runs a rule once. What it raises depends on the evidence, the moment and what was raised before: overlapping
 * look-backs raise nothing twice. A fault of the store ends in the run's `failure`; only an abort throws.
 */
export async function runRule(options: RunOptions): Promise<RunOutcome> {
  const { rule, atMs, signal } = options;
  const startedMs = options.monotonicMs();
  const lookBackMs = options.lookBackMs ?? rule.lookBackMs;
  const base = { ruleId: rule.id, executedAtMs: atMs, lookedBackToMs: atMs - lookBackMs };
  const durationMs = () => Math.max(Math.round(options.monotonicMs() - startedMs), 0);
  try {
    const found = await findCandidates(
      rule,
      { startMs: atMs - lookBackMs, endMs: atMs },
      options.sources,
      options.watchItems,
      signal,
    );
    const warnings = [...found.warnings];
    if (rule.lookBackMs < rule.intervalMs) {
      warnings.push('The rule looks back less far than its interval: it does not see everything.');
    }
    const limit = limitOf(rule, lookBackMs);
    const matcher = makeExceptionMatcher(options.sources);
    const alerts: DetectionAlert[] = [];
    let known = 0;
    let suppressed = 0;
    let dropped = 0;
    for (const candidate of found.candidates) {
      const { alert } = candidate;
      if (options.isKnown(alert.id)) {
        known++;
      } else if (await isSuppressed(candidate)) {
        suppressed++;
      } else if (alerts.length >= limit) {
        dropped++;
      } else {
        alerts.push({ ...alert, raisedMs: atMs });
      }
    }
    if (dropped > 0) {
      warnings.push(
        `${dropped} more than the limit of ${limit} alerts reached the threshold; they were not raised by this run.`,
      );
    }
    const run: RuleRun = {
      ...base,
      durationMs: durationMs(),
      source: found.source,
      candidates: found.candidates.length,
      alerts: alerts.length,
      known,
      suppressed,
      dropped,
      warnings,
    };
    return { run, alerts };

    async function isSuppressed(candidate: (typeof found.candidates)[number]): Promise<boolean> {
      const { device } = candidate.alert;
      if (rule.detection.kind === 'new-device' && device !== undefined && (await options.isApproved(device))) {
        return true;
      }
      // Whoever put something on the watch list wants to be told.
      if (rule.detection.kind === 'watch-list') return false;
      for (const exception of options.exceptions) {
        if (await matcher.isHidden(exception, candidate, atMs, signal)) return true;
      }
      return false;
    }
  } catch (error) {
    if (isCancelled(error) || signal.aborted) throw error;
    const run: RuleRun = {
      ...base,
      durationMs: durationMs(),
      source: 'findings',
      candidates: 0,
      alerts: 0,
      known: 0,
      suppressed: 0,
      dropped: 0,
      warnings: [],
      failure: messageOf(error),
    };
    return { run, alerts: [] };
  }
}

/** Most alerts of one run. One that catches up may raise what each of the runs that it stands for might have raised. */
function limitOf(rule: Rule, lookBackMs: number): number {
  const missed = Math.ceil(Math.max(0, lookBackMs - rule.lookBackMs) / rule.intervalMs);
  return rule.maxAlerts * (1 + missed);
}
