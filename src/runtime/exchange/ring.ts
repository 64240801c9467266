/**
 * A ring of bytes in shared memory between one writing and one reading thread, cut into frames.
 *
 * Layout: a header of two cache lines, one written by each side so that they do not fight over it, then the data.
 * A frame is two int32 (payload length, type) and the payload, aligned to 8 bytes and never wrapped: what is too
 * long for the rest of the ring starts at the beginning, behind a padding frame. `head` and `tail` count bytes
 * ever written and freed, modulo 2^32, so that full and empty are different.
 *
 * Invariants: only the writer stores `head`, only the reader stores `tail`; a frame is published by storing `head`
 * after its bytes and freed by storing `tail` after its last read, both sequentially consistent. A frame of at
 * most `maxPayload` bytes always fits into an empty ring, wherever that stands.
 */
import { FlinkError } from '../../core/errors.js';
import { align8, byteViews } from '../../core/serialization/byte-views.js';
import type { ByteViews } from '../../core/serialization/byte-views.js';

/** Bytes of data in a ring unless configured otherwise. */
export const DEFAULT_RING_BYTES = 1 << 20;

const HEADER_BYTES = 256;
// Int32 indices into the header. The first group is stored by the writer, the second, 128 bytes on, by the reader.
const HEAD = 0;
const WRITER_CLOSED = 1;
/** Bytes that the writer waits for; 0 while it does not wait. */
const WANTED = 2;
/** Counts what the writer announced out of turn. */
const ANNOUNCED = 3;
const TAIL = 32;
const READER_CLOSED = 33;

const FRAME_HEADER_BYTES = 8;
/** Frame type of the filler before the ring's end; users' types are positive. */
const PADDING = 0;
const MIN_RING_BYTES = 1 << 10;
const MAX_RING_BYTES = 1 << 30;

/** New shared memory for a ring of `dataBytes`, which must be a power of two between 1 KiB and 1 GiB. */
export function allocateRing(dataBytes: number = DEFAULT_RING_BYTES): SharedArrayBuffer {
  if (dataBytes < MIN_RING_BYTES || dataBytes > MAX_RING_BYTES || (dataBytes & (dataBytes - 1)) !== 0) {
    throw new FlinkError('INTERNAL', `the size of a ring must be a power of two from ${MIN_RING_BYTES} to ${MAX_RING_BYTES} bytes, but is ${dataBytes}`);
  }
  return new SharedArrayBuffer(HEADER_BYTES + dataBytes);
}

/** The writing end. */
export class RingWriter {
  /** The data area, to write a claimed payload into. */
  readonly views: ByteViews;
  /** Longest payload that one frame may have. */
  readonly maxPayload: number;
  readonly #header: Int32Array;
  readonly #size: number;
  #head: number;
  #tail: number;
  #waiting = false;

