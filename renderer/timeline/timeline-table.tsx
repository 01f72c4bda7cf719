import { formatBytes, formatCount } from '../../shared/base/format.ts';
import type { Span } from '../../shared/base/time.ts';
import { deviceName } from '../widgets/device-name.ts';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';
import { nameLane, visibleBuckets } from './lanes.ts';
import { showNote } from './show-note.ts';
import { nameBucket, overlaps } from './span.ts';
import type { TimelineData } from './use-timeline.ts';

/** The timeline as tables, with the same content: what a screen reader reads, and what can be copied. */
export function TimelineTable({ data, span }: { data: TimelineData; span: Span }) {
  const grid = data.grid;
  const { from, to } = grid ? visibleBuckets(grid, span) : { from: 0, to: 0 };
  const buckets = grid
    ? Array.from({ length: to - from }, (_, index) => from + index).filter((bucket) => (grid.total[bucket] ?? 0) > 0)
    : [];
  const notes = data.notes.filter((note) => overlaps(span, note.aboutMs, note.aboutMs));
  const findings = data.findings.filter((finding) => overlaps(span, finding.startMs, finding.endMs));
  return (
    <section className="scroll timeline-table" aria-label="Timeline as tables" tabIndex={-1}>
      <table>
        <caption className="table-caption">Findings in the span: {findings.length}</caption>
        <thead>
          <tr>
            <th className="num">Score</th>
            <th>Process</th>
            <th>Host</th>
            <th>From</th>
            <th>To</th>
            <th className="num">Event sum</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <tr key={finding.id}>
              <td className="num">{Math.round(finding.score)}</td>
              <td>
                <Name text={finding.process} />
              </td>
              <td>
                <Name text={finding.host} />
              </td>
              <td>
                <TimeText atMs={finding.startMs} seconds />
              </td>
              <td>
                <TimeText atMs={finding.endMs} seconds />
              </td>
              <td className="num">{formatBytes(finding.writtenBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {notes.length > 0 ? (
        <table>
          <caption className="table-caption">Notes of the case in the span: {notes.length}</caption>
          <thead>
            <tr>
              <th>About</th>
              <th>Note</th>
              <th>By</th>
              <th>Case</th>
            </tr>
          </thead>
          <tbody>
            {notes.map((note) => (
              <tr key={`${note.caseId} ${note.seq}`}>
                <td>
                  <TimeText atMs={note.aboutMs} seconds />
                </td>
                <td className="note-text">
                  <Name text={note.text} />
                </td>
                <td>
                  <Name text={note.actor} />
                </td>
                <td>
                  <button type="button" className="link" onClick={() => showNote(note)}>
                    {note.caseId}, entry {note.seq}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      <table>
        <caption className="table-caption">
          Connections in the span: {data.devices.reduce((sum, lane) => sum + lane.sessions.length, 0)}
          {data.hiddenDevices > 0 ? `, ${data.hiddenDevices} more devices not shown` : ''}
        </caption>
        <thead>
          <tr>
            <th>Device</th>
            <th>Host</th>
            <th>Volume</th>
            <th>Connected</th>
            <th>Disconnected</th>
            <th>Known from</th>
          </tr>
        </thead>
        <tbody>
          {data.devices.flatMap((lane) =>
            lane.sessions.map((session) => (
              <tr key={`${lane.device} ${session.host} ${session.firstActivityMs} ${session.volume}`}>
                <td>
                  <Name text={deviceName(lane.device, data.deviceOf.get(lane.device))} />
                </td>
                <td>
                  <Name text={session.host} />
                </td>
                <td>{session.volume ? <Name text={session.volume} /> : '–'}</td>
                <td>
                  {session.connectedMs === undefined ? 'not recorded' : <TimeText atMs={session.connectedMs} seconds />}
                </td>
                <td>
                  {session.disconnectedMs === undefined ? (
                    'not recorded'
                  ) : (
                    <TimeText atMs={session.disconnectedMs} seconds />
                  )}
                </td>
                <td>{session.source === 'events' ? 'device events' : 'writes only'}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
      <table>
        <caption className="table-caption">
          Written per {nameBucket(data.bucketMs)}, event sum: {formatCount(buckets.length)} of {formatCount(to - from)}{' '}
          intervals with writes
        </caption>
        <thead>
          <tr>
            <th>From</th>
            {grid?.lanes.map((lane) => (
              <th key={lane.key} className="num">
                <Name text={nameLane(lane)} />
              </th>
            ))}
            <th className="num">Total</th>
          </tr>
        </thead>
        <tbody>
          {grid
            ? buckets.map((bucket) => (
                <tr key={bucket}>
                  <td>
                    <TimeText atMs={grid.startMs + bucket * grid.bucketMs} />
                  </td>
                  {grid.lanes.map((lane) => (
                    <td key={lane.key} className="num">
                      {lane.bytes[bucket] ? formatBytes(lane.bytes[bucket]) : ''}
                    </td>
                  ))}
                  <td className="num b">{formatBytes(grid.total[bucket] ?? 0)}</td>
                </tr>
              ))
            : null}
        </tbody>
      </table>
    </section>
  );
}
