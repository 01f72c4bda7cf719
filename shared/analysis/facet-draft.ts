import { dayMs, minuteMs } from '../base/time.ts';
import type { EvidenceFacetName } from '../model/facet-name.ts';
import type { PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';

/** One reason before it is weighed: its evidence in nats (−ln of how often such a thing is expected), and its words. */
export interface FacetDraft {
  readonly name: EvidenceFacetName;
  readonly nats: number;
  readonly describe: () => { readonly title: string; readonly figure: string; readonly text: string };
}

/** What holds for all facets of a session. */
export interface ScoringScene {
  readonly fleetDays: number;
  readonly fleetHosts: number;
  readonly hostDays: number;
  /** 0 … 1: how far the fleet's history suffices to call something unusual. */
  readonly trust: number;
  /** Whether the account is one of services or of everybody. */
  readonly isCommonAccount: boolean;
  readonly beat: Beat;
  /** Set where the last days are left out: what would be new if they were not known. */
  readonly without?: 'recent' | undefined;
}

/** Days of fleet history after which "never seen" means something. */
const trustedDays = 7;

/** An account seen on this many hosts, and on this share of them, is one of services or of everybody. */
const commonAccountHosts = 6;
const commonAccountShare = 0.25;

/** Start times this close are the same time of day. */
const beatMs = 45 * minuteMs;

/** How regularly a program writes from a host to a device at this time of day. */
export interface Beat {
  readonly runs: number;
  readonly onBeat: number;
  readonly isSteady: boolean;
}

export function sceneOf(history: PortsideHistory, subject: Subject): ScoringScene {
  const { keys } = subject;
  const fleetDays = history.days('fleet');
  const fleetHosts = history.count('hosts');
  const hostsOfUser = history.count(keys.userHosts);
  return {
    fleetDays,
    fleetHosts,
    hostDays: history.days(keys.host),
    trust: Math.min(1, fleetDays / trustedDays),
    isCommonAccount: hostsOfUser >= commonAccountHosts && hostsOfUser >= commonAccountShare * fleetHosts,
    beat: beatOf(history, subject),
  };
}

function beatOf(history: PortsideHistory, { session, keys }: Subject): Beat {
  const starts = history.startTimes(keys.starts);
  const clock = (atMs: number) => ((atMs % dayMs) + dayMs) % dayMs;
  const onBeat = starts.filter((atMs) => {
    const apart = Math.abs(clock(atMs) - clock(session.startMs));
    return Math.min(apart, dayMs - apart) <= beatMs;
  }).length;
  return { runs: starts.length, onBeat, isSteady: onBeat >= 4 && onBeat >= 0.6 * starts.length };
}

/**
 * Days of a thing that do not count as settled. They leave the days it is compared with too: else a thing would seem
 * rarer after its first days than before it was ever seen.
 */
export function unsettled(history: PortsideHistory, key: string, startMs: number, scene: ScoringScene): number {
  return history.days(key) - history.settledDays(key, startMs, scene.without);
}

/** How many hosts a count stands for besides this one, which is in it where it was seen on any day here. */
export function others(history: PortsideHistory, key: string, daysHere: number): number {
  return Math.max(0, history.count(key) - Number(daysHere > 0));
}
