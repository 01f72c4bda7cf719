import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { toWriteFailure, writeFileAtomic } from '../platform/atomic-file.ts';

/** A file with a JSON document a line, only ever added to. What is added is on the disk when `append` returns. */
export interface LineLog<Entry> {
  /** All entries, oldest first. A torn last line, as a crash leaves it, is cut off; other unreadable lines are left out. */
  readonly entries: readonly Entry[];
  append(entries: readonly Entry[]): Promise<void>;
}

/** Larger files are not ours. */
const maxLogBytes = 512 * 1024 * 1024;

/**
 * Opens or makes a log. Of more than `maxEntries` entries the oldest are forgotten when it is opened, and on appending
 * once they are twice as many.
 */
export async function openLineLog<Entry>(
  path: string,
  parse: (value: unknown) => Entry | undefined,
  maxEntries: number,
): Promise<LineLog<Entry>> {
  const text = await readText(path);
  let entries: readonly Entry[] = text.split('\n').flatMap((line): readonly Entry[] => {
    const entry = line === '' ? undefined : parseLine(line, parse);
    return entry === undefined ? [] : [entry];
  });
  let tail: Promise<void> = Promise.resolve();
  const isTorn = text !== '' && !text.endsWith('\n');
  if (isTorn || entries.length > maxEntries) await rewrite();

  async function rewrite(): Promise<void> {
    entries = entries.slice(-maxEntries);
    await writeFileAtomic(path, toLines(entries));
  }

  return {
    get entries() {
      return entries;
    },
    append(added) {
      if (added.length === 0) return tail;
      const next = tail.then(async () => {
        await appendText(path, toLines(added));
        entries = [...entries, ...added];
        if (entries.length > 2 * maxEntries) await rewrite();
      });
      tail = next.catch(() => undefined);
      return next;
    },
  };
}

function toLines(entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

function parseLine<Entry>(line: string, parse: (value: unknown) => Entry | undefined): Entry | undefined {
  try {
    return parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxLogBytes) throw fail('bad-input', `${path} is too large.`, 'Move the file away: it is made anew.');
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E')) {
      throw fail('workspace-unwritable', `${path} cannot be read: ${messageOf(error)}.`, undefined, error);
    }
    throw error;
  }
}

async function appendText(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'a', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toWriteFailure(path, error);
  }
}
