import { useState } from 'react';
import type { Consultation } from '../../shared/model/case-file.ts';
import { useAct } from '../queries.ts';
import { useZone } from '../state.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { FormButtons } from '../widgets/form-buttons.tsx';
import { TextArea, TextField } from '../widgets/form-field.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { formatDay } from '../window-format.ts';
import { caseQuestions } from './case-of-finding.ts';

const authorisations = [
  { value: 'yes', title: texts.authorised },
  { value: 'no', title: texts.notAuthorised },
  { value: 'unknown', title: texts.notKnown },
] as const;

/** `2026-11-19T21:40` as a field of the form has it, in the zone of the computer. */
function toFieldTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Writes down who was asked about a finding, when and how, what was answered, and whether it was allowed. */
export function ConsultationForm({ findingId, onDone }: { findingId: string; onDone: () => void }) {
  const record = useAct('consultation.record', ['consultation.list', 'triage.collect', ...caseQuestions]);
  const [asked, setAsked] = useState('');
  const [role, setRole] = useState('');
  const [how, setHow] = useState('');
  const [at, setAt] = useState(() => toFieldTime(Date.now()));
  const [question, setQuestion] = useState('');
  const [answer, setAnswer] = useState('');
  const [authorised, setAuthorised] = useState<Consultation['authorised']>('unknown');
  const [authorisedBy, setAuthorisedBy] = useState('');
  const [purpose, setPurpose] = useState('');
  const [until, setUntil] = useState('');
  const askedAtMs = new Date(at).getTime();
  // The whole of the last day is covered.
  const untilMs = until === '' ? undefined : new Date(`${until}T23:59:59`).getTime();
  const isComplete =
    asked.trim() !== '' && how.trim() !== '' && answer.trim() !== '' && askedAtMs >= 0 && !Number.isNaN(untilMs);
  const optional = (text: string) => (text.trim() === '' ? undefined : text.trim());
  return (
    <form
      className="stack decide"
      aria-label={texts.answer}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isComplete) return;
        record.mutate(
          {
            findingId,
            asked: asked.trim(),
            role: optional(role),
            askedAtMs,
            how: how.trim(),
            question: question.trim(),
            answer: answer.trim(),
            authorised,
            ...(authorised === 'yes'
              ? { authorisedBy: optional(authorisedBy), purpose: optional(purpose), untilMs }
              : {}),
          },
          { onSuccess: onDone },
        );
      }}
    >
      <div className="field-pair">
        <TextField label={texts.whoWasAsked} value={asked} onChange={setAsked} maxLength={256} />
        <TextField label={texts.inWhichRole} value={role} onChange={setRole} maxLength={256} />
      </div>
      <div className="field-pair">
        <TextField label={texts.when} type="datetime-local" value={at} onChange={setAt} />
        <TextField label={texts.how} value={how} onChange={setHow} maxLength={256} placeholder={texts.howExample} />
      </div>
      <TextArea label={texts.whatWasAsked} value={question} onChange={setQuestion} rows={1} />
      <TextArea label={texts.whatWasAnswered} value={answer} onChange={setAnswer} />
      <Segments label={texts.authorised} value={authorised} options={authorisations} onChange={setAuthorised} />
      {authorised === 'yes' ? (
        <>
          <div className="field-pair">
            <TextField label={texts.authorisedBy} value={authorisedBy} onChange={setAuthorisedBy} maxLength={256} />
            <TextField label={texts.until} type="date" value={until} onChange={setUntil} />
          </div>
          <TextField label={texts.forWhat} value={purpose} onChange={setPurpose} />
        </>
      ) : null}
      {record.error ? <FailureNotice error={record.error} /> : null}
      <FormButtons
        submit={texts.recordAnswer}
        cancel={texts.cancel}
        isDisabled={!isComplete || record.isPending}
        onCancel={onDone}
      />
    </form>
  );
}

/** An answer as it was recorded. */
export function ConsultationText({ answer }: { answer: Consultation }) {
  const zone = useZone();
  const { asked, role, how, askedAtMs, authorised, authorisedBy, purpose, untilMs } = answer;
  return (
    <span className="decision">
      <b className="b">
        <Name text={asked} />
      </b>
      {role ? (
        <>
          {' '}
          (<Name text={role} />)
        </>
      ) : null}
      , <Name text={how} />, <TimeText atMs={askedAtMs} />: <Name text={answer.answer} />{' '}
      <b className="b">{authorisations.find(({ value }) => value === authorised)?.title}</b>
      {authorisedBy ? (
        <>
          {' '}
          {texts.byWhom} <Name text={authorisedBy} />
        </>
      ) : null}
      {untilMs === undefined ? null : <> {texts.untilDay(formatDay(untilMs, zone, true))}</>}
      {purpose ? (
        <>
          {texts.forPurpose} <Name text={purpose} />
        </>
      ) : null}
      .{' '}
      <span className="t11 faint">
        {texts.recordedBy} <Name text={answer.actor} />
      </span>
    </span>
  );
}
