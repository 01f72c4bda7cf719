import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assertExists } from '../../shared/base/assert.ts';
import { hostileText } from './canned-questions.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';
import { connectKibana } from './kibana-connection.ts';
import { type ActionRequest, pushToKibana, runAction } from './response-actions.ts';

/**
 * A stand-in for Kibana, not Kibana: it answers the few requests made here in the form that Elastic documents, and is
 * strict about what it is sent.
 */
const commonBody = {
  endpoint_ids: z.array(z.string().min(1)).min(1).max(250),
  agent_type: z.enum(['endpoint', 'sentinel_one', 'crowdstrike', 'microsoft_defender_endpoint']).optional(),
  alert_ids: z.array(z.string()).max(50).optional(),
  case_ids: z.array(z.string()).optional(),
  comment: z.string().optional(),
};
const processBody = z.strictObject({
  ...commonBody,
  parameters: z.union([
    z.strictObject({ pid: z.number().int().min(1) }),
    z.strictObject({ entity_id: z.string().min(1) }),
  ]),
});
const bodies: Readonly<Record<string, z.ZodType>> = {
  '/api/endpoint/action/isolate': z.strictObject(commonBody),
  '/api/endpoint/action/unisolate': z.strictObject(commonBody),
  '/api/endpoint/action/running_procs': z.strictObject(commonBody),
  '/api/endpoint/action/kill_process': processBody,
  '/api/endpoint/action/suspend_process': processBody,
  '/api/endpoint/action/get_file': z.strictObject({
    ...commonBody,
    parameters: z.strictObject({ path: z.string().min(1) }),
  }),
  '/api/cases': z.strictObject({
    title: z.string().max(160),
    description: z.string().max(30_000),
    tags: z.array(z.string().max(256)).max(200),
    severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
    connector: z.strictObject({ id: z.literal('none'), name: z.string(), type: z.literal('.none'), fields: z.null() }),
    settings: z.strictObject({ syncAlerts: z.boolean() }),
    owner: z.literal('securitySolution'),
  }),
  '/api/cases/k-1/comments': z.strictObject({
    type: z.literal('user'),
    comment: z.string().min(1).max(30_000),
    owner: z.literal('securitySolution'),
  }),
};

interface StandIn {
  readonly url: string;
  readonly requests: { readonly path: string; readonly body: unknown }[];
  /** What the endpoint reports each time it is asked about the action; the last one stays. */
  details: { isCompleted: boolean; wasSuccessful: boolean; isExpired?: boolean; errors?: string[] }[];
  refuses: number | undefined;
}

