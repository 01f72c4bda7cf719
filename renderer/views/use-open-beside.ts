import { useMemo } from 'react';
import { useLend } from '../commands.ts';
import { useAct } from '../queries.ts';

/** Lends the commands what opens another window on this workspace. */
export function useOpenBeside(): void {
  const { mutate } = useAct('window.open');
  useLend(
    'beside',
    useMemo(() => ({ open: (target) => mutate(target) }), [mutate]),
  );
}
