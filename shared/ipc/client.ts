import { cancelled, Failure, fail } from '../base/failure.ts';
import type { CallContext, Contract, Handlers, InputOf, ItemOf, OutputOf } from './operation.ts';
import type { ClientMessage, Port, ServerMessage } from './protocol.ts';

/** How a caller asks: `call('volumes.read', input, { signal, onItem })`. */
export interface Client<C extends Contract> {
  call<K extends keyof C & string>(
    name: K,
    input: InputOf<C[K]>,
    options?: { readonly signal?: AbortSignal | undefined; readonly onItem?: (item: ItemOf<C[K]>) => void },
  ): Promise<OutputOf<C[K]>>;
  /** How many calls wait for their end. */
  readonly pendingCalls: number;
  /** The other side is gone: every waiting call, and every later one, fails at once with this reason. */
  close(reason: Failure): void;
}

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (failure: Failure) => void;
  readonly onItem: ((item: unknown) => void) | undefined;
  readonly release: () => void;
}

/** Makes the calling side of `port`. Failures arrive as `Failure`, aborted calls as its code `cancelled`. */
export function makeClient<C extends Contract>(port: Port<ClientMessage, ServerMessage>): Client<C> {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let closedBy: Failure | undefined;

  function settle(id: number): Waiting | undefined {
    const entry = waiting.get(id);
    waiting.delete(id);
    entry?.release();
    return entry;
  }

  port.listen((message) => {
    if (message.kind === 'item') waiting.get(message.id)?.onItem?.(message.item);
    else if (message.kind === 'done') settle(message.id)?.resolve(message.output);
    else settle(message.id)?.reject(new Failure(message.failure));
  });

  return {
    call: (name, input, options = {}) => {
      const { signal, onItem } = options;
      if (closedBy) return Promise.reject(closedBy);
      if (signal?.aborted) return Promise.reject(cancelled());
      const id = nextId++;
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          port.post({ kind: 'abort', id });
          settle(id)?.reject(cancelled());
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.set(id, {
          resolve: resolve as (output: unknown) => void,
          reject,
          onItem: onItem as ((item: unknown) => void) | undefined,
          release: () => signal?.removeEventListener('abort', onAbort),
        });
        try {
          port.post({ kind: 'start', id, name, input });
        } catch (error) {
          settle(id)?.reject(fail('bad-input', `The input of ${name} cannot be sent.`, undefined, error));
        }
      });
    },
    get pendingCalls() {
      return waiting.size;
    },
    close(reason) {
      closedBy = reason;
      for (const id of [...waiting.keys()]) settle(id)?.reject(reason);
    },
  };
}

/** A client in the shape of handlers, so that a remote store can stand where a local one does. */
export function toHandlers<C extends Contract>(contract: C, client: Client<C>): Handlers<C> {
  const forward = (name: keyof C & string) => (input: unknown, context: CallContext<unknown>) =>
    client.call(name, input as InputOf<C[typeof name]>, { signal: context.signal, onItem: context.emit });
  return Object.fromEntries(Object.keys(contract).map((name) => [name, forward(name)])) as unknown as Handlers<C>;
}
