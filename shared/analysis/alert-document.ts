import type { DetectionAlert, Rule } from '../model/rule.ts';

type Document = { readonly [key: string]: unknown };

/**
 * An alert as a document with the fields of Kibana's security alerts (`.alerts-security.alerts-*`), so that it can be
 * exported and indexed. What the alert does not know is absent. `rule` is the rule as it is now; the alert's own figures
 * of it are from when it was raised.
 */
export function toAlertDocument(alert: DetectionAlert, rule: Rule | undefined, state = 'open'): Document {
  const iso = (ms: number) => new Date(ms).toISOString();
  const list = (value: string | undefined) => (value === undefined ? undefined : [value]);
  return withoutAbsent({
    '@timestamp': iso(alert.raisedMs),
    event: { kind: 'signal', start: iso(alert.startMs), end: iso(alert.endMs) },
    host: alert.host === undefined ? undefined : { name: list(alert.host) },
    user: alert.user === undefined ? undefined : { name: list(alert.user) },
    process:
      alert.process === undefined && alert.executable === undefined
        ? undefined
        : { name: list(alert.process), executable: list(alert.executable) },
    device: alert.device === undefined ? undefined : { id: list(alert.device) },
    'kibana.alert.uuid': alert.id,
    'kibana.alert.instance.id': alert.id,
    'kibana.alert.status': 'active',
    'kibana.alert.workflow_status': state,
    'kibana.alert.depth': 1,
    'kibana.alert.ancestors': [
      { id: alert.subject.id, type: 'event', depth: 0, index: `portside:${alert.subject.kind}` },
    ],
    'kibana.alert.original_time': iso(alert.startMs),
    'kibana.alert.start': iso(alert.raisedMs),
    'kibana.alert.last_detected': iso(alert.raisedMs),
    'kibana.alert.reason': alert.reason,
    'kibana.alert.severity': alert.severity,
    'kibana.alert.risk_score': alert.riskScore,
    'kibana.alert.rule.category': categoryOf(rule?.type),
    'kibana.alert.rule.rule_type_id': typeIdOf(rule?.type),
    'kibana.alert.rule.consumer': 'siem',
    'kibana.alert.rule.producer': 'siem',
    'kibana.alert.rule.name': alert.ruleName,
    'kibana.alert.rule.rule_id': alert.ruleId,
    'kibana.alert.rule.uuid': alert.ruleId,
    'kibana.alert.rule.version': alert.ruleVersion,
    'kibana.alert.rule.revision': 0,
    'kibana.alert.rule.type': rule?.type,
    'kibana.alert.rule.description': rule?.description,
    'kibana.alert.rule.severity': rule?.severity,
    'kibana.alert.rule.risk_score': rule?.riskScore,
    'kibana.alert.rule.interval': rule && `${rule.intervalMs / 1000}s`,
    'kibana.alert.rule.from': rule && `now-${rule.lookBackMs / 1000}s`,
    'kibana.alert.rule.to': rule && 'now',
    'kibana.alert.rule.max_signals': rule?.maxAlerts,
    'kibana.alert.rule.tags': rule?.tags,
    'kibana.alert.rule.references': rule?.references,
    'kibana.alert.rule.author': rule?.authors,
    'kibana.alert.rule.license': rule?.license,
    'kibana.alert.rule.false_positives': rule?.falsePositives,
    'kibana.alert.rule.note': rule?.guide,
    'kibana.alert.rule.threat': rule && toThreat(rule),
    'kibana.alert.rule.parameters': rule && toParameters(rule),
    'kibana.space_ids': ['default'],
    record_score: alert.subject.kind === 'anomaly-record' ? alert.score : undefined,
    'portside.score': alert.subject.kind === 'anomaly-record' ? undefined : alert.score,
  });
}

function categoryOf(type: string | undefined): string {
  if (type === 'machine_learning') return 'Machine Learning Rule';
  return type === 'new_terms' ? 'New Terms Rule' : 'Portside Rule';
}

function typeIdOf(type: string | undefined): string {
  if (type === 'machine_learning') return 'siem.mlRule';
  return type === 'new_terms' ? 'siem.newTermsRule' : 'portside.rule';
}

function toParameters(rule: Rule): Document | undefined {
  const { detection } = rule;
  if (detection.kind === 'anomaly-job') {
    return { type: rule.type, anomaly_threshold: detection.threshold, machine_learning_job_id: detection.jobIds };
  }
  return undefined;
}

/** Subtechniques stand under the technique whose id they begin with. */
function toThreat(rule: Rule): readonly Document[] {
  return rule.threat.map(({ tactic, techniques }) => ({
    framework: 'MITRE ATT&CK',
    tactic,
    technique: techniques
      .filter(({ id }) => !id.includes('.'))
      .map((technique) => ({
        ...technique,
        subtechnique: techniques.filter(({ id }) => id.startsWith(`${technique.id}.`)),
      })),
  }));
}

function withoutAbsent(document: Record<string, unknown>): Document {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}
