/**
 * Every configuration key the engine knows, with its default (Flink's names wherever Flink has one).
 */
import type { ConfigOption, Origin } from './configuration.js';
import { FlinkError } from './errors.js';
import { MAX_PARALLELISM_LIMIT } from './key-group.js';
import { didYouMean } from './nearest.js';
import { decimal, duration, memorySize, namedFiles, oneOf, oneOfWords, portRanges, text, textMap, trueOrFalse, type ValueType, wholeNumber, wholeNumberOrAutomatic } from './value-types.js';

const KB = 1024;
const MB = 1024 * KB;
/** Flink's largest number where there is no other bound. */
const MANY = 2 ** 31 - 1;

function option<T>(key: string, type: ValueType<T>, defaultValue: T, description: string, deprecatedKeys: readonly string[] = []): ConfigOption<T> {
  return { key, deprecatedKeys, defaultValue, type, description };
}

export const ParallelismDefault = option('parallelism.default', wholeNumber(1, MAX_PARALLELISM_LIMIT), 1, 'Parallelism of operators when neither the operator, nor the program, nor -p says otherwise.');
export const MaxParallelism = option('pipeline.max-parallelism', wholeNumberOrAutomatic(1, MAX_PARALLELISM_LIMIT), -1, 'Upper bound of parallelism, the number of key groups. -1 derives it from the parallelism.');
export const PipelineName = option<string | undefined>('pipeline.name', text, undefined, 'Name of the job when the program gives none.');
export const RuntimeMode = option('execution.runtime-mode', oneOf('STREAMING', 'BATCH', 'AUTOMATIC'), 'STREAMING', 'How bounded jobs run.');
export const BufferTimeout = option('execution.buffer-timeout', duration(-1, '; 0 flushes every record, -1 only full buffers'), 100, 'How long records may wait in a buffer that is not full.', ['execution.buffer-timeout.interval']);
export const OperatorChaining = option('pipeline.operator-chaining.enabled', trueOrFalse, true, 'Whether operators are chained into one task.', ['pipeline.operator-chaining']);
export const AutoGenerateUids = option('pipeline.auto-generate-uids', trueOrFalse, true, 'Whether operators may go without a uid. false refuses a job with one that has none: its state would be lost with the next change of the program.');
export const ChainDifferentMaxParallelism = option('pipeline.operator-chaining.chain-operators-with-different-max-parallelism', trueOrFalse, true, 'Whether operators of different maximum parallelism may be chained.');
export const ObjectReuse = option('pipeline.object-reuse', trueOrFalse, true, 'Whether values pass by reference unguarded. false freezes every value deeply, so that a function that changes its input fails (for development).');
export const AutoWatermarkInterval = option('pipeline.auto-watermark-interval', duration(0, '; 0 turns periodic watermarks off'), 200, 'How often watermark generators are asked.');
export const WatermarkAlignmentDrift = option('pipeline.watermark-alignment.default-max-drift', duration(0, '; 0 turns it off'), 1_000, 'How far sources whose records meet may drift apart in event time while they read, where no strategy says `withWatermarkAlignment`.');
export const AllowUnalignedSplits = option('pipeline.watermark-alignment.allow-unaligned-source-splits', trueOrFalse, false, 'Whether sources that are aligned may have readers that read several splits at the same time and cannot pause one of them.');
export const GlobalJobParameters = option<Readonly<Record<string, string>>>('pipeline.global-job-parameters', textMap, {}, 'Parameters every function can read.');
export const CachedFiles = option<Readonly<Record<string, string>>>('pipeline.cached-files', namedFiles, {}, 'Files that functions find by name: `getRuntimeContext().getDistributedCache().getFile(name)`.');
export const TaskSlots = option('taskmanager.numberOfTaskSlots', wholeNumber(1, MAX_PARALLELISM_LIMIT), 1, 'Slots of one TaskManager.');
export const TaskManagers = option<number | undefined>('local.number-taskmanager', wholeNumber(1, 1024), undefined, 'TaskManager threads of the embedded cluster. Default: one a core, but no more than the job needs.');
export const TaskManagerHeap = option<number | undefined>('taskmanager.memory.heap.size', memorySize('512mb'), undefined, 'Largest heap of one TaskManager thread. Default: what Node gives.', ['taskmanager.memory.task.heap.size']);
export const NetworkMemory = option('taskmanager.memory.network.size', memorySize('64mb'), 64 * MB, 'Shared memory for exchanges between TaskManagers, divided among their channels.');
export const KernelSpecialisation = option('pipeline.kernel-specialisation', trueOrFalse, true, 'Whether each chain position gets machine code of its own.');
export const CancellationTimeout = option('task.cancellation.timeout', duration(0), 5_000, 'How long a cancelled task may take to end before its thread is stopped.');

