/**
 * The queue between a source function that runs by itself and the reader that is polled: records, watermarks and
 * pauses, in the order in which the function made them.
 *
 * Invariants:
 * - What is collected while the reader is being polled goes straight to its output, as long as that has room.
 * - After `close` what is collected is dropped; a loop that does not notice is stopped by an error after a while.
 * - Whoever collects more than the queue takes gets a promise that resolves when the queue has been emptied.
 */
import { NO_TIMESTAMP } from '../../core/timestamp.js';
import type { CheckpointLock, SourceContext } from '../../operators/functions.js';
import type { ReaderOutput } from '../../operators/source.js';
import { watermarkTime, type Watermark } from '../../core/watermark.js';
import { Availability } from '../availability.js';
import { SnapshotLock } from './snapshot-lock.js';

/** Events that may wait before collecting gives a promise. */
const ROOM = 1024;
/** How often a loop that awaits `ready` lets others run although there is room. */
const PAUSE_EVERY = 256;

type Kind = 'record' | 'watermark' | 'idle';

export class SourceEvents<T> implements SourceContext<T> {
  private readonly kinds: Kind[] = [];
  private readonly values: (T | undefined)[] = [];
  /** Of a record, or the watermark itself. */
  private readonly timestamps: number[] = [];
  private taken = 0;
  private output: ReaderOutput<T> | undefined;
  private idle = false;
  private dropping = false;
  private dropped = 0;
  private pauses = 0;
  /** Somebody waits for room. */
  private held = false;
  private readonly room = new Availability();
  private readonly news = new Availability();
  readonly lock = new SnapshotLock(() => this.touch());

  /** Whether nothing waits to be emitted. */
  get empty(): boolean {
    return this.taken === this.kinds.length;
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.dropping;
  }

  /** Emits what waits, then lets `work` emit straight to the output. */
  attached(output: ReaderOutput<T>, work: () => void): void {
    this.drain(output);
    this.output = output;
    try {
      work();
    } finally {
      this.output = undefined;
    }
  }

  /** Emits all that waits, whether the output has room or not. */
  flush(output: ReaderOutput<T>): void {
    this.drain(output, false);
  }

  /** Resolves when there is something to emit, somebody to let go on, or `touch` was called. */
  available(): Promise<void> {
    return this.empty && !this.held ? this.news.wait() : Promise.resolve();
  }

  touch(): void {
    this.news.notify();
  }

  /** Drops everything from now on and lets nobody wait. */
  close(): void {
    this.dropping = true;
    this.room.notify();
    this.news.notify();
  }

  collect(value: T): void | Promise<void> {
    return this.add('record', value, NO_TIMESTAMP);
  }

  collectWithTimestamp(value: T, timestamp: number): void | Promise<void> {
    return this.add('record', value, timestamp);
  }

  emitWatermark(watermark: Watermark | number): void {
    void this.add('watermark', undefined, watermarkTime(watermark));
  }

  markAsTemporarilyIdle(): void {
    void this.add('idle', undefined, NO_TIMESTAMP);
  }

  ready(): Promise<void> {
    const full = this.kinds.length - this.taken >= ROOM;
    if (this.dropping) this.drop();
    if (this.dropping || (!full && ++this.pauses % PAUSE_EVERY !== 0)) return Promise.resolve();
    this.news.notify();
    return this.hold();
  }

  getCheckpointLock(): CheckpointLock {
    return this.lock;
  }

  private add(kind: Kind, value: T | undefined, timestamp: number): void | Promise<void> {
    if (this.dropping) return this.drop();
    if (this.output && this.empty && !this.output.full) {
      this.emit(this.output, kind, value, timestamp);
      return undefined;
    }
    this.kinds.push(kind);
    this.values.push(value);
    this.timestamps.push(timestamp);
    this.news.notify();
    return this.kinds.length - this.taken >= ROOM ? this.hold() : undefined;
  }

  private drop(): void {
    if (++this.dropped > ROOM) throw new Error('The source function was cancelled but goes on collecting');
  }

  private hold(): Promise<void> {
    this.held = true;
    return this.room.wait();
  }

  private drain(output: ReaderOutput<T>, heedful = true): void {
    while (this.taken < this.kinds.length && !(heedful && output.full)) {
      const at = this.taken++;
      this.emit(output, this.kinds[at]!, this.values[at], this.timestamps[at]!);
    }
    if (!this.empty) return;
    this.kinds.length = 0;
    this.values.length = 0;
    this.timestamps.length = 0;
    this.taken = 0;
    this.held = false;
    this.room.notify();
  }

  private emit(output: ReaderOutput<T>, kind: Kind, value: T | undefined, timestamp: number): void {
    if (kind === 'idle') {
      if (!this.idle) output.markIdle?.();
      this.idle = true;
      return;
    }
    if (this.idle) output.markActive?.();
    this.idle = false;
    if (kind === 'record') output.collect(value as T, timestamp);
    else output.emitWatermark?.(timestamp);
  }
}
