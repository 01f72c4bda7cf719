import { formatBytes, formatCount } from '../base/format.ts';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import { countOf, shareText } from '../base/words.ts';
import type { FacetDraft, ScoringScene } from './facet-draft.ts';
import { identityFacets, learnIdentity } from './identity-facets.ts';
import { knownProgramsNamed, recognise } from './known-processes.ts';
import {
  hourOf,
  isWeekendMs,
  keyOf,
  logBytes,
  logFiles,
  type PortsideHistory,
  type SizeExpectation,
  weakWindowDays,
} from './portside-history.ts';
import {
  catalogueLikenessOf,
  type Disguise,
  disguiseOf,
  likenessOf,
  oddPlaceOf,
  placePattern,
} from './program-place.ts';
import type { WriteSession } from './write-session.ts';

/** An account seen on this many hosts, and on this share of them, is one of services or of everybody. */
const commonAccountHosts = 6;
const commonAccountShare = 0.25;

/** A name is common in the fleet from this many hosts on. */
const commonNameHosts = 4;

/** Sizes are expected around this before anything is known: wide, so that little follows from it. */
const priorBytes = { mean: Math.log(20e6), deviation: 2.6 };
const priorFiles = { mean: Math.log(12), deviation: 1.6 };

/** Two sizes of one habit differ by this much at least (deviation of the logarithm). */
const leastDeviation = 0.75;

/** Beyond these nats a size grows more unusual by the logarithm only, and how fast. */
const tailNats = 4.5;
const tailGrowthNats = 2;

/** Amounts of this size count half of what they would if they were large. */
const smallBytes = 20e6;
const smallWrites = 20;

/** How much of the share of names in the fleet's pairs of host and program a new name is taken to have. */
const newNameFactor = 0.3;

/** A user's first days show habits, not changes. */
const settlingDays = 3;

/** Marks that systems leave on every drive are smaller than this: a new device says little where no more was written. */
const tinyBytes = 10_000;

/** Start times this close are the same time of day. */
const beatMs = 45 * minuteMs;

export class PortsideFacets {
  private readonly history: PortsideHistory;
  private readonly disguises = new Map<string, Disguise | undefined>();
  private readonly catalogueLikenesses = new Map<string, Disguise | undefined>();
  /** How far a name was compared with the common ones, and the first that it is like. */
  private readonly likenesses = new Map<string, { compared: number; disguise: Disguise | undefined }>();

  constructor(history: PortsideHistory) {
    this.history = history;
  }

  /** To be called when the history was taken back: its common names may come in another order now. */
  forget(): void {
    this.likenesses.clear();
  }

  /** All facets of a session but `weak-findings`, which needs their sum. */
  drafts(session: WriteSession, scene: ScoringScene): FacetDraft[] {
    const isCommonAccount = this.isCommonAccount(session.user, scene);
    const beat = this.beatOf(session);
    return [
      ...this.processFacets(session, scene, isCommonAccount),
      this.device(session, scene, isCommonAccount),
      this.hour(session, scene, isCommonAccount, beat),
      ...this.sizes(session, scene, isCommonAccount, beat),
      this.executablePath(session, scene),
      this.masquerade(session, scene),
      this.livingOffTheLand(session, scene),
      this.userOnHost(session, scene, isCommonAccount),
      ...identityFacets(this.history, session, scene),
      {
        name: 'rhythm',
        nats: 0,
        describe: () => ({
          title: 'Rhythm',
          figure: beat.runs > 0 ? `${beat.onBeat} of ${countOf(beat.runs, 'run')} at this time` : 'No earlier run',
          text:
            beat.runs === 0
              ? `${session.process} did not write from this host to this device before.`
              : `${formatCount(beat.onBeat)} of the last ${countOf(beat.runs, 'run')} of ${session.process} from this host to this device began within 45 minutes of this time of day.${beat.isSteady ? ' Size and hour count less for it.' : ''}`,
        }),
      },
    ];
  }

