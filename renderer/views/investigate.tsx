import { Menu } from '@mantine/core';
import { IconChevronDown, IconClock, IconMinus, IconPlus, IconTable, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useRef } from 'react';
import { dayMs, hourMs, type Span } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useLend } from '../commands.ts';
import { useAsk } from '../queries.ts';
import { choose, goTo, toEvidenceFilter, useChoices, useZone } from '../state.ts';
import { investigateTexts as texts } from '../texts/investigate.ts';
import { gutterPx, rightPx } from '../timeline/layout.ts';
import { Minimap } from '../timeline/minimap.tsx';
import { clampSpan, overlaps, spanAround, wholeSpan, zoomSpan } from '../timeline/span.ts';
import { useAskedSpan, useSpanView } from '../timeline/span-view.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { TimelineTable } from '../timeline/timeline-table.tsx';
import { useSize } from '../timeline/use-canvas.ts';
import { useTimeline } from '../timeline/use-timeline.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { deviceName } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { FindingPane } from './finding-pane.tsx';
import { FindingsQueue } from './findings-queue.tsx';
import { FirstRun } from './first-run.tsx';
import { ProcessTable } from './process-table.tsx';
import { showSurroundings } from './select-finding.ts';
import { SpanDevices } from './span-devices.tsx';
import './investigate.css';
import { formatSpan } from '../window-format.ts';

/** The first view: the queue, the timeline with the processes, the selected finding. */
export function InvestigateView() {
  const findingId = useChoices((choices) => choices.findingId);
  const finding = useAsk('finding.read', { id: findingId ?? '' }, { isEnabled: findingId !== undefined });
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const summary = workspace.data?.summary;
  const history = useMemo(() => wholeSpan(summary?.firstMs, summary?.lastMs), [summary?.firstMs, summary?.lastMs]);
  const isEmpty = summary !== undefined && summary.writes === 0;
  const selected = findingId === undefined ? undefined : finding.data;
  // A finding that was reached by Back, a link or another view brings its host and time with it.
  useEffect(() => {
    if (selected) showSurroundings(selected);
  }, [selected]);
  return (
    <div className="investigate">
      <FindingsQueue isEmpty={isEmpty} />
      {history && summary ? (
        <Middle history={history} finding={selected} hosts={summary.hosts} />
      ) : (
        <section className="pane" aria-label={texts.timelineAndProcesses}>
          {workspace.error ? (
            <FailureNotice error={workspace.error} onRetry={() => void workspace.refetch()} isWhole />
          ) : isEmpty ? (
            <FirstRun />
          ) : null}
        </section>
      )}
      <FindingPane
        findingId={findingId}
        finding={selected}
        error={finding.error}
        onRetry={() => void finding.refetch()}
        isEmpty={isEmpty}
      />
    </div>
  );
}

const lengths = [
  { value: '1h', title: '1 h', lengthMs: hourMs },
  { value: '5h', title: '5 h', lengthMs: 5 * hourMs },
  { value: '1d', title: '1 d', lengthMs: dayMs },
  { value: '7d', title: '7 d', lengthMs: 7 * dayMs },
] as const;

