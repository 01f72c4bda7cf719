import { useState } from 'react';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import { useAsk } from '../queries.ts';
import { choose, useChoices } from '../state.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { tableTexts } from '../texts/tables.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount, formatDuration } from '../window-format.ts';
import { RuleOptions } from './rule-options.tsx';

const fewRuns = 200;
const mostRuns = 1_000;

/** When rules ran and what came of it, newest first. */
export function RuleRuns({ rules }: { rules: readonly RuleRow[] }) {
  const only = useChoices((choices) => choices.ruleRun);
  const [isNotable, setIsNotable] = useState(false);
  const [ruleId, setRuleId] = useState('');
  const [limit, setLimit] = useState(fewRuns);
  const narrowed = { ...(isNotable ? { isNotable } : {}), ...(ruleId === '' ? {} : { ruleId }) };
  const runs = useAsk('rule-runs.list', { limit, ...(only ?? narrowed) }, { keepsPrevious: true });
  const names = new Map(rules.map((rule) => [rule.id, rule.name]));
  if (runs.error) {
    return (
      <div className="page-note">
        <FailureNotice error={runs.error} onRetry={() => void runs.refetch()} />
      </div>
    );
  }
  const isNarrowed = isNotable || ruleId !== '';
  if (runs.data?.length === 0 && !only && !isNarrowed) return <p className="in-card t12 dim">{texts.noRuleHasRun}</p>;
  return (
    <>
      {only ? (
        <p className="in-card t12 row">
          <span className="grow" role="status">
            {runs.data?.length === 0 ? texts.thatRunIsNo : texts.theRunThatRaised}
          </span>
          <button type="button" className="btn sm" onClick={() => choose({ ruleRun: undefined })}>
            {texts.allRuns}
          </button>
        </p>
      ) : (
        <div className="run-choices">
          <select
            className="field"
            aria-label={texts.whichRuns}
            value={isNotable ? 'notable' : 'all'}
            onChange={(event) => setIsNotable(event.target.value === 'notable')}
          >
            <option value="all">{texts.everyRun}</option>
            <option value="notable">{texts.notableRuns}</option>
          </select>
          <select
            className="field"
            aria-label={texts.ofRule}
            value={ruleId}
            onChange={(event) => setRuleId(event.target.value)}
          >
            <RuleOptions rules={rules} />
          </select>
        </div>
      )}
      {runs.data?.length === 0 && isNarrowed && !only ? <p className="in-card t12 dim">{texts.noSuchRun}</p> : null}
      {runs.data && runs.data.length > 0 && !only ? (
        <div className="row in-card">
          <span className="t11 faint grow">{tableTexts.latest(runs.data.length, limit)}</span>
          <CopyList rows={runs.data.map((run) => ({ rule: names.get(run.ruleId) ?? run.ruleId, ...run }))} />
        </div>
      ) : null}
      <ul>
        {runs.data?.map((run, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: runs of one rule may stand for the same moment; the list never changes in place.
          <li key={`${run.ruleId} ${run.executedAtMs} ${index}`} className="line-row tall">
            <span className="grow">
              <Name text={names.get(run.ruleId) ?? run.ruleId} />
              <br />
              <span className="t11 faint">
                {run.failure ? (
                  <span className="bad">
                    <Name text={run.failure} />
                  </span>
                ) : run.candidates === 0 ? (
                  texts.noCandidates
                ) : (
                  texts.runSummary(
                    texts.countedCandidates(run.candidates),
                    texts.countedNewAlerts(run.alerts),
                    formatCount(run.known),
                    formatCount(run.suppressed),
                    formatCount(run.dropped),
                  )
                )}
              </span>
              {run.warnings.map((warning) => (
                <span key={warning} className="t11 warn volume">
                  <Name text={warning} />
                </span>
              ))}
            </span>
            <span className="t11 faint tn num">
              <TimeText atMs={run.executedAtMs} seconds />
              <br />
              {formatDuration(run.durationMs)}
            </span>
          </li>
        ))}
      </ul>
      {runs.data?.length === limit && limit < mostRuns ? (
        <button type="button" className="btn sm quiet in-card" onClick={() => setLimit(mostRuns)}>
          {texts.moreRuns}
        </button>
      ) : null}
    </>
  );
}
