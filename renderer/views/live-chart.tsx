import { useMemo, useRef } from 'react';
import { formatOffset, zoneOffsetMinutes } from '../../shared/base/format.ts';
import { minuteMs } from '../../shared/base/time.ts';
import type { LiveState } from '../../shared/model/live.ts';
import { useZone } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { usePalette } from '../theme.ts';
import { drawLive, type LiveLane, layOutLive } from '../timeline/draw-live.ts';
import { gutterPx } from '../timeline/layout.ts';
import { useCanvas, useSize } from '../timeline/use-canvas.ts';
import { Name } from '../widgets/name.tsx';
import { formatClock } from '../window-format.ts';
import { deviceTitle, laneColours, mostLanes, mountsOf } from './live-words.ts';

/** Devices and write rates of the last minutes, up to now. */
export function LiveChart({ state, lengthMs }: { state: LiveState; lengthMs: number }) {
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
      gaps: state.problems.filter(({ kind }) => kind !== 'problem'),
      clock: (atMs) => formatClock(atMs, zone, lengthMs < 2 * minuteMs),
      exactClock: (atMs) => formatClock(atMs, zone, true),
      nowText: formatClock(state.nowMs, zone, true),
    }),
  );
  return (
    <div
      ref={body}
      className="timeline"
      role="img"
      aria-label={texts.chart(
        lengthMs / minuteMs,
        texts.countedDevices(devices.length),
        texts.countedProcesses(lanes.length),
      )}
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
            <Name text={row.process.name || texts.endedProcess} className="clip" isClipped />
          </span>
        ))}
      </div>
    </div>
  );
}
