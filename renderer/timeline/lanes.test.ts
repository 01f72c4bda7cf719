import fc from 'fast-check';
import { expect, test } from 'vitest';
import { otherKey, type VolumeColumns } from '../../shared/model/evidence-answer.ts';
import { maxOf, nameLane, toDeviceLanes, toVolumeGrid, visibleBuckets } from './lanes.ts';

function columnsOf(rows: readonly (readonly [bucket: number, key: string, bytes: number])[]): VolumeColumns {
  const keys = [...new Set(rows.map(([, key]) => key))].sort((a, b) =>
    a === otherKey ? 1 : b === otherKey ? -1 : a < b ? -1 : 1,
  );
  return {
    keys,
    startMs: Float64Array.from(rows, ([bucket]) => bucket * 1000),
    keyIndex: Uint32Array.from(rows, ([, key]) => keys.indexOf(key)),
    writtenBytes: Float64Array.from(rows, ([, , bytes]) => bytes),
    files: Float64Array.from(rows, () => 1),
    events: Float64Array.from(rows, () => 1),
    isFilesApproximate: false,
  };
}

const span = { startMs: 0, endMs: 10_000 };

test('lanes conserve every byte of every bucket', () => {
  const row = fc.tuple(
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', otherKey),
    fc.integer({ min: 0, max: 1e9 }),
  );
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 60 }),
      fc.option(fc.constantFrom('a', 'g', 'zz'), { nil: undefined }),
      (rows, pinned) => {
        const grid = toVolumeGrid(columnsOf(rows), span, 1000, span, pinned);
        expect(grid.lanes.length).toBeLessThanOrEqual(6);
        for (let bucket = 0; bucket < grid.buckets; bucket += 1) {
          const expected = rows.filter(([at]) => at === bucket).reduce((sum, [, , bytes]) => sum + bytes, 0);
          expect(grid.lanes.reduce((sum, lane) => sum + (lane.bytes[bucket] ?? 0), 0)).toBe(expected);
          expect(grid.total[bucket]).toBe(expected);
        }
      },
    ),
  );
});

test('the chosen process comes first in its colour, the rest by what they wrote in sight', () => {
  const columns = columnsOf([
    [1, 'small', 5],
    [1, 'large', 500],
    [9, 'later', 9000],
  ]);
  const grid = toVolumeGrid(columns, span, 1000, { startMs: 0, endMs: 5000 }, 'small');
  expect(grid.lanes.map((lane) => [lane.key, lane.colour])).toEqual([
    ['small', 'c1'],
    ['large', 'c2'],
  ]);
  const free = toVolumeGrid(columns, span, 1000, { startMs: 0, endMs: 5000 }, undefined);
  expect(free.lanes.map((lane) => [lane.key, lane.colour])).toEqual([
    ['large', 'c2'],
    ['small', 'c3'],
  ]);
});

test('everything past the lanes is one lane that says how many', () => {
  const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key, index) => [0, key, 100 - index] as const);
  const grid = toVolumeGrid(columnsOf(rows), span, 1000, span, 'a');
  const others = grid.lanes.at(-1);
  expect(grid.lanes).toHaveLength(6);
  expect(others && nameLane(others)).toBe('2 others');
  const folded = toVolumeGrid(columnsOf([...rows, [0, otherKey, 3]]), span, 1000, span, 'a').lanes.at(-1);
  expect(folded && nameLane(folded)).toBe('over 2 others');
});

test('visible buckets and their maximum', () => {
  const grid = toVolumeGrid(
    columnsOf([
      [2, 'a', 7],
      [8, 'a', 99],
    ]),
    span,
    1000,
    span,
    'a',
  );
  expect(visibleBuckets(grid, { startMs: 1500, endMs: 3200 })).toEqual({ from: 1, to: 4 });
  expect(maxOf(grid.total, 1, 4)).toBe(7);
});

test('device lanes: the pinned one first, then the latest; what is not shown is counted', () => {
  const session = (device: string, connectedMs: number, disconnectedMs?: number) => ({
    device,
    host: 'h',
    volume: 'E:',
    connectedMs,
    disconnectedMs,
    firstActivityMs: connectedMs,
    lastActivityMs: disconnectedMs ?? connectedMs,
    source: 'events' as const,
  });
  const { lanes, hidden } = toDeviceLanes(
    [session('a', 10, 20), session('b', 30, 40), session('c', 15, 25), session('gone', 1, 2), session('open', 3)],
    { startMs: 5, endMs: 100 },
    'a',
    3,
  );
  expect(lanes.map((lane) => lane.device)).toEqual(['a', 'b', 'c']);
  expect(hidden).toBe(1);
});
