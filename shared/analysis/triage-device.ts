import { formatBytes, formatDuration, formatTime, utc } from '../base/format.ts';
import { hourMs } from '../base/time.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shareText } from '../base/words.ts';
import type { DeviceRow, DeviceSession, TermRow } from '../model/evidence-answer.ts';
import type { Finding } from '../model/finding.ts';
import type { TriageCheck } from '../model/triage.ts';
import type { TriageSettings } from '../model/triage-settings.ts';
import { type Answer, type Conclusion, concludeCheck } from './triage-answer.ts';
import { scopeOf } from './triage-scope.ts';

/** What a person decided about a device, if anybody did. */
export type DeviceDecision = 'approved' | 'blocked';

/** What the third step knows about the device. Everything earlier is from before the finding. */
export interface DeviceFigures {
  readonly device: Answer<DeviceRow | undefined>;
  /** First write or device event before the finding, in the fleet and on the host; undefined where there is none. */
  readonly firstInFleetMs: Answer<number | undefined>;
  readonly firstOnHostMs: Answer<number | undefined>;
  readonly earlierHosts: Answer<readonly TermRow[]>;
  readonly earlierUsers: Answer<readonly TermRow[]>;
  /** Sessions on this host in the history and up to the end of the finding. */
  readonly sessions: Answer<readonly DeviceSession[]>;
  readonly decision: Answer<DeviceDecision | undefined>;
  readonly writtenDistinctBytes: number;
}

const when = (atMs: number) => `${formatTime(atMs, utc, { seconds: true, year: true })} UTC`;

/** A device in words: vendor, product and serial, as far as they are known. */
export function deviceText(device: DeviceRow | undefined, id: string): string {
  const parts = [device?.vendor, device?.product].filter((part) => part !== undefined && part !== '');
  const name = parts.length > 0 ? parts.join(' ') : id;
  return visibleText(name);
}

/** The session in which the finding's writing began, if any is known. */
export function sessionOf(finding: Finding, sessions: readonly DeviceSession[]): DeviceSession | undefined {
  return sessions.find(
    (session) =>
      session.host === finding.host &&
      (session.connectedMs ?? session.firstActivityMs) <= finding.startMs &&
      finding.startMs <= (session.disconnectedMs ?? session.lastActivityMs),
  );
}

/** Answers step 3: what stick is this, who had it, and when did it come? */
export function deviceChecks(
  finding: Finding,
  figures: DeviceFigures,
  settings: TriageSettings,
): readonly TriageCheck[] {
  const { past } = scopeOf(finding, settings);
  const earlier = { ...past, devices: [finding.device] };
  const device = figures.device.kind === 'answer' ? figures.device.value : undefined;
  return [
    {
      ...concludeCheck('device.identity', 'Identity', figures.device, (row) => identityOf(finding, row)),
      evidence: { devices: [finding.device] },
    },
    { ...firstSeen(finding, figures, device), evidence: earlier },
    { ...othersCheck(finding, figures), evidence: earlier },
    {
      ...concludeCheck('device.connections', 'Connections', figures.sessions, (sessions) =>
        connectionsOf(finding, sessions, settings),
      ),
      evidence: { devices: [finding.device], hosts: [finding.host] },
    },
    concludeCheck('device.decision', 'Approved or blocked', figures.decision, decisionOf),
    concludeCheck('device.bus', 'Bus', figures.device, busOf),
    concludeCheck('device.capacity', 'Capacity', figures.device, (row) =>
      capacityOf(row, figures.writtenDistinctBytes),
    ),
  ];
}

function identityOf(finding: Finding, device: DeviceRow | undefined): Conclusion {
  if (device === undefined)
    return { stance: 'no-information', figure: '', sentence: 'Neither writes nor device events describe the device.' };
  const ids =
    device.vendorId && device.productId ? ` (${visibleText(device.vendorId)}:${visibleText(device.productId)})` : '';
  const name = `${deviceText(device, finding.device)}${ids}`;
  switch (device.identity) {
    case 'serial':
      return {
        stance: 'no-information',
        figure: visibleText(device.serial ?? ''),
        sentence: `${name} with a serial number of its own: the same stick is recognised on every host. An identity by itself says nothing either way.`,
      };
    case 'windows-made':
      return {
        stance: 'no-information',
        figure: visibleText(device.serial ?? ''),
        sentence: `${name}. Windows made up this serial number (its second character is &), so it names a port on one host and not the stick: another stick of the same kind would look the same.`,
      };
    case 'model-and-volume':
      return {
        stance: 'no-information',
        figure: 'no serial number',
        sentence: `${name} reports no serial number. It is told apart only by model and volume, so two sticks of this model may be taken for one.`,
      };
  }
}

function firstSeen(finding: Finding, figures: DeviceFigures, device: DeviceRow | undefined): TriageCheck {
  const id = 'device.first-seen';
  const title = 'First seen';
  const name = deviceText(device, finding.device);
  return concludeCheck(id, title, figures.firstInFleetMs, (fleetMs): Conclusion => {
    if (fleetMs === undefined)
      return {
        stance: 'supports-suspicion',
        figure: 'new in the fleet',
        sentence: `No host had seen ${name} before this finding.`,
      };
    const hostMs = figures.firstOnHostMs.kind === 'answer' ? figures.firstOnHostMs.value : undefined;
    const agoText = (ms: number) => `${formatDuration(finding.startMs - ms)} before`;
    if (finding.startMs - fleetMs < hourMs)
      return {
        stance: 'supports-suspicion',
        figure: agoText(fleetMs),
        sentence: `${name} was seen for the first time at ${when(fleetMs)}, ${agoText(fleetMs)} the finding.`,
      };
    if (hostMs === undefined)
      return {
        stance: 'supports-suspicion',
        figure: 'new on this host',
        sentence: `${name} is known elsewhere since ${when(fleetMs)}, but this host had never seen it.`,
      };
    return {
      stance: 'supports-benign',
      figure: agoText(hostMs),
      sentence: `This host knows ${name} since ${when(hostMs)}, the fleet since ${when(fleetMs)}.`,
    };
  });
}

