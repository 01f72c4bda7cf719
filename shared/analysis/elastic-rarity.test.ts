import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ElasticRarity, type HostHour, makeElasticRarity } from './elastic-rarity.ts';
import { firstSeenCeiling } from './elastic-score.ts';

const single = (...processes: number[]): HostHour[] => [{ host: 0, processes }];

/** Feeds an hour per entry and returns the scores of the last one by process. */
function lastScores(hours: readonly (readonly number[])[], rarity: ElasticRarity = makeElasticRarity()) {
  const scores = hours.map((processes) => rarity.addHour(single(...processes)));
  return new Map(scores.at(-1)?.map((score) => [score.process, score.elastic]));
}

const repeat = (times: number, ...processes: number[]) => Array.from({ length: times }, () => processes);

describe('rarity of a process on a host', () => {
  it.each([30, 50, 100, 200, 500, 1_000])(
    'a first-seen process at %s process-hours gets (nearly) the ceiling',
    (known) => {
      // Ageing forgets some of the hours: feed until the host knows that many.
      const rarity = makeElasticRarity();
      let processHours = 0;
      while (processHours < known - 1) {
        processHours = rarity.addHour(single(1))[0]?.elastic.processHours ?? 0;
      }
      const score = rarity.addHour(single(1, 2)).find(({ process }) => process === 2)?.elastic;
      expect(score?.isFirstOccurrence).toBe(true);
      expect(score?.relativeRarity).toBeUndefined();
      expect(score?.score).toBeLessThanOrEqual(score?.ceiling ?? 0);
      // Compared shares are scaled by 1.05, which costs a first-seen process less than a point.
      expect(score?.score).toBeGreaterThan((score?.ceiling ?? 0) - 1);
      expect(Math.abs((score?.ceiling ?? 0) - firstSeenCeiling(known))).toBeLessThan(2);
    },
  );

  it('the only process there is has probability 1, at its first hour and later', () => {
    expect(lastScores([[7]]).get(7)).toMatchObject({
      probability: 1,
      score: 0,
      isFirstOccurrence: true,
      processHours: 1,
    });
    expect(lastScores(repeat(50, 7)).get(7)).toMatchObject({ probability: 1, score: 0, isFirstOccurrence: false });
  });

  it('with k equally rare processes p is about k of N', () => {
    for (const k of [1, 2, 4, 8]) {
      const rare = Array.from({ length: k }, (_, index) => 100 + index);
      const score = lastScores([...repeat(500, 1), [1, ...rare]]).get(100);
      const share = k / (score?.processHours ?? 0);
      expect((score?.probability ?? 0) / share).toBeGreaterThan(0.6);
      expect((score?.probability ?? 0) / share).toBeLessThan(1.3);
    }
  });

  it('how often a process is named inside an hour does not matter', () => {
    expect(lastScores([...repeat(40, 1), [1, 2, 2, 2]])).toEqual(lastScores([...repeat(40, 1, 1), [2, 1]]));
  });

  it('hours without data on a host do not age it', () => {
    const busy = makeElasticRarity();
    const quiet = makeElasticRarity();
    for (let hour = 0; hour < 60; hour++) {
      busy.addHour([...single(1), { host: 5, processes: [3] }]);
      quiet.addHour(single(1));
      quiet.addHour([{ host: 5, processes: [3] }]);
    }
    const probability = (rarity: ElasticRarity) =>
      rarity.addHour(single(1, 2)).map((score) => score.elastic.probability);
    expect(probability(busy)).toEqual(probability(quiet));
  });

  it('a process half as known as the median one has a relative rarity of 2', () => {
    const score = lastScores([...repeat(40, 1, 2, 3, 4), ...repeat(19, 9), [9]]).get(9);
    expect(score?.relativeRarity).toBeCloseTo(2, 1);
  });

  it('counts age by 0.05 % an hour', () => {
    const processHours = lastScores(repeat(100, 1)).get(1)?.processHours;
    const ageing = Math.exp(-0.0005);
    expect(processHours).toBeCloseTo((1 - ageing ** 100) / (1 - ageing), 8);
  });
});

/** Histories of one host: some hours, each with the processes that wrote. */
const history = fc.array(fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 60 });

describe('properties', () => {
  it('every figure is in its range, and no score is above what the host allows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), fc.uniqueArray(fc.nat(30), { minLength: 1 })), { maxLength: 80 }),
        (hours) => {
          const rarity = makeElasticRarity();
          for (const [host, processes] of hours) {
            for (const { elastic } of rarity.addHour([{ host, processes }])) {
              expect(elastic.probability).toBeGreaterThan(0);
              expect(elastic.probability).toBeLessThanOrEqual(1);
              expect(elastic.score).toBeGreaterThanOrEqual(0);
              expect(elastic.score).toBeLessThanOrEqual(elastic.ceiling + 1e-9);
            }
          }
        },
      ),
    );
  });

  it('more history of the same process never makes it rarer', () => {
    fc.assert(
      fc.property(history, fc.nat(12), fc.nat(59), (hours, process, at) => {
        const before = lastScores([...repeat(30, 20), ...hours, [process]]).get(process);
        const place = at % hours.length;
        const known = hours.map((processes, index) =>
          index === place ? [...new Set([...processes, process])] : processes,
        );
        const after = lastScores([...repeat(30, 20), ...known, [process]]).get(process);
        const inserted = lastScores([
          ...repeat(30, 20),
          ...hours.slice(0, place),
          [process],
          ...hours.slice(place),
          [process],
        ]);
        expect(after?.probability).toBeGreaterThanOrEqual((before?.probability ?? 0) - 1e-9);
        expect(inserted.get(process)?.probability).toBeGreaterThanOrEqual((before?.probability ?? 0) - 1e-9);
        expect(after?.score).toBeLessThanOrEqual((before?.score ?? 0) + 1e-9);
        expect(inserted.get(process)?.score).toBeLessThanOrEqual((before?.score ?? 0) + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  it('the order inside an hour, and into how many pieces a host comes, do not matter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(fc.nat(3), fc.nat(12)), { minLength: 1, maxLength: 12 }), { maxLength: 30 }),
        fc.nat(),
        (hours, seed) => {
          const straight = makeElasticRarity();
          const shuffled = makeElasticRarity();
          for (const pairs of hours) {
            const pieces = pairs.map(([host, process]) => ({ host, processes: [process] }));
            const other = [...pieces].sort(
              (a, b) => hash(a.host, a.processes[0], seed) - hash(b.host, b.processes[0], seed),
            );
            expect(shuffled.addHour(other)).toEqual(straight.addHour(pieces));
          }
        },
      ),
    );
  });

  it('what is taken back leaves no trace', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(history, history), { minLength: 1, maxLength: 4 }), (rounds) => {
        const plain = makeElasticRarity();
        const watched = makeElasticRarity();
        for (const [trials, hours] of rounds) {
          watched.checkpoint();
          const first = watched.addHour(single(...(trials[0] ?? [])));
          watched.addHour([{ host: 9, processes: [1] }]);
          for (const processes of trials) watched.addHour(single(...processes));
          watched.rollback();
          watched.checkpoint();
          expect(watched.addHour(single(...(trials[0] ?? [])))).toEqual(first);
          watched.rollback();
          for (const processes of hours) {
            expect(watched.addHour(single(...processes))).toEqual(plain.addHour(single(...processes)));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

function hash(a: number, b: number | undefined, seed: number): number {
  return Math.imul(a * 31 + (b ?? 0) * 17 + (seed % 1013), 2_654_435_761) >>> 0;
}
