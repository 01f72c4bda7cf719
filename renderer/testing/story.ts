import { fail } from '../../shared/base/failure.ts';
import { hourMs, minuteMs } from '../../shared/base/time.ts';
import { makeClient } from '../../shared/ipc/client.ts';
import type { Handlers, OutputOf } from '../../shared/ipc/operation.ts';
import { makePortPair } from '../../shared/ipc/protocol.ts';
import { serve } from '../../shared/ipc/server.ts';
import {
  type ImportItem,
  type WorkbenchOperations,
  workbenchOperations,
} from '../../shared/ipc/workbench-operations.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import {
  type DeviceRow,
  type DeviceSession,
  otherKey,
  type TermRow,
  type VolumeColumns,
} from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow, FindingState } from '../../shared/model/finding.ts';
import type { FindingFilter } from '../../shared/model/finding-filter.ts';
import type { Opening } from '../../shared/model/opening.ts';
import type { LinkTarget } from '../../shared/model/portside-link.ts';
import type { RaisedAlert } from '../../shared/model/rule.ts';
import type { ScoredProcessRow } from '../../shared/model/scored-process.ts';
import type { CollectedStep, StepMark } from '../../shared/model/triage.ts';
import type { WorkbenchClient } from '../ipc.ts';
import { makeCaseHandlers } from './story-cases.ts';
import { makeLiveHandlers } from './story-live.ts';
import { makeSourceHandlers } from './story-sources.ts';
import { makeUpkeepHandlers } from './story-upkeep.ts';

/**
 * One evening on ws-042 and three days around it, in memory, behind the real protocol: enough to look at the window and
 * to test its views without an engine. Times are around 19 November 2026, 20:40 UTC.
 */
export interface Story {
  readonly client: WorkbenchClient;
  readonly writes: readonly WriteEvent[];
  readonly findings: readonly FindingRow[];
  /** What was put on the clipboard, newest last. */
  readonly clipboard: readonly string[];
  /** Names of all calls so far. */
  readonly calls: readonly string[];
  /** Chooses a command as the native menu does. */
  chooseInMenu(command: string): void;
  /** Has the window show something, as a link or file from outside does. */
  open(opening: Opening): void;
  /** What was opened in other windows, newest last. */
  readonly besides: readonly LinkTarget[];
}

export const storyAtMs = Date.parse('2026-11-19T20:40:00Z');

const at = (hour: number, minute: number, day = 19) => Date.UTC(2026, 10, day, hour - 1, minute);

interface Source {
  readonly host: string;
  readonly user: string;
  readonly process: string;
  readonly folder: string;
  readonly device: number;
  readonly startMs: number;
  /** Megabytes per five minutes. */
  readonly megabytes: readonly number[];
  readonly files: number;
  readonly extension: string;
}

const temp = 'C:\\Users\\m.keller\\AppData\\Local\\Temp\\7zS4A1\\';
const system = 'C:\\Windows\\System32\\';
const keller = 'CORP\\m.keller';

