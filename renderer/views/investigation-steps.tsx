import { IconAlertTriangle, IconCheck, IconCircle, IconMinus } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { stateTitles, stepTitles } from '../../shared/analysis/case-words.ts';
import type { Consultation } from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import {
  type CheckQuery,
  type CollectedStep,
  type Stance,
  type StepMark,
  type StepState,
  type TriageCheck,
  type TriageStep,
  triageSteps,
} from '../../shared/model/triage.ts';
import { useAct, useAsk, useCollected } from '../queries.ts';
import type { WritesAsked } from '../state.ts';
import { investigateTexts as texts } from '../texts/investigate.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { FormButtons } from '../widgets/form-buttons.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { StepCard } from '../widgets/step-card.tsx';
import { formatSentence } from '../window-format.ts';
import { ConsultationForm, ConsultationText } from './consultation-form.tsx';

/** Charts are fetched when one is asked for: most findings are decided without. */
const UserHours = lazy(async () => ({ default: (await import('./user-hours.tsx')).UserHours }));

const decisions = [
  { value: 'suspicious', title: texts.suspicious },
  { value: 'unremarkable', title: texts.unremarkable },
  { value: 'not-applicable', title: texts.notApplicable },
] as const;

/** What people decided about the steps of a finding, and how many are done. */
export function useStepMarks(findingId: string): {
  readonly marks: ReadonlyMap<TriageStep, StepMark>;
  readonly done: number;
  readonly error: unknown;
} {
  const answer = useAsk('triage.read', { findingId });
  const marks = new Map((answer.data ?? []).map((mark) => [mark.step, mark]));
  return { marks, done: [...marks.values()].filter((mark) => mark.state !== 'open').length, error: answer.error };
}

/** The six steps: what was collected by itself, and what the person decides. The two are never merged. */
export function InvestigationSteps({
  finding,
  onShow,
}: {
  finding: FindingRow;
  onShow: (writes: WritesAsked) => void;
}) {
  const collected = useCollected('triage.collect', { findingId: finding.id });
  const { marks, error } = useStepMarks(finding.id);
  const answers = useAsk('consultation.list', { findingId: finding.id });
  const steps = new Map((collected.data ?? []).map((step) => [step.step, step]));
  return (
    <>
      {collected.error || error ? (
        <div className="page-note">
          <FailureNotice error={collected.error ?? error} onRetry={() => void collected.refetch()} />
        </div>
      ) : null}
      <ol aria-busy={collected.isFetching}>
        {triageSteps.map((step, index) => (
          <Step
            key={step}
            number={index + 1}
            step={step}
            finding={finding}
            collected={steps.get(step)}
            isCollecting={collected.isFetching}
            mark={marks.get(step)}
            answers={step === 'consultation' ? (answers.data ?? []) : []}
            onShow={onShow}
          />
        ))}
      </ol>
    </>
  );
}

/** The tag of a step: what its checks say together. */
function tagOf(collected: CollectedStep | undefined): { readonly kind: string; readonly text: string } {
  const stances = collected?.checks.map((check) => check.stance) ?? [];
  const count = (stance: Stance) => stances.filter((other) => other === stance).length;
  const [unusual, benign] = [count('supports-suspicion'), count('supports-benign')];
  if (unusual > 0)
    return {
      kind: benign > 0 ? 'warn' : 'bad',
      text: benign > 0 ? texts.unusualOf(unusual, stances.length) : texts.unusual,
    };
  if (benign > 0) return { kind: 'ok', text: texts.asUsual };
  if (stances.length > 0) return { kind: '', text: texts.noInformation };
  return { kind: '', text: '' };
}

const fewChecks = 3;
const stanceOrder: Readonly<Record<Stance, number>> = {
  'supports-suspicion': 0,
  'supports-benign': 1,
  'no-information': 2,
};

