import type { Span } from '../../shared/base/time.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { scoreBand } from '../widgets/score-badge.tsx';
import { formatBytes, formatCount } from '../window-format.ts';
import type { DeviceNote } from './device-note.ts';
import { drawNotes, type NoteMark } from './draw-notes.ts';
import { type DeviceLane, maxOf, type VolumeGrid, visibleBuckets } from './lanes.ts';
import { gutterPx, laneHeightPx, niceMax, rightPx, type TimelineLayout } from './layout.ts';
import { font, type Palette } from './palette.ts';
import { type TimeScale, toX } from './span.ts';
import type { TimelineNote } from './use-timeline-notes.ts';

export interface TimelineScene {
  readonly width: number;
  readonly span: Span;
  readonly palette: Palette;
  readonly layout: TimelineLayout;
  readonly ticks: { readonly atMs: readonly number[]; readonly label: (atMs: number) => string };
  readonly devices: readonly DeviceLane[];
  readonly noteOf: (device: string) => DeviceNote | undefined;
  readonly findings: readonly FindingRow[];
  readonly findingId: string | undefined;
  readonly notes: readonly TimelineNote[];
  readonly grid: VolumeGrid | undefined;
  /** Lane that stands out, by its key. */
  readonly chosenLane: string | undefined;
}

/** A finding's badge on the axis, for pointing at it. */
export interface FindingMark {
  readonly id: string;
  readonly left: number;
  readonly right: number;
}

/** What can be pointed at on the axis. */
export interface TimelineMarks {
  readonly findings: readonly FindingMark[];
  readonly notes: readonly NoteMark[];
}

/** The scale of the axis for a canvas of this width. */
export function scaleOf(width: number, span: Span): TimeScale {
  return { span, left: gutterPx, width: Math.max(1, width - gutterPx - rightPx) };
}

/**
 * Paints the whole timeline but crosshair and brush. Costs a few thousand rectangles at most: bars are bounded by
 * `mostBars` per lane, sessions, findings and notes by what was asked. Returns where findings and notes are.
 */
