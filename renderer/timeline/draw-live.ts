import type { LiveDevice, LiveProblem, LiveProcessRow } from '../../shared/model/live.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { formatBytes } from '../window-format.ts';
import type { LaneColour } from './lanes.ts';
import { gutterPx } from './layout.ts';
import type { Palette } from './palette.ts';

/** Room right of the axis for the rate now. */
export const ratePx = 96;
const laneHeight = 40;
const deviceHeight = 24;

/** One lane of the live chart. */
export interface LiveLane {
  readonly row: LiveProcessRow;
  readonly colour: LaneColour;
}

export interface LiveScene {
  readonly width: number;
  readonly palette: Palette;
  readonly nowMs: number;
  readonly lengthMs: number;
  readonly startedMs: number | undefined;
  readonly devices: readonly LiveDevice[];
  readonly lanes: readonly LiveLane[];
  /** Times in which nothing was seen, or events were lost. */
  readonly gaps: readonly LiveProblem[];
  readonly clock: (atMs: number) => string;
  /** The same with seconds. */
  readonly exactClock: (atMs: number) => string;
  readonly nowText: string;
}

/** Tops of the bands; the same arithmetic places the words beside them. */
export function layOutLive(devices: number, lanes: number) {
  const deviceTops = Array.from({ length: devices }, (_, index) => 24 + index * deviceHeight);
  const from = 24 + devices * deviceHeight + 12;
  return {
    deviceTops,
    laneTops: Array.from({ length: lanes }, (_, index) => from + index * laneHeight),
    height: from + lanes * laneHeight + 4,
  };
}

const font = (weight: number, size = 11) => `${weight} ${size}px "Inter Variable", "Segoe UI", system-ui, sans-serif`;

