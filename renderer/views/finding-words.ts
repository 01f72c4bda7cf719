import { hourMs } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { Facet, FindingRow } from '../../shared/model/finding.ts';
import { findingTexts as texts } from '../texts/finding.ts';
import { formatBytes } from '../window-format.ts';

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
  const folder = folderWord(finding.executable);
  return texts.headline(finding.process, folder, formatBytes(finding.distinctBytes), finding.files, device);
}

/** A folder that people know by a word and that says something about a program; nothing for ordinary ones. */
function folderWord(executable: string | undefined): string | undefined {
  const path = (executable ?? '').toLowerCase();
  if (/\\(appdata\\local\\)?temp\\|^\/(var\/)?tmp\//.test(path)) return texts.folders.temporary;
  if (/[\\/]downloads[\\/]/.test(path)) return texts.folders.downloads;
  if (path.includes('\\$recycle.bin\\')) return texts.folders.recycleBin;
  if (path.includes('\\users\\public\\')) return texts.folders.public;
  return undefined;
}

/** The sentence about Elastic's ceiling: whether the shipped rule could alert at all here, and why. */
export function ceilingWords(finding: FindingRow): { readonly verdict: string; readonly reason: string } {
  const { score, ceiling, processHours } = finding.elastic;
  const [now, most] = [Math.round(score), Math.round(ceiling)];
  if (most < elasticThreshold) {
    return { verdict: texts.cannotAlert, reason: texts.cannotAlertReason(most, processHours, elasticThreshold) };
  }
  if (score >= elasticThreshold) {
    return { verdict: texts.wouldAlert, reason: texts.wouldAlertReason(most, processHours, elasticThreshold) };
  }
  return { verdict: texts.wouldStaySilent, reason: texts.silentReason(now, most, processHours, elasticThreshold) };
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
        title: texts.processOn(finding.process, finding.host),
        filter: { hosts: [finding.host], processes: [finding.process], toMs },
      };
    case 'fleet-prevalence':
    case 'executable-path':
    case 'masquerade':
      return { title: texts.processOnAllHosts(finding.process), filter: { processes: [finding.process], toMs } };
    case 'device-new':
      return { title: texts.allWritesToThis, filter: { devices: [finding.device], toMs } };
    case 'hour-of-user':
      return { title: texts.allWritesOf(finding.user), filter: { users: [finding.user], toMs } };
    default:
      return { title: texts.theWritesOfThe, filter: writesOf(finding) };
  }
}

/** What the ceiling of Elastic's score is made of: the process-hours that the host knows when the finding's last hour ends. */
export function writesBehindCeiling(finding: FindingRow): {
  readonly title: string;
  readonly filter: EvidenceFilter;
} {
  return {
    title: texts.writesBehindCeiling(finding.host, finding.elastic.processHours),
    filter: { hosts: [finding.host], toMs: (Math.floor(finding.endMs / hourMs) + 1) * hourMs },
  };
}

/** What the hollow facets say together: unusual too, but past the ones that count. */
export function hollowWords(facets: readonly Facet[]): string | undefined {
  const hollow = facets.filter((facet) => Math.round(facet.points) === 0 && facet.evidence > 0);
  if (hollow.length === 0) return undefined;
  return texts.hollow(hollow.map((facet) => facet.figure).join('; '));
}
