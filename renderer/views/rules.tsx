import { Menu } from '@mantine/core';
import { IconPlayerPlay, IconShieldCheck, IconUpload, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { formatCount, formatCounted, formatDay, formatDuration } from '../../shared/base/format.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import type {
  Detection,
  DetectionAlert,
  RuleException,
  RuleExceptionDraft,
  WatchItem,
} from '../../shared/model/rule.ts';
import { useAct, useAsk } from '../queries.ts';
import { choose, emptyEvidence, goTo, useChoices, useZone } from '../state.ts';
import { spanAround } from '../timeline/span.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Tabs } from '../widgets/tabs.tsx';
import { ElasticQueue } from './elastic-queue.tsx';
import './rules.css';

/** What rules run, what they raised, and what they are not to raise. */
export function RulesView() {
  const ruleId = useChoices((choices) => choices.ruleId);
  const rules = useAsk('rules.list', {}, { keepsPrevious: true });
  const chosen = rules.data?.find((rule) => rule.id === ruleId) ?? rules.data?.[0];
  return (
    <div className="rules">
      <RuleList rules={rules.data} error={rules.error} onRetry={() => void rules.refetch()} chosen={chosen?.id} />
      <section className="pane" aria-label="Rule">
        {chosen ? <RuleDetails key={chosen.id} rule={chosen} /> : null}
      </section>
      <section className="pane side" aria-label="Runs, exceptions and watch list">
        <Side rules={rules.data ?? []} />
      </section>
    </div>
  );
}

