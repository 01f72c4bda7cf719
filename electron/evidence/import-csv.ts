import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { maxRecordBytes, type Piece, rejection } from './import-split.ts';

const quote = 0x22;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** A row with quoted newlines is looked for this far; beyond it an open quote is taken for a stray one. */
const maxSpreadBytes = 65_536;

/**
 * Walks over the rows of a CSV, the header left out, each with the line it starts at. A row that has not as many values as the
 * header is rejected; where it went over several lines, only its first line is, and reading goes on at the next: one
 * stray quote must not swallow what follows.
 */
export async function* splitCsvRows(
  path: string,
  options: { readonly delimiter: string; readonly columns: number },
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const delimiter = options.delimiter.charCodeAt(0);
  let line = 0;
  /** Lines that are not settled yet: the first one is where the row under way starts. */
  let pending: Buffer[] = [];
  for await (const bytes of rawLines(path, signal)) {
    if (line === 0 && pending.length === 0) {
      line = 1;
      // The header has no newlines in it: `sniff` read it as one line.
      continue;
    }
    pending.push(bytes);
    for (const piece of settle(false)) yield piece;
  }
  for (const piece of settle(true)) yield piece;

  function* settle(isEnd: boolean): Generator<Piece> {
    while (pending.length > 0) {
      const whole = pending.length === 1 ? (pending[0] ?? Buffer.alloc(0)) : joinLines(pending);
      if (pending.length === 1 && isBlank(whole)) {
        line++;
        pending = [];
        return;
      }
      const { values, isOpen } = countValues(whole, delimiter);
      if (isOpen && !isEnd && whole.length <= maxSpreadBytes) return;
      const fault = faultOf(whole, values, isOpen);
      if (fault === undefined) {
        yield { kind: 'record', line: line + 1, bytes: whole };
        line += pending.length;
        pending = [];
        return;
      }
      const [first = Buffer.alloc(0), ...rest] = pending;
      yield rejection(line + 1, pending.length > 1 ? 'a quote is opened and not closed' : fault, first);
      line++;
      // What came after the first line is read anew, line by line.
      pending = [];
      for (const again of rest) {
        pending.push(again);
        yield* settle(false);
      }
      if (!isEnd) return;
    }
  }

  function faultOf(bytes: Buffer, values: number, isOpen: boolean): string | undefined {
    if (bytes.length > maxRecordBytes) return `longer than ${maxRecordBytes} bytes`;
    if (isOpen) return 'a quote is opened and not closed';
    if (values !== options.columns) return `${values} values where the header has ${options.columns}`;
    return isUtf8(bytes) ? undefined : 'not UTF-8';
  }
}

const isBlank = (bytes: Buffer) => bytes.every((byte) => byte === carriageReturn || byte === 0x20);

function joinLines(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])));
}

/** How many values a row has, and whether a quote is still open at its end. */
function countValues(bytes: Buffer, delimiter: number): { readonly values: number; readonly isOpen: boolean } {
  let values = 1;
  let isQuoted = false;
  let isStart = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isQuoted) {
      if (byte === quote) {
        if (bytes[at + 1] === quote) at++;
        else isQuoted = false;
      }
    } else if (byte === quote && isStart) isQuoted = true;
    else if (byte === delimiter) values++;
    isStart = !isQuoted && byte === delimiter;
  }
  return { values, isOpen: isQuoted };
}

/** Lines without their newline; of one that is too long only as much as shows that it is. */
async function* rawLines(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    const buffer = chunk as Buffer;
    let start = 0;
    for (let at = buffer.indexOf(newline); at >= 0; at = buffer.indexOf(newline, start)) {
      const last = buffer.subarray(start, at);
      yield rest.length === 0 ? last : Buffer.concat([...rest, last]);
      rest = [];
      restBytes = 0;
      start = at + 1;
    }
    if (start < buffer.length && restBytes <= maxRecordBytes) {
      rest.push(buffer.subarray(start));
      restBytes += buffer.length - start;
    }
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
