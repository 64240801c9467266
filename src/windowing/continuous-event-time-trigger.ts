/**
 * Fires at regular intervals of event time while a window is open, and at its end (Flink:
 * `ContinuousEventTimeTrigger`).
 *
 * Invariant: the last boundary and the window's end are one timer.
 */
import type { DurationLike } from '../core/time.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import { NextFiring, type FiringTimers } from './next-firing.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';
import { positiveDuration } from './window-time.js';

const EVENT_TIMERS: FiringTimers = {
  register: (context, time) => context.registerEventTimeTimer(time),
  delete: (context, time) => context.deleteEventTimeTimer(time),
};

export class ContinuousEventTimeTrigger extends Trigger<unknown, Window> {
  private constructor(private readonly next: NextFiring) {
    super();
  }

  static of(interval: DurationLike): ContinuousEventTimeTrigger {
    return new ContinuousEventTimeTrigger(new NextFiring(positiveDuration('ContinuousEventTimeTrigger.of', 'interval', interval), EVENT_TIMERS));
  }

  onElement(_element: unknown, timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    if (window.maxTimestamp() <= context.getCurrentWatermark()) return TriggerResult.FIRE;
    context.registerEventTimeTimer(window.maxTimestamp());
    this.next.begin(timestamp, window, context);
    return TriggerResult.CONTINUE;
  }

  onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    if (time === window.maxTimestamp()) return TriggerResult.FIRE;
    if (!this.next.take(time, context)) return TriggerResult.CONTINUE;
    // At the end of the stream a window that never ends would fire forever.
    if (context.getCurrentWatermark() < MAX_TIMESTAMP || window.maxTimestamp() < MAX_TIMESTAMP) this.next.setAfter(time, window, context);
    return TriggerResult.FIRE;
  }

  onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  clear(_window: Window, context: TriggerContext): void {
    this.next.clear(context);
  }

  /** Milliseconds. */
  getInterval(): number {
    return this.next.interval;
  }

  override toString(): string {
    return `ContinuousEventTimeTrigger(${this.next.interval})`;
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    this.next.merge(context);
  }
}
