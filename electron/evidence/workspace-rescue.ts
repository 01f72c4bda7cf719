import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Failure, fail, throwIfAborted } from '../../shared/base/failure.ts';
import { renameCode } from './duckdb-actions.ts';
import { type DuckdbDatabase, type DuckdbWorkSession, openDuckdb, openDuckdbReadOnly } from './duckdb-database.ts';
import { areRollupsWhole } from './duckdb-rollup.ts';
import { evidencePath, evidenceTables, rebuildDerived, schemaVersion } from './duckdb-schema.ts';

/** How much of a table can be read. */
export interface TableHealth {
  readonly table: string;
  /** Rows that the file says it has; undefined where it does not even say that. */
  readonly rows: number | undefined;
  readonly readableRows: number;
  /** What the engine said of the first part that it could not read. */
  readonly problem?: string | undefined;
}

export interface WorkspaceHealth {
  readonly path: string;
  readonly sizeBytes: number;
  /** False where the last changes, which lie in a log beside the file, had to be left out to open it. */
  readonly withLog: boolean;
  /** Everything is readable, and what is derived agrees with the evidence. */
  readonly ok: boolean;
  readonly tables: readonly TableHealth[];
  /**
   * Counted writes of the evidence and those of the rollup, and whether all rollups agree with the evidence, as far as opening
   * looks; where they can be read.
   */
  readonly counted?:
    | { readonly writes: number; readonly rolledUp: number; readonly areRollupsWhole: boolean }
    | undefined;
  /** What the engine may use, in its own words. */
  readonly limits: { readonly memory: string; readonly temporaryDisk: string };
}

export interface RescuedTable extends TableHealth {
  readonly files: readonly string[];
}

/** Rows read at once; the engine stores them in groups of as many. */
const groupRows = 122_880;
/** Rows that are given up together. */
const leastRows = 2_048;

/**
 * Looks through the evidence file of a workspace without changing it: every value of every table is read once. Fails with
 * `not-found`, `workspace-in-use`, and `store-damaged` where the file cannot be opened at all.
 */
export function checkWorkspace(workspacePath: string, signal: AbortSignal): Promise<WorkspaceHealth> {
  return withFile(workspacePath, async (database, withLog) => {
    const { size } = await stat(evidencePath(workspacePath));
    const names = await database.all<{ name: string }>(
      "SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main' ORDER BY name",
    );
    const tables: TableHealth[] = [];
    for (const { name } of names) {
      const table = `"${name.replaceAll('"', '""')}"`;
      tables.push({
        table: name,
        ...(await readPieces(
          database,
          table,
          async (from, to) => {
            const [row] = await database.all<{ rows: number }>(
              `SELECT CAST(count(*) AS DOUBLE) AS rows, bit_xor(hash(t)) AS all
               FROM (SELECT * FROM ${table} WHERE rowid >= $1 AND rowid < $2) t`,
              [from, to],
              signal,
            );
            return row?.rows ?? 0;
          },
          signal,
        )),
      });
    }
    const counted = await countBoth(database);
    const missing = evidenceTables.filter((table) => !names.some(({ name }) => name === table));
    for (const table of missing) tables.push({ table, rows: undefined, readableRows: 0, problem: 'is not there' });
    const [limits] = await database.all<{ memory: string; temporaryDisk: string }>(
      `SELECT current_setting('memory_limit') AS memory, current_setting('max_temp_directory_size') AS "temporaryDisk"`,
    );
    return {
      path: evidencePath(workspacePath),
      sizeBytes: size,
      withLog,
      ok: withLog && tables.every(({ problem }) => problem === undefined) && counted?.areRollupsWhole === true,
      tables,
      counted,
      limits: limits ?? { memory: '', temporaryDisk: '' },
    };
  });
}

async function countBoth(database: DuckdbDatabase): Promise<WorkspaceHealth['counted']> {
  try {
    const [version] = await database.all<{ value: string }>("SELECT value FROM meta WHERE key = 'schema'");
    // Those of an older version are made anew by opening, whatever they hold.
    const areWhole = Number(version?.value) < schemaVersion || (await areRollupsWhole(database));
    const [row] = await database.all<{ writes: number; rolledUp: number }>(
      `SELECT CAST((SELECT count(*) FROM writes WHERE action < ${renameCode}) AS DOUBLE) AS writes,
         CAST((SELECT coalesce(sum(events), 0) FROM days) AS DOUBLE) AS "rolledUp"`,
    );
    return row && { ...row, areRollupsWhole: areWhole };
  } catch {
    // The tables above say which part it is.
    return undefined;
  }
}

