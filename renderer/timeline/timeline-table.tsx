import { type ReactNode, useId } from 'react';
import type { Span } from '../../shared/base/time.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { goTo } from '../state.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { deviceName } from '../widgets/device-name.ts';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatCount } from '../window-format.ts';
import { deviceNote } from './device-note.ts';
import { nameLane, visibleBuckets } from './lanes.ts';
import { showNote } from './show-note.ts';
import { nameBucket, overlaps } from './span.ts';
import type { TimelineData } from './use-timeline.ts';

/** One of the tables, under what it holds; its rows can be copied. */
function TwinTable({ caption, rows, children }: { caption: string; rows: readonly object[]; children: ReactNode }) {
  const id = useId();
  return (
    <>
      <div className="row table-caption">
        <h3 id={id} className="grow">
          {caption}
        </h3>
        <CopyList rows={rows} />
      </div>
      <table aria-labelledby={id}>{children}</table>
    </>
  );
}

/** The timeline as tables, with the same content: what a screen reader reads, and what can be copied. */
export function TimelineTable({
  data,
  span,
  finding: selected,
}: {
  data: TimelineData;
  span: Span;
  /** The selected finding: what is new to it is said of its device. */
  finding: FindingRow | undefined;
}) {
  const grid = data.grid;
  const { from, to } = grid ? visibleBuckets(grid, span) : { from: 0, to: 0 };
  const buckets = grid
    ? Array.from({ length: to - from }, (_, index) => from + index).filter((bucket) => (grid.total[bucket] ?? 0) > 0)
    : [];
  const notes = data.notes.filter((note) => overlaps(span, note.aboutMs, note.aboutMs));
  const findings = data.findings.filter((finding) => overlaps(span, finding.startMs, finding.endMs));
  const connections = data.devices.flatMap((lane) =>
    lane.sessions.map((session) => ({
      name: deviceName(lane.device, data.deviceOf.get(lane.device)),
      ...session,
      remark: deviceNote(lane.device, data.deviceOf.get(lane.device), selected)?.text,
    })),
  );
  const volumes = grid
    ? buckets.map((bucket) =>
        Object.fromEntries([
          ['fromMs', grid.startMs + bucket * grid.bucketMs],
          ...grid.lanes.map((lane) => [nameLane(lane), lane.bytes[bucket] ?? 0]),
          ['total', grid.total[bucket] ?? 0],
        ]),
      )
    : [];
  return (
    <section className="scroll timeline-table" aria-label={texts.tables} tabIndex={-1}>
      <TwinTable caption={texts.findingsIn(findings.length, data.findingsTotal > data.findings.length)} rows={findings}>
        <thead>
          <tr>
            <th className="num">{texts.heads.score}</th>
            <th>{texts.heads.process}</th>
            <th>{texts.heads.host}</th>
            <th>{texts.heads.from}</th>
            <th>{texts.heads.to}</th>
            <th className="num">{texts.heads.eventSum}</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <tr key={finding.id}>
              <td className="num">{formatCount(Math.round(finding.score))}</td>
              <td>
                <button type="button" className="link" onClick={() => goTo({ findingId: finding.id })}>
                  <Name text={finding.process} />
                </button>
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
      </TwinTable>
      {notes.length > 0 ? (
        <TwinTable caption={texts.notesIn(notes.length)} rows={notes}>
          <thead>
            <tr>
              <th>{texts.heads.about}</th>
              <th>{texts.heads.note}</th>
              <th>{texts.heads.by}</th>
              <th>{texts.heads.case}</th>
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
                    {texts.entry(note.caseId, note.seq)}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </TwinTable>
      ) : null}
      <TwinTable
        caption={texts.connectionsIn(
          data.devices.reduce((sum, lane) => sum + lane.sessions.length, 0),
          data.hiddenDevices,
        )}
        rows={connections}
      >
        <thead>
          <tr>
            <th>{texts.heads.device}</th>
            <th>{texts.heads.host}</th>
            <th>{texts.heads.volume}</th>
            <th>{texts.heads.connected}</th>
            <th>{texts.heads.disconnected}</th>
            <th>{texts.heads.knownFrom}</th>
            <th>{texts.heads.remark}</th>
          </tr>
        </thead>
        <tbody>
          {data.devices.flatMap((lane) =>
            lane.sessions.map((session) => (
              <tr key={`${lane.device} ${session.host} ${session.firstActivityMs} ${session.volume}`}>
                <td>
                  <button
                    type="button"
                    className="link"
                    onClick={() => goTo({ view: 'devices', deviceId: lane.device })}
                  >
                    <Name text={deviceName(lane.device, data.deviceOf.get(lane.device))} />
                  </button>
                </td>
                <td>
                  <Name text={session.host} />
                </td>
                <td>{session.volume ? <Name text={session.volume} /> : texts.unknown}</td>
                <td>
                  {session.connectedMs === undefined ? (
                    <>
                      {texts.notRecordedSince} <TimeText atMs={session.firstActivityMs} seconds />
                    </>
                  ) : (
                    <TimeText atMs={session.connectedMs} seconds />
                  )}
                </td>
                <td>
                  {session.disconnectedMs === undefined ? (
                    <>
                      {texts.notRecordedUntil} <TimeText atMs={session.lastActivityMs} seconds />
                    </>
                  ) : (
                    <TimeText atMs={session.disconnectedMs} seconds />
                  )}
                </td>
                <td>{session.source === 'events' ? texts.deviceEvents : texts.writesOnly}</td>
                <td>{deviceNote(lane.device, data.deviceOf.get(lane.device), selected)?.text ?? ''}</td>
              </tr>
            )),
          )}
        </tbody>
      </TwinTable>
      <TwinTable caption={texts.volumesIn(nameBucket(data.bucketMs), buckets.length, to - from)} rows={volumes}>
        <thead>
          <tr>
            <th>{texts.heads.from}</th>
            {grid?.lanes.map((lane) => (
              <th key={lane.key} className="num">
                <Name text={nameLane(lane)} />
              </th>
            ))}
            <th className="num">{texts.heads.total}</th>
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
      </TwinTable>
    </section>
  );
}
