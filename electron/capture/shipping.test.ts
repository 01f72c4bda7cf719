import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fail } from '../../shared/base/failure.ts';
import { connectElastic, type ElasticConnection, type ElasticSource } from '../evidence/elastic-connection.ts';
import { connectForTests, testElasticsearch } from '../evidence/elastic-for-tests.ts';
import { record } from '../evidence/elastic-search.ts';
import { openElasticShipping } from '../evidence/elastic-shipping.ts';
import { madeWrite } from './fixtures/made-write.ts';
import { makeLiveShipping } from './live-shipping.ts';
import { openShipBuffer } from './ship-buffer.ts';
import { startShipper, toShipDocument } from './shipper.ts';

const plain = await testElasticsearch('plain');
const secure = await testElasticsearch('secure');
const reason = 'reason' in plain ? plain.reason : 'reason' in secure ? secure.reason : undefined;
const { signal } = new AbortController();
const never = signal;
let folder: string;
let lastName = 0;
function freshName(): string {
  lastName += 1;
  return `logs-portside.t${process.pid}x${lastName}-default`;
}

/** A way to the server that can be shut, with the lines that are open, and opened again at the same address. */
async function makeDoor(url: string) {
  const { hostname, port } = new URL(url);
  const lines = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      lines.add(socket);
      socket.on('close', () => lines.delete(socket)).on('error', () => undefined);
    }
    client.pipe(upstream).pipe(client);
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const { port: own } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    open: () => listen(own),
    async shut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const line of lines) line.destroy();
      await closed;
    },
  };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portside-ship-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function start(source: ElasticSource, dataStream: string, maxBytes = 50_000_000) {
  const buffer = await openShipBuffer({ folder, maxBytes, segmentBytes: 100_000 });
  const target = await openElasticShipping(source, dataStream, { mayMakeTemplate: true });
  return startShipper({ buffer, target, dataStream, pausesMs: [50] });
}

/** All ids in a data stream, however often they are in it. */
async function idsIn(connection: ElasticConnection, dataStream: string): Promise<readonly string[]> {
  const at = encodeURIComponent(dataStream);
  await connection.send({ method: 'POST', path: `/${at}/_refresh` }, never);
  const answer = record(
    await connection.send(
      {
        method: 'POST',
        path: `/${at}/_search`,
        body: { size: 10_000, query: { match_all: {} }, fields: ['event.id'], _source: false },
      },
      never,
    ),
  );
  const hits = record(answer?.hits)?.hits;
  return (Array.isArray(hits) ? hits : []).map((hit) => String(record(hit)?._id)).sort();
}
const idsUpTo = (count: number) => Array.from({ length: count }, (_, index) => madeWrite(index).id);
const writesFrom = (from: number, to: number) => ({
  writes: Array.from({ length: to - from }, (_, index) => madeWrite(from + index)),
  deviceEvents: [],
});

