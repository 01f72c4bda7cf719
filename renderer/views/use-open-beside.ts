import { useMemo } from 'react';
import { useLend } from '../commands.ts';
import { toFailure, useAct } from '../queries.ts';
import { undoTexts } from '../texts/undo.ts';
import { tell } from '../undo-stack.ts';

/** Lends the commands what opens another window on this workspace. */
export function useOpenBeside(): void {
  const { mutate } = useAct('window.open');
  useLend(
    'beside',
    useMemo(
      () => ({
        open: (target) =>
          mutate(target, {
            onError: (error) => {
              const failure = toFailure(error);
              if (failure)
                tell(undoTexts.notOpened(`${failure.message} ${failure.hint ?? ''}`.trim().replace(/\.$/, '')));
            },
          }),
      }),
      [mutate],
    ),
  );
}
