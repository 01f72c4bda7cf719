import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { zoneOffsetMinutes } from '../../shared/base/format.ts';
import { dayMs, minuteMs, type Span } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { isFloating, isTypingIn, useLend } from '../commands.ts';
import { goTo, useChoices, useZone } from '../state.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { usePalette } from '../theme.ts';
import { type DeviceNote, deviceNote } from './device-note.ts';
import { drawTimeline, scaleOf, type TimelineMarks } from './draw.ts';
import { drawPointer } from './draw-pointer.ts';
import { gutterPx, layOut } from './layout.ts';
import { NoteForm } from './note-form.tsx';
import { showNote } from './show-note.ts';
import { bucketFor, clampSpan, overlaps, panSpan, ticksOf, toTime, toX, zoomSpan } from './span.ts';
import type { SpanView } from './span-view.ts';
import { TimelineGutter } from './timeline-gutter.tsx';
import { Readout, readBucket, readoutSentence } from './timeline-readout.tsx';
import { useCanvas } from './use-canvas.ts';
import type { TimelineData } from './use-timeline.ts';
import { useTimelineNotes } from './use-timeline-notes.ts';
import './timeline.css';
import { formatClock, formatDay, formatTime } from '../window-format.ts';

/** Width of a drag, in pixels, below which it is a click. */
const clickPx = 4;

