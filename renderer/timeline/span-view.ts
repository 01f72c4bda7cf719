import { useEffect, useState } from 'react';
import type { Span } from '../../shared/base/time.ts';
import { choose } from '../state.ts';

/**
 * The span on screen. While a gesture goes on it runs ahead of the chosen span, so that painting follows the hand and
 * nothing else; once the hand rests it becomes the chosen span, which filters everything.
 */
export interface SpanView {
  now(): Span;
  /** Shows a span. `soon` makes it the chosen one when no other has come for a moment; `now` at once. */
  show(span: Span, commit: 'soon' | 'now'): void;
  subscribe(paint: () => void): () => void;
  /** Takes over a span chosen elsewhere. */
  adopt(span: Span): void;
}

const restMs = 140;

function makeSpanView(initial: Span): SpanView {
  let shown = initial;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const painters = new Set<() => void>();
  const paint = () => {
    for (const painter of painters) painter();
  };
  const commit = () => {
    timer = undefined;
    choose({ span: shown });
  };
  return {
    now: () => shown,
    show(span, when) {
      shown = span;
      clearTimeout(timer);
      if (when === 'now') commit();
      else timer = setTimeout(commit, restMs);
      paint();
    },
    subscribe(painter) {
      painters.add(painter);
      return () => painters.delete(painter);
    },
    adopt(span) {
      if (timer !== undefined || (span.startMs === shown.startMs && span.endMs === shown.endMs)) return;
      shown = span;
      paint();
    },
  };
}

/** The span view of the investigate view; follows the chosen span. */
export function useSpanView(chosen: Span): SpanView {
  const [view] = useState(() => makeSpanView(chosen));
  useEffect(() => view.adopt(chosen), [view, chosen]);
  return view;
}
