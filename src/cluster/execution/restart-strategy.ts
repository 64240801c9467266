/**
 * Decides after a failure whether the job starts again (Flink: `RestartBackoffTimeStrategy`).
 *
 * Invariant: a strategy is an immutable value without clock or timer; what it remembers of earlier failures is in
 * the strategy that it returns for the next one. Chance, where one needs it, is handed in.
 */
import type { Random } from '../../core/random.js';

export interface RestartVerdict {
  /** Decides about the next failure. */
  readonly next: RestartStrategy;
  /** Milliseconds to wait before the restart; absent when the job is to fail. */
  readonly delayMs?: number;
  /** The restart planned for the failure before meets this one, too: together they are one attempt. */
  readonly merged?: true;
}

export interface RestartStrategy {
  /** As in the configuration key `restart-strategy.type`. */
  readonly name: string;
  /** @param time of the failure, epoch milliseconds; never earlier than that of the failure before. */
  afterFailure(time: number): RestartVerdict;
}

/** Never restarts: the first failure fails the job (Flink's `none`, its default without checkpoints). */
export const NO_RESTART: RestartStrategy = { name: 'none', afterFailure: () => ({ next: NO_RESTART }) };

/** Restarts after the first `attempts` failures of the job's whole life, each time after the same delay. */
export function fixedDelayRestart(attempts: number, delayMs: number): RestartStrategy {
  return {
    name: 'fixed-delay',
    afterFailure: () => (attempts > 0 ? { next: fixedDelayRestart(attempts - 1, delayMs), delayMs } : { next: fixedDelayRestart(0, delayMs) }),
  };
}

export interface FailureRate {
  /** Failures within the interval that are survived. */
  readonly failures: number;
  readonly intervalMs: number;
  readonly delayMs: number;
}

/** Restarts unless one failure more than is survived comes within the interval. */
export function failureRateRestart(rate: FailureRate): RestartStrategy {
  return rateAfter([], rate);
}

function rateAfter(earlier: readonly number[], rate: FailureRate): RestartStrategy {
  return {
    name: 'failure-rate',
    afterFailure(time) {
      const failures = [...earlier, time].slice(-(rate.failures + 1));
      const next = rateAfter(failures, rate);
      const tooMany = failures.length > rate.failures && time - failures[0]! <= rate.intervalMs;
      return tooMany ? { next } : { next, delayMs: rate.delayMs };
    },
  };
}

export interface ExponentialBackoff {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly multiplier: number;
  /** Time without a failure after which counting starts again. */
  readonly resetThresholdMs: number;
  /** Share of the delay that chance adds or takes away. */
  readonly jitter: number;
  /** Infinity for no limit. */
  readonly attempts: number;
}

/** Restarts after delays that grow from failure to failure until nothing has failed for a while. */
export function exponentialDelayRestart(backoff: ExponentialBackoff, random: Random): RestartStrategy {
  return backoffAfter({ attempts: 0, restartTime: Number.NEGATIVE_INFINITY }, backoff, random);
}

function backoffAfter(past: { readonly attempts: number; readonly restartTime: number }, backoff: ExponentialBackoff, random: Random): RestartStrategy {
  const allowed = (attempts: number): boolean => attempts <= backoff.attempts;
  return {
    name: 'exponential-delay',
    afterFailure(time) {
      // What fails while the job has not started again yet is met by the same restart.
      if (time <= past.restartTime) {
        const next = backoffAfter(past, backoff, random);
        return allowed(past.attempts) ? { next, merged: true, delayMs: past.restartTime - time } : { next, merged: true };
      }
      const index = time - past.restartTime >= backoff.resetThresholdMs ? 0 : past.attempts;
      const delayMs = delayOf(index, backoff, random);
      const next = backoffAfter({ attempts: index + 1, restartTime: time + delayMs }, backoff, random);
      return allowed(index + 1) ? { next, delayMs } : { next };
    },
  };
}

function delayOf(index: number, { initialMs, maxMs, multiplier, jitter }: ExponentialBackoff, random: Random): number {
  const base = Math.min(Number.MAX_SAFE_INTEGER, Math.trunc(initialMs * multiplier ** index));
  const span = Math.trunc(base * jitter);
  const chance = span === 0 ? 0 : Math.floor(random.next() * (2 * span + 1)) - span;
  return Math.max(initialMs, Math.min(maxMs, base + chance));
}
