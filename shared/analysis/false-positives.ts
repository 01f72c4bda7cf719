import { formatBytes, formatClock, utc } from '../base/format.ts';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf } from '../base/words.ts';
import type { CaseException, FalsePositiveClass } from '../model/case-file.ts';
import type { WriteEvent } from '../model/event.ts';
import type { TermRow } from '../model/evidence-answer.ts';
import type { FalsePositiveTest } from '../model/false-positive.ts';
import type { FindingRow } from '../model/finding.ts';
import type { CollectedStep, Stance, TriageCheck } from '../model/triage.ts';
import type { TriageSettings } from '../model/triage-settings.ts';
import { knownProgramsNamed, type ProgramCategory, recognise } from './known-processes.ts';
import { extensionOf } from './path-parts.ts';
import { median } from './robust.ts';
import { type Answer, distinct, valuesOf } from './triage-answer.ts';
import type { DeviceDecision } from './triage-device.ts';
import { accountKindOf } from './triage-user.ts';

/** What the five tests look at, all of it from before the finding but for the roll-out, which looks three days around. */
export interface FalsePositiveFigures {
  /** Earlier runs of the process on the host: starts and bytes, runs parted by an hour, oldest first. */
  readonly runs: Answer<
    readonly { readonly startMs: number; readonly writtenBytes: number; readonly devices: readonly string[] }[]
  >;
  /** Days of the history on which the user used this process. */
  readonly daysOfUser: Answer<number>;
  readonly daysOnHost: Answer<number>;
  /** Hosts that the executable's hash or name wrote on within 72 h around the finding. */
  readonly rolledOutHosts: Answer<readonly TermRow[]>;
  readonly deviceKnownToIt: Answer<boolean>;
  readonly deviceSeenBefore: Answer<boolean>;
  readonly decision: Answer<DeviceDecision | undefined>;
  readonly sample: Answer<readonly WriteEvent[]>;
  /** The six steps as they were collected. */
  readonly steps: readonly CollectedStep[];
  /** An answer of a consultation that is on record. */
  readonly authorised: 'yes' | 'no' | 'unknown' | undefined;
  readonly authorisedUntilMs: number | undefined;
  /** A ticket that somebody gave for work by IT. */
  readonly ticket: string | undefined;
}

const documentExtensions = new Set([
  'doc',
  'docx',
  'xls',
  'xlsx',
  'ppt',
  'pptx',
  'pdf',
  'odt',
  'ods',
  'txt',
  'csv',
  'pst',
  'ost',
  'msg',
  'eml',
  'mdb',
  'accdb',
  'vsdx',
  'dwg',
]);
const installerParents =
  /^(?:msiexec|setup|install|ccmexec|ccmsetup|intunemanagementextension|agentexecutor|trustedinstaller|tiworker|wuauclt|usoclient|pdqdeployrunner|choco|winget|installd|dpkg|rpm|apt|dnf|yum)/i;
const fileManagers = new Set([
  'explorer.exe',
  'finder',
  'nautilus',
  'dolphin',
  'thunar',
  'nemo',
  'pcmanfm',
  'totalcmd64.exe',
  'totalcmd.exe',
]);
/** Start times of a beat may lie this far apart. */
const beatMs = 45 * minuteMs;
const leastRuns = 4;

/** Runs the five tests of innocent explanations. */
export function falsePositiveTests(
  finding: FindingRow,
  figures: FalsePositiveFigures,
  settings: TriageSettings,
): readonly FalsePositiveTest[] {
  return [
    backup(finding, figures),
    dataTransfer(finding, figures),
    update(finding, figures),
    maintenance(finding, figures, settings),
    userTransfer(finding, figures, settings),
  ];
}

function check(id: string, title: string, stance: Stance, figure: string, sentence: string): TriageCheck {
  return { id: `false-positive.${id}`, title, stance, figure, sentence };
}

const forIt = (id: string, title: string, figure: string, sentence: string) =>
  check(id, title, 'supports-benign', figure, sentence);
const against = (id: string, title: string, figure: string, sentence: string) =>
  check(id, title, 'supports-suspicion', figure, sentence);
const silent = (id: string, title: string, sentence: string) => check(id, title, 'no-information', '', sentence);
/** What a step's check said already, for or against this explanation, with its way to the data. */
const asTold = (id: string, title: string, told: TriageCheck): TriageCheck => ({
  ...told,
  id: `false-positive.${id}`,
  title,
});

