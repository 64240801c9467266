/**
 * What a checkpoint is asked to be (Flink: `CheckpointOptions`). Plain data: it travels in barriers and messages.
 *
 * Invariant: only a savepoint can stop a job, and a savepoint is always aligned.
 */

/** A checkpoint belongs to the engine, a savepoint to the user. */
export type SnapshotKind = 'checkpoint' | 'savepoint';

/**
 * How state is written: `canonical` can be read by every state backend, `native` is the backend's own and may share
 * files with earlier checkpoints.
 */
export type SnapshotFormat = 'canonical' | 'native';

/** How a task waits for the barriers of its channels. */
export type BarrierAlignment =
  /** Channels that have delivered their barrier wait for the others: exactly once. */
  | 'aligned'
  /** Nobody waits: records behind a barrier may get into the snapshot. */
  | 'at-least-once'
  /** The first barrier counts at once; records in flight are stored with the state. */
  | 'unaligned';

/** Where the files of a checkpoint go. Paths are absolute. */
export type CheckpointLocation =
  /** State travels to the JobManager inside the acknowledgement. */
  | { readonly storage: 'memory'; readonly maxStateBytes: number }
  | {
      readonly storage: 'directory';
      /** Files of this checkpoint alone. */
      readonly exclusive: string;
      /** Files that later checkpoints may refer to; absent for savepoints. */
      readonly shared?: string;
      readonly taskOwned?: string;
      /** State smaller than this travels inside the acknowledgement. */
      readonly inlineBytesMax: number;
    };

export interface CheckpointOptions {
  readonly kind: SnapshotKind;
  readonly format: SnapshotFormat;
  readonly alignment: BarrierAlignment;
  /** Aligned at first, unaligned once the barrier is older than so many milliseconds. */
  readonly alignedTimeoutMs?: number;
  /**
   * The job ends with this savepoint: `suspend` leaves windows and timers as they are, `drain` first ends event time
   * and all input.
   */
  readonly stop?: 'suspend' | 'drain';
  readonly location: CheckpointLocation;
}

/** Announces a checkpoint: what a source is told, and what travels along the edges. */
export interface CheckpointBarrier {
  readonly checkpointId: number;
  /** When the coordinator started it, in epoch milliseconds. */
  readonly timestamp: number;
  readonly options: CheckpointOptions;
}

/**
 * From when on the barrier may overtake records, in epoch milliseconds; undefined: never. Savepoints are always aligned.
 */
export function overtakesFrom({ timestamp, options }: CheckpointBarrier): number | undefined {
  if (options.alignment === 'at-least-once' || options.kind === 'savepoint') return undefined;
  if (options.alignedTimeoutMs !== undefined && options.alignedTimeoutMs > 0) return timestamp + options.alignedTimeoutMs;
  return options.alignment === 'unaligned' ? timestamp : undefined;
}

/** Why a checkpoint came to nothing (Flink: `CheckpointFailureReason`). */
export const CHECKPOINT_FAILURE_REASONS = [
  'CHECKPOINT_DECLINED', 'CHECKPOINT_DECLINED_SUBSUMED', 'CHECKPOINT_DECLINED_INPUT_END_OF_STREAM', 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER',
  'CHECKPOINT_EXPIRED', 'CHECKPOINT_SUBSUMED', 'CHECKPOINT_ASYNC_EXCEPTION', 'CHECKPOINT_COORDINATOR_SHUTDOWN', 'CHECKPOINT_COORDINATOR_SUSPEND',
  'FINALIZE_CHECKPOINT_FAILURE', 'TRIGGER_CHECKPOINT_FAILURE', 'IO_EXCEPTION', 'JOB_FAILURE', 'JOB_FAILOVER_REGION', 'TASK_FAILURE',
  'MINIMUM_TIME_BETWEEN_CHECKPOINTS', 'NOT_ALL_REQUIRED_TASKS_RUNNING', 'PERIODIC_SCHEDULER_SHUTDOWN', 'TOO_MANY_CHECKPOINT_REQUESTS', 'TASK_CHECKPOINT_FAILURE',
] as const;
export type CheckpointFailureReason = (typeof CHECKPOINT_FAILURE_REASONS)[number];
