import { type Bucket, bucketsOf, figureOf, nextAfter, readBuckets, timeOfKey, tooMany } from './elastic-buckets.ts';
import { deviceOfKey, deviceParts, fields, partName, textOfKey, writtenDevice } from './elastic-fields.ts';
import { aggregationBody, type Clause, compositeOf, deviceSources, type Source } from './elastic-queries.ts';
import { type ElasticSearch, record } from './elastic-search.ts';

/** Distinct paths of a group of writes, and the last size of each (per device and path) added up. */
export interface DistinctFigures {
  readonly files: number;
  readonly distinctBytes: number;
}

/**
 * Figures inside a bucket of one device and path. Where smallest and largest size differ, the last one is asked for
 * apart: most paths are written once, and the newest of every bucket would cost several times as much.
 */
export const pathFigures = {
  least: { min: { field: fields.size } },
  most: { max: { field: fields.size } },
} as const;

/** Sources behind those of a group. The path before the device: so all devices of a path come one after the other. */
export const pathSources: readonly Source[] = [{ name: 'path', field: fields.path }, ...deviceSources(writtenDevice)];

/** Most paths in one look for last sizes, and buckets per answer there. */
const lookPaths = 4_000;
const lookPage = 20_000;
/** Paths with changing sizes that one question may hold in memory. */
const mostChanging = 500_000;

interface OneFile {
  readonly bytes: number;
  readonly isChanging: boolean;
}

/** Collects buckets of (group, path, device) in the order of their keys into figures per group. */
export interface DistinctCounter {
  add(buckets: readonly Bucket[]): void;
  /** The figures per group, after the last sizes were asked for. */
  finish(signal: AbortSignal): Promise<ReadonlyMap<string, DistinctFigures>>;
}

export interface DistinctQuestion {
  readonly index: string;
  readonly query: Clause;
  /** What the figures are wanted for each of; none for the whole query at once. */
  readonly groups: readonly Source[];
  readonly question: string;
}

/** The name of a bucket's group in the answer. */
export function groupOfKey(groups: readonly Source[], key: Readonly<Record<string, unknown>>): string {
  return groups.map((source) => textOfKey(key[source.name])).join('\u0000');
}

export function makeDistinctCounter(search: ElasticSearch, asked: DistinctQuestion): DistinctCounter {
  const figures = new Map<string, { files: number; distinctBytes: number }>();
  /** Paths whose last size is still to be asked for. */
  const changing = new Map<string, Set<string>>();
  let changingCount = 0;
  let currentGroup: string | undefined;
  let currentPath: unknown;
  let devices = new Map<string, OneFile>();

  function flush(): void {
    if (currentGroup === undefined) return;
    const group = figures.get(currentGroup) ?? { files: 0, distinctBytes: 0 };
    figures.set(currentGroup, group);
    group.files += 1;
    for (const file of devices.values()) {
      if (file.isChanging) {
        const path = textOfKey(currentPath);
        const paths = changing.get(currentGroup) ?? new Set<string>();
        changing.set(currentGroup, paths.add(path));
        changingCount += 1;
        if (changingCount > mostChanging) throw tooMany(asked.question);
      } else group.distinctBytes += file.bytes;
    }
    devices = new Map();
  }

  return {
    add(buckets) {
      for (const bucket of buckets) {
        const group = groupOfKey(asked.groups, bucket.key);
        if (group !== currentGroup || bucket.key.path !== currentPath) {
          flush();
          currentGroup = group;
          currentPath = bucket.key.path;
        }
        const device = deviceOfKey(bucket.key).id;
        const least = figureOf(bucket.figures, 'least');
        // One device under two spellings is one device: its last size is asked for too.
        const isChanging = devices.has(device) || figureOf(bucket.figures, 'most') !== least;
        devices.set(device, { bytes: least, isChanging });
      }
    },
    async finish(signal) {
      flush();
      currentGroup = undefined;
      const allPaths = [...new Set([...changing.values()].flatMap((paths) => [...paths]))];
      for (let start = 0; start < allPaths.length; start += lookPaths) {
        const paths = allPaths.slice(start, start + lookPaths);
        for (const [key, bytes] of await readLastSizes(search, asked, paths, signal)) {
          const [group = '', path = ''] = key;
          if (!changing.get(group)?.has(path)) continue;
          const known = figures.get(group);
          if (known) known.distinctBytes += bytes;
        }
      }
      return figures;
    },
  };
}

