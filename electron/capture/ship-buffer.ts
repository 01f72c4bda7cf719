import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../shared/base/failure.ts';
import { toWriteFailure, writeFileAtomic } from '../platform/atomic-file.ts';

/** An event as it goes to the cluster. */
export interface ShipDocument {
  /** The event's own id: sent twice, it is stored once. */
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Events that wait on the disk until the cluster has acknowledged them. */
export interface ShipBuffer {
  /** How many were taken: all, or the first ones where the room ends. On the disk when this returns. */
  add(documents: readonly ShipDocument[]): Promise<number>;
  /** The oldest ones, at most `most`; they stay until `done`. */
  read(most: number): Promise<readonly ShipDocument[]>;
  /** The oldest `count` of the last `read` are with the cluster, or kept as refused. */
  done(count: number): Promise<void>;
  /** Keeps documents that the cluster will not take, with its reasons; on the disk when this returns. */
  refuse(refused: readonly { readonly document: ShipDocument; readonly reason: string }[]): Promise<void>;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly maxBytes: number;
  /** The first `read` may give documents whose acknowledgement was lost when the program ended. */
  close(): Promise<void>;
}

const segmentForm = /^\d{8}\.ndjson$/;
const newline = 10;

interface Segment {
  readonly number: number;
  bytes: number;
}

/** A lock of one process; one that was left behind by an ended process counts for nothing. */
async function takeLock(path: string): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const lock = await open(path, 'wx', 0o600);
      await lock.writeFile(String(process.pid));
      await lock.close();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw toWriteFailure(path, error);
      const pid = Number(await readFile(path, 'utf8').catch(() => '0'));
      let isRunning = false;
      try {
        isRunning = pid > 0 && pid !== process.pid && process.kill(pid, 0);
      } catch (killError) {
        isRunning = killError instanceof Error && 'code' in killError && killError.code === 'EPERM';
      }
      if (isRunning)
        throw fail(
          'workspace-in-use',
          `Process ${pid} sends live events from this workspace already.`,
          'End it first.',
        );
      await rm(path, { force: true });
    }
  }
  throw fail('workspace-in-use', 'Another process sends live events from this workspace.', 'End it first.');
}

/**
 * Opens the buffer in `folder`: files of JSON lines that are only added to, and the place up to which they are sent. A line
 * that was cut off by the end of a program was never acknowledged to anybody and is cut away. At most `maxBytes` wait.
 */
