import { Menu } from '@mantine/core';
import { IconDotsVertical, IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { formatCount, formatCounted, formatDuration } from '../../shared/base/format.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import type { Detection, DetectionAlert } from '../../shared/model/rule.ts';
import { useAct, useAsk } from '../queries.ts';
import { choose } from '../state.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Tabs } from '../widgets/tabs.tsx';
import { ElasticQueue } from './elastic-queue.tsx';
import { RuleForm } from './rule-form.tsx';
import { RunMenu } from './rule-run-menu.tsx';
import { showAlert } from './show-alert.ts';

/** What findings are narrowed to, in words. */
function filterText(filter: Extract<Detection, { kind: 'finding-score' }>['filter']): string {
  const parts = [
    ['process', filter.processes],
    ['host', filter.hosts],
    ['user', filter.users],
    ['device', filter.devices],
  ] as const;
  return parts.flatMap(([name, values]) => (values?.length ? [`, ${name} ${values.join(' or ')}`] : [])).join('');
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
      return `Findings with a ${detection.score === 'portside' ? 'Portside' : 'Elastic-comparable'} score of ${detection.threshold} or more${filterText(detection.filter)}.`;
    case 'watch-list':
      return 'Whatever the watch list names, whenever it appears.';
  }
}

/** One rule: what it looks for, when it runs, what it raised, and its texts as written. */
export function RuleDetails({ rule }: { rule: RuleRow }) {
  const [isEditing, setIsEditing] = useState(false);
  const changing = useAct('rules.change', ['rules.list']);
  const duplicating = useAct('rules.duplicate', ['rules.list']);
  const [tab, setTab] = useState<'alerts' | 'elastic' | 'guide' | 'setup' | 'limits'>('alerts');
  const switching = useAct('rules.switch', ['rules.list']);
  const removing = useAct('rules.remove', ['rules.list']);
  const run = useAct('rules.run', ['rules.list', 'rule-runs.list', 'detection-alerts.list']);
  const alerts = useAsk('detection-alerts.list', { ruleId: rule.id, limit: 500 });
  const own = alerts.data ?? [];
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
          <RuleMenu
            rule={rule}
            onEdit={() => setIsEditing(true)}
            onDuplicate={() => duplicating.mutate({ id: rule.id }, { onSuccess: ({ id }) => choose({ ruleId: id }) })}
            onRemove={() => removing.mutate({ id: rule.id })}
          />
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
        {[switching.error, removing.error, duplicating.error, run.error].map((problem, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the places are fixed.
          problem ? <FailureNotice key={index} error={problem} /> : null,
        )}
      </div>
      {isEditing ? (
        <RuleForm
          before={rule}
          error={changing.error}
          isSaving={changing.isPending}
          onCancel={() => setIsEditing(false)}
          onSave={(draft) => changing.mutate({ id: rule.id, rule: draft }, { onSuccess: () => setIsEditing(false) })}
        />
      ) : null}
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

/** What can be done with a rule besides running it. */
function RuleMenu({
  rule,
  onEdit,
  onDuplicate,
  onRemove,
}: {
  rule: RuleRow;
  onEdit: () => void;
  onDuplicate: () => void;
  onRemove: () => void;
}) {
  return (
    <Menu position="bottom-end" width={216} offset={4} shadow="none">
      <Menu.Target>
        <button type="button" className="btn sm quiet icon-only" aria-label="More about the rule">
          <Icon of={IconDotsVertical} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {rule.origin === 'own' ? <Menu.Item onClick={onEdit}>Edit</Menu.Item> : null}
        {rule.detection.kind === 'watch-list' ? null : <Menu.Item onClick={onDuplicate}>Duplicate</Menu.Item>}
        {rule.origin === 'built-in' ? null : <Menu.Item onClick={onRemove}>Remove</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
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
