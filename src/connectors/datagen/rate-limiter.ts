/**
 * How a generating source is held back (Flink: `RateLimiterStrategy`, `RateLimiter`, `GatedRateLimiter`).
 */
import { FlinkError } from '../../core/errors.js';

/** Asked before each record of a subtask. */
export interface RateLimiter {
  /** Resolves when the next record may go out. */
  acquire(): PromiseLike<unknown>;
  notifyCheckpointComplete?(checkpointId: number): void;
}

/** Makes the limiter of each subtask: an object, or a function of the parallelism. */
export type RateLimiterStrategy = { createRateLimiter(parallelism: number): RateLimiter } | ((parallelism: number) => RateLimiter);

/** So many records a second over all subtasks, evenly. */
export class RecordsPerSecond {
  /** @throws FlinkError INVALID_ARGUMENT for a rate that is not above 0. */
  constructor(readonly recordsPerSecond: number) {
    if (!(recordsPerSecond > 0)) throw new FlinkError('INVALID_ARGUMENT', `A data generator needs a rate above 0 records a second, or none, but got ${recordsPerSecond}`);
  }
}

class RecordsPerCheckpoint {
  constructor(private readonly recordsPerCheckpoint: number) {
    if (!(Number.isSafeInteger(recordsPerCheckpoint) && recordsPerCheckpoint > 0)) {
      throw new FlinkError('INVALID_ARGUMENT', `RateLimiterStrategy.perCheckpoint takes a whole number from 1, but got ${recordsPerCheckpoint}`);
    }
  }

  createRateLimiter(parallelism: number): GatedRateLimiter {
    const each = Math.floor(this.recordsPerCheckpoint / parallelism);
    if (each > 0) return new GatedRateLimiter(each);
    throw new FlinkError('INVALID_ARGUMENT', `RateLimiterStrategy.perCheckpoint needs a record for each of ${parallelism} subtasks, but got ${this.recordsPerCheckpoint}`, { hint: 'Let more records out, or run the source with less parallelism.' });
  }
}

export const RateLimiterStrategy = {
  /** So many records a second over all subtasks, evenly. */
  perSecond: (recordsPerSecond: number): RecordsPerSecond => new RecordsPerSecond(recordsPerSecond),
  /** So many records over all subtasks from one completed checkpoint to the next. Needs checkpoints. */
  perCheckpoint: (recordsPerCheckpoint: number): RateLimiterStrategy => new RecordsPerCheckpoint(recordsPerCheckpoint),
  /** As fast as the job takes them. */
  noOp: (): RecordsPerSecond => new RecordsPerSecond(Number.POSITIVE_INFINITY),
} as const;

/** Lets so many records out, and as many again each time that a checkpoint is complete. What was left of them is forgotten. */
export class GatedRateLimiter implements RateLimiter {
  private remaining: number;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly capacityPerCycle: number) {
    this.remaining = capacityPerCycle;
  }

  /** Records that may go out now. */
  get left(): number {
    return this.remaining;
  }

  /** So many of them have. */
  take(records: number): void {
    this.remaining -= records;
  }

  acquire(): Promise<void> {
    if (this.remaining > 0) {
      this.remaining -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  notifyCheckpointComplete(): void {
    const woken = this.waiting.splice(0, this.capacityPerCycle);
    this.remaining = this.capacityPerCycle - woken.length;
    for (const wake of woken) wake();
  }
}
