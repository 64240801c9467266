/**
 * Fires when another trigger does, or when the clock says that a window has waited long enough (Flink:
 * `ProcessingTimeoutTrigger`).
 */
import type { DurationLike } from '../core/time.js';
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import { isFire, isPurge, Trigger, TriggerResult, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';
import { positiveDuration } from './window-time.js';

const TIMEOUT = new ValueStateDescriptor<number>('timeout');

export class ProcessingTimeoutTrigger<T, W extends Window> extends Trigger<T, W> {
  private constructor(
    private readonly nested: Trigger<T, W>,
    private readonly timeout: number,
    private readonly resetOnElement: boolean,
    private readonly clearOnTimeout: boolean,
  ) {
    super();
  }

  /**
   * @param timeout how long after the first element, by the clock, the window fires if the nested trigger has not.
   * @param resetTimerOnNewRecord whether every element starts the wait anew (default: no).
   * @param shouldClearOnTimeout whether the nested trigger starts anew after a timeout (default: yes).
   */
  static of<T, W extends Window>(nested: Trigger<T, W>, timeout: DurationLike, resetTimerOnNewRecord = false, shouldClearOnTimeout = true): ProcessingTimeoutTrigger<T, W> {
    return new ProcessingTimeoutTrigger(nested, positiveDuration('ProcessingTimeoutTrigger.of', 'timeout', timeout), resetTimerOnNewRecord, shouldClearOnTimeout);
  }

  onElement(element: T, timestamp: number, window: W, context: TriggerContext): TriggerResult {
    const result = this.nested.onElement(element, timestamp, window, context);
    if (isFire(result)) {
      this.clear(window, context);
      return result;
    }
    const armed = context.getPartitionedState(TIMEOUT);
    const time = armed.value();
    if (time !== null && !this.resetOnElement) return result;
    if (time !== null) context.deleteProcessingTimeTimer(time);
    const next = context.getCurrentProcessingTime() + this.timeout;
    armed.update(next);
    context.registerProcessingTimeTimer(next);
    return result;
  }

  onEventTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return this.timedOut(this.nested.onEventTime(time, window, context), window, context);
  }

  onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return this.timedOut(this.nested.onProcessingTime(time, window, context), window, context);
  }

  clear(window: W, context: TriggerContext): void {
    const armed = context.getPartitionedState(TIMEOUT);
    const time = armed.value();
    if (time !== null) {
      context.deleteProcessingTimeTimer(time);
      armed.clear();
    }
    this.nested.clear(window, context);
  }

  /** Flink's name of it is shorter here. */
  override toString(): string {
    return `TimeoutTrigger(${String(this.nested)})`;
  }

  /** Timers always fire the window, whatever the nested trigger says. */
  private timedOut(nested: TriggerResult, window: W, context: TriggerContext): TriggerResult {
    if (this.clearOnTimeout) this.clear(window, context);
    return isPurge(nested) ? TriggerResult.FIRE_AND_PURGE : TriggerResult.FIRE;
  }
}
