/**
 * Time as the engine sees it. Nothing but this file reads the machine's clock or sets its timers, so a
 * simulation can replace both and replay a run exactly.
 */

/** A pending call of `Clock.schedule`. */
export interface ScheduledCall {
  /** Stops the call if it has not run yet. */
  cancel(): void;
}

export interface Clock {
  /** Epoch milliseconds, whole (processing time). */
  now(): number;
  /** Milliseconds from an arbitrary origin, fractional, never going back: for measuring durations. */
  monotonic(): number;
  /** Runs `call` once, after at least `delayMs`. A pending call keeps the process alive. */
  schedule(delayMs: number, call: () => void): ScheduledCall;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, call) {
    if (delayMs > TIMER_MAX_MS) return scheduleFar(delayMs, call);
    const timer = setTimeout(call, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Nanoseconds from an origin that all processes of this machine share, never going back: for what one process tells another. */
export function machineTime(): bigint {
  return process.hrtime.bigint();
}

/** A timer of Node that is set for longer rings at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Months, or never: one timer after the other. */
function scheduleFar(delayMs: number, call: () => void): ScheduledCall {
  let pending: ScheduledCall;
  const wait = (leftMs: number): void => {
    pending = systemClock.schedule(Math.min(leftMs, TIMER_MAX_MS), leftMs > TIMER_MAX_MS ? () => wait(leftMs - TIMER_MAX_MS) : call);
  };
  wait(delayMs);
  return { cancel: () => pending.cancel() };
}

/** Resolves after `delayMs` on the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(delayMs, resolve));
}
