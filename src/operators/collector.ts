/**
 * How user functions hand over their results (Flink: `Collector`).
 */

/** Takes the results of a function that may have none, one or many of them (Flink: `Collector`). */
export interface Collector<T> {
  /** Emits a value; it carries the timestamp of the record being processed. Only valid during the call it was given to. */
  collect(value: T): void;
}

/**
 * What a `flatMap` may return beside what it collects: one value, an iterable of values, or nothing. A string counts
 * as one value; null and undefined as nothing.
 */
export type FlatMapResult<OUT> = void | OUT | Iterable<OUT> | null | undefined;
