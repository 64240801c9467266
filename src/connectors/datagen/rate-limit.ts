/**
 * How many records may go out now, so that no more than a given number go out in a second.
 *
 * Invariants: records are spread evenly over time; time lost to back pressure is made up for by at most one second's
 * worth of records.
 */
import type { Clock } from '../../core/clock.js';
import type { Pace } from './pace.js';

/** Longest time whose records are made up for. */
const BURST_MS = 1000;

export class RateLimit implements Pace {
  private readonly recordsPerMs: number;
  /** When the next record was due. */
  private due: number | undefined;

  constructor(
    private readonly clock: Clock,
    recordsPerSecond: number,
  ) {
    this.recordsPerMs = recordsPerSecond / 1000;
  }

  /** Records that are due; the first is at once. */
  allowance(): number {
    const now = this.clock.monotonic();
    this.due ??= now;
    this.due = Math.max(this.due, now - BURST_MS);
    return now < this.due ? 0 : Math.floor((now - this.due) * this.recordsPerMs) + 1;
  }

  spend(records: number): void {
    this.due = (this.due ?? this.clock.monotonic()) + records / this.recordsPerMs;
  }

  /** Milliseconds until a record is due. */
  delayMs(): number {
    return Math.max(0, (this.due ?? 0) - this.clock.monotonic());
  }
}
