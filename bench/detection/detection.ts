/**
 * `npm run bench:detection [-- --quick]`: how well Portside's score finds attacks in made-up companies, beside other ways to
 * order the same units. Prints the tables of docs/detection.md.
 */
import { makePortsideScorer } from '../../shared/analysis/portside-score.ts';
import type { CompanyProfile } from '../../shared/demo/company-profile.ts';
import { heldOutProfile, millProfile, portProfile } from '../../shared/demo/company-profiles.ts';
import { clinicProfile, pressProfile, yardProfile } from './development-companies.ts';
import {
  measurePortside,
  type PortsideMeasures,
  type Ranking,
  rank,
  threshold,
  type Unit,
  unitsOf,
} from './measures.ts';
import { features, type Peer, preparePython, pyodPeers, simplePeers } from './peers.ts';
import { runCompany } from './run.ts';

const endMs = Date.UTC(2026, 10, 25);
const isQuick = process.argv.includes('--quick');

interface Scenario {
  readonly title: string;
  readonly profile: CompanyProfile;
  readonly seeds: readonly string[];
}

const scenarios: readonly Scenario[] = [
  { title: 'Development: port', profile: portProfile, seeds: ['1', '2', '3'] },
  { title: 'Development: yard (three systems, shifts, people who move)', profile: yardProfile, seeds: ['1', '2', '3'] },
  { title: 'Development: clinic (small attacks, shared machines)', profile: clinicProfile, seeds: ['1', '2', '3'] },
  { title: 'Development: press (large copies, little identity)', profile: pressProfile, seeds: ['1', '2', '3'] },
  { title: 'Port, other seeds', profile: portProfile, seeds: ['11', '12', '13'] },
  { title: 'Port, fresh seeds', profile: portProfile, seeds: ['14', '15', '16'] },
  {
    title: 'Held out: other hosts, software, rates and three more kinds',
    profile: heldOutProfile,
    seeds: ['101', '102', '103'],
  },
  { title: 'Held out, fresh seeds', profile: heldOutProfile, seeds: ['104', '105', '106'] },
  {
    title: 'Held out: mill (Linux and macOS, shifts, contractors)',
    profile: millProfile,
    seeds: ['201', '202', '203'],
  },
  { title: 'Mill, fresh seeds', profile: millProfile, seeds: ['204', '205', '206'] },
];

const scoreOf = (unit: Unit) => Math.max(...unit.findings.map(({ finding }) => finding.score));
const figure = (value: number) => value.toFixed(2).replace(/^0/, '');
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const python = isQuick ? { reason: 'not asked for' } : await preparePython();
if ('reason' in python) console.log(`pyod's detectors are left out: ${python.reason}.\n`);

for (const { title, profile, seeds } of scenarios) {
  const rankings = new Map<string, Ranking[]>();
  const measures: PortsideMeasures[] = [];
  let writes = 0;
  let findings = 0;
  let scoringMs = 0;
  for (const seed of isQuick ? seeds.slice(0, 1) : seeds) {
    const run = runCompany({ profile, seed, hosts: 120, days: 30, endMs }, makePortsideScorer());
    const units = unitsOf(run);
    const peers: Peer[] = [{ name: '**Portside**', scoreOf }, ...simplePeers(run)];
    if ('python' in python) peers.push(...(await pyodPeers(python.python, units, features(run, units))));
    for (const peer of peers) {
      rankings.set(peer.name, [...(rankings.get(peer.name) ?? []), rank(units, peer.scoreOf)]);
    }
    measures.push(measurePortside(run, units));
    writes += run.writes;
    findings += run.judged.length;
    scoringMs += run.scoringMs;
  }
  const runs = measures.length;
  console.log(`## ${title}\n`);
  console.log(
    `${runs} runs of 120 hosts × 30 days; on average ${Math.round(writes / runs).toLocaleString('en-US')} writes and ${Math.round(findings / runs).toLocaleString('en-US')} findings, grouped and scored in ${(scoringMs / runs / 1000).toFixed(1)} s.\n`,
  );
  console.log(
    '| scorer | average precision | recall at 3 / day | at 5 / day | at 10 / day |\n| --- | --- | --- | --- | --- |',
  );
  for (const [name, list] of rankings) {
    const at = (k: number) => figure(mean(list.map(({ recallAt }) => recallAt.get(k) ?? 0)));
    console.log(
      `| ${name} | ${figure(mean(list.map(({ averagePrecision }) => averagePrecision)))} | ${at(3)} | ${at(5)} | ${at(10)} |`,
    );
  }
  console.log(
    `\nPortside at a score of ${threshold}: recall ${figure(mean(measures.map((one) => one.recallAtThreshold)))}, false findings per host-day ${mean(measures.map((one) => one.falsePerHostDay)).toFixed(4)}. A right reason first in ${figure(mean(measures.map((one) => one.rightReasonFirst)))} of the true findings that are shown.`,
  );
  const days = measures.flatMap((one) => one.daysToDetection);
  const found = days.filter((day): day is number => day !== undefined).sort((a, b) => a - b);
  console.log(
    `Incidents of several days: ${found.length} of ${days.length} found, after ${found.length > 0 ? found.map((day) => day.toFixed(1)).join(', ') : '–'} days.\n`,
  );
  console.log(
    '| attack | incidents | found at 5 / day | at the threshold | right reason first |\n| --- | --- | --- | --- | --- |',
  );
  for (const kind of [...new Set(measures.flatMap((one) => one.kinds.map((entry) => entry.kind)))].sort()) {
    const entries = measures.flatMap((one) => one.kinds.filter((entry) => entry.kind === kind));
    const sum = (of: (entry: (typeof entries)[number]) => number) =>
      entries.reduce((total, entry) => total + of(entry), 0);
    console.log(
      `| ${kind} | ${sum((entry) => entry.incidents)} | ${sum((entry) => entry.at5)} | ${sum((entry) => entry.atThreshold)} | ${figure(mean(entries.map((entry) => entry.rightFirst)))} |`,
    );
  }
  console.log(
    '\n| everyday work | findings | at the threshold | among the best 5 of a day |\n| --- | --- | --- | --- |',
  );
  for (const kind of [...new Set(measures.flatMap((one) => one.classes.map((entry) => entry.kind)))].sort()) {
    const entries = measures.flatMap((one) => one.classes.filter((entry) => entry.kind === kind));
    const sum = (of: (entry: (typeof entries)[number]) => number) =>
      entries.reduce((total, entry) => total + of(entry), 0);
    console.log(
      `| ${kind} | ${sum((entry) => entry.findings)} | ${sum((entry) => entry.atThreshold)} | ${sum((entry) => entry.inTop5)} |`,
    );
  }
  console.log('');
}
