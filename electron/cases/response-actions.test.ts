import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { assertExists } from '../../shared/base/assert.ts';
import { hostileText } from './canned-questions.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';
import { makeKibanaBook } from './kibana-book.ts';
import { pushToKibana } from './kibana-cases.ts';
import { connectKibana } from './kibana-connection.ts';
import { actionId, fetchedBytes, type KibanaStandIn, knownAgent, startKibanaStandIn } from './kibana-for-tests.ts';
import { type ActionRequest, planAction, runAction } from './response-actions.ts';
import { makeResponseHandlers } from './response-handlers.ts';

const standIns: KibanaStandIn[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const standIn of standIns.splice(0)) {
    // Whatever a test was about: nothing was sent or answered that the description of the interface does not allow.
    expect(standIn.misfits).toEqual([]);
    await standIn.close();
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function setUp() {
  const set = await makeCaseTestSet();
  folders.push(set.folder);
  const standIn = await startKibanaStandIn();
  standIns.push(standIn);
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
  const plan = (over: Partial<ActionRequest> = {}) => {
    const { confirmedHost: _confirmed, isWarningAccepted: _accepted, ...draft } = { ...request, ...over };
    return planAction({ cases: set.store, kibana }, id, draft, quietCall.signal);
  };
  const actionsSent = () =>
    standIn.requests.filter(({ method, path }) => method === 'POST' && path.startsWith('/api/endpoint/action/'));
  return { set, standIn, id, kibana, run, plan, actionsSent };
}

describe('actions through a stand-in for Kibana', () => {
  it('looks the host up, asks, waits for the endpoint, and records request and answer', async () => {
    const { set, standIn, id, run, actionsSent } = await setUp();
    standIn.details = [
      { isCompleted: false, wasSuccessful: false },
      { isCompleted: true, wasSuccessful: true },
    ];
    const outcome = await run();
    expect(outcome).toMatchObject({ actionId, result: 'done', undo: 'release takes it back' });
    expect(actionsSent()).toEqual([
      {
        method: 'POST',
        path: '/api/endpoint/action/isolate',
        body: { endpoint_ids: [knownAgent], agent_type: 'endpoint', comment: `stop the copy (Portside ${id})` },
      },
    ]);
    expect((await set.store.read(id)).actions).toMatchObject([
      { response: 'isolate', result: 'requested', target: `ws-042 (agent ${knownAgent})` },
      { response: 'isolate', result: 'done', reference: actionId },
    ]);
  });

  it.each([
    ['kill-process', { pid: 8812 }, '/api/endpoint/action/kill_process', { pid: 8812 }],
    ['suspend-process', { entityId: 'e-1' }, '/api/endpoint/action/suspend_process', { entity_id: 'e-1' }],
    ['get-file', { path: 'C:\\Temp\\x.exe' }, '/api/endpoint/action/get_file', { path: 'C:\\Temp\\x.exe' }],
    ['release', {}, '/api/endpoint/action/unisolate', undefined],
    ['running-processes', {}, '/api/endpoint/action/running_procs', undefined],
    ['isolate', { agentId: knownAgent }, '/api/endpoint/action/isolate', undefined],
  ] as const)('sends %s in the described form', async (action, over, path, parameters) => {
    const { run, actionsSent } = await setUp();
    expect((await run({ action, ...over })).result).toBe('done');
    const sent = actionsSent().find((request) => request.path === path);
    expect((assertExists(sent, path).body as { parameters?: unknown }).parameters).toEqual(parameters);
  });

  it('keeps a fetched file and a list of processes in the case', async () => {
    const { set, standIn, id, run } = await setUp();
    const downloadUri = `/api/endpoint/action/${actionId}/file/${actionId}.${knownAgent}/download`;
    standIn.details = [
      { isCompleted: true, wasSuccessful: true, content: { code: 'ra_get-file_success', downloadUri } },
    ];
    const fetched = await run({ action: 'get-file', path: 'C:\\Temp\\rundll32.exe' });
    expect(fetched.entries.at(-1)?.text).toMatch(/^File attached as E-\d+: rundll32\.exe\.zip\.$/);
    standIn.details = [
      { isCompleted: true, wasSuccessful: true, content: { entries: [{ pid: 8812, command: 'rundll32.exe' }] } },
    ];
    await run({ action: 'running-processes' });
    const state = await set.store.read(id);
    const [file, list] = state.exhibits.filter((exhibit) => exhibit.kind === 'attachment');
    expect(await readFile(set.store.exhibitPath(id, assertExists(file, 'file')))).toEqual(fetchedBytes);
    expect(await readFile(set.store.exhibitPath(id, assertExists(list, 'list')), 'utf8')).toContain('"pid": 8812');
    expect((await set.store.verify(id)).ok).toBe(true);
  });

  it('downloads from nowhere else, whatever the endpoint answers', async () => {
    const { standIn, run } = await setUp();
    for (const downloadUri of ['https://elsewhere.example/x', '/api/status', '/api/endpoint/action/../../x/download']) {
      standIn.details = [{ isCompleted: true, wasSuccessful: true, content: { downloadUri } }];
      const outcome = await run({ action: 'get-file', path: '/tmp/x' });
      expect(outcome.entries.map((entry) => entry.kind)).toEqual(['action.recorded', 'action.recorded']);
    }
  });

  it.each([
    ['without confirmation', { confirmedHost: 'ws-04' }, 'action-refused'],
    ['before evidence was preserved', { isWarningAccepted: false }, 'action-refused'],
    ['without the process', { action: 'kill-process' }, 'bad-input'],
    ['with pid and entity id', { action: 'kill-process', pid: 1, entityId: 'e' }, 'bad-input'],
    ['without a path', { action: 'get-file' }, 'bad-input'],
    ['for a host nobody knows', { host: 'ws-999', confirmedHost: 'ws-999' }, 'not-found'],
  ] as const)('sends nothing %s', async (_title, over, code) => {
    const { set, id, run, actionsSent } = await setUp();
    await expect(run(over)).rejects.toMatchObject({ code });
    expect(actionsSent()).toEqual([]);
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
});

describe('the stand-in', () => {
  it.each([
    ['POST', '/api/endpoint/action/isolate', {}],
    ['POST', '/api/endpoint/action/isolate', { endpoint_ids: [] }],
    ['POST', '/api/endpoint/action/kill_process', { endpoint_ids: ['a'] }],
    ['POST', '/api/endpoint/action/get_file', { endpoint_ids: ['a'], parameters: {} }],
    ['POST', '/api/endpoint/action/erase', { endpoint_ids: ['a'] }],
    ['GET', '/api/endpoint/metadata?pageSize=100', undefined],
    ['GET', '/api/endpoint/metadata?pageSize=1000&hostStatuses=healthy&hostStatuses=offline', undefined],
    ['GET', '/api/endpoint/metadata?hostStatuses=well&hostStatuses=healthy', undefined],
    ['POST', '/api/cases', { title: 'x'.repeat(161), description: '', tags: [], owner: 'cases', connector: {} }],
    ['POST', '/api/cases/k-1/comments', { type: 'user', owner: 'securitySolution' }],
    ['POST', '/api/detection_engine/signals/status', { signal_ids: ['a'], status: 'done' }],
  ] as const)('refuses what the description does not allow: %s %s', async (method, path, body) => {
    const standIn = await startKibanaStandIn();
    const kibana = connectKibana({ url: standIn.url, auth: { kind: 'api-key', apiKey: 'key' } });
    await expect(kibana.send(method, path, body, quietCall.signal)).rejects.toMatchObject({ code: 'bad-input' });
    expect(standIn.misfits.length).toBeGreaterThan(0);
    await standIn.close();
  });
});

describe('what stands in the way, looked up before anything is sent', () => {
  it('says what an action does, how it is taken back, and that nothing stands in the way', async () => {
    const { plan, actionsSent, set, id } = await setUp();
    expect(await plan({ action: 'release' })).toMatchObject({
      effect: 'gives the host its network back',
      undo: 'isolate cuts it off again',
      agentId: knownAgent,
      mayAct: true,
      checks: [
        { name: 'endpoint', state: 'ok' },
        { name: 'endpoint-version', state: 'ok' },
        { name: 'isolation', state: 'warning' },
        { name: 'licence', state: 'ok' },
        { name: 'privilege', state: 'ok' },
      ],
    });
    expect(await plan()).toMatchObject({ warning: expect.stringContaining('out of reach'), mayAct: true });
    expect(actionsSent()).toEqual([]);
    expect((await set.store.read(id)).actions).toEqual([]);
  });

  it.each([
    ['licence', 'isolate', { licence: { type: 'gold', status: 'active' } }],
    ['licence', 'kill-process', { licence: { type: 'platinum', status: 'active' } }],
    ['licence', 'isolate', { licence: { type: 'enterprise', status: 'expired' } }],
    ['privilege', 'isolate', { privileges: { writeHostIsolation: false } }],
    ['endpoint', 'isolate', { endpoint: { status: 'unenrolled', capabilities: undefined, isolated: false } }],
    ['endpoint-version', 'get-file', { endpoint: { status: 'healthy', capabilities: ['isolation'], isolated: false } }],
  ] as const)('a missing %s stops %s: it is said, and nothing is sent', async (name, action, over) => {
    const { standIn, plan, run, actionsSent, set, id } = await setUp();
    Object.assign(standIn, over);
    const parts = action === 'kill-process' ? { pid: 1 } : action === 'get-file' ? { path: '/x' } : {};
    const planned = await plan({ action, ...parts });
    expect(planned.mayAct).toBe(false);
    expect(planned.checks.find((check) => check.name === name)).toMatchObject({ state: 'missing' });
    await expect(run({ action, ...parts })).rejects.toMatchObject({ code: 'action-refused' });
    expect(actionsSent()).toEqual([]);
    expect((await set.store.read(id)).actions).toEqual([]);
  });

  it('goes on where Kibana does not tell licence or privileges, and says that it does not know', async () => {
    const { standIn, plan, run } = await setUp();
    Object.assign(standIn, { licence: undefined, privileges: undefined });
    standIn.endpoint = { status: 'offline', capabilities: undefined, isolated: true };
    expect((await plan()).checks.map(({ name, state }) => [name, state])).toEqual([
      ['endpoint', 'warning'],
      ['endpoint-version', 'unknown'],
      ['isolation', 'warning'],
      ['licence', 'unknown'],
      ['privilege', 'unknown'],
    ]);
    expect((await run()).result).toBe('done');
  });
});

describe('cases and alerts in Kibana', () => {
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

  it('are reached from the window: a place is kept without its secret, and what is done is recorded', async () => {
    const { set, standIn, id } = await setUp();
    const kept = new Map<string, string>();
    const book = makeKibanaBook({
      userData: set.folder,
      secrets: {
        keeps: 'memory',
        read: async (name) => kept.get(name),
        write: async (name, secret) => {
          if (secret === undefined) kept.delete(name);
          else kept.set(name, secret);
        },
      },
    });
    const ca = join(set.folder, 'ca.pem');
    await writeFile(ca, '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n');
    let changes = 0;
    const handlers = makeResponseHandlers(set.store, {
      book,
      chooseCaFile: async () => ca,
      onChange: () => {
        changes += 1;
      },
    });
    await expect(handlers['case.push']({ id }, quietCall)).rejects.toMatchObject({ code: 'bad-input' });
    const signIn = { kind: 'api-key', apiKey: 'key' } as const;
    await expect(handlers['kibana.save']({ url: 'nowhere', signIn }, quietCall)).rejects.toMatchObject({
      code: 'bad-input',
    });
    const place = await handlers['kibana.save']({ url: standIn.url, signIn }, quietCall);
    expect(place).toEqual({ url: standIn.url, signIn: { kind: 'api-key' }, hasSecret: true });
    expect(await readFile(join(set.folder, 'kibana.json'), 'utf8')).not.toContain('"key"');

    expect(await handlers['case.push']({ id }, quietCall)).toEqual({ kibanaCaseId: 'k-1' });
    const set1 = await handlers['case.set-alert-status']({ id, status: 'acknowledged' }, quietCall);
    const state = await set.store.read(id);
    const [exhibit] = state.exhibits.filter((one) => one.question === 'alerts.list');
    expect(set1.alerts).toBe(exhibit ? 1 : 0);
    const draft = { action: 'isolate', host: 'ws-042', comment: '' } as const;
    expect((await handlers['response.plan']({ caseId: id, draft }, quietCall)).mayAct).toBe(true);
    await handlers['response.act']({ caseId: id, draft, confirmedHost: 'ws-042', isWarningAccepted: true }, quietCall);
    expect((await set.store.read(id)).actions.map((action) => action.result)).toContain('requested');
    expect(changes).toBeGreaterThanOrEqual(3);

    // The kept key goes to no other place, and to none with another trust.
    await expect(
      handlers['kibana.save']({ url: 'http://127.0.0.1:9', signIn: { kind: 'api-key' } }, quietCall),
    ).rejects.toMatchObject({ code: 'bad-input' });
    const { chosen } = await handlers['kibana.choose-ca']({}, quietCall);
    await expect(
      handlers['kibana.save'](
        { url: standIn.url, signIn: { kind: 'api-key' }, ca: { token: assertExists(chosen, 'ca').token } },
        quietCall,
      ),
    ).rejects.toMatchObject({ code: 'bad-input' });
    expect(
      (await handlers['kibana.save']({ url: standIn.url, signIn: { kind: 'api-key' } }, quietCall)).hasSecret,
    ).toBe(true);
    await handlers['kibana.forget']({}, quietCall);
    expect(await handlers['kibana.read']({}, quietCall)).toEqual({ place: undefined, keeps: 'memory' });
    expect([...kept]).toEqual([]);
  });

  it('says why nobody answers', async () => {
    const { standIn } = await setUp();
    const send = (source: Parameters<typeof connectKibana>[0]) =>
      connectKibana(source).send('GET', '/api/licensing/info', undefined, quietCall.signal);
    await expect(send({ url: standIn.url })).rejects.toMatchObject({ code: 'store-refused' });
    await expect(send({ url: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'store-unreachable' });
    for (const url of ['nowhere', 'ftp://x', 'http://user:secret@x'])
      expect(() => connectKibana({ url })).toThrow(expect.objectContaining({ code: 'bad-input' }));
    expect(() => connectKibana({ url: standIn.url, space: '../x' })).toThrow(
      expect.objectContaining({ code: 'bad-input' }),
    );
  });
});
