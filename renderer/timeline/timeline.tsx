import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatCounted,
  formatDay,
  formatOffset,
  formatTime,
  zoneOffsetMinutes,
} from '../../shared/base/format.ts';
import { dayMs, minuteMs, type Span } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import { otherKey } from '../../shared/model/evidence-answer.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { goTo, useChoices, useZone } from '../state.ts';
import { usePalette } from '../theme.ts';
import { deviceName } from '../widgets/device-name.ts';
import { Name } from '../widgets/name.tsx';
import { type DeviceNote, drawPointer, drawTimeline, type FindingMark, scaleOf } from './draw.ts';
import { certainSpan, nameLane, type VolumeGrid } from './lanes.ts';
import { gutterPx, layOut } from './layout.ts';
import { bucketFor, clampSpan, nameBucket, panSpan, ticksOf, toTime, toX, zoomSpan } from './span.ts';
import type { SpanView } from './span-view.ts';
import { useCanvas } from './use-canvas.ts';
import { mostSessions, type TimelineData } from './use-timeline.ts';
import './timeline.css';

/** Width of a drag, in pixels, below which it is a click. */
const clickPx = 4;
const readoutPx = 232;

/**
 * The timeline: findings, a lane per device, the volume of all and of each process, on one time axis. Drag to zoom,
 * Shift and wheel to pan, Ctrl and wheel to zoom, arrows to read it by the bucket; a click pins the crosshair.
 */
