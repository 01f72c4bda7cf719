import { dayMs, hourMs } from '../base/time.ts';
import { countOf, shareText } from '../base/words.ts';
import type { FacetDraft, ScoringScene } from './facet-draft.ts';
import { hourOf, isWeekendMs, type PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';

/** Whether the user is active at such hours, by their own, the habit's and everybody's sessions. */
export function hourFacet(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session } = subject;
  const { startMs } = session;
  const { isCommonAccount, beat } = scene;
  const keys = hourKeys(subject, scene);
  const byUser = history.hourShare(keys.slice(0, 2), startMs, 6);
  const byHabit = history.hourShare(keys, startMs, 6);
  const isWeekend = isWeekendMs(startMs);
  const near = Math.max(byUser.near, byHabit.near);
  const weekend = Math.max(byUser.weekend, byHabit.weekend);
  const expected = Math.min(1, isWeekend ? Math.min(near, 1.5 * weekend) : near);
  const gap = isCommonAccount ? undefined : gapOf(history, subject);
  const gapShare = gap ? Math.max(0.002, history.gapShare(gapKeys(startMs, gap.density), gap.hours)) : 1;
  // In shifts that rotate all hours are usual in time: there the last days tell, where someone has no hours of their own.
  const gapNats = -Math.log(gapShare) * gapWeight * Math.min(1, 1.5 * (1 - near));
  const nats = Math.max(-Math.log(expected), gapNats);
  const hour = hourOf(startMs);
  const known = byUser.total;
  return {
    name: 'hour-of-user',
    nats: nats * scene.trust * (known / (known + 4)) * (beat.isSteady ? 0.3 : 1),
    describe: () => {
      const who = isCommonAccount ? `${session.user} on this host` : session.user;
      const clock = `${String((hour + 22) % 24).padStart(2, '0')}–${String((hour + 3) % 24).padStart(2, '0')} h UTC`;
      if (gap && gapNats === nats) {
        return {
          title: 'Hour of the user',
          figure: `${countOf(gap.hours, 'hour')} or more from the hours of the last days`,
          text: `No session of ${who} in the ${presentDays} days before began within ${countOf(gap.hours, 'hour')} of this time of day; so far off lie ${shareText(gapShare)} of sessions on such a weekday, of all people.`,
        };
      }
      const onWeekend = isWeekend && 1.5 * weekend < near;
      return {
        title: 'Hour of the user',
        figure: onWeekend
          ? `${shareText(weekend)} of activity on weekends`
          : `${shareText(near)} of activity at ${clock}`,
        text: onWeekend
          ? `${shareText(weekend)} of the activity to be expected of ${who} lies on weekends, by ${countOf(known, 'earlier session')} and those of others.`
          : `${shareText(near)} of the activity to be expected of ${who} lies between ${clock.replace('–', ' and ')}, by ${countOf(known, 'earlier session')} and those of others.`,
      };
    },
  };
}

/** Days whose sessions show the hours that someone keeps at present: shifts rotate by weeks. */
const presentDays = 6;

/** A time of day far from those of the last days is less sure a sign than one at which nobody is there. */
const gapWeight = 0.9;

/** How far a time of day lies from those of someone's last days, and how many of these are known: 0 few … 2 many. */
interface Gap {
  readonly hours: number;
  readonly density: number;
}

export function gapOf(history: PortsideHistory, { session, keys }: Subject): Gap | undefined {
  const { startMs } = session;
  let known = 0;
  let nearestMs = dayMs;
  for (const atMs of history.startTimes(keys.userStarts)) {
    if (atMs <= startMs - presentDays * dayMs || atMs >= startMs) continue;
    known++;
    const apartMs = (startMs - atMs) % dayMs;
    nearestMs = Math.min(nearestMs, apartMs, dayMs - apartMs);
  }
  return known < 2
    ? undefined
    : { hours: Math.floor(nearestMs / hourMs), density: known >= 6 ? 2 : known >= 3 ? 1 : 0 };
}

const weekdays = [0, 1, 2, 3, 4, 5, 6];
const gapKeysOfDays = [0, 1, 2].map((density) =>
  weekdays.map((weekday) => [`gap ${density}`, `gap ${density} ${weekday}`] as const),
);

export function gapKeys(atMs: number, density: number): readonly string[] {
  return gapKeysOfDays[density]?.[((Math.floor(atMs / dayMs) % 7) + 7) % 7] ?? [];
}

/** Share of the user-days on which someone works on one more host, before anything is known of the fleet. */
const usualMoves = 0.01;

function moveShare(history: PortsideHistory, { keys }: Subject, scene: ScoringScene): number {
  const fleet = (history.count('moves') + 60 * usualMoves) / (history.count('user-days') + 60);
  const ofUser = (history.count(keys.userMoves) + 3 * fleet) / (history.days(keys.user) + 3);
  const ofHost = (history.count(keys.hostMoves) + 3 * fleet) / (scene.hostDays + 3);
  return Math.min(0.9, Math.max(ofUser, ofHost));
}

/** Whether the user is one of this host. */
export function userOnHost(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, keys } = subject;
  const { user, startMs } = session;
  const hosts = history.count(keys.userHosts);
  const here = history.settledDays(keys.userHost, startMs, scene.without);
  const days = history.days(keys.userHost);
  // Someone never seen may be new in the company; someone of another host is out of place.
  const expected = hosts === 0 ? 0.08 : moveShare(history, subject, scene);
  const hostDays = scene.hostDays - days;
  const trust = scene.trust * (hostDays / (hostDays + 2));
  return {
    name: 'user-on-host',
    nats: scene.isCommonAccount ? 0 : -Math.log((here + expected) / (here + 1)) * trust,
    describe: () => ({
      title: 'User on this host',
      figure:
        days > 0
          ? `Seen on ${countOf(days, 'day')}`
          : hosts > 0
            ? `New here, known on ${countOf(hosts, 'host')}`
            : 'Never seen before',
      text:
        days > 0
          ? `${user} wrote from this host on ${countOf(days, 'earlier day')}.`
          : hosts > 0
            ? `${user} never wrote from this host before, but did from ${countOf(hosts, 'other host')}; how often that is to be expected, going by the fleet, the user and the host: ${shareText(expected)} of days.`
            : `${user} never wrote to an external device before, from any host.`,
    }),
  };
}

/** The keys of hours, from wide to narrow. */
export function hourKeys({ keys }: Subject, { isCommonAccount }: ScoringScene): readonly string[] {
  return isCommonAccount ? keys.hoursOfServices : keys.hoursOfPeople;
}
