import { fail, throwIfAborted } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf, OutputOf } from '../../shared/ipc/operation.ts';
import type { WriteAction } from '../../shared/model/event.ts';
import type { WriteRow } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { actionCodes, renameCode } from './duckdb-actions.ts';
import { readCursor, writeCursor } from './duckdb-cursor.ts';
import type { DuckdbDatabase, DuckdbRow } from './duckdb-database.ts';
import { type Binder, makeBinder, streamConditions, wholeMs } from './duckdb-filter.ts';
import { isPlainSql } from './duckdb-plain-days.ts';
import { rollupDayMs, slotMs } from './duckdb-slot.ts';

type PageInput = InputOf<EvidenceOperations['writes.page']>;
type WritesPage = OutputOf<EvidenceOperations['writes.page']>;

/** Width of the first slice of time that a page is looked for in; each one that does not fill it is followed by a wider one. */
const firstSliceMs = 60_000;
/** The same for a search: looking through an hour costs little more than asking for it. */
const firstSearchMs = 3_600_000;
const sliceGrowth = 8;

/** Writes whose paths are searched in one go, about: a search for text ends with the slice that fills the page. */
const searchedRows = 1_000_000;
/** The same where the page may be given back before it is full: it is looked at the clock between two of them. */
const timedRows = 200_000;

interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

interface Place {
  readonly atMs: number;
  readonly id: string;
}

function placeOf(input: PageInput): Place | undefined {
  if (input.cursor === undefined) return undefined;
  const [atMs = '', id = ''] = readCursor(input.cursor, 2);
  if (!/^\d{1,16}$/.test(atMs)) throw fail('bad-input', 'The cursor is not one of this list.');
  return { atMs: Number(atMs), id };
}

/**
 * Answers `writes.page`. The evidence lies by time, so the page is looked for from its end of the span in slices that grow
 * until it is full: what it costs does not depend on how much is stored, unless what is asked for is rare.
 */
export async function pageWrites(database: DuckdbDatabase, input: PageInput, signal: AbortSignal): Promise<WritesPage> {
  const after = placeOf(input);
  const { page: found, searchedToMs } = await findPage(database, input, after, signal);
  // Goes on behind the last time that was looked through, at the first id of the next one.
  const goesOn =
    searchedToMs === undefined
      ? {}
      : { searchedToMs, nextCursor: writeCursor([String(input.ascending ? searchedToMs : searchedToMs - 1), '']) };
  if (found === undefined) return { rows: [], ...goesOn };
  const { span, places } = found;
  const binder = makeBinder();
  const order = `w.at_ms ${input.ascending ? 'ASC' : 'DESC'}, w.id`;
  const page =
    // As a table and not as so many constants: the engine then knows between which rows to look.
    (places && `SELECT unnest([${places.join(', ')}])`) ??
    `SELECT w.rowid FROM writes w WHERE ${pageConditions(input, after, span, binder).join(' AND ')}
     ORDER BY ${order} LIMIT ${input.limit + 1}`;
  const rows = await database.all<DuckdbRow>(
    `SELECT w.id, w.at_ms AS "atMs", w.action, k.host, k.user_name AS "user", k.user_id AS "userId", k.process, k.executable,
       w.pid, w.entity_id AS "processEntityId", w.command_line AS "commandLine", k.parent_process AS "parentProcess",
       k.process_sha256 AS "processSha256", k.publisher, k.publisher_trusted AS "publisherTrusted",
       k.original_file_name AS "originalFileName", p.path, w.extension, w.size AS "sizeBytes",
       w.header_bytes AS "headerBytes", w.entropy, w.source_path AS "sourcePath", k.device, k.bus_type AS "busType",
       k.vendor AS "deviceVendor", k.product AS "deviceProduct", k.serial AS "deviceSerial", k.volume
     FROM writes w JOIN streams k ON k.id = w.stream JOIN paths p ON p.id = w.path
     WHERE w.at_ms >= ${span.fromMs} AND w.at_ms < ${span.toMs} AND w.rowid IN (${page}) ORDER BY ${order}`,
    binder.parameters,
    signal,
  );
  const shown = rows.slice(0, input.limit).map(toWriteRow);
  const last = shown.at(-1);
  return {
    rows: shown,
    nextCursor: rows.length > shown.length && last ? writeCursor([String(last.atMs), last.id]) : undefined,
    ...goesOn,
  };
}

