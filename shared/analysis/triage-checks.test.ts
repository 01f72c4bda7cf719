import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import type { WriteEvent } from '../model/event.ts';
import type { DeviceRow, TermRow } from '../model/evidence-answer.ts';
import type { FindingRow } from '../model/finding.ts';
import type { TriageCheck } from '../model/triage.ts';
import { defaultTriageSettings } from '../model/triage-settings.ts';
import { answered, missing } from './triage-answer.ts';
import { consultationChecks } from './triage-consultation.ts';
import { correlationChecks } from './triage-correlation.ts';
import { dataChecks } from './triage-data.ts';
import { type DeviceFigures, deviceChecks } from './triage-device.ts';
import { type ProcessFigures, processChecks } from './triage-process.ts';
import { type UserFigures, userChecks } from './triage-user.ts';

const startMs = Date.UTC(2026, 10, 19, 21, 40);
const temp = 'C:\\Users\\m.keller\\AppData\\Local\\Temp\\7zS4A1\\rundll32.exe';

/** The worked example of a masqueraded rundll32.exe. */
const finding: FindingRow = {
  id: 'f1',
  ruleId: 'portside',
  host: 'ws-042',
  user: 'CORP\\m.keller',
  process: 'rundll32.exe',
  executable: temp,
  device: 'serial:4C530001260814117341',
  startMs,
  endMs: startMs + 18 * minuteMs,
  writtenBytes: 3.94e9,
  events: 611,
  score: 89,
  elastic: { probability: 0.01, score: 24, ceiling: 24, processHours: 67, isFirstOccurrence: true },
  facets: [],
  files: 214,
  distinctBytes: 3.1e9,
  state: 'open',
};

const term = (value: string, hosts: number, events = 10): TermRow => ({
  value,
  hosts,
  events,
  writtenBytes: events * 1000,
  files: events,
  firstSeenMs: startMs - 20 * dayMs,
  lastSeenMs: startMs - dayMs,
});

const write = (over: Partial<WriteEvent> = {}): WriteEvent => ({
  id: 'w',
  atMs: startMs,
  action: 'creation',
  host: finding.host,
  user: finding.user,
  process: finding.process,
  executable: temp,
  path: 'E:\\out\\q3_close_01.7z',
  sizeBytes: 48_200_000,
  device: finding.device,
  busType: 'Usb',
  volume: 'E:',
  ...over,
});

const device: DeviceRow = {
  id: finding.device,
  identity: 'serial',
  vendor: 'SanDisk',
  product: 'Ultra',
  serial: '4C530001260814117341',
  busType: 'USB',
  volumes: ['E:'],
  capacityBytes: 32e9,
  firstSeenMs: startMs - 9 * minuteMs,
  lastSeenMs: startMs,
  hosts: ['ws-042'],
  hostCount: 1,
  users: [],
  userCount: 0,
  writtenBytes: 0,
  events: 0,
};

function stances(checks: readonly TriageCheck[]): Record<string, string> {
  return Object.fromEntries(checks.map((check) => [check.id.split('.')[1], check.stance.replace('supports-', '')]));
}

