import type { FindingRow } from '../../shared/model/finding.ts';
import type { RaisedAlert } from '../../shared/model/rule.ts';
import { useAsk } from '../queries.ts';
import { goTo } from '../state.ts';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';

const aboutWords: Readonly<Record<RaisedAlert['about'], string>> = {
  finding: '',
  'anomaly-record': ', for a record of its process',
  connection: ', for the connection of its device',
};

/** Which rules raised a finding, and when; or that none did. */
export function RaisedBy({ finding }: { finding: FindingRow }) {
  const { id, host, process, device, startMs, endMs } = finding;
  const alerts = useAsk('finding-alerts.list', { findings: [{ id, host, process, device, startMs, endMs }] });
  const raised = alerts.data?.[0];
  if (!raised) return null;
  if (raised.length === 0) return <p className="t11 faint">No rule raised it.</p>;
  return (
    <ul className="t11 dim">
      {raised.map((alert) => (
        <li key={alert.id}>
          Raised by{' '}
          <button
            type="button"
            className="link"
            onClick={() => goTo({ view: 'rules' }, { ruleId: alert.ruleId, ruleRun: undefined })}
          >
            <Name text={alert.ruleName} />
          </button>{' '}
          in its{' '}
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
            run as of <TimeText atMs={alert.raisedMs} />
          </button>
          {aboutWords[alert.about]}
        </li>
      ))}
    </ul>
  );
}
