import { formatBytes, formatDay, formatSpan, formatTime, utc } from '../base/format.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shortText } from '../base/words.ts';
import type { Consultation } from '../model/case-file.ts';
import type { DeviceRow } from '../model/evidence-answer.ts';
import type { FindingRow } from '../model/finding.ts';
import type { StepMark, TriageCheck } from '../model/triage.ts';
import { deviceText } from './triage-device.ts';
import { accountKindOf } from './triage-user.ts';

/** The question to put to the user or department, in words that accuse nobody. Never sent by itself. */
export function consultationQuestion(finding: FindingRow, device: DeviceRow | undefined): string {
  return `On ${formatSpan(finding.startMs, finding.endMs, utc)} UTC, ${countOf(finding.files, 'file')} (${formatBytes(finding.distinctBytes)}) were written to the removable device ${deviceText(device, finding.device)} on ${visibleText(finding.host)} by ${visibleText(finding.process)} under the account ${visibleText(finding.user)}. Was this planned work? Who asked for it, what was it for, and where is the device now?`;
}

/** The newest answer as a check: what was said, by whom, and whether it covers the time of the finding. */
function answerCheck(finding: FindingRow, answer: Consultation): TriageCheck {
  const said = (text: string) => visibleText(shortText(text, 500));
  const isOver = answer.untilMs !== undefined && answer.untilMs < finding.startMs;
  const until =
    answer.untilMs === undefined
      ? ''
      : ` until ${formatDay(answer.untilMs, utc, true)}${isOver ? ', which was over by then' : ''}`;
  const authorised = {
    yes: `authorised${answer.authorisedBy ? ` by ${said(answer.authorisedBy)}` : ''}${until}`,
    no: 'not authorised',
    unknown: 'whether it was authorised is not known',
  }[answer.authorised];
  return {
    id: 'consultation.answer',
    title: 'Answer',
    figure: authorised,
    stance:
      answer.authorised === 'yes' && !isOver
        ? 'supports-benign'
        : answer.authorised === 'no' || isOver
          ? 'supports-suspicion'
          : 'no-information',
    sentence: `${said(answer.asked)}${answer.role ? ` (${said(answer.role)})` : ''} was asked on ${formatTime(answer.askedAtMs, utc, { year: true })} UTC, ${said(answer.how)}: ${said(answer.answer)} It was ${authorised === 'whether it was authorised is not known' ? 'not said whether it was authorised' : authorised}.${answer.purpose ? ` Purpose: ${said(answer.purpose)}.` : ''}`,
  };
}

/** Step 6 as it was written down before there was a form for it: only a mark with a note. */
function notedCheck(mark: StepMark | undefined): TriageCheck {
  const asked = mark !== undefined && mark.note.trim() !== '';
  return {
    id: 'consultation.answer',
    title: 'Answer',
    figure: asked ? mark.state : 'nobody asked yet',
    stance:
      asked && mark.state === 'unremarkable'
        ? 'supports-benign'
        : asked && mark.state === 'suspicious'
          ? 'supports-suspicion'
          : 'no-information',
    sentence: asked
      ? `${visibleText(mark.actor)} noted: ${visibleText(mark.note.slice(0, 1000))}`
      : 'No answer is recorded. This step needs a person: write down who was asked, how, and what was said.',
  };
}

/** Answers step 6 as far as anything can: whom to ask, what to ask, and what was answered. */
export function consultationChecks(
  finding: FindingRow,
  device: DeviceRow | undefined,
  mark: StepMark | undefined,
  consultations: readonly Consultation[] = [],
): readonly TriageCheck[] {
  const kind = accountKindOf(finding.user);
  const isPerson = kind === 'person' || kind === 'admin';
  const newest = consultations.at(-1);
  return [
    newest ? answerCheck(finding, newest) : notedCheck(mark),
    {
      id: 'consultation.whom',
      title: 'Whom to ask',
      figure: visibleText(finding.user),
      stance: 'no-information',
      sentence: isPerson
        ? `Ask the holder of the account "${visibleText(finding.user)}" or the department, unless the suspicion forbids to warn them; then ask their superior.`
        : `"${visibleText(finding.user)}" is no personal account: ask who runs the program on "${visibleText(finding.host)}", mostly the IT department.`,
    },
    {
      id: 'consultation.question',
      title: 'What to ask',
      figure: '',
      stance: 'no-information',
      sentence: consultationQuestion(finding, device),
    },
    {
      id: 'consultation.form',
      title: 'What to write down',
      figure: '',
      stance: 'no-information',
      sentence:
        'Who was asked and in which role, when and how, the answer, whether it was authorised, by whom, for what and until when.',
    },
  ];
}
