import type { DuckdbDatabase } from './duckdb-database.ts';
import { readRevision } from './duckdb-schema.ts';

/** Whole answers that are kept for their next pages, sorts and spans; the one used longest ago goes first. */
const maxAnswers = 8;

/** Keeps lists that were computed from the evidence as it is now. */
export interface AnswerCache {
  /**
   * The list under `key`, computed by `compute` unless it is known for the present evidence. A list longer than `maxRows` is given
   * but not kept. Callers at the same time each compute their own: one that is aborted takes no other along.
   */
  read<Row>(key: string, compute: () => Promise<readonly Row[]>, signal: AbortSignal): Promise<readonly Row[]>;
}

/** Rows of a list that is kept, at most. */
export const maxKeptRows = 50_000;

export function makeAnswerCache(database: DuckdbDatabase): AnswerCache {
  const answers = new Map<string, readonly unknown[]>();
  let revision = '';
  return {
    async read<Row>(key: string, compute: () => Promise<readonly Row[]>, signal: AbortSignal) {
      const now = await readRevision(database, signal);
      if (now !== revision) answers.clear();
      revision = now;
      const known = answers.get(key);
      if (known) {
        answers.delete(key);
        answers.set(key, known);
        return known as readonly Row[];
      }
      const rows = await compute();
      // Evidence that came meanwhile may or may not be in it: then it is nobody's answer but this caller's.
      if (rows.length <= maxKeptRows && (await readRevision(database, signal)) === now && revision === now) {
        answers.set(key, rows);
        const [oldest] = answers.keys();
        if (answers.size > maxAnswers && oldest !== undefined) answers.delete(oldest);
      }
      return rows;
    },
  };
}
