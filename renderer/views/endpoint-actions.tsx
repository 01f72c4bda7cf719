import { IconAlertTriangle, IconCheck, IconHelp, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { ResponseStep } from '../../shared/model/case-file.ts';
import type { ActionDraft, ActionOutcome, ActionPlan, EndpointAction } from '../../shared/model/endpoint-action.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import { useAct, useAsk } from '../queries.ts';
import { responseTexts as texts } from '../texts/response.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { FormField, TextArea, TextField } from '../widgets/form-field.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { caseQuestions } from './case-of-finding.ts';
import { Dialog } from './dialogs.tsx';
import { writesOf } from './finding-words.ts';
import { KibanaForm } from './kibana-form.tsx';

/** What of a response step Elastic Defend can do, gentlest first. */
const ofStep: Partial<Readonly<Record<ResponseStep, readonly EndpointAction[]>>> = {
  forensics: ['get-file', 'running-processes'],
  isolate: ['isolate', 'release'],
  terminate: ['suspend-process', 'kill-process'],
};

/** Buttons for what Elastic Defend can do of a step. Each is planned and confirmed in a dialog before anything is sent. */
export function EndpointActions({
  response,
  finding,
  caseId,
}: {
  response: ResponseStep;
  finding: FindingRow;
  caseId: string;
}) {
  const [action, setAction] = useState<EndpointAction>();
  const actions = ofStep[response] ?? [];
  return (
    <>
      {actions.map((one) => (
        <button key={one} type="button" className="btn sm quiet" onClick={() => setAction(one)}>
          {texts.actions[one]}…
        </button>
      ))}
      <Dialog
        title={action ? texts.actions[action] : ''}
        isOpen={action !== undefined}
        width={520}
        onClose={() => setAction(undefined)}
      >
        {action ? <Act action={action} finding={finding} caseId={caseId} onDone={() => setAction(undefined)} /> : null}
      </Dialog>
    </>
  );
}

function Act({
  action,
  finding,
  caseId,
  onDone,
}: {
  action: EndpointAction;
  finding: FindingRow;
  caseId: string;
  onDone: () => void;
}) {
  const kibana = useAsk('kibana.read', {});
  const [isChanging, setIsChanging] = useState(false);
  if (kibana.error) return <FailureNotice error={kibana.error} onRetry={() => void kibana.refetch()} />;
  if (!kibana.data) return null;
  const { place, keeps } = kibana.data;
  if (!place?.hasSecret || isChanging)
    return <KibanaForm place={place} keeps={keeps} onDone={() => setIsChanging(false)} onCancel={onDone} />;
  return (
    <>
      <p className="t12 dim row">
        <span className="grow">
          {texts.through} <Name text={place.url} />
        </span>
        <button type="button" className="btn sm quiet" onClick={() => setIsChanging(true)}>
          {texts.change}
        </button>
      </p>
      <Describe action={action} finding={finding} caseId={caseId} onDone={onDone} />
    </>
  );
}

/** The process ids that the finding's writes name, newest first. */
function useProcessIds(finding: FindingRow, isEnabled: boolean): readonly number[] {
  const writes = useAsk(
    'writes.page',
    { filter: writesOf(finding), withRenames: false, ascending: false, limit: 1_000 },
    { isEnabled },
  );
  return [...new Set((writes.data?.rows ?? []).map((row) => row.pid).filter((pid) => pid !== undefined))];
}

function Describe({
  action,
  finding,
  caseId,
  onDone,
}: {
  action: EndpointAction;
  finding: FindingRow;
  caseId: string;
  onDone: () => void;
}) {
  const needsProcess = action === 'kill-process' || action === 'suspend-process';
  const ids = useProcessIds(finding, needsProcess);
  const [pidText, setPidText] = useState<string>();
  const [path, setPath] = useState(finding.executable ?? '');
  const [agentId, setAgentId] = useState('');
  const [comment, setComment] = useState('');
  const plan = useAct('response.plan');
  const pid = Number(pidText ?? ids[0] ?? '');
  const draft: ActionDraft = {
    action,
    host: finding.host,
    comment: comment.trim(),
    ...(agentId.trim() ? { agentId: agentId.trim() } : {}),
    ...(needsProcess ? { pid } : {}),
    ...(action === 'get-file' ? { path: path.trim() } : {}),
  };
  const isComplete =
    (!needsProcess || (Number.isSafeInteger(pid) && pid > 0)) && (action !== 'get-file' || path.trim());
  if (plan.data)
    return <Confirm caseId={caseId} draft={draft} plan={plan.data} onBack={() => plan.reset()} onDone={onDone} />;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) plan.mutate({ caseId, draft });
      }}
    >
      {needsProcess ? (
        <TextField
          label={texts.processId}
          hint={ids.length > 0 ? texts.processIds(ids.slice(0, 5).join(', ')) : texts.noProcessIds}
          value={pidText ?? (ids[0] === undefined ? '' : String(ids[0]))}
          onChange={setPidText}
          maxLength={10}
        />
      ) : null}
      {action === 'get-file' ? (
        <TextField label={texts.file} value={path} onChange={setPath} maxLength={32_000} />
      ) : null}
      <TextField label={texts.agentId} hint={texts.agentIdHint} value={agentId} onChange={setAgentId} maxLength={200} />
      <TextArea label={texts.comment} value={comment} onChange={setComment} rows={1} maxLength={4_000} />
      {plan.error ? <FailureNotice error={plan.error} /> : null}
      <div className="row">
        <button type="submit" className="btn primary" disabled={!isComplete || plan.isPending}>
          {plan.isPending ? texts.looking : texts.look}
        </button>
        <button type="button" className="btn quiet" onClick={onDone}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}

