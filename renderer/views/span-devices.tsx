import { useMemo } from 'react';
import { formatIso } from '../../shared/base/format.ts';
import type { Span } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { DeviceRow } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { SpanDeviceColumn } from '../device-choice.ts';
import { useAsk, usePages } from '../queries.ts';
import { choose, goTo, useChoices, useZone } from '../state.ts';
import { devicesTexts } from '../texts/devices.ts';
import { spanDeviceTexts as texts } from '../texts/span-devices.ts';
import { useVolumes } from '../timeline/use-timeline.ts';
import { useCopyRows } from '../use-copy-rows.ts';
import { usePagedList } from '../use-paged-list.ts';
import { useRowFocus } from '../use-row-focus.ts';
import { busName, deviceName } from '../widgets/device-name.ts';
import { Name } from '../widgets/name.tsx';
import { chooseColumns } from '../widgets/table-columns.ts';
import { formatBytes, formatCount, formatTime } from '../window-format.ts';
import { devicesCsv } from './device-columns.ts';
import { DecisionTag } from './device-decision.tsx';
import { droppedSpanDeviceColumns, spanDeviceColumns } from './span-device-columns.ts';
import { SpanRow } from './span-row.tsx';
import { SpanTable, spanNamePx, spanRowPx } from './span-table.tsx';
import { Spark } from './spark.tsx';
import { useSpanQuestion } from './use-span-question.ts';

/** The devices that were written to in the span, sorted and searched by the store. A row narrows the view to its device. */
export function SpanDevices({
  span,
  filter,
  finding,
  width,
  plotWidth,
}: {
  span: Span;
  filter: EvidenceFilter;
  finding: FindingRow | undefined;
  width: number;
  /** Width of the time axis above. */
  plotWidth: number;
}) {
  const zone = useZone();
  const sort = useChoices((choices) => choices.spanDeviceSort);
  const wanted = useChoices((choices) => choices.spanDeviceColumns);
  const chosen = useChoices((choices) => choices.evidence.devices);
  const { search, isNarrowed, question } = useSpanQuestion(span, filter, sort);
  const pages = usePages('devices.list', question, { keepsPrevious: true });
  const { data: volumes } = useVolumes(span, filter, plotWidth, 'device');
  const decisions = useAsk('devices.decisions', {});
  const decisionOf = useMemo(
    () => new Map(decisions.data?.map(({ device, decision }) => [device, decision] as const)),
    [decisions.data],
  );
  const paged = usePagedList(pages, spanRowPx);
  const { rows } = paged;
  const shown = chooseColumns(spanDeviceColumns, {
    wanted,
    width,
    namePx: spanNamePx,
    dropOrder: droppedSpanDeviceColumns,
  });
  const copied = useCopyRows('devices.list', question, {
    toCsv: (found) => devicesCsv(found.map((row) => ({ ...row, decision: decisionOf.get(row.id) }))),
    toJson: (row) => ({ ...row, decision: decisionOf.get(row.id) }),
  });
  const focus = useRowFocus(
    paged,
    Math.max(
      0,
      rows.findIndex((row) => row.id === finding?.device),
    ),
  );
  const isOnly = (row: DeviceRow) => chosen.length === 1 && chosen[0] === row.id;
  const show = (row: DeviceRow) => {
    const { evidence } = useChoices.getState();
    goTo({ evidence: { ...evidence, devices: isOnly(row) ? [] : [row.id] } });
  };
  const cell = (id: SpanDeviceColumn, row: DeviceRow) => {
    switch (id) {
      case 'decision': {
        const decision = decisionOf.get(row.id);
        return decision ? <DecisionTag decision={decision} /> : <span className="faint">{devicesTexts.unknown}</span>;
      }
      case 'serial':
        return row.serial ? (
          <code className="clip">
            <Name text={row.serial} isClipped />
          </code>
        ) : (
          <span className="faint">{devicesTexts.noSerial}</span>
        );
      case 'busType':
        return row.busType ? <Name text={busName(row.busType)} isClipped /> : devicesTexts.unknown;
      case 'shape':
        return <Spark name={row.id} volumes={volumes} span={span} colour="span" />;
      case 'writtenBytes':
        return formatBytes(row.writtenBytes);
      case 'firstSeenMs':
      case 'lastSeenMs':
        return <span title={formatIso(row[id])}>{formatTime(row[id], zone)}</span>;
      default:
        return formatCount(row[id]);
    }
  };
  return (
    <SpanTable
      words={texts}
      isNarrowed={isNarrowed}
      answer={pages}
      paged={paged}
      focus={focus}
      search={search}
      copied={copied}
      columns={spanDeviceColumns}
      shown={shown}
      onToggle={(id, isShown) => choose({ spanDeviceColumns: { ...wanted, [id]: isShown } })}
      onReset={() => choose({ spanDeviceColumns: {} })}
      name={{ title: texts.device, says: texts.nameSays, sort: 'name' }}
      sort={sort}
      onSort={(spanDeviceSort) => choose({ spanDeviceSort })}
      ascending={['serial', 'busType']}
    >
      {(row, index) => (
        <SpanRow
          key={row.id}
          index={index}
          tabIndex={focus.tabIndexOf(index)}
          isSelected={row.id === finding?.device}
          name={<Name text={deviceName(row.id, row)} className={row.id === finding?.device ? 'b' : ''} />}
          title={texts.showOnly(visibleText(deviceName(row.id, row)), isOnly(row))}
          columns={shown}
          cell={(id) => cell(id, row)}
          onShow={() => show(row)}
        />
      )}
    </SpanTable>
  );
}
