import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { responseWarning } from '../../shared/analysis/response-plan.ts';
import { cancelled, fail, messageOf, throwIfAborted } from '../../shared/base/failure.ts';
import type { CaseProgress } from '../../shared/ipc/case-operations.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { CaseEntry, CaseFile, ResponseStep } from '../../shared/model/case-file.ts';
import type { CaseStore } from './case-store.ts';
import type { KibanaConnection } from './kibana-connection.ts';

/** What Elastic Defend can be asked to do through Kibana. */
export const endpointActions = [
  'isolate',
  'release',
  'suspend-process',
  'kill-process',
  'get-file',
  'running-processes',
] as const;
export type EndpointAction = (typeof endpointActions)[number];

interface ActionFacts {
  readonly path: string;
  readonly response: ResponseStep;
  /** What happens, for the confirmation and the record. */
  readonly effect: string;
  /** How it is taken back. */
  readonly undo: string;
  readonly needs: 'process' | 'file' | 'nothing';
}

const actionFacts: Readonly<Record<EndpointAction, ActionFacts>> = {
  isolate: {
    path: 'isolate',
    response: 'isolate',
    effect: 'cuts the host off from the network, except from Elastic',
    undo: 'release takes it back',
    needs: 'nothing',
  },
  release: {
    path: 'unisolate',
    response: 'isolate',
    effect: 'gives the host its network back',
    undo: 'isolate cuts it off again',
    needs: 'nothing',
  },
  'suspend-process': {
    path: 'suspend_process',
    response: 'terminate',
    effect: 'halts the process; what it holds in memory stays',
    undo: 'it cannot be resumed from Kibana',
    needs: 'process',
  },
  'kill-process': {
    path: 'kill_process',
    response: 'terminate',
    effect: 'ends the process; what it held in memory is gone',
    undo: 'it cannot be taken back',
    needs: 'process',
  },
  'get-file': {
    path: 'get_file',
    response: 'forensics',
    effect: 'copies a file of the host to Kibana',
    undo: 'nothing is changed on the host',
    needs: 'file',
  },
  'running-processes': {
    path: 'running_procs',
    response: 'forensics',
    effect: 'lists the processes of the host',
    undo: 'nothing is changed on the host',
    needs: 'nothing',
  },
};

export interface ActionRequest {
  readonly action: EndpointAction;
  readonly host: string;
  /** Elastic Agent's id of the host; looked up by the host's name where it is absent. */
  readonly agentId?: string | undefined;
  readonly pid?: number | undefined;
  readonly entityId?: string | undefined;
  /** File to fetch. */
  readonly path?: string | undefined;
  readonly comment: string;
  /** The host's name, typed by a person: nothing is sent without it. */
  readonly confirmedHost: string;
  /** Acts although evidence has not been preserved yet. */
  readonly isWarningAccepted?: boolean | undefined;
}

export interface ActionOutcome {
  readonly actionId: string;
  readonly result: 'done' | 'failed' | 'pending';
  readonly detail: string;
  /** How to take it back. */
  readonly undo: string;
  readonly entries: readonly CaseEntry[];
}

/** How often and how long an action is asked for before it is left as pending. */
export interface Patience {
  readonly everyMs: number;
  readonly forMs: number;
}
const usualPatience: Patience = { everyMs: 2_000, forMs: 60_000 };

const metadataSchema = z.object({
  data: z.array(
    z.object({
      host_status: z.string().optional(),
      metadata: z.object({
        elastic: z.object({ agent: z.object({ id: z.string() }) }),
        host: z.object({ hostname: z.string().optional(), name: z.string().optional() }),
      }),
    }),
  ),
});
const startedSchema = z.object({ data: z.object({ id: z.string() }) });
const detailsSchema = z.object({
  data: z.object({
    isCompleted: z.boolean(),
    wasSuccessful: z.boolean(),
    isExpired: z.boolean().optional(),
    errors: z.array(z.string()).optional(),
  }),
});

