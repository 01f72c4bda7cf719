import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import type { WriteEvent } from '../model/event.ts';
import type { FindingRow } from '../model/finding.ts';
import { defaultTriageSettings } from '../model/triage-settings.ts';
import { type FalsePositiveFigures, falsePositiveTests, runsOf } from './false-positives.ts';
import { knownPrograms } from './known-processes.ts';
import { answered } from './triage-answer.ts';

const startMs = Date.UTC(2026, 10, 19, 20, 5);
const program = knownPrograms.find(
  (one) =>
    one.category === 'backup' && one.publisherKind === 'signer' && /^C:\\Program Files/.test(one.folders[0] ?? ''),
);
const executable = `${program?.folders[0]}\\${program?.name}`;

const backupFinding: FindingRow = {
  id: 'f1',
  ruleId: 'portside',
  host: 'ws-007',
  user: 'SYSTEM',
  process: program?.name ?? '',
  executable,
  device: 'serial:WD',
  startMs,
  endMs: startMs + 30 * minuteMs,
  writtenBytes: 1.2e9,
  events: 400,
  score: 40,
  elastic: { probability: 0.2, score: 0, ceiling: 40, processHours: 200, isFirstOccurrence: false },
  facets: [],
  files: 400,
  distinctBytes: 1.2e9,
  state: 'open',
};

const write: WriteEvent = {
  id: 'w',
  atMs: startMs,
  action: 'creation',
  host: 'ws-007',
  user: 'SYSTEM',
  process: program?.name ?? '',
  executable,
  publisher: program?.publishers[0],
  publisherTrusted: true,
  path: 'F:\\backup\\full.vhdx',
  sizeBytes: 1e9,
  device: 'serial:WD',
  busType: 'Usb',
};

const nightly = Array.from({ length: 26 }, (_, day) => ({
  startMs: startMs - (26 - day) * dayMs + ((day * 7) % 40) * minuteMs - 20 * minuteMs,
  writtenBytes: 1.1e9,
  devices: ['serial:WD'],
}));

const figures: FalsePositiveFigures = {
  runs: answered(nightly),
  daysOfUser: answered(26),
  daysOnHost: answered(26),
  rolledOutHosts: answered([]),
  deviceKnownToIt: answered(false),
  deviceSeenBefore: answered(true),
  decision: answered(undefined),
  sample: answered([write]),
  steps: [],
  authorised: undefined,
  authorisedUntilMs: undefined,
  ticket: undefined,
};

function resultOf(
  kind: string,
  finding: FindingRow,
  over: Partial<FalsePositiveFigures> = {},
  settings = defaultTriageSettings,
) {
  const test = falsePositiveTests(finding, { ...figures, ...over }, settings).find((one) => one.class === kind);
  return {
    result: test?.result,
    against: test?.checks
      .filter((check) => check.stance === 'supports-suspicion')
      .map((check) => check.id.split('.')[1]),
    test,
  };
}

describe('backup', () => {
  it('fits the nightly, signed backup to the same disk, and proposes a narrow exception', () => {
    const { result, test } = resultOf('backup', backupFinding);
    expect(result).toBe('fits');
    expect(test?.exception).toMatchObject({
      processes: [program?.name],
      executables: [executable],
      hosts: ['ws-007'],
      devices: ['serial:WD'],
      expiresMs: backupFinding.endMs + 90 * dayMs,
    });
    expect(test?.checks.find((check) => check.id.endsWith('beat'))?.sentence).toContain('day by day');
  });

  it.each([
    [
      'another disk',
      { runs: answered(nightly.map((run) => ({ ...run, devices: ['serial:OTHER'] }))) },
      {},
      'same-device',
    ],
    ['an untrusted signature', { sample: answered([{ ...write, publisherTrusted: false }]) }, {}, 'unsigned'],
    ['far more than usual', {}, { writtenBytes: 9e9 }, 'volume'],
    ['another folder', {}, { executable: `C:\\Temp\\${program?.name}` }, 'catalogue'],
  ] as const)('is contradicted by %s', (_title, over, finding, expected) => {
    const { result, against } = resultOf('backup', { ...backupFinding, ...finding }, over);
    expect([result, against]).toEqual(['contradicted', expect.arrayContaining([expected])]);
  });

  it('sees no beat in a few runs at odd times', () => {
    const odd = nightly.slice(0, 6).map((run, at) => ({ ...run, startMs: run.startMs + at * 3 * hourMs }));
    const { test } = resultOf(
      'backup',
      { ...backupFinding, process: 'acme.exe', executable: undefined },
      { runs: answered(odd), sample: answered([]) },
    );
    expect(test?.checks.find((check) => check.id.endsWith('beat'))?.stance).toBe('no-information');
  });
});

