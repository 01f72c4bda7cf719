import { IconChevronLeft } from '@tabler/icons-react';
import { type KeyboardEvent, useCallback, useMemo, useState } from 'react';
import type { FindingGroup } from '../../shared/model/finding-group.ts';
import { useLend } from '../commands.ts';
import { usePages } from '../queries.ts';
import { type FindingGrouping, type QueueChoice, toFindingFilter } from '../queue-choice.ts';
import { useZone } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { usePagedList } from '../use-paged-list.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import { formatCount, formatCounted, formatTime } from '../window-format.ts';
import { entryOfKey, QueueListBox } from './queue-list-box.tsx';

const itemPx = 53;
const pageGroups = 200;

/** Findings by what they share. Enter and a click open a group; J and K, and the arrows, walk them. */
export function QueueGroups({
  queue,
  by,
  onOpen,
  nameOf,
  onFocusFilter,
}: {
  queue: QueueChoice;
  by: FindingGrouping;
  onOpen: (group: string) => void;
  nameOf: (group: string) => string;
  onFocusFilter: () => void;
}) {
  const zone = useZone();
  const pages = usePages(
    'finding-groups.list',
    { filter: toFindingFilter(queue, true), by, sort: queue.sort, limit: pageGroups },
    { keepsPrevious: true },
  );
  const { rows, total, scroller, list, items } = usePagedList<FindingGroup>(pages, itemPx);
  const [wantedIndex, setIndex] = useState(0);
  const index = Math.min(wantedIndex, rows.length - 1);
  const loaded = rows.length;
  const select = useCallback(
    (to: number) => {
      const at = Math.min(loaded - 1, Math.max(0, to));
      setIndex(at);
      if (at >= 0) list.scrollToIndex(at, { align: 'auto' });
    },
    [loaded, list],
  );
  useLend(
    'queue',
    useMemo(
      () => ({ step: (by: number) => select(index + by), focusFilter: onFocusFilter }),
      [select, index, onFocusFilter],
    ),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = rows[index];
    if (event.key === 'Enter' && chosen) {
      event.preventDefault();
      onOpen(chosen.name);
      return;
    }
    const to = entryOfKey(event.key, index, {
      entries: loaded,
      entryPx: itemPx,
      viewPx: scroller.current?.clientHeight,
    });
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  const [one, many] = texts.groupNouns[by];
  return (
    <>
      <p className="queue-group-bar t11 dim">{pages.data ? formatCounted(total, one, many) : ''}</p>
      <div className="scroll" ref={scroller}>
        {pages.error ? (
          <div className="page">
            <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} isBeside />
          </div>
        ) : (
          <QueueListBox
            label={texts.findingsGrouped(texts.groupings[by].toLowerCase())}
            list={list}
            activeId={index >= 0 ? `finding-group-${index}` : undefined}
            onKeyDown={onKeyDown}
          >
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys; its options are no stops of their own.
                // biome-ignore lint/a11y/useFocusableInteractive: the list keeps the focus and names the active option.
                <div
                  key={row.name}
                  id={`finding-group-${item.index}`}
                  className="queue-item is-group"
                  role="option"
                  aria-selected={item.index === index}
                  aria-posinset={item.index + 1}
                  aria-setsize={total}
                  style={{ transform: `translateY(${item.start}px)` }}
                  onClick={() => onOpen(row.name)}
                >
                  <ScoreBadge score={row.score} />
                  <Name text={nameOf(row.name)} className="b clip" isClipped />
                  <span className="state" title={texts.title}>
                    {formatCount(row.findings)}
                  </span>
                  <span className="line last clip" title={texts.groupTitle}>
                    {texts.openSince(formatCount(row.open), formatTime(row.startMs, zone))}
                  </span>
                </div>
              );
            })}
          </QueueListBox>
        )}
      </div>
    </>
  );
}

/** Says which group is open, and leads back to all of them. */
export function OpenGroup({
  by,
  name,
  total,
  onLeave,
}: {
  by: FindingGrouping;
  name: string;
  total: number;
  onLeave: () => void;
}) {
  const [, many] = texts.groupNouns[by];
  return (
    <div className="queue-group-bar row">
      <button type="button" className="btn sm quiet" onClick={onLeave} title={texts.allEscape(many)}>
        <Icon of={IconChevronLeft} isSmall />
        {texts.allOf(many)}
      </button>
      <Name text={name} className="b clip grow" isClipped />
      <span className="t11 faint">{formatCount(total)}</span>
    </div>
  );
}
