import type { QueryClient } from '@tanstack/react-query';
import type { FindingRow } from '../../shared/model/finding.ts';

interface RowsInPages {
  readonly pages?: readonly { readonly rows?: readonly FindingRow[] }[];
}

/** Findings that the window was told of and still holds, by id. */
export function knownFindings(queries: QueryClient): ReadonlyMap<string, FindingRow> {
  const known = new Map<string, FindingRow>();
  for (const [, data] of queries.getQueriesData<RowsInPages>({ queryKey: ['findings.list'] })) {
    for (const row of data?.pages?.flatMap((page) => page.rows ?? []) ?? []) known.set(row.id, row);
  }
  for (const [, row] of queries.getQueriesData<FindingRow>({ queryKey: ['finding.read'] })) {
    if (row) known.set(row.id, row);
  }
  return known;
}
