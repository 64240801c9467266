/**
 * When a value is tried again, and after how long (Flink: `AsyncRetryStrategy`, `AsyncRetryStrategies`,
 * `RetryPredicates`).
 *
 * Invariant: a strategy keeps nothing; one serves all values of all subtasks.
 */
import { FlinkError } from '../../core/errors.js';
import { type DurationLike, toMillis } from '../../core/time.js';

/** Which answers are tried again; one that is absent never is. */
export interface AsyncRetryPredicate<OUT> {
  readonly resultPredicate?: ((results: readonly OUT[]) => boolean) | undefined;
  readonly exceptionPredicate?: ((error: unknown) => boolean) | undefined;
}

/** Decides about retries (Flink: `AsyncRetryStrategy`). Attempts count from 1. */
export interface AsyncRetryStrategy<OUT = unknown> {
  /** Whether another attempt may follow the one that has just ended. */
  canRetry(currentAttempts: number): boolean;
  /** Milliseconds to wait after that attempt. */
  getBackoffTimeMillis(currentAttempts: number): number;
  getRetryPredicate(): AsyncRetryPredicate<OUT>;
}

/** A retry strategy as data. */
export interface RetryOptions<OUT = unknown> {
  /** How often a value is tried again at most: 3 means up to four calls. */
  readonly retries: number;
  /** The wait before the first retry; none by default. */
  readonly delay?: DurationLike;
  /** What the wait is multiplied by from one retry to the next; 1, the default, keeps it as it is. */
  readonly multiplier?: number;
  /** The longest wait; unlimited by default. */
  readonly maxDelay?: DurationLike;
  /** Errors that are worth another try; all by default. */
  readonly ifException?: (error: unknown) => boolean;
  /** Results that are worth another try; none by default. */
  readonly ifResult?: (results: readonly OUT[]) => boolean;
}

/** Throws `INVALID_ARGUMENT` naming the option that is wrong. */
export function retryStrategy<OUT>(options: RetryOptions<OUT>): AsyncRetryStrategy<OUT> {
  const { retries, delay = 0, multiplier = 1, maxDelay, ifException = () => true, ifResult } = options;
  return new BackoffRetryStrategy(retries, delay, multiplier, maxDelay, { exceptionPredicate: ifException, resultPredicate: ifResult });
}

class BackoffRetryStrategy<OUT> implements AsyncRetryStrategy<OUT> {
  private readonly delayMs: number;
  private readonly maxDelayMs: number;

  constructor(
    private readonly retries: number, delay: DurationLike, private readonly multiplier: number, maxDelay: DurationLike | undefined,
    private readonly predicate: AsyncRetryPredicate<OUT>,
  ) {
    if (!Number.isInteger(retries) || retries < 1) throw refused('a number of retries of at least 1', retries);
    if (!(multiplier >= 1)) throw refused('a multiplier of at least 1', multiplier);
    this.delayMs = toMillis(delay);
    if (this.delayMs < 0) throw refused('a delay of at least 0', delay);
    this.maxDelayMs = maxDelay === undefined ? Number.POSITIVE_INFINITY : toMillis(maxDelay);
    if (this.maxDelayMs < this.delayMs) throw refused('a longest delay that is not below the first one', maxDelay);
  }

  canRetry(currentAttempts: number): boolean {
    return currentAttempts <= this.retries;
  }

  getBackoffTimeMillis(currentAttempts: number): number {
    return Math.min(this.delayMs * this.multiplier ** (currentAttempts - 1), this.maxDelayMs);
  }

  getRetryPredicate(): AsyncRetryPredicate<OUT> {
    return this.predicate;
  }
}

function refused(expected: string, got: unknown): FlinkError {
  return new FlinkError('INVALID_ARGUMENT', `a retry strategy expects ${expected}; got ${String(got)}`, { hint: "Write { retries: 3, delay: '100 ms' }." });
}

/** What Flink's two builders share. Without a predicate nothing is tried again. */
class RetryStrategyBuilder<OUT> {
  private predicate: AsyncRetryPredicate<OUT> = {};

  protected constructor(private readonly make: (predicate: AsyncRetryPredicate<OUT>) => AsyncRetryStrategy<OUT>) {
    this.build();
  }

  /** Tries again when the results satisfy this. */
  ifResult(resultPredicate: (results: readonly OUT[]) => boolean): this {
    this.predicate = { ...this.predicate, resultPredicate };
    return this;
  }

  /** Tries again when the error satisfies this. */
  ifException(exceptionPredicate: (error: unknown) => boolean): this {
    this.predicate = { ...this.predicate, exceptionPredicate };
    return this;
  }

  build(): AsyncRetryStrategy<OUT> {
    return this.make(this.predicate);
  }
}

/** Up to `maxAttempts` retries, each after the same wait. */
class FixedDelayRetryStrategyBuilder<OUT = unknown> extends RetryStrategyBuilder<OUT> {
  constructor(maxAttempts: number, backoffTime: DurationLike) {
    super((predicate) => new BackoffRetryStrategy(maxAttempts, backoffTime, 1, undefined, predicate));
  }
}

/** Up to `maxAttempts` retries, each after `multiplier` times the wait of the one before. */
class ExponentialBackoffDelayRetryStrategyBuilder<OUT = unknown> extends RetryStrategyBuilder<OUT> {
  constructor(maxAttempts: number, initialDelay: DurationLike, maxRetryDelay: DurationLike, multiplier: number) {
    super((predicate) => new BackoffRetryStrategy(maxAttempts, initialDelay, multiplier, maxRetryDelay, predicate));
  }
}

/** Flink's ways to make a retry strategy. `{ retries: 3, delay: '100 ms' }` says the same in fewer words. */
export const AsyncRetryStrategies = {
  FixedDelayRetryStrategyBuilder,
  ExponentialBackoffDelayRetryStrategyBuilder,
  /** Never tries again. */
  NO_RETRY_STRATEGY: { canRetry: () => false, getBackoffTimeMillis: () => 0, getRetryPredicate: () => ({}) } as AsyncRetryStrategy<never>,
} as const;

/** Conditions for `ifResult` and `ifException`. */
export const RetryPredicates = {
  EMPTY_RESULT_PREDICATE: (results: readonly unknown[]): boolean => results.length === 0,
  HAS_EXCEPTION_PREDICATE: (error: unknown): boolean => error !== undefined && error !== null,
} as const;