function toTest(
  kind: FalsePositiveClass,
  checks: readonly (TriageCheck | undefined)[],
  exception: CaseException,
): FalsePositiveTest {
  const made = checks.filter((one) => one !== undefined);
  const isContradicted = made.some((one) => one.stance === 'supports-suspicion');
  const isSupported = made.some((one) => one.stance === 'supports-benign');
  return {
    class: kind,
    result: isContradicted ? 'contradicted' : isSupported ? 'fits' : 'unclear',
    checks: made,
    exception,
  };
}

function sampleOf(figures: FalsePositiveFigures): readonly WriteEvent[] {
  return figures.sample.kind === 'answer' ? figures.sample.value : [];
}

function exceptionOf(
  finding: FindingRow,
  figures: FalsePositiveFigures,
  parts: readonly ('process' | 'path' | 'publisher' | 'host' | 'device' | 'user' | 'hash')[],
  days: number,
  reason: string,
): CaseException {
  const sample = sampleOf(figures);
  const publisher = valuesOf(sample, (write) => write.publisher)[0];
  const hash = valuesOf(sample, (write) => write.processSha256)[0];
  const has = (part: (typeof parts)[number]) => parts.includes(part);
  return {
    ...(has('process') ? { processes: [finding.process] } : {}),
    ...(has('path') && finding.executable ? { executables: [finding.executable] } : {}),
    ...(has('publisher') && publisher ? { publishers: [publisher] } : {}),
    ...(has('hash') && hash ? { hashes: [hash] } : {}),
    ...(has('host') ? { hosts: [finding.host] } : {}),
    ...(has('device') ? { devices: [finding.device] } : {}),
    ...(has('user') && finding.user !== '' ? { users: [finding.user] } : {}),
    expiresMs: finding.endMs + days * dayMs,
    reason,
  };
}

function categoryCheck(
  finding: FindingRow,
  figures: FalsePositiveFigures,
  categories: readonly ProgramCategory[],
  id: string,
  words: string,
): TriageCheck | undefined {
  const write = sampleOf(figures)[0];
  const recognised = recognise({
    process: finding.process,
    executable: finding.executable,
    publisher: write?.publisher,
    publisherTrusted: write?.publisherTrusted,
  });
  const program = 'program' in recognised ? recognised.program : undefined;
  const name = `"${visibleText(finding.process)}"`;
  if (!program || !categories.includes(program.category)) {
    return silent(id, 'Catalogue', `${name} is not listed as ${words}.`);
  }
  if (recognised.kind === 'known')
    return forIt(id, 'Catalogue', program.category, `${name} is ${words} by name, folder and publisher.`);
  if (recognised.kind === 'folder-agrees')
    return forIt(
      id,
      'Catalogue',
      program.category,
      `${name} is ${words} by name and folder; its publisher could not be compared.`,
    );
  if (recognised.kind === 'name-only')
    return silent(
      id,
      'Catalogue',
      `${name} has the name of ${words}, but neither folder nor publisher could be compared: a name proves nothing.`,
    );
  return against(
    id,
    'Catalogue',
    recognised.kind,
    `${name} has the name of ${words}, but ${recognised.kind === 'wrong-folder' ? 'it does not run from that program’s folder' : 'another publisher signed it'}.`,
  );
}

function unsignedCheck(figures: FalsePositiveFigures): TriageCheck | undefined {
  const sample = sampleOf(figures);
  if (valuesOf(sample, (write) => write.publisherTrusted).includes(false))
    return against(
      'unsigned',
      'Signature',
      'not trusted',
      'The program is not signed, or its signature is not trusted.',
    );
  return undefined;
}

function renamedCheck(figures: FalsePositiveFigures): TriageCheck | undefined {
  const told = figures.steps.flatMap((step) => step.checks).find((one) => one.id === 'process.original-name');
  return told?.stance === 'supports-suspicion' ? asTold('renamed', 'Renamed', told) : undefined;
}

/** Whether start times follow a daily or weekly beat: how many of them lie within ± 45 min of the finding's own time. */
function onBeat(starts: readonly number[], ownMs: number, periodMs: number): number {
  return starts.filter((startMs) => {
    const apart = (((ownMs - startMs) % periodMs) + periodMs) % periodMs;
    return Math.min(apart, periodMs - apart) <= beatMs;
  }).length;
}

