import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure, fail } from '../base/failure.ts';
import { makeClient, toHandlers } from './client.ts';
import { type Handlers, operation } from './operation.ts';
import { type ClientMessage, makePortPair, type Port, type ServerMessage } from './protocol.ts';
import { serve } from './server.ts';

const contract = {
  'sum.compute': operation(z.strictObject({ numbers: z.array(z.number()) })).returns<number>(),
  'count.stream': operation(z.strictObject({ to: z.number().int() }))
    .emits<number>()
    .returns<{ sent: number }>(),
  'time.watch': operation(z.strictObject({})).returns<never>(),
  'trouble.make': operation(z.strictObject({ kind: z.enum(['failure', 'bug']) })).returns<never>(),
} as const;

function setUp(overrides: Partial<Handlers<typeof contract>> = {}) {
  const bugs: unknown[] = [];
  const seenAborts: string[] = [];
  const handlers: Handlers<typeof contract> = {
    'sum.compute': async ({ numbers }) => numbers.reduce((sum, number) => sum + number, 0),
    'count.stream': async ({ to }, { emit }) => {
      for (let number = 1; number <= to; number += 1) emit(number);
      return { sent: to };
    },
    'time.watch': (_input, { signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          seenAborts.push('time.watch');
          reject(new Error('late'));
        });
      }),
    'trouble.make': async ({ kind }) => {
      if (kind === 'failure') throw fail('not-found', 'No such thing.', 'Look elsewhere.');
      throw new TypeError('secret detail');
    },
    ...overrides,
  };
  const ports = makePortPair();
  const server = serve(contract, handlers, ports.server, {
    reportBug: (_name, error) => {
      bugs.push(error);
      return `bug-${bugs.length}`;
    },
  });
  return { client: makeClient<typeof contract>(ports.client), ports, server, bugs, seenAborts };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => new Error('did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure)) throw error;
  return error;
}

