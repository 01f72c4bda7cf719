import { useMemo } from 'react';
import type { Span } from '../../shared/base/time.ts';
import { visibleBuckets } from '../timeline/lanes.ts';
import type { VolumeAnswer } from '../timeline/use-timeline.ts';

const sparkPx = 90;

/** When a process wrote, or a device was written to, inside the span: one path, at most 90 columns. */
export function Spark({
  name,
  volumes,
  span,
  colour,
}: {
  /** Key of the volumes. */
  name: string;
  volumes: VolumeAnswer | undefined;
  span: Span;
  /** Name of the token it is drawn in. */
  colour: string;
}) {
  const path = useMemo(() => {
    if (!volumes) return '';
    const { columns, bucketMs } = volumes;
    const key = columns.keys.indexOf(name);
    if (key < 0) return '';
    const { startMs: firstMs, endMs } = volumes.span;
    const grid = { startMs: firstMs, bucketMs, buckets: Math.ceil((endMs - firstMs) / bucketMs) };
    const { from, to } = visibleBuckets(grid, span);
    const slots = Math.max(1, Math.min(sparkPx / 1.5, to - from));
    const sums = new Float64Array(Math.floor(slots));
    columns.startMs.forEach((startMs, row) => {
      if (columns.keyIndex[row] !== key) return;
      const bucket = Math.floor((startMs - firstMs) / bucketMs);
      if (bucket < from || bucket >= to) return;
      const slot = Math.min(sums.length - 1, Math.floor(((bucket - from) / (to - from)) * sums.length));
      sums[slot] = (sums[slot] ?? 0) + (columns.writtenBytes[row] ?? 0);
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
  }, [name, volumes, span]);
  return (
    <svg className="spark" viewBox="0 0 90 18" aria-hidden="true">
      <path d="M0 17.5H90" stroke="var(--line-2)" />
      <path d={path} fill={`var(--${colour})`} />
    </svg>
  );
}
