import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fail } from '../../shared/base/failure.ts';
import type { ChosenLimits } from '../../shared/model/engine-limits.ts';
import { type DuckdbDatabase, type DuckdbSession, openDuckdb } from './duckdb-database.ts';
import { areRollupsWhole, compactRollups, createRollups, rebuildRollups } from './duckdb-rollup.ts';

/** Version of the tables below. A file of a newer version is refused, an older one is brought up in `openEvidenceDatabase`. */
export const schemaVersion = 3;

/**
 * The columns that say who wrote to what. Every combination that occurs is stored once, as a stream; events carry its id.
 * So a filter on any of them is a filter on a small table, and grouping is by integers. An empty text stands for "absent".
 */
export const streamColumns = [
  'host',
  'user_name',
  'user_id',
  'process',
  'executable',
  'parent_process',
  'process_sha256',
  'publisher',
  'publisher_trusted',
  'original_file_name',
  'bus_type',
  'vendor',
  'product',
  'serial',
  'volume',
] as const;

/** Tables that hold what came in and cannot be made again from another table. */
export const evidenceTables = ['writes', 'streams', 'paths', 'device_events', 'alerts', 'anomaly_records'] as const;

/**
 * - `writes` and `device_events`, `alerts`, `anomaly_records` are the evidence, sorted by time as far as it came in so.
 * - `streams` and `paths` are dictionaries. A path is stored once; distinct files are counted over its id.
 * - What is made from the writes, so that they need not be read, is in `duckdb-rollup.ts`. It is written in the same
 *   transaction as the writes and can be rebuilt from them.
 */
const createTables = `
CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL);
CREATE TABLE streams (
  id INTEGER NOT NULL, ${streamColumns.map((column) => `${column} VARCHAR NOT NULL`).join(', ')}, device VARCHAR NOT NULL
);
CREATE TABLE paths (id INTEGER NOT NULL, path VARCHAR NOT NULL);
CREATE TABLE writes (
  at_ms BIGINT NOT NULL, stream INTEGER NOT NULL, path INTEGER NOT NULL, size BIGINT NOT NULL, action UTINYINT NOT NULL,
  id VARCHAR NOT NULL, pid BIGINT, entity_id VARCHAR, command_line VARCHAR, extension VARCHAR, header_bytes VARCHAR,
  entropy DOUBLE, source_path VARCHAR
);
${createRollups}
CREATE TABLE device_events (
  at_ms BIGINT NOT NULL, id VARCHAR NOT NULL, kind VARCHAR NOT NULL, host VARCHAR NOT NULL, device VARCHAR NOT NULL,
  bus_type VARCHAR, vendor VARCHAR, vendor_id VARCHAR, product VARCHAR, product_id VARCHAR, serial VARCHAR,
  volume VARCHAR, file_system VARCHAR, capacity_bytes DOUBLE
);
CREATE TABLE alerts (
  at_ms BIGINT NOT NULL, id VARCHAR NOT NULL, rule_name VARCHAR NOT NULL, rule_id VARCHAR, job_id VARCHAR, host VARCHAR,
  process VARCHAR, user_name VARCHAR, status VARCHAR NOT NULL, record_score DOUBLE, record_id VARCHAR, bucket_start_ms BIGINT
);
CREATE TABLE anomaly_records (
  bucket_start_ms BIGINT NOT NULL, id VARCHAR NOT NULL, job_id VARCHAR NOT NULL, bucket_span_ms BIGINT NOT NULL,
  host VARCHAR, process VARCHAR, record_score DOUBLE NOT NULL, initial_record_score DOUBLE NOT NULL,
  probability DOUBLE NOT NULL, is_first_occurrence BOOLEAN, relative_rarity DOUBLE
);
`;

/** The evidence database of a workspace. */
export function evidencePath(workspacePath: string): string {
  return join(workspacePath, 'evidence.duckdb');
}

