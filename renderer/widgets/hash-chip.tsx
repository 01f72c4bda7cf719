import { IconCheck, IconLink, IconX } from '@tabler/icons-react';
import { widgetTexts } from '../texts/widgets.ts';
import { Icon } from './icon.tsx';

/** What a hash was checked for: fits the entry before, equals its file, fits not, or was not checked. */
export type HashState = 'linked' | 'verified' | 'broken' | 'unchecked';

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
      title={widgetTexts.hashTitle(hash, widgetTexts.hashStates[state])}
      aria-label={widgetTexts.hashLabel(hash.slice(0, digits), widgetTexts.hashStates[state])}
      onClick={onCopy}
    >
      {icon ? <Icon of={icon} isSmall /> : null}
      {hash.slice(0, digits)}
    </button>
  );
}
