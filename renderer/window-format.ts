import type { TimeZone } from '../shared/base/format.ts';
import type { FigureLocale } from '../shared/ipc/window-bridge.ts';
import { type FigureFormat, localeFigures, reportFigures, type TimeShown } from './figure-format.ts';

/**
 * Figures, dates and times as this window writes them. Everything it shows goes through here; what leaves it (cases,
 * copies, exports) is written in the fixed form of `shared/base/format.ts`.
 */
let current: FigureFormat = reportFigures;

/** Writes by the system's locale from now on, or as reports do. What is on screen has to be drawn again. */
export function setWindowFormat(choice: 'system' | 'report', system: FigureLocale): void {
  current = choice === 'report' ? reportFigures : localeFigures(system);
}

/** `3.10 GB`; the unit never leaves its figure at the end of a line. */
export function formatBytes(bytes: number): string {
  const { figure, unit } = current.bytes(bytes);
  return `${figure}\u00a0${unit}`;
}

/** The figure and the unit of an amount, where they are set apart. */
export function bytesParts(bytes: number): { readonly figure: string; readonly unit: string } {
  return current.bytes(bytes);
}

/** `9,412`. */
export function formatCount(count: number): string {
  return current.count(count);
}

/** `1 file`, `9,412 files`: a count with its noun. */
export function formatCounted(count: number, one: string, many: string): string {
  return `${current.count(count)} ${count === 1 ? one : many}`;
}

/** A number as a field has it: without groups. */
export function formatPlain(value: number): string {
  return current.plain(value);
}

/** A share of 0 … 1 as a percentage with `digits` decimals. */
export function formatPercent(share: number, digits = 0): string {
  return current.percent(share, digits);
}

/** Day and clock; seconds and year where asked. */
export function formatTime(atMs: number, zone: TimeZone, show: TimeShown = {}): string {
  return current.time(atMs, zone, show);
}

/** The clock alone, to the minute or finer. */
export function formatClock(atMs: number, zone: TimeZone, precision: boolean | 'milliseconds' = false): string {
  return current.clock(atMs, zone, precision === 'milliseconds' ? precision : precision ? 'seconds' : 'minutes');
}

/** An hour of the day, 0 … 24, as the clock says it. */
export function formatHour(hour: number): string {
  return current.hour(hour);
}

/** The day alone. */
export function formatDay(atMs: number, zone: TimeZone, year = false): string {
  return current.day(atMs, zone, year);
}

/** Two instants as one text, saying a day they share once; spans of more than four days are told by their days. */
export function formatSpan(startMs: number, endMs: number, zone: TimeZone, show: TimeShown = {}): string {
  return current.span(startMs, endMs, zone, show);
}

/** `4 min 11 s`. */
export function formatDuration(durationMs: number): string {
  return current.duration(durationMs);
}

/** Between a figure and its unit. */
const beforeUnit = /(?<=\p{N}) (?=[kMGTPE]?B\b)/gu;

/** A sentence of the engine with its numbers in the form of this window; its dates stay as they are, with their zone. */
export function formatSentence(text: string): string {
  return current.sentence(text).replace(beforeUnit, '\u00a0');
}

/** The number a person typed, with the digits and separators of this window; nothing where it is none. */
export function parseNumber(text: string): number | undefined {
  return current.parse(text);
}

/** Order of two names. */
export function compareNames(a: string, b: string): number {
  return current.compare(a, b);
}
