import type { ElasticScore } from '../model/finding.ts';
import { posteriorBins, shareMeans } from './elastic-posterior.ts';
import {
  firstSeenCeiling,
  noiseCeiling,
  percentileCeiling,
  probabilityCeiling,
  ratioCeiling,
  rawScore,
} from './elastic-score.ts';

/** The processes that wrote on one host in one hour. Numbers are the caller's; a process may be named twice. */
export interface HostHour {
  readonly host: number;
  readonly processes: readonly number[];
}

/** The score of one process on one host in one hour. */
export interface HourScore {
  readonly host: number;
  readonly process: number;
  readonly elastic: ElasticScore;
}

/**
 * What Elastic's `rare` job (by process, per host, hourly) says of every process in every hour, computed from distinct
 * (host, process, hour) alone. Hours are fed oldest first, each hour once with all of its hosts: the order inside an
 * hour does not matter. How often a process wrote inside an hour does not matter either.
 */
export interface ElasticRarity {
  /** Scores an hour and keeps it as history. */
  addHour(hosts: readonly HostHour[]): HourScore[];
  /** From here on, hours added can be taken back as a whole. Called once before each `rollback`, never nested. */
  checkpoint(): void;
  /** Takes back all hours since `checkpoint`, exactly: later scores are as if they had never been added. */
  rollback(): void;
}

/** A bucket of an hour ages all counts of its host by this much (exp of minus). */
const ageingPerHour = 0.0005;

/** A probability compared is scaled up by this, so that nearly equal processes get nearly equal probabilities. */
const tolerance = 1.05;

/** Median of the raw scores, at which noise is taken to be. */
const noisePercentile = 0.5;

interface Candidate {
  readonly host: number;
  readonly process: number;
  readonly probability: number;
  readonly raw: number;
  readonly processHours: number;
  readonly isFirstOccurrence: boolean;
  readonly relativeRarity: number | undefined;
}

export function makeElasticRarity(): ElasticRarity {
  const hosts = new Map<number, HostHistory>();
  const rawScores = new RawScoreHistory();
  /** Since a checkpoint: the hosts as they were before, for those that changed (absent: new), and raw scores added. */
  let trial: { readonly before: Map<number, HostHistory | undefined>; readonly raws: number[] } | undefined;

  /** The history of a host, to be changed. */
  function changing(host: number): HostHistory {
    const history = hosts.get(host);
    if (trial && !trial.before.has(host)) {
      trial.before.set(host, history);
    } else if (history) {
      return history;
    }
    const fresh = history ? history.copy() : new HostHistory();
    hosts.set(host, fresh);
    return fresh;
  }

  return {
    addHour(hostHours) {
      const candidates: Candidate[] = [];
      for (const [host, processes] of distinctProcesses(hostHours)) {
        changing(host).addHour(host, processes, candidates);
      }
      // As in the job, the whole hour joins the history of scores before one of them is judged by it.
      for (const { host, raw } of candidates) {
        rawScores.add(raw);
        trial?.raws.push(raw);
        const history = hosts.get(host);
        if (history) history.highestRaw = Math.max(history.highestRaw, raw);
      }
      return candidates.map((candidate) => ({
        host: candidate.host,
        process: candidate.process,
        elastic: {
          probability: candidate.probability,
          score: normalised(candidate, hosts.get(candidate.host)?.highestRaw ?? 0, rawScores),
          ceiling: firstSeenCeiling(candidate.processHours),
          processHours: candidate.processHours,
          isFirstOccurrence: candidate.isFirstOccurrence,
          relativeRarity: candidate.relativeRarity,
        },
      }));
    },

    checkpoint() {
      trial = { before: new Map(), raws: [] };
    },

    rollback() {
      for (const [host, history] of trial?.before ?? []) {
        if (history) hosts.set(host, history);
        else hosts.delete(host);
      }
      for (const raw of trial?.raws ?? []) rawScores.remove(raw);
      trial = undefined;
    },
  };
}

