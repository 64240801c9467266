/**
 * Fires at regular intervals of the clock while a window is open, the last time at its end (Flink:
 * `ContinuousProcessingTimeTrigger`).
 */
import type { DurationLike } from '../core/time.js';
import { NextFiring, type FiringTimers } from './next-firing.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';
import { positiveDuration } from './window-time.js';

const CLOCK_TIMERS: FiringTimers = {
  register: (context, time) => context.registerProcessingTimeTimer(time),
  delete: (context, time) => context.deleteProcessingTimeTimer(time),
};

export class ContinuousProcessingTimeTrigger extends Trigger<unknown, Window> {
  private constructor(private readonly next: NextFiring) {
    super();
  }

  static of(interval: DurationLike): ContinuousProcessingTimeTrigger {
    return new ContinuousProcessingTimeTrigger(new NextFiring(positiveDuration('ContinuousProcessingTimeTrigger.of', 'interval', interval), CLOCK_TIMERS));
  }

  onElement(_element: unknown, _timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    this.next.begin(context.getCurrentProcessingTime(), window, context);
    return TriggerResult.CONTINUE;
  }

  onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  onProcessingTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    if (!this.next.take(time, context)) return TriggerResult.CONTINUE;
    // Windows by event time outlive their end by the clock. Their next firing would be that end again, and again.
    if (time < window.maxTimestamp()) this.next.setAfter(time, window, context);
    return TriggerResult.FIRE;
  }

  clear(_window: Window, context: TriggerContext): void {
    this.next.clear(context);
  }

  /** Milliseconds. */
  getInterval(): number {
    return this.next.interval;
  }

  override toString(): string {
    return `ContinuousProcessingTimeTrigger(${this.next.interval})`;
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    this.next.merge(context);
  }
}
