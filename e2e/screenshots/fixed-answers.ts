import type { ProgramSettings } from '../../shared/ipc/settings-operations.ts';
import type { SupportFile } from '../../shared/ipc/support-operations.ts';
import type { ImportItem } from '../../shared/ipc/workbench-operations.ts';
import type { Verification } from '../../shared/model/case-file.ts';
import { defaultSourceIndices, type EvidenceSource } from '../../shared/model/evidence-source.ts';
import type { LiveDevice, LiveProcessRow, LiveState, WriteQuality } from '../../shared/model/live.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import { type FixedAnswers, pictureMs } from './fixed-window.ts';

const captureMs = 272_000;
const startedMs = pictureMs - captureMs;

function device(port: string, product: string, serial: string, mount: string, times: Partial<LiveDevice>): LiveDevice {
  return {
    key: port,
    device: `serial:${serial}`,
    identity: 'serial',
    kind: 'storage',
    busType: 'Usb',
    busPath: port,
    vendorId: '0781',
    productId: '5580',
    vendor: product.split(' ')[0],
    product,
    serial,
    speedMbps: 5000,
    volumes:
      mount === ''
        ? []
        : [{ node: '/dev/sdb1', mountPoint: mount, fileSystem: 'exfat', sizeBytes: 64e9, label: 'DATA' }],
    notes: [],
    ...times,
  };
}

/** Bytes a second over the capture: a wave with the unrest of a real copy, the same in every run. */
function wave(base: number, swing: number, from: number, to = Number.POSITIVE_INFINITY): readonly number[] {
  return Array.from({ length: captureMs / 1000 }, (_, second) =>
    second < from || second > to
      ? 0
      : Math.max(0, base + swing * Math.sin(second / 9) + ((second * 37) % 11) * swing * 0.03),
  );
}

function writer(
  name: string,
  pid: number,
  device: string,
  mount: string,
  quality: WriteQuality,
  rates: readonly number[],
): LiveProcessRow {
  const bytes = Math.round(rates.reduce((sum, rate) => sum + rate, 0));
  return {
    process: {
      key: `${pid}`,
      pid,
      name,
      executable: `/usr/bin/${name}`,
      commandLine: `/usr/bin/${name}`,
      user: 'r.osei',
    },
    devices: [`serial:${device}`],
    mountPoints: [mount],
    bytesPerSecond: rates.at(-1) ?? 0,
    peakBytesPerSecond: Math.max(...rates),
    minBytes: bytes,
    maxBytes: quality === 'range' ? Math.round(bytes * 1.04) : undefined,
    files: 40 + (pid % 300),
    quality,
    firstMs: startedMs,
    lastMs: pictureMs,
    rates,
  };
}

const totals = {
  diskBytes: 13.94e9,
  exactBytes: 11.16e9,
  rangeBytes: 2.36e9,
  sampledBytes: 0.22e9,
  unattributedBytes: 0.2e9,
  files: 469,
  processes: 4,
  overflows: 0,
};

const capturing: LiveState = {
  phase: 'running',
  nowMs: pictureMs,
  host: 'an-ws-3',
  startedMs,
  method: { kind: 'fanotify', sentence: 'Every write to a removable volume is seen through the kernel.' },
  devices: [
    device('2-1', 'SanDisk Extreme', 'AA010312181525150144', '/media/data', { connectedMs: startedMs + 21_000 }),
    device('2-2', 'WD Elements 25A2', '575837314141364E', '/media/wd', {}),
    device('1-4', 'Kingston DataTraveler', '60A44C413A9FE4B0', '', {
      connectedMs: startedMs - 60_000,
      disconnectedMs: startedMs + 3_000,
    }),
  ],
  processes: [
    writer('rsync', 4711, 'AA010312181525150144', '/media/data', 'exact', wave(58e6, 14e6, 100)),
    writer('nautilus', 2290, 'AA010312181525150144', '/media/data', 'exact', wave(15e6, 4e6, 30, 84)),
    writer('backup-client', 811, '575837314141364E', '/media/wd', 'range', wave(11e6, 3e6, 0)),
    writer('firefox', 3301, '575837314141364E', '/media/wd', 'sampled', wave(4e6, 1e6, 160, 190)),
  ],
  processCount: 4,
  files: Array.from({ length: 12 }, (_, index) => ({
    atMs: pictureMs - index * 700,
    processKey: index % 3 === 0 ? '2290' : '4711',
    processName: index % 3 === 0 ? 'nautilus' : 'rsync',
    mountPoint: '/media/data',
    path: `/media/data/projects/render/scene_0${30 - index}.exr`,
    state: index % 2 === 0 ? ('modified' as const) : ('new' as const),
    sizeBytes: 212_000_000 - index * 3_000_000,
    grownBytes: 1000,
    quality: 'exact' as const,
    isOpen: index === 0,
  })),
  fileCount: 469,
  eventCount: 3118,
  totals,
  findings: [
    { id: 'f0030', process: 'rsync', device: 'serial:AA010312181525150144', score: 63, startMs: pictureMs - 100_000 },
  ],
  marks: [{ atMs: pictureMs - 200_000, note: 'stick plugged in' }],
  problems: [],
};

