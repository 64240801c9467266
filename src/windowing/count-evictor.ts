/**
 * Keeps the last so many elements of a window (Flink: `CountEvictor`).
 */
import { FlinkError } from '../core/errors.js';
import { OneSidedEvictor } from './evictor.js';
import type { TimestampedValue } from './timestamped-value.js';

export class CountEvictor extends OneSidedEvictor<unknown> {
  private constructor(private readonly maxCount: number, after: boolean) {
    super(after);
  }

  /** @param doEvictAfter evict after the function has seen all elements, not before (the default). */
  static of(maxCount: number, doEvictAfter = false): CountEvictor {
    if (!Number.isInteger(maxCount) || maxCount < 0) throw new FlinkError('INVALID_ARGUMENT', `CountEvictor.of takes a whole number of at least 0; ${String(maxCount)} came`);
    return new CountEvictor(maxCount, doEvictAfter);
  }

  override toString(): string {
    return `CountEvictor(${this.maxCount})`;
  }

  protected evict(elements: TimestampedValue<unknown>[]): void {
    if (elements.length > this.maxCount) elements.splice(0, elements.length - this.maxCount);
  }
}
