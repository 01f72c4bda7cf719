/** A cluster under a name, as the window sees it. Secrets are not part of it: only whether one is kept. */
export interface EvidenceSource {
  readonly id: string;
  readonly name: string;
  readonly address: SourceAddress;
  readonly signIn:
    | { readonly kind: 'none' }
    | { readonly kind: 'api-key' }
    | { readonly kind: 'password'; readonly username: string };
  /** What vouches for the cluster's certificate. */
  readonly trust:
    | { readonly kind: 'system' }
    | { readonly kind: 'ca'; readonly fileName: string }
    | { readonly kind: 'fingerprint'; readonly fingerprint: string };
  readonly proxy?: string | undefined;
  readonly indices: SourceIndices;
  /** Whether the API key or password is there now; where it is not, it has to be given again. */
  readonly hasSecret: boolean;
}

export type SourceAddress =
  | { readonly kind: 'nodes'; readonly nodes: readonly string[] }
  | { readonly kind: 'cloud'; readonly cloudId: string };

/** Index patterns of the four kinds of evidence, several parted by commas. */
export interface SourceIndices {
  readonly files: string;
  readonly devices: string;
  readonly alerts: string;
  readonly anomalies: string;
}

/** Where Elastic's own packages put them. */
export const defaultSourceIndices: SourceIndices = {
  files: 'logs-endpoint.events.file-*',
  devices: 'logs-endpoint.events.device-*',
  alerts: '.alerts-security.alerts-*',
  anomalies: '.ml-anomalies-*',
};

export interface EvidenceSources {
  /** The source that this workspace reads from; absent for its embedded store. */
  readonly inUse?: string | undefined;
  /** How secrets are kept: encrypted by the system, or only until Portside ends. */
  readonly keeps: 'encrypted' | 'memory';
  readonly sources: readonly EvidenceSource[];
}

/** What a cluster said to a test of its connection. */
export interface ConnectionTest {
  readonly version: string;
  readonly clusterName: string;
  /** Type of the licence, such as `basic`; absent where the key may not ask. */
  readonly license?: string | undefined;
  /** Who asked, as the cluster names them; absent on a cluster without users. */
  readonly user?: string | undefined;
  readonly mayRead: readonly string[];
  readonly mayNotRead: readonly string[];
  /** Patterns on remote clusters, whose rights cannot be asked for here. */
  readonly notAsked: readonly string[];
  /** Time until the first answer. */
  readonly tookMs: number;
}