const off: LiveState = {
  ...capturing,
  phase: 'off',
  startedMs: undefined,
  method: {
    kind: 'sampler',
    sentence: 'Open files are read once a second.',
    wouldAdd: 'As administrator every write is seen.',
  },
  devices: capturing.devices.slice(1, 2),
  processes: [],
  processCount: 0,
  files: [],
  fileCount: 0,
  eventCount: 0,
  totals: {
    ...totals,
    diskBytes: 0,
    exactBytes: 0,
    rangeBytes: 0,
    sampledBytes: 0,
    unattributedBytes: 0,
    files: 0,
    processes: 0,
  },
  findings: [],
  marks: [],
};

const cluster: EvidenceSource = {
  id: 's1',
  name: 'prod-soc',
  address: { kind: 'nodes', nodes: ['https://es.soc.example:9243'] },
  signIn: { kind: 'api-key' },
  trust: { kind: 'ca', fileName: 'soc-root-ca.pem' },
  indices: defaultSourceIndices,
  hasSecret: true,
};

const checks: readonly Prerequisite[] = [
  { name: 'cluster', state: 'ok', detail: 'Elasticsearch 9.4.2 answered in 38 ms.', hint: '' },
  { name: 'file-events', state: 'ok', detail: '118 of 119 hosts send file events.', hint: '' },
  {
    name: 'fields',
    state: 'ok',
    detail: 'file.Ext.device.bus_type exists in 2.1 % of file events (Usb, FileBackedVirtual).',
    hint: '',
  },
  {
    name: 'anomaly-job',
    state: 'warning',
    detail: 'The job ded_rare_process_writing_to_external_device is open, its _ea twin is closed.',
    hint: 'Open the _ea job: the newest version of the rule reads only that one.',
  },
  {
    name: 'device-events',
    state: 'missing',
    detail: 'No device events arrived.',
    hint: 'Turn on device control in the policy; until then connection spans are inferred from writes.',
  },
  { name: 'rule', state: 'unknown', detail: 'This key may not read the alerts.', hint: 'Give it read on the index.' },
];

const importing: readonly ImportItem[] = [
  {
    kind: 'failed',
    path: '/evidence/System.evtx',
    message: 'System.evtx holds nothing that is known here: it starts with ElfFile.',
    hint: 'Export the events as NDJSON, JSON, CSV or Parquet.',
  },
  {
    kind: 'imported',
    file: {
      path: '/evidence/usb-audit-october.csv',
      sha256: '5f2e41c07d9b8a6f3344556677889900aabbccddeeff00112233445566a90c11',
      format: 'csv',
      isGzip: false,
      rowsRead: 714,
      rowsStored: 688,
      rowsDuplicate: 17,
      rowsRejected: 9,
      rowsOther: 0,
      stored: { writes: 652, renames: 8, deviceEvents: 28, alerts: 0, anomalyRecords: 0 },
      rejected: [
        { line: 88, reason: 'No time: @timestamp is empty' },
        { line: 89, reason: 'No time: @timestamp is empty' },
        { line: 301, reason: 'Size is not a number', found: '"12,4 MB"' },
        { line: 302, reason: 'Size is not a number', found: '"3,9 MB"' },
        { line: 512, reason: 'Time before 1990', found: '1601-01-01T00:00Z' },
        { line: 513, reason: 'Time before 1990', found: '1601-01-01T00:00Z' },
      ],
    },
  },
  {
    kind: 'progress',
    progress: {
      path: '/evidence/ws-042_file-events_2026-11.ndjson.gz',
      phase: 'reading',
      doneBytes: 61_000_000,
      totalBytes: 100_000_000,
      rowsRead: 187_402,
    },
  },
];

const ended = { output: {} } as const;

