/**
 * The contract of window assigners: which windows an element belongs to (Flink: `WindowAssigner`,
 * `MergingWindowAssigner`).
 *
 * Invariant: an assigner decides from the element, its timestamp and the clock alone; state of a window is not its
 * business.
 */
import { classNameOf } from '../core/class-name.js';
import type { Trigger } from './trigger.js';
import type { MergeCallback, Window } from './window.js';

/** What an assigner may ask. */
export interface WindowAssignerContext {
  /** Epoch milliseconds by the clock. */
  getCurrentProcessingTime(): number;
  /** At least 0 and below 1. */
  random(): number;
}

export abstract class WindowAssigner<T, W extends Window> {
  /**
   * The windows of an element, in the order in which they are to be served; none when it belongs to no window.
   * @param timestamp -Infinity when the element has none.
   */
  abstract assignWindows(element: T, timestamp: number, context: WindowAssignerContext): readonly W[];

  /** Decides when windows fire where the author sets no trigger. */
  abstract getDefaultTrigger(): Trigger<T, W>;

  /** Whether windows end by event time: then elements can be late, and timestamps are needed. */
  abstract isEventTime(): boolean;

  /** As plans show it. */
  toString(): string {
    return `${classNameOf(this)}()`;
  }

  /** An assigner for one subtask. Assigners that remember something from element to element answer a copy. */
  forSubtask(): WindowAssigner<T, W> {
    return this;
  }
}

/** An assigner whose windows may grow together, as sessions do. */
export abstract class MergingWindowAssigner<T, W extends Window> extends WindowAssigner<T, W> {
  /** Calls `merge` for each group of windows that are to become one. */
  abstract mergeWindows(windows: readonly W[], merge: MergeCallback<W>): void;
}
