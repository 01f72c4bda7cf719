import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { renameCode } from './duckdb-actions.ts';
import { type Binder, streamConditions, wholeMs, writesSql } from './duckdb-filter.ts';
import { type LinkKind, linkKinds } from './duckdb-links.ts';
import { extensionSql } from './duckdb-rollup.ts';
import { rollupDayMs, rollupHourMs, slotMs } from './duckdb-slot.ts';

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
  /** Plain days next to each other, in order. */
  readonly plain: readonly Span[];
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

/** What of `spans` lies in `other`. */
function inside(spans: readonly Span[], other: Span): readonly Span[] {
  return spans
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, other.fromMs), toMs: Math.min(toMs, other.toMs) }))
    .filter(isSome);
}

/** Puts the span of a filter together; `plainDays` as `askByPlainDays` gives them. */
export function spanParts(filter: EvidenceFilter, plainDays: readonly number[]): SpanParts {
  const bound = (ms: number | undefined, otherwise: number) =>
    Math.max(-endOfTimeMs, Math.min(endOfTimeMs, ms === undefined ? otherwise : wholeMs(ms)));
  const whole = { fromMs: bound(filter.fromMs, -endOfTimeMs), toMs: bound(filter.toMs, endOfTimeMs) };
  const slots = inner(whole, slotMs);
  const days = inner(slots, rollupDayMs);
  const plain: Span[] = [];
  for (const day of plainDays) {
    const last = plain.at(-1);
    const fromMs = last?.toMs === day ? last.fromMs : day;
    if (fromMs !== day) plain.pop();
    plain.push({ fromMs, toMs: day + rollupDayMs });
  }
  return { whole, days, slots: isSome(slots) ? around(slots, days) : [], ends: around(whole, slots), plain };
}

const within = ({ fromMs, toMs }: Span, column: string) => `${column} >= ${fromMs} AND ${column} < ${toMs}`;

/**
 * Which parts of a write the rollups must tell apart for a question: with `hour` streams are told apart by program name only,
 * with `extension-of-host` by host only.
 */
export type Grain = 'day' | 'slot' | 'hour' | 'extension' | 'extension-of-host';

/**
 * A select of counted writes, added up as far as the rollups go: `stream`, `extension`, `at_ms` (of a write, or the start of
 * its slot, hour or day), `events`, `bytes`, `first_ms`, `last_ms`. With the grain `slot` no row is wider than a slot;
 * `extension` is told by the grains of that name only.
 */
