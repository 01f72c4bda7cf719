import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ElasticConnection } from '../../../electron/evidence/elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from '../../../electron/evidence/elastic-demo.ts';
import { readFault } from '../../../electron/evidence/elastic-failure.ts';
import { connectForTests, testElasticsearch } from '../../../electron/evidence/elastic-for-tests.ts';
import { makeElasticStore } from '../../../electron/evidence/elastic-store.ts';
import { Failure } from '../../../shared/base/failure.ts';
import { ignoreItems } from '../../../shared/ipc/operation.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsRuleAlert, toEcsWrite } from '../../../shared/model/ecs.ts';
import { fuzz, slowTestMs } from './fuzz-runs.ts';
import { mutated } from './hostile-input.ts';

const { signal } = new AbortController();
const context = ignoreItems(signal);

/** A made-up connection: no server gives answers like these. */
function answering(answers: readonly unknown[]): ElasticConnection {
  let next = 0;
  const send = async () => answers[next++ % answers.length];
  return { send, place: 'made up', close: async () => undefined };
}

/** Anything, in the places where answers have their parts. */
const garbled = fc.oneof(
  fc.jsonValue(),
  fc.record({ _shards: fc.jsonValue(), hits: fc.jsonValue(), aggregations: fc.jsonValue(), id: fc.jsonValue() }),
  fc.record({
    _shards: fc.constant({ total: 1, failed: 0 }),
    hits: fc.record({ total: fc.jsonValue(), hits: fc.array(fc.jsonValue()) }),
    aggregations: fc.record({
      groups: fc.record({ buckets: fc.array(fc.jsonValue()) }),
      first: fc.jsonValue(),
      last: fc.jsonValue(),
      counted: fc.jsonValue(),
      host: fc.jsonValue(),
    }),
    responses: fc.array(fc.jsonValue()),
    id: fc.string(),
    indices: fc.constant(['i']),
    fields: fc.constant({}),
  }),
);

/** Fields as they should be, so that questions get past the check of types. */
const goodFields = {
  indices: ['i'],
  fields: Object.fromEntries(
    ['event.action', 'file.Ext.device.bus_type', 'host.name', 'process.name', 'file.path']
      .map((name) => [name, { keyword: { type: 'keyword' } }] as const)
      .concat([['@timestamp', { date: { type: 'date' } } as never]]),
  ),
};

const questions = [
  ['evidence.summary', {}],
  ['volumes.read', { filter: {}, bucketMs: 60_000, by: 'process', maxKeys: 5 }],
  ['processes.list', { filter: {}, sort: 'files', descending: true, limit: 10 }],
  ['devices.list', { filter: {}, limit: 10 }],
  ['sessions.list', { limit: 10 }],
  ['writes.page', { filter: {}, withRenames: true, ascending: false, limit: 10 }],
  ['writes.totals', { filters: [{}] }],
  ['terms.list', { field: 'extension', filter: {}, limit: 10 }],
  ['hours.read', { filter: {}, offsetMinutes: 0 }],
  ['device-events.list', { limit: 10 }],
  ['alerts.list', { limit: 10 }],
  ['anomaly-records.list', { limit: 10 }],
  ['activity.read', {}],
] as const;
type Question = (typeof questions)[number];

/** Asks, and gives the answer, or undefined where it was refused with a Failure; whatever else is thrown breaks the property. */
async function askOf(answers: readonly unknown[], [name, input]: Question): Promise<unknown> {
  try {
    return await makeElasticStore(answering(answers))[name](input as never, context);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return undefined;
  }
}

/** Figures that are none, however deep, with their places: no axis and no sum could take them. */
function unsoundIn(value: unknown, place = ''): readonly string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place}: ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => unsoundIn(below, `${place}.${key}`));
}

