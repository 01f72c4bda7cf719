import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstSeenCeiling, percentileCeiling, probabilityCeiling, ratioCeiling, rawScore } from './elastic-score.ts';

describe('firstSeenCeiling', () => {
  it.each([
    [1, 0],
    [28, 0],
    [30, 11],
    [50, 19],
    [100, 30],
    [200, 40],
    [500, 54],
    [1_000, 65],
    [1_950, 75],
    [4_000, 86],
    [10_000, 100],
    [1_000_000, 100],
  ])('%s process-hours: %s', (processHours, ceiling) => {
    expect(Math.round(firstSeenCeiling(processHours))).toBe(ceiling);
  });

  it('never falls as history grows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (n, more) => {
          expect(firstSeenCeiling(n + more)).toBeGreaterThanOrEqual(firstSeenCeiling(n));
        },
      ),
    );
  });
});

describe('rawScore', () => {
  it.each([
    [1, 0],
    [0.0351, 0],
    [1e-4, 1],
    [1e-50, 50],
    [Number.MIN_VALUE, 100],
    [0, 100],
  ])('of %s is %s', (probability, raw) => {
    expect(rawScore(probability)).toBeCloseTo(raw, 9);
  });

  it('is linear in 1/p below 1e-4 and falls as p grows', () => {
    expect(rawScore(1 / 5_010)).toBeCloseTo(4_990 / 9_980, 12);
    fc.assert(
      fc.property(
        fc.double({ min: 1e-60, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        (p, factor) => {
          expect(rawScore(p * factor)).toBeLessThanOrEqual(rawScore(p));
        },
      ),
    );
  });
});

describe('ceilings', () => {
  it('of a probability is what a real record of the job shows', () => {
    // A record published with Kibana's tests: probability 0.03406…, record_score 10.87….
    expect(probabilityCeiling(0.03406145177566593)).toBeCloseTo(10.87, 1);
    expect(probabilityCeiling(1e-4)).toBeCloseTo(100, 9);
  });

  it('of the ratio to the highest', () => {
    expect([0.2, 0.5, 0.8, 1].map((ratio) => ratioCeiling(ratio * 3, 3))).toEqual([
      expect.closeTo(30, 9),
      expect.closeTo(75, 9),
      expect.closeTo(90, 9),
      100,
    ]);
  });

  it('of the percentile nears the knots as scores become many', () => {
    const many = 10_000_000;
    for (const [percentile, score] of [
      [70, 1],
      [90, 1.5],
      [97, 20],
      [99, 50],
      [99.9, 90],
    ] as const) {
      expect(percentileCeiling((many * percentile) / 100, many)).toBeCloseTo(score, 0);
    }
    expect(percentileCeiling(many, many)).toBeCloseTo(100, 2);
  });

  it('of the percentile rises with the percentile', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), fc.nat(5_000), (a, b, more) => {
        const [fewer, lower] = a < b ? [a, b] : [b, a];
        const all = lower + more + 1;
        expect(percentileCeiling(lower, all)).toBeGreaterThanOrEqual(percentileCeiling(fewer, all) - 0.001);
      }),
    );
  });
});
