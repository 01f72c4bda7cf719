import { fail } from './failure.ts';

/** Units of time in milliseconds. */
export const secondMs = 1_000;
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** Evidence before this instant (1990-01-01) is taken as a clock error and rejected, with that reason. */
export const earliestEvidenceMs = 631_152_000_000;
/** Evidence from this instant on (2100-01-01) is taken as a clock error and rejected, with that reason. */
export const latestEvidenceMs = 4_102_444_800_000;

/** A half-open interval of time in epoch milliseconds: `startMs` belongs to it, `endMs` does not. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The start of the bucket of `bucketMs` that holds `atMs`; buckets are aligned to the epoch (UTC). */
export function bucketStart(atMs: number, bucketMs: number): number {
  return Math.floor(atMs / bucketMs) * bucketMs;
}

/**
 * Parses an ISO 8601 time with zone, an ISO date (midnight UTC), an ISO time without zone (read as UTC), or epoch
 * milliseconds. `what` names the value in the Failure (`bad-input`).
 */
export function parseTime(text: string, what: string): number {
  const trimmed = text.trim();
  if (/^-?\d{1,16}$/.test(trimmed)) return Number(trimmed);
  const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(trimmed);
  const atMs = iso
    ? Date.parse(iso[1] || trimmed.length === 10 ? trimmed.replace(' ', 'T') : `${trimmed.replace(' ', 'T')}Z`)
    : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw fail(
      'bad-input',
      `${what} is not a time: "${text}".`,
      'Give ISO 8601 (2026-11-19T21:40:00Z) or epoch milliseconds.',
    );
  }
  return atMs;
}

/** Parses a duration such as `30s`, `15m`, `1h`, `7d` into milliseconds. Ends with `bad-input` otherwise. */
export function parseDuration(text: string, what: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim());
  const unitMs = { ms: 1, s: secondMs, m: minuteMs, h: hourMs, d: dayMs }[match?.[2] ?? ''];
  const durationMs = Number(match?.[1]) * (unitMs ?? Number.NaN);
  if (!(durationMs > 0))
    throw fail('bad-input', `${what} is not a duration: "${text}".`, 'Give a number and a unit: 30s, 15m, 1h, 7d.');
  return durationMs;
}
