/**
 * A clock that stands still until a test moves it.
 *
 * Invariants: `now` and `monotonic` advance together; calls that fall due run inside `advance`, earliest first, and
 * calls of the same moment in the order in which they were scheduled. A call may schedule further ones.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { type DurationLike, toMillis } from '../core/time.js';

interface Pending {
  readonly at: number;
  readonly call: () => void;
}

export class ManualClock implements Clock {
  private readonly start: number;
  private time: number;
  private pending: Pending[] = [];

  /** Starts at `start` epoch milliseconds, 0 by default. */
  constructor(start = 0) {
    this.start = start;
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time - this.start;
  }

  schedule(delayMs: number, call: () => void): ScheduledCall {
    const entry: Pending = { at: this.time + Math.max(0, delayMs), call };
    const after = this.pending.findIndex((other) => other.at > entry.at);
    this.pending.splice(after < 0 ? this.pending.length : after, 0, entry);
    return {
      cancel: () => {
        this.pending = this.pending.filter((other) => other !== entry);
      },
    };
  }

  /** Moves time on by `duration` (milliseconds, `"5 s"`, a `Duration`) and runs everything that falls due on the way. */
  advance(duration: DurationLike): void {
    const target = this.time + (typeof duration === 'number' ? duration : toMillis(duration));
    for (let next = this.pending[0]; next !== undefined && next.at <= target; next = this.pending[0]) {
      this.pending.shift();
      this.time = next.at;
      next.call();
    }
    this.time = target;
  }

  /** When the next call falls due, in epoch milliseconds; undefined when none waits. */
  get nextCall(): number | undefined {
    return this.pending[0]?.at;
  }

  /** How many calls are waiting. */
  get scheduled(): number {
    return this.pending.length;
  }
}