export function drawTimeline(context: CanvasRenderingContext2D, scene: TimelineScene): TimelineMarks {
  const { width, palette, layout, span } = scene;
  const scale = scaleOf(width, span);
  const color = (token: string) => palette[token] ?? '#888';
  const right = scale.left + scale.width;
  const x = (atMs: number) => toX(scale, atMs);
  const rect = (fill: string, left: number, top: number, w: number, h: number) => {
    context.fillStyle = fill;
    context.fillRect(left, top, w, h);
  };
  const hline = (left: number, to: number, y: number) => rect(color('line'), left, Math.round(y) - 1, to - left, 1);
  const text = (
    token: string,
    value: string,
    left: number,
    y: number,
    align: CanvasTextAlign = 'left',
    weight = 400,
  ) => {
    context.fillStyle = color(token);
    context.font = font(weight);
    context.textAlign = align;
    context.fillText(value, left, y);
  };
  context.clearRect(0, 0, width, layout.bottom);
  context.textBaseline = 'alphabetic';

  // The chosen lane runs through the gutter too; the gutter's words are elements above the canvas.
  if (scene.grid && scene.chosenLane !== undefined) {
    const lane = scene.grid.lanes.findIndex((entry) => entry.key === scene.chosenLane);
    const top = layout.laneTops[lane];
    if (top !== undefined) rect(color('selected'), 0, top, width, laneHeightPx);
  }

  // Axis.
  for (const atMs of scene.ticks.atMs) {
    const at = Math.round(x(atMs));
    if (at < scale.left || at > right) continue;
    rect(color('line'), at, layout.axisBottom - 2, 1, layout.bottom - layout.axisBottom + 2);
    const label = scene.ticks.label(atMs);
    context.font = font(400);
    const half = context.measureText(label).width / 2;
    if (at - half < scale.left - 12) continue;
    if (at + half > width - 4) text('text-3', label, Math.min(width - 4, right), 15, 'right');
    else text('text-3', label, at, 15, 'center');
  }

  // Everything from here belongs to the axis and must not run into the gutter.
  const selected = scene.findings.find((finding) => finding.id === scene.findingId);
  context.save();
  context.beginPath();
  context.rect(scale.left, 0, scale.width + 1, layout.bottom);
  context.clip();
  if (selected) {
    const left = x(selected.startMs);
    rect(
      color('band'),
      left,
      layout.axisBottom,
      Math.max(2, x(selected.endMs) - left),
      layout.bottom - layout.axisBottom,
    );
  }

  scene.devices.forEach((lane, index) => {
    const top = layout.deviceTops[index];
    if (top !== undefined) drawDevice(context, scene, scale, lane, top + 12);
  });
  context.restore();
  hline(0, width, layout.findingsTop + 24);
  if (layout.notesTop !== undefined) hline(0, width, layout.notesTop + 24);
  for (const top of layout.deviceTops) hline(0, width, top + 24);
  if (layout.moreTop !== undefined) hline(0, width, layout.moreTop + 20);

  // Volumes.
  const height = layout.totalBottom - layout.totalTop;
  const grid = scene.grid;
  const { from, to } = grid ? visibleBuckets(grid, span) : { from: 0, to: 0 };
  const top = niceMax(grid ? maxOf(grid.total, from, to) : 0);
  for (const share of [0, 0.5, 1]) {
    const y = layout.totalBottom - share * height;
    rect(color('line'), scale.left, Math.round(y), scale.width, 1);
    if (share > 0 && grid && maxOf(grid.total, from, to) > 0) {
      text('text-3', formatBytes(top * share), gutterPx - 8, y + (share === 1 ? 8 : 4), 'right');
    }
  }
  if (grid) {
    const bar = x(grid.startMs + grid.bucketMs) - x(grid.startMs);
    const gap = bar >= 6 ? 2 : bar >= 3 ? 1 : 0;
    context.save();
    context.beginPath();
    context.rect(scale.left, 0, scale.width + 1, layout.bottom);
    context.clip();
    for (let bucket = from; bucket < to; bucket += 1) {
      const left = x(grid.startMs + bucket * grid.bucketMs) + gap / 2;
      let bottom = layout.totalBottom;
      for (const lane of grid.lanes) {
        const h = ((lane.bytes[bucket] ?? 0) / top) * height;
        if (h <= 0.25) continue;
        rect(color(lane.colour), left, bottom - h, Math.max(1, bar - gap), h);
        bottom -= h;
      }
    }
    grid.lanes.forEach((lane, index) => {
      const laneTop = layout.laneTops[index];
      if (laneTop === undefined) return;
      const max = maxOf(lane.bytes, from, to);
      if (max <= 0) return;
      for (let bucket = from; bucket < to; bucket += 1) {
        const bytes = lane.bytes[bucket] ?? 0;
        const files = lane.files[bucket] ?? 0;
        if (bytes <= 0 && files <= 0) continue;
        const h = Math.max(1, (bytes / max) * 15);
        rect(
          color(lane.colour),
          x(grid.startMs + bucket * grid.bucketMs) + gap / 2,
          laneTop + 18 - h,
          Math.max(1, bar - gap),
          h,
        );
      }
    });
    context.restore();
    grid.lanes.forEach((lane, index) => {
      const laneTop = layout.laneTops[index];
      if (laneTop === undefined) return;
      hline(scale.left, right, laneTop + 19);
      const max = maxOf(lane.bytes, from, to);
      text('text-3', formatBytes(Math.max(max, 0)), gutterPx - 8, laneTop + 14, 'right');
    });
  }

  const notes =
    layout.notesTop === undefined
      ? []
      : drawNotes(context, palette, scale, scene.notes, layout.notesTop, layout.bottom);
  return { findings: drawFindings(context, scene, scale), notes };
}

/** A part that breaks up where an end is not recorded: as long as what is known of the connection, in blocks of 8 pixels. */
const [leastBroken, mostBroken] = [1, 6];
const blockPx = 8;

