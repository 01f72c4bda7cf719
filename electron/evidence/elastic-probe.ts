import { Failure } from '../../shared/base/failure.ts';
import type { ConnectionTest } from '../../shared/model/evidence-source.ts';
import { connectElastic } from './elastic-connection.ts';
import { makeElasticSearch, record } from './elastic-search.ts';
import type { ElasticWorkspaceSource } from './elastic-source.ts';

/** A person waits for the answer: a cluster that takes longer is as good as away. */
const probeDeadlineMs = 20_000;

/**
 * Connects and says what is there: version, licence, and which index patterns the key may read. Ends with the Failure
 * that a question would end with: `store-unreachable`, `store-refused`, `store-untrusted`, `bad-input`.
 */
export async function probeElastic(source: ElasticWorkspaceSource, signal: AbortSignal): Promise<ConnectionTest> {
  const connection = await connectElastic({ ...source, idleTimeoutMs: probeDeadlineMs });
  try {
    const search = makeElasticSearch(connection, { deadlineMs: probeDeadlineMs });
    const startedMs = performance.now();
    const root = record(await search.ask({ method: 'GET', path: '/' }, { signal, question: 'version' }));
    const tookMs = Math.round(performance.now() - startedMs);
    const license = await optional(search.ask({ method: 'GET', path: '/_license' }, { signal, question: 'licence' }));
    const { files, devices, alerts, anomalies } = source.indices;
    const patterns = [files, devices, alerts, anomalies].flatMap((names) =>
      names.split(',').map((name) => name.trim()),
    );
    // Rights on a remote cluster are that cluster's.
    const asked = patterns.filter((name) => !name.includes(':'));
    const body = {
      index: asked.map((name) => ({ names: [name], privileges: ['read'], allow_restricted_indices: false })),
    };
    const rights = await optional(
      search.ask({ method: 'POST', path: '/_security/user/_has_privileges', body }, { signal, question: 'privileges' }),
    );
    const granted = record(rights?.index);
    // Without users there are no rights, and everybody may read.
    const isGranted = (name: string) => rights === undefined || record(record(granted?.[name]))?.read === true;
    return {
      version: textOf(record(root?.version)?.number, 'of unknown version'),
      clusterName: textOf(root?.cluster_name, 'without a name'),
      license: license && textOf(record(license.license)?.type, 'unknown'),
      user: rights && textOf(rights.username, 'unknown'),
      mayRead: asked.filter(isGranted),
      mayNotRead: asked.filter((name) => !isGranted(name)),
      notAsked: patterns.filter((name) => name.includes(':')),
      tookMs,
    };
  } finally {
    await connection.close();
  }
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value.slice(0, 200) : otherwise;
}

/** The answer, or undefined where the cluster has no such interface or does not let this key ask. */
async function optional(asked: Promise<unknown>) {
  try {
    return record(await asked);
  } catch (error) {
    const isAbsent =
      error instanceof Failure && ['store-refused', 'not-found', 'bad-input', 'store-garbled'].includes(error.code);
    if (isAbsent) return undefined;
    throw error;
  }
}
