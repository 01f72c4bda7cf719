import { useDeferredValue, useMemo, useState } from 'react';
import type { Span } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useLend } from '../commands.ts';
import { useAsk, usePages } from '../queries.ts';
import { choose, useChoices, useZone } from '../state.ts';
import { processTexts as texts } from '../texts/tables.ts';
import type { TimelineData } from '../timeline/use-timeline.ts';
import { useCopyRows } from '../use-copy-rows.ts';
import { usePagedList } from '../use-paged-list.ts';
import { useRowFocus } from '../use-row-focus.ts';
import { ColumnMenu } from '../widgets/column-menu.tsx';
import { CopyMenu } from '../widgets/copy-menu.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { PagedBody } from '../widgets/paged-body.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { chooseColumns } from '../widgets/table-columns.ts';
import { TableHead } from '../widgets/table-head.tsx';
import { formatDay } from '../window-format.ts';
import { droppedProcessColumns, processColumns, processesCsv, processNamePx } from './process-columns.ts';
import { ProcessLine } from './process-line.tsx';

const rowPx = 29;
const pageRows = 200;
/** Width of a time column while the span lies inside one day. */
const clockPx = 72;

type Column = (typeof processColumns)[number];

/** The processes that wrote in the span, sorted by the store, with the columns the person wants and the width allows. */
export function ProcessTable({
  data,
  span,
  filter,
  finding,
  hosts,
  width,
}: {
  data: TimelineData;
  span: Span;
  filter: EvidenceFilter;
  finding: FindingRow | undefined;
  hosts: number;
  width: number;
}) {
  const zone = useZone();
  const sort = useChoices((choices) => choices.processSort);
  const wanted = useChoices((choices) => choices.processColumns);
  const evidence = useChoices((choices) => choices.evidence);
  const isOneHost = evidence.hosts.length === 1;
  const [text, setText] = useState('');
  const contains = useDeferredValue(text.trim());
  const question = {
    filter: { ...filter, fromMs: span.startMs, toMs: span.endMs },
    sort: sort.by,
    descending: sort.isDescending,
    limit: pageRows,
    ...(contains === '' ? {} : { contains }),
  };
  const pages = usePages('scored-processes.list', question, { keepsPrevious: true });
  const prevalence = useAsk('terms.list', { field: 'process', filter: {}, limit: 1_000 });
  const hostsOf = useMemo(
    () => new Map((prevalence.data?.rows ?? []).map((row) => [row.value, row.hosts])),
    [prevalence.data],
  );
  const paged = usePagedList(pages, rowPx);
  const { rows, total, scroller } = paged;
  const isOneDay = formatDay(span.startMs, zone, true) === formatDay(span.endMs, zone, true);
  const widthOf = (column: Column) =>
    isOneDay && (column.id === 'firstSeenMs' || column.id === 'lastSeenMs') ? clockPx : column.width;
  const shown = chooseColumns(processColumns, {
    wanted: { host: !isOneHost, ...wanted },
    width,
    namePx: processNamePx,
    dropOrder: droppedProcessColumns,
    widthOf,
  });
  const ceiling =
    isOneHost && finding !== undefined && finding.host === evidence.hosts[0]
      ? Math.round(finding.elastic.ceiling)
      : undefined;
  const titleOf = ({ id, title }: Column) =>
    id === 'hosts'
      ? texts.hostsOf(hosts)
      : id === 'elastic' && ceiling !== undefined
        ? texts.elasticMax(ceiling)
        : title;

  const copied = useCopyRows('scored-processes.list', question, { toCsv: (found) => processesCsv(found, hostsOf) });
  const { copy } = copied;
  useLend(
    'processes',
    useMemo(() => ({ copyCsv: () => copy('csv') }), [copy]),
  );

  const colourOf = useMemo(() => new Map(data.grid?.lanes.map((lane) => [lane.key, lane.colour])), [data.grid]);
  const isChosen = (row: (typeof rows)[number]) =>
    finding !== undefined &&
    row.process === finding.process &&
    row.host === finding.host &&
    (finding.executable === undefined || row.executable === finding.executable);
  const focus = useRowFocus(paged, Math.max(0, rows.findIndex(isChosen)));
  const onSort = (processSort: typeof sort) => choose({ processSort });

  return (
    <>
      <div className="bar table-bar">
        <h2>{texts.heading}</h2>
        <span className="t11 faint clip" title={texts.shownTitle(rows.length, total)}>
          {pages.data ? texts.shown(rows.length, total, contains !== '') : ''}
        </span>
        <span className="grow" />
        <SearchField label={texts.search} placeholder={texts.searchPlaceholder} value={text} onChange={setText} />
        <CopyMenu rows={copied} total={total} />
        <ColumnMenu
          columns={processColumns}
          shown={shown}
          onToggle={(id, isShown) => choose({ processColumns: { ...wanted, [id]: isShown } })}
          onReset={() => choose({ processColumns: {} })}
        />
      </div>
      <section className="scroll" ref={scroller} aria-label={texts.label}>
        {pages.error ? (
          <div className="page">
            <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} />
          </div>
        ) : (
          <table
            className="process-table"
            aria-rowcount={total + 1}
            style={{ minWidth: processNamePx + shown.reduce((sum, column) => sum + widthOf(column), 0) }}
          >
            <TableHead
              name={{ title: texts.process, says: texts.processSays, sort: 'process' }}
              columns={shown}
              now={sort}
              ascending={['host']}
              widthOf={widthOf}
              titleOf={titleOf}
              onSort={onSort}
            />
            <PagedBody paged={paged} focus={focus}>
              {(row, index) => (
                <ProcessLine
                  key={`${row.host}\u0000${row.process}\u0000${row.executable}`}
                  row={row}
                  index={index}
                  tabIndex={focus.tabIndexOf(index)}
                  columns={shown}
                  colour={colourOf.get(row.process) ?? 'c6'}
                  isSelected={isChosen(row)}
                  hosts={hostsOf.get(row.process)}
                  data={data}
                  span={span}
                  zone={zone}
                  isOneDay={isOneDay}
                />
              )}
            </PagedBody>
          </table>
        )}
      </section>
    </>
  );
}