function RuleList({
  rules,
  error,
  onRetry,
  chosen,
}: {
  rules: readonly RuleRow[] | undefined;
  error: unknown;
  onRetry: () => void;
  chosen: string | undefined;
}) {
  const choosing = useAct('import.choose');
  const importing = useAct('rules.import', ['rules.list']);
  const run = useAct('rules.run', ['rules.list', 'rule-runs.list', 'detection-alerts.list']);
  const importFile = () =>
    choosing.mutate(
      {},
      {
        onSuccess: ({ tokens }) => {
          for (const token of tokens) importing.mutate({ token });
        },
      },
    );
  return (
    <section className="pane" aria-label="Rules">
      <div className="bar">
        <h2 className="grow">Rules</h2>
        <button type="button" className="btn sm quiet" onClick={importFile} disabled={importing.isPending}>
          <Icon of={IconUpload} />
          Import
        </button>
        <RunMenu isRunning={run.isPending} onRun={(input) => run.mutate(input)} />
      </div>
      <div className="scroll">
        {[error, choosing.error, importing.error, run.error].map((problem, index) =>
          problem ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the places are fixed.
            <div key={index} className="page-note">
              <FailureNotice error={problem} {...(index === 0 ? { onRetry } : {})} />
            </div>
          ) : null,
        )}
        {importing.data ? (
          <div className="page-note" role="status">
            <div className={importing.data.refused.length > 0 ? 'note warn' : 'note ok'}>
              <span>
                {formatCounted(importing.data.imported.length, 'rule', 'rules')} imported
                {importing.data.refused.map((refused) => (
                  <span key={`${refused.name} ${refused.line} ${refused.reason}`}>
                    ; <Name text={refused.name ?? `line ${refused.line ?? '?'}`} />: <Name text={refused.reason} />
                  </span>
                ))}
              </span>
            </div>
          </div>
        ) : null}
        {run.data ? (
          <p className="page-note t11 dim" role="status">
            {formatCounted(run.data.runs.length, 'rule', 'rules')} ran:{' '}
            {formatCounted(run.data.candidates, 'candidate', 'candidates')},{' '}
            {formatCounted(run.data.alerts.length, 'new alert', 'new alerts')}, {formatCount(run.data.known)} known,{' '}
            {formatCount(run.data.suppressed)} hidden by exceptions, {formatCount(run.data.dropped)} over the limit.
          </p>
        ) : null}
        <ul>
          {rules?.map((rule) => (
            <li key={rule.id}>
              <button
                type="button"
                className="case-item"
                aria-current={rule.id === chosen ? 'true' : undefined}
                onClick={() => choose({ ruleId: rule.id })}
              >
                <span className="row">
                  <i
                    className={rule.isEnabled ? 'dot' : 'dot off'}
                    role="img"
                    aria-label={rule.isEnabled ? 'on' : 'off'}
                  />
                  <Name text={rule.name} className="b grow rule-name" />
                </span>
                <span className="t11 faint clip">
                  {rule.origin.replaceAll('-', ' ')}, <Name text={rule.type} />
                  {rule.isEnabled ? '' : ', off'}
                </span>
                <span className="t11 faint clip">
                  {rule.lastRun ? (
                    rule.lastRun.failure ? (
                      <span className="bad">last run failed</span>
                    ) : (
                      <>
                        <TimeText atMs={rule.lastRun.executedAtMs} />:{' '}
                        {formatCounted(rule.lastRun.candidates, 'candidate', 'candidates')},{' '}
                        {formatCounted(rule.lastRun.alerts, 'alert', 'alerts')}
                      </>
                    )
                  ) : (
                    'Has not run yet'
                  )}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

type RunInput = Parameters<ReturnType<typeof useAct<'rules.run'>>['mutate']>[0];

/** Runs rules now, or as of the newest evidence: imported evidence is seldom of the last two hours. */
function RunMenu({
  isRunning,
  isPrimary = false,
  onRun,
}: {
  isRunning: boolean;
  isPrimary?: boolean;
  onRun: (input: RunInput) => void;
}) {
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const summary = workspace.data?.summary;
  const { firstMs, lastMs } = summary ?? {};
  return (
    <Menu position="bottom-end" width={256} offset={4} shadow="none">
      <Menu.Target>
        <button type="button" className={isPrimary ? 'btn sm primary' : 'btn sm'} disabled={isRunning}>
          <Icon of={IconPlayerPlay} />
          {isRunning ? 'Running' : isPrimary ? 'Run' : 'Run all'}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onRun({})}>As of now</Menu.Item>
        {lastMs === undefined ? null : (
          <Menu.Item onClick={() => onRun({ atMs: lastMs + 1 })}>As of the newest event</Menu.Item>
        )}
        {firstMs === undefined || lastMs === undefined ? null : (
          <Menu.Item onClick={() => onRun({ atMs: lastMs + 1, lookBackMs: Math.max(1_000, lastMs - firstMs + 1) })}>
            Over all evidence
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** What a rule looks for, in a sentence. */
function detectionText(detection: Detection): string {
  switch (detection.kind) {
    case 'anomaly-job': {
      const fallback = {
        score: 'without the job, Portside’s own score',
        volume: 'without the job, findings whose strongest reason is volume',
        none: 'without the job, nothing',
      }[detection.fallback];
      return `Records of ${detection.jobIds.join(' or ')} with a score of ${detection.threshold} or more; ${fallback}.`;
    }
    case 'new-device':
      return `A device that connects for the first time ${detection.newTo === 'host' ? 'to a host' : 'to any host'} in ${formatDuration(detection.historyMs)}.`;
    case 'finding-score':
      return `Findings with a ${detection.score === 'portside' ? 'Portside' : 'Elastic-comparable'} score of ${detection.threshold} or more.`;
    case 'watch-list':
      return 'Whatever the watch list names, whenever it appears.';
  }
}

function RuleDetails({ rule }: { rule: RuleRow }) {
  const [tab, setTab] = useState<'alerts' | 'elastic' | 'guide' | 'setup' | 'limits'>('alerts');
  const switching = useAct('rules.switch', ['rules.list']);
  const removing = useAct('rules.remove', ['rules.list']);
  const run = useAct('rules.run', ['rules.list', 'rule-runs.list', 'detection-alerts.list']);
  const alerts = useAsk('detection-alerts.list', { limit: 500 }, { keepsPrevious: true });
  const own = alerts.data?.filter((alert) => alert.ruleId === rule.id) ?? [];
  const tabs: readonly { readonly id: typeof tab; readonly title: string; readonly aside?: string }[] = [
    { id: 'alerts', title: 'Alerts', aside: formatCount(own.length) },
    ...(rule.detection.kind === 'anomaly-job' ? [{ id: 'elastic', title: 'In Elastic' } as const] : []),
    { id: 'guide', title: 'Guide' },
    { id: 'setup', title: 'Setup' },
    { id: 'limits', title: 'Not supported', aside: String(rule.unsupported.length) },
  ];
  return (
    <>
      <div className="case-head">
        <div className="row">
          <h1 className="grow clip">
            <Name text={rule.name} isClipped />
          </h1>
          <button
            type="button"
            className="btn sm"
            disabled={switching.isPending}
            onClick={() => switching.mutate({ id: rule.id, isEnabled: !rule.isEnabled })}
          >
            {rule.isEnabled ? 'Switch off' : 'Switch on'}
          </button>
          <RunMenu
            isRunning={run.isPending}
            isPrimary
            onRun={(input) => run.mutate({ ...input, ruleIds: [rule.id] })}
          />
          {rule.origin === 'built-in' ? null : (
            <button type="button" className="btn sm quiet" onClick={() => removing.mutate({ id: rule.id })}>
              Remove
            </button>
          )}
        </div>
        <div className="case-facts t12 dim">
          <span>{rule.origin.replaceAll('-', ' ')}</span>
          <span>version {rule.version}</span>
          <span>severity {rule.severity}</span>
          <span>risk {rule.riskScore}</span>
          <span>
            every {formatDuration(rule.intervalMs)}, looks back {formatDuration(rule.lookBackMs)}
          </span>
          <span>at most {formatCounted(rule.maxAlerts, 'alert', 'alerts')} a run</span>
        </div>
        {[switching.error, removing.error, run.error].map((problem, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the places are fixed.
          problem ? <FailureNotice key={index} error={problem} /> : null,
        )}
      </div>
      <div className="rule-body">
        <p className="t12 dim">
          <Name text={rule.description} />
        </p>
        <dl className="pairs">
          <dt>Looks for</dt>
          <dd>
            <Name text={detectionText(rule.detection)} />
          </dd>
          {rule.threat.length > 0 ? (
            <>
              <dt>ATT&amp;CK</dt>
              <dd>
                <Name
                  text={rule.threat
                    .flatMap((threat) =>
                      [threat.tactic, ...threat.techniques].map((entry) => `${entry.id} ${entry.name}`),
                    )
                    .join(', ')}
                />
              </dd>
            </>
          ) : null}
          <dt>Licence</dt>
          <dd>
            <Name text={rule.license || 'none named'} />
          </dd>
          {rule.tags.length > 0 ? (
            <>
              <dt>Tags</dt>
              <dd>
                <Name text={rule.tags.join(', ')} />
              </dd>
            </>
          ) : null}
          {rule.lastRun?.failure ? (
            <>
              <dt>Last run</dt>
              <dd className="bad">
                <Name text={rule.lastRun.failure} />
              </dd>
            </>
          ) : null}
          {rule.lastRun && rule.lastRun.warnings.length > 0 ? (
            <>
              <dt>Warnings</dt>
              <dd className="warn">
                {rule.lastRun.warnings.map((warning) => (
                  <span key={warning} className="volume">
                    <Name text={warning} />
                  </span>
                ))}
              </dd>
            </>
          ) : null}
        </dl>
      </div>
      <Tabs label="Parts of the rule" tabs={tabs} value={tab} onChange={setTab} className="rule-panel">
        {tab === 'alerts' ? (
          <Alerts alerts={own} error={alerts.error} />
        ) : tab === 'elastic' ? (
          <ElasticQueue />
        ) : tab === 'guide' ? (
          <LongText text={rule.guide} empty="The rule brings no guide." />
        ) : tab === 'setup' ? (
          <LongText text={rule.setup} empty="The rule needs nothing set up." />
        ) : rule.unsupported.length === 0 ? (
          <LongText text="" empty="Portside does everything this rule asks for." />
        ) : (
          <dl className="pairs in-card">
            {rule.unsupported.map((entry) => (
              <div key={entry.field} className="contents">
                <dt>
                  <code>
                    <Name text={entry.field} />
                  </code>
                </dt>
                <dd>
                  <Name text={entry.reason} />
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Tabs>
    </>
  );
}

function LongText({ text, empty }: { text: string; empty: string }) {
  return text.trim() ? (
    <div className="long-text">
      {text.split('\n').map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text never move.
        <p key={index} className={/^#+ /.test(line) ? 'b' : ''}>
          <Name text={line.replace(/^#+ /, '')} />
        </p>
      ))}
    </div>
  ) : (
    <p className="in-card t12 dim">{empty}</p>
  );
}

function showAlert(alert: DetectionAlert): void {
  goTo(
    { view: 'investigate', ...(alert.subject.kind === 'finding' ? { findingId: alert.subject.id } : {}) },
    {
      evidence: {
        ...emptyEvidence,
        hosts: alert.host ? [alert.host] : [],
        devices: alert.subject.kind === 'connection' && alert.device ? [alert.device] : [],
      },
      span: spanAround(alert.startMs, alert.endMs),
    },
  );
}

function Alerts({ alerts, error }: { alerts: readonly DetectionAlert[]; error: unknown }) {
  if (error) {
    return (
      <div className="page-note">
        <FailureNotice error={error} />
      </div>
    );
  }
  if (alerts.length === 0) {
    return (
      <EmptyState icon={IconShieldCheck} title="No alerts">
        The rule has raised nothing yet. It runs by itself while the workbench is open, and when you run it.
      </EmptyState>
    );
  }
  return (
    <table className="alerts">
      <thead>
        <tr>
          <th scope="col">Raised</th>
          <th scope="col" className="num">
            Score
          </th>
          <th scope="col">Process</th>
          <th scope="col">Host</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {alerts.map((alert) => (
          <tr key={alert.id}>
            <td className="tn">
              <TimeText atMs={alert.raisedMs} />
            </td>
            <td className="num">{alert.score === undefined ? '–' : Math.round(alert.score)}</td>
            <td className="clip">
              <button type="button" className="lane-name" onClick={() => showAlert(alert)}>
                <Name text={alert.process ?? alert.device ?? 'show'} isClipped />
              </button>
            </td>
            <td className="clip">{alert.host ? <Name text={alert.host} isClipped /> : '–'}</td>
            <td className="clip">
              <Name text={alert.reason} isClipped />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Side({ rules }: { rules: readonly RuleRow[] }) {
  const [tab, setTab] = useState<'runs' | 'exceptions' | 'watch'>('runs');
  const tabs = [
    { id: 'runs', title: 'Runs' },
    { id: 'exceptions', title: 'Exceptions' },
    { id: 'watch', title: 'Watch list' },
  ] as const;
  return (
    <Tabs label="Of all rules" tabs={tabs} value={tab} onChange={setTab} className="rule-panel">
      {tab === 'runs' ? <Runs rules={rules} /> : tab === 'exceptions' ? <Exceptions /> : <WatchList />}
    </Tabs>
  );
}

function Runs({ rules }: { rules: readonly RuleRow[] }) {
  const runs = useAsk('rule-runs.list', { limit: 200 }, { keepsPrevious: true });
  const names = new Map(rules.map((rule) => [rule.id, rule.name]));
  if (runs.error) {
    return (
      <div className="page-note">
        <FailureNotice error={runs.error} onRetry={() => void runs.refetch()} />
      </div>
    );
  }
  if (runs.data?.length === 0) return <p className="in-card t12 dim">No rule has run yet.</p>;
  return (
    <ul>
      {runs.data?.map((run) => (
        <li key={`${run.ruleId} ${run.executedAtMs}`} className="line-row tall">
          <span className="grow">
            <Name text={names.get(run.ruleId) ?? run.ruleId} />
            <br />
            <span className="t11 faint">
              {run.failure ? (
                <span className="bad">
                  <Name text={run.failure} />
                </span>
              ) : run.candidates === 0 ? (
                'no candidates'
              ) : (
                `${formatCounted(run.candidates, 'candidate', 'candidates')}, ${formatCounted(run.alerts, 'new alert', 'new alerts')}, ${formatCount(run.known)} known, ${formatCount(run.suppressed)} hidden, ${formatCount(run.dropped)} over the limit`
              )}
            </span>
          </span>
          <span className="t11 faint tn num">
            <TimeText atMs={run.executedAtMs} seconds />
            <br />
            {formatDuration(run.durationMs)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What an exception or draft narrows to, in words. */
function exceptionText(exception: RuleExceptionDraft): string {
  const parts = [
    ['process', exception.processes],
    ['program', exception.executables],
    ['publisher', exception.publishers],
    ['hash', exception.hashes],
    ['user', exception.users],
    ['host', exception.hosts],
    ['device', exception.devices],
  ] as const;
  return parts.flatMap(([name, values]) => (values?.length ? [`${name} ${values.join(' or ')}`] : [])).join('; ');
}

function Exceptions() {
  const zone = useZone();
  const exceptions = useAsk('exceptions.list', {});
  const remove = useAct('exceptions.remove', ['exceptions.list', 'findings.list']);
  return (
    <>
      <ExceptionForm />
      {exceptions.error || remove.error ? (
        <div className="page-note">
          <FailureNotice error={exceptions.error ?? remove.error} />
        </div>
      ) : null}
      <ul>
        {exceptions.data?.map((exception: RuleException) => (
          <li key={exception.id} className="line-row tall">
            <span className="grow">
              <Name text={exceptionText(exception)} />
              <br />
              <span className="t11 faint">
                <Name text={exception.reason} />, <Name text={exception.author} />
                {exception.expiresMs === undefined
                  ? ', without end'
                  : `, until ${formatDay(exception.expiresMs, zone, true)}`}
              </span>
            </span>
            <button
              type="button"
              className="btn sm quiet icon-only"
              aria-label={`Remove the exception ${exceptionText(exception)}`}
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
} as const;

function ExceptionForm() {
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
      ...(length > 0 ? { expiresMs: Date.now() + length * 86_400_000 } : {}),
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

const watchKinds = { device: 'Device', user: 'User', host: 'Host', process: 'Process' } as const;

function WatchList() {
  const items = useAsk('watch-list.list', {});
  const add = useAct('watch-list.add', ['watch-list.list']);
  const remove = useAct('watch-list.remove', ['watch-list.list']);
  const [kind, setKind] = useState<WatchItem['kind']>('device');
  const [value, setValue] = useState('');
  return (
    <>
      <form
        className="stack in-card lined"
        onSubmit={(event) => {
          event.preventDefault();
          if (value.trim())
            add.mutate({ item: { kind, value: value.trim(), note: '' } }, { onSuccess: () => setValue('') });
        }}
      >
        <p className="t12 dim">What stands here is raised whenever it appears, however usual it is.</p>
        <div className="row">
          <select
            className="field watch-kind"
            aria-label="Kind"
            value={kind}
            onChange={(event) => setKind(event.target.value as WatchItem['kind'])}
          >
            {Object.entries(watchKinds).map(([key, title]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
          <input
            className="field grow"
            aria-label="Name or id to watch"
            maxLength={1000}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
          <button type="submit" className="btn sm" disabled={value.trim() === '' || add.isPending}>
            Watch
          </button>
        </div>
      </form>
      {items.error || add.error || remove.error ? (
        <div className="page-note">
          <FailureNotice error={items.error ?? add.error ?? remove.error} />
        </div>
      ) : null}
      <ul>
        {items.data?.map((item) => (
          <li key={item.id} className="line-row">
            <span className="grow clip">
              <span className="faint t11">{watchKinds[item.kind]}</span> <Name text={item.value} isClipped />
            </span>
            <button
              type="button"
              className="btn sm quiet icon-only"
              aria-label={`No longer watch ${item.value}`}
              onClick={() => remove.mutate({ id: item.id })}
            >
              <Icon of={IconX} />
            </button>
          </li>
        ))}
        {items.data?.length === 0 ? <li className="line-row faint">Nothing is watched.</li> : null}
      </ul>
    </>
  );
}
