import type { EvidenceFacetName } from '../model/facet-name.ts';

/** The numbers of Portside's score. How they were found is written in docs/detection.md. */
export interface PortsideWeights {
  /** What a nat of a facet's evidence counts. */
  readonly facets: Readonly<Record<EvidenceFacetName, number>>;
  /** What the strongest, second strongest … facet counts; further ones count nothing. */
  readonly ranks: readonly number[];
  /** What of a matter's evidence counts where no more was written than usual; without an entry all of it does. */
  readonly ordinaryAmount: Readonly<Record<string, number>>;
  /** Deviations above the usual amount at which half of the rest counts too. */
  readonly halfExcess: number;
  /** What the lesser of bytes and writes counts: they tell of the same copy. */
  readonly lesserSize: number;
  /** What a matter's reasons count when they are put in order, and its further ones beside its strongest. */
  readonly telling: Readonly<Record<string, number>>;
  readonly furtherReasons: number;
  /** Nats that happen every day: evidence begins above them. */
  readonly everydayNats: number;
  /** Nats at which the score reaches 63. */
  readonly scaleNats: number;
}

export const portsideWeights: PortsideWeights = {
  facets: {
    'process-on-host': 0.65,
    'fleet-prevalence': 0.65,
    'device-new': 1.75,
    'hour-of-user': 0.75,
    bytes: 0.85,
    files: 0.7,
    'executable-path': 0.4,
    masquerade: 1.4,
    'user-on-host': 1.8,
    'living-off-the-land': 1.1,
    publisher: 0.85,
    'original-name': 1.3,
    'program-hash': 0.45,
    'parent-process': 0.6,
    'weak-findings': 3.6,
    rhythm: 0,
  },
  ranks: [1, 0.4, 0.6, 0.7, 0.7, 0.5],
  ordinaryAmount: { program: 0.63, device: 0.6, hour: 0.75, account: 0.75 },
  halfExcess: 1.1,
  lesserSize: 0.3,
  telling: { device: 0.6, hour: 0.65, account: 1.95, volume: 0.85 },
  furtherReasons: 0.65,
  everydayNats: 1.2,
  scaleNats: 2.45,
};