const sources: readonly Source[] = [
  {
    host: 'ws-042',
    user: keller,
    process: 'rundll32.exe',
    folder: temp,
    device: 0,
    startMs: at(21, 40),
    megabytes: [1090, 1300, 1190, 360],
    files: 214,
    extension: '7z',
  },
  {
    host: 'ws-042',
    user: keller,
    process: 'explorer.exe',
    folder: 'C:\\Windows\\',
    device: 2,
    startMs: at(18, 15),
    megabytes: [22, 38, 20, 8],
    files: 51,
    extension: 'docx',
  },
  {
    host: 'ws-042',
    user: keller,
    process: 'explorer.exe',
    folder: 'C:\\Windows\\',
    device: 0,
    startMs: at(21, 50),
    megabytes: [41, 47, 12],
    files: 12,
    extension: 'pdf',
  },
  {
    host: 'ws-042',
    user: keller,
    process: 'robocopy.exe',
    folder: system,
    device: 4,
    startMs: at(20, 3),
    megabytes: [88, 196, 56],
    files: 128,
    extension: 'vhdx',
  },
  {
    host: 'ws-042',
    user: keller,
    process: 'powershell.exe',
    folder: `${system}WindowsPowerShell\\v1.0\\`,
    device: 3,
    startMs: at(19, 10),
    megabytes: [1.1],
    files: 2,
    extension: 'ps1',
  },
  {
    host: 'ws-042',
    user: keller,
    process: '7zG.exe',
    folder: 'C:\\Program Files\\7-Zip\\',
    device: 3,
    startMs: at(19, 5),
    megabytes: [74, 101, 37],
    files: 3,
    extension: '7z',
  },
  {
    host: 'ws-042',
    user: keller,
    process: 'msedge.exe',
    folder: 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\',
    device: 2,
    startMs: at(18, 25),
    megabytes: [19, 25],
    files: 6,
    extension: 'zip',
  },
  {
    host: 'ws-042',
    user: keller,
    process: 'WINWORD.EXE',
    folder: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\',
    device: 2,
    startMs: at(18, 20),
    megabytes: [4, 6, 5],
    files: 4,
    extension: 'docx',
  },
  {
    host: 'ws-042',
    user: 'NT AUTHORITY\\SYSTEM',
    process: 'BackupClient.exe',
    folder: 'C:\\Program Files\\Backup\\',
    device: 1,
    startMs: at(18, 30),
    megabytes: [120, 210, 260, 240, 190, 140, 50],
    files: 412,
    extension: 'vbk',
  },
  {
    host: 'ws-042',
    user: 'NT AUTHORITY\\SYSTEM',
    process: 'System',
    folder: '',
    device: 1,
    startMs: at(18, 10),
    megabytes: [1, 1],
    files: 14,
    extension: 'dat',
  },
  {
    host: 'ws-042',
    user: 'NT AUTHORITY\\SYSTEM',
    process: 'svchost.exe',
    folder: system,
    device: 0,
    startMs: at(21, 31),
    megabytes: [0.4],
    files: 3,
    extension: 'dat',
  },
  {
    host: 'ws-113',
    user: 'CORP\\t.nowak',
    process: 'svch0st.exe',
    folder: 'C:\\ProgramData\\',
    device: 2,
    startMs: at(13, 12),
    megabytes: [200, 212],
    files: 190,
    extension: 'xlsx',
  },
  {
    host: 'srv-build-02',
    user: 'CORP\\svc-build',
    process: 'rclone.exe',
    folder: 'C:\\Tools\\',
    device: 5,
    startMs: at(2, 14, 18),
    megabytes: [4000, 4000, 4000],
    files: 300,
    extension: 'zip',
  },
  {
    host: 'ws-061',
    user: 'CORP\\l.haas',
    process: 'certutil.exe',
    folder: system,
    device: 3,
    startMs: at(9, 31),
    megabytes: [18.4],
    files: 3,
    extension: 'bin',
  },
  {
    host: 'ws-018',
    user: 'CORP\\p.ito',
    process: 'python.exe',
    folder: 'C:\\Python312\\',
    device: 6,
    startMs: at(18, 20, 17),
    megabytes: [3200, 3200, 3220],
    files: 77,
    extension: 'parquet',
  },
  {
    host: 'ws-007',
    user: 'CORP\\a.stein',
    process: 'robocopy.exe',
    folder: system,
    device: 1,
    startMs: at(20, 0, 18),
    megabytes: [6000, 6000, 6000],
    files: 400,
    extension: 'pst',
  },
  {
    host: 'ws-088',
    user: 'CORP\\j.weber',
    process: 'setup.exe',
    folder: 'C:\\Windows\\Temp\\',
    device: 2,
    startMs: at(11, 5, 18),
    megabytes: [704],
    files: 41,
    extension: 'cab',
  },
  {
    host: 'ws-090',
    user: 'CORP\\k.lang',
    process: 'invoice\u202Efdp.exe',
    folder: 'C:\\Users\\k.lang\\Downloads\\',
    device: 3,
    startMs: at(10, 48, 17),
    megabytes: [31.5],
    files: 4,
    extension: 'pdf',
  },
];

const devices: readonly (Pick<
  DeviceRow,
  'vendor' | 'product' | 'serial' | 'busType' | 'vendorId' | 'productId' | 'identity'
> & { readonly id: string; readonly volume: string })[] = [
  {
    id: 'serial:4C530001260814117341',
    vendor: 'SanDisk',
    product: 'SanDisk Ultra',
    serial: '4C530001260814117341',
    vendorId: '0781',
    productId: '5581',
    busType: 'Usb',
    identity: 'serial',
    volume: 'E:',
  },
  {
    id: 'serial:575837314141364E',
    vendor: 'WD',
    product: 'Elements 25A2',
    serial: '575837314141364E',
    vendorId: '1058',
    productId: '25A2',
    busType: 'Usb',
    identity: 'serial',
    volume: 'F:',
  },
  {
    id: 'serial:60A44C413A9FE4B0',
    vendor: 'Kingston',
    product: 'DataTraveler',
    serial: '60A44C413A9FE4B0',
    vendorId: '0951',
    productId: '1666',
    busType: 'Usb',
    identity: 'serial',
    volume: 'G:',
  },
  {
    id: 'model:generic|flash disk|h:',
    vendor: 'Generic',
    product: 'Flash Disk',
    serial: undefined,
    vendorId: '058F',
    productId: '6387',
    busType: 'Usb',
    identity: 'model-and-volume',
    volume: 'H:',
  },
  {
    id: 'model:microsoft|virtual disk|d:',
    vendor: 'Microsoft',
    product: 'Virtual Disk',
    serial: undefined,
    vendorId: undefined,
    productId: undefined,
    busType: 'FileBackedVirtual',
    identity: 'model-and-volume',
    volume: 'D:',
  },
  {
    id: 'serial:WX21D83',
    vendor: 'WD',
    product: 'My Passport',
    serial: 'WX21D83',
    vendorId: '1058',
    productId: '259D',
    busType: 'Usb',
    identity: 'serial',
    volume: 'F:',
  },
  {
    id: 'serial:S5R9NS0',
    vendor: 'Samsung',
    product: 'Portable SSD T7',
    serial: 'S5R9NS0',
    vendorId: '04E8',
    productId: '4001',
    busType: 'Usb',
    identity: 'serial',
    volume: 'E:',
  },
];

