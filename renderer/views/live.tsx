import {
  IconDeviceUsb,
  IconFlag,
  IconInfoCircle,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
} from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatCounted,
  formatDuration,
  formatOffset,
  zoneOffsetMinutes,
} from '../../shared/base/format.ts';
import { minuteMs } from '../../shared/base/time.ts';
import type {
  LiveDevice,
  LiveDeviceNote,
  LiveProcessRow,
  LiveState,
  LiveTotals,
  WriteQuality,
} from '../../shared/model/live.ts';
import { useLend } from '../commands.ts';
import { useLive } from '../live-watch.ts';
import { useAct } from '../queries.ts';
import { emptyEvidence, goTo, useZone } from '../state.ts';
import { usePalette } from '../theme.ts';
import { drawLive, type LiveLane, layOutLive } from '../timeline/draw-live.ts';
import type { LaneColour } from '../timeline/lanes.ts';
import { gutterPx } from '../timeline/layout.ts';
import { clampSpan } from '../timeline/span.ts';
import { useCanvas, useSize } from '../timeline/use-canvas.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { deviceName, identityText } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { LiveActions } from './live-action.tsx';
import './live.css';

const lengths = [
  { value: '1', title: '1 min' },
  { value: '5', title: '5 min' },
  { value: '30', title: '30 min' },
] as const;

const qualityWords: Readonly<Record<WriteQuality, { readonly tag: string; readonly says: string }>> = {
  exact: { tag: 'exact', says: 'Every write of it was seen.' },
  range: { tag: 'range', says: 'Between what its files grew by and what it wrote in all.' },
  sampled: { tag: 'sampled', says: 'Read every so often: short writes can be missed.' },
};

const noteWords: Readonly<Record<LiveDeviceNote, string>> = {
  'no-medium': 'no card or disk in it',
  'no-partition-table': 'no partitions',
  'no-file-system': 'no known file system',
  'serial-shared': 'another connected device has the same serial',
  'pulled-while-mounted': 'pulled while a volume was mounted',
  'not-authorized': 'refused by the system',
  'partly-unreadable': 'partly unreadable',
};

const mostLanes = 5;
const laneColours: readonly LaneColour[] = ['c1', 'c2', 'c3', 'c4', 'c5'];

/** This computer as it is now: devices, and who writes how much to them. */
export function LiveView() {
  const newest = useLive();
  const [held, setHeld] = useState<LiveState>();
  const [length, setLength] = useState<'1' | '5' | '30'>('5');
  const [isMarking, setIsMarking] = useState(false);
  const start = useAct('live.start');
  const stop = useAct('live.stop');
  const [startMutate, stopMutate] = [start.mutate, stop.mutate];
  const state = held ?? newest;
  const isRunning = newest?.phase === 'running';
  useLend(
    'live',
    useMemo(
      () => ({
        start: () => startMutate({ asAdministrator: false, paths: [] }),
        stop: () => stopMutate({}),
        hold: () => setHeld((before) => (before ? undefined : newest)),
        mark: () => setIsMarking(true),
        isRunning,
      }),
      [startMutate, stopMutate, newest, isRunning],
    ),
  );

  if (!state || (state.phase === 'off' && state.processes.length === 0 && state.files.length === 0)) {
    return (
      <div className="live-off">
        <section className="pane" aria-label="Live capture">
          <EmptyState
            icon={IconDeviceUsb}
            title={
              state?.phase === 'starting' || start.isPending ? 'Starting the capture' : 'This computer is not watched'
            }
            actions={
              <>
                <button
                  type="button"
                  className="btn sm primary"
                  disabled={start.isPending}
                  onClick={() => start.mutate({ asAdministrator: false, paths: [] })}
                >
                  Watch this computer
                </button>
                {state?.method.wouldAdd ? (
                  <button
                    type="button"
                    className="btn sm quiet"
                    disabled={start.isPending}
                    onClick={() => start.mutate({ asAdministrator: true, paths: [] })}
                  >
                    Watch as administrator
                  </button>
                ) : null}
              </>
            }
          >
            Portside shows devices as they come and go, and which process writes how much to them. What it sees is
            stored like imported events. {state?.method.sentence} {state?.method.wouldAdd}
          </EmptyState>
          {start.error ? (
            <div className="page-note">
              <FailureNotice error={start.error} />
            </div>
          ) : null}
        </section>
        <ConnectedPane state={state} />
      </div>
    );
  }
  return (
    <div className="live">
      <section className="pane" aria-label="Live capture">
        <LiveBar
          state={state}
          isHeld={held !== undefined}
          length={length}
          onLength={setLength}
          onHold={() => setHeld(held ? undefined : newest)}
          onMark={() => setIsMarking(!isMarking)}
        />
        {isMarking ? <MarkForm onDone={() => setIsMarking(false)} /> : null}
        {start.error || stop.error ? (
          <div className="page-note">
            <FailureNotice error={start.error ?? stop.error} />
          </div>
        ) : null}
        <LiveFigures state={state} />
        <LiveChart state={state} lengthMs={Number(length) * minuteMs} />
        <LiveTables state={state} />
      </section>
      <ConnectedPane state={state} />
    </div>
  );
}