function middleOf({ startMs, endMs }: Span): number {
  return (startMs + endMs) / 2;
}

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
  const marks = useRef<TimelineMarks>({ findings: [], notes: [] });
  const [notingMs, setNotingMs] = useState<number>();
  const [pointer, setPointer] = useState<{ readonly atMs: number; readonly isPinned: boolean }>();
  const drag = useRef<{ readonly from: number; to: number } | undefined>(undefined);

  const lanes = data.grid?.lanes ?? [];
  const hasNotes = data.notes.length > 0;
  const { file: caseFile } = useTimelineNotes(finding?.id);
  const layout = useMemo(
    () => layOut(data.devices.length, data.hiddenDevices, lanes.length, { paneHeight, hasNotes }),
    [data.devices.length, data.hiddenDevices, lanes.length, paneHeight, hasNotes],
  );
  const offsetAt = useCallback((atMs: number) => zoneOffsetMinutes(atMs, zone), [zone]);
  const chosenLane = chosenProcesses.length === 1 ? chosenProcesses[0] : finding?.process;

  const noteOf = useCallback(
    (device: string): DeviceNote | undefined => deviceNote(device, data.deviceOf.get(device), finding),
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
      notes: data.notes,
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
    const isIn = (top: number | undefined) => top !== undefined && y >= top && y < top + 24;
    const isAt = (mark: { readonly left: number; readonly right: number }) => x >= mark.left && x <= mark.right;
    return {
      findingId: isIn(layout.findingsTop) ? marks.current.findings.find(isAt)?.id : undefined,
      // The nearest of several: a later note is drawn over the words of an earlier one.
      note: isIn(layout.notesTop) ? marks.current.notes.findLast(isAt)?.note : undefined,
    };
  };
  const onPointerMove = (event: PointerEvent) => {
    const x = xOf(event);
    if (drag.current) drag.current = { ...drag.current, to: Math.max(gutterPx, x) };
    const { findingId, note } = markAt(event);
    if (body.current) {
      body.current.style.cursor = (findingId ?? note) ? 'pointer' : x >= gutterPx ? 'crosshair' : 'default';
      body.current.title = note ? texts.openNote(visibleText(note.text), visibleText(note.actor)) : '';
    }
    if (!pointer?.isPinned && x >= gutterPx)
      setPointer({ atMs: toTime(scaleOf(width, view.now()), x), isPinned: false });
    paintOverlay();
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || xOf(event) < gutterPx || (event.target as Element).closest('button, form')) return;
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
      const { findingId, note } = markAt(event);
      if (findingId !== undefined) goTo({ findingId });
      else if (note) showNote(note);
      else setPointer({ atMs: toTime(scale, moved.to), isPinned: !pointer?.isPinned });
    }
    paintOverlay();
  };

  const pointedMs = pointer?.atMs;
  const isPinned = pointer?.isPinned ?? false;
  useLend(
    'crosshair',
    useMemo(
      () => ({
        note: () => setNotingMs(pointedMs ?? middleOf(view.now())),
        pin: () => setPointer(isPinned ? undefined : { atMs: pointedMs ?? middleOf(view.now()), isPinned: true }),
      }),
      [pointedMs, isPinned, view],
    ),
  );
  useEffect(() => {
    view.pointAt(pointedMs);
    return () => view.pointAt(undefined);
  }, [pointedMs, view]);
  // Wherever the focus is: a drag is given up first, then the crosshair, and only then Escape leads back.
  useEffect(() => {
    const onEscape = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape' || isTypingIn(event.target) || isFloating()) return;
      // A dialog that heard the key before is gone from the page, but what it came from still tells.
      if (event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"]')) return;
      if (!drag.current && !isPinned) return;
      event.preventDefault();
      event.stopPropagation();
      if (!drag.current) setPointer(undefined);
      drag.current = undefined;
      paintOverlay();
    };
    window.addEventListener('keydown', onEscape, { capture: true });
    return () => window.removeEventListener('keydown', onEscape, { capture: true });
  }, [isPinned, paintOverlay]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return;
    const now = view.now();
    const stepMs = bucketFor(now.endMs - now.startMs, width - gutterPx) * (event.shiftKey ? 10 : 1);
    const move = (direction: 1 | -1) => {
      const from = pointer?.atMs ?? middleOf(now);
      const atMs = Math.floor(from / stepMs) * stepMs + stepMs / 2 + direction * stepMs;
      setPointer({ atMs, isPinned: true });
      if (atMs < now.startMs || atMs >= now.endMs) view.show(panSpan(now, direction * 0.5), 'soon');
    };
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      if (event.altKey) return;
      move(event.key === 'ArrowLeft' ? -1 : 1);
    } else if (event.key === 'PageUp' || event.key === 'PageDown') {
      view.show(panSpan(now, event.key === 'PageUp' ? -0.5 : 0.5), 'soon');
    } else if (event.key === 'Enter' && pointer) {
      view.show(zoomSpan(now, 0.5, pointer.atMs), 'now');
    } else return;
    event.preventDefault();
  };

  const readout = pointer && data.grid ? readBucket(data, pointer.atMs) : undefined;
  const label = texts.label(
    formatTime(span.startMs, zone, { year: true }),
    formatTime(span.endMs, zone, { year: true }),
    data.devices.length + data.hiddenDevices,
    lanes.length,
    data.findings.filter((found) => overlaps(span, found.startMs, found.endMs)).length,
    data.notes.length,
  );

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
      onPointerCancel={() => {
        drag.current = undefined;
        paintOverlay();
      }}
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
      <TimelineGutter
        data={data}
        span={span}
        layout={layout}
        chosenLane={chosenLane}
        chosenProcesses={chosenProcesses.length}
        noteOf={noteOf}
      />
      {readout &&
      pointer &&
      pointerX !== undefined &&
      pointerX >= gutterPx &&
      !drag.current &&
      notingMs === undefined ? (
        <Readout readout={readout} left={pointerX} top={layout.totalTop + 4} width={width} data={data} />
      ) : null}
      {notingMs === undefined ? null : (
        <NoteForm
          atMs={notingMs}
          left={toX(scaleOf(width, view.now()), notingMs)}
          top={layout.notesTop ?? layout.findingsTop}
          width={width}
          file={caseFile}
          findingId={finding?.id}
          onDone={() => {
            setNotingMs(undefined);
            body.current?.focus();
          }}
        />
      )}
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
