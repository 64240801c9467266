/**
 * The source contract: splits found by an enumerator on the JobManager, read by readers in the subtasks
 * (Flink: FLIP-27 `Source`, `SplitEnumerator`, `SourceReader`).
 *
 * Invariants:
 * - A split is plain data: it travels between threads and is stored in snapshots.
 * - `pollNext` never blocks and returns soon: it emits what is at hand, up to a few thousand records, and stops
 *   early when `output.full` turns true.
 * - After `END_OF_INPUT` the reader is not polled again.
 */
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import type { FunctionLifeCycleCalls } from './operator.js';
import type { MetricGroup } from './metric-group.js';
import type { RuntimeContext } from './runtime-context.js';
import type { Watermark } from '../core/watermark.js';

export type Boundedness = 'BOUNDED' | 'CONTINUOUS_UNBOUNDED';

/** What `pollNext` answers. */
export type InputStatus =
  /** Poll again soon: there is more. */
  | 'MORE_AVAILABLE'
  /** Nothing now: poll again when `isAvailable()` resolves. */
  | 'NOTHING_AVAILABLE'
  /** All assigned splits are read and no more will come. */
  | 'END_OF_INPUT';

export interface Source<T, SplitT = unknown, CheckpointT = unknown> {
  readonly boundedness: Boundedness;
  /** False for a source that only one subtask can read: it then runs with parallelism 1 unless told otherwise. Default: true. */
  readonly parallel?: boolean;
  /** False for a source that cannot be read again: what it gave since the last checkpoint is lost with a failure. */
  readonly replays?: boolean;
  /** Its readers emit through `createOutputForSplit`: watermarks are made for each split. Default: for each subtask. */
  readonly emitsPerSplit?: boolean;
  /** False for a source that is known to give its records no timestamps. */
  readonly givesTimestamps?: false;
  createReader(context: SourceReaderContext<SplitT>): SourceReader<T, SplitT>;
  createEnumerator(context: SplitEnumeratorContext<SplitT>): SplitEnumerator<SplitT, CheckpointT>;
  /** Continues from what `snapshotState` returned. */
  restoreEnumerator(context: SplitEnumeratorContext<SplitT>, checkpoint: CheckpointT): SplitEnumerator<SplitT, CheckpointT>;
}

export interface ReaderOutput<T> {
  /** Emits a record; without a timestamp it carries none. */
  collect(value: T, timestamp?: number): void;
  /** Downstream has no room, or the reader's turn is over: stop emitting and return `MORE_AVAILABLE`. */
  readonly full: boolean;
  /** Promises that no later record of this reader carries a timestamp at or below this one. Absent in a host that takes none. */
  emitWatermark?(watermark: Watermark | number): void;
  /** Says that downstream need not wait for this reader's watermarks until it emits again or `markActive` is called. */
  markIdle?(): void;
  markActive?(): void;
  /**
   * The output of one of the splits that the reader reads at the same time. Each has a watermark of its own, by a generator
   * of its own where `fromSource` was given a strategy, and the smallest of those that are not idle is the subtask's. Asking
   * twice gives the same. Only a source that says `emitsPerSplit` has outputs of splits, in a host that knows them.
   */
  createOutputForSplit?(splitId: string): ReaderOutput<T>;
  /** The split has been read: it holds nobody back any more. */
  releaseOutputForSplit?(splitId: string): void;
}

/** The checkpoint that is about to be taken, and when it was triggered (epoch milliseconds). */
export interface SnapshotMoment {
  readonly checkpointId: number;
  readonly timestamp: number;
}

