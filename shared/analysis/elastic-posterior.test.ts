import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gammaConditionalMeans, posteriorBins, shareMeans } from './elastic-posterior.ts';

describe('gammaConditionalMeans', () => {
  it('of an exponential distribution are its closed form', () => {
    // Mean between two quantiles a, b of Exp(1): bins · ((a + 1)e^-a − (b + 1)e^-b).
    const bins = 7;
    const upTo = (bin: number) => (bin === bins ? 0 : ((bins - bin) / bins) * (1 - Math.log((bins - bin) / bins)));
    for (const [bin, mean] of gammaConditionalMeans(1, bins).entries()) {
      expect(mean).toBeCloseTo(bins * (upTo(bin) - upTo(bin + 1)), 9);
    }
  });

  it('rise, and their mean is the mean of the distribution', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 60, noNaN: true }), fc.constantFrom(3, 5, 7), (shape, bins) => {
        const means = [...gammaConditionalMeans(shape, bins)];
        expect(means).toEqual([...means].sort((a, b) => a - b));
        expect(means.reduce((sum, mean) => sum + mean, 0) / bins).toBeCloseTo(shape, 8);
      }),
    );
  });
});

describe('shareMeans', () => {
  const of = (count: number, total: number, bins: 1 | 3 | 5 | 7) => {
    const target = new Float64Array(7);
    return [...target.subarray(0, shareMeans(count, total, bins, target))];
  };

  it('keep the mean share', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 200, noNaN: true }),
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        fc.constantFrom<(1 | 3 | 5 | 7)[]>(1, 3, 5, 7),
        (count, others, bins) => {
          const total = count + others;
          const means = of(count, total, bins);
          expect(means.reduce((sum, mean) => sum + mean, 0) / means.length / (count / total)).toBeCloseTo(1, 3);
        },
      ),
    );
  });

  it('goes on smoothly where the table ends', () => {
    const before = of(63.99, 5_000, 5);
    const after = of(64.01, 5_000, 5);
    for (const [bin, mean] of after.entries()) expect(mean / (before[bin] ?? 0)).toBeCloseTo(1, 2);
  });
});

describe('posteriorBins', () => {
  it.each([
    [1, 7],
    [99.9, 7],
    [100, 5],
    [999, 5],
    [1_000, 3],
    [9_999, 3],
    [10_000, 1],
  ])('%s process-hours: %s', (processHours, bins) => {
    expect(posteriorBins(processHours)).toBe(bins);
  });
});

/** Conditional means of Beta(a, b) in bins of equal probability, by adding up small slices of its density. */
function betaConditionalMeans(a: number, b: number, bins: number): number[] {
  const slices = 200_000;
  const density = (x: number) => x ** (a - 1) * (1 - x) ** (b - 1);
  const width = 1 / slices;
  let total = 0;
  for (let slice = 0; slice < slices; slice++) total += density((slice + 0.5) * width);
  const means = Array.from({ length: bins }, () => 0);
  let below = 0;
  for (let slice = 0; slice < slices; slice++) {
    const x = (slice + 0.5) * width;
    const bin = Math.min(Math.floor((below / total) * bins), bins - 1);
    means[bin] = (means[bin] ?? 0) + (bins * x * density(x)) / total;
    below += density(x);
  }
  return means;
}

describe('against the exact posterior', () => {
  it.each([
    [1, 30],
    [1, 90],
    [3, 90],
    [1, 400],
    [8, 400],
    [2, 5_000],
    [40, 5_000],
  ])('a count of %s in %s is within three percent, bin for bin', (count, total) => {
    const bins = posteriorBins(total);
    const target = new Float64Array(7);
    shareMeans(count, total, bins, target);
    for (const [bin, exact] of betaConditionalMeans(count, total - count, bins).entries()) {
      expect(Math.abs((target[bin] ?? 0) - exact)).toBeLessThan(0.03 * (count / total));
    }
  });
});
