import { z } from 'zod';
import type { Page } from '../model/evidence-answer.ts';
import { cursorSchema, evidenceFilterSchema } from '../model/evidence-filter.ts';
import type { FindingRow } from '../model/finding.ts';
import { findingFilterSchema } from '../model/finding-filter.ts';
import type { FindingGroup } from '../model/finding-group.ts';
import { maxPageRows } from '../model/page-limit.ts';
import type { ScoredProcessRow } from '../model/scored-process.ts';
import { operation } from './operation.ts';

const limit = z.number().int().min(1).max(maxPageRows);

/** Questions about findings. Findings are derived from the evidence and scored with the past only; see `scores.refresh`. */
export const findingOperations = {
  /** Findings in the asked order; best first by default (ties: newer first, then id). */
  'findings.list': operation(
    z.strictObject({
      filter: findingFilterSchema,
      sort: z.enum(['score', 'startMs', 'writtenBytes', 'elastic']).default('score'),
      descending: z.boolean().default(true),
      limit,
      cursor: cursorSchema.optional(),
    }),
  ).returns<Page<FindingRow>>(),

  /** Findings that match, by what they share. Highest figure first, or by name; ties by name. */
  'finding-groups.list': operation(
    z.strictObject({
      filter: findingFilterSchema,
      by: z.enum(['host', 'user', 'process', 'device']),
      sort: z.enum(['score', 'startMs', 'writtenBytes', 'elastic', 'findings', 'name']).default('score'),
      limit,
      cursor: cursorSchema.optional(),
    }),
  ).returns<Page<FindingGroup>>(),

  /** One finding. Fails with `not-found`. */
  'finding.read': operation(z.strictObject({ id: z.string().max(128) })).returns<FindingRow>(),

  /**
   * `processes.list` with scores. Sorting by a score is over all matching rows, not over the page. A page may end before its
   * limit, with a cursor for the rest, where its rows are dear.
   */
  'scored-processes.list': operation(
    z.strictObject({
      filter: evidenceFilterSchema,
      /** Only programs whose name, path or host contains this text, without case. */
      contains: z.string().max(256).optional(),
      sort: z
        .enum([
          'rarity',
          'elastic',
          'writtenBytes',
          'distinctBytes',
          'files',
          'events',
          'devices',
          'users',
          'firstSeenMs',
          'lastSeenMs',
          'process',
          'host',
        ])
        .default('rarity'),
      descending: z.boolean().default(true),
      limit,
      cursor: cursorSchema.optional(),
    }),
  ).returns<Page<ScoredProcessRow>>(),

  /** Brings findings up to the evidence's revision; quick when they are. Emits progress. Every question above does it first. */
  'scores.refresh': operation(z.strictObject({}))
    .emits<{ readonly doneSlots: number; readonly totalSlots: number }>()
    .returns<{ readonly findings: number; readonly revision: string }>(),

  /**
   * Sets what was decided about findings. Unknown ids are ignored. Where `expected` is given and another state holds by now,
   * nothing is set and it ends with `changed-since`.
   */
  'finding-states.set': operation(
    z.strictObject({
      states: z
        .array(
          z.strictObject({
            id: z.string().max(128),
            state: z.enum(['open', 'acknowledged', 'closed']),
            reason: z.string().max(4096).optional(),
            expected: z
              .strictObject({
                state: z.enum(['open', 'acknowledged', 'closed']),
                reason: z.string().max(4096).optional(),
              })
              .optional(),
          }),
        )
        .max(1000),
    }),
  ).returns<Record<string, never>>(),
} as const;

/** What an alert is about, as far as the filter for raised findings needs it. */
export const raisedSubjectSchema = z.strictObject({
  kind: z.enum(['finding', 'anomaly-record', 'connection']),
  subject: z.string(),
  host: z.string().optional(),
  process: z.string().optional(),
  device: z.string().optional(),
  startMs: z.number(),
  endMs: z.number(),
});
export type RaisedSubject = z.infer<typeof raisedSubjectSchema>;

export type FindingOperations = typeof findingOperations;
