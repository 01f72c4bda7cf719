import { describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { toEcsWrite } from '../../shared/model/ecs.ts';
import { connectElastic } from './elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from './elastic-demo.ts';
import { testElasticsearch } from './elastic-for-tests.ts';
import { makeElasticStore } from './elastic-store.ts';

const cluster = await testElasticsearch('cluster');
const { signal } = new AbortController();
const context = ignoreItems(signal);
/** A million takes some minutes: PORTSIDE_TEST_SWEEP_EVENTS=1000000. */
const events = Number(process.env.PORTSIDE_TEST_SWEEP_EVENTS ?? 12_000);
const startMs = Date.UTC(2026, 10, 19);

function* documents() {
  for (let index = 0; index < events; index += 1) {
    // Many events share an instant, as in a copy of many files.
    const atMs = startMs + Math.floor(index / 7) * 250;
    const id = `e${String(index).padStart(6, '0')}`;
    const write = {
      id,
      atMs,
      action: 'creation',
      host: `ws-${index % 9}`,
      user: 'u',
      process: `p${index % 5}.exe`,
    } as const;
    const device = {
      path: `E:\\f${index}`,
      sizeBytes: index,
      device: 'serial:A1',
      busType: 'Usb',
      deviceSerial: 'A1',
    };
    yield { source: toEcsWrite({ ...write, ...device }) };
  }
}

describe.skipIf('reason' in cluster)(`three nodes${'reason' in cluster ? `: ${cluster.reason}` : ''}`, () => {
  it('a node that dies in the middle of a sweep loses no row and doubles none; sums stay right', async () => {
    if ('reason' in cluster) throw new Error(cluster.reason);
    const connection = await connectElastic({ nodes: cluster.nodes.map(({ url }) => url) });
    const store = makeElasticStore(connection, { indices: demoIndices('') });
    await makeDemoIndices(connection, { replace: true, shards: 3, replicas: 1 }, signal);
    await loadDocuments(connection, documents(), signal);
    const query = { wait_for_status: 'green', timeout: '60s' };
    await connection.send({ method: 'GET', path: '/_cluster/health', query }, signal);

    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store['writes.page'](
        { filter: {}, withRenames: false, ascending: true, limit: 1000, cursor },
        context,
      );
      ids.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor;
      // Each node holds shards that the rest of the list needs.
      if (ids.length === Math.floor(events / 3000) * 1000) process.kill(cluster.nodes.at(-1)?.pid ?? 0, 'SIGKILL');
    } while (cursor !== undefined);
    expect(ids).toHaveLength(events);
    expect(new Set(ids).size).toBe(events);

    const volumes = await store['volumes.read']({ filter: {}, bucketMs: 86_400_000, maxKeys: 1 }, context);
    expect([...volumes.events]).toEqual([events]);
    expect([...volumes.writtenBytes]).toEqual([(events * (events - 1)) / 2]);
    await store.close();
  }, 1_800_000);
});
