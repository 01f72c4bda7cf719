import { Menu } from '@mantine/core';
import { IconDotsVertical, IconShieldCheck } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import type { Detection, DetectionAlert } from '../../shared/model/rule.ts';
import { useAct, useAsk, useClient } from '../queries.ts';
import { choose } from '../state.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { tableTexts } from '../texts/tables.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { deviceName } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Tabs } from '../widgets/tabs.tsx';
import { formatCount, formatDuration } from '../window-format.ts';
import { ElasticQueue } from './elastic-queue.tsx';
import { RuleForm } from './rule-form.tsx';
import { RunMenu } from './rule-run-menu.tsx';
import { showAlert } from './show-alert.ts';

/** Alerts of a rule that are listed; older ones are kept. */
const mostAlerts = 500;

/** What findings are narrowed to, in words. */
function filterText(filter: Extract<Detection, { kind: 'finding-score' }>['filter']): string {
  const parts = [
    ['process', filter.processes],
    ['host', filter.hosts],
    ['user', filter.users],
    ['device', filter.devices],
  ] as const;
  return parts.flatMap(([name, values]) => (values?.length ? [`, ${name} ${values.join(texts.or)}`] : [])).join('');
}

/** What a rule looks for, in a sentence. */
function detectionText(detection: Detection): string {
  switch (detection.kind) {
    case 'anomaly-job': {
      const fallback = {
        score: texts.withoutJobScore,
        volume: texts.withoutJobVolume,
        none: texts.withoutJobNothing,
      }[detection.fallback];
      return texts.looksForRecords(detection.jobIds.join(texts.or), detection.threshold, fallback);
    }
    case 'new-device':
      return texts.looksForDevices(
        detection.newTo === 'host' ? texts.toAHost : texts.toAnyHost,
        formatDuration(detection.historyMs),
      );
    case 'finding-score':
      return texts.looksForFindings(
        detection.score === 'portside' ? texts.portside : texts.elasticComparable,
        detection.threshold,
        filterText(detection.filter),
      );
    case 'watch-list':
      return texts.looksForWatched;
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
  const alerts = useAsk('detection-alerts.list', { ruleId: rule.id, limit: mostAlerts });
  const own = alerts.data ?? [];
  const tabs: readonly { readonly id: typeof tab; readonly title: string; readonly aside?: string }[] = [
    { id: 'alerts', title: texts.alerts, aside: `${own.length < mostAlerts ? '' : '≥ '}${formatCount(own.length)}` },
    ...(rule.detection.kind === 'anomaly-job' ? [{ id: 'elastic', title: texts.inElastic } as const] : []),
    { id: 'guide', title: texts.guide },
    { id: 'setup', title: texts.setup },
    { id: 'limits', title: texts.notSupported, aside: formatCount(rule.unsupported.length) },
  ];
  return (
    <>
      <div className="case-head">
        <div className="row">
          <h1 className="grow two-lines">
            <Name text={rule.name} />
          </h1>
          <button
            type="button"
            className="btn sm"
            disabled={switching.isPending}
            onClick={() => switching.mutate({ id: rule.id, isEnabled: !rule.isEnabled })}
          >
            {rule.isEnabled ? texts.switchOff : texts.switchOn}
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
          <span>{texts.version(rule.version)}</span>
          <span>{texts.severity(rule.severity)}</span>
          <span>{texts.risk(rule.riskScore)}</span>
          <span>{texts.everyLooksBack(formatDuration(rule.intervalMs), formatDuration(rule.lookBackMs))}</span>
          <span>{texts.atMostARun(texts.countedAlerts(rule.maxAlerts))}</span>
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
          <dt>{texts.looksFor}</dt>
          <dd>
            <Name text={detectionText(rule.detection)} />
          </dd>
          {rule.threat.length > 0 ? (
            <>
              <dt>{texts.attack}</dt>
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
          <dt>{texts.licence}</dt>
          <dd>
            <Name text={rule.license || texts.noneNamed} />
          </dd>
          {rule.tags.length > 0 ? (
            <>
              <dt>{texts.tags}</dt>
              <dd>
                <Name text={rule.tags.join(', ')} />
              </dd>
            </>
          ) : null}
          {rule.falsePositives.length > 0 ? (
            <>
              <dt>{texts.oftenInstead}</dt>
              <dd>
                <Name text={rule.falsePositives.join(' ')} />
              </dd>
            </>
          ) : null}
          {rule.authors.length > 0 ? (
            <>
              <dt>{texts.authors}</dt>
              <dd>
                <Name text={rule.authors.join(', ')} />
              </dd>
            </>
          ) : null}
          {rule.references.length > 0 ? (
            <>
              <dt>{texts.references}</dt>
              <dd>
                {rule.references.map((reference) => (
                  <span key={reference} className="line mono">
                    <Name text={reference} />
                  </span>
                ))}
              </dd>
            </>
          ) : null}
          {rule.lastRun?.failure ? (
            <>
              <dt>{texts.lastRun}</dt>
              <dd className="bad">
                <Name text={rule.lastRun.failure} />
              </dd>
            </>
          ) : null}
          {rule.lastRun && rule.lastRun.warnings.length > 0 ? (
            <>
              <dt>{texts.warnings}</dt>
              <dd className="warn">
                {rule.lastRun.warnings.map((warning) => (
                  <span key={warning} className="line">
                    <Name text={warning} />
                  </span>
                ))}
              </dd>
            </>
          ) : null}
        </dl>
      </div>
      <Tabs label={texts.partsOfTheRule} tabs={tabs} value={tab} onChange={setTab} className="rule-panel">
        {tab === 'alerts' ? (
          <Alerts alerts={own} error={alerts.error} />
        ) : tab === 'elastic' ? (
          <ElasticQueue />
        ) : tab === 'guide' ? (
          <LongText text={rule.guide} empty={texts.noGuide} />
        ) : tab === 'setup' ? (
          <LongText text={rule.setup} empty={texts.noSetup} />
        ) : rule.unsupported.length === 0 ? (
          <LongText text="" empty={texts.allSupported} />
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
        <button type="button" className="btn sm quiet icon-only" aria-label={texts.moreAboutTheRule}>
          <Icon of={IconDotsVertical} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {rule.origin === 'own' ? <Menu.Item onClick={onEdit}>{texts.edit}</Menu.Item> : null}
        {rule.detection.kind === 'watch-list' ? null : <Menu.Item onClick={onDuplicate}>{texts.duplicate}</Menu.Item>}
        {rule.origin === 'built-in' ? null : <Menu.Item onClick={onRemove}>{texts.remove}</Menu.Item>}
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
  const client = useClient();
  const devices = useAsk('devices.list', { filter: {}, limit: 1_000 });
  const deviceOf = useMemo(() => new Map((devices.data?.rows ?? []).map((row) => [row.id, row])), [devices.data]);
  if (error) {
    return (
      <div className="page-note">
        <FailureNotice error={error} />
      </div>
    );
  }
  const nameOfDevice = (id: string | undefined) => (id === undefined ? 'show' : deviceName(id, deviceOf.get(id)));
  if (alerts.length === 0) {
    return (
      <EmptyState icon={IconShieldCheck} title={texts.noAlerts}>
        {texts.noAlertsLead}
      </EmptyState>
    );
  }
  return (
    <>
      <div className="row in-card">
        <span className="t11 faint grow">{tableTexts.latest(alerts.length, mostAlerts)}</span>
        <CopyList rows={alerts} />
      </div>
      <table className="alerts">
        <thead>
          <tr>
            <th scope="col">{texts.raised}</th>
            <th scope="col" className="num">
              {texts.score}
            </th>
            <th scope="col">{texts.processOrDevice}</th>
            <th scope="col">{texts.host}</th>
            <th scope="col">{texts.why}</th>
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
                <button type="button" className="lane-name" onClick={() => void showAlert(alert, client)}>
                  <Name text={alert.process ?? nameOfDevice(alert.device)} isClipped />
                </button>
              </td>
              <td className="clip">{alert.host ? <Name text={alert.host} isClipped /> : '–'}</td>
              <td title={visibleText(alert.reason)}>
                <span className="alert-why">
                  <Name text={alert.reason} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
