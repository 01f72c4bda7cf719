import { type PointerEvent, useEffect, useMemo, useRef } from 'react';
import { zoneOffsetMinutes } from '../../shared/base/format.ts';
import { dayMs, type Span } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { useAsk } from '../queries.ts';
import { useZone } from '../state.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { usePalette } from '../theme.ts';
import { formatDay } from '../window-format.ts';
import { scaleOf } from './draw.ts';
import { drawMinimap } from './draw-minimap.ts';
import { gutterPx } from './layout.ts';
import { bucketFor, clampSpan, nameBucket, ticksOf, toTime, toX } from './span.ts';
import type { SpanView } from './span-view.ts';
import { useCanvas } from './use-canvas.ts';

const heightPx = 34;
/** How near an edge of the brush the pointer takes hold of it. */
const gripPx = 6;

type Hold =
  | { readonly kind: 'new'; readonly fromMs: number }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'body'; readonly grabMs: number };

/** The whole history in a strip: drag to choose a span, its edges to resize it, its body to move it. */
export function Minimap({
  history,
  filter,
  view,
  width,
}: {
  history: Span;
  filter: EvidenceFilter;
  view: SpanView;
  width: number;
}) {
  const zone = useZone();
  const palette = usePalette();
  const canvas = useRef<HTMLCanvasElement>(null);
  const hold = useRef<Hold | undefined>(undefined);
  const bucketMs = bucketFor(history.endMs - history.startMs, Math.max(1, width - gutterPx), 4);
  const volumes = useAsk(
    'volumes.read',
    { filter, bucketMs, maxKeys: 1 },
    { keepsPrevious: true, isEnabled: width > 0 },
  );
  const bars = useMemo(() => {
    if (!volumes.data) return undefined;
    const startMs = Math.floor(history.startMs / bucketMs) * bucketMs;
    const total = new Float64Array(Math.max(1, Math.ceil((history.endMs - startMs) / bucketMs)));
    volumes.data.startMs.forEach((atMs, row) => {
      const index = Math.floor((atMs - startMs) / bucketMs);
      if (index >= 0 && index < total.length)
        total[index] = (total[index] ?? 0) + (volumes.data.writtenBytes[row] ?? 0);
    });
    return { startMs, bucketMs, total };
  }, [volumes.data, history, bucketMs]);

  const paint = useCanvas(canvas, width, heightPx, (context) => {
    const ticks = ticksOf(scaleOf(width, history), 72, (atMs) => zoneOffsetMinutes(atMs, zone));
    const days =
      ticks.stepMs >= dayMs
        ? ticks.atMs
        : ticks.atMs.filter((atMs) => (atMs + zoneOffsetMinutes(atMs, zone) * 60_000) % dayMs === 0);
    drawMinimap(context, palette, width, heightPx, history, bars, view.now(), {
      atMs: days,
      label: (atMs) => formatDay(atMs, zone),
    });
  });
  useEffect(() => view.subscribe(paint), [view, paint]);

  const scale = scaleOf(width, history);
  const xOf = (event: PointerEvent) => event.clientX - (canvas.current?.getBoundingClientRect().left ?? 0);
  const holdAt = (x: number): Hold => {
    const now = view.now();
    const [left, right] = [toX(scale, now.startMs), toX(scale, now.endMs)];
    if (Math.abs(x - left) <= gripPx) return { kind: 'start' };
    if (Math.abs(x - right) <= gripPx) return { kind: 'end' };
    // A brush over everything has nowhere to be moved to.
    const isWhole = left <= scale.left + gripPx && right >= scale.left + scale.width - gripPx;
    if (x > left && x < right && !isWhole) return { kind: 'body', grabMs: toTime(scale, x) - now.startMs };
    return { kind: 'new', fromMs: toTime(scale, x) };
  };
  const spanAt = (held: Hold, atMs: number): Span => {
    const now = view.now();
    if (held.kind === 'body') {
      const startMs = Math.round(atMs - held.grabMs);
      return { startMs, endMs: startMs + now.endMs - now.startMs };
    }
    const other = held.kind === 'new' ? held.fromMs : held.kind === 'start' ? now.endMs : now.startMs;
    return { startMs: Math.round(Math.min(atMs, other)), endMs: Math.round(Math.max(atMs, other)) };
  };
  const days = Math.max(1, Math.round((history.endMs - history.startMs) / dayMs));

  return (
    <div className="minimap">
      <div className="gutter-block" aria-hidden="true">
        <span className="dim t11">{texts.span(days, nameBucket(bucketMs))}</span>
        <span className="faint t11">{texts.dragToChoose}</span>
      </div>
      <canvas
        ref={canvas}
        onPointerDown={(event) => {
          if (event.button !== 0 || xOf(event) < gutterPx - gripPx) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          hold.current = holdAt(xOf(event));
        }}
        onPointerMove={(event) => {
          const x = xOf(event);
          const held = hold.current;
          const kind = held?.kind ?? holdAt(x).kind;
          event.currentTarget.style.cursor =
            x < gutterPx - gripPx
              ? 'default'
              : { new: 'crosshair', start: 'ew-resize', end: 'ew-resize', body: 'grab' }[kind];
          if (!held) return;
          const span = spanAt(held, toTime(scale, Math.max(gutterPx, Math.min(x, scale.left + scale.width))));
          if (held.kind !== 'new' || span.endMs - span.startMs > 0)
            view.show(held.kind === 'body' ? span : clampSpan(span), 'soon');
        }}
        onPointerCancel={() => {
          hold.current = undefined;
        }}
        onPointerUp={() => {
          if (hold.current) view.show(view.now(), 'now');
          hold.current = undefined;
        }}
      />
    </div>
  );
}
