/**
 * Finds the calls that have run out of time. All have the same time, so the oldest is due first and one timer does.
 *
 * Invariant: the timer fires at the latest when the oldest call is due; it is not moved when calls complete, so it
 * costs nothing for each of them.
 */
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { CallList } from './call-list.js';
import type { PendingCall } from './pending-call.js';

/** The longest wait that timers know. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Deadlines<IN, OUT> {
  private timer: ScheduledCall | undefined;

  /** @param due called when calls may have run out of time; it calls `expired`. */
  constructor(private readonly calls: CallList<IN, OUT>, private readonly timeoutMs: number, private readonly clock: Clock, private readonly due: () => void) {}

  /** A call has started. */
  watch(call: PendingCall<IN, OUT>): void {
    call.deadline = this.clock.monotonic() + this.timeoutMs;
    if (this.timer === undefined) this.schedule(this.timeoutMs);
  }

  /** The calls that have run out of time now. */
  *expired(): Generator<PendingCall<IN, OUT>> {
    const now = this.clock.monotonic();
    for (const call of this.calls) {
      if (call.state === 'done' || call.state === 'expired') continue;
      if (call.deadline > now) return this.schedule(call.deadline - now);
      yield call;
    }
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private schedule(delayMs: number): void {
    this.cancel();
    this.timer = this.clock.schedule(Math.min(Math.ceil(delayMs), TIMER_MS_MAX), () => {
      this.timer = undefined;
      this.due();
    });
  }
}
