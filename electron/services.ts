import { basename, join } from 'node:path';
import type { EngineOperations } from '../shared/ipc/engine-operations.ts';
import type { Handlers } from '../shared/ipc/operation.ts';
import { type CaseStore, makeCaseStore } from './cases/case-store.ts';
import { type Decisions, makeDecisions } from './cases/decisions.ts';
import { makeTriageCollector } from './cases/triage-collector.ts';
import { makeTriageHandlers, restoreFindingStates, type TriageHandlers } from './cases/triage-handlers.ts';
import { type Feed, makeFeed } from './platform/feed.ts';

/** What one open workspace offers to the window and to the command line alike. */
export interface Services {
  readonly workspacePath: string;
  /** What the person calls the workspace: the name of its folder. */
  readonly workspaceName: string;
  /** Answers every question and takes evidence in; in another process for the window, in this one for the command line. */
  readonly engine: Handlers<EngineOperations>;
  /** What people decided: marks, states of findings, approved devices. */
  readonly decisions: Decisions;
  readonly triage: TriageHandlers;
  readonly cases: CaseStore;
  /** Brings the engine's states of findings up to the decisions: after it started, and after an import. */
  restoreDecisions(signal: AbortSignal): Promise<void>;
  /** Emits after stored evidence or a decision about it changed. */
  readonly changes: Feed<void>;
}

export function makeServices(options: {
  readonly workspacePath: string;
  readonly engine: Handlers<EngineOperations>;
  /** Version of Portside, as cases note it. */
  readonly version: string;
  /** Where the evidence is, as cases note it; the embedded store by default. */
  readonly source?: string | undefined;
}): Services {
  const { workspacePath, engine, version, source = 'Embedded store' } = options;
  const workspaceName = basename(workspacePath);
  const decisions = makeDecisions({ folder: workspacePath });
  const collector = makeTriageCollector(engine, {
    deviceDecision: (device) => decisions.deviceDecision(device),
    marks: (findingId) => decisions.marks(findingId),
  });
  const cases = makeCaseStore({
    folder: join(workspacePath, 'cases'),
    questions: engine,
    collector,
    decisions,
    workspaceName,
    source,
    version,
  });
  return {
    workspacePath,
    workspaceName,
    engine,
    decisions,
    triage: makeTriageHandlers({
      questions: engine,
      decisions,
      onMark: (findingId, mark) => cases.takeMark(findingId, mark),
    }),
    cases,
    restoreDecisions: (signal) => restoreFindingStates(engine, decisions, signal),
    changes: makeFeed(),
  };
}
