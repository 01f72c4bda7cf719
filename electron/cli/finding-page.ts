import { createHash } from 'node:crypto';
import { formatBytes, formatCounted, formatIso, formatSpan, utc } from '../../shared/base/format.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { CollectedStep, Stance, TriageStep } from '../../shared/model/triage.ts';

const style = `
:root { color-scheme: light dark; font: 13px/20px 'Inter Variable', 'Segoe UI', system-ui, sans-serif; }
body { margin: 32px auto; max-width: 860px; padding: 0 16px; }
h1 { font-size: 20px; line-height: 28px; } h2 { font-size: 15px; margin: 24px 0 8px; }
table { border-collapse: collapse; width: 100%; } td, th { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; }
tr + tr td { border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { opacity: .72; } .path { font-family: 'JetBrains Mono Variable', ui-monospace, monospace; overflow-wrap: anywhere; }
rect { fill: currentColor; } rect.rest { opacity: .15; }
`;

const stepTitles: Readonly<Record<TriageStep, string>> = {
  process: 'The process',
  user: 'The user',
  device: 'The device',
  data: 'The data',
  correlation: 'What else happened',
  consultation: 'Consultation',
};

const stances: Readonly<Record<Stance, string>> = {
  'supports-suspicion': 'supports suspicion',
  'supports-benign': 'supports a harmless reason',
  'no-information': 'says nothing',
};

/** Text from evidence as HTML: what cannot be seen is shown by its code, what is markup is not. */
function escaped(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A bar of `value` of 100 with a mark at `ceiling`, drawn without style attributes, which the page's policy forbids. */
function meter(value: number, ceiling?: number): string {
  const mark = ceiling === undefined ? '' : `<rect x="${(ceiling * 2).toFixed(1)}" y="0" width="2" height="12"/>`;
  return `<svg width="202" height="12" role="img" aria-label="${value.toFixed(0)} of 100"><rect class="rest" y="2" width="200" height="8"/><rect y="2" width="${(value * 2).toFixed(1)}" height="8"/>${mark}</svg>`;
}

function row(name: string, text: string, className = ''): string {
  return `<tr><td class="quiet">${escaped(name)}</td><td class="${className}">${escaped(text)}</td></tr>`;
}

function stepSection({ step, checks }: CollectedStep): string {
  if (checks.length === 0) return '';
  const lines = checks.map(
    ({ title, figure, sentence, stance }) =>
      `<tr><td>${escaped(title)}</td><td class="figure">${escaped(figure)}</td><td>${escaped(sentence)} <span class="quiet">(${stances[stance]})</span></td></tr>`,
  );
  return `<h2>${stepTitles[step]}</h2><table>${lines.join('')}</table>`;
}

/** A finding with its explanation and collected evidence, as one HTML page without scripts or outside references. */
export function findingPage(finding: FindingRow, steps: readonly CollectedStep[]): string {
  const { elastic } = finding;
  const hash = createHash('sha256').update(style).digest('base64');
  const facets = finding.facets.map(
    ({ title, figure, text, points }) =>
      `<tr><td>${escaped(title)}</td><td class="figure">+${points.toFixed(0)}</td><td>${escaped(figure)}. ${escaped(text)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<title>${escaped(finding.process)} on ${escaped(finding.host)}</title><style>${style}</style></head><body>
<h1>${escaped(finding.process)} wrote ${formatBytes(finding.writtenBytes)} to a removable device on ${escaped(finding.host)}</h1>
<table>
${row('When', `${formatSpan(finding.startMs, finding.endMs, utc, { seconds: true })} (UTC)`)}
${row('User', finding.user)}
${row('Program', finding.executable ?? finding.process, 'path')}
${row('Device', finding.device, 'path')}
${row('Written', `${formatBytes(finding.writtenBytes)} event sum (file sizes added up over every event), ${formatBytes(finding.distinctBytes)} distinct (last size of each file), ${formatCounted(finding.files, 'file', 'files')}, ${formatCounted(finding.events, 'event', 'events')}`)}
${row('State', finding.closedReason ? `${finding.state}: ${finding.closedReason}` : finding.state)}
</table>
<h2>How unusual</h2>
<table>
<tr><td>Portside</td><td class="figure">${finding.score.toFixed(0)}</td><td>${meter(finding.score)}</td></tr>
<tr><td>Elastic's job would say</td><td class="figure">${elastic.score.toFixed(0)}</td><td>${meter(elastic.score, elastic.ceiling)}</td></tr>
</table>
<p class="quiet">On this host Elastic's score could reach ${elastic.ceiling.toFixed(0)} at most at that time: ${escaped(formatCounted(elastic.processHours, 'process-hour is', 'process-hours are'))} known. ${escaped(finding.coldStart ?? '')}</p>
<h2>Why</h2>
<table>${facets.join('')}</table>
${steps.map(stepSection).join('\n')}
<p class="quiet">Finding ${escaped(finding.id)} of rule ${escaped(finding.ruleId)}, first write ${formatIso(finding.startMs)}.</p>
</body></html>
`;
}
