import { z } from 'zod';
import { operation } from './operation.ts';

/** A limit as it was chosen, or left to the program. */
export type ChosenLimit = number | 'automatic';

/** What a person can choose about the engine and the log, what it means on this machine, and what is wrong with the files. */
export interface ProgramSettings {
  /** Memory that the questions to the engine may use together; what holds now is in `workspace.read`. */
  readonly memory: ChosenLimit;
  readonly machineMemoryBytes: number;
  /** Disk that they may use for what does not fit into memory. */
  readonly temporaryDisk: ChosenLimit;
  readonly disk: {
    /** Bytes of the evidence files of the workspace. */
    readonly workspaceBytes: number;
    /** Free bytes on its disk, where they can be known. */
    readonly freeBytes?: number | undefined;
  };
  readonly log: 'everything' | 'problems';
  readonly logFolder: string;
  /** Settings files that could not be understood and were set aside; `isNew` since the program started. */
  readonly damaged: readonly { readonly path: string; readonly original: string; readonly isNew: boolean }[];
}

const limit = (least: number, most: number) => z.union([z.literal('automatic'), z.number().int().min(least).max(most)]);

/** Settings of the program beyond its looks. */
export const settingsOperations = {
  'settings.read': operation(z.strictObject({})).returns<ProgramSettings>(),

  /** Limits hold from the next start of the engine on, the log's detail at once. */
  'settings.set': operation(
    z.strictObject({
      memory: limit(256_000_000, 1_000_000_000_000).optional(),
      temporaryDisk: limit(1_000_000_000, 100_000_000_000_000).optional(),
      log: z.enum(['everything', 'problems']).optional(),
    }),
  ).returns<Record<string, never>>(),
} as const;
