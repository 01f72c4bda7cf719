import { formatClock, formatDuration, formatTime, utc } from '../base/format.ts';
import { hourMs } from '../base/time.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shortText } from '../base/words.ts';
import type { AnomalyRecord, DeviceEvent, RuleAlert } from '../model/event.ts';
import type { DeviceSession, TermRow } from '../model/evidence-answer.ts';
import type { Finding, FindingRow } from '../model/finding.ts';
import type { TriageCheck } from '../model/triage.ts';
import type { TriageSettings } from '../model/triage-settings.ts';
import { isOnVolume } from './path-parts.ts';
import { type Answer, type Conclusion, concludeCheck } from './triage-answer.ts';
import { sessionOf } from './triage-device.ts';

/** What the fifth step knows about everything else around the finding. Here, and only here, later events count too. */
export interface CorrelationFigures {
  readonly alerts: Answer<readonly RuleAlert[]>;
  readonly records: Answer<readonly AnomalyRecord[]>;
  readonly deviceEvents: Answer<readonly DeviceEvent[]>;
  readonly sessions: Answer<readonly DeviceSession[]>;
  /** Other findings of the device, the user or the process, at any time, best first and without this one. */
  readonly ofDevice: Answer<readonly FindingRow[]>;
  readonly ofUser: Answer<readonly FindingRow[]>;
  readonly ofProcess: Answer<readonly FindingRow[]>;
  /** What else wrote to removable devices on the host around the finding. */
  readonly otherWriters: Answer<readonly TermRow[]>;
  /** Volumes under which the device was known on the host. */
  readonly volumes: Answer<readonly string[]>;
  /** Executables that wrote on the host around the finding. */
  readonly executables: Answer<readonly TermRow[]>;
}

const clock = (atMs: number) => `${formatTime(atMs, utc)} UTC`;

/** A job that watches for spikes of bytes to a device or over the network: the siblings of the rare-process job. */
function isSiblingJob(jobId: string | undefined): boolean {
  return (
    jobId !== undefined && /^ded_|^pad_|exfil|bytes_(?:written|sent)/.test(jobId) && !/rare_process_writing/.test(jobId)
  );
}

/** Answers step 5: what else happened around it? */
export function correlationChecks(
  finding: Finding,
  figures: CorrelationFigures,
  settings: TriageSettings,
): readonly TriageCheck[] {
  const around = {
    fromMs: finding.startMs - settings.eventsAroundMs,
    toMs: finding.endMs + settings.eventsAroundMs,
    hosts: [finding.host],
  };
  return [
    concludeCheck('correlation.alerts', 'Alerts', figures.alerts, (alerts) => alertsOf(finding, alerts, settings)),
    concludeCheck('correlation.anomalies', 'Anomalies', figures.records, (records) => recordsOf(records, settings)),
    { ...executionCheck(figures), evidence: around },
    concludeCheck('correlation.device-events', 'Device events', figures.deviceEvents, (events) =>
      deviceEventsOf(events, settings),
    ),
    {
      ...concludeCheck('correlation.other-writers', 'Other writers on the host', figures.otherWriters, (rows) =>
        writersOf(finding, rows, settings),
      ),
      evidence: around,
    },
    { ...findingsCheck('device', 'this device', figures.ofDevice), evidence: { devices: [finding.device] } },
    { ...findingsCheck('user', 'this user', figures.ofUser), evidence: { users: [finding.user] } },
    { ...findingsCheck('process', 'this process', figures.ofProcess), evidence: { processes: [finding.process] } },
    concludeCheck('correlation.removed-after', 'Removed afterwards', figures.sessions, (sessions) =>
      removedAfter(finding, sessions, settings),
    ),
    {
      id: 'correlation.system-changes',
      title: 'Log clearing, new tools, new services',
      figure: '',
      stance: 'no-information',
      sentence:
        'Portside keeps file and device events only. Cleared logs, installed tools and new services must be looked up where process and system events are kept.',
    },
  ];
}

