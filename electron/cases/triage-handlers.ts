import { type CallContext, type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../../shared/ipc/workbench-operations.ts';
import type { StepMark } from '../../shared/model/triage.ts';
import type { TriageSettings } from '../../shared/model/triage-settings.ts';
import type { Decisions } from './decisions.ts';
import { makeTriageCollector, type TriageQuestions } from './triage-collector.ts';

export type TriageHandlers = Pick<
  Handlers<WorkbenchOperations>,
  'triage.collect' | 'triage.read' | 'triage.mark' | 'finding-states.set'
>;

/**
 * Answers the triage operations of the window. Decisions go to the workspace's journal first and to the engine after, so
 * that an engine can be brought up to the journal (`restoreFindingStates`) but never knows more than it.
 */
export function makeTriageHandlers(options: {
  readonly questions: TriageQuestions;
  readonly decisions: Decisions;
  readonly settings?: (() => Promise<TriageSettings>) | undefined;
  /** Called after a mark, for the cases that hold the finding. */
  readonly onMark?: ((findingId: string, mark: StepMark) => Promise<void>) | undefined;
}): TriageHandlers {
  const { questions, decisions } = options;
  const collector = makeTriageCollector(questions, {
    settings: options.settings,
    deviceDecision: (device) => decisions.deviceDecision(device),
    marks: (findingId) => decisions.marks(findingId),
    consultations: (findingId) => decisions.consultations(findingId),
  });
  return {
    'triage.collect': async ({ findingId }, context) => {
      await collector.collect(findingId, context);
      return {};
    },
    'triage.read': ({ findingId }) => decisions.marks(findingId),
    'triage.mark': async ({ findingId, expected, ...mark }) => {
      const made = await decisions.mark(findingId, mark, expected);
      await options.onMark?.(findingId, made);
      return made;
    },
    'finding-states.set': async (input, context: CallContext<never>) => {
      await decisions.setFindingStates(input.states);
      const states = input.states.map(({ expected: _expected, ...state }) => state);
      return questions['finding-states.set']({ states }, context);
    },
  };
}

/** Most states one call may set. */
const batch = 1_000;

/** Tells the engine every state of the journal: after a new import of an old workspace, or another engine. */
export async function restoreFindingStates(
  questions: TriageQuestions,
  decisions: Decisions,
  signal: AbortSignal,
): Promise<void> {
  const states = [...(await decisions.findingStates())].map(([id, decision]) => ({ id, ...decision }));
  for (let at = 0; at < states.length; at += batch) {
    await questions['finding-states.set'](
      { states: states.slice(at, at + batch) },
      { ...ignoreItems(signal), emit: () => undefined },
    );
  }
}
