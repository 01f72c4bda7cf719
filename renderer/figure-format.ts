import {
  formatBytes,
  formatClock,
  formatCount,
  formatDay,
  formatDecimals,
  formatDuration,
  formatSpan,
  formatTime,
  type TimeZone,
  timeParts,
  utc,
} from '../shared/base/format.ts';
import type { FigureLocale } from '../shared/ipc/window-bridge.ts';
import { numberReader } from './number-reader.ts';

/** What of a time is written beside day and minutes. */
export interface TimeShown {
  readonly seconds?: boolean;
  readonly year?: boolean;
}

/** How a window writes figures, and reads those that a person types. */
export interface FigureFormat {
  /** Three figures and a decimal unit: `3.10 GB`. */
  bytes(bytes: number): { readonly figure: string; readonly unit: string };
  /** A whole number with its groups: `9,412`. */
  count(count: number): string;
  /** A number for a field: no groups, at most three decimals. */
  plain(value: number): string;
  /** A share of 0 … 1 with `digits` decimals: `94.8%`. */
  percent(share: number, digits: number): string;
  time(atMs: number, zone: TimeZone, show: TimeShown): string;
  clock(atMs: number, zone: TimeZone, precision: 'minutes' | 'seconds' | 'milliseconds'): string;
  /** An hour of the day, 0 … 24: `09`, `9 AM`. */
  hour(hour: number): string;
  day(atMs: number, zone: TimeZone, year: boolean): string;
  span(startMs: number, endMs: number, zone: TimeZone, show: TimeShown): string;
  duration(durationMs: number): string;
  /** A sentence written in the fixed form, with its numbers set in this one. Its dates stay: they name their month and zone. */
  sentence(text: string): string;
  /** The number a person typed; nothing where it is none, or could be two. */
  parse(text: string): number | undefined;
  /** Order of two names. */
  compare(a: string, b: string): number;
}

/** The form of reports, exports and the command line: `1,234.5`, `19 Nov 2026, 21:40`, 24 hours. */
export const reportFigures: FigureFormat = {
  bytes: (bytes) => bytesIn(bytes, 'en-US'),
  count: (count) => formatCount(count),
  plain: (value) => plainIn('en-US', value),
  percent: (share, digits) => `${(100 * share).toFixed(digits)} %`,
  time: (atMs, zone, show) => formatTime(atMs, zone, show),
  clock(atMs, zone, precision) {
    const clock = formatClock(atMs, zone, precision !== 'minutes');
    return precision === 'milliseconds' ? `${clock}.${milliseconds(atMs)}` : clock;
  },
  hour: (hour) => String(hour).padStart(2, '0'),
  day: (atMs, zone, year) => formatDay(atMs, zone, year),
  span: (startMs, endMs, zone, show) => formatSpan(startMs, endMs, zone, show),
  duration: (durationMs) => formatDuration(durationMs),
  sentence: (text) => text,
  parse: numberReader('en-US'),
  compare: new Intl.Collator('en', { numeric: true }).compare,
};

