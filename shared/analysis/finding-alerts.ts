import type { DetectionAlert, FindingSubject, RaisedAlert } from '../model/rule.ts';

/** Alerts by the finding that they are about. Building it costs one pass over the alerts, a look-up those of one host. */
export interface FindingAlerts {
  /** Newest first. */
  of(finding: FindingSubject): readonly RaisedAlert[];
}

/**
 * An alert is about a finding where it names it; where it is of an anomaly record, about those of its process on its host
 * whose writes lie in the record's bucket; where it is of a connection, about those on its device and host meanwhile.
 */
export function findingAlerts(alerts: readonly DetectionAlert[]): FindingAlerts {
  const byHost = new Map<string, DetectionAlert[]>();
  for (const alert of alerts) {
    const { host } = alert;
    if (host === undefined) continue;
    const known = byHost.get(host);
    if (known) known.push(alert);
    else byHost.set(host, [alert]);
  }
  return {
    of: (finding) =>
      (byHost.get(finding.host) ?? [])
        .filter((alert) => isAbout(alert, finding))
        .sort((a, b) => b.raisedMs - a.raisedMs || (a.id < b.id ? -1 : 1))
        .map(({ id, ruleId, ruleName, severity, score, raisedMs, subject }) => ({
          id,
          ruleId,
          ruleName,
          severity,
          score,
          raisedMs,
          about: subject.kind,
        })),
  };
}

function isAbout(alert: DetectionAlert, finding: FindingSubject): boolean {
  const meets = alert.startMs <= finding.endMs && alert.endMs >= finding.startMs;
  switch (alert.subject.kind) {
    case 'finding':
      return alert.subject.id === finding.id;
    case 'anomaly-record':
      return meets && alert.process === finding.process;
    case 'connection':
      return meets && alert.device === finding.device;
  }
}
