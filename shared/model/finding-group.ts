/** Findings that share their host, user, process or device. */
export interface FindingGroup {
  /** What they share; a device by its id. */
  readonly name: string;
  readonly findings: number;
  /** Those of them that nobody has decided about. */
  readonly open: number;
  /** The highest Portside score, and the highest Elastic-comparable one, of a finding among them. */
  readonly score: number;
  readonly elastic: number;
  /** Event sum. */
  readonly writtenBytes: number;
  /** Start of the newest one. */
  readonly startMs: number;
}
