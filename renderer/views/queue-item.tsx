import type { MouseEvent, ReactNode } from 'react';
import { formatIso } from '../../shared/base/format.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { RaisedAlert } from '../../shared/model/rule.ts';
import type { QueueField } from '../queue-choice.ts';
import { useZone } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import { formatBytes, formatTime } from '../window-format.ts';

/** Elastic's score is told of a finding from here on: the threshold of its rule. */
const elasticFrom = 75;

/** One finding of the queue: its score, its process, and of the rest what the person wants to see. */
export function QueueItem({
  row,
  index,
  total,
  top,
  fields,
  isSelected,
  isMarked,
  onMark,
  device,
  alerts,
}: {
  row: FindingRow;
  index: number;
  total: number;
  top: number;
  fields: readonly QueueField[];
  isSelected: boolean;
  isMarked: boolean;
  onMark: (event: MouseEvent) => void;
  device: string;
  alerts: readonly RaisedAlert[];
}) {
  const zone = useZone();
  const has = (field: QueueField) => fields.includes(field);
  const names = [
    has('host') ? <Name key="host" text={row.host} /> : null,
    has('user') ? <Name key="user" text={row.user} /> : null,
    has('device') ? <Name key="device" text={device} /> : null,
    has('executable') && row.executable ? <Name key="executable" text={row.executable} /> : null,
  ];
  const figures = [
    has('when') ? formatTime(row.startMs, zone) : '',
    has('distinctBytes') ? formatBytes(row.distinctBytes) : '',
    has('writtenBytes') ? texts.eventSum(formatBytes(row.writtenBytes)) : '',
    has('files') ? texts.countedFiles(row.files) : '',
  ].filter(Boolean);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys; its options are no stops of their own.
    // biome-ignore lint/a11y/useFocusableInteractive: the list keeps the focus and names the active option.
    <div
      id={`finding-${index}`}
      className={isMarked ? 'queue-item is-marked' : 'queue-item'}
      role="option"
      aria-selected={isSelected}
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onMark}
    >
      <ScoreBadge score={row.score} />
      <Name text={row.process} className="b clip" isClipped />
      <span className="state">{isMarked ? texts.markedTag : row.state === 'open' ? '' : texts.states[row.state]}</span>
      <span className="line clip">{between(names.filter((name) => name !== null))}</span>
      <span className="line last">
        <span className="clip grow">{figures.join(' · ')}</span>
        {has('raised') && alerts[0] ? (
          <span className="tag info" title={raisedTitle(alerts)}>
            {texts.raisedTag}
          </span>
        ) : null}
        {has('elastic') && row.elastic.score >= elasticFrom ? (
          <span className="tag">{texts.elastic(Math.round(row.elastic.score))}</span>
        ) : null}
      </span>
    </div>
  );
}

/** Which rules raised it, and as of when. */
function raisedTitle(alerts: readonly RaisedAlert[]): string {
  return alerts.map(({ ruleName, raisedMs }) => texts.asOf(visibleText(ruleName), formatIso(raisedMs))).join('\n');
}

function between(parts: readonly ReactNode[]): ReactNode {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [' · ', part]));
}