function makeWrites(): readonly WriteEvent[] {
  const writes: WriteEvent[] = [];
  for (const [number, source] of sources.entries()) {
    const device = devices[source.device];
    const total = source.megabytes.reduce((sum, part) => sum + part, 0);
    let file = 0;
    for (const [slot, megabytes] of source.megabytes.entries()) {
      const count = Math.max(1, Math.round((source.files * megabytes) / total));
      for (let index = 0; index < count; index += 1) {
        file += 1;
        writes.push({
          id: `w-${number}-${slot}-${index}`,
          atMs: source.startMs + slot * 5 * minuteMs + Math.floor((index * 4.5 * minuteMs) / count),
          action: index % 9 === 8 ? 'modification' : 'creation',
          host: source.host,
          user: source.user,
          process: source.process,
          ...(source.folder ? { executable: `${source.folder}${source.process}` } : {}),
          pid: 8812 + number,
          path: `${device?.volume ?? 'E:'}\\q3\\q3_close_${String(file).padStart(3, '0')}.${source.extension}`,
          extension: source.extension,
          sizeBytes: Math.round((megabytes * 1e6) / count),
          device: device?.id ?? 'model:||',
          busType: device?.busType ?? 'Usb',
          ...(device ? { volume: device.volume } : {}),
        });
      }
    }
  }
  // Every working hour of three days, somebody writes a little somewhere.
  for (let hour = 0; hour < 72; hour += 1) {
    const ofDay = (hour + 1) % 24;
    if (ofDay < 7 || ofDay > 19) continue;
    const host = `ws-0${10 + (hour % 30)}`;
    writes.push({
      id: `quiet-${hour}`,
      atMs: at(0, 20, 17) + hour * hourMs,
      action: 'creation',
      host,
      user: `CORP\\user${hour % 11}`,
      process: hour % 3 === 0 ? 'explorer.exe' : hour % 3 === 1 ? 'WINWORD.EXE' : 'msedge.exe',
      executable: 'C:\\Windows\\explorer.exe',
      path: `G:\\notes\\note${hour}.docx`,
      extension: 'docx',
      sizeBytes: (20 + ((hour * 37) % 130)) * 1e6,
      device: devices[2]?.id ?? '',
      busType: 'Usb',
      volume: 'G:',
    });
  }
  return writes.sort((a, b) => a.atMs - b.atMs);
}

const session = (
  device: number,
  connectedMs: number | undefined,
  disconnectedMs: number | undefined,
  activity: readonly [number, number],
  source: DeviceSession['source'] = 'events',
  host = 'ws-042',
): DeviceSession => ({
  device: devices[device]?.id ?? '',
  host,
  volume: devices[device]?.volume,
  connectedMs,
  disconnectedMs,
  firstActivityMs: activity[0],
  lastActivityMs: activity[1],
  source,
});

const sessions: readonly DeviceSession[] = [
  session(0, at(21, 31), at(22, 8), [at(21, 31), at(22, 5)]),
  session(1, undefined, at(20, 14), [at(18, 10), at(20, 10)]),
  session(1, at(22, 20), undefined, [at(22, 20), at(22, 35)]),
  session(2, at(18, 12), at(18, 41), [at(18, 15), at(18, 35)]),
  session(3, undefined, undefined, [at(19, 5), at(19, 22)], 'inferred'),
  session(4, at(20, 2), at(20, 20), [at(20, 3), at(20, 18)]),
  session(2, at(13, 2), at(13, 40), [at(13, 12), at(13, 30)], 'events', 'ws-113'),
  session(5, at(2, 10, 18), at(4, 0, 18), [at(2, 14, 18), at(3, 40, 18)], 'events', 'srv-build-02'),
];

