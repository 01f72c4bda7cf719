import { expect, test } from 'vitest';
import { hourMs } from '../../shared/base/time.ts';
import { hoursOf } from './user-hours.tsx';

test('hours of a range, in a zone, across midnight, and never more than a day', () => {
  const startMs = Date.parse('2026-11-19T22:30:00Z');
  expect([...hoursOf(startMs, startMs + 2 * hourMs, 0)]).toEqual([22, 23, 0]);
  expect([...hoursOf(startMs, startMs, 60)]).toEqual([23]);
  expect([...hoursOf(startMs, startMs, -330)]).toEqual([17]);
  expect(hoursOf(startMs, startMs + 100 * hourMs, 0).size).toBe(24);
});
