import type { LiveDiskBytes, LiveTotals, LiveUsage, WriteQuality } from '../../shared/model/live.ts';

const maxUsages = 20_000;

/**
 * Adds up what a capture has seen, by how well it is known. Of at most 20,000 processes the figures are kept apart; those
 * heard of longest ago are folded into the sums, so that a capture of any length keeps its totals and its memory.
 */
export function makeLiveTotals() {
  const usages = new Map<string, { quality: WriteQuality; bytes: number; mountPoint: string }>();
  const folded = { exact: 0, range: 0, sampled: 0 };
  const attributed = new Map<string, number>();
  const disks = new Map<string, number>();
  /** Volumes that were replaced by others at their place. */
  const finished = { diskBytes: 0, unattributedBytes: 0 };
  let processes = 0;

  return {
    takeUsage(usage: LiveUsage): void {
      const key = `${usage.processKey}|${usage.mountPoint}`;
      const before = usages.get(key);
      if (!before) processes += 1;
      const grown = usage.minBytes - (before?.bytes ?? 0);
      attributed.set(usage.mountPoint, (attributed.get(usage.mountPoint) ?? 0) + grown);
      usages.delete(key);
      usages.set(key, { quality: usage.quality, bytes: usage.minBytes, mountPoint: usage.mountPoint });
      if (usages.size <= maxUsages) return;
      const [oldestKey, oldest] = usages.entries().next().value ?? [];
      if (oldestKey === undefined || !oldest) return;
      folded[oldest.quality] += oldest.bytes;
      usages.delete(oldestKey);
    },
    /** `diskBytes` of one watching of one volume; a later watching of the same mount point starts again at 0. */
    takeDisk({ mountPoint, diskBytes }: LiveDiskBytes): void {
      disks.set(mountPoint, diskBytes);
    },
    /** The volume at `mountPoint` is another one from now on: its counter and what was attributed begin again. */
    beginVolume(mountPoint: string): void {
      const disk = disks.get(mountPoint) ?? 0;
      const known = attributed.get(mountPoint) ?? 0;
      finished.diskBytes += disk;
      finished.unattributedBytes += Math.max(0, disk - known);
      disks.delete(mountPoint);
      attributed.delete(mountPoint);
    },
    totals(files: number, overflows: number): LiveTotals {
      const sums = { ...folded };
      for (const { quality, bytes } of usages.values()) sums[quality] += bytes;
      let { diskBytes, unattributedBytes } = finished;
      for (const [mountPoint, bytes] of disks) {
        diskBytes += bytes;
        unattributedBytes += Math.max(0, bytes - (attributed.get(mountPoint) ?? 0));
      }
      return {
        diskBytes,
        exactBytes: sums.exact,
        rangeBytes: sums.range,
        sampledBytes: sums.sampled,
        unattributedBytes,
        files,
        processes,
        overflows,
      };
    },
  };
}
