/**
 * The chain of an append-only journal, apart from any disk. A line is one entry; its hash is SHA-256 over the exact bytes
 * of the line without the newline, and the next line names it as `prev`. So there is no canonical form to get wrong, and
 * `sed -n 3p | tr -d '\n' | sha256sum` gives what line 4 must name. The last line has nothing after it, so each line also
 * ends with a sum over its own beginning: a change there is told apart from a torn write, which has no newline.
 * What a chain cannot show is a cut tail or a journal written anew; heads that are kept elsewhere show that.
 */

/** The newest journal format that this version writes and reads; all older ones are read too. */
export const journalFormat = 1;

export type JournalKind = 'case' | 'workspace';

export interface JournalEntry {
  /** 1 for the first entry. */
  readonly seq: number;
  /** Wall time, ISO 8601 in UTC. */
  readonly at: string;
  /** A clock that never jumps, in milliseconds; comparable only between entries of one start of the machine. */
  readonly monotonicMs: number;
  readonly actor: string;
  readonly kind: string;
  readonly payload: unknown;
  /** Hash of the entry before; for the first entry, of the journal's kind, format and id. */
  readonly prev: string;
}

export interface ChainedEntry extends JournalEntry {
  readonly hash: string;
}

/** SHA-256 of bytes, as 64 lower-case hex digits. Injected: Node, browsers and tests each have their own. */
export type Sha256 = (bytes: Uint8Array) => string;

/** How a journal's bytes end, after the last good entry. */
export type JournalEnd =
  | { readonly kind: 'whole' }
  /** A write that was cut: no newline. Nothing acknowledged is in it. */
  | { readonly kind: 'torn'; readonly offset: number; readonly bytes: number }
  /** Changed, removed, added or reordered bytes. `line` is 1-based. */
  | { readonly kind: 'damaged'; readonly line: number; readonly offset: number; readonly problem: string }
  | { readonly kind: 'too-new'; readonly format: number };

export interface JournalReading {
  readonly id: string | undefined;
  readonly format: number | undefined;
  readonly entries: readonly ChainedEntry[];
  /** Hash of the last good entry; undefined where there is none. */
  readonly head: string | undefined;
  /** Bytes up to and with the newline of the last good entry. */
  readonly goodBytes: number;
  readonly end: JournalEnd;
}

/** What the first entry names as its predecessor. */
export function genesisHash(kind: JournalKind, format: number, id: string, sha256: Sha256): string {
  return sha256(new TextEncoder().encode(`portside ${kind} journal, format ${format}, id ${id}`));
}

const sumMark = ',"sum":"';

/** Writes an entry as its line, with the newline. */
export function toJournalLine(
  entry: JournalEntry,
  sha256: Sha256,
): { readonly bytes: Uint8Array; readonly hash: string } {
  const { seq, at, monotonicMs, actor, kind, payload, prev } = entry;
  const text = JSON.stringify({ seq, at, monotonicMs, actor, kind, payload, prev });
  const encoder = new TextEncoder();
  const body = text.slice(0, -1);
  const line = `${body}${sumMark}${sha256(encoder.encode(body))}"}`;
  return { bytes: encoder.encode(`${line}\n`), hash: sha256(encoder.encode(line)) };
}

/** The first entry's payload: what the journal is. Further fields belong to its kind. */
export interface JournalOpening {
  readonly format: number;
  readonly id: string;
}

/**
 * Reads a journal up to its first problem. Never throws: whatever the bytes are, the answer holds every good entry from
 * the start and says how the rest ends. `expectedId` is compared where it is known.
 */
