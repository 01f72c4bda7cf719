import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { toEcsDeviceEvent, toEcsWrite } from '../../shared/model/ecs.ts';
import { connectElastic } from './elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from './elastic-demo.ts';
import { connectForTests, testElasticsearch } from './elastic-for-tests.ts';
import { makeElasticSearch, record } from './elastic-search.ts';
import { makeElasticStore } from './elastic-store.ts';

/** The role that the documentation gives for an API key, on a real server with users. */

const secure = await testElasticsearch('secure');
const reason = 'reason' in secure ? secure.reason : undefined;
const prefix = 'role-';
const { signal } = new AbortController();
const context = ignoreItems(signal);

/** The documented role, for the test's own indices instead of the usual ones. */
function documentedRole(): { readonly cluster: readonly string[]; readonly indices: readonly { names: string[] }[] } {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'elasticsearch.md'), 'utf8');
  const text = /```json\n(\{\n {2}"cluster"[\s\S]*?)\n```/.exec(page)?.[1] ?? '';
  const role = JSON.parse(text) as ReturnType<typeof documentedRole>;
  for (const part of role.indices) part.names = part.names.map((name) => `${prefix}${name.replace(/^\./, '')}`);
  return role;
}

describe.skipIf(reason !== undefined)(`the documented role${reason ? `: ${reason}` : ''}`, () => {
  it('is enough to read each kind of evidence, and lets nothing be written', async () => {
    if ('reason' in secure) throw new Error(secure.reason);
    const admin = await connectForTests(secure);
    await makeDemoIndices(admin, { replace: true, prefix }, signal);
    const atMs = Date.UTC(2026, 10, 19);
    const event = { id: 'e1', atMs, host: 'ws-1', device: 'serial:A1', busType: 'Usb' } as const;
    const write = { action: 'creation', user: 'u', process: 'p.exe', path: 'E:\\f', sizeBytes: 1 } as const;
    const documents = [
      { source: toEcsWrite({ ...event, ...write, deviceSerial: 'A1' }) },
      { source: toEcsDeviceEvent({ ...event, id: 'd1', kind: 'mount', serial: 'A1' }) },
    ];
    await loadDocuments(admin, documents, signal, prefix);
    const body = { name: 'least', role_descriptors: { portside: documentedRole() } };
    const key = record(await admin.send({ method: 'POST', path: '/_security/api_key', body }, signal));
    await admin.close();

    const auth = { kind: 'api-key', apiKey: String(key?.encoded) } as const;
    const connection = await connectElastic({ nodes: [secure.url], ca: secure.ca, auth });
    const store = makeElasticStore(connection, { indices: demoIndices(prefix) });
    expect((await store['evidence.summary']({}, context)).writes).toBe(1);
    const page = { filter: {}, withRenames: true, ascending: true, limit: 10 };
    expect((await store['writes.page'](page, context)).rows).toHaveLength(1);
    expect((await store['devices.list']({ filter: {}, limit: 10 }, context)).rows).toHaveLength(1);
    expect((await store['sessions.list']({ limit: 10 }, context)).rows).toHaveLength(1);
    const processes = { filter: {}, sort: 'process', descending: false, limit: 10 } as const;
    expect((await store['processes.list'](processes, context)).rows).toHaveLength(1);
    expect(await store['activity.read']({}, context)).toEqual({ rows: 1 });
    expect(await store['alerts.list']({ limit: 10 }, context)).toEqual([]);
    expect(await store['anomaly-records.list']({ limit: 10 }, context)).toEqual([]);

    const { ask } = makeElasticSearch(connection);
    const options = { signal, question: 'test' };
    expect(record(record(await ask({ method: 'GET', path: '/_license' }, options))?.license)).toBeDefined();
    const files = demoIndices(prefix).files;
    for (const request of [
      { method: 'POST', path: `/${files}/_doc`, body: { a: 1 } },
      { method: 'DELETE', path: `/${files}` },
      { method: 'PUT', path: '/role-made', body: {} },
      { method: 'GET', path: '/_security/user' },
    ] as const) {
      await expect(ask(request, options)).rejects.toMatchObject({ code: 'store-refused' });
    }
    await store.close();
  }, 60_000);
});