function normalised(candidate: Candidate, highestRaw: number, rawScores: RawScoreHistory): number {
  const { raw } = candidate;
  if (raw === 0) return 0;
  // The cheapest two first: the other two seldom bind, and need the history of the whole job.
  return Math.min(
    probabilityCeiling(candidate.probability),
    ratioCeiling(raw, highestRaw),
    percentileCeiling(rawScores.below(raw), rawScores.count),
    noiseCeiling(raw, rawScores.quantile(noisePercentile), rawScores.zeros / rawScores.count),
  );
}

/** One host may come in several pieces; its processes in any order. The order kept is the first one named, sorted. */
function distinctProcesses(hostHours: readonly HostHour[]): [number, number[]][] {
  const byHost = new Map<number, Set<number>>();
  for (const { host, processes } of hostHours) {
    let set = byHost.get(host);
    if (!set) {
      set = new Set();
      byHost.set(host, set);
    }
    for (const process of processes) set.add(process);
  }
  return [...byHost]
    .map(([host, set]): [number, number[]] => [host, [...set].sort((a, b) => a - b)])
    .sort((a, b) => a[0] - b[0]);
}

/**
 * Counts of one host's processes. Instead of ageing all counts after each hour, the weight of the next hour grows: the
 * counts keep their order then, and an hour costs one pass over the processes that the host knows.
 */
class HostHistory {
  highestRaw = 0;
  private weight = 1;
  private total = 0;
  private readonly placeOf: Map<number, number>;
  /** Parallel: process → slot through `placeOf`; counts by slot; slots by count, rising. */
  private readonly counts: number[];
  private readonly order: number[];

  constructor(from?: HostHistory) {
    this.placeOf = new Map(from?.placeOf);
    this.counts = from ? [...from.counts] : [];
    this.order = from ? [...from.order] : [];
    if (from) {
      this.highestRaw = from.highestRaw;
      this.weight = from.weight;
      this.total = from.total;
    }
  }

  copy(): HostHistory {
    return new HostHistory(this);
  }

  /** Adds one count to each of the (distinct) processes, then says how rare each of them is, then ages. */
  addHour(host: number, processes: readonly number[], candidates: Candidate[]): void {
    const { counts, order, weight } = this;
    const known = counts.length;
    for (const process of processes) {
      const place = this.placeOf.get(process);
      if (place === undefined) {
        this.placeOf.set(process, counts.length);
        order.push(counts.length);
        counts.push(weight);
      } else {
        counts[place] = (counts[place] ?? 0) + weight;
      }
      this.total += weight;
    }
    this.sort();
    const ladder = this.ladder();
    const processHours = this.total / weight;
    const bins = posteriorBins(processHours);
    const middle = order.length >> 1;
    const countAt = (index: number) => counts[order[index] ?? 0] ?? 0;
    const median = order.length % 2 === 1 ? countAt(middle) : (countAt(middle - 1) + countAt(middle)) / 2;
    for (const process of processes) {
      const place = this.placeOf.get(process) ?? 0;
      const count = (counts[place] ?? 0) / weight;
      let sum = 0;
      shareMeans(count, processHours, bins, means);
      const scale = bins === 1 ? 1 : tolerance;
      for (let bin = 0; bin < bins; bin++) sum += ladder.massAt(scale * (means[bin] ?? 0));
      const probability = Math.min(sum / bins, 1);
      const isFirstOccurrence = place >= known;
      candidates.push({
        host,
        process,
        probability,
        raw: rawScore(probability),
        processHours,
        isFirstOccurrence,
        relativeRarity: isFirstOccurrence ? undefined : median / (count * weight),
      });
    }
    this.weight *= Math.exp(ageingPerHour);
  }

