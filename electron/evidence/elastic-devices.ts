import { fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import { parseDeviceEvent } from '../../shared/model/ecs-parse.ts';
import type { DeviceEvent } from '../../shared/model/event.ts';
import type { DeviceIdentityStrength, DeviceRow, Page } from '../../shared/model/evidence-answer.ts';
import { documentOf } from './elastic-alerts.ts';
import { type Bucket, figureOf, readBuckets } from './elastic-buckets.ts';
import { compareNames, type ElasticEvidence } from './elastic-evidence.ts';
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
  anyOf,
  type Clause,
  deviceClause,
  deviceSources,
  nameClauses,
  type Source,
  timeClauses,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';

interface DeviceEventsFilter {
  readonly devices?: readonly string[] | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** Device events that count as evidence: mounts and unmounts that did not fail, of a named host. */
export function deviceEventsQuery(
  { devices, hosts, fromMs, toMs }: DeviceEventsFilter,
  more: readonly Clause[] = [],
): Clause {
  return {
    bool: {
      filter: [
        { terms: { [deviceEventFields.action]: ['mount', 'unmount'] } },
        { exists: { field: deviceEventFields.host } },
        ...timeClauses(deviceEventFields.time, fromMs, toMs),
        ...nameClauses(deviceEventFields.host, hosts),
        ...(devices ? [anyOf(devices.map((device) => deviceClause(device, mountedDevice)))] : []),
        ...more,
      ],
      must_not: [{ term: { [deviceEventFields.outcome]: 'failure' } }, { term: { [fields.category]: 'file' } }],
    },
  };
}

/** Answers `device-events.list`. A cluster without device events (they need agent 9.2 and a policy) has none. */
export async function listDeviceEvents(
  { search, indices }: ElasticEvidence,
  input: InputOf<EvidenceOperations['device-events.list']>,
  signal: AbortSignal,
): Promise<readonly DeviceEvent[]> {
  const { device, host, fromMs, toMs, limit } = input;
  const devices = device === undefined ? undefined : [device];
  const hosts = host === undefined ? undefined : [host];
  const body = {
    size: limit,
    track_total_hits: false,
    query: deviceEventsQuery({ devices, hosts, fromMs, toMs }),
    sort: [
      { [deviceEventFields.time]: { order: 'asc', unmapped_type: 'date' } },
      { [fields.id]: { order: 'asc', unmapped_type: 'keyword' } },
    ],
  };
  const answer = await search.search(indices.devices, body, { signal, question: 'device events', mayBeMissing: true });
  return (answer?.hits ?? []).flatMap((hit) => parseDeviceEvent(documentOf(hit)) ?? []);
}

/** Names that a device row lists. */
const maxNames = 100;

interface SeenDevice {
  readonly id: string;
  readonly identity: DeviceIdentityStrength;
  events: number;
  writtenBytes: number;
  firstSeenMs: number;
  lastSeenMs: number;
  /** -1 where it has no counted write. */
  lastWriteMs: number;
  readonly hosts: Set<string>;
  readonly users: Set<string>;
}

/** Answers `devices.list`. */
export async function listDevices(
  evidence: ElasticEvidence,
  input: InputOf<EvidenceOperations['devices.list']>,
  signal: AbortSignal,
): Promise<Page<DeviceRow>> {
  const devices = [...(await readSeenDevices(evidence, input.filter, signal)).values()].sort(
    (a, b) => b.lastWriteMs - a.lastWriteMs || b.lastSeenMs - a.lastSeenMs || compareNames(a.id, b.id),
  );
  const start = input.cursor === undefined ? 0 : positionAfter(devices, input.cursor);
  const page = devices.slice(start, start + input.limit);
  const descriptions = await describeDevices(evidence, page, signal);
  const last = page.at(-1);
  const isMore = start + page.length < devices.length;
  return {
    rows: page.map((device) => ({
      ...(descriptions.get(device.id) ?? { volumes: [] }),
      id: device.id,
      identity: device.identity,
      firstSeenMs: device.firstSeenMs,
      lastSeenMs: device.lastSeenMs,
      hosts: [...device.hosts].sort(compareNames).slice(0, maxNames),
      hostCount: device.hosts.size,
      users: [...device.users].sort(compareNames).slice(0, maxNames),
      userCount: device.users.size,
      writtenBytes: device.writtenBytes,
      events: device.events,
    })),
    total: devices.length,
    nextCursor:
      isMore && last
        ? Buffer.from(JSON.stringify([last.lastWriteMs, last.lastSeenMs, last.id])).toString('base64url')
        : undefined,
  };
}

/** The first device behind the place that a cursor names: lists that changed meanwhile go on there. */
function positionAfter(devices: readonly SeenDevice[], cursor: string): number {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) {
      const [lastWriteMs, lastSeenMs, id] = [Number(parts[0]), Number(parts[1]), String(parts[2])];
      const at = devices.findIndex(
        (device) =>
          device.lastWriteMs < lastWriteMs ||
          (device.lastWriteMs === lastWriteMs &&
            (device.lastSeenMs < lastSeenMs || (device.lastSeenMs === lastSeenMs && compareNames(device.id, id) > 0))),
      );
      return at < 0 ? devices.length : at;
    }
  } catch {
    // Said below, with what it means.
  }
  throw fail('bad-input', 'The cursor is none that this list has given out.', 'Load the list anew.');
}

