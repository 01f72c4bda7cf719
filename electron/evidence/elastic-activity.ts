import { bucketStart, dayMs } from '../../shared/base/time.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import {
  type ActivityChunk,
  activitySlotMs,
  identityParts,
  type ProgramIdentity,
} from '../../shared/model/evidence-answer.ts';
import { type Bucket, figureOf, readBuckets, timeOfKey } from './elastic-buckets.ts';
import { compareNames, type ElasticEvidence, readFieldTypes } from './elastic-evidence.ts';
import { deviceOfKey, fields, textOfKey, writtenDevice } from './elastic-fields.ts';
import {
  aggregationBody,
  compositeOf,
  deviceSources,
  type Source,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';

/** Time slices asked at once: one by one they take nearly twice as long, more only fight for the cluster. */
const parallelSlices = 4;
const slicePage = 20_000;
/** So many days are asked for one by one without a look at how many writes they have: an empty one costs next to nothing. */
const plainDays = 100;
/** Of more days those that have few events are asked for together, up to so many: about a page, since pages follow each other. */
const sliceEvents = 40_000;
const chunkRows = 200_000;

const activitySources: readonly Source[] = [
  { name: 'slot', field: fields.time, intervalMs: activitySlotMs },
  { name: 'host', field: fields.host },
  { name: 'user', field: fields.user },
  { name: 'process', field: fields.process },
  { name: 'executable', field: fields.executable },
  ...deviceSources(writtenDevice),
];

/** Fields of the parts of a program's identity. Only those that can be counted by are asked for. */
const identityFields: Readonly<Record<keyof ProgramIdentity, string>> = {
  publisher: fields.publisher,
  publisherTrusted: fields.publisherTrusted,
  sha256: fields.processSha256,
  originalFileName: fields.originalFileName,
  parentProcess: fields.parentProcess,
};

const countableTypes = ['keyword', 'constant_keyword', 'wildcard', 'boolean'];

interface ActivityRow {
  readonly slotMs: number;
  readonly host: string;
  readonly user: string;
  readonly process: string;
  readonly executable: string;
  readonly device: string;
  readonly identity: ProgramIdentity;
  events: number;
  writtenBytes: number;
  firstMs: number;
  lastMs: number;
}

/** Mappings change rarely: which parts of an identity can be counted by is believed for so long. */
const sourcesForMs = 300_000;

/**
 * Makes the answerer of `activity.read`: composite pages per day, a few days at once, emitted in the order of time. Where the
 * span begins at a given time its first day is asked for at once, while the others are planned: of the newest hours it is all.
 */
export function makeActivityReader(
  evidence: ElasticEvidence,
): (input: TimeSpan, context: CallContext<ActivityChunk>) => Promise<{ readonly rows: number }> {
  let known: { readonly atMs: number; readonly sources: readonly Source[] } | undefined;
  return async (input, context) => {
    if (!known || performance.now() - known.atMs > sourcesForMs)
      known = { sources: await sourcesOf(evidence, context.signal), atMs: performance.now() };
    return await readActivity(evidence, input, known.sources, context);
  };
}

async function readActivity(
  evidence: ElasticEvidence,
  input: TimeSpan,
  sources: readonly Source[],
  context: CallContext<ActivityChunk>,
): Promise<{ readonly rows: number }> {
  // A slice that fails ends the others too.
  const abort = new AbortController();
  const signal = AbortSignal.any([context.signal, abort.signal]);
  const names = makeSharedNames();
  const running = new Map<number, Promise<readonly ActivityRow[]>>();
  const start = (position: number, slice: ActivitySlice) => {
    const answer = readSlice(evidence, slice, sources, names, signal);
    // Whoever awaits it sees the rejection; it must not count as unhandled before.
    answer.catch(() => undefined);
    running.set(position, answer);
  };
  let rows = 0;
  let pending: ActivityRow[] = [];
  const emit = (batch: readonly ActivityRow[]) => {
    if (batch.length > 0) context.emit(toChunk(batch));
  };
  try {
    const head = firstDay(input);
    if (head) start(0, head);
    const rest = head && { fromMs: head.toMs, toMs: input.toMs };
    const slices = [...(head ? [head] : []), ...(await planSlices(evidence, rest ?? input, signal))];
    for (const position of slices.keys()) {
      for (let next = position; next < Math.min(position + parallelSlices, slices.length); next += 1) {
        const slice = slices[next];
        if (!slice || running.has(next)) continue;
        start(next, slice);
      }
      const slice = (await running.get(position)) ?? [];
      running.delete(position);
      rows += slice.length;
      if (pending.length + slice.length > chunkRows) {
        emit(pending);
        pending = [];
      }
      for (const row of slice) pending.push(row);
      pending = emitWhole(pending, emit);
    }
    emit(pending);
    return { rows };
  } catch (error) {
    abort.abort();
    throw error;
  }
}

/** What activity is counted by. Parts of the identity that no index has, or has as text, are unknown. */
async function sourcesOf({ search, indices }: ElasticEvidence, signal: AbortSignal): Promise<readonly Source[]> {
  const { types } = await readFieldTypes(search, indices.files, Object.values(identityFields), signal);
  const known = identityParts.filter((part) => {
    const found = types.get(identityFields[part]) ?? [];
    return found.length > 0 && found.every(({ type }) => countableTypes.includes(type));
  });
  return [...activitySources, ...known.map((name) => ({ name, field: identityFields[name] }))];
}

/** Emits full chunks that end with a slot; what is left is returned. */
function emitWhole(rows: ActivityRow[], emit: (batch: readonly ActivityRow[]) => void): ActivityRow[] {
  let start = 0;
  while (rows.length - start > chunkRows) {
    let end = start + chunkRows;
    while (end > start && rows[end - 1]?.slotMs === rows[end]?.slotMs) end -= 1;
    // A slot larger than a chunk stays in one piece.
    if (end === start) {
      end = start + chunkRows;
      while (end < rows.length && rows[end - 1]?.slotMs === rows[end]?.slotMs) end += 1;
    }
    emit(rows.slice(start, end));
    start = end;
  }
  return start === 0 ? rows : rows.slice(start);
}

interface ActivitySlice {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What of a span is on the day that it begins at; undefined where it is open there. */
function firstDay({ fromMs, toMs }: TimeSpan): ActivitySlice | undefined {
  if (fromMs === undefined) return undefined;
  return { fromMs, toMs: Math.min(bucketStart(fromMs, dayMs) + dayMs, toMs ?? Number.POSITIVE_INFINITY) };
}

/**
 * Spans that are asked for one by one: the days from first to last write as they are, if they are few. Of a long time it is
 * asked first which days have writes, and those that have few are put together.
 */
async function planSlices(
  evidence: ElasticEvidence,
  input: TimeSpan,
  signal: AbortSignal,
): Promise<readonly ActivitySlice[]> {
  if (input.fromMs !== undefined && input.toMs !== undefined && input.fromMs >= input.toMs) return [];
  const extent = await readEnds(evidence, input, signal);
  if (!extent) return [];
  const { fromMs, toMs } = extent;
  const startMs = bucketStart(fromMs, dayMs);
  if (toMs - startMs > plainDays * dayMs) return await planDays(evidence, { fromMs, toMs }, signal);
  const slices: { fromMs: number; toMs: number }[] = [];
  for (let atMs = startMs; atMs < toMs; atMs += dayMs)
    slices.push({ fromMs: Math.max(atMs, fromMs), toMs: Math.min(atMs + dayMs, toMs) });
  return slices;
}

interface TimeSpan {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** The given ends of a span, and the first and last write's for those that are not. An index sorts by time without counting. */
async function readEnds(
  { search, indices }: ElasticEvidence,
  input: TimeSpan,
  signal: AbortSignal,
): Promise<{ readonly fromMs: number; readonly toMs: number } | undefined> {
  const read = async (order: 'asc' | 'desc') => {
    const body = {
      size: 1,
      track_total_hits: false,
      query: writesQuery(input),
      sort: [{ [fields.time]: { order, format: 'epoch_millis', unmapped_type: 'date' } }],
      _source: false,
    };
    const { hits } = await search.search(indices.files, body, { signal, question: 'span of the activity' });
    const atMs = hits[0]?.sort?.[0];
    return atMs === undefined ? undefined : Math.floor(timeOfKey(Number(atMs), 'span of the activity'));
  };
  const [fromMs, lastMs] = await Promise.all([
    input.fromMs ?? read('asc'),
    // The end of a span may lie far behind the last write.
    input.toMs !== undefined && input.fromMs !== undefined && input.toMs - input.fromMs <= plainDays * dayMs
      ? input.toMs - 1
      : read('desc'),
  ]);
  if (fromMs === undefined || lastMs === undefined) return undefined;
  return { fromMs, toMs: Math.min(lastMs + 1, input.toMs ?? Number.POSITIVE_INFINITY) };
}

async function planDays(
  evidence: ElasticEvidence,
  span: { readonly fromMs: number; readonly toMs: number },
  signal: AbortSignal,
): Promise<readonly ActivitySlice[]> {
  const slices: { fromMs: number; toMs: number; events: number }[] = [];
  for await (const page of readBuckets(evidence.search, {
    index: evidence.indices.files,
    query: writesQuery(span),
    sources: [{ name: 'day', field: fields.time, intervalMs: dayMs }],
    signal,
    question: 'days with writes',
  })) {
    for (const { key, events } of page) {
      const startMs = timeOfKey(key.day, 'days with writes');
      const last = slices.at(-1);
      if (last && last.events + events <= sliceEvents) {
        last.toMs = startMs + dayMs;
        last.events += events;
      } else slices.push({ fromMs: startMs, toMs: startMs + dayMs, events });
    }
  }
  return slices.map(({ fromMs, toMs }) => ({
    fromMs: Math.max(fromMs, span.fromMs),
    toMs: Math.min(toMs, span.toMs),
  }));
}

async function readSlice(
  { search, indices }: ElasticEvidence,
  slice: { readonly fromMs: number; readonly toMs: number },
  sources: readonly Source[],
  names: SharedNames,
  signal: AbortSignal,
): Promise<readonly ActivityRow[]> {
  const rows: ActivityRow[] = [];
  /** First row of the present slot, host, user, process and executable. */
  let first: ActivityRow | undefined;
  /** The rows of that group by device and program, once there are two: a device under two spellings is one row. */
  let group: Map<string, ActivityRow> | undefined;
  for await (const page of readBuckets(search, {
    index: indices.files,
    query: writesQuery(slice),
    sources,
    figures: volumeFigures,
    pageSize: slicePage,
    signal,
    question: 'activity',
  })) {
    for (const bucket of page) {
      const row = toRow(bucket, names);
      if (!first || !isSameGroup(first, row)) {
        first = row;
        group = undefined;
        rows.push(row);
        continue;
      }
      group ??= new Map([[deviceAndProgram(first), first]]);
      const key = deviceAndProgram(row);
      const known = group.get(key);
      if (known) {
        known.events += row.events;
        known.writtenBytes += row.writtenBytes;
        known.firstMs = Math.min(known.firstMs, row.firstMs);
        known.lastMs = Math.max(known.lastMs, row.lastMs);
      } else {
        group.set(key, row);
        rows.push(row);
      }
    }
  }
  return rows.sort(compareRows);
}

function isSameGroup(a: ActivityRow, b: ActivityRow): boolean {
  return (
    a.slotMs === b.slotMs &&
    a.host === b.host &&
    a.user === b.user &&
    a.process === b.process &&
    a.executable === b.executable
  );
}

function deviceAndProgram({ device, identity }: ActivityRow): string {
  return [device, ...identityParts.map((part) => identity[part])].join('\u0000');
}

function toRow({ key, events, figures }: Bucket, names: SharedNames): ActivityRow {
  const executable = names.text(textOfKey(key.executable));
  return {
    slotMs: timeOfKey(key.slot, 'activity'),
    host: names.text(textOfKey(key.host)),
    user: names.text(textOfKey(key.user)),
    process: names.text(textOfKey(key.process)),
    executable,
    device: names.text(deviceOfKey(key).id),
    identity: names.identity(executable, {
      publisher: textOfKey(key.publisher),
      publisherTrusted: textOfKey(key.publisherTrusted),
      sha256: textOfKey(key.sha256),
      originalFileName: textOfKey(key.originalFileName),
      parentProcess: textOfKey(key.parentProcess),
    }),
    events,
    writtenBytes: figureOf(figures, 'bytes'),
    firstMs: Math.floor(figureOf(figures, 'first')),
    lastMs: Math.floor(figureOf(figures, 'last')),
  };
}

/** Every bucket spells all its names out; of equal ones one is kept, so that the answer itself can go. */
interface SharedNames {
  readonly text: (text: string) => string;
  /** The same object for equal identities of one executable. */
  readonly identity: (executable: string, identity: ProgramIdentity) => ProgramIdentity;
}

/** Identities of one executable that are looked through for an equal one. */
const mostShared = 32;

function makeSharedNames(): SharedNames {
  const texts = new Map<string, string>();
  const identities = new Map<string, ProgramIdentity[]>();
  const text = (given: string) => {
    const known = texts.get(given);
    if (known === undefined) texts.set(given, given);
    return known ?? given;
  };
  return {
    text,
    identity(executable, given) {
      const ofExecutable = identities.get(executable);
      const known = ofExecutable?.find((other) => compareIdentities(other, given) === 0);
      if (known) return known;
      if (ofExecutable) {
        if (ofExecutable.length < mostShared) ofExecutable.push(given);
      } else identities.set(executable, [given]);
      return given;
    },
  };
}

function compareRows(a: ActivityRow, b: ActivityRow): number {
  return (
    a.slotMs - b.slotMs ||
    compareNames(a.host, b.host) ||
    compareNames(a.user, b.user) ||
    compareNames(a.process, b.process) ||
    compareNames(a.executable, b.executable) ||
    compareNames(a.device, b.device) ||
    compareIdentities(a.identity, b.identity)
  );
}

function compareIdentities(a: ProgramIdentity, b: ProgramIdentity): number {
  for (const part of identityParts) {
    const order = compareNames(a[part], b[part]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Rows as columns with dictionaries of their own. */
function toChunk(rows: readonly ActivityRow[]): ActivityChunk {
  const hosts = makeDictionary();
  const users = makeDictionary();
  const processes = makeDictionary();
  const executables = makeDictionary();
  const devices = makeDictionary();
  const identityKeys = makeDictionary();
  const identities: ProgramIdentity[] = [];
  const indexOfIdentity = new Map<ProgramIdentity, number>();
  const identityIndex = Uint32Array.from(rows, ({ identity }) => {
    let index = indexOfIdentity.get(identity);
    if (index === undefined) {
      index = identityKeys.indexOf(identityParts.map((part) => identity[part]).join('\u0000'));
      identities[index] ??= identity;
      indexOfIdentity.set(identity, index);
    }
    return index;
  });
  const whole = (pick: (row: ActivityRow) => number) => Float64Array.from(rows, pick);
  const indices = (pick: (row: ActivityRow) => number) => Uint32Array.from(rows, pick);
  return {
    slotMs: whole((row) => row.slotMs),
    hostIndex: indices((row) => hosts.indexOf(row.host)),
    userIndex: indices((row) => users.indexOf(row.user)),
    processIndex: indices((row) => processes.indexOf(row.process)),
    executableIndex: indices((row) => executables.indexOf(row.executable)),
    deviceIndex: indices((row) => devices.indexOf(row.device)),
    events: whole((row) => row.events),
    writtenBytes: whole((row) => row.writtenBytes),
    firstMs: whole((row) => row.firstMs),
    lastMs: whole((row) => row.lastMs),
    hosts: hosts.names,
    users: users.names,
    processes: processes.names,
    executables: executables.names,
    devices: devices.names,
    identities,
    identityIndex,
  };
}

/** Names in the order in which they are first asked for. */
export function makeDictionary(): { readonly names: readonly string[]; readonly indexOf: (name: string) => number } {
  const names: string[] = [];
  const known = new Map<string, number>();
  return {
    names,
    indexOf(name) {
      let index = known.get(name);
      if (index === undefined) {
        index = names.length;
        names.push(name);
        known.set(name, index);
      }
      return index;
    },
  };
}

/** What the first page of a slice asks, for benchmarks against the bare request. */
export function activityRequest(
  slice: { readonly fromMs?: number; readonly toMs?: number },
  size = slicePage,
  after?: object,
) {
  const sources = [...activitySources, ...identityParts.map((name) => ({ name, field: identityFields[name] }))];
  return aggregationBody(writesQuery(slice), { groups: compositeOf(sources, size, after, volumeFigures) });
}