describe('answers that make no sense', () => {
  it.each(questions)(
    '%s ends with an answer or a Failure, whatever comes',
    async (...question) => {
      await fc.assert(
        fc.asyncProperty(fc.array(garbled, { minLength: 1, maxLength: 4 }), fc.boolean(), async (answers, isGood) => {
          await askOf(isGood ? [goodFields, ...answers] : answers, question as Question);
        }),
        fuzz(100, { share: questions.length }),
      );
    },
    slowTestMs,
  );

  it('reads the fault of any body', () => {
    fc.assert(
      fc.property(fc.anything(), fc.integer(), (error, status) => {
        const fault = readFault({ error }, status);
        expect(fault === undefined || fault.reason.length <= 500).toBe(true);
      }),
      fuzz(100),
    );
  });
});

const server = await testElasticsearch('plain');
const title = `answers of a real server, changed${'reason' in server ? `: ${server.reason}` : ''}`;

describe.skipIf('reason' in server)(title, () => {
  /** What the server answered to the requests of each question, in turn. */
  const recorded = new Map<string, readonly unknown[]>();
  let release: () => Promise<void> = () => Promise.resolve();

  beforeAll(async () => {
    if ('reason' in server) return;
    const connection = await connectForTests(server);
    const prefix = 'changed-answers-';
    await makeDemoIndices(connection, { replace: true, prefix }, signal);
    const atMs = Date.UTC(2026, 10, 19);
    const [host, process, serial] = ['ws-1', 'a.exe', 'S1'];
    const device = { device: 'serial:S1', serial, deviceSerial: serial, busType: 'Usb' };
    const write = { host, user: 'u', process, action: 'creation', sizeBytes: 5, ...device } as const;
    const sources = [0, 1, 2, 3].map((index) =>
      toEcsWrite({ ...write, id: `e${index}`, atMs: atMs + index * 60_000, path: `E:\\f${index}.txt` }),
    );
    const connected = { id: 'd', atMs, kind: 'mount', host, device: 'serial:S1', serial } as const;
    const score = { recordScore: 80, host, process };
    const record = { bucketStartMs: atMs, bucketSpanMs: 900_000, initialRecordScore: 80, probability: 0.01 };
    const alert = { ruleName: 'R', jobId: 'j', status: 'open' } as const;
    const documents = [
      ...sources,
      toEcsDeviceEvent(connected),
      toEcsRuleAlert({ id: 'a', atMs, ...alert, ...score }),
      toEcsAnomalyRecord({ id: 'r', jobId: 'j', ...record, ...score }),
    ];
    await loadDocuments(
      connection,
      documents.map((source) => ({ source })),
      signal,
      prefix,
    );
    for (const [name, input] of questions) {
      const answers: unknown[] = [];
      const send: ElasticConnection['send'] = async (request, sendSignal) => {
        // Some are asked side by side: played again they are answered in the order in which they were asked.
        const place = answers.push(undefined) - 1;
        const answer = await connection.send(request, sendSignal);
        answers[place] = JSON.parse(JSON.stringify(answer));
        return answer;
      };
      const store = makeElasticStore({ ...connection, send }, { indices: demoIndices(prefix) });
      await store[name](input as never, context);
      recorded.set(name, answers);
    }
    release = () => connection.close();
  }, 120_000);
  afterAll(() => release());

  it.each(questions)(
    '%s ends with figures that are some or a Failure',
    async (...question) => {
      const [name] = question;
      const answers = recorded.get(name) ?? [];
      expect(answers.length).toBeGreaterThan(0);
      // Played again they are an answer: what is changed below is good.
      expect(await askOf(answers, question as Question)).toBeDefined();
      await fc.assert(
        fc.asyncProperty(mutated(answers), async (changed) => {
          const answer = await askOf(
            Array.isArray(changed) && changed.length > 0 ? changed : [changed],
            question as Question,
          );
          expect(unsoundIn(answer)).toEqual([]);
        }),
        fuzz(40, { share: questions.length }),
      );
    },
    slowTestMs,
  );
});
