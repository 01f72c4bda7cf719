import { IconPlus, IconUpload, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { RuleImport, RuleRow } from '../../shared/ipc/rule-operations.ts';
import { useAct, useAsk } from '../queries.ts';
import { choose, useChoices } from '../state.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { ListItem } from '../widgets/list-item.tsx';
import { Name } from '../widgets/name.tsx';
import { Tabs } from '../widgets/tabs.tsx';
import { RuleDetails } from './rule-details.tsx';
import { RuleExceptions } from './rule-exceptions.tsx';
import { RuleForm } from './rule-form.tsx';
import { RunMenu } from './rule-run-menu.tsx';
import { RuleRuns } from './rule-runs.tsx';
import { WatchList } from './watch-list.tsx';
import './rules.css';
import { formatCount } from '../window-format.ts';

/** What rules run, what they raised, and what they are not to raise. */
export function RulesView() {
  const ruleId = useChoices((choices) => choices.ruleId);
  const rules = useAsk('rules.list', {}, { keepsPrevious: true });
  const [isMaking, setIsMaking] = useState(false);
  const making = useAct('rules.make', ['rules.list']);
  const chosen = rules.data?.find((rule) => rule.id === ruleId) ?? rules.data?.[0];
  return (
    <div className="rules">
      <RuleList
        rules={rules.data}
        error={rules.error}
        onRetry={() => void rules.refetch()}
        chosen={chosen?.id}
        onMake={() => setIsMaking(true)}
      />
      <section className="pane" aria-label={texts.rule}>
        {isMaking ? (
          <RuleForm
            error={making.error}
            isSaving={making.isPending}
            onCancel={() => setIsMaking(false)}
            onSave={(rule) =>
              making.mutate(
                { rule },
                {
                  onSuccess: ({ id }) => {
                    setIsMaking(false);
                    choose({ ruleId: id });
                  },
                },
              )
            }
          />
        ) : chosen ? (
          <RuleDetails key={chosen.id} rule={chosen} />
        ) : null}
      </section>
      <section className="pane side" aria-label={texts.runsExceptionsAndWatch}>
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
  onMake,
}: {
  rules: readonly RuleRow[] | undefined;
  error: unknown;
  onRetry: () => void;
  chosen: string | undefined;
  onMake: () => void;
}) {
  const choosing = useAct('rules.choose');
  const importing = useAct('rules.import', ['rules.list', 'exceptions.list']);
  const run = useAct('rules.run', ['rules.list', 'rule-runs.list', 'detection-alerts.list']);
  const [imports, setImports] = useState<readonly RuleImport[]>([]);
  const [failures, setFailures] = useState<readonly unknown[]>([]);
  const importFiles = async () => {
    const { tokens } = await choosing.mutateAsync({});
    if (tokens.length === 0) return;
    setImports([]);
    setFailures([]);
    // One after the other: what the list shows is what each of them left.
    for (const token of tokens) {
      try {
        const report = await importing.mutateAsync({ token });
        setImports((before) => [...before, report]);
        const [first] = report.imported;
        if (first) choose({ ruleId: first.id });
      } catch (error) {
        setFailures((before) => [...before, error]);
      }
    }
  };
  const imported = joinImports(imports);
  return (
    <section className="pane" aria-label={texts.rules}>
      <div className="bar">
        <h2 className="grow">{texts.rules}</h2>
        <button type="button" className="btn sm quiet" onClick={onMake}>
          <Icon of={IconPlus} />
          {texts.newText}
        </button>
        <button
          type="button"
          className="btn sm quiet"
          onClick={() => void importFiles().catch(() => undefined)}
          disabled={importing.isPending}
        >
          <Icon of={IconUpload} />
          {texts.importText}
        </button>
        <RunMenu isRunning={run.isPending} onRun={(input) => run.mutate(input)} />
      </div>
      <div className="scroll">
        {[error, choosing.error, run.error, ...failures].map((problem, index) =>
          problem ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the places are fixed.
            <div key={index} className="page-note">
              <FailureNotice error={problem} {...(index === 0 ? { onRetry } : {})} />
            </div>
          ) : null,
        )}
        {imported ? <ImportReport report={imported} onClose={() => setImports([])} /> : null}
        {run.data ? (
          <p className="page-note t11 dim" role="status">
            {texts.ranSummary(
              texts.countedRules(run.data.runs.length),
              texts.countedCandidates(run.data.candidates),
              texts.countedNewAlerts(run.data.alerts.length),
              formatCount(run.data.known),
              formatCount(run.data.suppressed),
              formatCount(run.data.dropped),
            )}
          </p>
        ) : null}
        <ul>
          {rules?.map((rule) => (
            <ListItem key={rule.id} isChosen={rule.id === chosen} onChoose={() => choose({ ruleId: rule.id })}>
              <span className="row">
                <i
                  className={rule.isEnabled ? 'dot' : 'dot off'}
                  role="img"
                  aria-label={rule.isEnabled ? texts.on : texts.off}
                />
                <Name text={rule.name} className="b grow rule-name" />
              </span>
              <span className="t11 faint clip">
                {rule.origin.replaceAll('-', ' ')}, <Name text={rule.type} />
                {rule.isEnabled ? '' : `, ${texts.off}`}
              </span>
              <span className="t11 faint clip">
                {rule.lastRun ? (
                  rule.lastRun.failure ? (
                    <span className="bad">{texts.lastRunFailed}</span>
                  ) : (
                    <>
                      <TimeText atMs={rule.lastRun.executedAtMs} />: {texts.countedCandidates(rule.lastRun.candidates)},{' '}
                      {texts.countedAlerts(rule.lastRun.alerts)}
                    </>
                  )
                ) : (
                  texts.hasNotRunYet
                )}
              </span>
            </ListItem>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** What became of chosen files: a line for each that was refused or left out, until it is closed. */
function ImportReport({ report, onClose }: { report: JoinedImports; onClose: () => void }) {
  const { imported, refused, exceptions, leftOut } = report;
  return (
    <div className="page-note" role="status">
      <div className={refused.length + leftOut.length > 0 ? 'note warn' : 'note ok'}>
        <div className="grow import-report">
          <p>
            {texts.imported(texts.countedRules(imported.length))}
            {exceptions.length > 0 ? texts.added(texts.countedExceptions(exceptions.length)) : ''}
          </p>
          {refused.map(({ name, line, reason }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may hold the same rule; the report only grows.
            <p key={index}>
              <Name text={name ?? (line === undefined ? texts.refusedRule : texts.refusedLine(line))} />:{' '}
              <Name text={reason} />
            </p>
          ))}
          {leftOut.map(({ name, reason }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may hold the same list; the report only grows.
            <p key={index}>
              {texts.exception} <Name text={name} /> {texts.leftOut} <Name text={reason} />
            </p>
          ))}
        </div>
        <button type="button" className="btn sm quiet icon-only" aria-label={texts.closeReport} onClick={onClose}>
          <Icon of={IconX} />
        </button>
      </div>
    </div>
  );
}

type JoinedImports = Pick<RuleImport, 'imported' | 'refused' | 'exceptions' | 'leftOut'>;

/** What several files brought, as one. */
function joinImports(imports: readonly RuleImport[]): JoinedImports | undefined {
  if (imports.length === 0) return undefined;
  return {
    imported: imports.flatMap((report) => report.imported),
    refused: imports.flatMap((report) => report.refused),
    exceptions: imports.flatMap((report) => report.exceptions),
    leftOut: imports.flatMap((report) => report.leftOut),
  };
}

function Side({ rules }: { rules: readonly RuleRow[] }) {
  const [tab, setTab] = useState<'runs' | 'exceptions' | 'watch'>('runs');
  const tabs = [
    { id: 'runs', title: texts.runs },
    { id: 'exceptions', title: texts.exceptions },
    { id: 'watch', title: texts.watchList },
  ] as const;
  return (
    <Tabs label={texts.ofAllRules} tabs={tabs} value={tab} onChange={setTab} className="rule-panel">
      {tab === 'runs' ? (
        <RuleRuns rules={rules} />
      ) : tab === 'exceptions' ? (
        <RuleExceptions rules={rules} />
      ) : (
        <WatchList />
      )}
    </Tabs>
  );
}
