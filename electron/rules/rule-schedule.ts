import { isCancelled } from '../../shared/base/failure.ts';
import { minuteMs, secondMs } from '../../shared/base/time.ts';
import type { RuleService, RunAllOutcome } from './rule-service.ts';

/** Time as the schedule sees it. Tests give their own. */
export interface ScheduleClock {
  now(): number;
  /** Calls back once after a while; returns what takes that back. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface RuleSchedule {
  /** Ends the schedule and what it has running. */
  stop(): Promise<void>;
}

/** The clock is looked at this often at least: a machine that slept wakes up with timers that are late. */
const longestWaitMs = minuteMs;
const shortestWaitMs = secondMs;

/**
 * Runs each rule when it is due. After sleep or downtime a rule runs once, looking back over the pause (see
 * `RuleService.runDue`). `onOutcome` hears of every turn in which something ran, `onBug` of what nobody expected.
 */
export function startRuleSchedule(options: {
  readonly service: Pick<RuleService, 'runDue' | 'nextDueMs'>;
  readonly clock?: ScheduleClock;
  readonly onOutcome: (outcome: RunAllOutcome) => void;
  readonly onBug: (error: unknown) => void;
}): RuleSchedule {
  const clock = options.clock ?? systemScheduleClock;
  const controller = new AbortController();
  let cancel: () => void = () => undefined;
  let turn: Promise<void> = Promise.resolve();

  function wait(delayMs: number): void {
    if (controller.signal.aborted) return;
    cancel = clock.after(delayMs, () => {
      turn = take();
    });
  }

  async function take(): Promise<void> {
    let nextMs = clock.now() + longestWaitMs;
    try {
      const outcome = await options.service.runDue(controller.signal);
      if (outcome.runs.length > 0) options.onOutcome(outcome);
      nextMs = await options.service.nextDueMs();
    } catch (error) {
      if (!isCancelled(error)) options.onBug(error);
    }
    wait(Math.min(Math.max(nextMs - clock.now(), shortestWaitMs), longestWaitMs));
  }

  wait(shortestWaitMs);
  return {
    async stop() {
      controller.abort();
      cancel();
      await turn;
    },
  };
}

const systemScheduleClock: ScheduleClock = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    // Waiting for the next run alone keeps no process alive.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
