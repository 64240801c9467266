/**
 * An element of a window together with its timestamp, as evictors see it (Flink: `TimestampedValue`).
 */
import { NO_TIMESTAMP } from '../core/timestamp.js';

export class TimestampedValue<T> {
  constructor(
    readonly value: T,
    /** -Infinity when the element has none. */
    readonly timestamp: number,
  ) {}

  getValue(): T {
    return this.value;
  }

  getTimestamp(): number {
    return this.timestamp;
  }

  hasTimestamp(): boolean {
    return this.timestamp !== NO_TIMESTAMP;
  }
}
