import { formatTime, utc } from '../base/format.ts';
import { countOf } from '../base/words.ts';
import type { CaseVerdict } from '../model/case-file.ts';
import type { FacetName } from '../model/facet-name.ts';
import type { Facet, Finding } from '../model/finding.ts';
import type { FindingVerdict, FindingVerdictKind } from '../model/finding-verdict.ts';
import { fileNameOf } from './path-parts.ts';
import { placePattern } from './program-place.ts';

/**
 * How verdicts move scores. The same thing is the same program on the same host, or the same device. Of each the newest
 * verdict counts alone, and only for findings that begin after it: so a score moves by at most the sum of the two bounds
 * here, taking a verdict back leaves what stood before it, and the order in which verdicts are entered does not matter.
 */

type Relation = 'program' | 'device';

/** The most points a verdict moves a score by. */
const mostPoints: Readonly<Record<Relation, Readonly<Record<FindingVerdictKind, number>>>> = {
  program: { benign: -12, suspicious: 6, malicious: 12 },
  device: { benign: -8, suspicious: 4, malicious: 8 },
};

/** A score that reaches this without verdicts stays at it: what a rule raises is kept quiet by exceptions, not in passing. */
const keptScore = 75;

const facetNames: Readonly<Record<Relation, FacetName>> = {
  program: 'verdict-on-program',
  device: 'verdict-on-device',
};

/** Verdicts by what they are about. */
export interface VerdictBook {
  /** All of them, by the finding that was judged. */
  readonly byFinding: ReadonlyMap<string, FindingVerdict>;
  /** No finding that begins before this is moved; infinite where there is no verdict. */
  readonly earliestMs: number;
  readonly byProgram: ReadonlyMap<string, readonly FindingVerdict[]>;
  readonly byDevice: ReadonlyMap<string, readonly FindingVerdict[]>;
}

/** Orders verdicts for `movedByVerdicts`. Of several on one finding the newest stands. */
export function makeVerdictBook(verdicts: Iterable<FindingVerdict>): VerdictBook {
  const byFinding = new Map<string, FindingVerdict>();
  for (const verdict of verdicts) {
    const known = byFinding.get(verdict.findingId);
    if (!known || byNewest(verdict, known) < 0) byFinding.set(verdict.findingId, verdict);
  }
  const standing = [...byFinding.values()].sort(byNewest);
  return {
    byFinding,
    earliestMs: standing.reduce((least, { countsFromMs }) => Math.min(least, countsFromMs), Number.POSITIVE_INFINITY),
    byProgram: grouped(standing, programKey),
    byDevice: grouped(standing, ({ device }) => device),
  };
}

/**
 * The score of a finding as verdicts move it, with a facet for each that does; undefined where none does. `finding` is as it
 * was scored, without verdicts. A benign verdict takes off no more than what both findings were unusual for.
 */
export function movedByVerdicts(
  finding: Pick<Finding, 'id' | 'host' | 'process' | 'executable' | 'device' | 'startMs' | 'score' | 'facets'>,
  book: VerdictBook,
): { readonly score: number; readonly facets: readonly Facet[] } | undefined {
  if (finding.startMs < book.earliestMs) return undefined;
  const moves = (['program', 'device'] as const).flatMap((relation) => {
    const known = relation === 'program' ? book.byProgram.get(programKey(finding)) : book.byDevice.get(finding.device);
    const verdict = known?.find((one) => one.countsFromMs <= finding.startMs && one.findingId !== finding.id);
    if (!verdict) return [];
    const most = mostPoints[relation][verdict.verdict];
    return [{ relation, verdict, points: most < 0 ? Math.max(most, -sharedPoints(finding, verdict, relation)) : most }];
  });
  const wanted = moves.reduce((sum, { points }) => sum + points, 0);
  if (moves.length === 0) return undefined;
  const least = finding.score >= keptScore ? keptScore : 0;
  const score = Math.min(100, Math.max(least, finding.score + wanted));
  const share = wanted === 0 ? 1 : (score - finding.score) / wanted;
  const end =
    share > 0.999
      ? ''
      : wanted < 0
        ? ` A score of ${keptScore} or more stays at ${keptScore} at least.`
        : ' A score ends at 100.';
  return {
    score,
    facets: moves.map(({ relation, verdict, points }) => toFacet(relation, verdict, points * share, end)),
  };
}

