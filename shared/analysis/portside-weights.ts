import type { EvidenceFacetName } from '../model/facet-name.ts';

/** The numbers of Portside's score. How they were found is written in docs/detection.md. */
export interface PortsideWeights {
  /** What a nat of a facet's evidence counts. */
  readonly facets: Readonly<Record<EvidenceFacetName, number>>;
  /** What the strongest, second strongest … facet counts; further ones count nothing. */
  readonly ranks: readonly number[];
  /** Nats that happen every day: evidence begins above them. */
  readonly everydayNats: number;
  /** Nats at which the score reaches 63. */
  readonly scaleNats: number;
}

export const portsideWeights: PortsideWeights = {
  facets: {
    'process-on-host': 0.6,
    'fleet-prevalence': 0.5,
    'device-new': 1.5,
    'hour-of-user': 0.85,
    bytes: 0.95,
    files: 0.85,
    'executable-path': 0.5,
    masquerade: 1.8,
    'user-on-host': 0.8,
    'living-off-the-land': 1.45,
    publisher: 1,
    'original-name': 1.3,
    'program-hash': 0.5,
    'parent-process': 0.65,
    'weak-findings': 2.2,
    rhythm: 0,
  },
  ranks: [1, 0.65, 0.65, 0.65, 0.6, 0.55],
  everydayNats: 1.2,
  scaleNats: 3.2,
};