const checkLooks = {
  ok: { icon: IconCheck, className: 'ok' },
  warning: { icon: IconAlertTriangle, className: 'warn' },
  missing: { icon: IconX, className: 'bad' },
  unknown: { icon: IconHelp, className: 'faint' },
} as const;

function CheckRow({ check }: { check: Prerequisite }) {
  const look = checkLooks[check.state];
  return (
    <li className="check">
      <Icon of={look.icon} isSmall className={look.className} />
      <span>
        <Name text={check.detail} /> {check.hint ? <Name text={check.hint} className="faint" /> : null}
      </span>
    </li>
  );
}

/** What it does, to whom, whether it can; and the host's name, typed, before anything is sent. */
function Confirm({
  caseId,
  draft,
  plan,
  onBack,
  onDone,
}: {
  caseId: string;
  draft: ActionDraft;
  plan: ActionPlan;
  onBack: () => void;
  onDone: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [isAccepted, setIsAccepted] = useState(false);
  const [progress, setProgress] = useState<string>();
  const act = useAct('response.act', caseQuestions, (item) => setProgress(item.text));
  if (act.data) return <Outcome outcome={act.data} onDone={onDone} />;
  const canAct = plan.mayAct && typed === draft.host && (plan.warning === undefined || isAccepted) && !act.isPending;
  return (
    <form
      className="stack t12"
      onSubmit={(event) => {
        event.preventDefault();
        if (canAct) act.mutate({ caseId, draft, confirmedHost: typed, isWarningAccepted: isAccepted });
      }}
    >
      <p>
        <b className="b">
          <Name text={draft.host} />
        </b>
        {texts.effectText(plan.effect, plan.undo)}
      </p>
      <dl className="pairs">
        <dt>{texts.agent}</dt>
        <dd>
          <code>
            <Name text={plan.agentId} />
          </code>
        </dd>
        {draft.pid === undefined ? null : (
          <>
            <dt>{texts.processId}</dt>
            <dd>{draft.pid}</dd>
          </>
        )}
        {draft.path === undefined ? null : (
          <>
            <dt>{texts.file}</dt>
            <dd>
              <code>
                <Name text={draft.path} />
              </code>
            </dd>
          </>
        )}
      </dl>
      <ul className="stack" aria-label={texts.lookedUp}>
        {plan.checks.map((check) => (
          <CheckRow key={check.name} check={check} />
        ))}
      </ul>
      {plan.warning ? (
        <div className="note warn">
          <Icon of={IconAlertTriangle} />
          <span className="stack grow">
            <span>{plan.warning}</span>
            <label className="row">
              <input type="checkbox" checked={isAccepted} onChange={(event) => setIsAccepted(event.target.checked)} />
              {texts.doItAnyway}
            </label>
          </span>
        </div>
      ) : null}
      {plan.mayAct ? (
        <FormField label={texts.typeHost}>
          {(id) => (
            <input
              id={id}
              className="field"
              autoComplete="off"
              spellCheck={false}
              maxLength={1_000}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </FormField>
      ) : (
        <div className="note bad" role="alert">
          <Icon of={IconX} />
          <span>{texts.refused}</span>
        </div>
      )}
      {act.error ? <FailureNotice error={act.error} /> : null}
      <div className="row">
        {plan.mayAct ? (
          <button type="submit" className="btn primary" disabled={!canAct}>
            {texts.actions[draft.action]}
          </button>
        ) : null}
        <button type="button" className="btn quiet" disabled={act.isPending} onClick={onBack}>
          {texts.back}
        </button>
        <span className="t11 faint" role="status">
          {act.isPending && progress ? <Name text={progress} /> : null}
        </span>
      </div>
    </form>
  );
}

function Outcome({ outcome, onDone }: { outcome: ActionOutcome; onDone: () => void }) {
  const kinds = { done: 'ok', failed: 'bad', pending: 'warn' } as const;
  return (
    <div className="stack t12">
      <div className={`note ${kinds[outcome.result]}`} role="status">
        <span>
          <Name text={outcome.detail} /> {texts.action} <code>{outcome.actionId}</code>; {outcome.undo}.
        </span>
      </div>
      <p className="dim">{texts.inJournal}</p>
      <div className="row">
        <button type="button" className="btn primary" onClick={onDone}>
          {texts.done}
        </button>
      </div>
    </div>
  );
}
