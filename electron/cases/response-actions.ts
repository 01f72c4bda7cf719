import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { responseWarning } from '../../shared/analysis/response-plan.ts';
import { cancelled, fail, messageOf, throwIfAborted } from '../../shared/base/failure.ts';
import type { CaseProgress } from '../../shared/ipc/case-operations.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { CaseEntry, CaseFile, ResponseStep } from '../../shared/model/case-file.ts';
import type { ActionDraft, ActionOutcome, ActionPlan, EndpointAction } from '../../shared/model/endpoint-action.ts';
import type { CaseStore } from './case-store.ts';
import { checkAccess, findEndpoint } from './kibana-access.ts';
import type { KibanaConnection } from './kibana-connection.ts';
import { safeFileName } from './safe-name.ts';

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

/** An action with what a person confirmed about it. */
export interface ActionRequest extends ActionDraft {
  /** The host's name, typed by a person: nothing is sent without it. */
  readonly confirmedHost: string;
  /** Acts although evidence has not been preserved yet. */
  readonly isWarningAccepted?: boolean | undefined;
}

/** How often and how long an action is asked for before it is left as pending. */
export interface Patience {
  readonly everyMs: number;
  readonly forMs: number;
}
const usualPatience: Patience = { everyMs: 2_000, forMs: 60_000 };

const startedSchema = z.object({ data: z.object({ id: z.string() }) });
const detailsSchema = z.object({
  data: z.object({
    isCompleted: z.boolean(),
    wasSuccessful: z.boolean(),
    isExpired: z.boolean().optional(),
    errors: z.array(z.string()).optional(),
    outputs: z.record(z.string(), z.object({ content: z.unknown() })).optional(),
  }),
});

/** Says what an action would do and whether it can, without doing or recording anything. Ends with `bad-input`, `not-found`. */
export async function planAction(
  parts: { readonly cases: CaseStore; readonly kibana: KibanaConnection },
  caseId: string,
  draft: ActionDraft,
  signal: AbortSignal,
): Promise<ActionPlan> {
  const facts = actionFacts[draft.action];
  const state = await parts.cases.read(caseId);
  checkDraft(draft, facts);
  const endpoint = await findEndpoint(parts.kibana, draft, signal);
  const checks = await checkAccess(parts.kibana, draft.action, endpoint, signal);
  return {
    effect: facts.effect,
    undo: facts.undo,
    place: parts.kibana.place,
    agentId: endpoint.agentId,
    checks,
    warning: warningOf(state, draft.action),
    mayAct: checks.every((check) => check.state !== 'missing'),
  };
}

