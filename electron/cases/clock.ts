/** Time as the journal needs it: what the wall says, and a clock that never jumps. Injected, so that tests rule both. */
export interface Clock {
  /** Epoch milliseconds. */
  wallMs(): number;
  /** Milliseconds since some moment of this start of the machine. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => Math.round(Number(process.hrtime.bigint() / 1_000n) / 1_000),
};

/** A difference of wall and monotonic time from which the wall clock was set. */
const jumpMs = 5 * 60_000;
/** Clocks are slewed by fractions of a second all the time; going back further is a jump. */
const backwardMs = 1_000;

export interface ClockJump {
  readonly fromMs: number;
  readonly toMs: number;
  readonly direction: 'backward' | 'forward';
}

/**
 * Whether the wall clock jumped between two readings. Monotonic times count only where both are of one process, since
 * they start anew with the machine.
 */
export function clockJump(
  before: { readonly wallMs: number; readonly monotonicMs?: number | undefined },
  now: { readonly wallMs: number; readonly monotonicMs: number },
): ClockJump | undefined {
  const between = { fromMs: before.wallMs, toMs: now.wallMs };
  if (now.wallMs < before.wallMs - backwardMs) return { ...between, direction: 'backward' };
  if (before.monotonicMs === undefined) return undefined;
  const drift = now.wallMs - before.wallMs - (now.monotonicMs - before.monotonicMs);
  if (Math.abs(drift) <= jumpMs) return undefined;
  return { ...between, direction: drift < 0 ? 'backward' : 'forward' };
}
