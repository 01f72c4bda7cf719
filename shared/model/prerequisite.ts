/** What was found of one thing that the rule or Portside needs. */
export interface Prerequisite {
  /** Stable name, such as `device-events`. */
  readonly name: string;
  /**
   * `ok`: there; `missing`: not there; `warning`: there, but not as it should be; `unknown`: could not be looked up here,
   * the detail says why.
   */
  readonly state: 'ok' | 'warning' | 'missing' | 'unknown';
  /** What was found, as a sentence. */
  readonly detail: string;
  /** How to mend it; empty where there is nothing to mend. */
  readonly hint: string;
}