/**
 * Asks Elastic Defend for an action and records it in the case: the request before it is sent, the answer after. Nothing
 * is sent without the host's name typed as confirmation, nor, where it would destroy evidence, before evidence was
 * preserved (or the warning accepted), nor where endpoint, licence or privilege stand in the way. A refused or failed
 * action is recorded as failed. A fetched file and a list of processes are kept in the case.
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
  checkDraft(request, facts);
  checkConfirmation(state, request, facts);
  emit({ text: `Looking for ${request.host} at ${kibana.place}` });
  const endpoint = await findEndpoint(kibana, request, signal);
  const checks = await checkAccess(kibana, request.action, endpoint, signal);
  const obstacle = checks.find((check) => check.state === 'missing');
  if (obstacle) throw fail('action-refused', obstacle.detail, obstacle.hint || undefined);
  const target = `${request.host} (agent ${endpoint.agentId})`;
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
  await record('requested', `Through ${kibana.place}; endpoint ${endpoint.status}. ${request.comment}`);
  let actionId: string;
  try {
    const started = await kibana.send(
      'POST',
      `/api/endpoint/action/${facts.path}`,
      bodyOf(caseId, endpoint.agentId, request),
      signal,
    );
    actionId = startedSchema.parse(started).data.id;
  } catch (error) {
    await record('failed', messageOf(error));
    throw error;
  }
  emit({ text: `Action ${actionId} was accepted; waiting for the endpoint` });
  const ended = await waitForEnd(kibana, actionId, patience, signal);
  const { output, ...outcome } = ended;
  if (outcome.result !== 'pending') await record(outcome.result, outcome.detail, actionId);
  if (outcome.result === 'done') {
    const kept = await keepOutput({ cases, kibana }, caseId, request, output, signal);
    if (kept) entries.push(kept);
  }
  return { actionId, ...outcome, undo: facts.undo, entries };
}

function checkDraft(draft: ActionDraft, facts: ActionFacts): void {
  if (facts.needs === 'process' && (draft.pid === undefined) === (draft.entityId === undefined))
    throw fail('bad-input', `${draft.action} needs the process: its pid or its entity id, not both.`);
  if (facts.needs === 'file' && !draft.path) throw fail('bad-input', 'get-file needs the path of a file.');
}

function warningOf(state: CaseFile, action: EndpointAction): string | undefined {
  return action === 'isolate' || action === 'kill-process'
    ? responseWarning(state, actionFacts[action].response)
    : undefined;
}

function checkConfirmation(state: CaseFile, request: ActionRequest, facts: ActionFacts): void {
  if (request.confirmedHost !== request.host)
    throw fail(
      'action-refused',
      `${request.action} on "${request.host}" ${facts.effect}; it was not confirmed.`,
      `Confirm it with the name of the host. Afterwards: ${facts.undo}.`,
    );
  const warning = warningOf(state, request.action);
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
): Promise<{
  readonly result: 'done' | 'failed' | 'pending';
  readonly detail: string;
  /** What the endpoint answered, where it did. */
  readonly output?: unknown;
}> {
  const until = performance.now() + patience.forMs;
  for (;;) {
    throwIfAborted(signal);
    const answer = detailsSchema.safeParse(
      await kibana.send('GET', `/api/endpoint/action/${encodeURIComponent(actionId)}`, undefined, signal),
    );
    if (!answer.success)
      throw fail('store-refused', `${kibana.place} describes the action ${actionId} in a way that is not understood.`);
    const { isCompleted, wasSuccessful, isExpired, errors = [], outputs = {} } = answer.data.data;
    if (isCompleted)
      return wasSuccessful
        ? { result: 'done', detail: 'The endpoint confirmed it.', output: Object.values(outputs)[0]?.content }
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

const fetchedFileSchema = z.object({
  downloadUri: z.string().regex(/^\/api\/endpoint\/action\/[\w.-]{1,200}\/file\/[\w.-]{1,200}\/download$/),
});
/** Elastic Defend sends files of up to 100 MB. */
const maxFetchedBytes = 128_000_000;

/** Keeps what an action brought back as a file of the case. Ends as the download does; the action itself is recorded already. */
async function keepOutput(
  { cases, kibana }: { readonly cases: CaseStore; readonly kibana: KibanaConnection },
  caseId: string,
  request: ActionRequest,
  output: unknown,
  signal: AbortSignal,
): Promise<CaseEntry | undefined> {
  if (request.action === 'running-processes' && output !== undefined)
    return attachBytes(
      cases,
      caseId,
      `processes-of-${request.host}.json`,
      Buffer.from(`${JSON.stringify(output, undefined, 2)}\n`),
      'Processes of the host as the endpoint listed them',
      signal,
    );
  const fetched = request.action === 'get-file' ? fetchedFileSchema.safeParse(output).data : undefined;
  if (!fetched) return undefined;
  return attachBytes(
    cases,
    caseId,
    `${(request.path ?? '').split(/[\\/]/).at(-1)}.zip`,
    await kibana.download(fetched.downloadUri, maxFetchedBytes, signal),
    `Fetched from ${request.host}: ${request.path}. The zip is the endpoint's own; its password is "elastic"`,
    signal,
  );
}

async function attachBytes(
  cases: CaseStore,
  caseId: string,
  name: string,
  bytes: Uint8Array,
  note: string,
  signal: AbortSignal,
): Promise<CaseEntry> {
  const folder = await mkdtemp(join(tmpdir(), 'portside-fetched-'));
  try {
    const path = join(folder, safeFileName(name));
    await writeFile(path, bytes, { mode: 0o600 });
    return await cases.attach(caseId, path, note.slice(0, 20_000), signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