  /** Several unusual days of one user with the same device or program. */
  weak(session: WriteSession, nats: number): FacetDraft {
    const { history } = this;
    const today = Math.floor(session.startMs / dayMs);
    const { user, device, process, startMs } = session;
    // Only what this user began lately: old habits have ordinary reasons for an unusual day now and then.
    const userFirstMs = history.sighted(keyOf('user', user))?.firstMs ?? startMs;
    const isYoung = (key: string) => {
      const firstMs = history.sighted(key)?.firstMs ?? startMs;
      return firstMs > startMs - weakWindowDays * dayMs && firstMs > userFirstMs + settlingDays * dayMs;
    };
    const of = (key: string, relation: string) =>
      isYoung(relation) ? history.weakDays(key).filter(({ day }) => day < today && day > today - weakWindowDays) : [];
    const byDevice = of(keyOf('weak-device', user, device), keyOf('user-device', user, device));
    const byProcess = of(keyOf('weak-process', user, process), keyOf('user-process', user, process.toLowerCase()));
    const sum = (days: readonly { readonly nats: number }[]) =>
      days.reduce((total, day) => total + Math.min(day.nats, 5), 0);
    const days = sum(byDevice) >= sum(byProcess) ? byDevice : byProcess;
    const roaming = history.count(keyOf('user-hosts', user)) >= 3 ? 4 : 1;
    const what = days === byDevice ? 'to this device' : `with ${session.process}`;
    return {
      name: 'weak-findings',
      // Nothing repeats where today is ordinary; whoever works on many hosts meets new things every day.
      nats: (Math.min(7, (days.length > 1 ? 1.4 : 0.9) * sum(days)) * (0.5 + 0.5 * Math.min(1, nats / 2))) / roaming,
      describe: () => ({
        title: 'Repeated on several days',
        figure:
          days.length > 0
            ? `${countOf(days.length, 'unusual day')} in ${weakWindowDays} days`
            : 'Nothing unusual before',
        text:
          days.length > 0
            ? `${session.user} wrote ${what} in an unusual way on ${countOf(days.length, 'day')} of the ${weakWindowDays} days before.`
            : `${session.user} wrote nothing unusual to this device or with this program in the ${weakWindowDays} days before.`,
      }),
    };
  }

  learn(session: WriteSession, scene: ScoringScene, nats: number): void {
    const { history } = this;
    const { host, user, process, executable, device, startMs } = session;
    const name = process.toLowerCase();
    const isCommonAccount = this.isCommonAccount(user, scene);
    history.see('fleet', startMs);
    if (history.see(keyOf('host', host), startMs)) history.addDistinct('hosts');
    history.see(keyOf('user', user), startMs);
    if (history.see(keyOf('host-process', host, name), startMs)) {
      history.addDistinct(keyOf('process-hosts', name));
      history.addDistinct('process-pairs');
      if (history.count(keyOf('process-hosts', name)) === 1) history.addDistinct('process-names');
      if (history.count(keyOf('process-hosts', name)) === commonNameHosts) history.addCommonName(name);
      history.addFirstHost(keyOf('process-first-hosts', name), startMs);
    }
    history.see(keyOf('user-process', user, name), startMs);
    if (history.see(keyOf('host-device', host, device), startMs)) history.addDistinct(keyOf('device-hosts', device));
    history.see(keyOf('user-device', user, device), startMs);
    if (history.see(keyOf('user-host', user, host), startMs)) {
      history.addDistinct(keyOf('user-hosts', user));
      history.addDistinct(keyOf('host-users', host));
    }
    if (executable !== '') {
      const place = placePattern(executable);
      if (history.see(keyOf('place', name, place, host), startMs)) {
        history.addDistinct(keyOf('place-hosts', name, place));
      }
      const odd = oddPlaceOf(executable);
      if (odd && history.see(keyOf('odd-place', odd.kind, host), startMs)) {
        history.addDistinct(keyOf('odd-place-hosts', odd.kind));
      }
    }
    learnIdentity(history, session);
    if (isTool(name)) history.see(keyOf('tool', user), startMs);
    for (const key of hourKeys(session, isCommonAccount)) history.addHour(key, startMs);
    for (const [kind, log] of [['bytes', logBytes(session)] as const, ['files', logFiles(session)] as const]) {
      for (const key of new Set([
        ...processSizeKeys(kind, session, isCommonAccount),
        ...userSizeKeys(kind, session, isCommonAccount),
      ])) {
        history.addSize(key, log);
      }
    }
    history.addStart(keyOf('starts', host, name, device), startMs);
    if (nats > 0) {
      history.addWeak(keyOf('weak-device', user, device), startMs, nats);
      history.addWeak(keyOf('weak-process', user, process), startMs, nats);
    }
  }

