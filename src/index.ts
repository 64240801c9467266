/**
 * What a job imports. Everything here is for jobs; nothing else of the package is.
 */

import { setDefaultPipelineExecutor } from './program/pipeline-executor.js';

// A program that was not started by `flink run` (by `node job.js`, in a test) runs on a cluster inside its own thread.
setDefaultPipelineExecutor(async () => (await import('./client/local-executor.js')).localExecutor());

/** Where a program starts, and what it sets. */
export { RuntimeExecutionMode, StreamExecutionEnvironment, type ProgramConfiguration } from './api/stream-execution-environment.js';
export type { JobListener } from './api/job-listener.js';
export { ExecutionConfig, type GlobalParameters } from './api/execution-config.js';
export { Configuration, type OptionValue } from './api/program-configuration.js';
export {
  CheckpointingOptions, CoreOptions, ExecutionCheckpointingOptions, ExecutionOptions, PipelineOptions, RestartStrategyOptions, RestOptions, SinkOptions, StateBackendOptions, StateRecoveryOptions, TaskManagerOptions,
} from './api/configuration-options.js';

export { RecoveryClaimMode, RestoreMode, SavepointRestoreSettings } from './api/savepoint-restore-settings.js';

/** Fault tolerance: checkpoints, where state and checkpoints are kept, restarts. */
export { CheckpointConfig, CheckpointingMode, ExternalizedCheckpointRetention } from './api/checkpoint-config.js';
export { CheckpointStorage, FileSystemCheckpointStorage, JobManagerCheckpointStorage } from './api/checkpoint-storage.js';
export {
  EmbeddedRocksDBStateBackend, FsStateBackend, HashMapStateBackend, LevelStateBackend, MemoryStateBackend, RocksDBStateBackend, StateBackend,
} from './api/state-backends.js';
export { RestartStrategies, type RestartStrategyConfiguration } from './api/restart-strategies.js';

/** The program's own parameters. */
export { ParameterTool } from './api/parameter-tool.js';
export { MultipleParameterTool } from './api/multiple-parameter-tool.js';

/** Streams: what calls on them give. */
export { DataStream } from './api/data-stream.js';
export type { RecordType } from './api/transformation.js';
export { CachedDataStream } from './api/cached-data-stream.js';
export { SideOutputDataStream } from './api/side-output-data-stream.js';
export { SingleOutputStreamOperator } from './api/single-output-stream-operator.js';
export { DataStreamSource } from './api/data-stream-source.js';
export { KeyedStream } from './api/keyed-stream.js';
export { DataStreamUtils } from './api/reinterpreted-stream.js';
export { ConnectedStreams } from './api/connected-streams.js';
export { BroadcastStream } from './api/broadcast-stream.js';
export { BroadcastConnectedStream } from './api/broadcast-connected-stream.js';
export { SlotSharingGroup, type SlotSharingGroupBuilder } from './api/slot-sharing-group.js';
export { SplitStream } from './api/split-stream.js';
export { ConnectedIterativeStreams, IterativeStream } from './api/iterative-stream.js';
export { DataStreamSink } from './api/data-stream-sink.js';
export { CollectedResults } from './api/collected-results.js';

/** Asynchronous calls. */
export { AsyncDataStream, type AsyncWaitOptions } from './api/async-data-stream.js';
export { type AsyncContext, type AsyncFunction, type AsyncResult, type ResultFuture, RichAsyncFunction } from './operators/async/async-function.js';
export { AsyncRetryStrategies, type AsyncRetryPredicate, type AsyncRetryStrategy, type RetryOptions, RetryPredicates } from './operators/async/retry-strategy.js';

/** User functions: interfaces and lambdas for every call, base classes with a life cycle, and what they are given. */
export * from './operators/functions.js';
export { OutputTag } from './operators/output-tag.js';
export type { Operator, OperatorCheckpoint, OperatorContext, OperatorDefinition } from './operators/operator.js';
export { type RawKeyedState, type RawOperatorState, rawKeyedState, rawOperatorState } from './operators/raw-state.js';
export type { KeyGroupRange } from './core/key-group.js';
export type { DistributedCache, JobInfo, OpenContext, RuntimeContext, RuntimeExecutionConfig, TaskInfo } from './operators/runtime-context.js';
export type { Counter, Gauge, HistogramStatistics, Meter, MetricGroup, MetricHistogram, View } from './operators/metric-group.js';
export { DescriptiveStatisticsHistogram } from './operators/metrics/descriptive-statistics-histogram.js';
export { MeterView } from './operators/metrics/meter-view.js';
export { SimpleCounter } from './operators/metrics/simple-counter.js';
export {
  type Accumulator, DoubleCounter, DoubleMaximum, DoubleMinimum, Histogram, IntCounter, IntMaximum, IntMinimum, ListAccumulator, LongCounter, LongMaximum, LongMinimum,
} from './operators/accumulator.js';

