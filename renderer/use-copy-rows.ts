import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { InputOf, OutputOf } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import { maxPageRows } from '../shared/model/page-limit.ts';
import { type PagedName, useClient } from './queries.ts';
import { rowsToCsv } from './views/csv.ts';

/** Most rows that are copied at once. */
export const mostCopiedRows = 10_000;
/** Most characters the clipboard takes. */
const mostCharacters = 10_000_000;

export type RowOf<K extends PagedName> = OutputOf<WorkbenchOperations[K]>['rows'][number];

/** How rows become text. */
export interface CopyFormats<Row> {
  toCsv(rows: readonly Row[]): string;
  /** What a row is in JSON; the row itself where absent. */
  toJson?(row: Row): unknown;
}

export interface CopyRows {
  copy(format: 'csv' | 'json'): void;
  readonly isPending: boolean;
  /** Rows read so far, or copied. */
  readonly rows: number;
  readonly isDone: boolean;
  readonly error: Error | null;
}

/** Puts rows on the clipboard. `question` is what they are of; `read` gets them and says how many it has so far. */
function useCopy<Row>(
  question: string,
  read: (tell: (rows: number) => void) => Promise<readonly Row[]>,
  formats: CopyFormats<Row>,
): CopyRows {
  const client = useClient();
  const [count, setCount] = useState(0);
  // What was said of one question is not true of the next.
  const [asked, setAsked] = useState(question);
  const copy = useMutation({
    mutationFn: async (format: 'csv' | 'json') => {
      setCount(0);
      setAsked(question);
      const rows = await read(setCount);
      const copied = cutToFit(rows.slice(0, mostCopiedRows), (part) =>
        format === 'csv' ? formats.toCsv(part) : toJsonLines(part, formats.toJson),
      );
      await client.call('clipboard.write', { text: copied.text });
      setCount(copied.count);
      return copied.count;
    },
  });
  return {
    copy: copy.mutate,
    isPending: copy.isPending,
    rows: count,
    isDone: copy.isSuccess && asked === question,
    error: asked === question ? copy.error : null,
  };
}

/**
 * Copies what a question finds, not only what is loaded: asks for its pages from the start, at most `mostCopiedRows` rows,
 * and puts them on the clipboard. Where the text would be longer than the clipboard takes, fewer rows are copied.
 */
export function useCopyRows<K extends PagedName>(
  name: K,
  input: InputOf<WorkbenchOperations[K]>,
  formats: CopyFormats<RowOf<K>>,
): CopyRows {
  const client = useClient();
  return useCopy(
    JSON.stringify(input),
    async (tell) => {
      const rows: RowOf<K>[] = [];
      let cursor: string | undefined;
      do {
        const page = await client.call(name, { ...input, limit: maxPageRows, ...(cursor ? { cursor } : {}) });
        const part = page as { readonly rows: readonly RowOf<K>[]; readonly nextCursor?: string | undefined };
        rows.push(...part.rows);
        cursor = part.nextCursor;
        tell(rows.length);
      } while (cursor !== undefined && rows.length < mostCopiedRows);
      return rows;
    },
    formats,
  );
}

/** Copies a list that is here whole, with a column for each field of its rows. */
export function useCopyList(rows: readonly object[]): CopyRows {
  return useCopy(`${rows.length}`, () => Promise.resolve(rows), { toCsv: rowsToCsv });
}

/** As many of the rows as the clipboard takes. */
function cutToFit<Row>(
  rows: readonly Row[],
  write: (rows: readonly Row[]) => string,
): { readonly text: string; readonly count: number } {
  let count = rows.length;
  let text = write(rows);
  while (text.length > mostCharacters && count > 0) {
    count = Math.floor((count * mostCharacters * 0.95) / text.length);
    text = write(rows.slice(0, count));
  }
  return { text, count };
}

/** A JSON document with a row on each line: readable by programs and by people. */
function toJsonLines<Row>(rows: readonly Row[], toJson: ((row: Row) => unknown) | undefined): string {
  return `[${rows.map((row) => `\n${JSON.stringify(toJson ? toJson(row) : row)}`).join(',')}\n]\n`;
}
