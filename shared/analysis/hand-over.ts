import { formatBytes, formatSpan, formatTime, utc } from '../base/format.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shortText } from '../base/words.ts';
import type { CaseState } from '../model/case-file.ts';
import { responseTitles, stateTitles, stepTitles, verdictTitles } from './case-words.ts';

/**
 * A case in plain text for handing it over: what is known, what is open, and what to compare. Same case, same text; no
 * markup, hidden characters made visible, so that it can be pasted anywhere.
 */
export function handOverText(state: CaseState): string {
  const said = (text: string) => visibleText(shortText(text, 500));
  const lines = [
    `Case ${state.id} (TLP:${state.tlp}, severity ${state.severity}, ${state.status.replace('-', ' ')})`,
    said(state.title),
    `As of ${formatTime(state.changedAtMs, utc, { year: true, seconds: true })} UTC, opened by ${said(state.openedBy)}`,
    '',
    state.verdict
      ? `Verdict: ${verdictTitles[state.verdict.verdict]}, confidence ${state.verdict.confidence}, by ${said(state.verdict.actor)}. ${said(state.verdict.text)}`
      : 'Verdict: none yet.',
  ];
  for (const { finding, steps, marks } of state.findings) {
    lines.push(
      '',
      `Finding ${finding.id}, score ${Math.round(finding.score)}`,
      `  Process  ${said(finding.process)}${finding.executable ? ` (${said(finding.executable)})` : ''}`,
      `  Host     ${said(finding.host)}, user ${said(finding.user) || 'unknown'}`,
      `  Device   ${said(finding.device)}`,
      `  Written  ${formatSpan(finding.startMs, finding.endMs, utc, { seconds: true })} UTC, ${countOf(finding.files, 'file')}, ${formatBytes(finding.distinctBytes)} distinct, ${formatBytes(finding.writtenBytes)} event sum`,
    );
    for (const step of steps) {
      const mark = marks.find((one) => one.step === step.step);
      const telling = step.checks.filter((check) => check.stance === 'supports-suspicion');
      lines.push(
        `  ${stepTitles[step.step]}: ${mark ? stateTitles[mark.state].toLowerCase() : 'open'}${mark?.note ? `. ${said(mark.note)}` : ''}`,
      );
      for (const check of telling) lines.push(`    - ${said(check.sentence)}`);
    }
  }
  for (const session of state.sessions)
    lines.push(
      '',
      `Live session on ${said(session.host)}, ${formatSpan(session.fromMs, session.toMs, utc, { seconds: true })} UTC`,
      ...(session.note === '' ? [] : [`  ${said(session.note)}`]),
    );
  for (const answer of state.consultations)
    lines.push(
      '',
      `Asked: ${said(answer.asked)}, ${said(answer.how)}. Authorised: ${answer.authorised}. ${said(answer.answer)}`,
    );
  const done = state.tasks.filter((task) => task.state !== 'open');
  const open = state.tasks.filter((task) => task.state === 'open' || task.state === 'in-progress');
  if (done.length > 0) {
    lines.push('', 'Done so far');
    for (const task of done)
      lines.push(
        `  ${task.response ? responseTitles[task.response] : said(task.title)}: ${task.state.replace('-', ' ')}${task.result ? `. ${said(task.result)}` : ''}`,
      );
  }
  for (const action of state.actions)
    lines.push(
      `  ${responseTitles[action.response]}, ${said(action.target)}: ${action.result}${action.reference ? ` (${said(action.reference)})` : ''}`,
    );
  if (open.length > 0) {
    lines.push('', 'Still to do');
    for (const task of open)
      lines.push(
        `  ${said(task.title)}${task.owner ? `, ${said(task.owner)}` : ''}${task.dueMs === undefined ? '' : `, due ${formatTime(task.dueMs, utc, { year: true })} UTC`}`,
      );
  }
  lines.push(
    '',
    `Evidence: ${countOf(state.exhibits.length, 'exhibit')} in the package, ${countOf(state.entries.length, 'journal entry', 'journal entries')}.`,
    `Head of the journal, to compare with the package: ${state.head}`,
    '',
  );
  return lines.join('\n');
}
