import { cancelled } from '../../shared/base/failure.ts';

/** Something that happens again and again, with listeners that come and go. */
export interface Feed<T> {
  emit(item: T): void;
  /** Returns the function that ends the listening. */
  listen(listener: (item: T) => void): () => void;
}

export function makeFeed<T>(): Feed<T> {
  const listeners = new Set<(item: T) => void>();
  return {
    emit(item) {
      for (const listener of [...listeners]) listener(item);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Like a feed, but what comes while nobody listens waits for the next listener: at most `most` items, the newest. */
export function makeMailbox<T>(most: number): Feed<T> {
  const feed = makeFeed<T>();
  let listeners = 0;
  let waiting: readonly T[] = [];
  return {
    emit(item) {
      if (listeners === 0) waiting = [...waiting, item].slice(-most);
      else feed.emit(item);
    },
    listen(listener) {
      const stop = feed.listen(listener);
      let isListening = true;
      listeners += 1;
      const kept = waiting;
      waiting = [];
      for (const item of kept) listener(item);
      return () => {
        if (isListening) listeners -= 1;
        isListening = false;
        stop();
      };
    },
  };
}

/** A subscription as a handler: passes everything on until the caller aborts, then ends as `cancelled`. */
export function follow<T>(feed: Feed<T>, emit: (item: T) => void, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = feed.listen(emit);
    const end = () => {
      stop();
      reject(cancelled());
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
