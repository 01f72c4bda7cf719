import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancelled, fail } from '../../shared/base/failure.ts';
import type { LiveDevice, LiveFile, LiveItem, LiveState, LiveUsage, LiveVolume } from '../../shared/model/live.ts';
import type { DeviceListener, DeviceMonitor } from './device-monitor.ts';
import { captureLive, type LiveEvents } from './live-capture.ts';
import { toWriteEvent } from './live-events.ts';
import { makeLiveHandlers } from './live-handlers.ts';
import { makeLiveService } from './live-service.ts';
import { openSessionLog } from './session-log.ts';
import type { WriteListener, WriteMonitor } from './write-monitor.ts';

/** Monitors that are driven by hand: what the real ones say is tested with them; here it is joined. */
function scripted() {
  let deviceListener: DeviceListener | undefined;
  let writeListener: WriteListener | undefined;
  const watched: string[][] = [];
  const devices: DeviceMonitor = {
    devices: [],
    start: async (listener) => {
      deviceListener = listener;
    },
    check: async () => undefined,
    stop: async () => undefined,
  };
  const writes: WriteMonitor = {
    method: { kind: 'fanotify', sentence: 'Scripted.' },
    start: async (listener) => {
      writeListener = listener;
    },
    watch: async (volumes) => {
      watched.push(volumes.map(({ mountPoint }) => mountPoint));
    },
    stop: async () => undefined,
  };
  return {
    devices,
    writes,
    watched,
    get device() {
      if (!deviceListener) throw new Error('not started');
      return deviceListener;
    },
    get write() {
      if (!writeListener) throw new Error('not started');
      return writeListener;
    },
  };
}

const volume: LiveVolume = {
  node: '/dev/sda1',
  mountPoint: '/media/S',
  fileSystem: 'vfat',
  sizeBytes: 64_000_000,
  label: 'S',
};
const stick: LiveDevice = {
  key: '2-1:2',
  device: 'serial:Q1',
  identity: 'serial',
  kind: 'storage',
  busType: 'Usb',
  busPath: '2-1',
  vendorId: '46f4',
  productId: '0001',
  vendor: 'QEMU',
  product: 'Disk',
  serial: 'Q1',
  volumes: [volume],
  notes: [],
};
const copy = {
  key: '77:1',
  pid: 77,
  name: 'cp',
  executable: '/usr/bin/cp',
  user: 'ann',
  userId: '1000',
  commandLine: 'cp a b',
  parentName: 'bash',
  startMs: 5,
};
const file: LiveFile = {
  atMs: 2_000,
  processKey: '77:1',
  mountPoint: '/media/S',
  path: '/media/S/Plan.DOCX',
  state: 'new',
  sizeBytes: 900,
  grownBytes: 900,
  headerBytes: '504b',
  quality: 'exact',
  isOpen: false,
};
const usage: LiveUsage = {
  atMs: 2_000,
  processKey: '77:1',
  mountPoint: '/media/S',
  minBytes: 900,
  maxBytes: 900,
  files: 1,
  quality: 'exact',
};

function run(
  options: { append?: (events: LiveEvents) => Promise<unknown>; writes?: WriteMonitor[]; paths?: string[] } = {},
) {
  const monitors = scripted();
  const items: LiveItem[] = [];
  const stored: LiveEvents[] = [];
  const abort = new AbortController();
  const ended = captureLive(
    {
      host: 'ws-1',
      devices: monitors.devices,
      writes: options.writes ?? [monitors.writes],
      paths: options.paths,
      append: options.append ?? (async (events) => stored.push(events)),
    },
    (item) => items.push(item),
    abort.signal,
  );
  const kinds = () => items.map(({ kind }) => kind);
  return { monitors, items, stored, abort, ended, kinds };
}

