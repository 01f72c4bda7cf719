import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

/**
 * A stand-in for Kibana, not Kibana. Every request it gets and every answer it gives is checked against an OpenAPI
 * description: `kibana-api.yaml`, which says in our own words what the published one says of the used paths, or the
 * published file itself where `PORTSIDE_KIBANA_OPENAPI` names one. What does not fit is a 400 and stands in `misfits`.
 */
export interface KibanaStandIn {
  readonly url: string;
  readonly requests: readonly { readonly method: string; readonly path: string; readonly body: unknown }[];
  /** Requests and answers that the description does not allow, as sentences. */
  readonly misfits: readonly string[];
  /** What the endpoint reports each time it is asked about the action; the last one stays. */
  details: readonly ActionDetails[];
  /** Answers every action with this status. */
  refuses: number | undefined;
  /** Licence of the cluster; without, Kibana does not tell. */
  licence: { type: string; status: string } | undefined;
  /** Privileges of the account by capability; without, Kibana does not tell. */
  privileges: Record<string, boolean> | undefined;
  endpoint: { status: string; capabilities: string[] | undefined; isolated: boolean };
  close(): Promise<void>;
}

interface ActionDetails {
  readonly isCompleted: boolean;
  readonly wasSuccessful: boolean;
  readonly isExpired?: boolean;
  readonly errors?: readonly string[];
  /** What the endpoint answered. */
  readonly content?: unknown;
}

/** The agent of the one host it knows. */
export const knownAgent = '5b0e6f7a-3c1d-4f0e-9a57-2f4f6d1c8e42';
export const actionId = '233db9ea-6733-4849-9226-5a7039c7161d';
/** What a fetched file holds. */
export const fetchedBytes = Buffer.from('PK\u0005\u0006 a fetched file');

const commandOf: Readonly<Record<string, string>> = {
  isolate: 'isolate',
  unisolate: 'unisolate',
  running_procs: 'running-processes',
  kill_process: 'kill-process',
  suspend_process: 'suspend-process',
  get_file: 'get-file',
};

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
}
interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

function readDescription(path: string): Description {
  return parse(readFileSync(path, 'utf8')) as Description;
}

/**
 * The published description says `oneOf` of objects without a required property (a process by pid or by entity id), which
 * its own examples do not fit: each fits every branch. Read as `anyOf` it says what is meant.
 */
function withAnyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withAnyOf) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key === 'oneOf' && Array.isArray(inner) ? 'anyOf' : key,
      withAnyOf(inner),
    ]),
  ) as T;
}

