import type { Span } from '../../shared/base/time.ts';
import { type DeviceSession, otherKey, type VolumeColumns } from '../../shared/model/evidence-answer.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { compareNames } from '../window-format.ts';

/** Which colour a lane has: c1 is the chosen process, c6 everything past the fifth. */
export type LaneColour = 'c1' | 'c2' | 'c3' | 'c4' | 'c5' | 'c6';

/** One process (or all others) over the time axis. */
export interface VolumeLane {
  /** Name of the process; `otherKey` for all others. */
  readonly key: string;
  readonly colour: LaneColour;
  /** How many names it stands for: 1, or how many others at least. */
  readonly names: number;
  /** Whether more names than counted were folded into it by the store. */
  readonly isMore: boolean;
  /** Event sum and files per bucket of the grid. */
  readonly bytes: Float64Array;
  readonly files: Float64Array;
  readonly sumBytes: number;
}

/** Volumes on a regular grid of buckets. */
export interface VolumeGrid {
  readonly startMs: number;
  readonly bucketMs: number;
  readonly buckets: number;
  readonly lanes: readonly VolumeLane[];
  readonly total: Float64Array;
}

const laneColours: readonly LaneColour[] = ['c1', 'c2', 'c3', 'c4', 'c5'];

/**
 * Chooses at most five lanes: `pinned` first (it is what the person looks at), then those that wrote most inside
 * `visible`; everything else is one lane. Sums are conserved: the lanes of a bucket add up to all rows of that bucket.
 * Which process has which colour depends on the visible sums only, so that lanes, table and readout agree.
 */
export function toVolumeGrid(
  columns: VolumeColumns,
  span: Span,
  bucketMs: number,
  visible: Span,
  pinned: string | undefined,
  mostLanes = laneColours.length,
): VolumeGrid {
  const buckets = Math.max(0, Math.ceil((span.endMs - span.startMs) / bucketMs));
  const visibleSum = new Float64Array(columns.keys.length);
  const hasRows = new Uint8Array(columns.keys.length);
  for (let row = 0; row < columns.startMs.length; row += 1) {
    const key = columns.keyIndex[row] ?? 0;
    const startMs = columns.startMs[row] ?? 0;
    hasRows[key] = 1;
    if (startMs + bucketMs > visible.startMs && startMs < visible.endMs) {
      visibleSum[key] = (visibleSum[key] ?? 0) + (columns.writtenBytes[row] ?? 0);
    }
  }
  const ranked = columns.keys
    .map((key, index) => ({ key, index, sum: visibleSum[index] ?? 0 }))
    .filter(({ key, index, sum }) => key !== otherKey && hasRows[index] === 1 && (sum > 0 || key === pinned))
    .sort((a, b) => Number(b.key === pinned) - Number(a.key === pinned) || b.sum - a.sum || compareNames(a.key, b.key));
  const chosen = ranked.slice(0, mostLanes);
  // Without a chosen process no lane may carry its colour.
  const hasPinned = chosen[0]?.key === pinned && pinned !== undefined;
  const shown = hasPinned ? chosen : chosen.slice(0, mostLanes - 1);
  const laneOfKey = new Int32Array(columns.keys.length).fill(shown.length);
  for (const [lane, { index }] of shown.entries()) laneOfKey[index] = lane;

  const make = () => ({ bytes: new Float64Array(buckets), files: new Float64Array(buckets), sumBytes: 0 });
  const cells = Array.from({ length: shown.length + 1 }, make);
  const total = new Float64Array(buckets);
  for (let row = 0; row < columns.startMs.length; row += 1) {
    const bucket = Math.floor(((columns.startMs[row] ?? 0) - span.startMs) / bucketMs);
    if (bucket < 0 || bucket >= buckets) continue;
    const key = columns.keyIndex[row] ?? 0;
    const cell = cells[laneOfKey[key] ?? shown.length];
    const bytes = columns.writtenBytes[row] ?? 0;
    if (!cell) continue;
    cell.bytes[bucket] = (cell.bytes[bucket] ?? 0) + bytes;
    cell.files[bucket] = (cell.files[bucket] ?? 0) + (columns.files[row] ?? 0);
    total[bucket] = (total[bucket] ?? 0) + bytes;
  }
  const othersIndex = columns.keys.indexOf(otherKey);
  const isMore = othersIndex >= 0 && (visibleSum[othersIndex] ?? 0) > 0;
  const otherNames = ranked.length - shown.length;
  const lanes: VolumeLane[] = shown.map(({ key, sum }, lane) => ({
    key,
    colour: laneColours[hasPinned ? lane : lane + 1] ?? 'c6',
    names: 1,
    isMore: false,
    ...(cells[lane] ?? make()),
    sumBytes: sum,
  }));
  if (otherNames > 0 || isMore) {
    const rest = ranked.slice(shown.length).reduce((sum, entry) => sum + entry.sum, 0);
    lanes.push({
      key: otherKey,
      colour: 'c6',
      names: otherNames,
      isMore,
      ...(cells[shown.length] ?? make()),
      sumBytes: rest + (isMore ? (visibleSum[othersIndex] ?? 0) : 0),
    });
  }
  return { startMs: span.startMs, bucketMs, buckets, lanes, total };
}

