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

/**
 * Time as an operator sees it (Flink: `TimerService`). Timers belong to the current key; on a stream without keys
 * setting or deleting one throws `STATE_ACCESS`. A key has at most one timer of each kind for each time: setting it again changes
 * nothing. Times are epoch milliseconds.
 */
export interface TimerService {
  /** Wall-clock time in epoch milliseconds. */
  currentProcessingTime(): number;
  /** Event time of the operator in epoch milliseconds; -Infinity before the first watermark, Infinity after the last. */
  currentWatermark(): number;
  /** Calls `onTimer` when the watermark reaches `time`; when it has passed already, at the next watermark. */
  registerEventTimeTimer(time: number): void;
  /** Calls `onTimer` when the clock has passed `time`. What still waits at the end of input is dropped. */
  registerProcessingTimeTimer(time: number): void;
  /** Deletes the timer set for exactly this time; no effect when there is none. */
  deleteEventTimeTimer(time: number): void;
  deleteProcessingTimeTimer(time: number): void;
}

/** Which kind of time a timer was set for (Flink: `TimeDomain`). */
export const TimeDomain = { EVENT_TIME: 'EVENT_TIME', PROCESSING_TIME: 'PROCESSING_TIME' } as const;
export type TimeDomain = keyof typeof TimeDomain;

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

/** What `onTimer` sees (Flink: `OnTimerContext`). */
export interface OnTimerContext<KEY = unknown> extends KeyedProcessContext<KEY> {
  /** The time that the timer was set for. */
  timestamp(): number;
  timeDomain(): TimeDomain;
}

/** The methods of a `ProcessFunction`, for functions given as objects. */
export interface ProcessElement<IN, OUT, CTX extends ProcessContext = ProcessContext, KEY = unknown> extends FunctionLifeCycle {
  processElement(value: IN, context: CTX, out: Collector<OUT>): void;
  /**
   * A timer is due, on a keyed stream; the current key is the one it was set for. What is collected carries the timer's
   * time if that is event time, and no timestamp if it is processing time; side outputs always carry the timer's time.
   */
  onTimer?(timestamp: number, context: OnTimerContext<KEY>, out: Collector<OUT>): void;
}
export type ProcessLambda<IN, OUT, CTX extends ProcessContext = ProcessContext> = (value: IN, context: CTX, out: Collector<OUT>) => void;
export type ProcessFunctionLike<IN, OUT> = FunctionLike<ProcessElement<IN, OUT>, ProcessLambda<IN, OUT>>;

/** Any number of results for each value, with time and side outputs (Flink: `ProcessFunction`). */
export abstract class ProcessFunction<IN, OUT> extends RichFunction implements ProcessElement<IN, OUT> {
  abstract processElement(value: IN, context: ProcessContext, out: Collector<OUT>): void;
  onTimer(_timestamp: number, _context: OnTimerContext, _out: Collector<OUT>): void {}
}

export type KeyedProcessFunctionLike<KEY, IN, OUT> = FunctionLike<ProcessElement<IN, OUT, KeyedProcessContext<KEY>, KEY>, ProcessLambda<IN, OUT, KeyedProcessContext<KEY>>>;

/** `ProcessFunction` on a keyed stream: it also sees the key (Flink: `KeyedProcessFunction`). */
export abstract class KeyedProcessFunction<KEY, IN, OUT> extends RichFunction implements ProcessElement<IN, OUT, KeyedProcessContext<KEY>, KEY> {
  abstract processElement(value: IN, context: KeyedProcessContext<KEY>, out: Collector<OUT>): void;
  onTimer(_timestamp: number, _context: OnTimerContext<KEY>, _out: Collector<OUT>): void {}
}

/** The methods of a `CoProcessFunction`, for functions given as objects. */
export interface CoProcessElements<IN1, IN2, OUT, CTX extends ProcessContext = ProcessContext, KEY = unknown> extends FunctionLifeCycle {
  processElement1(value: IN1, context: CTX, out: Collector<OUT>): void;
  processElement2(value: IN2, context: CTX, out: Collector<OUT>): void;
  /** As in `ProcessElement`. */
  onTimer?(timestamp: number, context: OnTimerContext<KEY>, out: Collector<OUT>): void;
}
/** A function of two methods has no lambda: give an object or a class. */
export type CoProcessFunctionLike<IN1, IN2, OUT> = FunctionLike<CoProcessElements<IN1, IN2, OUT>, never>;

/** A process function of two inputs (Flink: `CoProcessFunction`). */
export abstract class CoProcessFunction<IN1, IN2, OUT> extends RichFunction implements CoProcessElements<IN1, IN2, OUT> {
  abstract processElement1(value: IN1, context: ProcessContext, out: Collector<OUT>): void;
  abstract processElement2(value: IN2, context: ProcessContext, out: Collector<OUT>): void;
  onTimer(_timestamp: number, _context: OnTimerContext, _out: Collector<OUT>): void {}
}

/** A function of two methods has no lambda: give an object or a class. */
export type KeyedCoProcessFunctionLike<KEY, IN1, IN2, OUT> = FunctionLike<CoProcessElements<IN1, IN2, OUT, KeyedProcessContext<KEY>, KEY>, never>;

/** A process function of two inputs with the same key space (Flink: `KeyedCoProcessFunction`). */
export abstract class KeyedCoProcessFunction<KEY, IN1, IN2, OUT> extends RichFunction implements CoProcessElements<IN1, IN2, OUT, KeyedProcessContext<KEY>, KEY> {
  abstract processElement1(value: IN1, context: KeyedProcessContext<KEY>, out: Collector<OUT>): void;
  abstract processElement2(value: IN2, context: KeyedProcessContext<KEY>, out: Collector<OUT>): void;
  onTimer(_timestamp: number, _context: OnTimerContext<KEY>, _out: Collector<OUT>): void {}
}
