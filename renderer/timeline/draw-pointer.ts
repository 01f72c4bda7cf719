import { font, type Palette } from './palette.ts';

/** Paints what follows the pointer: a crosshair with its time, or the span being dragged. */
export function drawPointer(
  context: CanvasRenderingContext2D,
  palette: Palette,
  size: { readonly width: number; readonly height: number },
  pointer: { readonly x: number; readonly label: string } | undefined,
  drag: { readonly from: number; readonly to: number } | undefined,
): void {
  context.clearRect(0, 0, size.width, size.height);
  if (drag) {
    const left = Math.min(drag.from, drag.to);
    context.fillStyle = palette.brush ?? '#8884';
    context.fillRect(left, 24, Math.abs(drag.to - drag.from), size.height - 24);
    context.fillStyle = palette.accent ?? '#888';
    context.fillRect(drag.from, 24, 1, size.height - 24);
    context.fillRect(drag.to, 24, 1, size.height - 24);
  }
  if (!pointer) return;
  const at = Math.round(pointer.x);
  context.strokeStyle = palette.text ?? '#888';
  context.lineWidth = 1;
  context.setLineDash([2, 2]);
  context.beginPath();
  context.moveTo(at + 0.5, 22);
  context.lineTo(at + 0.5, size.height);
  context.stroke();
  context.setLineDash([]);
  context.font = font(400);
  const width = context.measureText(pointer.label).width + 10;
  const left = Math.min(size.width - width - 2, Math.max(0, at - width / 2));
  context.fillStyle = palette.text ?? '#888';
  context.beginPath();
  context.roundRect(left, 3, width, 17, 3);
  context.fill();
  context.fillStyle = palette.surface ?? '#fff';
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.fillText(pointer.label, left + width / 2, 15);
}
