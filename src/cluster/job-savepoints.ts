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
  endsWith(path: string | undefined): void;
  /** Calls with the reason when tasks start again; returns the function that ends it. */
  whenRestarting(call: (error: Error) => void): () => void;
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
  // From now on: the job may fail while the savepoint is being made complete.
  const restarts = restartOf(job);
  const { path } = await take(job, { kind: 'savepoint', format, directory, stop: drain ? 'drain' : 'suspend' }).catch((error: Error) => {
    restarts.ignore();
    throw error;
  });
  job.endsWith(path!);
  const { status, error } = await Promise.race([job.result, restarts.first]);
  restarts.ignore();
  if (status === 'FINISHED') return path!;
  const reason = error ? { cause: error } : {};
  if (status === 'RESTARTING') {
    job.endsWith(undefined);
    throw new FlinkError('CHECKPOINT_FAILED', `the savepoint ${path} is complete, but the job ${job.jobId} failed before it had stopped: it goes on from there`, {
      ...reason, hint: `${drain ? 'It ends by itself, for its input has ended.' : 'Stop it again.'} Whoever goes on from this savepoint makes visible again what the job makes visible from now on.`,
    });
  }
  throw new FlinkError('CHECKPOINT_FAILED', `the savepoint ${path} is complete, but the job ${job.jobId} then ended ${status} instead of FINISHED`, { ...reason, hint: 'You can go on from the savepoint.' });
}

interface Ending {
  readonly status: JobResult['status'] | 'RESTARTING';
  readonly error?: Error;
}

/** The next time that the job starts again. */
function restartOf(job: SavepointedJob): { readonly first: Promise<Ending>; ignore(): void } {
  let ignore = (): void => {};
  const first = new Promise<Ending>((resolve) => {
    ignore = job.whenRestarting((error) => resolve({ status: 'RESTARTING', error }));
  });
  return { first, ignore };
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
