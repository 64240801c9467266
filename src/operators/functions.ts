/**
 * User functions with one input: their interfaces, the lambdas accepted in their place and the `Rich…` base classes
 * (Flink: package `org.apache.flink.api.common.functions`). The other user functions are re-exported from here.
 *
 * Invariants:
 * - A function gets values by reference and must not change them, nor a value that it has emitted.
 * - Functions are called one record at a time and synchronously; nothing waits for a promise that one returns.
 */
import type { Collector, FlatMapResult } from './collector.js';
import type { FunctionLifeCycle, FunctionLike } from './rich-function.js';
import { RichFunction } from './rich-function.js';

export * from './collector.js';
export * from './rich-function.js';
export * from './co-functions.js';
export * from './join-functions.js';
export * from './process-functions.js';
export * from './broadcast-functions.js';
export * from './checkpointed-function.js';
export type { ListCheckpointed } from './list-checkpointed.js';
export * from './legacy-functions.js';
export * from './partition-functions.js';

/** One result for each value (Flink: `MapFunction`). */
export interface MapFunction<IN, OUT> extends FunctionLifeCycle {
  map(value: IN): OUT;
}
export type MapLambda<IN, OUT> = (value: IN) => OUT;
export type MapFunctionLike<IN, OUT> = FunctionLike<MapFunction<IN, OUT>, MapLambda<IN, OUT>>;

/** `MapFunction` with a life cycle and a runtime context (Flink: `RichMapFunction`). */
export abstract class RichMapFunction<IN, OUT> extends RichFunction implements MapFunction<IN, OUT> {
  abstract map(value: IN): OUT;
}

/** Any number of results for each value (Flink: `FlatMapFunction`). */
export interface FlatMapFunction<IN, OUT> extends FunctionLifeCycle {
  flatMap(value: IN, out: Collector<OUT>): FlatMapResult<OUT>;
}
export type FlatMapLambda<IN, OUT> = (value: IN, out: Collector<OUT>) => FlatMapResult<OUT>;
export type FlatMapFunctionLike<IN, OUT> = FunctionLike<FlatMapFunction<IN, OUT>, FlatMapLambda<IN, OUT>>;

/** `FlatMapFunction` with a life cycle and a runtime context (Flink: `RichFlatMapFunction`). */
export abstract class RichFlatMapFunction<IN, OUT> extends RichFunction implements FlatMapFunction<IN, OUT> {
  abstract flatMap(value: IN, out: Collector<OUT>): FlatMapResult<OUT>;
}

/** Keeps the values for which it answers true (Flink: `FilterFunction`). */
export interface FilterFunction<T> extends FunctionLifeCycle {
  filter(value: T): boolean;
}
export type FilterLambda<T> = (value: T) => boolean;
export type FilterFunctionLike<T> = FunctionLike<FilterFunction<T>, FilterLambda<T>>;

/** `FilterFunction` with a life cycle and a runtime context (Flink: `RichFilterFunction`). */
export abstract class RichFilterFunction<T> extends RichFunction implements FilterFunction<T> {
  abstract filter(value: T): boolean;
}

/**
 * Combines the result so far with the next value of the same key (Flink: `ReduceFunction`). It must return a new
 * value (or one of the two) and change neither, for both may have been emitted already.
 */
export interface ReduceFunction<T> extends FunctionLifeCycle {
  reduce(accumulated: T, value: T): T;
}
export type ReduceLambda<T> = (accumulated: T, value: T) => T;
export type ReduceFunctionLike<T> = FunctionLike<ReduceFunction<T>, ReduceLambda<T>>;

/** `ReduceFunction` with a life cycle and a runtime context (Flink: `RichReduceFunction`). */
export abstract class RichReduceFunction<T> extends RichFunction implements ReduceFunction<T> {
  abstract reduce(accumulated: T, value: T): T;
}

/**
 * Finds the key of a value (Flink: `KeySelector`). It must answer equally for equal values whenever it is asked.
 * Keys compare by value: strings, numbers, booleans, bigints, Dates, and arrays or plain objects of those.
 */
export interface KeySelector<IN, KEY> {
  getKey(value: IN): KEY;
}
export type KeySelectorLambda<IN, KEY> = (value: IN) => KEY;
export type KeySelectorLike<IN, KEY> = FunctionLike<KeySelector<IN, KEY>, KeySelectorLambda<IN, KEY>>;

/** Chooses the receiving subtask for a key: a whole number from 0 to `partitions` - 1 (Flink: `Partitioner`). */
export interface Partitioner<KEY> {
  partition(key: KEY, partitions: number): number;
}
export type PartitionerLambda<KEY> = (key: KEY, partitions: number) => number;
export type PartitionerLike<KEY> = FunctionLike<Partitioner<KEY>, PartitionerLambda<KEY>>;
