import { useState } from 'react';
import { responseTitles } from '../../shared/analysis/case-words.ts';
import { handOverText } from '../../shared/analysis/hand-over.ts';
import { responsePlan, responseWarning } from '../../shared/analysis/response-plan.ts';
import type { CaseFile, ResponseStep } from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useAct } from '../queries.ts';
import { goTo, useZone } from '../state.ts';
import { responseTexts as texts } from '../texts/response.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { FormButtons } from '../widgets/form-buttons.tsx';
import { TextArea, TextField } from '../widgets/form-field.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { StepCard } from '../widgets/step-card.tsx';
import { formatDay } from '../window-format.ts';
import { caseQuestions, useCaseOfFinding } from './case-of-finding.ts';
import { EndpointActions } from './endpoint-actions.tsx';
import { OpenCaseButton } from './open-case.tsx';
import { RecordedBy } from './recorded-by.tsx';

type Result = keyof typeof texts.resultTitles;

/** What of a finding an action is aimed at. */
function targetOf(response: ResponseStep, finding: FindingRow): string {
  if (response === 'isolate' || response === 'forensics') return finding.host;
  if (response === 'credentials') return finding.user;
  if (response === 'policy') return finding.device;
  if (response === 'terminate') return texts.processOn(finding.process, finding.host);
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
              <span>{texts.lead}</span>
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

type CaseTask = CaseFile['tasks'][number];

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
  const [form, setForm] = useState<'action' | 'task' | 'hand-over'>();
  const toggle = (which: typeof form) => setForm(form === which ? undefined : which);
  const actions = file?.actions.filter((action) => action.response === response) ?? [];
  const task = file?.tasks.find((entry) => entry.response === response);
  const last = actions.at(-1);
  const isDone = last?.result === 'done' || task?.state === 'done' || task?.state === 'not-needed';
  const tag =
    task && task.state !== 'open'
      ? {
          kind: task.state === 'failed' ? 'bad' : task.state === 'done' ? 'ok' : 'info',
          text: texts.taskTitles[task.state],
        }
      : last
        ? {
            kind: { done: 'ok', requested: 'info', failed: 'bad', undone: 'warn' }[last.result],
            text: texts.resultTitles[last.result],
          }
        : { kind: '', text: texts.open };
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
          <>
            {task ? (
              <button
                type="button"
                className="btn sm quiet"
                aria-expanded={form === 'task'}
                onClick={() => toggle('task')}
              >
                {texts.task}
              </button>
            ) : null}
            <button
              type="button"
              className="btn sm quiet"
              aria-expanded={form === 'action'}
              onClick={() => toggle('action')}
            >
              {texts.recordWhatWasDone}
            </button>
            <EndpointActions response={response} finding={finding} caseId={file.id} />
            {response === 'escalate' ? (
              <>
                <HandOver file={file} />
                <AlertStatus file={file} />
              </>
            ) : null}
            {response === 'monitor' ? <WatchThis finding={finding} file={file} /> : null}
            {response === 'policy' ? <DecideDevice device={finding.device} /> : null}
          </>
        ) : null
      }
    >
      <span>
        <Name text={title} />
      </span>
      {task && (task.owner || task.dueMs !== undefined || task.result) ? <TaskText task={task} /> : null}
      {warning ? <span className="warn">{warning}</span> : null}
      {actions.map((action) => (
        <span key={`${action.atMs} ${action.result} ${action.target}`} className="decision">
          <b className="b">{texts.resultTitles[action.result]}</b>, <Name text={action.target} />
          {action.detail ? (
            <>
              : <Name text={action.detail} />
            </>
          ) : null}{' '}
          <RecordedBy actor={action.actor} atMs={action.atMs} />
        </span>
      ))}
      {form === 'action' && file ? (
        <ActionForm response={response} finding={finding} caseId={file.id} onDone={() => setForm(undefined)} />
      ) : null}
      {form === 'task' && file && task ? (
        <TaskForm task={task} caseId={file.id} onDone={() => setForm(undefined)} />
      ) : null}
    </StepCard>
  );
}

/** Who does a task, until when, and what came of it. */
function TaskText({ task }: { task: CaseTask }) {
  const zone = useZone();
  return (
    <span className="decision">
      {task.owner ? (
        <>
          {texts.forWhom} <Name text={task.owner} />
        </>
      ) : (
        texts.noOwner
      )}
      {task.dueMs === undefined ? '' : texts.dueDay(formatDay(task.dueMs, zone, true))}
      {task.result ? (
        <>
          : <Name text={task.result} />
        </>
      ) : null}{' '}
      <RecordedBy actor={task.actor} atMs={task.atMs} />
    </span>
  );
}
const taskOptions = (Object.keys(texts.taskTitles) as CaseTask['state'][]).map((value) => ({
  value,
  title: texts.taskTitles[value],
}));

