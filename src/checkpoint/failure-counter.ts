/**
 * Counts checkpoints that failed one after another and says when there are too many (Flink:
 * `CheckpointFailureManager`).
 *
 * Invariants: a checkpoint counts once; a completed one sets the count back, unless a newer one has been completed
 * before, and older ones do not count any more.
 */
import type { CheckpointFailureReason } from '../core/checkpoint.js';

/** What went wrong with a checkpoint once it had begun, or with storage. */
const COUNTED: ReadonlySet<CheckpointFailureReason> = new Set([
  'CHECKPOINT_DECLINED', 'CHECKPOINT_EXPIRED', 'CHECKPOINT_ASYNC_EXCEPTION', 'IO_EXCEPTION', 'FINALIZE_CHECKPOINT_FAILURE',
]);
/** Failures on the JobManager's side: for savepoints they concern whoever asked, not the job. */
const OF_THE_COORDINATOR: ReadonlySet<CheckpointFailureReason> = new Set(['CHECKPOINT_EXPIRED', 'IO_EXCEPTION', 'FINALIZE_CHECKPOINT_FAILURE']);

/** Whether a checkpoint that ended so has failed by itself; the other reasons are consequences of something else. */
export function isOwnFailure(reason: CheckpointFailureReason): boolean {
  return COUNTED.has(reason) || reason === 'TRIGGER_CHECKPOINT_FAILURE';
}

export class FailureCounter {
  private count = 0;
  private lastCompleted = 0;

  constructor(private readonly tolerable: number) {}

  completed(checkpointId: number): void {
    if (checkpointId <= this.lastCompleted) return;
    this.lastCompleted = checkpointId;
    this.count = 0;
  }

  /** True when the job has to fail; counting then starts again. */
  failed(checkpointId: number, reason: CheckpointFailureReason, savepoint: boolean): boolean {
    if (!COUNTED.has(reason) || checkpointId < this.lastCompleted) return false;
    if (savepoint && OF_THE_COORDINATOR.has(reason)) return false;
    this.count += 1;
    if (this.count <= this.tolerable) return false;
    this.count = 0;
    return true;
  }
}