  private isCommonAccount(user: string, scene: ScoringScene): boolean {
    const hosts = this.history.count(keyOf('user-hosts', user));
    return hosts >= commonAccountHosts && hosts >= commonAccountShare * scene.fleetHosts;
  }

  private processFacets(session: WriteSession, scene: ScoringScene, isCommonAccount: boolean): FacetDraft[] {
    const { history } = this;
    const { host, user, process, startMs } = session;
    const name = process.toLowerCase();
    const here = history.settledDays(keyOf('host-process', host, name), startMs, scene.without);
    const hereDays = history.days(keyOf('host-process', host, name));
    const hosts = this.others(keyOf('process-hosts', name), hereDays);
    const otherHosts = Math.max(0, scene.fleetHosts - Number(scene.hostDays > 0));
    const prevalence = (hosts + 0.6) / (otherHosts + 2);
    // Where many hosts have programs of their own, one more new name is less of a surprise.
    const newNameShare = (newNameFactor * (history.count('process-names') + 1)) / (history.count('process-pairs') + 20);
    const roams = history.count(keyOf('user-hosts', user)) >= 3;
    const ofUser = roams ? history.settledDays(keyOf('user-process', user, name), startMs, scene.without) : 0;
    const hostDays = scene.hostDays - this.unsettled(keyOf('host-process', host, name), startMs, scene);
    const userDays =
      history.days(keyOf('user', user)) - this.unsettled(keyOf('user-process', user, name), startMs, scene);
    const byHost = (here + 2 * prevalence + 0.25) / (hostDays + 2.25);
    const byUser = roams ? ((isCommonAccount ? 0.4 : 0.8) * ofUser) / (userDays + 2) : 0;
    const newHosts = history
      .startTimes(keyOf('process-first-hosts', name))
      .filter((atMs) => atMs > startMs - 72 * hourMs).length;
    const rollout = 1 / (1 + Math.max(0, newHosts - 1));
    const rolloutText =
      newHosts > 1
        ? ` It is new on ${countOf(newHosts, 'host')} within 72 hours, as in a roll-out, and counts less for it.`
        : '';
    const familiar = Math.exp(-(here + ofUser) / 2);
    return [
      {
        name: 'process-on-host',
        // A program that no host is known to run is new on this one too: that is told once, as the fleet's.
        nats: -Math.log(Math.min(1, Math.max(byHost, byUser))) * rollout * scene.trust * (hosts === 0 ? 0.6 : 1),
        describe: () => ({
          title: 'Process on this host',
          figure: `Seen on ${formatCount(hereDays)} of ${countOf(scene.hostDays, 'day')}`,
          text: `${process} wrote from this host on ${formatCount(hereDays)} of the ${countOf(scene.hostDays, 'earlier day')} on which the host wrote to external devices.${rolloutText}`,
        }),
      },
      {
        name: 'fleet-prevalence',
        nats:
          -Math.log(Math.min(1, Math.max(prevalence, newNameShare))) *
          familiar *
          rollout *
          scene.trust *
          (hosts === 0 ? 1.4 : 1),
        describe: () => ({
          title: 'Process in the fleet',
          figure: `${formatCount(hosts)} of ${countOf(otherHosts, 'other host')}`,
          text: `${process} wrote to external devices from ${formatCount(hosts)} of ${countOf(otherHosts, 'other host')} before.${rolloutText}`,
        }),
      },
    ];
  }

