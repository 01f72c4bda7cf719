/** Measures of detection, over units of host × process × device × day: what an analyst looks through, best first. */

import { dayMs } from '../../shared/base/time.ts';
import { Random } from '../../shared/demo/random.ts';
import type { FacetName } from '../../shared/model/facet-name.ts';
import type { CompanyRun, JudgedFinding } from './run.ts';

/** Days at the start that only teach. */
export const warmUpDays = 7;

/** The threshold of the rule. */
export const threshold = 75;

export interface Unit {
  readonly key: string;
  readonly day: number;
  readonly host: string;
  readonly process: string;
  readonly device: string;
  readonly isAttack: boolean;
  readonly kind: string;
  readonly incidents: readonly string[];
  readonly findings: readonly JudgedFinding[];
}

/** The units after the warm-up, in a fixed order. */
export function unitsOf(run: CompanyRun): Unit[] {
  const firstMs = run.options.endMs - (run.options.days - warmUpDays) * dayMs;
  const groups = new Map<string, JudgedFinding[]>();
  for (const judged of run.judged) {
    const { host, process, device, startMs } = judged.finding;
    if (startMs < firstMs) continue;
    const key = JSON.stringify([Math.floor(startMs / dayMs), host, process, device]);
    const list = groups.get(key);
    if (list) list.push(judged);
    else groups.set(key, [judged]);
  }
  return [...groups].map(([key, findings]) => {
    const [day, host, process, device] = JSON.parse(key) as [number, string, string, string];
    const attack = findings.find(({ isAttack }) => isAttack);
    return {
      key,
      day,
      host,
      process,
      device,
      isAttack: attack !== undefined,
      kind: (attack ?? findings[0])?.kind ?? '',
      incidents: [...new Set(findings.flatMap(({ incident }) => incident ?? []))],
      findings,
    };
  });
}

export interface Ranking {
  readonly averagePrecision: number;
  /** Share of incidents of which a unit is among the best `k` of its day. */
  readonly recallAt: ReadonlyMap<number, number>;
  readonly foundAt5: ReadonlySet<string>;
}

/** How well scores order the units. Ties are broken by lot, the same in every run. */
export function rank(units: readonly Unit[], scoreOf: (unit: Unit) => number): Ranking {
  const scored = units.map((unit) => ({ unit, score: scoreOf(unit) }));
  const lots = new Map(units.map((unit) => [unit, new Random(unit.key).next()]));
  scored.sort((a, b) => b.score - a.score || (lots.get(a.unit) ?? 0) - (lots.get(b.unit) ?? 0));
  let hits = 0;
  let sum = 0;
  for (const [at, { unit }] of scored.entries()) {
    if (!unit.isAttack) continue;
    hits++;
    sum += hits / (at + 1);
  }
  const incidents = new Set(units.flatMap((unit) => unit.incidents));
  const byDay = new Map<number, typeof scored>();
  for (const entry of scored) {
    const list = byDay.get(entry.unit.day);
    if (list) list.push(entry);
    else byDay.set(entry.unit.day, [entry]);
  }
  const found = (k: number) =>
    new Set([...byDay.values()].flatMap((list) => list.slice(0, k).flatMap(({ unit }) => unit.incidents)));
  return {
    averagePrecision: hits === 0 ? 0 : sum / hits,
    recallAt: new Map([3, 5, 10].map((k) => [k, found(k).size / Math.max(1, incidents.size)])),
    foundAt5: found(5),
  };
}

/** Reasons that name the matter, per kind of attack. */
const rightReasons: Readonly<Record<string, readonly FacetName[]>> = {
  masquerade: [
    'publisher',
    'program-hash',
    'original-name',
    'masquerade',
    'executable-path',
    'process-on-host',
    'fleet-prevalence',
  ],
  'living-off-the-land': ['parent-process', 'living-off-the-land', 'process-on-host', 'fleet-prevalence'],
  'renamed-tool': [
    'original-name',
    'publisher',
    'program-hash',
    'executable-path',
    'process-on-host',
    'fleet-prevalence',
    'masquerade',
  ],
  'rare-parent': ['parent-process', 'process-on-host', 'fleet-prevalence', 'living-off-the-land'],
  'low-and-slow': ['weak-findings', 'process-on-host', 'fleet-prevalence', 'device-new'],
  'slow-shell': ['weak-findings', 'device-new', 'hour-of-user'],
  'big-copy': ['bytes', 'files'],
  'unknown-device': ['device-new'],
  'odd-hour': ['hour-of-user'],
  'many-small-files': ['files'],
  'run-from-device': ['publisher', 'executable-path', 'process-on-host', 'fleet-prevalence'],
  'foreign-account': ['user-on-host'],
  'service-account': ['user-on-host', 'process-on-host', 'device-new'],
};

