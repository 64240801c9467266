/**
 * Process functions: user functions that also see timestamps, event time, side outputs and the key (Flink:
 * `ProcessFunction`, `KeyedProcessFunction`, `CoProcessFunction`, `KeyedCoProcessFunction`).
 *
 * Each comes twice: an interface (`…Like` includes it) for objects, and an abstract class of Flink's name to extend.
 * Invariant: a context and a collector are valid only during the call that they were given to.
 */
import type { Collector } from './collector.js';
import type { OutputTag } from './output-tag.js';
import type { FunctionLifeCycle, FunctionLike } from './rich-function.js';
import { RichFunction } from './rich-function.js';

/** Time as an operator sees it (Flink: `TimerService`). */
export interface TimerService {
  /** Wall-clock time in epoch milliseconds. */
  currentProcessingTime(): number;
  /** Event time of the operator in epoch milliseconds; -Infinity before the first watermark, Infinity after the last. */
  currentWatermark(): number;
}

/** What a process function sees of the record being processed (Flink: `ProcessFunction.Context`). */
export interface ProcessContext {
  /** Event time of the record in epoch milliseconds, or null when it has none. */
  timestamp(): number | null;
  timerService(): TimerService;
  /** Emits to a side output, with the record's timestamp; dropped when nobody consumes that side output. */
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** `ProcessContext` on a keyed stream (Flink: `KeyedProcessFunction.Context`). */
export interface KeyedProcessContext<KEY> extends ProcessContext {
  /** The key of the record being processed, as the key selector returned it. */
  getCurrentKey(): KEY;
}

/** The method of a `ProcessFunction`, for functions given as objects. */
export interface ProcessElement<IN, OUT, CTX extends ProcessContext = ProcessContext> extends FunctionLifeCycle {
  processElement(value: IN, context: CTX, out: Collector<OUT>): void;
}
export type ProcessLambda<IN, OUT, CTX extends ProcessContext = ProcessContext> = (value: IN, context: CTX, out: Collector<OUT>) => void;
export type ProcessFunctionLike<IN, OUT> = FunctionLike<ProcessElement<IN, OUT>, ProcessLambda<IN, OUT>>;

/** Any number of results for each value, with time and side outputs (Flink: `ProcessFunction`). */
export abstract class ProcessFunction<IN, OUT> extends RichFunction implements ProcessElement<IN, OUT> {
  abstract processElement(value: IN, context: ProcessContext, out: Collector<OUT>): void;
}

export type KeyedProcessFunctionLike<KEY, IN, OUT> = FunctionLike<ProcessElement<IN, OUT, KeyedProcessContext<KEY>>, ProcessLambda<IN, OUT, KeyedProcessContext<KEY>>>;

/** `ProcessFunction` on a keyed stream: it also sees the key (Flink: `KeyedProcessFunction`). */
export abstract class KeyedProcessFunction<KEY, IN, OUT> extends RichFunction implements ProcessElement<IN, OUT, KeyedProcessContext<KEY>> {
  abstract processElement(value: IN, context: KeyedProcessContext<KEY>, out: Collector<OUT>): void;
}

/** The methods of a `CoProcessFunction`, for functions given as objects. */
export interface CoProcessElements<IN1, IN2, OUT, CTX extends ProcessContext = ProcessContext> extends FunctionLifeCycle {
  processElement1(value: IN1, context: CTX, out: Collector<OUT>): void;
  processElement2(value: IN2, context: CTX, out: Collector<OUT>): void;
}
/** A function of two methods has no lambda: give an object or a class. */
export type CoProcessFunctionLike<IN1, IN2, OUT> = FunctionLike<CoProcessElements<IN1, IN2, OUT>, never>;

/** A process function of two inputs (Flink: `CoProcessFunction`). */
export abstract class CoProcessFunction<IN1, IN2, OUT> extends RichFunction implements CoProcessElements<IN1, IN2, OUT> {
  abstract processElement1(value: IN1, context: ProcessContext, out: Collector<OUT>): void;
  abstract processElement2(value: IN2, context: ProcessContext, out: Collector<OUT>): void;
}

/** A function of two methods has no lambda: give an object or a class. */
export type KeyedCoProcessFunctionLike<KEY, IN1, IN2, OUT> = FunctionLike<CoProcessElements<IN1, IN2, OUT, KeyedProcessContext<KEY>>, never>;

/** A process function of two inputs with the same key space (Flink: `KeyedCoProcessFunction`). */
export abstract class KeyedCoProcessFunction<KEY, IN1, IN2, OUT> extends RichFunction implements CoProcessElements<IN1, IN2, OUT, KeyedProcessContext<KEY>> {
  abstract processElement1(value: IN1, context: KeyedProcessContext<KEY>, out: Collector<OUT>): void;
  abstract processElement2(value: IN2, context: KeyedProcessContext<KEY>, out: Collector<OUT>): void;
}
