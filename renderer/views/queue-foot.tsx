import { IconX } from '@tabler/icons-react';
import { formatCount } from '../../shared/base/format.ts';
import type { FindingState } from '../../shared/model/finding.ts';
import { isSameView } from '../queue-choice.ts';
import { choose, useChoices } from '../state.ts';
import { queueTexts } from '../texts/queue.ts';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';

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
            {formatCount(marked.length)} marked{said ? `, ${said}` : ''}
          </span>
          <button
            type="button"
            className="btn sm quiet icon-only"
            aria-label="Unmark all"
            title="Unmark all (Escape)"
            onClick={() => choose({ markedIds: [] })}
          >
            <Icon of={IconX} />
          </button>
        </div>
        <div className="row">
          <button type="button" className="btn sm" onClick={() => onDecide(marked, 'acknowledged')}>
            Acknowledge
          </button>
          <button type="button" className="btn sm" onClick={() => choose({ dialog: 'close-finding' })}>
            Close
          </button>
          <button type="button" className="btn sm quiet" onClick={() => onDecide(marked, 'open')}>
            Reopen
          </button>
        </div>
      </div>
    );
  }
  const view = views.find((known) => isSameView(known.queue, queue));
  return (
    <div
      className="bar foot"
      title="Ctrl and click, or Space, marks several for one decision; Ctrl and A marks all that were loaded"
    >
      <span className="t11 faint grow clip" role="status">
        {said ?? (view ? <Name text={view.name} /> : `Ordered by ${queueTexts.sorts[queue.sort]}`)}
      </span>
      <kbd title="Next finding">J</kbd>
      <kbd title="Previous finding">K</kbd>
    </div>
  );
}