/** The form of a locale: one for numbers and one for dates, which a system may have set apart. */
export function localeFigures({ numbers, dates }: FigureLocale): FigureFormat {
  const isRightToLeft = rightToLeft.test(dates);
  // Between English words, a date in a script from right to left would change places with its neighbours.
  const apart = (text: string) => (isRightToLeft ? `\u2068${text}\u2069` : text);
  const is12Hours = /^h1[12]$/.test(
    new Intl.DateTimeFormat(dates, { hour: 'numeric' }).resolvedOptions().hourCycle ?? 'h23',
  );
  const formatters = new Map<string, Intl.DateTimeFormat>();
  const write = (atMs: number, zone: TimeZone, key: string, options: Intl.DateTimeFormatOptions) => {
    const timeZone = zone.kind === 'utc' ? 'UTC' : zone.name;
    const whole = `${timeZone ?? ''} ${key}`;
    const formatter =
      formatters.get(whole) ?? new Intl.DateTimeFormat(dates, { ...options, timeZone, calendar: 'gregory' });
    formatters.set(whole, formatter);
    return formatter.format(Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15 ? atMs : 0);
  };
  const dayOf = (atMs: number, zone: TimeZone, year: boolean) =>
    write(atMs, zone, `day ${year}`, { day: 'numeric', month: 'short', ...(year ? { year: 'numeric' } : {}) });
  const clockOf = (atMs: number, zone: TimeZone, precision: 'minutes' | 'seconds' | 'milliseconds') =>
    write(atMs, zone, precision, {
      ...(is12Hours ? { hour: 'numeric', hour12: true } : { hour: '2-digit', hourCycle: 'h23' }),
      minute: '2-digit',
      ...(precision === 'minutes' ? {} : { second: '2-digit' }),
      ...(precision === 'milliseconds' ? { fractionalSecondDigits: 3 } : {}),
    });
  // The month's name parts day and clock where no year and no AM comes between.
  const joined = (day: string, clock: string, year: boolean) => `${day}${year || is12Hours ? ',' : ''} ${clock}`;
  const timeOf = (atMs: number, zone: TimeZone, { seconds = false, year = false }: TimeShown) =>
    joined(dayOf(atMs, zone, year), clockOf(atMs, zone, seconds ? 'seconds' : 'minutes'), year);
  const count = (value: number) => formatCount(value, numbers);
  const percents = new Map<number, Intl.NumberFormat>();
  const percent = (share: number, digits: number) => {
    const format =
      percents.get(digits) ??
      new Intl.NumberFormat(numbers, {
        style: 'percent',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
    percents.set(digits, format);
    // Marks of direction would be shown: hidden characters of sentences are.
    return format.format(share).replace(/[\u061c\u200e\u200f]/g, '');
  };
  const inForm = bytesIn(1_234, numbers).figure === '1.23' && count(1_234) === '1,234';
  return {
    bytes: (bytes) => bytesIn(bytes, numbers),
    count,
    plain: (value) => plainIn(numbers, value),
    percent,
    time: (atMs, zone, show) => apart(timeOf(atMs, zone, show)),
    clock: (atMs, zone, precision) => apart(clockOf(atMs, zone, precision)),
    hour: (hour) =>
      is12Hours
        ? apart(write(hour * 3_600_000, utc, 'hour', { hour: 'numeric', hour12: true }))
        : new Intl.NumberFormat(numbers, { minimumIntegerDigits: 2 }).format(hour),
    day: (atMs, zone, year) => apart(dayOf(atMs, zone, year)),
    span(startMs, endMs, zone, { seconds = false }) {
      const precision = seconds ? 'seconds' : 'minutes';
      const range = (from: string, to: string, dash: string) => `${apart(from)}${dash}${apart(to)}`;
      if (dayOf(startMs, zone, true) === dayOf(endMs, zone, true)) {
        const clocks = range(clockOf(startMs, zone, precision), clockOf(endMs, zone, precision), '–');
        return `${apart(dayOf(startMs, zone, true))}, ${clocks}`;
      }
      const isOneYear = timeParts(startMs, zone).year === timeParts(endMs, zone).year;
      if (endMs - startMs > fourDaysMs) return range(dayOf(startMs, zone, !isOneYear), dayOf(endMs, zone, true), ' – ');
      return range(
        timeOf(startMs, zone, { seconds, year: !isOneYear }),
        timeOf(endMs, zone, { seconds, year: true }),
        ' – ',
      );
    },
    duration: (durationMs) => formatDuration(durationMs).replace(/\d+/g, (digits) => count(Number(digits))),
    sentence(text) {
      const shares = text.replace(shareInSentence, (_all, figure: string) =>
        percent(Number(figure) / 100, figure.split('.')[1]?.length ?? 0),
      );
      return inForm ? shares : shares.replace(figureInSentence, (found) => reset(found, numbers));
    },
    parse: numberReader(numbers),
    compare: new Intl.Collator(dates, { numeric: true }).compare,
  };
}

const fourDaysMs = 4 * 86_400_000;
const rightToLeft = /^(ar|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)(-|$)/;

/** Shares as the engine writes them: `8.4 %`. */
const shareInSentence = /(?<![\p{L}\p{N}_.,:;/\\“‘"'@#-])(\d{1,3}(?:\.\d)?) %(?![\p{L}\p{N}])/gu;

/**
 * Numbers as the engine writes them: groups of thousands, bytes of three figures, and how many times more. Everything
 * else with a point or comma may be a name or a version, and is left alone.
 */
const figureInSentence =
  /(?<![\p{L}\p{N}_.,:;/\\“‘"'@#-])(?:\d{1,3}(?:,\d{3})+(?![\p{L}\p{N}_/\\”’"'-]|[.,]\d)|\d\.\d\d(?= (?:k|M|G|T|P|E)B\b)|\d\d\.\d(?= (?:k|M|G|T|P|E)B\b)|\d+\.\d{1,2}(?= (?:times|files a minute)))/gu;

function reset(figure: string, locale: string): string {
  const value = Number(figure.replaceAll(',', ''));
  const digits = figure.split('.')[1]?.length ?? 0;
  return formatDecimals(value, digits, locale);
}

function bytesIn(bytes: number, locale: string): { readonly figure: string; readonly unit: string } {
  const text = formatBytes(bytes, locale);
  const at = text.lastIndexOf(' ');
  return { figure: text.slice(0, at), unit: text.slice(at + 1) };
}

function plainIn(locale: string, value: number): string {
  return new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 3 }).format(value);
}

function milliseconds(atMs: number): string {
  return String(((Math.floor(atMs) % 1_000) + 1_000) % 1_000).padStart(3, '0');
}
