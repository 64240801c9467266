/**
 * What a program holds of a job it submitted (Flink: `JobClient`, `JobExecutionResult`), over a job of the embedded
 * cluster.
 */
import type { EndedJob } from '../cluster/messages.js';
import { executionResult as resultOf } from '../cluster/programs.js';
import type { JobResult, RunningJob, SavepointOptions } from '../cluster/running-job.js';
import { FlinkError } from '../core/errors.js';
import { type JobClient, type JobExecutionResult, SavepointFormatType } from '../program/pipeline-executor.js';

export function jobClientOf(job: RunningJob): JobClient {
  return {
    getJobID: () => job.jobId,
    getJobStatus: () => Promise.resolve(job.status()),
    cancel: async () => job.cancel(),
    getJobExecutionResult: async () => executionResult(await job.result),
    getAccumulators: async () => accumulatorValues(await job.result),
    triggerSavepoint: async (directory, formatType) => job.triggerSavepoint(savepointOptions('triggerSavepoint', directory, formatType)),
    stopWithSavepoint: async (drain, directory, formatType) => job.stopWithSavepoint({ ...savepointOptions('stopWithSavepoint', directory, formatType), drain }),
  };
}

/** Of a job that has ended in a run of the program before this one. @param error what it failed with, or that it was cancelled. */
export function endedJobClient(ended: EndedJob, error: Error | undefined): JobClient {
  return {
    getJobID: () => ended.jobId,
    getJobStatus: () => Promise.resolve(error === undefined ? 'FINISHED' : error instanceof FlinkError && error.code === 'JOB_CANCELED' ? 'CANCELED' : 'FAILED'),
    cancel: () => Promise.resolve(),
    getJobExecutionResult: () => (error === undefined ? Promise.resolve(resultOf(ended)) : Promise.reject(error)),
    getAccumulators: () => Promise.resolve(ended.accumulators),
    triggerSavepoint: () => Promise.reject(hasEnded(ended)),
    stopWithSavepoint: () => Promise.reject(hasEnded(ended)),
  };
}

function hasEnded({ jobId, jobName }: EndedJob): FlinkError {
  return new FlinkError('CHECKPOINT_FAILED', `job "${jobName}" (${jobId}) has ended: there is nothing to take a savepoint of`);
}

function savepointOptions(call: string, directory: string | null | undefined, formatType: SavepointFormatType = SavepointFormatType.DEFAULT): SavepointOptions {
  if (formatType !== 'CANONICAL' && formatType !== 'NATIVE') throw new FlinkError('INVALID_ARGUMENT', `${call} expects CANONICAL or NATIVE as its format, got ${String(formatType)}`);
  return { format: formatType === 'NATIVE' ? 'native' : 'canonical', ...(typeof directory === 'string' && { directory }) };
}

/** Throws what the job failed with, `JOB_CANCELED` or `JOB_SUSPENDED`. */
function executionResult(result: JobResult): JobExecutionResult {
  if (result.status === 'FAILED') throw result.error ?? new FlinkError('INTERNAL', `job ${result.jobId} failed without saying why`);
  if (result.status === 'CANCELED') throw new FlinkError('JOB_CANCELED', `job "${result.name}" (${result.jobId}) was cancelled`);
  if (result.status === 'SUSPENDED') throw new FlinkError('JOB_SUSPENDED', `job "${result.name}" (${result.jobId}) was suspended`);
  const values = accumulatorValues(result);
  return {
    getJobID: () => result.jobId,
    getJobName: () => result.name,
    getNetRuntime: () => result.netRuntimeMs,
    getAccumulatorResult: <R>(name: string) => values[name] as R | undefined,
    getAllAccumulatorResults: () => values,
  };
}

function accumulatorValues(result: JobResult): Record<string, unknown> {
  return Object.fromEntries(Object.entries(result.accumulators).map(([name, { value }]) => [name, value]));
}
