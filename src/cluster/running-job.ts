/**
 * A job as its submitter sees it while it runs and after it has ended.
 */
import type { AttemptId, JobFailure } from './execution/execution-graph.js';
import type { ExecutionState } from './execution/execution-state.js';
import type { ResourceRequirements } from './resource-requirements.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { Partitioning } from '../graph/stream-graph.js';
import type { CheckpointStatistics } from '../checkpoint/checkpoint-statistics.js';
import type { SnapshotFormat } from '../core/checkpoint.js';
import type { Configuration } from '../core/configuration.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import type { MetricValue, OperatorMetrics } from '../runtime/operator-metrics.js';
import type { TaskCounters } from '../runtime/task-metrics.js';
import type { AccumulatorPart, ThreadMemory } from './messages.js';

export type { ExecutionState, MetricValue, OperatorMetrics };

/** When states were entered, in epoch milliseconds; those that never were are missing. */
export type StateTimes<S extends string> = Readonly<Partial<Record<S, number>>>;

/** One subtask and its counters; times are milliseconds since it began to run. */
export interface SubtaskMetrics extends TaskCounters {
  readonly subtask: number;
  readonly attempt: number;
  readonly state: ExecutionState;
  /** When this attempt entered which state. */
  readonly timestamps: StateTimes<ExecutionState>;
  /** Index of the TaskManager that it is for. */
  readonly taskManager: number;
  /** What its operators' metrics were when they were last asked, within the last second or so; empty before. */
  readonly operators: readonly OperatorMetrics[];
}

/** Where records of a vertex come from. */
export interface VertexInput {
  /** The vertex upstream. */
  readonly from: string;
  /** Which input of this vertex, from 0. */
  readonly input: number;
  readonly partitioning: Partitioning;
}

/** One operator of a vertex. */
export interface VertexOperator {
  /** Its node in the StreamGraph, by which metrics name it. */
  readonly nodeId: number;
  readonly name: string;
  /** It makes watermarks from the times of the records. */
  readonly makesWatermarks: boolean;
}

export interface VertexSnapshot {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly state: ExecutionState;
  readonly subtasks: readonly SubtaskMetrics[];
  /** The metrics of what the JobManager does for its source, if it has one. */
  readonly coordinator?: OperatorMetrics | undefined;
  /** Ids of the vertices this one reads from. */
  readonly inputs: readonly string[];
  readonly edges: readonly VertexInput[];
  /** Head first. */
  readonly operators: readonly VertexOperator[];
}

/** A TaskManager as one job sees it. */
export interface TaskManagerSnapshot {
  readonly index: number;
  /** How many of its slots the job has. */
  readonly slots: number;
  /** As it was when it last reported. */
  readonly memory?: ThreadMemory;
}

/** A failure that a job has met. */
export interface JobException {
  readonly error: Error;
  /** Epoch milliseconds. */
  readonly time: number;
  /** The task that failed, with the name of its vertex; absent when the job failed as a whole. */
  readonly task?: AttemptId & { readonly name: string };
  /** What else failed while the tasks concerned were ended, or before they started again. */
  readonly concurrent: readonly JobException[];
}

/** An attempt that another one has replaced. */
export interface PastAttempt extends AttemptId {
  readonly state: ExecutionState;
  /** When it was deployed and when it ended, in epoch milliseconds. */
  readonly startTime: number;
  readonly endTime: number;
  readonly timestamps: StateTimes<ExecutionState>;
  /** Why it failed, when it did. */
  readonly error?: Error;
}

export interface JobSnapshot {
  readonly jobId: string;
  readonly name: string;
  readonly status: JobStatus;
  /** Epoch milliseconds. */
  readonly startTime: number;
  readonly durationMs: number;
  /** When the job entered which status, the last time. */
  readonly timestamps: StateTimes<JobStatus>;
  /** Those that have slots of the job. */
  readonly taskManagers: readonly TaskManagerSnapshot[];
  readonly vertices: readonly VertexSnapshot[];
  /** How often tasks were started again. */
  readonly restarts: number;
  /** The last failures, newest first. */
  readonly exceptions: readonly JobException[];
  /** Attempts that others have replaced: subtask by subtask, newest first. */
  readonly pastAttempts: readonly PastAttempt[];
}

/** What subtasks have added up. */
export interface JobAccumulators {
  /** Over all subtasks, by name. */
  readonly merged: Readonly<Record<string, { readonly kind: string; readonly value: unknown }>>;
  readonly bySubtask: readonly { readonly vertexId: string; readonly subtask: number; readonly parts: readonly AccumulatorPart[] }[];
}

/** How a job ended. */
export interface JobResult {
  readonly jobId: string;
  readonly name: string;
  /** SUSPENDED: another cluster is to go on with it. */
  readonly status: 'FINISHED' | 'CANCELED' | 'FAILED' | 'SUSPENDED';
  readonly netRuntimeMs: number;
  readonly accumulators: Readonly<Record<string, { readonly kind: string; readonly value: unknown }>>;
  /** Why it failed; a `FlinkError` with its place where one is known. */
  readonly error?: Error;
  /** State of the snapshot that it was to go on from does not fit its operators: it ended before it had begun. */
  readonly refused?: true;
  readonly final: JobSnapshot;
  /** Absent when none was taken. */
  readonly checkpoints?: CheckpointStatistics;
  /** The folder of the savepoint that it was stopped or cancelled with. */
  readonly savepoint?: string;
  /** The reader of standard output went away (`| head -1`): the job was cancelled quietly. */
  readonly outputClosed: boolean;
}