  constructor(memory: SharedArrayBuffer) {
    this.#size = memory.byteLength - HEADER_BYTES;
    this.maxPayload = this.#size / 2 - FRAME_HEADER_BYTES;
    this.#header = new Int32Array(memory, 0, HEADER_BYTES >> 2);
    this.views = byteViews(memory, HEADER_BYTES, this.#size);
    this.#head = Atomics.load(this.#header, HEAD);
    this.#tail = Atomics.load(this.#header, TAIL);
  }

  /**
   * Room for a frame: the payload's place in `views`, or -1 when there is none now. The frame exists once `publish`
   * is called; until then another claim takes its place.
   */
  claim(type: number, length: number): number {
    let at = this.#head & (this.#size - 1);
    const needed = align8(FRAME_HEADER_BYTES + length);
    const rest = this.#size - at;
    const padding = rest < needed ? rest : 0;
    if (!this.#hasRoom(padding + needed)) {
      // The wish must be visible before the second look, or room made in between would never be announced.
      Atomics.store(this.#header, WANTED, padding + needed);
      this.#waiting = true;
      if (!this.#hasRoom(padding + needed)) return -1;
    }
    if (this.#waiting) {
      Atomics.store(this.#header, WANTED, 0);
      this.#waiting = false;
    }
    if (padding > 0) {
      this.views.i32[at >> 2] = padding - FRAME_HEADER_BYTES;
      this.views.i32[(at >> 2) + 1] = PADDING;
      this.#head = (this.#head + padding) | 0;
      at = 0;
    }
    this.views.i32[at >> 2] = length;
    this.views.i32[(at >> 2) + 1] = type;
    return at + FRAME_HEADER_BYTES;
  }

  /** Shows the frame claimed last, whose payload has been written, to the reader. */
  publish(): void {
    const at = this.#head & (this.#size - 1);
    this.#head = (this.#head + align8(FRAME_HEADER_BYTES + this.views.i32[at >> 2]!)) | 0;
    Atomics.store(this.#header, HEAD, this.#head);
  }

  /** Tells the reader, ahead of everything in the ring, that something is on its way that it should look for. */
  announce(): void {
    Atomics.add(this.#header, ANNOUNCED, 1);
  }

  /** Whether the reader has stopped reading for good. */
  get readerClosed(): boolean {
    return Atomics.load(this.#header, READER_CLOSED) === 1;
  }

  /** Stops waiting for room and says that nothing more will come. */
  close(): void {
    Atomics.store(this.#header, WANTED, 0);
    Atomics.store(this.#header, WRITER_CLOSED, 1);
  }

  #hasRoom(bytes: number): boolean {
    if (this.#size - ((this.#head - this.#tail) | 0) >= bytes) return true;
    this.#tail = Atomics.load(this.#header, TAIL);
    return this.#size - ((this.#head - this.#tail) | 0) >= bytes;
  }
}

/** The reading end. After `next` returns true, the frame's parts are its properties until `free` is called. */
export class RingReader {
  /** The data area, to read the payload from. */
  readonly views: ByteViews;
  type = PADDING;
  /** Payload bytes. */
  length = 0;
  /** Where the payload begins in `views`. */
  offset = 0;
  readonly #header: Int32Array;
  readonly #size: number;
  #head: number;
  #tail: number;

  constructor(memory: SharedArrayBuffer) {
    this.#size = memory.byteLength - HEADER_BYTES;
    this.#header = new Int32Array(memory, 0, HEADER_BYTES >> 2);
    this.views = byteViews(memory, HEADER_BYTES, this.#size);
    this.#head = Atomics.load(this.#header, HEAD);
    this.#tail = Atomics.load(this.#header, TAIL);
  }

  /** How often the writer has announced something. */
  get announced(): number {
    return Atomics.load(this.#header, ANNOUNCED);
  }

  /** Whether no frame is there. */
  get empty(): boolean {
    if (this.#head !== this.#tail) return false;
    this.#head = Atomics.load(this.#header, HEAD);
    return this.#head === this.#tail;
  }

  /** Finds the oldest frame; false when there is none. Until `free`, it finds the same again. */
  next(): boolean {
    if (this.empty) return false;
    let at = this.#tail & (this.#size - 1);
    if (this.views.i32[(at >> 2) + 1] === PADDING) {
      // Published together with the frame behind it, so that one is there.
      this.#tail = (this.#tail + FRAME_HEADER_BYTES + this.views.i32[at >> 2]!) | 0;
      at = 0;
    }
    this.length = this.views.i32[at >> 2]!;
    this.type = this.views.i32[(at >> 2) + 1]!;
    this.offset = at + FRAME_HEADER_BYTES;
    return true;
  }

  /**
   * Gives the frame's memory back to the writer. True when the writer waits and now has room enough to be worth
   * waking: what it wants, and half the ring, so that it is not woken once per frame.
   */
  free(): boolean {
    this.#tail = (this.#tail + align8(FRAME_HEADER_BYTES + this.length)) | 0;
    Atomics.store(this.#header, TAIL, this.#tail);
    const wanted = Atomics.load(this.#header, WANTED);
    if (wanted === 0) return false;
    const room = this.#size - ((Atomics.load(this.#header, HEAD) - this.#tail) | 0);
    return room >= wanted && room >= this.#size / 2;
  }

  /** Whether the writer has said that nothing more will come. Frames may still be there. */
  get writerClosed(): boolean {
    return Atomics.load(this.#header, WRITER_CLOSED) === 1;
  }

  /** Stops reading for good. */
  close(): void {
    Atomics.store(this.#header, READER_CLOSED, 1);
  }
}
