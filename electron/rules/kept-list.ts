import { randomUUID } from 'node:crypto';
import { fail } from '../../shared/base/failure.ts';

/** Removed entries that are kept to be put back. */
const maxRemoved = 100;

/** What somebody entered, with who and when. */
export interface Entered {
  readonly id: string;
  readonly author: string;
  readonly createdMs: number;
}

/** A list that people add to and remove from; the last that were removed can be put back. */
export interface KeptList<Draft, Entry extends Draft & Entered> {
  add(draft: Draft): Promise<Entry>;
  /** Fails with `not-found`. */
  remove(id: string): Promise<void>;
  /** Puts an entry back as it was. Fails with `not-found` where it is none of the last hundred that were removed. */
  restore(id: string): Promise<Entry>;
}

/** Both lists, of what holds and of what was removed, oldest first. `write` returns when they are on the disk. */
export function makeKeptList<Draft extends object, Entry extends Draft & Entered>(options: {
  /** What an entry is called in messages, such as "exception". */
  readonly noun: string;
  readonly read: () => Promise<{ readonly entries: readonly Entry[]; readonly removed: readonly Entry[] }>;
  readonly write: (entries: readonly Entry[], removed: readonly Entry[]) => Promise<void>;
  readonly author: string;
  readonly now: () => number;
}): KeptList<Draft, Entry> {
  const { noun, read, write } = options;
  let changing: Promise<unknown> = Promise.resolve();

  /** One change at a time: each begins with what the one before left. */
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = changing.then(change);
    changing = turn.catch(() => undefined);
    return turn;
  }

  return {
    add: (draft) =>
      inTurn(async () => {
        const { entries, removed } = await read();
        const entry = { ...draft, id: randomUUID(), author: options.author, createdMs: options.now() } as Draft &
          Entered as Entry;
        await write([...entries, entry], removed);
        return entry;
      }),
    remove: (id) =>
      inTurn(async () => {
        const { entries, removed } = await read();
        const entry = entries.find((known) => known.id === id);
        if (!entry) throw fail('not-found', `There is no ${noun} ${id}.`);
        await write(
          entries.filter((known) => known !== entry),
          [...removed, entry].slice(-maxRemoved),
        );
      }),
    restore: (id) =>
      inTurn(async () => {
        const { entries, removed } = await read();
        const entry = removed.find((known) => known.id === id);
        if (!entry) throw fail('not-found', `There is no removed ${noun} ${id}.`);
        await write(
          [...entries, entry],
          removed.filter((known) => known !== entry),
        );
        return entry;
      }),
  };
}
