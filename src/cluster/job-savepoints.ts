/**
 * What people ask of a running job: checkpoints and savepoints, and to end with one.
 */
import type { CompletedSnapshot } from '../checkpoint/checkpoint-storage.js';
import { FlinkError } from '../core/errors.js';
import type { JobCheckpoints, SnapshotOrder } from './job-checkpoints.js';
import type { JobResult, SavepointOptions, StopOptions, TriggeredCheckpoint } from './running-job.js';

export interface SavepointedJob {
  readonly jobId: string;
  /** Jobs in batch mode take none. */
  readonly streaming: boolean;
  readonly checkpoints: JobCheckpoints;
  readonly result: Promise<JobResult>;
  /** Told of the savepoint that the job ends with, before it ends. */
  endsWith(path: string): void;
  cancel(): void;
}

export async function triggerCheckpoint(job: SavepointedJob): Promise<TriggeredCheckpoint> {
  const { metadata, path } = await take(job, { kind: 'checkpoint', format: 'native' });
  return { checkpointId: metadata.checkpointId, path };
}

export async function triggerSavepoint(job: SavepointedJob, { directory, format = 'canonical' }: SavepointOptions = {}): Promise<string> {
  return (await take(job, { kind: 'savepoint', format, directory })).path!;
}

export async function stopWithSavepoint(job: SavepointedJob, { directory, format = 'canonical', drain = false }: StopOptions = {}): Promise<string> {
  const { path } = await take(job, { kind: 'savepoint', format, directory, stop: drain ? 'drain' : 'suspend' });
  job.endsWith(path!);
  const { status, error } = await job.result;
  if (status === 'FINISHED') return path!;
  if (error instanceof FlinkError && error.code === 'STOP_FAILED') throw error;
  throw new FlinkError('STOP_FAILED', `the savepoint ${path} is complete, but the job ${job.jobId} then ended ${status} instead of FINISHED`, error ? { cause: error } : {});
}

export async function cancelWithSavepoint(job: SavepointedJob, options: SavepointOptions = {}): Promise<string> {
  job.checkpoints.pausePeriodic(true);
  try {
    const path = await triggerSavepoint(job, options);
    job.endsWith(path);
    job.cancel();
    return path;
  } catch (error) {
    job.checkpoints.pausePeriodic(false);
    throw error;
  }
}

function take(job: SavepointedJob, order: SnapshotOrder): Promise<CompletedSnapshot> {
  if (job.streaming) return job.checkpoints.take(order);
  return Promise.reject(new FlinkError('CHECKPOINT_FAILED', `the job ${job.jobId} runs in batch mode, in which there are no ${order.kind}s`, { hint: 'Set execution.runtime-mode to STREAMING.' }));
}
