import { useZone } from '../state.ts';
import { Name } from '../widgets/name.tsx';
import { formatTime } from '../window-format.ts';

/** When and by whom something was recorded, small. */
export function RecordedBy({ actor, atMs }: { actor: string; atMs: number }) {
  const zone = useZone();
  return (
    <span className="t11 faint">
      <Name text={actor} />, {formatTime(atMs, zone)}
    </span>
  );
}
