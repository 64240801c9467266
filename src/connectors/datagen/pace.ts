/**
 * How many records the reader of a data generator may emit now, whatever holds it back.
 */
import type { Clock } from '../../core/clock.js';
import { RateLimit } from './rate-limit.js';
import { GatedRateLimiter, type RateLimiter, RecordsPerSecond, type RateLimiterStrategy } from './rate-limiter.js';

export interface Pace {
  /** Records that may go out now. */
  allowance(): number;
  /** So many of them have. */
  spend(records: number): void;
  /** Milliseconds until one may; undefined when that is not up to time: the reader is woken then. */
  delayMs(): number | undefined;
  notifyCheckpointComplete?(checkpointId: number): void;
}

/** @param wake called when records may go out again, where that is not up to time. Undefined: nothing holds the reader back. */
export function paceOf(limit: RecordsPerSecond | RateLimiterStrategy, parallelism: number, clock: Clock, wake: () => void): Pace | undefined {
  if (limit instanceof RecordsPerSecond) return limit.recordsPerSecond === Number.POSITIVE_INFINITY ? undefined : new RateLimit(clock, limit.recordsPerSecond / parallelism);
  const limiter = typeof limit === 'function' ? limit(parallelism) : limit.createRateLimiter(parallelism);
  return limiter instanceof GatedRateLimiter ? new GatedPace(limiter, wake) : new AcquiredPace(limiter, wake);
}

class GatedPace implements Pace {
  constructor(private readonly limiter: GatedRateLimiter, private readonly wake: () => void) {}

  allowance(): number {
    return this.limiter.left;
  }
  spend(records: number): void {
    this.limiter.take(records);
  }
  delayMs(): undefined {
    return undefined;
  }
  notifyCheckpointComplete(): void {
    this.limiter.notifyCheckpointComplete();
    this.wake();
  }
}

/** A limiter of the author's, asked record by record. */
class AcquiredPace implements Pace {
  private granted = false;
  private asking = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly limiter: RateLimiter, private readonly wake: () => void) {}

  allowance(): number {
    if (this.failure) throw this.failure.error;
    if (!this.granted && !this.asking) this.ask();
    return this.granted ? 1 : 0;
  }
  spend(records: number): void {
    if (records > 0) this.granted = false;
  }
  delayMs(): undefined {
    return undefined;
  }
  notifyCheckpointComplete(checkpointId: number): void {
    this.limiter.notifyCheckpointComplete?.(checkpointId);
  }

  private ask(): void {
    this.asking = true;
    const settled = (): void => {
      this.asking = false;
      this.wake();
    };
    this.limiter.acquire().then(() => {
      this.granted = true;
      settled();
    }, (error: unknown) => {
      this.failure = { error };
      settled();
    });
  }
}
