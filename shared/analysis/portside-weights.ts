import type { FacetName } from '../model/finding.ts';

/** The numbers of Portside's score. How they were found is written in docs/detection.md. */
export interface PortsideWeights {
  /** What a nat of a facet's evidence counts. */
  readonly facets: Readonly<Record<FacetName, number>>;
  /** What the strongest, second strongest … facet counts; further ones count nothing. */
  readonly ranks: readonly number[];
  /** Nats that happen every day: evidence begins above them. */
  readonly everydayNats: number;
  /** Nats at which the score reaches 63. */
  readonly scaleNats: number;
}

export const portsideWeights: PortsideWeights = {
  facets: {
    'process-on-host': 0.64,
    'fleet-prevalence': 0.55,
    'device-new': 1.75,
    'hour-of-user': 0.83,
    bytes: 0.9,
    files: 0.8,
    'executable-path': 0.47,
    masquerade: 1.4,
    'user-on-host': 0.23,
    'living-off-the-land': 1.12,
    'weak-findings': 0.87,
    rhythm: 0,
  },
  ranks: [1, 0.67, 0.67, 0.67, 0.35, 0.29],
  everydayNats: 1.2,
  scaleNats: 3.2,
};
