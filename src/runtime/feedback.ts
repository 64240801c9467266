/**
 * The queue from an iteration's tail to its head, inside one thread.
 *
 * Invariant: it takes everything, for a bounded queue in a loop can lock the loop up; an iteration whose body makes
 * more records than it lets leave grows in memory.
 */
import type { Clock } from '../core/clock.js';
import type { FeedbackQueue } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import type { FeedbackFeed } from './task-parts.js';

/** Records delivered in one go, so that new input and other tasks get their turn. */
const DELIVER_MAX = 1024;

export class Feedback implements FeedbackQueue, FeedbackFeed {
  private values: unknown[] = [];
  private timestamps: number[] = [];
  private next = 0;
  private consumer: Emit | undefined;
  private lastMs: number;

  constructor(private readonly clock: Clock, private readonly wake: () => void) {
    this.lastMs = clock.monotonic();
  }

  push(value: unknown, timestamp: number): void {
    if (this.next === this.values.length) this.wake();
    this.values.push(value);
    this.timestamps.push(timestamp);
  }

  consume(deliver: Emit): void {
    this.consumer = deliver;
    this.lastMs = this.clock.monotonic();
  }

  idleMs(): number {
    return this.next < this.values.length ? 0 : this.clock.monotonic() - this.lastMs;
  }

  deliver(): boolean {
    if (!this.consumer || this.next === this.values.length) return false;
    const end = Math.min(this.values.length, this.next + DELIVER_MAX);
    while (this.next < end) {
      const at = this.next++;
      this.consumer(this.values[at], this.timestamps[at]!);
    }
    if (this.next === this.values.length) {
      this.values = [];
      this.timestamps = [];
      this.next = 0;
    }
    this.lastMs = this.clock.monotonic();
    return true;
  }
}
