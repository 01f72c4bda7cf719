import { Failure, fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import { parseWriteEvent } from '../../shared/model/ecs-parse.ts';
import { countedActions } from '../../shared/model/event.ts';
import type { WriteRow, WriteTotals } from '../../shared/model/evidence-answer.ts';
import { documentOf } from './elastic-alerts.ts';
import { countOf, optionalFigureOf } from './elastic-buckets.ts';
import { filesAggregation, readDistinctOfEach } from './elastic-distinct.ts';
import type { ElasticEvidence } from './elastic-evidence.ts';
import { fields } from './elastic-fields.ts';
import { volumeFigures, writesQuery } from './elastic-queries.ts';
import { type ElasticHit, type ElasticSearch, LostPointInTime, record, type SearchAnswer } from './elastic-search.ts';

type PageInput = InputOf<EvidenceOperations['writes.page']>;

/** What of a document a write is read from. */
const sourceFields = [
  '@timestamp',
  'event.id',
  'event.action',
  'host.name',
  'host.hostname',
  'user.name',
  'user.id',
  'process.name',
  'process.executable',
  'process.pid',
  'process.entity_id',
  'process.command_line',
  'process.parent.name',
  'process.hash.sha256',
  'process.code_signature',
  'process.Ext.code_signature',
  'process.pe.original_file_name',
  'file.path',
  'file.name',
  'file.extension',
  'file.size',
  'file.Ext.header_bytes',
  'file.Ext.entropy',
  'file.Ext.original.path',
  'file.Ext.device',
];

/** How long the cluster keeps a point in time for the next page. */
const keepAlive = '2m';
/** Points in time held open; the oldest is given up for a new one, and its list goes on with another. */
const mostOpen = 8;
/** Points in time that one page tries. */
const mostPoints = 4;

/** Where a page goes on: the last row's sort key, and the point in time it was read in. */
interface Position {
  /** Time, event id (null where the document has none), number of the document within the point in time. */
  readonly sort: readonly [number, string | null, number];
  readonly point: string;
}

/** Behind every document of the same time and id: shards number theirs below this. */
const behindAll = Number.MAX_SAFE_INTEGER;

/**
 * Pages of single writes. A page reads from a point in time, so that events that come in meanwhile shift nothing. Where
 * the point in time is lost (its node died, it expired) another is opened, and the list goes on behind the last row: rows
 * are sorted by time and event id, which stay the same, so none is lost and none comes twice.
 */
export function makeWritesPager(evidence: ElasticEvidence): {
  readonly page: (
    input: PageInput,
    signal: AbortSignal,
  ) => Promise<{ readonly rows: readonly WriteRow[]; readonly nextCursor?: string | undefined }>;
  readonly close: () => Promise<void>;
} {
  const { search, indices } = evidence;
  /** Open points in time by the name that cursors carry, oldest use first. */
  const open = new Map<string, string>();
  let counter = 0;

  async function openPoint(signal: AbortSignal): Promise<{ readonly name: string; readonly id: string }> {
    const id = await openPointInTime(search, indices.files, signal);
    counter += 1;
    const name = `p${counter}`;
    open.set(name, id);
    for (const [old, oldId] of open) {
      if (open.size <= mostOpen) break;
      open.delete(old);
      void closePointInTime(search, oldId);
    }
    return { name, id };
  }

  async function page(input: PageInput, signal: AbortSignal) {
    let position = input.cursor === undefined ? undefined : parseCursor(input.cursor);
    const query = writesQuery(input.filter, input.withRenames ? 'both' : 'counted');
    const order = input.ascending ? 'asc' : 'desc';
    for (let tries = 1; ; tries += 1) {
      const known = position && open.get(position.point);
      const point = known && position ? { name: position.point, id: known } : await openPoint(signal);
      // In another point in time documents have other numbers: go on behind all of the last row's time and id.
      const after = position && (known ? position.sort : [position.sort[0], position.sort[1], behindAll]);
      try {
        const answer = await readPage(search, { point: point.id, query, order, size: input.limit, after }, signal);
        if (answer.pointInTime) {
          open.delete(point.name);
          open.set(point.name, answer.pointInTime);
        }
        const last = answer.hits.at(-1);
        const isMore = answer.hits.length === input.limit && last !== undefined;
        if (!isMore) {
          open.delete(point.name);
          void closePointInTime(search, answer.pointInTime ?? point.id);
        }
        return {
          rows: answer.hits.flatMap((hit) => parseWriteEvent(documentOf(hit)) ?? []),
          nextCursor: isMore ? cursorOf({ sort: sortOf(last), point: point.name }) : undefined,
        };
      } catch (error) {
        if (!isGone(error)) throw error;
        if (tries >= mostPoints) throw error instanceof LostPointInTime ? lost() : error;
        open.delete(point.name);
        if (position) position = { sort: [position.sort[0], position.sort[1], behindAll], point: '' };
      }
    }
  }

  async function close(): Promise<void> {
    const ids = [...open.values()];
    open.clear();
    await Promise.all(ids.map((id) => closePointInTime(search, id)));
  }

  return { page, close };
}

/** Whether another point in time may help: this one is gone, or a node that holds a part of it does not answer. */
function isGone(error: unknown): boolean {
  if (error instanceof LostPointInTime) return true;
  return error instanceof Failure && (error.code === 'store-partial' || error.code === 'store-busy');
}

function lost(): Error {
  return fail(
    'store-partial',
    'The cluster lost the state of this list several times.',
    'Nodes may be leaving. Try again when the cluster is steady.',
  );
}

async function openPointInTime(search: ElasticSearch, index: string, signal: AbortSignal): Promise<string> {
  const path = `/${index.split(',').map(encodeURIComponent).join(',')}/_pit`;
  const query = { keep_alive: keepAlive };
  const answer = record(await search.ask({ method: 'POST', path, query }, { signal, question: 'opening a list' }));
  if (typeof answer?.id !== 'string') {
    throw fail('store-garbled', `${search.place} opened no point in time.`, 'Portside needs Elasticsearch 8 or newer.');
  }
  return answer.id;
}

/** Gives a point in time back. The cluster forgets it by itself too, so a failure here is none. */
async function closePointInTime(search: ElasticSearch, id: string): Promise<void> {
  const signal = AbortSignal.timeout(5_000);
  await search
    .ask({ method: 'DELETE', path: '/_pit', body: { id } }, { signal, question: 'closing a list' })
    .catch(() => undefined);
}

async function readPage(
  search: ElasticSearch,
  asked: { point: string; query: object; order: string; size: number; after: readonly unknown[] | undefined },
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const body = {
    size: asked.size,
    track_total_hits: false,
    query: asked.query,
    pit: { id: asked.point, keep_alive: keepAlive },
    sort: [
      { [fields.time]: { order: asked.order, format: 'epoch_millis' } },
      { [fields.id]: { order: 'asc', unmapped_type: 'keyword' } },
      { _shard_doc: 'asc' },
    ],
    ...(asked.after ? { search_after: asked.after } : {}),
    _source: sourceFields,
  };
  return await search.search('', body, { signal, question: 'list of writes' });
}

function sortOf(hit: ElasticHit): Position['sort'] {
  const [atMs, id, document] = hit.sort ?? [];
  return [Number(atMs), typeof id === 'string' ? id : null, Number(document)];
}

function cursorOf({ sort, point }: Position): string {
  return Buffer.from(JSON.stringify([...sort, point])).toString('base64url');
}

function parseCursor(cursor: string): Position {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 4) {
      const [atMs, id, document, point] = parts as readonly unknown[];
      if (Number.isSafeInteger(atMs) && (id === null || typeof id === 'string') && Number.isSafeInteger(document)) {
        return { sort: [Number(atMs), id, Number(document)], point: String(point) };
      }
    }
  } catch {
    // Said below, with what it means.
  }
  throw fail('bad-input', 'The cursor is none that this list has given out.', 'Load the list anew.');
}

