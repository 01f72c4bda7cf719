import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { RejectedRow } from '../../shared/model/import-report.ts';

/** Longest document that is read, in bytes; longer ones are rejected. */
export const maxRecordBytes = 16_777_216;

/** Documents nested deeper than this are rejected: Elasticsearch itself stops at 20 levels of fields. */
const maxDepth = 200;

const quote = 0x22;
const backslash = 0x5c;
const newline = 0x0a;

/** One piece of a file: a document with its place (1-based line, or ordinal in an array), or why it is none. */
export type Piece =
  | { readonly kind: 'record'; readonly line: number; readonly bytes: Buffer }
  | { readonly kind: 'rejected'; readonly row: RejectedRow };

/** The start of what was there, with control characters made visible. */
export function excerpt(text: string): string {
  const start = text.slice(0, 200);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return start.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

export function rejection(line: number, reason: string, bytes?: Buffer | string): Piece {
  const found = typeof bytes === 'string' ? excerpt(bytes) : bytes && excerpt(bytes.subarray(0, 800).toString('utf8'));
  return { kind: 'rejected', row: { line, reason, found } };
}

/** Walks over the lines of a text file, or of a part of it; blank ones are no rows. `onBytes` is told how far it is. */
export async function* splitLines(
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => undefined,
  part?: { readonly start: number; readonly end: number },
): AsyncGenerator<Piece> {
  const splitter = makeLineSplitter();
  let doneBytes = 0;
  const range = part && { start: part.start, end: part.end - 1 };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal, ...range })) {
    for (const piece of splitter.push(chunk as Buffer)) yield piece;
    doneBytes += (chunk as Buffer).length;
    onBytes(doneBytes);
  }
  for (const piece of splitter.end()) yield piece;
}

/** The pieces of a whole text: its lines as `splitLines` has them, or its values as `splitValues` has them. */
export function* splitText(text: Buffer, by: 'lines' | 'values'): Generator<Piece> {
  const splitter = by === 'lines' ? makeLineSplitter() : makeValueSplitter();
  yield* splitter.push(text);
  yield* splitter.end();
}

function makeLineSplitter() {
  let line = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;
  let isTooLong = false;

  function finish(last: Buffer): Piece | undefined {
    line++;
    let bytes = rest.length === 0 ? last : Buffer.concat([...rest, last]);
    const wasTooLong = isTooLong || bytes.length > maxRecordBytes;
    rest = [];
    restBytes = 0;
    isTooLong = false;
    if (line === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    if (wasTooLong) return rejection(line, `longer than ${maxRecordBytes} bytes`, bytes);
    let from = 0;
    let to = bytes.length;
    while (from < to && (bytes[from] ?? 0) <= 0x20 && bytes[from] !== 0) from++;
    while (to > from && (bytes[to - 1] ?? 0) <= 0x20 && bytes[to - 1] !== 0) to--;
    return from === to ? undefined : { kind: 'record', line, bytes: bytes.subarray(from, to) };
  }

  function* push(chunk: Buffer): Generator<Piece> {
    let start = 0;
    for (let at = chunk.indexOf(newline, start); at >= 0; at = chunk.indexOf(newline, start)) {
      const piece = finish(chunk.subarray(start, at));
      if (piece) yield piece;
      start = at + 1;
    }
    if (start < chunk.length) {
      const tail = chunk.subarray(start);
      restBytes += tail.length;
      // What is too long is counted and shown by its start, never held whole.
      if (restBytes > maxRecordBytes) isTooLong = true;
      if (!isTooLong || rest.length === 0) rest.push(tail);
    }
  }

  function* end(): Generator<Piece> {
    if (rest.length === 0 && !isTooLong) return;
    const piece = finish(Buffer.alloc(0));
    if (piece) yield piece;
  }

  return { push, end };
}

/**
 * Walks over JSON values that may be spread over lines: one after the other, the elements of an array, or the hits of
 * search responses (`{"hits":{"hits":[…]}}`). Newlines inside a value become blanks. `line` is the ordinal of the value. Only the
 * first `maxBytes` are read.
 */
export async function* splitValues(
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => undefined,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Piece> {
  const splitter = makeValueSplitter();
  let doneBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal, end: maxBytes - 1 })) {
    yield* splitter.push(chunk as Buffer);
    doneBytes += (chunk as Buffer).length;
    onBytes(doneBytes);
  }
  yield* splitter.end();
}