// Checkpoints and savepoints.

export const CheckpointInterval = option<number | undefined>('execution.checkpointing.interval', duration(10, ' of at least 10 ms'), undefined, 'How often a checkpoint is taken. Without it there are none.');
export const CheckpointIntervalDuringBacklog = option<number | undefined>('execution.checkpointing.interval-during-backlog', duration(0), undefined, 'The same while a source says that it works through a backlog: 0 for none, or no shorter than otherwise. Default: as otherwise.');
export const CheckpointMode = option('execution.checkpointing.mode', oneOf('EXACTLY_ONCE', 'AT_LEAST_ONCE'), 'EXACTLY_ONCE', 'What state promises after a failure. AT_LEAST_ONCE waits for no barrier and may count records twice.');
export const CheckpointTimeout = option('execution.checkpointing.timeout', duration(10, ' of at least 10 ms'), 10 * 60_000, 'A checkpoint that takes longer is given up.');
export const MinPauseBetweenCheckpoints = option('execution.checkpointing.min-pause', duration(0), 0, 'Least time between the end of a checkpoint and the start of the next periodic one.');
export const MaxConcurrentCheckpoints = option('execution.checkpointing.max-concurrent-checkpoints', wholeNumber(1, MANY), 1, 'How many checkpoints may be under way at once.');
export const TolerableFailedCheckpoints = option('execution.checkpointing.tolerable-failed-checkpoints', wholeNumber(0, MANY), 0, 'How many checkpoints in a row may fail before the job does.');
export const UnalignedCheckpoints = option('execution.checkpointing.unaligned.enabled', trueOrFalse, false, 'Whether barriers overtake records in flight, which are then stored with the state. Needs EXACTLY_ONCE and one checkpoint at a time.', ['execution.checkpointing.unaligned']);
export const ForceUnalignedCheckpoints = option('execution.checkpointing.unaligned.forced', trueOrFalse, false, 'Whether jobs with custom partitioners or iterations may have unaligned checkpoints. Without it they are refused: their records in flight may come back to other subtasks after a change of parallelism.');
export const AlignedCheckpointTimeout = option('execution.checkpointing.aligned-checkpoint-timeout', duration(0), 0, 'With unaligned checkpoints: how old a checkpoint may get while barriers wait for each other, before they overtake records. 0 overtakes at once.', ['execution.checkpointing.alignment-timeout']);
export const ExternalizedCheckpointRetentionOption = option('execution.checkpointing.externalized-checkpoint-retention', oneOf('NO_EXTERNALIZED_CHECKPOINTS', 'DELETE_ON_CANCELLATION', 'RETAIN_ON_CANCELLATION'), 'NO_EXTERNALIZED_CHECKPOINTS', 'Which checkpoints stay when the job has ended: none, those of a job that failed, or also those of a job that was cancelled.');
export const IncrementalCheckpoints = option('execution.checkpointing.incremental', trueOrFalse, false, 'Whether a checkpoint writes only what changed since the one before, where the state backend can.', ['state.backend.incremental']);
export const CheckpointStorageOption = option<'jobmanager' | 'filesystem' | undefined>('execution.checkpointing.storage', oneOfWords(['jobmanager', 'filesystem']), undefined, 'Where checkpoints are kept: in memory or in execution.checkpointing.dir. Default: in the folder when one is set, in memory otherwise.', ['state.checkpoint-storage']);
export const CheckpointDirectory = option<string | undefined>('execution.checkpointing.dir', text, undefined, 'Folder for checkpoints: a path or a file: URL.', ['state.checkpoints.dir']);
export const SavepointDirectory = option<string | undefined>('execution.checkpointing.savepoint-dir', text, undefined, 'Folder for savepoints when none is named.', ['state.savepoints.dir']);
export const RetainedCheckpoints = option('execution.checkpointing.num-retained', wholeNumber(1, MANY), 1, 'How many completed checkpoints are kept.', ['state.checkpoints.num-retained']);
export const CheckpointInlineThreshold = option('execution.checkpointing.data-inline-threshold', memorySize('20kb', 0), 20 * KB, 'State smaller than this is written into the metadata of the checkpoint instead of a file of its own.', ['state.storage.fs.memory-threshold']);
export const MaxMemoryStateSize = option('execution.checkpointing.jobmanager-storage.max-state-size', memorySize('5mb'), 5 * MB, 'Largest state of one operator in one subtask that a checkpoint in memory may hold.');
export const CheckpointsAfterTasksFinish = option('execution.checkpointing.checkpoints-after-tasks-finish', trueOrFalse, true, 'Whether checkpoints go on when some tasks have finished, and finished tasks wait for a last one.', ['execution.checkpointing.checkpoints-after-tasks-finish.enabled']);
export const CheckpointHistorySize = option('web.checkpoints.history', wholeNumber(0, 10_000), 10, 'How many past checkpoints are remembered for statistics.');
export const RestorePath = option<string | undefined>('execution.state-recovery.path', text, undefined, 'Savepoint or checkpoint that the job goes on from: its folder or its file _metadata.', ['execution.savepoint.path']);
export const IgnoreUnclaimedState = option('execution.state-recovery.ignore-unclaimed-state', trueOrFalse, false, 'Whether state of operators that the program no longer has is dropped, and keys of another type than those of the snapshot are taken, instead of an error.', ['execution.savepoint.ignore-unclaimed-state']);
export const IgnoredInFlightCheckpoint = option('execution.state-recovery.without-channel-state.checkpoint-id', wholeNumber(-1, Number.MAX_SAFE_INTEGER), -1, 'Id of the checkpoint whose records in flight are left out when a job goes on from it, as a way out when they do harm: they are lost. -1 for none.', ['execution.checkpointing.recover-without-channel-state.checkpoint-id']);
export const ClaimMode = option('execution.state-recovery.claim-mode', oneOf('NO_CLAIM', 'CLAIM'), 'NO_CLAIM', 'Whose the snapshot is that the job goes on from: NO_CLAIM leaves it to you, CLAIM lets the job delete it when it is no longer needed.', ['execution.savepoint-restore-mode']);
export const LocalRecovery = option('execution.state-recovery.from-local', trueOrFalse, false, 'Whether tasks that restart in the same process go on from copies of the checkpoint on the local disk, with the state backend level.', ['state.backend.local-recovery']);
export const StateBackendType = option('state.backend.type', oneOfWords(['hashmap', 'level', 'rocksdb'], { jobmanager: 'hashmap', filesystem: 'hashmap' }), 'hashmap', 'Where keyed state is while the job runs: in the heap, or in LevelDB on disk. rocksdb is taken as level.', ['state.backend']);
export const LevelLocalDirectory = option<string | undefined>('state.backend.level.localdir', text, undefined, 'Folder on a local disk where the state backend level keeps its databases while the job runs. Default: the folder for temporary files of the system.', ['state.backend.rocksdb.localdir']);

