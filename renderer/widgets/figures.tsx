import { formatIso } from '../../shared/base/format.ts';
import { useZone } from '../state.ts';
import { formatBytes, formatCount, formatTime } from '../window-format.ts';

/** An instant in the window's zone; the full ISO time is in the title. */
export function TimeText({ atMs, seconds = false, year = false }: { atMs: number; seconds?: boolean; year?: boolean }) {
  const zone = useZone();
  const iso = formatIso(atMs);
  return (
    <time dateTime={iso} title={iso}>
      {formatTime(atMs, zone, { seconds, year })}
    </time>
  );
}

/** Bytes with three figures; the exact number is in the title. */
export function BytesText({ bytes }: { bytes: number }) {
  return (
    <span className="nowrap" title={`${formatCount(bytes)} B`}>
      {formatBytes(bytes)}
    </span>
  );
}