function alertsOf(finding: Finding, alerts: readonly RuleAlert[], settings: TriageSettings): Conclusion {
  const hours = formatDuration(settings.alertsAroundMs);
  if (alerts.length === 0)
    return {
      stance: 'no-information',
      figure: '0 alerts',
      sentence: `The evidence holds no alert on the host or user within ${hours} of the finding. Where no alerts were imported, this means nothing.`,
    };
  const siblings = alerts.filter((alert) => isSiblingJob(alert.jobId));
  const own = alerts.filter((alert) => alert.process?.toLowerCase() === finding.process.toLowerCase());
  const first = siblings[0] ?? own[0] ?? alerts[0];
  return {
    stance: 'supports-suspicion',
    figure: countOf(alerts.length, 'alert'),
    sentence: `${countOf(alerts.length, 'alert')} on the host or user within ${hours}${own.length > 0 ? `, ${countOf(own.length, 'of them about this process', 'of them about this process')}` : ''}: "${visibleText(shortText(first?.ruleName ?? '', 120))}" at ${clock(first?.atMs ?? 0)}${siblings.length > 0 ? `; ${countOf(siblings.length, 'alert')} from a sibling job` : ''}.`,
  };
}

function recordsOf(records: readonly AnomalyRecord[], settings: TriageSettings): Conclusion {
  const hours = formatDuration(settings.alertsAroundMs);
  const best = records[0];
  if (best === undefined)
    return {
      stance: 'no-information',
      figure: '0 records',
      sentence: `The evidence holds no record of an anomaly job on the host within ${hours}. Where none were imported, this means nothing.`,
    };
  const siblings = records.filter((record) => isSiblingJob(record.jobId));
  const shown = siblings[0] ?? best;
  const sentence = `${countOf(records.length, 'record')} on the host within ${hours}; ${siblings.length > 0 ? 'of a sibling job' : 'the highest'}: ${visibleText(shown.jobId)} with ${shown.recordScore.toFixed(0)} in the hour from ${clock(shown.bucketStartMs)}${shown.process === undefined ? '' : ` for "${visibleText(shown.process)}"`}.`;
  return {
    stance: shown.recordScore >= 25 ? 'supports-suspicion' : 'no-information',
    figure: `highest ${best.recordScore.toFixed(0)}`,
    sentence: shown.recordScore >= 25 ? sentence : `${sentence} A score this low says nothing either way.`,
  };
}

function executionCheck(figures: CorrelationFigures): TriageCheck {
  return concludeCheck(
    'correlation.execution',
    'Execution from the device',
    figures.executables,
    (rows): Conclusion => {
      const volumes = figures.volumes.kind === 'answer' ? figures.volumes.value : [];
      if (volumes.length === 0)
        return {
          stance: 'no-information',
          figure: '',
          sentence: 'The events do not tell the drive letter or mount point of the device.',
        };
      const fromDevice = rows.find((row) => volumes.some((volume) => isOnVolume(row.value, volume)));
      return fromDevice
        ? {
            stance: 'supports-suspicion',
            figure: visibleText(shortText(fromDevice.value, 80)),
            sentence: `"${visibleText(shortText(fromDevice.value, 300))}" ran from the device itself.`,
          }
        : {
            stance: 'no-information',
            figure: '0 programs',
            sentence: `No program that wrote on the host around that time ran from ${volumes.map((volume) => visibleText(volume)).join(', ')}. Programs that only read leave no trace here.`,
          };
    },
  );
}

