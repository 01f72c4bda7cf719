import { Failure, isCancelled } from '../../shared/base/failure.ts';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import { rareProcessJobs } from '../../shared/model/elastic-job.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import { finalRecordsClauses, ruleAlertsClause, ruleRecordsClause } from './elastic-alerts.ts';
import { countOf, optionalFigureOf } from './elastic-buckets.ts';
import type { ElasticConnection, ElasticRequest } from './elastic-connection.ts';
import { deviceEventsQuery } from './elastic-devices.ts';
import { commonFields, makeFieldCheck } from './elastic-evidence.ts';
import { fields } from './elastic-fields.ts';
import type { ElasticIndices } from './elastic-indices.ts';
import { aggregationBody, type Clause, timeClauses, writesQuery } from './elastic-queries.ts';
import { makeElasticSearch, record } from './elastic-search.ts';

type Row = Omit<Prerequisite, 'name'>;

/** What is said wherever Elastic's own score is not to be had. */
const ownScore = 'Portside computes both scores itself from the file events, so findings do not depend on it.';
/** A clock that is further ahead makes newest events hide behind "now". */
const clockToleranceMs = 5 * minuteMs;
/** The job writes a result per hour of data; later than this it has stopped, or nothing was written. */
const jobSilenceMs = 6 * hourMs;

export interface CheckOptions {
  readonly indices: ElasticIndices;
  readonly now: () => number;
}

/**
 * Looks up each prerequisite of the rule's Setup section on a cluster, in the order in which they depend on each other.
 * Never fails for what it finds: what cannot be looked up (an API that is missing or forbidden) is a row that says so.
 * Where the cluster itself does not answer, that is the only row.
 */
