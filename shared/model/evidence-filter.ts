import { z } from 'zod';

const names = z.array(z.string().max(4096)).max(1000);

/**
 * Which writes a question is about. Absent fields do not narrow; several values of one field mean any of them (an empty
 * list matches nothing); fields are joined by "and". Times are epoch milliseconds, `fromMs` inclusive, `toMs` exclusive. Text matches are exact, but
 * bus types compare without case.
 */
export const evidenceFilterSchema = z.strictObject({
  fromMs: z.number().optional(),
  toMs: z.number().optional(),
  hosts: names.optional(),
  users: names.optional(),
  processes: names.optional(),
  executables: names.optional(),
  devices: names.optional(),
  busTypes: names.optional(),
  /** Only files whose path contains this text, without case. */
  pathContains: z.string().min(1).max(1024).optional(),
});

export type EvidenceFilter = z.infer<typeof evidenceFilterSchema>;

/** Where a page goes on: an opaque text from the page before. */
export const cursorSchema = z.string().max(2048);
