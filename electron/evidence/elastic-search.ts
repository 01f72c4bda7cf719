import { setTimeout as pause } from 'node:timers/promises';
import { errors } from '@elastic/elasticsearch';
import { cancelled, type Failure, fail, throwIfAborted } from '../../shared/base/failure.ts';
import type { ElasticConnection, ElasticRequest } from './elastic-connection.ts';
import { isLostPointInTime, isPassing, readFault, toElasticFailure } from './elastic-failure.ts';

/**
 * The one place that sends searches. Elasticsearch gives half an answer with status 200 where a shard fails, a node dies
 * or a pattern matches nothing; here every search forbids partial results, and every answer is checked before anything
 * is read from it.
 */
export interface ElasticSearch {
  /**
   * One search, checked. `index` is a pattern list; with a point in time in the body it is empty. Ends with
   * `store-partial`, `store-timeout`, `store-garbled` and what `elastic-failure.ts` names. No index behind the patterns
   * ends with `not-found`, or is undefined where `mayBeMissing`.
   */
  search(
    index: string,
    body: object,
    options: SearchOptions & { readonly mayBeMissing: true },
  ): Promise<SearchAnswer | undefined>;
  search(index: string, body: object, options: SearchOptions): Promise<SearchAnswer>;
  /** Several searches of one index in one request, checked each. */
  searchAll(index: string, bodies: readonly object[], options: SearchOptions): Promise<readonly SearchAnswer[]>;
  /** Any other request that changes nothing, with the same retries and deadline. */
  ask(request: ElasticRequest, options: SearchOptions): Promise<unknown>;
  readonly place: string;
}

export interface SearchOptions {
  readonly signal: AbortSignal;
  /** What is asked, for messages: "written volume". */
  readonly question: string;
}

/** What of an answer is used. Everything in it is still outside data. */
export interface SearchAnswer {
  readonly hits: readonly ElasticHit[];
  /** Exact where the search asked for it, else absent. */
  readonly total?: number | undefined;
  readonly aggregations: Readonly<Record<string, unknown>>;
  /** The point in time to go on with, where one was used. */
  readonly pointInTime?: string | undefined;
}

export interface ElasticHit {
  readonly _index: string;
  readonly _id: string;
  readonly _source?: Readonly<Record<string, unknown>> | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  readonly sort?: readonly unknown[] | undefined;
}

/** Longest time one question may take with all its retries, whatever trickles in meanwhile. */
export const totalDeadlineMs = 180_000;
/** Time the cluster may spend on one search by itself. */
const searchTimeout = '60s';
const firstPauseMs = 150;
const mostTries = 4;

/** Thrown where a point in time is gone; callers open another and go on behind the last sort key. */
export class LostPointInTime extends Error {
  constructor() {
    super('The point in time is gone.');
    this.name = 'LostPointInTime';
  }
}