// Failures.

export const RestartStrategyType = option<'none' | 'fixed-delay' | 'failure-rate' | 'exponential-delay' | undefined>(
  'restart-strategy.type',
  oneOfWords(['none', 'fixed-delay', 'failure-rate', 'exponential-delay'], { off: 'none', disable: 'none', fixeddelay: 'fixed-delay', failurerate: 'failure-rate', exponentialdelay: 'exponential-delay' }),
  undefined, 'Whether and when a failed job starts again. Default: exponential-delay with checkpoints, none without.', ['restart-strategy'],
);
export const FixedDelayAttempts = option('restart-strategy.fixed-delay.attempts', wholeNumber(0, MANY), 1, 'Restarts before the job fails.');
export const FixedDelay = option('restart-strategy.fixed-delay.delay', duration(0), 1_000, 'Time from a failure to the restart.');
export const FailureRateMax = option('restart-strategy.failure-rate.max-failures-per-interval', wholeNumber(1, MANY), 1, 'Failures within the interval that the job survives.');
export const FailureRateInterval = option('restart-strategy.failure-rate.failure-rate-interval', duration(1, ' of at least 1 ms'), 60_000, 'The interval that failures are counted in.');
export const FailureRateDelay = option('restart-strategy.failure-rate.delay', duration(0), 1_000, 'Time from a failure to the restart.');
export const ExponentialInitialBackoff = option('restart-strategy.exponential-delay.initial-backoff', duration(1, ' of at least 1 ms'), 1_000, 'Time from the first failure to the restart.');
export const ExponentialMaxBackoff = option('restart-strategy.exponential-delay.max-backoff', duration(1, ' of at least 1 ms'), 60_000, 'Longest time to a restart.');
export const ExponentialMultiplier = option('restart-strategy.exponential-delay.backoff-multiplier', decimal(1, Infinity), 1.5, 'What each further failure multiplies the time by.');
export const ExponentialResetThreshold = option('restart-strategy.exponential-delay.reset-backoff-threshold', duration(1, ' of at least 1 ms'), 3_600_000, 'Time without a failure after which counting starts again.');
export const ExponentialJitter = option('restart-strategy.exponential-delay.jitter-factor', decimal(0, 1), 0.1, 'Share of the time that chance adds or takes away.');
export const ExponentialAttempts = option<number | undefined>('restart-strategy.exponential-delay.attempts-before-reset-backoff', wholeNumber(1, MANY), undefined, 'Restarts before the job fails, counted anew after a time without failures. Default: no limit.');
export const SinkCommitterRetries = option('sink.committer.retries', wholeNumber(0, MANY), 10, 'How often a sink tries again, a second later each time, to commit what its committer wants to be asked for again, before the task fails.');
export const SchedulerType = option('jobmanager.scheduler', oneOfWords(['default', 'adaptive'], { ng: 'default', adaptivebatch: 'default' }), 'default', 'Whether a streaming job that runs takes another parallelism (adaptive: `flink rescale`, REST `resource-requirements`) or keeps the one it has (default).');
export const FailoverStrategy = option('jobmanager.execution.failover-strategy', oneOfWords(['region', 'full']), 'region', 'What a failure restarts: the tasks connected to the one that failed, or all.');
export const HeartbeatInterval = option('heartbeat.interval', duration(1, ' of at least 1 ms'), 10_000, 'How often a TaskManager is looked at.');
export const HeartbeatTimeout = option('heartbeat.timeout', duration(1, ' of at least 1 ms'), 50_000, 'A TaskManager that has not answered for so long counts as lost: it is stopped and replaced.');
export const ExceptionHistorySize = option('web.exception-history-size', wholeNumber(1, 10_000), 16, 'How many failures of a job are remembered.');

