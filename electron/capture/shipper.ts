import { Failure, isCancelled, messageOf } from '../../shared/base/failure.ts';
import { toEcsDeviceEvent, toEcsWrite } from '../../shared/model/ecs.ts';
import type { LiveShipping } from '../../shared/model/live-shipping.ts';
import type { LiveEvents } from './live-capture.ts';
import type { ShipBuffer, ShipDocument } from './ship-buffer.ts';

/** What became of one document: with the cluster, to be sent again, or refused for a reason. */
export type ShipOutcome = { readonly kind: 'taken' | 'again' } | { readonly kind: 'refused'; readonly reason: string };

/** A data stream of a cluster. */
export interface ShipTarget {
  readonly place: string;
  /**
   * Sends documents, an outcome for each, in their order. `isRepeat`: it is not known whether they were taken before, so
   * those that are there already are looked for first. Ends with a Failure where the cluster takes nothing now.
   */
  deliver(documents: readonly ShipDocument[], isRepeat: boolean, signal: AbortSignal): Promise<readonly ShipOutcome[]>;
  close(): Promise<void>;
}

/** Sends live events to a cluster, by way of the disk. */
export interface Shipper {
  /** Puts events on the disk; they count when this returns. */
  add(events: LiveEvents): Promise<void>;
  readonly state: LiveShipping;
  /** Resolves when nothing waits any more, or after `atMostMs`. */
  drain(atMostMs: number): Promise<void>;
  /** Ends the sending; what waits stays on the disk. */
  close(): Promise<void>;
}

const batchDocuments = 1_000;
const pausesMs = [500, 1_000, 2_000, 5_000, 10_000, 15_000];
const rememberedIds = 50_000;

/** An event as the document that is sent, in the words of the data stream it goes to. */
export function toShipDocument(id: string, ecs: Readonly<Record<string, unknown>>, dataStream: string): ShipDocument {
  const { data_stream: _elsewhere, event, ...rest } = ecs;
  const [type, dataset, ...namespace] = dataStream.split('-');
  const isNamed = type !== undefined && dataset !== undefined && namespace.length > 0;
  return {
    id,
    source: {
      ...rest,
      event: { ...(event as object), module: 'portside', dataset: isNamed ? dataset : 'portside' },
      ...(isNamed ? { data_stream: { type, dataset, namespace: namespace.join('-') } } : {}),
    },
  };
}

/** Starts to send what the buffer holds and what is added to it. */
export function startShipper(options: {
  readonly buffer: ShipBuffer;
  readonly target: ShipTarget;
  readonly dataStream: string;
  readonly onChange?: ((state: LiveShipping) => void) | undefined;
  readonly pausesMs?: readonly number[] | undefined;
}): Shipper {
  const { buffer, target, dataStream } = options;
  const pauses = options.pausesMs ?? pausesMs;
  const abort = new AbortController();
  /** A store that failed gives the same events again. */
  const known = new Set<string>();
  let sent = 0;
  let refused = 0;
  let leftOut = 0;
  let lastRefusal: string | undefined;
  let trouble: Failure | undefined;
  let endPause: () => void = () => undefined;
  /** It waits for something to be added, and not for the cluster. */
  let isIdle = false;
  let hasNew = false;
  // Whether what waits from before was acknowledged is not known.
  let isRepeat = true;

  const state = (): LiveShipping => ({
    place: target.place,
    dataStream,
    phase: abort.signal.aborted ? 'off' : trouble ? 'away' : 'sending',
    waiting: buffer.waiting,
    waitingBytes: buffer.waitingBytes,
    maxBytes: buffer.maxBytes,
    sent,
    refused,
    lastRefusal,
    leftOut,
    trouble: trouble?.message,
    hint: trouble?.hint,
  });
  const tell = () => options.onChange?.(state());

  /** For `ms`, or without it until something is added. */
  function pause(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => endPause(), ms);
      endPause = () => {
        clearTimeout(timer);
        endPause = () => undefined;
        isIdle = false;
        resolve();
      };
      isIdle = ms === undefined;
      if (abort.signal.aborted || (isIdle && hasNew)) endPause();
    });
  }

  /** One batch; false where some of it has to be sent again. */
  async function sendBatch(documents: readonly ShipDocument[]): Promise<boolean> {
    const outcomes = await target.deliver(documents, isRepeat, abort.signal);
    isRepeat = false;
    const firstAgain = outcomes.findIndex(({ kind }) => kind === 'again');
    // Order is kept: what follows one that must be sent again is sent again with it, and found there.
    const settled = firstAgain < 0 ? documents.length : firstAgain;
    const bad = outcomes.slice(0, settled).flatMap((outcome, index) => {
      const document = documents[index];
      return outcome.kind === 'refused' && document ? [{ document, reason: outcome.reason }] : [];
    });
    if (bad.length > 0) await buffer.refuse(bad);
    await buffer.done(settled);
    sent += settled - bad.length;
    refused += bad.length;
    lastRefusal = bad.at(-1)?.reason ?? lastRefusal;
    if (firstAgain >= 0) isRepeat = true;
    return firstAgain < 0;
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!abort.signal.aborted) {
      hasNew = false;
      const documents = await buffer.read(batchDocuments);
      if (abort.signal.aborted) return;
      if (documents.length === 0) {
        await pause();
        continue;
      }
      try {
        const isAll = await sendBatch(documents);
        trouble = isAll
          ? undefined
          : new Failure({ code: 'store-busy', message: `${target.place} is too busy to take every event.` });
      } catch (error) {
        if (isCancelled(error) || abort.signal.aborted) return;
        trouble =
          error instanceof Failure
            ? error
            : new Failure({ code: 'bug', message: `Sending broke: ${messageOf(error)}` });
        // It may have taken them before the line broke.
        isRepeat = true;
      }
      failures = trouble ? failures + 1 : 0;
      tell();
      if (trouble) await pause(pauses[Math.min(failures, pauses.length) - 1]);
    }
  }
  const ended = run();
  tell();

  return {
    async add({ writes, deviceEvents }) {
      const documents = [
        ...deviceEvents.map((event) => toShipDocument(event.id, toEcsDeviceEvent(event), dataStream)),
        ...writes.map((event) => toShipDocument(event.id, toEcsWrite(event), dataStream)),
      ].filter(({ id }) => !known.has(id));
      if (documents.length === 0) return;
      const taken = await buffer.add(documents);
      leftOut += documents.length - taken;
      for (const { id } of documents) known.add(id);
      for (const id of known) {
        if (known.size <= rememberedIds) break;
        known.delete(id);
      }
      hasNew = true;
      if (isIdle) endPause();
      tell();
    },
    get state() {
      return state();
    },
    async drain(atMostMs) {
      const deadlineMs = Date.now() + atMostMs;
      while ((buffer.waiting > 0 || !isIdle || hasNew) && Date.now() < deadlineMs && !abort.signal.aborted)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async close() {
      abort.abort();
      endPause();
      await ended;
      await buffer.close();
      await target.close();
    },
  };
}
