/**
 * Functions whose results come later (Flink: `AsyncFunction`, `ResultFuture`): their interfaces, the lambdas accepted
 * in their place and what they are given.
 *
 * Invariants:
 * - Each value is answered once: by results, by an error or by running out of time. Whatever comes later is ignored.
 * - Many calls are under way at once, so a function must not keep facts of one call where another finds them.
 */
import { FlinkError } from '../../core/errors.js';
import type { OutputTag } from '../output-tag.js';
import type { FunctionLifeCycle, FunctionLike } from '../rich-function.js';
import { RichFunction } from '../rich-function.js';
import type { RuntimeContext } from '../runtime-context.js';

/**
 * What a value is answered with: one result, an array of any number of results, or nothing (null and undefined). A
 * result that is an array itself goes into an array: `[[word, 1]]`.
 */
export type AsyncResult<OUT> = OUT | readonly OUT[] | void | null | undefined;

/** The results' type, from what an asynchronous function returns. */
export type AsyncResultOf<R> = ResultOf<Awaited<R>>;
type ResultOf<A> = A extends readonly (infer E)[] ? E : Exclude<A, void | null | undefined>;

/** What an asynchronous function sees of the call under way. Unlike other contexts it stays valid until the answer. */
export interface AsyncContext {
  /**
   * Aborts when the answer is of no more use: the time has run out, or the job has failed or was cancelled. Hand it
   * on: `fetch(url, { signal })`.
   */
  readonly signal: AbortSignal;
  /** 1 in the first call for a value, one more in each retry. */
  readonly attempt: number;
  /** Event time of the record in epoch milliseconds, or null when it has none. Its results carry the same. */
  timestamp(): number | null;
  /**
   * Emits to a side output, with the record's timestamp, when the results are emitted. A retry takes back what the
   * attempt before it has put out.
   */
  output<X>(tag: OutputTag<X>, value: X): void;
}

/** Takes the answer of a function that does not return it (Flink: `ResultFuture`). */
export interface ResultFuture<OUT> extends AsyncContext {
  /** Answers with any number of results. */
  complete(results: readonly OUT[]): void;
  /** Answers with an error: the value is tried again if the retry strategy says so, or else the job fails. */
  completeExceptionally(error: unknown): void;
}

/** Any number of results for each value, later (Flink: `AsyncFunction`). */
export interface AsyncFunction<IN, OUT> extends FunctionLifeCycle {
  /**
   * Starts the work for a value and returns at once. The answer goes to `resultFuture`, or is what the returned
   * promise resolves to; a promise of undefined leaves it to `resultFuture`. A rejected promise is an error.
   */
  asyncInvoke(value: IN, resultFuture: ResultFuture<OUT>): AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>;
  /** Answers in place of `asyncInvoke` when the time has run out. Without it the job fails. */
  timeout?(value: IN, resultFuture: ResultFuture<OUT>): AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>;
}
/** Returns the answer, as a rule by a promise. */
export type AsyncLambda<IN, R> = (value: IN, context: AsyncContext) => R;
export type AsyncFunctionLike<IN, OUT> = FunctionLike<AsyncFunction<IN, OUT>, AsyncLambda<IN, AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>>>;

/**
 * `AsyncFunction` with a life cycle and a runtime context, for what holds a connection (Flink: `RichAsyncFunction`). It has
 * no keyed state: its answers come while records of other keys are handled.
 */
export abstract class RichAsyncFunction<IN, OUT> extends RichFunction implements AsyncFunction<IN, OUT> {
  override setRuntimeContext(context: RuntimeContext): void {
    super.setRuntimeContext(withoutState(context));
  }

  abstract asyncInvoke(value: IN, resultFuture: ResultFuture<OUT>): AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>;
}

const STATE_CALLS = ['getState', 'getListState', 'getMapState', 'getReducingState', 'getAggregatingState', 'getFoldingState'] as const;

function withoutState(context: RuntimeContext): RuntimeContext {
  const refusing = (call: string) => (): never => {
    throw new FlinkError('STATE_ACCESS', `${call}: an asynchronous function has no keyed state, for its answers come while records of other keys are handled`, {
      hint: 'Keep the state in a process function in front of the call, or behind it.',
    });
  };
  return Object.assign(Object.create(context) as RuntimeContext, Object.fromEntries(STATE_CALLS.map((call) => [call, refusing(call)])));
}
