import { z } from 'zod';
import { Failure, fail, isCancelled } from '../../shared/base/failure.ts';
import type { EndpointAction } from '../../shared/model/endpoint-action.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import type { KibanaConnection } from './kibana-connection.ts';

/** What an action needs of the licence, the account and the endpoint. */
interface Needs {
  readonly licence: 'platinum' | 'enterprise' | undefined;
  /** Name of the capability that Kibana gives an account with the privilege. */
  readonly capability: string;
  readonly privilege: string;
  /** What the endpoint says it can do. */
  readonly ofEndpoint: string;
}

const needs: Readonly<Record<EndpointAction, Needs>> = {
  isolate: {
    licence: 'platinum',
    capability: 'writeHostIsolation',
    privilege: 'Host Isolation',
    ofEndpoint: 'isolation',
  },
  release: {
    licence: undefined,
    capability: 'writeHostIsolationRelease',
    privilege: 'Host Isolation (release)',
    ofEndpoint: 'isolation',
  },
  'suspend-process': {
    licence: 'enterprise',
    capability: 'writeProcessOperations',
    privilege: 'Process Operations',
    ofEndpoint: 'suspend_process',
  },
  'kill-process': {
    licence: 'enterprise',
    capability: 'writeProcessOperations',
    privilege: 'Process Operations',
    ofEndpoint: 'kill_process',
  },
  'running-processes': {
    licence: 'enterprise',
    capability: 'writeProcessOperations',
    privilege: 'Process Operations',
    ofEndpoint: 'running_processes',
  },
  'get-file': {
    licence: 'enterprise',
    capability: 'writeFileOperations',
    privilege: 'File Operations',
    ofEndpoint: 'get_file',
  },
};

const endpointSchema = z.object({
  host_status: z.string().optional(),
  metadata: z.object({
    elastic: z.object({ agent: z.object({ id: z.string() }) }),
    host: z.object({ hostname: z.string().optional(), name: z.string().optional() }),
    Endpoint: z
      .object({
        capabilities: z.array(z.string()).optional(),
        state: z.object({ isolation: z.boolean().optional() }).optional(),
      })
      .optional(),
  }),
});
const endpointsSchema = z.object({ data: z.array(endpointSchema) });

/** An endpoint as Kibana knows it. */
export interface KnownEndpoint {
  readonly agentId: string;
  /** `healthy`, `offline`, …; `unknown` where Kibana does not say. */
  readonly status: string;
  readonly capabilities: readonly string[] | undefined;
  readonly isIsolated: boolean | undefined;
}

const everyStatus = ['healthy', 'offline', 'updating', 'inactive', 'unenrolled'] as const;

function toEndpoint({ host_status: status, metadata }: z.infer<typeof endpointSchema>): KnownEndpoint {
  return {
    agentId: metadata.elastic.agent.id,
    status: status ?? 'unknown',
    capabilities: metadata.Endpoint?.capabilities,
    isIsolated: metadata.Endpoint?.state?.isolation,
  };
}

function notUnderstood(kibana: KibanaConnection): Failure {
  return fail('store-refused', `${kibana.place} describes its endpoints in a way that is not understood.`);
}

/**
 * Looks an endpoint up by its host's name, or by its agent's id where that is given. Ends with `not-found`, or `bad-input`
 * where several have the name.
 */
export async function findEndpoint(
  kibana: KibanaConnection,
  wanted: { readonly host: string; readonly agentId?: string | undefined },
  signal: AbortSignal,
): Promise<KnownEndpoint> {
  if (wanted.agentId !== undefined) {
    const path = `/api/endpoint/metadata/${encodeURIComponent(wanted.agentId)}`;
    const answer = endpointSchema.safeParse(await kibana.send('GET', path, undefined, signal));
    if (!answer.success) throw notUnderstood(kibana);
    return toEndpoint(answer.data);
  }
  const { host } = wanted;
  const query = new URLSearchParams({
    pageSize: '100',
    kuery: `united.endpoint.host.hostname: "${host.replace(/[\\"]/g, '\\$&')}"`,
  });
  for (const status of everyStatus) query.append('hostStatuses', status);
  const answer = endpointsSchema.safeParse(
    await kibana.send('GET', `/api/endpoint/metadata?${query}`, undefined, signal),
  );
  if (!answer.success) throw notUnderstood(kibana);
  const lower = host.toLowerCase();
  const found = answer.data.data.filter(({ metadata }) =>
    [metadata.host.hostname, metadata.host.name].some((name) => name?.toLowerCase() === lower),
  );
  const [first, second] = found;
  if (!first)
    throw fail('not-found', `${kibana.place} knows no endpoint "${host}".`, 'Give the id of its Elastic Agent.');
  if (second)
    throw fail(
      'bad-input',
      `${kibana.place} knows ${found.length} endpoints "${host}".`,
      'Give the id of the Elastic Agent that is meant.',
    );
  return toEndpoint(first);
}