/**
 * Saves what can be read of a workspace's evidence into the new folder `out`, as Parquet: `writes-*` with the names of
 * the Elastic Common Schema, ready to be imported again, the other tables as they are. The workspace is not changed. Where
 * a part cannot be read, the rows around it are tried in ever smaller pieces down to 2,048.
 */
export async function rescueWorkspace(
  workspacePath: string,
  out: string,
  signal: AbortSignal,
): Promise<{ readonly withLog: boolean; readonly tables: readonly RescuedTable[] }> {
  return withFile(workspacePath, async (database, withLog) => {
    await mkdir(out, { recursive: true });
    if ((await readdir(out)).length > 0) {
      throw fail('bad-input', `${out} is not empty.`, 'Choose a new folder with --out DIR.');
    }
    const tables = await database.withSession(async (session) => {
      const dictionaries = [
        await loadDictionary(session, 'streams', signal),
        await loadDictionary(session, 'paths', signal),
      ];
      const saved: RescuedTable[] = [];
      for (const table of ['writes', 'device_events', 'alerts', 'anomaly_records'] as const) {
        saved.push(await saveTable(session, table, out, signal));
      }
      return [...saved, ...dictionaries.map((health) => ({ ...health, files: [] }))];
    });
    const report = { withLog, tables };
    await writeFile(join(out, 'rescue.json'), `${JSON.stringify(report, undefined, 2)}\n`, { flag: 'wx' });
    return report;
  });
}

/** Copies what can be read of a dictionary into a temporary table `kept_…`: a damaged part must not take all writes along. */
async function loadDictionary(
  session: DuckdbWorkSession,
  table: 'streams' | 'paths',
  signal: AbortSignal,
): Promise<TableHealth> {
  await session.run(`CREATE TEMP TABLE kept_${table} AS FROM ${table} LIMIT 0`);
  const count = async () => {
    const [row] = await session.all<{ rows: number }>(`SELECT CAST(count(*) AS DOUBLE) AS rows FROM kept_${table}`);
    return row?.rows ?? 0;
  };
  const health = await readPieces(
    session,
    table,
    async (from, to) => {
      const before = await count();
      await session.run(
        `INSERT INTO kept_${table} SELECT * FROM ${table} WHERE rowid >= $1 AND rowid < $2`,
        [from, to],
        signal,
      );
      return (await count()) - before;
    },
    signal,
  );
  return { table, ...health };
}

/** A write as a document that the import knows; of what stood in a damaged dictionary only the figures are left. */
const documentSql = `SELECT strftime(make_timestamp(w.at_ms * 1000), '%Y-%m-%dT%H:%M:%S.%gZ') AS "@timestamp", w.id AS "event.id",
  'file' AS "event.category", (['creation', 'overwrite', 'modification', 'rename'])[w.action + 1] AS "event.action",
  coalesce(k.host, 'unreadable') AS "host.name", coalesce(k.user_name, '') AS "user.name", nullif(k.user_id, '') AS "user.id",
  coalesce(k.process, 'unreadable') AS "process.name", nullif(k.executable, '') AS "process.executable", w.pid AS "process.pid",
  w.entity_id AS "process.entity_id", w.command_line AS "process.command_line",
  nullif(k.parent_process, '') AS "process.parent.name", nullif(k.process_sha256, '') AS "process.hash.sha256",
  nullif(k.publisher, '') AS "process.code_signature.subject_name",
  TRY_CAST(nullif(k.publisher_trusted, '') AS BOOLEAN) AS "process.code_signature.trusted",
  nullif(k.original_file_name, '') AS "process.pe.original_file_name",
  coalesce(p.path, 'unreadable path ' || w.path) AS "file.path", w.extension AS "file.extension", w.size AS "file.size",
  w.entropy AS "file.Ext.entropy", w.header_bytes AS "file.Ext.header_bytes", w.source_path AS "file.Ext.original.path",
  coalesce(nullif(k.bus_type, ''), 'USB') AS "file.Ext.device.bus_type", nullif(k.vendor, '') AS "file.Ext.device.vendor_id",
  nullif(k.product, '') AS "file.Ext.device.product_id", nullif(k.serial, '') AS "file.Ext.device.serial_number",
  nullif(k.volume, '') AS "file.Ext.device.dos_name"`;

