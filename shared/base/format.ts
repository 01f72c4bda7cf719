/**
 * Figures and times as people read them. Bytes are decimal (1 GB = 10⁹ B) with three figures; counts are whole numbers in
 * the given locale; times are 24 h in the one zone a window or report has chosen.
 */

/** The zone times are written in: UTC, or a named zone of the IANA list (the computer's own where it is absent). */
export type TimeZone = { readonly kind: 'utc' } | { readonly kind: 'local'; readonly name?: string | undefined };

export const utc: TimeZone = { kind: 'utc' };

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** `3.10 GB`, `44.2 MB`, `340 MB`, `712 B`: three figures, decimal. Negative and non-finite amounts are written as they are. */
export function formatBytes(bytes: number, locale = 'en-US'): string {
  if (!Number.isFinite(bytes)) return `${bytes} B`;
  let value = Math.abs(bytes);
  let unit = 0;
  // Rounding to three figures may reach the next unit: 999,950 B is 1.00 MB.
  while (unit < byteUnits.length - 1 && Number(value.toPrecision(3)) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Number(value.toPrecision(3)))));
  const text = numbers(locale, digits).format(value);
  return `${bytes < 0 ? '−' : ''}${text} ${byteUnits[unit]}`;
}

/** `9,412`. */
export function formatCount(count: number, locale = 'en-US'): string {
  // Small counts are the same in all that is written here, and a score has dozens of them.
  if (locale === 'en-US' && count > 0 && count < 1000 && Number.isInteger(count)) return String(count);
  return numbers(locale, 0).format(count);
}

const numberFormats = new Map<string, Intl.NumberFormat>();

/** Kept, because making one costs more than a thousand uses; scoring formats millions of figures. */
function numbers(locale: string, digits: number): Intl.NumberFormat {
  const key = `${digits} ${locale}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    numberFormats.set(key, format);
  }
  return format;
}

/** A number with its groups and exactly `digits` decimals. */
export function formatDecimals(value: number, digits: number, locale: string): string {
  return numbers(locale, digits).format(value);
}

/** `1 file`, `214 files`: a count with its noun. */
export function formatCounted(count: number, one: string, many: string, locale = 'en-US'): string {
  return `${formatCount(count, locale)} ${count === 1 ? one : many}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: TimeZone): Intl.DateTimeFormat {
  const name = zone.kind === 'utc' ? 'UTC' : zone.name;
  const key = name ?? '';
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(key, formatter);
  }
  return formatter;
}

/** A time taken apart in a zone. `month` is three letters; the others are numbers. */
export interface TimeParts {
  readonly year: number;
  readonly month: string;
  readonly day: number;
  readonly weekday: string;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Takes an instant apart in a zone. Instants a calendar cannot hold come back as the epoch. */
export function timeParts(atMs: number, zone: TimeZone): TimeParts {
  const safeMs = Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15 ? atMs : 0;
  const found: Record<string, string> = {};
  for (const part of formatterOf(zone).formatToParts(safeMs)) found[part.type] = part.value;
  return {
    year: Number(found.year),
    month: (found.month ?? '').slice(0, 3),
    day: Number(found.day),
    weekday: found.weekday ?? '',
    hour: Number(found.hour),
    minute: Number(found.minute),
    second: Number(found.second),
  };
}

const two = (value: number) => String(value).padStart(2, '0');

/** `19 Nov 21:40`, or `19 Nov 21:40:08` with `seconds`, or `19 Nov 2026, 21:40` with `year`. */
export function formatTime(
  atMs: number,
  zone: TimeZone,
  show: { readonly seconds?: boolean; readonly year?: boolean } = {},
): string {
  const { year, month, day, hour, minute, second } = timeParts(atMs, zone);
  const clock = `${two(hour)}:${two(minute)}${show.seconds ? `:${two(second)}` : ''}`;
  return show.year ? `${day} ${month} ${year}, ${clock}` : `${day} ${month} ${clock}`;
}

/** `21:40`, or `21:40:08` with `seconds`. */
export function formatClock(atMs: number, zone: TimeZone, seconds = false): string {
  const { hour, minute, second } = timeParts(atMs, zone);
  return `${two(hour)}:${two(minute)}${seconds ? `:${two(second)}` : ''}`;
}

/** `19 Nov`, or `19 Nov 2026` with `year`. */
export function formatDay(atMs: number, zone: TimeZone, year = false): string {
  const parts = timeParts(atMs, zone);
  return year ? `${parts.day} ${parts.month} ${parts.year}` : `${parts.day} ${parts.month}`;
}

/**
 * Two instants as one text, saying a day they share once: `19 Nov 2026, 18:00–23:00`. Spans of more than four days are
 * told by their days.
 */
export function formatSpan(
  startMs: number,
  endMs: number,
  zone: TimeZone,
  show: { readonly seconds?: boolean } = {},
): string {
  const sameDay = formatDay(startMs, zone, true) === formatDay(endMs, zone, true);
  if (sameDay) {
    return `${formatDay(startMs, zone, true)}, ${formatClock(startMs, zone, show.seconds)}–${formatClock(endMs, zone, show.seconds)}`;
  }
  const sameYear = timeParts(startMs, zone).year === timeParts(endMs, zone).year;
  if (endMs - startMs > 4 * 86_400_000)
    return `${formatDay(startMs, zone, !sameYear)} – ${formatDay(endMs, zone, true)}`;
  return `${formatTime(startMs, zone, { ...show, year: !sameYear })} – ${formatTime(endMs, zone, { ...show, year: true })}`;
}

/** Minutes that `zone` is ahead of UTC at `atMs`. */
export function zoneOffsetMinutes(atMs: number, zone: TimeZone): number {
  if (zone.kind === 'utc') return 0;
  const { year, month, day, hour, minute, second } = timeParts(atMs, zone);
  const monthIndex = 'JanFebMarAprMayJunJulAugSepOctNovDec'.indexOf(month) / 3;
  const asUtcMs = Date.UTC(year, monthIndex, day, hour, minute, second);
  return Math.round((asUtcMs - Math.floor(atMs / 1000) * 1000) / 60_000);
}

/** `UTC`, or `UTC+1 (Europe/Berlin)`: how a window says which zone its times are in. */
export function formatZone(atMs: number, zone: TimeZone): string {
  if (zone.kind === 'utc') return 'UTC';
  const offset = zoneOffsetMinutes(atMs, zone);
  const name = zone.name ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (name === 'UTC' || name === 'Etc/UTC') return 'UTC';
  return `${formatOffset(offset)} (${name})`;
}

/** `UTC+1`, `UTC−3:30`, `UTC`. */
export function formatOffset(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const whole = Math.floor(Math.abs(offsetMinutes) / 60);
  const rest = Math.abs(offsetMinutes) % 60;
  return `UTC${offsetMinutes < 0 ? '−' : '+'}${whole}${rest ? `:${two(rest)}` : ''}`;
}

/** A length of time in its one or two largest units: `18 min`, `4 min 11 s`, `1 h 5 min`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return durationMs > 0 ? '< 1 s' : '0 s';
  const [name, size] = units[first] ?? ['s', 1];
  const next = units[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return `${Math.floor(seconds / size)} ${name}${next && rest ? ` ${rest} ${next[0]}` : ''}`;
}

/** Full ISO 8601 in UTC, for titles, copies and records. Instants a calendar cannot hold come back as their number. */
export function formatIso(atMs: number): string {
  return Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString() : `${atMs}`;
}
