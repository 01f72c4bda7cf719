import type { CheckQuery, TriageCheck } from '../model/triage.ts';
import type { Answer } from './triage-answer.ts';

/** Which figures of its step each check was concluded from. Checks that look at nothing in the store are not named. */
const figuresOf: Readonly<Record<string, readonly string[]>> = {
  'process.seen-before': ['hostsOfName', 'hoursOnHost', 'fleetHosts'],
  'process.folder': ['executables', 'sample'],
  'process.publisher': ['publishers', 'sample'],
  'process.original-name': ['sample'],
  'process.hash': ['hashUses', 'hashesOfPath', 'sample'],
  'process.living-off-the-land': ['sample'],
  'process.parent': ['parents', 'sample'],
  'user.hours': ['hours'],
  'user.first-device-use': ['earlier'],
  'user.host': ['hosts'],
  'user.volume': ['days'],
  'device.identity': ['device'],
  'device.first-seen': ['firstInFleetMs', 'firstOnHostMs', 'device'],
  'device.others': ['earlierHosts', 'earlierUsers'],
  'device.connections': ['sessions'],
  'device.bus': ['device'],
  'device.capacity': ['device'],
  'data.bytes': ['totals', 'ownDays', 'userDays', 'processDays', 'fleetDays'],
  'data.files': ['totals', 'ownDays', 'userDays', 'processDays', 'fleetDays'],
  'data.rewrites': ['totals'],
  'data.types': ['extensions'],
  'data.header': ['sample'],
  'data.names': ['sample'],
  'data.sources': ['sample'],
  'data.rate': ['totals'],
  'data.other-devices': ['otherDevices'],
  'correlation.alerts': ['alerts'],
  'correlation.anomalies': ['records'],
  'correlation.execution': ['executables', 'volumes'],
  'correlation.device-events': ['deviceEvents'],
  'correlation.other-writers': ['otherWriters'],
  'correlation.findings-of-device': ['ofDevice'],
  'correlation.findings-of-user': ['ofUser'],
  'correlation.findings-of-process': ['ofProcess'],
  'correlation.removed-after': ['sessions'],
  'false-positive.catalogue': ['sample'],
  'false-positive.unsigned': ['sample'],
  'false-positive.beat': ['runs'],
  'false-positive.same-device': ['runs'],
  'false-positive.volume': ['runs'],
  'false-positive.days': ['daysOfUser'],
  'false-positive.new-on-host': ['daysOnHost'],
  'false-positive.unknown-device': ['deviceSeenBefore'],
  'false-positive.new-device': ['deviceSeenBefore'],
  'false-positive.roll-out': ['rolledOutHosts'],
  'false-positive.parent': ['sample'],
  'false-positive.documents': ['sample'],
  'false-positive.it-device': ['deviceKnownToIt'],
};

/** Puts the questions that were asked of the store beside each check of a step or test, after those it has already. */
export function withQueries(checks: readonly TriageCheck[], figures: object): readonly TriageCheck[] {
  const answers = figures as Readonly<Record<string, Answer<unknown> | undefined>>;
  return checks.map((check) => {
    const queries = new Map<string, CheckQuery>();
    const asked = (figuresOf[check.id] ?? []).flatMap((name) => answers[name]?.queries ?? []);
    for (const query of [...(check.queries ?? []), ...asked])
      queries.set(`${query.question} ${JSON.stringify(query.input)}`, query);
    return queries.size === 0 ? check : { ...check, queries: [...queries.values()] };
  });
}