describe('step 1, process', () => {
  const suspicious: ProcessFigures = {
    hoursOnHost: answered(0),
    hostsOfName: answered({ hosts: 0, isOnThisHost: false }),
    fleetHosts: answered(119),
    executables: answered([term('C:\\Windows\\System32\\rundll32.exe', 118)]),
    publishers: answered([term('Microsoft Windows', 118)]),
    hashUses: answered([]),
    hashesOfPath: answered(0),
    parents: answered([term('explorer.exe', 100)]),
    sample: answered([
      write({ processSha256: 'ab'.repeat(32), parentProcess: 'cmd.exe', originalFileName: '7zG.exe' }),
    ]),
  };

  it('supports suspicion on every count for the impostor', () => {
    expect(stances(processChecks(finding, suspicious, defaultTriageSettings))).toEqual({
      'seen-before': 'suspicion',
      folder: 'suspicion',
      name: 'suspicion',
      publisher: 'suspicion',
      'original-name': 'suspicion',
      hash: 'suspicion',
      'living-off-the-land': 'suspicion',
      parent: 'suspicion',
    });
  });

  it('supports benign for the common, signed program in its own folder', () => {
    const executable = 'C:\\Windows\\explorer.exe';
    const sample = [
      write({
        process: 'explorer.exe',
        executable,
        publisher: 'Microsoft Windows',
        publisherTrusted: true,
        originalFileName: 'EXPLORER.EXE',
        parentProcess: 'userinit.exe',
        processSha256: 'cd'.repeat(32),
      }),
    ];
    const checks = processChecks(
      { ...finding, process: 'explorer.exe', executable },
      {
        ...suspicious,
        hoursOnHost: answered(40),
        hostsOfName: answered({ hosts: 112, isOnThisHost: true }),
        executables: answered([term(executable, 112)]),
        hashUses: answered([term('cd'.repeat(32), 50)]),
        parents: answered([term('userinit.exe', 100)]),
        sample: answered(sample),
      },
      defaultTriageSettings,
    );
    expect(stances(checks)).toEqual({
      'seen-before': 'benign',
      folder: 'benign',
      name: 'benign',
      publisher: 'benign',
      'original-name': 'benign',
      hash: 'benign',
      'living-off-the-land': 'no-information',
      parent: 'benign',
    });
  });

  it('says which fields are missing instead of guessing', () => {
    const bare = processChecks(
      { ...finding, process: 'acme.exe', executable: undefined },
      {
        ...suspicious,
        hostsOfName: missing('The store could not answer: no mapping.'),
        executables: answered([]),
        publishers: answered([]),
        parents: answered([]),
        sample: answered([write({ executable: undefined })]),
      },
      defaultTriageSettings,
    );
    expect(bare.every((check) => check.stance === 'no-information' && check.sentence.length > 20)).toBe(true);
    expect(bare.map((check) => check.sentence).join(' ')).toMatch(
      /process\.executable.*process\.code_signature.*original_file_name.*process\.hash.*process\.parent/s,
    );
  });

  it('shows hostile names as text', () => {
    const checks = processChecks({ ...finding, process: 'a\u202Eexe.<script>' }, suspicious, defaultTriageSettings);
    expect(checks.map((check) => `${check.sentence}${check.figure}`).join('')).not.toMatch(/\u202e/);
  });
});

describe('step 2, user', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? 120 : 0));
  const figures: UserFigures = {
    hours: answered(hours),
    earlier: answered({ inHistory: 0, ever: 0 }),
    hosts: answered([term('ws-007', 1, 100)]),
    days: answered({ earlier: [1e6, 2e6, 3e6, 2e6], findingDayBytes: 3.94e9 }),
  };

  it('finds the late hour, the first use, the foreign host and the large day', () => {
    const checks = userChecks(finding, figures, defaultTriageSettings);
    expect(stances(checks)).toEqual({
      hours: 'suspicion',
      'first-device-use': 'suspicion',
      kind: 'no-information',
      host: 'suspicion',
      volume: 'suspicion',
    });
    expect(checks[0]?.sentence).toContain('0 % of the user');
  });

  it('needs fifty writes before it speaks of hours', () => {
    const few = userChecks(
      finding,
      { ...figures, hours: answered(hours.map((count) => count / 40)) },
      defaultTriageSettings,
    );
    expect(few[0]?.stance).toBe('no-information');
  });

  it('wraps hours around midnight', () => {
    const night = Array.from({ length: 24 }, (_, hour) => (hour >= 22 || hour < 2 ? 50 : 0));
    const checks = userChecks(
      { ...finding, startMs: Date.UTC(2026, 10, 20, 0, 30) },
      { ...figures, hours: answered(night) },
      defaultTriageSettings,
    );
    expect(checks[0]?.stance).toBe('supports-benign');
  });

  it('heeds the flags set by hand', () => {
    const settings = {
      ...defaultTriageSettings,
      flaggedAccounts: [{ user: 'corp\\M.Keller', flag: 'leaver' as const }],
    };
    expect(userChecks(finding, figures, settings)[2]).toMatchObject({ stance: 'supports-suspicion', figure: 'leaver' });
  });
});

