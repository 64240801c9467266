/**
 * How a program wants its checkpoints (Flink: `CheckpointConfig`). Every call sets one configuration key; what the
 * program does not set comes from the command line and the configuration file.
 */
import type { Configuration, ConfigOption } from '../core/configuration.js';
import {
  AlignedCheckpointTimeout, CheckpointDirectory, CheckpointInterval, CheckpointIntervalDuringBacklog, CheckpointMode, CheckpointStorageOption, CheckpointTimeout,
  ExternalizedCheckpointRetentionOption, ForceUnalignedCheckpoints, IgnoredInFlightCheckpoint, MaxConcurrentCheckpoints, MinPauseBetweenCheckpoints, TolerableFailedCheckpoints, UnalignedCheckpoints,
  optionOf,
} from '../core/options.js';
import type { DurationLike } from '../core/time.js';
import { badArgument, durationArgument, wholeNumber } from './arguments.js';
import { CheckpointStorage, FileSystemCheckpointStorage } from './checkpoint-storage.js';
import type { ExecutionConfig } from './execution-config.js';

/** What state promises after a failure (Flink: `CheckpointingMode`). */
export const CheckpointingMode = {
  /** Every record counts once. */
  EXACTLY_ONCE: 'EXACTLY_ONCE',
  /** Every record counts; those after a barrier on a faster channel may count twice after a failure. Barriers wait for nothing. */
  AT_LEAST_ONCE: 'AT_LEAST_ONCE',
} as const;
export type CheckpointingMode = (typeof CheckpointingMode)[keyof typeof CheckpointingMode];

/** Which checkpoints stay when a job has ended (Flink: `ExternalizedCheckpointRetention`). None stay of a job that finished. */
export const ExternalizedCheckpointRetention = {
  /** Those of a job that was cancelled or failed. */
  RETAIN_ON_CANCELLATION: 'RETAIN_ON_CANCELLATION',
  /** Those of a job that failed. */
  DELETE_ON_CANCELLATION: 'DELETE_ON_CANCELLATION',
  /** None. */
  NO_EXTERNALIZED_CHECKPOINTS: 'NO_EXTERNALIZED_CHECKPOINTS',
} as const;
export type ExternalizedCheckpointRetention = (typeof ExternalizedCheckpointRetention)[keyof typeof ExternalizedCheckpointRetention];

const MANY = 2 ** 31 - 1;
/** Checkpoints closer together would be all that a job does. */
const LEAST_MS = 10;

export class CheckpointConfig {
  /** Flink's older place and name of `ExternalizedCheckpointRetention`. */
  static readonly ExternalizedCheckpointCleanup = ExternalizedCheckpointRetention;

  constructor(private readonly config: ExecutionConfig) {}

  isCheckpointingEnabled(): boolean {
    return this.config.get(CheckpointInterval) !== undefined;
  }

  /** Takes no checkpoints, whatever the configuration says. */
  disableCheckpointing(): this {
    return this.put(CheckpointInterval, undefined);
  }

  /** How often a checkpoint is taken, at least every 10 ms. Setting it turns checkpoints on. */
  setCheckpointInterval(interval: DurationLike): this {
    return this.put(CheckpointInterval, durationArgument('setCheckpointInterval', interval, LEAST_MS));
  }

  /** Milliseconds; -1 when there are no checkpoints. */
  getCheckpointInterval(): number {
    return this.config.get(CheckpointInterval) ?? -1;
  }

  /**
   * How often a checkpoint is taken while a source works through a backlog (`SplitEnumeratorContext.setIsProcessingBacklog`):
   * 0 for none, or at least every 10 ms and no more often than otherwise. Default: as otherwise.
   */
  setCheckpointIntervalDuringBacklog(interval: DurationLike): this {
    const during = durationArgument('setCheckpointIntervalDuringBacklog', interval, 0);
    return this.put(CheckpointIntervalDuringBacklog, during === 0 ? 0 : durationArgument('setCheckpointIntervalDuringBacklog', interval, LEAST_MS));
  }

  /** Milliseconds; 0 when there are none then, -1 when there are no checkpoints at all. */
  getCheckpointIntervalDuringBacklog(): number {
    return this.isCheckpointingEnabled() ? (this.config.get(CheckpointIntervalDuringBacklog) ?? this.getCheckpointInterval()) : -1;
  }