describe('the other four', () => {
  const setup = { ...backupFinding, process: 'setup.exe', executable: 'C:\\Temp\\setup.exe' };
  const hosts = (count: number) =>
    answered(
      Array.from({ length: count }, (_, at) => ({
        value: `ws-${at}`,
        events: 1,
        writtenBytes: 1,
        files: 1,
        firstSeenMs: 0,
        lastSeenMs: 0,
        hosts: 1,
      })),
    );

  it('takes the same installer on many hosts for a roll-out, and documents against it', () => {
    const sample = answered([{ ...write, path: 'E:\\setup\\a.dll', parentProcess: 'msiexec.exe' }]);
    expect(resultOf('update', setup, { rolledOutHosts: hosts(31), sample }).result).toBe('fits');
    const withDocuments = answered([{ ...write, path: 'E:\\plans.docx', parentProcess: 'msiexec.exe' }]);
    expect(resultOf('update', setup, { rolledOutHosts: hosts(31), sample: withDocuments }).against).toEqual([
      'documents',
    ]);
    expect(resultOf('update', setup, { rolledOutHosts: hosts(1), sample }).against).toEqual(['roll-out']);
  });

  it('holds a new transfer tool on a new device against the transfer', () => {
    const rclone = { ...backupFinding, process: 'rclone.exe', executable: 'C:\\Temp\\rclone.exe' };
    const { result, against } = resultOf('data-transfer', rclone, {
      daysOfUser: answered(0),
      daysOnHost: answered(0),
      deviceSeenBefore: answered(false),
    });
    expect([result, against]).toEqual(['contradicted', expect.arrayContaining(['new-on-host', 'unknown-device'])]);
    expect(
      resultOf('data-transfer', { ...rclone, process: 'acme-copy.exe' }, { daysOfUser: answered(12) }).result,
    ).toBe('fits');
  });

  it('asks the list of IT accounts and the ticket about maintenance', () => {
    const settings = { ...defaultTriageSettings, itAccounts: ['it.admin'] };
    const work = { ...backupFinding, user: 'IT.Admin', process: 'robocopy.exe', executable: undefined };
    const sample = answered([{ ...write, path: 'E:\\logs\\a.log' }]);
    expect(
      resultOf('maintenance', work, { sample, deviceKnownToIt: answered(true), ticket: 'CHG-1' }, settings).result,
    ).toBe('fits');
    expect(resultOf('maintenance', work, { sample }, settings).against).toEqual(['it-device']);
    expect(resultOf('maintenance', work, { sample }).result).not.toBe('contradicted');
  });

  it('lets an authorised drag to an approved device pass until the authorisation ends, unless something speaks against it', () => {
    const drag = {
      ...backupFinding,
      user: 'CORP\\m.keller',
      process: 'explorer.exe',
      executable: 'C:\\Windows\\explorer.exe',
    };
    const fine = {
      decision: answered('approved' as const),
      authorised: 'yes' as const,
      authorisedUntilMs: startMs + 3 * dayMs,
    };
    const { result, test } = resultOf('user-transfer', drag, fine);
    expect([result, test?.exception.expiresMs]).toEqual(['fits', startMs + 3 * dayMs]);
    const names = {
      id: 'data.names',
      title: 'Sensitive names',
      figure: '1',
      sentence: 'payroll',
      stance: 'supports-suspicion' as const,
    };
    expect(resultOf('user-transfer', drag, { ...fine, steps: [{ step: 'data', checks: [names] }] }).against).toEqual([
      'names',
    ]);
    const settings = {
      ...defaultTriageSettings,
      flaggedAccounts: [{ user: 'CORP\\m.keller', flag: 'leaver' as const }],
    };
    expect(resultOf('user-transfer', drag, fine, settings).against).toEqual(['flag']);
    expect(resultOf('user-transfer', drag, { ...fine, authorised: 'no' }).against).toEqual(['consultation']);
  });
});

describe('runsOf', () => {
  it('parts runs by a pause of more than an hour and keeps their devices', () => {
    const at = (minutes: number, device = 'a') => ({ startMs: minutes * minuteMs, writtenBytes: 1, device });
    expect(runsOf([at(0), at(15), at(60, 'b'), at(180)])).toEqual([
      { startMs: 0, writtenBytes: 3, devices: ['a', 'b'] },
      { startMs: 180 * minuteMs, writtenBytes: 1, devices: ['a'] },
    ]);
  });
});
