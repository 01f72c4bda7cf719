import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatSpan, formatTime, type TimeZone, utc } from '../shared/base/format.ts';
import { type FigureFormat, localeFigures, reportFigures } from './figure-format.ts';

const berlin: TimeZone = { kind: 'local', name: 'Europe/Berlin' };
const atMs = Date.parse('2026-11-19T20:40:08.412Z');
const of = (locale: string) => localeFigures({ numbers: locale, dates: locale });
/** Spaces and apostrophes of every kind as one: they differ between versions of the same locale's data. */
const plain = (text: string) =>
  text
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(/’/g, "'")
    .replace(' %', '%');
const bytes = (format: FigureFormat, amount: number) => `${format.bytes(amount).figure} ${format.bytes(amount).unit}`;

test.each([
  // locale, bytes, count, percent, time, day and clocks of a span
  ['en-GB', '3.10 GB', '9,412', '94.8%', '19 Nov 2026, 20:40:08', '19 Nov 2026, 20:40–21:40'],
  ['en-US', '3.10 GB', '9,412', '94.8%', 'Nov 19, 2026, 8:40:08 PM', 'Nov 19, 2026, 8:40 PM–9:40 PM'],
  ['de-DE', '3,10 GB', '9.412', '94,8%', '19. Nov. 2026, 20:40:08', '19. Nov. 2026, 20:40–21:40'],
  ['fr-CH', '3,10 GB', '9 412', '94,8%', '19 nov. 2026, 20:40:08', '19 nov. 2026, 20:40–21:40'],
  ['de-CH', '3.10 GB', "9'412", '94.8%', '19. Nov. 2026, 20:40:08', '19. Nov. 2026, 20:40–21:40'],
  ['hi-IN', '3.10 GB', '9,412', '94.8%', '19 नव॰ 2026, 8:40:08 pm', '19 नव॰ 2026, 8:40 pm–9:40 pm'],
])('%s writes figures and dates in its own way', (locale, size, count, percent, time, span) => {
  const format = of(locale);
  expect(plain(bytes(format, 3_100_000_000))).toBe(size);
  expect(plain(format.count(9_412))).toBe(count);
  expect(plain(format.percent(0.948, 1))).toBe(percent);
  expect(plain(format.time(atMs, utc, { seconds: true, year: true }))).toBe(time);
  expect(plain(format.span(atMs, atMs + 3_600_000, utc, {}))).toBe(span);
});

test('Arabic digits stand in figures, durations and dates; a date keeps its place between English words', () => {
  const format = of('ar-EG');
  expect(bytes(format, 3_100_000_000)).toBe('٣٫١٠ GB');
  expect(format.count(9_412)).toBe('٩٬٤١٢');
  expect(format.duration(251_000)).toBe('٤ min ١١ s');
  expect(format.percent(0.948, 1)).toBe('٩٤٫٨٪');
  const day = format.day(atMs, utc, true);
  expect(day).toContain('٢٠٢٦');
  expect([day.at(0), day.at(-1)]).toEqual(['\u2068', '\u2069']);
});

test('days without a year, clocks to the millisecond and zones', () => {
  expect(of('de-DE').time(atMs, berlin, {})).toBe('19. Nov. 21:40');
  expect(of('en-GB').time(atMs, berlin, {})).toBe('19 Nov 21:40');
  expect(plain(of('en-US').time(atMs, berlin, {}))).toBe('Nov 19, 9:40 PM');
  expect(of('de-DE').clock(atMs, utc, 'milliseconds')).toBe('20:40:08,412');
  expect(reportFigures.clock(atMs, utc, 'milliseconds')).toBe('20:40:08.412');
  expect(of('en-GB').clock(Date.parse('2026-11-19T00:05:00Z'), utc, 'minutes')).toBe('00:05');
});

test('the year is that of the evidence, whatever calendar is usual in the place', () => {
  for (const locale of ['th-TH', 'fa-IR', 'ar-SA']) {
    const digits = new Intl.NumberFormat(locale, { useGrouping: false }).format(2026);
    expect(of(locale).day(atMs, utc, true)).toContain(digits);
  }
});

test('numbers and dates may follow different places', () => {
  const format = localeFigures({ numbers: 'en-US', dates: 'de-DE' });
  expect(format.count(9_412)).toBe('9,412');
  expect(format.day(atMs, utc, false)).toBe('19. Nov.');
});

