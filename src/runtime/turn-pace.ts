/**
 * How many records an input takes between two looks at the clock: thousands where they cost nanoseconds, one where the
 * user's functions take their time. A turn so stays a turn, and barriers, cancellation and the other tasks of a thread
 * wait no longer for slow functions than for a record or two.
 */

/** How long a task may go on before others get their turn. */
export const TURN_MS = 2;
/** Records between two looks at most. */
export const STRIDE_MAX = 4096;
/** Nothing is known of the first records. */
const STRIDE_AT_FIRST = 32;
/** How far apart looks are meant to be: a part of a turn, so that the last stride does not draw it out. */
const APART_MS = 0.5;

export class TurnPace {
  /** Records until the clock is to be asked again. */
  stride = STRIDE_AT_FIRST;

  /** Learns from how long so many records have taken. */
  took(records: number, elapsedMs: number): void {
    if (records === 0) return;
    if (elapsedMs * 2 <= APART_MS) this.stride = Math.min(STRIDE_MAX, this.stride * 2);
    else if (elapsedMs > APART_MS * 2) this.stride = Math.max(1, Math.min(this.stride, Math.floor((records * APART_MS) / elapsedMs)));
  }
}
