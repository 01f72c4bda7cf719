import { formatCount } from '../base/format.ts';
import { dayMs } from '../base/time.ts';
import { countOf } from '../base/words.ts';
import type { Facet, FacetName } from '../model/finding.ts';
import { UndoLog, UndoMap } from './undo-map.ts';
import type { PortsideScorer, PortsideVerdict } from './write-session.ts';

/** A scorer that has learned nothing. */
export function makePortsideScorer(): PortsideScorer {
  const log = new UndoLog();
  const hostDays = new UndoMap<string, DayCount>(log);
  const processDays = new UndoMap<string, DayCount>(log);
  const processHosts = new UndoMap<string, number>(log);
  const deviceUses = new UndoMap<string, number>(log);

  const pair = (left: string, right: string) => `${left}\u0000${right}`;

  return {
    score(session) {
      const hostDayCount = hostDays.get(session.host)?.days ?? 0;
      const here = processDays.get(pair(session.host, session.process))?.days ?? 0;
      const hosts = hostDays.size;
      const hostsWith = processHosts.get(session.process) ?? 0;
      const prevalence = (hostsWith + 0.5) / (hosts + 1);
      const reasons: Reason[] = [
        {
          name: 'process-on-host',
          title: 'Process on this host',
          figure: `Seen on ${countOf(here, 'day')} of ${formatCount(hostDayCount)}`,
          text: `${session.process} wrote on this host on ${countOf(here, 'earlier day')}, of ${countOf(hostDayCount, 'earlier day')} with writes to external devices.`,
          evidence: evidenceOf((here + prevalence) / (hostDayCount + 1), 1),
        },
        {
          name: 'fleet-prevalence',
          title: 'Process in the fleet',
          figure: `${formatCount(hostsWith)} of ${countOf(hosts, 'host')}`,
          text: `${session.process} wrote to external devices on ${formatCount(hostsWith)} of ${countOf(hosts, 'host')} before.`,
          evidence: evidenceOf(prevalence, 0.6),
        },
        deviceReason(),
      ];
      return toVerdict(reasons, hostDayCount);

      function deviceReason(): Reason {
        const everywhere = deviceUses.get(session.device) ?? 0;
        const here = deviceUses.get(pair(session.host, session.device)) ?? 0;
        const where = here > 0 ? 'used on this host before' : everywhere > 0 ? 'new to this host' : 'never seen before';
        return {
          name: 'device-new',
          title: 'Device',
          figure: where,
          text: `The device was ${where}, in ${countOf(hosts, 'host')} with earlier writes.`,
          evidence: evidenceOf(here > 0 ? 1 : everywhere > 0 ? 0.08 : 0.03, 1),
        };
      }
    },

    learn(session) {
      const day = Math.floor(session.startMs / dayMs);
      addDay(hostDays, session.host, day);
      const key = pair(session.host, session.process);
      if (!processDays.get(key)) processHosts.set(session.process, (processHosts.get(session.process) ?? 0) + 1);
      addDay(processDays, key, day);
      for (const device of [session.device, pair(session.host, session.device)]) {
        deviceUses.set(device, (deviceUses.get(device) ?? 0) + 1);
      }
    },

    checkpoint: () => log.begin(),
    rollback: () => log.undo(),
  };
}

interface DayCount {
  readonly days: number;
  readonly lastDay: number;
}

function addDay(map: UndoMap<string, DayCount>, key: string, day: number): void {
  const before = map.get(key);
  if (before && before.lastDay >= day) return;
  map.set(key, { days: (before?.days ?? 0) + 1, lastDay: day });
}

interface Reason {
  readonly name: FacetName;
  readonly title: string;
  readonly figure: string;
  readonly text: string;
  readonly evidence: number;
}

/** Evidence below this many nats is everyday. */
const everydayNats = 1.2;

function evidenceOf(probability: number, weight: number): number {
  return weight * Math.max(0, -Math.log(Math.min(probability, 1)) - everydayNats);
}

const rankWeights = [1, 0.7, 0.4, 0.2];
const scaleNats = 4.2;

function toVerdict(reasons: readonly Reason[], hostDayCount: number): PortsideVerdict {
  const ranked = [...reasons].sort((a, b) => b.evidence - a.evidence || (a.name < b.name ? -1 : 1));
  const shares = ranked.map((reason, rank) => reason.evidence * (rankWeights[rank] ?? 0));
  const sum = shares.reduce((total, share) => total + share, 0);
  const score = 100 * (1 - Math.exp(-sum / scaleNats));
  return {
    score,
    coldStart:
      hostDayCount < 3
        ? `Not enough history: this host wrote to external devices on ${countOf(hostDayCount, 'earlier day')} only.`
        : undefined,
    facets: ranked.map(
      (reason, rank): Facet => ({ ...reason, points: sum > 0 ? (score * (shares[rank] ?? 0)) / sum : 0 }),
    ),
  };
}
