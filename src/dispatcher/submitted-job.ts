/**
 * A program that was submitted, from then until it is over: through all the processes that run it, one after the other.
 */
import type { RestartStrategy } from '../cluster/execution/restart-strategy.js';
import type { ScheduledCall } from '../core/clock.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import { EXECUTION_STATES, type JobOverview } from '../rest/job-record.js';
import { answersOf } from './answers-without-process.js';
import type { ArchivedJob, JobOrder, JobSubmission } from './job-order.js';
import type { JobProcess } from './job-process.js';
import type { LossSettings } from './process-loss.js';
import type { ProcessLoss } from './told-losses.js';

export interface JobFailure {
  readonly error: Error;
  readonly status: 'FAILED' | 'CANCELED';
}

export class SubmittedJob {
  /** Of its first job. */
  readonly jobId: string;
  /** Of its first job, once that is known. */
  name: string;
  process: JobProcess | undefined;
  /** It waits to be run again by another process. */
  backOff: ScheduledCall | undefined;
  /** What its process said that is to be done when it is lost. */
  lossSettings: LossSettings = {};
  /** By job id, of its jobs that were to have another parallelism than the program says. */
  rescaled: NonNullable<JobOrder['rescaled']> = {};
  /** Decides about the next loss; undefined before the first. */
  restarts: RestartStrategy | undefined;
  /** The last losses that it has survived, oldest first. */
  losses: readonly ProcessLoss[] = [];
  /** Why its process ends, when that may pass. */
  setback: Error | undefined;
  /** The program has come to its end. */
  ended = false;
  /** Where its process can be asked. */
  socket: string | undefined;
  /** Its process has taken a job up: it is to be asked about it. */
  submitted = false;
  /** The cluster ends and another one is to go on with it. */
  suspended = false;
  /** Why there will be no job, or none any more, when the process does not say so itself. */
  failure: JobFailure | undefined;
  wasAccepted = false;
  /** How many slots its first job needs, once that is known. */
  slotsNeeded: number | undefined;
  /** Of its jobs so far, by id. */
  readonly names = new Map<string, string>();
  /** Jobs that its process has taken up: it can be asked about them. */
  readonly taken = new Set<string>();
  /** Jobs of the program that are in the archive. */
  readonly endedJobs = new Set<string>();
  /** Resolves when its first job has been built; rejects when there will be none. */
  readonly accepted: Promise<void>;
  private resolveAccepted!: () => void;
  private rejectAccepted!: (error: Error) => void;
  private processGone = Promise.resolve();
  private resolveGone = (): void => undefined;

  constructor(readonly submission: JobSubmission & { readonly jobId: string }, readonly startTime: number) {
    this.jobId = submission.jobId;
    this.name = submission.jobFile;
    this.accepted = new Promise((resolve, reject) => [this.resolveAccepted, this.rejectAccepted] = [resolve, reject]);
  }

  get lastLoss(): Error | undefined {
    return this.losses.at(-1)?.error;
  }

  /** Resolves when the process is gone, or at once when there is none. */
  get gone(): Promise<void> {
    return this.processGone;
  }

  /** Another process is about to run it. */
  begin(): void {
    this.backOff = undefined;
    this.setback = undefined;
    this.processGone = new Promise((resolve) => (this.resolveGone = resolve));
  }

  /** There is nothing to be asked, until the next one begins. `over` follows. */
  processEnded(): void {
    this.process = undefined;
    this.socket = undefined;
    this.submitted = false;
    this.taken.clear();
  }

  accept(): void {
    this.wasAccepted = true;
    this.resolveAccepted();
  }

  /** The first reason counts. */
  fail(error: Error, status: JobFailure['status']): void {
    this.failure ??= { error, status };
    this.rejectAccepted(error);
  }

  over(): void {
    this.resolveGone();
  }

  /** While there is no job in the process that could be asked. */
  overview(now: number, jobId = this.jobId): JobOverview {
    const { startTime } = this;
    const name = this.names.get(jobId) ?? this.name;
    const state = this.suspended ? 'SUSPENDED' : this.backOff || this.lastLoss ? 'RESTARTING' : this.wasAccepted ? 'CREATED' : 'INITIALIZING';
    return overviewOf({ jobId, name, startTime }, state, now, -1);
  }
}

interface Named {
  readonly jobId: string;
  readonly name: string;
  readonly startTime: number;
}

/** How a job may end for good. */
export type EndedJobState = 'FINISHED' | JobFailure['status'];

export function endedOverview(job: Named, state: EndedJobState, now: number): JobOverview {
  return overviewOf(job, state, now, now);
}

function overviewOf({ jobId, name, startTime }: Named, state: JobStatus, now: number, endTime: number): JobOverview {
  const tasks = Object.fromEntries(['total', ...EXECUTION_STATES.map((known) => known.toLowerCase())].map((key) => [key, 0]));
  return { jid: jobId, name, state, 'start-time': startTime, 'end-time': endTime, duration: now - startTime, 'last-modification': endTime < 0 ? startTime : endTime, tasks, jobType: 'STREAMING' };
}

export function failedJob(overview: JobOverview, error: Error): ArchivedJob {
  return { overview, answers: answersOf(overview, error) };
}