export function Timeline({
  data,
  span,
  view,
  width,
  paneHeight,
  finding,
  history,
}: {
  data: TimelineData;
  span: Span;
  view: SpanView;
  width: number;
  /** Height of the pane it shares with the process table. */
  paneHeight: number;
  finding: FindingRow | undefined;
  history: Span;
}) {
  const zone = useZone();
  const palette = usePalette();
  const chosenProcesses = useChoices((choices) => choices.evidence.processes);
  const body = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const marks = useRef<readonly FindingMark[]>([]);
  const [pointer, setPointer] = useState<{ readonly atMs: number; readonly isPinned: boolean }>();
  const drag = useRef<{ readonly from: number; to: number } | undefined>(undefined);

  const lanes = data.grid?.lanes ?? [];
  const layout = useMemo(
    () => layOut(data.devices.length, data.hiddenDevices, lanes.length, paneHeight),
    [data.devices.length, data.hiddenDevices, lanes.length, paneHeight],
  );
  const offsetAt = useCallback((atMs: number) => zoneOffsetMinutes(atMs, zone), [zone]);
  const chosenLane = chosenProcesses.length === 1 ? chosenProcesses[0] : finding?.process;

  const noteOf = useCallback(
    (device: string): DeviceNote | undefined => {
      if (
        device === finding?.device &&
        finding.facets.some((facet) => facet.name === 'device-new' && facet.evidence > 0)
      )
        return { isUnknown: true, text: 'new to this host and user' };
      const row = data.deviceOf.get(device);
      if (row?.busType && row.busType.toLowerCase() !== 'usb')
        return { isUnknown: false, text: visibleText(row.busType) };
      if (row && row.identity !== 'serial') return { isUnknown: false, text: 'no serial number' };
      return undefined;
    },
    [data.deviceOf, finding],
  );

  const paint = useCanvas(canvas, width, layout.bottom, (context) => {
    const now = view.now();
    const scale = scaleOf(width, now);
    const ticks = ticksOf(scale, 62, offsetAt);
    marks.current = drawTimeline(context, {
      width,
      span: now,
      palette,
      layout,
      ticks: {
        atMs: ticks.atMs,
        label: (atMs) =>
          ticks.stepMs >= dayMs || (atMs + offsetAt(atMs) * minuteMs) % dayMs === 0
            ? formatDay(atMs, zone)
            : formatClock(atMs, zone, ticks.stepMs < minuteMs),
      },
      devices: data.devices,
      noteOf,
      findings: data.findings,
      findingId: finding?.id,
      grid: data.grid,
      chosenLane,
    });
  });
  const pointerX = pointer ? toX(scaleOf(width, view.now()), pointer.atMs) : undefined;
  const paintOverlay = useCanvas(overlay, width, layout.bottom, (context) => {
    const x = pointer ? toX(scaleOf(width, view.now()), pointer.atMs) : -1;
    drawPointer(
      context,
      palette,
      { width, height: layout.bottom },
      pointer && x >= gutterPx ? { x, label: pointerLabel(pointer.atMs, view.now(), zone) } : undefined,
      drag.current && Math.abs(drag.current.to - drag.current.from) >= clickPx ? drag.current : undefined,
    );
  });
  useEffect(
    () =>
      view.subscribe(() => {
        paint();
        paintOverlay();
      }),
    [view, paint, paintOverlay],
  );

  // React listens to wheel passively; zooming must keep the page from scrolling.
  useEffect(() => {
    const element = body.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      const now = view.now();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        // The wheel's own place in its target: reading the layout would stop each frame for it.
        const inside = event.target instanceof HTMLCanvasElement ? event.offsetX : xIn(element, event);
        const atMs = toTime(scaleOf(width, now), Math.max(gutterPx, inside));
        view.show(zoomSpan(now, Math.exp(event.deltaY * 0.0025), atMs), 'soon');
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        const delta = event.deltaX !== 0 ? event.deltaX : event.deltaY;
        view.show(panSpan(now, delta / Math.max(1, width - gutterPx)), 'soon');
      }
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [view, width]);

  const xOf = (event: { readonly clientX: number }) =>
    event.clientX - (body.current?.getBoundingClientRect().left ?? 0);
  const markAt = (event: { readonly clientX: number; readonly clientY: number }) => {
    const y = event.clientY - (body.current?.getBoundingClientRect().top ?? 0);
    const x = xOf(event);
    return y >= layout.findingsTop && y < layout.findingsTop + 24
      ? marks.current.find((mark) => x >= mark.left && x <= mark.right)
      : undefined;
  };
  const onPointerMove = (event: PointerEvent) => {
    const x = xOf(event);
    if (drag.current) drag.current = { ...drag.current, to: Math.max(gutterPx, x) };
    if (body.current) body.current.style.cursor = markAt(event) ? 'pointer' : x >= gutterPx ? 'crosshair' : 'default';
    if (!pointer?.isPinned && x >= gutterPx)
      setPointer({ atMs: toTime(scaleOf(width, view.now()), x), isPinned: false });
    paintOverlay();
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || xOf(event) < gutterPx || (event.target as Element).closest('button')) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { from: xOf(event), to: xOf(event) };
  };
  const onPointerUp = (event: PointerEvent) => {
    const moved = drag.current;
    drag.current = undefined;
    if (!moved) return;
    const scale = scaleOf(width, view.now());
    if (Math.abs(moved.to - moved.from) >= clickPx) {
      const [startMs, endMs] = [
        toTime(scale, Math.min(moved.from, moved.to)),
        toTime(scale, Math.max(moved.from, moved.to)),
      ];
      setPointer(undefined);
      view.show(clampSpan({ startMs, endMs }), 'now');
    } else {
      const mark = markAt(event);
      if (mark) goTo({ findingId: mark.id });
      else setPointer({ atMs: toTime(scale, moved.to), isPinned: !pointer?.isPinned });
    }
    paintOverlay();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const now = view.now();
    const stepMs = bucketFor(now.endMs - now.startMs, width - gutterPx) * (event.shiftKey ? 10 : 1);
    const move = (direction: 1 | -1) => {
      const from = pointer?.atMs ?? (now.startMs + now.endMs) / 2;
      const atMs = Math.floor(from / stepMs) * stepMs + stepMs / 2 + direction * stepMs;
      setPointer({ atMs, isPinned: true });
      if (atMs < now.startMs || atMs >= now.endMs) view.show(panSpan(now, direction * 0.5), 'soon');
    };
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      if (event.altKey) return;
      move(event.key === 'ArrowLeft' ? -1 : 1);
    } else if (event.key === 'PageUp' || event.key === 'PageDown') {
      view.show(panSpan(now, event.key === 'PageUp' ? -0.5 : 0.5), 'soon');
    } else if (event.key === 'Escape') setPointer(undefined);
    else if (event.key === 'Enter' && pointer) {
      view.show(zoomSpan(now, 0.5, pointer.atMs), 'now');
    } else return;
    event.preventDefault();
  };

  const readout = pointer && data.grid ? readBucket(data, pointer.atMs) : undefined;
  const label = `Timeline, ${formatTime(span.startMs, zone, { year: true })} to ${formatTime(span.endMs, zone, { year: true })}: ${formatCounted(data.devices.length + data.hiddenDevices, 'device', 'devices')}, ${formatCounted(lanes.length, 'lane of processes', 'lanes of processes')}, ${formatCounted(data.findingsTotal, 'finding', 'findings')}. Arrow keys read it bucket by bucket, T shows it as a table.`;

  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing with its own keys, no set of form fields.
    <div
      ref={body}
      className="timeline"
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: one stop for the keyboard, arrows inside.
      tabIndex={0}
      style={{ height: layout.bottom }}
      onPointerMove={onPointerMove}
      onPointerDown={onPointerDown}
      onPointerUp={onPointerUp}
      onPointerLeave={() => {
        if (!drag.current && !pointer?.isPinned) setPointer(undefined);
      }}
      onDoubleClick={(event) => {
        if (xOf(event) >= gutterPx) view.show(history, 'now');
      }}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} />
      <canvas ref={overlay} className="overlay" />
      <div className="gutter" style={{ height: layout.bottom }}>
        <span className="gutter-line faint t11" style={{ top: 4 }}>
          {gutterDay(span, zone)}
        </span>
        <span className="gutter-line faint t11" style={{ top: layout.findingsTop + 4 }}>
          Findings <span className="tn">{formatCount(data.findingsTotal)}</span>
        </span>
        {data.devices.map((lane, index) => {
          const note = noteOf(lane.device);
          const name = deviceName(lane.device, data.deviceOf.get(lane.device));
          return (
            <span key={lane.device} className="gutter-line" style={{ top: (layout.deviceTops[index] ?? 0) + 4 }}>
              <button
                type="button"
                className={note?.isUnknown ? 'lane-name b' : 'lane-name'}
                tabIndex={-1}
                title={`${visibleText(name)}: ${formatCounted(lane.sessions.length, 'connection', 'connections')} in the span. Show the device.`}
                onClick={() => goTo({ view: 'devices', deviceId: lane.device })}
              >
                <Name text={name} />
              </button>
              <span className="faint t11 clip lane-aside">
                <Name text={lane.hosts.length > 1 ? `${lane.hosts.length} hosts` : lane.volumes.join(' ')} />
              </span>
            </span>
          );
        })}
        {layout.moreTop === undefined ? null : (
          <span className="gutter-line faint t11" style={{ top: layout.moreTop + 2 }}>
            {formatCounted(data.hiddenDevices, 'more device', 'more devices')}
            {data.isSessionsCut ? `, first ${formatCount(mostSessions)} connections` : ''}
          </span>
        )}
        <span className="gutter-block" style={{ top: layout.totalTop }}>
          <b className="b t12">Written per {nameBucket(data.bucketMs)}</b>
          <span className="faint t11">event sum</span>
          <span className="faint t11">{chosenProcesses.length > 0 ? 'chosen processes' : 'all processes'}</span>
        </span>
        {lanes.map((lane, index) => (
          <span key={lane.key} className="gutter-line lane" style={{ top: (layout.laneTops[index] ?? 0) + 2 }}>
            <i className={`swatch ${lane.colour}`} />
            {lane.key === otherKey ? (
              <span className="clip">{nameLane(lane)}</span>
            ) : (
              <button
                type="button"
                className={lane.key === chosenLane ? 'lane-name b' : 'lane-name'}
                tabIndex={-1}
                title={`${visibleText(lane.key)}: ${formatBytes(lane.sumBytes)} in the span. ${chosenProcesses.length === 1 ? 'Show all processes.' : 'Show only this process.'}`}
                onClick={() => toggleProcess(lane.key)}
              >
                <Name text={lane.key} />
              </button>
            )}
          </span>
        ))}
      </div>
      {readout && pointer && pointerX !== undefined && pointerX >= gutterPx && !drag.current ? (
        <Readout readout={readout} left={pointerX} top={layout.totalTop + 4} width={width} data={data} />
      ) : null}
      <span className="sr" aria-live="polite">
        {readout && pointer?.isPinned ? readoutSentence(readout, zone) : ''}
      </span>
    </div>
  );
}

