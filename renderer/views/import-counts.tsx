import type { ReactNode } from 'react';
import type { ImportedFile } from '../../shared/model/import-report.ts';
import { useAct } from '../queries.ts';
import { sourcesTexts as texts } from '../texts/sources.ts';
import { toCsv } from './csv.ts';

/** What became of the rows of a file, or of many. */
export function ImportCounts({
  counts,
  storedTitle,
  children,
}: {
  counts: Pick<ImportedFile, 'rowsRead' | 'rowsStored' | 'rowsDuplicate' | 'rowsRejected' | 'rowsOther'>;
  storedTitle?: string;
  /** What stands behind the figures. */
  children?: ReactNode;
}) {
  return (
    <div className="figures">
      <span>{texts.read(counts.rowsRead)}</span>
      <span title={storedTitle}>{texts.storedRows(counts.rowsStored)}</span>
      <span>{texts.duplicate(counts.rowsDuplicate)}</span>
      <span>{texts.rejected(counts.rowsRejected)}</span>
      <span title={texts.otherTitle}>{texts.other(counts.rowsOther)}</span>
      {children}
    </div>
  );
}

/** Copies the rows that were rejected as CSV. */
export function CopyRejected({
  head,
  rows,
}: {
  head: readonly string[];
  rows: () => readonly (readonly (string | number)[])[];
}) {
  const copy = useAct('clipboard.write');
  return (
    <button type="button" className="btn sm quiet" onClick={() => copy.mutate({ text: toCsv(head, rows()) })}>
      {texts.copyRejected}
    </button>
  );
}