function Step({
  number,
  step,
  finding,
  collected,
  isCollecting,
  mark,
  answers,
  onShow,
}: {
  number: number;
  step: TriageStep;
  finding: FindingRow;
  collected: CollectedStep | undefined;
  isCollecting: boolean;
  mark: StepMark | undefined;
  /** What people who were asked said; of the last step only. */
  answers: readonly Consultation[];
  onShow: (writes: WritesAsked) => void;
}) {
  const [isWhole, setIsWhole] = useState(false);
  const [isAnswering, setIsAnswering] = useState(false);
  const [isDeciding, setIsDeciding] = useState(false);
  const checks = (collected?.checks ?? []).toSorted((a, b) => stanceOrder[a.stance] - stanceOrder[b.stance]);
  const shown = isWhole ? checks : checks.slice(0, fewChecks);
  const isDone = mark !== undefined && mark.state !== 'open';
  const tag =
    step === 'consultation' && checks.length === 0
      ? { kind: '', text: isDone ? '' : texts.needsAPerson }
      : tagOf(collected);
  return (
    <StepCard
      number={number}
      isDone={isDone}
      title={stepTitles[step]}
      tag={tag}
      actions={
        <>
          <button
            type="button"
            className="btn sm quiet"
            aria-expanded={isDeciding}
            onClick={() => setIsDeciding(!isDeciding)}
          >
            {isDone ? texts.changeDecision : texts.decide}
          </button>
          {step === 'consultation' ? (
            <button
              type="button"
              className="btn sm quiet"
              aria-expanded={isAnswering}
              onClick={() => setIsAnswering(!isAnswering)}
            >
              {texts.recordAnswer}
            </button>
          ) : null}
          {checks.length > fewChecks || step === 'user' ? (
            <button type="button" className="btn sm quiet" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
              {isWhole ? texts.showLess : step === 'user' ? texts.showAllAndHours : texts.showAllOf(checks.length)}
            </button>
          ) : null}
        </>
      }
    >
      {shown.map((check) => (
        <Check key={check.id} check={check} onShow={onShow} />
      ))}
      {!collected && isCollecting && step !== 'consultation' ? (
        <span className="skeleton" style={{ width: '70%' }} />
      ) : null}
      {!collected && !isCollecting && step !== 'consultation' ? (
        <span className="faint">{texts.nothingWasCollected}</span>
      ) : null}
      {step === 'user' && isWhole ? (
        <Suspense fallback={null}>
          <UserHours finding={finding} />
        </Suspense>
      ) : null}
      {step === 'consultation' && checks.length === 0 ? <span>{texts.askTheUser}</span> : null}
      {answers.map((answer) => (
        <ConsultationText key={`${answer.atMs} ${answer.asked}`} answer={answer} />
      ))}
      {isAnswering ? <ConsultationForm findingId={finding.id} onDone={() => setIsAnswering(false)} /> : null}
      {mark && mark.state !== 'open' ? (
        <span className="decision">
          <b className="b">{stateTitles[mark.state]}</b>, <Name text={mark.actor} />, <TimeText atMs={mark.atMs} />
          {mark.note ? (
            <>
              : <Name text={mark.note} />
            </>
          ) : null}
        </span>
      ) : null}
      {isDeciding ? (
        <Decision findingId={finding.id} step={step} mark={mark} onDone={() => setIsDeciding(false)} />
      ) : null}
    </StepCard>
  );
}

/** One check with its stance, sentence, the way to its writes, and what was asked of the store for it. */
export function Check({ check, onShow }: { check: TriageCheck; onShow: (writes: WritesAsked) => void }) {
  const [isQueryShown, setIsQueryShown] = useState(false);
  const look = {
    'supports-suspicion': { icon: IconAlertTriangle, className: 'supports', says: texts.unusual },
    'supports-benign': { icon: IconCheck, className: 'benign', says: texts.asUsual },
    'no-information': { icon: IconMinus, className: 'nothing', says: texts.noInformation },
  }[check.stance];
  const { evidence, queries } = check;
  return (
    <span className="check">
      <Icon of={look.icon ?? IconCircle} isSmall className={look.className} />
      <span>
        <span className="sr">{look.says}: </span>
        <Name text={formatSentence(check.sentence)} />{' '}
        {evidence ? (
          <button
            type="button"
            title={texts.showWritesOf(check.title)}
            onClick={() => onShow({ title: check.title, filter: evidence })}
          >
            {check.figure ? <Name text={formatSentence(check.figure)} /> : texts.showWrites}
          </button>
        ) : null}{' '}
        {queries ? (
          <button
            type="button"
            className="asked"
            aria-expanded={isQueryShown}
            aria-label={texts.queryOf(check.title)}
            onClick={() => setIsQueryShown(!isQueryShown)}
          >
            {texts.query}
          </button>
        ) : null}
        {queries && isQueryShown ? <Queries queries={queries} /> : null}
      </span>
    </span>
  );
}

/** Questions as they were put to the store. */
function Queries({ queries }: { queries: readonly CheckQuery[] }) {
  return (
    <span className="queries">
      {queries.map(({ question, input }) => {
        const text = JSON.stringify(input);
        return (
          <span key={`${question} ${text}`}>
            <b className="b">{question}</b>{' '}
            <code>
              <Name text={text} />
            </code>
          </span>
        );
      })}
    </span>
  );
}

function Decision({
  findingId,
  step,
  mark,
  onDone,
}: {
  findingId: string;
  step: TriageStep;
  mark: StepMark | undefined;
  onDone: () => void;
}) {
  const save = useAct('triage.mark', ['triage.read']);
  const [state, setState] = useState<StepState>(mark?.state ?? 'open');
  const [note, setNote] = useState(mark?.note ?? '');
  const noteId = `note-${step}`;
  return (
    <form
      className="stack decide"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ findingId, step, state, note: note.trim() }, { onSuccess: onDone });
      }}
    >
      <Segments
        label={texts.decision}
        value={state === 'open' ? undefined : state}
        options={decisions}
        onChange={(value) => setState(state === value ? 'open' : value)}
      />
      <div className="labelled">
        <label htmlFor={noteId}>{texts.note}</label>
        <textarea
          id={noteId}
          className="field"
          rows={3}
          maxLength={20_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      {save.error ? <FailureNotice error={save.error} /> : null}
      <FormButtons
        submit={save.isPending ? texts.saving : texts.save}
        cancel={texts.cancel}
        isDisabled={save.isPending || (state === 'open' && !mark && !note.trim())}
        onCancel={onDone}
      />
    </form>
  );
}
