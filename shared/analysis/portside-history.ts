import { dayMs, hourMs } from '../base/time.ts';
import { UndoLog, UndoMap } from './undo-map.ts';
import type { WriteSession } from './write-session.ts';

/**
 * What is known of the past when a session is scored: counts of days, hosts, hours and sizes, no session is kept. Memory
 * grows with the distinct pairs of host, user, process and device, not with writes.
 */

/** On how many days something was seen; days of the last week by number, so that the newest can count less. */
export interface Sightings {
  readonly days: number;
  readonly firstMs: number;
  readonly recentDays: readonly number[];
}

/** What is kept is changed in place: see `UndoMap.own`. Each kind knows how it begins and how it is copied. */
type Kept<T> = { -readonly [K in keyof T]: T[K] extends readonly number[] ? number[] : T[K] };
const neverSighted = (): Kept<Sightings> => ({ days: 0, firstMs: Number.POSITIVE_INFINITY, recentDays: [] });
const copySightings = (seen: Kept<Sightings>): Kept<Sightings> => ({ ...seen, recentDays: [...seen.recentDays] });

/** Sum, sum of squares and count of logarithms. */
export interface LogSizes {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

const noSizes = (): Kept<LogSizes> => ({ count: 0, sum: 0, squares: 0 });
const copySizes = (sizes: Kept<LogSizes>): Kept<LogSizes> => ({ ...sizes });

/** Mean and deviation of a logarithm, as expected for the next value. */
export interface SizeExpectation {
  readonly mean: number;
  readonly deviation: number;
  /** Sessions known of the narrowest group that has any. */
  readonly count: number;
}

/** Hours of a day (UTC) by how often they were written in, working days and weekends apart. */
interface HourCounts {
  readonly hours: readonly number[];
  readonly total: number;
  readonly weekend: number;
}

const makeHours = (): Kept<HourCounts> => ({ hours: Array.from({ length: 24 }, () => 0), total: 0, weekend: 0 });
const copyHours = (known: Kept<HourCounts>): Kept<HourCounts> => ({ ...known, hours: [...known.hours] });
const noHours: HourCounts = makeHours();

const noStarts = (): number[] => [];
const copyStarts = (starts: number[]): number[] => [...starts];

/** A group's own figures weigh as much as its parent's once this many sessions are known. */
const parentSessions = 4;

/** Sightings of the last days count less: what began this week is not yet usual. */
const recentDays = 10;
const recentCredit = 0.15;

/** Start times kept per program, host and device, to see a beat. */
const keptStarts = 16;

/** A weekday's own gaps weigh as much as those of all days once this many are known. */
const gapParentWeight = 12;

/** First sightings on a host that are kept per process, newest first. */
const keptFirstHosts = 24;

/** A name is common in the fleet from this many hosts on. */
export const commonNameHosts = 4;

const separator = '\u0000';

export function keyOf(...parts: readonly string[]): string {
  return parts.join(separator);
}

/** Whether a moment lies on a Saturday or Sunday (UTC). */
export function isWeekendMs(atMs: number): boolean {
  const weekday = (Math.floor(atMs / dayMs) + 4) % 7;
  return weekday === 0 || weekday === 6;
}

export function hourOf(atMs: number): number {
  return Math.floor((((atMs % dayMs) + dayMs) % dayMs) / hourMs);
}

export class PortsideHistory {
  private readonly log = new UndoLog();
  private readonly sightings = new UndoMap<string, Kept<Sightings>>(this.log);
  private readonly distinct = new UndoMap<string, number>(this.log);
  private readonly sizes = new UndoMap<string, Kept<LogSizes>>(this.log);
  private readonly hours = new UndoMap<string, Kept<HourCounts>>(this.log);
  private readonly starts = new UndoMap<string, number[]>(this.log);
  private readonly weak = new UndoMap<string, readonly WeakDay[]>(this.log);

  private readonly common: string[] = [];

  /** Names that many hosts run, in the order in which they became common. */
  get commonNames(): readonly string[] {
    return this.common;
  }

  addCommonName(name: string): void {
    this.common.push(name);
    this.log.record(() => this.common.pop());
  }

  checkpoint(): void {
    this.log.begin();
  }

  rollback(): void {
    this.log.undo();
  }

  /** Sightings of a key such as `keyOf('host-process', host, process)`. */
  sighted(key: string): Sightings | undefined {
    return this.sightings.get(key);
  }

  /**
   * Days something was seen on; the days just before `nowMs` count in part, or not at all where it is asked what would be
   * new if they were not known.
   */
  settledDays(key: string, nowMs: number, without: 'recent' | undefined): number {
    const seen = this.sightings.get(key);
    if (!seen) return 0;
    const today = Math.floor(nowMs / dayMs);
    let recent = 0;
    for (const day of seen.recentDays) if (day > today - recentDays) recent++;
    return seen.days - recent + (without === 'recent' ? 0 : recent * recentCredit);
  }

  days(key: string): number {
    return this.sightings.get(key)?.days ?? 0;
  }

  /** Distinct partners, such as hosts of a process. */
  count(key: string): number {
    return this.distinct.get(key) ?? 0;
  }

  startTimes(key: string): readonly number[] {
    return this.starts.get(key) ?? [];
  }