/** Keyed state: descriptors and handles. */
export {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, StateDescriptor, ValueStateDescriptor,
} from './state/state-descriptor.js';
export type { AggregatingState, AppendingState, FoldingState, ListState, MapState, ReducingState, ValueState } from './state/state.js';
export type { BroadcastState, OperatorStateStore, ReadOnlyBroadcastState } from './state/operator-state.js';
export type { KeyedStateStore } from './state/keyed-context.js';
export type { AggregateFunction } from './state/state-functions.js';
export { StateTtlConfig, type StateTtlConfigBuilder, StateVisibility, type TtlCleanup, TtlTimeCharacteristic, UpdateType } from './state/state-ttl-config.js';

/** Time: durations, timestamps and watermarks. */
export { Duration, Time, TimeUnit, type DurationLike } from './core/time.js';
export { MemorySize } from './core/memory-size.js';
export { MAX_TIMESTAMP, MIN_TIMESTAMP, NO_TIMESTAMP } from './core/timestamp.js';
export { type CustomWatermarkStrategy, WatermarkStrategy, type TimestampAssigner, type TimestampAssignerLambda } from './operators/watermark-strategy.js';
export type { WatermarkGenerator, WatermarkGeneratorContext, WatermarkOutput } from './operators/watermark-generator.js';
export { AscendingTimestampsWatermarks, BoundedOutOfOrdernessWatermarks, NoWatermarksGenerator, WatermarksWithIdleness } from './operators/watermark-generators.js';

export { Watermark } from './core/watermark.js';
export { TimeCharacteristic } from './api/time-characteristic.js';
export {
  AscendingTimestampExtractor, BoundedOutOfOrdernessTimestampExtractor,
  type AssignerWithPeriodicWatermarks, type AssignerWithPunctuatedWatermarks, type LegacyWatermarkAssigner, type MonotonyViolationHandler, type WatermarkLike,
} from './operators/legacy-watermarks.js';