/**
 * The last size per group, path and device of some paths; only devices whose size changed. Each entry is of one device.
 */
async function readLastSizes(
  search: ElasticSearch,
  asked: DistinctQuestion,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly [readonly [string, string], number])[]> {
  const query = { bool: { filter: [asked.query, { terms: { [fields.path]: paths } }] } };
  // A bucket per instant costs half of what the newest hit of every bucket does.
  const instant: Source = { name: 'at', field: fields.time, intervalMs: 1 };
  const last = new Map<string, LastSize>();
  const pages = readBuckets(search, {
    index: asked.index,
    query,
    sources: [...asked.groups, ...pathSources, instant],
    figures: pathFigures,
    pageSize: lookPage,
    signal,
    question: asked.question,
  });
  for await (const page of pages) {
    for (const { key, figures } of page) {
      const group = groupOfKey(asked.groups, key);
      const path = textOfKey(key.path);
      const name = `${group}\u0001${path}\u0001${deviceOfKey(key).id}`;
      const spelling = deviceSpelling(key);
      const atMs = timeOfKey(key.at, asked.question);
      const least = figureOf(figures, 'least');
      // Of several sizes at the last instant the largest, in both engines.
      const most = figureOf(figures, 'most');
      const known = last.get(name);
      if (!known) {
        last.set(name, { group, path, atMs, bytes: most, spelling, least, most, isChanging: false });
        continue;
      }
      if (atMs > known.atMs || (atMs === known.atMs && most > known.bytes)) known.bytes = most;
      known.atMs = Math.max(known.atMs, atMs);
      known.least = Math.min(known.least, least);
      known.most = Math.max(known.most, most);
      known.isChanging ||= spelling !== known.spelling;
    }
  }
  return [...last.values()]
    .filter((file) => file.isChanging || file.least !== file.most)
    .map((file) => [[file.group, file.path], file.bytes] as const);
}

/** What is known of one device's file so far. */
interface LastSize {
  readonly group: string;
  readonly path: string;
  readonly spelling: string;
  atMs: number;
  /** Size at `atMs`, and the bounds of all its sizes. */
  bytes: number;
  least: number;
  most: number;
  /** Under two spellings, whatever the sizes. */
  isChanging: boolean;
}

function deviceSpelling(key: Bucket['key']): string {
  return deviceParts.map((part) => `${textOfKey(key[part])}\u0001${textOfKey(key[partName(part, 1)])}`).join('\u0001');
}

/** Paths per page of a search that is one of many. */
const firstPage = 1_000;

/** Distinct figures of several queries, with further aggregations of each: many small searches in few requests. */
export async function readDistinctOfEach(
  search: ElasticSearch,
  index: string,
  searches: readonly { readonly query: Clause; readonly counted: Clause; readonly aggs: object }[],
  question: string,
  signal: AbortSignal,
): Promise<readonly (DistinctFigures & { readonly aggregations: Readonly<Record<string, unknown>> })[]> {
  const bodies = searches.map(({ query, aggs }) => ({ ...aggregationBody(query, aggs) }));
  const answers = await search.searchAll(index, bodies, { signal, question });
  const results: (DistinctFigures & { readonly aggregations: Readonly<Record<string, unknown>> })[] = [];
  for (const [position, answer] of answers.entries()) {
    const asked = searches[position];
    if (!asked) continue;
    const counter = makeDistinctCounter(search, { index, query: asked.counted, groups: [], question });
    const groups = record(record(answer.aggregations.counted)?.files);
    const first = bucketsOf(groups, search.place, question);
    counter.add(first);
    const after = nextAfter(groups, first.length, firstPage);
    if (after) {
      const rest = { index, query: asked.counted, sources: pathSources, figures: pathFigures, after, signal, question };
      for await (const page of readBuckets(search, rest)) counter.add(page);
    }
    const figures = (await counter.finish(signal)).get('') ?? { files: 0, distinctBytes: 0 };
    results.push({ ...figures, aggregations: answer.aggregations });
  }
  return results;
}

/** The aggregation of paths that `readDistinctOfEach` reads, to be put under `counted.aggs.files`. */
export const filesAggregation: Clause = compositeOf(pathSources, firstPage, undefined, pathFigures);
