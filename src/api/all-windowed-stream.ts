/**
 * The windows of a stream without keys, waiting for a function (Flink: `AllWindowedStream`). All elements meet in one
 * subtask.
 */
import type { FoldFunctionLike, ReduceFunctionLike } from '../operators/functions.js';
import { aggregateAggregation, foldAggregation, reduceAggregation, type AggregateFunctionLike } from '../windowing/window-aggregation.js';
import { allWindowFunctionEmission, processAllWindowEmission, type MakeEmission } from '../windowing/window-emission.js';
import type { AllWindowFunctionLike, ProcessAllWindowElements, ProcessAllWindowFunctionLike } from '../windowing/window-functions.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import type { Window } from '../windowing/window.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import { type AddOperator, isProcessFunction, Windowing } from './windowing.js';

/** As `WindowResultFunction`, without a key. */
export type AllWindowResultFunction<IN, OUT, W extends Window> =
  | AllWindowFunctionLike<IN, OUT, W>
  | ProcessAllWindowElements<IN, OUT, W>
  | (new () => ProcessAllWindowElements<IN, OUT, W>);

export class AllWindowedStream<T, W extends Window> extends Windowing<T, W> {
  constructor(call: string, assigner: WindowAssigner<T, W>, keyOf: (value: T) => unknown, add: AddOperator, private readonly environment: StreamExecutionEnvironment) {
    super(call, assigner, keyOf, add);
  }

  getExecutionEnvironment(): StreamExecutionEnvironment {
    return this.environment;
  }

  /** As `reduce` of keyed windows; the second function is a lambda `(window, [result], out)`, or an object with `process`. */
  reduce(fn: ReduceFunctionLike<T>): SingleOutputStreamOperator<T>;
  reduce<R>(fn: ReduceFunctionLike<T>, windowFunction: AllWindowResultFunction<T, R, W>): SingleOutputStreamOperator<R>;
  reduce(fn: ReduceFunctionLike<T>, windowFunction?: unknown): SingleOutputStreamOperator<T> {
    return this.compute<T>('reduce', reduceAggregation(fn), this.resultEmission('reduce', windowFunction));
  }

  /** Gathers the elements of a window in an accumulator, as they come. The second function is as for `reduce`. */
  aggregate<ACC, R>(fn: AggregateFunctionLike<T, ACC, R>): SingleOutputStreamOperator<R>;
  aggregate<ACC, V, R>(fn: AggregateFunctionLike<T, ACC, V>, windowFunction: AllWindowResultFunction<V, R, W>): SingleOutputStreamOperator<R>;
  aggregate<ACC, V>(fn: AggregateFunctionLike<T, ACC, V>, windowFunction?: unknown): SingleOutputStreamOperator<unknown> {
    return this.compute('aggregate', aggregateAggregation(fn), this.resultEmission('aggregate', windowFunction));
  }

  /** Folds the elements of a window from a copy of an initial value (Flink before 1.12). Not for windows that merge. */
  fold<ACC>(initial: ACC, fn: FoldFunctionLike<T, ACC>): SingleOutputStreamOperator<ACC>;
  fold<ACC, R>(initial: ACC, fn: FoldFunctionLike<T, ACC>, windowFunction: AllWindowResultFunction<ACC, R, W>): SingleOutputStreamOperator<R>;
  fold<ACC>(initial: ACC, fn: FoldFunctionLike<T, ACC>, windowFunction?: unknown): SingleOutputStreamOperator<unknown> {
    return this.compute('fold', foldAggregation(initial, fn), this.resultEmission('fold', windowFunction));
  }

  /** Any number of results from all elements of a window. Name their type: `apply<Result>((window, elements, out) => …)`. */
  apply<R>(fn: AllWindowFunctionLike<T, R, W>): SingleOutputStreamOperator<R>;
  /** As `reduce` with two functions (Flink before 2.0). */
  apply<R>(fn: ReduceFunctionLike<T>, windowFunction: AllWindowFunctionLike<T, R, W>): SingleOutputStreamOperator<R>;
  apply<R>(fn: AllWindowFunctionLike<T, R, W> | ReduceFunctionLike<T>, windowFunction?: AllWindowFunctionLike<T, R, W>): SingleOutputStreamOperator<R> {
    if (windowFunction !== undefined) return this.reduce<R>(fn as ReduceFunctionLike<T>, windowFunction);
    return this.compute('apply', undefined, allWindowFunctionEmission<W>(fn, 'apply of windows'));
  }

  /**
   * Any number of results from all elements of a window, with time, state and side outputs at hand. Name their type:
   * `process<Result>((context, elements, out) => …)`.
   */
  process<R>(fn: ProcessAllWindowFunctionLike<T, R, W>): SingleOutputStreamOperator<R> {
    return this.compute('process', undefined, processAllWindowEmission<W>(fn, 'process of windows'));
  }

  private resultEmission(call: string, fn: unknown): MakeEmission<W> | undefined {
    if (fn === undefined) return undefined;
    const place = `${call} of windows, as its second function,`;
    return isProcessFunction(fn) ? processAllWindowEmission<W>(fn, place) : allWindowFunctionEmission<W>(fn, place);
  }
}
