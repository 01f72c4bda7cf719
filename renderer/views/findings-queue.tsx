import { IconDatabase, IconFilter, IconX } from '@tabler/icons-react';
import {
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { formatBytes, formatCount, formatTime } from '../../shared/base/format.ts';
import type { FindingRow, FindingState } from '../../shared/model/finding.ts';
import type { FindingFilter } from '../../shared/model/finding-filter.ts';
import { useLend } from '../commands.ts';
import { useAsk, usePages } from '../queries.ts';
import { choose, type FindingSort, type QueueChoice, useChoices, useZone } from '../state.ts';
import { usePagedList } from '../use-paged-list.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { deviceName } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import { selectFinding } from './select-finding.ts';
import { useDecide } from './use-decide.ts';

const itemPx = 69;
const pageRows = 200;
/** Most findings one decision can be about; the store takes no more at once. */
const mostMarked = 1_000;

const sortTitles: Readonly<Record<FindingSort, string>> = {
  score: 'Portside score',
  startMs: 'time, newest first',
  writtenBytes: 'bytes written',
  elastic: 'Elastic score',
};

const stateTitles: Readonly<Record<FindingState, string>> = { open: '', acknowledged: 'In review', closed: 'Closed' };

function toFilter(queue: QueueChoice): FindingFilter {
  return {
    ...(queue.text.trim() ? { text: queue.text.trim() } : {}),
    ...(queue.states.length > 0 ? { states: [...queue.states] } : {}),
    ...(queue.minScore > 0 ? { minScore: queue.minScore } : {}),
    ...(queue.hosts.length > 0 ? { hosts: [...queue.hosts] } : {}),
  };
}

/** What a filter keeps, in words. */
function filterText(queue: QueueChoice): string {
  const parts = [
    queue.text.trim() ? `text "${queue.text.trim()}"` : '',
    queue.states.length > 0 ? `state ${queue.states.join(' or ')}` : '',
    queue.minScore > 0 ? `score ${queue.minScore} or more` : '',
    queue.hosts.length > 0 ? `host ${queue.hosts.join(' or ')}` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** The findings in the asked order, as a virtual list: J and K walk it, Enter and a click select. */
export function FindingsQueue({ isEmpty }: { isEmpty: boolean }) {
  const zone = useZone();
  const queue = useChoices((choices) => choices.queue);
  const findingId = useChoices((choices) => choices.findingId);
  const asked = useDeferredValue(queue);
  const [isFilterOpen, setIsFilterOpen] = useState(false);
  const isFiltered = filterText(queue) !== '';
  const pages = usePages(
    'findings.list',
    { filter: toFilter(asked), sort: asked.sort, descending: true, limit: pageRows },
    { keepsPrevious: true },
  );
  const all = useAsk(
    'findings.list',
    { filter: {}, sort: 'score', descending: true, limit: 1 },
    { keepsPrevious: true },
  );
  const devices = useAsk('devices.list', { filter: {}, limit: 1_000 });
  const deviceOf = useMemo(() => new Map((devices.data?.rows ?? []).map((row) => [row.id, row])), [devices.data]);
  const { rows, total, scroller, list, items } = usePagedList(pages, itemPx);
  const field = useRef<HTMLInputElement>(null);

  // The best finding opens by itself while none is chosen, so that the window never stands with nothing to read.
  const best = rows[0];
  useEffect(() => {
    if (findingId === undefined && best) selectFinding(best);
  }, [findingId, best]);

  const index = rows.findIndex((row) => row.id === findingId);
  const select = useCallback(
    (at: number) => {
      const row = rows[Math.min(rows.length - 1, Math.max(0, at))];
      if (!row) return;
      selectFinding(row);
      list.scrollToIndex(rows.indexOf(row), { align: 'auto' });
    },
    [rows, list],
  );
  useLend(
    'queue',
    useMemo(
      () => ({
        step: (by: number) => select(index < 0 ? 0 : index + by),
        focusFilter: () => {
          setIsFilterOpen(true);
          requestAnimationFrame(() => field.current?.focus());
        },
      }),
      [select, index],
    ),
  );

  const marked = useChoices((choices) => choices.markedIds);
  const { decide, error: decideError } = useDecide();
  const mark = (
    at: number,
    event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
  ) => {
    const row = rows[at];
    if (!row) return;
    if (event.shiftKey && index >= 0) {
      const between = rows.slice(Math.min(index, at), Math.max(index, at) + 1).map((entry) => entry.id);
      choose({ markedIds: [...new Set([...marked, ...between])].slice(0, mostMarked) });
    } else if (event.ctrlKey || event.metaKey) {
      const isMarked = marked.includes(row.id);
      choose({ markedIds: isMarked ? marked.filter((id) => id !== row.id) : [...marked, row.id].slice(0, mostMarked) });
    } else {
      if (marked.length > 0) choose({ markedIds: [] });
      select(at);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === ' ' && index >= 0) {
      event.preventDefault();
      mark(index, { shiftKey: false, ctrlKey: true, metaKey: false });
      return;
    }
    if (event.key === 'Escape' && marked.length > 0) choose({ markedIds: [] });
    const pageBy = Math.max(1, Math.floor((scroller.current?.clientHeight ?? itemPx) / itemPx) - 1);
    const to = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + pageBy,
      PageUp: index - pageBy,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  const set = (change: Partial<QueueChoice>) => choose({ queue: { ...queue, ...change } });

  return (
    <section className="pane" aria-label="Findings">
      <div className="bar">
        <h2 className="grow">Findings</h2>
        <span className="t11 faint">
          {pages.data ? `${formatCount(total)} of ${formatCount(all.data?.total ?? total)}` : ''}
        </span>
        <button
          type="button"
          className="btn quiet icon-only"
          aria-label="Filter the findings"
          title="Filter the findings (/)"
          aria-expanded={isFilterOpen || isFiltered}
          onClick={() => setIsFilterOpen(!isFilterOpen)}
        >
          <Icon of={IconFilter} />
        </button>
      </div>
      {isFilterOpen ? (
        <search className="queue-search">
          <input
            ref={field}
            className="field"
            type="search"
            aria-label="Host, user, process or device contains"
            placeholder="Host, user, process, device"
            maxLength={256}
            value={queue.text}
            onChange={(event) => set({ text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setIsFilterOpen(false);
            }}
          />
          <div className="row wrap">
            {(['open', 'acknowledged', 'closed'] as const).map((state) => (
              <label key={state} className="row t12">
                <input
                  type="checkbox"
                  checked={queue.states.includes(state)}
                  onChange={(event) =>
                    set({
                      states: event.target.checked
                        ? [...queue.states, state]
                        : queue.states.filter((other) => other !== state),
                    })
                  }
                />
                {{ open: 'Open', acknowledged: 'In review', closed: 'Closed' }[state]}
              </label>
            ))}
          </div>
          <div className="row">
            <label className="t12 dim" htmlFor="queue-score">
              Score from
            </label>
            <input
              id="queue-score"
              className="field score-field"
              type="number"
              min={0}
              max={100}
              value={queue.minScore}
              onChange={(event) => set({ minScore: Math.min(100, Math.max(0, Number(event.target.value) || 0)) })}
            />
            <select
              className="field grow"
              aria-label="Order of the findings"
              value={queue.sort}
              onChange={(event) => set({ sort: event.target.value as FindingSort })}
            >
              {Object.entries(sortTitles).map(([value, title]) => (
                <option key={value} value={value}>
                  By {title}
                </option>
              ))}
            </select>
          </div>
          <SavedFilters queue={queue} isFiltered={isFiltered} />
        </search>
      ) : null}
      <div className="scroll" ref={scroller}>
        {pages.error ? (
          <div className="page">
            <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} isBeside />
          </div>
        ) : rows.length === 0 && pages.data && !pages.isPlaceholderData ? (
          isFiltered ? (
            <EmptyState
              icon={IconFilter}
              title={`0 of ${formatCount(all.data?.total ?? 0)} findings match`}
              actions={<CommandButton id="queue.clear-filter" title="Clear filter" className="btn sm" />}
            >
              Filter: <Name text={filterText(queue)} />.
            </EmptyState>
          ) : (
            <EmptyState
              icon={IconDatabase}
              title={isEmpty ? 'No findings yet' : 'No findings'}
              actions={<CommandButton id="import.choose" title="Import files" className="btn sm" />}
            >
              {isEmpty
                ? 'Findings appear when Portside knows what was written to external devices.'
                : 'Nothing that was written stands out against the history that is known.'}
            </EmptyState>
          )
        ) : (
          <div
            className="queue"
            role="listbox"
            aria-label={`Findings by ${sortTitles[queue.sort]}`}
            aria-activedescendant={index >= 0 ? `finding-${index}` : undefined}
            tabIndex={0}
            style={{ height: list.getTotalSize() }}
            onKeyDown={onKeyDown}
          >
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <QueueItem
                  key={row.id}
                  row={row}
                  index={item.index}
                  total={total}
                  top={item.start}
                  isSelected={row.id === findingId}
                  isMarked={marked.includes(row.id)}
                  onMark={(event) => mark(item.index, event)}
                  device={deviceName(row.device, deviceOf.get(row.device))}
                  when={formatTime(row.startMs, zone)}
                />
              );
            })}
          </div>
        )}
      </div>
      {decideError ? (
        <div className="page-note">
          <FailureNotice error={decideError} />
        </div>
      ) : null}
      {marked.length > 0 ? (
        <div className="bar foot">
          <span className="t11 dim grow clip" role="status">
            {formatCount(marked.length)} marked
          </span>
          <button type="button" className="btn sm" onClick={() => decide(marked, 'acknowledged')}>
            Acknowledge
          </button>
          <button type="button" className="btn sm" onClick={() => choose({ dialog: 'close-finding' })}>
            Close
          </button>
          <button
            type="button"
            className="btn sm quiet icon-only"
            aria-label="Unmark all"
            onClick={() => choose({ markedIds: [] })}
          >
            <Icon of={IconX} />
          </button>
        </div>
      ) : (
        <div className="bar foot" title="Ctrl and click, or Space, marks several for one decision">
          <span className="t11 faint grow clip">Ordered by {sortTitles[queue.sort]}</span>
          <kbd title="Next finding">J</kbd>
          <kbd title="Previous finding">K</kbd>
        </div>
      )}
    </section>
  );
}