function backup(finding: FindingRow, figures: FalsePositiveFigures): FalsePositiveTest {
  const runs = figures.runs.kind === 'answer' ? figures.runs.value : [];
  const starts = runs.map((run) => run.startMs);
  const daily = onBeat(starts, finding.startMs, dayMs);
  const weekly = onBeat(starts, finding.startMs, 7 * dayMs);
  const isDaily = daily >= leastRuns && daily >= 0.6 * starts.length;
  const isWeekly = weekly >= leastRuns && weekly >= 0.6 * starts.length;
  const beat =
    figures.runs.kind === 'missing'
      ? silent('beat', 'Beat', figures.runs.reason)
      : isDaily || isWeekly
        ? forIt(
            'beat',
            'Beat',
            countOf(isDaily ? daily : weekly, 'earlier run'),
            `${countOf(isDaily ? daily : weekly, 'earlier run')} began within 45 minutes of ${formatClock(finding.startMs, utc)} UTC, ${isDaily ? 'day by day' : 'week by week'}.`,
          )
        : silent(
            'beat',
            'Beat',
            `${countOf(starts.length, 'earlier run')} on this host, of which ${daily} began at this time of day: no beat, for which at least ${leastRuns} are needed.`,
          );
  const devices = distinct(runs.flatMap((run) => run.devices));
  const sameDevice =
    runs.length === 0
      ? undefined
      : devices.includes(finding.device)
        ? forIt(
            'same-device',
            'Same device',
            countOf(devices.length, 'device'),
            'Earlier runs wrote to this device too.',
          )
        : against(
            'same-device',
            'Other device',
            countOf(devices.length, 'other device'),
            'Earlier runs wrote to other devices, never to this one.',
          );
  const middle = median(runs.map((run) => run.writtenBytes));
  const volume =
    middle !== undefined && runs.length >= leastRuns && finding.writtenBytes > 3 * middle
      ? against(
          'volume',
          'Volume',
          formatBytes(finding.writtenBytes),
          `${formatBytes(finding.writtenBytes)} (event sum) is more than three times the median of earlier runs (${formatBytes(middle)}).`,
        )
      : undefined;
  const kind = accountKindOf(finding.user);
  const interactive =
    kind === 'person' || kind === 'shared'
      ? silent(
          'account',
          'Account',
          `It ran under ${visibleText(finding.user)}, a personal or shared account; a scheduled backup mostly runs under an account of the system.`,
        )
      : undefined;
  return toTest(
    'backup',
    [
      categoryCheck(finding, figures, ['backup'], 'catalogue', 'a backup program'),
      beat,
      sameDevice,
      unsignedCheck(figures),
      volume,
      interactive,
    ],
    exceptionOf(finding, figures, ['process', 'path', 'publisher', 'host', 'device'], 90, 'Scheduled backup'),
  );
}

function dataTransfer(finding: FindingRow, figures: FalsePositiveFigures): FalsePositiveTest {
  const days = figures.daysOfUser;
  const usual =
    days.kind === 'missing'
      ? silent('days', 'Days of use', days.reason)
      : days.value >= 5
        ? forIt(
            'days',
            'Days of use',
            countOf(days.value, 'day'),
            `This user used the program on ${countOf(days.value, 'day')} of the history.`,
          )
        : silent(
            'days',
            'Days of use',
            `This user used the program on ${countOf(days.value, 'day')} of the history; 5 would make it usual.`,
          );
  const isNewHere = figures.daysOnHost.kind === 'answer' && figures.daysOnHost.value === 0;
  const isUnknownDevice = figures.deviceSeenBefore.kind === 'answer' && !figures.deviceSeenBefore.value;
  const hour = new Date(finding.startMs).getUTCHours();
  const late = figures.steps
    .flatMap((step) => step.checks)
    .find((one) => one.id === 'user.hours' && one.stance === 'supports-suspicion');
  return toTest(
    'data-transfer',
    [
      categoryCheck(
        finding,
        figures,
        ['transfer', 'sync', 'archiver'],
        'catalogue',
        'a transfer or synchronisation program',
      ),
      usual,
      isNewHere
        ? against(
            'new-on-host',
            'New on this host',
            '0 earlier days',
            'The program never wrote to a removable device on this host before.',
          )
        : undefined,
      renamedCheck(figures),
      isUnknownDevice
        ? against('unknown-device', 'Unknown device', 'first seen', 'Nobody had seen the device before.')
        : undefined,
      late ? { ...asTold('night', 'Unusual hour', late), figure: `${hour} h UTC` } : undefined,
    ],
    exceptionOf(finding, figures, ['process', 'path', 'publisher', 'user'], 90, 'Approved transfer application'),
  );
}

