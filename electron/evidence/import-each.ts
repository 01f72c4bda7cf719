import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, isCancelled, throwIfAborted } from '../../shared/base/failure.ts';
import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { FileOutcome, ImportProgress } from '../../shared/model/import-report.ts';

/** Files that the engine is told of at once. */
const filesAtOnce = 20_000;

/** How an import of several files goes on. */
export interface ImportWatcher {
  readonly signal: AbortSignal;
  /** `filesTotal`: of how many files, where more than one are imported. */
  readonly onProgress: (progress: ImportProgress, filesTotal: number) => void;
  /** What became of one file, or of several that were stored in one transaction. */
  readonly onOutcomes: (outcomes: readonly FileOutcome[]) => void;
}

/**
 * Imports files, and all files of folders and of the folders in these, one after the other; many small ones at once. A file that
 * is not read does not keep the others out. A failure of the engine or of its disk is told of the file at which it came, and
 * ends the import, as a cancel does: what was stored before stays. Gives the number of files, and of those not read.
 */
export async function importEach(
  engine: Pick<Handlers<EngineOperations>, 'evidence.import' | 'evidence.import-files'>,
  given: readonly string[],
  { signal, onProgress, onOutcomes }: ImportWatcher,
): Promise<{ readonly files: number; readonly failed: number }> {
  const paths: string[] = [];
  for (const path of given) for await (const file of filesOf(path, signal)) paths.push(file);
  let failed = 0;
  const tell = (outcomes: readonly FileOutcome[]) => {
    failed += outcomes.filter(({ kind }) => kind === 'failed').length;
    onOutcomes(outcomes);
  };
  let done = 0;
  while (done < paths.length) {
    const emit = (progress: ImportProgress) =>
      onProgress(
        progress.filesRead === undefined ? progress : { ...progress, filesRead: done + progress.filesRead },
        paths.length,
      );
    const [first = ''] = paths;
    try {
      const outcomes: readonly FileOutcome[] =
        paths.length === 1
          ? [{ kind: 'imported', file: await engine['evidence.import']({ path: first }, { signal, emit }) }]
          : await engine['evidence.import-files']({ paths: paths.slice(done, done + filesAtOnce) }, { signal, emit });
      tell(outcomes);
      done += outcomes.length;
    } catch (error) {
      if (isCancelled(error) || !(error instanceof Failure)) throw error;
      tell([failedOutcome(paths[done] ?? first, error)]);
      return { files: paths.length, failed: failed + paths.length - done - 1 };
    }
  }
  return { files: paths.length, failed };
}

/** The outcome of a file that was not read. */
export function failedOutcome(path: string, { code, message, hint }: Failure): FileOutcome {
  return { kind: 'failed', path, code, message, hint };
}

/** The file, or all files of the folder by name; what is linked into it is no part of it. */
async function* filesOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
  // What cannot be looked at is told by whoever reads it.
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isDirectory()) {
    yield path;
    return;
  }
  yield* filesIn(path, signal);
}

async function* filesIn(folder: string, signal: AbortSignal): AsyncGenerator<string> {
  throwIfAborted(signal);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries) {
    yield folder;
    return;
  }
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
  for (const entry of entries.sort(byName)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path, signal);
    else if (entry.isFile()) yield path;
  }
}