export type JobEvent =
  | { readonly type: 'job-status'; readonly status: JobStatus; readonly time: number; readonly error?: Error }
  | { readonly type: 'execution-state'; readonly vertexId: string; readonly subtask: number; readonly attempt: number; readonly state: ExecutionState; readonly time: number; readonly error?: Error }
  /** Something failed. `concurrent`: along with the failure before, while its tasks were ended. */
  | { readonly type: 'failure'; readonly failure: JobFailure; readonly concurrent: boolean; readonly time: number }
  /** A checkpoint is complete; with `error`: it has failed, and the job runs on without it. */
  | { readonly type: 'checkpoint'; readonly checkpointId: number; readonly error?: Error; readonly time: number }
  /** Tasks are ended and start again after the delay. */
  | { readonly type: 'restart-scheduled'; readonly delayMs: number; readonly error: Error; readonly tasks: readonly AttemptId[]; readonly time: number }
  /** All tasks start again with another parallelism. */
  | { readonly type: 'rescaled'; readonly vertices: readonly RescaledVertex[]; readonly time: number }
  /** The job was to have another parallelism, and keeps the one it has. */
  | { readonly type: 'rescaling-failed'; readonly error: Error; readonly time: number };

export interface RescaledVertex {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Where a savepoint goes and how it is written. */
export interface SavepointOptions {
  /** Below which folder: a path or a `file:` URL. Default: `execution.checkpointing.savepoint-dir`. */
  readonly directory?: string | undefined;
  /** Default: `canonical`, which every state backend reads. */
  readonly format?: SnapshotFormat | undefined;
}

export interface StopOptions extends SavepointOptions {
  /** Ends event time and all input first: windows fire, and nobody means to go on from the savepoint. Default: false. */
  readonly drain?: boolean | undefined;
}

/** A checkpoint that was asked for. */
export interface TriggeredCheckpoint {
  readonly checkpointId: number;
  /** Its folder; undefined when it is kept in memory. */
  readonly path: string | undefined;
}

/** What the job is made of. */
export interface JobDescription {
  readonly jobGraph: JobGraph;
  /** What the client, the files and the program have set. */
  readonly configuration: Configuration;
  /** Nodes of operators that give exactly one record for each that comes. */
  readonly oneForOne: ReadonlySet<number>;
}

/** Between which bounds the parallelism of the vertices may be. */
export interface JobRequirements {
  get(): ResourceRequirements;
  /**
   * Resolves when the job will see to it that it is within these bounds, at the upper ones as far as there are slots: it takes
   * a checkpoint and starts again from there. Rejects with INVALID_ARGUMENT, with RESCALING_FAILED when the job has ended, or with
   * JOB_STORE when nobody would remember it.
   */
  set(wanted: ResourceRequirements): Promise<void>;
}

export interface RunningJob {
  readonly jobId: string;
  readonly name: string;
  /** As it is now: a job that changes its parallelism has another graph then. */
  readonly description: JobDescription;
  /** Undefined: the job keeps its parallelism. */
  readonly requirements?: JobRequirements | undefined;
  status(): JobStatus;
  /** Resolves (never rejects) when the job has reached a terminal state and everything is cleaned up. */
  readonly result: Promise<JobResult>;
  /** Asks the job to stop: sources stop, `close()` runs. Resolves when asked, not when done. */
  cancel(): void;
  /** Gives the job up at once, for another cluster to go on with: its tasks end as when it is cancelled, its checkpoints stay. */
  suspend(): void;
  snapshot(): JobSnapshot;
  /** Resolves when the next snapshot has the metrics of operators as they are now, or soon after where threads do not answer. */
  refreshMetrics(): Promise<void>;
  /** Calls `listener` for every state change from now on; returns the function that ends it. */
  subscribe(listener: (event: JobEvent) => void): () => void;
  /** Takes a checkpoint now. Rejects with CHECKPOINT_FAILED. */
  triggerCheckpoint(): Promise<TriggeredCheckpoint>;
  /**
   * Takes a savepoint while the job runs on, and answers with its folder. Rejects with CHECKPOINT_FAILED, or with
   * CONFIGURATION when no directory is known.
   */
  triggerSavepoint(options?: SavepointOptions): Promise<string>;
  /**
   * Ends the job with a savepoint after which it emits nothing, and answers with the savepoint's folder when the job
   * has FINISHED. Rejects as `triggerSavepoint`, the job running on unless it failed, too, and with STOP_FAILED when the job
   * failed with the savepoint complete.
   */
  stopWithSavepoint(options?: StopOptions): Promise<string>;
  /** Takes a savepoint and cancels the job. What is emitted between the two is emitted again by whoever goes on from it. */
  cancelWithSavepoint(options?: SavepointOptions): Promise<string>;
  /** The accumulators as they were at the end of a subtask or, of those that run, when somebody last looked. */
  accumulators(): JobAccumulators;
  /** What is known of the job's checkpoints. */
  checkpoints(): CheckpointStatistics;
}