/** Windows: what they are, and how elements come into them. */
export { WindowedStream, type WindowResultFunction } from './api/windowed-stream.js';
export { Order, PartitionWindowedStream } from './api/partition-windowed-stream.js';
export { AllWindowedStream, type AllWindowResultFunction } from './api/all-windowed-stream.js';
export { GlobalWindow, TimeWindow, Window, type MergeCallback } from './windowing/window.js';
export { MergingWindowAssigner, WindowAssigner, type WindowAssignerContext } from './windowing/window-assigner.js';
export { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './windowing/tumbling-windows.js';
export { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './windowing/sliding-windows.js';
export {
  DynamicEventTimeSessionWindows, DynamicProcessingTimeSessionWindows, EventTimeSessionWindows, ProcessingTimeSessionWindows,
  type SessionGapLambda, type SessionWindowTimeGapExtractor,
} from './windowing/session-windows.js';
export { GlobalWindows } from './windowing/global-windows.js';
export { WindowStagger } from './windowing/window-stagger.js';

/** Windows: when they fire, and what leaves them. */
export { isFire, isPurge, Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from './windowing/trigger.js';
export { EventTimeTrigger } from './windowing/event-time-trigger.js';
export { ProcessingTimeTrigger } from './windowing/processing-time-trigger.js';
export { CountTrigger } from './windowing/count-trigger.js';
export { ContinuousEventTimeTrigger } from './windowing/continuous-event-time-trigger.js';
export { ContinuousProcessingTimeTrigger } from './windowing/continuous-processing-time-trigger.js';
export { DeltaTrigger } from './windowing/delta-trigger.js';
export { ProcessingTimeoutTrigger } from './windowing/processing-timeout-trigger.js';
export { PurgingTrigger } from './windowing/purging-trigger.js';
export { NeverTrigger } from './windowing/never-trigger.js';
export { EndOfStreamTrigger } from './windowing/end-of-stream-trigger.js';
export type { DeltaFunction, DeltaLambda } from './windowing/delta-function.js';
export { CosineDistance, EuclideanDistance, type Vector, type VectorExtractor } from './windowing/vector-distance.js';
export type { Evictor, EvictorContext } from './windowing/evictor.js';
export { CountEvictor } from './windowing/count-evictor.js';
export { TimeEvictor } from './windowing/time-evictor.js';
export { DeltaEvictor } from './windowing/delta-evictor.js';
export { TimestampedValue } from './windowing/timestamped-value.js';

/** Windows: functions over their elements. */
export * from './windowing/window-functions.js';
export type { AggregateFunctionLike } from './windowing/window-aggregation.js';

/** Joins: two streams whose records meet by key, in windows or within a stretch of time. */
export { PairedEqualTo, PairedStreams, PairedWhere, type CoGroupedStreams, type JoinedStreams } from './api/paired-streams.js';
export { CoGroupedWindows, JoinedWindows } from './api/tagged-windows.js';
export { IntervalJoin, IntervalJoined } from './api/interval-join.js';
export type { TaggedUnion } from './windowing/tagged-union.js';

/** Names of types and of tuples. */
export { TypeHint, TypeInformation, type TypeLike, Types } from './core/type-information.js';
export { Tuple1, Tuple2, Tuple3, Tuple4, Tuple5 } from './core/tuples.js';

/** Lets instances of a class travel between threads. */
export { registerClass } from './core/serialization/class-registry.js';

/** Sources and sinks of one's own. */
export type { Boundedness, InputStatus, ReaderOutput, SnapshotMoment, Source, SourceReader, SourceReaderContext, SplitEnumerator, SplitEnumeratorContext } from './operators/source.js';
export { StandardSinkTopologies } from './api/standard-sink-topologies.js';
export type { SinkTopologies, SupportsPostCommitTopology, SupportsPreCommitTopology, SupportsPreWriteTopology } from './api/sink-topologies.js';
export type { CommittableMessage, CommittableSummary, CommittableWithLineage } from './operators/committable-message.js';
export type { CommitRequest, Committer, ProcessingTimeCallback, ProcessingTimeService, Sink, SinkContext, SinkWriter, SinkWriterContext } from './operators/sink.js';
export type { CheckpointListener } from './operators/checkpoint-listener.js';
export { TwoPhaseCommitSinkFunction } from './operators/two-phase-commit-sink-function.js';

/** Sources and sinks that ship beside the calls of the environment and of streams. */
export { DataGeneratorSource, type GeneratorFunction, type GeneratorFunctionLike } from './connectors/datagen/data-generator-source.js';
export { GatedRateLimiter, type RateLimiter, RateLimiterStrategy } from './connectors/datagen/rate-limiter.js';
export { NumberSequenceSource } from './connectors/sequence/number-sequence-source.js';
export { NumberSequenceIterator, SplittableIterator } from './connectors/splittable/splittable-iterator.js';
export { CollectionSource, type Collection } from './connectors/collection/collection-source.js';
export { TextFileSource, type TextFileOptions } from './connectors/file/text-file-source.js';
export { FilePathFilter, GlobFilePathFilter } from './connectors/file/file-path-filter.js';
export { FileProcessingMode, FileSource, FileSourceBuilder, TextInputFormat, TextLineInputFormat } from './connectors/file/file-source.js';
export { TextFileSink, type TextFileSinkOptions } from './connectors/file/text-file-sink.js';
export { WriteMode } from './api/write-mode.js';
export { csvEncoder } from './connectors/file/csv.js';
export { SocketSource } from './connectors/socket/socket-source.js';
export { FileSink, FileSinkBuilder, StreamingFileSink } from './connectors/file-sink/file-sink.js';
export { FileCompactStrategy, type FileCompactStrategyBuilder } from './connectors/file-sink/file-compact-strategy.js';
export { ConcatFileCompactor, type FileCompactor, RecordWiseFileCompactor } from './connectors/file-sink/file-compactors.js';
export { BasePathBucketAssigner, type BucketAssigner, type BucketContext, DateTimeBucketAssigner } from './connectors/file-sink/bucket-assigner.js';
export {
  CheckpointRollingPolicy, DefaultRollingPolicy, type DefaultRollingPolicyBuilder, type DefaultRollingPolicyOptions, OnCheckpointRollingPolicy, type PartFileInfo, type RollingPolicy,
} from './connectors/file-sink/rolling-policy.js';
export { OutputFileConfig, type OutputFileConfigBuilder } from './connectors/file-sink/output-file-config.js';
export { type BulkWriter, type BulkWriterFactory, type Encoder, type PartOutput, SimpleStringEncoder } from './connectors/file-sink/part-formats.js';
export { SocketClientSink, SocketSink, type SocketEncoder } from './connectors/socket/socket-sink.js';
export { type SerializationSchema, SimpleStringSchema } from './connectors/simple-string-schema.js';
export { PrintSink, PrintSinkFunction, type PrintOptions } from './connectors/print/print-sink.js';
export { DiscardingSink } from './connectors/discard/discarding-sink.js';
export type { OutputFormat } from './connectors/output-format/output-format.js';
export type { InputFormat } from './connectors/input-format/input-format.js';

/** Jobs that have been handed over. */
export { type JobClient, type JobExecutionResult, type JobStatus, SavepointFormatType } from './program/pipeline-executor.js';

/** Errors a program can tell apart by their `code`. */
export { FlinkError, type ErrorCode, type ErrorDomain, type ErrorPlace } from './core/errors.js';
export { SuppressRestartsException } from './core/suppress-restarts.js';
