import { formatOffset, timeParts, zoneOffsetMinutes } from '../../shared/base/format.ts';
import type { Span } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import { otherKey } from '../../shared/model/evidence-answer.ts';
import { goTo, useChoices, useZone } from '../state.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { deviceName } from '../widgets/device-name.ts';
import { Name } from '../widgets/name.tsx';
import { formatCount, formatDay } from '../window-format.ts';
import type { DeviceNote } from './device-note.ts';
import { nameLane } from './lanes.ts';
import type { TimelineLayout } from './layout.ts';
import { nameBucket, overlaps } from './span.ts';
import { mostSessions, type TimelineData } from './use-timeline.ts';

/** Names and totals left of the time axis, in line with the bands on the canvas. */
export function TimelineGutter({
  data,
  span,
  layout,
  chosenLane,
  chosenProcesses,
  noteOf,
}: {
  data: TimelineData;
  span: Span;
  layout: TimelineLayout;
  /** The lane that stands out, by its key. */
  chosenLane: string | undefined;
  /** How many processes the view is narrowed to; 0 where to none. */
  chosenProcesses: number;
  noteOf: (device: string) => DeviceNote | undefined;
}) {
  const zone = useZone();
  const lanes = data.grid?.lanes ?? [];
  const findings = data.findings.filter((finding) => overlaps(span, finding.startMs, finding.endMs)).length;
  // Asked are the best of a wider span; whether more lie inside is not known where that was cut.
  const isFindingsCut = data.findingsTotal > data.findings.length;
  const notes = data.notes.filter((note) => note.aboutMs >= span.startMs && note.aboutMs < span.endMs).length;
  return (
    <div className="gutter" style={{ height: layout.bottom }}>
      <span className="gutter-line faint t11 day" style={{ top: 4 }}>
        {gutterDay(span, zone)}
      </span>
      <span
        className="gutter-line faint t11"
        style={{ top: layout.findingsTop + 4 }}
        title={texts.findingsTitle(findings, isFindingsCut)}
      >
        {texts.findings}{' '}
        <span className="tn">
          {isFindingsCut ? texts.atLeast : ''}
          {formatCount(findings)}
        </span>
      </span>
      {layout.notesTop === undefined ? null : (
        <span
          className="gutter-line faint t11"
          style={{ top: layout.notesTop + 4 }}
          title={texts.notesTitle(data.notes.length, notes)}
        >
          {texts.notes} <span className="tn">{formatCount(notes)}</span>
        </span>
      )}
      {data.devices.map((lane, index) => {
        const note = noteOf(lane.device);
        const name = deviceName(lane.device, data.deviceOf.get(lane.device));
        return (
          <span key={lane.device} className="gutter-line" style={{ top: (layout.deviceTops[index] ?? 0) + 4 }}>
            <button
              type="button"
              className={note?.isUnknown ? 'lane-name b' : 'lane-name'}
              tabIndex={-1}
              title={texts.deviceTitle(visibleText(name), lane.sessions.length)}
              onClick={() => goTo({ view: 'devices', deviceId: lane.device })}
            >
              <Name text={name} />
            </button>
            <span className="faint t11 clip lane-aside">
              <Name text={lane.hosts.length > 1 ? texts.hosts(lane.hosts.length) : lane.volumes.join(' ')} />
            </span>
          </span>
        );
      })}
      {layout.moreTop === undefined ? null : (
        <span className="gutter-line faint t11" style={{ top: layout.moreTop + 2 }}>
          {texts.moreDevices(data.hiddenDevices)}
          {data.isSessionsCut ? texts.firstConnections(mostSessions) : ''}
        </span>
      )}
      <span className="gutter-block" style={{ top: layout.totalTop }}>
        <b className="b t12">{texts.writtenPer(nameBucket(data.bucketMs))}</b>
        <span className="faint t11">{texts.eventSum}</span>
        <span className="faint t11">{chosenProcesses > 0 ? texts.chosenProcesses : texts.allProcesses}</span>
      </span>
      {lanes.map((lane, index) => (
        <span key={lane.key} className="gutter-line lane" style={{ top: (layout.laneTops[index] ?? 0) + 2 }}>
          <i className={`swatch ${lane.colour}`} />
          {lane.key === otherKey ? (
            <span className="clip">{nameLane(lane)}</span>
          ) : (
            <button
              type="button"
              className={lane.key === chosenLane ? 'lane-name b' : 'lane-name'}
              tabIndex={-1}
              title={texts.laneTitle(visibleText(lane.key), lane.sumBytes, chosenProcesses === 1)}
              onClick={() => toggleProcess(lane.key)}
            >
              <Name text={lane.key} />
            </button>
          )}
        </span>
      ))}
    </div>
  );
}

function gutterDay(span: Span, zone: Parameters<typeof formatDay>[1]): string {
  const isOneYear = timeParts(span.startMs, zone).year === timeParts(span.endMs - 1, zone).year;
  const [first, last] = [span.startMs, span.endMs - 1].map((atMs) => formatDay(atMs, zone, !isOneYear));
  if (first === last) return `${first}, ${formatOffset(zoneOffsetMinutes(span.endMs, zone))}`;
  const days = `${first} – ${last}`;
  // One offset is not true of both halves of a year; the status bar names the zone.
  const [before, after] = [span.startMs, span.endMs].map((atMs) => zoneOffsetMinutes(atMs, zone));
  return isOneYear && before === after ? `${days}, ${formatOffset(after ?? 0)}` : days;
}

function toggleProcess(process: string): void {
  const { evidence } = useChoices.getState();
  const isOnly = evidence.processes.length === 1 && evidence.processes[0] === process;
  goTo({ evidence: { ...evidence, processes: isOnly ? [] : [process] } });
}
