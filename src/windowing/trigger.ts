/**
 * The contract of triggers: when a window's contents are given to its function, and when they are dropped (Flink:
 * `Trigger`, `TriggerResult`).
 *
 * Invariants:
 * - A trigger keeps nothing in its own fields; state and timers of a key and window are reached through the context.
 * - Timers of a window that has merged into another reach no trigger. Those that a trigger leaves behind for a window that
 *   was cleaned up do, but find nothing to fire.
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import type { MetricGroup } from '../operators/metric-group.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state.js';
import type { AggregatingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, StateDescriptor, ValueStateDescriptor } from '../state/state-descriptor.js';
import type { Window } from './window.js';

/** What happens to a window next. Bit 1 says fire, bit 2 says purge. */
export const TriggerResult = {
  /** Nothing. */
  CONTINUE: 0,
  /** The function gets the contents, which stay. */
  FIRE: 1,
  /** The contents are dropped; the function sees nothing. */
  PURGE: 2,
  /** The function gets the contents, then they are dropped. */
  FIRE_AND_PURGE: 3,
} as const;
export type TriggerResult = (typeof TriggerResult)[keyof typeof TriggerResult];

/** Whether the function gets the contents (Flink: `TriggerResult.isFire`), for triggers that ask others. */
export function isFire(result: TriggerResult): boolean {
  return (result & TriggerResult.FIRE) !== 0;
}

/** Whether the contents are dropped (Flink: `TriggerResult.isPurge`), for triggers that ask others. */
export function isPurge(result: TriggerResult): boolean {
  return (result & TriggerResult.PURGE) !== 0;
}

/** What a trigger sees: time, and the timers and state of the present key and window (Flink: `Trigger.TriggerContext`). */
export interface TriggerContext {
  /** Epoch milliseconds by the clock. */
  getCurrentProcessingTime(): number;
  /** Event time: -Infinity before the first watermark. */
  getCurrentWatermark(): number;
  getMetricGroup(): MetricGroup;
  /** Calls `onEventTime` once the watermark has reached `time`. A timer that is set already is set once. */
  registerEventTimeTimer(time: number): void;
  /** Calls `onProcessingTime` once the clock has passed `time`. */
  registerProcessingTimeTimer(time: number): void;
  deleteEventTimeTimer(time: number): void;
  deleteProcessingTimeTimer(time: number): void;
  /** State of the present key and window. */
  getPartitionedState<V>(descriptor: ValueStateDescriptor<V>): ValueState<V>;
  getPartitionedState<V>(descriptor: ReducingStateDescriptor<V>): ReducingState<V>;
  getPartitionedState<V>(descriptor: ListStateDescriptor<V>): ListState<V>;
  getPartitionedState<K, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V>;
  getPartitionedState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT>;
}

/** As `TriggerContext`, for the window that others have merged into (Flink: `Trigger.OnMergeContext`). */
export interface OnMergeContext extends TriggerContext {
  /** Merges list, reducing or aggregating state of the windows that were merged into that of the new one. */
  mergePartitionedState(descriptor: StateDescriptor): void;
}

export abstract class Trigger<T, W extends Window> {
  /** Called for each element, after it was added to the window. @param timestamp -Infinity when it has none. */
  abstract onElement(element: T, timestamp: number, window: W, context: TriggerContext): TriggerResult;

  /** A processing-time timer of this trigger, or the window's cleanup timer, has come. */
  abstract onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult;

  /** An event-time timer of this trigger, or the window's cleanup timer, has come. */
  abstract onEventTime(time: number, window: W, context: TriggerContext): TriggerResult;

  /** Drops everything the trigger keeps for the window: state, and timers that are still set. */
  abstract clear(window: W, context: TriggerContext): void;

  /** Whether `onMerge` is implemented: windows that merge take no other triggers. */
  canMerge(): boolean {
    return false;
  }

  /** The trigger and its settings, for messages and logs. */
  toString(): string {
    return `${classNameOf(this)}()`;
  }

  /** Several windows have become `window`; state of theirs is to be merged and timers to be set anew. */
  onMerge(_window: W, _context: OnMergeContext): void {
    throw new FlinkError('INVALID_ARGUMENT', `${classNameOf(this)} does not support merging windows`, { hint: 'Implement canMerge() and onMerge(), or use windows that do not merge.' });
  }
}
