/**
 * From a probability to the score that Elastic's anomaly jobs show: a raw score on a log-like scale, and the lowest of
 * four ceilings. Pure functions of figures; `elastic-rarity.ts` keeps the history that they need.
 */

/** Above this probability the job writes no record at all. */
export const largestRareProbability = 0.035;
const largestProbability = 0.05;
const smallProbability = 1e-4;
const minusculeProbability = 1e-50;

/** 0 for what is not rare, up to 1 at p = 1e-4 (linear in 1/p), up to 50 at 1e-50 (linear in −ln p), up to 100 beyond. */
export function rawScore(probability: number): number {
  if (probability > largestRareProbability) return 0;
  if (probability >= smallProbability) {
    return (1 / probability - 1 / largestProbability) / (1 / smallProbability - 1 / largestProbability);
  }
  const depth = -Math.log(Math.max(probability, Number.MIN_VALUE));
  const smallDepth = -Math.log(smallProbability);
  const minusculeDepth = -Math.log(minusculeProbability);
  if (depth <= minusculeDepth) return 1 + (49 * (depth - smallDepth)) / (minusculeDepth - smallDepth);
  const deepest = -Math.log(Number.MIN_VALUE);
  return 50 + (50 * (depth - minusculeDepth)) / (deepest - minusculeDepth);
}

/** The ceiling that a probability alone sets: near the 5 % border little, 100 from 1e-4 on. */
export function probabilityCeiling(probability: number): number {
  const ceiling = 100 * ((0.95 * Math.log(largestProbability / probability)) / Math.log(500) + 0.05);
  return Math.min(Math.max(ceiling, 0), 100);
}

/**
 * The highest score that a process never seen before can get where `processHours` are known: its probability cannot be
 * below 1 ÷ processHours. 0 where not even that would be a record.
 */
export function firstSeenCeiling(processHours: number): number {
  const probability = 1 / Math.max(processHours, 1);
  return probability > largestRareProbability ? 0 : probabilityCeiling(probability);
}

/** The ceiling that the partition's highest raw score so far sets. */
export function ratioCeiling(raw: number, highestRaw: number): number {
  if (highestRaw <= 0) return 100;
  const ratio = raw / highestRaw;
  return 100 * Math.min(1.5 * ratio, 0.5 + 0.5 * ratio);
}

const knots: readonly (readonly [percentile: number, score: number])[] = [
  [0, 0],
  [70, 1],
  [85, 1.2],
  [90, 1.5],
  [95, 3],
  [97, 20],
  [99, 50],
  [99.9, 90],
  [100, 100],
];

/**
 * The ceiling that the job's own history sets: the percentile of the raw score among all raw scores so far. With few
 * scores a percentile is uncertain, so both ends of its 70 % interval are read off the knots and averaged.
 */
export function percentileCeiling(lowerScores: number, allScores: number): number {
  const share = Math.min(lowerScores / allScores, 1);
  const [low, high] = shareInterval(share, allScores);
  return (atKnots(100 * low) + atKnots(100 * high)) / 2;
}

/** The ceiling against noise: with most scores at 0 (as for `rare`) it does not bind. */
export function noiseCeiling(raw: number, noiseRaw: number, zeroShare: number): number {
  // Raw scores are logarithms, so that ten times their difference is the signal in decibels; one decibel is one point.
  const signal = 10 * (raw - noiseRaw);
  return Math.min(Math.max(1 + signal, 0) + 100 * Math.max(2 * Math.min(2 * zeroShare, 1) - 1, 0), 100);
}

function atKnots(percentile: number): number {
  for (let index = 1; index < knots.length; index++) {
    const [left, leftScore] = knots[index - 1] ?? [0, 0];
    const [right, rightScore] = knots[index] ?? [100, 100];
    if (percentile <= right) return leftScore + ((rightScore - leftScore) * (percentile - left)) / (right - left);
  }
  return 100;
}

/** The 15 % and 85 % points of Beta(n·share + 1, n·(1 − share) + 1), by Wilson and Hilferty from the nearer end (−ln(1 − Beta) is nearly Gamma). */
function shareInterval(share: number, n: number): readonly [number, number] {
  const z = 1.0364;
  const isUpper = share > 0.5;
  const shape = (isUpper ? 1 - share : share) * n + 1;
  const rest = n + 2 - shape;
  const scale = rest + (shape - 1) / 2;
  const at = (sign: number) => {
    const gamma = shape * (1 - 1 / (9 * shape) + (sign * z) / (3 * Math.sqrt(shape))) ** 3;
    return 1 - Math.exp(-gamma / scale);
  };
  return isUpper ? [1 - at(1), 1 - at(-1)] : [at(-1), at(1)];
}
