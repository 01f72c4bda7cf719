/**
 * What a question costs through Portside against the bare requests for the same aggregations, on one server with the
 * demonstration (about a million writes): `npm run elasticsearch -- start && npm run elasticsearch -- load-demo`, then
 * `npm run bench -- elasticsearch [URL] [RUNS] [EVENTS]`. The bare side sends what Portside sent, as plain HTTP, with as many
 * requests at once, and parses the answers; what is asked of 30 days is also set against the best sequence written by hand:
 * one composite a day, four at once, in pages of 20,000, with nothing looked at before. Both sides alternate; the server's own
 * cache is cleared before each. With EVENTS so many writes over 30 days are loaded into indices of their own first, and removed
 * at the end.
 */
import http from 'node:http';
import { activityRequest } from '../electron/evidence/elastic-activity.ts';
import { connectElastic, type ElasticRequest } from '../electron/evidence/elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from '../electron/evidence/elastic-demo.ts';
import { makeElasticStore } from '../electron/evidence/elastic-store.ts';
import { dayMs, hourMs } from '../shared/base/time.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { toEcsWrite } from '../shared/model/ecs.ts';
import { generatedFromMs, generatedSpanMs, makeWrites } from './import/generated-writes.ts';

const url = process.argv[2] ?? 'http://127.0.0.1:9200';
const runs = Number(process.argv[3] ?? 5);
const events = Number(process.argv[4] ?? 0);
const prefix = events > 0 ? `bench-${events}-` : '';
const { signal } = new AbortController();
const context = ignoreItems(signal);
const agent = new http.Agent({ keepAlive: true });
const handPage = 20_000;
/** Buckets and bytes that came as answers to bare requests. */
let bucketCount = 0;
let answerBytes = 0;

interface HandAnswer {
  readonly aggregations: { readonly groups: { readonly buckets: readonly unknown[]; readonly after_key?: object } };
}

interface Question {
  readonly name: string;
  /** Requests that Portside has at once. */
  readonly parallel: number;
  readonly ask: () => Promise<unknown>;
  /** The same by hand. */
  readonly byHand?: () => Promise<unknown>;
}

const connection = await connectElastic({ nodes: [url] });
if (events > 0) {
  await makeDemoIndices(connection, { replace: true, prefix }, signal);
  function* documents() {
    for (const write of makeWrites(events)) {
      yield {
        source: toEcsWrite(write, { id: `b7a9-${write.host}`, osType: 'windows', osName: 'Windows 11 Enterprise' }),
      };
    }
  }
  await loadDocuments(connection, documents(), signal, prefix);
}
const indices = demoIndices(prefix);
let recorded: ElasticRequest[] = [];
const store = makeElasticStore(
  {
    ...connection,
    send: (request, sendSignal) => {
      recorded.push(request);
      return connection.send(request, sendSignal);
    },
  },
  { indices },
);
const { firstMs = generatedFromMs, lastMs = generatedFromMs + generatedSpanMs } = await store['evidence.summary'](
  {},
  context,
);

const questions: readonly Question[] = [
  {
    name: 'activity.read (rarity of 30 days)',
    parallel: 3,
    ask: () => store['activity.read']({}, context),
    byHand: () => readByHand(firstMs, lastMs),
  },
  {
    name: 'activity.read (the newest two hours)',
    parallel: 3,
    ask: () => store['activity.read']({ fromMs: lastMs - 2 * hourMs }, context),
  },
  {
    name: 'writes.page (newest 200)',
    parallel: 1,
    ask: () => store['writes.page']({ filter: {}, withRenames: false, ascending: false, limit: 200 }, context),
  },
  {
    name: 'volumes.read (hours)',
    parallel: 1,
    ask: () => store['volumes.read']({ filter: {}, bucketMs: hourMs, maxKeys: 20 }, context),
  },
  {
    name: 'devices.list',
    parallel: 1,
    ask: () => store['devices.list']({ filter: {}, limit: 200 }, context),
  },
];

function sendBare({ method, path, query, body }: ElasticRequest): Promise<unknown> {
  const search = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]));
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request(`${url}${path}?${search}`, { method, headers, agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => {
        parts.push(part);
        answerBytes += part.length;
      });
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

/** All buckets of a span: a day at a time, four days at once, with nothing asked before. */
async function readByHand(fromMs: number, toMs: number): Promise<void> {
  const starts: number[] = [];
  for (let dayFromMs = fromMs - (fromMs % dayMs); dayFromMs <= toMs; dayFromMs += dayMs) starts.push(dayFromMs);
  const path = `/${indices.files}/_search`;
  const work = async () => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      let after: object | undefined;
      do {
        const body = activityRequest({ fromMs: start, toMs: start + dayMs }, handPage, after);
        const answer = (await sendBare({ method: 'POST', path, body })) as HandAnswer;
        const { buckets, after_key: next } = answer.aggregations.groups;
        bucketCount += buckets.length;
        after = buckets.length < handPage ? undefined : next;
      } while (after);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
}

for (const { name, parallel, ask, byHand } of questions) {
  // Warms both sides up, and tells what is sent.
  await ask();
  recorded = [];
  await ask();
  const requests = [...recorded];
  await replay(requests, parallel);
  const portside: number[] = [];
  const bare: number[] = [];
  const hand: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    portside.push(await timed(ask));
    answerBytes = 0;
    bare.push(await timed(() => replay(requests, parallel)));
    bucketCount = 0;
    if (byHand) hand.push(await timed(byHand));
  }
  const ratio = median(portside.map((ms, run) => ms / (bare[run] ?? 1)));
  console.log(
    `${name}: ${requests.length} requests, Portside ${median(portside).toFixed(0)} ms, bare ${median(bare).toFixed(0)} ms, ratio ${ratio.toFixed(2)}, ${(answerBytes / 1e6).toFixed(1)} MB of answers`,
  );
  if (byHand) {
    const handRatio = median(portside.map((ms, run) => ms / (hand[run] ?? 1)));
    console.log(`  by hand ${median(hand).toFixed(0)} ms, ratio ${handRatio.toFixed(2)}, ${bucketCount} buckets`);
  }
}
if (events > 0) {
  for (const index of Object.values(indices)) await connection.send({ method: 'DELETE', path: `/${index}` }, signal);
}
await store.close();
agent.destroy();
