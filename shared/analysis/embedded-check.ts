import { formatCount } from '../base/format.ts';
import type { EvidenceSummary } from '../model/evidence-answer.ts';
import type { Prerequisite } from '../model/prerequisite.ts';

/** What the embedded store holds of the things that are looked for on a cluster. */
export function checkSummary(summary: EvidenceSummary): readonly Prerequisite[] {
  const row = (name: string, count: number, what: string, hint: string): Prerequisite => ({
    name,
    state: count > 0 ? 'ok' : 'missing',
    detail: `${formatCount(count)} ${what} are stored.`,
    hint: count > 0 ? '' : hint,
  });
  return [
    row(
      'file-events',
      summary.writes,
      'writes to external devices',
      'portside import FILE takes exports of file events.',
    ),
    row(
      'device-events',
      summary.deviceEvents,
      'device events',
      'Without them connection spans are inferred from writes.',
    ),
    row(
      'job-results',
      summary.anomalyRecords,
      'anomaly records',
      'Portside computes both scores itself from the file events.',
    ),
    row('rule', summary.alerts, 'alerts', "Elastic's own alerts can be imported like events."),
  ];
}
