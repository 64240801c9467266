/**
 * Puts frames into a ring, in order. What finds no room waits in memory; what is longer than a frame may be
 * travels as fragments.
 *
 * Invariant: while anything waits, everything new waits behind it.
 */
import type { ByteViews } from '../../core/serialization/byte-views.js';
import { Fifo } from '../../core/fifo.js';
import { copyPayload, FRAGMENT_FRAME } from './frame.js';
import type { Frame } from './frame.js';
import type { RingWriter } from './ring.js';

/** Bytes of a fragment before its part: type, length of the whole, place of the part in it, and padding. */
export const FRAGMENT_HEADER_BYTES = 16;

/** A frame that could not be written at once, with a payload of its own. */
interface WaitingFrame {
  readonly type: number;
  readonly length: number;
  readonly payload: ByteViews;
  /** Bytes already sent as fragments. */
  sent: number;
}

export class FrameWriter {
  readonly #ring: RingWriter;
  readonly #waiting = new Fifo<WaitingFrame>();

  constructor(ring: RingWriter) {
    this.#ring = ring;
  }

  /** Nothing waits. */
  get flushed(): boolean {
    return this.#waiting.length === 0;
  }

  write(frame: Frame): void {
    if (this.flushed && frame.length <= this.#ring.maxPayload) {
      const at = this.#ring.claim(frame.type, frame.length);
      if (at >= 0) {
        frame.writeTo(this.#ring.views, at);
        this.#ring.publish();
        return;
      }
    }
    this.#waiting.push({ type: frame.type, length: frame.length, payload: copyPayload(frame), sent: 0 });
    if (this.#waiting.length === 1) this.flush();
  }

  /** Writes what waits as far as there is room. True when something was written. */
  flush(): boolean {
    let moved = false;
    for (let frame = this.#waiting.peek(); frame !== undefined; frame = this.#waiting.peek()) {
      const written = frame.length <= this.#ring.maxPayload ? this.#writeWhole(frame) : this.#writeFragment(frame);
      if (!written) break;
      moved = true;
      if (frame.sent === frame.length) this.#waiting.shift();
    }
    return moved;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.clear();
  }

  #writeWhole(frame: WaitingFrame): boolean {
    const at = this.#ring.claim(frame.type, frame.length);
    if (at < 0) return false;
    this.#ring.views.u8.set(frame.payload.u8.subarray(0, frame.length), at);
    this.#ring.publish();
    frame.sent = frame.length;
    return true;
  }

  #writeFragment(frame: WaitingFrame): boolean {
    const part = Math.min(frame.length - frame.sent, this.#ring.maxPayload - FRAGMENT_HEADER_BYTES);
    const at = this.#ring.claim(FRAGMENT_FRAME, FRAGMENT_HEADER_BYTES + part);
    if (at < 0) return false;
    const { i32, u8 } = this.#ring.views;
    i32[at >> 2] = frame.type;
    i32[(at >> 2) + 1] = frame.length;
    i32[(at >> 2) + 2] = frame.sent;
    u8.set(frame.payload.u8.subarray(frame.sent, frame.sent + part), at + FRAGMENT_HEADER_BYTES);
    this.#ring.publish();
    frame.sent += part;
    return true;
  }
}
