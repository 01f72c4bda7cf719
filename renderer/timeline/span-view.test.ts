import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hourMs, type Span } from '../../shared/base/time.ts';
import { panSpan } from './span.ts';
import { makeSpanView } from './span-view.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const startMs = Date.UTC(2026, 10, 19);
const span: Span = { startMs, endMs: startMs + 4 * hourMs };
const history: Span = { startMs: startMs - 100 * hourMs, endMs: startMs + 100 * hourMs };

test('while the hand moves, figures are asked for in steps; the span is chosen once, when it rests', () => {
  const chosen: Span[] = [];
  const asked: Span[] = [];
  const view = makeSpanView(span, (rested) => chosen.push(rested));
  view.subscribeAsked(() => asked.push(view.asked()));
  for (let move = 0; move < 100; move += 1) {
    view.show(panSpan(view.now(), 0.01), 'soon');
    vi.advanceTimersByTime(16);
  }
  expect(chosen).toEqual([]);
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(5);
  vi.advanceTimersByTime(1_000);
  expect(chosen).toEqual([view.now()]);
  expect(view.asked()).toEqual(view.now());
});

test('nobody pans out of the history', () => {
  const view = makeSpanView(span, () => undefined);
  view.setHistory(history);
  view.show(panSpan(span, 1_000), 'now');
  const { startMs: from, endMs: to } = view.now();
  expect(to - from).toBe(4 * hourMs);
  expect((from + to) / 2).toBe(history.endMs);
});

test('a span that was chosen elsewhere is taken over, but not out of the hand', () => {
  const view = makeSpanView(span, () => undefined);
  const elsewhere = panSpan(span, 2);
  view.adopt(elsewhere);
  expect([view.now(), view.asked()]).toEqual([elsewhere, elsewhere]);
  view.show(span, 'soon');
  view.adopt(elsewhere);
  expect(view.now()).toEqual(span);
});
