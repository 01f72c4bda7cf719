import { useState } from 'react';
import { responseTitles } from '../../shared/analysis/case-words.ts';
import { responsePlan, responseWarning } from '../../shared/analysis/response-plan.ts';
import type { CaseFile, ResponseStep } from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useAct } from '../queries.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { StepCard } from '../widgets/step-card.tsx';
import { useCaseOfFinding } from './case-of-finding.ts';
import { OpenCaseButton, RecordedBy } from './cases.tsx';

const resultTitles = { requested: 'Requested', done: 'Done', failed: 'Failed', undone: 'Undone' } as const;
type Result = keyof typeof resultTitles;

/** What of a finding an action is aimed at. */
function targetOf(response: ResponseStep, finding: FindingRow): string {
  if (response === 'isolate' || response === 'forensics') return finding.host;
  if (response === 'credentials') return finding.user;
  if (response === 'policy') return finding.device;
  if (response === 'terminate') return `${finding.process} on ${finding.host}`;
  return finding.process;
}

/** The seven response steps, evidence first. Nothing is done by itself: what people did is recorded. */
export function ResponseSteps({ finding }: { finding: FindingRow }) {
  const { file, error } = useCaseOfFinding(finding.id);
  const plan = responsePlan(file ? file.findings.map((entry) => entry.finding) : [finding]);
  return (
    <>
      <div className="page-note">
        {error ? <FailureNotice error={error} /> : null}
        {file ? null : (
          <div className="note">
            <span className="stack grow">
              <span>What is done is recorded in a case: who, when, with which result.</span>
              <OpenCaseButton findingIds={[finding.id]} className="btn sm" />
            </span>
          </div>
        )}
      </div>
      <ol>
        {plan.map((step, index) => (
          <Response
            key={step.response}
            number={index + 1}
            response={step.response}
            title={step.title}
            finding={finding}
            file={file}
          />
        ))}
      </ol>
    </>
  );
}

function Response({
  number,
  response,
  title,
  finding,
  file,
}: {
  number: number;
  response: ResponseStep;
  title: string;
  finding: FindingRow;
  file: CaseFile | undefined;
}) {
  const [isRecording, setIsRecording] = useState(false);
  const actions = file?.actions.filter((action) => action.response === response) ?? [];
  const task = file?.tasks.find((entry) => entry.response === response);
  const last = actions.at(-1);
  const isDone = last?.result === 'done' || task?.state === 'done' || task?.state === 'not-needed';
  const tag = last
    ? {
        kind: { done: 'ok', requested: 'info', failed: 'bad', undone: 'warn' }[last.result],
        text: resultTitles[last.result],
      }
    : task && task.state !== 'open'
      ? { kind: '', text: task.state.replaceAll('-', ' ') }
      : { kind: '', text: 'Open' };
  const warning = file && !isDone ? responseWarning(file, response) : undefined;
  const canRecord = file !== undefined && file.damage === undefined;
  return (
    <StepCard
      number={number}
      isDone={isDone}
      title={responseTitles[response]}
      tag={tag}
      actions={
        canRecord ? (
          <button
            type="button"
            className="btn sm quiet"
            aria-expanded={isRecording}
            onClick={() => setIsRecording(!isRecording)}
          >
            Record what was done
          </button>
        ) : null
      }
    >
      <span>
        <Name text={title} />
      </span>
      {warning ? <span className="warn">{warning}</span> : null}
      {actions.map((action) => (
        <span key={`${action.atMs} ${action.result} ${action.target}`} className="decision">
          <b className="b">{resultTitles[action.result]}</b>, <Name text={action.target} />
          {action.detail ? (
            <>
              : <Name text={action.detail} />
            </>
          ) : null}{' '}
          <RecordedBy actor={action.actor} atMs={action.atMs} />
        </span>
      ))}
      {isRecording && file ? (
        <ActionForm response={response} finding={finding} caseId={file.id} onDone={() => setIsRecording(false)} />
      ) : null}
    </StepCard>
  );
}

function ActionForm({
  response,
  finding,
  caseId,
  onDone,
}: {
  response: ResponseStep;
  finding: FindingRow;
  caseId: string;
  onDone: () => void;
}) {
  const record = useAct('case.record', ['case.read', 'cases.list']);
  const [result, setResult] = useState<Result>('done');
  const [target, setTarget] = useState(targetOf(response, finding));
  const [detail, setDetail] = useState('');
  const [reference, setReference] = useState('');
  return (
    <form
      className="stack decide"
      onSubmit={(event) => {
        event.preventDefault();
        record.mutate(
          {
            id: caseId,
            change: {
              kind: 'action.recorded',
              payload: {
                response,
                title: responseTitles[response],
                target: target.trim(),
                result,
                detail: detail.trim(),
                ...(reference.trim() ? { reference: reference.trim() } : {}),
              },
            },
          },
          { onSuccess: onDone },
        );
      }}
    >
      <Segments
        label="Result"
        value={result}
        options={(Object.keys(resultTitles) as Result[]).map((value) => ({ value, title: resultTitles[value] }))}
        onChange={setResult}
      />
      <div className="labelled">
        <label htmlFor={`target-${response}`}>On what</label>
        <input
          id={`target-${response}`}
          className="field"
          maxLength={1000}
          value={target}
          onChange={(event) => setTarget(event.target.value)}
        />
      </div>
      <div className="labelled">
        <label htmlFor={`detail-${response}`}>What was done</label>
        <textarea
          id={`detail-${response}`}
          className="field"
          rows={2}
          maxLength={20_000}
          value={detail}
          onChange={(event) => setDetail(event.target.value)}
        />
      </div>
      <div className="labelled">
        <label htmlFor={`reference-${response}`}>Ticket or action id</label>
        <input
          id={`reference-${response}`}
          className="field"
          maxLength={1000}
          value={reference}
          onChange={(event) => setReference(event.target.value)}
        />
      </div>
      {record.error ? <FailureNotice error={record.error} /> : null}
      <div className="row">
        <button type="submit" className="btn sm primary" disabled={record.isPending || target.trim() === ''}>
          Record
        </button>
        <button type="button" className="btn sm quiet" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}
