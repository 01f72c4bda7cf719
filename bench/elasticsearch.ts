/**
 * What a question costs through Portside against the bare requests for the same aggregations, on one server with the
 * demonstration (about a million writes): `npm run elasticsearch -- start && npm run elasticsearch -- load-demo`, then
 * `npm run bench -- elasticsearch [URL] [RUNS]`. The bare side sends what Portside sent, as plain HTTP, with as many
 * requests at once, and parses the answers. Both sides alternate; the server's own cache is cleared before each.
 */
import http from 'node:http';
import { connectElastic, type ElasticRequest } from '../electron/evidence/elastic-connection.ts';
import { makeElasticStore } from '../electron/evidence/elastic-store.ts';
import type { EvidenceStore } from '../electron/evidence/store.ts';
import { hourMs } from '../shared/base/time.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';

const url = process.argv[2] ?? 'http://127.0.0.1:9200';
const runs = Number(process.argv[3] ?? 5);
const { signal } = new AbortController();
const context = ignoreItems(signal);
const agent = new http.Agent({ keepAlive: true });

/** Requests that Portside has at once for each question. */
const questions: readonly { name: string; parallel: number; ask: (store: EvidenceStore) => Promise<unknown> }[] = [
  { name: 'activity.read (rarity of 30 days)', parallel: 3, ask: (store) => store['activity.read']({}, context) },
  {
    name: 'volumes.read (hours)',
    parallel: 1,
    ask: (store) => store['volumes.read']({ filter: {}, bucketMs: hourMs, maxKeys: 20 }, context),
  },
  {
    name: 'devices.list',
    parallel: 1,
    ask: (store) => store['devices.list']({ filter: {}, limit: 200 }, context),
  },
];

function sendBare({ method, path, query, body }: ElasticRequest): Promise<unknown> {
  const search = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]));
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request(`${url}${path}?${search}`, { method, headers, agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body ? JSON.stringify(body) : undefined);
  });
}

async function replay(requests: readonly ElasticRequest[], parallel: number): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let request = requests[next++]; request; request = requests[next++]) await sendBare(request);
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  await sendBare({ method: 'POST', path: '/_cache/clear', query: { request: true } });
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const connection = await connectElastic({ nodes: [url] });
let recorded: ElasticRequest[] = [];
const store = makeElasticStore({
  ...connection,
  send: (request, sendSignal) => {
    recorded.push(request);
    return connection.send(request, sendSignal);
  },
});
for (const { name, parallel, ask } of questions) {
  // Warms both sides up, and tells what is sent.
  await ask(store);
  recorded = [];
  await ask(store);
  const requests = [...recorded];
  await replay(requests, parallel);
  const portside: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    portside.push(await timed(() => ask(store)));
    bare.push(await timed(() => replay(requests, parallel)));
  }
  const ratio = median(portside.map((ms, run) => ms / (bare[run] ?? 1)));
  console.log(
    `${name}: ${requests.length} requests, Portside ${median(portside).toFixed(0)} ms, bare ${median(bare).toFixed(0)} ms, ratio ${ratio.toFixed(2)}`,
  );
}
await store.close();
agent.destroy();