function Middle({ history, finding, hosts }: { history: Span; finding: FindingRow | undefined; hosts: number }) {
  const zone = useZone();
  const chosenSpan = useChoices((choices) => choices.span);
  const evidence = useChoices((choices) => choices.evidence);
  const isTable = useChoices((choices) => choices.isTimelineTable);
  const spanTable = useChoices((choices) => choices.spanTable);
  const span = chosenSpan ?? history;
  const view = useSpanView(span, history);
  const pane = useRef<HTMLElement>(null);
  const { width, height } = useSize(pane);
  const filter = useMemo(() => toEvidenceFilter(evidence), [evidence]);
  const plotWidth = Math.max(0, width - gutterPx - rightPx);
  const data = useTimeline(span, span, filter, plotWidth, finding);

  useLend(
    'timeline',
    useMemo(
      () => ({
        zoom: (factor: number) => {
          const now = view.now();
          view.show(zoomSpan(now, factor, view.pointed() ?? middleInSight(finding, now)), 'now');
        },
        fitFinding: () => view.show(finding ? spanAround(finding.startMs, finding.endMs) : history, 'now'),
        whole: () => view.show(history, 'now'),
      }),
      [view, finding, history],
    ),
  );

  const length = lengths.find(({ lengthMs }) => Math.abs(span.endMs - span.startMs - lengthMs) < 1000)?.value;
  const isSilent = data.grid !== undefined && data.grid.lanes.length === 0;
  return (
    <section ref={pane} className="pane middle" aria-label={texts.timelineAndProcesses}>
      <div className="bar context">
        <HostChip />
        <BusChip />
        <DeviceChip names={data.deviceOf} />
        {evidence.processes.length > 0 ? (
          <ClearChip
            text={
              evidence.processes.length === 1
                ? (evidence.processes[0] ?? '')
                : texts.manyProcesses(evidence.processes.length)
            }
            label={texts.showAllProcesses}
            onClear={() => goTo({ evidence: { ...evidence, processes: [] } })}
          />
        ) : null}
        {evidence.users.length > 0 ? (
          <ClearChip
            text={evidence.users.length === 1 ? (evidence.users[0] ?? '') : texts.manyUsers(evidence.users.length)}
            label={texts.showAllUsers}
            onClear={() => goTo({ evidence: { ...evidence, users: [] } })}
          />
        ) : null}
        <div className="when">
          <span className="t12 dim clip" title={`${texts.span}: ${formatSpan(span.startMs, span.endMs, zone)}`}>
            {formatSpan(span.startMs, span.endMs, zone)}
          </span>
          <Segments
            label={texts.spanLength}
            className="wide"
            value={length}
            options={lengths}
            onChange={(value) => {
              const lengthMs = lengths.find((entry) => entry.value === value)?.lengthMs ?? hourMs;
              const now = view.now();
              const middle = middleInSight(finding, now) ?? (now.startMs + now.endMs) / 2;
              view.show(clampSpan({ startMs: middle - lengthMs / 2, endMs: middle + lengthMs / 2 }), 'now');
            }}
          />
          <CommandButton id="timeline.zoom-out" icon={IconMinus} isTitleHidden className="btn sm quiet" />
          <CommandButton id="timeline.zoom-in" icon={IconPlus} isTitleHidden className="btn sm quiet" />
          <button
            type="button"
            className="btn sm"
            aria-pressed={isTable}
            title={texts.tableTitle}
            onClick={() => choose({ isTimelineTable: !isTable })}
          >
            <Icon of={IconTable} />
            <span className="wide">{texts.table}</span>
          </button>
        </div>
      </div>
      {data.error ? (
        <div className="page">
          <FailureNotice error={data.error} onRetry={data.retry} />
        </div>
      ) : isTable ? (
        <TimelineTable data={data} span={span} finding={finding} />
      ) : (
        <>
          <Bands
            span={span}
            filter={filter}
            view={view}
            width={width}
            paneHeight={height}
            finding={finding}
            history={history}
          />
          <Minimap history={history} filter={filter} view={view} width={width} />
        </>
      )}
      {isSilent && !isTable ? (
        <EmptyState
          icon={IconClock}
          title={texts.nobodyWrote}
          actions={
            <>
              {finding ? <CommandButton id="timeline.fit-finding" className="btn sm" /> : null}
              <CommandButton id="timeline.whole-history" title={texts.wholeHistory} className="btn sm" />
              <CommandButton id="filter.clear" title={texts.showAllHostsAndDevices} className="btn sm quiet" />
            </>
          }
        >
          {texts.othersConnected(
            formatSpan(span.startMs, span.endMs, zone),
            texts.countedDevicesWere(data.devices.length + data.hiddenDevices),
          )}
        </EmptyState>
      ) : spanTable === 'device' ? (
        <SpanDevices span={span} filter={filter} finding={finding} width={width} plotWidth={plotWidth} />
      ) : (
        <ProcessTable data={data} span={span} filter={filter} finding={finding} hosts={hosts} width={width} />
      )}
    </section>
  );
}

/** The timeline with figures of its own: they follow the hand, while everything else waits until it rests. */
function Bands({ filter, ...rest }: { filter: EvidenceFilter } & Omit<Parameters<typeof Timeline>[0], 'data'>) {
  const ahead = useAskedSpan(rest.view);
  const data = useTimeline(rest.span, ahead, filter, Math.max(0, rest.width - gutterPx - rightPx), rest.finding);
  return <Timeline {...rest} data={data} />;
}