/** Paints devices and write rates of the last minutes. Time before the capture began is hatched, not zero. */
export function drawLive(context: CanvasRenderingContext2D, scene: LiveScene): void {
  const { width, palette, nowMs, lengthMs } = scene;
  const layout = layOutLive(scene.devices.length, scene.lanes.length);
  const color = (token: string) => palette[token] ?? '#888';
  const right = width - ratePx;
  const x = (atMs: number) => gutterPx + ((atMs - (nowMs - lengthMs)) / lengthMs) * (right - gutterPx);
  context.clearRect(0, 0, width, layout.height);
  context.textBaseline = 'alphabetic';
  const startX = Math.max(gutterPx, x(scene.startedMs ?? nowMs));

  // Before the capture began.
  if (startX > gutterPx) {
    context.save();
    context.beginPath();
    context.rect(gutterPx, 22, startX - gutterPx, layout.height - 22);
    context.clip();
    context.strokeStyle = color('line');
    context.lineWidth = 1;
    context.beginPath();
    for (let at = gutterPx - layout.height; at < startX; at += 8) {
      context.moveTo(at, layout.height);
      context.lineTo(at + layout.height, 0);
    }
    context.stroke();
    context.restore();
    context.fillStyle = color('line-2');
    context.fillRect(Math.round(startX), 22, 1, layout.height - 22);
    if (startX - gutterPx > 72) {
      context.font = font(400);
      context.fillStyle = color('text-3');
      context.textAlign = 'center';
      context.fillText(texts.captureOff, (gutterPx + startX) / 2, layout.height - 8);
    }
  }

  // Axis.
  const stepMs = [10_000, 60_000, 300_000, 600_000].find((step) => step / lengthMs > 0.09) ?? 600_000;
  context.font = font(400);
  for (let atMs = Math.ceil((nowMs - lengthMs) / stepMs) * stepMs; atMs < nowMs; atMs += stepMs) {
    const at = Math.round(x(atMs));
    if (at < gutterPx) continue;
    context.fillStyle = color('line');
    context.fillRect(at, 22, 1, layout.height - 22);
    if (at < right - 64 && at > gutterPx + 16) {
      context.fillStyle = color('text-3');
      context.textAlign = 'center';
      context.fillText(scene.clock(atMs), at, 15);
    }
  }

  scene.devices.forEach((device, index) => {
    const middle = (layout.deviceTops[index] ?? 0) + 12;
    const hasStart = device.connectedMs !== undefined && device.connectedMs >= nowMs - lengthMs;
    const left = hasStart ? x(device.connectedMs ?? nowMs) : startX;
    const end = device.disconnectedMs === undefined ? right : x(device.disconnectedMs);
    context.save();
    context.beginPath();
    context.rect(gutterPx, 0, right - gutterPx + 8, layout.height);
    context.clip();
    let solid = left;
    if (!hasStart && end - left > 56) {
      context.fillStyle = color('span-weak');
      for (let step = 0; step < 5; step += 1) context.fillRect(left + step * 8, middle - 4, 2 + step, 8);
      solid = left + 40;
    }
    if (end > solid) {
      context.fillStyle = color('span-weak');
      context.fillRect(solid, middle - 4, end - solid, 8);
      context.fillStyle = color('span');
      context.fillRect(solid, middle - 4, end - solid, 1);
      context.fillRect(solid, middle + 3, end - solid, 1);
    }
    context.fillStyle = color('span');
    if (hasStart) context.fillRect(left - 1, middle - 7, 2, 14);
    if (device.disconnectedMs === undefined) {
      context.beginPath();
      context.moveTo(end, middle - 6);
      context.lineTo(end + 6, middle);
      context.lineTo(end, middle + 6);
      context.fill();
    } else {
      context.fillRect(end - 1, middle - 7, 2, 14);
      context.font = font(400);
      context.fillStyle = color('text-3');
      context.textAlign = 'left';
      context.fillText(texts.removedAt(scene.exactClock(device.disconnectedMs)), end + 8, middle + 4);
    }
    context.restore();
    context.fillStyle = color('line');
    context.fillRect(0, middle + 11, width, 1);
  });

  scene.lanes.forEach(({ row, colour }, index) => {
    const base = (layout.laneTops[index] ?? 0) + 36;
    const rates = row.rates ?? [];
    const peak = Math.max(1, row.peakBytesPerSecond, ...rates);
    context.fillStyle = color('line');
    context.fillRect(gutterPx, base, right - gutterPx, 1);
    context.save();
    context.beginPath();
    context.rect(startX, 0, right - startX + 4, layout.height);
    context.clip();
    const pointAt = (second: number) => x(nowMs - (rates.length - second) * 1000 + 500);
    context.beginPath();
    context.moveTo(Math.max(startX, pointAt(0)), base);
    rates.forEach((rate, second) => {
      context.lineTo(pointAt(second), base - (rate / peak) * 30);
    });
    const last = rates.at(-1) ?? 0;
    context.lineTo(right, base - (last / peak) * 30);
    context.strokeStyle = color(colour);
    context.lineWidth = 1.5;
    context.setLineDash(row.quality === 'sampled' ? [3, 2] : []);
    context.stroke();
    context.setLineDash([]);
    context.lineTo(right, base);
    context.closePath();
    context.globalAlpha = row.quality === 'exact' ? 0.28 : 0.12;
    context.fillStyle = color(colour);
    context.fill();
    context.restore();
    const y = base - (last / peak) * 30;
    context.beginPath();
    context.arc(right, y, 3, 0, Math.PI * 2);
    context.fillStyle = color(colour);
    context.fill();
    context.font = font(600, 12);
    context.fillStyle = color('text');
    context.textAlign = 'left';
    context.fillText(`${formatBytes(row.bytesPerSecond)}/s`, right + 10, Math.min(base, y + 4));
    context.font = font(400);
    context.fillStyle = color('text-3');
    context.textAlign = 'right';
    context.fillText(`${formatBytes(peak)}/s`, gutterPx - 8, base - 16);
  });

  // Where the capture was blind: what is drawn there is not all that was written.
  for (const { atMs, untilMs, kind } of scene.gaps) {
    const end = x(untilMs ?? (kind === 'gap' ? nowMs : atMs));
    if (end < startX) continue;
    const from = Math.max(startX, x(atMs));
    context.globalAlpha = 0.25;
    context.fillStyle = color('bad');
    context.fillRect(from, 22, Math.max(3, end - from), layout.height - 22);
    context.globalAlpha = 1;
    context.font = font(600);
    context.textAlign = 'left';
    context.fillText(kind === 'gap' ? texts.notSeen : texts.eventsLost, from + 4, layout.height - 8);
  }

  context.fillStyle = color('text');
  context.fillRect(right, 22, 1, layout.height - 22);
  context.font = font(400);
  const label = context.measureText(scene.nowText).width + 12;
  context.beginPath();
  context.roundRect(right - label / 2, 3, label, 17, 3);
  context.fill();
  context.fillStyle = color('surface');
  context.textAlign = 'center';
  context.fillText(scene.nowText, right, 15);
}
