import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectElastic } from '../electron/evidence/elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from '../electron/evidence/elastic-demo.ts';
import { toEcsWrite } from '../shared/model/ecs.ts';
import { askMain } from './bridge.ts';
import { expect, test } from './portside-app.ts';

/** What the scripts that run a real server are used for here. */
interface Scripts {
  whyNoElasticsearch(): Promise<string | undefined>;
  startElasticsearch(options: { heap: string; folder: string; port?: number }): Promise<{
    readonly url: string;
    readonly nodes: readonly { readonly pid: number }[];
  }>;
  stopElasticsearch(server: object): Promise<void>;
  stopElasticsearchNode(node: object, signal: 'SIGKILL'): Promise<void>;
}

async function loadScripts(): Promise<Scripts> {
  const modules = ['runtime.mjs', 'server.mjs'].map(
    (name) => pathToFileURL(resolve(import.meta.dirname, '../scripts/elasticsearch', name)).href,
  );
  const [runtime, server] = await Promise.all(modules.map((name) => import(name) as Promise<object>));
  return { ...runtime, ...server } as Scripts;
}

const { signal } = new AbortController();
const events = 3_000;
const pageRows = 500;

function* documents() {
  for (let index = 0; index < events; index += 1) {
    const about = { host: `ws-${index % 9}`, user: 'u', process: `p${index % 5}.exe`, action: 'creation' } as const;
    const device = { device: 'serial:A1', busType: 'Usb', deviceSerial: 'A1' };
    // Many events share an instant, as in a copy of many files.
    const atMs = Date.UTC(2026, 10, 19) + Math.floor(index / 7) * 250;
    const id = `e${String(index).padStart(6, '0')}`;
    yield { source: toEcsWrite({ id, atMs, path: `E:\\f${index}`, sizeBytes: index, ...about, ...device }) };
  }
}

interface Page {
  readonly rows: readonly { readonly id: string }[];
  readonly nextCursor?: string;
}

test('a cluster that is stopped in the middle of the work and started again: it is said, and nothing is lost', async ({
  launch,
}) => {
  const { whyNoElasticsearch, startElasticsearch, stopElasticsearch, stopElasticsearchNode } = await loadScripts();
  test.skip((await whyNoElasticsearch()) !== undefined, 'no Elasticsearch can run here');
  test.setTimeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'portside-lost-'));
  let server = await startElasticsearch({ heap: '384m', folder });
  try {
    const port = Number(new URL(server.url).port);
    const connection = await connectElastic({ nodes: [server.url] });
    await makeDemoIndices(connection, { replace: true }, signal);
    await loadDocuments(connection, documents(), signal);
    await connection.close();

    const { window, problems } = await launch();
    const { files, devices, alerts, anomalies } = demoIndices('');
    const source = {
      name: 'prod-soc',
      address: { kind: 'nodes', nodes: [server.url] },
      signIn: { kind: 'none' },
      trust: { kind: 'system' },
      indices: { files, devices, alerts, anomalies },
    };
    const { id } = (await askMain(window, 'source.save', source)) as { id: string };
    await askMain(window, 'source.use', { id });
    const ids: string[] = [];
    let cursor: string | undefined;
    const readPage = async () => {
      const page = { filter: {}, withRenames: false, ascending: true, limit: pageRows, cursor };
      const { rows, nextCursor } = (await askMain(window, 'writes.page', page)) as Page;
      ids.push(...rows.map((row) => row.id));
      cursor = nextCursor;
    };
    const sums = () => askMain(window, 'volumes.read', { filter: {}, bucketMs: 60_000, maxKeys: 5 });
    const before = await sums();
    await readPage();
    await readPage();

    // The whole cluster dies without a word while it is asked.
    const underWay = askMain(window, 'activity.read', {}).then(() => 'done', String);
    for (const node of server.nodes) await stopElasticsearchNode(node, 'SIGKILL');
    expect(await underWay).toMatch(/^done$|store-/);
    await expect(readPage()).rejects.toThrow('store-unreachable');
    await expect(sums()).rejects.toThrow('store-unreachable');
    await window.reload();
    const said = window.getByRole('contentinfo').getByText(/Trying again every 15 seconds/);
    await expect(said).toBeVisible();

    server = await startElasticsearch({ heap: '384m', folder, port });
    await expect(said).toBeHidden({ timeout: 60_000 });
    await window.getByRole('button', { name: 'Sources' }).click();
    await expect(window.getByRole('region', { name: 'In use' }).getByText('3,000')).toBeVisible();
    expect(await sums()).toEqual(before);
    // The list goes on behind the last row it gave, although its point in time died with the cluster.
    while (cursor !== undefined) await readPage();
    expect(ids).toHaveLength(events);
    expect(new Set(ids).size).toBe(events);
    expect(problems).toEqual([]);
  } finally {
    await stopElasticsearch(server);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
