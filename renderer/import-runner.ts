import { createContext, useContext, useSyncExternalStore } from 'react';
import { assertExists } from '../shared/base/assert.ts';
import type { Failure } from '../shared/base/failure.ts';
import type { ImportItem } from '../shared/ipc/workbench-operations.ts';
import type { FileOutcome, ImportedFile, ImportProgress } from '../shared/model/import-report.ts';
import { addFiles, type ManyFiles, noFiles } from './imported-files.ts';
import type { WorkbenchClient } from './ipc.ts';
import { toFailure } from './queries.ts';

/** A file of this window's imports: under way, stored, or not read. */
export type ImportOutcome =
  | {
      readonly kind: 'running';
      readonly path: string;
      readonly progress: ImportProgress;
      /** Of how many files, where it is known. */
      readonly filesTotal: number | undefined;
      readonly startedMs: number;
    }
  | { readonly kind: 'many'; readonly many: ManyFiles }
  | { readonly kind: 'imported'; readonly path: string; readonly file: ImportedFile }
  | { readonly kind: 'failed'; readonly path: string; readonly message: string; readonly hint?: string | undefined };

/** An outcome with a number of its own in this window. */
export type ImportEntry = ImportOutcome & { readonly id: number };

export interface ImportState {
  readonly isRunning: boolean;
  /** Newest first. */
  readonly entries: readonly ImportEntry[];
  /** Files that wait behind the one under way. */
  readonly waiting: number;
  readonly wasCancelled: boolean;
  readonly failure: Failure | undefined;
}

/** Imports that outlive the view they were started in. One run at a time; files given meanwhile wait for the next. */
export interface ImportRunner {
  /** Asks for files with the system's dialog and imports them. */
  choose(): Promise<void>;
  /** Imports files that were dropped onto the window. */
  drop(files: readonly File[]): Promise<void>;
  /** Gives the token of a dropped file that something else than an import is to take; nothing for what is no file. */
  take(file: File): Promise<string | undefined>;
  /** Makes the demo and imports it, where nothing else is being imported. */
  demo(): Promise<void>;
  /** Ends the run; nothing of the file under way stays, files already stored do. */
  cancel(): void;
  state(): ImportState;
  subscribe(listener: () => void): () => void;
}

/** Makes the importer of one window. `takeDropped` gives the token of a dropped file, or nothing for what is no file. */
export function makeImportRunner(
  client: WorkbenchClient,
  takeDropped: (file: File) => Promise<string | undefined>,
): ImportRunner {
  let state: ImportState = { isRunning: false, entries: [], waiting: 0, wasCancelled: false, failure: undefined };
  let abort: AbortController | undefined;
  let queued: readonly string[] = [];
  let lastId = 0;
  const listeners = new Set<() => void>();
  const set = (change: Partial<ImportState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const put = (outcome: ImportOutcome) => {
    const before = state.entries.find((other) => other.kind === 'running');
    if (!before) lastId += 1;
    set({ entries: [{ ...outcome, id: before?.id ?? lastId }, ...state.entries.filter((other) => other !== before)] });
  };

  async function run(tokens: readonly string[]): Promise<void> {
    if (tokens.length === 0) return;
    if (state.isRunning) {
      queued = [...queued, ...tokens];
      set({ waiting: state.waiting + tokens.length });
      return;
    }
    set({ waiting: tokens.length });
    await follow((options) => client.call('import.run', { tokens: [...tokens] }, options));
  }

  /** Adds to what is shown of the small files of this run; the entries of the run are those behind `lastBefore`. */
  function putMany(outcomes: readonly FileOutcome[], lastBefore: number): void {
    const others = state.entries.filter(({ kind }) => kind !== 'running');
    const before = others.find((entry) => entry.kind === 'many' && entry.id > lastBefore);
    if (before?.kind !== 'many') {
      put({ kind: 'many', many: addFiles(noFiles, outcomes) });
      return;
    }
    set({
      entries: others.map((entry) => (entry === before ? { ...before, many: addFiles(before.many, outcomes) } : entry)),
    });
  }

  /** Puts what a run says into the state, from its start to its end, and then imports what was given meanwhile. */
  async function follow(
    call: (options: { signal: AbortSignal; onItem: (item: ImportItem) => void }) => Promise<unknown>,
  ): Promise<void> {
    abort = new AbortController();
    const lastBefore = lastId;
    let done = 0;
    set({ isRunning: true, wasCancelled: false, failure: undefined });
    try {
      await call({
        signal: abort.signal,
        onItem: (item) => {
          if (item.kind === 'progress') {
            const { progress, filesTotal } = item;
            const running = state.entries.find((entry) => entry.kind === 'running');
            const isSame =
              running?.path === progress.path ||
              (running?.progress.filesRead !== undefined && progress.filesRead !== undefined);
            if (filesTotal !== undefined) {
              set({ waiting: Math.max(0, filesTotal - (progress.filesRead ?? done + 1)) + queued.length });
            } else if (!isSame) set({ waiting: Math.max(0, state.waiting - 1) });
            put({
              kind: 'running',
              path: progress.path,
              progress,
              filesTotal,
              startedMs: isSame && running.kind === 'running' ? running.startedMs : performance.now(),
            });
            return;
          }
          done += item.kind === 'files' ? item.outcomes.length : 1;
          if (item.kind === 'files') putMany(item.outcomes, lastBefore);
          else if (item.kind === 'imported') put({ kind: 'imported', path: item.file.path, file: item.file });
          else put({ kind: 'failed', path: item.path, message: item.message, hint: item.hint });
        },
      });
    } catch (error) {
      const failure = toFailure(error);
      set({ failure, wasCancelled: failure === undefined });
      if (!failure) queued = [];
    }
    abort = undefined;
    set({ isRunning: false, waiting: 0, entries: state.entries.filter((entry) => entry.kind !== 'running') });
    const next = queued;
    queued = [];
    await run(next);
  }

  return {
    async choose() {
      try {
        const { tokens } = await client.call('import.choose', {});
        await run(tokens);
      } catch (error) {
        set({ failure: toFailure(error) });
      }
    },
    async drop(files) {
      const tokens = await Promise.all(files.map((file) => takeDropped(file)));
      await run(tokens.flatMap((token) => token ?? []));
    },
    take: (file) => takeDropped(file),
    async demo() {
      if (!state.isRunning) await follow((options) => client.call('import.demo', {}, options));
    },
    cancel: () => abort?.abort(),
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Gives every view the importer of its window. */
export const ImporterContext = createContext<ImportRunner | undefined>(undefined);

/** The importer of this window. */
export function useImportRunner(): ImportRunner {
  return assertExists(useContext(ImporterContext), 'importer of the window');
}

/** The importer of this window and its state. */
export function useImporter(): { readonly importer: ImportRunner; readonly state: ImportState } {
  const importer = useImportRunner();
  return { importer, state: useSyncExternalStore(importer.subscribe, importer.state) };
}
