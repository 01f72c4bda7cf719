/** What the evidence engine of a workspace may use of this computer; told, so that nobody is surprised by them. */
export interface EngineLimits {
  /** Memory that its questions may use together, in bytes. Past it they spill to the disk, then end with `store-too-large`. */
  readonly memoryBytes: number;
  /** Disk that they may use for what does not fit into memory, in bytes; the files are gone when the question ends. */
  readonly temporaryBytes: number;
  /** What is free now on the disk of the workspace, in bytes. */
  readonly freeDiskBytes: number;
}

/** Limits that a person chose, in bytes; the program chooses what is absent. */
export type ChosenLimits = { readonly [K in 'memoryBytes' | 'temporaryBytes']?: number | undefined };