async function saveTable(
  session: DuckdbWorkSession,
  table: 'writes' | 'device_events' | 'alerts' | 'anomaly_records',
  out: string,
  signal: AbortSignal,
): Promise<RescuedTable> {
  const files: string[] = [];
  const health = await readPieces(
    session,
    table,
    async (from, to) => {
      const name = `${table}-${String(from).padStart(12, '0')}.parquet`;
      const path = join(out, name);
      const span = `SELECT * FROM ${table} WHERE rowid >= ${from} AND rowid < ${to}`;
      const select =
        table === 'writes'
          ? `${documentSql} FROM (${span}) w LEFT JOIN kept_streams k ON k.id = w.stream LEFT JOIN kept_paths p ON p.id = w.path`
          : span;
      try {
        await session.run(`COPY (${select}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`, [], signal);
        const [row] = await session.all<{ rows: number }>(
          'SELECT CAST(count(*) AS DOUBLE) AS rows FROM read_parquet($1)',
          [path],
        );
        const rows = row?.rows ?? 0;
        if (rows > 0) files.push(name);
        else await rm(path, { force: true });
        return rows;
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    signal,
  );
  return { table, ...health, files };
}

/** Reads a table in pieces by place; a piece that is damaged is halved until it is small enough to be given up. */
async function readPieces(
  session: Pick<DuckdbDatabase, 'all'>,
  table: string,
  read: (from: number, to: number) => Promise<number>,
  signal: AbortSignal,
): Promise<Omit<TableHealth, 'table'>> {
  let problem: string | undefined;
  const note = (error: unknown) => {
    if (!(error instanceof Failure && error.code === 'store-damaged')) throw error;
    problem ??= error.message;
  };
  let rows: number | undefined;
  let end = 0;
  try {
    const [row] = await session.all<{ rows: number; last?: number }>(
      `SELECT CAST(count(*) AS DOUBLE) AS rows, CAST(max(rowid) AS DOUBLE) AS last FROM ${table}`,
    );
    rows = row?.rows ?? 0;
    end = (row?.last ?? -1) + 1;
  } catch (error) {
    note(error);
  }
  let readableRows = 0;
  async function piece(from: number, to: number): Promise<void> {
    throwIfAborted(signal);
    try {
      readableRows += await read(from, to);
    } catch (error) {
      note(error);
      if (to - from <= leastRows) return;
      const middle = from + Math.ceil((to - from) / 2 / leastRows) * leastRows;
      await piece(from, Math.min(middle, to));
      if (middle < to) await piece(middle, to);
    }
  }
  for (let from = 0; from < end; from += groupRows) await piece(from, Math.min(from + groupRows, end));
  return { rows, readableRows, problem };
}

/** Opens the file to read only; where its log cannot be replayed, without that. */
async function withFile<T>(
  workspacePath: string,
  body: (database: DuckdbDatabase, withLog: boolean) => Promise<T>,
): Promise<T> {
  const path = resolve(evidencePath(workspacePath));
  if (!existsSync(path)) throw fail('not-found', `There is no evidence file at ${path}.`);
  const folder = await mkdtemp(join(tmpdir(), 'portside-look-'));
  let aside: string | undefined;
  try {
    let database: DuckdbDatabase;
    let withLog = true;
    try {
      database = await openDuckdbReadOnly(path, join(folder, 'spill'));
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'store-damaged' && existsSync(`${path}.wal`))) throw error;
      // Under another name the engine finds no log. It follows symbolic links, so the name must be a true one.
      aside = await mkdtemp(join(dirname(path), 'look-')).catch(() => undefined);
      const alone = join(aside ?? folder, 'alone.duckdb');
      await link(path, alone).catch(() => copyFile(path, alone));
      database = await openDuckdbReadOnly(alone, join(folder, 'spill'));
      withLog = false;
    }
    try {
      return await body(database, withLog);
    } finally {
      await database.close();
    }
  } finally {
    for (const made of [folder, aside]) if (made !== undefined) await rm(made, { recursive: true, force: true });
  }
}

/**
 * Makes the rollup and the kept findings of a workspace anew from its writes; findings come back when they are next asked
 * for. Fails as `openDuckdb` does, and with `store-damaged` where the writes cannot be read.
 */
export async function rebuildWorkspace(workspacePath: string): Promise<{ readonly writes: number }> {
  const path = evidencePath(workspacePath);
  if (!existsSync(path)) throw fail('not-found', `There is no evidence file at ${path}.`);
  const database = await openDuckdb(path);
  try {
    return await rebuildDerived(database);
  } finally {
    await database.close();
  }
}
