/**
 * Where a task's records come from, as the task drives it: a source reader, channels, or nothing of its own (a task
 * whose chain is called directly by another task).
 */
import type { CheckpointBarrier } from '../core/checkpoint.js';
import type { SnapshotMoment } from '../operators/source.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { SnapshotReader } from '../state/snapshot-files.js';

/** What a turn of an input came to. */
export type TurnResult =
  /** The turn's time is over; there may be more. */
  | 'more'
  /** Nothing is there now; the task is woken when there is. */
  | 'idle'
  /** The task's gate is held. */
  | 'held'
  /** No more records will come. */
  | 'ended';

export interface TaskInput {
  /** Feeds the chain until the deadline (monotonic clock), the end, or a held gate. */
  run(deadline: number): TurnResult;
  /** Whether a turn would find something at once. */
  readonly ready: boolean;
  /** A barrier is on its way that does not wait until the task's gate is open. */
  readonly pressing: boolean;
  /** Once ended: whether all input has come to its end, and was not just stopped. */
  readonly drains: boolean;
  /** Nothing will come any more, not even a barrier. Until then `run` is called also after it has answered `ended`. */
  readonly exhausted: boolean;
  /** A checkpoint is about to be taken: emits what belongs before it. The task waits for the promise. */
  prepareSnapshot?(checkpoint: SnapshotMoment): void | Promise<void>;
  /** A checkpoint is being taken: brings up to date what the input keeps in its operator's state. */
  snapshotState(checkpointId: number): void;
  /** While no checkpoint may be taken: resolves when that may be over. */
  holdsCheckpoints?(): Promise<void> | undefined;
  /** Ends the input where it stands, prepared for this checkpoint: nothing is asked of it any more but checkpoints. */
  stop(checkpoint: SnapshotMoment): void | Promise<void>;
  /** The JobManager wants a checkpoint. */
  trigger(barrier: CheckpointBarrier): void;
  notifyCheckpointComplete(checkpointId: number): void | Promise<void>;
  notifyCheckpointAborted?(checkpointId: number): void | Promise<void>;
  /** Takes in what a snapshot holds for the head of the chain beside its state: once, before `start`. */
  restore(state: OperatorSubtaskState, reader: SnapshotReader): Promise<void>;
  /** Called once, before the first turn. */
  start(): void | Promise<void>;
  close(): void | Promise<void>;
  /** The record that was being processed when the last turn threw, if one was. */
  failing(): { readonly value: unknown } | undefined;
}