const facets: FindingRow['facets'] = [
  {
    name: 'process-on-host',
    title: 'Process on this host',
    figure: 'Seen in 0 of 67 process-hours',
    text: 'First write by this name here.',
    evidence: 4.32,
    points: 42,
  },
  {
    name: 'device-new',
    title: 'Device new to host and user',
    figure: 'Not among 14 known devices',
    text: 'First connected 21:31:08.',
    evidence: 3.92,
    points: 27,
  },
  {
    name: 'bytes',
    title: 'Bytes',
    figure: '3.94 GB, host median 41 MB',
    text: 'Largest earlier day 690 MB.',
    evidence: 3.51,
    points: 14,
  },
  {
    name: 'executable-path',
    title: 'Executable path',
    figure: '1 of 119 hosts',
    text: 'Elsewhere only in System32.',
    evidence: 3.22,
    points: 6,
  },
  {
    name: 'fleet-prevalence',
    title: 'Fleet prevalence',
    figure: '0 of 118 other hosts',
    text: 'No other host runs it.',
    evidence: 2.87,
    points: 0,
  },
  {
    name: 'hour-of-user',
    title: 'Hour for this user',
    figure: '21:40, usual 08–18',
    text: 'Late for this user.',
    evidence: 2.31,
    points: 0,
  },
];

const scores: readonly (readonly [source: number, score: number, elastic: number, state: FindingState])[] = [
  [0, 89, 24, 'acknowledged'],
  [11, 82, 20, 'open'],
  [12, 77, 81, 'open'],
  [13, 71, 18, 'open'],
  [14, 54, 40, 'open'],
  [15, 46, 76, 'closed'],
  [2, 38, 0, 'open'],
  [3, 34, 11, 'open'],
  [16, 33, 8, 'open'],
  [17, 29, 5, 'open'],
];

function makeFindings(writes: readonly WriteEvent[]): readonly FindingRow[] {
  return scores.flatMap(([number, score, elastic, state]) => {
    const source = sources[number];
    if (!source) return [];
    const own = writes.filter((write) => write.id.startsWith(`w-${number}-`));
    const ceiling = elastic > 50 ? 92 : 24;
    return {
      id: `f00${30 + number}`,
      ruleId: 'portside',
      host: source.host,
      user: source.user,
      process: source.process,
      executable: `${source.folder}${source.process}`,
      device: devices[source.device]?.id ?? '',
      startMs: own[0]?.atMs ?? source.startMs,
      endMs: own.at(-1)?.atMs ?? source.startMs,
      writtenBytes: own.reduce((sum, write) => sum + write.sizeBytes, 0),
      distinctBytes: Math.round(own.reduce((sum, write) => sum + write.sizeBytes, 0) * 0.787),
      events: own.length,
      files: new Set(own.map((write) => write.path)).size,
      score,
      state,
      ...(state === 'closed' ? { closedReason: 'Backup of a mailbox, agreed with IT' } : {}),
      elastic: {
        probability: 0.01,
        score: elastic,
        ceiling,
        processHours: elastic > 50 ? 4210 : 67,
        isFirstOccurrence: true,
      },
      facets:
        number === 0
          ? facets
          : facets.slice(0, 2).map((facet, index) => ({ ...facet, points: index === 0 ? score * 0.7 : score * 0.3 })),
    };
  });
}

const collected: readonly CollectedStep[] = [
  {
    step: 'process',
    checks: [
      {
        id: 'process.folder',
        title: 'Folder',
        figure: '1 of 119 hosts',
        sentence:
          'Ran from C:\\Users\\m.keller\\AppData\\Local\\Temp\\7zS4A1\\; on 118 other hosts the name runs only from System32.',
        stance: 'supports-suspicion',
        evidence: { processes: ['rundll32.exe'] },
      },
      {
        id: 'process.publisher',
        title: 'Publisher',
        figure: '',
        sentence: 'Not signed; the copies on other hosts are signed by Microsoft Windows.',
        stance: 'supports-suspicion',
      },
      {
        id: 'process.hash',
        title: 'Hash',
        figure: '',
        sentence: 'The events carry no hash of the program.',
        stance: 'no-information',
      },
    ],
  },
  {
    step: 'user',
    checks: [
      {
        id: 'user.hours',
        title: 'Hours',
        figure: '96 % of 1,204 writes',
        sentence: 'Earlier writes of CORP\\m.keller fall between 08:00 and 18:00.',
        stance: 'supports-suspicion',
        evidence: { users: [keller] },
      },
    ],
  },
  {
    step: 'device',
    checks: [
      {
        id: 'device.first-seen',
        title: 'First seen',
        figure: '1 connection',
        sentence: 'First seen in the fleet 9 min before the first write.',
        stance: 'supports-suspicion',
        evidence: { devices: ['serial:4C530001260814117341'] },
      },
      {
        id: 'device.identity',
        title: 'Identity',
        figure: '',
        sentence: 'The serial number was set by the vendor.',
        stance: 'supports-benign',
      },
    ],
  },
  {
    step: 'data',
    checks: [
      {
        id: 'data.bytes',
        title: 'Bytes',
        figure: '3.94 GB',
        sentence: 'The median of a day on this host is 41 MB.',
        stance: 'supports-suspicion',
        evidence: { hosts: ['ws-042'] },
      },
    ],
  },
  {
    step: 'correlation',
    checks: [
      {
        id: 'correlation.alerts',
        title: 'Alerts',
        figure: '',
        sentence: 'No rule alert is stored for ws-042 within 24 h.',
        stance: 'no-information',
      },
    ],
  },
  { step: 'consultation', checks: [] },
];

