import type { EvidenceFacetName } from '../model/finding.ts';
import { keyOf, type PortsideHistory } from './portside-history.ts';
import type { WriteSession } from './write-session.ts';

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
  /** Set where the last days are left out: what would be new if they were not known. */
  readonly without?: 'recent' | undefined;
}

/** Days of fleet history after which "never seen" means something. */
const trustedDays = 7;

export function sceneOf(history: PortsideHistory, session: WriteSession): ScoringScene {
  const fleetDays = history.days('fleet');
  return {
    fleetDays,
    fleetHosts: history.count('hosts'),
    hostDays: history.days(keyOf('host', session.host)),
    trust: Math.min(1, fleetDays / trustedDays),
  };
}