/** What of a response a person does: owner, due date, state and result. */
function TaskForm({ task, caseId, onDone }: { task: CaseTask; caseId: string; onDone: () => void }) {
  const record = useAct('case.record', caseQuestions);
  const [state, setState] = useState<CaseTask['state']>(task.state);
  const [owner, setOwner] = useState(task.owner ?? '');
  const [due, setDue] = useState(task.dueMs === undefined ? '' : new Date(task.dueMs).toISOString().slice(0, 10));
  const [result, setResult] = useState(task.result ?? '');
  return (
    <form
      className="stack decide"
      aria-label={texts.task}
      onSubmit={(event) => {
        event.preventDefault();
        const payload = {
          taskId: task.taskId,
          state,
          ...(owner.trim() ? { owner: owner.trim() } : {}),
          ...(due === '' ? {} : { dueMs: Date.parse(`${due}T00:00:00Z`) }),
          ...(result.trim() ? { result: result.trim() } : {}),
        };
        record.mutate({ id: caseId, change: { kind: 'task.changed', payload } }, { onSuccess: onDone });
      }}
    >
      <Segments label={texts.state} value={state} options={taskOptions} onChange={setState} />
      <div className="field-pair">
        <TextField label={texts.owner} value={owner} onChange={setOwner} maxLength={256} />
        <TextField label={texts.due} type="date" value={due} onChange={setDue} />
      </div>
      <TextArea label={texts.result} value={result} onChange={setResult} />
      {record.error ? <FailureNotice error={record.error} /> : null}
      <FormButtons submit={texts.saveTask} cancel={texts.cancel} isDisabled={record.isPending} onCancel={onDone} />
    </form>
  );
}

/** The case in plain text, for whoever takes it over; the same text is in the package. */
function HandOver({ file }: { file: CaseFile }) {
  const copy = useAct('clipboard.write');
  const push = useAct('case.push', caseQuestions);
  return (
    <>
      <button
        type="button"
        className="btn sm quiet"
        disabled={push.isPending}
        onClick={() => push.mutate({ id: file.id })}
      >
        {texts.makeKibanaCase}
      </button>
      {push.error ? <FailureNotice error={push.error} /> : null}
      <button type="button" className="btn sm quiet" onClick={() => copy.mutate({ text: handOverText(file) })}>
        {texts.copyHandOver}
      </button>
      <span className="t11 faint" role="status">
        {copy.isSuccess ? texts.copied : ''}
      </span>
    </>
  );
}

/** Sets the status of the case's alerts where the rest of the team sees them. */
function AlertStatus({ file }: { file: CaseFile }) {
  const set = useAct('case.set-alert-status', caseQuestions);
  return (
    <>
      {(['acknowledged', 'closed'] as const).map((status) => (
        <button
          key={status}
          type="button"
          className="btn sm quiet"
          disabled={set.isPending}
          onClick={() => set.mutate({ id: file.id, status })}
        >
          {status === 'closed' ? texts.closeAlerts : texts.acknowledgeAlerts}
        </button>
      ))}
      <span className="t11 faint" role="status">
        {set.data === undefined
          ? ''
          : set.data.alerts === 0
            ? texts.noAlerts
            : texts.alertsChanged(texts.countedAlerts(set.data.alerts))}
      </span>
      {set.error ? <FailureNotice error={set.error} /> : null}
    </>
  );
}

/** Puts user, device and process on the watch list of the rules. */
function WatchThis({ finding, file }: { finding: FindingRow; file: CaseFile }) {
  const watch = useAct('watch-list.add', ['watch-list.list']);
  const note = texts.ofCase(file.id);
  const items = [
    { kind: 'user', value: finding.user },
    { kind: 'device', value: finding.device },
    { kind: 'process', value: finding.process },
  ] as const;
  return (
    <>
      <button
        type="button"
        className="btn sm quiet"
        disabled={watch.isPending}
        onClick={() => {
          for (const { kind, value } of items) if (value) watch.mutate({ item: { kind, value, note } });
        }}
      >
        {texts.watch}
      </button>
      <span className="t11 faint" role="status">
        {watch.isSuccess ? texts.onTheWatchList : ''}
      </span>
      {watch.error ? <FailureNotice error={watch.error} /> : null}
    </>
  );
}

/** The way to where a device is approved or blocked. */
function DecideDevice({ device }: { device: string }) {
  return (
    <button type="button" className="btn sm quiet" onClick={() => goTo({ view: 'devices', deviceId: device })}>
      {texts.decideDevice}
    </button>
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
  const record = useAct('case.record', caseQuestions);
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
        label={texts.result}
        value={result}
        options={(Object.keys(texts.resultTitles) as Result[]).map((value) => ({
          value,
          title: texts.resultTitles[value],
        }))}
        onChange={setResult}
      />
      <div className="labelled">
        <label htmlFor={`target-${response}`}>{texts.onWhat}</label>
        <input
          id={`target-${response}`}
          className="field"
          maxLength={1000}
          value={target}
          onChange={(event) => setTarget(event.target.value)}
        />
      </div>
      <div className="labelled">
        <label htmlFor={`detail-${response}`}>{texts.whatWasDone}</label>
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
        <label htmlFor={`reference-${response}`}>{texts.ticketOrActionId}</label>
        <input
          id={`reference-${response}`}
          className="field"
          maxLength={1000}
          value={reference}
          onChange={(event) => setReference(event.target.value)}
        />
      </div>
      {record.error ? <FailureNotice error={record.error} /> : null}
      <FormButtons
        submit={texts.record}
        cancel={texts.cancel}
        isDisabled={record.isPending || target.trim() === ''}
        onCancel={onDone}
      />
    </form>
  );
}
