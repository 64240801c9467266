/**
 * Fires with every so many elements of a window (Flink: `CountTrigger`).
 *
 * Invariant: the count starts anew with each firing, and only then: purging by another trigger leaves it.
 */
import { FlinkError } from '../core/errors.js';
import { ReducingStateDescriptor } from '../state/state-descriptor.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';

const COUNT = new ReducingStateDescriptor<number>('count', (a, b) => a + b);

export class CountTrigger extends Trigger<unknown, Window> {
  private constructor(readonly maxCount: number) {
    super();
  }

  /** @param maxCount a whole number of at least 1. */
  static of(maxCount: number): CountTrigger {
    if (!Number.isInteger(maxCount) || maxCount < 1) throw new FlinkError('INVALID_ARGUMENT', `CountTrigger.of takes a whole number of at least 1; ${String(maxCount)} came`);
    return new CountTrigger(maxCount);
  }

  onElement(_element: unknown, _timestamp: number, _window: Window, context: TriggerContext): TriggerResult {
    const count = context.getPartitionedState(COUNT);
    count.add(1);
    if ((count.get() ?? 0) < this.maxCount) return TriggerResult.CONTINUE;
    count.clear();
    return TriggerResult.FIRE;
  }

  onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  clear(_window: Window, context: TriggerContext): void {
    context.getPartitionedState(COUNT).clear();
  }

  override toString(): string {
    return `CountTrigger(${this.maxCount})`;
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(COUNT);
  }
}