describe('a capture', () => {
  it('joins device, volume, process and file into the events that are stored', async () => {
    const { monitors, items, stored, abort, ended, kinds } = run();
    await vi.waitFor(() => expect(kinds()).toEqual(['started']));
    await vi.waitFor(() => monitors.device);
    monitors.device.onChange({
      change: 'connected',
      atMs: 1_000,
      device: { ...stick, connectedMs: 1_000, volumes: [] },
    });
    monitors.device.onChange({ change: 'mounted', atMs: 1_500, device: stick, volume });
    expect(monitors.watched.at(-1)).toEqual(['/media/S']);
    monitors.write.onFile(file);
    monitors.write.onUsage(usage);
    // Facts that come a little later than the file are in its event all the same.
    monitors.write.onProcess(copy);
    monitors.write.onProcess({ ...copy, executableSha256: 'ab' });
    await vi.waitFor(() => expect(kinds()).toContain('write'));
    monitors.device.onChange({ change: 'unmounted', atMs: 3_000, device: stick, volume, isPulled: true });
    expect(monitors.watched.at(-1)).toEqual([]);
    abort.abort();
    const totals = await ended;

    const writes = stored.flatMap((events) => events.writes);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatchObject({
      atMs: 2_000,
      action: 'creation',
      host: 'ws-1',
      user: 'ann',
      process: 'cp',
      executable: '/usr/bin/cp',
      pid: 77,
      commandLine: 'cp a b',
      parentProcess: 'bash',
      processSha256: 'ab',
      path: '/media/S/Plan.DOCX',
      extension: 'docx',
      sizeBytes: 900,
      headerBytes: '504b',
      device: 'serial:Q1',
      busType: 'Usb',
      volume: '/media/S',
    });
    expect(
      stored
        .flatMap((events) => events.deviceEvents)
        .map(({ kind, atMs, device, volume: place }) => [kind, atMs, device, place]),
    ).toEqual([
      ['mount', 1_500, 'serial:Q1', '/media/S'],
      ['unmount', 3_000, 'serial:Q1', '/media/S'],
    ]);
    expect(totals).toMatchObject({ exactBytes: 900, files: 1, processes: 1 });
    expect(items.at(-1)).toMatchObject({ kind: 'stopped', totals });
  });

  it('does not store a mount that was there before', async () => {
    const { monitors, stored, abort, ended, kinds } = run();
    await vi.waitFor(() => monitors.device);
    monitors.device.onChange({ change: 'present', atMs: 1, device: stick });
    monitors.device.onChange({ change: 'mounted', atMs: 1, device: stick, volume, isPresent: true });
    abort.abort();
    await ended;
    expect(kinds()).toEqual(['started', 'device', 'device', 'stopped']);
    expect(stored).toEqual([]);
  });

  it('tells a file that is still open as its creation of size 0 and its end as a modification', async () => {
    const { monitors, stored, abort, ended } = run({ paths: ['/media/S'] });
    await vi.waitFor(() => monitors.device);
    monitors.write.onFile({ ...file, isOpen: true, sizeBytes: 300 });
    await vi.waitFor(() => expect(stored).toHaveLength(1));
    monitors.write.onFile(file);
    abort.abort();
    await ended;
    expect(stored.flatMap(({ writes }) => writes).map(({ action, sizeBytes }) => [action, sizeBytes])).toEqual([
      ['creation', 0],
      ['modification', 900],
    ]);
  });

  it('hands events to a store that failed again, each once', async () => {
    let calls = 0;
    const kept: LiveEvents[] = [];
    const { monitors, items, abort, ended } = run({
      paths: ['/media/S'],
      append: async (events) => {
        calls += 1;
        if (calls <= 2) throw fail('store-unreachable', 'The engine is away.');
        kept.push(events);
      },
    });
    await vi.waitFor(() => monitors.device);
    monitors.write.onFile(file);
    await vi.waitFor(() => expect(kept).toHaveLength(1), 5_000);
    abort.abort();
    await ended;
    expect(kept.flatMap(({ writes }) => writes)).toHaveLength(1);
    expect(items.filter(({ kind }) => kind === 'problem')).toMatchObject([
      { message: 'Events wait to be stored: The engine is away.' },
    ]);
  });

  it('says why the better way was refused and goes on with the next one, or with devices alone', async () => {
    const refusing: WriteMonitor = {
      ...scripted().writes,
      start: async () => {
        throw fail('usb-unavailable', 'Permission was not given.', 'Try again.');
      },
    };
    const sampler = { ...scripted().writes, method: { kind: 'sampler' as const, sentence: 'Samples.' } };
    const one = run({ writes: [refusing, sampler] });
    await vi.waitFor(() => expect(one.kinds()).toEqual(['started', 'problem']));
    expect(one.items[0]).toMatchObject({ method: { kind: 'sampler' } });
    one.abort.abort();
    await one.ended;

    const other = run({ writes: [refusing] });
    await vi.waitFor(() => expect(other.items[0]).toMatchObject({ method: { kind: 'none' } }));
    other.abort.abort();
    await other.ended;
  });
});