describe('step 3, device', () => {
  const session = {
    device: finding.device,
    host: finding.host,
    connectedMs: startMs - 9 * minuteMs,
    disconnectedMs: startMs + 27 * minuteMs,
    firstActivityMs: startMs - 9 * minuteMs,
    lastActivityMs: startMs + 27 * minuteMs,
    source: 'events' as const,
  };
  const figures: DeviceFigures = {
    device: answered(device),
    firstInFleetMs: answered(startMs - 9 * minuteMs),
    firstOnHostMs: answered(startMs - 9 * minuteMs),
    earlierHosts: answered([]),
    earlierUsers: answered([]),
    sessions: answered([session]),
    decision: answered(undefined),
    writtenDistinctBytes: 3.1e9,
  };

  it('finds the new stick that had just been connected', () => {
    expect(stances(deviceChecks(finding, figures, defaultTriageSettings))).toEqual({
      identity: 'no-information',
      'first-seen': 'suspicion',
      others: 'no-information',
      connections: 'suspicion',
      decision: 'no-information',
      bus: 'no-information',
      capacity: 'no-information',
    });
  });

  it('lets an approved, long known device speak for itself', () => {
    const known = deviceChecks(
      finding,
      {
        ...figures,
        firstInFleetMs: answered(startMs - 90 * dayMs),
        firstOnHostMs: answered(startMs - 80 * dayMs),
        earlierHosts: answered([term('ws-042', 1)]),
        earlierUsers: answered([term(finding.user, 1)]),
        sessions: answered([{ ...session, connectedMs: startMs - 5 * hourMs }]),
        decision: answered('approved'),
      },
      defaultTriageSettings,
    );
    expect(stances(known)).toMatchObject({
      'first-seen': 'benign',
      others: 'benign',
      connections: 'benign',
      decision: 'benign',
    });
  });

  it('says that an inferred session tells no connection time', () => {
    const inferred = deviceChecks(
      finding,
      { ...figures, sessions: answered([{ ...session, connectedMs: undefined, source: 'inferred' }]) },
      defaultTriageSettings,
    );
    expect(inferred[3]).toMatchObject({ stance: 'no-information' });
  });
});

describe('step 4, data', () => {
  const totals = {
    writtenBytes: 3.94e9,
    distinctBytes: 3.1e9,
    files: 214,
    events: 611,
    renames: 1,
    firstMs: startMs,
    lastMs: startMs + minuteMs,
  };
  const rows = [
    write({ headerBytes: '377ABCAF271C0004' }),
    write({ path: 'E:\\out\\payroll.docx', headerBytes: '377ABCAF271C0004' }),
    write({ action: 'rename', path: 'E:\\a.pst', sourcePath: 'C:\\Users\\Public\\out\\a.pst' }),
  ];
  const figures = {
    totals: answered(totals),
    ownDays: answered({ bytes: [], files: [] }),
    userDays: answered({ bytes: [], files: [] }),
    processDays: answered({ bytes: [], files: [] }),
    fleetDays: answered({ bytes: [41e6, 30e6, 50e6, 44e6, 39e6, 690e6], files: [9, 8, 10, 9, 7, 30] }),
    extensions: answered([term('7z', 1, 209), term('pst', 1, 5)]),
    sample: answered({ rows, isCut: false }),
    otherDevices: answered([]),
  };

  it('finds volume, archives, false extensions and sensitive names', () => {
    const checks = dataChecks(finding, figures, defaultTriageSettings);
    expect(stances(checks)).toEqual({
      bytes: 'suspicion',
      files: 'suspicion',
      rewrites: 'no-information',
      types: 'suspicion',
      header: 'suspicion',
      names: 'suspicion',
      sources: 'no-information',
      rate: 'no-information',
      'other-devices': 'no-information',
      staging: 'no-information',
    });
    expect(checks[5]?.evidence?.pathContains).toBe('payroll');
    expect(checks[6]?.sentence).toContain('C:\\Users\\Public\\out\\');
  });

  it('never calls an amount harmless only because others write as much', () => {
    const many = { bytes: [4e9, 4.1e9, 3.9e9, 3.8e9, 4e9], files: [214, 210, 220, 214, 214] };
    const checks = dataChecks(finding, { ...figures, fleetDays: answered(many) }, defaultTriageSettings);
    expect(stances(checks)).toMatchObject({ bytes: 'no-information', files: 'no-information' });
  });

  it('compares with the narrowest history that has five days', () => {
    const own = { bytes: [4e9, 4.1e9, 3.9e9, 3.8e9, 4e9], files: [214, 210, 220, 214, 214] };
    const checks = dataChecks(finding, { ...figures, ownDays: answered(own) }, defaultTriageSettings);
    expect(stances(checks)).toMatchObject({ bytes: 'benign', files: 'benign' });
    expect(checks[0]?.sentence).toContain('this process on this host');
  });
});

