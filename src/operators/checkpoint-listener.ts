/**
 * What a function or a connector hears of checkpoints (Flink: `CheckpointListener`).
 */
export interface CheckpointListener {
  /**
   * Every subtask has stored the checkpoint: what waits for it can be made visible. The task takes no record before a
   * promise settles; an error fails the task. A notice may be missing (the job failed before it came) or late, so
   * each one stands for all earlier checkpoints too.
   */
  notifyCheckpointComplete?(checkpointId: number): void | Promise<void>;
  /** The checkpoint came to nothing. What waits for it goes on waiting, for the next one. */
  notifyCheckpointAborted?(checkpointId: number): void | Promise<void>;
}
