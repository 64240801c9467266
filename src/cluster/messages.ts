/**
 * What the JobManager and its TaskManagers tell each other. Plain data throughout: in one process it is handed over
 * as it is, between threads it is cloned.
 */
import type { SerializedError } from '../core/errors.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import type { ProgramSource } from '../program/load-program.js';
import type { TaskState } from '../runtime/task.js';
import type { Deployment } from '../runtime/deployment.js';

/** What a program learns of a job of its that has ended, so that it can go on. */
export interface EndedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly netRuntimeMs: number;
  readonly accumulators: Readonly<Record<string, unknown>>;
  readonly error?: SerializedError | undefined;
}

/** One subtask's contribution to an accumulator. */
export interface AccumulatorPart {
  readonly name: string;
  readonly kind: string;
  readonly value: unknown;
}

export type ToTaskManager =
  /** Run the program for these slots up to its first `execute`, so that deploying finds it ready. */
  | { readonly type: 'load'; readonly source: ProgramSource; readonly runId: string; readonly slots: readonly number[] }
  /** Run these subtasks of the program's job number `ordinal` (from 0). */
  | { readonly type: 'deploy'; readonly ordinal: number; readonly streamGraph: StreamGraph; readonly deployment: Deployment }
  | { readonly type: 'cancel'; readonly jobId: string }
  | { readonly type: 'add-splits'; readonly jobId: string; readonly vertexId: string; readonly subtask: number; readonly splits: unknown[] }
  | { readonly type: 'no-more-splits'; readonly jobId: string; readonly vertexId: string; readonly subtask: number }
  | { readonly type: 'source-event'; readonly jobId: string; readonly vertexId: string; readonly subtask: number; readonly event: unknown }
  /** The program's job number `ordinal` has ended: the program goes on. */
  | { readonly type: 'job-ended'; readonly ordinal: number; readonly job: EndedJob };

export type FromTaskManager =
  | { readonly type: 'ready' }
  | {
      readonly type: 'task-state';
      readonly jobId: string;
      readonly vertexId: string;
      readonly subtask: number;
      readonly attempt: number;
      readonly state: TaskState;
      readonly error?: SerializedError | undefined;
      readonly accumulators?: readonly AccumulatorPart[] | undefined;
    }
  /** Nothing of the deployment runs. */
  | { readonly type: 'deploy-failed'; readonly jobId: string; readonly error: SerializedError }
  | { readonly type: 'reader-registered'; readonly jobId: string; readonly vertexId: string; readonly subtask: number }
  | { readonly type: 'split-request'; readonly jobId: string; readonly vertexId: string; readonly subtask: number }
  | { readonly type: 'source-event'; readonly jobId: string; readonly vertexId: string; readonly subtask: number; readonly event: unknown }
  /** Values for a collector of the client: by reference in one process, encoded between threads. */
  | { readonly type: 'collect'; readonly jobId: string; readonly collectorId: string; readonly values: unknown[] | ArrayBuffer }
  /** Whoever read the process's standard output has gone. */
  | { readonly type: 'output-closed' };
