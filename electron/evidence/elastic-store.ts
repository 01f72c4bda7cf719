import type { CallContext } from '../../shared/ipc/operation.ts';
import type { ActivityChunk } from '../../shared/model/evidence-answer.ts';
import { makeActivityReader } from './elastic-activity.ts';
import { listAlerts, listAnomalyRecords } from './elastic-alerts.ts';
import type { ElasticConnection } from './elastic-connection.ts';
import { listDeviceEvents, makeDeviceLister } from './elastic-devices.ts';
import { commonFields, type ElasticEvidence, makeFieldCheck } from './elastic-evidence.ts';
import { defaultIndices, type ElasticIndices } from './elastic-indices.ts';
import { makeProcessCounter, makeProcessLister } from './elastic-processes.ts';
import { makeElasticSearch } from './elastic-search.ts';
import { listSessions } from './elastic-sessions.ts';
import { makeSummary, readCounts } from './elastic-summary.ts';
import { listTerms, readHours } from './elastic-terms.ts';
import { readVolumes } from './elastic-volumes.ts';
import { makeWritesPager, readTotals } from './elastic-writes.ts';
import type { EvidenceState } from './finding-index.ts';
import type { ProcessCounter } from './process-counter.ts';
import type { EvidenceStore } from './store.ts';

export interface ElasticStoreOptions {
  readonly indices?: ElasticIndices | undefined;
  readonly now?: (() => number) | undefined;
  /** Longest time for one question with all its retries. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Answers the evidence questions on an Elasticsearch cluster: each becomes aggregations or bounded pages there, nothing is
 * downloaded as a whole. Every question about file events looks at the types of the fields first. Closing the store closes
 * the connection.
 */
export function makeElasticStore(
  connection: ElasticConnection,
  options: ElasticStoreOptions = {},
): EvidenceStore & {
  readonly processes: ProcessCounter;
  readonly readState: (signal: AbortSignal) => Promise<EvidenceState>;
} {
  const evidence = makeElasticEvidence(connection, options);
  const pager = makeWritesPager(evidence);
  const summary = makeSummary(evidence);
  const processes = makeProcessLister(evidence);
  const counter = makeProcessCounter(evidence);
  const devices = makeDeviceLister(evidence);
  const activity = makeActivityReader(evidence);

  /** A question about file events. */
  function ofWrites<Input, Item, Output>(
    answer: (evidence: ElasticEvidence, input: Input, context: CallContext<Item>) => Promise<Output>,
  ): (input: Input, context: CallContext<Item>) => Promise<Output> {
    return async (input, context) => {
      await evidence.checkFields(commonFields, context.signal);
      return await answer(evidence, input, context);
    };
  }

  return {
    'evidence.summary': ofWrites((_evidence, _input, { signal }) => summary(signal)),
    'volumes.read': ofWrites((_evidence, input, { signal }) => readVolumes(evidence, input, signal)),
    'processes.list': ofWrites((_evidence, input, { signal }) => processes(input, signal)),
    'devices.list': ofWrites((_evidence, input, { signal }) => devices(input, signal)),
    'sessions.list': ofWrites((_evidence, input, { signal }) => listSessions(evidence, input, signal)),
    'writes.page': ofWrites((_evidence, input, { signal }) => pager.page(input, signal)),
    'writes.totals': ofWrites((_evidence, input, { signal }) => readTotals(evidence, input, signal)),
    'terms.list': ofWrites((_evidence, input, { signal }) => listTerms(evidence, input, signal)),
    'hours.read': ofWrites((_evidence, input, { signal }) => readHours(evidence, input, signal)),
    'activity.read': ofWrites((_evidence, input, context: CallContext<ActivityChunk>) => activity(input, context)),
    'device-events.list': (input, { signal }) => listDeviceEvents(evidence, input, signal),
    'alerts.list': (input, { signal }) => listAlerts(evidence, input, signal),
    'anomaly-records.list': (input, { signal }) => listAnomalyRecords(evidence, input, signal),
    processes: {
      async groups(filter, signal) {
        await evidence.checkFields(commonFields, signal);
        return await counter.groups(filter, signal);
      },
      count: counter.count,
    },
    async readState(signal) {
      await evidence.checkFields(commonFields, signal);
      return await readCounts(evidence, signal);
    },
    async close() {
      await pager.close();
      await connection.close();
    },
  };
}

/** What questions are asked with: searches over a connection, index patterns, the check of types. */
export function makeElasticEvidence(connection: ElasticConnection, options: ElasticStoreOptions = {}): ElasticEvidence {
  const search = makeElasticSearch(connection, { deadlineMs: options.deadlineMs });
  const indices = options.indices ?? defaultIndices;
  return { search, indices, checkFields: makeFieldCheck(search, indices, options.now ?? Date.now) };
}
