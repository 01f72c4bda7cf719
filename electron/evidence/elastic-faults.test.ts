import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/base/failure.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { toEcsWrite } from '../../shared/model/ecs.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import { connectElastic, type ElasticConnection, type ElasticSource } from './elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from './elastic-demo.ts';
import { connectForTests, testElasticsearch } from './elastic-for-tests.ts';
import { makeElasticSearch, record } from './elastic-search.ts';
import { makeElasticStore } from './elastic-store.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy-for-tests.ts';
import type { EvidenceStore } from './store.ts';

const prefix = 'faults-';
const { signal } = new AbortController();
const context = ignoreItems(signal);
const plain = await testElasticsearch('plain');
const secure = await testElasticsearch('secure');
const reason = 'reason' in plain ? plain.reason : 'reason' in secure ? secure.reason : undefined;
const title = (text: string) => `${text}${reason ? `: ${reason}` : ''}`;

const writes = Array.from(
  { length: 300 },
  (_, index): WriteEvent => ({
    id: `e${String(index).padStart(4, '0')}`,
    atMs: Date.UTC(2026, 10, 19) + Math.floor(index / 3) * 1000,
    action: 'creation',
    host: `ws-${index % 5}`,
    user: 'u',
    process: `p${index % 7}.exe`,
    path: `E:\\f${index}`,
    sizeBytes: 1,
    device: 'serial:A1',
    busType: 'Usb',
    deviceSerial: 'A1',
  }),
);

const askPage = (store: EvidenceStore, cursor?: string, limit = 50) =>
  store['writes.page']({ filter: {}, withRenames: false, ascending: true, limit, cursor }, context);
const askVolume = (store: EvidenceStore) =>
  store['volumes.read']({ filter: {}, bucketMs: 60_000, maxKeys: 20 }, context);

/** The Failure that a question ends with. */
async function failureOf(asked: Promise<unknown>): Promise<Failure> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  const failure = error as Failure;
  // Every one tells what to do.
  if (failure.code !== 'cancelled') expect(failure.hint).toMatch(/\w/);
  return failure;
}

