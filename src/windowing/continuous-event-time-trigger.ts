/**
 * Fires at regular intervals of event time while a window is open, and at its end (Flink:
 * `ContinuousEventTimeTrigger`).
 *
 * Invariant: the next firing is at most at the window's end, so that the last boundary and the end are one timer.
 */
import type { DurationLike } from '../core/time.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import { ReducingStateDescriptor } from '../state/state-descriptor.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';
import { positiveDuration } from './window-time.js';

const NEXT_FIRE = new ReducingStateDescriptor<number>('fire-time', (a, b) => Math.min(a, b));

export class ContinuousEventTimeTrigger extends Trigger<unknown, Window> {
  private constructor(private readonly interval: number) {
    super();
  }

  static of(interval: DurationLike): ContinuousEventTimeTrigger {
    return new ContinuousEventTimeTrigger(positiveDuration('ContinuousEventTimeTrigger.of', 'interval', interval));
  }

  onElement(_element: unknown, timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    if (window.maxTimestamp() <= context.getCurrentWatermark()) return TriggerResult.FIRE;
    context.registerEventTimeTimer(window.maxTimestamp());
    // Flink takes the plain remainder: for negative times the first boundary is one interval late.
    if (context.getPartitionedState(NEXT_FIRE).get() === null) this.armAfter(timestamp - (timestamp % this.interval), window, context);
    return TriggerResult.CONTINUE;
  }

  onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    if (time === window.maxTimestamp()) return TriggerResult.FIRE;
    const next = context.getPartitionedState(NEXT_FIRE);
    if (next.get() !== time) return TriggerResult.CONTINUE;
    next.clear();
    // At the end of the stream a window that never ends would fire forever.
    if (context.getCurrentWatermark() < MAX_TIMESTAMP || window.maxTimestamp() < MAX_TIMESTAMP) this.armAfter(time, window, context);
    return TriggerResult.FIRE;
  }

  onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  clear(_window: Window, context: TriggerContext): void {
    const next = context.getPartitionedState(NEXT_FIRE);
    const time = next.get();
    if (time === null) return;
    context.deleteEventTimeTimer(time);
    next.clear();
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(NEXT_FIRE);
    const time = context.getPartitionedState(NEXT_FIRE).get();
    if (time !== null) context.registerEventTimeTimer(time);
  }

  private armAfter(time: number, window: Window, context: TriggerContext): void {
    const next = Math.min(time + this.interval, window.maxTimestamp());
    context.getPartitionedState(NEXT_FIRE).add(next);
    context.registerEventTimeTimer(next);
  }
}
