import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../shared/base/failure.ts';
import type { LiveShipping } from '../../shared/model/live-shipping.ts';
import { openSettings } from '../platform/settings.ts';
import type { LiveEvents } from './live-capture.ts';
import { openShipBuffer } from './ship-buffer.ts';
import { type Shipper, type ShipTarget, startShipper } from './shipper.ts';

/** A target that can be asked whether it would take events. */
export interface CheckedTarget extends ShipTarget {
  check(signal: AbortSignal): Promise<void>;
}

/** Opens a data stream of a saved source. */
export type OpenShipTarget = (choice: {
  readonly sourceId: string;
  readonly dataStream: string;
  readonly mayMakeTemplate: boolean;
}) => Promise<CheckedTarget>;

/** The sending of live events, as a workspace remembers it. */
export interface LiveShippingService {
  readonly state: LiveShipping | undefined;
  /** Puts events on the disk to be sent; does nothing where they are sent nowhere. */
  add(events: LiveEvents): Promise<void>;
  ship(
    choice: { readonly sourceId: string; readonly dataStream: string; readonly mayMakeTemplate: boolean },
    signal: AbortSignal,
  ): Promise<LiveShipping>;
  unship(): Promise<void>;
  /** Goes on with what the workspace remembers. What hinders it is in the state. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Ends of a look at a cluster that time may mend: events wait for it. */
const passing: readonly string[] = ['store-unreachable', 'store-timeout', 'store-busy', 'store-partial'];
const choiceSchema = z.object({
  sourceId: z.string().max(64).optional(),
  dataStream: z.string().max(256).optional(),
});
/** About two million events. */
const maxWaitingBytes = 1_000_000_000;

/** The folder of what waits for one data stream of one place. */
export function shipFolder(folder: string, place: string, dataStream: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([place, dataStream]))
    .digest('hex')
    .slice(0, 16);
  return join(folder, name);
}

/** Looks whether the target takes events; a cluster that is away is no reason against it. */
export async function checkTarget(target: CheckedTarget, signal: AbortSignal): Promise<void> {
  try {
    await target.check(signal);
  } catch (error) {
    if (!(error instanceof Failure && passing.includes(error.code))) throw error;
  }
}

/** Makes the sending of a workspace; its choice is in `shipping.json`, what waits is in the folder `shipping`. */
export function makeLiveShipping(options: {
  readonly workspacePath: string;
  readonly openTarget: OpenShipTarget;
  readonly onChange: () => void;
  readonly maxBytes?: number | undefined;
}): LiveShippingService {
  const { workspacePath, openTarget, onChange } = options;
  const openChoice = () => openSettings(join(workspacePath, 'shipping.json'), choiceSchema);
  let shipper: Shipper | undefined;
  let stranded: LiveShipping | undefined;

  async function start(sourceId: string, dataStream: string, target: ShipTarget): Promise<Shipper> {
    try {
      const buffer = await openShipBuffer({
        folder: shipFolder(join(workspacePath, 'shipping'), sourceId, dataStream),
        maxBytes: options.maxBytes ?? maxWaitingBytes,
      });
      return startShipper({ buffer, target, dataStream, onChange });
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  async function end(): Promise<void> {
    const ending = shipper;
    shipper = undefined;
    stranded = undefined;
    await ending?.close();
  }

  return {
    get state() {
      return shipper?.state ?? stranded;
    },
    async add(events) {
      await shipper?.add(events);
    },
    async ship(choice, signal) {
      const target = await openTarget(choice);
      try {
        await checkTarget(target, signal);
      } catch (error) {
        await target.close();
        throw error;
      }
      await end();
      shipper = await start(choice.sourceId, choice.dataStream, target);
      await (await openChoice()).set({ sourceId: choice.sourceId, dataStream: choice.dataStream });
      onChange();
      return shipper.state;
    },
    async unship() {
      await end();
      await (await openChoice()).set({ sourceId: undefined, dataStream: undefined });
      onChange();
    },
    async resume() {
      const { sourceId, dataStream } = (await openChoice()).value;
      if (sourceId === undefined || dataStream === undefined || shipper) return;
      try {
        shipper = await start(sourceId, dataStream, await openTarget({ sourceId, dataStream, mayMakeTemplate: false }));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        stranded = {
          place: 'the chosen source',
          dataStream,
          phase: 'off',
          waiting: 0,
          waitingBytes: 0,
          maxBytes: options.maxBytes ?? maxWaitingBytes,
          sent: 0,
          refused: 0,
          leftOut: 0,
          trouble: `Live events are not sent: ${error.message}`,
          hint: error.hint,
        };
      }
      onChange();
    },
    close: end,
  };
}
