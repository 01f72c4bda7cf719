import { formatBytes, formatSpan, utc } from '../base/format.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf } from '../base/words.ts';
import type { DeviceRow } from '../model/evidence-answer.ts';
import type { FindingRow } from '../model/finding.ts';
import type { StepMark, TriageCheck } from '../model/triage.ts';
import { deviceText } from './triage-device.ts';
import { accountKindOf } from './triage-user.ts';

/** The question to put to the user or department, in words that accuse nobody. Never sent by itself. */
export function consultationQuestion(finding: FindingRow, device: DeviceRow | undefined): string {
  return `On ${formatSpan(finding.startMs, finding.endMs, utc)} UTC, ${countOf(finding.files, 'file')} (${formatBytes(finding.distinctBytes)}) were written to the removable device ${deviceText(device, finding.device)} on ${visibleText(finding.host)} by ${visibleText(finding.process)} under the account ${visibleText(finding.user)}. Was this planned work? Who asked for it, what was it for, and where is the device now?`;
}

/** Answers step 6 as far as anything can: whom to ask, what to ask, and whether somebody was asked. */
export function consultationChecks(
  finding: FindingRow,
  device: DeviceRow | undefined,
  mark: StepMark | undefined,
): readonly TriageCheck[] {
  const kind = accountKindOf(finding.user);
  const isPerson = kind === 'person' || kind === 'admin';
  const asked = mark !== undefined && mark.note.trim() !== '';
  return [
    {
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
    },
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