/** Where the splitter is: between documents at `base` open brackets, or inside one. */
function makeValueSplitter() {
  let ordinal = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let isStart = true;
  /** Open brackets around the documents: 0, 1 in an array, 3 in a search response. */
  let base = 0;
  let isInRecord = false;
  /** Bytes of the document so far, when it began in an earlier chunk. */
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isTooLong = false;
  /** After the hits of a response: what follows in it is no document. */
  let isSkipping = false;
  /** Names of the first levels of a top-level object: they tell a response from a document. */
  let key = '';
  let isKeyOpen = false;
  const path: string[] = [];
  let lastKey = '';
  let hasEnded = false;

  function finish(bytes: Buffer): Piece {
    ordinal++;
    const whole = held.length === 0 ? bytes : Buffer.concat([...held, bytes]);
    held = [];
    heldBytes = 0;
    const wasTooLong = isTooLong || whole.length > maxRecordBytes;
    isTooLong = false;
    if (wasTooLong) return rejection(ordinal, `longer than ${maxRecordBytes} bytes`, whole);
    const copy = Buffer.from(whole);
    for (let at = 0; at < copy.length; at++) if (copy[at] === newline || copy[at] === 0x0d) copy[at] = 0x20;
    return { kind: 'record', line: ordinal, bytes: copy };
  }

  function* push(chunk: Buffer): Generator<Piece> {
    let start = isInRecord ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (isStart) {
        if (byte === 0xef || byte === 0xbb || byte === 0xbf || byte <= 0x20) continue;
        isStart = false;
        if (byte === 0x5b) {
          depth = 1;
          base = 1;
          continue;
        }
      }
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) {
          isInString = false;
          isKeyOpen = false;
          if (isInRecord && depth === base) {
            // A bare text as a document: no evidence, but it is told.
            yield finish(chunk.subarray(start, at + 1));
            isInRecord = false;
            start = -1;
          }
        } else if (isKeyOpen && key.length < 16) key += String.fromCharCode(byte);
        continue;
      }
      if (isSkipping) {
        if (byte === quote) isInString = true;
        else if (byte === 0x7b || byte === 0x5b) depth++;
        else if (byte === 0x7d || byte === 0x5d) depth--;
        isSkipping = depth > 0;
        continue;
      }
      if (!isInRecord) {
        if (byte <= 0x20 || byte === 0x2c) continue;
        if (byte === 0x5d || byte === 0x7d) {
          if (depth > 0) depth--;
          isSkipping = base === 3 && depth > 0;
          if (depth < base) base = 0;
          continue;
        }
        isInRecord = true;
        start = at;
        path.length = 0;
      }
      if (byte === quote) {
        isInString = true;
        if (base === 0 && depth <= 2) {
          isKeyOpen = true;
          key = '';
        }
      } else if (byte === 0x3a) {
        if (base === 0 && depth <= 2) lastKey = key;
      } else if (byte === 0x7b || byte === 0x5b) {
        if (base === 0 && depth < 3) path[depth] = depth === 0 ? '' : lastKey;
        depth++;
        if (base === 0 && byte === 0x5b && depth === 3 && path[1] === 'hits' && path[2] === 'hits') {
          // A search response: its hits are the documents, what is around them is none.
          base = 3;
          isInRecord = false;
          held = [];
          heldBytes = 0;
          isTooLong = false;
          start = -1;
        }
      } else if (byte === 0x7d || byte === 0x5d) {
        depth--;
        if (depth <= base) {
          const isClosedBySelf = depth === base;
          if (isClosedBySelf) yield finish(chunk.subarray(start, at + 1));
          else {
            // A scalar ran into the end of the array around it.
            yield finish(chunk.subarray(start, at));
            isSkipping = base === 3 && depth > 0;
            base = 0;
            depth = Math.max(0, depth);
          }
          isInRecord = false;
          start = -1;
        }
      } else if (depth === base && (byte === 0x2c || byte === newline)) {
        yield finish(chunk.subarray(start, at));
        isInRecord = false;
        start = -1;
      }
    }
    if (isInRecord && start >= 0) {
      const tail = chunk.subarray(start);
      heldBytes += tail.length;
      if (heldBytes > maxRecordBytes) isTooLong = true;
      if (!isTooLong || held.length === 0) held.push(Buffer.from(tail));
    }
  }

  function* end(): Generator<Piece> {
    if (hasEnded) return;
    hasEnded = true;
    if (isInRecord) {
      const piece = finish(Buffer.alloc(0));
      if (piece.kind === 'rejected') yield piece;
      else if (depth > base || isInString)
        yield rejection(piece.line, 'torn: the file ends inside this document', piece.bytes);
      else yield piece;
    } else if (depth > 0) {
      yield rejection(ordinal + 1, 'torn: the file ends before its array or object is closed');
    }
  }

  return { push, end };
}

/**
 * What is wrong with the bytes of one document, before anybody parses it: not UTF-8, nested too deeply, or one of `keys`
 * twice in one object (readers disagree which one counts, so neither does).
 */
export function findFault(bytes: Buffer, keys: ReadonlySet<string>): string | undefined {
  if (!isUtf8(bytes)) return 'not UTF-8';
  const seen: Set<string>[] = [];
  let depth = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      const from = at + 1;
      at = endOfString(bytes, from);
      let next = at + 1;
      while ((bytes[next] ?? 0) === 0x20 || bytes[next] === 0x09) next++;
      if (bytes[next] === 0x3a && at - from <= 64) {
        const key = bytes.toString('utf8', from, at);
        if (keys.has(key)) {
          const here = seen[depth] ?? new Set();
          if (here.has(key)) return `the key "${key}" stands twice in one object`;
          here.add(key);
          seen[depth] = here;
        }
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++;
      if (depth > maxDepth) return `nested more than ${maxDepth} levels deep`;
      seen[depth]?.clear();
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
      if (depth < 0) return 'not JSON: a bracket closes that was not open';
    } else if (byte === 0) return 'holds NUL bytes';
    at++;
  }
  return undefined;
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
