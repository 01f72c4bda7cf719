import { isUtf8 } from 'node:buffer';

/** What the start of a file says about the rest. */
export type Sniffed =
  | { readonly kind: 'parquet' }
  /** A JSON document a line. */
  | { readonly kind: 'lines' }
  /** One JSON array of documents. */
  | { readonly kind: 'array' }
  /** JSON values over several lines, or one big object around the documents, such as a search response. */
  | { readonly kind: 'values' }
  | { readonly kind: 'csv'; readonly header: readonly string[]; readonly delimiter: string; readonly hasMark: boolean }
  | { readonly kind: 'unknown'; readonly reason: string };

/** How many bytes `sniff` wants to see. */
export const sniffBytes = 262_144;

export const expectedEvidence =
  'Expected NDJSON, a JSON array, a search response, CSV with a header of field names, or Parquet, each also gzipped.';

const knownColumn =
  /^(_source\.|fields\.)?(@timestamp|(event|file|host|process|user|device|kibana)\.[\w.]+|job_id|record_score)$/;

/** Recognises a file by its first bytes (already gunzipped); `isWhole` says that they are all of it. */
export function sniff(head: Buffer, isWhole: boolean): Sniffed {
  if (head.length === 0) return { kind: 'unknown', reason: 'is empty' };
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return { kind: 'parquet' };
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff) || isWideText(head)) {
    return { kind: 'unknown', reason: 'is UTF-16 text; convert it to UTF-8 first' };
  }
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  const text = head.subarray(hasMark ? 3 : 0).toString('utf8');
  const start = text.trimStart();
  if (start === '') return { kind: 'unknown', reason: 'holds nothing but blanks' };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (!isWhole && lines.length > 1) lines.pop();
  if (start[0] === '{') return { kind: isSpread(lines, isWhole) ? 'values' : 'lines' };
  // A first line of garbage must not hide the documents below it.
  const documents = lines.slice(0, 50).filter((line) => /^\s*\{.*\}\s*$/.test(line)).length;
  if (documents > 0 && documents * 2 >= Math.min(lines.length, 50)) return { kind: 'lines' };
  if (start[0] === '[') return { kind: 'array' };
  const csv = sniffCsv(lines[0] ?? '', hasMark);
  if (csv) return csv;
  if (lines.slice(0, 50).some((line) => /^\s*\{"/.test(line))) return { kind: 'lines' };
  return { kind: 'unknown', reason: isUtf8(head.subarray(0, 1024)) ? 'is text of another kind' : 'is of another kind' };
}

/** Every second byte NUL: UTF-16 without a mark. */
function isWideText(head: Buffer): boolean {
  const length = Math.min(head.length, 64) & ~1;
  if (length < 8) return false;
  const nulls = [0, 0];
  for (let index = 0; index < length; index++) if (head[index] === 0) nulls[index % 2] = (nulls[index % 2] ?? 0) + 1;
  return Math.max(nulls[0] ?? 0, nulls[1] ?? 0) > length / 3 && Math.min(nulls[0] ?? 0, nulls[1] ?? 0) === 0;
}

/** Whether the first document is not one line: pretty-printed, or a search response. */
function isSpread(lines: readonly string[], isWhole: boolean): boolean {
  const first = (lines[0] ?? '').trim();
  if (/^\{\s*("(took|timed_out|_shards|_scroll_id|pit_id|num_reduce_phases|hits)"\s*:)/.test(first)) return true;
  if (/^\{\s*("[^"]*"\s*:?\s*[[{]?)?\s*$/.test(first)) return lines.length > 1 || !isWhole;
  return false;
}

function sniffCsv(line: string, hasMark: boolean): Sniffed | undefined {
  const header = line.replace(/\r$/, '');
  for (const delimiter of [',', ';', '\t', '|']) {
    const names = splitCsvLine(header, delimiter);
    if (names?.some((name) => knownColumn.test(name.trim()))) {
      return { kind: 'csv', header: names.map((name) => name.trim()), delimiter, hasMark };
    }
  }
  return undefined;
}

/** The values of one CSV line, or undefined where its quotes do not close. */
export function splitCsvLine(line: string, delimiter: string): readonly string[] | undefined {
  const values: string[] = [];
  let value = '';
  let isQuoted = false;
  for (let index = 0; index < line.length; index++) {
    const char = line[index] ?? '';
    if (isQuoted) {
      if (char !== '"') value += char;
      else if (line[index + 1] === '"') {
        value += '"';
        index++;
      } else isQuoted = false;
    } else if (char === '"' && value === '') isQuoted = true;
    else if (char === delimiter) {
      values.push(value);
      value = '';
    } else value += char;
  }
  values.push(value);
  return isQuoted ? undefined : values;
}
