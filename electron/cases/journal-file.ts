import { createHash } from 'node:crypto';
import { mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChainedEntry,
  contradictionOf,
  genesisHash,
  type JournalEntry,
  type JournalHead,
  type JournalKind,
  type JournalReading,
  journalFormat,
  readJournal,
  toJournalLine,
} from '../../shared/analysis/journal.ts';
import { type Failure, fail } from '../../shared/base/failure.ts';
import { toWriteFailure, writeFileAtomic } from '../platform/atomic-file.ts';
import { type Clock, clockJump } from './clock.ts';
import { takeLock } from './file-lock.ts';

/** Which journal: its folder (one journal a folder), what it is, and its id where that is known. */
export interface JournalPlace {
  readonly folder: string;
  readonly kind: JournalKind;
  readonly id?: string | undefined;
}

/** Who writes, and by which clock. */
export interface JournalWriter {
  readonly actor: string;
  readonly clock: Clock;
  /** How long to wait for another writer; see `takeLock`. */
  readonly lockWaitMs?: number | undefined;
}

/** What is appended: the rest of an entry is the journal's own business. */
export interface NewEntry {
  readonly kind: string;
  readonly payload: unknown;
  /** Who did it, where that is not the writer, such as `portside` for what the program did by itself. */
  readonly actor?: string | undefined;
}

/** A journal open for writing. It holds the lock until it is closed. */
export interface OpenJournal {
  /** All entries, those just appended included. */
  readonly entries: readonly ChainedEntry[];
  /** Appends entries in order and returns when they are on the disk. Ends with `disk-full`, leaving what was there. */
  append(entries: readonly NewEntry[]): Promise<readonly ChainedEntry[]>;
  close(): Promise<void>;
}

/** A journal as it is on the disk: its good entries, and what is wrong with the rest. */
export interface JournalState extends JournalReading {
  /** What contradicts the chain or the note of its head, as a sentence with its place; undefined where nothing does. */
  readonly damage: string | undefined;
  /** True where the note of the head is missing, so that a cut tail could not be noticed from it. */
  readonly isHeadMissing: boolean;
}

const journalName = 'journal.ndjson';
const headName = 'journal.head';
const lockName = 'journal.lock';
/** No journal of one case comes near; a larger file is not ours. */
const maxJournalBytes = 512_000_000;

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function journalPath(folder: string): string {
  return join(folder, journalName);
}

/** The note of a journal's head, which tells of a cut end. */
export function journalHeadPath(folder: string): string {
  return join(folder, headName);
}

/** Reads a journal without taking its lock and without mending anything. Ends with `not-found` where there is none. */
export async function readJournalState(place: JournalPlace): Promise<JournalState> {
  const path = journalPath(place.folder);
  // The head first: an append writes the journal before its head, so a head read earlier is never ahead of the journal.
  const head = await readHead(place.folder);
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > maxJournalBytes) throw fail('case-damaged', `${path} has ${size} bytes, more than any journal.`);
    bytes = await readFile(path);
  } catch (error) {
    if (isMissing(error)) throw fail('not-found', `There is no journal in ${place.folder}.`);
    throw error;
  }
  const reading = readJournal(bytes, place.kind, sha256Of, place.id);
  const problem =
    reading.end.kind === 'damaged'
      ? `Entry ${reading.end.line} (byte ${reading.end.offset}): ${reading.end.problem}`
      : head === 'missing'
        ? undefined
        : head === 'unreadable'
          ? `${headName} cannot be understood.`
          : contradictionOf(reading, head);
  return { ...reading, damage: problem, isHeadMissing: head === 'missing' };
}

/** The Failure for a journal that must not be written on; undefined where it may. */
export function failureOf(state: JournalState, what: string): Failure | undefined {
  if (state.end.kind === 'too-new')
    return fail(
      'case-too-new',
      `${what} was written by a newer version (format ${state.end.format}; this one knows ${journalFormat}).`,
      'Open it with a newer version of Portside.',
    );
  if (state.damage !== undefined)
    return fail(
      'case-damaged',
      `${what} was changed outside Portside. ${state.damage}`,
      `The ${state.entries.length} entries before can be read; nothing more is written to it.`,
    );
  return undefined;
}

/** Makes a journal with its first entry, whole or not at all. Ends with `bad-input` where there is one already. */
export async function createJournal(
  place: JournalPlace & { readonly id: string },
  writer: JournalWriter,
  opening: { readonly kind: string; readonly payload: Readonly<Record<string, unknown>> },
): Promise<ChainedEntry> {
  const path = journalPath(place.folder);
  await mkdir(place.folder, { recursive: true }).catch((error: unknown) => {
    throw toWriteFailure(place.folder, error);
  });
  // Two processes may want to make the same journal at once; the second finds it made.
  const lock = await takeLock(join(place.folder, lockName), `The journal in ${place.folder}`, {
    waitMs: writer.lockWaitMs,
  });
  try {
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      throw fail('bad-input', `There is a journal in ${place.folder} already.`);
    const entry: JournalEntry = {
      seq: 1,
      at: new Date(writer.clock.wallMs()).toISOString(),
      monotonicMs: writer.clock.monotonicMs(),
      actor: writer.actor,
      kind: opening.kind,
      payload: { format: journalFormat, id: place.id, ...opening.payload },
      prev: genesisHash(place.kind, journalFormat, place.id, sha256Of),
    };
    const line = toJournalLine(entry, sha256Of);
    // The head first: a head without a journal is no journal, a journal without its head would look cut.
    await writeHead(place.folder, { entries: 1, hash: line.hash });
    await writeFileAtomic(path, line.bytes);
    return { ...entry, hash: line.hash };
  } finally {
    await lock.release();
  }
}

