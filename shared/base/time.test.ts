import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from './failure.ts';
import { bucketStart, parseDuration, parseTime } from './time.ts';

describe('parseTime', () => {
  it.each([
    ['2026-11-19T21:40:00Z', Date.UTC(2026, 10, 19, 21, 40)],
    ['2026-11-19T21:40:00.123Z', Date.UTC(2026, 10, 19, 21, 40, 0, 123)],
    ['2026-11-19T22:40:00+01:00', Date.UTC(2026, 10, 19, 21, 40)],
    ['2026-11-19 21:40', Date.UTC(2026, 10, 19, 21, 40)],
    ['2026-11-19T21:40:00', Date.UTC(2026, 10, 19, 21, 40)],
    ['2026-11-19', Date.UTC(2026, 10, 19)],
    [' 1763588400000 ', 1763588400000],
  ])('%s', (text, expected) => {
    expect(parseTime(text, '--from')).toBe(expected);
  });

  it.each(['', 'yesterday', '2026-13-01', '2026-11-19T25:00:00Z', '19 Nov 2026', '1e12', '2026-11-19T21:40:00Zx'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseTime(text, '--from')).toThrow(Failure);
    },
  );

  it('reads back every instant it could have printed', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }), (date) => {
        expect(parseTime(date.toISOString(), 'x')).toBe(date.getTime());
        expect(parseTime(String(date.getTime()), 'x')).toBe(date.getTime());
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['250ms', 250],
  ])('%s', (text, expected) => {
    expect(parseDuration(text, '--bucket')).toBe(expected);
  });

  it.each(['', '15', 'm', '0m', '-5m', '1.5h', '15 m', '1w', '99999999999d'])('refuses "%s"', (text) => {
    expect(() => parseDuration(text, '--bucket')).toThrow(Failure);
  });
});

describe('bucketStart', () => {
  it('is the last multiple of the bucket that is not after the instant, also before 1970', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), fc.integer({ min: 1, max: 1e9 }), (atMs, bucketMs) => {
        const startMs = bucketStart(atMs, bucketMs);
        expect(Math.abs(startMs % bucketMs)).toBe(0);
        expect(startMs <= atMs && atMs < startMs + bucketMs).toBe(true);
      }),
    );
  });
});