/** Devices with sums of the counted writes; without a filter also those that only renames or device events name. */
async function readSeenDevices(
  { search, indices }: ElasticEvidence,
  filter: InputOf<EvidenceOperations['devices.list']>['filter'],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SeenDevice>> {
  const seen = new Map<string, SeenDevice>();
  const add = ({ key, events, figures }: Bucket, isCounted: boolean) => {
    const { id, strength } = deviceOfKey(key);
    const firstMs = Math.floor(figureOf(figures, 'first'));
    const lastMs = Math.floor(figureOf(figures, 'last'));
    const device = seen.get(id) ?? {
      id,
      identity: strength,
      events: 0,
      writtenBytes: 0,
      firstSeenMs: firstMs,
      lastSeenMs: lastMs,
      lastWriteMs: -1,
      hosts: new Set(),
      users: new Set(),
    };
    seen.set(id, device);
    device.firstSeenMs = Math.min(device.firstSeenMs, firstMs);
    device.lastSeenMs = Math.max(device.lastSeenMs, lastMs);
    device.hosts.add(textOfKey(key.host));
    const user = textOfKey(key.user);
    if (user !== '') device.users.add(user);
    if (!isCounted) return;
    device.events += events;
    device.writtenBytes += figureOf(figures, 'bytes');
    device.lastWriteMs = Math.max(device.lastWriteMs, lastMs);
  };
  const host: Source = { name: 'host', field: fields.host };
  const user: Source = { name: 'user', field: fields.user };
  const writers = [...deviceSources(writtenDevice), host, user];
  const base = { figures: volumeFigures, signal, question: 'devices' };
  const counted = { ...base, index: indices.files, query: writesQuery(filter), sources: writers };
  for await (const page of readBuckets(search, counted)) for (const bucket of page) add(bucket, true);
  if (Object.values(filter).some((value) => value !== undefined)) return seen;
  const renames = { ...counted, query: writesQuery({}, 'renames') };
  for await (const page of readBuckets(search, renames)) for (const bucket of page) add(bucket, false);
  const { first, last } = volumeFigures;
  const mounts = {
    ...base,
    figures: { first, last },
    index: indices.devices,
    query: deviceEventsQuery({}),
    mayBeMissing: true,
  };
  const sources = [...deviceSources(mountedDevice), host];
  for await (const page of readBuckets(search, { ...mounts, sources })) for (const bucket of page) add(bucket, false);
  return seen;
}

type Description = Pick<
  DeviceRow,
  'vendor' | 'product' | 'vendorId' | 'productId' | 'serial' | 'busType' | 'volumes' | 'capacityBytes'
>;

/** Values of a description with the time they were last seen. Device events count before file events, whatever their time. */
class Latest {
  private readonly values = new Map<
    string,
    { readonly value: unknown; readonly rank: number; readonly atMs: number }
  >();

  offer(name: string, value: unknown, rank: number, atMs: number): void {
    if (value === '' || value === null || value === undefined) return;
    const known = this.values.get(name);
    if (!known || rank > known.rank || (rank === known.rank && atMs > known.atMs))
      this.values.set(name, { value, rank, atMs });
  }

  text(name: string): string | undefined {
    const value = this.values.get(name)?.value;
    return value === undefined ? undefined : String(value);
  }

  number(name: string): number | undefined {
    const value = Number(this.values.get(name)?.value);
    return Number.isFinite(value) ? value : undefined;
  }
}

/** What all evidence says of some devices: the latest value of each field. */
async function describeDevices(
  { search, indices }: ElasticEvidence,
  page: readonly SeenDevice[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Description>> {
  if (page.length === 0) return new Map();
  const devices = page.map((device) => device.id);
  const found = new Map<string, { readonly latest: Latest; readonly volumes: Set<string> }>();
  const note = ({ key, figures }: Bucket, rank: number) => {
    const { id } = deviceOfKey(key);
    const device = found.get(id) ?? { latest: new Latest(), volumes: new Set<string>() };
    found.set(id, device);
    const atMs = figureOf(figures, 'last');
    for (const part of ['vendor', 'product', 'serial'] as const)
      device.latest.offer(part, partOfKey(key, part), rank, atMs);
    for (const name of ['busType', 'vendorId', 'productId', 'capacity'])
      device.latest.offer(name, key[name], rank, atMs);
    const volume = partOfKey(key, 'volume');
    if (volume !== '') device.volumes.add(volume);
  };
  const { last } = volumeFigures;
  const base = { figures: { last }, signal, question: 'descriptions of devices' };
  const written = { ...base, index: indices.files, query: writesQuery({ devices }, 'both') };
  const busType: Source = { name: 'busType', field: fields.busType };
  for await (const buckets of readBuckets(search, {
    ...written,
    sources: [...deviceSources(writtenDevice), busType],
  })) {
    for (const bucket of buckets) note(bucket, 0);
  }
  const about = (['busType', 'vendorId', 'productId', 'capacity'] as const).map((name) => ({
    name,
    field: deviceEventFields[name],
  }));
  const mounted = { ...base, index: indices.devices, query: deviceEventsQuery({ devices }), mayBeMissing: true };
  for await (const buckets of readBuckets(search, {
    ...mounted,
    sources: [...deviceSources(mountedDevice), ...about],
  })) {
    for (const bucket of buckets) note(bucket, 1);
  }
  return new Map(
    [...found].map(([id, { latest, volumes }]) => [
      id,
      {
        vendor: latest.text('vendor'),
        product: latest.text('product'),
        vendorId: latest.text('vendorId'),
        productId: latest.text('productId'),
        serial: latest.text('serial'),
        busType: latest.text('busType'),
        volumes: [...volumes].sort(compareNames).slice(0, maxNames),
        capacityBytes: latest.number('capacity'),
      },
    ]),
  );
}
