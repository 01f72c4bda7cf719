import type { Span } from '../../shared/base/time.ts';
import { scaleOf } from './draw.ts';
import { maxOf } from './lanes.ts';
import { font, type Palette } from './palette.ts';
import { toX } from './span.ts';

/** Height of the minimap's strip of dates, in CSS pixels. */
const minimapLabelsPx = 13;

/** Paints the minimap: the whole history's volume (square root, so that a quiet day is still seen) and the brush. */
export function drawMinimap(
  context: CanvasRenderingContext2D,
  palette: Palette,
  width: number,
  height: number,
  history: Span,
  bars: { readonly startMs: number; readonly bucketMs: number; readonly total: Float64Array } | undefined,
  brush: Span,
  days: { readonly atMs: readonly number[]; readonly label: (atMs: number) => string },
): void {
  const scale = scaleOf(width, history);
  const color = (token: string) => palette[token] ?? '#888';
  const x = (atMs: number) => toX(scale, atMs);
  const inner = height - 2;
  // Labels have a strip of their own above the highest bar.
  const barsHeight = inner - minimapLabelsPx;
  context.clearRect(0, 0, width, height);
  context.fillStyle = color('sunken');
  context.fillRect(scale.left, 1, scale.width, inner);
  if (bars) {
    const max = Math.sqrt(maxOf(bars.total, 0, bars.total.length));
    const bar = x(bars.startMs + bars.bucketMs) - x(bars.startMs);
    const gap = bar > 3 ? 1 : 0;
    context.fillStyle = color('control');
    for (let index = 0; index < bars.total.length; index += 1) {
      const bytes = bars.total[index] ?? 0;
      if (bytes <= 0) continue;
      const left = Math.max(scale.left, x(bars.startMs + index * bars.bucketMs));
      const h = Math.max(1, (Math.sqrt(bytes) / max) * barsHeight);
      context.fillRect(left, 1 + inner - h, Math.max(1, Math.min(bar - gap, scale.left + scale.width - left)), h);
    }
  }
  context.font = font(400);
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  for (const atMs of days.atMs) {
    const at = Math.round(x(atMs));
    if (at < scale.left || at > scale.left + scale.width) continue;
    context.fillStyle = color('line-2');
    context.fillRect(at, 1, 1, inner);
    const label = days.label(atMs);
    if (at + 4 + context.measureText(label).width > scale.left + scale.width) continue;
    context.fillStyle = color('text-3');
    context.fillText(label, at + 4, 11);
  }
  const left = Math.max(scale.left, x(brush.startMs));
  const right = Math.min(scale.left + scale.width, Math.max(x(brush.endMs), left + 2));
  context.fillStyle = color('brush');
  context.fillRect(left, 0, right - left, height);
  context.strokeStyle = color('accent');
  context.lineWidth = 1;
  context.strokeRect(Math.round(left) + 0.5, 0.5, Math.max(1, Math.round(right - left) - 1), height - 1);
  context.fillStyle = color('accent');
  for (const edge of [left, right]) {
    context.beginPath();
    context.roundRect(edge - 2, height / 2 - 6, 4, 12, 2);
    context.fill();
  }
}
