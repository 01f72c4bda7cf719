import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import {
  bucketFor,
  longestSpanMs,
  mostBars,
  nameBucket,
  paddedSpan,
  panSpan,
  shortestSpanMs,
  spanAround,
  ticksOf,
  toTime,
  toX,
  zoomSpan,
} from './span.ts';

const start = Date.parse('2026-11-19T17:00:00Z');
const fiveHours = { startMs: start, endMs: start + 5 * hourMs };

const spans = fc
  .record({ startMs: fc.integer({ min: 0, max: 3e12 }), length: fc.integer({ min: minuteMs, max: 366 * dayMs }) })
  .map(({ startMs, length }) => ({ startMs, endMs: startMs + length }));

test('five hours on 580 px are bars of five minutes', () => {
  expect(bucketFor(5 * hourMs, 580)).toBe(5 * minuteMs);
  expect(nameBucket(bucketFor(5 * hourMs, 580))).toBe('5 min');
  expect(nameBucket(bucketFor(30 * dayMs, 580))).toBe('12 h');
});

test('never more than 400 bars, whatever the span and width', () => {
  fc.assert(
    fc.property(spans, fc.integer({ min: 50, max: 5000 }), ({ startMs, endMs }, widthPx) => {
      expect((endMs - startMs) / bucketFor(endMs - startMs, widthPx)).toBeLessThanOrEqual(mostBars);
    }),
  );
});

test('the padded span holds the visible one, is a bounded question and stays the same for small moves', () => {
  fc.assert(
    fc.property(spans, (span) => {
      const bucketMs = bucketFor(span.endMs - span.startMs, 600);
      const padded = paddedSpan(span, bucketMs);
      expect(padded.startMs).toBeLessThanOrEqual(span.startMs);
      expect(padded.endMs).toBeGreaterThanOrEqual(span.endMs);
      expect((padded.endMs - padded.startMs) / bucketMs).toBeLessThanOrEqual(20_000);
      expect(padded.startMs % bucketMs === 0 && padded.endMs % bucketMs === 0).toBe(true);
    }),
  );
  const moved = panSpan(fiveHours, 0.01);
  expect(paddedSpan(moved, 300_000)).toEqual(paddedSpan(panSpan(fiveHours, 0.02), 300_000));
});

test('zooming keeps the pointed instant in place and stays within bounds', () => {
  fc.assert(
    fc.property(
      spans,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (span, share, factor) => {
        const atMs = span.startMs + share * (span.endMs - span.startMs);
        const zoomed = zoomSpan(span, factor, atMs);
        const length = zoomed.endMs - zoomed.startMs;
        expect(length).toBeGreaterThanOrEqual(shortestSpanMs - 1);
        expect(length).toBeLessThanOrEqual(longestSpanMs + 1);
        expect((atMs - zoomed.startMs) / length).toBeCloseTo(share, 3);
      },
    ),
  );
});

test('pixels and instants are inverse', () => {
  const scale = { span: fiveHours, left: 192, width: 600 };
  expect(toX(scale, fiveHours.startMs)).toBe(192);
  expect(toX(scale, fiveHours.endMs)).toBe(792);
  expect(toTime(scale, toX(scale, start + 123_456))).toBeCloseTo(start + 123_456, 3);
});

test('marks stand on round times of the zone, also across a change of the clock', () => {
  const scale = { span: fiveHours, left: 0, width: 600 };
  expect(ticksOf(scale, 60, () => 0)).toEqual({
    stepMs: 30 * minuteMs,
    atMs: Array.from({ length: 11 }, (_, index) => start + index * 30 * minuteMs),
  });
  const kolkata = ticksOf(scale, 100, () => 330);
  expect(kolkata.atMs.every((atMs) => (atMs + 330 * minuteMs) % kolkata.stepMs === 0)).toBe(true);
  const change = start + 2 * hourMs;
  const across = ticksOf(scale, 100, (atMs) => (atMs < change ? 60 : 0));
  expect(across.atMs.every((atMs) => (atMs + (atMs < change ? 60 : 0) * minuteMs) % hourMs === 0)).toBe(true);
});

test('a finding is shown with its surroundings', () => {
  const around = spanAround(start, start + 18 * minuteMs);
  expect(around.startMs).toBeLessThan(start);
  expect(around.endMs).toBeGreaterThan(start + 18 * minuteMs);
  expect(around.endMs - around.startMs).toBe(5 * hourMs);
});
