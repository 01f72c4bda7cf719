import type { StateStorage } from 'zustand/middleware';
import { besideMark } from '../shared/ipc/window-bridge.ts';

/**
 * Where a window keeps what was chosen in it. The first window of a workspace keeps it from start to start. A further one
 * begins with what the first had, and keeps its own for as long as it is open: it outlives a reload and changes nothing
 * for the first, except for `shared`, the choices that are the person's in every window.
 */
export function choicesStorage(shared: readonly string[]): StateStorage {
  if (window.location.hash !== besideMark) return window.localStorage;
  return {
    getItem: (name) => window.sessionStorage.getItem(name) ?? window.localStorage.getItem(name),
    setItem(name, value) {
      window.sessionStorage.setItem(name, value);
      const kept = stateIn(window.localStorage.getItem(name));
      const own = stateIn(value);
      if (!kept || !own) return;
      const { state, ...rest } = kept;
      window.localStorage.setItem(name, JSON.stringify({ ...rest, state: { ...state, ...pick(own.state, shared) } }));
    },
    removeItem: (name) => window.sessionStorage.removeItem(name),
  };
}

/**
 * Calls back with what another window changed of the choices `shared` under `name`, as it was kept there. Returns what
 * ends it.
 */
export function followOtherWindows(
  name: string,
  shared: readonly string[],
  onChange: (change: Readonly<Record<string, unknown>>) => void,
): () => void {
  const hear = (event: StorageEvent) => {
    if (event.key !== name || event.storageArea !== window.localStorage) return;
    const kept = stateIn(event.newValue);
    if (kept) onChange(pick(kept.state, shared));
  };
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}

interface Kept {
  readonly state: Readonly<Record<string, unknown>>;
}

function stateIn(text: string | null): Kept | undefined {
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isKept = typeof value === 'object' && value !== null && 'state' in value;
    return isKept && typeof value.state === 'object' && value.state !== null ? (value as Kept) : undefined;
  } catch {
    return undefined;
  }
}

function pick(state: Kept['state'], keys: readonly string[]): Kept['state'] {
  return Object.fromEntries(keys.filter((key) => key in state).map((key) => [key, state[key]]));
}
