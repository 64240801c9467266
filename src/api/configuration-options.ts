/**
 * Options under the names that Flink's classes give them, for `Configuration.set`. docs/configuration.md describes them, and has
 * more of them, by their keys.
 */
import * as options from '../core/options.js';

export const CoreOptions = { DEFAULT_PARALLELISM: options.ParallelismDefault } as const;

export const ExecutionOptions = { RUNTIME_MODE: options.RuntimeMode, BUFFER_TIMEOUT: options.BufferTimeout } as const;

export const PipelineOptions = {
  NAME: options.PipelineName,
  MAX_PARALLELISM: options.MaxParallelism,
  OBJECT_REUSE: options.ObjectReuse,
  OPERATOR_CHAINING: options.OperatorChaining,
  OPERATOR_CHAINING_CHAIN_OPERATORS_WITH_DIFFERENT_MAX_PARALLELISM: options.ChainDifferentMaxParallelism,
  AUTO_GENERATE_UIDS: options.AutoGenerateUids,
  AUTO_WATERMARK_INTERVAL: options.AutoWatermarkInterval,
  ALLOW_UNALIGNED_SOURCE_SPLITS: options.AllowUnalignedSplits,
  GLOBAL_JOB_PARAMETERS: options.GlobalJobParameters,
  CACHED_FILES: options.CachedFiles,
} as const;

export const CheckpointingOptions = {
  CHECKPOINTING_INTERVAL: options.CheckpointInterval,
  CHECKPOINTING_INTERVAL_DURING_BACKLOG: options.CheckpointIntervalDuringBacklog,
  CHECKPOINTING_CONSISTENCY_MODE: options.CheckpointMode,
  CHECKPOINTING_TIMEOUT: options.CheckpointTimeout,
  MIN_PAUSE_BETWEEN_CHECKPOINTS: options.MinPauseBetweenCheckpoints,
  MAX_CONCURRENT_CHECKPOINTS: options.MaxConcurrentCheckpoints,
  TOLERABLE_FAILURE_NUMBER: options.TolerableFailedCheckpoints,
  EXTERNALIZED_CHECKPOINT_RETENTION: options.ExternalizedCheckpointRetentionOption,
  ENABLE_UNALIGNED: options.UnalignedCheckpoints,
  FORCE_UNALIGNED: options.ForceUnalignedCheckpoints,
  ALIGNED_CHECKPOINT_TIMEOUT: options.AlignedCheckpointTimeout,
  CHECKPOINT_STORAGE: options.CheckpointStorageOption,
  CHECKPOINTS_DIRECTORY: options.CheckpointDirectory,
  SAVEPOINT_DIRECTORY: options.SavepointDirectory,
  MAX_RETAINED_CHECKPOINTS: options.RetainedCheckpoints,
  INCREMENTAL_CHECKPOINTS: options.IncrementalCheckpoints,
  FS_SMALL_FILE_THRESHOLD: options.CheckpointInlineThreshold,
  ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH: options.CheckpointsAfterTasksFinish,
} as const;

/** Their place before Flink 1.20. */
export const ExecutionCheckpointingOptions = {
  ...CheckpointingOptions,
  CHECKPOINTING_MODE: options.CheckpointMode,
  EXTERNALIZED_CHECKPOINT: options.ExternalizedCheckpointRetentionOption,
  CHECKPOINT_ID_OF_IGNORED_IN_FLIGHT_DATA: options.IgnoredInFlightCheckpoint,
} as const;

export const StateBackendOptions = { STATE_BACKEND: options.StateBackendType } as const;

export const StateRecoveryOptions = {
  SAVEPOINT_PATH: options.RestorePath,
  SAVEPOINT_IGNORE_UNCLAIMED_STATE: options.IgnoreUnclaimedState,
  RESTORE_MODE: options.ClaimMode,
  CHECKPOINT_ID_OF_IGNORED_IN_FLIGHT_DATA: options.IgnoredInFlightCheckpoint,
  LOCAL_RECOVERY: options.LocalRecovery,
} as const;

export const RestartStrategyOptions = {
  RESTART_STRATEGY: options.RestartStrategyType,
  RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS: options.FixedDelayAttempts,
  RESTART_STRATEGY_FIXED_DELAY_DELAY: options.FixedDelay,
  RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL: options.FailureRateMax,
  RESTART_STRATEGY_FAILURE_RATE_FAILURE_RATE_INTERVAL: options.FailureRateInterval,
  RESTART_STRATEGY_FAILURE_RATE_DELAY: options.FailureRateDelay,
  RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF: options.ExponentialInitialBackoff,
  RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF: options.ExponentialMaxBackoff,
  RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER: options.ExponentialMultiplier,
  RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD: options.ExponentialResetThreshold,
  RESTART_STRATEGY_EXPONENTIAL_DELAY_JITTER_FACTOR: options.ExponentialJitter,
  RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS: options.ExponentialAttempts,
} as const;

export const SinkOptions = { COMMITTER_RETRIES: options.SinkCommitterRetries } as const;

export const RestOptions = { PORT: options.RestPort, BIND_ADDRESS: options.RestBindAddress, ADDRESS: options.RestAddress } as const;

export const TaskManagerOptions = { NUM_TASK_SLOTS: options.TaskSlots, TASK_HEAP_MEMORY: options.TaskManagerHeap } as const;
