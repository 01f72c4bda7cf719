import { fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import { parseDeviceEvent } from '../../shared/model/ecs-parse.ts';
import type { DeviceEvent } from '../../shared/model/event.ts';
import type { DeviceIdentityStrength, DeviceRow, DeviceSort, Page } from '../../shared/model/evidence-answer.ts';
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
  evidenceTimeClauses,
  nameClauses,
  type Source,
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
        ...evidenceTimeClauses(deviceEventFields.time, fromMs, toMs),
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

type DevicesInput = InputOf<EvidenceOperations['devices.list']>;

/** A device with its place in the asked order. */
interface ListedDevice {
  readonly device: SeenDevice;
  readonly value: string | number;
}

/** What each order sorts by; descriptions are only there where one of these or a search needs them. */
const sortValues: Readonly<
  Record<DeviceSort, (device: SeenDevice, description: Description | undefined) => string | number>
> = {
  lastWriteMs: ({ lastWriteMs }) => lastWriteMs,
  lastSeenMs: ({ lastSeenMs }) => lastSeenMs,
  firstSeenMs: ({ firstSeenMs }) => firstSeenMs,
  writtenBytes: ({ writtenBytes }) => writtenBytes,
  events: ({ events }) => events,
  hostCount: ({ hosts }) => hosts.size,
  userCount: ({ users }) => users.size,
  capacityBytes: (_device, description) => description?.capacityBytes ?? -1,
  name: (_device, description) => nameOf(description).toLowerCase(),
  serial: (_device, description) => description?.serial ?? '',
  busType: (_device, description) => (description?.busType ?? '').toLowerCase(),
};
const describedSorts: readonly DeviceSort[] = ['capacityBytes', 'name', 'serial', 'busType'];

/** Lists kept for their next pages. */
const keptLists = 4;

/**
 * Makes the answerer of `devices.list`. The cluster adds up, the few rows that are left are filtered and sorted here. The
 * next pages go on in the same list while it is kept.
 */
export function makeDeviceLister(
  evidence: ElasticEvidence,
): (input: DevicesInput, signal: AbortSignal) => Promise<Page<DeviceRow>> {
  const kept = new Map<string, readonly ListedDevice[]>();
  return async (input, signal) => {
    const { cursor, limit, ...question } = input;
    const key = JSON.stringify(question);
    let devices = cursor === undefined ? undefined : kept.get(key);
    if (!devices) {
      devices = await listSortedDevices(evidence, input, signal);
      kept.delete(key);
      kept.set(key, devices);
      for (const old of kept.keys()) if (kept.size > keptLists) kept.delete(old);
    }
    const order = compareListed(input.descending ?? true);
    const start = cursor === undefined ? 0 : positionAfter(devices, cursor, order);
    const page = devices.slice(start, start + limit);
    const descriptions = await describeDevices(
      evidence,
      page.map(({ device }) => device.id),
      signal,
    );
    const last = page.at(-1);
    const isMore = start + page.length < devices.length;
    return {
      rows: page.map(({ device }) => toRow(device, descriptions.get(device.id))),
      total: devices.length,
      nextCursor: isMore && last ? cursorOf(last) : undefined,
    };
  };
}

function toRow(device: SeenDevice, description: Description | undefined): DeviceRow {
  return {
    ...(description ?? { volumes: [] }),
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
  };
}

/** The devices that the question lets through, in its order. */
async function listSortedDevices(
  evidence: ElasticEvidence,
  input: DevicesInput,
  signal: AbortSignal,
): Promise<readonly ListedDevice[]> {
  const sort = input.sort ?? 'lastWriteMs';
  const among = input.among && new Set(input.among);
  const notAmong = new Set(input.notAmong);
  const allowed = [...(await readSeenDevices(evidence, input.filter, signal)).values()].filter(
    (device) =>
      (among?.has(device.id) ?? true) &&
      !notAmong.has(device.id) &&
      (input.identities?.includes(device.identity) ?? true),
  );
  const needle = input.contains ? input.contains.toLowerCase() : undefined;
  const descriptions: ReadonlyMap<string, Description> =
    allowed.length > 0 && (needle !== undefined || describedSorts.includes(sort))
      ? await describeDevices(evidence, undefined, signal)
      : new Map();
  return allowed
    .filter((device) => needle === undefined || isNamed(device, descriptions.get(device.id), needle))
    .map((device) => ({ device, value: sortValues[sort](device, descriptions.get(device.id)) }))
    .sort(compareListed(input.descending ?? true));
}

function nameOf(description: Description | undefined): string {
  return [description?.vendor, description?.product].filter((part) => part !== undefined).join(' ');
}

function isNamed(device: SeenDevice, description: Description | undefined, needle: string): boolean {
  const ids = [description?.vendorId, description?.productId].filter((part) => part !== undefined).join(':');
  const texts = [device.id, nameOf(description), ids, description?.serial, description?.busType];
  return [...texts, ...(description?.volumes ?? []), ...device.hosts, ...device.users].some((text) =>
    text?.toLowerCase().includes(needle),
  );
}

type Place = Pick<ListedDevice, 'value'> & { readonly device: Pick<SeenDevice, 'id' | 'lastSeenMs'> };

function compareListed(isDescending: boolean): (a: Place, b: Place) => number {
  return (a, b) => {
    const order =
      typeof a.value === 'number' && typeof b.value === 'number'
        ? a.value - b.value
        : compareNames(String(a.value), String(b.value));
    return (
      (isDescending ? -order : order) ||
      b.device.lastSeenMs - a.device.lastSeenMs ||
      compareNames(a.device.id, b.device.id)
    );
  };
}

function cursorOf({ device, value }: ListedDevice): string {
  return Buffer.from(JSON.stringify([value, device.lastSeenMs, device.id])).toString('base64url');
}

/** The first device behind the place that a cursor names: lists that changed meanwhile go on there. */
function positionAfter(
  devices: readonly ListedDevice[],
  cursor: string,
  compare: (a: Place, b: Place) => number,
): number {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) {
      const [value, lastSeenMs, id] = parts as readonly unknown[];
      if ((typeof value === 'number' || typeof value === 'string') && typeof lastSeenMs === 'number') {
        const place = { value, device: { id: String(id), lastSeenMs } };
        const at = devices.findIndex((device) => compare(device, place) > 0);
        return at < 0 ? devices.length : at;
      }
    }
  } catch {
    // Said below, with what it means.
  }
  throw fail('bad-input', 'The cursor is none that this list has given out.', 'Load the list anew.');
}

