import { useCopyList } from '../use-copy-rows.ts';
import { CopyMenu } from './copy-menu.tsx';

/** Copies a list that is here whole. `total` says how many there are where more than these are known of. */
export function CopyList({ rows, total = rows.length }: { rows: readonly object[]; total?: number }) {
  return <CopyMenu rows={useCopyList(rows)} total={total} />;
}