  weakDays(key: string): readonly WeakDay[] {
    return this.weak.get(key) ?? [];
  }

  /** What size the next session of the narrowest key is expected to have; keys go from wide to narrow. */
  expectSize(keys: readonly string[], prior: { mean: number; deviation: number }): SizeExpectation {
    let mean = prior.mean;
    let variance = prior.deviation ** 2;
    let count = 0;
    for (const key of keys) {
      const known = this.sizes.get(key);
      if (!known || known.count === 0) continue;
      const ownMean = known.sum / known.count;
      const weight = known.count + parentSessions;
      const nextMean = (known.sum + parentSessions * mean) / weight;
      const spread = Math.max(0, known.squares - known.count * ownMean ** 2);
      variance =
        (spread +
          parentSessions * variance +
          ((known.count * parentSessions) / weight) * Math.min(4, (ownMean - mean) ** 2)) /
        weight;
      mean = nextMean;
      count = known.count;
    }
    return { mean, deviation: Math.sqrt(variance), count };
  }

  /** Share of earlier activity within two hours of this one, and on such a day, blended with that of the wider keys. */
  hourShare(
    keys: readonly string[],
    atMs: number,
    parentWeight: number,
  ): { near: number; weekend: number; total: number } {
    const hour = hourOf(atMs);
    let near = 0.1;
    let weekend = 0.05;
    let total = 0;
    for (const key of keys) {
      const known = this.hours.get(key) ?? noHours;
      let inside = 0;
      for (let shift = -2; shift <= 2; shift++) inside += known.hours[(hour + shift + 24) % 24] ?? 0;
      // Beyond some thirty sessions, more of them make an hour no odder: everybody works late one day.
      const weight = key === keys[0] ? parentWeight : Math.max(parentWeight, known.total / 5);
      near = (inside + weight * near) / (known.total + weight);
      weekend = (known.weekend + weight * weekend) / (known.total + weight);
      total = known.total;
    }
    return { near, weekend, total };
  }

  /** Share of earlier gaps at least as wide as this one, blended with that of the wider keys. */
  gapShare(keys: readonly string[], gapHours: number): number {
    let share = 0.1;
    for (const key of keys) {
      const known = this.hours.get(key) ?? noHours;
      let wider = 0;
      for (let hour = gapHours; hour < 24; hour++) wider += known.hours[hour] ?? 0;
      share = (wider + gapParentWeight * share) / (known.total + gapParentWeight);
    }
    return share;
  }

  addGap(key: string, gapHours: number): void {
    const known = this.hours.own(key, makeHours, copyHours);
    known.hours[gapHours] = (known.hours[gapHours] ?? 0) + 1;
    known.total++;
  }

  see(key: string, atMs: number): boolean {
    const day = Math.floor(atMs / dayMs);
    if (this.sightings.get(key)?.recentDays.includes(day)) return false;
    const seen = this.sightings.own(key, neverSighted, copySightings);
    seen.days++;
    seen.firstMs = Math.min(seen.firstMs, atMs);
    keep(seen.recentDays, day, recentDays + 2);
    return seen.days === 1;
  }

  addDistinct(key: string): void {
    this.distinct.set(key, (this.distinct.get(key) ?? 0) + 1);
  }

  addSize(key: string, log: number): void {
    const sizes = this.sizes.own(key, noSizes, copySizes);
    sizes.count++;
    sizes.sum += log;
    sizes.squares += log ** 2;
  }

  addHour(key: string, atMs: number): void {
    const known = this.hours.own(key, makeHours, copyHours);
    const hour = hourOf(atMs);
    known.hours[hour] = (known.hours[hour] ?? 0) + 1;
    known.total++;
    known.weekend += Number(isWeekendMs(atMs));
  }

  addStart(key: string, atMs: number): void {
    keep(this.starts.own(key, noStarts, copyStarts), atMs, keptStarts);
  }

  addFirstHost(key: string, atMs: number): void {
    keep(this.starts.own(key, noStarts, copyStarts), atMs, keptFirstHosts);
  }

  addWeak(key: string, atMs: number, nats: number): void {
    const day = Math.floor(atMs / dayMs);
    const before = (this.weak.get(key) ?? []).filter((one) => one.day > day - weakWindowDays);
    const same = before.find((one) => one.day === day);
    if (same && same.nats >= nats) return;
    this.weak.set(key, [...before.filter((one) => one.day !== day), { day, nats }]);
  }
}

/** Adds the newest and drops the oldest beyond `most`. */
function keep(list: number[], newest: number, most: number): void {
  list.push(newest);
  if (list.length > most) list.shift();
}

/** How unusual one day of something was at most. */
export interface WeakDay {
  readonly day: number;
  readonly nats: number;
}

/** Days that weak findings are added up over. */
export const weakWindowDays = 14;

/** Sizes are compared by their logarithm; nothing is smaller than a byte or a file. */
export function logBytes(session: Pick<WriteSession, 'writtenBytes'>): number {
  return Math.log(Math.max(1, session.writtenBytes));
}

/** Of the average write. */
export function logAverage(session: Pick<WriteSession, 'writtenBytes' | 'events'>): number {
  return logBytes(session) - logFiles(session);
}

export function logFiles(session: Pick<WriteSession, 'events'>): number {
  return Math.log(Math.max(1, session.events));
}
