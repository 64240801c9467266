/**
 * Keeps the elements that are nearer than a threshold to the newest one (Flink: `DeltaEvictor`).
 */
import { deltaLambda, thresholdArgument, type DeltaFunction, type DeltaLambda } from './delta-function.js';
import { keepWhere, OneSidedEvictor } from './evictor.js';
import type { TimestampedValue } from './timestamped-value.js';

export class DeltaEvictor<T> extends OneSidedEvictor<T> {
  private constructor(
    private readonly threshold: number,
    private readonly delta: DeltaLambda<T>,
    after: boolean,
  ) {
    super(after);
  }

  /**
   * Evicts the elements whose `delta(element, last)` is `threshold` or more.
   * @param doEvictAfter evict after the function has seen all elements, not before (the default).
   */
  static of<T>(threshold: number, delta: DeltaFunction<T> | DeltaLambda<T>, doEvictAfter = false): DeltaEvictor<T> {
    return new DeltaEvictor(thresholdArgument('DeltaEvictor.of', threshold), deltaLambda('DeltaEvictor.of', delta), doEvictAfter);
  }

  override toString(): string {
    return `DeltaEvictor(${this.threshold})`;
  }

  protected evict(elements: TimestampedValue<T>[]): void {
    const last = elements.at(-1);
    if (last) keepWhere(elements, (element) => !(this.delta(element.value, last.value) >= this.threshold));
  }
}
