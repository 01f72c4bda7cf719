import { hourMs } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { Facet, FindingRow } from '../../shared/model/finding.ts';
import { formatBytes, formatCount, formatCounted } from '../window-format.ts';

/** The score from which Elastic's shipped rule makes an alert. */
export const elasticThreshold = 75;

/** The writes of a finding: what a click on its figures shows. */
export function writesOf(finding: FindingRow): EvidenceFilter {
  return {
    hosts: [finding.host],
    users: [finding.user],
    processes: [finding.process],
    devices: [finding.device],
    fromMs: finding.startMs,
    toMs: finding.endMs + 1,
  };
}

/** The finding in one sentence: who wrote how much where. The software says what it saw, never what it means. */
export function headline(finding: FindingRow, device: string): string {
  const files = formatCounted(finding.files, 'file', 'files');
  const folder = folderWord(finding.executable);
  return `${finding.process}${folder ? `, run from ${folder},` : ''} wrote ${formatBytes(finding.distinctBytes)} in ${files} to ${device}.`;
}

/** A folder that people know by a word and that says something about a program; nothing for ordinary ones. */
function folderWord(executable: string | undefined): string | undefined {
  const path = (executable ?? '').toLowerCase();
  if (/\\(appdata\\local\\)?temp\\|^\/(var\/)?tmp\//.test(path)) return 'a temporary folder';
  if (/[\\/]downloads[\\/]/.test(path)) return 'the Downloads folder';
  if (path.includes('\\$recycle.bin\\')) return 'the recycle bin';
  if (path.includes('\\users\\public\\')) return 'the Public folder';
  return undefined;
}

/** The sentence about Elastic's ceiling: whether the shipped rule could alert at all here, and why. */
export function ceilingWords(finding: FindingRow): { readonly verdict: string; readonly reason: string } {
  const { score, ceiling, processHours } = finding.elastic;
  const known = `${formatCount(processHours)} process-hours are known on this host`;
  if (Math.round(ceiling) < elasticThreshold) {
    return {
      verdict: 'The shipped rule cannot alert here.',
      reason: `Ceiling now ${formatCount(Math.round(ceiling))}: only ${known}. Its threshold is ${formatCount(elasticThreshold)} (dashed).`,
    };
  }
  if (score >= elasticThreshold) {
    return {
      verdict: 'The shipped rule would alert.',
      reason: `Its threshold is ${formatCount(elasticThreshold)} (dashed); ceiling ${formatCount(Math.round(ceiling))}, ${known}.`,
    };
  }
  return {
    verdict: 'The shipped rule would stay silent.',
    reason: `${formatCount(Math.round(score))} is below its threshold of ${formatCount(elasticThreshold)} (dashed); ceiling ${formatCount(Math.round(ceiling))}, ${known}.`,
  };
}

/** The writes behind a facet, with a title for their list. Always the past and present of what the facet compares. */
export function writesBehind(
  facet: Facet,
  finding: FindingRow,
): { readonly title: string; readonly filter: EvidenceFilter } {
  const toMs = finding.endMs + 1;
  switch (facet.name) {
    case 'process-on-host':
    case 'bytes':
      return {
        title: `${finding.process} on ${finding.host}`,
        filter: { hosts: [finding.host], processes: [finding.process], toMs },
      };
    case 'fleet-prevalence':
    case 'executable-path':
    case 'masquerade':
      return { title: `${finding.process} on all hosts`, filter: { processes: [finding.process], toMs } };
    case 'device-new':
      return { title: 'All writes to this device', filter: { devices: [finding.device], toMs } };
    case 'hour-of-user':
      return { title: `All writes of ${finding.user}`, filter: { users: [finding.user], toMs } };
    default:
      return { title: 'The writes of the finding', filter: writesOf(finding) };
  }
}

/** What the ceiling of Elastic's score is made of: the process-hours that the host knows when the finding's last hour ends. */
export function writesBehindCeiling(finding: FindingRow): {
  readonly title: string;
  readonly filter: EvidenceFilter;
} {
  const hours = formatCounted(finding.elastic.processHours, 'process-hour', 'process-hours');
  return {
    title: `All writes on ${finding.host} until then: ${hours}`,
    filter: { hosts: [finding.host], toMs: (Math.floor(finding.endMs / hourMs) + 1) * hourMs },
  };
}

/** What the hollow facets say together: unusual too, but past the ones that count. */
export function hollowWords(facets: readonly Facet[]): string | undefined {
  const hollow = facets.filter((facet) => Math.round(facet.points) === 0 && facet.evidence > 0);
  if (hollow.length === 0) return undefined;
  return `Only the strongest facets add points. Hollow: unusual too (${hollow.map((facet) => facet.figure).join('; ')}), not added.`;
}
