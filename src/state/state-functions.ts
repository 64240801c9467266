/**
 * The functions that state applies to what is added to it.
 */

/** Combines two values into one of the same type, changing neither (Flink: `ReduceFunction`). */
export type ReduceLike<T> = ((accumulated: T, value: T) => T) | { reduce(accumulated: T, value: T): T };

/** Adds a value to what has been folded so far (Flink before 1.12: `FoldFunction`). */
export type FoldLike<IN, ACC> = ((accumulated: ACC, value: IN) => ACC) | { fold(accumulated: ACC, value: IN): ACC };

/** Gathers values in an accumulator of another type than theirs (Flink: `AggregateFunction`). */
export interface AggregateFunction<IN, ACC, OUT> {
  /** A new accumulator of no values. */
  createAccumulator(): ACC;
  /** The accumulator with one more value; it may be the same object, changed. */
  add(value: IN, accumulator: ACC): ACC;
  getResult(accumulator: ACC): OUT;
  /** Both accumulators in one; it may be either object, changed. Needed where windows merge (sessions). */
  merge(a: ACC, b: ACC): ACC;
}