/** Conditions on `w` but the text of the path: those of the filter, of the slice and of the place that the page begins after. */
function pageConditions(input: PageInput, after: Place | undefined, slice: Span, binder: Binder): string[] {
  const conditions = [`w.at_ms >= ${slice.fromMs}`, `w.at_ms < ${slice.toMs}`];
  if (!input.withRenames) conditions.push(`w.action < ${renameCode}`);
  if (after) conditions.push(`(w.at_ms <> ${after.atMs} OR w.id > ${binder.bind(after.id)})`);
  const streams = streamConditions(input.filter, binder);
  if (streams.length > 0) conditions.push(`w.stream IN (SELECT id FROM streams k WHERE ${streams.join(' AND ')})`);
  return conditions;
}

interface FoundPage {
  /** The narrowest span that holds the page and one event more. */
  readonly span: Span;
  /** Rows of the page and one more, where a text was searched. */
  readonly places: readonly number[] | undefined;
}

/**
 * Looks for a page, slice by slice; undefined where nothing is asked for or left. `searchedToMs` where time was up before the
 * page was full.
 */
async function findPage(
  database: DuckdbDatabase,
  input: PageInput,
  after: Place | undefined,
  signal: AbortSignal,
): Promise<{ readonly page: FoundPage | undefined; readonly searchedToMs?: number }> {
  const beganMs = performance.now();
  const whole = await wholeSpan(database, input.filter, signal);
  const { ascending } = input;
  const fromMs = ascending && after ? Math.max(whole.fromMs, after.atMs) : whole.fromMs;
  const toMs = !ascending && after ? Math.min(whole.toMs, after.atMs + 1) : whole.toMs;
  const isSearch = input.filter.pathContains !== undefined;
  const found: Found[] = [];
  const isTimed = isSearch && input.withinMs !== undefined;
  const isTimeUp = () => isTimed && performance.now() - beganMs >= (input.withinMs ?? 0);
  let searchedToMs: number | undefined;
  let widthMs = isSearch ? firstSearchMs : firstSliceMs;
  for (let edge = ascending ? fromMs : toMs; ascending ? edge < toMs : edge > fromMs; ) {
    throwIfAborted(signal);
    const slice = ascending
      ? { fromMs: edge, toMs: Math.min(toMs, edge + widthMs) }
      : { fromMs: Math.max(fromMs, edge - widthMs), toMs: edge };
    const missing = input.limit + 1 - found.length;
    const answer = await findInSlice(database, input, after, slice, missing, signal);
    found.push(...answer.found);
    if (answer.found.length === missing) break;
    edge = ascending ? slice.toMs : slice.fromMs;
    if (answer.found.length === 0 && !input.withRenames) {
      const next = await findNext(database, input, edge, signal);
      if (next === undefined) break;
      if (next !== edge) {
        edge = next;
        if (!isTimeUp()) continue;
      }
    }
    if (isTimeUp() && (ascending ? edge < toMs : edge > fromMs)) {
      searchedToMs = edge;
      break;
    }
    const growth = isSearch
      ? Math.min(sliceGrowth, (isTimed ? timedRows : searchedRows) / Math.max(1, answer.rows))
      : sliceGrowth;
    widthMs = Math.max(firstSliceMs, Math.ceil(widthMs * growth));
  }
  const last = found.at(-1);
  const ofTime = searchedToMs === undefined ? {} : { searchedToMs };
  if (last === undefined) return { page: undefined, ...ofTime };
  const page = {
    span: ascending ? { fromMs, toMs: last.at_ms + 1 } : { fromMs: last.at_ms, toMs },
    places: isSearch ? found.map(({ place }) => place) : undefined,
  };
  return { page, ...ofTime };
}

/** Where a search goes on that found nothing up to `edge`: at the next counted write of the asked streams, if there is one. */
async function findNext(
  database: DuckdbDatabase,
  input: PageInput,
  edge: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const binder = makeBinder();
  const streams = streamConditions(input.filter, binder);
  const among = streams.length > 0 ? `AND stream IN (SELECT id FROM streams k WHERE ${streams.join(' AND ')})` : '';
  const [next] = await database.all<{ ms?: number }>(
    input.ascending
      ? `SELECT min(first_ms) AS ms FROM (
           SELECT first_ms FROM activity WHERE slot_ms > ${edge - slotMs} ${among}
           UNION ALL SELECT first_ms FROM days
             WHERE day_ms > ${edge - rollupDayMs} AND last_ms >= ${edge} AND ${isPlainSql('day_ms')} ${among})`
      : `SELECT max(last_ms) + 1 AS ms FROM (
           SELECT last_ms FROM activity WHERE slot_ms < ${edge} ${among}
           UNION ALL SELECT last_ms FROM days
             WHERE day_ms < ${edge} AND first_ms < ${edge} AND ${isPlainSql('day_ms')} ${among})`,
    binder.parameters,
    signal,
  );
  // A slot or plain day that the edge cuts through may have its writes on either side.
  return next?.ms === undefined ? undefined : input.ascending ? Math.max(edge, next.ms) : Math.min(edge, next.ms);
}

