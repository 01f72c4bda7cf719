/**
 * Conditional means of the posterior of a process's share: Beta(count, total − count), cut into bins of equal
 * probability. The share is small wherever a score is above 0, so that Beta is taken as Gamma(count) ÷ total, spread
 * narrowed to Beta's own variance. Tables are made once; in between they are read linearly.
 */

/** How many bins the share's posterior is cut into: fewer, the more process-hours a host has. */
export function posteriorBins(processHours: number): 1 | 3 | 5 | 7 {
  if (processHours < 100) return 7;
  if (processHours < 1_000) return 5;
  return processHours < 10_000 ? 3 : 1;
}

const tableStep = 0.25;
const tableEnd = 64;
const tables = new Map<number, readonly Float64Array[]>();

/**
 * Writes into `target` the conditional means of the share of a process with `count` of `total` process-hours, for
 * `bins` bins (as `posteriorBins` gives them), and returns `bins`. `count` is at least 1: it includes the current hour.
 */
export function shareMeans(count: number, total: number, bins: 1 | 3 | 5 | 7, target: Float64Array): number {
  if (bins === 1 || total <= count) {
    target.fill(count / total, 0, bins);
    return bins;
  }
  // Beta's variance over Gamma's, for the same mean.
  const narrowing = Math.sqrt((total - count) / (total + 1));
  const rows = gammaTable(bins);
  const place = (Math.max(count, 1) - 1) / tableStep;
  const row = Math.floor(place);
  const left = rows[row];
  const right = rows[row + 1];
  for (let bin = 0; bin < bins; bin++) {
    let mean: number;
    if (left && right) {
      const from = left[bin] ?? 0;
      mean = from + (place - row) * ((right[bin] ?? 0) - from);
    } else {
      mean = largeGammaMean(count, bins, bin);
    }
    target[bin] = (count + (mean - count) * narrowing) / total;
  }
  return bins;
}

/** Conditional means of Gamma(shape) in `bins` bins of equal probability. Exported for its test. */
export function gammaConditionalMeans(shape: number, bins: number): Float64Array {
  const means = new Float64Array(bins);
  let below = 0;
  for (let bin = 0; bin < bins; bin++) {
    // The mean up to a quantile x of Gamma(a) is a · P(a + 1, x).
    const upTo = bin === bins - 1 ? 1 : lowerGamma(shape + 1, gammaQuantile(shape, (bin + 1) / bins));
    means[bin] = bins * shape * (upTo - below);
    below = upTo;
  }
  return means;
}

function gammaTable(bins: number): readonly Float64Array[] {
  let rows = tables.get(bins);
  if (!rows) {
    rows = Array.from({ length: (tableEnd - 1) / tableStep + 1 }, (_, index) =>
      gammaConditionalMeans(1 + index * tableStep, bins),
    );
    tables.set(bins, rows);
  }
  return rows;
}

/** Conditional means of the standard normal distribution, and of its square less one, for the tail of the table. */
const normalMeans: Readonly<Record<3 | 5 | 7, readonly number[]>> = {
  3: [-1.0908, 0, 1.0908],
  5: [-1.3998, -0.5319, 0, 0.5319, 1.3998],
  7: [-1.5795, -0.7998, -0.3684, 0, 0.3684, 0.7998, 1.5795],
};

function largeGammaMean(shape: number, bins: 3 | 5 | 7, bin: number): number {
  const z = normalMeans[bins][bin] ?? 0;
  // The skewness that Gamma still has at this shape moves both tails up by the same small amount; the mean is kept.
  const meanSquare = normalMeans[bins].reduce((sum, value) => sum + value * value, 0) / bins;
  return shape + z * Math.sqrt(shape) + (z * z - meanSquare) / 3;
}

/** Quantile of Gamma(shape), by Newton's method from Wilson and Hilferty's approximation. */
function gammaQuantile(shape: number, probability: number): number {
  let x = shape * (1 - 1 / (9 * shape) + normalQuantile(probability) / (3 * Math.sqrt(shape))) ** 3;
  for (let step = 0; step < 12; step++) {
    const density = Math.exp((shape - 1) * Math.log(x) - x - logGamma(shape));
    const change = (lowerGamma(shape, x) - probability) / density;
    x = Math.max(x - change, x / 4);
    if (Math.abs(change) < 1e-12 * x) break;
  }
  return x;
}

/** Regularised lower incomplete gamma function: a series below the mean, a continued fraction above. */
function lowerGamma(shape: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  if (x < shape + 1) {
    let term = 1 / shape;
    let sum = term;
    for (let k = 1; term > sum * 1e-15; k++) {
      term *= x / (shape + k);
      sum += term;
    }
    return front * sum;
  }
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 500; k++) {
    const a = -k * (k - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return 1 - front * fraction;
}

/** Lanczos' approximation, good to 1e-10 for arguments of at least 1. */
function logGamma(x: number): number {
  const coefficients = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
    -0.5395239384953e-5,
  ];
  const base = x + 5.5;
  let series = 1.000000000190015;
  for (const [index, coefficient] of coefficients.entries()) series += coefficient / (x + 1 + index);
  return (x + 0.5) * Math.log(base) - base + Math.log((2.5066282746310007 * series) / x);
}

/** Quantile of the standard normal distribution, good enough as a start for Newton's method. */
function normalQuantile(probability: number): number {
  const tail = Math.min(probability, 1 - probability);
  const t = Math.sqrt(-2 * Math.log(tail));
  const z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  return probability < 0.5 ? -z : z;
}
