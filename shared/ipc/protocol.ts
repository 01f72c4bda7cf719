import type { FailureValue } from '../base/failure.ts';

/** From the caller. `id` is unique for as long as the port lives. */
export type ClientMessage =
  | { readonly kind: 'start'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'abort'; readonly id: number };

/** From the answering side: any number of items, then exactly one of done and failed. */
export type ServerMessage =
  | { readonly kind: 'item'; readonly id: number; readonly item: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: FailureValue };

/**
 * One end of a two-way line that carries structured-clonable values in order. Renderer and main, main and the engine
 * process, and tests (in memory) each make one.
 */
export interface Port<Out, In> {
  post(message: Out): void;
  /** Registers the one listener. Messages that came earlier are not replayed. */
  listen(onMessage: (message: In) => void): void;
}

/** What a message must look like before it is trusted at all; anything else is dropped by the server. */
export function isClientMessage(message: unknown): message is ClientMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { kind, id, name } = message as Record<string, unknown>;
  if (!Number.isSafeInteger(id)) return false;
  return kind === 'abort' || (kind === 'start' && typeof name === 'string' && name.length <= 100);
}

/** Two ports joined in memory, for tests and for one-process hosts. Values are cloned, as on a real line. */
export function makePortPair(): {
  readonly client: Port<ClientMessage, ServerMessage>;
  readonly server: Port<ServerMessage, ClientMessage>;
} {
  let toClient: (message: ServerMessage) => void = () => undefined;
  let toServer: (message: ClientMessage) => void = () => undefined;
  return {
    client: {
      post: (message) => {
        const copy = structuredClone(message);
        queueMicrotask(() => toServer(copy));
      },
      listen: (onMessage) => {
        toClient = onMessage;
      },
    },
    server: {
      post: (message) => {
        const copy = structuredClone(message);
        queueMicrotask(() => toClient(copy));
      },
      listen: (onMessage) => {
        toServer = onMessage;
      },
    },
  };
}