/** The asked span, as far as there are events in it. */
async function wholeSpan(database: DuckdbDatabase, filter: EvidenceFilter, signal: AbortSignal): Promise<Span> {
  const [stored] = await database.all<{ first?: number; last?: number }>(
    'SELECT min(at_ms) AS first, max(at_ms) AS last FROM writes',
    [],
    signal,
  );
  if (stored?.first === undefined || stored.last === undefined) return { fromMs: 0, toMs: 0 };
  return {
    fromMs: Math.max(stored.first, filter.fromMs === undefined ? stored.first : wholeMs(filter.fromMs)),
    toMs: Math.min(stored.last + 1, filter.toMs === undefined ? stored.last + 1 : wholeMs(filter.toMs)),
  };
}

/** A condition on the longest part of a text that has no case: it costs half of what the text without case does. */
function caselessPart(text: string, binder: Binder): string {
  const parts = text.match(/[ -@[-`{-~]{3,}/g) ?? [];
  const [longest] = parts.sort((a, b) => b.length - a.length);
  return longest === undefined ? '' : `AND contains(path, ${binder.bind(longest)})`;
}

interface Found {
  /** Its row in the table. */
  readonly place: number;
  readonly at_ms: number;
}

/**
 * The first `count` asked events of a slice in the order of the page (of several at one time any, unless a text is searched),
 * and how many events the text was searched in.
 */
async function findInSlice(
  database: DuckdbDatabase,
  input: PageInput,
  after: Place | undefined,
  slice: Span,
  count: number,
  signal: AbortSignal,
): Promise<{ readonly found: readonly Found[]; readonly rows: number }> {
  const binder = makeBinder();
  const conditions = pageConditions(input, after, slice, binder);
  let order = `w.at_ms ${input.ascending ? 'ASC' : 'DESC'}`;
  let rows = 0;
  const text = input.filter.pathContains;
  if (text !== undefined) {
    const where = conditions.join(' AND ');
    const [range] = await database.all<{ rows: number; low?: number; high?: number }>(
      `SELECT count(*) AS rows, min(w.path) AS low, max(w.path) AS high FROM writes w WHERE ${where}`,
      binder.parameters,
      signal,
    );
    const { rows: searched = 0, low = 0, high = 0 } = range ?? {};
    if (searched === 0) return { found: [], rows: 0 };
    rows = searched;
    // Paths are numbered as they come in: those of a slice lie together, but for files written before.
    const among = high - low < 4 * searched ? '' : `AND id IN (SELECT w.path FROM writes w WHERE ${where})`;
    conditions.push(`w.path IN (SELECT id FROM paths WHERE id >= ${low} AND id <= ${high} ${among}
      ${caselessPart(text, binder)} AND contains(lower(path), ${binder.bind(text.toLowerCase())}))`);
    order += ', w.id';
  }
  const found = await database.all<Found>(
    `SELECT w.rowid AS place, w.at_ms FROM writes w WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${count}`,
    binder.parameters,
    signal,
  );
  return { found, rows };
}

const actionNames = Object.keys(actionCodes) as readonly WriteAction[];

/** Columns that are there on every event, also where their text is empty. */
const alwaysThere = new Set(['id', 'host', 'user', 'process', 'path', 'device', 'busType']);

function toWriteRow(row: DuckdbRow): WriteRow {
  const entries = Object.entries(row).filter(
    ([name, value]) => alwaysThere.has(name) || (value !== '' && value !== undefined),
  );
  const write: Record<string, unknown> = Object.fromEntries(entries);
  write.action = actionNames[Number(row.action)];
  if (row.publisherTrusted !== '') write.publisherTrusted = row.publisherTrusted === 'true';
  return write as unknown as WriteRow;
}
