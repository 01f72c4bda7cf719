import { basename } from 'node:path';
import type { EngineOperations } from '../shared/ipc/engine-operations.ts';
import type { Handlers } from '../shared/ipc/operation.ts';
import { type Feed, makeFeed } from './platform/feed.ts';
import { makeTemporaryTriage, type TriageHandlers } from './temporary-triage.ts';

/** What one open workspace offers to the window and to the command line alike. */
export interface Services {
  readonly workspacePath: string;
  /** What the person calls the workspace: the name of its folder. */
  readonly workspaceName: string;
  /** Answers every question and takes evidence in; in another process for the window, in this one for the command line. */
  readonly engine: Handlers<EngineOperations>;
  readonly triage: TriageHandlers;
  /** Whether the person approved this device. */
  isApproved(device: string): boolean;
  /** Emits after stored evidence or a decision about it changed. */
  readonly changes: Feed<void>;
}

export function makeServices(workspacePath: string, engine: Handlers<EngineOperations>): Services {
  return {
    workspacePath,
    workspaceName: basename(workspacePath),
    engine,
    triage: makeTemporaryTriage(),
    isApproved: () => false,
    changes: makeFeed(),
  };
}
