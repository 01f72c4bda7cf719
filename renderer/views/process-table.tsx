import { Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconColumns, IconDownload } from '@tabler/icons-react';
import { useMemo } from 'react';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDay,
  formatIso,
  formatTime,
  type TimeZone,
} from '../../shared/base/format.ts';
import type { Span } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { ScoredProcessRow } from '../../shared/model/scored-process.ts';
import { useLend } from '../commands.ts';
import { useAct, useAsk, usePages } from '../queries.ts';
import { choose, goTo, type ProcessColumn, type ProcessSort, useChoices, useZone } from '../state.ts';
import { type LaneColour, visibleBuckets } from '../timeline/lanes.ts';
import type { TimelineData } from '../timeline/use-timeline.ts';
import { usePagedList } from '../use-paged-list.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { ElasticMeter, Meter } from '../widgets/meter.tsx';
import { Name } from '../widgets/name.tsx';
import { toCsv } from './csv.ts';

const rowPx = 29;
const pageRows = 200;
const nameMinPx = 144;
const scrollbarPx = 10;
/** Columns that go first where not all have room, unless the person switched them on. */
const dropOrder: readonly ProcessColumn[] = ['lastSeenMs', 'firstSeenMs', 'hosts', 'shape'];
/** Width of a time column while the span lies inside one day. */
const clockPx = 72;

interface Column {
  readonly id: ProcessColumn;
  readonly title: string;
  /** What the figure is, for the header's title. */
  readonly says: string;
  readonly width: number;
  readonly sort?: ProcessSort;
  readonly isNumber?: boolean;
  /** Shown by default from this width of the pane on; never by itself where absent. */
  readonly from?: number;
}