/**
 * Opens a journal for writing. A torn tail is kept aside as `journal.torn-<time>`, cut, and recorded as the next entry.
 * Ends with `case-locked` (another writer), `case-damaged`, `case-too-new` or `not-found`.
 */
export async function openJournal(place: JournalPlace, writer: JournalWriter, what: string): Promise<OpenJournal> {
  const lock = await takeLock(join(place.folder, lockName), what, { waitMs: writer.lockWaitMs }).catch(
    (error: unknown) => {
      throw isMissing(error) ? fail('not-found', `There is no journal in ${place.folder}.`) : error;
    },
  );
  try {
    const state = await readJournalState(place);
    const failure = failureOf(state, what);
    if (failure) throw failure;
    return await makeOpenJournal(place, writer, state, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function makeOpenJournal(
  place: JournalPlace,
  writer: JournalWriter,
  state: JournalState,
  release: () => Promise<void>,
): Promise<OpenJournal> {
  const path = journalPath(place.folder);
  const entries = [...state.entries];
  let size = state.goodBytes;
  let prev = state.head ?? genesisHash(place.kind, journalFormat, place.id ?? '', sha256Of);
  let isClosed = false;
  let queue: Promise<unknown> = Promise.resolve();
  let lastReading: { wallMs: number; monotonicMs: number | undefined } = {
    wallMs: Date.parse(entries.at(-1)?.at ?? new Date(0).toISOString()),
    monotonicMs: undefined,
  };

  async function write(news: readonly NewEntry[]): Promise<readonly ChainedEntry[]> {
    if (isClosed) throw new Error('The journal is closed.');
    const wallMs = writer.clock.wallMs();
    const monotonicMs = writer.clock.monotonicMs();
    const jump = clockJump(lastReading, { wallMs, monotonicMs });
    const all: NewEntry[] = jump
      ? [{ kind: 'clock.jumped', actor: 'portside', payload: { ...jump } }, ...news]
      : [...news];
    const made: ChainedEntry[] = [];
    const parts: Uint8Array[] = [];
    let before = prev;
    for (const one of all) {
      const entry: JournalEntry = {
        seq: entries.length + made.length + 1,
        at: new Date(wallMs).toISOString(),
        monotonicMs,
        actor: one.actor ?? writer.actor,
        kind: one.kind,
        payload: one.payload,
        prev: before,
      };
      const line = toJournalLine(entry, sha256Of);
      parts.push(line.bytes);
      made.push({ ...entry, hash: line.hash });
      before = line.hash;
    }
    const bytes = Buffer.concat(parts);
    await appendBytes(path, bytes, size);
    size += bytes.length;
    prev = before;
    entries.push(...made);
    lastReading = { wallMs, monotonicMs };
    await writeHead(place.folder, { entries: entries.length, hash: prev });
    return made.slice(made.length - news.length);
  }

  const journal: OpenJournal = {
    entries,
    append(news) {
      const done = queue.then(() => write(news));
      queue = done.catch(() => undefined);
      return done;
    },
    async close() {
      await queue;
      if (isClosed) return;
      isClosed = true;
      await release();
    },
  };
  if (state.end.kind === 'torn') {
    const torn = await setTornAside(place.folder, state.end.offset, writer.clock.wallMs());
    await journal.append([{ kind: 'journal.mended', actor: 'portside', payload: torn }]);
  }
  return journal;
}

/** One write and a sync. A write that fails or falls short is taken back, so that the journal ends where it did. */
async function appendBytes(path: string, bytes: Uint8Array, expectedSize: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    if (size !== expectedSize)
      throw fail(
        'case-damaged',
        `${path} has ${size} bytes where ${expectedSize} were left: something else wrote to it.`,
        'Open it again to see what can be read.',
      );
    try {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, expectedSize);
      if (bytesWritten !== bytes.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
      await handle.sync();
    } catch (error) {
      await handle.truncate(expectedSize).catch(() => undefined);
      throw toWriteFailure(path, error);
    }
  } finally {
    await handle.close();
  }
}

async function setTornAside(folder: string, offset: number, atMs: number): Promise<Readonly<Record<string, unknown>>> {
  const path = journalPath(folder);
  const torn = (await readFile(path)).subarray(offset);
  const keptAs = `journal.torn-${new Date(atMs).toISOString().replace(/[-:.]/g, '')}`;
  await writeFile(join(folder, keptAs), torn, { flush: true });
  await truncate(path, offset);
  return { bytes: torn.length, keptAs, sha256: sha256Of(torn) };
}

async function writeHead(folder: string, head: JournalHead): Promise<void> {
  await writeFileAtomic(journalHeadPath(folder), `${JSON.stringify(head)}\n`);
}

async function readHead(folder: string): Promise<JournalHead | 'missing' | 'unreadable'> {
  try {
    const value: unknown = JSON.parse(await readFile(journalHeadPath(folder), 'utf8'));
    const { entries, hash } = (value ?? {}) as Record<string, unknown>;
    return typeof entries === 'number' && typeof hash === 'string' ? { entries, hash } : 'unreadable';
  } catch (error) {
    return isMissing(error) ? 'missing' : 'unreadable';
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
