import type { DuckdbWorkSession } from './duckdb-database.ts';
import {
  type Shape,
  type SourceOptions,
  type StagedColumn,
  stagedColumns,
  stagedDefaults,
  stageSql,
} from './duckdb-import-sql.ts';

/** The temporary table `stage` of a session: rows of one file on their way into the store, in the order of the file. */
export interface Stage {
  /** Rows so far. */
  readonly rows: number;
  /** Its columns beside those that every staged row has. */
  readonly columns: readonly StagedColumn[];
  /** Adds all rows of `source`, a FROM clause with the columns of `shape`, or none where the engine cannot read one of them. */
  add(source: string, shape: Shape, options: SourceOptions): Promise<void>;
}

const columnTypes: Partial<Record<StagedColumn, string>> = { pid: 'BIGINT', entropy: 'DOUBLE' };

/** Makes the empty table. `onProgress` is told how much of the rows under way is read, 0 to 1. */
export async function makeStage(
  session: DuckdbWorkSession,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Stage> {
  const columns: StagedColumn[] = [];
  let rows = 0;
  await session.run('CREATE TEMP TABLE stage (code UTINYINT, at_ms BIGINT, id VARCHAR, action UTINYINT, size BIGINT)');
  return {
    get rows() {
      return rows;
    },
    columns,
    async add(source, shape, options) {
      for (const column of stagedColumns(shape)) {
        if (columns.includes(column)) continue;
        // Only what some row has costs time and memory.
        await session.run(
          `ALTER TABLE stage ADD COLUMN ${column} ${columnTypes[column] ?? 'VARCHAR'} DEFAULT ${stagedDefaults[column]}`,
        );
        columns.push(column);
      }
      const timer = setInterval(() => onProgress(session.progress()), 200);
      try {
        await session.run(`INSERT INTO stage BY NAME ${stageSql(source, shape, options)}`, [], signal);
      } finally {
        clearInterval(timer);
      }
      const [count] = await session.all<{ rows: number }>('SELECT count(*) AS rows FROM stage', [], signal);
      rows = count?.rows ?? 0;
    },
  };
}
