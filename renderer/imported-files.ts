import type { FileOutcome, ImportedFile, RejectedRow } from '../shared/model/import-report.ts';

/** Rejected rows and files not read that are kept of each run; all are counted. */
const maxKept = 1_000;

type Counts = Pick<ImportedFile, 'rowsRead' | 'rowsStored' | 'rowsDuplicate' | 'rowsRejected' | 'rowsOther'>;

/** What became of many small files, added up. */
export interface ManyFiles extends Counts {
  /** Files that were read. */
  readonly files: number;
  readonly failed: number;
  /** The first of the rows rejected. */
  readonly rejected: readonly (RejectedRow & { readonly path: string })[];
  /** The first of the files not read, and why. */
  readonly notRead: readonly { readonly path: string; readonly message: string }[];
  /** SHA-256 and path of every file that was read. */
  readonly hashes: readonly (readonly [sha256: string, path: string])[];
}

export const noFiles: ManyFiles = {
  files: 0,
  failed: 0,
  rowsRead: 0,
  rowsStored: 0,
  rowsDuplicate: 0,
  rowsRejected: 0,
  rowsOther: 0,
  rejected: [],
  notRead: [],
  hashes: [],
};

/** Adds what became of more files. */
export function addFiles(before: ManyFiles, outcomes: readonly FileOutcome[]): ManyFiles {
  const files = outcomes.flatMap((outcome) => (outcome.kind === 'imported' ? outcome.file : []));
  const notRead = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? outcome : []));
  const added = (name: keyof Counts) => files.reduce((total, file) => total + file[name], before[name]);
  return {
    files: before.files + files.length,
    failed: before.failed + notRead.length,
    rowsRead: added('rowsRead'),
    rowsStored: added('rowsStored'),
    rowsDuplicate: added('rowsDuplicate'),
    rowsRejected: added('rowsRejected'),
    rowsOther: added('rowsOther'),
    rejected: [
      ...before.rejected,
      ...files.flatMap(({ path, rejected }) => rejected.map((row) => ({ ...row, path }))),
    ].slice(0, maxKept),
    notRead: [...before.notRead, ...notRead.map(({ path, message }) => ({ path, message }))].slice(0, maxKept),
    hashes: [...before.hashes, ...files.map(({ sha256, path }) => [sha256, path] as const)],
  };
}
