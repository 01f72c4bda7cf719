import { fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { Page, ProcessRow } from '../../shared/model/evidence-answer.ts';
import { allBuckets, type Bucket, figureOf, readBuckets } from './elastic-buckets.ts';
import { groupOfKey, makeDistinctCounter, pathFigures, pathSources } from './elastic-distinct.ts';
import { compareNames, type ElasticEvidence } from './elastic-evidence.ts';
import { deviceOfKey, fields, textOfKey, writtenDevice } from './elastic-fields.ts';
import {
  anyOf,
  type Clause,
  deviceSources,
  nameClauses,
  type Source,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';
import type { ProcessCounter } from './process-counter.ts';

type ProcessesInput = InputOf<EvidenceOperations['processes.list']>;

const groupSources: readonly Source[] = [
  { name: 'host', field: fields.host },
  { name: 'process', field: fields.process },
  { name: 'executable', field: fields.executable },
];

/**
 * Files are counted in slices of so many events, each about one page of buckets: a page of a composite aggregation reads
 * all documents of its query again, so that one long list of pages would take the square of its length.
 */
const sliceEvents = 15_000;
const slicePage = 20_000;
/** Groups of a slice: each is a clause of its query. */
const sliceGroups = 250;
/** A group of so many events gets slices of its own, whose buckets need not repeat its names: a third less to read. */
const largeGroupEvents = 2_000;
/** Slices asked at once. */
const parallelSlices = 3;

/** Lists kept for their next pages. */
const keptLists = 4;

interface Group {
  readonly name: string;
  readonly host: string;
  readonly process: string;
  readonly executable: string;
  readonly writtenBytes: number;
  readonly events: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  files: number;
  distinctBytes: number;
  devices: number;
  users: number;
  /** Whether the four figures above were counted. */
  isCounted: boolean;
}

/**
 * Makes the answerer of `processes.list`: all groups with their sums first, which decide the order; files, devices and
 * users are counted for the rows of the page only, unless files are what is sorted by. The next pages go on in the same
 * list while it is kept.
 */
export function makeProcessLister(
  evidence: ElasticEvidence,
): (input: ProcessesInput, signal: AbortSignal) => Promise<Page<ProcessRow>> {
  const kept = new Map<string, readonly Group[]>();
  return async (input, signal) => {
    const key = JSON.stringify([input.filter, input.sort, input.descending]);
    let groups = input.cursor === undefined ? undefined : kept.get(key);
    if (!groups) {
      groups = await readSortedGroups(evidence, input, signal);
      kept.delete(key);
      kept.set(key, groups);
      for (const old of kept.keys()) if (kept.size > keptLists) kept.delete(old);
    }
    const start = input.cursor === undefined ? 0 : positionAfter(groups, input.cursor);
    const page = groups.slice(start, start + input.limit);
    const open = page.filter((group) => !group.isCounted);
    await addFigures(evidence, input, open, signal);
    const isMore = start + page.length < groups.length;
    const last = page.at(-1);
    return { rows: page.map(toRow), total: groups.length, nextCursor: isMore && last ? cursorOf(last) : undefined };
  };
}

/** All groups with their sums, and exact figures of chosen ones: what scores sort by is none of the store's figures. */
export function makeProcessCounter(evidence: ElasticEvidence): ProcessCounter {
  return {
    async groups(filter, signal) {
      return (await readGroups(evidence, { filter }, signal)).map(toRow);
    },
    async count(filter, rows, signal) {
      const groups = rows.map(toGroup);
      await addFigures(evidence, { filter }, groups, signal);
      return groups.map(toRow);
    },
  };
}

async function readSortedGroups(
  evidence: ElasticEvidence,
  input: ProcessesInput,
  signal: AbortSignal,
): Promise<Group[]> {
  const groups = await readGroups(evidence, input, signal);
  if (input.sort === 'files') await addFigures(evidence, input, groups, signal);
  const direction = input.descending ? -1 : 1;
  return groups.sort((a, b) => {
    const left = a[input.sort];
    const right = b[input.sort];
    const order = typeof left === 'string' ? compareNames(left, String(right)) : left - Number(right);
    return (
      direction * order ||
      compareNames(a.host, b.host) ||
      compareNames(a.process, b.process) ||
      compareNames(a.executable, b.executable)
    );
  });
}

/** A cursor names the last row: a list that grew meanwhile goes on behind it. */
function cursorOf({ host, process, executable }: Group): string {
  return Buffer.from(JSON.stringify([host, process, executable])).toString('base64url');
}

function positionAfter(groups: readonly Group[], cursor: string): number {
  const name = parseCursor(cursor);
  const at = groups.findIndex((group) => group.name === name);
  if (at < 0) throw fail('bad-input', 'The list has changed; its page cannot be found again.', 'Load the list anew.');
  return at + 1;
}

function parseCursor(cursor: string): string {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) return parts.map(String).join('\u0000');
  } catch {
    // Said below, with what it means.
  }
  throw fail('bad-input', 'The cursor is none that this list has given out.', 'Load the list anew.');
}