const servers: Server[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

async function startStandIn(): Promise<StandIn> {
  const standIn: StandIn = {
    url: '',
    requests: [],
    details: [{ isCompleted: true, wasSuccessful: true }],
    refuses: undefined,
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const body = await bodyOf(request);
    standIn.requests.push({ path: url.pathname, body });
    const answer = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.headers.authorization !== 'ApiKey key') return answer(401, { statusCode: 401, message: 'no' });
    if (request.headers['elastic-api-version'] !== '2023-10-31')
      return answer(400, { statusCode: 400, message: 'version' });
    if (request.method === 'POST' && !request.headers['kbn-xsrf'])
      return answer(400, { statusCode: 400, message: 'Request must contain a kbn-xsrf header.' });
    if (request.method === 'POST' && standIn.refuses)
      return answer(standIn.refuses, { statusCode: standIn.refuses, message: 'Endpoint authorization failure' });
    if (url.pathname === '/api/endpoint/metadata') {
      const hosts = url.searchParams.get('kuery')?.includes('"ws-042"') ? ['ws-042'] : [];
      return answer(200, {
        data: hosts.map((name) => ({
          host_status: 'healthy',
          metadata: { elastic: { agent: { id: 'agent-42' } }, host: { hostname: name, name } },
        })),
        total: hosts.length,
        page: 0,
        pageSize: 100,
      });
    }
    if (request.method === 'GET')
      return answer(200, {
        data: { id: 'a-1', ...(standIn.details.length > 1 ? standIn.details.shift() : standIn.details[0]) },
      });
    const parsed = bodies[url.pathname]?.safeParse(body);
    if (!parsed?.success)
      return answer(400, {
        statusCode: 400,
        message: parsed ? String(parsed.error.issues[0]?.message) : 'unknown route',
      });
    return answer(
      200,
      url.pathname === '/api/cases'
        ? { id: 'k-1', version: 'v' }
        : { action: 'a-1', data: { id: 'a-1', agents: ['agent-42'] } },
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(standIn, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function setUp() {
  const set = await makeCaseTestSet();
  folders.push(set.folder);
  const standIn = await startStandIn();
  const { id } = await set.store.open({ findingIds: ['f-1'] }, quietCall);
  const kibana = connectKibana({ url: standIn.url, auth: { kind: 'api-key', apiKey: 'key' } });
  const request: ActionRequest = {
    action: 'isolate',
    host: 'ws-042',
    confirmedHost: 'ws-042',
    comment: 'stop the copy',
    isWarningAccepted: true,
  };
  const run = (over: Partial<ActionRequest> = {}, signal = quietCall.signal) =>
    runAction(
      { cases: set.store, kibana, patience: { everyMs: 5, forMs: 200 } },
      id,
      { ...request, ...over },
      { ...quietCall, signal },
    );
  return { set, standIn, id, kibana, run };
}

describe('actions through a stand-in for Kibana', () => {
  it('looks the host up, asks, waits for the endpoint, and records request and answer', async () => {
    const { set, standIn, id, run } = await setUp();
    standIn.details = [
      { isCompleted: false, wasSuccessful: false },
      { isCompleted: true, wasSuccessful: true },
    ];
    const outcome = await run();
    expect(outcome).toMatchObject({ actionId: 'a-1', result: 'done', undo: 'release takes it back' });
    const sent = standIn.requests.find((request) => request.path.endsWith('/isolate'));
    expect(sent?.body).toEqual({
      endpoint_ids: ['agent-42'],
      agent_type: 'endpoint',
      comment: `stop the copy (Portside ${id})`,
    });
    expect((await set.store.read(id)).actions).toMatchObject([
      { response: 'isolate', result: 'requested', target: 'ws-042 (agent agent-42)' },
      { response: 'isolate', result: 'done', reference: 'a-1' },
    ]);
  });

  it.each([
    ['kill-process', { pid: 8812 }, '/api/endpoint/action/kill_process', { pid: 8812 }],
    ['suspend-process', { entityId: 'e-1' }, '/api/endpoint/action/suspend_process', { entity_id: 'e-1' }],
    ['get-file', { path: 'C:\\Temp\\x.exe' }, '/api/endpoint/action/get_file', { path: 'C:\\Temp\\x.exe' }],
    ['release', {}, '/api/endpoint/action/unisolate', undefined],
    ['running-processes', {}, '/api/endpoint/action/running_procs', undefined],
  ] as const)('sends %s in the documented form', async (action, over, path, parameters) => {
    const { standIn, run } = await setUp();
    expect((await run({ action, ...over })).result).toBe('done');
    const sent = standIn.requests.find((request) => request.path === path);
    expect((assertExists(sent, path).body as { parameters?: unknown }).parameters).toEqual(parameters);
  });

  it.each([
    ['without confirmation', { confirmedHost: 'ws-04' }, 'action-refused'],
    ['before evidence was preserved', { isWarningAccepted: false }, 'action-refused'],
    ['without the process', { action: 'kill-process' }, 'bad-input'],
    ['with pid and entity id', { action: 'kill-process', pid: 1, entityId: 'e' }, 'bad-input'],
    ['without a path', { action: 'get-file' }, 'bad-input'],
    ['for a host nobody knows', { host: 'ws-999', confirmedHost: 'ws-999' }, 'not-found'],
  ] as const)('sends nothing %s', async (_title, over, code) => {
    const { set, standIn, id, run } = await setUp();
    await expect(run(over)).rejects.toMatchObject({ code });
    expect(standIn.requests.filter((request) => request.path.startsWith('/api/endpoint/action'))).toEqual([]);
    expect((await set.store.read(id)).actions).toEqual([]);
  });

  it('may end the process once evidence was preserved', async () => {
    const { set, id, run } = await setUp();
    await set.store.record(id, { kind: 'task.changed', payload: { taskId: 'R-1', state: 'done' } });
    expect((await run({ action: 'kill-process', pid: 8812, isWarningAccepted: false })).result).toBe('done');
  });

  it('records what was refused, what failed and what expired', async () => {
    const { set, standIn, id, run } = await setUp();
    standIn.refuses = 403;
    await expect(run()).rejects.toMatchObject({ code: 'action-refused', hint: expect.stringContaining('licence') });
    standIn.refuses = undefined;
    standIn.details = [{ isCompleted: true, wasSuccessful: false, errors: ['host is offline'] }];
    expect(await run()).toMatchObject({ result: 'failed', detail: 'host is offline' });
    standIn.details = [{ isCompleted: false, wasSuccessful: false, isExpired: true }];
    expect(await run()).toMatchObject({ result: 'failed' });
    standIn.details = [{ isCompleted: false, wasSuccessful: false }];
    expect(await run()).toMatchObject({ result: 'pending' });
    expect((await set.store.read(id)).actions.map((action) => action.result)).toEqual([
      'requested',
      'failed',
      'requested',
      'failed',
      'requested',
      'failed',
      'requested',
    ]);
  });

  it('makes a case there whose texts stay texts', async () => {
    const { set, standIn, id, kibana } = await setUp();
    await set.store.record(id, {
      kind: 'note.added',
      payload: { text: `[click](javascript:alert(1)) ${hostileText}` },
    });
    expect(await pushToKibana(kibana, await set.store.read(id), quietCall.signal)).toEqual({ kibanaCaseId: 'k-1' });
    const sent = standIn.requests.find((request) => request.path.endsWith('/comments'));
    const comment = assertExists(sent, 'the comment').body as { comment: string };
    expect(comment.comment).not.toMatch(/(?<!\\)[[\]<>]/);
  });

  it('says why nobody answers', async () => {
    const { standIn } = await setUp();
    const send = (source: Parameters<typeof connectKibana>[0]) =>
      connectKibana(source).send('GET', '/api/endpoint/metadata', undefined, quietCall.signal);
    await expect(send({ url: standIn.url })).rejects.toMatchObject({ code: 'store-refused' });
    await expect(send({ url: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'store-unreachable' });
    for (const url of ['nowhere', 'ftp://x', 'http://user:secret@x'])
      expect(() => connectKibana({ url })).toThrow(expect.objectContaining({ code: 'bad-input' }));
    expect(() => connectKibana({ url: standIn.url, space: '../x' })).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    );
  });
});
