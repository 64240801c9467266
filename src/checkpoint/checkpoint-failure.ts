/**
 * Why a checkpoint came to nothing, for people.
 */
import type { CheckpointFailureReason } from '../core/checkpoint.js';
import { FlinkError } from '../core/errors.js';

const SENTENCES: Readonly<Record<CheckpointFailureReason, string>> = {
  CHECKPOINT_DECLINED: 'a task could not take it',
  CHECKPOINT_DECLINED_SUBSUMED: 'a later one overtook it in a task',
  CHECKPOINT_DECLINED_INPUT_END_OF_STREAM: 'an input of a task ended before its barrier came',
  CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER: 'a task upstream gave it up',
  CHECKPOINT_EXPIRED: 'it was not complete within execution.checkpointing.timeout',
  CHECKPOINT_SUBSUMED: 'a later one was complete before it',
  CHECKPOINT_ASYNC_EXCEPTION: 'a task could not store its state',
  CHECKPOINT_COORDINATOR_SHUTDOWN: 'the job has ended',
  CHECKPOINT_COORDINATOR_SUSPEND: 'the job is being stopped or restarted',
  FINALIZE_CHECKPOINT_FAILURE: 'its metadata could not be stored',
  TRIGGER_CHECKPOINT_FAILURE: 'it could not be started',
  IO_EXCEPTION: 'storage failed when it was started',
  JOB_FAILURE: 'the job failed',
  JOB_FAILOVER_REGION: 'tasks are being restarted',
  TASK_FAILURE: 'a task failed',
  MINIMUM_TIME_BETWEEN_CHECKPOINTS: 'the one before has only just been completed',
  NOT_ALL_REQUIRED_TASKS_RUNNING: 'not all tasks that it needs are running',
  PERIODIC_SCHEDULER_SHUTDOWN: 'there are no periodic checkpoints any more',
  TOO_MANY_CHECKPOINT_REQUESTS: 'too many others are waiting',
  TASK_CHECKPOINT_FAILURE: 'a task failed while it took it',
};

/** @param checkpointId undefined when it never got one. @param cause what a task or the storage said. */
export function checkpointFailure(savepoint: boolean, checkpointId: number | undefined, reason: CheckpointFailureReason, cause?: Error): FlinkError {
  const what = `the ${savepoint ? 'savepoint' : 'checkpoint'}${checkpointId === undefined ? '' : ` ${checkpointId}`}`;
  const because = cause ? `: ${cause.message}` : '';
  const hint = cause instanceof FlinkError ? cause.hint : undefined;
  return new FlinkError('CHECKPOINT_FAILED', `${what} failed, for ${SENTENCES[reason]} (${reason})${because}`, { ...(cause ? { cause } : {}), ...(hint === undefined ? {} : { hint }) });
}