  private device(session: WriteSession, scene: ScoringScene, isCommonAccount: boolean): FacetDraft {
    const { history } = this;
    const { host, user, device, startMs } = session;
    const daysHere = history.days(keyOf('host-device', host, device));
    const hosts = this.others(keyOf('device-hosts', device), daysHere);
    const here = history.settledDays(keyOf('host-device', host, device), startMs, scene.without);
    const ofUser = history.settledDays(keyOf('user-device', user, device), startMs, scene.without);
    // A stick of last week is hardly less new than one of today.
    const known = Math.max(here, ofUser) * (Math.max(here, ofUser) < 1 ? 0.4 : 1);
    const isWeak = !device.startsWith('serial:') || device[8] === '&';
    const expected = hosts === 0 ? (isWeak ? 0.03 : 0.02) : hosts >= 4 ? 0.3 : 0.05;
    // A host that hardly ever writes, but to this device, says nothing about what is new on it.
    // What services write to a new device, they write because a person connected it.
    const hostDays = scene.hostDays - daysHere;
    const trust = scene.trust * (hostDays / (hostDays + 1.5)) * (isCommonAccount ? 0.6 : 1);
    const weakText = isWeak ? ' It has no serial number of its own, so it may be another of the same model.' : '';
    return {
      name: 'device-new',
      nats: -Math.log((known + expected) / (known + 1)) * trust * (session.writtenBytes < tinyBytes ? 0.4 : 1),
      describe: () => {
        const days = daysHere;
        if (hosts === 0 && days === 0) {
          return {
            title: 'Device',
            figure: 'Never seen before',
            text: `Nothing was written to this device before, from any of ${countOf(scene.fleetHosts, 'host')}.${weakText}`,
          };
        }
        return {
          title: 'Device',
          figure:
            days > 0 ? `Used on ${countOf(days, 'day')} here` : `New to this host, known on ${formatCount(hosts)}`,
          text:
            days > 0
              ? `The device was written to from this host on ${countOf(days, 'earlier day')}.${weakText}`
              : `The device was not written to from this host before; it was from ${countOf(hosts, 'other host')}.${weakText}`,
        };
      },
    };
  }

