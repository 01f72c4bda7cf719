import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { formatCounted } from '../../shared/base/format.ts';
import type { FindingState } from '../../shared/model/finding.ts';
import { useAct } from '../queries.ts';
import { choose, useChoices } from '../state.ts';
import { knownFindings } from './known-findings.ts';

const done: Readonly<Record<FindingState, string>> = {
  open: 'reopened',
  acknowledged: 'acknowledged',
  closed: 'closed',
};

/** Sets the state of findings and remembers the one before, so that the decision can be undone. */
export function useDecide() {
  const queries = useQueryClient();
  const act = useAct('finding-states.set', ['findings.list', 'finding-groups.list', 'finding.read']);
  const { mutate } = act;
  const decide = useCallback(
    (ids: readonly string[], state: FindingState, reason?: string, onDone?: () => void) => {
      const known = knownFindings(queries);
      const before = ids.flatMap((id) => {
        const row = known.get(id);
        return row ? [{ id, state: row.state, reason: row.closedReason }] : [];
      });
      mutate(
        { states: ids.map((id) => ({ id, state, ...(reason === undefined ? {} : { reason }) })) },
        {
          onSuccess: () => {
            choose({
              undo: { text: `${formatCounted(ids.length, 'finding', 'findings')} ${done[state]}`, before },
              markedIds: [],
            });
            onDone?.();
          },
        },
      );
    },
    [queries, mutate],
  );
  const undo = useCallback(() => {
    const last = useChoices.getState().undo;
    if (!last) return;
    mutate(
      {
        states: last.before.map(({ id, state, reason }) => ({
          id,
          state,
          ...(reason === undefined ? {} : { reason }),
        })),
      },
      { onSuccess: () => choose({ undo: undefined }) },
    );
  }, [mutate]);
  return { decide, undo, isPending: act.isPending, error: act.error };
}
