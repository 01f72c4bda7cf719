import { IconX } from '@tabler/icons-react';
import type { FindingState } from '../../shared/model/finding.ts';
import { isSameView } from '../queue-choice.ts';
import { choose, useChoices } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount } from '../window-format.ts';

/** Decisions about what is marked; else how the queue is ordered. */
export function QueueFoot({
  said,
  onDecide,
}: {
  /** What was just done, if anything. */
  said: string | undefined;
  onDecide: (ids: readonly string[], state: FindingState) => void;
}) {
  const queue = useChoices((choices) => choices.queue);
  const views = useChoices((choices) => choices.savedQueues);
  const marked = useChoices((choices) => choices.markedIds);
  if (marked.length > 0) {
    return (
      <div className="queue-marked">
        <div className="row">
          <span className="t11 dim grow clip" role="status">
            {texts.marked(formatCount(marked.length), said ? `, ${said}` : '')}
          </span>
          <button
            type="button"
            className="btn sm quiet icon-only"
            aria-label={texts.unmarkAll}
            title={texts.unmarkAllEscape}
            onClick={() => choose({ markedIds: [] })}
          >
            <Icon of={IconX} />
          </button>
        </div>
        <div className="row">
          <button type="button" className="btn sm" onClick={() => onDecide(marked, 'acknowledged')}>
            {texts.acknowledge}
          </button>
          <button type="button" className="btn sm" onClick={() => choose({ dialog: 'close-finding' })}>
            {texts.close}
          </button>
          <button type="button" className="btn sm quiet" onClick={() => onDecide(marked, 'open')}>
            {texts.reopen}
          </button>
        </div>
      </div>
    );
  }
  const view = views.find((known) => isSameView(known.queue, queue));
  return (
    <div className="bar foot" title={texts.markTitle}>
      <span className="t11 faint grow clip" role="status">
        {said ?? (view ? <Name text={view.name} /> : texts.orderedBy(texts.sorts[queue.sort]))}
      </span>
      <kbd title={texts.nextFinding}>J</kbd>
      <kbd title={texts.previousFinding}>K</kbd>
    </div>
  );
}
