import { fail } from '../../shared/base/failure.ts';
import type { LiveOperations } from '../../shared/ipc/live-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { LiveDevice, LiveProcessRow, LiveState, WriteQuality } from '../../shared/model/live.ts';

const method = {
  kind: 'fanotify',
  sentence: 'Every write to a removable volume is seen through the kernel.',
} as const;

function device(
  key: string,
  vendor: string,
  product: string,
  serial: string,
  mount: string,
  connectedMs?: number,
  disconnectedMs?: number,
): LiveDevice {
  return {
    key,
    device: `serial:${serial}`,
    identity: 'serial',
    kind: 'storage',
    busType: 'Usb',
    busPath: key,
    vendorId: '0781',
    productId: '5580',
    vendor,
    product,
    serial,
    speedMbps: 5000,
    volumes:
      disconnectedMs === undefined
        ? [{ node: '/dev/sdb1', mountPoint: mount, fileSystem: 'exfat', sizeBytes: 64e9, label: 'DATA' }]
        : [],
    connectedMs,
    disconnectedMs,
    notes: [],
  };
}

/** A capture in memory; it moves only as `live.start` and `live.stop` say. */
export function makeLiveHandlers(nowMs: number): Partial<Handlers<LiveOperations>> {
  const startedMs = nowMs - 272_000;
  const wave = (base: number, swing: number, from: number) =>
    Array.from({ length: 272 }, (_, second) =>
      second < from ? 0 : Math.max(0, base + swing * Math.sin(second / 9) + ((second * 37) % 11) * 4e5),
    );
  const row = (
    name: string,
    pid: number,
    mount: string,
    quality: WriteQuality,
    rates: readonly number[],
    maxShare = 1,
  ): LiveProcessRow => {
    const minBytes = Math.round(rates.reduce((sum, rate) => sum + rate, 0));
    return {
      process: {
        key: `${pid}`,
        pid,
        name,
        executable: `/usr/bin/${name}`,
        commandLine: `/usr/bin/${name} -a`,
        user: 'r.osei',
      },
      devices: [mount.endsWith('wd') ? 'serial:575837314141364E' : 'serial:AA010312181525150144'],
      mountPoints: [mount],
      bytesPerSecond: rates.at(-1) ?? 0,
      peakBytesPerSecond: Math.max(...rates),
      minBytes,
      maxBytes: quality === 'range' ? Math.round(minBytes * maxShare) : undefined,
      files: 40 + (pid % 300),
      quality,
      firstMs: startedMs,
      lastMs: nowMs,
      rates,
    };
  };
  const processes = [
    row('rsync', 4711, '/media/data', 'exact', wave(58e6, 14e6, 128)),
    row('nautilus', 2290, '/media/data', 'exact', wave(15e6, 9e6, 30)),
    row('backup-client', 811, '/media/wd', 'range', wave(8e6, 5e6, 0), 1.04),
    row('firefox', 3301, '/media/wd', 'sampled', wave(1e6, 2e6, 180)),
  ];
  const running: LiveState = {
    phase: 'running',
    nowMs,
    host: 'an-ws-3',
    startedMs,
    method,
    devices: [
      device('2-1', 'SanDisk', 'SanDisk Extreme', 'AA010312181525150144', '/media/data', startedMs + 21_000),
      device('2-2', 'WD', 'Elements 25A2', '575837314141364E', '/media/wd'),
      device('1-4', 'Kingston', 'DataTraveler', '60A44C413A9FE4B0', '', startedMs - 60_000, startedMs + 3_000),
    ],
    processes,
    processCount: 4,
    files: Array.from({ length: 8 }, (_, index) => ({
      atMs: nowMs - index * 700,
      processKey: '4711',
      processName: index % 3 === 0 ? 'nautilus' : 'rsync',
      mountPoint: '/media/data',
      path: `/media/data/projects/render/scene_0${18 - index}.exr`,
      state: index % 2 === 0 ? ('modified' as const) : ('new' as const),
      sizeBytes: 212_000_000 - index * 3_000_000,
      grownBytes: 1000,
      quality: 'exact' as const,
      isOpen: false,
    })),
    fileCount: 469,
    eventCount: 3118,
    totals: {
      diskBytes: 13.94e9,
      exactBytes: 11.16e9,
      rangeBytes: 2.36e9,
      sampledBytes: 0.22e9,
      unattributedBytes: 0.2e9,
      files: 469,
      processes: 4,
      overflows: 0,
    },
    findings: [{ id: 'f0030', process: 'rsync', device: 'serial:AA01', score: 63, startMs: nowMs - 100_000 }],
    marks: [{ atMs: nowMs - 200_000, note: 'stick plugged in' }],
    problems: [],
  };
  const off: LiveState = {
    ...running,
    phase: 'off',
    startedMs: undefined,
    devices: running.devices.slice(0, 2),
    processes: [],
    processCount: 0,
    files: [],
    fileCount: 0,
    findings: [],
    marks: [],
    totals: {
      diskBytes: 0,
      exactBytes: 0,
      rangeBytes: 0,
      sampledBytes: 0,
      unattributedBytes: 0,
      files: 0,
      processes: 0,
      overflows: 0,
    },
    method: {
      ...method,
      kind: 'sampler',
      sentence: 'Open files are read once a second.',
      wouldAdd: 'As administrator every write is seen.',
    },
  };
  let state = off;
  const hearers = new Set<() => void>();
  const tell = (next: LiveState) => {
    state = next;
    for (const hear of hearers) hear();
  };
  return {
    'live.watch': (_input, { signal, emit }) => {
      const hear = () => emit(state);
      hearers.add(hear);
      hear();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(fail('cancelled', 'Cancelled.')), { once: true });
      });
    },
    'live.start': async () => {
      tell(running);
      return { startedMs, method };
    },
    'live.stop': async () => {
      tell({ ...running, phase: 'off' });
      return {};
    },
    'live.plan': async ({ action }) => ({
      planId: 'plan-1',
      action,
      effect: 'rsync (pid 4711) is halted where it is. It can go on later.',
      evidence: {
        process: processes[0]?.process ?? { key: '', pid: 0, name: '' },
        openFiles: ['/media/data/a'],
        isOpenFilesCut: false,
      },
    }),
    'live.act': async () => ({
      atMs: nowMs,
      action: { kind: 'halt-process', processKey: '4711' },
      outcome: 'rsync was halted.',
    }),
    'live.mark': async ({ note }) => {
      const mark = { atMs: nowMs, note };
      tell({ ...state, marks: [...state.marks, mark] });
      return mark;
    },
  };
}