  setCheckpointingMode(mode: CheckpointingMode): this {
    return this.put(CheckpointMode, oneOf('setCheckpointingMode', CheckpointingMode, mode));
  }

  /** Flink's name since 1.20; the same as `setCheckpointingMode`. */
  setCheckpointingConsistencyMode(mode: CheckpointingMode): this {
    return this.put(CheckpointMode, oneOf('setCheckpointingConsistencyMode', CheckpointingMode, mode));
  }

  /** EXACTLY_ONCE unless set. */
  getCheckpointingMode(): CheckpointingMode {
    return this.config.get(CheckpointMode);
  }

  getCheckpointingConsistencyMode(): CheckpointingMode {
    return this.config.get(CheckpointMode);
  }

  /** A checkpoint that takes longer is given up. Default: 10 minutes; at least 10 ms. */
  setCheckpointTimeout(timeout: DurationLike): this {
    return this.put(CheckpointTimeout, durationArgument('setCheckpointTimeout', timeout, LEAST_MS));
  }

  /** Milliseconds. */
  getCheckpointTimeout(): number {
    return this.config.get(CheckpointTimeout);
  }

  /** Least time between the end of a checkpoint and the start of the next periodic one. Default: 0. */
  setMinPauseBetweenCheckpoints(pause: DurationLike): this {
    return this.put(MinPauseBetweenCheckpoints, durationArgument('setMinPauseBetweenCheckpoints', pause, 0));
  }

  /** Milliseconds. */
  getMinPauseBetweenCheckpoints(): number {
    return this.config.get(MinPauseBetweenCheckpoints);
  }

  /** How many checkpoints may be under way at once. Default: 1. */
  setMaxConcurrentCheckpoints(checkpoints: number): this {
    return this.put(MaxConcurrentCheckpoints, wholeNumber('setMaxConcurrentCheckpoints', checkpoints, 1, MANY, 'a number of checkpoints'));
  }

  getMaxConcurrentCheckpoints(): number {
    return this.config.get(MaxConcurrentCheckpoints);
  }

  /** How many checkpoints in a row may fail before the job does. Default: 0. */
  setTolerableCheckpointFailureNumber(checkpoints: number): this {
    return this.put(TolerableFailedCheckpoints, wholeNumber('setTolerableCheckpointFailureNumber', checkpoints, 0, MANY, 'a number of checkpoints'));
  }

  getTolerableCheckpointFailureNumber(): number {
    return this.config.get(TolerableFailedCheckpoints);
  }

  /** Whether a failed checkpoint fails the job (the default), or any number of them is tolerated. Older than `setTolerableCheckpointFailureNumber`. */
  setFailOnCheckpointingErrors(fail: boolean): this {
    return this.put(TolerableFailedCheckpoints, fail ? 0 : MANY);
  }

  isFailOnCheckpointingErrors(): boolean {
    return this.config.get(TolerableFailedCheckpoints) === 0;
  }

  /** Lets barriers overtake records in flight, which are then stored with the state. Needs EXACTLY_ONCE and one checkpoint at a time. */
  enableUnalignedCheckpoints(enabled = true): this {
    return this.put(UnalignedCheckpoints, enabled);
  }

  disableUnalignedCheckpoints(): this {
    return this.enableUnalignedCheckpoints(false);
  }

  isUnalignedCheckpointsEnabled(): boolean {
    return this.config.get(UnalignedCheckpoints);
  }

  /**
   * Whether barriers may overtake records also in jobs with custom partitioners or iterations, which are refused otherwise.
   * What was in flight there may come back to other subtasks than the partitioner would choose when the parallelism
   * changes. Default: no.
   */
  setForceUnalignedCheckpoints(forced: boolean): this {
    return this.put(ForceUnalignedCheckpoints, forced);
  }

  isForceUnalignedCheckpoints(): boolean {
    return this.config.get(ForceUnalignedCheckpoints);
  }

  /** Leaves out the records in flight of this one checkpoint when the job goes on from it: they are lost. -1, the default, for none. */
  setCheckpointIdOfIgnoredInFlightData(checkpointId: number): this {
    return this.put(IgnoredInFlightCheckpoint, wholeNumber('setCheckpointIdOfIgnoredInFlightData', checkpointId, -1, Number.MAX_SAFE_INTEGER, 'the id of a checkpoint'));
  }

