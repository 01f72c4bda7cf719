import { z } from 'zod';

const names = z.array(z.string().max(4096)).max(1000);

/** Which findings a queue shows. Absent fields do not narrow; times are of the finding's writes (overlap counts). */
export const findingFilterSchema = z.strictObject({
  fromMs: z.number().optional(),
  toMs: z.number().optional(),
  hosts: names.optional(),
  users: names.optional(),
  processes: names.optional(),
  devices: names.optional(),
  minScore: z.number().min(0).max(100).optional(),
  states: z.array(z.enum(['open', 'acknowledged', 'closed'])).optional(),
  /** Whether a rule raised an alert about it, about a record of its process or about the connection of its device. */
  raised: z.boolean().optional(),
  /** Only findings whose host, user, process, path of the program or device contains this text, without case. */
  text: z.string().min(1).max(256).optional(),
});

export type FindingFilter = z.infer<typeof findingFilterSchema>;
