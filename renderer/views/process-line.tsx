import { formatIso, type TimeZone } from '../../shared/base/format.ts';
import type { Span } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { ScoredProcessRow } from '../../shared/model/scored-process.ts';
import { goTo, type ProcessColumn, useChoices } from '../state.ts';
import { processTexts } from '../texts/tables.ts';
import type { LaneColour } from '../timeline/lanes.ts';
import type { TimelineData } from '../timeline/use-timeline.ts';
import { ElasticMeter, Meter } from '../widgets/meter.tsx';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatClock, formatCount, formatTime } from '../window-format.ts';
import type { processColumns } from './process-columns.ts';
import { SpanRow } from './span-row.tsx';
import { Spark } from './spark.tsx';

/** The folder of a path without the file name; both separators count. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
}

/** One row of the process table. A press narrows the view to this process, another one widens it again. */
export function ProcessLine({
  row,
  index,
  tabIndex,
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
  tabIndex: 0 | -1;
  columns: typeof processColumns;
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
        return <Spark name={row.process} volumes={data.volumes} span={span} colour={colour} />;
      case 'writtenBytes':
        return formatBytes(row.writtenBytes);
      case 'distinctBytes':
        return <span className={isSelected ? 'b' : ''}>{formatBytes(row.distinctBytes)}</span>;
      case 'hosts':
        return hosts === undefined ? processTexts.unknown : formatCount(hosts);
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
            <span>{formatCount(Math.round(row.rarity))}</span>
          </span>
        );
      case 'elastic':
        return (
          <span className="with-value" title={elasticTitle(row)}>
            <ElasticMeter score={row.elastic.score} ceiling={row.elastic.ceiling} />
            <span>{formatCount(Math.round(row.elastic.score))}</span>
          </span>
        );
      default:
        return formatCount(row[id]);
    }
  };
  return (
    <SpanRow
      index={index}
      tabIndex={tabIndex}
      isSelected={isSelected}
      mark={<i className={`swatch ${colour}`} />}
      name={
        <>
          <Name text={row.process} className={isSelected ? 'b' : ''} />{' '}
          {row.executable ? <Name text={folderOf(row.executable)} className="faint t11" /> : null}
        </>
      }
      title={processTexts.showOnly(visibleText(row.executable ?? row.process))}
      columns={shown}
      cell={cell}
      onShow={show}
    />
  );
}

function elasticTitle({ elastic: { score, ceiling, processHours } }: ScoredProcessRow): string {
  return processTexts.elasticTitle(Math.round(score), Math.round(ceiling), processHours);
}
