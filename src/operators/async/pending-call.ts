/**
 * One value whose answer is awaited. The same object is the place in the queue, what the author's function gets as its
 * context, and the future that it completes: a call costs no other object.
 *
 * States:
 *   calling → done                          answered
 *   calling → waiting → calling             to be tried again, after a while
 *   calling | waiting → expired → done      out of time; a handler answers
 */
import { NO_TIMESTAMP } from '../../core/timestamp.js';
import type { ScheduledCall } from '../../core/clock.js';
import type { OutputTag } from '../output-tag.js';
import { sideOutputId } from '../side-outputs.js';
import type { AsyncResult, ResultFuture } from './async-function.js';
import type { Marker } from './marker.js';
import type { Segment } from './unordered-results.js';

type CallState = 'calling' | 'waiting' | 'expired' | 'done';

/** Who awaits the answer. */
export interface CallOwner<IN, OUT> {
  answered(call: PendingCall<IN, OUT>, results: AsyncResult<OUT>): void;
  failed(call: PendingCall<IN, OUT>, error: unknown): void;
}

interface SideResult {
  readonly tagId: string;
  readonly value: unknown;
}

export class PendingCall<IN, OUT> implements ResultFuture<OUT> {
  state: CallState = 'calling';
  attempt = 1;
  /** When time runs out (monotonic clock). */
  deadline = Number.POSITIVE_INFINITY;
  results: AsyncResult<OUT> = undefined;
  sideResults: SideResult[] | undefined = undefined;
  /** The retry that is due. */
  retry: ScheduledCall | undefined = undefined;
  /** The future of the handler that answers in the function's place. */
  substitute: SubstituteFuture<IN, OUT> | undefined = undefined;
  /** Neighbours in the list of calls. */
  previous: PendingCall<IN, OUT> | undefined = undefined;
  next: PendingCall<IN, OUT> | undefined = undefined;
  /** What came after this value and before the next one (ordered results). */
  markers: Marker[] | undefined = undefined;
  /** The values between the same two markers (unordered results). */
  segment: Segment<IN, OUT> | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  private aborted: unknown = undefined;

  constructor(private readonly owner: CallOwner<IN, OUT>, readonly value: IN, readonly time: number) {}

  /** Made on demand: most functions never ask, and it costs more than all the rest. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted !== undefined) this.controller.abort(this.aborted);
    }
    return this.controller.signal;
  }

  timestamp(): number | null {
    return this.time === NO_TIMESTAMP ? null : this.time;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    if (this.state === 'calling') this.addSideResult(sideOutputId(tag), value);
  }

  complete(results: AsyncResult<OUT>): void {
    if (this.state === 'calling') this.owner.answered(this, results);
  }

  completeExceptionally(error: unknown): void {
    if (this.state === 'calling') this.owner.failed(this, error);
  }

  addSideResult(tagId: string, value: unknown): void {
    (this.sideResults ??= []).push({ tagId, value });
  }

  /** Tells the function that its answer is of no more use. */
  abort(reason: unknown): void {
    this.retry?.cancel();
    this.retry = undefined;
    this.aborted = reason;
    this.controller?.abort(reason);
    this.substitute?.abort(reason);
  }

  /** Out of time: from here on the future returned takes the answer, and this one ignores it. */
  expire(reason: unknown): SubstituteFuture<IN, OUT> {
    this.state = 'expired';
    this.sideResults = undefined;
    this.abort(reason);
    this.substitute = new SubstituteFuture(this, this.owner);
    return this.substitute;
  }
}

/** What a timeout handler completes. */
export class SubstituteFuture<IN, OUT> implements ResultFuture<OUT> {
  private controller: AbortController | undefined = undefined;

  constructor(private readonly call: PendingCall<IN, OUT>, private readonly owner: CallOwner<IN, OUT>) {}

  get value(): IN {
    return this.call.value;
  }

  get attempt(): number {
    return this.call.attempt;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  timestamp(): number | null {
    return this.call.timestamp();
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    if (this.call.state === 'expired') this.call.addSideResult(sideOutputId(tag), value);
  }

  complete(results: AsyncResult<OUT>): void {
    if (this.call.state === 'expired') this.owner.answered(this.call, results);
  }

  completeExceptionally(error: unknown): void {
    if (this.call.state === 'expired') this.owner.failed(this.call, error);
  }

  abort(reason: unknown): void {
    this.controller?.abort(reason);
  }
}