function xIn(element: Element, event: { readonly clientX: number }): number {
  return event.clientX - element.getBoundingClientRect().left;
}

/** The time at the crosshair, as exact as the span lets one point. */
function pointerLabel(atMs: number, span: Span, zone: Parameters<typeof formatClock>[1]): string {
  const lengthMs = span.endMs - span.startMs;
  return lengthMs > 2 * dayMs ? formatTime(atMs, zone) : formatClock(atMs, zone, lengthMs < 30 * minuteMs);
}

function gutterDay(span: Span, zone: Parameters<typeof formatDay>[1]): string {
  const [first, last] = [formatDay(span.startMs, zone), formatDay(span.endMs - 1, zone)];
  const zoneText = formatOffset(zoneOffsetMinutes(span.endMs, zone));
  return first === last ? `${first}, ${zoneText}` : `${first} – ${last}, ${zoneText}`;
}

function toggleProcess(process: string): void {
  const { evidence } = useChoices.getState();
  const isOnly = evidence.processes.length === 1 && evidence.processes[0] === process;
  goTo({ evidence: { ...evidence, processes: isOnly ? [] : [process] } });
}

interface ReadoutData {
  readonly startMs: number;
  readonly endMs: number;
  readonly rows: readonly {
    readonly key: string;
    readonly name: string;
    readonly colour: string;
    readonly bytes: number;
    readonly files: number;
  }[];
  readonly devices: readonly string[];
}