export function makeElasticSearch(
  connection: ElasticConnection,
  limits: { readonly deadlineMs?: number | undefined; readonly firstPauseMs?: number | undefined } = {},
): ElasticSearch {
  const deadlineMs = limits.deadlineMs ?? totalDeadlineMs;
  const { place } = connection;

  async function ask(request: ElasticRequest, { signal, question }: SearchOptions): Promise<unknown> {
    throwIfAborted(signal);
    const deadline = AbortSignal.timeout(deadlineMs);
    const either = AbortSignal.any([signal, deadline]);
    let pauseMs = limits.firstPauseMs ?? firstPauseMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await connection.send(request, either);
      } catch (error) {
        if (signal.aborted) throw cancelled();
        if (deadline.aborted) throw tooSlow(question);
        if (isLostPointInTime(error)) throw new LostPointInTime();
        if (tries >= mostTries || !isPassing(error)) throw toElasticFailure(error, question, place);
      }
      // Spread, so that many questions that were refused together do not come back together.
      await pause(pauseMs * (0.5 + Math.random()), undefined, { signal: either }).catch(() => undefined);
      if (signal.aborted) throw cancelled();
      if (deadline.aborted) throw tooSlow(question);
      pauseMs *= 2.5;
    }
  }

  function tooSlow(question: string): Failure {
    return fail(
      'store-timeout',
      `${place} did not answer within ${Math.round(deadlineMs / 1000)} s (${question}).`,
      'Narrow the time span, or try again when the cluster is less busy.',
    );
  }

  function searchPath(index: string): string {
    return index === '' ? '/_search' : `/${encodePatterns(index)}/_search`;
  }

  async function search(
    index: string,
    body: object,
    options: SearchOptions & { readonly mayBeMissing?: boolean },
  ): Promise<SearchAnswer | undefined> {
    const query = {
      allow_partial_search_results: false,
      // Indices may not be named with a point in time, and neither may how they are looked up.
      // A named index that is missing or forbidden is an error: leaving it out in silence would lose its rows.
      ...(index === '' ? {} : { ignore_unavailable: false, allow_no_indices: true }),
    };
    const answer = await ask(
      { method: 'POST', path: searchPath(index), query, body: { timeout: searchTimeout, ...body } },
      options,
    );
    const checked = checkAnswer(answer, index, options);
    if (checked === undefined && options.mayBeMissing !== true) throw noIndex(index, options.question);
    return checked;
  }

  function noIndex(index: string, question: string): Failure {
    return fail(
      'not-found',
      `No index matches "${index}" (${question}).`,
      'Check the index patterns of the source, that Elastic Defend ships its events to this cluster, and what the key may see.',
    );
  }

  /** The parts of one answer; undefined where the patterns matched no index. Throws where it is not whole. */
  function checkAnswer(answer: unknown, index: string, { question }: SearchOptions): SearchAnswer | undefined {
    const shards = record(record(answer)?._shards);
    const whole = record(answer);
    if (!whole || !shards || typeof shards.total !== 'number' || typeof shards.failed !== 'number') {
      throw fail(
        'store-garbled',
        `${place} answered with something that is no search result (${question}).`,
        'A proxy or another service may answer at this address.',
      );
    }
    if (whole.timed_out === true) {
      throw fail(
        'store-timeout',
        `The cluster ran out of time (${question}).`,
        'Narrow the time span, or try again. No partial answer is shown.',
      );
    }
    const clusters = record(whole._clusters);
    const skipped = typeof clusters?.skipped === 'number' ? clusters.skipped : 0;
    if (shards.failed > 0 || whole.terminated_early === true || skipped > 0) {
      const failures = Array.isArray(shards.failures) ? shards.failures : [];
      const reason = readFault({ error: failures[0] }, 200)?.reason ?? 'no reason given';
      throw fail(
        'store-partial',
        skipped > 0
          ? `${skipped} remote clusters did not answer (${question}).`
          : `${shards.failed} of ${shards.total} shards did not answer (${question}): ${reason}`,
        'No partial answer is shown. See GET _cluster/health, and try again.',
      );
    }
    if (shards.total === 0 && index !== '') return undefined;
    const hits = record(whole.hits);
    const total = record(hits?.total);
    return {
      hits: Array.isArray(hits?.hits) ? hits.hits.filter(isHit) : [],
      total: total?.relation === 'eq' && typeof total.value === 'number' ? total.value : undefined,
      aggregations: record(whole.aggregations) ?? {},
      pointInTime: typeof whole.pit_id === 'string' ? whole.pit_id : undefined,
    };
  }

  async function searchAll(
    index: string,
    bodies: readonly object[],
    options: SearchOptions,
  ): Promise<readonly SearchAnswer[]> {
    if (bodies.length === 0) return [];
    const head = { index, allow_partial_search_results: false, ignore_unavailable: false, allow_no_indices: true };
    const lines = bodies.flatMap((body) => [head, { timeout: searchTimeout, ...body }]);
    const query = { max_concurrent_searches: 4 };
    let pauseMs = firstPauseMs;
    for (let tries = 1; ; tries += 1) {
      const answer = record(await ask({ method: 'POST', path: '/_msearch', query, lines }, options));
      const responses = Array.isArray(answer?.responses) ? answer.responses : [];
      if (responses.length !== bodies.length) {
        throw fail(
          'store-garbled',
          `${place} answered ${responses.length} of ${bodies.length} searches.`,
          'Try again.',
        );
      }
      // A search inside fails by itself, with its own status.
      const fault = responses.find((response) => record(response)?.error !== undefined);
      if (fault === undefined) {
        return responses.map((response) => {
          const checked = checkAnswer(response, index, options);
          if (checked === undefined) throw noIndex(index, options.question);
          return checked;
        });
      }
      const error = toResponseError(fault);
      if (tries >= mostTries || !isPassing(error)) throw toElasticFailure(error, options.question, place);
      await pause(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
      throwIfAborted(options.signal);
      pauseMs *= 2.5;
    }
  }

  return { search: search as ElasticSearch['search'], searchAll, ask, place };
}

/** An error inside a multi-search in the form that a whole failed request has. */
function toResponseError(response: unknown): errors.ResponseError {
  const status = record(response)?.status;
  const meta = { body: response, statusCode: typeof status === 'number' ? status : 0, headers: {}, warnings: null };
  return new errors.ResponseError({ ...meta, meta: {} as never });
}

/** Patterns for a path: a comma parts them, `:` names a remote cluster, `<` and `>` are date mathematics. */
function encodePatterns(patterns: string): string {
  return patterns.split(',').map(encodeURIComponent).join(',');
}

/** A plain object, whatever it holds; undefined for anything else. */
export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function isHit(value: unknown): value is ElasticHit {
  const hit = record(value);
  return typeof hit?._id === 'string' && typeof hit._index === 'string';
}
