import { useEffect, useState } from 'react';
import { useClient } from '../queries.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { formatPlain } from '../window-format.ts';

/** A list that is there sooner says nothing in its place. */
const quietMs = 300;

/**
 * Stands where findings will: how far their scores are, where these have to be made anew first, as after a new version or a
 * long import. Only watches: the scores are made for whoever asked for findings.
 */
export function ScoringProgress() {
  const client = useClient();
  const [percent, setPercent] = useState<number>();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      client
        .call(
          'scores.refresh',
          {},
          {
            signal: abort.signal,
            onItem: ({ doneSlots, totalSlots }) =>
              setPercent(totalSlots > 0 ? Math.floor((100 * doneSlots) / totalSlots) : 0),
          },
        )
        // Why there are no findings is told by the question about them.
        .catch(() => undefined);
    }, quietMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [client]);
  if (percent === undefined) return null;
  return (
    <div className="page stack" role="status">
      <p className="t12 dim">{texts.scoring(formatPlain(percent))}</p>
      <div
        className="progress"
        role="progressbar"
        aria-label={texts.scoringTitle}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
