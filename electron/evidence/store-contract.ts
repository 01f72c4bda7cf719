import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../shared/base/failure.ts';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { identifyDevice } from '../../shared/model/device-identity.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsRuleAlert, toEcsWrite } from '../../shared/model/ecs.ts';
import type { AnomalyRecord, DeviceEvent, RuleAlert, WriteAction, WriteEvent } from '../../shared/model/event.ts';
import {
  type ActivityChunk,
  type DeviceIdentityStrength,
  type DeviceRow,
  deviceIdentityStrengths,
  deviceSorts,
  identityParts,
  otherKey,
  type ProgramIdentity,
  type VolumeColumns,
} from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { EvidenceStore } from './store.ts';

/** A document with its `_id`, as Elasticsearch holds it. */
export interface ContractDocument {
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Evidence to open a store with, by the stream it belongs to. Among the files are documents that are no evidence. */
export interface ContractEvidence {
  readonly files: readonly ContractDocument[];
  readonly deviceEvents: readonly ContractDocument[];
  readonly alerts: readonly ContractDocument[];
  readonly anomalyRecords: readonly ContractDocument[];
}

const start = Date.UTC(2026, 9, 20, 8, 0, 0);
const noSignal = () => ignoreItems(new AbortController().signal);

/** Reproducible numbers (mulberry32). */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Stick {
  readonly vendor: string;
  readonly product: string;
  readonly serial: string | undefined;
  readonly volume: string;
  readonly busType: string;
}

const sticks: readonly Stick[] = [
  { vendor: 'SanDisk', product: 'Ultra', serial: '4C530001260814117341', volume: 'E:', busType: 'Usb' },
  { vendor: 'SanDisk', product: 'Ultra', serial: '4c530001260814117342', volume: 'F:', busType: 'USB' },
  { vendor: 'Generic', product: 'Flash Disk', serial: '0', volume: 'H:', busType: 'Usb' },
  { vendor: 'Kingston', product: 'DataTraveler', serial: '7&2A6E3F&0', volume: 'E:', busType: 'Usb' },
  { vendor: 'Msft', product: 'Virtual Disk', serial: undefined, volume: 'G:', busType: 'FileBackedVirtual' },
];

const actions: readonly WriteAction[] = ['creation', 'overwrite', 'modification', 'modification', 'rename'];
const awkwardNames = [
  'robocopy.exe',
  'explorer.exe',
  'Übertragung.exe',
  '日本語.exe',
  "o'brien;--.exe",
  '"quoted".exe',
  '*.exe',
];

function makeWrite(change: Partial<WriteEvent> & Pick<WriteEvent, 'id' | 'atMs'>, stick: Stick): WriteEvent {
  return {
    action: 'creation',
    host: 'WS-01',
    user: 'ann',
    userId: 'S-1-5-21-1',
    process: 'robocopy.exe',
    executable: 'C:\\Windows\\System32\\robocopy.exe',
    pid: 4711,
    path: `${stick.volume}\\a.txt`,
    extension: 'txt',
    sizeBytes: 100,
    device: identifyDevice(stick).id,
    busType: stick.busType,
    deviceVendor: stick.vendor,
    deviceProduct: stick.product,
    deviceSerial: stick.serial,
    volume: stick.volume,
    ...change,
  };
}

function stickOf(index: number): Stick {
  const stick = sticks[index];
  if (!stick) throw new Error(`There is no stick ${index}.`);
  return stick;
}

/** Writes of many kinds, with ties, repeats and edges; the same ones at every run. */
function makeWrites(): readonly WriteEvent[] {
  const random = makeRandom(7);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  const writes: WriteEvent[] = [];
  for (let index = 0; index < 1_500; index++) {
    const host = random(6);
    const stick = stickOf(random(sticks.length));
    const process = pick(awkwardNames);
    // Whole minutes make many ties.
    const atMs = start + random(20 * 24 * 60) * minuteMs + (random(3) === 0 ? random(60_000) : 0);
    const extension = pick(['docx', 'PDF', 'zip', undefined]);
    writes.push(
      makeWrite(
        {
          id: `w-${String(index).padStart(5, '0')}`,
          atMs,
          action: pick(actions),
          host: `WS-0${host}`,
          user: pick(['ann', 'bob', 'CORP\\carl']),
          userId: undefined,
          process,
          executable: random(5) === 0 ? undefined : `C:\\Tools\\${process}`,
          pid: random(9_000),
          parentProcess: pick(['explorer.exe', undefined]),
          processSha256: pick(['aa'.repeat(32), 'bb'.repeat(32), undefined]),
          originalFileName: pick([process, 'RoboCopy.exe', undefined]),
          publisher: pick(['Microsoft Windows', undefined]),
          publisherTrusted: pick([true, false, undefined]),
          path: `${stick.volume}\\Daten_${random(4)}\\100% file ${random(150)}.${extension ?? 'bin'}`,
          extension,
          sizeBytes: random(10) === 0 ? 0 : random(5_000_000),
        },
        stick,
      ),
    );
  }
  const edge = start + 25 * dayMs;
  return [
    ...writes,
    // At, just before and just after a quarter of an hour and an hour.
    makeWrite({ id: 'edge-0', atMs: edge - 1, host: 'EDGE', path: 'E:\\edge', sizeBytes: 1 }, stickOf(0)),
    makeWrite({ id: 'edge-1', atMs: edge, host: 'EDGE', path: 'E:\\edge', sizeBytes: 2 }, stickOf(0)),
    makeWrite({ id: 'edge-2', atMs: edge + 1, host: 'EDGE', path: 'E:\\edge', sizeBytes: 4 }, stickOf(0)),
    makeWrite({ id: 'edge-3', atMs: edge + hourMs, host: 'EDGE', path: 'E:\\EDGE', sizeBytes: 2 ** 40 }, stickOf(0)),
    // Only ever a rename: a device without counted writes.
    makeWrite(
      {
        id: 'moved',
        atMs: edge,
        host: 'MOVER',
        action: 'rename',
        path: 'X:\\moved',
        sourcePath: 'C:\\secret',
        process: 'mover.exe',
      },
      { vendor: 'Only', product: 'Renames', serial: 'RENAMES1', volume: 'X:', busType: 'Usb' },
    ),
    // Same instant, same file: the larger size is the last one.
    makeWrite({ id: 'tie-a', atMs: edge, host: 'TIE', path: 'E:\\tie', sizeBytes: 7 }, stickOf(0)),
    makeWrite(
      { id: 'tie-b', atMs: edge, host: 'TIE', path: 'E:\\tie', sizeBytes: 3, action: 'modification' },
      stickOf(0),
    ),
    ...sessionWrites(),
  ];
}

const day = (days: number, hours = 0) => start + 40 * dayMs + days * dayMs + hours * hourMs;
const recorded: Stick = {
  vendor: 'PNY',
  product: 'USB 2.0 FD',
  serial: '0416KK00000066840018',
  volume: 'G:',
  busType: 'Usb',
};
const weak: Stick = { vendor: 'Noname', product: 'Disk', serial: '0', volume: 'K:', busType: 'Usb' };

/** Writes around the device events below, on hosts of their own. */
function sessionWrites(): readonly WriteEvent[] {
  const at = (id: string, atMs: number, host: string, stick: Stick) =>
    makeWrite({ id, atMs, host, path: `${stick.volume}\\${id}` }, stick);
  return [
    at('s-1', day(0, 1), 'PAIRED', recorded),
    at('s-2', day(0, 2) + 5 * minuteMs, 'PAIRED', recorded),
    // The stick comes back within the same quarter of an hour.
    at('s-3', day(0, 3) + 8 * minuteMs, 'PAIRED', recorded),
    at('s-4', day(2), 'PAIRED', stickOf(0)),
    at('s-5', day(0), 'INFERRED', stickOf(0)),
    at('s-6', day(0, 8), 'INFERRED', stickOf(0)),
    at('s-7', day(0, 16) + 1, 'INFERRED', stickOf(0)),
    at('s-8', day(1), 'OPEN', recorded),
    at('s-9', day(0, 1), 'WEAK', weak),
  ];
}

function deviceEvent(
  change: Partial<DeviceEvent> & Pick<DeviceEvent, 'id' | 'atMs' | 'kind' | 'host'>,
  stick: Stick,
): DeviceEvent {
  return {
    device: identifyDevice(stick).id,
    busType: stick.busType,
    vendor: stick.vendor,
    vendorId: '154B',
    product: stick.product,
    productId: '007A',
    serial: stick.serial,
    volume: stick.volume,
    fileSystem: 'FAT32',
    capacityBytes: 15_489_753_088,
    ...change,
  };
}

function makeDeviceEvents(): readonly DeviceEvent[] {
  const lonely: Stick = { vendor: 'Lonely', product: 'Stick', serial: 'LONELY', volume: 'L:', busType: 'Usb' };
  const lettered: Stick = { vendor: 'Real', product: 'Name', serial: 'REALSERIAL', volume: 'K:', busType: 'Usb' };
  return [
    deviceEvent({ id: 'd-1', atMs: day(0), kind: 'mount', host: 'PAIRED' }, recorded),
    deviceEvent({ id: 'd-2', atMs: day(0, 3), kind: 'unmount', host: 'PAIRED' }, recorded),
    deviceEvent({ id: 'd-3', atMs: day(0, 3) + 7 * minuteMs, kind: 'mount', host: 'PAIRED' }, recorded),
    deviceEvent({ id: 'd-4', atMs: day(1), kind: 'unmount', host: 'PAIRED' }, recorded),
    // Two mounts in a row, and an unmount whose mount nobody saw.
    deviceEvent({ id: 'd-5', atMs: day(0), kind: 'mount', host: 'OPEN' }, recorded),
    deviceEvent({ id: 'd-6', atMs: day(3), kind: 'mount', host: 'OPEN' }, recorded),
    deviceEvent({ id: 'd-7', atMs: day(5), kind: 'unmount', host: 'ENDED' }, recorded),
    deviceEvent({ id: 'd-8', atMs: day(6), kind: 'mount', host: 'LONELY' }, lonely),
    // The writes of this host name no serial, its device events do: the drive letter joins them.
    deviceEvent({ id: 'd-9', atMs: day(0), kind: 'mount', host: 'WEAK' }, lettered),
    deviceEvent({ id: 'd-10', atMs: day(0, 4), kind: 'unmount', host: 'WEAK' }, lettered),
  ];
}

const alerts: readonly RuleAlert[] = [
  {
    id: 'alert-1',
    atMs: start + dayMs,
    ruleName: 'Unusual Process Writing Data to an External Device',
    ruleId: '4b95ecea-7225-4690-9938-2a2c0bad9c99',
    jobId: 'ded_rare_process_writing_to_external_device_ea',
    host: 'WS-01',
    process: 'robocopy.exe',
    user: 'ann',
    status: 'open',
    recordScore: 91.5,
    recordId: 'record-1',
    bucketStartMs: start + dayMs - hourMs,
  },
  { id: 'alert-2', atMs: start + 2 * dayMs, ruleName: 'Another', host: 'WS-02', status: 'closed' },
  { id: 'alert-3', atMs: start + 2 * dayMs, ruleName: 'Another', host: 'WS-01', status: 'acknowledged' },
];

const anomalyRecords: readonly AnomalyRecord[] = [
  ['record-1', 91.25, 'WS-01'] as const,
  ['record-2', 12.5, 'WS-02'] as const,
  ['record-3', 99, 'WS-02'] as const,
].map(([id, recordScore, host], index) => ({
  id,
  jobId: 'ded_rare_process_writing_to_external_device',
  bucketStartMs: start + index * hourMs,
  bucketSpanMs: hourMs,
  host,
  process: 'robocopy.exe',
  recordScore,
  initialRecordScore: recordScore + 0.5,
  probability: 0.001,
  isFirstOccurrence: true,
  relativeRarity: 2.5,
}));

/** Documents of the file stream that are no writes to devices, or are dated outside the times of evidence. */
function makeOthers(): readonly ContractDocument[] {
  const write = toEcsWrite(makeWrite({ id: 'x', atMs: start, host: 'OTHER' }, stickOf(0))) as Record<string, unknown>;
  const inner = structuredClone(write) as { file: { Ext: { device: Record<string, unknown> } }; event: { id: string } };
  inner.file.Ext.device = { volume_device_type: 'Disk File System' };
  inner.event.id = 'other-1';
  const deleted = structuredClone(write) as { event: { id: string; action: string } };
  deleted.event.action = 'deletion';
  deleted.event.id = 'other-2';
  const process = structuredClone(write) as { event: { id: string; category: string[] } };
  process.event.category = ['process'];
  process.event.id = 'other-3';
  const outside = [Date.UTC(1970, 0, 1, 0, 0, 1), Date.UTC(2150, 0, 1)].map((atMs, index) => ({
    ...write,
    '@timestamp': new Date(atMs).toISOString(),
    event: { ...(write.event as object), id: `outside-${index}` },
  }));
  return [inner, deleted, process, ...outside].map((source, index) => ({
    id: `other-${index}`,
    source: source as never,
  }));
}

/** The evidence of the suite, and what it means. */
function makeEvidence() {
  const writes = makeWrites();
  const deviceEvents = makeDeviceEvents();
  // Absent values must be absent in the documents too, as they are on the way through JSON.
  const plain = (source: object) => JSON.parse(JSON.stringify(source)) as Record<string, unknown>;
  const evidence: ContractEvidence = {
    files: [...writes.map((write) => ({ id: `_${write.id}`, source: plain(toEcsWrite(write)) })), ...makeOthers()],
    deviceEvents: deviceEvents.map((event) => ({ id: `_${event.id}`, source: plain(toEcsDeviceEvent(event)) })),
    alerts: alerts.map((alert) => ({ id: alert.id, source: plain(toEcsRuleAlert(alert)) })),
    anomalyRecords: anomalyRecords.map((record) => ({ id: record.id, source: plain(toEcsAnomalyRecord(record)) })),
  };
  return { writes, deviceEvents, evidence };
}

// What the answers must be, computed from the events as plainly as can be.

const isCounted = (write: WriteEvent) => write.action !== 'rename';

function matches(write: WriteEvent, filter: EvidenceFilter): boolean {
  const any = (values: readonly string[] | undefined, value: string | undefined) =>
    values === undefined || (value !== undefined && values.includes(value));
  return (
    (filter.fromMs === undefined || write.atMs >= filter.fromMs) &&
    (filter.toMs === undefined || write.atMs < filter.toMs) &&
    any(filter.hosts, write.host) &&
    any(filter.users, write.user) &&
    any(filter.processes, write.process) &&
    any(filter.executables, write.executable) &&
    any(filter.devices, write.device) &&
    any(
      filter.busTypes?.map((bus) => bus.toLowerCase()),
      write.busType.toLowerCase(),
    ) &&
    (filter.pathContains === undefined || write.path.toLowerCase().includes(filter.pathContains.toLowerCase()))
  );
}

const sum = (writes: readonly WriteEvent[]) => writes.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
const distinct = (values: readonly (string | undefined)[]) => new Set(values.filter((value) => value)).size;
const firstMs = (writes: readonly WriteEvent[]) => Math.min(...writes.map(({ atMs }) => atMs));
const lastMs = (writes: readonly WriteEvent[]) => Math.max(...writes.map(({ atMs }) => atMs));

function distinctBytes(writes: readonly WriteEvent[]): number {
  const last = new Map<string, WriteEvent>();
  for (const write of writes) {
    const key = `${write.device}\u0000${write.path}`;
    const known = last.get(key);
    const isLater =
      !known || write.atMs > known.atMs || (write.atMs === known.atMs && write.sizeBytes > known.sizeBytes);
    if (isLater) last.set(key, write);
  }
  return sum([...last.values()]);
}

function totalsOf(writes: readonly WriteEvent[], filter: EvidenceFilter) {
  const found = writes.filter((write) => matches(write, filter));
  const counted = found.filter(isCounted);
  return {
    writtenBytes: sum(counted),
    distinctBytes: distinctBytes(counted),
    files: distinct(counted.map(({ path }) => path)),
    events: counted.length,
    renames: found.length - counted.length,
    ...(counted.length > 0 ? { firstMs: firstMs(counted), lastMs: lastMs(counted) } : {}),
  };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** Order of texts by code point, as both engines have it. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const programKey = ({
  host,
  process,
  executable,
}: {
  host: string;
  process: string;
  executable?: string | undefined;
}) => [host, process, executable ?? ''].join('\u0000');

/** Drops what is undefined, so that absent and undefined are the same in comparisons. */
function plainly<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function rowsOf(volumes: VolumeColumns) {
  return [...volumes.startMs].map((startMs, index) => ({
    startMs,
    key: volumes.keys[volumes.keyIndex[index] ?? 0] ?? '',
    writtenBytes: volumes.writtenBytes[index] ?? 0,
    files: volumes.files[index] ?? 0,
    events: volumes.events[index] ?? 0,
  }));
}

const filters: readonly (readonly [string, EvidenceFilter])[] = [
  ['nothing', {}],
  ['a span', { fromMs: start + 3 * dayMs, toMs: start + 9 * dayMs }],
  ['a span that cuts through slots', { fromMs: start + 3 * dayMs + 61_001, toMs: start + 9 * dayMs + 7 }],
  ['a host', { hosts: ['WS-01'] }],
  ['hosts and users', { hosts: ['WS-01', 'WS-02', 'nobody'], users: ['CORP\\carl'] }],
  ['awkward process names', { processes: ["o'brien;--.exe", '日本語.exe', '*.exe'] }],
  ['an executable', { executables: ['C:\\Tools\\robocopy.exe'] }],
  ['a device', { devices: [identifyDevice(stickOf(2)).id] }],
  ['a bus type in another case', { busTypes: ['usb'] }],
  ['a path without case', { pathContains: 'DATEN_1' }],
  ['a path with wildcards in it', { pathContains: '100% F' }],
  ['a path that is a pattern elsewhere', { pathContains: '*' }],
  [
    'all at once',
    { fromMs: start, toMs: start + 15 * dayMs, hosts: ['WS-03'], busTypes: ['USB'], pathContains: 'file 1' },
  ],
  ['no values', { hosts: [] }],
  ['an unknown host', { hosts: ['nobody'] }],
];

/**
 * The sentences of `evidence-operations.ts` as tests. `openStoreWith` makes a store that holds exactly this evidence;
 * `openEmptyStore` one that holds none. Distinct files in `volumes.read` may be estimates where the engine says so.
 */
export function describeStoreContract(
  name: string,
  openStoreWith: (evidence: ContractEvidence) => Promise<EvidenceStore>,
): void {
  describe(`evidence store: ${name}`, () => {
    const { writes, deviceEvents, evidence } = makeEvidence();
    const counted = writes.filter(isCounted);
    let store: EvidenceStore;

    beforeAll(async () => {
      store = await openStoreWith(evidence);
    });

    afterAll(async () => {
      await store?.close();
    });

    it('evidence.summary counts what is there', async () => {
      const { revision, ...summary } = await store['evidence.summary']({}, noSignal());
      expect(plainly(summary)).toEqual({
        writes: counted.length,
        renames: writes.length - counted.length,
        deviceEvents: deviceEvents.length,
        alerts: alerts.length,
        anomalyRecords: anomalyRecords.length,
        hosts: distinct(counted.map(({ host }) => host)),
        users: distinct(counted.map(({ user }) => user)),
        processes: distinct(counted.map(({ process }) => process)),
        devices: distinct([...writes, ...deviceEvents].map(({ device }) => device)),
        firstMs: firstMs(counted),
        lastMs: lastMs(counted),
      });
      expect(revision).not.toBe('');
      expect((await store['evidence.summary']({}, noSignal())).revision).toBe(revision);
    });

    describe.each(filters)('asked for %s', (_name, filter) => {
      const found = counted.filter((write) => matches(write, filter));

      it('writes.totals are exact', async () => {
        const [totals] = await store['writes.totals']({ filters: [filter] }, noSignal());
        expect(plainly(totals)).toEqual(totalsOf(writes, filter));
      });

      it.each([undefined, 'process', 'device', 'host'] as const)('volumes.read by %s adds up', async (by) => {
        const bucketMs = 6 * hourMs;
        const volumes = await store['volumes.read']({ filter, bucketMs, by, maxKeys: 1_000 }, noSignal());
        const keyOf = (write: WriteEvent) => (by === undefined ? '' : write[by]);
        const groups = groupBy(
          found,
          (write) => `${Math.floor(write.atMs / bucketMs) * bucketMs}\u0000${keyOf(write)}`,
        );
        const expected = [...groups.values()].map((group) => ({
          startMs: Math.floor((group[0] as WriteEvent).atMs / bucketMs) * bucketMs,
          key: keyOf(group[0] as WriteEvent),
          writtenBytes: sum(group),
          files: distinct(group.map(({ path }) => path)),
          events: group.length,
        }));
        const rows = rowsOf(volumes);
        const sorted = <T extends { startMs: number; key: string }>(items: readonly T[]) =>
          [...items].sort((a, b) => a.startMs - b.startMs || compareText(a.key, b.key));
        if (volumes.isFilesApproximate) {
          for (const row of rows) expect(row.files).toBeLessThanOrEqual(row.events * 1.1 + 1);
          const without = (items: typeof rows) => items.map(({ files: _files, ...row }) => row);
          expect(without(sorted(rows))).toEqual(without(sorted(expected)));
        } else expect(sorted(rows)).toEqual(sorted(expected));
        expect(rows.map(({ startMs }) => startMs)).toEqual(rows.map(({ startMs }) => startMs).sort((a, b) => a - b));
      });

      it('processes.list has a row per program and host', async () => {
        const { rows, total } = await store['processes.list'](
          { filter, sort: 'writtenBytes', descending: true, limit: 1_000 },
          noSignal(),
        );
        const expected = [...groupBy(found, programKey).values()].map((group) => {
          const [first] = group as readonly [WriteEvent];
          return {
            host: first.host,
            process: first.process,
            executable: first.executable,
            writtenBytes: sum(group),
            distinctBytes: distinctBytes(group),
            files: distinct(group.map(({ path }) => path)),
            events: group.length,
            devices: distinct(group.map(({ device }) => device)),
            users: distinct(group.map(({ user }) => user)),
            firstSeenMs: firstMs(group),
            lastSeenMs: lastMs(group),
          };
        });
        expected.sort(
          (a, b) =>
            b.writtenBytes - a.writtenBytes ||
            compareText(a.host, b.host) ||
            compareText(a.process, b.process) ||
            compareText(a.executable ?? '', b.executable ?? ''),
        );
        expect(total).toBe(expected.length);
        expect(plainly(rows)).toEqual(plainly(expected));
      });

      it('devices.list knows who wrote to what', async () => {
        const { rows, total } = await store['devices.list']({ filter, limit: 1_000 }, noSignal());
        const isUnfiltered = Object.keys(filter).length === 0;
        const groups = groupBy(found, ({ device }) => device);
        const names = new Set(isUnfiltered ? [...writes, ...deviceEvents].map(({ device }) => device) : groups.keys());
        expect(total).toBe(names.size);
        expect(new Set(rows.map(({ id }) => id))).toEqual(names);
        const lastWrites = rows.map(({ id }) => (groups.has(id) ? lastMs(groups.get(id) ?? []) : -1));
        expect(lastWrites).toEqual([...lastWrites].sort((a, b) => b - a));
        for (const row of rows) {
          const group = groups.get(row.id) ?? [];
          expect({ id: row.id, writtenBytes: row.writtenBytes, events: row.events }).toEqual({
            id: row.id,
            writtenBytes: sum(group),
            events: group.length,
          });
          const all = isUnfiltered ? [...writes, ...deviceEvents].filter(({ device }) => device === row.id) : group;
          const times = all.map(({ atMs }) => atMs);
          expect([row.firstSeenMs, row.lastSeenMs]).toEqual([Math.min(...times), Math.max(...times)]);
          const hosts = [...new Set(all.map(({ host }) => host))].sort(compareText);
          expect([row.hosts, row.hostCount]).toEqual([hosts, hosts.length]);
          const users = [...new Set(all.flatMap((event) => ('user' in event ? [event.user] : [])))].sort(compareText);
          expect([row.users, row.userCount]).toEqual([users, users.length]);
        }
      });

      it('terms.list counts values', async () => {
        for (const field of ['process', 'extension', 'publisher', 'action'] as const) {
          const termOf = (write: WriteEvent) => (field === 'extension' ? write.extension?.toLowerCase() : write[field]);
          const groups = groupBy(
            found.filter((write) => termOf(write)),
            (write) => termOf(write) ?? '',
          );
          const expected = [...groups].map(([value, group]) => ({
            value,
            events: group.length,
            writtenBytes: sum(group),
            files: distinct(group.map(({ path }) => path)),
            firstSeenMs: firstMs(group),
            lastSeenMs: lastMs(group),
            hosts: distinct(group.map(({ host }) => host)),
          }));
          expected.sort((a, b) => b.events - a.events || compareText(a.value, b.value));
          const { rows, total } = await store['terms.list']({ field, filter, limit: 3 }, noSignal());
          expect({ field, rows: plainly(rows), total }).toEqual({
            field,
            rows: expected.slice(0, 3),
            total: expected.length,
          });
        }
      });

      it('hours.read shifts the day', async () => {
        for (const offsetMinutes of [0, 60, -330, 7]) {
          const events = new Array<number>(24).fill(0);
          for (const write of found) {
            const hour = Math.floor((write.atMs + offsetMinutes * minuteMs) / hourMs) % 24;
            events[hour] = (events[hour] ?? 0) + 1;
          }
          const answer = await store['hours.read']({ filter, offsetMinutes }, noSignal());
          expect({ offsetMinutes, events: answer.events }).toEqual({ offsetMinutes, events });
        }
      });

      it.each([false, true])('writes.page goes through everything, ascending %s', async (ascending) => {
        const all = writes.filter((write) => matches(write, filter));
        const expected = [...all].sort(
          (a, b) => (ascending ? a.atMs - b.atMs : b.atMs - a.atMs) || compareText(a.id, b.id),
        );
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store['writes.page'](
            { filter, withRenames: true, ascending, limit: 700, cursor },
            noSignal(),
          );
          expect(page.rows.length).toBeLessThanOrEqual(700);
          ids.push(...page.rows.map(({ id }) => id));
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(ids).toEqual(expected.map(({ id }) => id));
      });
    });

    it('volumes.read folds the weaker keys into one, files counted once', async () => {
      const bucketMs = dayMs;
      const volumes = await store['volumes.read']({ filter: {}, bucketMs, by: 'host', maxKeys: 2 }, noSignal());
      const bySum = [...groupBy(counted, ({ host }) => host)].sort(
        ([hostA, a], [hostB, b]) => sum(b) - sum(a) || compareText(hostA, hostB),
      );
      const strongest = bySum.slice(0, 2).map(([host]) => host);
      expect(volumes.keys).toEqual([...strongest, otherKey]);
      const rest = counted.filter(({ host }) => !strongest.includes(host));
      const others = rowsOf(volumes).filter(({ key }) => key === otherKey);
      expect(others.reduce((total, { writtenBytes }) => total + writtenBytes, 0)).toBe(sum(rest));
      const groups = groupBy(rest, ({ atMs }) => String(Math.floor(atMs / bucketMs) * bucketMs));
      if (!volumes.isFilesApproximate) {
        expect(others.map(({ startMs, files }) => [startMs, files])).toEqual(
          [...groups]
            .map(([startMs, group]) => [Number(startMs), distinct(group.map(({ path }) => path))] as const)
            .sort((a, b) => a[0] - b[0]),
        );
      }
    });

    it('volumes.read puts an event on the edge of a bucket into the later one', async () => {
      const edge = start + 25 * dayMs;
      const volumes = await store['volumes.read'](
        { filter: { hosts: ['EDGE'] }, bucketMs: hourMs, maxKeys: 20 },
        noSignal(),
      );
      expect(rowsOf(volumes).map(({ startMs, writtenBytes, events }) => [startMs, writtenBytes, events])).toEqual([
        [edge - hourMs, 1, 1],
        [edge, 6, 2],
        [edge + hourMs, 2 ** 40, 1],
      ]);
    });

    it('volumes.read refuses more than 20,000 buckets', async () => {
      const asked = store['volumes.read']({ filter: {}, bucketMs: 1_000, maxKeys: 20 }, noSignal());
      await expect(asked).rejects.toMatchObject({ code: 'store-too-large' });
    });

    it.each(['writtenBytes', 'files', 'events', 'firstSeenMs', 'lastSeenMs', 'process', 'host'] as const)(
      'processes.list by %s goes through everything, page by page',
      async (sort) => {
        const whole = await store['processes.list']({ filter: {}, sort, descending: false, limit: 1_000 }, noSignal());
        const values = whole.rows.map((row) => row[sort]);
        const compare = (a: string | number, b: string | number) =>
          typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
        expect(values).toEqual([...values].sort(compare));
        const paged: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = await store['processes.list'](
            { filter: {}, sort, descending: false, limit: 7, cursor },
            noSignal(),
          );
          expect(page.total).toBe(whole.total);
          paged.push(...page.rows);
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(whole.rows);
      },
    );

    it.each(deviceSorts.flatMap((sort) => [[sort, true] as const, [sort, false] as const]))(
      'devices.list by %s, descending %s, goes through everything, page by page',
      async (sort, descending) => {
        const asked = { filter: {}, sort, descending };
        const whole = await store['devices.list']({ ...asked, limit: 1_000 }, noSignal());
        const sorted = (row: DeviceRow): string | number => {
          if (sort === 'lastWriteMs') {
            const own = counted.filter(({ device }) => device === row.id);
            return own.length > 0 ? lastMs(own) : -1;
          }
          if (sort === 'name') return [row.vendor, row.product].filter(Boolean).join(' ').toLowerCase();
          if (sort === 'busType') return (row.busType ?? '').toLowerCase();
          return sort === 'serial' ? (row.serial ?? '') : (row[sort] ?? -1);
        };
        const expected = [...whole.rows].sort((a, b) => {
          const [x, y] = [sorted(a), sorted(b)];
          const order = typeof x === 'number' && typeof y === 'number' ? x - y : compareText(String(x), String(y));
          return (descending ? -order : order) || b.lastSeenMs - a.lastSeenMs || compareText(a.id, b.id);
        });
        expect(whole.rows.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        const paged: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = await store['devices.list']({ ...asked, limit: 3, cursor }, noSignal());
          expect(page.total).toBe(whole.total);
          paged.push(...page.rows);
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(whole.rows);
      },
    );

    it('devices.list sorts by the last write, newest first, where nothing is said', async () => {
      const asked = { filter: {}, limit: 1_000 };
      const said = await store['devices.list']({ ...asked, sort: 'lastWriteMs', descending: true }, noSignal());
      expect(await store['devices.list'](asked, noSignal())).toEqual(said);
    });

    it('devices.list refuses a cursor that is none', async () => {
      for (const cursor of ['', 'nonsense', 'WyJhIiwiYiIsImMiXQ', 'null', 'W10']) {
        const asked = store['devices.list']({ filter: {}, limit: 1, cursor }, noSignal());
        await expect(asked, cursor).rejects.toMatchObject({ code: 'bad-input' });
      }
    });

    it.each([
      ['lonely', ['serial:LONELY']],
      ['real NAME', ['serial:REALSERIAL']],
      ['154b:007', ['serial:0416KK00000066840018', 'serial:LONELY', 'serial:REALSERIAL']],
      ['66840018', ['serial:0416KK00000066840018']],
      ['x:', ['serial:RENAMES1']],
      ['filebacked', [identifyDevice(stickOf(4)).id]],
      ['mover', ['serial:RENAMES1']],
      ['%', []],
      ['*', []],
    ] as const)('devices.list looks for %s without case and takes it as it is', async (contains, expected) => {
      const { rows, total } = await store['devices.list']({ filter: {}, contains, limit: 100 }, noSignal());
      expect(rows.map(({ id }) => id).sort(compareText)).toEqual([...expected].sort(compareText));
      expect(total).toBe(expected.length);
    });

    it('devices.list finds a device by any of its hosts and users, those under the filter', async () => {
      const ids = async (contains: string, filter: EvidenceFilter) =>
        (await store['devices.list']({ filter, contains, limit: 100 }, noSignal())).rows.map(({ id }) => id);
      const of = (name: (write: WriteEvent) => string, value: string) =>
        [...new Set(writes.filter((write) => name(write) === value).map(({ device }) => device))].sort(compareText);
      expect((await ids('ws-05', {})).sort(compareText)).toEqual(of(({ host }) => host, 'WS-05'));
      expect((await ids('corp\\CARL', {})).sort(compareText)).toEqual(of(({ user }) => user, 'CORP\\carl'));
      expect(await ids('ws-05', { hosts: ['WS-01'] })).toEqual([]);
    });

    it('devices.list keeps to some devices, away from others, and to how sure they are', async () => {
      const ask = (asked: { among?: string[]; notAmong?: string[]; identities?: DeviceIdentityStrength[] }) =>
        store['devices.list']({ filter: {}, ...asked, limit: 1_000 }, noSignal());
      const all = await ask({});
      const [first = '', second = ''] = all.rows.map(({ id }) => id);
      expect(await ask({ among: [second, first, 'unknown'] })).toMatchObject({
        total: 2,
        rows: all.rows.slice(0, 2),
      });
      expect(await ask({ among: [] })).toMatchObject({ total: 0, rows: [] });
      expect(await ask({ among: [first, second], notAmong: [first] })).toMatchObject({
        total: 1,
        rows: [{ id: second }],
      });
      expect((await ask({ notAmong: [first] })).rows).toEqual(all.rows.slice(1));
      expect(await ask({ notAmong: [] })).toEqual(all);
      for (const identity of deviceIdentityStrengths) {
        const expected = all.rows.filter((row) => row.identity === identity);
        expect(expected.length).toBeGreaterThan(0);
        expect((await ask({ identities: [identity] })).rows).toEqual(expected);
      }
      expect((await ask({ identities: ['serial', 'windows-made'] })).rows).toEqual(
        all.rows.filter((row) => row.identity !== 'model-and-volume'),
      );
    });

    it('devices.list describes a device from all evidence and says how sure its identity is', async () => {
      const { rows } = await store['devices.list']({ filter: {}, limit: 1_000 }, noSignal());
      const row = (stick: Stick) => rows.find(({ id }) => id === identifyDevice(stick).id);
      expect(row(recorded)).toMatchObject({
        identity: 'serial',
        vendor: 'PNY',
        product: 'USB 2.0 FD',
        vendorId: '154B',
        productId: '007A',
        serial: '0416KK00000066840018',
        volumes: ['G:'],
        capacityBytes: 15_489_753_088,
      });
      expect(row(stickOf(2))?.identity).toBe('model-and-volume');
      expect(row(stickOf(3))?.identity).toBe('windows-made');
      // The serial is one, whatever its case.
      expect(row(stickOf(1))?.id).toBe('serial:4C530001260814117342');
      expect(rows.find(({ id }) => id === 'serial:LONELY')).toMatchObject({ events: 0, writtenBytes: 0, users: [] });
      expect(rows.find(({ id }) => id === 'serial:RENAMES1')).toMatchObject({ events: 0, writtenBytes: 0 });
    });

    it('writes.page gives events back as they were, renames only when asked', async () => {
      const page = await store['writes.page'](
        { filter: { hosts: ['MOVER'] }, withRenames: true, ascending: false, limit: 10 },
        noSignal(),
      );
      expect(plainly(page.rows)).toEqual(plainly(writes.filter(({ host }) => host === 'MOVER')));
      const without = await store['writes.page'](
        { filter: { hosts: ['MOVER'] }, withRenames: false, ascending: false, limit: 10 },
        noSignal(),
      );
      expect(without.rows).toEqual([]);
      const some = await store['writes.page'](
        { filter: { hosts: ['WS-04'] }, withRenames: false, ascending: true, limit: 1_000 },
        noSignal(),
      );
      const byId = new Map(counted.map((write) => [write.id, write]));
      for (const row of some.rows) expect(plainly(row)).toEqual(plainly(byId.get(row.id)));
    });

    it.each([false, true])('writes.page finds all parts of paths bit by bit, ascending %s', async (ascending) => {
      const filter = { pathContains: 'file 1' };
      const found: string[] = [];
      let cursor: string | undefined;
      let searchedToMs = ascending ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      do {
        const page = await store['writes.page'](
          { filter, withRenames: true, ascending, limit: 20, cursor, withinMs: 1 },
          noSignal(),
        );
        found.push(...page.rows.map(({ id }) => id));
        cursor = page.nextCursor;
        if (page.searchedToMs !== undefined) {
          expect(cursor).toBeDefined();
          expect(ascending ? page.searchedToMs > searchedToMs : page.searchedToMs < searchedToMs).toBe(true);
          const isBehind = ({ atMs }: { readonly atMs: number }) =>
            ascending ? atMs >= (page.searchedToMs ?? 0) : atMs < (page.searchedToMs ?? 0);
          expect(page.rows.some(isBehind)).toBe(false);
          searchedToMs = page.searchedToMs;
        } else if (cursor !== undefined) expect(page.rows).toHaveLength(20);
      } while (cursor !== undefined);
      const asked = writes.filter((write) => matches(write, filter));
      const inOrder = asked.toSorted(
        (a, b) => (ascending ? a.atMs - b.atMs : b.atMs - a.atMs) || (a.id < b.id ? -1 : 1),
      );
      expect(found).toEqual(inOrder.map(({ id }) => id));
    });

    it('writes.page refuses a cursor that is none', async () => {
      for (const cursor of ['', 'nonsense', 'WyJhIiwiYiIsImMiXQ', 'null']) {
        const asked = store['writes.page'](
          { filter: {}, withRenames: false, ascending: false, limit: 1, cursor },
          noSignal(),
        );
        await expect(asked, cursor).rejects.toMatchObject({ code: 'bad-input' });
      }
    });

    it('writes.totals answers 500 filters in their order', async () => {
      const asked = Array.from({ length: 500 }, (_value, index): EvidenceFilter => {
        const write = writes[(index * 3) % writes.length] as WriteEvent;
        return {
          hosts: [write.host],
          users: [write.user],
          processes: [write.process],
          devices: [write.device],
          fromMs: write.atMs - 6 * hourMs,
          toMs: write.atMs + 1,
        };
      });
      const totals = await store['writes.totals']({ filters: asked }, noSignal());
      expect(plainly(totals)).toEqual(asked.map((filter) => totalsOf(writes, filter)));
    });

    it('takes the larger of two sizes at one instant as the last', async () => {
      const [totals] = await store['writes.totals']({ filters: [{ hosts: ['TIE'] }] }, noSignal());
      expect(totals).toMatchObject({ writtenBytes: 10, distinctBytes: 7, files: 1, events: 2 });
    });

    it('terms.list looks for texts without case and takes them as they are', async () => {
      const ask = (contains: string) =>
        store['terms.list']({ field: 'process', filter: {}, contains, limit: 10 }, noSignal());
      expect((await ask('ÜBER')).rows.map(({ value }) => value)).toEqual(['Übertragung.exe']);
      expect((await ask('*')).rows.map(({ value }) => value)).toEqual(['*.exe']);
      expect((await ask('%')).total).toBe(0);
    });

    it('device-events.list gives them oldest first', async () => {
      const all = await store['device-events.list']({ limit: 1_000 }, noSignal());
      const sorted = [...deviceEvents].sort((a, b) => a.atMs - b.atMs || compareText(a.id, b.id));
      expect(plainly(all)).toEqual(plainly(sorted));
      const some = await store['device-events.list'](
        { host: 'PAIRED', device: identifyDevice(recorded).id, fromMs: day(0, 3), toMs: day(1), limit: 1 },
        noSignal(),
      );
      expect(some.map(({ id }) => id)).toEqual(['d-2']);
    });

    it('alerts.list gives them newest first', async () => {
      const all = await store['alerts.list']({ limit: 1_000 }, noSignal());
      const sorted = [...alerts].sort((a, b) => b.atMs - a.atMs || compareText(a.id, b.id));
      expect(plainly(all)).toEqual(plainly(sorted));
      const some = await store['alerts.list']({ hosts: ['WS-01'], toMs: start + 2 * dayMs, limit: 10 }, noSignal());
      expect(some.map(({ id }) => id)).toEqual(['alert-1']);
    });

    it('anomaly-records.list gives the highest score first', async () => {
      const all = await store['anomaly-records.list']({ limit: 1_000 }, noSignal());
      expect(plainly(all)).toEqual(plainly([...anomalyRecords].sort((a, b) => b.recordScore - a.recordScore)));
      const some = await store['anomaly-records.list'](
        { hosts: ['WS-02'], fromMs: start + 2 * hourMs, limit: 10 },
        noSignal(),
      );
      expect(some.map(({ id }) => id)).toEqual(['record-3']);
    });

    describe('sessions.list', () => {
      const ask = async (input: Parameters<EvidenceStore['sessions.list']>[0]) =>
        plainly(await store['sessions.list'](input, noSignal()));
      const device = identifyDevice(recorded).id;

      it('pairs mounts and unmounts, and knows what happened inside', async () => {
        expect(await ask({ hosts: ['PAIRED'], device, limit: 100 })).toEqual({
          isCut: false,
          rows: [
            {
              device,
              host: 'PAIRED',
              volume: 'G:',
              connectedMs: day(0),
              disconnectedMs: day(0, 3),
              firstActivityMs: day(0),
              lastActivityMs: day(0, 3),
              source: 'events',
            },
            {
              device,
              host: 'PAIRED',
              volume: 'G:',
              connectedMs: day(0, 3) + 7 * minuteMs,
              disconnectedMs: day(1),
              firstActivityMs: day(0, 3) + 7 * minuteMs,
              lastActivityMs: day(1),
              source: 'events',
            },
          ],
        });
      });

      it('infers a session where a device of the host has no events, and parts it after eight hours', async () => {
        const { rows } = await ask({ hosts: ['PAIRED'], limit: 100 });
        expect(rows.filter(({ source }) => source === 'inferred')).toEqual([
          {
            device: identifyDevice(stickOf(0)).id,
            host: 'PAIRED',
            volume: 'E:',
            firstActivityMs: day(2),
            lastActivityMs: day(2),
            source: 'inferred',
          },
        ]);
        const inferred = await ask({ hosts: ['INFERRED'], limit: 100 });
        expect(inferred.rows.map(({ firstActivityMs, lastActivityMs }) => [firstActivityMs, lastActivityMs])).toEqual([
          [day(0), day(0, 8)],
          [day(0, 16) + 1, day(0, 16) + 1],
        ]);
      });

      it('leaves an end open that no event recorded', async () => {
        const open = await ask({ hosts: ['OPEN'], limit: 100 });
        expect(open.rows).toEqual([
          {
            device,
            host: 'OPEN',
            volume: 'G:',
            connectedMs: day(0),
            firstActivityMs: day(0),
            lastActivityMs: day(1),
            source: 'events',
          },
          {
            device,
            host: 'OPEN',
            volume: 'G:',
            connectedMs: day(3),
            firstActivityMs: day(3),
            lastActivityMs: day(3),
            source: 'events',
          },
        ]);
        const ended = await ask({ hosts: ['ENDED'], limit: 100 });
        expect(ended.rows).toEqual([
          {
            device,
            host: 'ENDED',
            volume: 'G:',
            disconnectedMs: day(5),
            firstActivityMs: day(5),
            lastActivityMs: day(5),
            source: 'events',
          },
        ]);
      });

      it('lends a device without a serial the session of its drive letter', async () => {
        const { rows } = await ask({ device: identifyDevice(weak).id, hosts: ['WEAK'], limit: 100 });
        expect(rows).toMatchObject([
          { host: 'WEAK', connectedMs: day(0), disconnectedMs: day(0, 4), source: 'events' },
        ]);
      });

      it('answers for a span, by start, and says when there are more', async () => {
        const { rows } = await ask({ hosts: ['PAIRED', 'OPEN'], fromMs: day(0, 2), toMs: day(0, 3), limit: 100 });
        expect(rows.map(({ host, connectedMs }) => [host, connectedMs])).toEqual([
          ['OPEN', day(0)],
          ['PAIRED', day(0)],
        ]);
        const all = await ask({ limit: 10_000 });
        const starts = all.rows.map(({ connectedMs, firstActivityMs }) => connectedMs ?? firstActivityMs);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        const cut = await ask({ limit: 3 });
        expect(cut).toEqual({ rows: all.rows.slice(0, 3), isCut: true });
      });

      it('keeps to the devices that were connected latest, and to one before them', async () => {
        const span = { fromMs: start, toMs: day(9) };
        const all = await ask({ ...span, limit: 10_000 });
        const latestOf = (device: string) =>
          Math.max(
            ...all.rows
              .filter((row) => row.device === device)
              .map(({ disconnectedMs, lastActivityMs }) => disconnectedMs ?? lastActivityMs),
          );
        const devices = [...new Set(all.rows.map(({ device }) => device))].sort(
          (a, b) => latestOf(b) - latestOf(a) || compareText(a, b),
        );
        const two = await ask({ ...span, latestDevices: { most: 2 }, limit: 10_000 });
        expect(two).toEqual({
          rows: all.rows.filter(({ device }) => devices.slice(0, 2).includes(device)),
          isCut: false,
          devices: devices.length,
        });
        const first = devices.at(-1) ?? '';
        const pinned = await ask({ ...span, latestDevices: { most: 2, first }, limit: 10_000 });
        expect(new Set(pinned.rows.map(({ device }) => device))).toEqual(new Set([first, devices[0]]));
        expect(await ask({ ...span, latestDevices: { most: 2 }, limit: 1 })).toEqual({
          rows: two.rows.slice(0, 1),
          isCut: true,
          devices: devices.length,
        });
      });
    });

    describe('activity.read', () => {
      const read = async (span: { fromMs?: number; toMs?: number }) => {
        const chunks: ActivityChunk[] = [];
        const answer = await store['activity.read'](span, {
          signal: new AbortController().signal,
          emit: (chunk) => chunks.push(chunk),
        });
        const rows = chunks.flatMap((chunk) =>
          [...chunk.slotMs].map((slotMs, index) => ({
            slotMs,
            host: chunk.hosts[chunk.hostIndex[index] ?? -1],
            user: chunk.users[chunk.userIndex[index] ?? -1],
            process: chunk.processes[chunk.processIndex[index] ?? -1],
            executable: chunk.executables[chunk.executableIndex[index] ?? -1],
            device: chunk.devices[chunk.deviceIndex[index] ?? -1],
            identity: chunk.identities[chunk.identityIndex[index] ?? -1],
            events: chunk.events[index],
            writtenBytes: chunk.writtenBytes[index],
            firstMs: chunk.firstMs[index],
            lastMs: chunk.lastMs[index],
          })),
        );
        expect(answer.rows).toBe(rows.length);
        return rows;
      };
      const expected = (span: { fromMs?: number; toMs?: number }) => {
        const found = counted.filter((write) => matches(write, span));
        const identityOf = (write: WriteEvent): ProgramIdentity => ({
          publisher: write.publisher ?? '',
          publisherTrusted: String(write.publisherTrusted ?? ''),
          sha256: write.processSha256 ?? '',
          originalFileName: write.originalFileName ?? '',
          parentProcess: write.parentProcess ?? '',
        });
        const keyOf = (write: WriteEvent) => {
          const { atMs, host, user, process, executable, device } = write;
          const slot = String(Math.floor(atMs / 900_000)).padStart(12, '0');
          const identity = identityOf(write);
          const parts = identityParts.map((part) => identity[part]);
          return [slot, host, user, process, executable ?? '', device, ...parts].join('\u0000');
        };
        return [...groupBy(found, keyOf)]
          .sort(([a], [b]) => compareText(a, b))
          .map(([, group]) => {
            const [first] = group as readonly [WriteEvent];
            return {
              slotMs: Math.floor(first.atMs / 900_000) * 900_000,
              host: first.host,
              user: first.user,
              process: first.process,
              executable: first.executable ?? '',
              device: first.device,
              identity: identityOf(first),
              events: group.length,
              writtenBytes: sum(group),
              firstMs: firstMs(group),
              lastMs: lastMs(group),
            };
          });
      };

      it('holds every counted write once, in order', async () => {
        expect(await read({})).toEqual(expected({}));
      });

      it.each([
        { fromMs: start + 5 * dayMs, toMs: start + 6 * dayMs },
        { fromMs: start + 5 * dayMs + 123_456, toMs: start + 6 * dayMs + 777 },
        { toMs: start },
      ])('keeps to the span %j', async (span) => {
        expect(await read(span)).toEqual(expected(span));
      });
    });

    it('ends an aborted question as cancelled and answers the next one', async () => {
      const abort = new AbortController();
      abort.abort();
      const asked = store['processes.list'](
        { filter: {}, sort: 'writtenBytes', descending: true, limit: 10 },
        ignoreItems(abort.signal),
      );
      await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
      const later = new AbortController();
      const running = store['volumes.read'](
        { filter: {}, bucketMs: hourMs, by: 'process', maxKeys: 20 },
        ignoreItems(later.signal),
      );
      later.abort();
      await running.catch((error: unknown) => {
        expect(error instanceof Failure && error.code).toBe('cancelled');
      });
      expect((await store['evidence.summary']({}, noSignal())).writes).toBe(counted.length);
    });
  });

  describe(`evidence store without evidence: ${name}`, () => {
    let store: EvidenceStore;

    beforeAll(async () => {
      store = await openStoreWith({ files: [], deviceEvents: [], alerts: [], anomalyRecords: [] });
    });

    afterAll(async () => {
      await store?.close();
    });

    it('answers every question with nothing', async () => {
      const { revision: _revision, ...summary } = await store['evidence.summary']({}, noSignal());
      expect(plainly(summary)).toEqual({
        writes: 0,
        renames: 0,
        deviceEvents: 0,
        alerts: 0,
        anomalyRecords: 0,
        hosts: 0,
        users: 0,
        processes: 0,
        devices: 0,
      });
      const filter = {};
      const volumes = await store['volumes.read']({ filter, bucketMs: hourMs, maxKeys: 20 }, noSignal());
      expect(volumes.startMs.length).toBe(0);
      expect(
        await store['processes.list']({ filter, sort: 'events', descending: true, limit: 1 }, noSignal()),
      ).toMatchObject({
        rows: [],
        total: 0,
      });
      expect(await store['devices.list']({ filter, limit: 1 }, noSignal())).toMatchObject({ rows: [], total: 0 });
      expect(plainly(await store['sessions.list']({ limit: 1 }, noSignal()))).toEqual({ rows: [], isCut: false });
      expect(
        (await store['writes.page']({ filter, withRenames: true, ascending: false, limit: 1 }, noSignal())).rows,
      ).toEqual([]);
      expect(plainly(await store['writes.totals']({ filters: [{}, {}] }, noSignal()))).toEqual([
        { writtenBytes: 0, distinctBytes: 0, files: 0, events: 0, renames: 0 },
        { writtenBytes: 0, distinctBytes: 0, files: 0, events: 0, renames: 0 },
      ]);
      expect(await store['terms.list']({ field: 'host', filter, limit: 1 }, noSignal())).toEqual({
        rows: [],
        total: 0,
      });
      expect((await store['hours.read']({ filter, offsetMinutes: 0 }, noSignal())).events).toEqual(
        new Array(24).fill(0),
      );
      expect(await store['device-events.list']({ limit: 1 }, noSignal())).toEqual([]);
      expect(await store['alerts.list']({ limit: 1 }, noSignal())).toEqual([]);
      expect(await store['anomaly-records.list']({ limit: 1 }, noSignal())).toEqual([]);
      expect(await store['activity.read']({}, noSignal())).toEqual({ rows: 0 });
    });
  });
}
