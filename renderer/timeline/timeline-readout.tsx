import { dayMs } from '../../shared/base/time.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import { useZone } from '../state.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { deviceName } from '../widgets/device-name.ts';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatClock, formatDay, formatTime } from '../window-format.ts';
import { certainSpan, nameLane, type VolumeGrid } from './lanes.ts';
import { gutterPx } from './layout.ts';
import type { TimelineData } from './use-timeline.ts';
import type { TimelineNote } from './use-timeline-notes.ts';

const readoutPx = 232;

/** What happened in one bucket. */
export interface ReadoutData {
  readonly startMs: number;
  readonly endMs: number;
  readonly rows: readonly {
    readonly key: string;
    readonly name: string;
    readonly colour: string;
    readonly bytes: number;
    readonly files: number;
  }[];
  readonly devices: readonly string[];
  readonly notes: readonly TimelineNote[];
}

/** What happened in the bucket that holds an instant. */
export function readBucket(data: TimelineData, atMs: number): ReadoutData | undefined {
  const grid: VolumeGrid | undefined = data.grid;
  if (!grid) return undefined;
  const bucket = Math.floor((atMs - grid.startMs) / grid.bucketMs);
  const startMs = grid.startMs + bucket * grid.bucketMs;
  const rows = grid.lanes
    .map((lane) => ({
      key: lane.key,
      name: nameLane(lane),
      colour: lane.colour,
      bytes: lane.bytes[bucket] ?? 0,
      files: lane.files[bucket] ?? 0,
    }))
    .filter((row) => row.bytes > 0 || row.files > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const devices = new Set(
    data.devices
      .flatMap((lane) => lane.sessions)
      .filter((session) => {
        const certain = certainSpan(session);
        return certain.startMs <= atMs && certain.endMs >= atMs;
      })
      .map(({ device, volume }) => [deviceName(device, data.deviceOf.get(device)), volume ?? ''].join(' ').trim()),
  );
  const endMs = startMs + grid.bucketMs;
  const notes = data.notes.filter((note) => note.aboutMs >= startMs && note.aboutMs < endMs);
  return { startMs, endMs, rows, devices: [...devices], notes };
}

/** The same as a sentence, for a screen reader. */
export function readoutSentence(readout: ReadoutData, zone: Parameters<typeof formatClock>[1]): string {
  const when = `${formatTime(readout.startMs, zone)} to ${formatClock(readout.endMs, zone)}`;
  const notes = readout.notes.map((note) => texts.noteSaid(visibleText(note.text))).join('');
  const connected = readout.devices.length > 0 ? ` ${texts.connected} ${visibleText(readout.devices.join(', '))}.` : '';
  if (readout.rows.length === 0) return `${texts.nothingWrittenIn(when)}${connected}${notes}`;
  return `${when}: ${readout.rows.map((row) => `${visibleText(row.name)} ${formatBytes(row.bytes)}, ${texts.files(row.files)}`).join('; ')}.${connected}${notes}`;
}

/** The figures of a bucket beside the crosshair. */
export function Readout({
  readout,
  left,
  top,
  width,
  data,
}: {
  readout: ReadoutData;
  left: number;
  top: number;
  width: number;
  data: TimelineData;
}) {
  const zone = useZone();
  const isRight = left - readoutPx - 24 < gutterPx;
  const x = isRight ? Math.min(left + 24, width - readoutPx - 4) : left - readoutPx - 24;
  const isLong = data.bucketMs >= dayMs;
  return (
    <div className="readout" style={{ left: x, top, width: readoutPx }}>
      <b className="b">
        {isLong
          ? `${formatDay(readout.startMs, zone)} – ${formatDay(readout.endMs - 1, zone)}`
          : `${formatTime(readout.startMs, zone)}–${formatClock(readout.endMs, zone)}`}
      </b>{' '}
      <span className="faint">{texts.eventSum}</span>
      {readout.rows.length === 0 ? (
        <div className="faint">{texts.nothingWritten}</div>
      ) : (
        <dl>
          {readout.rows.map((row) => (
            <div key={row.key}>
              <dt>
                <i className={`swatch ${row.colour}`} />
                <Name text={row.name} className="clip" />
              </dt>
              <dd className="b tn">{formatBytes(row.bytes)}</dd>
              <dd className="faint tn">
                {data.volumes?.columns.isFilesApproximate ? texts.approximately : ''}
                {texts.files(row.files)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <div className="faint clip-2">
        {data.hiddenDevices > 0 ? texts.connectedOfShown : texts.connected}{' '}
        {readout.devices.length > 0 ? <Name text={readout.devices.slice(0, 4).join(', ')} /> : texts.noneRecorded}
        {readout.devices.length > 4 ? texts.moreNames(readout.devices.length - 4) : ''}
      </div>
      {readout.notes.slice(0, 3).map((note) => (
        <div key={`${note.caseId} ${note.seq}`} className="clip-2">
          <b className="b">{texts.note}</b> <Name text={note.text} /> <Name text={note.actor} className="faint" />
        </div>
      ))}
    </div>
  );
}