describe.skipIf(reason !== undefined)(`live events on their way to a cluster${reason ? `: ${reason}` : ''}`, () => {
  it('arrive once each in a data stream of ECS documents, also when they are given twice or sent again', async () => {
    if ('reason' in plain) return;
    const dataStream = freshName();
    const shipper = await start({ nodes: [plain.url] }, dataStream);
    await shipper.add(writesFrom(0, 30));
    await shipper.add(writesFrom(20, 50));
    await shipper.drain(20_000);
    await shipper.close();
    const again = await openElasticShipping({ nodes: [plain.url] }, dataStream);
    const documents = idsUpTo(60).map((id, index) =>
      toShipDocument(id, { '@timestamp': madeWrite(index).atMs }, dataStream),
    );
    expect((await again.deliver(documents, true, never)).map(({ kind }) => kind)).toEqual(Array(60).fill('taken'));
    expect((await again.deliver(documents, false, never)).map(({ kind }) => kind)).toEqual(Array(60).fill('taken'));
    await again.close();
    const admin = await connectForTests(plain);
    expect(await idsIn(admin, dataStream)).toEqual(idsUpTo(60));
    const found = record(
      await admin.send(
        { method: 'POST', path: `/${dataStream}/_search`, body: { query: { term: { _id: madeWrite(7).id } } } },
        never,
      ),
    );
    const hits = record(found?.hits)?.hits;
    expect(Array.isArray(hits) ? hits[0] : undefined).toMatchObject({
      _index: expect.stringMatching(/^\.ds-logs-portside\./),
      _source: {
        event: { id: madeWrite(7).id, action: 'creation', module: 'portside' },
        host: { name: 'ws-1' },
        process: { name: 'cp' },
        file: { path: '/media/S/f7', size: 100, Ext: { device: { bus_type: 'Usb', serial_number: 'A1' } } },
        data_stream: { type: 'logs', namespace: 'default' },
      },
    });
    await admin.close();
  });

  it('wait on the disk while the cluster is away, the full disk is said, and all go on when it is back', async () => {
    if ('reason' in plain) return;
    const dataStream = freshName();
    const door = await makeDoor(plain.url);
    const shipper = await start({ nodes: [door.url] }, dataStream, 40_000);
    await shipper.add(writesFrom(0, 10));
    await shipper.drain(20_000);
    await door.shut();
    await shipper.add(writesFrom(10, 40));
    await vi.waitFor(() => expect(shipper.state.phase).toBe('away'), 20_000);
    expect(shipper.state).toMatchObject({ sent: 10, waiting: 30, leftOut: 0 });
    expect(shipper.state.trouble).toMatch(/\w/);
    await shipper.add(writesFrom(40, 200));
    const { waiting, leftOut } = shipper.state;
    expect(leftOut).toBeGreaterThan(0);
    expect(waiting + leftOut).toBe(190);
    await door.open();
    await shipper.drain(20_000);
    expect(shipper.state).toMatchObject({ phase: 'sending', waiting: 0, sent: 10 + waiting, refused: 0 });
    await shipper.close();
    await door.shut();
    const admin = await connectForTests(plain);
    expect(await idsIn(admin, dataStream)).toEqual(idsUpTo(10 + waiting));
    await admin.close();
  });

  it('survive kill -9 in the middle of sending: every acknowledged one arrives, none twice', async () => {
    if ('reason' in plain) return;
    const dataStream = freshName();
    const script = fileURLToPath(new URL('../../e2e/live/ship-events.ts', import.meta.url));
    let acknowledged = 0;
    for (let round = 0; round < 2; round += 1) {
      const child = spawn(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), script, folder, plain.url, dataStream],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const exited = new Promise((resolve) => child.once('exit', resolve));
      let told = 0;
      await new Promise<void>((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          told = Math.max(told, ...text.trim().split('\n').map(Number));
          // Killed when some have certainly gone out and many have not.
          if (told >= 1_200 + round * 700) resolve();
        });
        child.once('exit', () => resolve());
      });
      child.kill('SIGKILL');
      await exited;
      acknowledged = Math.max(acknowledged, told);
    }
    expect(acknowledged).toBeGreaterThanOrEqual(1_200);
    const shipper = await start({ nodes: [plain.url] }, dataStream);
    await shipper.drain(60_000);
    expect(shipper.state).toMatchObject({ waiting: 0, refused: 0 });
    await shipper.close();
    const admin = await connectForTests(plain);
    const ids = await idsIn(admin, dataStream);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(idsUpTo(acknowledged)));
    await admin.close();
  }, 120_000);

  it('go on after a new start as the workspace remembers it, and what hinders that is in the state', async () => {
    if ('reason' in plain) return;
    const dataStream = freshName();
    let url: string | undefined = plain.url;
    const make = () =>
      makeLiveShipping({
        workspacePath: folder,
        onChange: () => undefined,
        openTarget: async ({ dataStream: name, mayMakeTemplate }) => {
          if (url === undefined) throw fail('bad-input', 'The API key is missing.', 'Type it under Sources.');
          return await openElasticShipping({ nodes: [url] }, name, { place: 'prod-soc', mayMakeTemplate });
        },
      });
    const first = make();
    await first.resume();
    expect(first.state).toBeUndefined();
    await first.add(writesFrom(0, 3));
    const choice = { sourceId: 'one', dataStream, mayMakeTemplate: true };
    expect(await first.ship(choice, never)).toMatchObject({ place: 'prod-soc', dataStream, phase: 'sending' });
    await first.add(writesFrom(3, 10));
    await vi.waitFor(() => expect(first.state?.sent).toBe(7), 20_000);
    await first.close();

    url = undefined;
    const second = make();
    await second.resume();
    expect(second.state).toMatchObject({ phase: 'off', trouble: expect.stringContaining('API key is missing') });
    await second.close();

    // Away at the start is no reason to give up: events wait.
    url = 'http://127.0.0.1:9';
    const third = make();
    await third.resume();
    await third.add(writesFrom(10, 12));
    await vi.waitFor(() => expect(third.state).toMatchObject({ phase: 'away', waiting: 2 }), 20_000);
    await third.close();

    url = plain.url;
    const fourth = make();
    await fourth.resume();
    await vi.waitFor(() => expect(fourth.state).toMatchObject({ sent: 2, waiting: 0 }), 20_000);
    await fourth.unship();
    expect(fourth.state).toBeUndefined();
    const fifth = make();
    await fifth.resume();
    expect(fifth.state).toBeUndefined();
    const admin = await connectForTests(plain);
    expect(await idsIn(admin, dataStream)).toEqual(idsUpTo(12).slice(3));
    await admin.close();
  });

  it('that the cluster refuses are kept with its reason, and do not hold up the others', async () => {
    if ('reason' in plain) return;
    const dataStream = freshName();
    const shipper = await start({ nodes: [plain.url] }, dataStream);
    const bad = { ...madeWrite(1), sizeBytes: 1e300 };
    await shipper.add({ writes: [madeWrite(0), bad, madeWrite(2)], deviceEvents: [] });
    await shipper.drain(20_000);
    expect(shipper.state).toMatchObject({ sent: 2, refused: 1, waiting: 0 });
    expect(shipper.state.lastRefusal).toMatch(/out of range/);
    await shipper.close();
    expect(JSON.parse(readFileSync(join(folder, 'refused.ndjson'), 'utf8'))).toMatchObject({
      id: bad.id,
      reason: expect.stringMatching(/out of range/),
    });
  });

  it('are not sent where the credentials, the template or the types of fields do not allow it, and that is said first', async () => {
    if ('reason' in secure || 'reason' in plain) return;
    const admin = await connectForTests(secure);
    const keyFor = async (privileges: readonly string[], cluster: readonly string[] = []): Promise<ElasticSource> => {
      const made = record(
        await admin.send(
          {
            method: 'POST',
            path: '/_security/api_key',
            body: {
              name: `ship-${privileges.join('-')}`,
              role_descriptors: { ship: { cluster, indices: [{ names: ['logs-portside.*'], privileges }] } },
            },
          },
          never,
        ),
      );
      return { nodes: [secure.url], ca: secure.ca, auth: { kind: 'api-key', apiKey: String(made?.encoded) } };
    };
    const failureOf = async (source: ElasticSource, dataStream: string, mayMakeTemplate = false) => {
      const target = await openElasticShipping(source, dataStream, { mayMakeTemplate });
      const error: unknown = await target.check(never).catch((thrown: unknown) => thrown);
      await target.close();
      return error;
    };
    const name = freshName();
    expect(await failureOf(await keyFor(['read']), name)).toMatchObject({
      code: 'store-refused',
      message: expect.stringContaining('create_doc'),
    });
    const writer = await keyFor(['create_doc', 'auto_configure']);
    expect(await failureOf(writer, name)).toMatchObject({
      code: 'store-lacks-fields',
      hint: expect.stringMatching(/template/),
    });
    expect(await failureOf(writer, name, true)).toMatchObject({
      code: 'store-refused',
      hint: expect.stringContaining('manage_index_templates'),
    });
    expect(
      await failureOf(await keyFor(['create_doc', 'auto_configure'], ['manage_index_templates']), name, true),
    ).toBeUndefined();
    // From here on the smaller key is enough.
    const target = await openElasticShipping(await keyFor(['create_doc', 'auto_configure']), name, {
      mayMakeTemplate: true,
    });
    const document = toShipDocument('one', { '@timestamp': 0 }, name);
    const outcomes = await target.deliver([document], true, never).catch((error: unknown) => error);
    await target.close();
    // Without the right to look at templates or indices it cannot be known to be right: said, not guessed.
    expect(outcomes).toMatchObject({ code: 'store-refused', hint: expect.stringContaining('manage_index_templates') });
    const looker = await openElasticShipping(
      await keyFor(['create_doc', 'auto_configure', 'view_index_metadata'], ['manage_index_templates']),
      name,
    );
    expect(await looker.deliver([document], true, never)).toEqual([{ kind: 'taken' }]);
    await looker.close();
    await admin.close();

    const wrong = `wrong-${process.pid}`;
    const other = await connectElastic({ nodes: [plain.url] });
    await other.send(
      {
        method: 'PUT',
        path: `/${wrong}`,
        body: { mappings: { properties: { process: { properties: { name: { type: 'text' } } } } } },
      },
      never,
    );
    await other.close();
    expect(await failureOf({ nodes: [plain.url] }, wrong)).toMatchObject({
      code: 'store-lacks-fields',
      message: expect.stringContaining('process.name as text'),
    });
    await expect(openElasticShipping({ nodes: [plain.url] }, 'Logs,*')).rejects.toMatchObject({ code: 'bad-input' });
  });
});
