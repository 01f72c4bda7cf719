import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { renameCode } from './duckdb-actions.ts';
import { type Binder, streamConditions, wholeMs, writesSql } from './duckdb-filter.ts';
import { extensionSql, rollupDayMs, slotMs } from './duckdb-rollup.ts';

/** The first and last instant there is: whole days, so that an open end of a span falls on every slot and day. */
const endOfTimeMs = 8_640_000_000_000_000;

interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** How a span is put together: whole days, whole slots beside them, and less than a slot at either end. */
interface SpanParts {
  readonly whole: Span;
  readonly days: Span;
  readonly slots: readonly Span[];
  readonly ends: readonly Span[];
}

const isSome = ({ fromMs, toMs }: Span) => fromMs < toMs;

/** What of `outer` lies before and after `inner`, or all of it where nothing is inside. */
function around(outer: Span, inner: Span): readonly Span[] {
  if (!isSome(inner)) return [outer].filter(isSome);
  return [
    { fromMs: outer.fromMs, toMs: inner.fromMs },
    { fromMs: inner.toMs, toMs: outer.toMs },
  ].filter(isSome);
}

function inner(span: Span, widthMs: number): Span {
  return {
    fromMs: Math.ceil(span.fromMs / widthMs) * widthMs,
    toMs: Math.floor(span.toMs / widthMs) * widthMs,
  };
}

export function spanParts(filter: EvidenceFilter): SpanParts {
  const bound = (ms: number | undefined, otherwise: number) =>
    Math.max(-endOfTimeMs, Math.min(endOfTimeMs, ms === undefined ? otherwise : wholeMs(ms)));
  const whole = { fromMs: bound(filter.fromMs, -endOfTimeMs), toMs: bound(filter.toMs, endOfTimeMs) };
  const slots = inner(whole, slotMs);
  const days = inner(slots, rollupDayMs);
  return { whole, days, slots: isSome(slots) ? around(slots, days) : [], ends: around(whole, slots) };
}

const within = ({ fromMs, toMs }: Span, column: string) => `${column} >= ${fromMs} AND ${column} < ${toMs}`;

/** Which parts of a write the rollups must tell apart for a question. */
export type Grain = 'day' | 'slot' | 'extension';

/**
 * A select of counted writes, added up as far as the rollups go: `stream`, `extension`, `at_ms` (of a write, or the start of
 * its slot or day), `events`, `bytes`, `first_ms`, `last_ms`. With the grain `slot` no row is wider than a slot; `extension`
 * is told by the grain of that name only.
 */
export function partsSql({ whole, days, slots, ends }: SpanParts, grain: Grain): string {
  const figures = 'events, bytes, first_ms, last_ms';
  const single = (
    span: Span,
  ) => `SELECT stream, ${extensionSql('extension')} AS extension, at_ms, 1 AS events, size AS bytes,
    at_ms AS first_ms, at_ms AS last_ms FROM writes WHERE action < ${renameCode} AND ${within(span, 'at_ms')}`;
  const rolled = (span: Span) =>
    `SELECT stream, '' AS extension, slot_ms AS at_ms, ${figures} FROM activity WHERE ${within(span, 'slot_ms')}`;
  const daily = `SELECT stream, extension, day_ms AS at_ms, ${figures} FROM days WHERE ${within(days, 'day_ms')}`;
  const parts = ends.map(single);
  if (grain === 'slot') parts.push(...(isSome(days) ? [...slots, days] : slots).map(rolled));
  else if (grain === 'day') parts.push(...slots.map(rolled), ...(isSome(days) ? [daily] : []));
  else parts.splice(0, parts.length, ...around(whole, days).map(single), ...(isSome(days) ? [daily] : []));
  return parts.length > 0 ? parts.join(' UNION ALL ') : `${daily} AND false`;
}

/**
 * A select of the repeats that lie in a span: `stream`, `extension`, `from_ms`, `to_ms`, `events`, `bytes`. Taken from the
 * counted writes they leave one write per file, the last one, but for shared paths.
 */
export function repeatsSql({ whole, ends }: SpanParts): string {
  const single = (span: Span) => `SELECT stream, extension, from_ms, to_ms, 1 AS events, bytes FROM (
      SELECT stream, ${extensionSql('extension')} AS extension, lag(at_ms) OVER "chain_${span.fromMs}" AS from_ms, at_ms AS to_ms,
        lag(size) OVER "chain_${span.fromMs}" AS bytes
      FROM writes WHERE action < ${renameCode} AND ${within(span, 'at_ms')}
        AND path NOT IN (SELECT path FROM shared WHERE ${within(span, 'at_ms')})
      WINDOW "chain_${span.fromMs}" AS (PARTITION BY path ORDER BY at_ms, size))
    WHERE from_ms IS NOT NULL`;
  return [
    `SELECT stream, extension, from_ms, to_ms, events, bytes FROM repeats
     WHERE from_ms >= ${whole.fromMs} AND to_ms < ${whole.toMs}`,
    ...ends.map(single),
  ].join(' UNION ALL ');
}

/**
 * A FROM clause over counted writes `a` with their streams `k`, for questions that need no single events: `at_ms` (of a write,
 * or the start of its slot or day), `events`, `bytes`, `first_ms`, `last_ms`. `grain` tells how wide a row may be.
 */
export function countedSql(filter: EvidenceFilter, binder: Binder, grain: 'day' | 'slot' = 'slot'): string {
  if (!isRolledUp(filter)) {
    return `FROM (SELECT w.at_ms, w.stream, 1 AS events, w.size AS bytes, w.at_ms AS first_ms, w.at_ms AS last_ms
        ${writesSql(filter, binder)}) a JOIN streams k ON k.id = a.stream`;
  }
  const conditions = streamConditions(filter, binder);
  return `FROM (${partsSql(spanParts(filter), grain)}) a JOIN streams k ON k.id = a.stream
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}`;
}