const row = (name: string, state: Prerequisite['state'], detail: string, hint = ''): Prerequisite => ({
  name,
  state,
  detail,
  hint,
});

function endpointRows(action: EndpointAction, endpoint: KnownEndpoint): readonly Prerequisite[] {
  const { status, capabilities, isIsolated } = endpoint;
  const rows = [
    status === 'healthy'
      ? row('endpoint', 'ok', 'The endpoint is healthy.')
      : status === 'unenrolled'
        ? row('endpoint', 'missing', 'The endpoint is no longer enrolled.', 'Enrol its Elastic Agent again.')
        : row(
            'endpoint',
            'warning',
            `The endpoint is ${status}.`,
            'The action waits in Kibana for two weeks until the endpoint is back.',
          ),
  ];
  const wanted = needs[action].ofEndpoint;
  rows.push(
    capabilities === undefined
      ? row('endpoint-version', 'unknown', 'The endpoint does not say what it can do.')
      : capabilities.includes(wanted)
        ? row('endpoint-version', 'ok', `The endpoint can do this (${wanted}).`)
        : row(
            'endpoint-version',
            'missing',
            `The endpoint cannot do this: ${wanted} is not among what it offers.`,
            'A newer Elastic Agent may.',
          ),
  );
  if (action === 'isolate' && isIsolated === true)
    rows.push(row('isolation', 'warning', 'The host is isolated already.'));
  if (action === 'release' && isIsolated === false)
    rows.push(row('isolation', 'warning', 'The host is not isolated now.'));
  return rows;
}

/** Licences by what they include, least first. A trial includes everything. */
const licences = ['basic', 'standard', 'gold', 'platinum', 'enterprise', 'trial'];
const licenceSchema = z.object({ license: z.object({ type: z.string(), status: z.string() }) });

function licenceRow(action: EndpointAction, answer: unknown): Prerequisite {
  const wanted = needs[action].licence;
  const parsed = licenceSchema.safeParse(answer);
  if (!parsed.success)
    return row('licence', 'unknown', 'Kibana does not tell the licence.', wanted ? `It must be ${wanted}.` : '');
  const { type, status } = parsed.data.license;
  if (status !== 'active') return row('licence', 'missing', `The licence (${type}) is ${status}.`, 'Renew it.');
  if (!wanted) return row('licence', 'ok', `The licence is ${type}; any is enough.`);
  return licences.indexOf(type) >= licences.indexOf(wanted)
    ? row('licence', 'ok', `The licence is ${type}; ${wanted} is needed.`)
    : row('licence', 'missing', `The licence is ${type}; ${wanted} is needed.`, 'Do it on the host instead.');
}

const capabilitiesSchema = z.record(z.string(), z.unknown());

function privilegeRow(action: EndpointAction, answer: unknown): Prerequisite {
  const { capability, privilege } = needs[action];
  const features = Object.entries(capabilitiesSchema.safeParse(answer).data ?? {}).filter(([name]) =>
    name.startsWith('siem'),
  );
  const values = features
    .map(([, value]) => (value as Readonly<Record<string, unknown>> | null)?.[capability])
    .filter((value) => typeof value === 'boolean');
  if (values.length === 0)
    return row(
      'privilege',
      'unknown',
      'Kibana does not tell the privileges of the account.',
      `It needs "${privilege}"; without it, Kibana refuses and the case records that.`,
    );
  return values.includes(true)
    ? row('privilege', 'ok', `The account has the privilege "${privilege}".`)
    : row(
        'privilege',
        'missing',
        `The account does not have the privilege "${privilege}".`,
        'It is a sub-feature of Security in the role of the account.',
      );
}

/**
 * What stands in the way of an action: endpoint, licence and privilege. Licence and privileges are asked in ways that Kibana
 * uses itself but does not describe; where it does not answer them, the row is `unknown` and says so.
 */
export async function checkAccess(
  kibana: KibanaConnection,
  action: EndpointAction,
  endpoint: KnownEndpoint,
  signal: AbortSignal,
): Promise<readonly Prerequisite[]> {
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    try {
      return await kibana.send(method, path, body, signal);
    } catch (error) {
      if (isCancelled(error) || !(error instanceof Failure)) throw error;
      return undefined;
    }
  };
  const [licence, capabilities] = await Promise.all([
    ask('GET', '/api/licensing/info'),
    ask('POST', '/api/core/capabilities', { applications: [] }),
  ]);
  return [...endpointRows(action, endpoint), licenceRow(action, licence), privilegeRow(action, capabilities)];
}