const columns: readonly Column[] = [
  { id: 'host', title: 'Host', says: 'Host the process ran on', width: 88, sort: 'host' },
  { id: 'shape', title: 'In the span', says: 'When it wrote inside the span', width: 106, from: 600 },
  {
    id: 'writtenBytes',
    title: 'Event sum',
    says: 'File sizes added up over all counted events: rewrites count again',
    width: 72,
    sort: 'writtenBytes',
    isNumber: true,
    from: 0,
  },
  {
    id: 'distinctBytes',
    title: 'Distinct',
    says: 'The last size of each path, added up',
    width: 68,
    isNumber: true,
    from: 0,
  },
  { id: 'files', title: 'Files', says: 'Distinct paths written', width: 52, sort: 'files', isNumber: true, from: 0 },
  {
    id: 'events',
    title: 'Events',
    says: 'Counted events: creations, overwrites and modifications',
    width: 64,
    sort: 'events',
    isNumber: true,
  },
  {
    id: 'hosts',
    title: 'Hosts',
    says: 'Hosts on which a process of this name ever wrote to an external device',
    width: 78,
    isNumber: true,
    from: 700,
  },
  { id: 'users', title: 'Users', says: 'Users it ran as', width: 52, isNumber: true },
  { id: 'devices', title: 'Devices', says: 'Devices it wrote to', width: 60, isNumber: true },
  {
    id: 'firstSeenMs',
    title: 'First seen',
    says: 'First write in the span',
    width: 86,
    sort: 'firstSeenMs',
    from: 900,
  },
  { id: 'lastSeenMs', title: 'Last seen', says: 'Last write in the span', width: 86, sort: 'lastSeenMs', from: 900 },
  {
    id: 'rarity',
    title: 'Rarity',
    says: 'Highest Portside score of a finding of this process in the span, of 100',
    width: 78,
    sort: 'rarity',
    from: 0,
  },
  {
    id: 'elastic',
    title: 'Elastic',
    says: 'Elastic-comparable score; the mark is the most it can reach on this host',
    width: 98,
    sort: 'elastic',
    from: 0,
  },
];

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
  const pages = usePages(
    'scored-processes.list',
    {
      filter: { ...filter, fromMs: span.startMs, toMs: span.endMs },
      sort: sort.by,
      descending: sort.isDescending,
      limit: pageRows,
    },
    { keepsPrevious: true },
  );
  const prevalence = useAsk('terms.list', { field: 'process', filter: {}, limit: 1_000 });
  const hostsOf = useMemo(
    () => new Map((prevalence.data?.rows ?? []).map((row) => [row.value, row.hosts])),
    [prevalence.data],
  );
  const { rows, total, scroller, items, abovePx, belowPx } = usePagedList(pages, rowPx);
  const isOneDay = formatDay(span.startMs, zone, true) === formatDay(span.endMs, zone, true);
  const widthOf = (column: Column) =>
    isOneDay && (column.id === 'firstSeenMs' || column.id === 'lastSeenMs') ? clockPx : column.width;
  const shown = chooseColumns(wanted, isOneHost, width, widthOf);
  const ceiling =
    isOneHost && finding !== undefined && finding.host === evidence.hosts[0]
      ? Math.round(finding.elastic.ceiling)
      : undefined;

  const copy = useAct('clipboard.write');
  const copyText = copy.mutate;
  useLend(
    'processes',
    useMemo(() => ({ copyCsv: () => copyText({ text: processesCsv(rows, hostsOf) }) }), [copyText, rows, hostsOf]),
  );

  const colourOf = useMemo(() => new Map(data.grid?.lanes.map((lane) => [lane.key, lane.colour])), [data.grid]);

  return (
    <>
      <div className="bar table-bar">
        <h2>Processes</h2>
        <span className="t11 faint clip">
          {pages.data ? `${formatCount(rows.length)} of ${formatCount(total)} that wrote in the span` : ''}
        </span>
        <span className="grow" />
        {copy.isSuccess ? <span className="t11 faint">copied</span> : null}
        <button
          type="button"
          className="btn sm quiet"
          title={`Copy the ${formatCount(rows.length)} loaded rows as CSV`}
          onClick={() => copyText({ text: processesCsv(rows, hostsOf) })}
        >
          <Icon of={IconDownload} />
          CSV
        </button>
        <Menu position="bottom-end" width={200} offset={4} closeOnItemClick={false} shadow="none">
          <Menu.Target>
            <button type="button" className="btn sm quiet icon-only" aria-label="Choose columns" title="Choose columns">
              <Icon of={IconColumns} />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>Columns</Menu.Label>
            {columns.map((column) => {
              const isShown = shown.includes(column);
              return (
                <Menu.Item
                  key={column.id}
                  role="menuitemcheckbox"
                  aria-checked={isShown}
                  onClick={() => choose({ processColumns: { ...wanted, [column.id]: !isShown } })}
                  leftSection={<span className={isShown ? 'tick on' : 'tick'} aria-hidden="true" />}
                >
                  {column.title}
                </Menu.Item>
              );
            })}
            <Menu.Divider />
            <Menu.Item onClick={() => choose({ processColumns: {} })}>As the width allows</Menu.Item>
            <Menu.Divider />
            <Menu.Item onClick={() => copyText({ text: `${JSON.stringify(rows, undefined, 2)}\n` })}>
              Copy the {formatCount(rows.length)} loaded rows as JSON
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <section className="scroll" ref={scroller} aria-label="Processes that wrote in the span">
        {pages.error ? (
          <div className="page">
            <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} />
          </div>
        ) : (
          <table
            className="process-table"
            aria-rowcount={total + 1}
            style={{ minWidth: nameMinPx + shown.reduce((sum, column) => sum + widthOf(column), 0) }}
          >
            <colgroup>
              <col />
              {shown.map((column) => (
                <col key={column.id} style={{ width: widthOf(column) }} />
              ))}
            </colgroup>
            <thead>
              <tr>
                <SortHeader sort="process" title="Process" says="Name and folder of the program" />
                {shown.map((column) => (
                  <SortHeader
                    key={column.id}
                    {...(column.sort ? { sort: column.sort } : {})}
                    title={titleOf(column, hosts, ceiling)}
                    says={column.says}
                    isNumber={column.isNumber ?? false}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {abovePx > 0 ? <tr className="spacer" style={{ height: abovePx }} /> : null}
              {items.map((item) => {
                const row = rows[item.index];
                if (!row) return null;
                const isChosen =
                  finding !== undefined &&
                  row.process === finding.process &&
                  row.host === finding.host &&
                  (finding.executable === undefined || row.executable === finding.executable);
                return (
                  <ProcessLine
                    key={`${row.host}\u0000${row.process}\u0000${row.executable}`}
                    row={row}
                    index={item.index}
                    columns={shown}
                    colour={colourOf.get(row.process) ?? 'c6'}
                    isSelected={isChosen}
                    hosts={hostsOf.get(row.process)}
                    data={data}
                    span={span}
                    zone={zone}
                    isOneDay={isOneDay}
                  />
                );
              })}
              {belowPx > 0 ? <tr className="spacer" style={{ height: belowPx }} /> : null}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}

/** The columns the person wants, and of the others those that have room. */
function chooseColumns(
  wanted: Readonly<Partial<Record<ProcessColumn, boolean>>>,
  isOneHost: boolean,
  width: number,
  widthOf: (column: Column) => number,
): readonly Column[] {
  let shown = columns.filter(
    (column) =>
      wanted[column.id] ?? (column.id === 'host' ? !isOneHost : column.from !== undefined && width >= column.from),
  );
  const needed = () => nameMinPx + scrollbarPx + shown.reduce((sum, column) => sum + widthOf(column), 0);
  for (const id of dropOrder) {
    if (needed() > width && wanted[id] === undefined) shown = shown.filter((column) => column.id !== id);
  }
  return shown;
}

function titleOf(column: Column, hosts: number, ceiling: number | undefined): string {
  if (column.id === 'hosts') return `Hosts of ${formatCount(hosts)}`;
  if (column.id === 'elastic') return ceiling === undefined ? 'Elastic' : `Elastic, max ${ceiling}`;
  return column.title;
}

function SortHeader({
  sort,
  title,
  says,
  isNumber = false,
}: {
  sort?: ProcessSort;
  title: string;
  says: string;
  isNumber?: boolean;
}) {
  const now = useChoices((choices) => choices.processSort);
  const isSorted = sort !== undefined && now.by === sort;
  const direction = now.isDescending ? 'descending' : 'ascending';
  return (
    <th className={isNumber ? 'num' : ''} title={says} aria-sort={isSorted ? direction : undefined} scope="col">
      {sort ? (
        <button
          type="button"
          onClick={() =>
            choose({
              processSort: {
                by: sort,
                isDescending: isSorted ? !now.isDescending : sort !== 'process' && sort !== 'host',
              },
            })
          }
        >
          {title}
          {isSorted ? <Icon of={now.isDescending ? IconArrowDown : IconArrowUp} isSmall /> : null}
        </button>
      ) : (
        title
      )}
    </th>
  );
}

/** The folder of a path without the file name; both separators count. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
}

function ProcessLine({
  row,
  index,
  columns: shown,
  colour,
  isSelected,
  hosts,
  data,
  span,
  zone,
  isOneDay,
}: {
  row: ScoredProcessRow;
  index: number;
  columns: readonly Column[];
  colour: LaneColour;
  isSelected: boolean;
  hosts: number | undefined;
  data: TimelineData;
  span: Span;
  zone: TimeZone;
  isOneDay: boolean;
}) {
  const show = () => {
    const { evidence } = useChoices.getState();
    const isOnly = evidence.processes.length === 1 && evidence.processes[0] === row.process;
    goTo({ evidence: { ...evidence, processes: isOnly ? [] : [row.process] } });
  };
  const cell = (id: ProcessColumn) => {
    switch (id) {
      case 'host':
        return <Name text={row.host} className="clip" isClipped />;
      case 'shape':
        return <Spark process={row.process} data={data} span={span} colour={colour} />;
      case 'writtenBytes':
        return formatBytes(row.writtenBytes);
      case 'distinctBytes':
        return <span className={isSelected ? 'b' : ''}>{formatBytes(row.distinctBytes)}</span>;
      case 'hosts':
        return hosts === undefined ? '–' : formatCount(hosts);
      case 'firstSeenMs':
      case 'lastSeenMs':
        return (
          <span title={formatIso(row[id])}>
            {isOneDay ? formatClock(row[id], zone, true) : formatTime(row[id], zone)}
          </span>
        );
      case 'rarity':
        return (
          <span className="with-value">
            <Meter score={row.rarity} />
            <span>{Math.round(row.rarity)}</span>
          </span>
        );
      case 'elastic':
        return (
          <span className="with-value" title={elasticTitle(row)}>
            <ElasticMeter score={row.elastic.score} ceiling={row.elastic.ceiling} />
            <span>{Math.round(row.elastic.score)}</span>
          </span>
        );
      default:
        return formatCount(row[id]);
    }
  };
  return (
    <tr className={isSelected ? 'is-selected' : ''} aria-rowindex={index + 2} onClick={show}>
      <td className="cell-name">
        <span className="row">
          <i className={`swatch ${colour}`} />
          <button
            type="button"
            className="lane-name"
            title={`${visibleText(row.executable ?? row.process)}. Show only this process.`}
            onClick={(event) => {
              event.stopPropagation();
              show();
            }}
          >
            <Name text={row.process} className={isSelected ? 'b' : ''} />{' '}
            {row.executable ? <Name text={folderOf(row.executable)} className="faint t11" /> : null}
          </button>
        </span>
      </td>
      {shown.map((column) => (
        <td
          key={column.id}
          className={
            column.isNumber ? 'num' : column.id === 'firstSeenMs' || column.id === 'lastSeenMs' ? 'tn' : 'clip'
          }
        >
          {cell(column.id)}
        </td>
      ))}
    </tr>
  );
}

function elasticTitle(row: ScoredProcessRow): string {
  const { score, ceiling, processHours } = row.elastic;
  return `Elastic-comparable score ${Math.round(score)} of at most ${Math.round(ceiling)}: ${formatCount(processHours)} process-hours are known on this host.`;
}

const sparkPx = 90;

/** When a process wrote inside the span: one path, at most 90 columns. */
function Spark({
  process,
  data,
  span,
  colour,
}: {
  process: string;
  data: TimelineData;
  span: Span;
  colour: LaneColour;
}) {
  const path = useMemo(() => {
    const volumes = data.volumes;
    const grid = data.grid;
    if (!volumes || !grid) return '';
    const key = volumes.columns.keys.indexOf(process);
    if (key < 0) return '';
    const { from, to } = visibleBuckets(grid, span);
    const slots = Math.max(1, Math.min(sparkPx / 1.5, to - from));
    const sums = new Float64Array(Math.floor(slots));
    volumes.columns.startMs.forEach((startMs, row) => {
      if (volumes.columns.keyIndex[row] !== key) return;
      const bucket = Math.floor((startMs - grid.startMs) / grid.bucketMs);
      if (bucket < from || bucket >= to) return;
      const slot = Math.min(sums.length - 1, Math.floor(((bucket - from) / (to - from)) * sums.length));
      sums[slot] = (sums[slot] ?? 0) + (volumes.columns.writtenBytes[row] ?? 0);
    });
    const max = Math.max(...sums, 1);
    const step = sparkPx / sums.length;
    const bar = Math.max(1, Math.min(step, 3));
    return Array.from(sums)
      .map((sum, slot) => {
        if (sum <= 0) return '';
        const height = Math.max(2, (sum / max) * 16);
        return `M${(slot * step).toFixed(1)} ${17 - height}h${bar.toFixed(1)}v${height.toFixed(1)}h-${bar.toFixed(1)}z`;
      })
      .join('');
  }, [process, data.volumes, data.grid, span]);
  return (
    <svg className="spark" viewBox="0 0 90 18" aria-hidden="true">
      <path d="M0 17.5H90" stroke="var(--line-2)" />
      <path d={path} fill={`var(--${colour})`} />
    </svg>
  );
}

function processesCsv(rows: readonly ScoredProcessRow[], hostsOf: ReadonlyMap<string, number>): string {
  return toCsv(
    [
      'host',
      'process',
      'executable',
      'event sum bytes',
      'distinct bytes',
      'files',
      'events',
      'devices',
      'users',
      'hosts with this name',
      'first seen',
      'last seen',
      'rarity',
      'elastic score',
      'elastic ceiling',
    ],
    rows.map((row) => [
      row.host,
      row.process,
      row.executable ?? '',
      row.writtenBytes,
      row.distinctBytes,
      row.files,
      row.events,
      row.devices,
      row.users,
      hostsOf.get(row.process) ?? '',
      formatIso(row.firstSeenMs),
      formatIso(row.lastSeenMs),
      Math.round(row.rarity),
      Math.round(row.elastic.score),
      Math.round(row.elastic.ceiling),
    ]),
  );
}