/** Searches in one request; each reads up to 1,000 paths. */
const totalsAtOnce = 25;

/** Answers `writes.totals`: a search per filter, many in one request. */
export async function readTotals(
  { search, indices }: ElasticEvidence,
  input: InputOf<EvidenceOperations['writes.totals']>,
  signal: AbortSignal,
): Promise<readonly WriteTotals[]> {
  const totals: WriteTotals[] = [];
  const isCounted = { terms: { [fields.action]: [...countedActions] } };
  const aggs = {
    counted: { filter: isCounted, aggs: { ...volumeFigures, files: filesAggregation } },
    renames: { filter: { term: { [fields.action]: 'rename' } } },
  };
  for (let start = 0; start < input.filters.length; start += totalsAtOnce) {
    const searches = input.filters.slice(start, start + totalsAtOnce).map((filter) => ({
      query: writesQuery(filter, 'both'),
      counted: writesQuery(filter, 'counted'),
      aggs,
    }));
    for (const answer of await readDistinctOfEach(search, indices.files, searches, 'totals of writes', signal)) {
      const counted = record(answer.aggregations.counted);
      const firstMs = optionalFigureOf(counted, 'first');
      const lastMs = optionalFigureOf(counted, 'last');
      totals.push({
        writtenBytes: optionalFigureOf(counted, 'bytes') ?? 0,
        distinctBytes: answer.distinctBytes,
        files: answer.files,
        events: countOf(counted, 'totals of writes'),
        renames: countOf(answer.aggregations.renames, 'totals of writes'),
        firstMs: firstMs === undefined ? undefined : Math.floor(firstMs),
        lastMs: lastMs === undefined ? undefined : Math.floor(lastMs),
      });
    }
  }
  return totals;
}