/** A select of the renames in a span, added up as far as the rollup goes: `stream`, `events`. */
export function renamesSql({ slots, days, ends }: SpanParts): string {
  const rolled = [...slots, ...(isSome(days) ? [days] : [])].map(
    (span) => `SELECT stream, events FROM renames WHERE ${within(span, 'slot_ms')}`,
  );
  const single = ends.map(
    (span) => `SELECT stream, 1 AS events FROM writes WHERE action = ${renameCode} AND ${within(span, 'at_ms')}`,
  );
  return [...rolled, ...single].join(' UNION ALL ') || 'SELECT stream, events FROM renames WHERE false';
}

export interface FiguresRequest {
  readonly parts: SpanParts;
  readonly grain: Grain;
  /** Name of a select in scope of the asked streams: `id`, `device_number` and what `keys` names. */
  readonly streams: string;
  /** What the figures are for: expressions over `k` (the streams) and `x` (with `at_ms`, `extension`), by name. */
  readonly keys: Readonly<Record<string, string>>;
  /** Width of the buckets in `keys`, where there are any; a multiple of a slot. */
  readonly bucketMs?: number | undefined;
  /** Whether `distinct_bytes` are asked for. */
  readonly withDistinctBytes?: boolean | undefined;
  /** Aggregates over the streams `k` that have counted writes, by name. */
  readonly ofStreams?: Readonly<Record<string, string>> | undefined;
}

/**
 * Common table expressions that end with `figures`: by key `events`, `bytes`, `files` (distinct paths), `first_ms`, `last_ms`,
 * what `ofStreams` names, and where asked `distinct_bytes` (per device and path the last size, of several at one time the largest).
 */
export function figuresSql(request: FiguresRequest): string {
  const { parts, grain, streams, keys, bucketMs, ofStreams = {}, withDistinctBytes = false } = request;
  const names = Object.keys(keys);
  const list = names.join(', ');
  const selected = (from: string) =>
    names.map((name) => `${(keys[name] ?? '').replaceAll('x.at_ms', from)} AS ${name}`).join(', ');
  const inBucket = bucketMs === undefined ? '' : `WHERE x.from_ms // ${bucketMs} = x.to_ms // ${bucketMs}`;
  const also = Object.entries(ofStreams)
    .map(([name, aggregate]) => `, ${aggregate} AS ${name}`)
    .join('');
  const ofCopies = withDistinctBytes
    ? `, sum(x.size) AS bytes, max(x.at_ms::HUGEINT * 9223372036854775808 + x.size) AS last, max(x.at_ms) AS last_ms`
    : '';
  const ofMixed = withDistinctBytes
    ? `sum(events) - count(DISTINCT path) AS events,
        sum(bytes) - sum(last - last_ms::HUGEINT * 9223372036854775808) AS bytes`
    : 'sum(events) - count(*) AS events';
  const usesExtension = Object.values(keys).some((key) => key.includes('x.extension'));
  // Where no key tells rows of a stream apart they are added up before they meet the texts of the streams.
  const counted =
    bucketMs === undefined
      ? `SELECT stream, ${usesExtension ? 'extension, ' : ''}sum(events) AS events, sum(bytes) AS bytes, min(first_ms) AS first_ms,
           max(last_ms) AS last_ms FROM (${partsSql(parts, grain)}) GROUP BY stream${usesExtension ? ', extension' : ''}`
      : partsSql(parts, grain);
  return `
    counted AS (
      SELECT ${selected('x.at_ms')}, sum(x.events) AS events, sum(x.bytes) AS bytes, min(x.first_ms) AS first_ms,
        max(x.last_ms) AS last_ms${also}
      FROM (${counted}) x JOIN ${streams} k ON k.id = x.stream GROUP BY ${list}),
    repeated AS (
      SELECT ${selected('x.from_ms')}, sum(x.events) AS events, sum(x.bytes) AS bytes
      FROM (${repeatsSql(parts)}) x JOIN ${streams} k ON k.id = x.stream ${inBucket} GROUP BY ${list}),
    copies AS (
      SELECT ${selected('x.at_ms')}, x.path, count(*) AS events${ofCopies}
      FROM shared x JOIN ${streams} k ON k.id = x.stream WHERE ${within(parts.whole, 'x.at_ms')}
      GROUP BY ${list}, x.path${withDistinctBytes ? ', k.device_number' : ''}),
    mixed AS (
      SELECT ${list}, ${ofMixed} FROM copies GROUP BY ${list}),
    figures AS MATERIALIZED (
      SELECT c.*, c.events - coalesce(r.events, 0) - coalesce(m.events, 0) AS files${
        withDistinctBytes ? ', c.bytes - coalesce(r.bytes, 0) - coalesce(m.bytes, 0) AS distinct_bytes' : ''
      }
      FROM counted c LEFT JOIN repeated r ON ${names.map((name) => `r.${name} = c.${name}`).join(' AND ')}
        LEFT JOIN mixed m ON ${names.map((name) => `m.${name} = c.${name}`).join(' AND ')})`;
}

/** Whether the rollups can answer: they know streams and extensions, but no paths. */
export const isRolledUp = (filter: EvidenceFilter) => filter.pathContains === undefined;

/** A select of the streams `k` under a filter. */
export function askedStreamsSql(filter: EvidenceFilter, columns: string, binder: Binder): string {
  const conditions = streamConditions(filter, binder);
  return `SELECT k.id, ${columns}, dense_rank() OVER (ORDER BY k.device) AS device_number FROM streams k
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}`;
}