/** Filters kept under a name: saving this one, choosing another, forgetting one. */
function SavedFilters({ queue, isFiltered }: { queue: QueueChoice; isFiltered: boolean }) {
  const saved = useChoices((choices) => choices.savedQueues);
  const [name, setName] = useState('');
  return (
    <>
      {saved.length > 0 ? (
        <div className="row wrap">
          {saved.map((entry) => (
            <span key={entry.name} className="saved">
              <button
                type="button"
                className="chip"
                title={filterText(entry.queue)}
                onClick={() => choose({ queue: entry.queue })}
              >
                <Name text={entry.name} className="clip" />
              </button>
              <button
                type="button"
                className="btn sm quiet icon-only"
                aria-label={`Forget the filter ${entry.name}`}
                onClick={() => choose({ savedQueues: saved.filter((other) => other !== entry) })}
              >
                <Icon of={IconX} isSmall />
              </button>
            </span>
          ))}
        </div>
      ) : null}
      {isFiltered ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            const title = name.trim();
            if (!title) return;
            choose({ savedQueues: [...saved.filter((entry) => entry.name !== title), { name: title, queue }] });
            setName('');
          }}
        >
          <input
            className="field grow"
            aria-label="Name for this filter"
            placeholder="Save as"
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="btn sm" disabled={name.trim() === ''}>
            Save
          </button>
          <CommandButton id="queue.clear-filter" title="Clear filter" className="btn sm quiet" />
        </form>
      ) : null}
    </>
  );
}

function QueueItem({
  row,
  index,
  total,
  top,
  isSelected,
  isMarked,
  onMark,
  device,
  when,
}: {
  row: FindingRow;
  index: number;
  total: number;
  top: number;
  isSelected: boolean;
  isMarked: boolean;
  onMark: (event: MouseEvent) => void;
  device: string;
  when: string;
}) {
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
      <span className="state">{isMarked ? 'Marked' : stateTitles[row.state]}</span>
      <span className="line clip">
        <Name text={row.host} /> · <Name text={device} />
      </span>
      <span className="line last">
        <span className="clip grow">
          {when} · {formatBytes(row.distinctBytes)}
        </span>
        {row.elastic.score >= 75 ? <span className="tag">Elastic {Math.round(row.elastic.score)}</span> : null}
      </span>
    </div>
  );
}
