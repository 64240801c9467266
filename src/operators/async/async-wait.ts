/**
 * Calls an asynchronous function for each record and emits its results when they come (Flink: `AsyncWaitOperator`).
 *
 * Invariants:
 * - At most `capacity` records are in the queue, from the call to the emission of its results. When it is full the
 *   gate holds the task's input, and what is on its way already waits in line, uncalled.
 * - The author's function is called, and results are emitted, between two records only.
 * - The first error fails the task; nothing that comes later is noticed, and no rejected promise is left unhandled.
 * - A snapshot has the records whose results have not been emitted; after a restore their calls are made again, in order.
 * - After the end of the input nothing is tried again but what waits for a retry, and that at once.
 * - `finish` resolves when everything has been emitted; `close` aborts what is in flight and waits for nothing.
 */
import { FlinkError } from '../../core/errors.js';
import { Fifo } from '../../core/fifo.js';
import { preview } from '../../core/preview.js';
import { formatDuration } from '../../core/time.js';
import { ListStateDescriptor } from '../../state/state-descriptor.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operator.js';
import type { Emit } from '../output.js';
import { attributeError, guardedUserFunction } from '../specialise.js';
import { type FunctionLifeCycleCalls, isLambda, userFunction } from '../user-function.js';
import type { AsyncContext, AsyncFunction, AsyncFunctionLike, AsyncResult, ResultFuture } from './async-function.js';
import { CallList } from './call-list.js';
import { Deadlines } from './deadlines.js';
import { emitMarker, type Marker } from './marker.js';
import { OrderedResults } from './ordered-results.js';
import { type CallOwner, PendingCall } from './pending-call.js';
import type { ResultOrder } from './result-order.js';
import type { AsyncRetryStrategy } from './retry-strategy.js';
import { UnorderedResults } from './unordered-results.js';

export interface AsyncWaitSettings<IN, OUT> {
  /** The API call, as the author wrote it. */
  readonly call: string;
  readonly order: 'ordered' | 'unordered';
  /** From the first call for a value to its answer, retries included; 0 for no limit. */
  readonly timeoutMs: number;
  readonly capacity: number;
  readonly retry?: AsyncRetryStrategy<OUT> | undefined;
  /** Answers when the time has run out; it goes before the function's own `timeout`. */
  readonly onTimeout?: ((value: IN, context: AsyncContext) => AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>) | undefined;
}

/** What an author's function is called with: the context, which is its future as well, and the value in it. */
type Invoke<IN, OUT> = (future: ResultFuture<OUT> & { readonly value: IN }) => void;
type Apply<IN, OUT> = (value: IN, future: ResultFuture<OUT>) => AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>;

export function asyncWaitOperator<IN, OUT>(fn: AsyncFunctionLike<IN, OUT>, settings: AsyncWaitSettings<IN, OUT>): OperatorDefinition<OUT> {
  const make = userFunction<AsyncFunction<IN, OUT>>(fn, { operator: settings.call, methods: ['asyncInvoke'], optional: ['timeout'], mayBeAsync: true });
  const lambda = isLambda(fn);
  return {
    yielding: true,
    instantiate(context) {
      const { specialise } = context;
      const { call, lifeCycle } = make(context);
      const invoking = (apply: Apply<IN, OUT>, returns: boolean, arity = 0): Invoke<IN, OUT> => specialise(invokeKernel<IN, OUT>)(apply, returns, returns && arity < 2);
      const onTimeout = settings.onTimeout
        ? invoking(guardedUserFunction(specialise, settings.onTimeout as Apply<never, OUT>) as Apply<IN, OUT>, true, settings.onTimeout.length)
        : call.timeout && invoking(call.timeout, false);
      const waiting = new AsyncWait<IN, OUT>(context, settings, invoking(call.asyncInvoke, lambda, lambda ? (fn as () => unknown).length : 0), onTimeout);
      return waiting.operator(lifeCycle);
    },
  };
}

