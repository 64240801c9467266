/**
 * Results in the order of the input, with markers in their places.
 */
import type { CallList } from './call-list.js';
import { addMarker, type Marker } from './marker.js';
import type { PendingCall } from './pending-call.js';
import type { ResultExit, ResultOrder } from './result-order.js';

export class OrderedResults<IN, OUT> implements ResultOrder<IN, OUT> {
  constructor(private readonly calls: CallList<IN, OUT>, private readonly exit: ResultExit<IN, OUT>) {}

  add(call: PendingCall<IN, OUT>): void {
    this.calls.append(call);
  }

  mark(marker: Marker): void {
    const { last } = this.calls;
    if (last) addMarker((last.markers ??= []), marker);
    else this.exit.mark(marker);
  }

  /** The list tells. */
  completed(): void {}

  emitReady(): void {
    for (let call = this.calls.first; call?.state === 'done'; call = this.calls.first) {
      this.calls.remove(call);
      this.exit.leave(call);
      if (call.markers) for (const marker of call.markers) this.exit.mark(marker);
    }
  }
}
