import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { type OperationName, toFailure, useClient } from './queries.ts';
import { undoTexts as texts } from './texts/undo.ts';
import { dropUndo, tell, type UndoingName, useUndoStack } from './undo-stack.ts';

const touched: Readonly<Record<UndoingName, readonly OperationName[]>> = {
  'case.record': ['case.read', 'cases.list', 'case.of-finding'],
  'devices.decide': ['devices.decisions'],
  'exceptions.remove': ['exceptions.list', 'findings.list'],
  'exceptions.restore': ['exceptions.list', 'findings.list'],
  'finding-states.set': ['findings.list', 'finding-groups.list', 'finding.read'],
  'rules.change': ['rules.list'],
  'rules.remove': ['rules.list'],
  'rules.restore': ['rules.list'],
  'rules.switch': ['rules.list'],
  'triage.mark': ['triage.read'],
  'verdict.give': ['findings.list', 'finding.read', 'finding-groups.list', 'scored-processes.list'],
  'verdict.take-back': ['findings.list', 'finding.read', 'finding-groups.list', 'scored-processes.list'],
  'watch-list.remove': ['watch-list.list'],
  'watch-list.restore': ['watch-list.list'],
};

/** Gives what takes the last act back. One at a time; it tells what it did, or why it could not. */
export function useUndo(): () => void {
  const client = useClient();
  const queries = useQueryClient();
  const isRunning = useRef(false);
  return useCallback(() => {
    const entry = useUndoStack.getState().entries.at(-1);
    if (!entry || isRunning.current) return;
    isRunning.current = true;
    const { call, restore, text } = entry;
    const undone = async () => {
      if (call) await client.call(call.name, call.input as never);
      restore?.();
    };
    undone()
      .then(
        () => dropUndo(entry, texts.undone(text)),
        (error: unknown) => {
          const failure = toFailure(error);
          const why = failure ? `${failure.message} ${failure.hint ?? ''}`.trim().replace(/\.$/, '') : texts.cancelled;
          // What is not there any more, or was decided anew by somebody, will be no other the next time.
          const isPast = failure?.code === 'not-found' || failure?.code === 'changed-since';
          if (isPast) dropUndo(entry, texts.notUndone(text, why));
          else tell(texts.notUndone(text, why));
        },
      )
      .finally(() => {
        isRunning.current = false;
        for (const name of call ? touched[call.name] : []) void queries.invalidateQueries({ queryKey: [name] });
      });
  }, [client, queries]);
}
