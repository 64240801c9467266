/**
 * Functions over whole partitions: all records of a subtask, or of a key, at the end of the input.
 */
import type { Collector } from './collector.js';
import { type FunctionLifeCycle, RichFunction } from './rich-function.js';
import type { FunctionLike } from './functions.js';

/** Any number of results from all records of a partition (Flink: `MapPartitionFunction`). */
export interface MapPartitionFunction<IN, OUT> extends FunctionLifeCycle {
  mapPartition(values: readonly IN[], out: Collector<OUT>): void;
}
export type MapPartitionLambda<IN, OUT> = (values: readonly IN[], out: Collector<OUT>) => void;
export type MapPartitionFunctionLike<IN, OUT> = FunctionLike<MapPartitionFunction<IN, OUT>, MapPartitionLambda<IN, OUT>>;

/** `MapPartitionFunction` with a life cycle and a runtime context (Flink: `RichMapPartitionFunction`). */
export abstract class RichMapPartitionFunction<IN, OUT> extends RichFunction implements MapPartitionFunction<IN, OUT> {
  abstract mapPartition(values: readonly IN[], out: Collector<OUT>): void;
}
