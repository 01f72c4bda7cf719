import { renameCode } from './duckdb-actions.ts';
import type { DuckdbDatabase, DuckdbSession } from './duckdb-database.ts';
import { makeStreamGroups } from './duckdb-links.ts';
import { rollupDayMs, rollupHourMs, slotMs } from './duckdb-slot.ts';

/** A day with fewer writes is read in no time, whether its slots are told or not. */
const leastWrites = 2_000;
/** Slots and streams that so many writes of a day have saves nothing. */
const mostSlotsPerWrite = 0.4;

/** Start of a write's day, in SQL. */
const dayOf = (column: string) => `${column} // ${rollupDayMs} * ${rollupDayMs}`;

/** A condition on a time: it lies in a plain day. */
export const isPlainSql = (column: string) => `${dayOf(column)} IN (SELECT day_ms FROM plain_days)`;

/** Days of which no slots are kept, as their writes are spread out so that these would be as many; rising. */
async function readPlainDays(database: Pick<DuckdbDatabase, 'all'>, signal?: AbortSignal): Promise<readonly number[]> {
  const rows = await database.all<{ day_ms: number }>('SELECT day_ms FROM plain_days ORDER BY day_ms', [], signal);
  return rows.map((row) => row.day_ms);
}

/**
 * Asks a question that is put together by the plain days. A day that became one meanwhile would be missed, so the question is
 * then asked again; a day never ceases to be one but where all is made anew.
 */
export async function askByPlainDays<T>(
  database: DuckdbDatabase,
  signal: AbortSignal,
  ask: (plainDays: readonly number[]) => Promise<T>,
): Promise<T> {
  let days = await readPlainDays(database, signal);
  for (;;) {
    const answer = await ask(days);
    const now = await readPlainDays(database, signal);
    if (now.length === days.length && now.every((day, index) => day === days[index])) return answer;
    days = now;
  }
}

/**
 * Finds the days that are better plain once the writes of `fresh` are added, and makes them so; whether any of the days of
 * `fresh` is plain. To be called before the rollups and the writes have these.
 */
export async function choosePlainDays(session: DuckdbSession, fresh: string, signal?: AbortSignal): Promise<boolean> {
  const days = await session.all<{ day_ms: number; events: number; slots: number; is_plain: boolean }>(
    `SELECT *, day_ms IN (SELECT day_ms FROM plain_days) AS is_plain FROM (
       SELECT ${dayOf('at_ms')} AS day_ms, count(*) AS events,
         approx_count_distinct(at_ms // ${slotMs} * 2147483648 + stream) AS slots
       FROM ${fresh} WHERE action < ${renameCode} GROUP BY 1)`,
    [],
    signal,
  );
  const chosen: number[] = [];
  for (const { day_ms: day, events, slots, is_plain: isPlain } of days) {
    if (isPlain || slots <= mostSlotsPerWrite * events) continue;
    const [known] = await session.all<{ events: number; slots: number }>(
      `SELECT (SELECT coalesce(sum(events), 0) FROM days WHERE day_ms = ${day}) AS events,
         (SELECT count(*) FROM activity WHERE slot_ms >= ${day} AND slot_ms < ${day + rollupDayMs}) AS slots`,
      [],
      signal,
    );
    const all = events + (known?.events ?? 0);
    if (all >= leastWrites && slots + (known?.slots ?? 0) > mostSlotsPerWrite * all) chosen.push(day);
  }
  await makePlain(session, chosen, signal);
  return chosen.length > 0 || days.some((day) => day.is_plain);
}

/** Leaves out the slots of days, and tells their hours by program and their extensions by host only. */
export async function makePlain(session: DuckdbSession, days: readonly number[], signal?: AbortSignal): Promise<void> {
  if (days.length === 0) return;
  const list = `(${days.join(', ')})`;
  const run = (sql: string) => session.run(sql, [], signal);
  await run(`INSERT INTO plain_days SELECT unnest([${days.join(', ')}])`);
  const [known] = await session.all<{ rows: number }>(
    `SELECT count(*) AS rows FROM days WHERE day_ms IN ${list}`,
    [],
    signal,
  );
  if ((known?.rows ?? 0) === 0) return;
  await makeStreamGroups(session, signal);
  await run(`INSERT INTO hours
    SELECT slot_ms // ${rollupHourMs} * ${rollupHourMs}, of_process, sum(events), sum(bytes)
    FROM activity JOIN stream_groups USING (stream) WHERE ${dayOf('slot_ms')} IN ${list} GROUP BY 1, 2 ORDER BY 1, 2`);
  await run(`DELETE FROM activity WHERE ${dayOf('slot_ms')} IN ${list}`);
  await run(`CREATE OR REPLACE TEMP TABLE by_host AS
    SELECT day_ms, of_host, extension, sum(events) AS events, sum(bytes) AS bytes, min(first_ms) AS first_ms, max(last_ms) AS last_ms
    FROM extensions JOIN stream_groups USING (stream) WHERE day_ms IN ${list} GROUP BY 1, 2, 3`);
  await run(`DELETE FROM extensions WHERE day_ms IN ${list}`);
  await run('INSERT INTO extensions FROM by_host ORDER BY 1, 2, 3');
  await run('DROP TABLE by_host; DROP TABLE stream_groups');
}

/** Makes days plain whose slots came in piece by piece and save nothing; the rollups should have been compacted before. */
export async function chooseAmongKept(session: DuckdbSession): Promise<void> {
  const days = await session.all<{ day_ms: number }>(
    `SELECT day_ms FROM (SELECT day_ms, sum(events) AS events FROM days GROUP BY 1) JOIN (
       SELECT ${dayOf('slot_ms')} AS day_ms, count(DISTINCT (slot_ms, stream)) AS slots FROM activity GROUP BY 1) USING (day_ms)
     WHERE events >= ${leastWrites} AND slots > ${mostSlotsPerWrite} * events ORDER BY 1`,
  );
  await makePlain(
    session,
    days.map((day) => day.day_ms),
  );
}