function deviceEventsOf(events: readonly DeviceEvent[], settings: TriageSettings): Conclusion {
  const devices = new Set(events.map((event) => event.device));
  const figure = countOf(events.length, 'device event');
  if (events.length === 0)
    return {
      stance: 'no-information',
      figure,
      sentence: `No device event of the host within ${formatDuration(settings.eventsAroundMs)}: either nothing was plugged, or device events are not collected here.`,
    };
  const list = events
    .slice(0, 4)
    .map((event) => `${event.kind === 'mount' ? 'connected' : 'removed'} ${formatClock(event.atMs, utc, true)}`)
    .join(', ');
  return {
    stance: devices.size >= 3 ? 'supports-suspicion' : 'no-information',
    figure,
    sentence: `${figure} of ${countOf(devices.size, 'device')} on the host within ${formatDuration(settings.eventsAroundMs)} (UTC: ${list}${events.length > 4 ? ', …' : ''})${devices.size >= 3 ? ': several sticks one after another' : ', which says nothing either way'}.`,
  };
}

function writersOf(finding: Finding, rows: readonly TermRow[], settings: TriageSettings): Conclusion {
  const others = rows.filter((row) => row.value !== finding.process);
  const figure = countOf(others.length, 'other process', 'other processes');
  return {
    stance: 'no-information',
    figure,
    sentence:
      others.length === 0
        ? `Nothing else wrote to a removable device on the host within ${formatDuration(settings.eventsAroundMs)}.`
        : `${figure} wrote to removable devices on the host within ${formatDuration(settings.eventsAroundMs)}: ${others
            .slice(0, 4)
            .map((row) => `"${visibleText(shortText(row.value, 60))}"`)
            .join(', ')}. They may belong together or not.`,
  };
}

function findingsCheck(key: string, words: string, answer: Answer<readonly FindingRow[]>): TriageCheck {
  return concludeCheck(`correlation.findings-of-${key}`, `Other findings of ${words}`, answer, (rows): Conclusion => {
    const open = rows.filter((row) => row.state !== 'closed');
    const strong = open.filter((row) => row.score >= 50);
    const figure = countOf(rows.length, 'other finding');
    const best = strong[0] ?? rows[0];
    if (best === undefined)
      return { stance: 'no-information', figure, sentence: `There is no other finding of ${words}.` };
    const shown = `"${visibleText(best.process)}" on "${visibleText(best.host)}" at ${clock(best.startMs)}, score ${best.score.toFixed(0)}`;
    if (strong.length > 0)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `${countOf(strong.length, 'open finding')} of ${words} ${strong.length === 1 ? 'scores' : 'score'} 50 or more: ${shown}.`,
      };
    const closed = rows.filter((row) => row.state === 'closed');
    if (closed.length === rows.length && closed.length >= 2)
      return {
        stance: 'supports-benign',
        figure,
        sentence: `All ${countOf(closed.length, 'other finding')} of ${words} were looked at and closed; the last was ${shown}.`,
      };
    return {
      stance: 'no-information',
      figure,
      sentence: `${countOf(rows.length, 'other finding')} of ${words}, none of them open with 50 or more; the highest: ${shown}.`,
    };
  });
}

function removedAfter(finding: Finding, sessions: readonly DeviceSession[], settings: TriageSettings): Conclusion {
  const session = sessionOf(finding, sessions);
  if (session?.disconnectedMs === undefined)
    return {
      stance: 'no-information',
      figure: '',
      sentence: 'No device event tells when the device was removed after the last write.',
    };
  const afterMs = session.disconnectedMs - finding.endMs;
  const sentence = `Removed at ${clock(session.disconnectedMs)}, ${formatDuration(Math.max(0, afterMs))} after the last write.`;
  const figure = `${formatDuration(Math.max(0, afterMs))} after`;
  return afterMs <= settings.removedAfterMs
    ? { stance: 'supports-suspicion', figure, sentence: `${sentence} Copied and taken away at once.` }
    : {
        stance: afterMs >= 8 * hourMs ? 'supports-benign' : 'no-information',
        figure,
        sentence: `${sentence} That it stayed says ${afterMs >= 8 * hourMs ? 'that it was not carried off at once' : 'nothing either way'}.`,
      };
}
