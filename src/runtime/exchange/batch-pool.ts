/**
 * Batches to fill and their reuse. One pool serves one thread: senders take batches, channels and receivers give
 * them back, so that a job in steady state allocates none.
 *
 * Invariants: a pooled batch holds no reference to a record; a batch of another capacity than the pool's is
 * dropped, not pooled.
 */
import type { RecordBatch } from './channel.js';

/** Records per batch unless configured otherwise: large enough to hide the cost of a hand-over, small enough for caches. */
export const DEFAULT_BATCH_CAPACITY = 1024;

/** Free batches kept per kind; more are left to the garbage collector. */
const KEPT_BATCHES = 64;

/** An empty batch with room for `capacity` records, with a column of hashes when `keyed`. */
export function createBatch(capacity: number, keyed: boolean): RecordBatch {
  return {
    values: new Array<unknown>(capacity).fill(undefined),
    timestamps: new Float64Array(capacity),
    hashes: keyed ? new Int32Array(capacity) : undefined,
    count: 0,
    bytes: 0,
  };
}

export class BatchPool {
  /** Room in every batch of this pool, in records. */
  readonly capacity: number;
  readonly #plain: RecordBatch[] = [];
  readonly #keyed: RecordBatch[] = [];

  constructor(capacity: number = DEFAULT_BATCH_CAPACITY) {
    this.capacity = capacity;
  }

  /** An empty batch. */
  take(keyed: boolean): RecordBatch {
    return (keyed ? this.#keyed : this.#plain).pop() ?? createBatch(this.capacity, keyed);
  }

  /** Returns a batch that its owner has done with. */
  give(batch: RecordBatch): void {
    const free = batch.hashes ? this.#keyed : this.#plain;
    if (free.length >= KEPT_BATCHES || batch.values.length !== this.capacity) return;
    batch.values.fill(undefined, 0, batch.count);
    batch.count = 0;
    batch.bytes = 0;
    free.push(batch);
  }
}