  private hour(session: WriteSession, scene: ScoringScene, isCommonAccount: boolean, beat: Beat): FacetDraft {
    const { history } = this;
    const { startMs } = session;
    const keys = hourKeys(session, isCommonAccount);
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

  private sizes(session: WriteSession, scene: ScoringScene, isCommonAccount: boolean, beat: Beat): FacetDraft[] {
    const make = (kind: 'bytes' | 'files'): FacetDraft => {
      const { history } = this;
      const log = kind === 'bytes' ? logBytes(session) : logFiles(session);
      const prior = kind === 'bytes' ? priorBytes : priorFiles;
      const byProcess = history.expectSize(processSizeKeys(kind, session, isCommonAccount), prior);
      const byUser = history.expectSize(userSizeKeys(kind, session, isCommonAccount), prior);
      const processCount = history.expectSize(processSizeKeys(kind, session, isCommonAccount).slice(0, 2), prior).count;
      // Services do not have a size of their own: what they run has.
      const expectation: SizeExpectation = isCommonAccount
        ? byProcess
        : processCount < 5
          ? byUser
          : standardised(log, byProcess) < standardised(log, byUser)
            ? byProcess
            : byUser;
      const z = standardised(log, expectation);
      const usual = Math.exp(expectation.mean);
      const factor = Math.exp(log - expectation.mean);
      return {
        name: kind,
        nats: z <= 0 ? 0 : surprise(z) * weightOfAmount(kind, session) * scene.trust * (beat.isSteady ? 0.4 : 1),
        describe: () => {
          const amount = kind === 'bytes' ? formatBytes(session.writtenBytes) : countOf(session.events, 'write');
          const expected = kind === 'bytes' ? formatBytes(usual) : countOf(Math.max(1, Math.round(usual)), 'write');
          const times =
            factor >= 1.5 ? `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)} times the usual` : 'usual';
          return {
            title: kind === 'bytes' ? 'Bytes' : 'Number of writes',
            figure: `${amount}, ${times}`,
            text: `${amount}${kind === 'bytes' ? ' (event sum)' : ''} in this session; ${expected} ${kind === 'bytes' || Math.round(usual) === 1 ? 'is' : 'are'} usual, going by earlier sessions of this user and program.`,
          };
        },
      };
    };
    return [make('bytes'), make('files')];
  }

  private executablePath(session: WriteSession, scene: ScoringScene): FacetDraft {
    const { history } = this;
    const { process, executable, host, startMs } = session;
    const name = process.toLowerCase();
    const pattern = placePattern(executable);
    const odd = oddPlaceOf(executable);
    const hosts = this.others(keyOf('process-hosts', name), history.days(keyOf('host-process', host, name)));
    const hostsHere = this.others(
      keyOf('place-hosts', name, pattern),
      history.days(keyOf('place', name, pattern, host)),
    );
    const established = history.settledDays(keyOf('place', name, pattern, host), startMs, scene.without);
    const oddHosts = odd
      ? this.others(keyOf('odd-place-hosts', odd.kind), history.days(keyOf('odd-place', odd.kind, host)))
      : 0;
    const oddNats = odd
      ? Math.min(odd.nats + 1, -Math.log((oddHosts + 0.7) / (scene.fleetHosts + 3)) + 0.3 * odd.nats)
      : 0;
    const otherNats = executable !== '' && hosts >= 2 ? -Math.log((hostsHere + 0.25) / (hosts + 1)) * scene.trust : 0;
    const nats = Math.max(0, Math.max(oddNats, otherNats)) / (1 + established + (hostsHere >= commonNameHosts ? 2 : 0));
    return {
      name: 'executable-path',
      nats,
      describe: () => ({
        title: 'Folder of the program',
        figure: odd
          ? `In ${odd.text}`
          : hosts === 0
            ? 'No other copy known'
            : `${formatCount(hostsHere)} of ${countOf(hosts, 'other host')} run it there`,
        text:
          executable === ''
            ? 'The events do not say which file ran.'
            : `It ran as ${executable}${odd ? `, which is in ${odd.text}` : ''}. ${hosts === 0 ? 'No other host is known to run a program of this name.' : `${formatCount(hostsHere)} of ${countOf(hosts, 'other host')} that ${hosts === 1 ? 'runs' : 'run'} ${process} ${hosts === 1 ? 'runs' : 'run'} it from such a folder.`}`,
      }),
    };
  }

  private masquerade(session: WriteSession, scene: ScoringScene): FacetDraft {
    const { history } = this;
    const { process, executable, host, startMs } = session;
    const name = process.toLowerCase();
    const disguise = this.disguise(process, executable);
    const hosts = history.count(keyOf('process-hosts', name));
    const place = placePattern(executable);
    const here = keyOf('place', name, place, host);
    const placeHosts = this.others(keyOf('place-hosts', name, place), history.days(here));
    const established = history.settledDays(here, startMs, scene.without);
    return {
      name: 'masquerade',
      nats: disguise ? disguise.nats / (1 + established + placeHosts) : 0,
      describe: () => ({
        title: 'Name of the program',
        figure: disguise?.figure ?? 'Imitates no other',
        text:
          disguise?.text ??
          `The name ${process} imitates none of the system programs nor of those that ${hosts > 0 ? 'other' : 'many'} hosts run.`,
      }),
    };
  }

  private livingOffTheLand(session: WriteSession, scene: ScoringScene): FacetDraft {
    const { history } = this;
    const { host, user, process, executable, startMs } = session;
    const name = process.toLowerCase();
    const program = knownProgramsNamed(name).find(({ category }) => category === 'lolbin' || category === 'archiver');
    const silent = knownProgramsNamed(name).find(({ category }) => category === 'system');
    const isOwn = program && recognise({ process, executable: executable || undefined }).kind !== 'wrong-folder';
    const userDays = history.days(keyOf('user', user));
    const here = history.settledDays(keyOf('host-process', host, name), startMs, scene.without);
    const share =
      (history.settledDays(keyOf('tool', user), startMs, scene.without) + 0.4) /
      (userDays - this.unsettled(keyOf('tool', user), startMs, scene) + 4);
    const hosts = history.count(keyOf('process-hosts', name));
    const silentNats = silent && hosts < 3 ? 2.5 : 0;
    // What hosts of the whole fleet use is a tool of everybody, whoever takes it up.
    const prevalence =
      this.others(keyOf('process-hosts', name), history.days(keyOf('host-process', host, name))) /
      (scene.fleetHosts + 4);
    const toolNats = isOwn ? Math.min(3.5, -Math.log(Math.min(1, Math.max(share, prevalence)))) : 0;
    return {
      name: 'living-off-the-land',
      nats: (Math.max(toolNats, silentNats) * scene.trust) / (1 + here),
      describe: () => ({
        title: 'Kind of program',
        figure: isOwn
          ? 'A tool of the system'
          : silentNats > 0
            ? 'A system program that seldom writes'
            : 'No particular tool',
        text: isOwn
          ? `${process} comes with the system or is an archiver, and can copy or pack data unnoticed; ${user} used such tools on ${formatCount(history.days(keyOf('tool', user)))} of ${countOf(userDays, 'earlier day')}.`
          : silentNats > 0
            ? `${process} is a part of the system that wrote to external devices from only ${countOf(hosts, 'host')} before.`
            : `${process} is not in the list of system tools that can copy or pack data.`,
      }),
    };
  }

  private userOnHost(session: WriteSession, scene: ScoringScene, isCommonAccount: boolean): FacetDraft {
    const { history } = this;
    const { host, user, startMs } = session;
    const hosts = history.count(keyOf('user-hosts', user));
    const users = history.count(keyOf('host-users', host));
    const here = history.settledDays(keyOf('user-host', user, host), startMs, scene.without);
    const days = history.days(keyOf('user-host', user, host));
    const roaming = 1 + Math.max(0, hosts - 1) * 0.7;
    const shared = 1 + Math.max(0, users - 3) * 0.5;
    // Someone never seen may be new in the company; someone of another host is out of place.
    const expected = hosts === 0 ? 0.08 : 0.03;
    const hostDays = scene.hostDays - days;
    const trust = scene.trust * (hostDays / (hostDays + 2));
    return {
      name: 'user-on-host',
      nats: isCommonAccount ? 0 : (-Math.log((here + expected) / (here + 1)) * trust) / (roaming * shared),
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

  /**
   * Days of a thing that do not count as settled. They leave the days it is compared with too: else a thing would seem
   * rarer after its first days than before it was ever seen.
   */
  private unsettled(key: string, startMs: number, scene: ScoringScene): number {
    return this.history.days(key) - this.history.settledDays(key, startMs, scene.without);
  }

  /** How many hosts a count stands for besides this one, which is in it where it was seen on any day here. */
  private others(key: string, daysHere: number): number {
    return Math.max(0, this.history.count(key) - Number(daysHere > 0));
  }

  private beatOf(session: WriteSession): Beat {
    const starts = this.history.startTimes(
      keyOf('starts', session.host, session.process.toLowerCase(), session.device),
    );
    const clock = (atMs: number) => ((atMs % dayMs) + dayMs) % dayMs;
    const onBeat = starts.filter((atMs) => {
      const apart = Math.abs(clock(atMs) - clock(session.startMs));
      return Math.min(apart, dayMs - apart) <= beatMs;
    }).length;
    return { runs: starts.length, onBeat, isSteady: onBeat >= 4 && onBeat >= 0.6 * starts.length };
  }

  private disguise(process: string, executable: string): Disguise | undefined {
    const key = keyOf(process, executable);
    let disguise = this.disguises.get(key);
    if (disguise === undefined && !this.disguises.has(key)) {
      disguise = disguiseOf(process, executable) ?? this.catalogueLikeness(process.toLowerCase());
      this.disguises.set(key, disguise);
    }
    return disguise ?? this.likeness(process.toLowerCase());
  }

  private catalogueLikeness(name: string): Disguise | undefined {
    let likeness = this.catalogueLikenesses.get(name);
    if (likeness === undefined && !this.catalogueLikenesses.has(name)) {
      likeness = catalogueLikenessOf(name);
      this.catalogueLikenesses.set(name, likeness);
    }
    return likeness;
  }

  private likeness(name: string): Disguise | undefined {
    const { commonNames } = this.history;
    let known = this.likenesses.get(name);
    // What was taken back may come again in another order.
    if (!known || known.compared > commonNames.length) {
      known = { compared: 0, disguise: undefined };
      this.likenesses.set(name, known);
    }
    for (; known.disguise === undefined && known.compared < commonNames.length; known.compared++) {
      known.disguise = likenessOf(name, commonNames[known.compared] ?? '');
    }
    return known.disguise;
  }
}

/** How regularly a program writes from a host to a device at this time of day. */
interface Beat {
  readonly runs: number;
  readonly onBeat: number;
  readonly isSteady: boolean;
}

function isTool(name: string): boolean {
  return knownProgramsNamed(name).some(({ category }) => category === 'lolbin' || category === 'archiver');
}

function hourKeys({ host, user, process }: WriteSession, isCommonAccount: boolean): readonly string[] {
  return [
    keyOf('hours', isCommonAccount ? 'services' : 'people'),
    isCommonAccount ? keyOf('hours', 'host', user, host) : keyOf('hours', 'user', user),
    keyOf('hours', 'habit', host, user, process.toLowerCase()),
  ];
}

function processSizeKeys(
  kind: string,
  { host, user, process }: WriteSession,
  isCommonAccount: boolean,
): readonly string[] {
  const name = process.toLowerCase();
  return [sizeRoot(kind, isCommonAccount), keyOf(kind, 'process', name), keyOf(kind, 'habit', host, user, name)];
}

function userSizeKeys(
  kind: string,
  { host, user, process }: WriteSession,
  isCommonAccount: boolean,
): readonly string[] {
  return [
    sizeRoot(kind, isCommonAccount),
    keyOf(kind, 'user', user),
    keyOf(kind, 'habit', host, user, process.toLowerCase()),
  ];
}

function sizeRoot(kind: string, isCommonAccount: boolean): string {
  return keyOf(kind, isCommonAccount ? 'services' : 'people');
}

function standardised(log: number, { mean, deviation }: SizeExpectation): number {
  return (log - mean) / Math.max(leastDeviation, deviation);
}

/** Nats of a size this far above the expected one: sizes have heavy tails, so far out they grow slowly. */
function surprise(z: number): number {
  const nats = Math.log1p(Math.exp(1.7 * z)) - Math.LN2;
  return nats <= tailNats ? nats : tailNats + tailGrowthNats * Math.log1p((nats - tailNats) / tailGrowthNats);
}

/** 0 … 1: however unusual, a few megabytes or a few writes take little away. */
function weightOfAmount(kind: 'bytes' | 'files', session: WriteSession): number {
  const amount = kind === 'bytes' ? session.writtenBytes / smallBytes : session.events / smallWrites;
  return amount / (1 + amount);
}
