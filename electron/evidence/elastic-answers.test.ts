import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../shared/base/failure.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { ElasticConnection } from './elastic-connection.ts';
import { readFault } from './elastic-failure.ts';
import { makeElasticStore } from './elastic-store.ts';

const context = ignoreItems(new AbortController().signal);

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

describe('answers that make no sense', () => {
  it.each(questions)('%s ends with an answer or a Failure, whatever comes', async (name, input) => {
    await fc.assert(
      fc.asyncProperty(fc.array(garbled, { minLength: 1, maxLength: 4 }), fc.boolean(), async (answers, isGood) => {
        const all = isGood ? [goodFields, ...answers] : answers;
        const store = makeElasticStore(answering(all));
        const error = await store[name](input as never, context).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(Failure);
      }),
      { numRuns: 100 },
    );
  });

  it('reads the fault of any body', () => {
    fc.assert(
      fc.property(fc.anything(), fc.integer(), (error, status) => {
        const fault = readFault({ error }, status);
        expect(fault === undefined || fault.reason.length <= 500).toBe(true);
      }),
    );
  });
});
