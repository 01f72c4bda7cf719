import type { EvidenceSummary } from '../../shared/model/evidence-answer.ts';
import { allAlertsClause, finalRecordsClauses } from './elastic-alerts.ts';
import { allBuckets, countOf, figureOf, optionalFigureOf } from './elastic-buckets.ts';
import { deviceEventsQuery } from './elastic-devices.ts';
import type { ElasticEvidence } from './elastic-evidence.ts';
import { deviceOfKey, fields, mountedDevice, writtenDevice } from './elastic-fields.ts';
import { aggregationBody, type Clause, deviceSources, volumeFigures, writesQuery } from './elastic-queries.ts';
import { record } from './elastic-search.ts';

/** Values that are counted exactly; above, the cluster estimates (within a few per cent). */
const exactValues = 10_000;
const estimatePrecision = 40_000;

/** Makes the answerer of `evidence.summary`. What is stored is counted each time; distinct names only when that has changed. */
export function makeSummary(evidence: ElasticEvidence): (signal: AbortSignal) => Promise<EvidenceSummary> {
  let known: { readonly revision: string; readonly summary: EvidenceSummary } | undefined;
  return async (signal) => {
    const counts = await readCounts(evidence, signal);
    if (known?.revision === counts.revision) return known.summary;
    const summary = { ...counts, ...(await readDistinctNames(evidence, signal)) };
    known = { revision: counts.revision, summary };
    return summary;
  };
}

type Counts = Omit<EvidenceSummary, 'hosts' | 'users' | 'processes' | 'devices'>;

/** The summary without its distinct names, which cost most: every question about findings looks at it first. */
export async function readCounts({ search, indices }: ElasticEvidence, signal: AbortSignal): Promise<Counts> {
  const options = { signal, question: 'summary' };
  const { first, last, bytes } = volumeFigures;
  const ingested = { max: { field: 'event.ingested' } };
  const count = async (index: string, query: Clause) => {
    const body = { ...aggregationBody(query, { ingested }), track_total_hits: true };
    const answer = await search.search(index, body, { ...options, mayBeMissing: true });
    return { count: answer?.total ?? 0, ingestedMs: answer ? figureOf(answer.aggregations, 'ingested') : 0 };
  };
  const writesBody = {
    ...aggregationBody(writesQuery({}, 'both'), {
      renames: { filter: { term: { [fields.action]: 'rename' } } },
      counted: {
        filter: { bool: { must_not: [{ term: { [fields.action]: 'rename' } }] } },
        aggs: { first, last, bytes },
      },
      ingested,
    }),
    track_total_hits: true,
  };
  const [writes, deviceEvents, alerts, records] = await Promise.all([
    search.search(indices.files, writesBody, options),
    count(indices.devices, deviceEventsQuery({})),
    count(indices.alerts, { bool: { filter: [allAlertsClause] } }),
    count(indices.anomalies, { bool: { filter: finalRecordsClauses } }),
  ]);
  const counted = record(writes.aggregations.counted);
  const renames = countOf(writes.aggregations.renames, options.question);
  const firstMs = optionalFigureOf(counted, 'first');
  const lastMs = optionalFigureOf(counted, 'last');
  const total = writes.total ?? 0;
  // No revision of their own: counts, sum and newest event change with whatever is added or deleted.
  const revision = [
    total,
    renames,
    firstMs ?? 0,
    lastMs ?? 0,
    figureOf(counted, 'bytes'),
    figureOf(writes.aggregations, 'ingested'),
    ...[deviceEvents, alerts, records].flatMap(({ count: documents, ingestedMs }) => [documents, ingestedMs]),
  ].join('-');
  return {
    writes: total - renames,
    renames,
    deviceEvents: deviceEvents.count,
    alerts: alerts.count,
    anomalyRecords: records.count,
    firstMs: firstMs === undefined ? undefined : Math.floor(firstMs),
    lastMs: lastMs === undefined ? undefined : Math.floor(lastMs),
    revision,
  };
}

async function readDistinctNames(
  { search, indices }: ElasticEvidence,
  signal: AbortSignal,
): Promise<Pick<EvidenceSummary, 'hosts' | 'users' | 'processes' | 'devices'>> {
  const question = 'distinct names';
  const names = ['host', 'user', 'process'] as const;
  const terms = Object.fromEntries(names.map((name) => [name, { terms: { field: fields[name], size: exactValues } }]));
  const answer = await search.search(indices.files, aggregationBody(writesQuery({}), terms), { signal, question });
  const count = async (name: (typeof names)[number]): Promise<number> => {
    const found = record(answer.aggregations[name]);
    const buckets = Array.isArray(found?.buckets) ? found.buckets : [];
    if (found?.sum_other_doc_count === 0) return buckets.filter((bucket) => record(bucket)?.key !== '').length;
    const estimate = { values: { cardinality: { field: fields[name], precision_threshold: estimatePrecision } } };
    const estimated = await search.search(indices.files, aggregationBody(writesQuery({}), estimate), {
      signal,
      question,
    });
    return figureOf(estimated.aggregations, 'values');
  };
  const devices = new Set<string>();
  const written = { index: indices.files, query: writesQuery({}, 'both'), sources: deviceSources(writtenDevice) };
  const mounted = {
    index: indices.devices,
    query: deviceEventsQuery({}),
    sources: deviceSources(mountedDevice),
    mayBeMissing: true,
  };
  for (const asked of [written, mounted]) {
    for (const { key } of await allBuckets(search, { ...asked, signal, question })) devices.add(deviceOfKey(key).id);
  }
  return {
    hosts: await count('host'),
    users: await count('user'),
    processes: await count('process'),
    devices: devices.size,
  };
}
