import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** What a capture leaves behind beside its events: when it ran, by which method, where it was blind, what was marked. */
export type SessionEntry =
  | { readonly kind: 'started'; readonly atMs: number; readonly host: string; readonly method: string }
  | { readonly kind: 'stopped'; readonly atMs: number }
  | { readonly kind: 'mark'; readonly atMs: number; readonly note: string }
  | {
      readonly kind: 'gap' | 'overflow';
      readonly atMs: number;
      readonly untilMs?: number | undefined;
      readonly message: string;
    }
  | {
      readonly kind: 'action';
      readonly atMs: number;
      readonly action: string;
      readonly evidence: unknown;
      readonly outcome: string;
    };

const entrySchema: z.ZodType<SessionEntry> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), atMs: z.number(), host: z.string(), method: z.string() }),
  z.object({ kind: z.literal('stopped'), atMs: z.number() }),
  z.object({ kind: z.literal('mark'), atMs: z.number(), note: z.string() }),
  z.object({
    kind: z.enum(['gap', 'overflow']),
    atMs: z.number(),
    untilMs: z.number().optional(),
    message: z.string(),
  }),
  z.object({
    kind: z.literal('action'),
    atMs: z.number(),
    action: z.string(),
    evidence: z.unknown(),
    outcome: z.string(),
  }),
]);

export interface SessionLog {
  /** Writes an entry; it is on disk when this returns. Entries are written in the order of the calls. */
  add(entry: SessionEntry): Promise<void>;
  /** All entries, oldest first. Lines that are none (a torn end) are left out. */
  read(): Promise<readonly SessionEntry[]>;
}

/** Opens the log of captures at `path`: JSON lines that are only ever added to. */
export function openSessionLog(path: string): SessionLog {
  let last: Promise<unknown> = Promise.resolve();

  async function write(entry: SessionEntry): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  return {
    add(entry) {
      const written = last.then(() => write(entry));
      // One that failed is told to its caller; the next one is written all the same.
      last = written.catch(() => undefined);
      return written;
    },
    async read() {
      await last;
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
        throw error;
      });
      return text.split('\n').flatMap((line) => {
        try {
          const parsed = entrySchema.safeParse(JSON.parse(line));
          return parsed.success ? [parsed.data] : [];
        } catch {
          return [];
        }
      });
    },
  };
}
