/**
 * In which order results leave: the contract of ordered and unordered results.
 *
 * Invariant: no result overtakes a marker, and no marker a result, in either direction.
 */
import type { Marker } from './marker.js';
import type { PendingCall } from './pending-call.js';

export interface ResultOrder<IN, OUT> {
  /** A call has started. */
  add(call: PendingCall<IN, OUT>): void;
  /** A marker came after all calls so far. */
  mark(marker: Marker): void;
  /** A call is done. */
  completed(call: PendingCall<IN, OUT>): void;
  /** Emits everything whose turn it is. */
  emitReady(): void;
}

/** Where results and markers go when their turn comes. */
export interface ResultExit<IN, OUT> {
  /** Emits a call's results; the call is over. */
  leave(call: PendingCall<IN, OUT>): void;
  mark(marker: Marker): void;
}
