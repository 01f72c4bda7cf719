import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { WriteTotals } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { renameCode } from './duckdb-actions.ts';
import type { DuckdbDatabase } from './duckdb-database.ts';
import { askedStreamsSql, figuresSql, isOnlySpan, isRolledUp, renamesSql, spanParts } from './duckdb-figures.ts';
import { makeBinder, streamConditions } from './duckdb-filter.ts';
import { askByPlainDays } from './duckdb-plain-days.ts';

/** Filters that are answered one by one from the rollups; of more, the writes are read once for all. */
const maxSingleFilters = 8;

const noWrites: WriteTotals = { writtenBytes: 0, distinctBytes: 0, files: 0, events: 0, renames: 0 };

/** Answers `writes.totals`. */
export async function readTotals(
  database: DuckdbDatabase,
  { filters }: InputOf<EvidenceOperations['writes.totals']>,
  signal: AbortSignal,
): Promise<readonly WriteTotals[]> {
  if (filters.length > maxSingleFilters) return readManyTotals(database, filters, signal);
  const answers: WriteTotals[] = [];
  for (const filter of filters) {
    if (isRolledUp(filter)) {
      answers.push(
        await askByPlainDays(database, signal, (plainDays) => readRolledTotals(database, filter, plainDays, signal)),
      );
    } else answers.push(...(await readManyTotals(database, [filter], signal)));
  }
  return answers;
}

async function readRolledTotals(
  database: DuckdbDatabase,
  filter: EvidenceFilter,
  plainDays: readonly number[],
  signal: AbortSignal,
): Promise<WriteTotals> {
  const binder = makeBinder();
  const parts = spanParts(filter, plainDays);
  const figures = figuresSql({
    parts,
    grain: 'day',
    streams: 'asked',
    keys: { one: 'k.one' },
    withDistinctBytes: true,
    links: isOnlySpan(filter) ? { events: 'all', bytes: 'device' } : undefined,
  });
  const asked = askedStreamsSql(filter, '1 AS one', binder);
  const rows = await database.all<WriteTotals>(
    `WITH asked AS MATERIALIZED (${asked}), ${figures}
     SELECT coalesce(CAST(f.bytes AS DOUBLE), 0) AS "writtenBytes", coalesce(CAST(f.distinct_bytes AS DOUBLE), 0) AS "distinctBytes",
       coalesce(f.files, 0) AS files, coalesce(f.events, 0) AS events, r.renames, f.first_ms AS "firstMs", f.last_ms AS "lastMs"
     FROM (SELECT coalesce(sum(events), 0) AS renames FROM (${renamesSql(parts)}) WHERE stream IN (SELECT id FROM asked)) r
       LEFT JOIN figures f ON true`,
    binder.parameters,
    signal,
  );
  return rows[0] ?? noWrites;
}

/**
 * The last write of a group, of several at one time the largest: time and size as one integer, which the engine compares
 * several times as fast as a struct of both. Holds for sizes below 2^62.
 */
export const lastWriteSql = 'max(w.at_ms::HUGEINT * 9223372036854775808 + w.size) AS last, max(w.at_ms) AS last_ms';
/** Size of the write that `lastWriteSql` found. */
export const lastSizeSql = 'last - last_ms::HUGEINT * 9223372036854775808';

/** The filter of a finding: one host, user, process and device. Hundreds of these are one join instead of as many selects. */
function isPlain(filter: EvidenceFilter): boolean {
  const one = [filter.hosts, filter.users, filter.processes, filter.devices];
  return (
    one.every((values) => values?.length === 1) &&
    filter.executables === undefined &&
    filter.busTypes === undefined &&
    filter.pathContains === undefined
  );
}

