import { assertExists } from '../../shared/base/assert.ts';
import { fail } from '../../shared/base/failure.ts';
import { hourMs, minuteMs } from '../../shared/base/time.ts';
import type { WriteRow } from '../../shared/model/evidence-answer.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { TriageQuestions } from './triage-collector.ts';

/** A small, fixed set of answers for tests of cases and packages, which care for what is kept and not for what is asked. */

export const cannedStartMs = Date.UTC(2026, 10, 19, 21, 40);

/** Texts that try to be something else, in every field of a finding and its writes. */
export const hostileText =
  "=cmd|' /C calc'!A0</script><img src=x onerror=alert(1)>\u202Egpj.\u0007\"'`$" + '{7*7}{{7*7}}\r\nINJECTED: 1';

export function cannedFinding(over: Partial<FindingRow> = {}): FindingRow {
  return {
    id: 'f-1',
    ruleId: 'portside',
    host: 'ws-042',
    user: 'CORP\\m.keller',
    process: 'rundll32.exe',
    executable: 'C:\\Users\\m.keller\\AppData\\Local\\Temp\\7zS4A1\\rundll32.exe',
    device: 'serial:4C530001260814117341',
    startMs: cannedStartMs,
    endMs: cannedStartMs + 18 * minuteMs,
    writtenBytes: 3_940_000_000,
    events: 40,
    score: 89,
    elastic: { probability: 0.011, score: 24, ceiling: 24, processHours: 67, isFirstOccurrence: true },
    facets: [
      {
        name: 'process-on-host',
        title: 'Process on this host',
        figure: 'Seen in 0 of 67 process-hours',
        text: 'First write by this name here.',
        evidence: 4.32,
        points: 62,
      },
      {
        name: 'device-new',
        title: 'Device new to host and user',
        figure: 'Not among 14 known devices',
        text: 'First connected 21:31:08.',
        evidence: 3.92,
        points: 27,
      },
    ],
    files: 20,
    distinctBytes: 3_100_000_000,
    state: 'open',
    ...over,
  };
}

export function cannedWrites(finding: FindingRow, count = 40): readonly WriteRow[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${finding.id}-w${at}`,
    atMs: finding.startMs + at * 27_000,
    action: at % 10 === 9 ? ('rename' as const) : at % 2 === 0 ? ('creation' as const) : ('modification' as const),
    host: finding.host,
    user: finding.user,
    process: finding.process,
    executable: finding.executable,
    pid: 8812,
    processSha256: 'ab'.repeat(32),
    path: `E:\\out\\q3_close_${String(at >> 1).padStart(2, '0')}.7z`,
    extension: '7z',
    sizeBytes: 48_200_000,
    headerBytes: '377abcaf271c0004',
    sourcePath: at % 10 === 9 ? 'C:\\Users\\Public\\out\\payroll.7z' : undefined,
    device: finding.device,
    busType: 'Usb',
    deviceVendor: 'SanDisk',
    deviceProduct: 'Ultra',
    deviceSerial: '4C530001260814117341',
    volume: 'E:',
  }));
}

/** Answers for the given findings; everything about anything else is empty. */
export function makeCannedQuestions(findings: readonly FindingRow[] = [cannedFinding()]): TriageQuestions {
  const first = assertExists(findings[0], 'a finding');
  const mount = {
    id: 'd-1',
    atMs: first.startMs - 9 * minuteMs,
    kind: 'mount' as const,
    host: first.host,
    device: first.device,
    busType: 'Usb',
    vendor: 'SanDisk',
    vendorId: '0781',
    product: 'Ultra',
    productId: '5581',
    serial: '4C530001260814117341',
    volume: 'E:',
    capacityBytes: 32_000_000_000,
  };
  const session = {
    device: first.device,
    host: first.host,
    volume: 'E:',
    connectedMs: mount.atMs,
    disconnectedMs: first.endMs + 9 * minuteMs,
    firstActivityMs: mount.atMs,
    lastActivityMs: first.endMs,
    source: 'events' as const,
  };
  const nothing = { writtenBytes: 0, distinctBytes: 0, files: 0, events: 0, renames: 0 };
  return {
    'evidence.summary': async () => ({
      writes: 40,
      renames: 4,
      deviceEvents: 1,
      alerts: 0,
      anomalyRecords: 0,
      hosts: 1,
      users: 1,
      processes: 1,
      devices: 1,
      revision: 'r1',
    }),
    'volumes.read': async ({ by }) => {
      const starts = by === 'process' ? [0, 1, 2, 3].map((at) => first.startMs + at * 5 * minuteMs) : [];
      return {
        keys: [first.process],
        startMs: Float64Array.from(starts),
        keyIndex: new Uint32Array(starts.length),
        writtenBytes: Float64Array.from(starts, (_, at) => 1e9 / (at + 1)),
        files: Float64Array.from(starts, () => 5),
        events: Float64Array.from(starts, () => 10),
        isFilesApproximate: false,
      };
    },
    'processes.list': async () => ({ rows: [], total: 0 }),
    'devices.list': async () => ({
      rows: [
        {
          id: first.device,
          identity: 'serial',
          vendor: 'SanDisk',
          product: 'Ultra',
          vendorId: '0781',
          productId: '5581',
          serial: '4C530001260814117341',
          busType: 'Usb',
          volumes: ['E:'],
          capacityBytes: 32e9,
          firstSeenMs: mount.atMs,
          lastSeenMs: first.endMs,
          hosts: [first.host],
          hostCount: 1,
          users: [first.user],
          userCount: 1,
          writtenBytes: first.writtenBytes,
          events: 40,
        },
      ],
      total: 1,
    }),
    'sessions.list': async () => ({ rows: [session], isCut: false }),
    'writes.page': async ({ filter, limit, cursor }) => {
      const finding = findings.find(
        (one) => filter.processes?.includes(one.process) && filter.hosts?.includes(one.host),
      );
      const rows = finding ? cannedWrites(finding) : [];
      const from = Number(cursor ?? 0);
      const to = Math.min(from + Math.min(limit, 16), rows.length);
      return { rows: rows.slice(from, to), nextCursor: to < rows.length ? String(to) : undefined };
    },
    'writes.totals': async ({ filters }) => filters.map(() => nothing),
    'terms.list': async () => ({ rows: [], total: 0 }),
    'hours.read': async () => ({ events: Array.from({ length: 24 }, () => 0) }),
    'device-events.list': async () => [mount],
    'alerts.list': async () => [],
    'anomaly-records.list': async () => [
      {
        id: 'r-1',
        jobId: 'ded_rare_process_writing_to_external_device',
        bucketStartMs: first.startMs - (first.startMs % hourMs),
        bucketSpanMs: hourMs,
        host: first.host,
        process: first.process,
        recordScore: 24,
        initialRecordScore: 24,
        probability: 0.011,
      },
    ],
    'activity.read': async () => ({ rows: 0 }),
    'finding-groups.list': async () => ({ rows: [], total: 0 }),
    'findings.list': async () => ({ rows: findings, total: findings.length }),
    'finding.read': async ({ id }) => {
      const finding = findings.find((one) => one.id === id);
      if (!finding) throw fail('not-found', `There is no finding ${id}.`);
      return finding;
    },
    'scored-processes.list': async () => ({ rows: [], total: 0 }),
    'scores.refresh': async () => ({ findings: findings.length, revision: 'r1' }),
    'finding-states.set': async () => ({}),
  };
}
