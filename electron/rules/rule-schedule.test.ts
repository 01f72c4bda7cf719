import { describe, expect, it } from 'vitest';
import { type ScheduleClock, startRuleSchedule } from './rule-schedule.ts';
import type { RunAllOutcome } from './rule-service.ts';

/** A clock that stands until it is moved. */
function makeClock() {
  let nowMs = 0;
  let waiting: { atMs: number; callback: () => void } | undefined;
  const clock: ScheduleClock = {
    now: () => nowMs,
    after(delayMs, callback) {
      const entry = { atMs: nowMs + delayMs, callback };
      waiting = entry;
      return () => {
        if (waiting === entry) waiting = undefined;
      };
    },
  };
  return {
    clock,
    isWaiting: () => waiting !== undefined,
    /** Moves on, as a machine that was awake or one that slept: the timer fires once, late or not. */
    async move(byMs: number) {
      nowMs += byMs;
      if (waiting && waiting.atMs <= nowMs) {
        const { callback } = waiting;
        waiting = undefined;
        callback();
      }
      // The turn is a chain of promises without any waiting for the outside.
      for (let step = 0; step < 20; step++) await Promise.resolve();
    },
  };
}

const outcome = (runs: number) => ({ runs: Array.from({ length: runs }) }) as unknown as RunAllOutcome;

describe('the schedule', () => {
  it('asks for what is due when it is due, and at least every minute', async () => {
    const { clock, move } = makeClock();
    const asked: number[] = [];
    const heard: unknown[] = [];
    const service = {
      runDue: async () => {
        asked.push(clock.now());
        return outcome(asked.length === 1 ? 1 : 0);
      },
      nextDueMs: async () => 90_000,
    };
    const schedule = startRuleSchedule({
      service,
      clock,
      onOutcome: (one) => heard.push(one),
      onBug: () => expect.fail(),
    });
    for (let second = 0; second < 100; second++) await move(1_000);
    // At the start, after a minute (the clock may have jumped), when due, and then each second for what stays due.
    expect(asked.slice(0, 3)).toEqual([1_000, 61_000, 90_000]);
    expect(heard).toHaveLength(1);
    await move(8 * 3_600_000);
    expect(asked.at(-1)).toBe(clock.now());
    await schedule.stop();
  });

  it('goes on after a bug, and stops when it is told', async () => {
    const { clock, move, isWaiting } = makeClock();
    const bugs: unknown[] = [];
    const service = {
      runDue: async () => {
        throw new Error('broken');
      },
      nextDueMs: async () => 0,
    };
    const schedule = startRuleSchedule({
      service,
      clock,
      onOutcome: () => undefined,
      onBug: (error) => bugs.push(error),
    });
    await move(1_000);
    await move(60_000);
    expect(bugs).toHaveLength(2);
    await schedule.stop();
    expect(isWaiting()).toBe(false);
    await move(60_000);
    expect(bugs).toHaveLength(2);
  });
});