export function partsSql({ whole, days, slots, ends, plain }: SpanParts, grain: Grain): string {
  const figures = 'events, bytes, first_ms, last_ms';
  const single = (spans: readonly Span[]) => {
    const [first, last] = [spans[0], spans.at(-1)];
    if (!first || !last) return [];
    // The outer bounds let the engine leave out what it need not read.
    const outer = within({ fromMs: first.fromMs, toMs: last.toMs }, 'at_ms');
    const each = spans.length > 1 ? `AND (${spans.map((span) => within(span, 'at_ms')).join(' OR ')})` : '';
    const extension = grain.startsWith('extension') ? extensionSql('extension') : "''";
    return [
      `SELECT stream, ${extension} AS extension, at_ms, 1 AS events, size AS bytes, at_ms AS first_ms, at_ms AS last_ms
       FROM writes WHERE action < ${renameCode} AND ${outer} ${each}`,
    ];
  };
  const rolled = (span: Span) =>
    `SELECT stream, '' AS extension, slot_ms AS at_ms, ${figures} FROM activity WHERE ${within(span, 'slot_ms')}`;
  const [before, after] = [
    slots.filter(({ toMs }) => toMs <= days.fromMs),
    slots.filter(({ fromMs }) => fromMs >= days.toMs),
  ];
  const whatIsSlots = isSome(days) ? [...before, days, ...after] : slots;
  const parts = ends.flatMap((end) => single([end]));
  if (grain === 'slot') {
    parts.push(...whatIsSlots.map(rolled), ...single(whatIsSlots.flatMap((span) => inside(plain, span))));
  } else if (grain === 'hour') {
    const hours = inner(whole, rollupHourMs);
    const beside = whatIsSlots.flatMap((span) =>
      around(span, { fromMs: Math.max(span.fromMs, hours.fromMs), toMs: Math.min(span.toMs, hours.toMs) }),
    );
    parts.push(...whatIsSlots.map(rolled), ...single(beside.flatMap((span) => inside(plain, span))));
    if (isSome(hours)) {
      parts.push(`SELECT stream, '' AS extension, hour_ms AS at_ms, events, bytes, hour_ms AS first_ms, hour_ms AS last_ms
        FROM hours WHERE ${within(hours, 'hour_ms')}`);
    }
  } else if (grain === 'day') {
    parts.push(...slots.map(rolled), ...single(slots.flatMap((span) => inside(plain, span))));
    if (isSome(days)) {
      parts.push(
        `SELECT stream, '' AS extension, day_ms AS at_ms, ${figures} FROM days WHERE ${within(days, 'day_ms')}`,
      );
    }
  } else {
    const isByHost = grain === 'extension-of-host';
    const notPlain = isByHost
      ? ''
      : inside(plain, days)
          .map((span) => `AND NOT (${within(span, 'day_ms')})`)
          .join(' ');
    parts.splice(0, parts.length, ...around(whole, days).flatMap((span) => single([span])));
    if (isSome(days)) {
      parts.push(
        `SELECT stream, extension, day_ms AS at_ms, ${figures} FROM extensions WHERE ${within(days, 'day_ms')} ${notPlain}`,
      );
      if (!isByHost) parts.push(...single(inside(plain, days)));
    }
  }
  return (
    parts.join(' UNION ALL ') || `SELECT stream, '' AS extension, day_ms AS at_ms, ${figures} FROM days WHERE false`
  );
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
    WHERE ${isWithinSlot}`;
  return [
    `SELECT stream, extension, from_ms, to_ms, events, bytes FROM repeats
     WHERE from_ms >= ${whole.fromMs} AND to_ms < ${whole.toMs}`,
    ...ends.map(single),
  ].join(' UNION ALL ');
}

/** Of a span shorter than a slot: what goes from one slot to another has a row of its own. */
const isWithinSlot = `from_ms // ${slotMs} = to_ms // ${slotMs}`;

/** The same of shared paths: how many writes there are more than paths, by what `kind` tells them by. */
function linksSql({ whole, ends }: SpanParts, kind: LinkKind): string {
  const { code, columns } = linkKinds[kind];
  const group = ['s.path', ...columns.map((column) => `k.${column}`), ...(kind === 'extension' ? ['s.extension'] : [])];
  const single = (span: Span) => `SELECT stream, extension, from_ms, to_ms, 1 AS events, bytes FROM (
      SELECT s.stream, s.extension, lag(s.at_ms) OVER "chain_${span.fromMs}" AS from_ms, s.at_ms AS to_ms,
        lag(s.size) OVER "chain_${span.fromMs}" AS bytes
      FROM shared s JOIN streams k ON k.id = s.stream WHERE ${within(span, 's.at_ms')}
      WINDOW "chain_${span.fromMs}" AS (PARTITION BY ${group.join(', ')} ORDER BY s.at_ms, s.size))
    WHERE ${isWithinSlot}`;
  return [
    `SELECT stream, extension, from_ms, to_ms, events, bytes FROM links
     WHERE kind = ${code} AND from_ms >= ${whole.fromMs} AND to_ms < ${whole.toMs}`,
    ...ends.map(single),
  ].join(' UNION ALL ');
}

/**
 * A FROM clause over counted writes `a` with their streams `k`, for questions that need no single events: `at_ms` (of a write,
 * or the start of its slot or day), `events`, `bytes`, `first_ms`, `last_ms`. `grain` tells how wide a row may be.
 */
export function countedSql(
  filter: EvidenceFilter,
  plainDays: readonly number[],
  binder: Binder,
  grain: 'day' | 'hour' | 'slot' = 'slot',
): string {
  if (!isRolledUp(filter)) {
    return `FROM (SELECT w.at_ms, w.stream, 1 AS events, w.size AS bytes, w.at_ms AS first_ms, w.at_ms AS last_ms
        ${writesSql(filter, binder)}) a JOIN streams k ON k.id = a.stream`;
  }
  const conditions = streamConditions(filter, binder);
  return `FROM (${partsSql(spanParts(filter, plainDays), grain)}) a JOIN streams k ON k.id = a.stream
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
  /**
   * Where no more than a span is asked: what `keys` tell writes to shared paths by, so that these need not be counted one by one,
   * and what the bytes of last writes are told by. A condition on `k` leaves out keys that stand for several such groups.
   */
  readonly links?:
    | { readonly events: LinkKind; readonly bytes?: LinkKind | undefined; readonly where?: string | undefined }
    | undefined;
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
  const { links } = request;
  const linked = (kind: LinkKind | undefined, figures: string) =>
    kind === undefined
      ? []
      : [
          `SELECT ${selected('x.from_ms')}, ${figures} FROM (${linksSql(parts, kind)}) x JOIN ${streams} k ON k.id = x.stream
           ${inBucket || 'WHERE true'} AND ${links?.where ?? 'true'}`,
        ];
  const oneByOne = `SELECT ${list}, ${ofMixed} FROM copies GROUP BY ${list}`;
  const mixed =
    links === undefined
      ? oneByOne
      : `SELECT ${list}, sum(events) AS events, sum(bytes) AS bytes FROM (${[
          ...linked(links.events, 'x.events, 0 AS bytes'),
          ...linked(links.bytes, '0 AS events, x.bytes'),
          ...(links.where === undefined
            ? []
            : [`SELECT *${withDistinctBytes ? '' : ', 0 AS bytes'} FROM (${oneByOne})`]),
        ].join(' UNION ALL ')}) GROUP BY ${list}`;
  const copies =
    links !== undefined && links.where === undefined
      ? ''
      : `copies AS (
      SELECT ${selected('x.at_ms')}, x.path, count(*) AS events${ofCopies}
      FROM shared x JOIN ${streams} k ON k.id = x.stream WHERE ${within(parts.whole, 'x.at_ms')}
        ${links?.where === undefined ? '' : `AND NOT (${links.where})`}
      GROUP BY ${list}, x.path${withDistinctBytes ? ', k.device_number' : ''}),`;
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
    ${copies}
    mixed AS (${mixed}),
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

/** Whether no more than a span is asked. */
export function isOnlySpan({ fromMs: _fromMs, toMs: _toMs, ...rest }: EvidenceFilter): boolean {
  return Object.values(rest).every((value) => value === undefined);
}