function update(finding: FindingRow, figures: FalsePositiveFigures): FalsePositiveTest {
  const sample = sampleOf(figures);
  const rolled = figures.rolledOutHosts;
  const hosts = rolled.kind === 'answer' ? rolled.value.length : 0;
  const spread =
    rolled.kind === 'missing'
      ? silent('roll-out', 'Roll-out', rolled.reason)
      : hosts >= 3
        ? forIt(
            'roll-out',
            'Roll-out',
            countOf(hosts, 'host'),
            `The same program wrote on ${countOf(hosts, 'host')} within 72 hours: as new software does that is rolled out.`,
          )
        : against(
            'roll-out',
            'One host only',
            countOf(hosts, 'host'),
            `Within 72 hours the program wrote on ${countOf(hosts, 'host')} only: no roll-out.`,
          );
  const parent = valuesOf(sample, (write) => write.parentProcess)[0];
  const byInstaller =
    parent === undefined
      ? silent('parent', 'Parent', 'The events do not name the parent process.')
      : installerParents.test(parent)
        ? forIt(
            'parent',
            'Parent',
            visibleText(parent),
            `It was started by "${visibleText(parent)}", an installer or management agent.`,
          )
        : silent(
            'parent',
            'Parent',
            `It was started by "${visibleText(parent)}", which is no installer that is known.`,
          );
  return toTest(
    'update',
    [
      categoryCheck(finding, figures, ['update'], 'catalogue', 'an updater'),
      spread,
      byInstaller,
      documentsCheck(sample, 'An update writes programs'),
      unsignedCheck(figures),
    ],
    exceptionOf(finding, figures, ['publisher', 'process', 'hash'], 30, 'Software roll-out'),
  );
}

function documentsCheck(sample: readonly WriteEvent[], words: string): TriageCheck | undefined {
  const documents = distinct(
    sample.filter((write) => documentExtensions.has(extensionOf(write.path))).map((write) => write.path),
  );
  const example = documents[0];
  return example === undefined
    ? undefined
    : against(
        'documents',
        'Documents',
        countOf(documents.length, 'document'),
        `${words}, yet ${countOf(documents.length, 'document')} ${documents.length === 1 ? 'was' : 'were'} written, such as "${visibleText(example)}".`,
      );
}

function maintenance(finding: FindingRow, figures: FalsePositiveFigures, settings: TriageSettings): FalsePositiveTest {
  const names = new Set(settings.itAccounts.map((one) => one.toLowerCase()));
  const isIt = names.has(finding.user.toLowerCase()) || names.has(finding.host.toLowerCase());
  const account = isIt
    ? forIt(
        'it-account',
        'IT account or host',
        visibleText(finding.user),
        'The user or the host is on the list of the IT department.',
      )
    : settings.itAccounts.length === 0
      ? silent('it-account', 'IT account or host', 'The list of IT accounts is empty, so it tells nothing.')
      : silent(
          'it-account',
          'IT account or host',
          `Neither "${visibleText(finding.user)}" nor "${visibleText(finding.host)}" is on the list of the IT department.`,
        );
  const ticket = figures.ticket
    ? forIt(
        'ticket',
        'Ticket',
        visibleText(figures.ticket),
        `The ticket "${visibleText(figures.ticket)}" was given for this work.`,
      )
    : silent('ticket', 'Ticket', 'No ticket was given. Ask the IT department for work on this host at that time.');
  const isKnown = figures.deviceKnownToIt;
  const device =
    isKnown.kind === 'answer' && !isKnown.value && settings.itAccounts.length > 0
      ? against('it-device', 'Device unknown to IT', '', 'No account of the IT department ever wrote to this device.')
      : undefined;
  return toTest(
    'maintenance',
    [
      account,
      categoryCheck(finding, figures, ['maintenance'], 'catalogue', 'a maintenance tool'),
      ticket,
      device,
      documentsCheck(sampleOf(figures), 'Maintenance moves tools and logs'),
    ],
    exceptionOf(finding, figures, ['user', 'process', 'device'], 7, 'Work of the IT department'),
  );
}