function LiveBar({
  state,
  isHeld,
  length,
  onLength,
  onHold,
  onMark,
}: {
  state: LiveState;
  isHeld: boolean;
  length: '1' | '5' | '30';
  onLength: (length: '1' | '5' | '30') => void;
  onHold: () => void;
  onMark: () => void;
}) {
  const zone = useZone();
  const isOn = state.phase === 'running';
  return (
    <div className="bar">
      <h2 className="clip">
        Live on <Name text={state.host} />
      </h2>
      <span className="t12 faint clip">
        {isOn && state.startedMs !== undefined
          ? `this computer, since ${formatClock(state.startedMs, zone, true)}`
          : 'stopped'}
      </span>
      <span className="grow" />
      <Segments label="Length of the live view" value={length} options={lengths} onChange={onLength} />
      <button
        type="button"
        className="btn sm"
        title="Freeze the view; the capture goes on (Space)"
        aria-pressed={isHeld}
        onClick={onHold}
      >
        <Icon of={isHeld ? IconPlayerPlay : IconPlayerPause} />
        {isHeld ? 'Follow again' : 'Hold view'}
      </button>
      <button type="button" className="btn sm" title="Mark this moment with a note (M)" onClick={onMark}>
        <Icon of={IconFlag} />
        <span className="wide">Mark</span>
      </button>
      {isOn ? (
        <CommandButton id="live.stop" title="Stop" icon={IconPlayerStop} className="btn sm" />
      ) : (
        <CommandButton id="live.start" title="Watch" icon={IconPlayerPlay} className="btn sm primary" />
      )}
    </div>
  );
}

function MarkForm({ onDone }: { onDone: () => void }) {
  const mark = useAct('live.mark');
  const [note, setNote] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="bar"
      onSubmit={(event) => {
        event.preventDefault();
        mark.mutate({ note: note.trim() }, { onSuccess: onDone });
      }}
    >
      <input
        ref={field}
        className="field grow"
        aria-label="Note for this moment"
        placeholder="What happens now"
        maxLength={4096}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
        }}
      />
      <button type="submit" className="btn sm" disabled={mark.isPending}>
        Mark this moment
      </button>
    </form>
  );
}

const attributed = (totals: LiveTotals) => totals.exactBytes + totals.rangeBytes + totals.sampledBytes;

