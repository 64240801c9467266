/**
 * What the JobManager and its TaskManagers tell each other. Plain data throughout: in one process it is handed over
 * as it is, between threads it is cloned.
 */
import type { CheckpointBarrier, CheckpointFailureReason } from '../core/checkpoint.js';
import type { SerializedError } from '../core/errors.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import type { ProgramSource } from '../program/load-program.js';
import type { AttemptId } from './execution/execution-graph.js';
import type { GarbageCollector } from './garbage-collections.js';
import type { TaskState } from '../runtime/task-parts.js';
import type { SnapshotMetrics } from '../checkpoint/snapshot-metrics.js';
import type { Deployment } from '../runtime/deployment.js';
import type { OperatorMetrics, SubtaskReport } from '../runtime/operator-metrics.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';

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

/** How a TaskManager's thread stands with memory, in bytes. */
export interface ThreadMemory {
  readonly heapUsed: number;
  readonly heapCommitted: number;
  readonly heapMax: number;
  /** Outside the heap: of buffers and of native code. */
  readonly external: number;
  readonly garbageCollectors: readonly GarbageCollector[];
}

/** One attempt of one subtask. */
interface OfAttempt extends AttemptId {
  readonly jobId: string;
}

export type ToTaskManager =
  /** Run the program for these slots up to its first `execute`, so that deploying finds it ready. */
  | { readonly type: 'load'; readonly source: ProgramSource; readonly runId: string; readonly slots: readonly number[] }
  /**
   * Run these subtasks of the program's job number `ordinal` (from 0). Their functions come from run `run` of the program:
   * 0 is the one that all of its jobs share, each restart takes another.
   */
  | { readonly type: 'deploy'; readonly ordinal: number; readonly run: number; readonly streamGraph: StreamGraph; readonly deployment: Deployment }
  | { readonly type: 'cancel'; readonly jobId: string; readonly attempts: readonly AttemptId[] }
  /**
   * To every task of a staged job: all have opened their operators, now input may come, and sinks may open, unless they are
   * to wait for `open-sinks`.
   */
  | { readonly type: 'begin'; readonly jobId: string; readonly sinks: boolean }
  | { readonly type: 'open-sinks'; readonly jobId: string }
  | { readonly type: 'add-splits'; readonly jobId: string; readonly vertexId: string; readonly subtask: number; readonly splits: unknown[] }
  | { readonly type: 'no-more-splits'; readonly jobId: string; readonly vertexId: string; readonly subtask: number }
  | { readonly type: 'source-event'; readonly jobId: string; readonly vertexId: string; readonly subtask: number; readonly event: unknown }
  /** To a task without upstream tasks: take this checkpoint and send its barrier on. */
  | ({ readonly type: 'trigger-checkpoint'; readonly barrier: CheckpointBarrier } & OfAttempt)
  /** To every task of the job. */
  | { readonly type: 'checkpoint-complete'; readonly jobId: string; readonly checkpointId: number }
  | { readonly type: 'checkpoint-aborted'; readonly jobId: string; readonly checkpointId: number }
  /** Say what the metrics of the job's operators are now: answered with `metrics`. */
  | { readonly type: 'report-metrics'; readonly jobId: string }
  /** Say what the job's tasks have added up so far: answered with `accumulators`. */
  | { readonly type: 'report-accumulators'; readonly jobId: string }
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
      /** The attempt whose kept result it could not read, when that is why it failed. */
      readonly lost?: AttemptId | undefined;
      readonly accumulators?: readonly AccumulatorPart[] | undefined;
      /** The last there will be, when the task is over. */
      readonly metrics?: readonly OperatorMetrics[] | undefined;
    }
  /** A task of a staged job has opened its operators, with what they go on from, and waits for `begin`. */
  | ({ readonly type: 'task-opened' } & OfAttempt)
  /** Of operators of a staged task: the first key has come and fits the snapshot, or, not `seen`, none will come. */
  | ({ readonly type: 'keys-known'; readonly operatorIds: readonly string[]; readonly seen: boolean } & OfAttempt)
  | ({
      readonly type: 'checkpoint-acknowledged';
      readonly checkpointId: number;
      /** By operator id; operators without state are not named. */
      readonly operators: Readonly<Record<string, OperatorSubtaskState>>;
      readonly metrics: SnapshotMetrics;
      /** All operators of the task had finished before: they are not to run again after a restore. */
      readonly finished: boolean;
    } & OfAttempt)
  | ({ readonly type: 'checkpoint-declined'; readonly checkpointId: number; readonly reason: CheckpointFailureReason; readonly error?: SerializedError | undefined } & OfAttempt)
  /** All input has ended and every operator has finished; the task waits for its last checkpoint. */
  | ({ readonly type: 'end-of-data' } & OfAttempt)
  | { readonly type: 'accumulators'; readonly jobId: string; readonly subtasks: readonly (AttemptId & { readonly parts: readonly AccumulatorPart[] })[] }
  | { readonly type: 'metrics'; readonly jobId: string; readonly subtasks: readonly SubtaskReport[]; readonly memory?: ThreadMemory | undefined }
  /** None of these attempts, which were deployed together, runs. */
  | { readonly type: 'deploy-failed'; readonly jobId: string; readonly attempts: readonly AttemptId[]; readonly error: SerializedError }
  | ({ readonly type: 'reader-registered' } & OfAttempt)
  | ({ readonly type: 'split-request' } & OfAttempt)
  | ({ readonly type: 'source-event'; readonly event: unknown } & OfAttempt)
  /** Values for a collector of the client: by reference in one process, encoded between threads. */
  | { readonly type: 'collect'; readonly jobId: string; readonly collectorId: string; readonly values: unknown[] | ArrayBuffer }
  /** Whoever read the process's standard output has gone. */
  | { readonly type: 'output-closed' };
