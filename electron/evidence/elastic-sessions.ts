import {
  answerSessions,
  compareSessions,
  inferredGapMs,
  toDeviceSessions,
  touchesSpan,
  type WriteRun,
} from '../../shared/analysis/device-sessions.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { DeviceEvent } from '../../shared/model/event.ts';
import type { DeviceSessions } from '../../shared/model/evidence-answer.ts';
import { allBuckets, figureOf, optionalFigureOf, readBuckets, timeOfKey, tooMany } from './elastic-buckets.ts';
import { deviceEventsQuery } from './elastic-devices.ts';
import type { ElasticEvidence } from './elastic-evidence.ts';
import {
  deviceEventFields,
  deviceOfKey,
  fields,
  mountedDevice,
  partOfKey,
  textOfKey,
  writtenDevice,
} from './elastic-fields.ts';
import {
  aggregationBody,
  anyOf,
  type Clause,
  deviceClause,
  deviceSources,
  missingClause,
  nameClauses,
  type Source,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';
import { record } from './elastic-search.ts';

type SessionsInput = InputOf<EvidenceOperations['sessions.list']>;

/** Device events that one answer is made from. */
const mostDeviceEvents = 500_000;
/** Stretches of time that one request looks into. */
const stretchesAtOnce = 500;

/** Answers `sessions.list` from device events and runs of writes; what they mean is in `device-sessions.ts`. */
export async function listSessions(
  evidence: ElasticEvidence,
  input: SessionsInput,
  signal: AbortSignal,
): Promise<DeviceSessions> {
  const events = await readMounts(evidence, input, signal);
  const runs = await readRuns(evidence, input, events, signal);
  const sessions = toDeviceSessions(events, runs)
    .filter((session) => input.device === undefined || session.device === input.device)
    .filter((session) => touchesSpan(session, input))
    .sort(compareSessions);
  return answerSessions(sessions, input);
}

/** Device events of the hosts that matter: also those of other devices, which may turn out to be the same one. */
async function readMounts(
  { search, indices }: ElasticEvidence,
  input: SessionsInput,
  signal: AbortSignal,
): Promise<readonly DeviceEvent[]> {
  const question = 'device events';
  let near: readonly Clause[] = [];
  if (input.device !== undefined) {
    const query = writesQuery({ devices: [input.device] }, 'both');
    const host = { name: 'host', field: fields.host };
    const written = await allBuckets(search, { index: indices.files, query, sources: [host], signal, question });
    const hosts = written.map(({ key }) => textOfKey(key.host));
    near = [anyOf([deviceClause(input.device, mountedDevice), { terms: { [deviceEventFields.host]: hosts } }])];
  }
  // Every event is a bucket of its own: pages of buckets cannot lose one between two requests.
  const sources: readonly Source[] = [
    { name: 'time', field: deviceEventFields.time },
    { name: 'host', field: deviceEventFields.host },
    { name: 'action', field: deviceEventFields.action },
    { name: 'id', field: fields.id },
    ...deviceSources(mountedDevice),
  ];
  const events: DeviceEvent[] = [];
  const asked = {
    index: indices.devices,
    query: deviceEventsQuery({ hosts: input.hosts }, near),
    sources,
    signal,
    question,
  };
  for await (const page of readBuckets(search, { ...asked, mayBeMissing: true })) {
    for (const { key } of page) {
      const volume = partOfKey(key, 'volume');
      events.push({
        id: textOfKey(key.id),
        atMs: timeOfKey(key.time, question),
        kind: key.action === 'mount' ? 'mount' : 'unmount',
        host: textOfKey(key.host),
        device: deviceOfKey(key).id,
        volume: volume === '' ? undefined : volume,
      });
    }
    if (events.length > mostDeviceEvents) throw tooMany(question);
  }
  return events;
}

/** A stretch of writes of one host, device and volume between two device events of the host. */
interface Piece {
  readonly host: string;
  readonly device: string;
  readonly volume: string;
  /** Device events of the host up to its start. */
  readonly cut: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A stretch whose ends are still to be asked for. */
interface Stretch extends Omit<Piece, 'firstMs' | 'lastMs'> {
  readonly clause: Clause;
}

/**
 * Runs of counted writes. Slots are as long as the gap that parts two sessions: so no such gap can hide inside one, and
 * only slots that a device event cuts through must be looked into.
 */
async function readRuns(
  { search, indices }: ElasticEvidence,
  input: SessionsInput,
  events: readonly DeviceEvent[],
  signal: AbortSignal,
): Promise<readonly WriteRun[]> {
  const question = 'runs of writes';
  const query = writesQuery({ hosts: input.hosts, devices: input.device === undefined ? undefined : [input.device] });
  const parts = deviceSources(writtenDevice);
  const sources: readonly Source[] = [
    { name: 'host', field: fields.host },
    ...parts,
    { name: 'slot', field: fields.time, intervalMs: inferredGapMs },
  ];
  const { first, last } = volumeFigures;
  const cuts = cutsOf(events);
  const pieces: Piece[] = [];
  const stretches: Stretch[] = [];
  for await (const page of readBuckets(search, {
    index: indices.files,
    query,
    sources,
    figures: { first, last },
    signal,
    question,
  })) {
    for (const { key, figures } of page) {
      const host = textOfKey(key.host);
      const place = { host, device: deviceOfKey(key).id, volume: partOfKey(key, 'volume') };
      const firstMs = Math.floor(figureOf(figures, 'first'));
      const lastMs = Math.floor(figureOf(figures, 'last'));
      const times = cuts.get(host) ?? [];
      const firstCut = countUpTo(times, firstMs);
      const lastCut = countUpTo(times, lastMs);
      if (firstCut === lastCut) {
        pieces.push({ ...place, cut: firstCut, firstMs, lastMs });
        continue;
      }
      for (let cut = firstCut; cut <= lastCut; cut += 1) {
        const fromMs = Math.max(firstMs, times[cut - 1] ?? firstMs);
        const toMs = Math.min(lastMs + 1, times[cut] ?? lastMs + 1);
        if (fromMs < toMs) stretches.push({ ...place, cut, clause: stretchClause(host, parts, key, fromMs, toMs) });
      }
    }
  }
  for (let start = 0; start < stretches.length; start += stretchesAtOnce) {
    const some = stretches.slice(start, start + stretchesAtOnce);
    const filters = Object.fromEntries(some.map(({ clause }, index) => [String(index), clause]));
    const body = aggregationBody(writesQuery({}), { stretches: { filters: { filters }, aggs: { first, last } } });
    const answer = await search.search(indices.files, body, { signal, question });
    const buckets = record(record(answer.aggregations.stretches)?.buckets);
    for (const [index, { host, device, volume, cut }] of some.entries()) {
      const found = record(buckets?.[String(index)]);
      const firstMs = optionalFigureOf(found, 'first');
      if (firstMs === undefined) continue;
      pieces.push({
        host,
        device,
        volume,
        cut,
        firstMs: Math.floor(firstMs),
        lastMs: Math.floor(figureOf(found, 'last')),
      });
    }
  }
  return toRuns(pieces);
}

/** Writes of one host and one spelling of a device, from `fromMs` to before `toMs`. */
function stretchClause(
  host: string,
  parts: readonly Source[],
  key: Readonly<Record<string, unknown>>,
  fromMs: number,
  toMs: number,
): Clause {
  const range = { range: { [fields.time]: { gte: fromMs, lt: toMs, format: 'epoch_millis' } } };
  const same = parts.map(({ name, field }): Clause => {
    const value = key[name];
    return value === null || value === undefined ? missingClause(field) : { term: { [field]: value } };
  });
  return { bool: { filter: [range, ...nameClauses(fields.host, [host]), ...same] } };
}

/** Times of device events per host, ascending. */
function cutsOf(events: readonly DeviceEvent[]): ReadonlyMap<string, readonly number[]> {
  const cuts = new Map<string, number[]>();
  for (const { host, atMs } of events) {
    const times = cuts.get(host);
    if (times) times.push(atMs);
    else cuts.set(host, [atMs]);
  }
  for (const times of cuts.values()) times.sort((a, b) => a - b);
  return cuts;
}

/** How many of the ascending times are at or before an instant. */
function countUpTo(times: readonly number[], atMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Joins pieces of one host, device, volume and stretch between device events that are at most the gap apart. */
function toRuns(pieces: readonly Piece[]): readonly WriteRun[] {
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const key = [piece.host, piece.device, piece.volume, piece.cut].join('\u0000');
    const group = groups.get(key);
    if (group) group.push(piece);
    else groups.set(key, [piece]);
  }
  const runs: WriteRun[] = [];
  for (const group of groups.values()) {
    let run: { firstMs: number; lastMs: number } | undefined;
    for (const { host, device, volume, firstMs, lastMs } of group.sort((a, b) => a.firstMs - b.firstMs)) {
      if (run && firstMs - run.lastMs <= inferredGapMs) {
        run.lastMs = Math.max(run.lastMs, lastMs);
        continue;
      }
      const next = { host, device, volume: volume === '' ? undefined : volume, firstMs, lastMs };
      runs.push(next);
      run = next;
    }
  }
  return runs;
}
