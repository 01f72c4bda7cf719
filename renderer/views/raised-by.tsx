import type { FindingRow } from '../../shared/model/finding.ts';
import { useAsk } from '../queries.ts';
import { goTo } from '../state.ts';
import { findingTexts as texts } from '../texts/finding.ts';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';

/** Which rules raised a finding, and when; or that none did. */
export function RaisedBy({ finding }: { finding: FindingRow }) {
  const { id, host, process, device, startMs, endMs } = finding;
  const alerts = useAsk('finding-alerts.list', { findings: [{ id, host, process, device, startMs, endMs }] });
  const raised = alerts.data?.[0];
  if (!raised) return null;
  if (raised.length === 0) return <p className="t11 faint">{texts.noRuleRaisedIt}</p>;
  return (
    <ul className="t11 dim">
      {raised.map((alert) => (
        <li key={alert.id}>
          {texts.raisedBy}{' '}
          <button
            type="button"
            className="link"
            onClick={() => goTo({ view: 'rules' }, { ruleId: alert.ruleId, ruleRun: undefined })}
          >
            <Name text={alert.ruleName} />
          </button>{' '}
          {texts.inIts}{' '}
          <button
            type="button"
            className="link"
            onClick={() =>
              goTo(
                { view: 'rules' },
                { ruleId: alert.ruleId, ruleRun: { ruleId: alert.ruleId, executedAtMs: alert.raisedMs } },
              )
            }
          >
            {texts.runAsOf} <TimeText atMs={alert.raisedMs} />
          </button>
          {texts.aboutWords[alert.about]}
        </li>
      ))}
    </ul>
  );
}