const pointer = (...parts: readonly string[]) =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** Checks requests and answers against one or more descriptions; the first that has the path counts. */
function makeChecker(descriptions: readonly Description[]) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('uuid', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/);
  for (const ignored of ['binary', 'nonempty', 'uri-reference']) ajv.addFormat(ignored, true);
  for (const [at, description] of descriptions.entries()) ajv.addSchema({ $id: `d${at}`, ...description });
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (reference: string): ValidateFunction => {
    const known = compiled.get(reference) ?? ajv.compile({ $ref: reference });
    compiled.set(reference, known);
    return known;
  };

  function find(method: string, path: string) {
    for (const [at, description] of descriptions.entries())
      for (const [template, methods] of Object.entries(description.paths)) {
        const pattern = new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
        const operation = methods[method.toLowerCase()];
        if (operation && pattern.test(path)) return { at, template, operation };
      }
    return undefined;
  }

  /** Problems of a value under `#/paths/…`, for the JSON among its kinds of content. */
  function problemsAt(
    found: { readonly at: number; readonly template: string },
    method: string,
    content: Readonly<Record<string, unknown>> | undefined,
    trail: readonly string[],
    value: unknown,
  ): readonly string[] {
    const kind = Object.keys(content ?? {}).find((name) => name.startsWith('application/json'));
    if (kind === undefined) return value === undefined ? [] : ['no JSON is described'];
    const place = pointer('paths', found.template, method.toLowerCase(), ...trail, 'content', kind, 'schema');
    const validate = validatorOf(`d${found.at}#${place}`);
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`);
  }

  return {
    request(method: string, url: URL, body: unknown): readonly string[] {
      const found = find(method, url.pathname);
      if (!found) return [`${method} ${url.pathname} is not described`];
      const described = (found.operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
      const query = described.flatMap(({ name, required }) => {
        const values = url.searchParams.getAll(name);
        if (values.length === 0) return required ? [`the parameter ${name} is missing`] : [];
        const place = described.findIndex((one) => one.name === name);
        const whole = (found.operation.parameters ?? []).indexOf(described[place] as Parameter);
        const validate = validatorOf(
          `d${found.at}#${pointer('paths', found.template, method.toLowerCase(), 'parameters', String(whole), 'schema')}`,
        );
        // Text in the address; the schema says what it stands for.
        const isFitting = [values[0], Number(values[0]), values].some((value) => validate(value));
        return isFitting ? [] : [`the parameter ${name} ${validate.errors?.[0]?.message}`];
      });
      const known = new Set(described.map(({ name }) => name));
      const surplus = [...url.searchParams.keys()].filter((name) => !known.has(name));
      return [
        ...query,
        ...surplus.map((name) => `the parameter ${name} is not described`),
        ...problemsAt(found, method, found.operation.requestBody?.content, ['requestBody'], body),
      ].map((problem) => `${method} ${url.pathname}: ${problem}`);
    },
    answer(method: string, path: string, value: unknown): readonly string[] {
      const found = find(method, path);
      if (!found) return [];
      const content = found.operation.responses['200']?.content;
      const problems = problemsAt(found, method, content, ['responses', '200'], value);
      // The published description of an action's details leaves out the `data` that Kibana's route puts around them.
      const inner = found.template === '/api/endpoint/action/{action_id}' && (value as { data?: unknown }).data;
      const isInnerFitting = inner && problemsAt(found, method, content, ['responses', '200'], inner).length === 0;
      return (isInnerFitting ? [] : problems).map((problem) => `Answer to ${method} ${path}: ${problem}`);
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

const startedAt = '2026-11-19T22:10:00.000Z';

function actionAnswer(command: string, { content, ...state }: ActionDetails): unknown {
  return {
    action: actionId,
    data: {
      id: actionId,
      command,
      agentType: 'endpoint',
      agents: [knownAgent],
      isExpired: false,
      status: state.isCompleted ? (state.wasSuccessful ? 'successful' : 'failed') : 'pending',
      startedAt,
      ...(state.isCompleted ? { completedAt: '2026-11-19T22:10:05.000Z' } : {}),
      createdBy: 'r.osei',
      parameters: {},
      outputs: content === undefined ? {} : { [knownAgent]: { type: 'json', content } },
      ...state,
    },
  };
}

function endpointAnswer(host: string, { status, capabilities, isolated }: KibanaStandIn['endpoint']): unknown {
  return {
    host_status: status,
    last_checkin: startedAt,
    metadata: {
      agent: { id: knownAgent, type: 'endpoint', version: '9.4.0' },
      elastic: { agent: { id: knownAgent } },
      host: { hostname: host, name: host },
      Endpoint: { ...(capabilities ? { capabilities } : {}), state: { isolation: isolated } },
    },
  };
}

function caseAnswer(body: Readonly<Record<string, unknown>>): unknown {
  const { title, description, tags, severity = 'low', connector, settings, owner } = body;
  const person = { username: 'r.osei', full_name: null, email: null };
  return {
    id: 'k-1',
    version: 'WzUzMiwxXQ==',
    comments: [],
    totalAlerts: 0,
    totalComment: 0,
    total_observables: 0,
    observables: [],
    title,
    description,
    tags,
    severity,
    connector,
    settings,
    owner,
    status: 'open',
    assignees: [],
    category: null,
    customFields: [],
    duration: null,
    closed_at: null,
    closed_by: null,
    created_at: startedAt,
    created_by: person,
    updated_at: null,
    updated_by: null,
    external_service: null,
  };
}

/** Starts the stand-in on a port of its own; whoever started it closes it. It takes `ApiKey key` and knows one host. */
export async function startKibanaStandIn(host = 'ws-042'): Promise<KibanaStandIn> {
  const ours = readDescription(join(import.meta.dirname, 'kibana-api.yaml'));
  const published = process.env.PORTSIDE_KIBANA_OPENAPI;
  const checker = makeChecker(published ? [withAnyOf(readDescription(published)), ours] : [ours]);
  const requests: { method: string; path: string; body: unknown }[] = [];
  const misfits: string[] = [];
  let made: Readonly<Record<string, unknown>> = {};
  let command = 'isolate';
  const state: Pick<KibanaStandIn, 'details' | 'refuses' | 'licence' | 'privileges' | 'endpoint'> = {
    details: [{ isCompleted: true, wasSuccessful: true }],
    refuses: undefined,
    licence: { type: 'enterprise', status: 'active' },
    privileges: {
      writeHostIsolation: true,
      writeHostIsolationRelease: true,
      writeProcessOperations: true,
      writeFileOperations: true,
    },
    endpoint: {
      status: 'healthy',
      capabilities: ['isolation', 'kill_process', 'suspend_process', 'running_processes', 'get_file'],
      isolated: false,
    },
  };

  /** The answer to a request that fits its description; undefined where there is nothing of the kind. */
  function answerTo(method: string, url: URL, body: unknown): unknown {
    const { pathname } = url;
    if (pathname === '/api/endpoint/metadata') {
      const isKnown = url.searchParams.get('kuery')?.includes(`"${host}"`);
      const data = isKnown ? [endpointAnswer(host, state.endpoint)] : [];
      return { data, total: data.length, page: 0, pageSize: 100, sortField: 'enrolled_at', sortDirection: 'desc' };
    }
    if (pathname === `/api/endpoint/metadata/${knownAgent}`) return endpointAnswer(host, state.endpoint);
    if (pathname === '/api/licensing/info')
      return state.licence && { license: { uid: 'l-1', mode: state.licence.type, ...state.licence }, features: {} };
    if (pathname === '/api/core/capabilities')
      return state.privileges && { navLinks: {}, siemV5: { show: true, ...state.privileges } };
    const action = /^\/api\/endpoint\/action\/([a-z_]+)$/.exec(pathname)?.[1];
    if (method === 'POST' && action !== undefined) {
      command = commandOf[action] ?? action;
      return actionAnswer(command, { isCompleted: false, wasSuccessful: false });
    }
    if (pathname === `/api/endpoint/action/${actionId}`) {
      const [first, ...rest] = state.details;
      if (rest.length > 0) state.details = rest;
      return first && actionAnswer(command, first);
    }
    if (pathname === '/api/cases') {
      made = body as typeof made;
      return caseAnswer(made);
    }
    if (pathname === '/api/cases/k-1/comments') return caseAnswer(made);
    if (pathname === '/api/detection_engine/signals/status') {
      const ids = (body as { readonly signal_ids: readonly string[] }).signal_ids;
      return { took: 3, timed_out: false, total: ids.length, updated: ids.length, failures: [] };
    }
    return undefined;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const method = request.method ?? 'GET';
    const body = await bodyOf(request);
    requests.push({ method, path: url.pathname, body });
    const answer = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const refuse = (statusCode: number, message: string) => answer(statusCode, { statusCode, message });
    if (request.headers.authorization !== 'ApiKey key') return refuse(401, 'no');
    if (request.headers['elastic-api-version'] !== '2023-10-31') return refuse(400, 'version');
    if (method === 'POST' && !request.headers['kbn-xsrf'])
      return refuse(400, 'Request must contain a kbn-xsrf header.');
    const wrong = checker.request(method, url, body);
    misfits.push(...wrong);
    if (wrong.length > 0) return refuse(400, wrong.join('; '));
    if (url.pathname.startsWith('/api/endpoint/action/') && method === 'POST' && state.refuses)
      return refuse(state.refuses, 'Endpoint authorization failure');
    if (url.pathname === `/api/endpoint/action/${actionId}/file/${actionId}.${knownAgent}/download`)
      return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(fetchedBytes);
    const value = answerTo(method, url, body);
    if (value === undefined) return refuse(404, 'Not Found');
    misfits.push(...checker.answer(method, url.pathname, value));
    return answer(200, value);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    misfits,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