/**
 * @param returns whether a promise of undefined is an answer; else the future will be completed, later.
 * @param returnsAtOnce the same of undefined itself: whoever takes the future without a promise will complete it.
 */
function invokeKernel<IN, OUT>(apply: Apply<IN, OUT>, returns: boolean, returnsAtOnce: boolean): Invoke<IN, OUT> {
  type Call = Parameters<Invoke<IN, OUT>>[0];
  /** An earlier attempt has no say any more. */
  async function settle(call: Call, attempt: number, promise: PromiseLike<AsyncResult<OUT>>): Promise<void> {
    try {
      const results = await promise;
      if (call.attempt === attempt && (returns || results !== undefined)) call.complete(results as readonly OUT[]);
    } catch (error) {
      if (call.attempt === attempt) call.completeExceptionally(error);
    }
  }
  return function invoke(call) {
    let answer: AsyncResult<OUT> | PromiseLike<AsyncResult<OUT>>;
    try {
      answer = apply(call.value, call);
    } catch (error) {
      call.completeExceptionally(error);
      return;
    }
    if (typeof answer === 'object' && answer !== null && typeof (answer as PromiseLike<unknown>).then === 'function') {
      void settle(call, call.attempt, answer as PromiseLike<AsyncResult<OUT>>);
    } else if (returnsAtOnce || answer !== undefined) {
      call.complete(answer as readonly OUT[]);
    }
  };
}

function asyncWaitKernel<IN>(waiting: { readonly full: boolean; call(value: IN, timestamp: number): void; queue(value: IN, timestamp: number): void }): Emit<IN> {
  return function asyncWait(value, timestamp) {
    if (waiting.full) waiting.queue(value, timestamp);
    else waiting.call(value, timestamp);
  };
}

function emitResultsKernel<OUT>(emit: Emit<OUT>): (results: AsyncResult<OUT>, timestamp: number) => void {
  return function emitResults(results, timestamp) {
    if (results === undefined || results === null) return;
    if (Array.isArray(results)) for (let i = 0; i < results.length; i++) emit(results[i], timestamp);
    else emit(results as OUT, timestamp);
  };
}

/** Flink's name of the state that holds the records in flight. */
const IN_FLIGHT = new ListStateDescriptor<readonly [value: unknown, timestamp: number]>('_async_wait_operator_state_');

/** What came while the queue was full. */
type Waiting<IN> = { readonly kind: 'record'; readonly value: IN; readonly timestamp: number } | Marker;

/** One subtask's calls. */
class AsyncWait<IN, OUT> implements CallOwner<IN, OUT> {
  /** Calls whose results have not been emitted. */
  private readonly calls = new CallList<IN, OUT>();
  /** Behind `calls`, not called yet: empty unless `full`. */
  private readonly line = new Fifo<Waiting<IN>>();
  private readonly results: ResultOrder<IN, OUT>;
  private readonly deadlines: Deadlines<IN, OUT>;
  private readonly emitResults: (results: AsyncResult<OUT>, timestamp: number) => void;
  private readonly retryOn: ReturnType<AsyncRetryStrategy<OUT>['getRetryPredicate']>;
  private holding = false;
  /** The call being made: its answer needs no mail. */
  private starting: PendingCall<IN, OUT> | undefined;
  /** Results will be emitted soon anyway. */
  private emissionComes = false;
  private failure: FlinkError | undefined;
  /** Failed or closed: nothing is emitted or noticed any more. */
  private over = false;
  private finished: (() => void) | undefined;
  /** No more input comes: whoever fails now is not tried again. */
  private inputEnded = false;

