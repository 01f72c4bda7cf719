import { formatBytes, formatClock, formatDay, formatTime, utc } from '../base/format.ts';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import { shortText } from '../base/words.ts';
import type { DeviceSession } from '../model/evidence-answer.ts';
import { type Markup, markup } from './report-markup.ts';

/** Written volume of a process in one bucket. */
export interface VolumeBar {
  readonly startMs: number;
  readonly process: string;
  readonly writtenBytes: number;
}

/** What the picture of a finding shows. */
export interface TimelineInput {
  readonly startMs: number;
  readonly endMs: number;
  readonly process: string;
  readonly device: string;
  readonly score: number;
  readonly sessions: readonly DeviceSession[];
  readonly deviceNames: ReadonlyMap<string, string>;
  readonly bars: readonly VolumeBar[];
  readonly bucketMs: number;
}

const width = 660;
const gutter = 150;
const laneHeight = 19;
const plotHeight = 66;
const maxLanes = 8;

/** Steps between two marks on the axis. */
const ticks = [
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  30 * minuteMs,
  hourMs,
  2 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  7 * dayMs,
];

/**
 * Device connections and written volume around a finding, in black and white, so that it prints: filled is the device and
 * the process of the finding, hatched are all others, and an end without a cap was not recorded.
 */
export function timelinePicture(input: TimelineInput): Markup {
  const lengthMs = input.endMs - input.startMs;
  const padMs = Math.min(Math.max(lengthMs, 30 * minuteMs), 2 * hourMs);
  const fromMs = input.startMs - padMs;
  const toMs = input.endMs + padMs;
  const x = (atMs: number) =>
    gutter + ((Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / (toMs - fromMs)) * (width - gutter - 8);
  const at = (value: number) => value.toFixed(1);

  const lanes = [...new Set([input.device, ...input.sessions.map((session) => session.device)])].slice(0, maxLanes);
  const lanesTop = 18;
  const plotTop = lanesTop + lanes.length * laneHeight + 8;
  const plotBottom = plotTop + plotHeight;
  const height = plotBottom + 20;

  const step = ticks.find((one) => (toMs - fromMs) / one <= 8) ?? 7 * dayMs;
  const marks: Markup[] = [];
  for (let tick = Math.ceil(fromMs / step) * step; tick <= toMs; tick += step) {
    const isFirst = marks.length === 0;
    const text = step >= dayMs ? formatDay(tick, utc) : formatClock(tick, utc);
    marks.push(
      markup`<text x="${at(x(tick))}" y="10" font-size="10" text-anchor="${isFirst && x(tick) < gutter + 14 ? 'start' : x(tick) > width - 26 ? 'end' : 'middle'}">${text}</text><path d="M${at(x(tick))} 14V${at(plotBottom)}" stroke="#bbb" stroke-width=".5"/>`,
    );
  }

  const laneMarks = lanes.map((device, lane) => {
    const top = lanesTop + lane * laneHeight;
    const isOwn = device === input.device;
    const name = shortText(input.deviceNames.get(device) ?? device, 24);
    const spans = input.sessions
      .filter((session) => session.device === device)
      .map((session) => {
        const left = x(session.connectedMs ?? session.firstActivityMs);
        const right = Math.max(x(session.disconnectedMs ?? session.lastActivityMs), left + 1);
        const isOpen = session.connectedMs === undefined || session.disconnectedMs === undefined;
        const fill = isOwn ? '#000' : '#fff';
        const caps = [session.connectedMs, session.disconnectedMs]
          .filter((ms) => ms !== undefined && ms >= fromMs && ms <= toMs)
          .map((ms) => markup`<path d="M${at(x(ms ?? 0))} ${top + 2}v13" stroke="#000" stroke-width="1.5"/>`);
        return markup`<rect x="${at(left)}" y="${top + 5}" width="${at(right - left)}" height="7" fill="${fill}" stroke="#000" stroke-width=".75"${isOpen ? markup` stroke-dasharray="3 2"` : ''}/>${caps}`;
      });
    return markup`<text x="0" y="${top + 12}" font-size="10"${isOwn ? markup` font-weight="650"` : ''}>${name}</text>${spans}`;
  });

  const inSpan = input.bars.filter((bar) => bar.startMs + input.bucketMs > fromMs && bar.startMs < toMs);
  const starts = [...new Set(inSpan.map((bar) => bar.startMs))];
  const sums = starts.map((startMs) =>
    inSpan.filter((bar) => bar.startMs === startMs).reduce((sum, bar) => sum + bar.writtenBytes, 0),
  );
  const highest = Math.max(1, ...sums);
  const barWidth = Math.max(1, ((width - gutter - 8) * input.bucketMs) / (toMs - fromMs) - 0.7);
  const barMarks = starts.map((startMs) => {
    let bottom = plotBottom;
    const own = inSpan.filter((bar) => bar.startMs === startMs && bar.process === input.process);
    const others = inSpan.filter((bar) => bar.startMs === startMs && bar.process !== input.process);
    return [own, others].map((bars, index) => {
      const tall = (bars.reduce((sum, bar) => sum + bar.writtenBytes, 0) / highest) * plotHeight;
      if (tall < 0.2) return undefined;
      bottom -= tall;
      return markup`<rect x="${at(x(startMs))}" y="${at(bottom)}" width="${at(barWidth)}" height="${at(tall)}" fill="${index === 0 ? '#000' : 'url(#hatch)'}" stroke="#000" stroke-width=".5"/>`;
    });
  });
  const others = new Set(inSpan.map((bar) => bar.process).filter((process) => process !== input.process)).size;
  const findingX = x(input.startMs);
  // The first bar begins with its bucket, before the finding: the label stands clear of it.
  const labelX = Math.min(findingX, x(Math.floor(input.startMs / input.bucketMs) * input.bucketMs));
  const isLeft = labelX > gutter + 60;

  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Device connections and written volume around the finding"><defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="4" fill="#fff"/><path d="M0 0V4" stroke="#000" stroke-width="1.5"/></pattern></defs><text x="0" y="10" font-size="10">${formatTime(fromMs, utc).replace(/ \d\d:\d\d$/, '')}, UTC</text>${marks}${laneMarks}<text x="0" y="${plotTop + 26}" font-size="10" font-weight="650">Written per ${Math.round(input.bucketMs / minuteMs)} min</text><text x="0" y="${plotTop + 39}" font-size="10">event sum</text><text x="${gutter - 6}" y="${plotTop + 8}" font-size="10" text-anchor="end">${formatBytes(highest)}</text><text x="${gutter - 6}" y="${plotBottom}" font-size="10" text-anchor="end">0</text><path d="M${gutter} ${plotBottom + 0.5}H${width - 8}M${gutter} ${plotTop}H${width - 8}" stroke="#000" stroke-width=".5"/>${barMarks}<path d="M${at(findingX)} 14V${plotBottom}" stroke="#000" stroke-dasharray="2 2"/><text x="${at(isLeft ? labelX - 4 : width - 8)}" y="${plotTop + 12}" font-size="10" font-weight="650" text-anchor="end">score ${Math.round(input.score)}</text><rect x="${gutter}" y="${plotBottom + 6}" width="9" height="9"/><text x="${gutter + 13}" y="${plotBottom + 14}" font-size="10">${shortText(input.process, 32)}</text><rect x="${gutter + 230}" y="${plotBottom + 6}" width="9" height="9" fill="url(#hatch)" stroke="#000" stroke-width=".5"/><text x="${gutter + 243}" y="${plotBottom + 14}" font-size="10">other processes (${others})</text></svg>`;
}