/** Points of the reasons that both findings had: of the device for a device, all else for a program. */
function sharedPoints(finding: Pick<Finding, 'facets'>, verdict: FindingVerdict, relation: Relation): number {
  let sum = 0;
  for (const { name, points } of finding.facets) {
    if (name === 'verdict-on-program' || name === 'verdict-on-device') continue;
    if ((name === 'device-new') !== (relation === 'device')) continue;
    sum += Math.max(0, Math.min(points, verdict.points[name] ?? 0));
  }
  return sum;
}

function toFacet(relation: Relation, verdict: FindingVerdict, points: number, end: string): Facet {
  const { findingId, actor, atMs, note, caseId } = verdict;
  const what = relation === 'program' ? 'this program on this host' : 'this device';
  const most = Math.abs(mostPoints[relation][verdict.verdict]);
  const rounded = Math.round(points);
  const move =
    rounded === 0
      ? 'The score stays as it is'
      : `It ${rounded < 0 ? 'takes off' : 'adds'} ${countOf(Math.abs(rounded), 'point')}`;
  const bound =
    verdict.verdict === 'benign'
      ? `of at most ${most}, and never more than what both findings were unusual for`
      : `of at most ${most}`;
  return {
    name: facetNames[relation],
    title: relation === 'program' ? 'Verdict on the program' : 'Verdict on the device',
    figure: `${verdictWords[verdict.verdict]}, by ${actor}`,
    text: `${actor} judged ${caseId === undefined ? '' : `case ${caseId} and with it `}finding ${findingId} of ${what} ${verdict.verdict} on ${formatTime(atMs, utc, { year: true })} UTC${note === '' ? '' : ` (${note})`}. ${move}, ${bound}.${end}`,
    evidence: 0,
    points,
    verdictOn: findingId,
  };
}

/** Whether a facet is what a person concluded before, and no evidence. */
export function isVerdictFacet({ name }: Pick<Facet, 'name'>): boolean {
  return name === 'verdict-on-program' || name === 'verdict-on-device';
}

/** A verdict as a word that starts a line. */
export const verdictWords: Readonly<Record<FindingVerdictKind, string>> = {
  benign: 'Benign',
  suspicious: 'Suspicious',
  malicious: 'Malicious',
};

/** What the verdict of a case says about its findings; absent where it says nothing. */
export const verdictOfCase: Readonly<Record<CaseVerdict, FindingVerdictKind | undefined>> = {
  'confirmed-exfiltration': 'malicious',
  'likely-exfiltration': 'malicious',
  'policy-violation': 'suspicious',
  'false-positive': 'benign',
  inconclusive: undefined,
};

function byNewest(a: FindingVerdict, b: FindingVerdict): number {
  return b.atMs - a.atMs || (a.findingId < b.findingId ? -1 : Number(a.findingId > b.findingId));
}

function grouped(verdicts: readonly FindingVerdict[], keyOf: (verdict: FindingVerdict) => string) {
  const groups = new Map<string, FindingVerdict[]>();
  for (const verdict of verdicts) {
    const group = groups.get(keyOf(verdict));
    if (group) group.push(verdict);
    else groups.set(keyOf(verdict), [verdict]);
  }
  return groups;
}

/** A program on a host: its name and the folder it runs from, as far as that does not change with the account. */
function programKey({ host, process, executable = '' }: Pick<Finding, 'host' | 'process' | 'executable'>): string {
  const file = fileNameOf(executable).toLowerCase();
  return JSON.stringify([host, process.toLowerCase(), executable === '' ? '' : placePattern(executable), file]);
}
