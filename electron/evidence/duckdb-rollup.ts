import { renameCode } from './duckdb-actions.ts';
import type { DuckdbDatabase, DuckdbSession } from './duckdb-database.ts';
import { addLinks, chainSql, linkKinds, makeStreamGroups, pairsSql } from './duckdb-links.ts';
import { chooseAmongKept, choosePlainDays, isPlainSql } from './duckdb-plain-days.ts';
import { rollupDayMs, rollupHourMs, slotMs } from './duckdb-slot.ts';

/** Extension of a write as it is counted: lower case, without a dot. */
export const extensionSql = (column: string) => `lower(ltrim(coalesce(${column}, ''), '.'))`;

/**
 * What is made from the counted writes, in the same transaction as they are stored, so that questions need not read them.
 * All of it is to be added up: one key may have several rows, and a row may take back what an earlier one said.
 * - `activity`: per five minutes and stream, but for plain days: those whose writes are spread out so that this saves nothing.
 *   They are in `plain_days`, and questions read their single writes where nothing below knows the answer.
 * - `days`: per day and stream. At most so many rows a day as there are streams.
 * - `extensions`: per day, stream and extension; of plain days per host, under the first stream of the host.
 * - `hours`: of plain days, per hour and program name, under the first stream that has it.
 * - `repeats`: writes to a file that was written before, by the same stream (and extension) as all of its writes, with the
 *   bytes of the write before: within a span there are as many such files as writes, less the repeats that lie in it from the
 *   first to the second write. Those within one slot are counted together, as if they took all of it.
 * - `renames`: renames, per slot and stream. They are counted nowhere else.
 * - `shared`: every write to a path that more than one stream (or extension) wrote. Only these must be counted by path,
 * - `links`: unless no more than a span is asked: repeats on these paths by what they are counted by, see `linkKinds`.
 */
export const rollupTables = [
  'activity',
  'plain_days',
  'days',
  'extensions',
  'hours',
  'repeats',
  'shared',
  'links',
  'renames',
] as const;

export const createRollups = `
CREATE TABLE activity (
  slot_ms BIGINT NOT NULL, stream INTEGER NOT NULL, events BIGINT NOT NULL, bytes HUGEINT NOT NULL,
  first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
);
CREATE TABLE plain_days (day_ms BIGINT NOT NULL);
CREATE TABLE days (
  day_ms BIGINT NOT NULL, stream INTEGER NOT NULL, events BIGINT NOT NULL, bytes HUGEINT NOT NULL,
  first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
);
CREATE TABLE extensions (
  day_ms BIGINT NOT NULL, stream INTEGER NOT NULL, extension VARCHAR NOT NULL, events BIGINT NOT NULL, bytes HUGEINT NOT NULL,
  first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
);
CREATE TABLE hours (hour_ms BIGINT NOT NULL, stream INTEGER NOT NULL, events BIGINT NOT NULL, bytes HUGEINT NOT NULL);
CREATE TABLE repeats (
  from_ms BIGINT NOT NULL, to_ms BIGINT NOT NULL, stream INTEGER NOT NULL, extension VARCHAR NOT NULL,
  events BIGINT NOT NULL, bytes HUGEINT NOT NULL
);
CREATE TABLE links (
  kind UTINYINT NOT NULL, from_ms BIGINT NOT NULL, to_ms BIGINT NOT NULL, stream INTEGER NOT NULL, extension VARCHAR NOT NULL,
  events BIGINT NOT NULL, bytes HUGEINT NOT NULL
);
CREATE TABLE renames (
  slot_ms BIGINT NOT NULL, stream INTEGER NOT NULL, events BIGINT NOT NULL, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL
);
CREATE TABLE shared (
  at_ms BIGINT NOT NULL, stream INTEGER NOT NULL, extension VARCHAR NOT NULL, path INTEGER NOT NULL, size BIGINT NOT NULL
);
`;