/** Totals from single writes. */
async function readManyTotals(
  database: DuckdbDatabase,
  filters: readonly EvidenceFilter[],
  signal: AbortSignal,
): Promise<readonly WriteTotals[]> {
  const binder = makeBinder();
  // Filters become rows of (number, stream, span); the events are then read once for all of them.
  const whole = (ms: number | undefined, otherwise: number) =>
    String(ms === undefined ? otherwise : Math.ceil(Math.max(-9e15, Math.min(9e15, ms))));
  const indexed = filters.map((filter, index) => ({ filter, index }));
  const plain = indexed.filter(({ filter }) => isPlain(filter));
  const parts = indexed
    .filter(({ filter }) => !isPlain(filter))
    .map(({ filter, index }) => {
      const conditions = streamConditions(filter, binder);
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const text = filter.pathContains === undefined ? 'NULL' : binder.bind(filter.pathContains.toLowerCase());
      return `SELECT ${index} AS i, k.id AS stream, k.device_number, CAST(${whole(filter.fromMs, -9e15)} AS BIGINT) AS from_ms,
        CAST(${whole(filter.toMs, 9e15)} AS BIGINT) AS to_ms, ${text} AS needle FROM numbered k ${where}`;
    });
  if (plain.length > 0) {
    const list = (values: readonly string[]) => `unnest(${binder.bind(values)})`;
    parts.push(`SELECT CAST(f.i AS INTEGER), k.id, k.device_number, CAST(f.from_ms AS BIGINT), CAST(f.to_ms AS BIGINT), NULL
      FROM (SELECT ${list(plain.map(({ index }) => String(index)))} AS i,
        ${list(plain.map(({ filter }) => filter.hosts?.[0] ?? ''))} AS host,
        ${list(plain.map(({ filter }) => filter.users?.[0] ?? ''))} AS user_name,
        ${list(plain.map(({ filter }) => filter.processes?.[0] ?? ''))} AS process,
        ${list(plain.map(({ filter }) => filter.devices?.[0] ?? ''))} AS device,
        ${list(plain.map(({ filter }) => whole(filter.fromMs, -9e15)))} AS from_ms,
        ${list(plain.map(({ filter }) => whole(filter.toMs, 9e15)))} AS to_ms) f
      JOIN numbered k USING (host, user_name, process, device)`);
  }
  const hasText = filters.some(({ pathContains }) => pathContains !== undefined);
  const textJoin = hasText ? 'JOIN paths p ON p.id = w.path' : '';
  const textCondition = hasText ? 'AND (s.needle IS NULL OR contains(lower(p.path), s.needle))' : '';
  const rows = await database.all<WriteTotals & { readonly i: number }>(
    `WITH numbered AS MATERIALIZED (SELECT *, dense_rank() OVER (ORDER BY device) AS device_number FROM streams),
     asked(i, stream, device_number, from_ms, to_ms, needle) AS MATERIALIZED (${parts.join(' UNION ALL ')}),
     files AS (
       SELECT s.i, s.device_number, w.path, w.action = ${renameCode} AS is_rename, sum(w.size) AS bytes, count(*) AS events,
              min(w.at_ms) AS first_ms, ${lastWriteSql}
       FROM writes w JOIN asked s ON s.stream = w.stream AND w.at_ms >= s.from_ms AND w.at_ms < s.to_ms
       ${textJoin}
       WHERE w.at_ms >= (SELECT min(from_ms) FROM asked) AND w.at_ms < (SELECT max(to_ms) FROM asked) ${textCondition}
       GROUP BY ALL)
     SELECT i, CAST(coalesce(sum(bytes) FILTER (NOT is_rename), 0) AS DOUBLE) AS "writtenBytes",
       CAST(coalesce(sum(${lastSizeSql}) FILTER (NOT is_rename), 0) AS DOUBLE) AS "distinctBytes",
       count(DISTINCT path) FILTER (NOT is_rename) AS files, coalesce(sum(events) FILTER (NOT is_rename), 0) AS events,
       coalesce(sum(events) FILTER (is_rename), 0) AS renames, min(first_ms) FILTER (NOT is_rename) AS "firstMs",
       max(last_ms) FILTER (NOT is_rename) AS "lastMs"
     FROM files GROUP BY i`,
    binder.parameters,
    signal,
  );
  const byIndex = new Map(rows.map(({ i, ...totals }) => [i, totals]));
  return filters.map((_filter, index) => byIndex.get(index) ?? noWrites);
}