export interface PortsideMeasures {
  readonly recallAtThreshold: number;
  readonly falsePerHostDay: number;
  /** Share of true findings that are shown (at the threshold, or among the best five of a day) with a right reason first. */
  readonly rightReasonFirst: number;
  readonly kinds: readonly {
    kind: string;
    incidents: number;
    at5: number;
    atThreshold: number;
    rightFirst: number;
    bestScores: number[];
  }[];
  readonly classes: readonly { kind: string; findings: number; atThreshold: number; inTop5: number }[];
  /** Days from the first write of a multi-day incident to the first finding at the threshold or among a day's best five. */
  readonly daysToDetection: readonly (number | undefined)[];
}

export function measurePortside(run: CompanyRun, units: readonly Unit[]): PortsideMeasures {
  const scoreOf = (unit: Unit) => Math.max(...unit.findings.map(({ finding }) => finding.score));
  const { foundAt5 } = rank(units, scoreOf);
  const shown = new Set<JudgedFinding>();
  const topUnits = new Set<Unit>();
  const byDay = new Map<number, Unit[]>();
  for (const unit of units) byDay.set(unit.day, [...(byDay.get(unit.day) ?? []), unit]);
  for (const list of byDay.values()) {
    for (const unit of list.sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, 5)) topUnits.add(unit);
  }
  for (const unit of units) {
    for (const judged of unit.findings) {
      if (judged.finding.score >= threshold || (topUnits.has(unit) && judged.finding.score === scoreOf(unit)))
        shown.add(judged);
    }
  }
  const all = units.flatMap((unit) => unit.findings);
  const attacks = all.filter(({ isAttack }) => isAttack);
  const incidents = new Map<string, JudgedFinding[]>();
  for (const judged of attacks) {
    const name = judged.incident ?? '';
    incidents.set(name, [...(incidents.get(name) ?? []), judged]);
  }
  const isRight = ({ kind, finding }: JudgedFinding) => {
    const first = finding.facets[0]?.name;
    return first !== undefined && (rightReasons[kind] ?? []).includes(first);
  };
  const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);
  const shownTrue = attacks.filter((judged) => shown.has(judged));
  const kinds = [...new Set(attacks.map(({ kind }) => kind))].sort().map((kind) => {
    const ofKind = [...incidents].filter(([, list]) => list[0]?.kind === kind);
    const shownOfKind = shownTrue.filter((judged) => judged.kind === kind);
    const best = ofKind.map(([, list]) => Math.max(...list.map(({ finding }) => finding.score)));
    return {
      kind,
      incidents: ofKind.length,
      at5: ofKind.filter(([name]) => foundAt5.has(name)).length,
      atThreshold: best.filter((score) => score >= threshold).length,
      rightFirst: share(shownOfKind.filter(isRight).length, shownOfKind.length),
      bestScores: best.map(Math.round),
    };
  });
  const benign = all.filter(({ isAttack }) => !isAttack);
  const classes = [...new Set(benign.map(({ kind }) => kind))].sort().map((kind) => {
    const ofKind = benign.filter((judged) => judged.kind === kind);
    return {
      kind,
      findings: ofKind.length,
      atThreshold: ofKind.filter(({ finding }) => finding.score >= threshold).length,
      inTop5: ofKind.filter((judged) => shown.has(judged)).length,
    };
  });
  const hostDays = run.options.hosts * (run.options.days - warmUpDays);
  return {
    recallAtThreshold: share(
      [...incidents.values()].filter((list) => list.some(({ finding }) => finding.score >= threshold)).length,
      incidents.size,
    ),
    falsePerHostDay: benign.filter(({ finding }) => finding.score >= threshold).length / hostDays,
    rightReasonFirst: share(shownTrue.filter(isRight).length, shownTrue.length),
    kinds,
    classes,
    daysToDetection: [...incidents.values()]
      .filter((list) => list.length > 2)
      .map((list) => {
        const startMs = Math.min(...list.map(({ finding }) => finding.startMs));
        const foundMs = Math.min(...list.filter((judged) => shown.has(judged)).map(({ finding }) => finding.endMs));
        return Number.isFinite(foundMs) ? (foundMs - startMs) / dayMs : undefined;
      }),
  };
}
