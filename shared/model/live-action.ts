import type { LiveProcess } from './live.ts';

/** What can be done to this machine from the live view. Never by itself: each is planned, read by a person, and confirmed. */
export type LiveAction =
  /** Halts a process where it is (SIGSTOP), lets it go on, or ends it (SIGKILL). `processKey` is of a process in the live table. */
  | { readonly kind: 'halt-process' | 'continue-process' | 'end-process'; readonly processKey: string }
  | { readonly kind: 'unmount'; readonly mountPoint: string }
  /** Takes a device off the bus: `busPath` as in the list of devices. */
  | { readonly kind: 'power-off'; readonly busPath: string }
  /** Whether the system uses USB devices that are plugged in from now on. */
  | { readonly kind: 'deny-new-devices' | 'allow-new-devices' };

/** Evidence about a process, read before anything is done to it. */
export interface ProcessEvidence {
  readonly process: LiveProcess;
  /** Paths of its open files, at most 1,000. */
  readonly openFiles: readonly string[];
  readonly isOpenFilesCut: boolean;
}

/** An action that is ready to be confirmed. */
export interface LiveActionPlan {
  readonly planId: string;
  readonly action: LiveAction;
  /** What will happen, in sentences, for the question that is asked. */
  readonly effect: string;
  readonly evidence?: ProcessEvidence | undefined;
}

/** What came of an action. Both the evidence and this are in the log of captures. */
export interface LiveActionOutcome {
  readonly atMs: number;
  readonly action: LiveAction;
  /** What was done, in a sentence. */
  readonly outcome: string;
}
