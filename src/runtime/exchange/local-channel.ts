/**
 * A channel between two subtasks in one thread: batches change hands by reference, nothing is copied or encoded.
 *
 * Invariant: only batches count against the capacity, because events are few and a barrier must not wait for room.
 */
import { isAnnounced, isBatch } from './channel.js';
import type { InputChannel, OutputChannel, RecordBatch, StreamEvent } from './channel.js';
import { Fifo } from '../../core/fifo.js';

/** Batches that may wait before the channel asks its sender to stop. */
const DEFAULT_CAPACITY = 8;

/** What both ends share. */
interface LocalQueue {
  readonly items: Fifo<RecordBatch | StreamEvent>;
  batches: number;
  announced: number;
  closed: boolean;
}

class LocalOutput implements OutputChannel {
  readonly #queue: LocalQueue;
  readonly #capacity: number;
  #closed = false;

  constructor(queue: LocalQueue, capacity: number) {
    this.#queue = queue;
    this.#capacity = capacity;
  }

  get writable(): boolean {
    return this.#queue.batches < this.#capacity;
  }

  send(batch: RecordBatch): number {
    if (this.#closed || this.#queue.closed || batch.count === 0) return 0;
    batch.bytes = 0;
    this.#queue.batches++;
    this.#queue.items.push(batch);
    return 0;
  }

  sendEvent(event: StreamEvent): void {
    if (this.#closed || this.#queue.closed) return;
    this.#queue.items.push(event);
    if (isAnnounced(event)) this.#queue.announced++;
  }

  /** Everything sent is in the receiver's queue at once, so this only says whether that has room again. */
  drain(): boolean {
    return this.writable;
  }

  close(): void {
    this.#closed = true;
  }
}

class LocalInput implements InputChannel {
  readonly #queue: LocalQueue;

  constructor(queue: LocalQueue) {
    this.#queue = queue;
  }

  get empty(): boolean {
    return this.#queue.items.length === 0;
  }

  get announced(): number {
    return this.#queue.announced;
  }

  poll(): RecordBatch | StreamEvent | undefined {
    const item = this.#queue.items.shift();
    if (item !== undefined && isBatch(item)) this.#queue.batches--;
    return item;
  }

  close(): void {
    this.#queue.closed = true;
    this.#queue.items.clear();
    this.#queue.batches = 0;
  }
}

/** The two ends of a new channel inside one thread, which asks its sender to stop at `capacity` waiting batches. */
export function openLocalChannel(capacity: number = DEFAULT_CAPACITY): { output: OutputChannel; input: InputChannel } {
  const queue: LocalQueue = { items: new Fifo(), batches: 0, announced: 0, closed: false };
  return { output: new LocalOutput(queue, capacity), input: new LocalInput(queue) };
}
