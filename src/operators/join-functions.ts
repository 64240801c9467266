/**
 * User functions that see records of two streams together (Flink: `JoinFunction`, `FlatJoinFunction`,
 * `CoGroupFunction`, `ProcessJoinFunction`).
 *
 * Invariant: collectors and contexts are valid only during the call that they were given to.
 */
import type { Collector } from './collector.js';
import type { OutputTag } from './output-tag.js';
import type { FunctionLifeCycle, FunctionLike } from './rich-function.js';
import { RichFunction } from './rich-function.js';

/** One result for each pair of records (Flink: `JoinFunction`). */
export interface JoinFunction<IN1, IN2, OUT> extends FunctionLifeCycle {
  join(first: IN1, second: IN2): OUT;
}

/** `JoinFunction` with a life cycle and a runtime context (Flink: `RichJoinFunction`). */
export abstract class RichJoinFunction<IN1, IN2, OUT> extends RichFunction implements JoinFunction<IN1, IN2, OUT> {
  abstract join(first: IN1, second: IN2): OUT;
}

/**
 * Any number of results for each pair of records (Flink: `FlatJoinFunction`). It is told from a `JoinFunction` by its
 * third parameter, so declare it also where nothing is collected.
 */
export interface FlatJoinFunction<IN1, IN2, OUT> extends FunctionLifeCycle {
  join(first: IN1, second: IN2, out: Collector<OUT>): void;
}

/** `FlatJoinFunction` with a life cycle and a runtime context (Flink: `RichFlatJoinFunction`). */
export abstract class RichFlatJoinFunction<IN1, IN2, OUT> extends RichFunction implements FlatJoinFunction<IN1, IN2, OUT> {
  abstract join(first: IN1, second: IN2, out: Collector<OUT>): void;
}

/** What a `JoinFunction` and a `FlatJoinFunction` have in common, as one type: the compiler infers parameters from it. */
export interface EitherJoinFunction<IN1, IN2, OUT> extends FunctionLifeCycle {
  join(first: IN1, second: IN2, out: Collector<OUT>): OUT | void;
}
/** With two parameters it returns the one result; with three it collects any number, and what it returns does not count. */
export type JoinLambda<IN1, IN2, OUT> = (first: IN1, second: IN2, out: Collector<OUT>) => OUT | void;
export type JoinFunctionLike<IN1, IN2, OUT> = FunctionLike<EitherJoinFunction<IN1, IN2, OUT>, JoinLambda<IN1, IN2, OUT>>;

/** Results from all records of two streams that share key and window; one of the lists may be empty (Flink: `CoGroupFunction`). */
export interface CoGroupFunction<IN1, IN2, OUT> extends FunctionLifeCycle {
  coGroup(first: readonly IN1[], second: readonly IN2[], out: Collector<OUT>): void;
}
export type CoGroupLambda<IN1, IN2, OUT> = (first: readonly IN1[], second: readonly IN2[], out: Collector<OUT>) => void;
export type CoGroupFunctionLike<IN1, IN2, OUT> = FunctionLike<CoGroupFunction<IN1, IN2, OUT>, CoGroupLambda<IN1, IN2, OUT>>;

/** `CoGroupFunction` with a life cycle and a runtime context (Flink: `RichCoGroupFunction`). */
export abstract class RichCoGroupFunction<IN1, IN2, OUT> extends RichFunction implements CoGroupFunction<IN1, IN2, OUT> {
  abstract coGroup(first: readonly IN1[], second: readonly IN2[], out: Collector<OUT>): void;
}

/** The times of a pair, in epoch milliseconds (Flink: `ProcessJoinFunction.Context`). */
export interface ProcessJoinContext {
  getLeftTimestamp(): number;
  getRightTimestamp(): number;
  /** The later of the two, which everything that is emitted for the pair carries. */
  getTimestamp(): number;
  /** Emits to a side output; dropped when nobody consumes it. */
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** The method of a `ProcessJoinFunction`, for objects. */
export interface ProcessJoinElements<IN1, IN2, OUT> extends FunctionLifeCycle {
  processElement(left: IN1, right: IN2, context: ProcessJoinContext, out: Collector<OUT>): void;
}
export type ProcessJoinLambda<IN1, IN2, OUT> = (left: IN1, right: IN2, context: ProcessJoinContext, out: Collector<OUT>) => void;
export type ProcessJoinFunctionLike<IN1, IN2, OUT> = FunctionLike<ProcessJoinElements<IN1, IN2, OUT>, ProcessJoinLambda<IN1, IN2, OUT>>;

/** Any number of results for each pair of an interval join, with its times and side outputs at hand (Flink: `ProcessJoinFunction`). */
export abstract class ProcessJoinFunction<IN1, IN2, OUT> extends RichFunction implements ProcessJoinElements<IN1, IN2, OUT> {
  abstract processElement(left: IN1, right: IN2, context: ProcessJoinContext, out: Collector<OUT>): void;
}