// The REST interface.

export const RestPort = option('rest.port', portRanges, '8081', 'Port of the REST interface, or ranges of ports of which the first free one is taken. A single port that is taken gives way to the next free one. 0 takes any, -1 opens none.', ['rest.bind-port']);
export const RestBindAddress = option('rest.bind-address', text, 'localhost', 'Address that the REST interface listens at. By default nobody but this machine reaches it.');
export const RestMaxContentLength = option('rest.server.max-content-length', memorySize('100mb'), 100 * MB, 'Largest body of a request.');
export const RestAddress = option<string | undefined>('rest.address', text, undefined, 'Host of the cluster that commands speak to, with rest.port; for `-D` on the command line, or together with `-t remote`. Short: -m host:port.');
export const RestStoreDuration = option('rest.async.store-duration', duration(0), 5 * 60_000, 'How long the result of an operation, such as a savepoint, can be asked for.');
export const FlameGraphEnabled = option('rest.flamegraph.enabled', trueOrFalse, false, 'Whether flame graphs of vertices can be asked for. While one is taken the threads concerned run slower.');
export const FlameGraphSamples = option('rest.flamegraph.num-samples', wholeNumber(1, 10_000), 100, 'How often a thread is looked at for a flame graph.');
export const FlameGraphDelay = option('rest.flamegraph.delay-between-samples', duration(1, ' of at least 1 ms'), 50, 'Time from one look to the next.');
export const FlameGraphStackDepth = option('rest.flamegraph.stack-depth', wholeNumber(1, 10_000), 100, 'How many calls of each look are in a flame graph, from the innermost on.');
export const FlameGraphRefreshInterval = option('rest.flamegraph.refresh-interval', duration(0), 60_000, 'A flame graph that is older is taken anew when somebody asks.');
export const FlameGraphCleanupInterval = option('rest.flamegraph.cleanup-interval', duration(0), 10 * 60_000, 'A flame graph that nobody has asked for in this time is forgotten.');
export const RestAuthentication = option<'none' | 'token' | undefined>('security.rest.authentication', oneOfWords(['none', 'token']), undefined, 'Whether requests must carry a token: `Authorization: Bearer` and the token. Must be said when rest.bind-address is open to other machines.');
export const RestToken = option<string | undefined>('security.rest.token', text, undefined, 'The token. Better kept in a file of its own.');
export const RestTokenFile = option<string | undefined>('security.rest.token-file', text, undefined, 'File that holds the token.');
export const RestSslEnabled = option('security.ssl.rest.enabled', trueOrFalse, false, 'Whether the REST interface speaks HTTPS.');
export const RestSslCertificate = option<string | undefined>('security.ssl.rest.certificate', text, undefined, 'File with the certificate, and those it rests on, in PEM form.');
export const RestSslKey = option<string | undefined>('security.ssl.rest.key', text, undefined, 'File with the private key in PEM form.');
export const RestSslKeystore = option<string | undefined>('security.ssl.rest.keystore', text, undefined, 'Instead of the two: a PKCS#12 file that holds both.');
export const RestSslKeystorePassword = option<string | undefined>('security.ssl.rest.keystore-password', text, undefined, 'Password of the keystore, or of the private key.', ['security.ssl.rest.key-password']);
export const RestAllowOrigin = option<string | undefined>('web.access-control-allow-origin', text, undefined, 'Web pages of this origin may use the REST interface; * lets all. Default: none.');
export const WebRefreshInterval = option('web.refresh-interval', duration(0), 3_000, 'How often a web page that shows jobs should ask again.');

