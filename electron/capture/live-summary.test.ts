import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LiveUsage } from '../../shared/model/live.ts';
import { makeLiveSummary } from './live-summary.ts';
import { makeLiveTotals } from './live-totals.ts';

const usage = (processKey: string, minBytes: number, atMs: number, more: Partial<LiveUsage> = {}): LiveUsage => ({
  atMs,
  processKey,
  mountPoint: '/m',
  minBytes,
  maxBytes: minBytes,
  files: 1,
  quality: 'exact',
  ...more,
});

test('rates are bytes of whole seconds, the mean of the last five, and a peak that stays', () => {
  let clockMs = 1_000_000;
  const summary = makeLiveSummary('ws-1', () => clockMs);
  summary.begin();
  for (let second = 0; second < 10; second += 1) {
    summary.take({ kind: 'usage', name: 'cp', ...usage('7:1', (second + 1) * 1_000, clockMs) });
    clockMs += 1_000;
  }
  const [row] = summary.state().processes;
  expect(row).toMatchObject({ bytesPerSecond: 1_000, peakBytesPerSecond: 1_000, minBytes: 10_000 });
  expect(row?.rates).toEqual(Array.from({ length: 10 }, () => 1_000));
  clockMs += 60_000;
  const [later] = summary.state().processes;
  expect(later).toMatchObject({ bytesPerSecond: 0, peakBytesPerSecond: 1_000 });
  expect(later?.rates?.slice(-60)).toEqual(Array.from({ length: 60 }, () => 0));
});

test('a range counts its middle in the rate and both its ends in the row', () => {
  const summary = makeLiveSummary('ws-1', () => 1_001_000);
  summary.begin();
  summary.take({ kind: 'usage', name: 'dd', ...usage('7:1', 0, 1_000_000, { maxBytes: 4_000, quality: 'range' }) });
  expect(summary.state().processes[0]).toMatchObject({
    minBytes: 0,
    maxBytes: 4_000,
    quality: 'range',
    peakBytesPerSecond: 2_000,
  });
});

test('a day of short processes leaves the lists bounded and the totals whole', () => {
  const summary = makeLiveSummary('ws-1', () => 2_000_000);
  summary.begin();
  for (let number = 0; number < 25_000; number += 1) {
    summary.take({ kind: 'usage', name: 'cp', ...usage(`${number}:1`, 10, 1_000_000 + number) });
    summary.take({ kind: 'problem', problem: 'problem', atMs: number, message: String(number) });
  }
  const state = summary.state();
  expect(state.processes.length).toBe(200);
  expect(state.problems.length).toBe(50);
  expect(state.processes.filter(({ rates }) => rates).length).toBe(12);
  expect(state.totals).toMatchObject({ exactBytes: 250_000, processes: 25_000 });
}, 60_000);

test('bytes are attributed once, and the rest is what the disk counted beyond them', () => {
  const step = fc.record({
    process: fc.integer({ min: 1, max: 4 }),
    grows: fc.nat(1_000),
    quality: fc.constantFrom('exact' as const, 'range' as const, 'sampled' as const),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(100_000), (steps, diskBytes) => {
      const totals = makeLiveTotals();
      const bytes = new Map<number, number>();
      for (const { process, grows, quality } of steps) {
        bytes.set(process, (bytes.get(process) ?? 0) + grows);
        totals.takeUsage(usage(`${process}:1`, bytes.get(process) ?? 0, 0, { quality }));
      }
      totals.takeDisk({ atMs: 0, mountPoint: '/m', diskBytes });
      const sum = [...bytes.values()].reduce((all, one) => all + one, 0);
      const seen = totals.totals(0, 0);
      expect(seen.exactBytes + seen.rangeBytes + seen.sampledBytes).toBe(sum);
      expect(seen.unattributedBytes).toBe(Math.max(0, diskBytes - sum));
      totals.beginVolume('/m');
      expect(totals.totals(0, 0)).toEqual(seen);
    }),
  );
});