describe.skipIf(reason !== undefined)(title('a broken line'), () => {
  let proxy: FaultProxy;
  let store: EvidenceStore;
  const url = 'url' in plain ? plain.url : '';

  beforeAll(async () => {
    if ('reason' in plain) return;
    const admin = await connectForTests(plain);
    await makeDemoIndices(admin, { replace: true, prefix }, signal);
    await loadDocuments(
      admin,
      writes.map((write) => ({ source: toEcsWrite(write) })),
      signal,
      prefix,
    );
    await admin.close();
  });

  async function open(options: { readonly idleTimeoutMs?: number; readonly deadlineMs?: number } = {}): Promise<void> {
    const connection = await connectElastic({ nodes: [proxy.url], idleTimeoutMs: options.idleTimeoutMs });
    store = makeElasticStore(connection, { indices: demoIndices(prefix), deadlineMs: options.deadlineMs });
  }

  beforeEach(async () => {
    proxy = await startFaultProxy(url);
  });

  afterEach(async () => {
    proxy.set({ kind: 'none' });
    await store.close();
    await proxy.close();
  });

  it.each([
    ['reset in the middle', { kind: 'reset', afterBytes: 300 }],
    ['cut in the middle', { kind: 'cut', afterBytes: 300 }],
    ['reset at once', { kind: 'reset', afterBytes: 0 }],
  ] as const)('%s is repeated, then told; and the next question is answered', async (_title, fault) => {
    await open();
    proxy.set(fault);
    const failure = await failureOf(askVolume(store));
    expect(['store-unreachable', 'store-garbled']).toContain(failure.code);
    proxy.set({ kind: 'none' });
    expect((await askVolume(store)).events).toEqual(Float64Array.from([180, 120]));
  });

  it('a node that falls silent is given up after the idle time', async () => {
    await open({ idleTimeoutMs: 300 });
    proxy.set({ kind: 'stall', afterBytes: 200 });
    expect(await failureOf(askVolume(store))).toMatchObject({ code: 'store-timeout' });
  });

  it('a node that trickles for ever is given up at the deadline', async () => {
    await open({ deadlineMs: 700 });
    proxy.set({ kind: 'slow', everyMs: 50 });
    const startMs = performance.now();
    expect(await failureOf(askVolume(store))).toMatchObject({ code: 'store-timeout' });
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('an abort ends the request itself', async () => {
    await open();
    proxy.set({ kind: 'stall', afterBytes: 0 });
    const abort = new AbortController();
    const asked = store['volumes.read']({ filter: {}, bucketMs: 60_000, maxKeys: 20 }, ignoreItems(abort.signal));
    while (proxy.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await failureOf(asked)).toMatchObject({ code: 'cancelled' });
    while (proxy.closedByClient === 0) await new Promise((resolve) => setImmediate(resolve));
  });

  /** No server answers like this: the proxy makes these answers up. */
  const answer = (body: string, head = 'X-Elastic-Product: Elasticsearch\r\nContent-Type: application/json') =>
    `HTTP/1.1 200 OK\r\n${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
  const busy = (status: string, type: string) => {
    const body = JSON.stringify({ error: { type, reason: 'made up' }, status: Number(status.slice(0, 3)) });
    return answer(body).replace('200 OK', status);
  };

  it.each([
    ['text that is no JSON', answer('<html>'), 'store-garbled'],
    ['JSON that is cut', answer('{"took":1,'), 'store-garbled'],
    ['JSON of another kind', answer('[]'), 'store-garbled'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'store-garbled'],
    ['another product', answer('{}', 'Content-Type: application/json'), 'store-refused'],
    ['429', busy('429 Too Many Requests', 'es_rejected_execution_exception'), 'store-busy'],
    ['503', busy('503 Service Unavailable', 'cluster_block_exception'), 'store-busy'],
    ['a circuit breaker', busy('429 Too Many Requests', 'circuit_breaking_exception'), 'store-too-large'],
    ['too many buckets', busy('400 Bad Request', 'too_many_buckets_exception'), 'store-too-large'],
    ['red shards', busy('503 Service Unavailable', 'no_shard_available_action_exception'), 'store-partial'],
    ['a read-only cluster', busy('403 Forbidden', 'cluster_block_exception'), 'store-refused'],
    ['a gateway that gives up', busy('504 Gateway Timeout', 'timeout_exception'), 'store-timeout'],
  ])('made-up answer: %s', async (_title, text, code) => {
    await open();
    proxy.set({ kind: 'fake', answer: text });
    expect((await failureOf(askVolume(store))).code).toBe(code);
  });

  it.each([
    ['a search that ran out of time', { timed_out: true, _shards: { total: 1, failed: 0 } }, 'store-timeout'],
    ['failed shards', { timed_out: false, _shards: { total: 3, failed: 1 } }, 'store-partial'],
    ['a remote cluster left out', { _shards: { total: 3, failed: 0 }, _clusters: { skipped: 1 } }, 'store-partial'],
    ['no index behind the pattern', { _shards: { total: 0, failed: 0 } }, 'not-found'],
    ['no shards at all', { hits: {} }, 'store-garbled'],
    ['no figures', { _shards: { total: 1, failed: 0 } }, undefined],
  ])('made-up answer under status 200: %s', async (_title, body, code) => {
    await open();
    const connection = await connectElastic({ nodes: [proxy.url] });
    proxy.set({ kind: 'fake', answer: answer(JSON.stringify(body)) });
    const asked = makeElasticSearch(connection).search('i-*', { size: 0 }, { signal, question: 'test' });
    if (code === undefined) expect((await asked).hits).toEqual([]);
    else expect((await failureOf(asked)).code).toBe(code);
    await connection.close();
  });

  it('goes through a whole list once although its point in time is lost between two pages', async () => {
    const connection = await connectElastic({ nodes: [proxy.url] });
    let points = 0;
    const send: ElasticConnection['send'] = (request, sendSignal) => {
      if (request.method === 'POST' && request.path.endsWith('/_pit')) points += 1;
      return connection.send(request, sendSignal);
    };
    store = makeElasticStore({ ...connection, send }, { indices: demoIndices(prefix) });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await askPage(store, cursor, 40);
      ids.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor;
      if (ids.length === 80) await endPointsInTime();
    } while (cursor !== undefined);
    expect(ids).toEqual(writes.map(({ id }) => id));
    expect(points).toBe(2);
  });
});

/** Closing an index ends every point in time on it, as the death of a node does. */
async function endPointsInTime(): Promise<void> {
  if ('reason' in plain) return;
  const admin = await connectForTests(plain);
  const path = `/${demoIndices(prefix).files}`;
  await admin.send({ method: 'POST', path: `${path}/_close` }, signal);
  await admin.send({ method: 'POST', path: `${path}/_open` }, signal);
  const query = { wait_for_status: 'yellow', timeout: '20s' };
  await admin.send({ method: 'GET', path: `/_cluster/health${path}`, query }, signal);
  await admin.close();
}

describe.skipIf(reason !== undefined)(title('indices that are not as they should be'), () => {
  async function storeOf(files: string): Promise<EvidenceStore> {
    if ('reason' in plain) throw new Error(plain.reason);
    return makeElasticStore(await connectForTests(plain), { indices: { ...demoIndices(prefix), files } });
  }

  async function makeIndex(name: string, type: string): Promise<void> {
    if ('reason' in plain) throw new Error(plain.reason);
    const admin = await connectForTests(plain);
    await admin.send({ method: 'DELETE', path: `/${name}`, query: { ignore_unavailable: true } }, signal);
    const mappings = { properties: { host: { properties: { name: { type } } } } };
    await admin.send({ method: 'PUT', path: `/${name}`, body: { mappings } }, signal);
    await admin.close();
  }

  it.each(['text', 'long'])('tells a host that is mapped as %s, and in which index', async (type) => {
    await makeIndex(`faulty-${type}`, type);
    const store = await storeOf(`${demoIndices(prefix).files},faulty-${type}`);
    const failure = await failureOf(askVolume(store));
    expect(failure.code).toBe('store-lacks-fields');
    expect(failure.message).toContain(`host.name is mapped as ${type} in faulty-${type}`);
    await store.close();
  });

  it.each([
    ['a pattern', 'nothing-like-this-*'],
    ['a name', 'nothing-like-this'],
    ['one name of two', `${demoIndices(prefix).files},nothing-like-this`],
  ])('tells %s that matches no index', async (_title, files) => {
    const store = await storeOf(files);
    expect((await failureOf(askVolume(store))).code).toBe('not-found');
    await store.close();
  });

  it('tells an index without the fields of file events', async () => {
    await makeIndex('faulty-keyword', 'keyword');
    const store = await storeOf('faulty-keyword');
    expect((await failureOf(askVolume(store))).code).toBe('store-lacks-fields');
    await store.close();
  });
});

describe.skipIf(reason !== undefined)(title('TLS and credentials'), () => {
  async function askRoot(change: Partial<ElasticSource>): Promise<unknown> {
    if ('reason' in secure) throw new Error(secure.reason);
    const { url, ca, username = '', password = '' } = secure;
    const auth = { kind: 'password', username, password } as const;
    const connection = await connectElastic({ nodes: [url], ca, auth, ...change });
    try {
      const search = makeElasticSearch(connection);
      return await search.ask({ method: 'GET', path: '/' }, { signal, question: 'test' });
    } finally {
      await connection.close();
    }
  }

  async function fingerprint(): Promise<string> {
    const { X509Certificate } = await import('node:crypto');
    if ('reason' in secure) throw new Error(secure.reason);
    return new X509Certificate(secure.ca ?? '').fingerprint256;
  }

  it('trusts the CA file, or a certificate by its fingerprint', async () => {
    expect(record(await askRoot({}))?.tagline).toBe('You Know, for Search');
    expect(record(await askRoot({ ca: undefined, fingerprint: await fingerprint() }))?.tagline).toBe(
      'You Know, for Search',
    );
  });

  it.each([
    ['an unknown certificate', { ca: undefined }, 'store-untrusted'],
    ['a wrong fingerprint', { ca: undefined, fingerprint: 'ab'.repeat(32) }, 'store-untrusted'],
    ['a fingerprint that is none', { fingerprint: 'abc' }, 'bad-input'],
    ['a wrong password', { auth: { kind: 'password', username: 'elastic', password: 'no' } }, 'store-refused'],
    ['a wrong key', { auth: { kind: 'api-key', apiKey: 'bm86bm8=' } }, 'store-refused'],
    ['no credentials', { auth: undefined }, 'store-refused'],
    ['credentials in the address', { nodes: ['https://u:secret-in-url@127.0.0.1:1'] }, 'bad-input'],
    ['no address', { nodes: ['es.example.org'] }, 'bad-input'],
    ['a broken Cloud ID', { nodes: undefined, cloudId: 'x' }, 'bad-input'],
  ] as const)('tells %s', async (_title, change, code) => {
    const failure = await failureOf(askRoot(change as Partial<ElasticSource>));
    expect(failure.code).toBe(code);
    const said = JSON.stringify([failure.toValue(), String(failure.cause)]);
    for (const secret of ['bm86bm8=', 'secret-in-url', 'secure' in secure ? '' : 'no-such-secret']) {
      if (secret !== '') expect(said).not.toContain(secret);
    }
  });

  it('tells https where http is spoken', async () => {
    if ('reason' in plain) throw new Error(plain.reason);
    const nodes = [plain.url.replace('http:', 'https:')];
    expect((await failureOf(askRoot({ nodes }))).code).toBe('store-untrusted');
  });

  it('tells a key that may not read one of the indices', async () => {
    if ('reason' in secure) throw new Error(secure.reason);
    const admin = await connectForTests(secure);
    await makeDemoIndices(admin, { replace: true, prefix }, signal);
    await makeDemoIndices(admin, { replace: true, prefix: 'secret-' }, signal);
    const readable = { names: [`${prefix}*`], privileges: ['read', 'view_index_metadata'] };
    const body = { name: 'one', role_descriptors: { one: { cluster: [], indices: [readable] } } };
    const key = record(await admin.send({ method: 'POST', path: '/_security/api_key', body }, signal));
    await admin.close();
    const auth = { kind: 'api-key', apiKey: String(key?.encoded) } as const;
    const open = async (files: string) =>
      makeElasticStore(await connectElastic({ nodes: [secure.url], ca: secure.ca, auth }), {
        indices: { ...demoIndices(prefix), files },
      });
    const store = await open(demoIndices(prefix).files);
    expect((await askVolume(store)).events).toHaveLength(0);
    await store.close();
    const both = await open(`${demoIndices(prefix).files},${demoIndices('secret-').files}`);
    expect((await failureOf(askVolume(both))).code).toBe('store-refused');
    await both.close();
  });
});