/**
 * Opens the evidence database of a workspace and makes its tables where they are not there. Fails as `openDuckdb` does,
 * and with `store-refused` for a file that a newer Portside made.
 */
export async function openEvidenceDatabase(path: string, limits?: ChosenLimits): Promise<DuckdbDatabase> {
  const database = await openDuckdb(path, limits);
  try {
    await prepareTables(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function prepareTables(database: DuckdbDatabase): Promise<void> {
  const [known] = await database.all<{ tables: number }>(
    "SELECT count(*) AS tables FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = 'meta'",
  );
  if (known?.tables === 0) {
    await database.transaction(async (session) => {
      await session.run(createTables);
      await session.run("INSERT INTO meta VALUES ('schema', $1), ('store', $2), ('revision', '0')", [
        String(schemaVersion),
        randomUUID(),
      ]);
    });
    return;
  }
  const [version] = await database.all<{ value: string }>("SELECT value FROM meta WHERE key = 'schema'");
  if (Number(version?.value) > schemaVersion) {
    throw fail(
      'store-refused',
      `${database.path} was made by a newer Portside (tables of version ${version?.value}, known is ${schemaVersion}).`,
      'Open it with that version, or choose another workspace.',
    );
  }
  if (Number(version?.value) === 1 || Number(version?.value) === 2) {
    // They had the same evidence, and other rollups.
    await database.transaction(async (session) => {
      await rebuildRollups(session);
      await session.run(`UPDATE meta SET value = '${schemaVersion}' WHERE key = 'schema'`);
    });
    return;
  }
  if (Number(version?.value) !== schemaVersion) {
    throw fail(
      'store-damaged',
      `${database.path} does not say which version its tables have.`,
      'Move the file away and import the evidence again.',
    );
  }
  await repairRollups(database);
}

/** The rollups must hold what the writes hold; a file that was tampered with or half repaired gets them made anew. */
async function repairRollups(database: DuckdbDatabase): Promise<void> {
  if (await areRollupsWhole(database)) return compactRollups(database);
  await database.transaction(async (session) => {
    await rebuildRollups(session);
    await bumpRevision(session);
  });
}

/**
 * Makes everything that is derived from the evidence anew, without reading what is there of it: the rollup and the kept
 * findings. Gives how many counted writes the new rollup holds. Fails with `store-damaged` where the writes cannot be read.
 */
export async function rebuildDerived(database: DuckdbDatabase): Promise<{ readonly writes: number }> {
  const evidence = evidenceTables.map((table) => `'${table}'`).join(', ');
  await database.transaction(async (session) => {
    const derived = await session.all<{ name: string }>(
      `SELECT '"' || replace(schema_name, '"', '""') || '"."' || replace(table_name, '"', '""') || '"' AS name
       FROM duckdb_tables() WHERE NOT internal AND NOT temporary AND table_name NOT IN (${evidence}, 'meta')`,
    );
    for (const { name } of derived) await session.run(`DROP TABLE ${name}`);
    await rebuildRollups(session);
    await bumpRevision(session);
  });
  const [row] = await database.all<{ writes: number }>(
    'SELECT CAST(coalesce(sum(events), 0) AS DOUBLE) AS writes FROM days',
  );
  return { writes: row?.writes ?? 0 };
}

/** Marks stored evidence as changed; call it in every transaction that changed some. */
export async function bumpRevision(session: DuckdbSession): Promise<void> {
  await session.run("UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS VARCHAR) WHERE key = 'revision'");
}

/** Names the state of the evidence: another text whenever stored evidence changed, and another one in another store. */
export async function readRevision(session: DuckdbSession, signal?: AbortSignal): Promise<string> {
  const rows = await session.all<{ key: string; value: string }>('SELECT key, value FROM meta', [], signal);
  const value = (key: string) => rows.find((row) => row.key === key)?.value ?? '';
  return `${value('store')}-${value('revision')}`;
}
