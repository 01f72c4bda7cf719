import { z } from 'zod';
import type { LiveMark, LiveMethod, LiveState } from '../model/live.ts';
import type { LiveActionOutcome, LiveActionPlan } from '../model/live-action.ts';
import type { LiveShipping } from '../model/live-shipping.ts';
import { operation } from './operation.ts';

const processKey = z.string().min(1).max(256);
const liveActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('halt-process'), processKey }),
  z.strictObject({ kind: z.literal('continue-process'), processKey }),
  z.strictObject({ kind: z.literal('end-process'), processKey }),
  z.strictObject({ kind: z.literal('unmount'), mountPoint: z.string().min(1).max(4096) }),
  z.strictObject({ kind: z.literal('power-off'), busPath: z.string().min(1).max(256) }),
  z.strictObject({ kind: z.literal('deny-new-devices') }),
  z.strictObject({ kind: z.literal('allow-new-devices') }),
]);

/** Watching this machine. One capture at a time; it goes on while no window looks, until it is stopped or the program ends. */
export const liveOperations = {
  /**
   * Starts the capture, or gives the running one back. With `asAdministrator` the system asks the person for permission
   * and writes are read from the kernel's own events; where that is refused the capture starts without it and says so.
   * Which folders are watched is not the window's to say: those of removable devices, and what the program was started
   * with. Fails with `usb-unavailable` where this system can be watched in no way.
   */
  'live.start': operation(z.strictObject({ asAdministrator: z.boolean().default(false) })).returns<{
    readonly startedMs: number;
    readonly method: LiveMethod;
  }>(),

  /** Stops the capture; what it saw is stored. Does nothing when none runs. */
  'live.stop': operation(z.strictObject({})).returns<Record<string, never>>(),

  /** Emits the state, first as it is now, then at most once a second; ends only when aborted. */
  'live.watch': operation(z.strictObject({})).emits<LiveState>().returns<never>(),

  /** Marks a moment with a note; it is on disk before this returns. `atMs` is now where absent. */
  'live.mark': operation(
    z.strictObject({ note: z.string().max(4096), atMs: z.number().optional() }),
  ).returns<LiveMark>(),

  /**
   * Reads the evidence for an action on this machine and says what it would do, for the person to confirm; does nothing.
   * Fails with `action-refused` where it cannot be done.
   */
  'live.plan': operation(z.strictObject({ action: liveActionSchema })).returns<LiveActionPlan>(),

  /** Carries out a plan that the person confirmed, once. Evidence and outcome are on disk. Fails with `action-refused`. */
  'live.act': operation(z.strictObject({ planId: z.string().max(64) })).returns<LiveActionOutcome>(),

  /**
   * Sends live events to a data stream of a saved source from now on, also after Portside was started anew. Looks first
   * whether it can: ends with `store-refused`, `store-lacks-fields`, `bad-input` or `not-found` and the reason. A cluster that
   * is away now is no reason: events wait on the disk.
   */
  'live.ship': operation(
    z.strictObject({
      sourceId: z.string().max(64),
      dataStream: z.string().min(1).max(256),
      /** Whether an index template is made where none makes such a data stream. */
      mayMakeTemplate: z.boolean().default(false),
    }),
  ).returns<LiveShipping>(),

  /** Sends no more; what waits stays on the disk, for the next time the same place is chosen. */
  'live.unship': operation(z.strictObject({})).returns<Record<string, never>>(),
} as const;

export type LiveOperations = typeof liveOperations;
