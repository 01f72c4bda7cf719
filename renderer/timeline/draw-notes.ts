import { visibleText } from '../../shared/base/visible-text.ts';
import { font, type Palette } from './palette.ts';
import { type TimeScale, toX } from './span.ts';
import type { TimelineNote } from './use-timeline-notes.ts';

/** A note on the axis, for pointing at it. */
export interface NoteMark {
  readonly note: TimelineNote;
  readonly left: number;
  readonly right: number;
}

/** More than this many are not drawn: the lane would be full. */
const mostNotes = 300;
const markPx = 8;
const leastTextPx = 24;
const mostTextPx = 220;

/**
 * Paints the notes of a case in their lane: a square at its moment (people's entries are squares in the journal too), its
 * words where there is room before the next one, and a faint line down to `bottom`.
 */
export function drawNotes(
  context: CanvasRenderingContext2D,
  palette: Palette,
  scale: TimeScale,
  notes: readonly TimelineNote[],
  top: number,
  bottom: number,
): readonly NoteMark[] {
  const visible = notes
    .filter((note) => note.aboutMs >= scale.span.startMs && note.aboutMs < scale.span.endMs)
    .slice(0, mostNotes);
  const marks: NoteMark[] = [];
  context.font = font(400);
  context.textAlign = 'left';
  visible.forEach((note, index) => {
    const at = Math.round(toX(scale, note.aboutMs));
    context.strokeStyle = palette.control ?? '#888';
    context.lineWidth = 1;
    context.setLineDash([1, 3]);
    context.beginPath();
    context.moveTo(at + 0.5, top + 18);
    context.lineTo(at + 0.5, bottom);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = palette['text-2'] ?? '#888';
    context.fillRect(at - markPx / 2, top + 8, markPx, markPx);
    const next = visible[index + 1];
    const end = Math.min(next ? toX(scale, next.aboutMs) - markPx : scale.left + scale.width, at + markPx + mostTextPx);
    const from = at + markPx;
    const text = end - from < leastTextPx ? '' : cutToWidth(context, visibleText(note.text), end - from);
    if (text !== '') context.fillText(text, from, top + 16);
    marks.push({
      note,
      left: at - markPx,
      right: text === '' ? at + markPx : from + context.measureText(text).width,
    });
  });
  return marks;
}

/** As much of a text as fits, with an ellipsis where something is missing; empty where nothing would be left. */
function cutToWidth(context: CanvasRenderingContext2D, text: string, width: number): string {
  const [first = ''] = text.split('\n', 1);
  const letters = [...first.slice(0, 200)];
  if (letters.length === first.length && context.measureText(first).width <= width) return first;
  let [fits, tooLong] = [0, letters.length + 1];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (context.measureText(`${letters.slice(0, middle).join('')}…`).width <= width) fits = middle;
    else tooLong = middle;
  }
  return fits < 3 ? '' : `${letters.slice(0, fits).join('').trimEnd()}…`;
}
