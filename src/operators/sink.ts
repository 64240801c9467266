/**
 * The sink contract (Flink: Sink V2 `Sink`, `SinkWriter`, `Committer`, and the `Supports…` interfaces, which are optional
 * methods here).
 *
 * Life of a sink whose records become visible once only:
 *   write* → at a checkpoint: flush, prepareCommit, snapshotState → the checkpoint is complete everywhere → commit
 * What `prepareCommit` answered is stored with the checkpoint. After a restore everything that the snapshot holds is
 * committed again, before the first record; without checkpoints, everything is committed once at the end of the input.
 *
 * Invariants:
 * - `write` may return a promise; the runtime then takes no more input until it settles, and never calls `write`
 *   again before it has.
 * - `flush` settles when everything written before is handed to the outside world.
 */
import type { MetricGroup } from './metric-group.js';
import type { JobInfo, RuntimeContext, TaskInfo } from './runtime-context.js';
import type { Mailbox, OperatorHost } from './operator.js';
import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';

/**
 * @typeParam COMMITTABLE what a committer needs to know to make records visible; plain data, stored with checkpoints.
 * @typeParam STATE what a writer keeps over a restart; plain data.
 * @typeParam RESULT what a writer prepares, where a topology before the committer makes committables of it.
 */
export interface Sink<T, COMMITTABLE = never, STATE = never, RESULT = COMMITTABLE> {
  createWriter(context: SinkWriterContext): SinkWriter<T, RESULT, STATE> | Promise<SinkWriter<T, RESULT, STATE>>;
  /** Goes on from what writers stored: those of this subtask, or, after a change of parallelism, of several or of none (Flink: `SupportsWriterState`). */
  restoreWriter?(context: SinkWriterContext, states: readonly STATE[]): SinkWriter<T, RESULT, STATE> | Promise<SinkWriter<T, RESULT, STATE>>;
  /** Makes what writers have prepared visible; one in each subtask (Flink: `SupportsCommitter`). */
  createCommitter?(context: SinkWriterContext): Committer<COMMITTABLE> | Promise<Committer<COMMITTABLE>>;
  /**
   * One committer for all subtasks, which gets everything that they have prepared for a checkpoint at once; beside
   * `createCommitter` everything that their committers have committed for it, after that. For what has to become visible as a whole, such as a file that lists files (Flink:
   * `SupportsPostCommitTopology` with `StandardSinkTopologies.addGlobalCommitter`).
   */
  createGlobalCommitter?(context: SinkWriterContext): Committer<COMMITTABLE> | Promise<Committer<COMMITTABLE>>;
}

/** What writers and committers are told when they are made (Flink: `WriterInitContext`, `CommitterInitContext`). */
export interface SinkWriterContext {
  readonly runtime: RuntimeContext;
  readonly mailbox: Mailbox;
  readonly host: OperatorHost;
  readonly clock: Clock;
  readonly random: Random;
  getTaskInfo(): TaskInfo;
  getJobInfo(): JobInfo;
  /** Metrics of the operator. */
  metricGroup(): MetricGroup;
  /** The checkpoint or savepoint that the job goes on from; null when it starts afresh. */
  getRestoredCheckpointId(): number | null;
  isObjectReuseEnabled(): boolean;
  /** Brings calls back between two records: the same as `mailbox`. */
  getMailboxExecutor(): Mailbox;
  getProcessingTimeService(): ProcessingTimeService;
}

/** Time by the clock, and timers that fire between two records. Those that wait when the operator closes never do. */
export interface ProcessingTimeService {
  /** Epoch milliseconds. */
  getCurrentProcessingTime(): number;
  /** @param time epoch milliseconds; one that has passed is now. */
  registerTimer(time: number, callback: ProcessingTimeCallback): void;
}

export type ProcessingTimeCallback = ((time: number) => void) | { onProcessingTime(time: number): void };

/** The facts of the record being written. */
export interface SinkContext {
  /** Event time of the record in milliseconds, or null when it has none. */
  timestamp(): number | null;
  /** Event time of the sink. */
  currentWatermark(): number;
  /** Wall-clock time in milliseconds. */
  currentProcessingTime(): number;
}

export interface SinkWriter<T, COMMITTABLE = never, STATE = never> {
  write(value: T, context: SinkContext): void | Promise<void>;
  /** Called when the task has nothing else to do, before a snapshot, and with `endOfInput` at the end. */
  flush(endOfInput: boolean): void | Promise<void>;
  writeWatermark?(timestamp: number): void;
  /**
   * At a checkpoint, after `flush`: what is to be committed once the checkpoint is complete. It must survive the end of
   * this process from now on (Flink: `CommittingSinkWriter`).
   */
  prepareCommit?(): readonly COMMITTABLE[] | Promise<readonly COMMITTABLE[]>;
  /** At a checkpoint, after `prepareCommit`: what the writer needs to go on after a restart (Flink: `StatefulSinkWriter`). */
  snapshotState?(checkpointId: number): readonly STATE[] | Promise<readonly STATE[]>;
  /** Frees resources; called exactly once, also after a failure. */
  close?(): void | Promise<void>;
}

/** Commits what writers prepared. It must bear being asked to commit the same thing again. */
export interface Committer<COMMITTABLE> {
  /** Commits each request, or says of each what is to become of it. An error fails the task, and all are tried again after the restart. */
  commit(requests: readonly CommitRequest<COMMITTABLE>[]): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** One thing to commit (Flink: `Committer.CommitRequest`). A request of which nothing is said counts as committed. */
export interface CommitRequest<COMMITTABLE> {
  getCommittable(): COMMITTABLE;
  /** How often it has been tried before: 0 the first time. */
  getNumberOfRetries(): number;
  /** Not now: it is tried again a second later. */
  retryLater(): void;
  /** The same with another committable, when a part of it is done. */
  updateAndRetryLater(committable: COMMITTABLE): void;
  /** It can never be committed, and why is known: it is dropped with a warning. */
  signalFailedWithKnownReason(error: unknown): void;
  /** It could not be committed and nobody knows why: the task fails. */
  signalFailedWithUnknownReason(error: unknown): void;
  /** It was committed before, by an attempt that failed after it. */
  signalAlreadyCommitted(): void;
}
