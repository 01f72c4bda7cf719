import { z } from 'zod';
import type { LiveFile, LiveProblem, LiveProcess, LiveUsage } from '../../shared/model/live.ts';

/** A line from the helper. */
export type HelperMessage =
  | { readonly kind: 'hello'; readonly version: number; readonly pid: number }
  /** The mount points that are watched from now on. */
  | { readonly kind: 'watched'; readonly mountPoints: readonly string[] }
  | { readonly kind: 'process'; readonly process: LiveProcess }
  | { readonly kind: 'file'; readonly file: LiveFile }
  | { readonly kind: 'usage'; readonly usage: LiveUsage }
  | { readonly kind: 'problem'; readonly problem: LiveProblem };

const name = z.string().max(1_024);
const path = z.string().max(16_384);
const amount = z.number().min(0);
const quality = z.enum(['exact', 'range', 'sampled']);

const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hello'), version: z.number(), pid: z.number() }),
  z.strictObject({ kind: z.literal('watched'), mountPoints: z.array(path).max(1_024) }),
  z.strictObject({
    kind: z.literal('process'),
    process: z.strictObject({
      key: name,
      pid: z.number(),
      name,
      executable: path.optional(),
      commandLine: path.optional(),
      user: name.optional(),
      userId: name.optional(),
      parentPid: z.number().optional(),
      parentName: name.optional(),
      startMs: z.number().optional(),
      executableSha256: name.optional(),
    }),
  }),
  z.strictObject({
    kind: z.literal('file'),
    file: z.strictObject({
      atMs: z.number(),
      processKey: name,
      mountPoint: path,
      path,
      state: z.enum(['new', 'overwritten', 'modified', 'renamed-in']),
      sizeBytes: amount,
      grownBytes: amount,
      headerBytes: name.optional(),
      sourcePath: path.optional(),
      quality,
      isOpen: z.boolean(),
    }),
  }),
  z.strictObject({
    kind: z.literal('usage'),
    usage: z.strictObject({
      atMs: z.number(),
      processKey: name,
      mountPoint: path,
      minBytes: amount,
      maxBytes: amount.optional(),
      files: amount,
      quality,
    }),
  }),
  z.strictObject({
    kind: z.literal('problem'),
    problem: z.strictObject({
      atMs: z.number(),
      kind: z.enum(['gap', 'overflow', 'problem']),
      message: path,
      hint: path.optional(),
      untilMs: z.number().optional(),
    }),
  }),
]);

/** Parses one line of the helper; undefined for anything that is none of its messages. */
export function parseHelperMessage(line: string): HelperMessage | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
