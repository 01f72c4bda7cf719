import { useState } from 'react';
import { falsePositiveTitles } from '../../shared/analysis/case-words.ts';
import type { FalsePositiveTest } from '../../shared/model/false-positive.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useAct, useAsk } from '../queries.ts';
import { goTo, useZone, type WritesAsked } from '../state.ts';
import { investigateTexts as texts } from '../texts/investigate.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { FormButtons } from '../widgets/form-buttons.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { StepCard } from '../widgets/step-card.tsx';
import { formatDay } from '../window-format.ts';
import { caseQuestions, useCaseOfFinding } from './case-of-finding.ts';
import { HiddenByException } from './hidden-by-exception.tsx';
import { Check } from './investigation-steps.tsx';
import { OpenCaseButton } from './open-case.tsx';
import { RecordedBy } from './recorded-by.tsx';
import { useDecide } from './use-decide.ts';

const judgements = [
  { value: 'accepted', title: texts.accept },
  { value: 'rejected', title: texts.reject },
  { value: 'unclear', title: texts.unclear },
] as const;
type Judgement = (typeof judgements)[number]['value'];

const tagKinds = { fits: 'ok', unclear: 'warn', contradicted: '' } as const;

/** The five innocent explanations: what speaks for and against each, and what a person judged. */
export function BenignTests({ finding, onShow }: { finding: FindingRow; onShow: (writes: WritesAsked) => void }) {
  const tests = useAsk('false-positives.test', { findingId: finding.id });
  const { file } = useCaseOfFinding(finding.id);
  return (
    <>
      {tests.error ? (
        <div className="page-note">
          <FailureNotice error={tests.error} onRetry={() => void tests.refetch()} />
        </div>
      ) : null}
      {file ? null : (
        <div className="page-note">
          <div className="note">
            <span className="stack grow">
              <span>{texts.judgementLead}</span>
              <OpenCaseButton findingIds={[finding.id]} className="btn sm" />
            </span>
          </div>
        </div>
      )}
      <ol aria-busy={tests.isFetching}>
        {tests.data?.map((test, index) => (
          <BenignTest
            key={test.class}
            number={index + 1}
            test={test}
            finding={finding}
            caseId={file?.damage === undefined ? file?.id : undefined}
            judged={file?.falsePositives.find((entry) => entry.findingId === finding.id && entry.class === test.class)}
            onShow={onShow}
          />
        ))}
      </ol>
    </>
  );
}

function BenignTest({
  number,
  test,
  finding,
  caseId,
  judged,
  onShow,
}: {
  number: number;
  test: FalsePositiveTest;
  finding: FindingRow;
  caseId: string | undefined;
  judged:
    | { readonly judgement: Judgement; readonly reason: string; readonly actor: string; readonly atMs: number }
    | undefined;
  onShow: (writes: WritesAsked) => void;
}) {
  const zone = useZone();
  const [isJudging, setIsJudging] = useState(false);
  const { exception } = test;
  const narrows = [
    ['host', exception.hosts],
    ['user', exception.users],
    ['process', exception.processes],
    ['program', exception.executables],
    ['publisher', exception.publishers],
    ['hash', exception.hashes],
    ['device', exception.devices],
  ] as const;
  const words = narrows.flatMap(([name, values]) => (values?.length ? [`${name} ${values.join(', ')}`] : []));
  return (
    <StepCard
      number={number}
      isDone={judged !== undefined}
      title={falsePositiveTitles[test.class]}
      tag={{ kind: tagKinds[test.result], text: texts.results[test.result] }}
      actions={
        caseId === undefined ? null : (
          <>
            <button
              type="button"
              className="btn sm quiet"
              aria-expanded={isJudging}
              onClick={() => setIsJudging(!isJudging)}
            >
              {judged ? texts.judgeAgain : texts.judge}
            </button>
            {judged ? null : <Dismiss test={test} finding={finding} caseId={caseId} />}
          </>
        )
      }
    >
      {test.checks.map((check) => (
        <Check key={check.id} check={check} onShow={onShow} />
      ))}
      {test.result === 'contradicted' ? null : (
        <>
          <span className="t11 faint">
            {texts.narrowestException} <Name text={words.join('; ')} />
            {texts.exceptionEnd(
              formatDay(exception.expiresMs, zone, true),
              test.wouldHaveHidden === undefined
                ? ''
                : texts.wouldHaveHidden(texts.countedPastFindings(test.wouldHaveHidden)),
            )}
          </span>
          <HiddenByException
            rows={test.hiddenFindings ?? []}
            total={test.wouldHaveHidden ?? 0}
            onOpen={(row) => goTo({ view: 'investigate', findingId: row.id })}
          />
        </>
      )}
      {judged ? (
        <span className="decision">
          <b className="b">
            {{ accepted: texts.accepted, rejected: texts.rejected, unclear: texts.unclear }[judged.judgement]}
          </b>
          : <Name text={judged.reason} /> <RecordedBy actor={judged.actor} atMs={judged.atMs} />
        </span>
      ) : null}
      {isJudging && caseId !== undefined ? (
        <JudgeForm test={test} finding={finding} caseId={caseId} onDone={() => setIsJudging(false)} />
      ) : null}
    </StepCard>
  );
}