function LiveFigures({ state }: { state: LiveState }) {
  const rate = state.processes.reduce((sum, row) => sum + row.bytesPerSecond, 0);
  const all = attributed(state.totals) + state.totals.unattributedBytes;
  const share = all > 0 ? (100 * attributed(state.totals)) / all : undefined;
  const best = state.findings[0];
  const [rateFigure = '', rateUnit = ''] = formatBytes(rate).split(' ');
  const [sumFigure = '', sumUnit = ''] = formatBytes(all).split(' ');
  const connected = state.devices.filter(
    (device) => device.disconnectedMs === undefined && device.kind === 'storage',
  ).length;
  return (
    <dl className="live-figures">
      <div>
        <dt>Writing now</dt>
        <dd>
          {rateFigure} <small>{rateUnit}/s</small>
        </dd>
      </div>
      <div>
        <dt>Written since start</dt>
        <dd>
          {sumFigure}{' '}
          <small>
            {sumUnit}, {formatCounted(connected, 'storage device', 'storage devices')} connected
          </small>
        </dd>
      </div>
      <div>
        <dt>Attributed to a process</dt>
        <dd>
          {share === undefined ? '–' : share.toFixed(1)} <small>{share === undefined ? '' : '%'}</small>
        </dd>
      </div>
      <div>
        <dt>Findings in this capture</dt>
        <dd>
          {formatCount(state.findings.length)}{' '}
          {best ? (
            <small>
              <button
                type="button"
                className="link"
                onClick={() =>
                  goTo(
                    { view: 'investigate', findingId: best.id },
                    {
                      evidence: { ...emptyEvidence, hosts: [state.host] },
                      span: clampSpan({ startMs: best.startMs - 30 * minuteMs, endMs: best.startMs + 30 * minuteMs }),
                    },
                  )
                }
              >
                <Name text={best.process} />, {Math.round(best.score)}
              </button>
            </small>
          ) : null}
        </dd>
      </div>
    </dl>
  );
}

const deviceTitle = (device: LiveDevice) => deviceName(device.device, device);
const mountsOf = (device: LiveDevice) => device.volumes.map((volume) => volume.mountPoint ?? volume.node).join(' ');

function LiveChart({ state, lengthMs }: { state: LiveState; lengthMs: number }) {
  const zone = useZone();
  const palette = usePalette();
  const body = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(body);
  const lanes: readonly LiveLane[] = useMemo(
    () =>
      state.processes
        .filter((row) => row.rates !== undefined)
        .slice(0, mostLanes)
        .map((row, index) => ({ row, colour: laneColours[index] ?? 'c6' })),
    [state.processes],
  );
  const devices = state.devices.filter((device) => device.kind === 'storage').slice(0, 4);
  const layout = layOutLive(devices.length, lanes.length);
  useCanvas(canvas, width, layout.height, (context) =>
    drawLive(context, {
      width,
      palette,
      nowMs: state.nowMs,
      lengthMs,
      startedMs: state.startedMs,
      devices,
      lanes,
      clock: (atMs) => formatClock(atMs, zone, lengthMs < 2 * minuteMs),
      nowText: formatClock(state.nowMs, zone, true),
    }),
  );
  return (
    <div
      ref={body}
      className="timeline"
      role="img"
      aria-label={`The last ${lengthMs / minuteMs} minutes: ${formatCounted(devices.length, 'device', 'devices')}, write rates of ${formatCounted(lanes.length, 'process', 'processes')}. The table below has the figures.`}
      style={{ height: layout.height }}
    >
      <canvas ref={canvas} />
      <div className="gutter" style={{ height: layout.height, width: gutterPx }}>
        <span className="gutter-line faint t11" style={{ top: 4 }}>
          {formatOffset(zoneOffsetMinutes(state.nowMs, zone))}
        </span>
        {devices.map((device, index) => (
          <span key={device.key} className="gutter-line" style={{ top: (layout.deviceTops[index] ?? 0) + 4 }}>
            <Name
              text={deviceTitle(device)}
              className={device.disconnectedMs === undefined ? 'clip' : 'clip faint'}
              isClipped
            />
            <span className="faint t11 clip lane-aside">
              <Name text={mountsOf(device)} />
            </span>
          </span>
        ))}
        {lanes.map(({ row, colour }, index) => (
          <span key={row.process.key} className="gutter-line lane" style={{ top: (layout.laneTops[index] ?? 0) + 10 }}>
            <i className={`swatch ${colour}`} />
            <Name text={row.process.name || 'ended process'} className="clip" isClipped />
          </span>
        ))}
      </div>
    </div>
  );
}