/** What happened in the bucket that holds an instant. */
function readBucket(data: TimelineData, atMs: number): ReadoutData | undefined {
  const grid: VolumeGrid | undefined = data.grid;
  if (!grid) return undefined;
  const bucket = Math.floor((atMs - grid.startMs) / grid.bucketMs);
  const startMs = grid.startMs + bucket * grid.bucketMs;
  const rows = grid.lanes
    .map((lane) => ({
      key: lane.key,
      name: nameLane(lane),
      colour: lane.colour,
      bytes: lane.bytes[bucket] ?? 0,
      files: lane.files[bucket] ?? 0,
    }))
    .filter((row) => row.bytes > 0 || row.files > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const devices = new Set(
    data.sessions
      .filter((session) => {
        const certain = certainSpan(session);
        return certain.startMs <= atMs && certain.endMs >= atMs;
      })
      .map((session) => deviceName(session.device, data.deviceOf.get(session.device))),
  );
  return { startMs, endMs: startMs + grid.bucketMs, rows, devices: [...devices] };
}

function readoutSentence(readout: ReadoutData, zone: Parameters<typeof formatClock>[1]): string {
  const when = `${formatTime(readout.startMs, zone)} to ${formatClock(readout.endMs, zone)}`;
  if (readout.rows.length === 0) return `${when}: no process wrote to a device.`;
  return `${when}: ${readout.rows.map((row) => `${visibleText(row.name)} ${formatBytes(row.bytes)}, ${formatCounted(row.files, 'file', 'files')}`).join('; ')}.`;
}

function Readout({
  readout,
  left,
  top,
  width,
  data,
}: {
  readout: ReadoutData;
  left: number;
  top: number;
  width: number;
  data: TimelineData;
}) {
  const zone = useZone();
  const isRight = left - readoutPx - 24 < gutterPx;
  const x = isRight ? Math.min(left + 24, width - readoutPx - 4) : left - readoutPx - 24;
  const isLong = data.bucketMs >= dayMs;
  return (
    <div className="readout" style={{ left: x, top, width: readoutPx }}>
      <b className="b">
        {isLong
          ? `${formatDay(readout.startMs, zone)} – ${formatDay(readout.endMs - 1, zone)}`
          : `${formatTime(readout.startMs, zone)}–${formatClock(readout.endMs, zone)}`}
      </b>{' '}
      <span className="faint">event sum</span>
      {readout.rows.length === 0 ? (
        <div className="faint">No process wrote to a device.</div>
      ) : (
        <dl>
          {readout.rows.map((row) => (
            <div key={row.key}>
              <dt>
                <i className={`swatch ${row.colour}`} />
                <Name text={row.name} className="clip" />
              </dt>
              <dd className="b tn">{formatBytes(row.bytes)}</dd>
              <dd className="faint tn">
                {data.volumes?.columns.isFilesApproximate ? '≈ ' : ''}
                {formatCounted(row.files, 'file', 'files')}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <div className="faint clip-2">
        Connected:{' '}
        {readout.devices.length > 0 ? <Name text={readout.devices.slice(0, 4).join(', ')} /> : 'none recorded'}
        {readout.devices.length > 4 ? `, ${readout.devices.length - 4} more` : ''}
      </div>
    </div>
  );
}
