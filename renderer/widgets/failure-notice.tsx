import { IconAlertTriangle } from '@tabler/icons-react';
import { toFailure } from '../queries.ts';
import { widgetTexts } from '../texts/widgets.ts';
import { Icon } from './icon.tsx';
import { Name } from './name.tsx';

/**
 * A failure where it was asked: what happened, what to do, and a way to ask again. Shows nothing for a cancelled call.
 * A side pane does not repeat that the source is away: the pane it stands beside says it, with what to do.
 */
export function FailureNotice({
  error,
  onRetry,
  isBeside = false,
  isWhole = false,
}: {
  error: unknown;
  onRetry?: () => void;
  /** In a pane beside another that asks the same source. */
  isBeside?: boolean;
  /** In place of all that a pane would show. */
  isWhole?: boolean;
}) {
  const failure = toFailure(error);
  if (!failure) return null;
  if (isBeside && failure.code === 'store-unreachable') return <p className="note">{widgetTexts.waitsForSource}</p>;
  const retry = onRetry ? (
    <button type="button" className="btn sm" onClick={onRetry}>
      {widgetTexts.tryAgain}
    </button>
  ) : null;
  if (isWhole) {
    return (
      <div className="empty" role="alert">
        <Icon of={IconAlertTriangle} className="bad" />
        <h2>
          <Name text={failure.message} />
        </h2>
        {failure.hint ? (
          <p>
            <Name text={failure.hint} />
          </p>
        ) : null}
        {retry ? <div className="row">{retry}</div> : null}
      </div>
    );
  }
  return (
    <div className="note bad" role="alert">
      <Icon of={IconAlertTriangle} />
      <div className="stack grow">
        <span>
          <b className="b">
            <Name text={failure.message} />
          </b>{' '}
          {failure.hint ? <Name text={failure.hint} /> : null}
        </span>
        {retry ? <span>{retry}</span> : null}
      </div>
    </div>
  );
}
