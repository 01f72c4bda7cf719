import { createWriteStream, type WriteStream } from 'node:fs';

/** A text file that grows line by line, written in large blocks. */
export interface LineWriter {
  /** Lines written so far. */
  readonly lines: number;
  /** Fails where the disk does. */
  write(bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}

const lineEnd = Buffer.from('\n');

/** Makes (or empties) the file. */
export function makeLineWriter(path: string): LineWriter {
  const stream: WriteStream = createWriteStream(path, { highWaterMark: 1 << 20 });
  const failed = new Promise<never>((_resolve, reject) => stream.on('error', reject));
  failed.catch(() => undefined);
  let lines = 0;
  return {
    get lines() {
      return lines;
    },
    async write(bytes) {
      lines++;
      stream.write(bytes);
      if (!stream.write(lineEnd)) {
        await Promise.race([failed, new Promise<void>((resolve) => stream.once('drain', resolve))]);
      }
    },
    async end() {
      await Promise.race([failed, new Promise<void>((resolve) => stream.end(resolve))]);
    },
  };
}
