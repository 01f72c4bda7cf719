import { IconCheck, IconLink, IconX } from '@tabler/icons-react';
import { Icon } from './icon.tsx';

/** What a hash was checked for: fits the entry before, equals its file, fits not, or was not checked. */
export type HashState = 'linked' | 'verified' | 'broken' | 'unchecked';

const says: Readonly<Record<HashState, string>> = {
  linked: 'fits the entry before',
  verified: 'verified against the file',
  broken: 'does not fit',
  unchecked: 'not checked',
};

/** The first digits of a hash; the whole of it in the title and, where `onCopy` is given, on the clipboard after a click. */
export function HashChip({
  hash,
  state,
  digits = 8,
  onCopy,
}: {
  hash: string;
  state: HashState;
  digits?: number;
  onCopy?: () => void;
}) {
  const icon = { linked: IconLink, verified: IconCheck, broken: IconX, unchecked: undefined }[state];
  return (
    <button
      type="button"
      className={state === 'broken' ? 'hash bad' : 'hash'}
      title={`${hash} (${says[state]}). Click to copy.`}
      aria-label={`Hash ${hash.slice(0, digits)}, ${says[state]}. Copy.`}
      onClick={onCopy}
    >
      {icon ? <Icon of={icon} isSmall /> : null}
      {hash.slice(0, digits)}
    </button>
  );
}
