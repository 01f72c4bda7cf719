import { z } from 'zod';
import type { EngineLimits } from '../model/engine-limits.ts';
import type { EvidenceSummary } from '../model/evidence-answer.ts';
import type { FileOutcome, ImportedFile, ImportProgress } from '../model/import-report.ts';
import type { Opening } from '../model/opening.ts';
import { type CollectedStep, type StepMark, triageSteps } from '../model/triage.ts';
import { auditOperations } from './audit-operations.ts';
import { caseOperations } from './case-operations.ts';
import { evidenceOperations } from './evidence-operations.ts';
import { findingOperations } from './finding-operations.ts';
import { liveOperations } from './live-operations.ts';
import { operation } from './operation.ts';
import { responseOperations } from './response-operations.ts';
import { ruleOperations } from './rule-operations.ts';
import { settingsOperations } from './settings-operations.ts';
import { sourceOperations } from './source-operations.ts';
import { supportOperations } from './support-operations.ts';
import { verdictOperations } from './verdict-operations.ts';

const findingId = z.string().max(128);

/** What a file import says while it runs: progress, or the report of a file that ended. */
export type ImportItem =
  /** `filesTotal`: how many files there are in all. */
  | { readonly kind: 'progress'; readonly progress: ImportProgress; readonly filesTotal?: number | undefined }
  | { readonly kind: 'imported'; readonly file: ImportedFile }
  | { readonly kind: 'failed'; readonly path: string; readonly message: string; readonly hint?: string | undefined }
  /** Of many small files, whose reports come together. */
  | { readonly kind: 'files'; readonly outcomes: readonly FileOutcome[] };

export interface WorkspaceInfo {
  readonly path: string;
  readonly name: string;
  /** Where the evidence is: the name of a cluster, or the embedded store. */
  readonly source?: string | undefined;
  readonly summary: EvidenceSummary;
  /** Memory and disk that the engine may use, and what is free. */
  readonly limits?: EngineLimits | undefined;
  /** Version of Portside and of what it runs on, for the status bar and About. */
  readonly versions: { readonly portside: string; readonly electron?: string | undefined; readonly node: string };
}

/**
 * How the engine process does. After `restarting` every question that waited has failed with `store-unreachable`; a cluster
 * that no longer answers is told in this way too.
 */
export interface EngineState {
  readonly kind: 'starting' | 'ready' | 'restarting' | 'stopped';
  /** What happened, for `restarting` and `stopped`, as a sentence. */
  readonly message?: string | undefined;
}

/** The contract between the window and main: the one table of everything the window can ask for. */
export const workbenchOperations = {
  ...evidenceOperations,
  ...findingOperations,
  ...caseOperations,
  ...liveOperations,
  ...responseOperations,
  ...ruleOperations,
  ...sourceOperations,
  ...auditOperations,
  ...supportOperations,
  ...settingsOperations,
  ...verdictOperations,

  'workspace.read': operation(z.strictObject({})).returns<WorkspaceInfo>(),

  /** Emits whenever the stored evidence or a finding's state changed; ends only when aborted. */
  'workspace.watch': operation(z.strictObject({})).emits<{ readonly revision: string }>().returns<never>(),

  /** Emits the engine process's state, first as it is now, then on every change; ends only when aborted. */
  'engine.watch': operation(z.strictObject({})).emits<EngineState>().returns<never>(),

  /** Emits the id of each command the person chose in the native menu; ends only when aborted. */
  'menu.watch': operation(z.strictObject({})).emits<{ readonly command: string }>().returns<never>(),

  /**
   * Emits what the window is asked from outside to show: followed links, opened case packages. What was asked before
   * anybody listened comes first. Ends only when aborted.
   */
  'openings.watch': operation(z.strictObject({})).emits<Opening>().returns<never>(),

  /**
   * Opens another window on the same workspace, at a finding or case. It chooses for itself; evidence and decisions are
   * shared. Fails with `bad-input` where too many windows are open.
   */
  'window.open': operation(
    z.strictObject({ kind: z.enum(['finding', 'case']), id: z.string().min(1).max(128) }),
  ).returns<Record<string, never>>(),

  /**
   * Hands a file that was written from this window to the desktop, while the page is being dragged from. Ends with
   * `bad-input` for a token that was not given out, `not-found` where the file is gone.
   */
  'file.drag': operation(z.strictObject({ token: z.string().max(64) })).returns<Record<string, never>>(),

  /** The theme the person chose; kept with the application, so that the next window opens in its colour. */
  'theme.read': operation(z.strictObject({})).returns<{ readonly theme: 'system' | 'light' | 'dark' }>(),

  /** Chooses the theme: the page's `prefers-color-scheme` and native parts follow at once. */
  'theme.set': operation(z.strictObject({ theme: z.enum(['system', 'light', 'dark']) })).returns<
    Record<string, never>
  >(),

  /** Whether new alerts are kept off the desktop; the number on the icon stays. */
  'notifications.read': operation(z.strictObject({})).returns<{ readonly isMuted: boolean }>(),
  'notifications.set': operation(z.strictObject({ isMuted: z.boolean() })).returns<Record<string, never>>(),

  /** Asks the person for files (a dialog of the system); `tokens` stand for them. Empty when the dialog was left. */
  'import.choose': operation(z.strictObject({})).returns<{ readonly tokens: readonly string[] }>(),

  /** Imports files the person chose or dropped, and the files of folders among them, one after the other; the window only ever holds tokens, never paths to open. */
  'import.run': operation(z.strictObject({ tokens: z.array(z.string().max(64)).min(1).max(100_000) }))
    .emits<ImportItem>()
    .returns<{ readonly files: number; readonly failed: number }>(),

  /**
   * Makes up the evidence of a company of 40 hosts over three weeks and imports it: something to look at on the first
   * start. Fails with `bad-input` where the workspace holds evidence already.
   */
  'import.demo': operation(z.strictObject({}))
    .emits<ImportItem>()
    .returns<{ readonly files: number; readonly failed: number }>(),

  /** Collects the evidence of the six steps for a finding; emits each step as it is ready. */
  'triage.collect': operation(z.strictObject({ findingId })).emits<CollectedStep>().returns<Record<string, never>>(),

  /** What people decided about the steps of a finding: the newest mark of each step. */
  'triage.read': operation(z.strictObject({ findingId })).returns<readonly StepMark[]>(),

  /** Records a decision and note; it is on disk before this returns. */
  'triage.mark': operation(
    z.strictObject({
      findingId,
      step: z.enum(triageSteps),
      state: z.enum(['open', 'unremarkable', 'suspicious', 'not-applicable']),
      note: z.string().max(20_000),
      /** Ends with `changed-since` where the newest mark is another one by now. */
      expected: z
        .strictObject({
          state: z.enum(['open', 'unremarkable', 'suspicious', 'not-applicable']),
          note: z.string().max(20_000),
        })
        .optional(),
    }),
  ).returns<StepMark>(),

  /** Puts text on the clipboard (the window itself has no access to it). */
  'clipboard.write': operation(z.strictObject({ text: z.string().max(10_000_000) })).returns<Record<string, never>>(),
} as const;

export type WorkbenchOperations = typeof workbenchOperations;