// S3. The names are those of Flink's S3 file systems, which hand what else begins with `s3.` on to Hadoop's.

export const S3AccessKey = option<string | undefined>('s3.access-key', text, undefined, 'Access key for S3. Without it AWS_ACCESS_KEY_ID, the files of AWS’s tools and roles are asked.', ['s3.access.key']);
export const S3SecretKey = option<string | undefined>('s3.secret-key', text, undefined, 'The secret key that belongs to s3.access-key.', ['s3.secret.key']);
export const S3SessionToken = option<string | undefined>('s3.session-token', text, undefined, 'The session token that belongs to them, where they are temporary.', ['s3.session.token']);
export const S3Endpoint = option<string | undefined>('s3.endpoint', text, undefined, 'Where S3 is: a URL such as http://localhost:9000, or a host. Default: AWS_ENDPOINT_URL, then AWS.');
export const S3EndpointRegion = option<string | undefined>('s3.endpoint.region', text, undefined, 'The region of the buckets. Default: AWS_REGION, then the files of AWS’s tools, then us-east-1.', ['s3.region']);
export const S3PathStyleAccess = option('s3.path.style.access', trueOrFalse, false, 'Whether the bucket’s name is in the path of requests (as most servers other than AWS want it) rather than in the host’s name.', ['s3.path-style-access']);
export const S3ConnectionTimeout = option('s3.connection.timeout', duration(1, ' of at least 1 ms'), 60_000, 'How long a request to S3 may make no progress before it is given up and sent again.');
export const S3AttemptsMaximum = option('s3.attempts.maximum', wholeNumber(1, 1_000), 8, 'How often a request to S3 is sent at most, while answers are lost or say that the server has trouble.');
export const S3UploadMinPartSize = option('s3.upload.min.part.size', memorySize('5mb'), 5 * MB, 'Size of the parts that files are uploaded to S3 in; 5mb at least.');

// Metrics.

