import type {
  LiveDevice,
  LiveFile,
  LiveFinding,
  LiveItem,
  LiveMark,
  LiveMethod,
  LiveProblem,
  LiveProcess,
  LiveProcessRow,
  LiveState,
  LiveUsage,
  WriteQuality,
} from '../../shared/model/live.ts';
import { makeLiveTotals } from './live-totals.ts';

const maxProcesses = 200;
const maxFiles = 100;
const maxGone = 50;
const maxProblems = 50;
const maxMarks = 500;
const maxFindings = 100;
/** Processes that are remembered at all; past this the ones quiet for longest are left out of the table, not of the totals. */
const maxRemembered = 5_000;
const rateSeconds = 300;
const rowsWithRates = 12;
const rateWindowSeconds = 5;

interface Remembered {
  readonly usages: Map<string, LiveUsage>;
  readonly devices: Set<string>;
  /** Bytes per second, a ring by second. */
  readonly rates: Float64Array;
  lastSecond: number;
  peak: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** What a usage counts in a rate: the middle of its range. */
function amountOf({ minBytes, maxBytes, quality }: LiveUsage): number {
  return quality === 'range' && maxBytes !== undefined ? (minBytes + maxBytes) / 2 : minBytes;
}

const weakest = (qualities: readonly WriteQuality[]): WriteQuality =>
  qualities.includes('sampled') ? 'sampled' : qualities.includes('range') ? 'range' : 'exact';

/** Makes the state of the live view out of the items of a capture. Everything it holds is bounded. */
export function makeLiveSummary(host: string, now: () => number) {
  let phase: LiveState['phase'] = 'off';
  let startedMs: number | undefined;
  let method: LiveMethod = { kind: 'none', sentence: 'The capture is off.' };
  const connected = new Map<string, LiveDevice>();
  let gone: LiveDevice[] = [];
  const deviceOfMount = new Map<string, string>();
  const processes = new Map<string, LiveProcess>();
  const remembered = new Map<string, Remembered>();
  let totals = makeLiveTotals();
  let files: (LiveFile & { readonly processName: string })[] = [];
  let fileCount = 0;
  let eventCount = 0;
  let overflows = 0;
  let problems: LiveProblem[] = [];
  let marks: LiveMark[] = [];
  let findings: readonly LiveFinding[] = [];

  function rememberedOf(key: string, atMs: number): Remembered {
    let found = remembered.get(key);
    if (!found) {
      if (remembered.size >= maxRemembered) {
        const oldest = [...remembered].reduce((one, other) => (other[1].lastMs < one[1].lastMs ? other : one))[0];
        remembered.delete(oldest);
        processes.delete(oldest);
      }
      found = {
        usages: new Map(),
        devices: new Set(),
        rates: new Float64Array(rateSeconds),
        lastSecond: Math.floor(atMs / 1000),
        peak: 0,
        bytes: 0,
        firstMs: atMs,
        lastMs: atMs,
      };
      remembered.set(key, found);
    }
    return found;
  }

  /** Moves the ring on to `second`; seconds that passed without writing are 0. */
  function turnRing(found: Remembered, second: number): void {
    const steps = Math.min(rateSeconds, second - found.lastSecond);
    for (let step = 1; step <= steps; step += 1) found.rates[(found.lastSecond + step) % rateSeconds] = 0;
    if (second > found.lastSecond) found.lastSecond = second;
  }

  function takeUsage(usage: LiveUsage): void {
    const found = rememberedOf(usage.processKey, usage.atMs);
    const before = found.usages.get(usage.mountPoint);
    const grown = Math.max(0, amountOf(usage) - (before ? amountOf(before) : 0));
    found.usages.set(usage.mountPoint, usage);
    const device = deviceOfMount.get(usage.mountPoint);
    if (device !== undefined) found.devices.add(device);
    const second = Math.floor(usage.atMs / 1000);
    turnRing(found, second);
    const slot = second % rateSeconds;
    const rate = (found.rates[slot] ?? 0) + grown;
    found.rates[slot] = rate;
    found.peak = Math.max(found.peak, rate);
    found.bytes += grown;
    found.lastMs = usage.atMs;
    totals.takeUsage(usage);
  }

  function take(item: LiveItem): void {
    switch (item.kind) {
      case 'started':
        phase = 'running';
        startedMs = item.atMs;
        method = item.method;
        break;
      case 'method':
        method = item.method;
        break;
      case 'device': {
        const { device } = item;
        if (item.change === 'disconnected') {
          connected.delete(device.key);
          gone = [device, ...gone].slice(0, maxGone);
        } else if (device.disconnectedMs === undefined) connected.set(device.key, device);
        if (item.change === 'mounted' && item.volume.mountPoint !== undefined) {
          totals.beginVolume(item.volume.mountPoint);
          deviceOfMount.set(
            item.volume.mountPoint,
            [device.vendor, device.product].filter(Boolean).join(' ') || device.device,
          );
        }
        if (item.event) eventCount += 1;
        break;
      }
      case 'process':
        processes.set(item.process.key, item.process);
        if (processes.size > maxRemembered * 2) processes.delete(processes.keys().next().value ?? '');
        break;
      case 'write': {
        fileCount += 1;
        eventCount += 1;
        const { file } = item;
        files.unshift({ ...file, processName: item.event.process });
        if (files.length > maxFiles * 2) files = files.slice(0, maxFiles);
        break;
      }
      case 'usage':
        takeUsage(item);
        break;
      case 'disk':
        totals.takeDisk(item);
        break;
      case 'problem':
        if (item.problem === 'overflow') overflows += 1;
        problems = [{ ...item, kind: item.problem }, ...problems].slice(0, maxProblems);
        break;
      case 'stopped':
        phase = 'off';
        break;
    }
  }

  function toRow(key: string, found: Remembered, second: number, withRates: boolean): LiveProcessRow {
    turnRing(found, second);
    const at = (back: number) => found.rates[(((second - back) % rateSeconds) + rateSeconds) % rateSeconds] ?? 0;
    // The second that runs is not whole yet.
    let recent = 0;
    for (let back = 1; back <= rateWindowSeconds; back += 1) recent += at(back);
    const all = [...found.usages.values()];
    const lengthSeconds = Math.min(rateSeconds - 1, Math.max(0, second - Math.floor(found.firstMs / 1000)));
    return {
      process: processes.get(key) ?? { key, pid: Number(key.split(':')[0]) || 0, name: '' },
      devices: [...found.devices],
      mountPoints: [...found.usages.keys()],
      bytesPerSecond: recent / rateWindowSeconds,
      peakBytesPerSecond: found.peak,
      minBytes: all.reduce((sum, usage) => sum + usage.minBytes, 0),
      maxBytes: all.every(({ maxBytes }) => maxBytes !== undefined)
        ? all.reduce((sum, usage) => sum + (usage.maxBytes ?? 0), 0)
        : undefined,
      files: all.reduce((sum, usage) => sum + usage.files, 0),
      quality: weakest(all.map(({ quality }) => quality)),
      firstMs: found.firstMs,
      lastMs: found.lastMs,
      rates: withRates ? Array.from({ length: lengthSeconds }, (_, index) => at(lengthSeconds - index)) : undefined,
    };
  }

  return {
    take,
    /** Forgets everything of an earlier capture. */
    begin(): void {
      phase = 'starting';
      startedMs = undefined;
      for (const map of [connected, deviceOfMount, processes, remembered]) map.clear();
      totals = makeLiveTotals();
      gone = [];
      files = [];
      problems = [];
      marks = [];
      findings = [];
      fileCount = 0;
      eventCount = 0;
      overflows = 0;
    },
    end(): void {
      phase = 'off';
    },
    mark(mark: LiveMark): void {
      marks = [...marks, mark].slice(-maxMarks);
    },
    setFindings(found: readonly LiveFinding[]): void {
      findings = found.slice(0, maxFindings);
    },
    state(): LiveState {
      const nowMs = now();
      const sums = totals.totals(fileCount, overflows);
      const second = Math.floor(nowMs / 1000);
      const ranked = [...remembered].sort((one, other) => other[1].bytes - one[1].bytes).slice(0, maxProcesses);
      const busiest = new Set(
        [...ranked]
          .sort((one, other) => other[1].lastMs - one[1].lastMs || other[1].bytes - one[1].bytes)
          .slice(0, rowsWithRates)
          .map(([key]) => key),
      );
      return {
        phase,
        nowMs,
        host,
        startedMs,
        method,
        devices: [...connected.values(), ...gone],
        processes: ranked.map(([key, found]) => toRow(key, found, second, busiest.has(key))),
        processCount: sums.processes,
        files: files.slice(0, maxFiles),
        fileCount,
        eventCount,
        totals: sums,
        findings,
        marks,
        problems,
      };
    },
  };
}
