import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../../shared/base/failure.ts';
import { bucketStart, hourMs } from '../../shared/base/time.ts';
import type { ActivityChunk, EvidenceSummary } from '../../shared/model/evidence-answer.ts';
import type { EvidenceStore } from './store.ts';

/** Rows that one question is to give, about. */
const rowsAtOnce = 100_000;
/** Rows of one piece: so long nobody else gets a turn. */
const pieceRows = 8_192;

/**
 * All activity from `fromMs` on (absent: all), oldest first, in pieces that are worked on one by one: as long as a piece is
 * not asked for, nothing further is read, and between pieces other work gets its turn. The store is asked span by span,
 * each as long as is likely to give a fair number of rows.
 */
export async function* activityPieces(
  store: Pick<EvidenceStore, 'activity.read'>,
  evidence: Pick<EvidenceSummary, 'firstMs' | 'lastMs' | 'writes'>,
  fromMs: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<ActivityChunk> {
  const startMs = bucketStart(evidence.firstMs ?? 0, hourMs);
  const endMs = evidence.lastMs ?? startMs;
  // A row stands for a write at least.
  let spanMs = Math.max(hourMs, ((endMs - startMs) / Math.max(evidence.writes, 1)) * rowsAtOnce);
  let nextMs: number | undefined = fromMs;
  for (;;) {
    const untilMs = bucketStart((nextMs ?? startMs) + spanMs, hourMs);
    // The last span is open: what came in since the summary belongs to it.
    const toMs = untilMs > endMs ? undefined : untilMs;
    let chunks: ActivityChunk[] = [];
    const { rows } = await store['activity.read'](
      { fromMs: nextMs, toMs },
      { signal, emit: (chunk) => void chunks.push(chunk) },
    );
    const read = chunks;
    chunks = [];
    for (const chunk of read) {
      for (const piece of piecesOf(chunk)) {
        throwIfAborted(signal);
        yield piece;
        await setImmediate();
      }
    }
    throwIfAborted(signal);
    if (toMs === undefined) return;
    nextMs = toMs;
    if (rows < rowsAtOnce / 4) spanMs *= 4;
    else if (rows > rowsAtOnce * 2) spanMs = Math.max(hourMs, spanMs / 2);
  }
}

/** Parts of a chunk with its dictionaries; a slot may spread over two. */
function* piecesOf(chunk: ActivityChunk): Generator<ActivityChunk> {
  for (let start = 0; start < chunk.slotMs.length; start += pieceRows) {
    const end = start + pieceRows;
    yield {
      ...chunk,
      slotMs: chunk.slotMs.subarray(start, end),
      hostIndex: chunk.hostIndex.subarray(start, end),
      userIndex: chunk.userIndex.subarray(start, end),
      processIndex: chunk.processIndex.subarray(start, end),
      executableIndex: chunk.executableIndex.subarray(start, end),
      deviceIndex: chunk.deviceIndex.subarray(start, end),
      identityIndex: chunk.identityIndex.subarray(start, end),
      events: chunk.events.subarray(start, end),
      writtenBytes: chunk.writtenBytes.subarray(start, end),
      firstMs: chunk.firstMs.subarray(start, end),
      lastMs: chunk.lastMs.subarray(start, end),
    };
  }
}