/**
 * Adds new writes to the rollups. `fresh` is a table with their `at_ms`, `stream`, `path`, `size`, `action` and `extension` (as
 * `extensionSql` has it); paths above `lastKnownPath` were never written before. The writes that were stored before are those of
 * the table `writes` up to `lastKnownRow`.
 */
export async function addToRollups(
  session: DuckdbSession,
  fresh: string,
  { lastKnownPath, lastKnownRow }: { readonly lastKnownPath: number; readonly lastKnownRow: number },
  signal?: AbortSignal,
): Promise<void> {
  const run = (sql: string) => session.run(sql, [], signal);
  const hasPlain = await choosePlainDays(session, fresh, signal);
  const counted = `${fresh} WHERE action < ${renameCode}`;
  const day = `at_ms // ${rollupDayMs} * ${rollupDayMs}`;
  const fine = hasPlain ? `AND NOT ${isPlainSql('at_ms')}` : '';
  await run(`INSERT INTO activity
    SELECT at_ms // ${slotMs} * ${slotMs}, stream, count(*), sum(size), min(at_ms), max(at_ms)
    FROM ${counted} ${fine} GROUP BY 1, 2 ORDER BY 1, 2`);
  await run(`INSERT INTO days
    SELECT ${day}, stream, count(*), sum(size), min(at_ms), max(at_ms) FROM ${counted} GROUP BY 1, 2 ORDER BY 1, 2`);
  await run(`INSERT INTO extensions
    SELECT ${day}, stream, extension, count(*), sum(size), min(at_ms), max(at_ms)
    FROM ${counted} ${fine} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`);
  if (hasPlain) {
    await makeStreamGroups(session, signal);
    await run(`INSERT INTO extensions
      SELECT ${day}, of_host, extension, count(*), sum(size), min(at_ms), max(at_ms)
      FROM (FROM ${counted} AND ${isPlainSql('at_ms')}) JOIN stream_groups USING (stream) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`);
    await run(`INSERT INTO hours
      SELECT at_ms // ${rollupHourMs} * ${rollupHourMs}, of_process, count(*), sum(size)
      FROM (FROM ${counted} AND ${isPlainSql('at_ms')}) JOIN stream_groups USING (stream) GROUP BY 1, 2 ORDER BY 1, 2`);
    await run('DROP TABLE stream_groups');
  }
  await run(`INSERT INTO renames
    SELECT at_ms // ${slotMs} * ${slotMs}, stream, count(*), min(at_ms), max(at_ms)
    FROM ${fresh} WHERE action = ${renameCode} GROUP BY 1, 2 ORDER BY 1, 2`);
  // Only paths that are written again matter: for the others there is nothing to count but the write itself.
  await run(`CREATE OR REPLACE TEMP TABLE again AS
    SELECT path FROM ${fresh} WHERE action < ${renameCode} GROUP BY path HAVING count(*) > 1 OR path <= ${lastKnownPath}`);
  await run(`CREATE OR REPLACE TEMP TABLE chains AS
    SELECT at_ms, stream, extension, path, size, true AS is_new FROM ${fresh}
    WHERE action < ${renameCode} AND path IN (SELECT path FROM again)`);
  const [known] = await session.all<{ paths: number }>(
    `SELECT count(*) AS paths FROM again WHERE path <= ${lastKnownPath}`,
    [],
    signal,
  );
  if ((known?.paths ?? 0) > 0) {
    await run(`INSERT INTO chains
      SELECT at_ms, stream, ${extensionSql('extension')}, path, size, false FROM writes
      WHERE rowid <= ${lastKnownRow} AND action < ${renameCode}
        AND path IN (SELECT path FROM again WHERE path <= ${lastKnownPath})`);
  }
  await addChains(session, (known?.paths ?? 0) > 0, signal);
  await run('DROP TABLE again; DROP TABLE chains');
}

