import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { exceptionWords } from '../../shared/analysis/exception-words.ts';
import { dayMs } from '../../shared/base/time.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import type { RuleException, RuleExceptionDraft } from '../../shared/model/rule.ts';
import { useAct, useAsk, useClient } from '../queries.ts';
import { useZone } from '../state.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { tableTexts } from '../texts/tables.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount, formatDay } from '../window-format.ts';
import { HiddenByException } from './hidden-by-exception.tsx';
import { RuleOptions } from './rule-options.tsx';
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
      {exceptions.data && exceptions.data.length > 0 ? (
        <div className="row in-card">
          <span className="t11 faint grow">{tableTexts.all(exceptions.data.length)}</span>
          <CopyList rows={exceptions.data} />
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
                  ? texts.withoutEnd
                  : exception.expiresMs <= Date.now()
                    ? texts.ended(formatDay(exception.expiresMs, zone, true))
                    : texts.until(formatDay(exception.expiresMs, zone, true))}
                {exception.ruleIds ? (
                  <>
                    {texts.onlyFor} <Name text={exception.ruleIds.map((id) => names.get(id) ?? id).join(', ')} />
                  </>
                ) : null}
              </span>
            </span>
            <button
              type="button"
              className="btn sm quiet icon-only"
              aria-label={texts.removeTheException(exceptionWords(exception))}
              onClick={() => remove.mutate({ id: exception.id })}
            >
              <Icon of={IconX} />
            </button>
          </li>
        ))}
        {exceptions.data?.length === 0 ? <li className="line-row faint">{texts.noExceptions}</li> : null}
      </ul>
    </>
  );
}

function ExceptionForm({ rules }: { rules: readonly RuleRow[] }) {
  const [ruleId, setRuleId] = useState('');
  const [values, setValues] = useState<Partial<Record<keyof typeof texts.exceptionFieldTitles, string>>>({});
  const [reason, setReason] = useState('');
  const [days, setDays] = useState('90');
  const [isOpen, setIsOpen] = useState(false);
  const client = useClient();
  const preview = useAct('exceptions.preview');
  const add = useAct('exceptions.add', ['exceptions.list', 'findings.list']);
  const draft = (): RuleExceptionDraft => {
    const fields = Object.entries(values).flatMap(([field, value]) => (value.trim() ? [[field, [value.trim()]]] : []));
    const length = Number(days);
    return {
      ...(Object.fromEntries(fields) as Partial<RuleExceptionDraft>),
      reason: reason.trim() || texts.toBeGiven,
      ...(ruleId === '' ? {} : { ruleIds: [ruleId] }),
      ...(length > 0 ? { expiresMs: Date.now() + length * dayMs } : {}),
    };
  };
  const isAny = Object.values(values).some((value) => value?.trim());
  if (!isOpen) {
    return (
      <div className="page-note">
        <button type="button" className="btn sm" onClick={() => setIsOpen(true)}>
          {texts.addAnException}
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
      {Object.entries(texts.exceptionFieldTitles).map(([field, title]) => (
        <div key={field} className="labelled">
          <label htmlFor={`exception-${field}`}>{title}</label>
          <input
            id={`exception-${field}`}
            className="field"
            maxLength={1000}
            value={values[field as keyof typeof texts.exceptionFieldTitles] ?? ''}
            onChange={(event) => setValues({ ...values, [field]: event.target.value })}
          />
        </div>
      ))}
      <div className="labelled">
        <label htmlFor="exception-rule">{texts.rules}</label>
        <select
          id="exception-rule"
          className="field"
          value={ruleId}
          onChange={(event) => setRuleId(event.target.value)}
        >
          <RuleOptions rules={rules} />
        </select>
      </div>
      <div className="labelled">
        <label htmlFor="exception-reason">{texts.reason}</label>
        <input
          id="exception-reason"
          className="field"
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <div className="labelled">
        <label htmlFor="exception-days">{texts.daysItHolds}</label>
        <input
          id="exception-days"
          className="field score-field"
          type="number"
          min={0}
          max={3650}
          value={days}
          onChange={(event) => setDays(event.target.value)}
        />
        <small>{texts.daysHint}</small>
      </div>
      {preview.data ? (
        <p className="t12" role="status">
          {texts.wouldHaveHidden(
            formatCount(preview.data.hidden),
            texts.countedAlertsAndFindings(preview.data.considered),
          )}
        </p>
      ) : null}
      {preview.data ? (
        <HiddenByException
          rows={preview.data.examples}
          total={preview.data.hidden}
          onOpen={(alert) => void showAlert(alert, client)}
        />
      ) : null}
      {preview.error || add.error ? <FailureNotice error={preview.error ?? add.error} /> : null}
      <div className="row">
        <button
          type="button"
          className="btn sm"
          disabled={!isAny || preview.isPending}
          onClick={() => preview.mutate({ exception: draft() })}
        >
          {preview.isPending ? texts.counting : texts.preview}
        </button>
        <button type="submit" className="btn sm primary" disabled={!isAny || reason.trim() === '' || add.isPending}>
          {texts.add}
        </button>
        <button type="button" className="btn sm quiet" onClick={() => setIsOpen(false)}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}
