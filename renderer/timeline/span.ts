import { dayMs, hourMs, minuteMs, type Span, secondMs } from '../../shared/base/time.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';

/** Shortest and longest span the timeline shows. */
export const shortestSpanMs = minuteMs;
export const longestSpanMs = 400 * dayMs;

/** Bucket widths a person can name, ascending. The store keeps cubes of one and fifteen minutes; the rest follow from them. */
const bucketStepsMs = [
  secondMs,
  5 * secondMs,
  15 * secondMs,
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  30 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  7 * dayMs,
] as const;

/** Most bars one chart shows; more cannot be told apart and cost time. */
export const mostBars = 400;

/** The narrowest nameable bucket that gives at most `mostBars` bars, each at least `barPx` wide in `widthPx`. */
export function bucketFor(spanMs: number, widthPx: number, barPx = 5): number {
  const bars = Math.max(1, Math.min(mostBars, Math.floor(widthPx / barPx)));
  const wanted = spanMs / bars;
  return bucketStepsMs.find((step) => step >= wanted) ?? Math.ceil(wanted / dayMs) * dayMs;
}

const bucketUnits = [
  { name: 'days', ms: dayMs },
  { name: 'hours', ms: hourMs },
  { name: 'minutes', ms: minuteMs },
] as const;

/** `5 min`, `1 h`, `day`: a bucket width as in "Written per 5 min". */
export function nameBucket(bucketMs: number): string {
  const unit = bucketUnits.find(({ ms }) => bucketMs % ms === 0) ?? { name: 'seconds', ms: secondMs };
  return texts.buckets[unit.name](bucketMs / unit.ms);
}

/**
 * The span to ask the store for so that panning stays smooth: the visible one and half of it on each side, snapped to a
 * grid, so that small moves ask the same question and find its answer in the cache.
 */
export function paddedSpan(span: Span, bucketMs: number): Span {
  const length = span.endMs - span.startMs;
  const gridMs = Math.max(bucketMs, Math.ceil(length / 2 / bucketMs) * bucketMs);
  return {
    startMs: Math.floor((span.startMs - length / 2) / gridMs) * gridMs,
    endMs: Math.ceil((span.endMs + length / 2) / gridMs) * gridMs,
  };
}

/** Keeps a span's length inside what can be shown, around its middle, in whole milliseconds. */
export function clampSpan(span: Span): Span {
  const length = Math.min(longestSpanMs, Math.max(shortestSpanMs, span.endMs - span.startMs));
  const middle = (span.startMs + span.endMs) / 2;
  const startMs = Math.round(middle - length / 2);
  return { startMs, endMs: startMs + Math.round(length) };
}

/** Zooms by `factor` (below 1: closer) so that the instant `atMs` keeps its place. */
export function zoomSpan(span: Span, factor: number, atMs = (span.startMs + span.endMs) / 2): Span {
  const length = span.endMs - span.startMs;
  const wanted = Math.min(longestSpanMs, Math.max(shortestSpanMs, length * factor));
  const share = length > 0 ? (atMs - span.startMs) / length : 0.5;
  const startMs = Math.round(atMs - wanted * share);
  return { startMs, endMs: startMs + Math.round(wanted) };
}

/** Moves a span by a share of its length (positive: later). */
export function panSpan(span: Span, share: number): Span {
  const move = Math.round((span.endMs - span.startMs) * share);
  return { startMs: span.startMs + move, endMs: span.endMs + move };
}

/** Moves a span so that its middle lies inside the history: some of what is known stays in sight. */
export function keepNear(span: Span, history: Span): Span {
  const middle = (span.startMs + span.endMs) / 2;
  const move = Math.round(Math.min(history.endMs, Math.max(history.startMs, middle)) - middle);
  return move === 0 ? span : { startMs: span.startMs + move, endMs: span.endMs + move };
}

/** The span to look at a finding in: at least five hours, the finding a little right of the middle. */
export function spanAround(startMs: number, endMs: number): Span {
  const length = Math.max(5 * hourMs, (endMs - startMs) * 4);
  const middle = (startMs + endMs) / 2;
  return clampSpan({ startMs: middle - length * 0.6, endMs: middle + length * 0.4 });
}

/** The whole history with a little air, or undefined where there is none. */
export function wholeSpan(firstMs: number | undefined, lastMs: number | undefined): Span | undefined {
  if (firstMs === undefined || lastMs === undefined) return undefined;
  const air = Math.max(minuteMs, (lastMs - firstMs) * 0.01);
  return clampSpan({ startMs: firstMs - air, endMs: lastMs + air });
}

/** Whether two spans share an instant. */
export function overlaps(span: Span, startMs: number, endMs: number): boolean {
  return startMs < span.endMs && endMs >= span.startMs;
}

/** A linear scale from time to pixels. */
export interface TimeScale {
  readonly span: Span;
  readonly left: number;
  readonly width: number;
}

/** Pixel of an instant; outside the span it lies outside the axis. */
export function toX(scale: TimeScale, atMs: number): number {
  return scale.left + ((atMs - scale.span.startMs) / (scale.span.endMs - scale.span.startMs)) * scale.width;
}

/** Instant at a pixel. */
export function toTime(scale: TimeScale, x: number): number {
  return scale.span.startMs + ((x - scale.left) / scale.width) * (scale.span.endMs - scale.span.startMs);
}

const tickStepsMs = [
  secondMs,
  5 * secondMs,
  15 * secondMs,
  30 * secondMs,
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  30 * minuteMs,
  hourMs,
  2 * hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  2 * dayMs,
  7 * dayMs,
  14 * dayMs,
  28 * dayMs,
  56 * dayMs,
] as const;

/** Marks of the axis: instants on round times of the zone, at least `gapPx` apart, and their step. */
export function ticksOf(
  scale: TimeScale,
  gapPx: number,
  offsetMinutesAt: (atMs: number) => number,
): { readonly stepMs: number; readonly atMs: readonly number[] } {
  const length = scale.span.endMs - scale.span.startMs;
  const wanted = (length / scale.width) * gapPx;
  const stepMs = tickStepsMs.find((step) => step >= wanted) ?? Math.ceil(wanted / dayMs) * dayMs;
  const offsetMs = offsetMinutesAt(scale.span.startMs) * minuteMs;
  const atMs: number[] = [];
  const first = Math.ceil((scale.span.startMs + offsetMs) / stepMs) * stepMs;
  for (let local = first; local - offsetMs <= scale.span.endMs && atMs.length < 200; local += stepMs) {
    // Where the clock changes inside the span, the marks after it follow the new offset.
    atMs.push(local - offsetMinutesAt(local - offsetMs) * minuteMs);
  }
  return { stepMs, atMs };
}
