/**
 * Fires at regular intervals of the clock while a window is open, the last time at its end (Flink:
 * `ContinuousProcessingTimeTrigger`).
 */
import type { DurationLike } from '../core/time.js';
import { ReducingStateDescriptor } from '../state/state-descriptor.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';
import { positiveDuration } from './window-time.js';

const NEXT_FIRE = new ReducingStateDescriptor<number>('fire-time', (a, b) => Math.min(a, b));

export class ContinuousProcessingTimeTrigger extends Trigger<unknown, Window> {
  private constructor(private readonly interval: number) {
    super();
  }

  static of(interval: DurationLike): ContinuousProcessingTimeTrigger {
    return new ContinuousProcessingTimeTrigger(positiveDuration('ContinuousProcessingTimeTrigger.of', 'interval', interval));
  }

  onElement(_element: unknown, _timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    const now = context.getCurrentProcessingTime();
    if (context.getPartitionedState(NEXT_FIRE).get() === null) this.armAfter(now - (now % this.interval), window, context);
    return TriggerResult.CONTINUE;
  }

  onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  onProcessingTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    const next = context.getPartitionedState(NEXT_FIRE);
    if (next.get() !== time) return TriggerResult.CONTINUE;
    next.clear();
    this.armAfter(time, window, context);
    return TriggerResult.FIRE;
  }

  clear(_window: Window, context: TriggerContext): void {
    const next = context.getPartitionedState(NEXT_FIRE);
    const time = next.get();
    if (time === null) return;
    context.deleteProcessingTimeTimer(time);
    next.clear();
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(NEXT_FIRE);
    const time = context.getPartitionedState(NEXT_FIRE).get();
    if (time !== null) context.registerProcessingTimeTimer(time);
  }

  private armAfter(time: number, window: Window, context: TriggerContext): void {
    const next = Math.min(time + this.interval, window.maxTimestamp());
    context.getPartitionedState(NEXT_FIRE).add(next);
    context.registerProcessingTimeTimer(next);
  }
}
