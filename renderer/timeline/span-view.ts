import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Span } from '../../shared/base/time.ts';
import { moveTo } from '../state.ts';
import { keepNear } from './span.ts';

/**
 * The span on screen. While a gesture goes on it runs ahead of the chosen span, so that painting follows the hand and
 * nothing else; once the hand rests it becomes the chosen span, which filters everything.
 */
export interface SpanView {
  now(): Span;
  /** Shows a span. `soon` makes it the chosen one when no other has come for a moment; `now` at once. */
  show(span: Span, commit: 'soon' | 'now'): void;
  subscribe(paint: () => void): () => void;
  /** The span that the timeline's own figures are asked for: it follows the hand in steps, ahead of the chosen span. */
  asked(): Span;
  subscribeAsked(listener: () => void): () => void;
  /** Takes over a span chosen elsewhere. */
  adopt(span: Span): void;
  /** The instant under the crosshair, if any: where keys zoom. */
  pointAt(atMs: number | undefined): void;
  pointed(): number | undefined;
  /** Spans are kept near this one: nobody pans into emptiness. */
  setHistory(history: Span): void;
}

const restMs = 140;
/** While the hand moves, figures are asked for at most this often. */
const askGapMs = 100;
/** Share of the span that it may move or grow before figures are asked for anew. */
const askShare = 0.25;

/** Makes the view of a span. `onRest` gets each span that became the chosen one. */
export function makeSpanView(initial: Span, onRest: (span: Span) => void): SpanView {
  let shown = initial;
  let asked = initial;
  let history: Span | undefined;
  let pointedMs: number | undefined;
  let restTimer: ReturnType<typeof setTimeout> | undefined;
  let askTimer: ReturnType<typeof setTimeout> | undefined;
  const painters = new Set<() => void>();
  const askers = new Set<() => void>();
  const paint = () => {
    for (const painter of painters) painter();
  };
  const ask = () => {
    askTimer = undefined;
    if (asked.startMs === shown.startMs && asked.endMs === shown.endMs) return;
    asked = shown;
    for (const asker of askers) asker();
  };
  const isFar = () => {
    const length = asked.endMs - asked.startMs;
    return (
      Math.abs(shown.startMs - asked.startMs) > askShare * length ||
      Math.abs(shown.endMs - asked.endMs) > askShare * length
    );
  };
  const rest = () => {
    clearTimeout(askTimer);
    restTimer = undefined;
    ask();
    onRest(shown);
  };
  return {
    now: () => shown,
    show(span, when) {
      shown = history ? keepNear(span, history) : span;
      clearTimeout(restTimer);
      if (when === 'now') rest();
      else {
        restTimer = setTimeout(rest, restMs);
        if (askTimer === undefined && isFar()) askTimer = setTimeout(ask, askGapMs);
      }
      paint();
    },
    subscribe(painter) {
      painters.add(painter);
      return () => painters.delete(painter);
    },
    asked: () => asked,
    subscribeAsked(listener) {
      askers.add(listener);
      return () => askers.delete(listener);
    },
    adopt(span) {
      if (restTimer !== undefined || (span.startMs === shown.startMs && span.endMs === shown.endMs)) return;
      shown = span;
      ask();
      paint();
    },
    pointAt(atMs) {
      pointedMs = atMs;
    },
    pointed: () => pointedMs,
    setHistory(span) {
      history = span;
    },
  };
}

/** The span view of the investigate view; follows the chosen span. */
export function useSpanView(chosen: Span, history: Span): SpanView {
  const [view] = useState(() => makeSpanView(chosen, moveTo));
  useEffect(() => view.setHistory(history), [view, history]);
  useEffect(() => view.adopt(chosen), [view, chosen]);
  return view;
}

/** The span that the timeline's figures are asked for. */
export function useAskedSpan(view: SpanView): Span {
  return useSyncExternalStore(view.subscribeAsked, view.asked);
}
