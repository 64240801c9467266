/**
 * Asynchronous calls for the records of a stream: looking things up in a service or a database without waiting for
 * one answer before asking the next question (Flink: `AsyncDataStream`).
 *
 *   AsyncDataStream.unorderedWait(ids, async (id, { signal }) => fetchUser(id, { signal }), { timeout: '5 s' })
 */
import { type DurationLike, TimeUnit } from '../core/time.js';
import type { AsyncContext, AsyncFunction, AsyncFunctionLike, AsyncResult, AsyncResultOf } from '../operators/async/async-function.js';
import { asyncWaitOperator, type AsyncWaitSettings } from '../operators/async/async-wait.js';
import { type AsyncRetryStrategy, type RetryOptions, retryStrategy } from '../operators/async/retry-strategy.js';
import { badArgument, durationArgument, wholeNumber } from './arguments.js';
import { DataStream, type Inferred } from './data-stream.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';

/** How many records may be in flight in one subtask when nothing else is said. */
const DEFAULT_CAPACITY = 100;

/** How long to wait and how much to ask at once. */
export interface AsyncWaitOptions<T, OUT, R = AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>> {
  /** From the first call for a record to its answer, retries included; 0 for no limit. */
  readonly timeout: DurationLike;
  /** How many records may be in flight in one subtask: 100 by default. When so many are, the input waits. */
  readonly capacity?: number;
  /** Tries again what failed; nothing is tried again by default. */
  readonly retry?: RetryOptions<OUT> | AsyncRetryStrategy<OUT>;
  /** Answers for a record whose time has run out. Without it the job fails. */
  readonly onTimeout?: (value: T, context: AsyncContext) => R;
}

/** Flink's way to say the same: a time, its unit (milliseconds if left out) and a capacity. */
export type AsyncWaitLimits = [timeout: DurationLike, capacity?: number] | [timeout: number, unit: TimeUnit, capacity?: number];
export type AsyncWaitLimitsWithRetry<OUT> =
  | [timeout: DurationLike, strategy: AsyncRetryStrategy<OUT>] | [timeout: DurationLike, capacity: number, strategy: AsyncRetryStrategy<OUT>]
  | [timeout: number, unit: TimeUnit, strategy: AsyncRetryStrategy<OUT>] | [timeout: number, unit: TimeUnit, capacity: number, strategy: AsyncRetryStrategy<OUT>];

/** What a lambda may return. */
export type AsyncAnswer = Inferred | readonly Inferred[] | PromiseLike<Inferred | readonly Inferred[]>;
type AsyncFunctionObject<T, OUT> = AsyncFunction<T, OUT> | (new () => AsyncFunction<T, OUT>);

/**
 * Calls `fn` for each record and emits what it answers: one result, an array of any number of results, or nothing
 * (null and undefined). Results carry the timestamp of their record. An error fails the job unless it is retried.
 *
 * `fn` is a function that returns the answer or a promise of it, or an object or class with `asyncInvoke`.
 */
export interface AsyncWaitCall {
  <T, R extends AsyncAnswer, F extends AsyncAnswer = never>(
    stream: DataStream<T>, fn: (value: T, context: AsyncContext) => R, options: AsyncWaitOptions<T, AsyncResultOf<R>, F>,
  ): SingleOutputStreamOperator<AsyncResultOf<R> | AsyncResultOf<F>>;
  <T, R extends AsyncAnswer>(stream: DataStream<T>, fn: (value: T, context: AsyncContext) => R, ...limits: AsyncWaitLimits): SingleOutputStreamOperator<AsyncResultOf<R>>;
  <T, OUT>(stream: DataStream<T>, fn: AsyncFunctionObject<T, OUT>, options: AsyncWaitOptions<T, OUT>): SingleOutputStreamOperator<OUT>;
  <T, OUT>(stream: DataStream<T>, fn: AsyncFunctionObject<T, OUT>, ...limits: AsyncWaitLimits): SingleOutputStreamOperator<OUT>;
}

/** As `AsyncWaitCall`, with a retry strategy as the last argument. */
export interface AsyncWaitWithRetryCall {
  <T, R extends AsyncAnswer>(
    stream: DataStream<T>, fn: (value: T, context: AsyncContext) => R, ...limits: AsyncWaitLimitsWithRetry<AsyncResultOf<R>>
  ): SingleOutputStreamOperator<AsyncResultOf<R>>;
  <T, OUT>(stream: DataStream<T>, fn: AsyncFunctionObject<T, OUT>, ...limits: AsyncWaitLimitsWithRetry<OUT>): SingleOutputStreamOperator<OUT>;
}