/** Adds what the writes of the table `chains` (all there are to their paths) say of repeats and shared paths. */
async function addChains(session: DuckdbSession, hasKnown: boolean, signal: AbortSignal | undefined): Promise<void> {
  const isMixed = (rows: string) => `coalesce(
    min(stream) ${rows} <> max(stream) ${rows} OR min(extension) ${rows} <> max(extension) ${rows}, false)`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE mixed AS
     SELECT path, ${isMixed('FILTER (NOT is_new)')} AS was_mixed FROM chains GROUP BY path HAVING ${isMixed('')}`,
    [],
    signal,
  );
  const chain = { stream: 'stream', extension: 'extension', group: 'path' };
  // What was said of a path that is written again is taken back, and said anew with the new writes in between.
  const takenBack = hasKnown ? `UNION ALL ${chainSql('before', -1, chain)}` : '';
  await session.run(
    `INSERT INTO repeats
     WITH alone AS (FROM chains WHERE path NOT IN (SELECT path FROM mixed)),
       before AS (FROM chains WHERE NOT is_new AND path NOT IN (SELECT path FROM mixed WHERE was_mixed))
     ${pairsSql(`${chainSql('alone', 1, chain)} ${takenBack}`)}`,
    [],
    signal,
  );
  await session.run(
    `INSERT INTO shared
     SELECT at_ms, stream, extension, path, size FROM chains JOIN mixed USING (path)
     WHERE is_new OR NOT was_mixed ORDER BY at_ms`,
    [],
    signal,
  );
  await addLinks(session, hasKnown, signal);
  await session.run('DROP TABLE mixed');
}

/** Makes all rollups anew from the writes, whatever is there of them. */
export async function rebuildRollups(session: DuckdbSession): Promise<void> {
  for (const table of rollupTables) await session.run(`DROP TABLE IF EXISTS ${table}`);
  await session.run(createRollups);
  await addToRollups(
    session,
    `(SELECT at_ms, stream, path, size, action, ${extensionSql('extension')} AS extension FROM writes)`,
    { lastKnownPath: -1, lastKnownRow: -1 },
  );
}

/**
 * Whether the rollups hold what the writes hold, as far as that can be told without reading all of these: the counted writes,
 * their bytes between rollups, and that repeats and shared paths leave as many files as there are paths.
 */
export async function areRollupsWhole(database: Pick<DuckdbDatabase, 'all'>): Promise<boolean> {
  const [there] = await database.all<{ tables: number }>(
    `SELECT count(*) AS tables FROM duckdb_tables()
     WHERE schema_name = 'main' AND table_name IN (${rollupTables.map((table) => `'${table}'`).join(', ')})`,
  );
  if (there?.tables !== rollupTables.length) return false;
  const [plain] = await database.all<{ days: number }>('SELECT count(*) AS days FROM plain_days');
  const hasPlain = (plain?.days ?? 0) > 0;
  const sums = (table: string) =>
    `(SELECT coalesce(sum(events), 0) AS events, coalesce(sum(bytes), 0) AS bytes FROM ${table})`;
  const [row] = await database.all<{ whole: boolean; files: number; renames: number }>(
    `SELECT d.events = w.events AND e.events = d.events AND e.bytes = d.bytes
         AND a.events + h.events = d.events AND a.bytes + h.bytes = d.bytes AND h.events = p.events AND h.bytes = p.bytes
         AND l.events = s.events AND n.renames = (SELECT coalesce(sum(events), 0) FROM renames) AS whole,
       w.events - r.events - s.events AS files, n.renames
     FROM (SELECT count(*) AS events FROM writes WHERE action < ${renameCode}) w,
       (SELECT count(*) AS renames FROM writes WHERE action = ${renameCode}) n,
       ${sums('activity')} a, ${sums('days')} d, ${sums('extensions')} e, ${sums('hours')} h,
       ${hasPlain ? sums(`(SELECT 1 AS events, size AS bytes FROM writes WHERE action < ${renameCode} AND ${isPlainSql('at_ms')})`) : '(SELECT 0 AS events, 0 AS bytes)'} p,
       (SELECT coalesce(sum(events), 0) AS events FROM repeats) r,
       (SELECT coalesce(sum(events), 0) AS events FROM links WHERE kind = ${linkKinds.all.code}) l,
       (SELECT count(*) - count(DISTINCT path) AS events FROM shared) s`,
  );
  if (!row?.whole) return false;
  const [paths] = await database.all<{ paths: number; renamed: number }>(
    `SELECT (SELECT count(*) FROM paths) AS paths, ${row.renames === 0 ? 0 : onlyRenamedSql} AS renamed`,
  );
  return paths !== undefined && row.files === paths.paths - paths.renamed;
}

/** How many paths there are that only renames name. */
const onlyRenamedSql = `(
  SELECT count(*) - (SELECT count(DISTINCT path) FROM writes WHERE action < ${renameCode}
    AND path IN (SELECT path FROM writes WHERE action = ${renameCode}))
  FROM (SELECT DISTINCT path FROM writes WHERE action = ${renameCode}))`;

/**
 * Puts the many rows per key together that live events leave behind. To tell how many there are costs a pass over the rollups:
 * it is made once these have twice the rows that they had after the last one.
 */
export async function compactRollups(database: DuckdbDatabase): Promise<void> {
  const counts = rollupTables.map((table) => `(SELECT count(*) FROM ${table})`).join(' + ');
  const [now] = await database.all<{ rows: number; looked: number }>(
    `SELECT ${counts} AS rows,
       coalesce((SELECT max(CAST(value AS BIGINT)) FROM meta WHERE key = 'rollup_rows'), 0) AS looked`,
  );
  if (!now || now.rows <= 2 * now.looked + 1_000) return;
  const compacted: readonly (readonly [table: string, keys: string, figures: string])[] = [
    ['activity', 'slot_ms, stream', 'sum(events)::BIGINT, sum(bytes)::HUGEINT, min(first_ms), max(last_ms)'],
    ['days', 'day_ms, stream', 'sum(events)::BIGINT, sum(bytes)::HUGEINT, min(first_ms), max(last_ms)'],
    [
      'extensions',
      'day_ms, stream, extension',
      'sum(events)::BIGINT, sum(bytes)::HUGEINT, min(first_ms), max(last_ms)',
    ],
    ['hours', 'hour_ms, stream', 'sum(events)::BIGINT, sum(bytes)::HUGEINT'],
    ['renames', 'slot_ms, stream', 'sum(events)::BIGINT, min(first_ms), max(last_ms)'],
    ['repeats', 'from_ms, to_ms, stream, extension', 'sum(events)::BIGINT, sum(bytes)::HUGEINT'],
    ['links', 'kind, from_ms, to_ms, stream, extension', 'sum(events)::BIGINT, sum(bytes)::HUGEINT'],
  ];
  await database.transaction(async (session) => {
    for (const [table, keys, figures] of compacted) {
      const [rows] = await session.all<{ parts: number; keys: number }>(
        `SELECT (SELECT count(*) FROM ${table}) AS parts, (SELECT count(*) FROM (SELECT DISTINCT ${keys} FROM ${table})) AS keys`,
      );
      if (!rows || rows.parts <= 2 * rows.keys + 1_000) continue;
      await session.run(
        `CREATE OR REPLACE TEMP TABLE compacted AS SELECT ${keys}, ${figures} FROM ${table} GROUP BY ${keys} ORDER BY ${keys}`,
      );
      await session.run(`DELETE FROM ${table}`);
      await session.run(`INSERT INTO ${table} FROM compacted`);
      await session.run('DROP TABLE compacted');
    }
    await chooseAmongKept(session);
    await session.run("DELETE FROM meta WHERE key = 'rollup_rows'");
    await session.run(`INSERT INTO meta SELECT 'rollup_rows', CAST(${counts} AS VARCHAR)`);
  });
}