function ClearChip({ text, label, onClear }: { text: string; label: string; onClear: () => void }) {
  return (
    <button type="button" className="chip set" title={label} onClick={onClear}>
      <Name text={text} className="clip" />
      <span className="sr">: {label.toLowerCase()}</span>
      <Icon of={IconX} isSmall />
    </button>
  );
}

/** The host the view is narrowed to, or a list to choose one from. */
function HostChip() {
  const evidence = useChoices((choices) => choices.evidence);
  const hosts = useAsk('terms.list', { field: 'host', filter: {}, limit: 200 });
  if (evidence.hosts.length > 0) {
    return (
      <ClearChip
        text={evidence.hosts.length === 1 ? (evidence.hosts[0] ?? '') : texts.manyHosts(evidence.hosts.length)}
        label={texts.showAllHosts}
        onClear={() => goTo({ evidence: { ...evidence, hosts: [] } })}
      />
    );
  }
  return (
    <PickMenu
      title={texts.allHosts}
      label={texts.hostsMostEventsFirst}
      options={(hosts.data?.rows ?? []).map((row) => ({ value: row.value, title: row.value }))}
      total={hosts.data?.total ?? 0}
      onPick={(host) => goTo({ evidence: { ...evidence, hosts: [host] } })}
    />
  );
}

function BusChip() {
  const evidence = useChoices((choices) => choices.evidence);
  const buses = useAsk('terms.list', { field: 'busType', filter: {}, limit: 50 });
  if (evidence.busTypes.length > 0) {
    return (
      <ClearChip
        text={evidence.busTypes.join(', ')}
        label={texts.showAllBuses}
        onClear={() => goTo({ evidence: { ...evidence, busTypes: [] } })}
      />
    );
  }
  return (
    <PickMenu
      title={texts.allBuses}
      label={texts.busesMostEventsFirst}
      options={(buses.data?.rows ?? []).map((row) => ({ value: row.value, title: row.value }))}
      total={buses.data?.total ?? 0}
      onPick={(bus) => goTo({ evidence: { ...evidence, busTypes: [bus] } })}
    />
  );
}

function DeviceChip({ names }: { names: Parameters<typeof TimelineTable>[0]['data']['deviceOf'] }) {
  const evidence = useChoices((choices) => choices.evidence);
  const devices = useAsk('terms.list', {
    field: 'device',
    filter: evidence.hosts.length > 0 ? { hosts: [...evidence.hosts] } : {},
    limit: 100,
  });
  const first = evidence.devices[0];
  if (first !== undefined) {
    return (
      <ClearChip
        text={
          evidence.devices.length === 1
            ? deviceName(first, names.get(first))
            : texts.manyDevices(evidence.devices.length)
        }
        label={texts.showAllDevices}
        onClear={() => goTo({ evidence: { ...evidence, devices: [] } })}
      />
    );
  }
  return (
    <PickMenu
      title={texts.deviceAny}
      className="wide"
      label={texts.devicesMostEventsFirst}
      options={(devices.data?.rows ?? []).map((row) => ({
        value: row.value,
        title: deviceName(row.value, names.get(row.value)),
      }))}
      total={devices.data?.total ?? 0}
      onPick={(device) => goTo({ evidence: { ...evidence, devices: [device] } })}
    />
  );
}

function PickMenu({
  title,
  label,
  options,
  total,
  onPick,
  className = '',
}: {
  title: string;
  label: string;
  options: readonly { readonly value: string; readonly title: string }[];
  total: number;
  onPick: (value: string) => void;
  className?: string;
}) {
  return (
    <Menu position="bottom-start" width={264} offset={4} shadow="none">
      <Menu.Target>
        <button type="button" className={`chip ${className}`}>
          {title} <Icon of={IconChevronDown} isSmall />
        </button>
      </Menu.Target>
      <Menu.Dropdown className="pick-menu">
        <Menu.Label>
          {label}
          {options.length < total ? texts.optionsOf(options.length, total) : ''}
        </Menu.Label>
        {options.map((option) => (
          <Menu.Item key={option.value} onClick={() => onPick(option.value)}>
            <Name text={option.title} />
          </Menu.Item>
        ))}
        {options.length === 0 ? <Menu.Item disabled>{texts.noneYet}</Menu.Item> : null}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The middle of a finding that shares an instant with the span. */
function middleInSight(finding: FindingRow | undefined, span: Span): number | undefined {
  return finding && overlaps(span, finding.startMs, finding.endMs) ? (finding.startMs + finding.endMs) / 2 : undefined;
}
