import { IconArrowLeft, IconFile } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { formatIso } from '../../shared/base/format.ts';
import type { WriteRow } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { useAsk, usePages } from '../queries.ts';
import { useZone } from '../state.ts';
import { writesTexts as texts } from '../texts/tables.ts';
import { useCopyRows } from '../use-copy-rows.ts';
import { CopyMenu } from '../widgets/copy-menu.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { formatBytes, formatTime } from '../window-format.ts';
import { toCsv } from './csv.ts';

const rowPx = 45;
const pageRows = 200;
/** A search gives back what it found so far this often, and is asked to go on. */
const searchMs = 100;

/** A list of single writes, newest first, by the page; its figures are those of the store, not of what is loaded. */
export function WritesList({
  title,
  filter: given,
  isAsked,
  onReset,
}: {
  title: string;
  filter: EvidenceFilter;
  /** Whether something else than the finding's own writes was asked for. */
  isAsked: boolean;
  onReset: () => void;
}) {
  const zone = useZone();
  const [withRenames, setWithRenames] = useState(true);
  const [text, setText] = useState('');
  const contains = useDeferredValue(text.trim());
  const filter = contains === '' ? given : { ...given, pathContains: contains };
  const question = { filter, withRenames, ascending: false, limit: pageRows };
  const pages = usePages('writes.page', { ...question, withinMs: searchMs }, { keepsPrevious: false });
  const totals = useAsk('writes.totals', { filters: [filter] });
  const copied = useCopyRows('writes.page', question, { toCsv: writesCsv });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  const total = totals.data?.[0];
  const events = total ? total.events + (withRenames ? total.renames : 0) : 0;
  const holder = useRef<HTMLUListElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => holder.current?.closest<HTMLElement>('.finding-scroll') ?? null,
    estimateSize: () => rowPx,
    overscan: 20,
    scrollMargin: holder.current?.offsetTop ?? 0,
  });
  const items = list.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = pages;
  const searchedToMs = pages.data?.pages.at(-1)?.searchedToMs;
  // Who stopped one search did not stop the next.
  const asked = JSON.stringify(question);
  const [stopped, setStopped] = useState<string | undefined>();
  const isStopped = stopped === asked;
  const wantsMore = lastShown > rows.length - 40 && !(isStopped && searchedToMs !== undefined);
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError && wantsMore) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, isError, wantsMore]);

  return (
    <div className="writes">
      <div className="writes-head">
        <div className={isAsked ? 'row wrap' : 'row'}>
          <h3 className="grow clip">
            <Name text={title} />
          </h3>
          {isAsked ? (
            <button type="button" className="btn sm quiet" onClick={onReset}>
              <Icon of={IconArrowLeft} />
              {texts.ofFinding}
            </button>
          ) : null}
          <CopyMenu rows={copied} total={events} />
        </div>
        <p className="t11 faint">
          {total
            ? `${texts.shown(rows.length, events)} ${texts.figures(total.writtenBytes, total.distinctBytes, total.files)}`
            : texts.counting}
        </p>
        <SearchField label={texts.search} placeholder={texts.searchPlaceholder} value={text} onChange={setText} />
        {searchedToMs === undefined ? null : (
          <div className="row t11 dim">
            <span className="grow">
              {texts.searchedTo(rows.length, formatTime(searchedToMs, zone, { seconds: true }))}
            </span>
            <button type="button" className="btn sm quiet" onClick={() => setStopped(isStopped ? undefined : asked)}>
              {isStopped ? texts.goOn : texts.stop}
            </button>
          </div>
        )}
        <label className="row t11 dim">
          <input type="checkbox" checked={withRenames} onChange={(event) => setWithRenames(event.target.checked)} />
          {texts.withRenames}
          {total ? texts.renames(total.renames) : ''}
        </label>
      </div>
      {pages.error ? (
        <div className="page-note">
          <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} />
        </div>
      ) : null}
      {rows.length === 0 && pages.data && !hasNextPage ? (
        <EmptyState icon={IconFile} title={texts.none}>
          {contains === '' ? texts.noneText : texts.noneFound}
        </EmptyState>
      ) : null}
      <ul ref={holder} className="writes-list" style={{ height: list.getTotalSize() }} aria-label={title}>
        {items.map((item) => {
          const row = rows[item.index];
          return row ? <WriteLine key={row.id} row={row} top={item.start - list.options.scrollMargin} /> : null;
        })}
      </ul>
    </div>
  );
}

function WriteLine({ row, top }: { row: WriteRow; top: number }) {
  const name = row.path.slice(Math.max(row.path.lastIndexOf('\\'), row.path.lastIndexOf('/')) + 1);
  return (
    <li className="write-row" style={{ transform: `translateY(${top}px)` }}>
      <Name text={name || row.path} className="clip b" isClipped />
      <span className="tn" title={texts.sizeTitle}>
        {row.sizeBytes > 0 ? formatBytes(row.sizeBytes) : ''}
      </span>
      <span className="t11 faint clip mono-path">
        <Name
          text={row.action === 'rename' && row.sourcePath ? `${row.sourcePath} → ${row.path}` : row.path}
          isClipped
        />
      </span>
      <span className="t11 faint tn">
        {row.action} <TimeText atMs={row.atMs} seconds />
      </span>
    </li>
  );
}

function writesCsv(rows: readonly WriteRow[]): string {
  return toCsv(
    [
      'time',
      'action',
      'host',
      'user',
      'process',
      'pid',
      'executable',
      'path',
      'source path',
      'size bytes',
      'device',
      'volume',
      'bus',
    ],
    rows.map((row) => [
      formatIso(row.atMs),
      row.action,
      row.host,
      row.user,
      row.process,
      row.pid ?? '',
      row.executable ?? '',
      row.path,
      row.sourcePath ?? '',
      row.sizeBytes,
      row.device,
      row.volume ?? '',
      row.busType,
    ]),
  );
}
