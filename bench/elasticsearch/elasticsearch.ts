/**
 * What a question costs through Portside against the bare requests for the same aggregations, on one server:
 * `npm run elasticsearch -- start`, then `npm run bench -- elasticsearch [URL] [RUNS] [EVIDENCE …] [--keep] [--load]`. EVIDENCE is
 * `demo` (the demonstration, after `npm run elasticsearch -- load-demo`), `bursty-N` or `spread-N` (`evidence.ts`): it is loaded where the
 * server has it not, and removed at the end unless `--keep`; `--load` only loads. The bare side sends what Portside sent, as plain HTTP,
 * with as many requests at once, and parses the answers; what is asked of many days is also set against the best sequence written
 * by hand: one composite a day, four at once, in pages of 20,000, with nothing looked at before. Sides alternate; the server's own
 * cache is cleared before each. In brackets is processor time: of this process and, where the server runs on this machine, of that
 * too, so that a machine busy with other work says something as well.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { activityRequest } from '../../electron/evidence/elastic-activity.ts';
import { connectElastic, type ElasticRequest } from '../../electron/evidence/elastic-connection.ts';
import { demoIndices } from '../../electron/evidence/elastic-demo.ts';
import { makeElasticStore } from '../../electron/evidence/elastic-store.ts';
import { dayMs, hourMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { type EvidenceSet, ensureEvidence, removeEvidence } from './evidence.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'boolean', default: false }, load: { type: 'boolean', default: false } },
});
const [url = 'http://127.0.0.1:9200', runsText = '5', ...wanted] = positionals;
const runs = Number(runsText);
const { signal } = new AbortController();
const context = ignoreItems(signal);
const agent = new http.Agent({ keepAlive: true });
const handPage = 20_000;
const handParallel = 4;
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

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

const connection = await connectElastic({ nodes: [url] });
const serverPid = await readServerPid();

async function readServerPid(): Promise<number | undefined> {
  const answer = (await connection.send({ method: 'GET', path: '/_nodes/_local/process' }, signal)) as {
    readonly nodes: Readonly<Record<string, { readonly process: { readonly id: number } }>>;
  };
  const pid = Object.values(answer.nodes)[0]?.process.id;
  return pid !== undefined && /127\.0\.0\.1|localhost/.test(url) ? pid : undefined;
}

/** Processor time of the server so far; 0 where it is another machine, or a system that does not say. */
function serverCpuMs(): number {
  if (serverPid === undefined || process.platform !== 'linux') return 0;
  const parts = readFileSync(`/proc/${serverPid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // Ticks of a hundredth of a second.
  return (Number(parts[11]) + Number(parts[12])) * 10;
}

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

async function timed(work: () => Promise<unknown>): Promise<Cost> {
  await sendBare({ method: 'POST', path: '/_cache/clear', query: { request: true } });
  const before = process.cpuUsage();
  const serverBeforeMs = serverCpuMs();
  const startMs = performance.now();
  await work();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1_000 + serverCpuMs() - serverBeforeMs };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const said = (costs: readonly Cost[]) =>
  `${median(costs.map(({ ms }) => ms)).toFixed(0)} (${median(costs.map(({ cpuMs }) => cpuMs)).toFixed(0)})`;
/** Of the sums of all runs for processor time, whose clock is coarse. */
const ratio = (ours: readonly Cost[], others: readonly Cost[]) => {
  const total = (costs: readonly Cost[]) => costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const wall = median(ours.map(({ ms }, run) => ms / (others[run]?.ms ?? 1)));
  return `${wall.toFixed(2)} (${(total(ours) / Math.max(total(others), 1)).toFixed(2)})`;
};

/** All buckets of a span: a day at a time, four days at once, with nothing asked before. */
async function readByHand(files: string, fromMs: number, toMs: number): Promise<void> {
  const starts: number[] = [];
  for (let dayFromMs = fromMs - (fromMs % dayMs); dayFromMs <= toMs; dayFromMs += dayMs) starts.push(dayFromMs);
  const work = async () => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      let after: object | undefined;
      do {
        const body = activityRequest({ fromMs: start, toMs: start + dayMs }, handPage, after);
        const answer = (await sendBare({ method: 'POST', path: `/${files}/_search`, body })) as HandAnswer;
        const { buckets, after_key: next } = answer.aggregations.groups;
        bucketCount += buckets.length;
        after = buckets.length < handPage ? undefined : next;
      } while (after);
    }
  };
  await Promise.all(Array.from({ length: handParallel }, work));
}

async function measure({ name: evidence, prefix }: EvidenceSet): Promise<void> {
  const indices = demoIndices(prefix);
  let recorded: ElasticRequest[] = [];
  const counting = {
    ...connection,
    send: (request: ElasticRequest, sendSignal: AbortSignal) => {
      // Points in time that are given back meanwhile belong to no question.
      if (request.method !== 'DELETE') recorded.push(request);
      return connection.send(request, sendSignal);
    },
  };
  const store = makeElasticStore({ ...counting, close: async () => undefined }, { indices });
  const { firstMs = 0, lastMs = 0, writes } = await store['evidence.summary']({}, context);
  const spanDays = Math.ceil((lastMs + 1 - firstMs) / dayMs);
  const activity = (days: number): Question => {
    const fromMs = Math.ceil((lastMs + 1) / dayMs) * dayMs - days * dayMs;
    return {
      name: `activity.read, ${days} d`,
      parallel: 4,
      ask: () => store['activity.read']({ fromMs }, context),
      byHand: () => readByHand(indices.files, fromMs, lastMs),
    };
  };
  const questions: readonly Question[] = [
    ...[1, 6, 30].filter((days) => days === 1 || days <= spanDays + 1).map(activity),
    {
      name: 'activity.read, newest 2 h',
      parallel: 4,
      ask: () => store['activity.read']({ fromMs: lastMs - 2 * hourMs }, context),
    },
    {
      name: 'writes.page, newest 200',
      parallel: 1,
      ask: () => store['writes.page']({ filter: {}, withRenames: false, ascending: false, limit: 200 }, context),
    },
    {
      name: 'volumes.read, hours of 6 d',
      parallel: 1,
      ask: () =>
        store['volumes.read'](
          { filter: { fromMs: lastMs - 6 * dayMs, toMs: lastMs + 1 }, bucketMs: hourMs, maxKeys: 20 },
          context,
        ),
    },
    {
      name: 'devices.list',
      parallel: 3,
      ask: () => store['devices.list']({ filter: {}, limit: 200 }, context),
    },
  ];
  console.log(
    `\n${evidence}: ${writes.toLocaleString('en')} writes in ${spanDays} days; load ${loadavg()[0]?.toFixed(1)}\n`,
  );
  console.log(
    '| Evidence | Question | requests | MB of answers | buckets by hand | Portside ms (CPU) | the same requests bare | ratio | by hand | ratio |',
  );
  console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { name, parallel, ask, byHand } of questions) {
    // Warms both sides up, and tells what is sent.
    await ask();
    recorded = [];
    await ask();
    const requests = [...recorded];
    await replay(requests, parallel);
    const portside: Cost[] = [];
    const bare: Cost[] = [];
    const hand: Cost[] = [];
    for (let run = 0; run < runs; run += 1) {
      portside.push(await timed(ask));
      answerBytes = 0;
      bare.push(await timed(() => replay(requests, parallel)));
      const megabytes = answerBytes;
      bucketCount = 0;
      if (byHand) hand.push(await timed(byHand));
      answerBytes = megabytes;
    }
    const figures = [requests.length, (answerBytes / 1e6).toFixed(1), byHand ? bucketCount : '', said(portside)];
    const against = [said(bare), ratio(portside, bare), ...(byHand ? [said(hand), ratio(portside, hand)] : ['', ''])];
    console.log(`| ${[evidence, name, ...figures, ...against].join(' | ')} |`);
  }
  await store.close();
}

for (const name of wanted.length > 0 ? wanted : ['demo']) {
  const startMs = performance.now();
  const set = await ensureEvidence(connection, name, signal);
  const seconds = (performance.now() - startMs) / 1_000;
  if (seconds > 2) console.log(`${name} loaded in ${seconds.toFixed(0)} s`);
  if (!options.load) await measure(set);
  if (!options.keep && !options.load) await removeEvidence(connection, set, signal);
}
await connection.close();
agent.destroy();
