import { hourMs } from '../base/time.ts';
import { rareProcessJobs, rareProcessRuleId } from '../model/elastic-job.ts';
import type { AnomalyRecord, RuleAlert } from '../model/event.ts';
import type { EvidenceFilter } from '../model/evidence-filter.ts';

/**
 * An entry of the queue of Elastic's rule: an alert with the record it was made of, or a record that no alert was made of
 * (below the threshold, past the alert limit, suppressed, or the rule was off).
 */
export interface AlertQueueEntry {
  readonly kind: 'alert' | 'record-without-alert';
  /** Of the alert, else of the record. */
  readonly id: string;
  readonly atMs: number;
  readonly jobId?: string | undefined;
  readonly host?: string | undefined;
  readonly process?: string | undefined;
  readonly user?: string | undefined;
  /** What was decided about the alert in Kibana; absent for a record without one. */
  readonly status?: RuleAlert['status'] | undefined;
  /** The score as the alert froze it. */
  readonly alertScore?: number | undefined;
  /** The record's score now: the job normalises it again as it learns. */
  readonly recordScore?: number | undefined;
  readonly initialRecordScore?: number | undefined;
  /** Bucket that the job found unusual; absent where neither alert nor record tells. */
  readonly bucketStartMs?: number | undefined;
  readonly bucketSpanMs?: number | undefined;
  /**
   * The writes behind it, by the datafeed's own filter: counted writes to external devices of that process on that host
   * in that bucket. Absent where alert and record do not say which.
   */
  readonly evidence?: EvidenceFilter | undefined;
}

/** Bucket span of the rule's jobs, for alerts whose record is no longer there. */
const usualBucketSpanMs = hourMs;

const isOfRule = (jobId: string | undefined) => rareProcessJobs.some((job) => job === jobId);

/** Alerts of the rule and records of its jobs, joined, newest bucket first. Alerts and records of others are left out. */
export function joinAlertQueue(
  alerts: readonly RuleAlert[],
  records: readonly AnomalyRecord[],
): readonly AlertQueueEntry[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  const alerted = new Set<string>();
  const entries: AlertQueueEntry[] = [];
  for (const alert of alerts) {
    if (alert.ruleId !== rareProcessRuleId && !isOfRule(alert.jobId)) continue;
    const record = alert.recordId === undefined ? undefined : byId.get(alert.recordId);
    if (record) alerted.add(record.id);
    entries.push(toEntry(alert, record));
  }
  for (const record of records) {
    if (isOfRule(record.jobId) && !alerted.has(record.id)) entries.push(toEntry(undefined, record));
  }
  return entries.sort((a, b) => startOf(b) - startOf(a) || (a.id < b.id ? -1 : 1));
}

const startOf = (entry: AlertQueueEntry) => entry.bucketStartMs ?? entry.atMs;

function toEntry(alert: RuleAlert | undefined, record: AnomalyRecord | undefined): AlertQueueEntry {
  const host = record?.host ?? alert?.host;
  const process = record?.process ?? alert?.process;
  const bucketStartMs = record?.bucketStartMs ?? alert?.bucketStartMs;
  const bucketSpanMs = bucketStartMs === undefined ? undefined : (record?.bucketSpanMs ?? usualBucketSpanMs);
  const isKnown =
    host !== undefined && process !== undefined && bucketStartMs !== undefined && bucketSpanMs !== undefined;
  return {
    kind: alert ? 'alert' : 'record-without-alert',
    id: alert?.id ?? record?.id ?? '',
    atMs: alert?.atMs ?? bucketStartMs ?? 0,
    jobId: alert?.jobId ?? record?.jobId,
    host,
    process,
    user: alert?.user,
    status: alert?.status,
    alertScore: alert?.recordScore,
    recordScore: record?.recordScore,
    initialRecordScore: record?.initialRecordScore,
    bucketStartMs,
    bucketSpanMs,
    evidence: isKnown
      ? { hosts: [host], processes: [process], fromMs: bucketStartMs, toMs: bucketStartMs + bucketSpanMs }
      : undefined,
  };
}
