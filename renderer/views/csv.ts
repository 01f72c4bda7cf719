import { formatIso } from '../../shared/base/format.ts';
import { dayMs } from '../../shared/base/time.ts';

/**
 * Rows as CSV (RFC 4180, CRLF). A cell that a spreadsheet would run as a formula gets an apostrophe in front: file names
 * come from outside.
 */
export function toCsv(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Values as one cell: times as ISO 8601, lists with semicolons, what is nested as JSON. */
function cellOf(key: string, value: unknown): string | number {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return key.endsWith('Ms') && Math.abs(value) > yearMs ? formatIso(value) : value;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join('; ');
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

/** A length of time that is told in milliseconds is shorter, a point in time later. */
const yearMs = 365 * dayMs;

/** Rows as CSV with a column for each of their fields, in the order in which these first appear. */
export function rowsToCsv(rows: readonly object[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return toCsv(
    keys,
    rows.map((row) => {
      const values = new Map<string, unknown>(Object.entries(row));
      return keys.map((key) => cellOf(key, values.get(key)));
    }),
  );
}
