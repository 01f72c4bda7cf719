import { z } from 'zod';
import type { CaseEntry } from '../model/case-file.ts';
import { operation } from './operation.ts';

/** A part of the workspace's journal, and whether the whole of it still fits its hashes. */
export interface AuditPage {
  /** Newest first. */
  readonly rows: readonly CaseEntry[];
  /** Entries that fit what was asked for. */
  readonly total: number;
  /** All entries that hold. */
  readonly entries: number;
  /** Hash of the last entry that holds; absent where nothing was done yet. */
  readonly head?: string | undefined;
  /** Where the journal was changed outside Portside, as a sentence; entries after that place are not listed. */
  readonly damage?: string | undefined;
  readonly nextCursor?: string | undefined;
}

/** Who did what in the workspace. */
export const auditOperations = {
  /** Reads the journal anew and checks every hash of it; `contains` looks in who and in what. */
  'audit.list': operation(
    z.strictObject({
      contains: z.string().max(200).optional(),
      limit: z.number().int().min(1).max(1_000),
      cursor: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  ).returns<AuditPage>(),
} as const;
