/**
 * The windows of a keyed stream, waiting for a function (Flink: `WindowedStream`).
 */
import type { FoldFunctionLike, ReduceFunctionLike } from '../operators/functions.js';
import { aggregateAggregation, foldAggregation, reduceAggregation, type AggregateFunctionLike } from '../windowing/window-aggregation.js';
import { processWindowEmission, windowFunctionEmission, type MakeEmission } from '../windowing/window-emission.js';
import type { ProcessWindowElements, ProcessWindowFunctionLike, WindowFunctionLike } from '../windowing/window-functions.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import type { Window } from '../windowing/window.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import { type AddOperator, isProcessFunction, Windowing } from './windowing.js';

/** A function over what `reduce`, `aggregate` or `fold` made of a window: a WindowFunction (also as a lambda), or a ProcessWindowFunction. */
export type WindowResultFunction<IN, OUT, KEY, W extends Window> =
  | WindowFunctionLike<IN, OUT, KEY, W>
  | ProcessWindowElements<IN, OUT, KEY, W>
  | (new () => ProcessWindowElements<IN, OUT, KEY, W>);

export class WindowedStream<T, K, W extends Window> extends Windowing<T, W> {
  /** Binds the key type; never set. */
  declare readonly keyType?: K;

  constructor(call: string, assigner: WindowAssigner<T, W>, keyOf: (value: T) => unknown, add: AddOperator, private readonly environment: StreamExecutionEnvironment) {
    super(call, assigner, keyOf, add);
  }

  getExecutionEnvironment(): StreamExecutionEnvironment {
    return this.environment;
  }

  /**
   * Combines the elements of a window, two by two, as they come. The second function gets the one result of each
   * window, with its key and window: a lambda `(key, window, [result], out)`, or an object with `process`.
   */
  reduce(fn: ReduceFunctionLike<T>): SingleOutputStreamOperator<T>;
  reduce<R>(fn: ReduceFunctionLike<T>, windowFunction: WindowResultFunction<T, R, K, W>): SingleOutputStreamOperator<R>;
  reduce(fn: ReduceFunctionLike<T>, windowFunction?: unknown): SingleOutputStreamOperator<T> {
    return this.compute<T>('reduce', reduceAggregation(fn), this.resultEmission('reduce', windowFunction));
  }

  /** Gathers the elements of a window in an accumulator, as they come. The second function is as for `reduce`. */
  aggregate<ACC, R>(fn: AggregateFunctionLike<T, ACC, R>): SingleOutputStreamOperator<R>;
  aggregate<ACC, V, R>(fn: AggregateFunctionLike<T, ACC, V>, windowFunction: WindowResultFunction<V, R, K, W>): SingleOutputStreamOperator<R>;
  aggregate<ACC, V>(fn: AggregateFunctionLike<T, ACC, V>, windowFunction?: unknown): SingleOutputStreamOperator<unknown> {
    return this.compute('aggregate', aggregateAggregation(fn), this.resultEmission('aggregate', windowFunction));
  }

  /** Folds the elements of a window from a copy of an initial value (Flink before 1.12). Not for windows that merge. */
  fold<ACC>(initial: ACC, fn: FoldFunctionLike<T, ACC>): SingleOutputStreamOperator<ACC>;
  fold<ACC, R>(initial: ACC, fn: FoldFunctionLike<T, ACC>, windowFunction: WindowResultFunction<ACC, R, K, W>): SingleOutputStreamOperator<R>;
  fold<ACC>(initial: ACC, fn: FoldFunctionLike<T, ACC>, windowFunction?: unknown): SingleOutputStreamOperator<unknown> {
    return this.compute('fold', foldAggregation(initial, fn), this.resultEmission('fold', windowFunction));
  }

  /** Any number of results from all elements of a window. Name their type: `apply<Result>((key, window, elements, out) => …)`. */
  apply<R>(fn: WindowFunctionLike<T, R, K, W>): SingleOutputStreamOperator<R>;
  /** As `reduce` with two functions (Flink before 2.0). */
  apply<R>(fn: ReduceFunctionLike<T>, windowFunction: WindowFunctionLike<T, R, K, W>): SingleOutputStreamOperator<R>;
  apply<R>(fn: WindowFunctionLike<T, R, K, W> | ReduceFunctionLike<T>, windowFunction?: WindowFunctionLike<T, R, K, W>): SingleOutputStreamOperator<R> {
    if (windowFunction !== undefined) return this.reduce<R>(fn as ReduceFunctionLike<T>, windowFunction);
    return this.compute('apply', undefined, windowFunctionEmission<W>(fn, 'apply of windows'));
  }

  /**
   * Any number of results from all elements of a window, with time, state and side outputs at hand. Name their type:
   * `process<Result>((key, context, elements, out) => …)`.
   */
  process<R>(fn: ProcessWindowFunctionLike<T, R, K, W>): SingleOutputStreamOperator<R> {
    return this.compute('process', undefined, processWindowEmission<W>(fn, 'process of windows'));
  }

  private resultEmission(call: string, fn: unknown): MakeEmission<W> | undefined {
    if (fn === undefined) return undefined;
    const place = `${call} of windows, as its second function,`;
    return isProcessFunction(fn) ? processWindowEmission<W>(fn, place) : windowFunctionEmission<W>(fn, place);
  }
}