export interface SourceReader<T, SplitT = unknown> {
  start?(): void | Promise<void>;
  pollNext(output: ReaderOutput<T>): InputStatus;
  /** Resolves when polling again is worth it. Asked only after `NOTHING_AVAILABLE`. */
  isAvailable(): Promise<void>;
  addSplits(splits: SplitT[]): void;
  notifyNoMoreSplits(): void;
  /** The splits as they stand: what is left to read of each. */
  snapshotState(checkpointId: number): SplitT[];
  /**
   * A checkpoint is about to be taken: the last chance to emit what belongs before it, whether the output is full or
   * not, and to bring up to date what else the reader keeps (`context.lifeCycleOf`). No record is taken while the promise is
   * pending; `snapshotState` follows.
   */
  prepareSnapshot?(checkpoint: SnapshotMoment, output: ReaderOutput<T>): void | Promise<void>;
  /** While the reader does something that no checkpoint may cut in two: resolves when that may be over. */
  holdsSnapshots?(): Promise<void> | undefined;
  /**
   * Sources are aligned (`withWatermarkAlignment`), and these of the splits that the reader reads at the same time are too
   * far ahead, or no longer are, by the ids that `createOutputForSplit` was given. A reader of which all splits are
   * paused answers `NOTHING_AVAILABLE`, and its `isAvailable()` resolves when some are resumed. Without this method a job
   * fails when a split is to be paused, unless `pipeline.watermark-alignment.allow-unaligned-source-splits` allows it.
   */
  pauseOrResumeSplits?(splitsToPause: readonly string[], splitsToResume: readonly string[]): void;
  handleSourceEvent?(event: unknown): void;
  notifyCheckpointComplete?(checkpointId: number): void | Promise<void>;
  notifyCheckpointAborted?(checkpointId: number): void | Promise<void>;
  close?(): void | Promise<void>;
}

export interface SourceReaderContext<SplitT = unknown> {
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** What rich functions in a source see of the runtime. Absent in a host without one. */
  readonly runtime?: RuntimeContext;
  /** Time as the subtask sees it. Absent in a host without one. */
  readonly clock?: Clock;
  /** The life of an author's function that the reader runs, and the state that it keeps. Absent in a host without state. */
  lifeCycleOf?(fn: object): FunctionLifeCycleCalls;
  /** How the job reaches file systems other than the machine’s own: its keys `s3.…`. Absent: by their defaults. */
  readonly fileSystems?: Configuration;
  /** Asks the enumerator for a split; it answers with `addSplits` or `notifyNoMoreSplits`. */
  sendSplitRequest(): void;
  sendSourceEvent(event: unknown): void;
  /** Phantom: binds the split type. */
  readonly splitType?: SplitT;
}

export interface SplitEnumerator<SplitT, CheckpointT = unknown> {
  start?(): void | Promise<void>;
  handleSplitRequest(subtask: number): void;
  /** Splits of a failed reader come back. */
  addSplitsBack(splits: SplitT[], subtask: number): void;
  addReader(subtask: number): void;
  snapshotState(checkpointId: number): CheckpointT;
  handleSourceEvent?(subtask: number, event: unknown): void;
  notifyCheckpointComplete?(checkpointId: number): void;
  /** A checkpoint that it has been asked for came to nothing. */
  notifyCheckpointAborted?(checkpointId: number): void;
  close?(): void | Promise<void>;
}

export interface SplitEnumeratorContext<SplitT> {
  /** Parallelism of the source. */
  currentParallelism(): number;
  /** Subtasks whose readers have registered. */
  registeredReaders(): readonly number[];
  assignSplit(split: SplitT, subtask: number): void;
  signalNoMoreSplits(subtask: number): void;
  sendEventToSourceReader(subtask: number, event: unknown): void;
  /** Metrics of the enumerator (Flink: `metricGroup`). Absent in a host that keeps none. */
  metricGroup?(): MetricGroup;
  /** How the job reaches file systems other than the machine’s own: its keys `s3.…`. Absent: by their defaults. */
  readonly fileSystems?: Configuration;
  /**
   * Says that what is read now is a backlog: it came long ago, and nobody waits for its results. While any source says so,
   * `execution.checkpointing.interval-during-backlog` counts. A new enumerator begins without. Absent in a host without
   * checkpoints.
   */
  setIsProcessingBacklog?(isProcessingBacklog: boolean): void;
  /** Runs asynchronous work; its result (or error) comes back through `handle`, and an unhandled error fails the job. */
  callAsync<R>(work: () => Promise<R>, handle: (result: R | undefined, error: unknown) => void): void;
}
