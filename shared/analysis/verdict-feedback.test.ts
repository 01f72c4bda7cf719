import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../base/time.ts';
import type { Facet, Finding } from '../model/finding.ts';
import { type FindingVerdict, findingVerdictKinds } from '../model/finding-verdict.ts';
import { isVerdictFacet, makeVerdictBook, movedByVerdicts } from './verdict-feedback.ts';

const judgedMs = Date.UTC(2026, 10, 3, 10);

type Scored = Pick<Finding, 'id' | 'host' | 'process' | 'executable' | 'device' | 'startMs' | 'score' | 'facets'>;

function facet(name: Facet['name'], points: number): Facet {
  return { name, title: name, figure: '', text: '', evidence: points / 10, points };
}

/** A finding whose points are of its program, but for those of its device. */
function scored(change: Partial<Scored> & { devicePoints?: number } = {}): Scored {
  const { devicePoints = 10, score = 60, ...rest } = change;
  return {
    id: 'F-later',
    host: 'ws-7',
    process: 'copier.exe',
    executable: 'C:\\Users\\anna\\AppData\\Local\\Copier\\copier.exe',
    device: 'serial:AA',
    startMs: judgedMs + dayMs,
    score,
    facets: [facet('device-new', devicePoints), facet('process-on-host', score - devicePoints)],
    ...rest,
  };
}

function verdict(change: Partial<FindingVerdict> = {}): FindingVerdict {
  return {
    findingId: 'F-judged',
    verdict: 'malicious',
    note: '',
    actor: 'anna',
    atMs: judgedMs,
    countsFromMs: judgedMs,
    host: 'ws-7',
    process: 'copier.exe',
    executable: 'C:\\Users\\anna\\AppData\\Local\\Copier\\copier.exe',
    device: 'serial:AA',
    points: { 'device-new': 10, 'process-on-host': 50 },
    ...change,
  };
}

const move = (finding: Scored, ...verdicts: FindingVerdict[]) => movedByVerdicts(finding, makeVerdictBook(verdicts));
const elsewhere = { device: 'serial:BB' };

describe('a verdict moves later findings of the same thing', () => {
  it.each([
    ['malicious, same program and device', {}, {}, 80],
    ['malicious, same program on the host', {}, elsewhere, 72],
    ['malicious, same device', {}, { process: 'other.exe' }, 68],
    ['malicious, same device on another host', {}, { host: 'ws-8' }, 68],
    [
      'malicious, the program by another user of the host',
      {},
      { executable: 'c:\\users\\ben\\appdata\\local\\copier\\COPIER.EXE', ...elsewhere },
      72,
    ],
    ['suspicious, same program and device', { verdict: 'suspicious' }, {}, 70],
    ['benign, same program and device', { verdict: 'benign' }, {}, 40],
    ['benign, same program on the host', { verdict: 'benign' }, elsewhere, 48],
    ['benign, same device', { verdict: 'benign' }, { process: 'other.exe' }, 52],
    ['benign, with less in common', { verdict: 'benign', points: { 'process-on-host': 4 } }, {}, 56],
    ['benign, but unusual for something else now', { verdict: 'benign', points: { 'hour-of-user': 40 } }, {}, 60],
  ] as const)('%s', (_title, given, later, score) => {
    const moved = move(scored(later), verdict(given));
    expect(moved?.score).toBeCloseTo(score, 9);
    const added = moved?.facets.reduce((sum, { points }) => sum + points, 0) ?? 0;
    expect(60 + added).toBeCloseTo(score, 9);
  });

  it.each([
    ['another program and device', { process: 'other.exe', ...elsewhere }],
    ['the program on another host', { host: 'ws-8', ...elsewhere }],
    ['a program of that name in another folder', { executable: 'C:\\Windows\\Temp\\copier.exe', ...elsewhere }],
    ['a program whose place is not known', { executable: undefined, ...elsewhere }],
    ['a finding that began before the verdict', { startMs: judgedMs - 1 }],
    ['the judged finding itself', { id: 'F-judged' }],
  ])('but not %s', (_title, later) => {
    expect(move(scored(later), verdict())).toBeUndefined();
  });

  it('says who judged what and when, and how many points it is', () => {
    const moved = move(scored({ process: 'other.exe' }), verdict({ note: 'stolen drawings', caseId: 'C-2026-0001' }));
    expect(moved?.facets).toEqual([
      {
        name: 'verdict-on-device',
        title: 'Verdict on the device',
        figure: 'Malicious, by anna',
        text: 'anna judged case C-2026-0001 and with it finding F-judged of this device malicious on 3 Nov 2026, 10:00 UTC (stolen drawings). It adds 8 points, of at most 8.',
        evidence: 0,
        points: 8,
        verdictOn: 'F-judged',
      },
    ]);
  });

  it('stops at 75 on the way down, at 100 on the way up, and says so', () => {
    const down = move(scored({ score: 80 }), verdict({ verdict: 'benign' }));
    expect(down?.score).toBe(75);
    expect(down?.facets[0]?.text).toContain('It takes off 3 points');
    expect(down?.facets[0]?.text).toContain('A score of 75 or more stays at 75 at least.');
    const up = move(scored({ score: 95 }), verdict());
    expect(up?.score).toBe(100);
    expect(up?.facets[0]?.text).toContain('It adds 3 points');
    expect(up?.facets[1]?.text).toContain('A score ends at 100.');
  });

  it('counts the newest verdict on a thing alone; taken back, the one before counts again', () => {
    const older = verdict({
      verdict: 'benign',
      findingId: 'F-1',
      atMs: judgedMs - dayMs,
      countsFromMs: judgedMs - dayMs,
    });
    expect(move(scored(), older, verdict())?.score).toBeCloseTo(80, 9);
    expect(move(scored(), older)?.score).toBeCloseTo(40, 9);
    // A finding between the two sees the older one only.
    expect(move(scored({ startMs: judgedMs - hourMs }), older, verdict())?.score).toBeCloseTo(40, 9);
  });
});

