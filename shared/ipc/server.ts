import { cancelled, Failure, type FailureValue, isCancelled } from '../base/failure.ts';
import type { Contract, Handlers } from './operation.ts';
import { type ClientMessage, isClientMessage, type Port, type ServerMessage } from './protocol.ts';

export interface ServerOptions {
  /** Logs an unexpected error and returns the id under which the person can find it. */
  readonly reportBug: (operation: string, error: unknown) => string;
}

/** Calls one port may have under way at once; more are refused, so that a broken caller cannot exhaust the other side. */
const maxCalls = 256;

/**
 * Answers the calls that arrive on `port` with `handlers`. Inputs are parsed by the contract; a call's handler races its
 * abort signal, so an abort ends the call at once even if the handler lingers. `close` aborts all calls and answers nothing more.
 */
export function serve<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  port: Port<ServerMessage, ClientMessage>,
  options: ServerOptions,
): { close(): void } {
  const calls = new Map<number, AbortController>();
  let closed = false;

  function end(id: number, message: ServerMessage): void {
    if (closed || !calls.delete(id)) return;
    port.post(message);
  }

  function toFailure(name: string, error: unknown): FailureValue {
    if (isCancelled(error)) return cancelled().toValue();
    if (error instanceof Failure) return error.toValue();
    const bugId = options.reportBug(name, error);
    return {
      code: 'bug',
      message: 'Something broke inside Portside.',
      hint: `The log has the details under ${bugId}.`,
      bugId,
    };
  }

  async function run(id: number, name: string, input: unknown): Promise<void> {
    const operation = Object.hasOwn(contract, name) ? contract[name] : undefined;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (!operation || !handler) {
      return end(id, {
        kind: 'failed',
        id,
        failure: { code: 'bad-input', message: `There is no operation "${name}".` },
      });
    }
    // A Map or an array without keys would pass for an object without fields.
    if (Object.prototype.toString.call(input) !== '[object Object]') {
      const message = `${name}: input: not an object of named fields`;
      return end(id, { kind: 'failed', id, failure: { code: 'bad-input', message } });
    }
    const parsed = operation.input.safeParse(input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = issue?.path.join('.') || 'input';
      return end(id, {
        kind: 'failed',
        id,
        failure: { code: 'bad-input', message: `${name}: ${where}: ${issue?.message ?? 'not valid'}` },
      });
    }
    const abort = calls.get(id);
    if (!abort) return;
    const { signal } = abort;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(cancelled()), { once: true });
    });
    const emit = (item: unknown) => {
      if (!closed && calls.has(id)) port.post({ kind: 'item', id, item });
    };
    try {
      const output = await Promise.race([handler(parsed.data as never, { signal, emit: emit as never }), aborted]);
      end(id, { kind: 'done', id, output });
    } catch (error) {
      end(id, { kind: 'failed', id, failure: toFailure(name, error) });
    }
  }

  port.listen((message) => {
    if (closed || !isClientMessage(message)) return;
    if (message.kind === 'abort') {
      calls.get(message.id)?.abort();
      return;
    }
    if (calls.has(message.id)) return;
    if (calls.size >= maxCalls) {
      port.post({
        kind: 'failed',
        id: message.id,
        failure: { code: 'bad-input', message: `More than ${maxCalls} calls are under way.` },
      });
      return;
    }
    calls.set(message.id, new AbortController());
    void run(message.id, message.name, message.input);
  });

  return {
    close() {
      closed = true;
      for (const abort of calls.values()) abort.abort();
      calls.clear();
    },
  };
}
