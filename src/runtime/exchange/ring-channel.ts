/**
 * A channel between two threads: batches are encoded as columns into a ring of shared memory, and the bell of the
 * thread at the other end is rung when it sleeps.
 *
 * Back-pressure is the ring's free room. A sender that finds it full keeps what it has been given and is not
 * `writable`; the receiver rings once half the ring is free. A sender should go on reading its own inputs
 * meanwhile: two threads that only wait for each other's rings would never move again.
 *
 * Invariant: a channel is made of a `RingOutputChannel` in one thread and a `RingInputChannel` in another, around
 * the same `ChannelMemory`.
 */
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import { FlinkError } from '../../core/errors.js';
import { BatchDecoder } from './batch-decoder.js';
import { BatchEncoder } from './batch-encoder.js';
import type { BatchPool } from './batch-pool.js';
import { byteViews } from '../../core/serialization/byte-views.js';
import type { ByteViews } from '../../core/serialization/byte-views.js';
import { isAnnounced } from './channel.js';
import type { InputChannel, OutputChannel, RecordBatch, StreamEvent } from './channel.js';
import type { Doorbell } from './doorbell.js';
import { eventFrame, readEvent } from './event-codec.js';
import { FRAGMENT_HEADER_BYTES, FrameWriter } from './frame-writer.js';
import { EVENT_FRAME, FRAGMENT_FRAME, RECORDS_FRAME, SCHEMA_FRAME, WATERMARK_FRAME } from './frame.js';
import type { Frame } from './frame.js';
import { RingReader, RingWriter } from './ring.js';

export interface RingChannelOptions {
  /** Memory made by `allocateRing`, handed to both threads. */
  readonly ring: SharedArrayBuffer;
  /** Bell of the thread at the other end. */
  readonly peer: Pick<Doorbell, 'ring'>;
  /** Batches of this thread: a sender gives back what it has sent, a receiver takes what it hands out. */
  readonly pool: BatchPool;
  /** Classes whose instances may travel; default those registered by `registerClass`. */
  readonly classes?: ClassRegistry;
}

export class RingOutputChannel implements OutputChannel {
  readonly #ring: RingWriter;
  readonly #writer: FrameWriter;
  readonly #encoder: BatchEncoder;
  readonly #peer: RingChannelOptions['peer'];
  readonly #pool: BatchPool;
  readonly #sink = (frame: Frame): void => {
    this.#sentBytes += frame.length;
    this.#writer.write(frame);
  };
  #sentBytes = 0;
  #closed = false;

  constructor(options: RingChannelOptions) {
    this.#ring = new RingWriter(options.ring);
    this.#writer = new FrameWriter(this.#ring);
    this.#encoder = new BatchEncoder(options.classes);
    this.#peer = options.peer;
    this.#pool = options.pool;
  }

  get writable(): boolean {
    return this.#writer.flushed;
  }

  send(batch: RecordBatch): number {
    this.#sentBytes = 0;
    if (!this.#discards()) {
      this.#encoder.encode(batch, this.#sink);
      this.#peer.ring();
    }
    this.#pool.give(batch);
    return this.#sentBytes;
  }

  sendEvent(event: StreamEvent): void {
    if (this.#discards()) return;
    this.#writer.write(eventFrame(event));
    if (isAnnounced(event)) this.#ring.announce();
    this.#peer.ring();
  }

  drain(): boolean {
    if (this.#writer.flushed) return true;
    if (this.#discards()) return true;
    if (this.#writer.flush()) this.#peer.ring();
    return this.#writer.flushed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.clear();
    this.#ring.close();
    this.#peer.ring();
  }

  /** Whether nobody reads any more; what waits is then forgotten. */
  #discards(): boolean {
    if (!this.#closed && !this.#ring.readerClosed) return false;
    this.#writer.clear();
    return true;
  }
}

export class RingInputChannel implements InputChannel {
  readonly #ring: RingReader;
  readonly #decoder: BatchDecoder;
  readonly #peer: RingChannelOptions['peer'];
  /** The long frame whose fragments are arriving. */
  #assembly: ByteViews | undefined = undefined;
  #closed = false;

  constructor(options: RingChannelOptions) {
    this.#ring = new RingReader(options.ring);
    this.#decoder = new BatchDecoder(options.pool, options.classes);
    this.#peer = options.peer;
  }

  get empty(): boolean {
    return this.#closed || this.#ring.empty;
  }

  get announced(): number {
    return this.#closed ? 0 : this.#ring.announced;
  }

  poll(): RecordBatch | StreamEvent | undefined {
    // Schemas and all fragments but the last are frames without being something to return.
    while (!this.#closed && this.#ring.next()) {
      const { type, views, offset, length } = this.#ring;
      const item = type === FRAGMENT_FRAME ? this.#readFragment(views, offset, length) : this.#read(type, views, offset, length);
      if (this.#ring.free()) this.#peer.ring();
      if (item !== undefined) return item;
    }
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#assembly = undefined;
    this.#ring.close();
    this.#peer.ring();
  }

  #read(type: number, views: ByteViews, at: number, length: number): RecordBatch | StreamEvent | undefined {
    switch (type) {
      case RECORDS_FRAME:
        return this.#decoder.readRecords(views, at, length);
      case SCHEMA_FRAME:
        this.#decoder.readSchema(views, at);
        return undefined;
      case WATERMARK_FRAME:
      case EVENT_FRAME:
        return readEvent(type, views, at);
      default:
        throw new FlinkError('INTERNAL', `expected a frame on a channel, but found type ${type}`);
    }
  }

  #readFragment(views: ByteViews, at: number, length: number): RecordBatch | StreamEvent | undefined {
    const type = views.i32[at >> 2]!;
    const whole = views.i32[(at >> 2) + 1]!;
    const place = views.i32[(at >> 2) + 2]!;
    const assembly = (this.#assembly ??= byteViews(new ArrayBuffer((whole + 7) & ~7)));
    assembly.u8.set(views.u8.subarray(at + FRAGMENT_HEADER_BYTES, at + length), place);
    if (place + length - FRAGMENT_HEADER_BYTES < whole) return undefined;
    this.#assembly = undefined;
    return this.#read(type, assembly, 0, whole);
  }
}
