/**
 * A job as the REST interface tells of it.
 */
import type { SubtaskCheckpoint } from '../checkpoint/checkpoint-statistics.js';
import type { ExecutionState, JobResult, JobSnapshot, RunningJob, SubtaskMetrics, VertexSnapshot } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import { JobRates } from './job-rates.js';
import { RestError } from './rest-error.js';
import type { ReadableStack } from './served-process.js';

/** In the order in which Flink's answers name them. */
export const EXECUTION_STATES = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED', 'RECONCILING'] as const;

/** Statistics of checkpoints are worked out anew each time. */
const CHECKPOINT_LOOK_MS = 200;

const TERMINAL: ReadonlySet<JobStatus> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

export class JobRecord {
  readonly rates: JobRates;
  /** How the job ended; undefined while it has not. */
  result: JobResult | undefined;
  private lastCheckpoint: { readonly lookedAt: number; readonly bySubtask: ReadonlyMap<string, SubtaskCheckpoint> } | undefined;

  /** @param readableStack rewrites stack traces of failures. */
  constructor(readonly job: RunningJob, readonly clock: Clock, readonly readableStack: ReadableStack = (stack) => Promise.resolve(stack)) {
    this.rates = new JobRates(clock, () => job.snapshot(), () => this.terminal);
    void job.result.then((result) => (this.result = result));
  }

  get terminal(): boolean {
    return TERMINAL.has(this.job.status());
  }

  get jobType(): 'STREAMING' | 'BATCH' {
    return this.job.description.jobGraph.runtimeMode;
  }

  /** The vertex with its subtasks as they stand. Throws what answers a request for one that is not there. */
  vertex(vertexId: string, snapshot: JobSnapshot = this.job.snapshot()): VertexSnapshot {
    const vertex = snapshot.vertices.find(({ id }) => id === vertexId);
    if (!vertex) throw new RestError(404, `JobVertex ${vertexId} not found`);
    return vertex;
  }

  subtask(vertexId: string, index: string): { readonly vertex: VertexSnapshot; readonly subtask: SubtaskMetrics } {
    const vertex = this.vertex(vertexId);
    const subtask = /^\d+$/.test(index) ? vertex.subtasks[Number(index)] : undefined;
    if (!subtask) throw new RestError(404, `Invalid subtask index for vertex ${vertexId}`);
    return { vertex, subtask };
  }

  /** How a subtask got through the last checkpoint that was completed; looked up no more often than is of use. */
  checkpointOf(vertexId: string, subtask: number): SubtaskCheckpoint | undefined {
    const now = this.clock.monotonic();
    if (!this.lastCheckpoint || now - this.lastCheckpoint.lookedAt > CHECKPOINT_LOOK_MS) {
      const tasks = this.job.checkpoints().latest.completed?.tasks ?? [];
      this.lastCheckpoint = { lookedAt: now, bySubtask: new Map(tasks.flatMap(({ id, subtasks }) => subtasks.map((one) => [`${id}/${one.index}`, one] as const))) };
    }
    return this.lastCheckpoint.bySubtask.get(`${vertexId}/${subtask}`);
  }

  /** Flink's entry of `/jobs/overview`. */
  overview(): JobOverview {
    const snapshot = this.job.snapshot();
    return {
      jid: snapshot.jobId,
      name: snapshot.name,
      state: snapshot.status,
      'start-time': snapshot.startTime,
      'end-time': endTimeOf(snapshot),
      duration: snapshot.durationMs,
      'last-modification': Math.max(snapshot.startTime, ...Object.values(snapshot.timestamps)),
      tasks: taskCounts(snapshot),
      jobType: this.jobType,
    };
  }

  /** Samples no more. */
  close(): void {
    this.rates.close();
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
  readonly tasks: Record<string, number>;
  readonly jobType: 'STREAMING' | 'BATCH';
}

/** When a job ended, in epoch milliseconds; -1 while it has not. */
export function endTimeOf({ status, startTime, durationMs }: JobSnapshot): number {
  return TERMINAL.has(status) ? startTime + durationMs : -1;
}

/** How many there are in each state. */
export function countStates(states: readonly ExecutionState[]): Record<ExecutionState, number> {
  const counts = Object.fromEntries(EXECUTION_STATES.map((state) => [state, 0])) as Record<ExecutionState, number>;
  for (const state of states) counts[state] += 1;
  return counts;
}

function taskCounts({ vertices }: JobSnapshot): Record<string, number> {
  const states = vertices.flatMap(({ subtasks }) => subtasks.map(({ state }) => state));
  return { total: states.length, ...Object.fromEntries(Object.entries(countStates(states)).map(([state, count]) => [state.toLowerCase(), count])) };
}
