/**
 * Keeps the elements of the last stretch of time before the newest one (Flink: `TimeEvictor`).
 */
import type { DurationLike } from '../core/time.js';
import { toMillis } from '../core/time.js';
import { keepWhere, OneSidedEvictor } from './evictor.js';
import type { TimestampedValue } from './timestamped-value.js';

export class TimeEvictor extends OneSidedEvictor<unknown> {
  private constructor(private readonly size: number, after: boolean) {
    super(after);
  }

  /** @param doEvictAfter evict after the function has seen all elements, not before (the default). */
  static of(size: DurationLike, doEvictAfter = false): TimeEvictor {
    return new TimeEvictor(toMillis(size), doEvictAfter);
  }

  /** Milliseconds. */
  getWindowSize(): number {
    return this.size;
  }

  override toString(): string {
    return `TimeEvictor(${this.size})`;
  }

  protected evict(elements: TimestampedValue<unknown>[]): void {
    if (elements[0]?.hasTimestamp() !== true) return;
    let newest = elements[0].timestamp;
    for (const { timestamp } of elements) if (timestamp > newest) newest = timestamp;
    const cutoff = newest - this.size;
    keepWhere(elements, ({ timestamp }) => timestamp > cutoff);
  }
}
