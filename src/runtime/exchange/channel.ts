/**
 * What travels between two subtasks and the two ends of the pipe that carries it. Tasks see only this file;
 * whether the other end lives in the same thread (`LocalChannel`) or in another one (`RingOutputChannel`,
 * `RingInputChannel`) is known where channels are made.
 *
 * Invariants: batches and events arrive in the order in which they were sent; nothing is lost or doubled;
 * `send` never refuses, so a sender that ignores `writable` costs memory, never data.
 */

import { type CheckpointBarrier, overtakesFrom } from '../../core/checkpoint.js';
import type { LatencyMarker } from '../../core/latency-marker.js';

/**
 * Records in arrival order, one column each for values, timestamps and, on keyed edges, key hashes.
 * The columns may be longer than `count`; what lies beyond is undefined. Whoever holds a batch owns it:
 * `OutputChannel.send` takes it away from the sender, `InputChannel.poll` hands it to the receiver, and the
 * receiver returns it to its thread's `BatchPool` when it has no more use for the columns.
 */
export interface RecordBatch {
  values: unknown[];
  /** Epoch milliseconds, `NO_TIMESTAMP` (-Infinity) when the record has none. */
  timestamps: Float64Array;
  /** `hashKey` of every record's key; undefined on edges that are not keyed. */
  hashes: Int32Array | undefined;
  count: number;
  /** Size on the wire, 0 when handed over by reference. */
  bytes: number;
}

/** Everything but records that flows along an edge, in order with them. */
export type StreamEvent =
  | { readonly type: 'watermark'; readonly timestamp: number }
  | { readonly type: 'idle'; readonly idle: boolean }
  | { readonly type: 'latency-marker'; readonly marker: LatencyMarker }
  | { readonly type: 'barrier'; readonly barrier: CheckpointBarrier }
  | { readonly type: 'cancel-barrier'; readonly checkpointId: number }
  | { readonly type: 'end-of-data'; readonly drain: boolean }
  | { readonly type: 'end-of-partition' };

/** The sending end. Used from one thread only. */
export interface OutputChannel {
  /**
   * Takes the batch, always, and owns it from now on; answers its size on the wire, 0 when it is handed over by
   * reference. Order is kept. Throws `RECORD_NOT_SERIALIZABLE` when a record cannot travel.
   */
  send(batch: RecordBatch): number;
  /** Takes the event, always. Order is kept with batches. */
  sendEvent(event: StreamEvent): void;
  /** False while something sent is still waiting for room: stop producing until it is true again. */
  readonly writable: boolean;
  /**
   * Tries to move what waits; true when everything has gone. Call it whenever the thread wakes up and once more
   * between announcing sleep and sleeping (see `Doorbell.sleep`).
   */
  drain(): boolean;
  /** Says that nothing more will come and forgets what still waits. Idempotent. */
  close(): void;
}

/** The receiving end. Used from one thread only. */
export interface InputChannel {
  /** The next batch or event, or undefined when nothing is there. A batch is the caller's until it gives it to the pool. */
  poll(): RecordBatch | StreamEvent | undefined;
  /** True when `poll` would return undefined. */
  readonly empty: boolean;
  /**
   * How many barriers that may overtake records have been sent so far, those included that have not been polled yet: a
   * receiver that has met fewer does well to read ahead.
   */
  readonly announced: number;
  /** Stops reading for good: what is still sent is thrown away, so that the sender never blocks. Idempotent. */
  close(): void;
}

/** Tells the two things that `InputChannel.poll` returns apart. */
export function isBatch(item: RecordBatch | StreamEvent): item is RecordBatch {
  return (item as Partial<RecordBatch>).values !== undefined;
}

/** Whether the event is a barrier that is announced ahead of what was sent before it. */
export function isAnnounced(event: StreamEvent): boolean {
  return event.type === 'barrier' && overtakesFrom(event.barrier) !== undefined;
}
