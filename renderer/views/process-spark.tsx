import { useMemo } from 'react';
import type { Span } from '../../shared/base/time.ts';
import { type LaneColour, visibleBuckets } from '../timeline/lanes.ts';
import type { TimelineData } from '../timeline/use-timeline.ts';

const sparkPx = 90;

/** When a process wrote inside the span: one path, at most 90 columns. */
export function Spark({
  process,
  data,
  span,
  colour,
}: {
  process: string;
  data: TimelineData;
  span: Span;
  colour: LaneColour;
}) {
  const path = useMemo(() => {
    const volumes = data.volumes;
    const grid = data.grid;
    if (!volumes || !grid) return '';
    const key = volumes.columns.keys.indexOf(process);
    if (key < 0) return '';
    const { from, to } = visibleBuckets(grid, span);
    const slots = Math.max(1, Math.min(sparkPx / 1.5, to - from));
    const sums = new Float64Array(Math.floor(slots));
    volumes.columns.startMs.forEach((startMs, row) => {
      if (volumes.columns.keyIndex[row] !== key) return;
      const bucket = Math.floor((startMs - grid.startMs) / grid.bucketMs);
      if (bucket < from || bucket >= to) return;
      const slot = Math.min(sums.length - 1, Math.floor(((bucket - from) / (to - from)) * sums.length));
      sums[slot] = (sums[slot] ?? 0) + (volumes.columns.writtenBytes[row] ?? 0);
    });
    const max = Math.max(...sums, 1);
    const step = sparkPx / sums.length;
    const bar = Math.max(1, Math.min(step, 3));
    return Array.from(sums)
      .map((sum, slot) => {
        if (sum <= 0) return '';
        const height = Math.max(2, (sum / max) * 16);
        return `M${(slot * step).toFixed(1)} ${17 - height}h${bar.toFixed(1)}v${height.toFixed(1)}h-${bar.toFixed(1)}z`;
      })
      .join('');
  }, [process, data.volumes, data.grid, span]);
  return (
    <svg className="spark" viewBox="0 0 90 18" aria-hidden="true">
      <path d="M0 17.5H90" stroke="var(--line-2)" />
      <path d={path} fill={`var(--${colour})`} />
    </svg>
  );
}