function othersCheck(finding: Finding, figures: DeviceFigures): TriageCheck {
  return concludeCheck('device.others', 'Other hosts and users', figures.earlierHosts, (hosts): Conclusion => {
    const otherHosts = hosts.filter((row) => row.value !== finding.host);
    const users = figures.earlierUsers.kind === 'answer' ? figures.earlierUsers.value : [];
    const otherUsers = users.filter((row) => row.value !== finding.user && row.value !== '');
    const isOwn = users.some((row) => row.value === finding.user);
    const figure = `${countOf(otherHosts.length, 'other host')}, ${countOf(otherUsers.length, 'other user')}`;
    const names = (rows: readonly TermRow[]) =>
      rows
        .slice(0, 3)
        .map((row) => `"${visibleText(row.value)}"`)
        .join(', ');
    if (hosts.length === 0 && users.length === 0)
      return {
        stance: 'no-information',
        figure,
        sentence: 'Nobody wrote to this device before, so it tells of no other host or user.',
      };
    if (!isOwn)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `This user never wrote to the device before; ${countOf(otherUsers.length, 'other user')} did${otherUsers.length > 0 ? ` (${names(otherUsers)})` : ''}.`,
      };
    return otherUsers.length === 0
      ? {
          stance: 'supports-benign',
          figure,
          sentence: `Before, only this user wrote to the device${otherHosts.length > 0 ? `, also on ${names(otherHosts)}` : ', and only on this host'}.`,
        }
      : {
          stance: 'no-information',
          figure,
          sentence: `The device is shared: this user and ${countOf(otherUsers.length, 'other user')} (${names(otherUsers)}) wrote to it before.`,
        };
  });
}

function connectionsOf(finding: Finding, sessions: readonly DeviceSession[], settings: TriageSettings): Conclusion {
  const own = sessionOf(finding, sessions);
  const earlier = sessions.filter((session) => session !== own && session.firstActivityMs < finding.startMs);
  const count = `${countOf(earlier.length, 'earlier connection')} on this host`;
  if (!own || own.source === 'inferred' || own.connectedMs === undefined)
    return {
      stance: 'no-information',
      figure: count,
      sentence: `No device event tells when the device was connected for this finding; ${count} ${earlier.some((one) => one.source === 'inferred') ? '(partly inferred from writes)' : 'in the history'}.`,
    };
  const beforeMs = finding.startMs - own.connectedMs;
  const sentence = `Connected at ${when(own.connectedMs)}, ${formatDuration(beforeMs)} before the first write; ${count}.`;
  return beforeMs <= settings.justConnectedMs
    ? { stance: 'supports-suspicion', figure: `connected ${formatDuration(beforeMs)} before`, sentence }
    : { stance: 'supports-benign', figure: `connected ${formatDuration(beforeMs)} before`, sentence };
}

function decisionOf(decision: DeviceDecision | undefined): Conclusion {
  if (decision === 'approved')
    return {
      stance: 'supports-benign',
      figure: 'approved',
      sentence: 'The device is on the list of approved devices.',
    };
  if (decision === 'blocked')
    return {
      stance: 'supports-suspicion',
      figure: 'blocked',
      sentence: 'The device is on the list of blocked devices.',
    };
  return {
    stance: 'no-information',
    figure: '',
    sentence: 'Nobody has approved or blocked this device, so the lists say nothing about it.',
  };
}

function busOf(device: DeviceRow | undefined): Conclusion {
  const bus = device?.busType;
  if (bus === undefined || bus === '')
    return {
      stance: 'no-information',
      figure: '',
      sentence: 'The events do not tell the bus of the device (bus_type).',
    };
  const figure = visibleText(bus);
  if (/^usb$/i.test(bus))
    return {
      stance: 'no-information',
      figure,
      sentence: 'The bus is USB, as for every stick: it says nothing either way.',
    };
  if (/virtual|^(?:vhd|iso)$/i.test(bus))
    return {
      stance: 'no-information',
      figure,
      sentence: `The bus is ${figure}: a mounted image, not hardware. An image is a file that may itself be carried away; look where it lies.`,
    };
  return {
    stance: 'no-information',
    figure,
    sentence: `The bus is ${figure}, not USB. It may be a drive built in; look whether it can be taken out at all.`,
  };
}

function capacityOf(device: DeviceRow | undefined, writtenBytes: number): Conclusion {
  const capacity = device?.capacityBytes;
  if (capacity === undefined || capacity <= 0)
    return {
      stance: 'no-information',
      figure: '',
      sentence: 'No device event tells the size of the volume (volume.size).',
    };
  const share = writtenBytes / capacity;
  const figure = `${shareText(share)} of ${formatBytes(capacity)}`;
  if (share > 1)
    return {
      stance: 'no-information',
      figure,
      sentence: `More was written (${formatBytes(writtenBytes)}) than the volume holds (${formatBytes(capacity)}): files were replaced or removed, or the size is reported wrongly.`,
    };
  return share >= 0.5
    ? {
        stance: 'supports-suspicion',
        figure,
        sentence: `The writes of the finding fill ${shareText(share)} of the volume (${formatBytes(capacity)}): the stick was loaded in one go.`,
      }
    : {
        stance: 'no-information',
        figure,
        sentence: `The writes of the finding fill ${shareText(share)} of the volume (${formatBytes(capacity)}), which says nothing either way.`,
      };
}
