import { IconAlertTriangle, IconCheck, IconHelp, IconX } from '@tabler/icons-react';
import { useAsk, useCollected } from '../queries.ts';
import { sourcesTexts } from '../texts/sources.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';

const texts = sourcesTexts.check;

const states = {
  ok: { icon: IconCheck, tone: 'ok' },
  warning: { icon: IconAlertTriangle, tone: 'warn' },
  missing: { icon: IconX, tone: 'bad' },
  unknown: { icon: IconHelp, tone: 'faint' },
} as const;

/** What the rule needs, looked up where this workspace's evidence is. */
export function SourceCheck() {
  const list = useAsk('source.list', {}, { keepsPrevious: true });
  const inUse = list.data?.inUse;
  const check = useCollected('source.check', inUse === undefined ? {} : { id: inUse }, {
    isEnabled: list.data !== undefined,
  });
  return (
    <section className="card" aria-label={texts.title}>
      <header>
        <h2 className="grow">{texts.title}</h2>
        <button type="button" className="btn sm" disabled={check.isFetching} onClick={() => void check.refetch()}>
          {check.isFetching ? texts.checking : texts.again}
        </button>
      </header>
      {check.error ? (
        <div className="in">
          <FailureNotice error={check.error} />
        </div>
      ) : null}
      <ul className="check-rows" aria-busy={check.isFetching}>
        {(check.data ?? []).map((row) => {
          const { icon, tone } = states[row.state];
          return (
            <li key={row.name}>
              <Icon of={icon} className={tone} />
              <span className="sr">{texts.states[row.state]}</span>
              <div className="grow">
                <b className="b">{texts.rows[row.name] ?? row.name}</b>
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
