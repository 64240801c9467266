/**
 * Results as they complete, but only among the values between the same two markers.
 *
 * The values between two markers are a segment. Results of the oldest segment leave at once, in the order in which
 * they completed; those of later segments wait until everything before them has left.
 *
 * Invariant: only the last segment has no markers behind it; every other one has.
 */
import type { CallList } from './call-list.js';
import { addMarker, type Marker } from './marker.js';
import type { PendingCall } from './pending-call.js';
import type { ResultExit, ResultOrder } from './result-order.js';

export interface Segment<IN, OUT> {
  /** How many of its results have not left. */
  left: number;
  /** Done, in order of completion. */
  readonly done: PendingCall<IN, OUT>[];
  readonly markers: Marker[];
  following: Segment<IN, OUT> | undefined;
}

export class UnorderedResults<IN, OUT> implements ResultOrder<IN, OUT> {
  private oldest: Segment<IN, OUT> = segment();
  private newest = this.oldest;

  constructor(private readonly calls: CallList<IN, OUT>, private readonly exit: ResultExit<IN, OUT>) {}

  add(call: PendingCall<IN, OUT>): void {
    if (this.newest.markers.length > 0) {
      this.newest.following = segment();
      this.newest = this.newest.following;
    }
    this.newest.left += 1;
    call.segment = this.newest;
    this.calls.append(call);
  }

  mark(marker: Marker): void {
    if (this.calls.size === 0) this.exit.mark(marker);
    else addMarker(this.newest.markers, marker);
  }

  completed(call: PendingCall<IN, OUT>): void {
    call.segment!.done.push(call);
  }

  emitReady(): void {
    for (;;) {
      const { oldest } = this;
      for (const call of oldest.done) {
        this.calls.remove(call);
        this.exit.leave(call);
      }
      oldest.left -= oldest.done.length;
      oldest.done.length = 0;
      if (oldest.left > 0) return;
      for (const marker of oldest.markers.splice(0)) this.exit.mark(marker);
      if (!oldest.following) return;
      this.oldest = oldest.following;
    }
  }
}

function segment<IN, OUT>(): Segment<IN, OUT> {
  return { left: 0, done: [], markers: [], following: undefined };
}
