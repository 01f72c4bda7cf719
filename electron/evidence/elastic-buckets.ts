import { type Failure, fail } from '../../shared/base/failure.ts';
import { aggregationBody, type Clause, compositeOf, type Source, timeClauses } from './elastic-queries.ts';
import { type ElasticSearch, record } from './elastic-search.ts';

/** One combination of values of the asked sources, and its figures. */
export interface Bucket {
  /** A value per source; null where the documents lack the field. Times are epoch milliseconds. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly events: number;
  /** Whole bucket, for figures beyond `figureOf`. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface BucketQuestion {
  readonly index: string;
  readonly query: Clause;
  readonly sources: readonly Source[];
  /** Aggregations inside each bucket. */
  readonly figures?: object;
  /** Buckets per request. */
  readonly pageSize?: number | undefined;
  /** Where the first page goes on. */
  readonly after?: object | undefined;
  readonly signal: AbortSignal;
  /** What is asked, for messages. */
  readonly question: string;
  /** Whether no index at all means no bucket rather than `not-found`. */
  readonly mayBeMissing?: boolean;
}

/** Buckets per request: larger pages are fewer round trips (2.5 times faster than 1,000), and stay below 65,536. */
export const bucketPage = 10_000;
/** Most buckets one question reads before it is refused as too large. */
export const mostBuckets = 3_000_000;

/**
 * All buckets of a question, page by page, in the order of their keys. While a page is worked on the next one is under way,
 * one at most. Ends with `store-too-large` past `mostBuckets`.
 */
export async function* readBuckets(search: ElasticSearch, asked: BucketQuestion): AsyncGenerator<readonly Bucket[]> {
  const size = asked.pageSize ?? bucketPage;
  const abort = new AbortController();
  const options = { signal: AbortSignal.any([asked.signal, abort.signal]), question: asked.question };
  const ask = (after: object | undefined) => {
    const query = behind(asked, after);
    const body = aggregationBody(query, { groups: compositeOf(asked.sources, size, after, asked.figures) });
    const answer = asked.mayBeMissing
      ? search.search(asked.index, body, { ...options, mayBeMissing: true })
      : search.search(asked.index, body, options);
    // Whoever asks for the next page sees the rejection; it must not count as unhandled before.
    answer.catch(() => undefined);
    return answer;
  };
  let read = 0;
  try {
    for (let next: ReturnType<typeof ask> | undefined = ask(asked.after); next; ) {
      const answer = await next;
      if (!answer) return;
      const groups = record(answer.aggregations.groups);
      const buckets = bucketsOf(groups, search.place, asked.question);
      read += buckets.length;
      if (read > mostBuckets) throw tooMany(asked.question);
      const after = nextAfter(groups, buckets.length, size);
      next = after && ask(after);
      yield buckets;
    }
  } finally {
    abort.abort();
  }
}

/**
 * What a page behind `after` is of. Every page goes through all documents of its query again, so where buckets are in the
 * order of time those before are left out of it: many pages then cost half.
 */
function behind({ query, sources }: BucketQuestion, after: object | undefined): Clause {
  const [first] = sources;
  const startMs = first && 'intervalMs' in first ? record(after)?.[first.name] : undefined;
  if (!first || typeof startMs !== 'number' || !Number.isSafeInteger(startMs)) return query;
  return { bool: { filter: [query, ...timeClauses(first.field, startMs, undefined)] } };
}

/** All buckets at once. For questions whose answers are few by their nature. */
export async function allBuckets(search: ElasticSearch, asked: BucketQuestion): Promise<readonly Bucket[]> {
  const all: Bucket[] = [];
  for await (const page of readBuckets(search, asked)) for (const bucket of page) all.push(bucket);
  return all;
}

/** Where the next page starts; undefined after the last. A page that is not full is the last one. */
export function nextAfter(
  groups: Readonly<Record<string, unknown>> | undefined,
  count: number,
  size: number,
): object | undefined {
  return count < size ? undefined : record(groups?.after_key);
}

/** The buckets of a composite aggregation's answer. */
export function bucketsOf(
  groups: Readonly<Record<string, unknown>> | undefined,
  place: string,
  question: string,
): readonly Bucket[] {
  if (!groups || !Array.isArray(groups.buckets)) throw garbled(`${place} answered without the figures (${question}).`);
  return groups.buckets.map((bucket: unknown) => {
    const figures = record(bucket);
    const key = record(figures?.key);
    if (!figures || !key) throw garbled(`${place} answered without the figures (${question}).`);
    return { key, events: countOf(figures, question), figures };
  });
}

function garbled(message: string): Failure {
  return fail('store-garbled', message, 'Try again; a proxy or another service may answer at this address.');
}

/** How many documents a bucket or filter holds. Ends with `store-garbled` where that is no count. */
export function countOf(bucket: unknown, question: string): number {
  const count = record(bucket)?.doc_count;
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0)
    throw garbled(`The cluster counted "${String(count).slice(0, 100)}" documents (${question}).`);
  return count;
}

/** A time of a composite key, in epoch milliseconds. Ends with `store-garbled` where it is none. */
export function timeOfKey(value: unknown, question: string): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= latestDateMs))
    throw garbled(`The cluster answered with "${String(value).slice(0, 100)}" for a time (${question}).`);
  return value;
}

/** The last instant that a date can be. */
const latestDateMs = 8.64e15;
/** No sum of sizes or scores is larger: past it figures that are added are figures no more. */
const largestFigure = 1e30;
/** JSON has no words for what these are; the cluster writes them as text. */
const figureWords: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];

/** The value of a single-figure aggregation; 0 where it has none. Ends with `store-garbled` where it is no figure. */
export function figureOf(bucket: Readonly<Record<string, unknown>> | undefined, name: string): number {
  return optionalFigureOf(bucket, name) ?? 0;
}

/** As `figureOf`, but undefined where it has no value. */
export function optionalFigureOf(
  bucket: Readonly<Record<string, unknown>> | undefined,
  name: string,
): number | undefined {
  const value = record(bucket?.[name])?.value ?? undefined;
  if (value === undefined || figureWords.includes(value)) return undefined;
  if (typeof value !== 'number' || !(Math.abs(value) <= largestFigure))
    throw garbled(`The cluster answered with "${String(value).slice(0, 100)}" for a figure ("${name}").`);
  return value;
}

export function tooMany(question: string): Error {
  return fail(
    'store-too-large',
    `The answer has more than ${mostBuckets.toLocaleString('en')} parts (${question}).`,
    'Narrow the time span, the hosts or the processes.',
  );
}