  /** -1 for none. */
  getCheckpointIdOfIgnoredInFlightData(): number {
    return this.config.get(IgnoredInFlightCheckpoint);
  }

  /** How old a checkpoint may get while barriers wait for each other, before they overtake. Default: 0, they overtake at once. */
  setAlignedCheckpointTimeout(timeout: DurationLike): this {
    return this.put(AlignedCheckpointTimeout, durationArgument('setAlignedCheckpointTimeout', timeout, 0));
  }

  /** Milliseconds. */
  getAlignedCheckpointTimeout(): number {
    return this.config.get(AlignedCheckpointTimeout);
  }

  /** Which checkpoints stay when the job has ended. Default: none. */
  setExternalizedCheckpointRetention(retention: ExternalizedCheckpointRetention): this {
    return this.put(ExternalizedCheckpointRetentionOption, oneOf('setExternalizedCheckpointRetention', ExternalizedCheckpointRetention, retention));
  }

  getExternalizedCheckpointRetention(): ExternalizedCheckpointRetention {
    return this.config.get(ExternalizedCheckpointRetentionOption);
  }

  /** Flink's name before 1.15; the same as `setExternalizedCheckpointRetention`. */
  enableExternalizedCheckpoints(cleanup: ExternalizedCheckpointRetention): this {
    return this.put(ExternalizedCheckpointRetentionOption, oneOf('enableExternalizedCheckpoints', ExternalizedCheckpointRetention, cleanup));
  }

  /** @deprecated Flink's older name of `setAlignedCheckpointTimeout`. */
  setAlignmentTimeout(timeout: DurationLike): this {
    return this.setAlignedCheckpointTimeout(timeout);
  }

  /** @deprecated Flink's older name of `getAlignedCheckpointTimeout`. */
  getAlignmentTimeout(): number {
    return this.getAlignedCheckpointTimeout();
  }

  /** Flink's name from 1.15 to 1.20; the same as `setExternalizedCheckpointRetention`. */
  setExternalizedCheckpointCleanup(cleanup: ExternalizedCheckpointRetention): this {
    return this.put(ExternalizedCheckpointRetentionOption, oneOf('setExternalizedCheckpointCleanup', ExternalizedCheckpointRetention, cleanup));
  }

  getExternalizedCheckpointCleanup(): ExternalizedCheckpointRetention {
    return this.getExternalizedCheckpointRetention();
  }

  isExternalizedCheckpointsEnabled(): boolean {
    return this.getExternalizedCheckpointRetention() !== ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS;
  }

  /** Where checkpoints are kept: a folder (a path or a `file:` URL), or one of the storages. */
  setCheckpointStorage(storage: string | URL | CheckpointStorage): this {
    const chosen = typeof storage === 'string' || storage instanceof URL ? new FileSystemCheckpointStorage(storage) : storage;
    if (!(chosen instanceof CheckpointStorage)) throw badArgument('setCheckpointStorage', 'a folder or a checkpoint storage', storage);
    chosen.configure(this.config.own);
    return this;
  }

  /** The folder that checkpoints are kept in, if there is one. */
  getCheckpointDirectory(): string | undefined {
    return this.config.get(CheckpointStorageOption) === 'jobmanager' ? undefined : this.config.get(CheckpointDirectory);
  }

  /** Sets whatever of another configuration is about checkpoints and state, and leaves the rest. */
  configure(configuration: Configuration): void {
    for (const [key, { value, origin }] of configuration.entries()) {
      if (/^(?:execution\.checkpointing|state)\./.test(key)) this.config.own.set(optionOf(key, origin), value, origin);
    }
  }

  private put<T>(option: ConfigOption<T>, value: T): this {
    this.config.own.set(option, value);
    return this;
  }
}

function oneOf<const T extends Readonly<Record<string, string>>>(call: string, words: T, given: T[keyof T]): T[keyof T] {
  if (!Object.hasOwn(words, given)) throw badArgument(call, `one of ${Object.keys(words).join(', ')}`, given);
  return given;
}