async function readGroups(
  { search, indices }: ElasticEvidence,
  input: Pick<ProcessesInput, 'filter'>,
  signal: AbortSignal,
): Promise<Group[]> {
  const groups: Group[] = [];
  const pages = readBuckets(search, {
    index: indices.files,
    query: writesQuery(input.filter),
    sources: groupSources,
    figures: volumeFigures,
    signal,
    question: 'processes',
  });
  for await (const page of pages) {
    for (const { key, events, figures } of page) {
      groups.push({
        name: groupOfKey(groupSources, key),
        host: textOfKey(key.host),
        process: textOfKey(key.process),
        executable: textOfKey(key.executable),
        writtenBytes: figureOf(figures, 'bytes'),
        events,
        firstSeenMs: Math.floor(figureOf(figures, 'first')),
        lastSeenMs: Math.floor(figureOf(figures, 'last')),
        files: 0,
        distinctBytes: 0,
        devices: 0,
        users: 0,
        isCounted: false,
      });
    }
  }
  return groups;
}

/** Counts files, devices and users of groups, slice by slice. */
async function addFigures(
  evidence: ElasticEvidence,
  input: Pick<ProcessesInput, 'filter'>,
  groups: readonly Group[],
  signal: AbortSignal,
): Promise<void> {
  const slices: Group[][] = [];
  let events = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const last = slices.at(-1);
    const isLarge = group.events > largeGroupEvents;
    if (!last || isLarge || events + group.events > sliceEvents || last.length >= sliceGroups) {
      slices.push([group]);
      events = isLarge ? Number.POSITIVE_INFINITY : group.events;
    } else {
      last.push(group);
      events += group.events;
    }
  }
  const query = writesQuery(input.filter);
  let next = 0;
  const work = async () => {
    for (let slice = slices[next++]; slice; slice = slices[next++]) await countSlice(evidence, query, slice, signal);
  };
  await Promise.all(Array.from({ length: parallelSlices }, work));
}

async function countSlice(
  { search, indices }: ElasticEvidence,
  query: Clause,
  slice: readonly Group[],
  signal: AbortSignal,
): Promise<void> {
  const narrowed = { bool: { filter: [query, anyOf(slice.map(groupClause))] } };
  const question = 'files per process';
  const single = slice.length === 1 ? slice[0] : undefined;
  const groups = single ? [] : groupSources;
  const user: Source = { name: 'user', field: fields.user };
  const devices = new Map<string, Set<string>>();
  const users = new Map<string, Set<string>>();
  let sources: readonly Source[] = [...groups, ...pathSources, user];
  if (single && single.events > largeGroupEvents) {
    const device = { index: indices.files, query: narrowed, sources: [...deviceSources(writtenDevice), user] };
    for (const { key } of await allBuckets(search, { ...device, signal, question })) note(single.name, key);
    // On a single device its parts need not be told with each of many paths: that halves the work of the cluster.
    if (devices.get(single.name)?.size === 1) sources = [{ name: 'path', field: fields.path }];
  }
  function note(name: string, key: Bucket['key']): void {
    addTo(devices, name, deviceOfKey(key).id);
    const text = textOfKey(key.user);
    if (text !== '') addTo(users, name, text);
  }
  const nameOf = (key: Bucket['key']) => (single ? single.name : groupOfKey(groups, key));
  const asked = { index: indices.files, query: narrowed, groups, question };
  const counter = makeDistinctCounter(search, asked);
  for await (const page of readBuckets(search, {
    ...asked,
    sources,
    figures: pathFigures,
    pageSize: slicePage,
    signal,
  })) {
    counter.add(page);
    if (sources.length > 1) for (const { key } of page) note(nameOf(key), key);
  }
  const figures = await counter.finish(signal);
  for (const group of slice) {
    const own = figures.get(single ? '' : group.name);
    group.files = own?.files ?? 0;
    group.distinctBytes = own?.distinctBytes ?? 0;
    group.devices = devices.get(group.name)?.size ?? 0;
    group.users = users.get(group.name)?.size ?? 0;
    group.isCounted = true;
  }
}

function toGroup(row: ProcessRow): Group {
  const { host, process, executable = '' } = row;
  return { ...row, executable, name: [host, process, executable].join('\u0000'), isCounted: false };
}

function toRow(group: Group): ProcessRow {
  const { host, process, executable, writtenBytes, distinctBytes, files, events, devices, users } = group;
  const { firstSeenMs, lastSeenMs } = group;
  const named = executable === '' ? undefined : executable;
  return {
    host,
    process,
    executable: named,
    writtenBytes,
    distinctBytes,
    files,
    events,
    devices,
    users,
    firstSeenMs,
    lastSeenMs,
  };
}

function groupClause({ host, process, executable }: Group): Clause {
  return {
    bool: {
      filter: [
        ...nameClauses(fields.host, [host]),
        ...nameClauses(fields.process, [process]),
        ...nameClauses(fields.executable, [executable]),
      ],
    },
  };
}

/** Adds a value to the set of a name. */
export function addTo(sets: Map<string, Set<string>>, name: string, value: string): void {
  const known = sets.get(name);
  if (known) known.add(value);
  else sets.set(name, new Set([value]));
}
