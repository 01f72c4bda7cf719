import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import { assertExists } from '../shared/base/assert.ts';
import type { LiveState } from '../shared/model/live.ts';
import type { WorkbenchClient } from './ipc.ts';

/** The newest state of the capture, shared by the title bar and the live view. */
export interface LiveWatch {
  state(): LiveState | undefined;
  subscribe(listener: () => void): () => void;
  /** Starts hearing; returns what ends it. */
  start(client: WorkbenchClient): () => void;
}

/** Makes the watch of one window. */
export function makeLiveWatch(): LiveWatch {
  let state: LiveState | undefined;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start(client) {
      const abort = new AbortController();
      client
        .call(
          'live.watch',
          {},
          {
            signal: abort.signal,
            onItem: (next) => {
              state = next;
              for (const listener of listeners) listener();
            },
          },
        )
        // A system that can be watched in no way has no state; the live view says so when it is asked to start.
        .catch(() => undefined);
      return () => abort.abort();
    },
  };
}

/** Gives every view the watch of its window. */
export const LiveContext = createContext<LiveWatch | undefined>(undefined);

/** The state of the capture now; undefined before the first word of it. */
export function useLive(): LiveState | undefined {
  const watch = assertExists(useContext(LiveContext), 'live watch of the window');
  return useSyncExternalStore(watch.subscribe, watch.state);
}

/** Hears the capture for as long as the window is there. */
export function useLiveWatch(watch: LiveWatch, client: WorkbenchClient): void {
  useEffect(() => watch.start(client), [watch, client]);
}
