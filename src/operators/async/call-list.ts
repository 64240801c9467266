/**
 * The calls whose results have not left yet, in the order of the input: what a snapshot holds, what runs out of time,
 * what a cancellation aborts.
 *
 * Invariant: every call is in at most one list; adding and removing cost the same however many there are.
 */
import type { PendingCall } from './pending-call.js';

export class CallList<IN, OUT> implements Iterable<PendingCall<IN, OUT>> {
  size = 0;
  first: PendingCall<IN, OUT> | undefined = undefined;
  last: PendingCall<IN, OUT> | undefined = undefined;

  append(call: PendingCall<IN, OUT>): void {
    call.previous = this.last;
    if (this.last) this.last.next = call;
    else this.first = call;
    this.last = call;
    this.size += 1;
  }

  remove(call: PendingCall<IN, OUT>): void {
    const { previous, next } = call;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    call.previous = undefined;
    call.next = undefined;
    this.size -= 1;
  }

  /** The calls from the oldest on; the one just visited may be removed meanwhile. */
  *[Symbol.iterator](): Iterator<PendingCall<IN, OUT>> {
    for (let call = this.first; call; ) {
      const { next } = call;
      yield call;
      call = next;
    }
  }
}
