/** A job that does what a test says, in place of one that runs. */
import { Configuration } from '../../src/core/configuration.js';
import type { ExecutionState, JobAccumulators, JobDescription, JobEvent, JobResult, JobSnapshot, RunningJob, SubtaskMetrics, VertexSnapshot } from '../../src/cluster/running-job.js';
import type { CheckpointStatistics } from '../../src/checkpoint/checkpoint-statistics.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import type { JobStatus } from '../../src/program/pipeline-executor.js';

export function metrics(subtask: number, more: Partial<SubtaskMetrics> = {}): SubtaskMetrics {
  return { subtask, attempt: 0, state: 'RUNNING', ...new TaskMetrics(allocateMetrics(1), 0).read(0), operators: [], timestamps: {}, taskManager: 0, ...more };
}

export function vertex(id: string, name: string, subtasks: SubtaskMetrics[], more: Partial<VertexSnapshot> = {}): VertexSnapshot {
  return { id, name, parallelism: subtasks.length, state: 'RUNNING', subtasks, inputs: [], edges: [], operators: [], ...more };
}

export function snapshot(vertices: VertexSnapshot[], more: Partial<JobSnapshot> = {}): JobSnapshot {
  return { jobId: '0'.repeat(32), name: 'WordCount', status: 'RUNNING', startTime: 0, durationMs: 1000, timestamps: {}, taskManagers: [], vertices, restarts: 0, exceptions: [], pastAttempts: [], ...more };
}

const notHere = (): Promise<never> => Promise.reject(new Error('a fake job takes no snapshots'));

export class FakeJob implements RunningJob {
  readonly jobId: string;
  readonly name = 'WordCount';
  readonly description: JobDescription;
  readonly result: Promise<JobResult>;
  cancelled = 0;
  shown: JobSnapshot;
  private resolve!: (result: JobResult) => void;
  private listeners = new Set<(event: JobEvent) => void>();

  constructor(id: string, vertices: VertexSnapshot[] = []) {
    this.jobId = id.padStart(32, '0');
    this.description = {
      configuration: new Configuration(),
      oneForOne: new Set(),
      jobGraph: { jobId: this.jobId, jobName: this.name, graphHash: '', runtimeMode: 'STREAMING', globalJobParameters: {}, vertices: [], edges: [] },
    };
    this.shown = snapshot(vertices, { jobId: this.jobId, status: 'CREATED' });
    this.result = new Promise((resolve) => (this.resolve = resolve));
  }

  status(): JobStatus {
    return this.shown.status;
  }
  cancel(): void {
    this.cancelled++;
    this.end({ status: 'CANCELED' });
  }
  suspend(): void {
    this.end({ status: 'SUSPENDED' });
  }
  snapshot(): JobSnapshot {
    return this.shown;
  }
  refreshMetrics(): Promise<void> {
    return Promise.resolve();
  }
  subscribe(listener: (event: JobEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  triggerCheckpoint = notHere;
  triggerSavepoint = notHere;
  stopWithSavepoint = notHere;
  cancelWithSavepoint = notHere;
  checkpoints = (): CheckpointStatistics => {
    throw new Error('a fake job takes no checkpoints');
  };
  accumulators(): JobAccumulators {
    return { merged: {}, bySubtask: [] };
  }
  become(status: JobStatus): void {
    this.shown = { ...this.shown, status };
    for (const listener of this.listeners) listener({ type: 'job-status', status, time: 0 });
  }
  subtask(vertexId: string, subtask: number, state: ExecutionState): void {
    for (const listener of this.listeners) listener({ type: 'execution-state', vertexId, subtask, attempt: 0, state, time: 0 });
  }
  restart(delayMs: number, failure: string | Error, tasks: number): void {
    const attempts = Array.from({ length: tasks }, (_, subtask) => ({ vertexId: 'a', subtask, attempt: 0 }));
    for (const listener of this.listeners) listener({ type: 'restart-scheduled', delayMs, error: typeof failure === 'string' ? new Error(failure) : failure, tasks: attempts, time: 0 });
  }
  checkpoint(checkpointId: number, error?: Error): void {
    for (const listener of this.listeners) listener({ type: 'checkpoint', checkpointId, time: 0, ...(error ? { error } : {}) });
  }
  end(more: Partial<JobResult> = {}): void {
    this.resolve({ jobId: this.jobId, name: this.name, status: 'FINISHED', netRuntimeMs: 12.4, accumulators: {}, final: this.shown, outputClosed: false, ...more });
  }
}
