import { dayMs } from '../../shared/base/time.ts';
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

/** Time slices asked at once: one by one they take nearly twice as long, more than four only fight for the cluster. */
const parallelSlices = 3;
const slicePage = 20_000;
/** Days that have few events are asked for together, up to so many. */
const sliceEvents = 200_000;
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

/** Answers `activity.read`: composite pages per slice of whole days, a few slices at once, emitted in the order of time. */
export async function readActivity(
  evidence: ElasticEvidence,
  input: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
  context: CallContext<ActivityChunk>,
): Promise<{ readonly rows: number }> {
  const [slices, sources] = await Promise.all([
    planSlices(evidence, input, context.signal),
    sourcesOf(evidence, context.signal),
  ]);
  // A slice that fails ends the others too.
  const abort = new AbortController();
  const signal = AbortSignal.any([context.signal, abort.signal]);
  const running = new Map<number, Promise<readonly ActivityRow[]>>();
  let rows = 0;
  let pending: ActivityRow[] = [];
  const emit = (batch: readonly ActivityRow[]) => {
    if (batch.length > 0) context.emit(toChunk(batch));
  };
  try {
    for (const position of slices.keys()) {
      for (let next = position; next < Math.min(position + parallelSlices, slices.length); next += 1) {
        const slice = slices[next];
        if (!slice || running.has(next)) continue;
        const answer = readSlice(evidence, slice, sources, signal);
        // Whoever awaits it sees the rejection; it must not count as unhandled before.
        answer.catch(() => undefined);
        running.set(next, answer);
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

/** Spans of whole days with about `sliceEvents` events each; days without events are in none. */
async function planSlices(
  evidence: ElasticEvidence,
  input: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
  signal: AbortSignal,
): Promise<readonly { readonly fromMs: number; readonly toMs: number }[]> {
  const days: Bucket[] = [];
  const source = { name: 'day', field: fields.time, intervalMs: dayMs };
  for await (const page of readBuckets(evidence.search, {
    index: evidence.indices.files,
    query: writesQuery(input),
    sources: [source],
    signal,
    question: 'days with writes',
  })) {
    days.push(...page);
  }
  const slices: { fromMs: number; toMs: number; events: number }[] = [];
  for (const day of days) {
    const startMs = timeOfKey(day.key.day, 'days with writes');
    const last = slices.at(-1);
    if (last && last.events + day.events <= sliceEvents) {
      last.toMs = startMs + dayMs;
      last.events += day.events;
    } else slices.push({ fromMs: startMs, toMs: startMs + dayMs, events: day.events });
  }
  return slices.map((slice) => ({
    fromMs: Math.max(slice.fromMs, input.fromMs ?? slice.fromMs),
    toMs: Math.min(slice.toMs, input.toMs ?? slice.toMs),
  }));
}

async function readSlice(
  { search, indices }: ElasticEvidence,
  slice: { readonly fromMs: number; readonly toMs: number },
  sources: readonly Source[],
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
      const row = toRow(bucket);
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

function toRow({ key, events, figures }: Bucket): ActivityRow {
  return {
    slotMs: timeOfKey(key.slot, 'activity'),
    host: textOfKey(key.host),
    user: textOfKey(key.user),
    process: textOfKey(key.process),
    executable: textOfKey(key.executable),
    device: deviceOfKey(key).id,
    identity: {
      publisher: textOfKey(key.publisher),
      publisherTrusted: textOfKey(key.publisherTrusted),
      sha256: textOfKey(key.sha256),
      originalFileName: textOfKey(key.originalFileName),
      parentProcess: textOfKey(key.parentProcess),
    },
    events,
    writtenBytes: figureOf(figures, 'bytes'),
    firstMs: Math.floor(figureOf(figures, 'first')),
    lastMs: Math.floor(figureOf(figures, 'last')),
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
  const identityIndex = Uint32Array.from(rows, ({ identity }) => {
    const index = identityKeys.indexOf(identityParts.map((part) => identity[part]).join('\u0000'));
    identities[index] ??= identity;
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
