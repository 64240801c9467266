/**
 * Fires when an element is farther than a threshold from the one that fired last (Flink: `DeltaTrigger`).
 */
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import { deltaLambda, thresholdArgument, type DeltaFunction, type DeltaLambda } from './delta-function.js';
import { Trigger, TriggerResult, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';

export class DeltaTrigger<T> extends Trigger<T, Window> {
  private readonly last = new ValueStateDescriptor<T>('last-element');

  private constructor(
    private readonly threshold: number,
    private readonly delta: DeltaLambda<T>,
  ) {
    super();
  }

  /** Fires when `delta(last, element)` is larger than `threshold`; the first element of a window is only remembered. */
  static of<T>(threshold: number, delta: DeltaFunction<T> | DeltaLambda<T>): DeltaTrigger<T> {
    return new DeltaTrigger(thresholdArgument('DeltaTrigger.of', threshold), deltaLambda('DeltaTrigger.of', delta));
  }

  onElement(element: T, _timestamp: number, _window: Window, context: TriggerContext): TriggerResult {
    const state = context.getPartitionedState(this.last);
    const last = state.value();
    if (last === null) {
      state.update(element);
      return TriggerResult.CONTINUE;
    }
    if (!(this.delta(last, element) > this.threshold)) return TriggerResult.CONTINUE;
    state.update(element);
    return TriggerResult.FIRE;
  }

  onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override toString(): string {
    return `DeltaTrigger(${this.threshold})`;
  }

  clear(_window: Window, context: TriggerContext): void {
    context.getPartitionedState(this.last).clear();
  }
}