export async function* checkElastic(
  connection: ElasticConnection,
  options: CheckOptions,
  signal: AbortSignal,
): AsyncGenerator<Prerequisite> {
  const { indices, now } = options;
  const search = makeElasticSearch(connection);
  const checkFields = makeFieldCheck(search, indices, now);

  const ask = async (request: ElasticRequest, question: string) =>
    record(await search.ask(request, { signal, question }));

  async function row(name: string, look: () => Promise<Row>): Promise<Prerequisite> {
    try {
      return { name, ...(await look()) };
    } catch (error) {
      if (!(error instanceof Failure) || isCancelled(error)) throw error;
      const state = error.code === 'not-found' || error.code === 'store-lacks-fields' ? 'missing' : 'unknown';
      return { name, state, detail: error.message, hint: error.hint ?? '' };
    }
  }

  /** How many documents match, in all and since an instant, and the newest of them. */
  async function count(index: string, query: Clause, time: string, sinceMs: number) {
    const recent = { filter: { bool: { filter: timeClauses(time, sinceMs, undefined) } } };
    const body = { ...aggregationBody(query, { newest: { max: { field: time } }, recent }), track_total_hits: true };
    const answer = await search.search(index, body, { signal, question: 'check', mayBeMissing: true });
    if (!answer) return undefined;
    const newest = optionalFigureOf(answer.aggregations, 'newest');
    return { total: answer.total ?? 0, recent: countOf(answer.aggregations.recent, 'check'), newest };
  }

  const cluster = await row('cluster', async () => {
    const root = await ask({ method: 'GET', path: '/' }, 'version');
    const version = String(record(root?.version)?.number ?? 'of unknown version');
    const isKnown = /^(8|9)\./.test(version);
    return {
      state: isKnown ? 'ok' : 'warning',
      detail: `Elasticsearch ${version} answers as "${root?.cluster_name}".`,
      hint: isKnown ? '' : 'Portside is made for Elasticsearch 8 and 9.',
    };
  });
  yield cluster;
  if (cluster.state !== 'ok' && cluster.state !== 'warning') return;

  yield await row('privileges', async () => {
    const wanted = Object.values(indices).flatMap((names) => names.split(','));
    // Rights on a remote cluster are that cluster's: they cannot be asked for here.
    const names = wanted.filter((name) => !name.includes(':'));
    const path = '/_security/user/_has_privileges';
    const privileges = ['read', 'view_index_metadata'];
    const body = { index: names.map((name) => ({ names: [name], privileges, allow_restricted_indices: false })) };
    const answer = await askOr(ask({ method: 'POST', path, body }, 'privileges'), noSecurity);
    if (!answer)
      return { state: 'ok', detail: 'The cluster has no users and no rights: everybody may read.', hint: '' };
    const granted = record(answer.index);
    const lacking = names.filter((name) =>
      Object.values(record(granted?.[name]) ?? {}).some((isGranted) => isGranted !== true),
    );
    return lacking.length === 0
      ? { state: 'ok', detail: `${String(answer.username)} may read ${names.join(', ')}.`, hint: '' }
      : {
          state: 'missing',
          detail: `${String(answer.username)} may not read ${lacking.join(', ')}. What a key may not see looks as if it were not there.`,
          hint: 'Give it the role from docs/elasticsearch.md.',
        };
  });

  const fieldsRow = await row('fields', async () => {
    await checkFields(commonFields, signal);
    return {
      state: 'ok',
      detail: `${indices.files} has the fields that questions are asked by, with types that can be counted.`,
      hint: '',
    };
  });
  yield fieldsRow;

  yield await row('file-events', async () => {
    if (fieldsRow.state !== 'ok') {
      const state = fieldsRow.state === 'unknown' ? 'unknown' : 'missing';
      return { state, detail: 'There is nothing to count.', hint: fieldsRow.hint };
    }
    const found = await count(indices.files, writesQuery({}), fields.time, now() - dayMs);
    if (!found || found.total === 0) {
      const any = await count(
        indices.files,
        { bool: { filter: [{ term: { [fields.category]: 'file' } }] } },
        fields.time,
        now() - dayMs,
      );
      return {
        state: 'missing',
        detail: `No file event names an external device (${any?.total ?? 0} file events in all).`,
        hint: 'Elastic Defend 8.4 or newer on Windows fills file.Ext.device.bus_type; file events must be on in its policy.',
      };
    }
    const { total, recent, newest = 0 } = found;
    return {
      state: recent > 0 ? 'ok' : 'warning',
      detail: `${recent} writes to external devices in the last 24 hours, ${total} in all; newest at ${new Date(newest).toISOString()}.`,
      hint: recent > 0 ? '' : 'Nothing was copied, or events no longer arrive: look at the agents in Fleet.',
    };
  });

  yield await row('clock', async () => {
    if (fieldsRow.state !== 'ok')
      return { state: 'unknown', detail: 'There are no events to compare clocks by.', hint: '' };
    const { newest } = (await count(indices.files, writesQuery({}), fields.time, now())) ?? {};
    const aheadMs = (newest ?? 0) - now();
    return aheadMs > clockToleranceMs
      ? {
          state: 'warning',
          detail: `The newest event lies ${Math.round(aheadMs / minuteMs)} minutes in the future.`,
          hint: 'A host or this computer has a wrong clock. Look-backs from "now" miss such events.',
        }
      : { state: 'ok', detail: 'No event lies in the future.', hint: '' };
  });

  yield await row('device-events', async () => {
    const found = await count(indices.devices, deviceEventsQuery({}), '@timestamp', now() - dayMs);
    const hint = 'Device control (agent 9.2 or newer, Windows and macOS) writes them when its policy is on.';
    if (!found || found.total === 0) {
      return {
        state: 'missing',
        detail: 'There are no device events on this cluster: connection spans are inferred from writes.',
        hint,
      };
    }
    return {
      state: 'ok',
      detail: `${found.recent} mounts and unmounts in the last 24 hours, ${found.total} in all.`,
      hint: '',
    };
  });

  yield await row('license', async () => {
    const answer = record((await ask({ method: 'GET', path: '/_license' }, 'licence'))?.license);
    const type = String(answer?.type ?? 'unknown');
    const hasMl = ['trial', 'platinum', 'enterprise'].includes(type);
    return {
      state: hasMl ? 'ok' : 'warning',
      detail: `The licence is "${type}"${answer?.status === 'active' ? '' : ' and not active'}.`,
      hint: hasMl ? '' : `Elastic's anomaly jobs need platinum or a trial. ${ownScore}`,
    };
  });

  yield await row('anomaly-job', async () => {
    const answer = await askOr(
      ask(
        {
          method: 'GET',
          path: `/_ml/anomaly_detectors/${rareProcessJobs.join(',')}/_stats`,
          query: { allow_no_match: true },
        },
        'anomaly jobs',
      ),
      noApi,
    );
    if (!answer) return { state: 'unknown', detail: 'This cluster has no machine-learning API.', hint: ownScore };
    const jobs = Array.isArray(answer.jobs) ? answer.jobs.map((job) => record(job) ?? {}) : [];
    const opened = jobs.find((job) => job.state === 'opened');
    if (jobs.length === 0)
      return {
        state: 'missing',
        detail: `None of the jobs exists: ${rareProcessJobs.join(', ')}.`,
        hint: `Install the module "Data Exfiltration Detection" (ded) in Kibana. ${ownScore}`,
      };
    const named = String((opened ?? jobs[0])?.job_id);
    return opened
      ? { state: 'ok', detail: `The job ${named} is opened.`, hint: '' }
      : {
          state: 'warning',
          detail: `The job ${named} is ${String(jobs[0]?.state)}.`,
          hint: `Open it in Kibana under Machine Learning. ${ownScore}`,
        };
  });

  yield await row('datafeed', async () => {
    const feeds = rareProcessJobs.map((job) => `datafeed-${job}`).join(',');
    const answer = await askOr(
      ask({ method: 'GET', path: `/_ml/datafeeds/${feeds}/_stats`, query: { allow_no_match: true } }, 'datafeeds'),
      noApi,
    );
    if (!answer) return { state: 'unknown', detail: 'This cluster has no machine-learning API.', hint: ownScore };
    const found = Array.isArray(answer.datafeeds) ? answer.datafeeds.map((feed) => record(feed) ?? {}) : [];
    if (found.length === 0)
      return { state: 'missing', detail: 'The job has no datafeed.', hint: `Install the module again. ${ownScore}` };
    const isStarted = found.some((feed) => feed.state === 'started');
    return isStarted
      ? { state: 'ok', detail: 'The datafeed is started.', hint: '' }
      : {
          state: 'warning',
          detail: `The datafeed is ${String(found[0]?.state)}: the job learns nothing and the rule stays silent.`,
          hint: `Start it in Kibana under Machine Learning. ${ownScore}`,
        };
  });

  yield await row('job-results', async () => {
    // Buckets are written for every hour of data, records only where something was unusual.
    const results: Clause = { bool: { filter: [ruleRecordsClause, { terms: { result_type: ['bucket', 'record'] } }] } };
    const found = await count(indices.anomalies, results, 'timestamp', now() - jobSilenceMs);
    const records = await count(
      indices.anomalies,
      { bool: { filter: [...finalRecordsClauses, ruleRecordsClause] } },
      'timestamp',
      now() - dayMs,
    );
    if (!found || found.newest === undefined) {
      return { state: 'missing', detail: `No result of the rule's jobs is in ${indices.anomalies}.`, hint: ownScore };
    }
    const newest = new Date(found.newest).toISOString();
    return found.recent > 0
      ? {
          state: 'ok',
          detail: `The job's last result is of ${newest}; ${records?.total ?? 0} records in all.`,
          hint: '',
        }
      : {
          state: 'warning',
          detail: `The job's last result is of ${newest}; ${records?.total ?? 0} records in all. It seems to have stopped.`,
          hint: `Open the job and start its datafeed in Kibana. ${ownScore}`,
        };
  });

  yield await row('rule', async () => {
    const found = await count(
      indices.alerts,
      { bool: { filter: [ruleAlertsClause] } },
      '@timestamp',
      now() - 30 * dayMs,
    );
    const where = 'Whether the rule is installed and enabled only Kibana knows (Security → Rules).';
    if (!found || found.total === 0)
      return { state: 'unknown', detail: `There is no alert of the rule. ${where}`, hint: ownScore };
    return {
      state: 'ok',
      detail: `${found.recent} alerts of the rule in the last 30 days, ${found.total} in all. ${where}`,
      hint: '',
    };
  });
}

/** The answer, or undefined where the failure means that the cluster has no such thing. */
async function askOr<T>(asked: Promise<T>, isAbsent: (failure: Failure) => boolean): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Failure && isAbsent(error)) return undefined;
    throw error;
  }
}

/** How a server says that it does not know an API. */
function noApi(failure: Failure): boolean {
  return /no handler found|no such thing|failed to find action|not available on/i.test(failure.message);
}

function noSecurity(failure: Failure): boolean {
  return (
    noApi(failure) ||
    /security must be explicitly enabled|security is not enabled|security_exception.*disabled/i.test(failure.message)
  );
}