export const MetricReporters = option<string | undefined>('metrics.reporters', text, undefined, 'Reporters that metrics are sent by: their names, separated by commas. Default: all that are configured.');
export const ScopeJobManager = option('metrics.scope.jm', text, '<host>.jobmanager', 'How reporters without labels begin the names of metrics of the JobManager.');
export const ScopeJobManagerJob = option('metrics.scope.jm-job', text, '<host>.jobmanager.<job_name>', 'The same for metrics of a job. `*` stands for the scope around it.', ['metrics.scope.jm.job']);
export const ScopeTaskManager = option('metrics.scope.tm', text, '<host>.taskmanager.<tm_id>', 'The same for metrics of a TaskManager.');
export const ScopeTaskManagerJob = option('metrics.scope.tm-job', text, '<host>.taskmanager.<tm_id>.<job_name>', 'The same for what is around a task.', ['metrics.scope.tm.job']);
export const ScopeTask = option('metrics.scope.task', text, '<host>.taskmanager.<tm_id>.<job_name>.<task_name>.<subtask_index>', 'The same for metrics of a task.');
export const ScopeOperator = option('metrics.scope.operator', text, '<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>', 'The same for metrics of an operator.');
export const ScopeJobManagerOperator = option('metrics.scope.jm-operator', text, '<host>.jobmanager.<job_name>.<operator_name>', 'The same for what the JobManager does for an operator.');

export const LatencyInterval = option('metrics.latency.interval', duration(0, '; 0 turns it off'), 0, 'How often sources send a marker among their records, which tells how long it takes to each operator. Not in batch mode.');
export const LatencyGranularity = option('metrics.latency.granularity', oneOfWords(['single', 'operator', 'subtask']), 'operator', 'What latencies are told apart by: not at all, by source, or by subtask of a source.');
export const LatencyHistorySize = option('metrics.latency.history-size', wholeNumber(1, 1_000_000), 128, 'How many of the last markers count.');

const REPORTER = 'metrics.reporter.<name>.';
export const ReporterFactory = option<string | undefined>(`${REPORTER}factory.class`, text, undefined, 'What the reporter of this name is: `prometheus`, `statsd`, `otel`, `slf4j`, or the class of Flink.', [`${REPORTER}class`]);
export const ReporterInterval = option(`${REPORTER}interval`, duration(10, ' of at least 10 ms'), 10_000, 'How often metrics are sent.');
export const ReporterHost = option<string | undefined>(`${REPORTER}host`, text, undefined, 'Where StatsD is, or at which address Prometheus is answered. Default: localhost.');
export const ReporterPort = option<string | undefined>(`${REPORTER}port`, portRanges, undefined, 'The port of StatsD (8125), or the ports of which the first free one answers Prometheus (9249-9349).');
export const ReporterEndpoint = option<string | undefined>(`${REPORTER}exporter.endpoint`, text, undefined, 'Where an OpenTelemetry collector takes metrics over HTTP: a URL such as http://localhost:4318/v1/metrics.');
export const ReporterProtocol = option(`${REPORTER}exporter.protocol`, text, 'http', 'How it takes them: only http, in JSON.');
export const ReporterService = option(`${REPORTER}service.name`, text, 'flink', 'What an OpenTelemetry collector is told that sends them.');
export const ReporterDelimiter = option(`${REPORTER}scope.delimiter`, text, '.', 'What stands between the parts of names for reporters without labels.');
export const ReporterVariablesExcluded = option(`${REPORTER}scope.variables.excludes`, text, '', 'Labels that are left out, separated by semicolons.');
export const ReporterVariablesAdded = option<Readonly<Record<string, string>>>(`${REPORTER}scope.variables.additional`, textMap, {}, 'Labels that all metrics get besides.');
export const ReporterIncludes = option(`${REPORTER}filter.includes`, text, '*:*:*', 'Which metrics are reported: `<scope>:<names>:<types>` with `*` for anything, several separated by semicolons.');
export const ReporterExcludes = option(`${REPORTER}filter.excludes`, text, '', 'Which of them are not.');
export const ReporterFilterLabels = option(`${REPORTER}filterLabelValueCharacters`, trueOrFalse, true, 'Whether Prometheus gets `_` for all characters of labels’ values but letters, digits, `_` and `:`.');