it('an event has the same id whenever it is made, and another one for another write', () => {
  const make = (changes: Partial<LiveFile> = {}) =>
    toWriteEvent({ ...file, ...changes }, copy, stick, 'ws-1', false).id;
  expect(make()).toBe(make());
  expect(new Set([make(), make({ atMs: 2_001 }), make({ path: '/media/S/b' }), make({ sizeBytes: 1 })]).size).toBe(4);
});

it('a process that was gone before it was read is named so, and a rename keeps where it came from', () => {
  const event = toWriteEvent(
    { ...file, state: 'renamed-in', sourcePath: '/media/S/x.tmp' },
    undefined,
    stick,
    'ws-1',
    false,
  );
  expect(event).toMatchObject({
    action: 'rename',
    process: '(ended before it was read)',
    sourcePath: '/media/S/x.tmp',
  });
});

describe('the service behind the live view', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portside-live-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('starts once, shows rates, files, findings and marks, and stops with everything stored', async () => {
    const monitors = scripted();
    const stored: LiveEvents[] = [];
    const log = openSessionLog(join(folder, 'live-sessions.ndjson'));
    const service = makeLiveService({
      host: 'ws-1',
      makeDevices: () => monitors.devices,
      makeWrites: () => [monitors.writes],
      log,
      append: async (events) => stored.push(events),
      findings: async () => [{ id: 'f1', process: 'cp', device: 'serial:Q1', score: 63, startMs: 2_000 }],
    });
    const handlers = makeLiveHandlers(service);
    const abort = new AbortController();
    const context = { signal: abort.signal, emit: () => undefined };
    const states: LiveState[] = [];
    const watching = handlers['live.watch']({}, { signal: abort.signal, emit: (state) => states.push(state) });
    expect(states.at(-1)?.phase).toBe('off');
    const [one, other] = await Promise.all([
      handlers['live.start']({ asAdministrator: false }, context),
      handlers['live.start']({ asAdministrator: false }, context),
    ]);
    expect(other).toEqual(one);
    await vi.waitFor(() => monitors.device);
    const atMs = Date.now();
    monitors.device.onChange({ change: 'mounted', atMs, device: stick, volume });
    monitors.write.onProcess(copy);
    monitors.write.onUsage({ ...usage, atMs });
    monitors.write.onFile({ ...file, atMs });
    await handlers['live.mark']({ note: 'now he copies' }, context);
    await vi.waitFor(
      () => {
        const state = states.at(-1);
        expect(state).toMatchObject({
          phase: 'running',
          fileCount: 1,
          totals: { exactBytes: 900 },
          findings: [{ id: 'f1', score: 63 }],
          marks: [{ note: 'now he copies' }],
          devices: [{ key: '2-1:2' }],
        });
        expect(state?.processes).toMatchObject([
          { process: { name: 'cp' }, devices: ['QEMU Disk'], minBytes: 900, quality: 'exact' },
        ]);
        expect(state?.processes[0]?.bytesPerSecond).toBe(180);
      },
      { timeout: 5_000 },
    );
    await handlers['live.stop']({}, context);
    expect(states.at(-1)?.phase).toBe('off');
    expect(stored.flatMap(({ writes }) => writes)).toHaveLength(1);
    abort.abort();
    await expect(watching).rejects.toEqual(cancelled());
    expect((await log.read()).map(({ kind }) => kind)).toEqual(['started', 'mark', 'stopped']);
  });
});
