/**
 * A job as the control interface tells of it: the running job, and when it entered which status.
 */
import type { JobSnapshot, RunningJob } from '../cluster/running-job.js';
import type { JobStatus } from '../program/pipeline-executor.js';

/** In the order in which Flink's answers name them. */
export const EXECUTION_STATES = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED', 'RECONCILING'] as const;

const TERMINAL: ReadonlySet<JobStatus> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

export class JobRecord {
  /** Epoch milliseconds, by status; only statuses that were entered. */
  readonly timestamps = new Map<JobStatus, number>();
  private readonly stop: () => void;

  constructor(readonly job: RunningJob) {
    this.timestamps.set('CREATED', job.snapshot().startTime);
    this.stop = job.subscribe((event) => {
      if (event.type === 'job-status') this.timestamps.set(event.status, event.time);
    });
  }

  get terminal(): boolean {
    return TERMINAL.has(this.job.status());
  }

  /** Flink's entry of `/jobs/overview`. */
  overview(): JobOverview {
    const snapshot = this.job.snapshot();
    return {
      jid: snapshot.jobId,
      name: snapshot.name,
      state: snapshot.status,
      'start-time': snapshot.startTime,
      'end-time': this.terminal ? snapshot.startTime + snapshot.durationMs : -1,
      duration: snapshot.durationMs,
      'last-modification': Math.max(...this.timestamps.values()),
      tasks: taskCounts(snapshot),
    };
  }

  /** Listens no more. */
  close(): void {
    this.stop();
  }
}

export interface JobOverview {
  readonly jid: string;
  readonly name: string;
  readonly state: JobStatus;
  readonly 'start-time': number;
  /** -1 while the job has not ended. */
  readonly 'end-time': number;
  readonly duration: number;
  readonly 'last-modification': number;
  /** Subtasks by state, the state in lower case, and their total. */
  readonly tasks: Readonly<Record<string, number>>;
}

function taskCounts({ vertices }: JobSnapshot): Record<string, number> {
  const counts: Record<string, number> = { total: 0 };
  for (const state of EXECUTION_STATES) counts[state.toLowerCase()] = 0;
  for (const { subtasks } of vertices) {
    for (const { state } of subtasks) {
      counts['total']! += 1;
      counts[state.toLowerCase()]! += 1;
    }
  }
  return counts;
}