  constructor(
    private readonly context: OperatorContext<OUT>, private readonly settings: AsyncWaitSettings<IN, OUT>,
    private readonly invoke: Invoke<IN, OUT>, private readonly onTimeout: Invoke<IN, OUT> | undefined,
  ) {
    const exit = { leave: (call: PendingCall<IN, OUT>) => this.emit(call), mark: (marker: Marker) => emitMarker(marker, context.output) };
    this.results = settings.order === 'ordered' ? new OrderedResults(this.calls, exit) : new UnorderedResults(this.calls, exit);
    this.deadlines = new Deadlines(this.calls, settings.timeoutMs, context.clock, () => context.mailbox.execute(() => this.expire()));
    this.emitResults = context.specialise(emitResultsKernel<OUT>)(context.output.emit);
    this.retryOn = settings.retry?.getRetryPredicate() ?? {};
  }

  operator(lifeCycle: FunctionLifeCycleCalls): Operator {
    const input = this.context.specialise(asyncWaitKernel<IN>)(this);
    return {
      inputs: [input],
      watermark: (timestamp) => this.mark({ kind: 'watermark', timestamp }),
      idle: (idle) => this.mark({ kind: 'idle', idle }),
      ...lifeCycle,
      open: async () => {
        await lifeCycle.open?.();
        this.resume(input);
      },
      snapshotState: (checkpoint) => {
        this.context.operatorState.getListState(IN_FLIGHT).update(this.inFlight());
        return lifeCycle.snapshotState?.(checkpoint);
      },
      endInput: () => this.endInput(),
      finish: () => this.finish(),
      close: () => {
        this.stop();
        return lifeCycle.close?.();
      },
    };
  }

  /** Makes the calls again that were under way when the snapshot was taken. */
  private resume(input: Emit<IN>): void {
    const state = this.context.operatorState.getListState(IN_FLIGHT);
    const records = [...state.get()];
    state.clear();
    for (const [value, timestamp] of records) input(value as IN, timestamp);
  }

  private *inFlight(): Iterable<readonly [value: IN, timestamp: number]> {
    for (const { value, time } of this.calls) yield [value, time];
    for (const waiting of this.line) if (waiting.kind === 'record') yield [waiting.value, waiting.timestamp];
  }

  get full(): boolean {
    return this.over || this.calls.size >= this.settings.capacity;
  }

  /** A record for which there is room. */
  call(value: IN, timestamp: number): void {
    if (this.start(value, timestamp).state === 'done') this.emitReady();
    if (!this.holding && this.full) {
      this.holding = true;
      this.context.gate.hold();
    }
  }

  /** A record for which there is none: something upstream makes several out of one. */
  queue(value: IN, timestamp: number): void {
    this.line.push({ kind: 'record', value, timestamp });
  }

  answered(call: PendingCall<IN, OUT>, results: AsyncResult<OUT>): void {
    if (this.over) return;
    const { resultPredicate } = this.retryOn;
    if (resultPredicate && this.mayRetry(call)) {
      try {
        if (resultPredicate(asArray(results))) return this.retryLater(call);
      } catch (error) {
        return this.fail(call, error);
      }
    }
    call.results = results;
    call.state = 'done';
    this.results.completed(call);
    if (call !== this.starting) this.emitSoon();
  }

  failed(call: PendingCall<IN, OUT>, error: unknown): void {
    if (this.over) return;
    try {
      if (this.mayRetry(call) && this.retryOn.exceptionPredicate?.(error)) return this.retryLater(call);
    } catch (predicateError) {
      return this.fail(call, predicateError);
    }
    this.fail(call, error);
  }

  private start(value: IN, timestamp: number): PendingCall<IN, OUT> {
    const call = new PendingCall<IN, OUT>(this, value, timestamp);
    this.results.add(call);
    if (this.settings.timeoutMs > 0) this.deadlines.watch(call);
    this.starting = call;
    this.invoke(call);
    this.starting = undefined;
    if (this.failure) throw this.failure;
    return call;
  }

  private mark(marker: Marker): void {
    if (this.line.length > 0) this.line.push(marker);
    else this.results.mark(marker);
  }

  /** One mail for all that complete together. The hop lets promises that are settled already be among them. */
  private emitSoon(): void {
    if (this.emissionComes) return;
    this.emissionComes = true;
    queueMicrotask(() => {
      if (!this.over) this.context.mailbox.execute(this.readMail);
    });
  }

