/**
 * The clock of a cluster under test: it stands still until a test moves it.
 *
 * Invariants:
 * - Before time moves, and after each call that falls due, the cluster comes to rest: whatever can happen at a moment
 *   has happened before the next one.
 * - Two who move it at once do so one after the other, and time never goes back.
 */
import type { ScheduledCall } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { type DurationLike, toMillis } from '../core/time.js';
import type { CountedEventLoop } from './counted-event-loop.js';
import { ManualClock } from './manual-clock.js';

export class VirtualClock {
  private readonly manual: ManualClock;
  private moving: Promise<void> = Promise.resolve();

  /** @param start epoch milliseconds. */
  constructor(private readonly eventLoop: CountedEventLoop, start: number) {
    this.manual = new ManualClock(start);
  }

  /** Epoch milliseconds: what jobs see as processing time. */
  now(): number {
    return this.manual.now();
  }

  /** Milliseconds since the start of the clock. */
  monotonic(): number {
    return this.manual.monotonic();
  }

  schedule(delayMs: number, call: () => void): ScheduledCall {
    if (delayMs > 0) return this.manual.schedule(delayMs, call);
    let cancelled = false;
    this.eventLoop.defer(() => {
      if (!cancelled) call();
    });
    return { cancel: () => void (cancelled = true) };
  }

  /**
   * Moves time on by `duration` (milliseconds, `"5 s"`, a `Duration`) and resolves when everything has happened that
   * falls due on the way. A timer for `t` fires when `t` has passed: at `t + 1`, as in Flink.
   */
  async advance(duration: DurationLike): Promise<void> {
    await this.pass(duration);
    await this.atRest();
  }

  /** Moves time to `time` (epoch milliseconds). Rejects with `INVALID_ARGUMENT` when that has passed. */
  async advanceTo(time: number): Promise<void> {
    await this.move(() => {
      if (!(time >= this.now())) throw new FlinkError('INVALID_ARGUMENT', `time goes forward only: it is ${this.now()}, but advanceTo got ${time}`);
      return time;
    });
    await this.atRest();
  }

  /** As `advance`, for whoever the rest would wait for: a source that moves the clock. */
  async pass(duration: DurationLike): Promise<void> {
    const ms = toMillis(duration);
    if (ms < 0) throw new FlinkError('INVALID_ARGUMENT', `time goes forward only, but advance got ${ms} ms`);
    await this.move(() => this.now() + ms);
  }

  /** Resolves when everything has happened that can happen until somebody moves the clock; jobs may do so themselves. */
  async atRest(): Promise<void> {
    for (let last: Promise<void> | undefined; last !== this.moving; ) {
      last = this.moving;
      await last;
      await this.eventLoop.atRest();
    }
  }

  private move(target: () => number): Promise<void> {
    const moved = this.moving.then(() => this.moveTo(target));
    this.moving = moved.catch(() => {});
    return moved;
  }

  private async moveTo(target: () => number): Promise<void> {
    await this.eventLoop.atRest();
    const end = target();
    for (let next = this.manual.nextCall; next !== undefined && next <= end; next = this.manual.nextCall) {
      this.manual.advance(next - this.now());
      await this.eventLoop.atRest();
    }
    this.manual.advance(end - this.now());
  }
}