export interface AsyncDataStreamCalls {
  /** Results in the order of their records: an answer waits for those before it. */
  readonly orderedWait: AsyncWaitCall;
  /** Results as they come, which is sooner; only watermarks keep their place among them. */
  readonly unorderedWait: AsyncWaitCall;
  readonly orderedWaitWithRetry: AsyncWaitWithRetryCall;
  readonly unorderedWaitWithRetry: AsyncWaitWithRetryCall;
}

export const AsyncDataStream: AsyncDataStreamCalls = {
  orderedWait: wait('orderedWait', 'ordered') as AsyncWaitCall,
  unorderedWait: wait('unorderedWait', 'unordered') as AsyncWaitCall,
  orderedWaitWithRetry: waitWithRetry('orderedWaitWithRetry', 'ordered') as AsyncWaitWithRetryCall,
  unorderedWaitWithRetry: waitWithRetry('unorderedWaitWithRetry', 'unordered') as AsyncWaitWithRetryCall,
};

type Order = AsyncWaitSettings<unknown, unknown>['order'];
type Settings = AsyncWaitSettings<unknown, unknown>;
type AnyWait = (stream: DataStream<unknown>, fn: AsyncFunctionLike<unknown, unknown>, ...rest: unknown[]) => SingleOutputStreamOperator<unknown>;

function wait(call: string, order: Order): AnyWait {
  return (stream, fn, ...rest) => {
    const [options] = rest;
    const limits = isOptions(options) ? fromOptions(call, options) : fromLimits(call, rest);
    return operator(stream, fn, { call, order, ...limits });
  };
}

function waitWithRetry(call: string, order: Order): AnyWait {
  return (stream, fn, ...rest) => {
    const retry = rest.pop();
    if (!isStrategy(retry)) throw badArgument(call, 'a retry strategy as its last argument', retry, 'Make one with AsyncRetryStrategies.');
    return operator(stream, fn, { call, order, ...fromLimits(call, rest), retry });
  };
}

function operator(stream: DataStream<unknown>, fn: AsyncFunctionLike<unknown, unknown>, settings: Settings): SingleOutputStreamOperator<unknown> {
  if (!(stream instanceof DataStream)) throw badArgument(settings.call, 'a DataStream as its first argument', stream);
  return stream.transform('async wait operator', asyncWaitOperator(fn, settings));
}

function fromOptions(call: string, { timeout, capacity = DEFAULT_CAPACITY, retry, onTimeout }: AsyncWaitOptions<unknown, unknown>): Pick<Settings, 'timeoutMs' | 'capacity' | 'retry' | 'onTimeout'> {
  if (onTimeout !== undefined && typeof onTimeout !== 'function') throw badArgument(call, 'a function as onTimeout', onTimeout);
  return {
    timeoutMs: durationArgument(call, timeout, 0),
    capacity: capacityArgument(call, capacity),
    retry: retry === undefined || isStrategy(retry) ? retry : retryStrategy(retry),
    onTimeout,
  };
}

function fromLimits(call: string, limits: readonly unknown[]): Pick<Settings, 'timeoutMs' | 'capacity'> {
  const [timeout, ...more] = limits;
  const units: readonly unknown[] = Object.values(TimeUnit);
  const unit = units.includes(more[0]) ? (more.shift() as TimeUnit) : undefined;
  const [capacity = DEFAULT_CAPACITY] = more;
  const duration = unit === undefined ? timeout : `${String(timeout)} ${unit}`;
  return { timeoutMs: durationArgument(call, duration as DurationLike, 0), capacity: capacityArgument(call, capacity) };
}

function capacityArgument(call: string, capacity: unknown): number {
  return wholeNumber(call, capacity, 1, Number.MAX_SAFE_INTEGER, 'a capacity');
}

function isOptions(given: unknown): given is AsyncWaitOptions<unknown, unknown> {
  return typeof given === 'object' && given !== null && 'timeout' in given;
}

function isStrategy(given: unknown): given is AsyncRetryStrategy {
  return typeof given === 'object' && given !== null && typeof (given as Partial<AsyncRetryStrategy>).canRetry === 'function';
}
