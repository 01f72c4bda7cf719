import { userInfo } from 'node:os';
import type { Handlers } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import { type StepMark, triageSteps } from '../shared/model/triage.ts';

/** The triage part of the contract: the steps' evidence, and what people decided about them. */
export type TriageHandlers = Pick<Handlers<WorkbenchOperations>, 'triage.collect' | 'triage.read' | 'triage.mark'>;

/** Stands in until the case folder answers these: collects nothing, and forgets marks when the program ends. */
export function makeTemporaryTriage(): TriageHandlers {
  const marks = new Map<string, Map<string, StepMark>>();
  return {
    'triage.collect': async (_input, { emit }) => {
      for (const step of triageSteps) emit({ step, checks: [] });
      return {};
    },
    'triage.read': async ({ findingId }) => [...(marks.get(findingId)?.values() ?? [])],
    'triage.mark': async ({ findingId, ...mark }) => {
      const made: StepMark = { ...mark, actor: userInfo().username, atMs: Date.now() };
      const ofFinding = marks.get(findingId) ?? new Map<string, StepMark>();
      marks.set(findingId, ofFinding.set(mark.step, made));
      return made;
    },
  };
}