function drawDevice(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  scale: TimeScale,
  lane: DeviceLane,
  middle: number,
): void {
  const { palette, span } = scene;
  const note = scene.noteOf(lane.device);
  const line = palette[note?.isUnknown ? 'bad' : 'span'] ?? '#888';
  const fill = palette[note?.isUnknown ? 'bad' : 'span-weak'] ?? '#888';
  const weak = palette['span-weak'] ?? '#888';
  const x = (atMs: number) => toX(scale, atMs);
  let firstLeft = Number.POSITIVE_INFINITY;
  let lastRight = Number.NEGATIVE_INFINITY;
  for (const session of lane.sessions) {
    const left = Math.max(x(session.connectedMs ?? session.firstActivityMs), scale.left - 40);
    const right = Math.max(
      left + 2,
      Math.min(x(session.disconnectedMs ?? session.lastActivityMs), scale.left + scale.width + 40),
    );
    const blocks = Math.max(leastBroken, Math.min(mostBroken, Math.floor((right - left) / blockPx)));
    const brokenPx = blocks * blockPx;
    context.fillStyle = fill;
    if (session.source === 'inferred') {
      // Only writes say that it was connected: broken along its whole length, no outline, no caps.
      for (let at = left; at < right; at += 8) context.fillRect(at, middle - 4, Math.min(6, right - at), 8);
    } else {
      context.fillRect(left, middle - 4, right - left, 8);
      context.fillStyle = line;
      context.fillRect(left, middle - 4, right - left, 1);
      context.fillRect(left, middle + 3, right - left, 1);
    }
    context.fillStyle = weak;
    if (session.connectedMs === undefined) {
      for (let step = 0; step < blocks; step += 1)
        context.fillRect(left - brokenPx + step * blockPx, middle - 4, 2 + step, 8);
    } else {
      context.fillStyle = line;
      context.fillRect(left - 1, middle - 7, 2, 14);
    }
    context.fillStyle = weak;
    if (session.disconnectedMs === undefined) {
      for (let step = 0; step < blocks; step += 1)
        context.fillRect(right + brokenPx - step * blockPx - 2 - step, middle - 4, 2 + step, 8);
    } else {
      context.fillStyle = line;
      context.fillRect(right - 1, middle - 7, 2, 14);
    }
    const isSeen = (session.disconnectedMs ?? session.lastActivityMs) > span.startMs;
    if (isSeen) {
      firstLeft = Math.min(firstLeft, left - (session.connectedMs === undefined ? brokenPx : 0));
      lastRight = Math.max(lastRight, right + (session.disconnectedMs === undefined ? brokenPx : 0));
    }
  }
  if (!note || !Number.isFinite(firstLeft)) return;
  context.font = font(400);
  context.fillStyle = palette[note.isUnknown ? 'bad' : 'text-3'] ?? '#888';
  const needed = context.measureText(note.text).width + 8;
  if (firstLeft - scale.left > needed) {
    context.textAlign = 'right';
    context.fillText(note.text, firstLeft - 8, middle + 4);
  } else if (scale.left + scale.width - lastRight > needed) {
    context.textAlign = 'left';
    context.fillText(note.text, lastRight + 8, middle + 4);
  }
}

function drawFindings(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  scale: TimeScale,
): readonly FindingMark[] {
  const { palette, layout } = scene;
  const badge = 26;
  const marks: FindingMark[] = [];
  const isFree = (left: number, right: number) => marks.every((mark) => right + 2 < mark.left || left - 2 > mark.right);
  const visible = scene.findings.filter(
    (finding) => finding.endMs >= scene.span.startMs && finding.startMs < scene.span.endMs,
  );
  const ordered = [...visible].sort(
    (a, b) => Number(b.id === scene.findingId) - Number(a.id === scene.findingId) || b.score - a.score,
  );
  for (const finding of ordered) {
    const isSelected = finding.id === scene.findingId;
    const at = toX(scale, Math.max(finding.startMs, scene.span.startMs));
    const leftOf = at - badge - 1;
    const isLeft = isSelected && leftOf >= scale.left;
    const left = Math.min(isLeft ? leftOf : at - (isSelected ? 0 : 1), scene.width - badge - 2);
    const right = left + badge;
    const band = palette[`s${scoreBand(Math.round(finding.score))}`] ?? '#888';
    if (isSelected) {
      context.fillStyle = band;
      context.fillRect(Math.round(at) - 1, layout.findingsTop + 2, 1, layout.bottom - layout.findingsTop - 2);
    }
    if (!isFree(left, right)) {
      // No room for the number: a tick says that there is one.
      context.fillStyle = band;
      context.fillRect(Math.round(at), layout.findingsTop + 19, 2, 4);
      continue;
    }
    marks.push({ id: finding.id, left, right });
    context.beginPath();
    context.roundRect(left + 0.5, layout.findingsTop + 3.5, badge - 1, 16, 3);
    context.fillStyle = isSelected ? band : (palette.surface ?? '#fff');
    context.fill();
    context.strokeStyle = band;
    context.lineWidth = 1;
    context.stroke();
    context.fillStyle = isSelected ? (palette.surface ?? '#fff') : band;
    context.font = font(600);
    context.textAlign = 'center';
    context.fillText(formatCount(Math.round(finding.score)), left + badge / 2, layout.findingsTop + 15.5);
  }
  return marks;
}