/** Looks a host up among the endpoints that Kibana knows. Ends with `not-found`, or `bad-input` where several have the name. */
export async function findAgent(
  kibana: KibanaConnection,
  host: string,
  signal: AbortSignal,
): Promise<{ readonly agentId: string; readonly status: string }> {
  const quoted = host.replace(/[\\"]/g, '\\$&');
  const query = new URLSearchParams({
    page: '0',
    pageSize: '100',
    kuery: `united.endpoint.host.hostname: "${quoted}"`,
  });
  const answer = metadataSchema.safeParse(
    await kibana.send('GET', `/api/endpoint/metadata?${query}`, undefined, signal),
  );
  if (!answer.success)
    throw fail('store-refused', `${kibana.place} describes its endpoints in a way that is not understood.`);
  const wanted = host.toLowerCase();
  const found = answer.data.data.filter(({ metadata }) =>
    [metadata.host.hostname, metadata.host.name].some((name) => name?.toLowerCase() === wanted),
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
  return { agentId: first.metadata.elastic.agent.id, status: first.host_status ?? 'unknown' };
}

/**
 * Asks Elastic Defend for an action and records it in the case: the request before it is sent, the answer after. Nothing
 * is sent without the host's name typed as confirmation, nor, where it would destroy evidence, before evidence was
 * preserved (or the warning accepted). A refused or failed action is recorded as failed.
 */
export async function runAction(
  parts: { readonly cases: CaseStore; readonly kibana: KibanaConnection; readonly patience?: Patience | undefined },
  caseId: string,
  request: ActionRequest,
  context: CallContext<CaseProgress>,
): Promise<ActionOutcome> {
  const { cases, kibana, patience = usualPatience } = parts;
  const { signal, emit } = context;
  const facts = actionFacts[request.action];
  const state = await cases.read(caseId);
  checkRequest(state, request, facts);
  emit({ text: `Looking for ${request.host} at ${kibana.place}` });
  const agent = request.agentId
    ? { agentId: request.agentId, status: 'not looked up' }
    : await findAgent(kibana, request.host, signal);
  const target = `${request.host} (agent ${agent.agentId})`;
  const title = `${request.action}: ${facts.effect}`;
  const entries: CaseEntry[] = [];
  const record = async (result: 'requested' | 'done' | 'failed', detail: string, reference?: string) => {
    entries.push(
      await cases.record(caseId, {
        kind: 'action.recorded',
        payload: { response: facts.response, title, target, result, detail: detail.slice(0, 20_000), reference },
      }),
    );
  };
  await record('requested', `Through ${kibana.place}; endpoint ${agent.status}. ${request.comment}`);
  let actionId: string;
  try {
    const started = await kibana.send(
      'POST',
      `/api/endpoint/action/${facts.path}`,
      bodyOf(caseId, agent.agentId, request),
      signal,
    );
    actionId = startedSchema.parse(started).data.id;
  } catch (error) {
    await record('failed', messageOf(error));
    throw error;
  }
  emit({ text: `Action ${actionId} was accepted; waiting for the endpoint` });
  const ended = await waitForEnd(kibana, actionId, patience, signal);
  if (ended.result !== 'pending') await record(ended.result, ended.detail, actionId);
  return { actionId, ...ended, undo: facts.undo, entries };
}

function checkRequest(state: CaseFile, request: ActionRequest, facts: ActionFacts): void {
  if (request.confirmedHost !== request.host)
    throw fail(
      'action-refused',
      `${request.action} on "${request.host}" ${facts.effect}; it was not confirmed.`,
      `Confirm it with the name of the host. Afterwards: ${facts.undo}.`,
    );
  if (facts.needs === 'process' && (request.pid === undefined) === (request.entityId === undefined))
    throw fail('bad-input', `${request.action} needs the process: its pid or its entity id, not both.`);
  if (facts.needs === 'file' && !request.path) throw fail('bad-input', 'get-file needs the path of a file.');
  const warning =
    request.action === 'isolate' || request.action === 'kill-process'
      ? responseWarning(state, facts.response)
      : undefined;
  if (warning && !request.isWarningAccepted)
    throw fail('action-refused', warning, 'Preserve evidence first, or accept this warning.');
}

function bodyOf(caseId: string, agentId: string, request: ActionRequest): object {
  const { pid, entityId, path } = request;
  const parameters =
    pid !== undefined
      ? { pid }
      : entityId !== undefined
        ? { entity_id: entityId }
        : request.action === 'get-file' && path
          ? { path }
          : undefined;
  return {
    endpoint_ids: [agentId],
    agent_type: 'endpoint',
    comment: `${request.comment} (Portside ${caseId})`.trim(),
    ...(parameters ? { parameters } : {}),
  };
}

async function waitForEnd(
  kibana: KibanaConnection,
  actionId: string,
  patience: Patience,
  signal: AbortSignal,
): Promise<{ readonly result: 'done' | 'failed' | 'pending'; readonly detail: string }> {
  const until = performance.now() + patience.forMs;
  for (;;) {
    throwIfAborted(signal);
    const answer = detailsSchema.safeParse(
      await kibana.send('GET', `/api/endpoint/action/${encodeURIComponent(actionId)}`, undefined, signal),
    );
    if (!answer.success)
      throw fail('store-refused', `${kibana.place} describes the action ${actionId} in a way that is not understood.`);
    const { isCompleted, wasSuccessful, isExpired, errors = [] } = answer.data.data;
    if (isCompleted)
      return wasSuccessful
        ? { result: 'done', detail: 'The endpoint confirmed it.' }
        : { result: 'failed', detail: errors.join(' ') || 'The endpoint reported a failure.' };
    if (isExpired) return { result: 'failed', detail: 'The endpoint did not answer before the action expired.' };
    if (performance.now() >= until)
      return {
        result: 'pending',
        detail: 'The endpoint has not answered yet; the action stays open in Kibana for two weeks.',
      };
    await wait(patience.everyMs, undefined, { signal }).catch(() => {
      throw cancelled();
    });
  }
}

const createdCaseSchema = z.object({ id: z.string(), version: z.string().optional() });

/** Makes a case in Kibana with what this one says: title, verdict, findings and the head of the journal. */
export async function pushToKibana(
  kibana: KibanaConnection,
  state: CaseFile,
  signal: AbortSignal,
): Promise<{ readonly kibanaCaseId: string }> {
  const lines = [
    `Portside case ${state.id}, journal head ${state.head} (${state.entries.length} entries).`,
    state.verdict
      ? `Verdict: ${state.verdict.verdict}, confidence ${state.verdict.confidence}. ${state.verdict.text}`
      : 'No verdict yet.',
    ...state.findings.map(
      ({ finding }) =>
        `Finding ${finding.id}: ${finding.process} on ${finding.host}, ${finding.user}, device ${finding.device}, score ${Math.round(finding.score)}.`,
    ),
  ];
  const created = createdCaseSchema.safeParse(
    await kibana.send(
      'POST',
      '/api/cases',
      {
        title: `${state.id}: ${state.title}`.slice(0, 160),
        description: lines.map(plainMarkdown).join('\n\n').slice(0, 30_000),
        tags: [...state.tags, `TLP:${state.tlp}`].map((tag) => tag.slice(0, 256)).slice(0, 200),
        severity: state.severity,
        connector: { id: 'none', name: 'none', type: '.none', fields: null },
        settings: { syncAlerts: false },
        owner: 'securitySolution',
      },
      signal,
    ),
  );
  if (!created.success) throw fail('store-refused', `${kibana.place} did not say which case it made.`);
  const kibanaCaseId = created.data.id;
  for (const note of state.notes)
    await kibana.send(
      'POST',
      `/api/cases/${encodeURIComponent(kibanaCaseId)}/comments`,
      {
        type: 'user',
        comment: plainMarkdown(`${note.actor}, ${new Date(note.atMs).toISOString()}: ${note.text}`).slice(0, 30_000),
        owner: 'securitySolution',
      },
      signal,
    );
  return { kibanaCaseId };
}

/** Kibana shows descriptions as Markdown; evidence must stay text there too. */
function plainMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~]/g, '\\$&');
}