/** Devices with sums of the counted writes; without a filter also those that only renames or device events name. */
async function readSeenDevices(
  { search, indices }: ElasticEvidence,
  filter: DevicesInput['filter'],
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
  const renames = { ...counted, query: writesQuery({}, 'renames') };
  const { first, last } = volumeFigures;
  const mounts = {
    ...base,
    figures: { first, last },
    index: indices.devices,
    query: deviceEventsQuery({}),
    sources: [...deviceSources(mountedDevice), host],
    mayBeMissing: true,
  };
  const read = async (asked: Parameters<typeof readBuckets>[1], isCounted: boolean) => {
    for await (const page of readBuckets(search, asked)) for (const bucket of page) add(bucket, isCounted);
  };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  await Promise.all([read(counted, true), ...(isFiltered ? [] : [read(renames, false), read(mounts, false)])]);
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

/** What all evidence says of some devices, or of every one: the latest value of each field. */
async function describeDevices(
  { search, indices }: ElasticEvidence,
  devices: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Description>> {
  if (devices?.length === 0) return new Map();
  const asked = devices ? { devices: [...devices] } : {};
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
  const written = { ...base, index: indices.files, query: writesQuery(asked, 'both') };
  const busType: Source = { name: 'busType', field: fields.busType };
  const about = (['busType', 'vendorId', 'productId', 'capacity'] as const).map((name) => ({
    name,
    field: deviceEventFields[name],
  }));
  const mounted = { ...base, index: indices.devices, query: deviceEventsQuery(asked), mayBeMissing: true };
  const read = async (question: Parameters<typeof readBuckets>[1], rank: number) => {
    for await (const buckets of readBuckets(search, question)) for (const bucket of buckets) note(bucket, rank);
  };
  await Promise.all([
    read({ ...written, sources: [...deviceSources(writtenDevice), busType] }, 0),
    read({ ...mounted, sources: [...deviceSources(mountedDevice), ...about] }, 1),
  ]);
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