  private readonly readMail = (): void => {
    this.emissionComes = false;
    if (!this.over) this.emitReady();
  };

  private emitReady(): void {
    this.results.emitReady();
    while (this.line.length > 0 && !this.full) {
      const next = this.line.shift()!;
      if (next.kind !== 'record') this.results.mark(next);
      else if (this.start(next.value, next.timestamp).state === 'done') this.results.emitReady();
    }
    if (this.holding && !this.full) {
      this.holding = false;
      this.context.gate.release();
    }
    if (this.calls.size === 0) this.finished?.();
  }

  private emit(call: PendingCall<IN, OUT>): void {
    if (call.sideResults) for (const { tagId, value } of call.sideResults) this.context.output.side(tagId)(value, call.time);
    this.emitResults(call.results, call.time);
  }

  private mayRetry(call: PendingCall<IN, OUT>): boolean {
    return call.state === 'calling' && !this.inputEnded && this.settings.retry !== undefined && this.settings.retry.canRetry(call.attempt);
  }

  private retryLater(call: PendingCall<IN, OUT>): void {
    const { clock, mailbox } = this.context;
    call.state = 'waiting';
    call.sideResults = undefined;
    call.retry = clock.schedule(this.settings.retry!.getBackoffTimeMillis(call.attempt), () => mailbox.execute(() => this.retry(call)));
  }

  private retry(call: PendingCall<IN, OUT>): void {
    if (this.over || call.state !== 'waiting') return;
    call.retry = undefined;
    call.attempt += 1;
    call.state = 'calling';
    this.invoke(call);
  }

  /** A job that has read everything does not sit out delays: those that wait for a retry make it now, as their last. */
  private endInput(): void {
    this.inputEnded = true;
    for (const call of this.calls) {
      if (call.state !== 'waiting') continue;
      call.retry?.cancel();
      this.retry(call);
    }
  }

  private expire(): void {
    if (this.over) return;
    const waited = formatDuration(this.settings.timeoutMs);
    for (const call of this.deadlines.expired()) {
      const substitute = call.expire(new DOMException(`no answer within ${waited}`, 'TimeoutError'));
      if (this.onTimeout) this.onTimeout(substitute);
      else substitute.completeExceptionally(outOfTime(waited));
      if (this.over) return;
    }
  }

  private fail(call: PendingCall<IN, OUT>, error: unknown): void {
    this.over = true;
    const failure = failureOf(error, preview(call.value));
    attributeError(this.context.specialise, failure);
    this.failure = failure;
    if (call === this.starting) return;
    this.context.mailbox.execute(() => {
      throw failure;
    });
  }

  private finish(): void | Promise<void> {
    if (this.calls.size > 0) return new Promise((resolve) => (this.finished = resolve));
  }

  private stop(): void {
    this.over = true;
    this.deadlines.cancel();
    const reason = new DOMException('the task has stopped', 'AbortError');
    for (const call of this.calls) call.abort(reason);
    this.finished?.();
  }
}

function asArray<OUT>(results: AsyncResult<OUT>): readonly OUT[] {
  if (results === undefined || results === null) return [];
  return Array.isArray(results) ? results : [results as OUT];
}

function outOfTime(waited: string): FlinkError {
  return new FlinkError('TIMEOUT', `no answer within ${waited}`, { hint: 'Raise the timeout, or answer in its stead: { onTimeout: (value) => … }.' });
}

/** The error with the record it belongs to; the runtime adds the operator. */
function failureOf(error: unknown, record: string): FlinkError {
  if (error instanceof FlinkError) return new FlinkError(error.code, error.message, { cause: error.cause ?? error, hint: error.hint, place: { record, ...error.place } });
  const what = error instanceof Error ? `${error.name}: ${error.message}` : `rejected with ${preview(error)}, which is not an Error`;
  return new FlinkError('USER_FUNCTION', what, { cause: error, place: { record } });
}
