/** An engine with what tells that its database was given up and must be opened again. */
export interface OpenedEngine<Engine> {
  readonly engine: Engine;
  readonly isOver: () => boolean;
}

/** Pause between two tries to open, in milliseconds: a disk that stays full must not be worn out by questions. */
const leastPauseMs = 1_000;

type Method = (...words: readonly unknown[]) => Promise<unknown>;

/**
 * An engine that is opened again by the first question after its database was given up. What the database held in memory
 * is gone with it, so the whole engine is made anew. Where that fails the questions end with the reason, and the next one
 * after a second tries again.
 */
export function keepOpen<Engine extends { close(): Promise<void> }>(
  first: OpenedEngine<Engine>,
  open: () => Promise<OpenedEngine<Engine>>,
): Engine {
  let current = first;
  let isClosed = false;
  let opening: Promise<void> | undefined;
  let failed: { readonly atMs: number; readonly error: unknown } | undefined;

  async function reopen(): Promise<void> {
    if (failed && performance.now() - failed.atMs < leastPauseMs) throw failed.error;
    await current.engine.close();
    try {
      const opened = await open();
      if (isClosed) await opened.engine.close();
      else current = opened;
      failed = undefined;
    } catch (error) {
      failed = { atMs: performance.now(), error };
      throw error;
    }
  }

  async function usable(): Promise<Engine> {
    if (current.isOver() && !isClosed) {
      opening ??= reopen().finally(() => {
        opening = undefined;
      });
      await opening;
    }
    return current.engine;
  }

  const methods = Object.keys(first.engine).map((name) => [
    name,
    async (...words: readonly unknown[]) => {
      const method = Reflect.get(await usable(), name) as Method;
      return method(...words);
    },
  ]);
  return {
    ...(Object.fromEntries(methods) as unknown as Engine),
    async close() {
      isClosed = true;
      await opening?.catch(() => undefined);
      await current.engine.close();
    },
  };
}
