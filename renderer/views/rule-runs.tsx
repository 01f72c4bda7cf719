import { formatCount, formatCounted, formatDuration } from '../../shared/base/format.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import { useAsk } from '../queries.ts';
import { choose, useChoices } from '../state.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';

/** When rules ran and what came of it, newest first. */
export function RuleRuns({ rules }: { rules: readonly RuleRow[] }) {
  const only = useChoices((choices) => choices.ruleRun);
  const runs = useAsk('rule-runs.list', { limit: 200, ...only }, { keepsPrevious: true });
  const names = new Map(rules.map((rule) => [rule.id, rule.name]));
  if (runs.error) {
    return (
      <div className="page-note">
        <FailureNotice error={runs.error} onRetry={() => void runs.refetch()} />
      </div>
    );
  }
  if (runs.data?.length === 0 && !only) return <p className="in-card t12 dim">No rule has run yet.</p>;
  return (
    <>
      {only ? (
        <p className="in-card t12 row">
          <span className="grow" role="status">
            {runs.data?.length === 0 ? 'That run is no longer kept.' : 'The run that raised it.'}
          </span>
          <button type="button" className="btn sm" onClick={() => choose({ ruleRun: undefined })}>
            All runs
          </button>
        </p>
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
                  'no candidates'
                ) : (
                  `${formatCounted(run.candidates, 'candidate', 'candidates')}, ${formatCounted(run.alerts, 'new alert', 'new alerts')}, ${formatCount(run.known)} known, ${formatCount(run.suppressed)} hidden, ${formatCount(run.dropped)} over the limit`
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
    </>
  );
}