  /** Insertion sort: only the counts of this hour's processes have moved, and only upwards. */
  private sort(): void {
    const { counts, order } = this;
    for (let index = 1; index < order.length; index++) {
      const slot = order[index] ?? 0;
      const count = counts[slot] ?? 0;
      let hole = index;
      while (hole > 0 && (counts[order[hole - 1] ?? 0] ?? 0) > count) {
        order[hole] = order[hole - 1] ?? 0;
        hole--;
      }
      order[hole] = slot;
    }
  }

  private ladder(): Ladder {
    ladder.reset();
    for (const slot of this.order) ladder.push(this.counts[slot] ?? 0);
    ladder.close(this.total);
    return ladder;
  }
}

/** Cumulative mass over shares: what share of all process-hours belongs to processes as rare as a given share, or rarer. */
class Ladder {
  private readonly shares: number[] = [];
  private readonly masses: number[] = [];
  private total = 1;

  reset(): void {
    this.shares.length = 0;
    this.masses.length = 0;
  }

  /** Counts come rising; equal ones share a rung. */
  push(count: number): void {
    const last = this.shares.length - 1;
    const mass = (this.masses[last] ?? 0) + count;
    if (this.shares[last] === count) {
      this.masses[last] = mass;
    } else {
      this.shares.push(count);
      this.masses.push(mass);
    }
  }

  close(total: number): void {
    this.total = total;
  }

  /** Mass at a share: linear between rungs, from 0 at 0; all at and above the top rung. */
  massAt(share: number): number {
    const { shares, masses } = this;
    const count = share * this.total;
    let low = 0;
    let high = shares.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // A share computed back from a count may miss its rung by rounding; a rung is reached within 1e-12.
      if ((shares[middle] ?? 0) <= count * (1 + 1e-12)) low = middle + 1;
      else high = middle;
    }
    const rightShare = shares[low];
    if (rightShare === undefined) return 1;
    const leftShare = low > 0 ? (shares[low - 1] ?? 0) : 0;
    const leftMass = low > 0 ? (masses[low - 1] ?? 0) : 0;
    const rightMass = masses[low] ?? 0;
    const part = Math.max((count - leftShare) / (rightShare - leftShare), 0);
    return (leftMass + part * (rightMass - leftMass)) / this.total;
  }
}

/** Reused between calls: nothing of them outlives one. */
const ladder = new Ladder();
const means = new Float64Array(7);

/** Raw scores are kept in steps of 1/1,000, as the job does: a counting tree over 0 … 100. */
const rawSteps = 100_001;

class RawScoreHistory {
  count = 0;
  zeros = 0;
  /** Fenwick tree: sums of ranges of counts. */
  private readonly tree = new Float64Array(rawSteps + 1);

  add(raw: number): void {
    this.change(raw, 1);
  }

  remove(raw: number): void {
    this.change(raw, -1);
  }

  private change(raw: number, by: 1 | -1): void {
    this.count += by;
    if (raw === 0) {
      this.zeros += by;
      return;
    }
    for (let index = stepOf(raw) + 1; index <= rawSteps; index += index & -index) {
      this.tree[index] = (this.tree[index] ?? 0) + by;
    }
  }

  /** How many raw scores are a step or more below this one. */
  below(raw: number): number {
    let sum = this.zeros;
    for (let index = stepOf(raw); index > 0; index -= index & -index) sum += this.tree[index] ?? 0;
    return sum;
  }

  /** The raw score that a share of all scores does not exceed. */
  quantile(share: number): number {
    let rest = share * this.count - this.zeros;
    if (rest <= 0) return 0;
    let index = 0;
    for (let width = 1 << 16; width > 0; width >>= 1) {
      const next = this.tree[index + width];
      if (next !== undefined && next < rest) {
        index += width;
        rest -= next;
      }
    }
    return index / 1_000;
  }
}

function stepOf(raw: number): number {
  return Math.min(Math.round(raw * 1_000), rawSteps - 1);
}