const has = (list: readonly string[] | undefined, value: string | undefined) =>
  !list || (value !== undefined && list.includes(value));

function isAskedFinding(filter: FindingFilter, row: FindingRow): boolean {
  const text = filter.text?.toLowerCase();
  return (
    has(filter.hosts, row.host) &&
    has(filter.users, row.user) &&
    has(filter.processes, row.process) &&
    has(filter.devices, row.device) &&
    row.score >= (filter.minScore ?? 0) &&
    (!filter.states?.length || filter.states.includes(row.state)) &&
    (filter.raised === undefined || filter.raised === (row.id === raisedId)) &&
    row.startMs < (filter.toMs ?? Number.POSITIVE_INFINITY) &&
    row.endMs >= (filter.fromMs ?? 0) &&
    (text === undefined ||
      [row.host, row.user, row.process, row.device].some((part) => part.toLowerCase().includes(text)))
  );
}

/** The one finding that a rule raised, and the alert. */
const raisedId = 'f0030';
const raised: RaisedAlert = {
  id: 'A-0000000000000031',
  ruleId: 'watch-list',
  ruleName: 'Watch list',
  severity: 'medium',
  raisedMs: storyAtMs + hourMs,
  about: 'finding',
};

function fits(filter: EvidenceFilter, write: WriteEvent): boolean {
  return (
    write.atMs >= (filter.fromMs ?? Number.NEGATIVE_INFINITY) &&
    write.atMs < (filter.toMs ?? Number.POSITIVE_INFINITY) &&
    has(filter.hosts, write.host) &&
    has(filter.users, write.user) &&
    has(filter.processes, write.process) &&
    has(filter.executables, write.executable) &&
    has(filter.devices, write.device) &&
    has(filter.busTypes, write.busType) &&
    (filter.pathContains === undefined || write.path.toLowerCase().includes(filter.pathContains.toLowerCase()))
  );
}

const sum = (writes: readonly WriteEvent[]) => writes.reduce((total, write) => total + write.sizeBytes, 0);
const distinct = <T>(values: readonly T[]) => new Set(values).size;
const groupBy = (writes: readonly WriteEvent[], keyOf: (write: WriteEvent) => string) => {
  const groups = new Map<string, WriteEvent[]>();
  for (const write of writes) {
    const key = keyOf(write);
    const group = groups.get(key);
    if (group) group.push(write);
    else groups.set(key, [write]);
  }
  return groups;
};

function readVolumes(
  writes: readonly WriteEvent[],
  bucketMs: number,
  by: 'process' | 'device' | 'host' | undefined,
  maxKeys: number,
): VolumeColumns {
  const keyOf = (write: WriteEvent) => (by === undefined ? 'all' : write[by]);
  const strongest = [...groupBy(writes, keyOf)]
    .sort((a, b) => sum(b[1]) - sum(a[1]))
    .slice(0, maxKeys)
    .map(([key]) => key);
  const folded = (write: WriteEvent) => (strongest.includes(keyOf(write)) ? keyOf(write) : otherKey);
  const keys = [...new Set(writes.map(folded))].sort(
    (a, b) => Number(a === otherKey) - Number(b === otherKey) || (a < b ? -1 : 1),
  );
  const cells = [...groupBy(writes, (write) => `${Math.floor(write.atMs / bucketMs)}|${keys.indexOf(folded(write))}`)]
    .map(([cell, rows]) => {
      const [bucket, key] = cell.split('|').map(Number);
      return { bucket: bucket ?? 0, key: key ?? 0, rows };
    })
    .sort((a, b) => a.bucket - b.bucket || a.key - b.key);
  return {
    keys,
    startMs: Float64Array.from(cells, (cell) => cell.bucket * bucketMs),
    keyIndex: Uint32Array.from(cells, (cell) => cell.key),
    writtenBytes: Float64Array.from(cells, (cell) => sum(cell.rows)),
    files: Float64Array.from(cells, (cell) => distinct(cell.rows.map((row) => row.path))),
    events: Float64Array.from(cells, (cell) => cell.rows.length),
    isFilesApproximate: false,
  };
}