test('the form of reports is that of the shared formatter', () => {
  expect(bytes(reportFigures, 44_240_000)).toBe(formatBytes(44_240_000));
  expect(reportFigures.time(atMs, berlin, { year: true })).toBe(formatTime(atMs, berlin, { year: true }));
  expect(reportFigures.span(atMs, atMs + 6e8, utc, {})).toBe(formatSpan(atMs, atMs + 6e8, utc));
  expect(reportFigures.sentence('1,234 writes')).toBe('1,234 writes');
});

test('an instant no calendar holds is written all the same', () => {
  expect(of('de-DE').day(Number.NaN, utc, true)).toBe('1. Jan. 1970');
});

describe('numbers in sentences of the engine', () => {
  const german = of('de-DE');
  test.each([
    ['3.10 GB, 12 times the usual', '3,10 GB, 12 times the usual'],
    ['1,234 writes in this session; 44.2 MB is usual.', '1.234 writes in this session; 44,2 MB is usual.'],
    ['2.5 times the usual (1,234,567 files).', '2,5 times the usual (1.234.567 files).'],
    ['8.4 % of 64.0 GB', '8,4\u00a0% of 64,0 GB'],
    ['Removed 19 Nov 2026, 21:40 UTC', 'Removed 19 Nov 2026, 21:40 UTC'],
  ])('%s', (fixed, shown) => {
    expect(german.sentence(fixed)).toBe(shown);
  });

  test.each([
    'Run from C:\\Tools\\1,234\\a.exe',
    'Written to SanDisk Ultra USB 3.0 and Flash 1.5 GB',
    'Version 10.0.19041, from 10.1.2.3, “1,234” and q3-1,234.csv',
    'Asked 2,34 and 1,2345',
  ])('names, versions and paths are left alone: %s', (text) => {
    expect(german.sentence(text)).toBe(text);
  });

  test('nothing changes where numbers look the same', () => {
    expect(of('en-US').sentence('1,234 writes, 3.10 GB')).toBe('1,234 writes, 3.10 GB');
    expect(of('en-US').sentence('below 0.1 % of activity')).toBe('below 0.1% of activity');
  });
});

describe('numbers as people type them', () => {
  test.each([
    ['en-US', '1,234.5', 1_234.5],
    ['en-US', '2.5', 2.5],
    ['de-DE', '1.234,5', 1_234.5],
    ['de-DE', '2,5', 2.5],
    ['de-DE', ' 42 ', 42],
    ['fr-CH', '1 234,5', 1_234.5],
    ['fr-CH', '1\u202f234,5', 1_234.5],
    ['de-CH', '1’234.5', 1_234.5],
    ['de-CH', "1'234.5", 1_234.5],
    ['en-IN', '12,34,567', 1_234_567],
    ['ar-EG', '١٬٢٣٤٫٥', 1_234.5],
    ['ar-EG', '42', 42],
    ['en-GB', '−5', -5],
  ])('%s: %s', (locale, typed, value) => {
    expect(of(locale).parse(typed)).toBe(value);
  });

  test.each([
    ['de-DE', '1.5'],
    ['en-US', '1,5'],
    ['en-US', '1.2.3'],
    ['en-US', 'ten'],
    ['en-US', ''],
    ['en-US', '1e3'],
    ['de-DE', '12.34'],
  ])('%s: %s is none, or could be two', (locale, typed) => {
    expect(of(locale).parse(typed)).toBeUndefined();
  });

  test('what a field shows is read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -9_999_999, max: 9_999_999 }),
        fc.constantFrom('en-US', 'de-DE', 'fr-CH', 'de-CH', 'ar-EG', 'hi-IN', 'fa-IR', 'sv-SE', 'pt-PT'),
        (thousandths, locale) => {
          const format = of(locale);
          const value = thousandths / 1_000;
          expect(format.parse(format.plain(value))).toBe(value === 0 ? 0 : value);
          expect(format.parse(format.count(thousandths))).toBe(thousandths);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('names are ordered as in the place, with numbers by their size', () => {
  expect(['ö2', 'z', 'o10', 'o2'].sort(of('de-DE').compare)).toEqual(['o2', 'ö2', 'o10', 'z']);
  expect(['ö', 'z'].sort(of('sv-SE').compare)).toEqual(['z', 'ö']);
});