/** Lets everything that is already queued run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('serve and makeClient', () => {
  it('answers a call', async () => {
    expect(await setUp().client.call('sum.compute', { numbers: [1, 2, 3] })).toBe(6);
  });

  it('delivers items in order before the output', async () => {
    const items: number[] = [];
    const output = await setUp().client.call('count.stream', { to: 4 }, { onItem: (item) => items.push(item) });
    expect({ items, output }).toEqual({ items: [1, 2, 3, 4], output: { sent: 4 } });
  });

  it('keeps concurrent calls of one operation apart', async () => {
    const { client } = setUp();
    const sums = await Promise.all([1, 2, 3].map((n) => client.call('sum.compute', { numbers: [n, n] })));
    expect(sums).toEqual([2, 4, 6]);
  });

  it('ends an aborted call at once, tells the handler, and answers nothing later', async () => {
    const { client, seenAborts, bugs } = setUp();
    const abort = new AbortController();
    const call = client.call('time.watch', {}, { signal: abort.signal });
    abort.abort();
    expect((await failureOf(call)).code).toBe('cancelled');
    expect(client.pendingCalls).toBe(0);
    await client.call('sum.compute', { numbers: [] });
    expect({ seenAborts, bugs }).toEqual({ seenAborts: ['time.watch'], bugs: [] });
  });

  it('never starts a call whose signal is already aborted', async () => {
    const { client } = setUp();
    const abort = new AbortController();
    abort.abort();
    expect((await failureOf(client.call('time.watch', {}, { signal: abort.signal }))).code).toBe('cancelled');
  });

  it('passes a Failure on with its hint', async () => {
    const failure = await failureOf(setUp().client.call('trouble.make', { kind: 'failure' }));
    expect(failure.toValue()).toEqual({ code: 'not-found', message: 'No such thing.', hint: 'Look elsewhere.' });
  });

  it('reports a bug with its id and keeps the details on its own side', async () => {
    const { client, bugs } = setUp();
    const failure = await failureOf(client.call('trouble.make', { kind: 'bug' }));
    expect(failure.code).toBe('bug');
    expect(failure.bugId).toBe('bug-1');
    expect(JSON.stringify(failure.toValue())).not.toContain('secret detail');
    expect(bugs).toHaveLength(1);
  });

  it.each([
    ['an unknown operation', 'nothing.here', {}],
    ['a name of the prototype', 'constructor', {}],
    ['a wrong type', 'sum.compute', { numbers: 'x' }],
    ['an extra key', 'sum.compute', { numbers: [], extra: 1 }],
    ['no input', 'sum.compute', undefined],
    ['a map in the place of fields', 'time.watch', new Map()],
  ])('refuses %s with bad-input', async (_title, name, input) => {
    const { client } = setUp();
    const call = client.call as (name: string, input: unknown) => Promise<unknown>;
    expect((await failureOf(call(name, input))).code).toBe('bad-input');
  });

  it('fails all waiting and later calls when the other side is gone', async () => {
    const { client } = setUp();
    const waiting = [client.call('time.watch', {}), client.call('time.watch', {})];
    client.close(fail('store-unreachable', 'The engine stopped.'));
    const codes = await Promise.all(
      [...waiting, client.call('sum.compute', { numbers: [] })].map(async (call) => (await failureOf(call)).code),
    );
    expect(codes).toEqual(['store-unreachable', 'store-unreachable', 'store-unreachable']);
  });

  it('aborts what is under way when the server closes, and answers nothing more', async () => {
    const { client, server, seenAborts } = setUp();
    void client.call('time.watch', {}).catch(() => undefined);
    await client.call('sum.compute', { numbers: [] });
    server.close();
    expect(seenAborts).toEqual(['time.watch']);
    void client.call('sum.compute', { numbers: [1] });
    await Promise.resolve();
    expect(client.pendingCalls).toBe(2);
  });

  it('refuses more than 256 calls at once', async () => {
    const { client } = setUp();
    const calls = Array.from({ length: 300 }, () => client.call('time.watch', {}));
    const refused = await Promise.race(calls.map(failureOf));
    expect(refused.message).toContain('256');
    client.close(fail('store-unreachable', 'End of the test.'));
    await Promise.allSettled(calls);
  });

  it('survives anything that a broken caller can post', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (message) => {
        let deliver: (message: ClientMessage) => void = () => undefined;
        const posted: ServerMessage[] = [];
        const port: Port<ServerMessage, ClientMessage> = {
          post: (answer) => posted.push(answer),
          listen: (on) => {
            deliver = on;
          },
        };
        const handlers = setUp();
        serve(contract, toHandlers(contract, handlers.client), port, { reportBug: () => 'bug' });
        deliver(message as ClientMessage);
        deliver({ kind: 'start', id: 1, name: 'sum.compute', input: message });
        await settled();
        expect(posted.every((answer) => answer.kind === 'failed' && answer.failure.code === 'bad-input')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('serves a remote store in the shape of a local one', async () => {
    const { client } = setUp();
    const remote = toHandlers(contract, client);
    const items: number[] = [];
    const output = await remote['count.stream'](
      { to: 2 },
      { signal: new AbortController().signal, emit: (item) => items.push(item) },
    );
    expect({ items, output }).toEqual({ items: [1, 2], output: { sent: 2 } });
  });
});

describe('the types of a contract', () => {
  it('refuse wrong calls and missing handlers', () => {
    const check = (client: ReturnType<typeof makeClient<typeof contract>>) => {
      // @ts-expect-error an unknown operation does not compile
      void client.call('nothing.here', {});
      // @ts-expect-error a wrong input does not compile
      void client.call('sum.compute', { numbers: ['1'] });
      // @ts-expect-error a missing handler does not compile
      const handlers: Handlers<typeof contract> = { 'sum.compute': async () => 1 };
      return handlers;
    };
    expect(check).toBeTypeOf('function');
  });
});
