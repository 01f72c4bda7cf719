import { IconAlertTriangle, IconCheck, IconHelp, IconX } from '@tabler/icons-react';
import { useAsk, useCollected } from '../queries.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';

const titles: Readonly<Record<string, string>> = {
  cluster: 'Cluster',
  privileges: 'Rights of the key',
  fields: 'Fields of file events',
  'file-events': 'File events',
  clock: 'Clocks',
  'device-events': 'Device events',
  license: 'Licence',
  'anomaly-job': 'Anomaly job',
  datafeed: 'Datafeed',
  'job-results': 'Results of the job',
  rule: 'Alerts of the rule',
};

const states = {
  ok: { icon: IconCheck, tone: 'ok', word: 'There' },
  warning: { icon: IconAlertTriangle, tone: 'warn', word: 'Not as it should be' },
  missing: { icon: IconX, tone: 'bad', word: 'Missing' },
  unknown: { icon: IconHelp, tone: 'faint', word: 'Not known' },
} as const;

/** What the rule needs, looked up where this workspace's evidence is. */
export function SourceCheck() {
  const list = useAsk('source.list', {}, { keepsPrevious: true });
  const inUse = list.data?.inUse;
  const check = useCollected('source.check', inUse === undefined ? {} : { id: inUse }, {
    isEnabled: list.data !== undefined,
  });
  return (
    <section className="card" aria-label="Can the rule work?">
      <header>
        <h2 className="grow">Can the rule work?</h2>
        <button type="button" className="btn sm" disabled={check.isFetching} onClick={() => void check.refetch()}>
          {check.isFetching ? 'Checking' : 'Check again'}
        </button>
      </header>
      {check.error ? (
        <div className="in">
          <FailureNotice error={check.error} />
        </div>
      ) : null}
      <ul className="check-rows" aria-busy={check.isFetching}>
        {(check.data ?? []).map((row) => {
          const { icon, tone, word } = states[row.state];
          return (
            <li key={row.name}>
              <Icon of={icon} className={tone} />
              <span className="sr">{word}:</span>
              <div className="grow">
                <b className="b">{titles[row.name] ?? row.name}</b>
                <p className="t12 dim">
                  <Name text={row.detail} /> {row.hint === '' ? null : <Name text={row.hint} />}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
