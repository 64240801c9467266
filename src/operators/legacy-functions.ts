/**
 * User functions that newer Flink versions dropped and older jobs use: `SourceFunction`, `SinkFunction`,
 * `FoldFunction`, `OutputSelector`.
 */
import type { FunctionLifeCycle, FunctionLike } from './rich-function.js';
import { RichFunction } from './rich-function.js';
import type { SinkContext } from './sink.js';
import type { Watermark } from '../core/watermark.js';

/** Where a `SourceFunction` puts its records (Flink: `SourceFunction.SourceContext`). */
export interface SourceContext<T> {
  /** Emits a record without a timestamp. When downstream has no room, gives a promise that resolves once it has. */
  collect(value: T): void | Promise<void>;
  /** Emits a record with its event time in epoch milliseconds; gives a promise like `collect`. */
  collectWithTimestamp(value: T, timestamp: number): void | Promise<void>;
  /** Promises that no later record carries a timestamp at or below this one (epoch milliseconds). */
  emitWatermark(watermark: Watermark | number): void;
  /** Says that no record is to be expected for a while, so that nobody waits for this source's watermark. */
  markAsTemporarilyIdle(): void;
  /**
   * Resolves when downstream has room for more. `collect` never blocks: a loop that awaits nothing else should
   * await this, or what `collect` gives, or its records pile up in memory and `cancel` cannot reach it.
   */
  ready(): Promise<void>;
  /** What keeps checkpoints away while records and state change together (Flink's object to synchronize on). */
  getCheckpointLock(): CheckpointLock;
}

/** Makes what a source function does in several steps one step for checkpoints (Flink: `synchronized (ctx.getCheckpointLock())`). */
export interface CheckpointLock {
  /**
   * Runs `body` at once, or when those before it have ended; while a promise that it answers is pending no checkpoint
   * is taken. Code without `await` or `yield` needs no lock: checkpoints are taken only where a function lets others run.
   */
  synchronized<R>(body: () => R | Promise<R>): Promise<R>;
}

/**
 * What `run` may give back: nothing or a promise of nothing, after records were collected; or a generator, whose
 * values are emitted as downstream has room (a bare `yield` only lets others run).
 */
export type SourceRun<T> = void | Promise<void> | Iterable<T | undefined> | AsyncIterable<T | undefined>;

/**
 * A source as one function (Flink: `SourceFunction`). The source has ended when `run` returns, or the promise or
 * generator that it gave is done. It runs with parallelism 1 unless it is a `ParallelSourceFunction`.
 *
 * To be read exactly once it remembers where it is: with the methods of `CheckpointedFunction` or `ListCheckpointed`.
 * A checkpoint is taken where `run` lets others run, and what has been collected by then comes before it: state has to
 * be up to date at each `await` and `yield` (`yield this.next++`), or be changed in `context.getCheckpointLock()`.
 */
export interface SourceFunction<T> extends FunctionLifeCycle {
  /** Emits records until there are no more, or until `cancel` was called. */
  run(context: SourceContext<T>): SourceRun<T>;
  /** Asks `run` to return soon. */
  cancel(): void;
  /** True on a source that may run in several subtasks at once. */
  readonly parallel?: boolean;
}
/** Runs until its promise resolves; after a cancellation its context takes no more records. */
export type SourceLambda<T> = (context: SourceContext<T>) => SourceRun<T>;
export type SourceFunctionLike<T> = FunctionLike<SourceFunction<T>, SourceLambda<T>>;

/** A source that may run in several subtasks at once (Flink: `ParallelSourceFunction`). */
export interface ParallelSourceFunction<T> extends SourceFunction<T> {
  readonly parallel: true;
}

/** `SourceFunction` with a life cycle and a runtime context (Flink: `RichSourceFunction`). */
export abstract class RichSourceFunction<T> extends RichFunction implements SourceFunction<T> {
  readonly parallel: boolean = false;
  abstract run(context: SourceContext<T>): SourceRun<T>;
  abstract cancel(): void;
}

/** `ParallelSourceFunction` with a life cycle and a runtime context (Flink: `RichParallelSourceFunction`). */
export abstract class RichParallelSourceFunction<T> extends RichFunction implements ParallelSourceFunction<T> {
  readonly parallel = true;
  abstract run(context: SourceContext<T>): SourceRun<T>;
  abstract cancel(): void;
}

/**
 * A sink as one function (Flink: `SinkFunction`). While a promise that `invoke` returned is pending, the task takes
 * no more input.
 */
export interface SinkFunction<IN> extends FunctionLifeCycle {
  invoke(value: IN, context: SinkContext): void | Promise<void>;
  /** Called once when all input has ended, before `close`: the last chance to write what is buffered. */
  finish?(): void | Promise<void>;
}
export type SinkLambda<IN> = (value: IN, context: SinkContext) => void | Promise<void>;
export type SinkFunctionLike<IN> = FunctionLike<SinkFunction<IN>, SinkLambda<IN>>;

/** `SinkFunction` with a life cycle and a runtime context (Flink: `RichSinkFunction`). */
export abstract class RichSinkFunction<IN> extends RichFunction implements SinkFunction<IN> {
  abstract invoke(value: IN, context: SinkContext): void | Promise<void>;
  /** Called once when all input has ended, before `close`. */
  finish(): void | Promise<void> {}
}

/**
 * Combines the result so far with the next value of the same key; the result may be of another type (Flink:
 * `FoldFunction`). It must return a new value and not change the accumulated one, which has been emitted already.
 */
export interface FoldFunction<IN, ACC> extends FunctionLifeCycle {
  fold(accumulated: ACC, value: IN): ACC;
}
export type FoldLambda<IN, ACC> = (accumulated: ACC, value: IN) => ACC;
export type FoldFunctionLike<IN, ACC> = FunctionLike<FoldFunction<IN, ACC>, FoldLambda<IN, ACC>>;

/** `FoldFunction` with a life cycle and a runtime context (Flink: `RichFoldFunction`). */
export abstract class RichFoldFunction<IN, ACC> extends RichFunction implements FoldFunction<IN, ACC> {
  abstract fold(accumulated: ACC, value: IN): ACC;
}

/** The outputs of a split stream that a value belongs to: one name, several, or none. */
export type OutputSelection = string | Iterable<string> | null | undefined | void;

/** Names the outputs of a split stream that a value belongs to (Flink: `OutputSelector`). */
export interface OutputSelector<T> extends FunctionLifeCycle {
  select(value: T): OutputSelection;
}
export type OutputSelectorLambda<T> = (value: T) => OutputSelection;
export type OutputSelectorLike<T> = FunctionLike<OutputSelector<T>, OutputSelectorLambda<T>>;
