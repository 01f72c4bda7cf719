import { useMemo } from 'react';
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
import { chooseColumns } from '../widgets/table-columns.ts';
import { formatDay } from '../window-format.ts';
import { droppedProcessColumns, processColumns, processesCsv } from './process-columns.ts';
import { ProcessLine } from './process-line.tsx';
import { SpanTable, spanNamePx, spanRowPx } from './span-table.tsx';
import { useSpanQuestion } from './use-span-question.ts';

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
  const { search, isNarrowed, question } = useSpanQuestion(span, filter, sort);
  const pages = usePages('scored-processes.list', question, { keepsPrevious: true });
  const prevalence = useAsk('terms.list', { field: 'process', filter: {}, limit: 1_000 });
  const hostsOf = useMemo(
    () => new Map((prevalence.data?.rows ?? []).map((row) => [row.value, row.hosts])),
    [prevalence.data],
  );
  const paged = usePagedList(pages, spanRowPx);
  const { rows } = paged;
  const isOneDay = formatDay(span.startMs, zone, true) === formatDay(span.endMs, zone, true);
  const widthOf = (column: Column) =>
    isOneDay && (column.id === 'firstSeenMs' || column.id === 'lastSeenMs') ? clockPx : column.width;
  const shown = chooseColumns(processColumns, {
    wanted: { host: !isOneHost, ...wanted },
    width,
    namePx: spanNamePx,
    dropOrder: droppedProcessColumns,
    widthOf,
  });
  // It grows with what is known of a host: one figure stands for all rows only where they agree.
  const ceilings = new Set(rows.map((row) => Math.round(row.elastic.ceiling)));
  const ceiling = ceilings.size === 1 ? [...ceilings][0] : undefined;
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

  return (
    <SpanTable
      words={texts}
      isNarrowed={isNarrowed}
      answer={pages}
      paged={paged}
      focus={focus}
      search={search}
      copied={copied}
      columns={processColumns}
      shown={shown}
      onToggle={(id, isShown) => choose({ processColumns: { ...wanted, [id]: isShown } })}
      onReset={() => choose({ processColumns: {} })}
      name={{ title: texts.process, says: texts.processSays, sort: 'process' }}
      sort={sort}
      onSort={(processSort) => choose({ processSort })}
      ascending={['host']}
      widthOf={widthOf}
      titleOf={titleOf}
    >
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
    </SpanTable>
  );
}