/** The option of one reporter. */
export function forReporter<T>(named: ConfigOption<T>, name: string): ConfigOption<T> {
  const of = (key: string): string => key.replace('<name>', () => name);
  return { ...named, key: of(named.key), deprecatedKeys: named.deprecatedKeys.map(of) };
}

// Session clusters.

export const ExecutionTarget = option<'local' | 'remote' | undefined>('execution.target', oneOfWords(['local', 'remote']), undefined, 'Where `flink run` runs a job: in a process of its own, or in the session cluster. Default: with -d in the session cluster if there is one, otherwise in a process of its own.');
export const ShutdownOnAttachedExit = option('execution.shutdown-on-attached-exit', trueOrFalse, false, 'Whether Ctrl-C while waiting for a job of a session cluster cancels the job.');
export const SlotRequestTimeout = option('slot.request.timeout', duration(0), 5 * 60_000, 'How long a job of a session cluster waits for slots before it fails.');
export const UploadDirectory = option<string | undefined>('web.upload.dir', text, undefined, 'Folder of a session cluster for uploaded bundles. Default: jars in the folder of the cluster.');
export const LogDirectory = option<string | undefined>('env.log.dir', text, undefined, 'Folder for the logs and outputs of session clusters and of detached jobs. Default: log in ~/.flink. Where it is set, `flink run` in a terminal writes a log there, too.');
export const LogFormatOption = option('env.log.format', oneOfWords(['pretty', 'json']), 'pretty', 'How the lines of a log are written: for people, or each an object of JSON. With json also what `flink run` says on standard error.');
export const LogLevelOption = option('env.log.level', oneOf('DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'), 'INFO', 'Which lines are left out of a log: those below.');
export const LogFilesMax = option('env.log.max', wholeNumber(1, 1_000), 10, 'How many older ones of a log or an output of a session cluster or a detached job are kept.');
export const LogFileSize = option('env.log.max-size', memorySize('100mb', 1024), 100 * MB, 'One that is larger becomes an older one.');
export const JobStoreExpiration = option('jobstore.expiration-time', wholeNumber(0, MANY), 3600, 'How many seconds a job that has ended can be asked for.');
export const JobStoreCapacity = option('jobstore.max-capacity', wholeNumber(0, MANY), MANY, 'How many jobs that have ended can be asked for.');
export const HighAvailabilityType = option('high-availability.type', oneOfWords(['none', 'level'], { zookeeper: 'level', kubernetes: 'level' }), 'none', 'Whether a session cluster remembers its jobs, so that they go on when it starts again: level keeps them in a database in high-availability.storageDir. zookeeper and kubernetes are taken as level.', ['high-availability']);
export const HighAvailabilityStorage = option<string | undefined>('high-availability.storageDir', text, undefined, 'Folder on a local disk, or a place in S3, for what a session cluster remembers.');
export const ClientTimeout = option('client.timeout', duration(1, ' of at least 1 ms'), 60_000, 'How long a command waits for an answer of a cluster, and for a savepoint or checkpoint to be complete. Short: --timeout.');
export const HighAvailabilityClusterId = option('high-availability.cluster-id', text, 'default', 'Name of the session cluster in that folder.');
export const HighAvailabilityLease = option('high-availability.lease-duration', duration(1_000, ' of at least 1 s'), 15_000, 'With high-availability.storageDir in S3: how long after the last sign of life of a cluster another one takes its jobs over.');

