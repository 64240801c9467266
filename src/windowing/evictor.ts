/**
 * The contract of evictors: which elements leave a window when it fires, before or after its function has seen them
 * (Flink: `Evictor`). What leaves is gone for later firings, too.
 */
import type { MetricGroup } from '../operators/metric-group.js';
import type { TimestampedValue } from './timestamped-value.js';
import type { Window } from './window.js';

export interface EvictorContext {
  /** Epoch milliseconds by the clock. */
  getCurrentProcessingTime(): number;
  /** Event time: -Infinity before the first watermark. */
  getCurrentWatermark(): number;
  getMetricGroup(): MetricGroup;
}

export interface Evictor<T, W extends Window> {
  /**
   * Called before the function, with the elements in the order in which they came.
   * @param elements remove what is to leave from this array, in place.
   * @param size how many there are.
   */
  evictBefore(elements: TimestampedValue<T>[], size: number, window: W, context: EvictorContext): void;
  /** As `evictBefore`, called after the function. */
  evictAfter(elements: TimestampedValue<T>[], size: number, window: W, context: EvictorContext): void;
}

/** Keeps the elements for which `stays` answers true, in place. */
export function keepWhere<T>(elements: TimestampedValue<T>[], stays: (element: TimestampedValue<T>) => boolean): void {
  let kept = 0;
  for (const element of elements) {
    if (stays(element)) elements[kept++] = element;
  }
  elements.length = kept;
}

/** Evicts in one of the two places, as the author chose. */
export abstract class OneSidedEvictor<T> implements Evictor<T, Window> {
  constructor(private readonly after: boolean) {}

  protected abstract evict(elements: TimestampedValue<T>[]): void;

  evictBefore(elements: TimestampedValue<T>[], _size: number, _window: Window, _context: EvictorContext): void {
    if (!this.after) this.evict(elements);
  }

  evictAfter(elements: TimestampedValue<T>[], _size: number, _window: Window, _context: EvictorContext): void {
    if (this.after) this.evict(elements);
  }
}
