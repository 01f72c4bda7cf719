import { IconDatabase, IconFilter } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { FindingSubject, RaisedAlert } from '../../shared/model/rule.ts';
import { useLend } from '../commands.ts';
import { useAct, useAsk, useAskEach, useClient, usePages } from '../queries.ts';
import { filterWords, type QueueChoice, toFindingFilter } from '../queue-choice.ts';
import { choose, useChoices } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { type PagedList, usePagedList } from '../use-paged-list.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { deviceName } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount } from '../window-format.ts';
import { findingsCsv, findingsJson } from './copied-findings.ts';
import { knownFindings } from './known-findings.ts';
import { QueueFilter } from './queue-filter.tsx';
import { QueueFoot } from './queue-foot.tsx';
import { OpenGroup, QueueGroups } from './queue-groups.tsx';
import { QueueItem } from './queue-item.tsx';
import { entryOfKey, QueueListBox } from './queue-list-box.tsx';
import { QueueMenu } from './queue-menu.tsx';
import { ScoringProgress } from './scoring-progress.tsx';
import { selectFinding } from './select-finding.ts';
import { useDecide } from './use-decide.ts';

const itemPx = 69;
const pageRows = 200;
/** Most findings one decision can be about; the store takes no more at once. */
const mostMarked = 1_000;
/** Most findings whose alerts one question is about. */
const mostAsked = 1_000;

