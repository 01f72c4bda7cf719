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
  const hour = hourOf(startMs);
  const known = byUser.total;
  return {
    name: 'hour-of-user',
    nats: -Math.log(expected) * scene.trust * (known / (known + 4)) * (beat.isSteady ? 0.3 : 1),
    describe: () => {
      const who = isCommonAccount ? `${session.user} on this host` : session.user;
      const clock = `${String((hour + 22) % 24).padStart(2, '0')}–${String((hour + 3) % 24).padStart(2, '0')} h UTC`;
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

/** Whether the user is one of this host. */
export function userOnHost(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, keys } = subject;
  const { user, startMs } = session;
  const hosts = history.count(keys.userHosts);
  const users = history.count(keys.hostUsers);
  const here = history.settledDays(keys.userHost, startMs, scene.without);
  const days = history.days(keys.userHost);
  const roaming = 1 + Math.max(0, hosts - 1) * 0.7;
  const shared = 1 + Math.max(0, users - 3) * 0.5;
  // Someone never seen may be new in the company; someone of another host is out of place.
  const expected = hosts === 0 ? 0.08 : 0.03;
  const hostDays = scene.hostDays - days;
  const trust = scene.trust * (hostDays / (hostDays + 2));
  return {
    name: 'user-on-host',
    nats: scene.isCommonAccount ? 0 : (-Math.log((here + expected) / (here + 1)) * trust) / (roaming * shared),
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
            ? `${user} never wrote from this host before, but did from ${countOf(hosts, 'other host')}.`
            : `${user} never wrote to an external device before, from any host.`,
    }),
  };
}

/** The keys of hours, from wide to narrow. */
export function hourKeys({ keys }: Subject, { isCommonAccount }: ScoringScene): readonly string[] {
  return isCommonAccount ? keys.hoursOfServices : keys.hoursOfPeople;
}
