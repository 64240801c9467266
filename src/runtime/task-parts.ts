/**
 * What a task is made of, and whom it tells of what becomes of it.
 */
import type { FileStore } from '../checkpoint/file-store.js';
import type { CheckpointFailureReason } from '../core/checkpoint.js';
import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { TaskRestore } from './deployment.js';
import type { DirectCall } from './direct-call.js';
import type { LabelledOperator } from './failure.js';
import type { TaskGate } from './gate.js';
import type { OperatorChain } from './operator-chain.js';
import type { RecordWriter } from './record-writer.js';
import type { Task } from './task.js';
import type { TaskInput } from './task-input.js';
import type { TaskMetrics } from './task-metrics.js';
import type { StoredSnapshot } from './task-snapshot.js';

export type TaskState = 'INITIALIZING' | 'RUNNING' | 'FINISHED' | 'CANCELED' | 'FAILED';

/** Records that reach an operator of this task by another way than its input: an iteration's feedback. */
export interface FeedbackFeed {
  /** Delivers what waits now; true when something was delivered. */
  deliver(): boolean;
}

export interface TaskListener {
  state(task: Task, state: TaskState, error?: Error): void;
  /** A staged task has opened what it may before the whole job begins. */
  opened(task: Task): void;
  /**
   * The keys of these operators of a staged task are known: the first has come and is of the type that the snapshot has,
   * or (`seen` is false) none will come.
   */
  keysKnown(task: Task, operatorIds: readonly string[], seen: boolean): void;
  /** The task's part of a checkpoint is stored. */
  acknowledged(task: Task, snapshot: StoredSnapshot): void;
  /** The task has no part in a checkpoint, which cannot become complete. */
  declined(task: Task, checkpointId: number, reason: CheckpointFailureReason, error?: Error): void;
  /** All operators have finished; the task waits for its last checkpoint. */
  endOfData(task: Task): void;
}

export interface TaskParts {
  readonly name: string;
  readonly vertexId: string;
  readonly subtask: number;
  readonly attempt: number;
  readonly head: LabelledOperator;
  /** Under which the chain's operators are found by failures; forgotten when the task is over. */
  readonly labels: readonly number[];
  readonly chain: OperatorChain;
  /** Undefined for a task that another one drives. */
  readonly input: TaskInput | undefined;
  readonly isSource: boolean;
  readonly writers: readonly RecordWriter[];
  /** Tasks that this task's chain calls directly. */
  readonly calls: readonly DirectCall[];
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  readonly clock: Clock;
  readonly random: Random;
  /** Where snapshots are; this machine's file system unless given. */
  readonly files?: FileStore | undefined;
  readonly listener: TaskListener;
  /** Of values that were stored in flight. */
  readonly classes: ClassRegistry;
  /** What the task goes on from; undefined in a job that starts afresh. */
  readonly restore: TaskRestore | undefined;
  /**
   * Input is taken only when `begin` is called, after the operators of all tasks have been opened; sinks are opened then,
   * or when `openSinks` is called.
   */
  readonly staged: boolean;
  /** Having finished, the task waits for one more checkpoint, with which its sinks commit. */
  readonly awaitsFinalCheckpoint: boolean;
  /** Makes the loop run the task soon. */
  readonly wake: () => void;
}
