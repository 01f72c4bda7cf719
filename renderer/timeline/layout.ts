/** Left gutter of everything on the time axis: names left, figures right, so all bands share one x. */
export const gutterPx = 192;
/** Air right of the axis. */
export const rightPx = 12;

const axisPx = 24;
const findingsPx = 24;
const notesPx = 24;
const devicePx = 24;
const leastTotalPx = 56;
const mostTotalPx = 112;
const processPx = 20;

/** Where each band lies, in CSS pixels from the top. */
export interface TimelineLayout {
  readonly axisBottom: number;
  readonly findingsTop: number;
  /** Absent where there are no notes to show. */
  readonly notesTop: number | undefined;
  readonly deviceTops: readonly number[];
  /** Top of the line that says how many devices are not shown; absent where all are. */
  readonly moreTop: number | undefined;
  readonly totalTop: number;
  readonly totalBottom: number;
  readonly laneTops: readonly number[];
  readonly bottom: number;
}

/** Stacks the bands: axis, findings, notes, devices, total, one lane per process. */
export function layOut(
  devices: number,
  hiddenDevices: number,
  lanes: number,
  { paneHeight = 0, hasNotes = false }: { readonly paneHeight?: number; readonly hasNotes?: boolean } = {},
): TimelineLayout {
  // A higher pane gives the total more room; the lanes below it keep theirs.
  const totalPx = Math.round(Math.min(mostTotalPx, Math.max(leastTotalPx, paneHeight * 0.11)));
  let y = axisPx;
  const findingsTop = y;
  y += findingsPx;
  const notesTop = hasNotes ? y : undefined;
  if (hasNotes) y += notesPx;
  const deviceTops = Array.from({ length: devices }, (_, index) => y + index * devicePx);
  y += devices * devicePx;
  const moreTop = hiddenDevices > 0 ? y : undefined;
  if (hiddenDevices > 0) y += processPx;
  const totalTop = y + 12;
  const totalBottom = totalTop + totalPx;
  y = totalBottom + 8;
  const laneTops = Array.from({ length: lanes }, (_, index) => y + index * processPx);
  y += lanes * processPx;
  return {
    axisBottom: axisPx,
    findingsTop,
    notesTop,
    deviceTops,
    moreTop,
    totalTop,
    totalBottom,
    laneTops,
    bottom: y + 2,
  };
}

export const laneHeightPx = processPx;

/** The top of a scale: the next of 1, 1.5, 2, 3, 5, 7.5 times a power of ten. */
export function niceMax(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 5, 7.5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}
