/**
 * The life of a job as Flink's `JobStatus` has it.
 *
 * Invariants: a terminal status is never left; SUSPENDED (this JobManager gave the job up, another may take it
 * over) can be reached from every other one and is terminal here only.
 */
import type { JobStatus } from '../../program/pipeline-executor.js';

const NEXT: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  INITIALIZING: ['CREATED', 'CANCELLING', 'FAILING', 'SUSPENDED'],
  CREATED: ['RUNNING', 'CANCELLING', 'FAILING', 'SUSPENDED'],
  RECONCILING: ['RUNNING', 'CANCELLING', 'FAILING', 'SUSPENDED'],
  RUNNING: ['FINISHED', 'RESTARTING', 'CANCELLING', 'FAILING', 'SUSPENDED'],
  RESTARTING: ['RUNNING', 'CANCELLING', 'FAILING', 'SUSPENDED'],
  // Who cancels a job that is failing gets it cancelled: both end its tasks.
  FAILING: ['FAILED', 'CANCELLING', 'SUSPENDED'],
  CANCELLING: ['CANCELED', 'SUSPENDED'],
  FINISHED: [],
  FAILED: [],
  CANCELED: [],
  SUSPENDED: [],
};

/** Whether a job with the status `from` may go to `to` in one step. */
export function canJobGo(from: JobStatus, to: JobStatus): boolean {
  return NEXT[from].includes(to);
}

/** Whether nothing more will happen to the job here. */
export function isJobTerminal(status: JobStatus): boolean {
  return NEXT[status].length === 0;
}

/** Whether nothing more will happen to the job anywhere: its result is final. */
export function isJobGloballyTerminal(status: JobStatus): boolean {
  return isJobTerminal(status) && status !== 'SUSPENDED';
}
