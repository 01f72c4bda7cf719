import type { z } from 'zod';

/**
 * One mechanism for everything that crosses a border: an operation takes one input, may emit items, ends with one output
 * or one failure, and can be aborted. A subscription is an operation that ends only when aborted; so call, progress,
 * stream, cancel and watch are one thing. A table of operations is a contract; handlers are mapped from its type, so a
 * missing handler does not compile.
 */
export interface Operation<Input = unknown, Item = unknown, Output = unknown> {
  /** Parses what came over the wire; everything outside it is refused with `bad-input`. */
  readonly input: z.ZodType<Input>;
  /** Types only: never set. Outputs come from our own side and are not parsed again. */
  readonly item?: Item;
  readonly output?: Output;
}

/** Declares an operation: `operation(schema).returns<Output>()` or `operation(schema).emits<Item>().returns<Output>()`. */
export function operation<Input>(input: z.ZodType<Input>) {
  return {
    returns: <Output>(): Operation<Input, never, Output> => ({ input }),
    emits: <Item>() => ({ returns: <Output>(): Operation<Input, Item, Output> => ({ input }) }),
  };
}

/** A table of operations, keyed by `noun.verb`. */
export type Contract = Readonly<Record<string, Operation>>;

export type InputOf<O> = O extends Operation<infer Input, infer _Item, infer _Output> ? Input : never;
export type ItemOf<O> = O extends Operation<infer _Input, infer Item, infer _Output> ? Item : never;
export type OutputOf<O> = O extends Operation<infer _Input, infer _Item, infer Output> ? Output : never;

/** What a handler gets beside its input. */
export interface CallContext<Item = never> {
  /** Aborted when the caller no longer wants the answer; the handler must stop its work soon after. */
  readonly signal: AbortSignal;
  /** Sends one item to the caller. Does nothing after the call has ended. */
  readonly emit: (item: Item) => void;
}

/** The functions that answer a contract. A store, a service and a remote client all have this shape. */
export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: (input: InputOf<C[K]>, context: CallContext<ItemOf<C[K]>>) => Promise<OutputOf<C[K]>>;
};

/** Items of calls that emit none, for callers that hold a handler directly. */
export function ignoreItems(signal: AbortSignal): CallContext<unknown> {
  return { signal, emit: () => undefined };
}