describe('steps 5 and 6', () => {
  const none = answered([]);
  const figures = {
    alerts: none,
    records: none,
    deviceEvents: none,
    ofDevice: none,
    ofUser: none,
    ofProcess: none,
    otherWriters: none,
    sessions: none,
    volumes: answered(['E:']),
    executables: none,
  };

  it('says for each source what its silence means', () => {
    const checks = correlationChecks(finding, figures, defaultTriageSettings);
    expect(checks.every((check) => check.stance === 'no-information' && check.sentence.length > 20)).toBe(true);
  });

  it('takes sibling alerts, execution from the stick and its removal into account', () => {
    const checks = correlationChecks(
      finding,
      {
        ...figures,
        alerts: answered([
          {
            id: 'a',
            atMs: startMs + hourMs,
            ruleName: 'Spike in Bytes Sent to an External Device',
            jobId: 'ded_high_bytes_written_to_external_device',
            host: 'ws-042',
            status: 'open',
          },
        ]),
        executables: answered([term('E:\\tool.exe', 1)]),
        sessions: answered([
          {
            device: finding.device,
            host: finding.host,
            connectedMs: startMs - minuteMs,
            disconnectedMs: finding.endMs + 2 * minuteMs,
            firstActivityMs: startMs,
            lastActivityMs: finding.endMs,
            source: 'events',
          },
        ]),
      },
      defaultTriageSettings,
    );
    expect(stances(checks)).toMatchObject({
      alerts: 'suspicion',
      execution: 'suspicion',
      'removed-after': 'suspicion',
    });
  });

  it('takes the recorded answer of a consultation over', () => {
    const mark = {
      step: 'consultation',
      state: 'unremarkable',
      note: 'Planned move, says d.aydin.',
      actor: 'r.osei',
      atMs: startMs,
    } as const;
    expect(consultationChecks(finding, device, mark)[0]).toMatchObject({ stance: 'supports-benign' });
    expect(consultationChecks(finding, device, undefined)[0]).toMatchObject({ stance: 'no-information' });
    const asked = {
      findingId: finding.id,
      asked: 'A. Novak',
      askedAtMs: finding.endMs,
      how: 'by phone',
      question: '',
      answer: 'For the auditors.',
      authorised: 'yes' as const,
      authorisedBy: 'CFO',
      actor: 'r.osei',
      atMs: finding.endMs,
    };
    const stanceOf = (over: object) => consultationChecks(finding, device, mark, [{ ...asked, ...over }])[0]?.stance;
    expect(stanceOf({})).toBe('supports-benign');
    expect(stanceOf({ authorised: 'no' })).toBe('supports-suspicion');
    expect(stanceOf({ authorised: 'unknown' })).toBe('no-information');
    // An authorisation that had ended by then authorises nothing.
    expect(stanceOf({ untilMs: finding.startMs - 1 })).toBe('supports-suspicion');
    expect(consultationChecks(finding, device, mark, [asked])[0]?.sentence).toContain('authorised by CFO');
  });
});
