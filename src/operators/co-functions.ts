/**
 * User functions with two inputs, for connected streams (Flink: `CoMapFunction`, `CoFlatMapFunction`).
 *
 * Invariant: the two methods of one function are called in one thread, never at the same time; which input goes
 * first is not defined.
 */
import type { Collector, FlatMapResult } from './collector.js';
import type { FunctionLifeCycle, FunctionLike } from './rich-function.js';
import { RichFunction } from './rich-function.js';

/** One result for each value of either input (Flink: `CoMapFunction`). */
export interface CoMapFunction<IN1, IN2, OUT> extends FunctionLifeCycle {
  map1(value: IN1): OUT;
  map2(value: IN2): OUT;
}
/** A function of two methods has no lambda: give an object or a class. */
export type CoMapFunctionLike<IN1, IN2, OUT> = FunctionLike<CoMapFunction<IN1, IN2, OUT>, never>;

/** `CoMapFunction` with a life cycle and a runtime context (Flink: `RichCoMapFunction`). */
export abstract class RichCoMapFunction<IN1, IN2, OUT> extends RichFunction implements CoMapFunction<IN1, IN2, OUT> {
  abstract map1(value: IN1): OUT;
  abstract map2(value: IN2): OUT;
}

/** Any number of results for each value of either input (Flink: `CoFlatMapFunction`). */
export interface CoFlatMapFunction<IN1, IN2, OUT> extends FunctionLifeCycle {
  flatMap1(value: IN1, out: Collector<OUT>): FlatMapResult<OUT>;
  flatMap2(value: IN2, out: Collector<OUT>): FlatMapResult<OUT>;
}
/** A function of two methods has no lambda: give an object or a class. */
export type CoFlatMapFunctionLike<IN1, IN2, OUT> = FunctionLike<CoFlatMapFunction<IN1, IN2, OUT>, never>;

/** `CoFlatMapFunction` with a life cycle and a runtime context (Flink: `RichCoFlatMapFunction`). */
export abstract class RichCoFlatMapFunction<IN1, IN2, OUT> extends RichFunction implements CoFlatMapFunction<IN1, IN2, OUT> {
  abstract flatMap1(value: IN1, out: Collector<OUT>): FlatMapResult<OUT>;
  abstract flatMap2(value: IN2, out: Collector<OUT>): FlatMapResult<OUT>;
}