const settings: ProgramSettings = {
  memory: 'automatic',
  machineMemoryBytes: 16_000_000_000,
  temporaryDisk: 'automatic',
  disk: { workspaceBytes: 118_000_000, freeBytes: 210_000_000_000 },
  log: 'everything',
  logFolder: '/home/r.osei/.config/Portside/logs',
  damaged: [],
};

const support: readonly SupportFile[] = [
  {
    name: 'about.json',
    says: 'versions and machine',
    text: `${JSON.stringify({ portside: '0.1.0', node: '20.18.0', electron: '33.2.1', platform: 'linux 6.8.0 x64', processors: 8, memoryBytes: 16_000_000_000, timeZone: 0 }, undefined, 2)}\n`,
  },
  {
    name: 'workspace.json',
    says: 'figures of the workspace and the heads of its journals',
    text: '{\n  "counts": {\n    "writes": 125428\n  }\n}\n',
  },
  {
    name: 'settings.json',
    says: 'settings, every text taken out',
    text: '{\n  "theme": "(text of 6 characters)"\n}\n',
  },
  { name: 'main.log.txt', says: 'what the program logged', text: '{"level":"info","event":"engine.state"}\n' },
];

const verifiedPackage: Verification = {
  ok: true,
  entries: 17,
  files: 24,
  problems: [],
  head: '9ad43a6b1c5cf2b20e220912394a2086cfedca2824057bf69a16624a2e9af8ee',
  keyFingerprint: 'SHA256:k3o1bX0mFQ0Zy7xgKq3v2sS0o9m3d5u8cJvT4w1rYpE',
  contents: {
    caseId: 'C-2026-0017',
    isRedacted: false,
    changedAtMs: pictureMs,
    portside: '0.1.0',
    title: 'rundll32.exe to a removable device, ws-042',
    openedBy: 'r.osei',
    openedAtMs: pictureMs - 3_600_000,
    verdict: {
      verdict: 'likely-exfiltration',
      text: 'An unsigned rundll32.exe in a temporary folder copied archives of a restricted share to a new stick.',
      actor: 'r.osei',
    },
    findings: [{ process: 'rundll32.exe', host: 'ws-042', score: 89 }],
    exhibits: 6,
  },
};

/** What this machine has is not in the pictures: no device is connected, nothing is captured. */
export const quietAnswers: FixedAnswers = {
  'live.watch': { items: [off] },
  'notifications.read': { output: { isMuted: false } },
  'settings.read': { output: settings },
  'support.collect': { output: { id: 'b1', files: support } },
};

/** A settings file could not be understood when the program started. */
export const damagedAnswers: FixedAnswers = {
  ...quietAnswers,
  'settings.read': {
    output: {
      ...settings,
      damaged: [
        {
          path: '/home/r.osei/.config/Portside/settings.json.damaged',
          original: '/home/r.osei/.config/Portside/settings.json',
          isNew: true,
        },
      ],
    },
  },
};

/** A case package that somebody opened, and what was found in it. */
export const packageAnswers: FixedAnswers = {
  ...quietAnswers,
  'openings.watch': { items: [{ kind: 'package', token: 'p1', name: 'C-2026-0017.portside' }] },
  'package.verify': { output: verifiedPackage },
};

export const capturingAnswers: FixedAnswers = { ...quietAnswers, 'live.watch': { items: [capturing] } };

export const importingAnswers: FixedAnswers = {
  ...quietAnswers,
  'import.choose': { output: { tokens: ['t1'] } },
  'import.run': { items: importing },
};

export const clusterAnswers: FixedAnswers = {
  ...quietAnswers,
  'source.list': { output: { inUse: 's1', keeps: 'encrypted', sources: [cluster] } },
  'source.check': { items: checks, ...ended },
  'source.test': {
    failure: {
      code: 'store-unreachable',
      message: 'https://es.soc.example:9243 does not answer: connect ETIMEDOUT.',
      hint: 'Look at the address, the network and the proxy.',
    },
  },
};

/** Every question about findings fails, as when the store has stopped. */
export const awayAnswers: FixedAnswers = {
  ...quietAnswers,
  'engine.watch': {
    items: [{ kind: 'stopped', message: 'prod-soc does not answer. Trying again every 15 seconds' }],
  },
  ...Object.fromEntries(
    ['findings.list', 'finding.read', 'volumes.read', 'processes.list', 'workspace.read'].map((name) => [
      name,
      {
        failure: {
          code: 'store-unreachable',
          message: 'prod-soc does not answer: connect ETIMEDOUT 10.2.0.14:9243.',
          hint: 'Look at the address, the network and the proxy, or use the embedded store.',
        },
      },
    ]),
  ),
};
