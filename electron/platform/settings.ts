import { readFile, rename } from 'node:fs/promises';
import type { z } from 'zod';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { writeFileAtomic } from './atomic-file.ts';

/** Settings in a JSON file. They hold what a person chose, never results and never secrets. */
export interface Settings<T> {
  /** What holds now. */
  readonly value: T;
  /** Why the file could not be used, where it could not: it was set aside and the defaults hold. */
  readonly problem: string | undefined;
  /** Merges `patch` and returns when it is on the disk. Writes are in the order of calls. */
  set(patch: Partial<T>): Promise<void>;
  /** Resolves when every write so far has ended, well or not. */
  written(): Promise<void>;
}

/** A settings file is small; anything larger is not ours. */
const maxSettingsBytes = 1_000_000;

/**
 * Opens the settings in `path`. A missing file means the defaults of `schema` (which must accept `{}`). A damaged file is
 * renamed to `<path>.damaged`, so that nothing is lost and the start is not stopped.
 */
export async function openSettings<T extends object>(path: string, schema: z.ZodType<T>): Promise<Settings<T>> {
  let value = schema.parse({});
  let problem: string | undefined;
  let text: string | undefined;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) throw fail('workspace-unwritable', `${path} cannot be read: ${messageOf(error)}`, undefined, error);
  }
  if (text !== undefined) {
    try {
      if (text.length > maxSettingsBytes) throw new Error('it is too large');
      value = schema.parse(JSON.parse(text));
    } catch (error) {
      problem = `${path} could not be understood and was set aside: ${messageOf(error).slice(0, 500)}`;
      await rename(path, `${path}.damaged`);
    }
  }

  let queue = Promise.resolve();
  return {
    get value() {
      return value;
    },
    problem,
    set(patch) {
      value = schema.parse({ ...value, ...patch });
      const content = `${JSON.stringify(value, undefined, 2)}\n`;
      const write = queue.then(() => writeFileAtomic(path, content));
      queue = write.catch(() => undefined);
      return write;
    },
    written: () => queue,
  };
}