/** The findings in the asked order, or by what they share: filter, saved views, marks and decisions about several. */
export function FindingsQueue({ isEmpty }: { isEmpty: boolean }) {
  const queue = useChoices((choices) => choices.queue);
  const asked = useDeferredValue(queue);
  const [isFilterOpen, setIsFilterOpen] = useState(false);
  const isFiltered = filterWords(queue) !== '';
  const pages = usePages(
    'findings.list',
    { filter: toFindingFilter(asked), sort: asked.sort, descending: true, limit: pageRows },
    { keepsPrevious: true },
  );
  const all = useAsk(
    'findings.list',
    { filter: {}, sort: 'score', descending: true, limit: 1 },
    { keepsPrevious: true },
  );
  const devices = useAsk('devices.list', { filter: {}, limit: 1_000 });
  const deviceOf = useMemo(() => new Map((devices.data?.rows ?? []).map((row) => [row.id, row])), [devices.data]);
  const nameOfDevice = (id: string) => deviceName(id, deviceOf.get(id));
  const paged = usePagedList(pages, itemPx);
  const { rows, total, items } = paged;
  const alertsOf = useRaised(rows, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const field = useRef<HTMLInputElement>(null);
  const focusFilter = useCallback(() => {
    setIsFilterOpen(true);
    requestAnimationFrame(() => field.current?.focus());
  }, []);
  const { decide, error: decideError } = useDecide();

  const queries = useQueryClient();
  const copy = useAct('clipboard.write');
  const [said, setSaid] = useState<string>();
  const client = useClient();
  const [copyError, setCopyError] = useState<unknown>();
  const copyFindings = async (kind: 'csv' | 'json') => {
    const { markedIds } = useChoices.getState();
    const known = knownFindings(queries);
    const chosen = markedIds.length > 0 ? markedIds.flatMap((id) => known.get(id) ?? []) : rows;
    const alerts: (readonly RaisedAlert[])[] = [];
    for (let at = 0; at < chosen.length; at += mostAsked) {
      const findings = chosen.slice(at, at + mostAsked).map(toSubject);
      alerts.push(...(await client.call('finding-alerts.list', { findings })));
    }
    const findings = chosen.map((row, at) => ({ row, device: nameOfDevice(row.device), alerts: alerts[at] ?? [] }));
    await copy.mutateAsync({ text: kind === 'csv' ? findingsCsv(findings) : findingsJson(findings) });
    setSaid(texts.copiedFindings(texts.countedFindings(findings.length)));
  };
  // What was said is about the list as it was.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the queue is what ends it.
  useEffect(() => setSaid(undefined), [queue]);

  const findingId = useChoices((choices) => choices.findingId);
  // The best finding opens by itself while none is chosen, so that the window never stands with nothing to read.
  const best = rows[0];
  useEffect(() => {
    if (findingId === undefined && best) selectFinding(best);
  }, [findingId, best]);

  const { groupBy, group } = queue;
  const setGroup = (name: string | undefined) => choose({ queue: { ...queue, group: name } });
  const nameOfGroup = (name: string) => (groupBy === 'device' ? nameOfDevice(name) : name);
  const isGroups = groupBy !== 'none' && group === undefined;
  const counted = isGroups ? '' : texts.shownOf(formatCount(total), formatCount(all.data?.total ?? total));
  return (
    <section className="pane" aria-label={texts.title}>
      <div className="bar">
        <div className="queue-title">
          <h2>{texts.title}</h2>
          <span className="t11 faint">{pages.data ? counted : ''}</span>
        </div>
        <button
          type="button"
          className="btn quiet icon-only"
          aria-label={texts.filter}
          title={`${texts.filter} (/)`}
          aria-expanded={isFilterOpen || isFiltered}
          onClick={() => setIsFilterOpen(!isFilterOpen)}
        >
          <Icon of={IconFilter} />
        </button>
        <QueueMenu
          loaded={rows.length}
          onCopy={(kind) => {
            setCopyError(undefined);
            copyFindings(kind).catch(setCopyError);
          }}
          onMarkAll={() => choose({ markedIds: rows.slice(0, mostMarked).map(({ id }) => id) })}
        />
      </div>
      {isFilterOpen ? <QueueFilter field={field} onLeave={() => setIsFilterOpen(false)} /> : null}
      {groupBy !== 'none' && group !== undefined ? (
        <OpenGroup by={groupBy} name={nameOfGroup(group)} total={total} onLeave={() => setGroup(undefined)} />
      ) : null}
      {isGroups ? (
        <QueueGroups queue={asked} by={groupBy} onOpen={setGroup} nameOf={nameOfGroup} onFocusFilter={focusFilter} />
      ) : (
        <QueueList
          paged={paged}
          queue={queue}
          alertsOf={alertsOf}
          nameOfDevice={nameOfDevice}
          onFocusFilter={focusFilter}
          onLeave={group === undefined || groupBy === 'none' ? undefined : () => setGroup(undefined)}
        >
          {pages.error ? (
            <div className="page">
              <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} isBeside />
            </div>
          ) : rows.length === 0 && pages.data && !pages.isPlaceholderData ? (
            <NoFindings queue={queue} isEmpty={isEmpty} all={all.data?.total ?? 0} />
          ) : pages.isPending ? (
            <ScoringProgress />
          ) : undefined}
        </QueueList>
      )}
      {[decideError, copyError].map((error, index) =>
        error ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the places are fixed.
          <div key={index} className="page-note">
            <FailureNotice error={error} />
          </div>
        ) : null,
      )}
      <QueueFoot said={said} onDecide={decide} />
    </section>
  );
}

/**
 * The alerts about the findings around the screen, by the id of the finding. Asked by the part, as only what is on screen
 * needs them: of a hundred thousand findings that were walked through, two parts are looked at with each move.
 */
function useRaised(
  rows: readonly FindingRow[],
  first: number,
  last: number,
): ReadonlyMap<string, readonly RaisedAlert[]> {
  const [firstPart, lastPart] = [Math.floor(first / pageRows), Math.floor(last / pageRows)];
  const asked = useMemo(
    () =>
      Array.from({ length: lastPart - firstPart + 1 }, (_, part) => (firstPart + part) * pageRows)
        .map((start) => rows.slice(start, start + pageRows))
        .filter((part) => part.length > 0)
        .map((part) => ({ findings: part.map(toSubject) })),
    [rows, firstPart, lastPart],
  );
  const answers = useAskEach('finding-alerts.list', asked);
  return new Map(
    answers.flatMap(({ data }, part) =>
      (data ?? []).map((alerts, index) => [asked[part]?.findings[index]?.id ?? '', alerts] as const),
    ),
  );
}