/** Until the caller no longer wants to hear. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(fail('cancelled', 'Cancelled.')), { once: true });
  });
}

export interface StoryOptions {
  /** An empty workspace. */
  readonly isEmpty?: boolean;
  /** Answers these instead. */
  readonly overrides?: Partial<Handlers<WorkbenchOperations>>;
  /** Milliseconds every answer takes. */
  readonly delayMs?: number;
}

/** Makes the story, or an empty workspace. */
export function makeStory(options: StoryOptions = {}): Story {
  const writes = options.isEmpty ? [] : makeWrites();
  let findings = options.isEmpty ? [] : makeFindings(writes);
  const marks = new Map<string, StepMark[]>();
  const clipboard: string[] = [];
  const calls: string[] = [];
  const watchers = new Set<() => void>();
  const menu = new Set<(command: string) => void>();
  const openings = new Set<(opening: Opening) => void>();
  const besides: LinkTarget[] = [];
  let revision = 1;
  const summary = () => ({
    writes: writes.length,
    renames: 0,
    deviceEvents: options.isEmpty ? 0 : 12,
    alerts: 0,
    anomalyRecords: 0,
    hosts: distinct(writes.map((write) => write.host)),
    users: distinct(writes.map((write) => write.user)),
    processes: distinct(writes.map((write) => write.process)),
    devices: distinct(writes.map((write) => write.device)),
    firstMs: writes[0]?.atMs,
    lastMs: writes.at(-1)?.atMs,
    revision: `r${revision}`,
  });
  const changed = () => {
    revision += 1;
    for (const watcher of watchers) watcher();
  };

  const scored = (filter: EvidenceFilter): ScoredProcessRow[] =>
    [
      ...groupBy(
        writes.filter((write) => fits(filter, write)),
        (write) => `${write.host}|${write.process}|${write.executable}`,
      ),
    ].map(([, rows]) => {
      const first = rows[0] ?? ({} as WriteEvent);
      const own = findings.filter((finding) => finding.host === first.host && finding.process === first.process);
      const best = own[0];
      return {
        host: first.host,
        process: first.process,
        executable: first.executable,
        writtenBytes: sum(rows),
        distinctBytes: sum([...new Map(rows.map((row) => [row.path, row])).values()]),
        files: distinct(rows.map((row) => row.path)),
        events: rows.length,
        devices: distinct(rows.map((row) => row.device)),
        users: distinct(rows.map((row) => row.user)),
        firstSeenMs: first.atMs,
        lastSeenMs: rows.at(-1)?.atMs ?? first.atMs,
        rarity: best?.score ?? 0,
        elastic: best?.elastic ?? {
          probability: 0.5,
          score: 0,
          ceiling: 24,
          processHours: 67,
          isFirstOccurrence: false,
        },
      };
    });

  const handlers: Partial<Handlers<WorkbenchOperations>> = {
    'evidence.summary': async () => summary(),
    'workspace.read': async () => ({
      path: '/home/analyst/Portside/Demo',
      name: 'Demo',
      summary: summary(),
      versions: { portside: '0.1.0', electron: '33.0.0', node: '20.18.0' },
    }),
    'workspace.watch': (_input, { signal, emit }) => {
      watchers.add(() => emit({ revision: `r${revision}` }));
      return untilAborted(signal);
    },
    'engine.watch': (_input, { signal, emit }) => {
      emit({ kind: 'ready' });
      return untilAborted(signal);
    },
    'menu.watch': (_input, { signal, emit }) => {
      menu.add((command) => emit({ command }));
      return untilAborted(signal);
    },
    'openings.watch': (_input, { signal, emit }) => {
      openings.add((opening) => emit(opening));
      return untilAborted(signal);
    },
    'window.open': async (target) => {
      besides.push(target);
      return {};
    },
    'theme.read': async () => ({ theme: 'system' }),
    'theme.set': async () => ({}),
    'notifications.read': async () => ({ isMuted: false }),
    'notifications.set': async () => ({}),
    'volumes.read': async ({ filter, bucketMs, by, maxKeys }) =>
      readVolumes(
        writes.filter((write) => fits(filter, write)),
        bucketMs,
        by,
        maxKeys,
      ),
    'scored-processes.list': async ({ filter, sort, descending, limit, contains = '' }) => {
      const value = (row: ScoredProcessRow) => (sort === 'elastic' ? row.elastic.score : row[sort]);
      const found = scored(filter).filter((row) => row.process.toLowerCase().includes(contains.toLowerCase()));
      const rows = found.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        const order = x < y ? -1 : x > y ? 1 : 0;
        return descending ? -order : order;
      });
      return { rows: rows.slice(0, limit), total: rows.length };
    },
    'devices.list': async ({ filter, limit, contains = '', among, notAmong = [], sort, descending = true }) => {
      const rows = devices
        .map((device) => ({
          device,
          rows: writes.filter((write) => write.device === device.id && fits(filter, write)),
        }))
        .filter(({ rows: own }) => own.length > 0)
        .map(({ device, rows: own }): DeviceRow => {
          const { volume, ...rest } = device;
          const hosts = [...new Set(own.map((write) => write.host))].sort();
          const users = [...new Set(own.map((write) => write.user))].sort();
          return {
            ...rest,
            volumes: [volume],
            capacityBytes: 64e9,
            firstSeenMs: own[0]?.atMs ?? 0,
            lastSeenMs: own.at(-1)?.atMs ?? 0,
            hosts,
            hostCount: hosts.length,
            users,
            userCount: users.length,
            writtenBytes: sum(own),
            events: own.length,
          };
        })
        .filter(
          (row) =>
            (among?.includes(row.id) ?? true) &&
            !notAmong.includes(row.id) &&
            [row.id, row.vendor, row.product, row.serial, ...row.hosts, ...row.users].some((text) =>
              text?.toLowerCase().includes(contains.toLowerCase()),
            ),
        )
        .sort((a, b) => {
          const order = sort === 'writtenBytes' ? a.writtenBytes - b.writtenBytes : a.lastSeenMs - b.lastSeenMs;
          return descending ? -order : order;
        });
      return { rows: rows.slice(0, limit), total: rows.length };
    },
    'sessions.list': async ({ device, hosts, fromMs, toMs }) => ({
      rows: options.isEmpty
        ? []
        : sessions.filter(
            (row) =>
              (device === undefined || row.device === device) &&
              has(hosts, row.host) &&
              (row.connectedMs ?? row.firstActivityMs) < (toMs ?? Number.POSITIVE_INFINITY) &&
              (row.disconnectedMs ?? row.lastActivityMs) >= (fromMs ?? 0),
          ),
      isCut: false,
    }),
    'writes.page': async ({ filter, ascending, limit, cursor }) => {
      const all = writes.filter((write) => fits(filter, write));
      const ordered = ascending ? all : all.toReversed();
      const from = Number(cursor ?? 0);
      return {
        rows: ordered.slice(from, from + limit),
        ...(from + limit < ordered.length ? { nextCursor: String(from + limit) } : {}),
      };
    },
    'writes.totals': async ({ filters }) =>
      filters.map((filter) => {
        const own = writes.filter((write) => fits(filter, write));
        return {
          writtenBytes: sum(own),
          distinctBytes: sum([...new Map(own.map((row) => [row.path, row])).values()]),
          files: distinct(own.map((write) => write.path)),
          events: own.length,
          renames: 0,
          firstMs: own[0]?.atMs,
          lastMs: own.at(-1)?.atMs,
        };
      }),
    'terms.list': async ({ field, filter, contains, limit }) => {
      const fieldOf = (write: WriteEvent) => String((write as unknown as Record<string, unknown>)[field] ?? '');
      const rows = [
        ...groupBy(
          writes.filter((write) => fits(filter, write)),
          fieldOf,
        ),
      ]
        .filter(
          ([value]) => value !== '' && (contains === undefined || value.toLowerCase().includes(contains.toLowerCase())),
        )
        .map(
          ([value, own]): TermRow => ({
            value,
            events: own.length,
            writtenBytes: sum(own),
            files: distinct(own.map((write) => write.path)),
            firstSeenMs: own[0]?.atMs ?? 0,
            lastSeenMs: own.at(-1)?.atMs ?? 0,
            hosts: distinct(own.map((write) => write.host)),
          }),
        )
        .sort((a, b) => b.events - a.events || (a.value < b.value ? -1 : 1));
      return { rows: rows.slice(0, limit), total: rows.length };
    },
    'hours.read': async ({ filter }) => {
      const events = Array.from({ length: 24 }, () => 0);
      for (const write of writes.filter((row) => fits(filter, row))) {
        const hour = Math.floor(write.atMs / hourMs) % 24;
        events[hour] = (events[hour] ?? 0) + 1;
      }
      return { events };
    },
    'findings.list': async ({ filter, sort, descending, limit }) => {
      const value = (row: FindingRow) => (sort === 'elastic' ? row.elastic.score : row[sort]);
      const rows = findings
        .filter((row) => isAskedFinding(filter, row))
        .sort((a, b) => (descending ? value(b) - value(a) : value(a) - value(b)));
      return { rows: rows.slice(0, limit), total: rows.length };
    },
    'finding-groups.list': async ({ filter, by, limit }) => {
      const asked = findings.filter((row) => isAskedFinding(filter, row));
      const rows = [...new Set(asked.map((row) => row[by]))].map((name) => {
        const own = asked.filter((row) => row[by] === name);
        return {
          name,
          findings: own.length,
          open: own.filter(({ state }) => state === 'open').length,
          score: Math.max(...own.map(({ score }) => score)),
          elastic: Math.max(...own.map(({ elastic }) => elastic.score)),
          writtenBytes: own.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
          startMs: Math.max(...own.map(({ startMs }) => startMs)),
        };
      });
      rows.sort((a, b) => b.score - a.score);
      return { rows: rows.slice(0, limit), total: rows.length };
    },
    'finding-alerts.list': async ({ findings: asked }) => asked.map(({ id }) => (id === raisedId ? [raised] : [])),
    'finding.read': async ({ id }) => {
      const found = findings.find((row) => row.id === id);
      if (!found) throw fail('not-found', `There is no finding ${id}.`, 'It may belong to other evidence.');
      return found;
    },
    'finding-states.set': async ({ states }) => {
      findings = findings.map((row) => {
        const change = states.find((entry) => entry.id === row.id);
        if (!change) return row;
        const { closedReason: _before, ...rest } = row;
        return { ...rest, state: change.state, ...(change.state === 'closed' ? { closedReason: change.reason } : {}) };
      });
      changed();
      return {};
    },
    'triage.collect': async (_input, { emit }) => {
      for (const step of collected) emit(step);
      return {};
    },
    'triage.read': async ({ findingId }) => marks.get(findingId) ?? [],
    'triage.mark': async ({ findingId, step, state, note }) => {
      const mark: StepMark = { step, state, note, actor: 'r.osei', atMs: storyAtMs + 2 * hourMs };
      marks.set(findingId, [...(marks.get(findingId) ?? []).filter((entry) => entry.step !== step), mark]);
      return mark;
    },
    'import.choose': async () => ({ tokens: ['t1', 't2'] }),
    'import.demo': async () => ({ files: 0, failed: 0 }),
    'import.run': async ({ tokens }, { emit }): Promise<OutputOf<WorkbenchOperations['import.run']>> => {
      const items: readonly ImportItem[] = [
        {
          kind: 'progress',
          progress: {
            path: 'usb-audit-october.csv',
            phase: 'reading',
            doneBytes: 61e6,
            totalBytes: 1e8,
            rowsRead: 187_402,
          },
        },
        {
          kind: 'imported',
          file: {
            path: '/home/analyst/usb-audit-october.csv',
            sha256: '5f2e9b0c41d7a86e5f2e9b0c41d7a86e5f2e9b0c41d7a86e5f2e9b0c41d7a90c',
            format: 'csv',
            isGzip: false,
            rowsRead: 714,
            rowsStored: 688,
            rowsDuplicate: 17,
            rowsRejected: 9,
            rowsOther: 0,
            stored: { writes: 688, renames: 0, deviceEvents: 0, alerts: 0, anomalyRecords: 0 },
            rejected: [
              { line: 88, reason: 'No time: @timestamp is empty' },
              { line: 301, reason: 'Size is not a number', found: '"12,4 MB"' },
              { line: 512, reason: 'Time before 1990', found: '1601-01-01T00:00Z' },
            ],
          },
        },
        {
          kind: 'failed',
          path: '/home/analyst/System.evtx',
          message: 'System.evtx is none of the formats Portside reads.',
          hint: 'Give NDJSON, JSON, CSV or Parquet with file events.',
        },
      ];
      for (const item of items) emit(item);
      changed();
      return { files: tokens.length, failed: 1 };
    },
    'clipboard.write': async ({ text }) => {
      clipboard.push(text);
      return {};
    },
    ...(options.isEmpty ? {} : makeCaseHandlers(() => findings, storyAtMs + 2 * hourMs)),
    ...makeLiveHandlers(storyAtMs + 2 * hourMs),
    ...makeSourceHandlers(),
    ...makeUpkeepHandlers(storyAtMs + 2 * hourMs),
    ...options.overrides,
  };

  const pair = makePortPair();
  const delayed = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      async (input: never, context: never) => {
        calls.push(name);
        if (options.delayMs) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
        return (handler as (input: never, context: never) => Promise<unknown>)(input, context);
      },
    ]),
  );
  serve(workbenchOperations, delayed as unknown as Handlers<WorkbenchOperations>, pair.server, {
    reportBug: (operation, error) => {
      throw new Error(`${operation} broke`, { cause: error });
    },
  });
  const client = makeClient<WorkbenchOperations>(pair.client);
  return {
    client,
    writes,
    get findings() {
      return findings;
    },
    clipboard,
    calls,
    chooseInMenu: (command) => {
      for (const tell of menu) tell(command);
    },
    open: (opening) => {
      for (const tell of openings) tell(opening);
    },
    besides,
  };
}