/** First and one-past-last bucket of the grid that touch the visible span. */
export function visibleBuckets(
  grid: Pick<VolumeGrid, 'startMs' | 'bucketMs' | 'buckets'>,
  visible: Span,
): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.floor((visible.startMs - grid.startMs) / grid.bucketMs));
  const to = Math.min(grid.buckets, Math.ceil((visible.endMs - grid.startMs) / grid.bucketMs));
  return { from: Math.min(from, to), to };
}

/** Largest value of a column between two buckets. */
export function maxOf(values: Float64Array, from: number, to: number): number {
  let max = 0;
  for (let index = from; index < to; index += 1) max = Math.max(max, values[index] ?? 0);
  return max;
}

/** Sessions of one device (on one host), in time order. */
export interface DeviceLane {
  readonly device: string;
  readonly hosts: readonly string[];
  readonly volumes: readonly string[];
  readonly sessions: readonly DeviceSession[];
}

/** Where a session certainly was: what is drawn solid. */
export function certainSpan(session: DeviceSession): Span {
  return {
    startMs: session.connectedMs ?? session.firstActivityMs,
    endMs: session.disconnectedMs ?? session.lastActivityMs,
  };
}

/** A lane per device, the pinned one first, then by latest connection inside the span; at most `mostLanes`, and how many were left out. */
export function toDeviceLanes(
  sessions: readonly DeviceSession[],
  visible: Span,
  pinned: string | undefined,
  mostLanes: number,
): { readonly lanes: readonly DeviceLane[]; readonly hidden: number } {
  const byDevice = new Map<string, DeviceSession[]>();
  for (const session of sessions) {
    const { startMs, endMs } = certainSpan(session);
    const isOpen = session.disconnectedMs === undefined && session.source === 'events';
    if (startMs >= visible.endMs || (endMs < visible.startMs && !isOpen)) continue;
    const list = byDevice.get(session.device) ?? [];
    list.push(session);
    byDevice.set(session.device, list);
  }
  const lanes = [...byDevice]
    .map(([device, list]) => ({
      device,
      hosts: [...new Set(list.map((session) => session.host))].sort(compareNames),
      volumes: [...new Set(list.flatMap((session) => session.volume ?? []))].sort(compareNames),
      sessions: list.toSorted((a, b) => certainSpan(a).startMs - certainSpan(b).startMs),
      latestMs: Math.max(...list.map((session) => certainSpan(session).endMs)),
    }))
    .sort(
      (a, b) =>
        Number(b.device === pinned) - Number(a.device === pinned) ||
        b.latestMs - a.latestMs ||
        compareNames(a.device, b.device),
    );
  return { lanes: lanes.slice(0, mostLanes), hidden: Math.max(0, lanes.length - mostLanes) };
}

/** Names of a grid's lanes as people read them; `others` for everything folded together. */
export function nameLane(lane: VolumeLane): string {
  return lane.key === otherKey ? texts.others(lane.names, lane.isMore) : lane.key;
}