export function readJournal(bytes: Uint8Array, kind: JournalKind, sha256: Sha256, expectedId?: string): JournalReading {
  const entries: ChainedEntry[] = [];
  let opening: JournalOpening | undefined;
  let head: string | undefined;
  let offset = 0;
  const done = (end: JournalEnd): JournalReading => ({
    id: opening?.id,
    format: opening?.format,
    entries,
    head,
    goodBytes: offset,
    end,
  });
  while (offset < bytes.length) {
    const newline = bytes.indexOf(0x0a, offset);
    if (newline < 0) return done({ kind: 'torn', offset, bytes: bytes.length - offset });
    const damaged = (problem: string) => done({ kind: 'damaged', line: entries.length + 1, offset, problem });
    const parsed = parseLine(bytes.subarray(offset, newline), sha256);
    if (parsed.kind === 'bad') return damaged(parsed.problem);
    const { entry, hash } = parsed;
    if (entry.seq !== entries.length + 1)
      return damaged(
        `It is numbered ${entry.seq} where ${entries.length + 1} must stand: entries are missing, added or swapped.`,
      );
    if (opening === undefined) {
      const found = openingOf(entry.payload);
      if (found === undefined) return damaged('The first entry does not say which journal this is.');
      if (found.format > journalFormat) return done({ kind: 'too-new', format: found.format });
      if (expectedId !== undefined && found.id !== expectedId)
        return damaged(`It belongs to ${found.id}, not to ${expectedId}.`);
      if (entry.prev !== genesisHash(kind, found.format, found.id, sha256))
        return damaged('The first entry does not follow from the journal’s id and format.');
      opening = found;
    } else if (entry.prev !== head) {
      return damaged('It does not follow the entry before it: its "prev" is not that entry’s hash.');
    }
    entries.push({ ...entry, hash });
    head = hash;
    offset = newline + 1;
  }
  return done({ kind: 'whole' });
}

type ParsedLine =
  | { readonly kind: 'good'; readonly entry: JournalEntry; readonly hash: string }
  | { readonly kind: 'bad'; readonly problem: string };

function parseLine(line: Uint8Array, sha256: Sha256): ParsedLine {
  const bad = (problem: string): ParsedLine => ({ kind: 'bad', problem });
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(line);
    value = JSON.parse(text);
  } catch {
    return bad('It is not a JSON object in UTF-8.');
  }
  const entry = entryOf(value);
  const markAt = text.lastIndexOf(sumMark);
  if (entry === undefined || markAt < 0) return bad('It lacks the fields of an entry.');
  const encoder = new TextEncoder();
  const sum = sha256(encoder.encode(text.slice(0, markAt)));
  // Compared as a whole, so that nothing can stand behind or between; a byte-order mark dies in the byte comparison.
  if (text.slice(markAt) !== `${sumMark}${sum}"}` || encoder.encode(text).length !== line.length)
    return bad('It was changed: its sum does not fit its content.');
  return { kind: 'good', entry, hash: sha256(line) };
}

function entryOf(value: unknown): JournalEntry | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { seq, at, monotonicMs, actor, kind, payload, prev } = value as Record<string, unknown>;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq)) return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  if (typeof monotonicMs !== 'number' || typeof actor !== 'string' || typeof kind !== 'string') return undefined;
  if (typeof prev !== 'string' || !/^[0-9a-f]{64}$/.test(prev)) return undefined;
  return { seq, at, monotonicMs, actor, kind, payload, prev };
}

function openingOf(payload: unknown): JournalOpening | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { format, id } = payload as Record<string, unknown>;
  if (typeof format !== 'number' || !Number.isSafeInteger(format) || format < 1) return undefined;
  return typeof id === 'string' && id !== '' ? { format, id } : undefined;
}

/** A note kept beside a journal, or elsewhere, of how far it reached: what shows a cut tail. */
export interface JournalHead {
  readonly entries: number;
  readonly hash: string;
}

/** Why a reading contradicts a head that was noted earlier; undefined where it agrees. A journal may have grown since. */
export function contradictionOf(reading: JournalReading, noted: JournalHead): string | undefined {
  const entry = reading.entries[noted.entries - 1];
  if (entry === undefined)
    return `It once had ${noted.entries} entries and now has ${reading.entries.length}: the end was cut.`;
  return entry.hash === noted.hash
    ? undefined
    : `Entry ${noted.entries} is not the one that was noted earlier: the journal was written anew.`;
}

/** The first eight hex digits of a hash, for the eye. */
export function shortHash(hash: string): string {
  return hash.slice(0, 8);
}
