import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCounted,
  formatDuration,
  formatIso,
  formatOffset,
  formatSpan,
  formatTime,
  formatZone,
  type TimeZone,
  utc,
  zoneOffsetMinutes,
} from './format.ts';

const berlin: TimeZone = { kind: 'local', name: 'Europe/Berlin' };
const atMs = Date.parse('2026-11-19T20:40:08Z');

test.each([
  [0, '0 B'],
  [712, '712 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [999_499, '999 kB'],
  [999_950, '1.00 MB'],
  [44_240_000, '44.2 MB'],
  [340_000_000, '340 MB'],
  [3_100_000_000, '3.10 GB'],
  [-1500, '−1.50 kB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('bytes always have at most three figures', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      expect(formatBytes(bytes).replace(/[^\d]/g, '')).toHaveLength(3);
    }),
  );
});

test('times are written in the zone asked', () => {
  expect(formatTime(atMs, utc)).toBe('19 Nov 20:40');
  expect(formatTime(atMs, berlin, { seconds: true })).toBe('19 Nov 21:40:08');
  expect(formatClock(Date.parse('2026-11-19T23:30:00Z'), berlin)).toBe('00:30');
  expect(formatZone(atMs, berlin)).toBe('UTC+1 (Europe/Berlin)');
  expect(formatZone(Date.parse('2026-07-01T00:00:00Z'), berlin)).toBe('UTC+2 (Europe/Berlin)');
  expect(formatZone(atMs, utc)).toBe('UTC');
  expect(formatIso(atMs)).toBe('2026-11-19T20:40:08.000Z');
});

test('spans say a shared day once', () => {
  expect(formatSpan(atMs, atMs + 3_600_000, utc)).toBe('19 Nov 2026, 20:40–21:40');
  expect(formatSpan(atMs, atMs + 30 * 86_400_000, utc)).toBe('19 Nov – 19 Dec 2026');
  expect(formatSpan(atMs, atMs + 86_400_000, utc)).toBe('19 Nov 20:40 – 20 Nov 2026, 20:40');
});

test('offsets of half hours and of the west', () => {
  expect(zoneOffsetMinutes(atMs, { kind: 'local', name: 'Asia/Kolkata' })).toBe(330);
  expect(formatOffset(330)).toBe('UTC+5:30');
  expect(formatOffset(-210)).toBe('UTC−3:30');
});

test.each([
  [0, '0 s'],
  [400, '< 1 s'],
  [18 * 60_000, '18 min'],
  [251_000, '4 min 11 s'],
  [3_900_000, '1 h 5 min'],
  [3 * 86_400_000 + 4 * 3_600_000, '3 d 4 h'],
])('%d ms read %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test('counts carry their noun', () => {
  expect(formatCounted(1, 'file', 'files')).toBe('1 file');
  expect(formatCounted(9412, 'file', 'files')).toBe('9,412 files');
});
