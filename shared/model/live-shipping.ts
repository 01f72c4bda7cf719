/** Where live events are sent beside the workspace's own store, and how that goes. Counts are since this sending began. */
export interface LiveShipping {
  /** Name or address of the cluster. */
  readonly place: string;
  readonly dataStream: string;
  /** `sending`: whatever comes is sent. `away`: the cluster does not take anything now; events wait on the disk. */
  readonly phase: 'sending' | 'away' | 'off';
  /** On the disk, not yet acknowledged by the cluster; those of earlier captures are among them. */
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly maxBytes: number;
  /** Acknowledged by the cluster, or found there already. */
  readonly sent: number;
  /** Not taken by the cluster, each for a reason of its own; kept beside the waiting ones. */
  readonly refused: number;
  readonly lastRefusal?: string | undefined;
  /** Never put on the disk because it was full of waiting events; they are in the workspace's store. */
  readonly leftOut: number;
  /** Why the cluster takes nothing. */
  readonly trouble?: string | undefined;
  readonly hint?: string | undefined;
}
