import { z } from 'zod';
import { operation } from './operation.ts';

/** A file of a support bundle: plain text, so that whoever gives it away can read all of it before. */
export interface SupportFile {
  readonly name: string;
  readonly says: string;
  readonly text: string;
}

/** What helps to find a fault, looked through before it is given away. */
export const supportOperations = {
  /** Collects the files of a bundle; nothing is written. `id` stands for exactly these texts, the last few times only. */
  'support.collect': operation(z.strictObject({})).returns<{
    readonly id: string;
    readonly files: readonly SupportFile[];
  }>(),

  /**
   * Asks the person for a folder and writes the collected files into a new one there, whose path comes back; none when the
   * dialog was left. Ends with `not-found` for a bundle that is no longer kept, with `export-failed` where it cannot be written.
   */
  'support.save': operation(z.strictObject({ id: z.string().max(64) })).returns<{
    readonly folder?: string | undefined;
    readonly files: number;
  }>(),
} as const;
