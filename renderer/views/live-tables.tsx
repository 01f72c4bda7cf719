import type { TimeZone } from '../../shared/base/format.ts';
import { minuteMs } from '../../shared/base/time.ts';
import type { LiveProcessRow, LiveState } from '../../shared/model/live.ts';
import { emptyEvidence, goTo, useZone } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { clampSpan } from '../timeline/span.ts';
import { deviceName } from '../widgets/device-name.ts';
import { Meter } from '../widgets/meter.tsx';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatClock, formatCount } from '../window-format.ts';
import { LiveActions } from './live-action.tsx';
import { deviceTitle, laneColours, mostLanes } from './live-words.ts';

/** An amount with how well it is known: ≈ when sampled, low–high when a range. */
function Amount({ row }: { row: LiveProcessRow }) {
  if (row.quality === 'sampled') return <>≈ {formatBytes(row.minBytes)}</>;
  if (row.quality === 'range' && row.maxBytes !== undefined && row.maxBytes > row.minBytes) {
    return (
      <>
        {formatBytes(row.minBytes)} <span className="faint t11">{texts.upTo(formatBytes(row.maxBytes))}</span>
      </>
    );
  }
  return <>{formatBytes(row.minBytes)}</>;
}

/** The best score of the process in this capture; a dash while none of its writes made a finding. */
function Rarity({ state, process }: { state: LiveState; process: string }) {
  const scores = state.findings.filter((finding) => finding.process === process).map(({ score }) => score);
  if (scores.length === 0) return <span className="faint">–</span>;
  const best = Math.max(...scores);
  return (
    <span className="with-value">
      <Meter score={best} />
      <span>{formatCount(Math.round(best))}</span>
    </span>
  );
}

/** `22:32:38.412`: files follow each other faster than seconds. */
const formatMoment = (atMs: number, zone: TimeZone) => formatClock(atMs, zone, 'milliseconds');

const shownFiles = 50;

/** Processes that write, and the newest files. */
export function LiveTables({ state }: { state: LiveState }) {
  const zone = useZone();
  const names = new Map(state.devices.map((device) => [device.device, deviceTitle(device)]));
  const colourOf = new Map(
    state.processes
      .slice(0, mostLanes)
      .map((row, index) => [row.process.key, row.rates ? (laneColours[index] ?? 'c6') : 'c6']),
  );
  return (
    <>
      <div className="bar table-bar">
        <h2>{texts.processesWriting}</h2>
        <span className="t11 faint">
          {texts.processesShown(formatCount(state.processes.length), formatCount(state.processCount))}
        </span>
        <span className="grow" />
        <span className="t11 faint">{texts.rates}</span>
      </div>
      <section className="scroll" aria-label={texts.tables}>
        <table className="live-table">
          <thead>
            <tr>
              <th scope="col">{texts.process}</th>
              <th scope="col">{texts.device}</th>
              <th scope="col" className="num">
                {texts.now}
              </th>
              <th scope="col" className="num wide">
                {texts.peak}
              </th>
              <th scope="col" className="num">
                {texts.writtenDistinct}
              </th>
              <th scope="col" className="num">
                {texts.files}
              </th>
              <th scope="col">{texts.howMeasured}</th>
              <th scope="col">{texts.rarity}</th>
            </tr>
          </thead>
          <tbody>
            {state.processes.slice(0, 20).map((row) => (
              <tr key={row.process.key}>
                <td className="cell-name">
                  <span className="row">
                    <i className={`swatch ${colourOf.get(row.process.key) ?? 'c6'}`} />
                    <span className="clip" title={row.process.commandLine ?? row.process.executable}>
                      <Name text={row.process.name || texts.endedProcess} />{' '}
                      <span className="faint t11">{texts.pid(row.process.pid)}</span>
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
                <td className="num wide">{formatBytes(row.peakBytesPerSecond)}/s</td>
                <td className="num">
                  <Amount row={row} />
                </td>
                <td className="num">{formatCount(row.files)}</td>
                <td>
                  <span
                    className={`tag ${row.quality === 'exact' ? '' : 'warn'}`}
                    title={texts.qualities[row.quality].says}
                  >
                    {texts.qualities[row.quality].tag}
                  </span>
                </td>
                <td className="with-actions">
                  <span className="row">
                    <Rarity state={state} process={row.process.name} />
                    <LiveActions
                      label={texts.actOn(row.process.name || texts.theProcess)}
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
                <td colSpan={8}>{texts.nobodyWrote}</td>
              </tr>
            ) : null}
          </tbody>
        </table>
        <div className="bar">
          <h2>{texts.latestFiles}</h2>
          <span className="t11 faint">
            {texts.filesShown(formatCount(Math.min(shownFiles, state.files.length)), formatCount(state.fileCount))}
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
            {texts.openInInvestigate}
          </button>
        </div>
        <table className="live-table files">
          <thead>
            <tr>
              <th scope="col">{texts.time}</th>
              <th scope="col">{texts.process}</th>
              <th scope="col">{texts.what}</th>
              <th scope="col">{texts.path}</th>
              <th scope="col" className="num">
                {texts.size}
              </th>
            </tr>
          </thead>
          <tbody>
            {state.files.slice(0, shownFiles).map((file) => (
              <tr key={`${file.atMs} ${file.processKey} ${file.path}`}>
                <td className="dim tn">{formatMoment(file.atMs, zone)}</td>
                <td className="cell-name">
                  <span className="row">
                    <i className={`swatch ${colourOf.get(file.processKey) ?? 'c6'}`} />
                    <span className="clip">
                      <Name text={file.processName} isClipped />
                    </span>
                  </span>
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
