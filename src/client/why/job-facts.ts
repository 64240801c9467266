/**
 * What is known of a job when somebody asks why it does not get on: plain data, gathered from its cluster.
 *
 * Times are epoch milliseconds by the cluster's clock, durations milliseconds, shares of time from 0 to 1.
 */
import type { Standstill } from '../../cluster/standstill.js';

/** How a subtask spends its time. */
export interface SubtaskLoad {
  /** From 0. */
  readonly subtask: number;
  readonly busy: number;
  readonly idle: number;
  readonly backPressured: number;
}

export interface VertexFacts {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  /** Ids of the vertices upstream; none for a source. */
  readonly inputs: readonly string[];
  /** How many subtasks are in which state. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly loads: readonly SubtaskLoad[];
  /** Of a source: since when none of its subtasks has had a record; undefined where that is not known. */
  readonly recordlessMs: number | undefined;
}

export interface FailureFact {
  readonly time: number;
  /** Its first line. */
  readonly message: string;
  /** `Map (1/2) - execution #0`; undefined when the job failed as a whole. */
  readonly task: string | undefined;
  /** The author's own line: `job.ts:5:3`. */
  readonly place: string | undefined;
}

/** How one subtask got through a checkpoint, or has not yet. */
export interface SubtaskCheckpointFact {
  readonly vertex: string;
  readonly subtask: number;
  readonly parallelism: number;
  /** Undefined: it has not acknowledged the checkpoint. */
  readonly took: { readonly endToEndMs: number; readonly startDelayMs: number; readonly alignmentMs: number; readonly syncMs: number; readonly asyncMs: number } | undefined;
}

export interface CheckpointFact {
  readonly id: number;
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly savepoint: boolean;
  readonly triggered: number;
  readonly durationMs: number;
  readonly message: string | undefined;
  /** Those that hold it up, or took longest; empty where nobody asked. */
  readonly subtasks: readonly SubtaskCheckpointFact[];
}

export interface CheckpointFacts {
  /** Undefined: only when somebody asks. */
  readonly intervalMs: number | undefined;
  /** Newest first. */
  readonly history: readonly CheckpointFact[];
  /** The last one that is complete, also when the history has forgotten it. */
  readonly lastCompleted: CheckpointFact | undefined;
}

export interface SlotFacts {
  readonly total: number;
  readonly free: number;
  /** How many the job needs, where that is known. */
  readonly needed: number | undefined;
}

export interface JobFacts {
  readonly jobId: string;
  readonly name: string;
  readonly state: string;
  /** Since when it is in that state. */
  readonly since: number;
  readonly now: number;
  readonly vertices: readonly VertexFacts[];
  readonly standstill: Standstill | undefined;
  readonly restarts: number;
  /** Newest first. */
  readonly failures: readonly FailureFact[];
  readonly checkpoints: CheckpointFacts | undefined;
  /** Of its cluster; only asked for while the job has not come to run. */
  readonly slots: SlotFacts | undefined;
}
