import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { exceptionWords } from '../../shared/analysis/exception-words.ts';
import { formatCount, formatCounted, formatDay } from '../../shared/base/format.ts';
import { dayMs } from '../../shared/base/time.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import type { RuleException, RuleExceptionDraft } from '../../shared/model/rule.ts';
import { useAct, useAsk } from '../queries.ts';
import { useZone } from '../state.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { HiddenByException } from './hidden-by-exception.tsx';
import { showAlert } from './show-alert.ts';

/** What rules are not to raise: made with a preview, removed again. */
export function RuleExceptions({ rules }: { rules: readonly RuleRow[] }) {
  const zone = useZone();
  const exceptions = useAsk('exceptions.list', {});
  const remove = useAct('exceptions.remove', ['exceptions.list', 'findings.list']);
  const names = new Map(rules.map((rule) => [rule.id, rule.name]));
  return (
    <>
      <ExceptionForm rules={rules} />
      {exceptions.error || remove.error ? (
        <div className="page-note">
          <FailureNotice error={exceptions.error ?? remove.error} />
        </div>
      ) : null}
      <ul>
        {exceptions.data?.map((exception: RuleException) => (
          <li key={exception.id} className="line-row tall">
            <span className="grow">
              <Name text={exceptionWords(exception)} />
              <br />
              <span className="t11 faint">
                <Name text={exception.reason} />, <Name text={exception.author} />
                {exception.expiresMs === undefined
                  ? ', without end'
                  : `, until ${formatDay(exception.expiresMs, zone, true)}`}
                {exception.ruleIds ? (
                  <>
                    , only for <Name text={exception.ruleIds.map((id) => names.get(id) ?? id).join(', ')} />
                  </>
                ) : null}
              </span>
            </span>
            <button
              type="button"
              className="btn sm quiet icon-only"
              aria-label={`Remove the exception ${exceptionWords(exception)}`}
              onClick={() => remove.mutate({ id: exception.id })}
            >
              <Icon of={IconX} />
            </button>
          </li>
        ))}
        {exceptions.data?.length === 0 ? <li className="line-row faint">No exceptions.</li> : null}
      </ul>
    </>
  );
}

const exceptionFieldTitles = {
  processes: 'Process',
  users: 'User',
  hosts: 'Host',
  devices: 'Device',
  executables: 'Program (path, * allowed)',
  publishers: 'Publisher',
  hashes: 'SHA-256 of the program',
} as const;

function ExceptionForm({ rules }: { rules: readonly RuleRow[] }) {
  const [ruleId, setRuleId] = useState('');
  const [values, setValues] = useState<Partial<Record<keyof typeof exceptionFieldTitles, string>>>({});
  const [reason, setReason] = useState('');
  const [days, setDays] = useState('90');
  const [isOpen, setIsOpen] = useState(false);
  const preview = useAct('exceptions.preview');
  const add = useAct('exceptions.add', ['exceptions.list', 'findings.list']);
  const draft = (): RuleExceptionDraft => {
    const fields = Object.entries(values).flatMap(([field, value]) => (value.trim() ? [[field, [value.trim()]]] : []));
    const length = Number(days);
    return {
      ...(Object.fromEntries(fields) as Partial<RuleExceptionDraft>),
      reason: reason.trim() || 'to be given',
      ...(ruleId === '' ? {} : { ruleIds: [ruleId] }),
      ...(length > 0 ? { expiresMs: Date.now() + length * dayMs } : {}),
    };
  };
  const isAny = Object.values(values).some((value) => value?.trim());
  if (!isOpen) {
    return (
      <div className="page-note">
        <button type="button" className="btn sm" onClick={() => setIsOpen(true)}>
          Add an exception
        </button>
      </div>
    );
  }
  return (
    <form
      className="stack in-card lined"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate({ exception: draft() }, { onSuccess: () => setIsOpen(false) });
      }}
    >
      {Object.entries(exceptionFieldTitles).map(([field, title]) => (
        <div key={field} className="labelled">
          <label htmlFor={`exception-${field}`}>{title}</label>
          <input
            id={`exception-${field}`}
            className="field"
            maxLength={1000}
            value={values[field as keyof typeof exceptionFieldTitles] ?? ''}
            onChange={(event) => setValues({ ...values, [field]: event.target.value })}
          />
        </div>
      ))}
      <div className="labelled">
        <label htmlFor="exception-rule">Rules</label>
        <select
          id="exception-rule"
          className="field"
          value={ruleId}
          onChange={(event) => setRuleId(event.target.value)}
        >
          <option value="">All rules</option>
          {rules.map((rule) => (
            <option key={rule.id} value={rule.id}>
              {rule.name}
            </option>
          ))}
        </select>
      </div>
      <div className="labelled">
        <label htmlFor="exception-reason">Reason</label>
        <input
          id="exception-reason"
          className="field"
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <div className="labelled">
        <label htmlFor="exception-days">Days it holds</label>
        <input
          id="exception-days"
          className="field score-field"
          type="number"
          min={0}
          max={3650}
          value={days}
          onChange={(event) => setDays(event.target.value)}
        />
        <small>0: until it is removed.</small>
      </div>
      {preview.data ? (
        <p className="t12" role="status">
          It would have hidden {formatCount(preview.data.hidden)} of{' '}
          {formatCounted(preview.data.considered, 'alert or finding', 'alerts and findings')} of the last 30 days.
        </p>
      ) : null}
      {preview.data ? (
        <HiddenByException rows={preview.data.examples} total={preview.data.hidden} onOpen={showAlert} />
      ) : null}
      {preview.error || add.error ? <FailureNotice error={preview.error ?? add.error} /> : null}
      <div className="row">
        <button
          type="button"
          className="btn sm"
          disabled={!isAny || preview.isPending}
          onClick={() => preview.mutate({ exception: draft() })}
        >
          {preview.isPending ? 'Counting' : 'Preview'}
        </button>
        <button type="submit" className="btn sm primary" disabled={!isAny || reason.trim() === '' || add.isPending}>
          Add
        </button>
        <button type="button" className="btn sm quiet" onClick={() => setIsOpen(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