function userTransfer(finding: FindingRow, figures: FalsePositiveFigures, settings: TriageSettings): FalsePositiveTest {
  const isManager =
    fileManagers.has(finding.process.toLowerCase()) &&
    !knownProgramsNamed(finding.process).some((one) => one.category === 'lolbin');
  const told = figures.steps.flatMap((step) => step.checks);
  const hours = told.find((one) => one.id === 'user.hours');
  const decision = figures.decision.kind === 'answer' ? figures.decision.value : undefined;
  const flag = settings.flaggedAccounts.find((one) => one.user.toLowerCase() === finding.user.toLowerCase())?.flag;
  const names = told.find((one) => one.id === 'data.names' && one.stance === 'supports-suspicion');
  const isNewDevice = figures.deviceSeenBefore.kind === 'answer' && !figures.deviceSeenBefore.value;
  const blocking = told.filter(
    (one) =>
      one.stance === 'supports-suspicion' &&
      ['process.name', 'process.folder', 'process.original-name', 'data.header'].includes(one.id),
  );
  return toTest(
    'user-transfer',
    [
      isManager
        ? forIt(
            'file-manager',
            'File manager',
            visibleText(finding.process),
            `"${visibleText(finding.process)}" writes what a person drags or pastes.`,
          )
        : silent(
            'file-manager',
            'File manager',
            `"${visibleText(finding.process)}" is no file manager: a person did not simply drag these files.`,
          ),
      hours?.stance === 'supports-benign' ? asTold('hours', 'Usual hours', hours) : undefined,
      decision === 'approved'
        ? forIt('approved', 'Approved device', 'approved', 'The device is on the list of approved devices.')
        : undefined,
      figures.authorised === 'yes'
        ? forIt('consultation', 'Authorised', 'yes', 'A consultation on record says that the transfer was authorised.')
        : figures.authorised === 'no'
          ? against(
              'consultation',
              'Not authorised',
              'no',
              'A consultation on record says that the transfer was not authorised.',
            )
          : silent('consultation', 'Authorised', 'No consultation on record says whether the transfer was authorised.'),
      names ? asTold('names', 'Sensitive names', names) : undefined,
      flag
        ? against('flag', 'Flagged account', flag, `The account is flagged by hand as ${flag.replace('-', ' ')}.`)
        : undefined,
      decision === 'blocked'
        ? against('blocked', 'Blocked device', 'blocked', 'The device is on the list of blocked devices.')
        : undefined,
      isNewDevice ? against('new-device', 'New device', 'first seen', 'Nobody had seen the device before.') : undefined,
      ...blocking.map((one) => asTold(`step-${one.id}`, one.title, one)),
    ],
    {
      ...exceptionOf(finding, figures, ['user', 'device'], 7, 'Transfer that the user was authorised to make'),
      ...(figures.authorisedUntilMs === undefined ? {} : { expiresMs: figures.authorisedUntilMs }),
    },
  );
}

/** Earlier runs of a process from its volumes by bucket and device: writing that pauses for an hour or more parts two. */
export function runsOf(
  buckets: readonly { readonly startMs: number; readonly writtenBytes: number; readonly device: string }[],
): readonly { readonly startMs: number; readonly writtenBytes: number; readonly devices: readonly string[] }[] {
  const sorted = [...buckets].sort((left, right) => left.startMs - right.startMs);
  const runs: { startMs: number; lastMs: number; writtenBytes: number; devices: string[] }[] = [];
  for (const bucket of sorted) {
    const run = runs.at(-1);
    if (run && bucket.startMs - run.lastMs <= hourMs) {
      run.lastMs = bucket.startMs;
      run.writtenBytes += bucket.writtenBytes;
      if (!run.devices.includes(bucket.device)) run.devices.push(bucket.device);
    } else {
      const { startMs, writtenBytes, device } = bucket;
      runs.push({ startMs, lastMs: startMs, writtenBytes, devices: [device] });
    }
  }
  return runs.map(({ startMs, writtenBytes, devices }) => ({ startMs, writtenBytes, devices }));
}
