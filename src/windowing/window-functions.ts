/**
 * User functions over the elements of a window (Flink: `WindowFunction`, `ProcessWindowFunction` and their forms for
 * streams without keys).
 *
 * Invariants:
 * - `elements` holds what the window has gathered, in the order in which it came; after `reduce` or `aggregate` it
 *   holds the one result. It is valid during the call only.
 * - Results carry the largest timestamp of the window.
 */
import type { Collector, FunctionLifeCycle, FunctionLike } from '../operators/functions.js';
import { RichFunction } from '../operators/functions.js';
import type { OutputTag } from '../operators/output-tag.js';
import type { KeyedStateStore } from '../state/keyed-context.js';
import type { Window } from './window.js';

/** Results from the elements of a key's window (Flink: `WindowFunction`). */
export interface WindowFunction<IN, OUT, KEY, W extends Window> extends FunctionLifeCycle {
  apply(key: KEY, window: W, elements: readonly IN[], out: Collector<OUT>): void;
}
export type WindowLambda<IN, OUT, KEY, W extends Window> = (key: KEY, window: W, elements: readonly IN[], out: Collector<OUT>) => void;
export type WindowFunctionLike<IN, OUT, KEY, W extends Window> = FunctionLike<WindowFunction<IN, OUT, KEY, W>, WindowLambda<IN, OUT, KEY, W>>;

/** `WindowFunction` with a life cycle and a runtime context (Flink: `RichWindowFunction`). */
export abstract class RichWindowFunction<IN, OUT, KEY, W extends Window> extends RichFunction implements WindowFunction<IN, OUT, KEY, W> {
  abstract apply(key: KEY, window: W, elements: readonly IN[], out: Collector<OUT>): void;
}

/** Results from the elements of a window of a stream without keys (Flink: `AllWindowFunction`). */
export interface AllWindowFunction<IN, OUT, W extends Window> extends FunctionLifeCycle {
  apply(window: W, elements: readonly IN[], out: Collector<OUT>): void;
}
export type AllWindowLambda<IN, OUT, W extends Window> = (window: W, elements: readonly IN[], out: Collector<OUT>) => void;
export type AllWindowFunctionLike<IN, OUT, W extends Window> = FunctionLike<AllWindowFunction<IN, OUT, W>, AllWindowLambda<IN, OUT, W>>;

/** `AllWindowFunction` with a life cycle and a runtime context (Flink: `RichAllWindowFunction`). */
export abstract class RichAllWindowFunction<IN, OUT, W extends Window> extends RichFunction implements AllWindowFunction<IN, OUT, W> {
  abstract apply(window: W, elements: readonly IN[], out: Collector<OUT>): void;
}

/** What a process function sees of its window (Flink: `ProcessWindowFunction.Context`). Valid during the call only. */
export interface ProcessWindowContext<W extends Window> {
  window(): W;
  /** Epoch milliseconds by the clock. */
  currentProcessingTime(): number;
  /** Event time: -Infinity before the first watermark. */
  currentWatermark(): number;
  /**
   * State of this key and window, from the first firing until the window is cleaned up; drop it in `clear`. Throws
   * `INVALID_ARGUMENT` for windows that merge.
   */
  windowState(): KeyedStateStore;
  /** State of this key, whatever the window. */
  globalState(): KeyedStateStore;
  /** Emits to a side output, with the largest timestamp of the window. */
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** The methods of a `ProcessWindowFunction`, for objects. */
export interface ProcessWindowElements<IN, OUT, KEY, W extends Window> extends FunctionLifeCycle {
  process(key: KEY, context: ProcessWindowContext<W>, elements: readonly IN[], out: Collector<OUT>): void;
  /** The window is being cleaned up: the place to clear `windowState`. */
  clear?(context: ProcessWindowContext<W>): void;
}
export type ProcessWindowLambda<IN, OUT, KEY, W extends Window> = (key: KEY, context: ProcessWindowContext<W>, elements: readonly IN[], out: Collector<OUT>) => void;
export type ProcessWindowFunctionLike<IN, OUT, KEY, W extends Window> = FunctionLike<ProcessWindowElements<IN, OUT, KEY, W>, ProcessWindowLambda<IN, OUT, KEY, W>>;

/** Results from the elements of a key's window, with state, time and side outputs at hand (Flink: `ProcessWindowFunction`). */
export abstract class ProcessWindowFunction<IN, OUT, KEY, W extends Window> extends RichFunction implements ProcessWindowElements<IN, OUT, KEY, W> {
  abstract process(key: KEY, context: ProcessWindowContext<W>, elements: readonly IN[], out: Collector<OUT>): void;
  /** The window is being cleaned up: the place to clear `windowState`. */
  clear(_context: ProcessWindowContext<W>): void {}
}

/** The methods of a `ProcessAllWindowFunction`, for objects. */
export interface ProcessAllWindowElements<IN, OUT, W extends Window> extends FunctionLifeCycle {
  process(context: ProcessWindowContext<W>, elements: readonly IN[], out: Collector<OUT>): void;
  /** The window is being cleaned up: the place to clear `windowState`. */
  clear?(context: ProcessWindowContext<W>): void;
}
export type ProcessAllWindowLambda<IN, OUT, W extends Window> = (context: ProcessWindowContext<W>, elements: readonly IN[], out: Collector<OUT>) => void;
export type ProcessAllWindowFunctionLike<IN, OUT, W extends Window> = FunctionLike<ProcessAllWindowElements<IN, OUT, W>, ProcessAllWindowLambda<IN, OUT, W>>;

/** As `ProcessWindowFunction`, for streams without keys (Flink: `ProcessAllWindowFunction`). */
export abstract class ProcessAllWindowFunction<IN, OUT, W extends Window> extends RichFunction implements ProcessAllWindowElements<IN, OUT, W> {
  abstract process(context: ProcessWindowContext<W>, elements: readonly IN[], out: Collector<OUT>): void;
  /** The window is being cleaned up: the place to clear `windowState`. */
  clear(_context: ProcessWindowContext<W>): void {}
}