function toSubject({ id, host, process, device, startMs, endMs }: FindingRow): FindingSubject {
  return { id, host, process, device, startMs, endMs };
}

/** The findings as a virtual list: J and K walk it, Enter and a click select, Space and Ctrl mark. */
function QueueList({
  paged,
  queue,
  alertsOf,
  nameOfDevice,
  onFocusFilter,
  onLeave,
  children,
}: {
  paged: PagedList<FindingRow>;
  queue: QueueChoice;
  alertsOf: ReadonlyMap<string, readonly RaisedAlert[]>;
  nameOfDevice: (id: string) => string;
  onFocusFilter: () => void;
  /** Leaves the open group, if one is. */
  onLeave: (() => void) | undefined;
  /** What stands in place of the list. */
  children: ReactNode;
}) {
  const { rows, total, scroller, list, items } = paged;
  const findingId = useChoices((choices) => choices.findingId);
  const marked = useChoices((choices) => choices.markedIds);
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
      () => ({ step: (by: number) => select(index < 0 ? 0 : index + by), focusFilter: onFocusFilter }),
      [select, index, onFocusFilter],
    ),
  );
  const markMore = (ids: readonly string[]) =>
    choose({ markedIds: [...new Set([...marked, ...ids])].slice(0, mostMarked) });
  const mark = (
    at: number,
    event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
  ) => {
    const row = rows[at];
    if (!row) return;
    if (event.shiftKey && index >= 0) {
      markMore(rows.slice(Math.min(index, at), Math.max(index, at) + 1).map(({ id }) => id));
    } else if (event.ctrlKey || event.metaKey) {
      if (marked.includes(row.id)) choose({ markedIds: marked.filter((id) => id !== row.id) });
      else markMore([row.id]);
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
    if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      markMore(rows.map(({ id }) => id));
      return;
    }
    if (event.key === 'Escape') {
      if (marked.length === 0 && !onLeave) return;
      event.preventDefault();
      if (marked.length > 0) choose({ markedIds: [] });
      else onLeave?.();
      return;
    }
    const to = entryOfKey(event.key, index, {
      entries: rows.length,
      entryPx: itemPx,
      viewPx: scroller.current?.clientHeight,
    });
    if (to === undefined) return;
    event.preventDefault();
    if (event.shiftKey && index >= 0) {
      const last = Math.min(rows.length - 1, Math.max(0, to));
      markMore(rows.slice(Math.min(index, last), Math.max(index, last) + 1).map(({ id }) => id));
    }
    select(to);
  };

  return (
    <div className="scroll" ref={scroller}>
      {children ?? (
        <QueueListBox
          label={texts.findingsBy(texts.sorts[queue.sort])}
          list={list}
          activeId={index >= 0 ? `finding-${index}` : undefined}
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
                fields={queue.fields}
                isSelected={row.id === findingId}
                isMarked={marked.includes(row.id)}
                onMark={(event) => mark(item.index, event)}
                device={nameOfDevice(row.device)}
                alerts={alertsOf.get(row.id) ?? []}
              />
            );
          })}
        </QueueListBox>
      )}
    </div>
  );
}

/** Why the queue shows nothing, and what to do next. */
function NoFindings({ queue, isEmpty, all }: { queue: QueueChoice; isEmpty: boolean; all: number }) {
  const words = filterWords(queue);
  if (words !== '') {
    return (
      <EmptyState
        icon={IconFilter}
        title={texts.noneMatch(formatCount(all))}
        actions={<CommandButton id="queue.clear-filter" title={texts.clear} className="btn sm" />}
      >
        {texts.filterTitle} <Name text={words} />.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={IconDatabase}
      title={isEmpty ? texts.noFindingsYet : texts.noFindings}
      actions={<CommandButton id="import.choose" title={texts.importFiles} className="btn sm" />}
    >
      {isEmpty ? texts.noneYetLead : texts.noneLead}
    </EmptyState>
  );
}
