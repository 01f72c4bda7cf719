import { cancelled } from '../../shared/base/failure.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';

/** Work that several callers wait for. */
export interface SharedWork<Item, Result> {
  join(context: CallContext<Item>): Promise<Result>;
  /** Whether the last one that waited was aborted before the work had ended. */
  isGivenUp(): boolean;
}

/** Starts work that goes on as long as somebody waits for it; `onEnd` is called when it has ended, however. */
export function shareWork<Item, Result>(
  run: (context: CallContext<Item>) => Promise<Result>,
  onEnd: () => void,
): SharedWork<Item, Result> {
  const controller = new AbortController();
  const callers = new Set<CallContext<Item>>();
  const work = run({
    signal: controller.signal,
    emit: (item) => {
      for (const caller of callers) caller.emit(item);
    },
  }).finally(onEnd);
  work.catch(() => undefined);
  return {
    isGivenUp: () => controller.signal.aborted,
    join: (context) =>
      new Promise((resolve, reject) => {
        const { signal } = context;
        callers.add(context);
        const leave = () => {
          callers.delete(context);
          signal.removeEventListener('abort', onAbort);
        };
        const onAbort = () => {
          leave();
          if (callers.size === 0) controller.abort();
          reject(cancelled());
        };
        if (signal.aborted) return onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
        work.then(resolve, reject).finally(leave);
        return undefined;
      }),
  };
}
