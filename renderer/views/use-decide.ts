import { useCallback } from 'react';
import type { FindingState } from '../../shared/model/finding.ts';
import { useAct } from '../queries.ts';
import { choose } from '../state.ts';

/** Sets the state of findings; afterwards none is marked any more. */
export function useDecide() {
  const act = useAct('finding-states.set', ['findings.list', 'finding-groups.list', 'finding.read']);
  const { mutate } = act;
  const decide = useCallback(
    (ids: readonly string[], state: FindingState, reason?: string, onDone?: () => void) =>
      mutate(
        { states: ids.map((id) => ({ id, state, ...(reason === undefined ? {} : { reason }) })) },
        {
          onSuccess: () => {
            choose({ markedIds: [] });
            onDone?.();
          },
        },
      ),
    [mutate],
  );
  return { decide, isPending: act.isPending, error: act.error };
}
