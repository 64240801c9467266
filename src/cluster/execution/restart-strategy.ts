/**
 * Decides after a failure whether the job starts again (Flink: `RestartBackoffTimeStrategy`).
 *
 * Invariant: a strategy is an immutable value without clock or timer; what it remembers of earlier failures is in
 * the strategy that it returns for the next one.
 */

export interface RestartVerdict {
  /** Decides about the next failure. */
  readonly next: RestartStrategy;
  /** Milliseconds to wait before the restart; absent when the job is to fail. */
  readonly delayMs?: number;
}

export interface RestartStrategy {
  /** As in the configuration key `restart-strategy.type`. */
  readonly name: string;
  /** @param time of the failure, epoch milliseconds; never earlier than that of the failure before. */
  afterFailure(time: number): RestartVerdict;
}

/** Never restarts: the first failure fails the job (Flink's `none`, its default without checkpoints). */
export const NO_RESTART: RestartStrategy = { name: 'none', afterFailure: () => ({ next: NO_RESTART }) };