/** What was said at the time of a judgement, by stance. */
function sentencesOf(test: FalsePositiveTest, stance: 'supports-benign' | 'supports-suspicion'): string[] {
  return test.checks.filter((check) => check.stance === stance).map((check) => check.sentence.slice(0, 20_000));
}

/**
 * Accepts an explanation that fits, with its narrow exception, and closes the finding: one click. Where anything speaks
 * against it the click is not to be had, and a reason must be written.
 */
function Dismiss({ test, finding, caseId }: { test: FalsePositiveTest; finding: FindingRow; caseId: string }) {
  const record = useAct('case.record', caseQuestions);
  const { decide, error } = useDecide();
  const opposing = sentencesOf(test, 'supports-suspicion');
  const title = falsePositiveTitles[test.class];
  const isBlocked = test.result !== 'fits' || opposing.length > 0;
  return (
    <>
      <button
        type="button"
        className="btn sm quiet"
        disabled={isBlocked || record.isPending}
        title={
          isBlocked
            ? opposing.length > 0
              ? texts.judgeAgainst(texts.countedChecksSpeak(opposing.length))
              : texts.judgeWithoutSupport
            : texts.dismissTitle
        }
        onClick={() =>
          record.mutate(
            {
              id: caseId,
              change: {
                kind: 'false-positive.judged',
                payload: {
                  findingId: finding.id,
                  class: test.class,
                  judgement: 'accepted',
                  reason: test.exception.reason,
                  supporting: sentencesOf(test, 'supports-benign').slice(0, 50),
                  opposing: [],
                  exception: test.exception,
                },
              },
            },
            { onSuccess: () => decide([finding.id], 'closed', `${title}, ${caseId}`) },
          )
        }
      >
        {texts.dismiss}
      </button>
      {record.error || error ? <FailureNotice error={record.error ?? error} /> : null}
    </>
  );
}

function JudgeForm({
  test,
  finding,
  caseId,
  onDone,
}: {
  test: FalsePositiveTest;
  finding: FindingRow;
  caseId: string;
  onDone: () => void;
}) {
  const record = useAct('case.record', caseQuestions);
  const [judgement, setJudgement] = useState<Judgement>();
  const [reason, setReason] = useState('');
  const [withException, setWithException] = useState(false);
  const opposing = sentencesOf(test, 'supports-suspicion');
  const id = `reason-${test.class}`;
  return (
    <form
      className="stack decide"
      onSubmit={(event) => {
        event.preventDefault();
        if (!judgement) return;
        record.mutate(
          {
            id: caseId,
            change: {
              kind: 'false-positive.judged',
              payload: {
                findingId: finding.id,
                class: test.class,
                judgement,
                reason: reason.trim(),
                supporting: sentencesOf(test, 'supports-benign').slice(0, 50),
                opposing: opposing.slice(0, 50),
                ...(judgement === 'accepted' && withException
                  ? { exception: { ...test.exception, reason: reason.trim() || test.exception.reason } }
                  : {}),
              },
            },
          },
          { onSuccess: onDone },
        );
      }}
    >
      <Segments label={texts.judgement} value={judgement} options={judgements} onChange={setJudgement} />
      {judgement === 'accepted' && opposing.length > 0 ? (
        <div className="note warn">
          <span>{texts.sayWhy(texts.countedChecksSpeak(opposing.length))}</span>
        </div>
      ) : null}
      <div className="labelled">
        <label htmlFor={id}>{texts.reason}</label>
        <textarea
          id={id}
          className="field"
          rows={2}
          maxLength={20_000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      {judgement === 'accepted' ? (
        <label className="row t12">
          <input type="checkbox" checked={withException} onChange={(event) => setWithException(event.target.checked)} />
          {texts.withException}
        </label>
      ) : null}
      {record.error ? <FailureNotice error={record.error} /> : null}
      <FormButtons
        submit={texts.record}
        cancel={texts.cancel}
        isDisabled={!judgement || record.isPending || (judgement === 'accepted' && reason.trim() === '')}
        onCancel={onDone}
      />
    </form>
  );
}