/** All options, for validation, suggestions and the documentation. */
export const ALL_OPTIONS: readonly ConfigOption<unknown>[] = [
  ParallelismDefault, MaxParallelism, PipelineName, RuntimeMode, BufferTimeout, OperatorChaining, ChainDifferentMaxParallelism, AutoGenerateUids,
  ObjectReuse, AutoWatermarkInterval, WatermarkAlignmentDrift, AllowUnalignedSplits, GlobalJobParameters, CachedFiles, TaskSlots, TaskManagers, TaskManagerHeap, NetworkMemory,
  KernelSpecialisation, CancellationTimeout,
  CheckpointInterval, CheckpointIntervalDuringBacklog, CheckpointMode, CheckpointTimeout, MinPauseBetweenCheckpoints, MaxConcurrentCheckpoints, TolerableFailedCheckpoints,
  UnalignedCheckpoints, ForceUnalignedCheckpoints, AlignedCheckpointTimeout, ExternalizedCheckpointRetentionOption, IncrementalCheckpoints, CheckpointStorageOption,
  CheckpointDirectory, SavepointDirectory, RetainedCheckpoints, CheckpointInlineThreshold, MaxMemoryStateSize, CheckpointsAfterTasksFinish,
  CheckpointHistorySize, RestorePath, IgnoreUnclaimedState, IgnoredInFlightCheckpoint, ClaimMode, LocalRecovery, StateBackendType, LevelLocalDirectory,
  RestartStrategyType, FixedDelayAttempts, FixedDelay, FailureRateMax, FailureRateInterval, FailureRateDelay, ExponentialInitialBackoff,
  ExponentialMaxBackoff, ExponentialMultiplier, ExponentialResetThreshold, ExponentialJitter, ExponentialAttempts, SinkCommitterRetries, SchedulerType, FailoverStrategy,
  HeartbeatInterval, HeartbeatTimeout, ExceptionHistorySize,
  RestPort, RestBindAddress, RestMaxContentLength, RestStoreDuration, RestAddress, ClientTimeout, FlameGraphEnabled, FlameGraphSamples, FlameGraphDelay, FlameGraphStackDepth, FlameGraphRefreshInterval,
  FlameGraphCleanupInterval, RestAuthentication, RestToken, RestTokenFile, RestSslEnabled, RestSslCertificate,
  RestSslKey, RestSslKeystore, RestSslKeystorePassword, RestAllowOrigin, WebRefreshInterval,
  S3AccessKey, S3SecretKey, S3SessionToken, S3Endpoint, S3EndpointRegion, S3PathStyleAccess, S3ConnectionTimeout, S3AttemptsMaximum, S3UploadMinPartSize,
  ExecutionTarget, ShutdownOnAttachedExit, SlotRequestTimeout, UploadDirectory, LogDirectory, LogFormatOption, LogLevelOption, LogFilesMax, LogFileSize, JobStoreExpiration, JobStoreCapacity,
  HighAvailabilityType, HighAvailabilityStorage, HighAvailabilityClusterId, HighAvailabilityLease,
  LatencyInterval, LatencyGranularity, LatencyHistorySize, MetricReporters, ScopeJobManager, ScopeJobManagerJob, ScopeTaskManager, ScopeTaskManagerJob, ScopeTask, ScopeOperator, ScopeJobManagerOperator,
  ReporterFactory, ReporterInterval, ReporterHost, ReporterPort, ReporterEndpoint, ReporterProtocol, ReporterService, ReporterDelimiter,
  ReporterVariablesExcluded, ReporterVariablesAdded, ReporterIncludes, ReporterExcludes, ReporterFilterLabels,
];

const BY_KEY: ReadonlyMap<string, ConfigOption<unknown>> = new Map(ALL_OPTIONS.flatMap((known) => [known.key, ...known.deprecatedKeys].map((key) => [key, known] as const)));

const OF_REPORTER = /^metrics\.reporter\.([^.]+)\.(.+)$/;

/** The option of this key, in its present or an older spelling. */
export function findOption(key: string): ConfigOption<unknown> | undefined {
  const known = BY_KEY.get(key);
  if (known) return known;
  const [, name, end] = OF_REPORTER.exec(key) ?? [];
  const named = end === undefined ? undefined : BY_KEY.get(`${REPORTER}${end}`);
  return named && forReporter(named, name!);
}

/** Every key there is, older spellings included. */
export function knownKeys(): Iterable<string> {
  return BY_KEY.keys();
}

/** The option of a key that somebody wrote. Throws `CONFIGURATION` naming the nearest key when there is none. */
export function optionOf(key: string, origin: Origin): ConfigOption<unknown> {
  const option = findOption(key);
  if (option) return option;
  const meant = didYouMean(key, knownKeys());
  throw new FlinkError('CONFIGURATION', `unknown configuration key "${key}" (${origin})`, { hint: `${meant ? `${meant} ` : ''}docs/configuration.md lists every key.` });
}
