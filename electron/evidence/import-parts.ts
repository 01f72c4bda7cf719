import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../shared/base/failure.ts';

/** A file with some whole lines of a text. */
export interface Part {
  readonly path: string;
  /** Lines of the text before it. */
  readonly linesBefore: number;
}

/** Sizes of the parts: the first ones are small, so that reading begins early; from the last one on all are alike. */
const usualPartBytes: readonly number[] = [33_554_432, 67_108_864, 134_217_728, 268_435_456];

const newline = 0x0a;

/**
 * Cuts a text into files in `folder` that end at the end of a line, one after the other; a line is never cut, however long it is.
 * Whoever takes a part removes it. The next part is made while one is in use.
 */
export async function* cutIntoParts(
  chunks: AsyncIterable<Buffer>,
  folder: string,
  signal: AbortSignal,
  partBytes = usualPartBytes,
): AsyncGenerator<Part> {
  yield* oneAhead(makeParts(chunks, folder, signal, partBytes));
}

async function* makeParts(
  chunks: AsyncIterable<Buffer>,
  folder: string,
  signal: AbortSignal,
  partBytes: readonly number[],
): AsyncGenerator<Part> {
  let number = 0;
  let linesBefore = 0;
  let file: FileHandle | undefined;
  let bytes = 0;
  let lines = 0;
  const pathOf = (part: number) => join(folder, `part-${part}`);
  try {
    for await (const chunk of chunks) {
      throwIfAborted(signal);
      file ??= await open(pathOf(number), 'wx');
      const limit = partBytes[Math.min(number, partBytes.length - 1)] ?? Number.POSITIVE_INFINITY;
      const cut = bytes + chunk.length < limit ? 0 : chunk.lastIndexOf(newline) + 1;
      const mine = cut > 0 ? chunk.subarray(0, cut) : chunk;
      await writeAll(file, mine);
      bytes += mine.length;
      lines += countLines(mine);
      if (cut === 0) continue;
      await file.close();
      file = undefined;
      yield { path: pathOf(number), linesBefore };
      number++;
      linesBefore += lines;
      const rest = chunk.subarray(cut);
      bytes = rest.length;
      lines = 0;
      if (rest.length > 0) {
        file = await open(pathOf(number), 'wx');
        await writeAll(file, rest);
      }
    }
    if (file) {
      await file.close();
      file = undefined;
      yield { path: pathOf(number), linesBefore };
    }
  } finally {
    await file?.close();
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}

/** Asks for the next item while the last one is in use. */
async function* oneAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = items.next();
      // A failure is told when its turn has come.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await items.return(undefined);
  }
}
