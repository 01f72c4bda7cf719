import { fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import { otherKey, type VolumeColumns } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { type Bucket, figureOf, readBuckets, timeOfKey } from './elastic-buckets.ts';
import { compareNames, type ElasticEvidence, readExtent } from './elastic-evidence.ts';
import { deviceOfKey, fields, textOfKey, writtenDevice } from './elastic-fields.ts';
import {
  anyOf,
  type Clause,
  deviceClause,
  deviceSources,
  nameClauses,
  type Source,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';

type VolumesInput = InputOf<EvidenceOperations['volumes.read']>;

const mostBuckets = 20_000;
/** Up to so many events distinct files are counted one by one; above, the cluster estimates them. */
const exactFilesEvents = 20_000;
/** Estimates are exact to about so many distinct values per bucket; more costs memory in every bucket. */
const filesPrecision = 200;
const estimatePage = 2_000;

interface Cell {
  readonly startMs: number;
  readonly key: string;
  writtenBytes: number;
  events: number;
  files: number;
}

/** Answers `volumes.read`. */
export async function readVolumes(
  evidence: ElasticEvidence,
  input: VolumesInput,
  signal: AbortSignal,
): Promise<VolumeColumns> {
  const { filter, bucketMs, by } = input;
  const extent = await readExtent(evidence, filter, signal);
  const spanMs = extent ? extent.lastMs + 1 - extent.firstMs : 0;
  if (spanMs / bucketMs > mostBuckets) {
    throw fail(
      'store-too-large',
      `The span holds more than ${mostBuckets} buckets of ${bucketMs} ms.`,
      'Choose longer buckets or a shorter span.',
    );
  }
  const isExact = (extent?.events ?? 0) <= exactFilesEvents;
  if (!extent) return toColumns([], [], true);
  const keySources = by === undefined ? [] : sourcesOf(by);
  const keyOf = (bucket: Bucket) => (by === undefined ? '' : keyText(by, bucket));
  if (by === undefined) {
    return toColumns(
      await readCells(evidence, input, writesQuery(filter), keySources, keyOf, isExact, signal),
      [''],
      isExact,
    );
  }
  const top = await readTopKeys(evidence, filter, by, input.maxKeys, signal);
  const isTop = keyClause(by, top.keys);
  const cells = await readCells(
    evidence,
    input,
    writesQuery(filter, 'counted', [isTop]),
    keySources,
    keyOf,
    isExact,
    signal,
  );
  if (!top.isAll) {
    const rest = writesQuery(filter, 'counted', [{ bool: { must_not: [isTop] } }]);
    cells.push(...(await readCells(evidence, input, rest, [], () => otherKey, isExact, signal)));
  }
  return toColumns(cells, [...top.keys, ...(top.isAll ? [] : [otherKey])], isExact);
}

function sourcesOf(by: 'process' | 'device' | 'host'): readonly Source[] {
  if (by === 'device') return deviceSources(writtenDevice);
  return [{ name: by, field: fields[by] }];
}

function keyText(by: 'process' | 'device' | 'host', bucket: Bucket): string {
  return by === 'device' ? deviceOfKey(bucket.key).id : textOfKey(bucket.key[by]);
}

function keyClause(by: 'process' | 'device' | 'host', keys: readonly string[]): Clause {
  if (by === 'device') return anyOf(keys.map((key) => deviceClause(key, writtenDevice)));
  return anyOf(nameClauses(fields[by], keys));
}

/** The keys with the largest event sum, strongest first (ties by name), and whether they are all there are. */
async function readTopKeys(
  { search, indices }: ElasticEvidence,
  filter: EvidenceFilter,
  by: 'process' | 'device' | 'host',
  maxKeys: number,
  signal: AbortSignal,
): Promise<{ readonly keys: readonly string[]; readonly isAll: boolean }> {
  const sums = new Map<string, number>();
  const figures = { bytes: volumeFigures.bytes };
  const asked = {
    index: indices.files,
    query: writesQuery(filter),
    sources: sourcesOf(by),
    figures,
    signal,
    question: 'keys of the volume',
  };
  for await (const page of readBuckets(search, asked)) {
    for (const bucket of page) {
      const key = keyText(by, bucket);
      sums.set(key, (sums.get(key) ?? 0) + figureOf(bucket.figures, 'bytes'));
    }
  }
  const ranked = [...sums].sort((a, b) => b[1] - a[1] || compareNames(a[0], b[0])).map(([key]) => key);
  return { keys: ranked.slice(0, maxKeys), isAll: ranked.length <= maxKeys };
}

async function readCells(
  { search, indices }: ElasticEvidence,
  { bucketMs }: VolumesInput,
  query: Clause,
  keySources: readonly Source[],
  keyOf: (bucket: Bucket) => string,
  isExact: boolean,
  signal: AbortSignal,
): Promise<Cell[]> {
  const cells = new Map<string, Cell>();
  const { bytes } = volumeFigures;
  const slot = { name: 'slot', field: fields.time, intervalMs: bucketMs };
  const path = { name: 'path', field: fields.path };
  /** Files of the cell that is being read, since a device may come under two spellings. */
  const paths = new Map<string, Set<string>>();
  let currentStartMs = Number.NaN;
  const pages = readBuckets(search, {
    index: indices.files,
    query,
    sources: [slot, ...keySources, ...(isExact ? [path] : [])],
    figures: isExact
      ? { bytes }
      : { bytes, files: { cardinality: { field: fields.path, precision_threshold: filesPrecision } } },
    pageSize: isExact ? undefined : estimatePage,
    signal,
    question: 'written volume',
  });
  for await (const page of pages) {
    for (const bucket of page) {
      const startMs = timeOfKey(bucket.key.slot, 'written volume');
      if (startMs !== currentStartMs) paths.clear();
      currentStartMs = startMs;
      const key = keyOf(bucket);
      const name = `${startMs}\u0000${key}`;
      const cell = cells.get(name) ?? { startMs, key, writtenBytes: 0, events: 0, files: 0 };
      cells.set(name, cell);
      cell.writtenBytes += figureOf(bucket.figures, 'bytes');
      cell.events += bucket.events;
      if (isExact) {
        const known = paths.get(key) ?? new Set();
        paths.set(key, known.add(textOfKey(bucket.key.path)));
        cell.files = known.size;
      } else cell.files += figureOf(bucket.figures, 'files');
    }
  }
  return [...cells.values()];
}

function toColumns(cells: readonly Cell[], keys: readonly string[], isExact: boolean): VolumeColumns {
  const indexOf = new Map(keys.map((key, index) => [key, index]));
  const position = (cell: Cell) => indexOf.get(cell.key) ?? 0;
  const rows = [...cells].sort((a, b) => a.startMs - b.startMs || position(a) - position(b));
  return {
    keys,
    startMs: Float64Array.from(rows, (row) => row.startMs),
    keyIndex: Uint32Array.from(rows, position),
    writtenBytes: Float64Array.from(rows, (row) => row.writtenBytes),
    files: Float64Array.from(rows, (row) => row.files),
    events: Float64Array.from(rows, (row) => row.events),
    isFilesApproximate: !isExact,
  };
}