const names = fc.constantFrom('a', 'b');
const someVerdict: fc.Arbitrary<FindingVerdict> = fc.record({
  findingId: fc.constantFrom('F-1', 'F-2', 'F-3', 'F-4'),
  verdict: fc.constantFrom(...findingVerdictKinds),
  note: fc.constant(''),
  actor: fc.constant('anna'),
  atMs: fc.integer({ min: judgedMs, max: judgedMs + 5 }),
  countsFromMs: fc.integer({ min: judgedMs - 3, max: judgedMs + 5 }),
  host: names,
  process: names,
  executable: fc.option(fc.constantFrom('C:\\x\\a', 'C:\\y\\a'), { nil: undefined }),
  device: names,
  points: fc.record({
    'device-new': fc.double({ min: 0, max: 60, noNaN: true }),
    bytes: fc.double({ min: 0, max: 60, noNaN: true }),
  }),
});
const someFinding: fc.Arbitrary<Scored> = fc
  .record({
    id: fc.constantFrom('F-1', 'F-9'),
    host: names,
    process: names,
    executable: fc.option(fc.constantFrom('C:\\x\\a', 'C:\\y\\a'), { nil: undefined }),
    device: names,
    startMs: fc.integer({ min: judgedMs - 5, max: judgedMs + 8 }),
    score: fc.double({ min: 0, max: 100, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...finding }) => ({
    ...finding,
    facets: [facet('device-new', finding.score * share), facet('bytes', finding.score * (1 - share))],
  }));
const someVerdicts = fc.array(someVerdict, { maxLength: 8 });

describe('whatever was judged', () => {
  it('moves a score by 20 points at most, and none from under 55 to 75 nor from 75 to under it', () => {
    fc.assert(
      fc.property(someFinding, someVerdicts, (finding, verdicts) => {
        const moved = movedByVerdicts(finding, makeVerdictBook(verdicts));
        const score = moved?.score ?? finding.score;
        expect(Math.abs(score - finding.score)).toBeLessThanOrEqual(20 + 1e-9);
        expect(score).toBeGreaterThanOrEqual(finding.score >= 75 ? 75 : 0);
        expect(score).toBeLessThanOrEqual(100);
        const added = (moved?.facets ?? []).reduce((sum, { points }) => sum + points, 0);
        expect(finding.score + added).toBeCloseTo(score, 6);
        expect((moved?.facets ?? []).every(isVerdictFacet)).toBe(true);
        const kinds = new Set(verdicts.map((one) => one.verdict));
        if (!kinds.has('benign')) expect(score).toBeGreaterThanOrEqual(finding.score);
        if (kinds.size === 1 && kinds.has('benign')) expect(score).toBeLessThanOrEqual(finding.score);
      }),
    );
  });

  it('does not depend on the order in which verdicts were entered, and leaves nothing behind when taken back', () => {
    const distinct = fc.uniqueArray(someVerdict, { maxLength: 4, selector: ({ findingId }) => findingId });
    fc.assert(
      fc.property(someFinding, distinct, fc.nat(), (finding, verdicts, at) => {
        const all = movedByVerdicts(finding, makeVerdictBook(verdicts));
        expect(movedByVerdicts(finding, makeVerdictBook(verdicts.toReversed()))).toEqual(all);
        const index = at % Math.max(1, verdicts.length);
        const without = movedByVerdicts(finding, makeVerdictBook(verdicts.toSpliced(index, 1)));
        const again = [...verdicts.toSpliced(index, 1), ...verdicts.slice(index, index + 1)];
        expect(movedByVerdicts(finding, makeVerdictBook(again))).toEqual(all);
        if (!all?.facets.some(({ verdictOn }) => verdictOn === verdicts[index]?.findingId))
          expect(without).toEqual(all);
      }),
    );
  });

  it('moves nothing that began before it', () => {
    fc.assert(
      fc.property(someFinding, someVerdicts, (finding, verdicts) => {
        const earlier = verdicts.filter(({ countsFromMs }) => countsFromMs <= finding.startMs);
        const newest = makeVerdictBook(verdicts);
        const standing = earlier.filter((one) => newest.byFinding.get(one.findingId) === one);
        expect(movedByVerdicts(finding, newest)).toEqual(movedByVerdicts(finding, makeVerdictBook(standing)));
      }),
    );
  });
});
