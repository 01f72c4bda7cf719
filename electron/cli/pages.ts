import type { Page } from '../../shared/model/evidence-answer.ts';
import { maxPageRows } from '../../shared/model/page-limit.ts';
import type { ListEnd } from './command.ts';

/** Rows a table for people shows unless `--limit` says otherwise. JSON has no such bound. */
export const usualTableRows = 100;

/**
 * Passes rows on page by page, up to `limit` (all where it is absent), and tells what was left over.
 * `readPage` is asked for at most 1,000 rows at a time.
 */
export async function passPages<Row>(
  limit: number | undefined,
  startCursor: string | undefined,
  readPage: (
    limit: number,
    cursor: string | undefined,
  ) => Promise<Omit<Page<Row>, 'total'> & { readonly total?: number }>,
  onRow: (row: Row) => Promise<void>,
): Promise<ListEnd> {
  let cursor = startCursor;
  let passed = 0;
  let total: number | undefined;
  for (;;) {
    const page = await readPage(Math.min(maxPageRows, (limit ?? Number.POSITIVE_INFINITY) - passed), cursor);
    for (const row of page.rows) await onRow(row);
    passed += page.rows.length;
    total = page.total;
    cursor = page.nextCursor;
    if (cursor === undefined || page.rows.length === 0 || (limit !== undefined && passed >= limit)) {
      return { passed, total, nextCursor: cursor };
    }
  }
}
