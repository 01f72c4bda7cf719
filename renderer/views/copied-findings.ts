import { formatIso } from '../../shared/base/format.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { RaisedAlert } from '../../shared/model/rule.ts';
import { toCsv } from './csv.ts';

/** A finding as it is copied: with the name of its device and what rules raised about it. */
export interface CopiedFinding {
  readonly row: FindingRow;
  readonly device: string;
  readonly alerts: readonly RaisedAlert[];
}

/** The findings as CSV, a line each. Times are ISO 8601, bytes are counted. */
export function findingsCsv(findings: readonly CopiedFinding[]): string {
  return toCsv(
    [
      'id',
      'score',
      'elastic_score',
      'elastic_ceiling',
      'state',
      'closed_reason',
      'process',
      'executable',
      'host',
      'user',
      'device',
      'device_name',
      'start',
      'end',
      'event_sum_bytes',
      'distinct_bytes',
      'files',
      'events',
      'raised_by',
      'first_reason',
    ],
    findings.map(({ row, device, alerts }) => [
      row.id,
      Math.round(row.score),
      Math.round(row.elastic.score),
      Math.round(row.elastic.ceiling),
      row.state,
      row.closedReason ?? '',
      row.process,
      row.executable ?? '',
      row.host,
      row.user,
      row.device,
      device,
      formatIso(row.startMs),
      formatIso(row.endMs),
      row.writtenBytes,
      row.distinctBytes,
      row.files,
      row.events,
      alerts.map(({ ruleName }) => ruleName).join('; '),
      row.facets[0] ? `${row.facets[0].title}: ${row.facets[0].figure}` : '',
    ]),
  );
}

/** The findings as `findings --json` prints them, in one list. */
export function findingsJson(findings: readonly CopiedFinding[]): string {
  return `${JSON.stringify(
    findings.map(({ row, alerts }) => ({ ...row, alerts })),
    undefined,
    2,
  )}\n`;
}
