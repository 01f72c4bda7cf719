import { create } from 'zustand';
import type { InputOf } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';

/** Operations that take something back. */
export type UndoingName =
  | 'case.record'
  | 'devices.decide'
  | 'exceptions.remove'
  | 'exceptions.restore'
  | 'finding-states.set'
  | 'rules.change'
  | 'rules.remove'
  | 'rules.restore'
  | 'rules.switch'
  | 'triage.mark'
  | 'verdict.give'
  | 'verdict.take-back'
  | 'watch-list.remove'
  | 'watch-list.restore';

/** A call that takes something back. */
export type UndoCall = {
  readonly [K in UndoingName]: { readonly name: K; readonly input: InputOf<WorkbenchOperations[K]> };
}[UndoingName];

/** Something that was done in this window and can be taken back. */
export interface Undoable {
  /** What was done, without a full stop: `2 findings closed`. */
  readonly text: string;
  readonly call?: UndoCall | undefined;
  /** Takes back what only this window keeps. */
  readonly restore?: (() => void) | undefined;
}

interface UndoStack {
  /** The last one is taken back first. */
  readonly entries: readonly Undoable[];
  /** What was done last, or taken back last; told until something else is. */
  readonly notice: { readonly text: string; readonly canUndo: boolean } | undefined;
}

/** Steps that can be taken back one after the other. */
export const mostUndos = 20;

const empty: UndoStack = { entries: [], notice: undefined };

/** What was done in this window and can be taken back. It ends with the window. */
export const useUndoStack = create<UndoStack>()(() => empty);

/** Remembers how to take back what was just done, and tells of it. */
export function offerUndo(entry: Undoable): void {
  useUndoStack.setState(({ entries }) => ({
    entries: [...entries, entry].slice(-mostUndos),
    notice: { text: entry.text, canUndo: true },
  }));
}

/** Tells of something without a way back. */
export function tell(text: string): void {
  useUndoStack.setState({ notice: { text, canUndo: false } });
}

/** Takes the newest entry off; tells `text` instead of it. */
export function dropUndo(entry: Undoable, text: string): void {
  useUndoStack.setState(({ entries }) => ({
    entries: entries.filter((other) => other !== entry),
    notice: { text, canUndo: false },
  }));
}

/** Forgets all. */
export function clearUndos(): void {
  useUndoStack.setState(empty, true);
}
