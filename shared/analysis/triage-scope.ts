import { dayMs } from '../base/time.ts';
import type { EvidenceFilter } from '../model/evidence-filter.ts';
import { type Finding, findingGapMs } from '../model/finding.ts';
import type { TriageSettings } from '../model/triage-settings.ts';

/** The times that the checks of a finding speak of. History ends where the finding begins: the future never explains it. */
export interface TriageScope {
  /** The writes of the finding itself. */
  readonly writes: EvidenceFilter;
  /** The days before the finding. */
  readonly history: { readonly fromMs: number; readonly toMs: number };
  /** Everything before the finding, however old. */
  readonly past: { readonly toMs: number };
}

/** The filter of a finding's own writes. */
function writesOf(finding: Finding): EvidenceFilter {
  return {
    fromMs: finding.startMs,
    toMs: finding.endMs + 1,
    hosts: [finding.host],
    users: [finding.user],
    processes: [finding.process],
    devices: [finding.device],
  };
}

/**
 * A finding's writes and the renames around them. Two findings of the same host, user, process and device lie at least
 * `findingGapMs` apart, so the wider span adds no counted write of another one.
 */
export function eventsOf(finding: Finding): EvidenceFilter {
  return {
    ...writesOf(finding),
    fromMs: finding.startMs - findingGapMs + 1,
    toMs: finding.endMs + findingGapMs,
  };
}

export function scopeOf(finding: Finding, settings: TriageSettings): TriageScope {
  return {
    writes: writesOf(finding),
    history: { fromMs: finding.startMs - settings.historyDays * dayMs, toMs: finding.startMs },
    past: { toMs: finding.startMs },
  };
}