export async function openShipBuffer(options: {
  readonly folder: string;
  readonly maxBytes: number;
  readonly segmentBytes?: number | undefined;
}): Promise<ShipBuffer> {
  const { folder, maxBytes, segmentBytes = 8_000_000 } = options;
  const placePath = join(folder, 'sent.json');
  const lockPath = join(folder, 'lock');
  const pathOf = (number: number) => join(folder, `${String(number).padStart(8, '0')}.ndjson`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toWriteFailure(folder, error);
  }
  await takeLock(lockPath);

  const segments: Segment[] = [];
  /** Where the oldest waiting line begins. */
  let place = { segment: 0, offset: 0 };
  try {
    const kept: unknown = JSON.parse(await readFile(placePath, 'utf8'));
    if (typeof kept === 'object' && kept !== null && 'segment' in kept && 'offset' in kept)
      place = { segment: Number(kept.segment) || 0, offset: Number(kept.offset) || 0 };
  } catch {
    // Nothing was sent yet; sent twice is stored once.
  }
  let waiting = 0;
  for (const name of (await readdir(folder)).filter((entry) => segmentForm.test(entry)).sort()) {
    const number = Number(name.slice(0, 8));
    if (number < place.segment) {
      await rm(join(folder, name));
      continue;
    }
    const content = await readFile(join(folder, name));
    const whole = content.lastIndexOf(newline) + 1;
    if (whole < content.length) {
      const handle = await open(join(folder, name), 'r+');
      await handle.truncate(whole);
      await handle.sync();
      await handle.close();
    }
    segments.push({ number, bytes: whole });
    const from = number === place.segment ? Math.min(place.offset, whole) : 0;
    for (let at = content.indexOf(newline, from); at >= 0; at = content.indexOf(newline, at + 1)) waiting += 1;
  }
  const first = segments[0];
  if (!first || first.number !== place.segment) place = { segment: first?.number ?? place.segment, offset: 0 };

  let tail: FileHandle | undefined;
  /** What `read` gave last: the end of each line. */
  let ends: { readonly segment: number; readonly offset: number }[] = [];
  let last: Promise<unknown> = Promise.resolve();
  /** Adding, reading and moving on take turns. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }
  const waitingBytes = () => segments.reduce((sum, { bytes }) => sum + bytes, 0) - place.offset;

  async function tailOf(): Promise<{ readonly handle: FileHandle; readonly segment: Segment }> {
    let segment = segments.at(-1);
    if (tail && segment && segment.bytes < segmentBytes) return { handle: tail, segment };
    await tail?.close();
    tail = undefined;
    segment = { number: (segment?.number ?? place.segment) + 1, bytes: 0 };
    tail = await open(pathOf(segment.number), 'ax', 0o600);
    segments.push(segment);
    return { handle: tail, segment };
  }

  return {
    add: (documents) =>
      inTurn(async () => {
        let room = maxBytes - waitingBytes();
        const lines: string[] = [];
        for (const { id, source } of documents) {
          const line = `${JSON.stringify({ id, source })}\n`;
          room -= Buffer.byteLength(line);
          if (room < 0) break;
          lines.push(line);
        }
        if (lines.length === 0) return 0;
        const bytes = Buffer.from(lines.join(''));
        try {
          const { handle, segment } = await tailOf();
          try {
            await handle.writeFile(bytes);
            await handle.sync();
          } catch (error) {
            // What was written of it must not stand before the next line.
            await handle.truncate(segment.bytes).catch(() => undefined);
            throw error;
          }
          segment.bytes += bytes.length;
        } catch (error) {
          throw toWriteFailure(folder, error);
        }
        waiting += lines.length;
        return lines.length;
      }),
    read: (most) =>
      inTurn(async () => {
        ends = [];
        const found: ShipDocument[] = [];
        for (const segment of segments) {
          let offset = segment.number === place.segment ? place.offset : 0;
          if (offset >= segment.bytes) continue;
          const content = await readFile(pathOf(segment.number));
          while (found.length < most && offset < segment.bytes) {
            const end = content.indexOf(newline, offset) + 1;
            const parsed = parseLine(content.toString('utf8', offset, end - 1));
            offset = end;
            // A damaged line is passed over with the next one that is done.
            if (!parsed) continue;
            found.push(parsed);
            ends.push({ segment: segment.number, offset });
          }
          if (found.length >= most) break;
        }
        return found;
      }),
    done: (count) =>
      inTurn(async () => {
        const end = ends[count - 1];
        if (!end) return;
        place = end;
        ends = ends.slice(count);
        waiting = Math.max(0, waiting - count);
        await writeFileAtomic(placePath, JSON.stringify(place));
        while (segments.length > 1 && (segments[0]?.number ?? 0) < place.segment) {
          const gone = segments.shift();
          if (gone) await rm(pathOf(gone.number), { force: true });
        }
      }),
    refuse: (refused) =>
      inTurn(async () => {
        const path = join(folder, 'refused.ndjson');
        const size = await stat(path).then(
          (found) => found.size,
          () => 0,
        );
        // They are in the workspace's store too; a cluster that refuses everything must not fill the disk.
        if (size > maxBytes / 4) return;
        const handle = await open(path, 'a', 0o600);
        try {
          await handle.writeFile(
            refused.map(({ document, reason }) => `${JSON.stringify({ ...document, reason })}\n`).join(''),
          );
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
    get waiting() {
      return waiting;
    },
    get waitingBytes() {
      return waitingBytes();
    },
    maxBytes,
    close: () =>
      inTurn(async () => {
        await tail?.close();
        tail = undefined;
        await rm(lockPath, { force: true });
      }),
  };
}

function parseLine(line: string): ShipDocument | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null || !('id' in parsed) || !('source' in parsed)) return undefined;
    return typeof parsed.id === 'string' && typeof parsed.source === 'object' && parsed.source !== null
      ? { id: parsed.id, source: parsed.source as Readonly<Record<string, unknown>> }
      : undefined;
  } catch {
    return undefined;
  }
}
