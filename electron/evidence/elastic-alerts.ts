import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import { parseAnomalyRecord, parseRuleAlert } from '../../shared/model/ecs-parse.ts';
import { rareProcessJobs, rareProcessRuleId } from '../../shared/model/elastic-job.ts';
import type { AnomalyRecord, RuleAlert } from '../../shared/model/event.ts';
import { compareNames, type ElasticEvidence } from './elastic-evidence.ts';
import { anyOf, type Clause, timeClauses } from './elastic-queries.ts';
import type { ElasticHit } from './elastic-search.ts';

type ListInput = InputOf<EvidenceOperations['alerts.list']>;

/** Alerts of any rule: what else was alerted on a host is part of the picture. */
export const allAlertsClause: Clause = { exists: { field: 'kibana.alert.rule.name' } };

/** Alerts of the rule that Portside is built around, whichever of its jobs made them. */
export const ruleAlertsClause: Clause = anyOf([
  { term: { 'kibana.alert.rule.rule_id': rareProcessRuleId } },
  { terms: { 'kibana.alert.rule.parameters.machine_learning_job_id': [...rareProcessJobs] } },
  { terms: { job_id: [...rareProcessJobs] } },
]);

/** Final records of any job. */
export const finalRecordsClauses: readonly Clause[] = [
  { term: { result_type: 'record' } },
  { exists: { field: 'job_id' } },
  { bool: { must_not: [{ term: { is_interim: true } }] } },
];

/** Records of the rule's jobs, under all names they have had. */
export const ruleRecordsClause: Clause = { terms: { job_id: [...rareProcessJobs] } };

/** Fields of an alert that are read; the rest of it (the rule's whole text, for one) stays where it is. */
const alertFields = [
  '@timestamp',
  'kibana.alert.uuid',
  'kibana.alert.rule.name',
  'kibana.alert.rule.rule_id',
  'kibana.alert.rule.parameters.machine_learning_job_id',
  'kibana.alert.workflow_status',
  'kibana.alert.original_time',
  'kibana.alert.ancestors',
  'job_id',
  'record_score',
  'partition_field_value',
  'by_field_value',
  'host.name',
  'process.name',
  'user.name',
];

/** Answers `alerts.list`. A cluster without alert indices has no alerts. */
export async function listAlerts(
  { search, indices }: ElasticEvidence,
  input: ListInput,
  signal: AbortSignal,
): Promise<readonly RuleAlert[]> {
  const named = input.hosts
    ? [anyOf([{ terms: { 'host.name': input.hosts } }, { terms: { partition_field_value: input.hosts } }])]
    : [];
  const body = {
    size: input.limit,
    track_total_hits: false,
    query: { bool: { filter: [allAlertsClause, ...timeClauses('@timestamp', input.fromMs, input.toMs), ...named] } },
    sort: [
      { '@timestamp': { order: 'desc', unmapped_type: 'date' } },
      { 'kibana.alert.uuid': { order: 'asc', unmapped_type: 'keyword' } },
    ],
    _source: alertFields,
  };
  const answer = await search.search(indices.alerts, body, { signal, question: 'alerts', mayBeMissing: true });
  return (answer?.hits ?? []).flatMap((hit) => parseRuleAlert(documentOf(hit)) ?? []);
}

/** Answers `anomaly-records.list`. A cluster without machine learning has no records. */
export async function listAnomalyRecords(
  { search, indices }: ElasticEvidence,
  input: ListInput,
  signal: AbortSignal,
): Promise<readonly AnomalyRecord[]> {
  const named = input.hosts
    ? [anyOf([{ terms: { partition_field_value: input.hosts } }, { terms: { 'host.name': input.hosts } }])]
    : [];
  const body = {
    size: input.limit,
    track_total_hits: false,
    query: {
      bool: { filter: [...finalRecordsClauses, ...timeClauses('timestamp', input.fromMs, input.toMs), ...named] },
    },
    sort: [
      { record_score: { order: 'desc', unmapped_type: 'double' } },
      { timestamp: { order: 'desc', unmapped_type: 'date' } },
    ],
  };
  const answer = await search.search(indices.anomalies, body, {
    signal,
    question: 'anomaly records',
    mayBeMissing: true,
  });
  const records = (answer?.hits ?? []).flatMap((hit) => parseAnomalyRecord(documentOf(hit)) ?? []);
  // The id of a document cannot be sorted by on the cluster.
  return records.sort(
    (a, b) => b.recordScore - a.recordScore || b.bucketStartMs - a.bucketStartMs || compareNames(a.id, b.id),
  );
}

/** A hit as the document that `ecs-parse.ts` reads. */
export function documentOf(hit: ElasticHit): { readonly id: string; readonly source: unknown } {
  return { id: hit._id, source: hit._source };
}