/** An amount with how well it is known: ≈ when sampled, low–high when a range. */
function Amount({ row }: { row: LiveProcessRow }) {
  if (row.quality === 'sampled') return <>≈ {formatBytes(row.minBytes)}</>;
  if (row.quality === 'range' && row.maxBytes !== undefined && row.maxBytes > row.minBytes) {
    return (
      <>
        {formatBytes(row.minBytes)} <span className="faint t11">to {formatBytes(row.maxBytes)}</span>
      </>
    );
  }
  return <>{formatBytes(row.minBytes)}</>;
}

const shownFiles = 50;

function LiveTables({ state }: { state: LiveState }) {
  const zone = useZone();
  const names = new Map(state.devices.map((device) => [device.device, deviceTitle(device)]));
  return (
    <>
      <div className="bar table-bar">
        <h2>Processes writing</h2>
        <span className="t11 faint">
          {formatCount(state.processes.length)} of {formatCount(state.processCount)} that wrote
        </span>
        <span className="grow" />
        <span className="t11 faint">Rates: mean of the last 5 s</span>
      </div>
      <section className="scroll" aria-label="Processes and files of the capture">
        <table className="live-table">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">Device</th>
              <th scope="col" className="num">
                Now
              </th>
              <th scope="col" className="num">
                Peak
              </th>
              <th scope="col" className="num">
                Written, distinct
              </th>
              <th scope="col" className="num">
                Files
              </th>
              <th scope="col">How measured</th>
            </tr>
          </thead>
          <tbody>
            {state.processes.slice(0, 20).map((row, index) => (
              <tr key={row.process.key}>
                <td className="cell-name">
                  <span className="row">
                    <i className={`swatch ${index < mostLanes && row.rates ? (laneColours[index] ?? 'c6') : 'c6'}`} />
                    <span className="clip" title={row.process.commandLine ?? row.process.executable}>
                      <Name text={row.process.name || 'ended process'} />{' '}
                      <span className="faint t11">pid {row.process.pid}</span>
                    </span>
                  </span>
                </td>
                <td className="dim clip device-cell">
                  <Name
                    text={[
                      ...row.devices.map((device) => names.get(device) ?? deviceName(device, undefined)),
                      ...row.mountPoints,
                    ].join(' ')}
                    isClipped
                  />
                </td>
                <td className="num b">{formatBytes(row.bytesPerSecond)}/s</td>
                <td className="num">{formatBytes(row.peakBytesPerSecond)}/s</td>
                <td className="num">
                  <Amount row={row} />
                </td>
                <td className="num">{formatCount(row.files)}</td>
                <td className="with-actions">
                  <span className="row">
                    <span
                      className={`tag ${row.quality === 'exact' ? '' : 'warn'}`}
                      title={qualityWords[row.quality].says}
                    >
                      {qualityWords[row.quality].tag}
                    </span>
                    <LiveActions
                      label={`Act on ${row.process.name || 'the process'}`}
                      actions={[
                        { kind: 'halt-process', processKey: row.process.key },
                        { kind: 'continue-process', processKey: row.process.key },
                        { kind: 'end-process', processKey: row.process.key },
                      ]}
                    />
                  </span>
                </td>
              </tr>
            ))}
            {state.processes.length === 0 ? (
              <tr className="sub">
                <td colSpan={7}>No process wrote to a removable volume yet.</td>
              </tr>
            ) : null}
          </tbody>
        </table>
        <div className="bar">
          <h2>Latest files</h2>
          <span className="t11 faint">
            {formatCount(Math.min(shownFiles, state.files.length))} of {formatCount(state.fileCount)}, newest first
          </span>
          <span className="grow" />
          <button
            type="button"
            className="btn sm quiet"
            onClick={() =>
              goTo(
                { view: 'investigate' },
                {
                  evidence: { ...emptyEvidence, hosts: [state.host] },
                  span: clampSpan({
                    startMs: (state.startedMs ?? state.nowMs) - minuteMs,
                    endMs: state.nowMs + minuteMs,
                  }),
                },
              )
            }
          >
            Open in Investigate
          </button>
        </div>
        <table className="live-table files">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Process</th>
              <th scope="col">What</th>
              <th scope="col">Path</th>
              <th scope="col" className="num">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {state.files.slice(0, shownFiles).map((file) => (
              <tr key={`${file.atMs} ${file.processKey} ${file.path}`}>
                <td className="dim tn">{formatClock(file.atMs, zone, true)}</td>
                <td className="clip">
                  <Name text={file.processName} isClipped />
                </td>
                <td className="dim">{file.state.replaceAll('-', ' ')}</td>
                <td className="clip">
                  <code>
                    <Name text={file.path} isClipped />
                  </code>
                </td>
                <td className="num">{formatBytes(file.sizeBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function ConnectedPane({ state }: { state: LiveState | undefined }) {
  const storage = state?.devices.filter((device) => device.kind === 'storage') ?? [];
  const others =
    state?.devices.filter((device) => device.kind !== 'storage' && device.disconnectedMs === undefined) ?? [];
  const connected = storage.filter((device) => device.disconnectedMs === undefined);
  const volumes = connected.reduce((sum, device) => sum + device.volumes.length, 0);
  return (
    <section className="pane" aria-label="Devices and capture quality">
      <div className="bar">
        <h2 className="grow">Connected now</h2>
        <span className="t11 faint">
          {state
            ? `${formatCounted(volumes, 'volume', 'volumes')} on ${formatCounted(connected.length, 'device', 'devices')}`
            : ''}
        </span>
      </div>
      <div className="scroll">
        {storage.map((device) => (
          <Connected key={device.key} device={device} nowMs={state?.nowMs ?? 0} />
        ))}
        {state && storage.length === 0 ? (
          <p className="page-note t12 dim">
            No storage device is connected. Plug one in: it shows here within a second.
          </p>
        ) : null}
        {others.length > 0 ? (
          <p className="page-note t11 faint">
            Also on the bus:{' '}
            {others
              .map((device) => deviceTitle(device))
              .slice(0, 8)
              .join(', ')}
            {others.length > 8 ? ` and ${others.length - 8} more` : ''}.
          </p>
        ) : null}
        {state && state.phase !== 'off' ? <Quality state={state} /> : null}
        {state?.marks.length ? <Marks state={state} /> : null}
      </div>
    </section>
  );
}

function Connected({ device, nowMs }: { device: LiveDevice; nowMs: number }) {
  const zone = useZone();
  const isGone = device.disconnectedMs !== undefined;
  return (
    <div className={isGone ? 'connected is-gone' : 'connected'}>
      <div className="row">
        <Icon of={IconDeviceUsb} />
        <b className="b grow clip">
          <Name text={deviceTitle(device)} isClipped />
        </b>
        {device.disconnectedMs === undefined ? null : (
          <span className="tag">removed {formatClock(device.disconnectedMs, zone, true)}</span>
        )}
      </div>
      <dl className="pairs">
        <dt>Connected</dt>
        <dd>
          {device.connectedMs === undefined
            ? 'before the capture began'
            : `${formatClock(device.connectedMs, zone, true)}, for ${formatDuration((device.disconnectedMs ?? nowMs) - device.connectedMs)}`}
        </dd>
        <dt>{device.volumes.length === 1 ? 'Volume' : 'Volumes'}</dt>
        <dd>
          {device.volumes.length === 0
            ? 'none'
            : device.volumes.map((volume) => (
                <span key={volume.node} className="volume">
                  <Name
                    text={[volume.mountPoint ?? 'not mounted', volume.label, volume.fileSystem]
                      .filter(Boolean)
                      .join(' ')}
                  />
                  {volume.sizeBytes === undefined ? '' : `, ${formatBytes(volume.sizeBytes)}`}
                  {volume.isReadOnly ? ', read only' : ''}
                </span>
              ))}
        </dd>
        <dt>Identity</dt>
        <dd>
          <code>
            <Name
              text={[
                device.vendorId && device.productId ? `${device.vendorId}:${device.productId}` : '',
                device.serial ?? '',
              ]
                .filter(Boolean)
                .join(' ')}
            />
          </code>
        </dd>
        <dt>How sure</dt>
        <dd>{identityText(device.identity)}</dd>
        <dt>Bus</dt>
        <dd>
          <Name text={`${device.busType} ${device.busPath}`} />
          {device.speedMbps === undefined ? '' : `, ${formatCount(device.speedMbps)} Mbit/s`}
        </dd>
        {device.notes.length > 0 ? (
          <>
            <dt>Note</dt>
            <dd className="warn">{device.notes.map((note) => noteWords[note]).join('; ')}</dd>
          </>
        ) : null}
      </dl>
      <div className="acts">
        <button
          type="button"
          className="btn sm quiet"
          onClick={() => goTo({ view: 'devices', deviceId: device.device })}
        >
          History
        </button>
        {isGone ? null : (
          <LiveActions
            label={`Act on ${deviceTitle(device)}`}
            actions={[
              ...device.volumes
                .flatMap((volume) =>
                  volume.mountPoint ? [{ kind: 'unmount' as const, mountPoint: volume.mountPoint }] : [],
                )
                .slice(0, 1),
              { kind: 'power-off', busPath: device.busPath },
              { kind: 'deny-new-devices' },
              { kind: 'allow-new-devices' },
            ]}
          />
        )}
      </div>
    </div>
  );
}

function Quality({ state }: { state: LiveState }) {
  const { totals } = state;
  const all = Math.max(1, attributed(totals) + totals.unattributedBytes);
  const parts = [
    { key: 'q1', title: 'Exact, every write seen', bytes: totals.exactBytes },
    { key: 'q2', title: 'Range, between two readings', bytes: totals.rangeBytes },
    { key: 'q3', title: 'Sampled', bytes: totals.sampledBytes },
    { key: 'q4', title: 'Unattributed remainder', bytes: totals.unattributedBytes },
  ];
  return (
    <>
      <div className="bar table-bar">
        <h2>Capture quality</h2>
      </div>
      <div className="quality">
        <p className="t12 dim">
          {formatBytes(totals.diskBytes)} reached the volumes by their own counters. Portside can say which process
          wrote it as follows.
        </p>
        <div
          className="quality-bar"
          role="img"
          aria-label={parts.map((part) => `${part.title} ${((100 * part.bytes) / all).toFixed(1)} %`).join(', ')}
        >
          {parts.map((part) =>
            part.bytes > 0 ? <i key={part.key} className={part.key} style={{ flexGrow: part.bytes / all }} /> : null,
          )}
        </div>
        <ul className="quality-list">
          {parts.map((part) => (
            <li key={part.key}>
              <i className={part.key} />
              <span>{part.title}</span>
              <span className="num">{formatBytes(part.bytes)}</span>
              <span className="num faint">{((100 * part.bytes) / all).toFixed(1)} %</span>
            </li>
          ))}
        </ul>
        <div className="note">
          <Icon of={IconInfoCircle} />
          <span>
            {state.method.sentence} {state.method.wouldAdd}
          </span>
        </div>
        {state.problems.slice(0, 5).map((problem) => (
          <div key={`${problem.atMs} ${problem.message}`} className="note warn">
            <Icon of={IconInfoCircle} />
            <span>
              <Name text={problem.message} /> {problem.hint ? <Name text={problem.hint} /> : null}
            </span>
          </div>
        ))}
      </div>
    </>
  );
}

function Marks({ state }: { state: LiveState }) {
  const zone = useZone();
  return (
    <>
      <div className="bar table-bar">
        <h2>Marks</h2>
        <span className="t11 faint">{state.marks.length}</span>
      </div>
      <ul>
        {state.marks.map((mark) => (
          <li key={mark.atMs} className="line-row">
            <span className="faint t11 tn">{formatClock(mark.atMs, zone, true)}</span>
            <Name text={mark.note || 'marked'} className="grow" />
          </li>
        ))}
      </ul>
    </>
  );
}
