/**
 * Where a program starts: it gives sources, holds the settings of the job and runs it (Flink:
 * `StreamExecutionEnvironment`).
 *
 * Invariants:
 * - Nothing runs before `execute`. Each `execute` runs what was built since the one before.
 * - What the program sets wins over the command line and the configuration file.
 */
import { type CachedResult, removeCachesAtExit } from '../connectors/cache/cached-result.js';
import { Configuration as Values } from '../core/configuration.js';
import { AutoGenerateUids, AutoWatermarkInterval, BufferTimeout, CachedFiles, ChainDifferentMaxParallelism, GlobalJobParameters, MaxParallelism, OperatorChaining, optionOf, ParallelismDefault, PipelineName, RuntimeMode, SavepointDirectory } from '../core/options.js';
import { FlinkError } from '../core/errors.js';
import { registerClass } from '../core/serialization/class-registry.js';
import type { DurationLike } from '../core/time.js';
import { streamPlanText } from '../graph/plan.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { ambientConfiguration, type JobClient, type JobExecutionResult, pipelineExecutor } from '../program/pipeline-executor.js';
import { badArgument, durationArgument, nameArgument, parallelismArgument, wholeNumber } from './arguments.js';
import { CheckpointConfig, type CheckpointingMode } from './checkpoint-config.js';
import { refuseUnsafeOvertaking } from './unaligned-obstacles.js';
import { ExecutionConfig } from './execution-config.js';
import { JobDraft } from './job-draft.js';
import { type JobListener, JobListeners } from './job-listener.js';
import { Configuration } from './program-configuration.js';
import { RestartStrategies, type RestartStrategyConfiguration } from './restart-strategies.js';
import { SlotSharingGroup } from './slot-sharing-group.js';
import { StateBackend } from './state-backends.js';
import { StreamSources } from './stream-sources.js';
import { TimeCharacteristic } from './time-characteristic.js';
import { generateStreamGraph, type JobSettings } from './stream-graph-generator.js';
import type { Transformation } from './transformation.js';

/** How bounded jobs run (Flink: `RuntimeExecutionMode`). */
export const RuntimeExecutionMode = {
  /** Records are processed as they come. */
  STREAMING: 'STREAMING',
  /** All sources are bounded, and keyed results come once, at the end. */
  BATCH: 'BATCH',
  /** BATCH when all sources are bounded. */
  AUTOMATIC: 'AUTOMATIC',
} as const;
export type RuntimeExecutionMode = (typeof RuntimeExecutionMode)[keyof typeof RuntimeExecutionMode];

/** Configuration as a program gives it: Flink's keys with their values. */
export type ProgramConfiguration = Values | Readonly<Record<string, unknown>>;

const DEFAULT_JOB_NAME = 'Flink Streaming Job';
/** Flink's. */
const RETRY_DELAY_MS = 10_000;
let defaultLocalParallelism = ParallelismDefault.defaultValue;

export class StreamExecutionEnvironment extends StreamSources {
  private readonly config = new ExecutionConfig(ambientConfiguration());
  private readonly checkpointConfig = new CheckpointConfig(this.config);
  private stateBackend: StateBackend | undefined;
  private timeCharacteristic: TimeCharacteristic = TimeCharacteristic.ProcessingTime;
  private readonly listeners = new JobListeners();
  private executionRetries = -1;

  private constructor(configuration?: ProgramConfiguration) {
    super(new JobDraft());
    this.draft.bind(this, () => this.config.own.getOptional(ParallelismDefault));
    if (configuration !== undefined) this.configure(configuration);
  }

  /** The environment of this program: the embedded cluster when it runs by itself, what `flink run` says otherwise. */
  static getExecutionEnvironment(configuration?: ProgramConfiguration): StreamExecutionEnvironment {
    return new StreamExecutionEnvironment(configuration);
  }

  /** An environment with a parallelism of its own. Unlike in Flink the default is not the number of cores but 1. */
  static createLocalEnvironment(parallelism?: number, configuration?: ProgramConfiguration): StreamExecutionEnvironment {
    const environment = new StreamExecutionEnvironment(configuration);
    const chosen = parallelism ?? (defaultLocalParallelism === ParallelismDefault.defaultValue ? undefined : defaultLocalParallelism);
    return chosen === undefined ? environment : environment.setParallelism(chosen);
  }

  /** As `createLocalEnvironment`: every job answers REST at `rest.port`, as Flink's web page does there. There is no web page yet. */
  static createLocalEnvironmentWithWebUI(configuration?: ProgramConfiguration): StreamExecutionEnvironment {
    return StreamExecutionEnvironment.createLocalEnvironment(undefined, configuration);
  }

  /** Always throws `INVALID_ARGUMENT`: whoever runs a program says where, not the program. */
  static createRemoteEnvironment(host: string, port: number, ..._files: unknown[]): never {
    throw new FlinkError('INVALID_ARGUMENT', `createRemoteEnvironment: a program does not choose the cluster that runs it; ${host}:${port} came`, {
      hint: `Use getExecutionEnvironment(), and run the program with \`flink run -m ${host}:${port}\`.`,
    });
  }

  /** Sets the parallelism that `createLocalEnvironment()` gives its environments from now on: 1 to 32768. */
  static setDefaultLocalParallelism(parallelism: number): void {
    defaultLocalParallelism = parallelismArgument('setDefaultLocalParallelism', parallelism);
  }

  /** 1 unless set. */
  static getDefaultLocalParallelism(): number {
    return defaultLocalParallelism;
  }

  getConfig(): ExecutionConfig {
    return this.config;
  }

  /** What the program has set so far, by Flink's keys. A copy: changing it changes nothing; `configure` does. */
  getConfiguration(): Configuration {
    return Configuration.copyOf(this.config.own);
  }

  /** Sets configuration keys for this program. Throws `CONFIGURATION` for an unknown key or a bad value. */
  configure(configuration: ProgramConfiguration): this {
    if (typeof configuration !== 'object' || configuration === null) throw badArgument('configure', 'a Configuration or an object of keys and values', configuration);
    const entries = configuration instanceof Values ? [...configuration.entries()].map(([key, { value }]) => [key, value] as const) : Object.entries(configuration);
    for (const [key, value] of entries) {
      this.config.own.setRaw(optionOf(key, 'the program'), value, 'the program', key);
    }
    return this;
  }

  /** Parallelism of the operators made from now on that say nothing of their own: 1 to 32768. */
  setParallelism(parallelism: number): this {
    this.config.setParallelism(parallelism);
    return this;
  }

  getParallelism(): number {
    return this.config.getParallelism();
  }

  /** Upper bound of the parallelism of every operator, the number of key groups: 1 to 32768. */
  setMaxParallelism(maxParallelism: number): this {
    this.config.setMaxParallelism(maxParallelism);
    return this;
  }

  /** -1 when nobody set one. */
  getMaxParallelism(): number {
    return this.config.getMaxParallelism();
  }

  /** Runs every operator in a task of its own. */
  disableOperatorChaining(): this {
    this.config.own.set(OperatorChaining, false);
    return this;
  }

  isChainingEnabled(): boolean {
    return this.config.get(OperatorChaining);
  }

  /** Whether operators of different maximum parallelism may share a task. Default: yes. */
  isChainingOfOperatorsWithDifferentMaxParallelismEnabled(): boolean {
    return this.config.get(ChainDifferentMaxParallelism);
  }

  /** `STREAMING` (the default), `BATCH` or `AUTOMATIC`. */
  setRuntimeMode(mode: RuntimeExecutionMode): this {
    if (!Object.hasOwn(RuntimeExecutionMode, mode)) throw badArgument('setRuntimeMode', 'STREAMING, BATCH or AUTOMATIC', mode);
    this.config.own.set(RuntimeMode, mode);
    return this;
  }

  /**
   * Which time `timeWindow` means, and whether sources assign timestamps (IngestionTime): to be called before the
   * sources are made (Flink before 2.0). ProcessingTime turns periodic watermarks off, the others set their interval
   * to 200 ms.
   */
  setStreamTimeCharacteristic(characteristic: TimeCharacteristic): this {
    if (!(characteristic in TimeCharacteristic)) throw badArgument('setStreamTimeCharacteristic', 'TimeCharacteristic.ProcessingTime, IngestionTime or EventTime', characteristic);
    this.timeCharacteristic = characteristic;
    this.config.setAutoWatermarkInterval(characteristic === TimeCharacteristic.ProcessingTime ? 0 : AutoWatermarkInterval.defaultValue);
    return this;
  }

  /** ProcessingTime unless the program has set another. */
  getStreamTimeCharacteristic(): TimeCharacteristic {
    return this.timeCharacteristic;
  }

  /** How long records may wait in a buffer that is not full; 0 sends each at once, -1 only full buffers. Default: 100 ms. */
  setBufferTimeout(timeout: DurationLike): this {
    this.config.own.set(BufferTimeout, durationArgument('setBufferTimeout', timeout, -1));
    return this;
  }

  /** Milliseconds. */
  getBufferTimeout(): number {
    return this.config.get(BufferTimeout);
  }

  /**
   * Takes checkpoints, so that the job goes on after a failure with the state it had.
   *
   * @param interval time from one to the next, at least 10 ms; 500 ms unless given.
   * @param mode EXACTLY_ONCE unless given.
   */
  enableCheckpointing(interval: DurationLike = 500, mode?: CheckpointingMode): this {
    this.checkpointConfig.setCheckpointInterval(interval);
    if (mode !== undefined) this.checkpointConfig.setCheckpointingMode(mode);
    return this;
  }

  /** How checkpoints are taken. */
  getCheckpointConfig(): CheckpointConfig {
    return this.checkpointConfig;
  }

  /** Milliseconds; -1 when there are no checkpoints. */
  getCheckpointInterval(): number {
    return this.checkpointConfig.getCheckpointInterval();
  }

  getCheckpointingMode(): CheckpointingMode {
    return this.checkpointConfig.getCheckpointingMode();
  }

  /** Flink's name since 1.20; the same as `getCheckpointingMode`. */
  getCheckpointingConsistencyMode(): CheckpointingMode {
    return this.checkpointConfig.getCheckpointingMode();
  }

  isUnalignedCheckpointsEnabled(): boolean {
    return this.checkpointConfig.isUnalignedCheckpointsEnabled();
  }

  isForceUnalignedCheckpoints(): boolean {
    return this.checkpointConfig.isForceUnalignedCheckpoints();
  }

  /** Where keyed state is while the job runs; the older classes say where checkpoints are kept as well. Default: the heap. */
  setStateBackend(backend: StateBackend): this {
    if (!(backend instanceof StateBackend)) throw badArgument('setStateBackend', 'a state backend', backend, 'Write for example new HashMapStateBackend().');
    this.stateBackend = backend;
    backend.configure(this.config.own);
    return this;
  }

  /** `true` throws `INVALID_ARGUMENT`: there is no changelog of state. Checkpoints of the backend on disk are incremental by themselves. */
  enableChangelogStateBackend(enabled: boolean): this {
    if (enabled) throw badArgument('enableChangelogStateBackend', 'false', enabled, 'State has no changelog here; use a LevelStateBackend with incremental checkpoints.');
    return this;
  }

  isChangelogStateBackendEnabled(): boolean {
    return false;
  }

  /** The one that was set. */
  getStateBackend(): StateBackend | undefined {
    return this.stateBackend;
  }

  /** Folder for savepoints when none is named: a path or a `file:` URL. */
  setDefaultSavepointDirectory(directory: string | URL): this {
    this.config.own.set(SavepointDirectory, nameArgument('setDefaultSavepointDirectory', directory instanceof URL ? directory.href : directory, 'a folder'));
    return this;
  }

  getDefaultSavepointDirectory(): string | undefined {
    return this.config.get(SavepointDirectory);
  }

  /** Whether and when the job starts again after a failure: one of `RestartStrategies`. */
  setRestartStrategy(strategy: RestartStrategyConfiguration): this {
    this.config.setRestartStrategy(strategy);
    return this;
  }

  getRestartStrategy(): RestartStrategyConfiguration {
    return this.config.getRestartStrategy();
  }

  /**
   * Restarts so many times, each ten seconds after the failure; -1 leaves it to the configuration.
   * @deprecated Gone in Flink 2.0: `setRestartStrategy(RestartStrategies.fixedDelayRestart(…))`.
   */
  setNumberOfExecutionRetries(retries: number): this {
    this.executionRetries = wholeNumber('setNumberOfExecutionRetries', retries, -1, 2 ** 31 - 1, 'a number of restarts');
    return this.setRestartStrategy(retries < 0 ? RestartStrategies.fallBackRestart() : RestartStrategies.fixedDelayRestart(retries, RETRY_DELAY_MS));
  }

  /** @deprecated -1 unless `setNumberOfExecutionRetries` was called. */
  getNumberOfExecutionRetries(): number {
    return this.executionRetries;
  }

  /** Makes a slot sharing group known. Nothing depends on it: operators name their group themselves, and groups need no resources here. */
  registerSlotSharingGroup(group: SlotSharingGroup): this {
    if (!(group instanceof SlotSharingGroup)) throw badArgument('registerSlotSharingGroup', 'a SlotSharingGroup', group, "Write SlotSharingGroup.newBuilder('name').build().");
    return this;
  }

  /** Lets instances of a class travel between threads, and be in state, under the class's own name: as `registerClass`. */
  registerType(type: abstract new (...args: never[]) => object): void {
    if (typeof type !== 'function') throw badArgument('registerType', 'a class', type);
    registerClass(type.name, type);
  }

  /**
   * Gives functions a file under a name: `getRuntimeContext().getDistributedCache().getFile(name)` answers with its path. Every
   * task runs on this machine, so that it is the file itself, no copy.
   *
   * @param path a path or a `file:` URL; relative ones start at the folder that the program runs in.
   * @param executable is of no effect: the file's own permissions count.
   */
  registerCachedFile(path: string | URL, name: string, executable = false): void {
    if (typeof executable !== 'boolean') throw badArgument('registerCachedFile', 'true or false as its third argument', executable);
    const given = nameArgument('registerCachedFile', path instanceof URL ? path.href : path, 'a path');
    this.config.own.set(CachedFiles, { ...this.config.get(CachedFiles), [nameArgument('registerCachedFile', name)]: given });
  }

  /** By name, as they were given. */
  getCachedFiles(): Readonly<Record<string, string>> {
    return this.config.get(CachedFiles);
  }

  /** Tells a listener of every job that this environment hands over from now on, and how those of `execute` ended. */
  registerJobListener(listener: JobListener): void {
    if (typeof listener !== 'object' || listener === null) throw badArgument('registerJobListener', 'a JobListener: an object with onJobSubmitted() and onJobExecuted()', listener);
    this.listeners.all.push(listener);
  }

  /** In the order in which they were registered. */
  getJobListeners(): readonly JobListener[] {
    return [...this.listeners.all];
  }

  clearJobListeners(): void {
    this.listeners.all.length = 0;
  }

  /**
   * Runs the job and waits for its end. Rejects with the reason when it failed or was cancelled, and with
   * `GRAPH_INVALID` when there is nothing to run.
   */
  async execute(jobName?: string): Promise<JobExecutionResult> {
    const client = await this.executeAsync(jobName);
    return this.listeners.executed(client);
  }

  /** Starts the job; resolves when it has been handed over. */
  executeAsync(jobName?: string): Promise<JobClient> {
    if (jobName !== undefined) nameArgument('execute', jobName, 'a job name');
    const { operators, collectors } = this.draft.take();
    const client = this.submit(operators, collectors, jobName);
    for (const results of collectors.values()) results.attach(client);
    return client;
  }

  /** The graph of what was built since the last `execute`, as Flink's JSON for plan visualisers. Runs nothing. */
  getExecutionPlan(): string {
    return streamPlanText(this.getStreamGraph(false));
  }

  /**
   * The graph of what was built since the last `execute`.
   *
   * @param clear whether the environment starts empty afterwards, as after `execute` (the default).
   */
  getStreamGraph(clear = true): StreamGraph {
    const { operators } = clear ? this.draft.take() : this.draft.peek();
    return generateStreamGraph(operators, this.jobSettings()).graph;
  }

  /** What was built since the last `execute`, in the order in which it was made: operators and sinks, with sources as their inputs. */
  getTransformations(): readonly Transformation[] {
    return this.draft.peek().operators;
  }

  /** Names of what streams of this environment keep just now (Flink: ids of cluster datasets). */
  listCompletedClusterDatasets(): readonly string[] {
    return this.draft.caches.filter(({ isFilled }) => isFilled).map(({ id }) => id);
  }

  /** Deletes what is kept under this name, as `invalidate()` of its stream does. Nothing happens when there is nothing. */
  invalidateClusterDataset(id: string): Promise<void> {
    this.draft.caches.find((cached) => cached.id === id)?.clear();
    return Promise.resolve();
  }

  /** Deletes what streams of this environment keep (`cache`). */
  close(): Promise<void> {
    for (const cached of this.draft.caches) cached.clear();
    return Promise.resolve();
  }

  protected override isIngestionTime(): boolean {
    return this.timeCharacteristic === TimeCharacteristic.IngestionTime;
  }

  private async submit(operators: ReturnType<JobDraft['take']>['operators'], collectors: ReturnType<JobDraft['take']>['collectors'], jobName: string | undefined): Promise<JobClient> {
    const executor = await pipelineExecutor();
    this.config.resolveAgainst(executor.configuration);
    const caches = new Set<CachedResult>();
    const program = generateStreamGraph(operators, { ...this.jobSettings(jobName), caches: (cached) => void caches.add(cached) });
    refuseUnsafeOvertaking(program.graph, this.checkpointConfig);
    const receivers = [...collectors].map(([id, results]) => [id, (values: unknown[]) => results.deliver(values)] as const);
    const handing = executor.execute({ ...program, collectors: new Map(receivers), configuration: this.config.own });
    return keepingCaches(await this.listeners.submitted(handing), caches);
  }

  private jobSettings(jobName?: string): JobSettings {
    const { config } = this;
    return {
      jobName: jobName ?? config.get(PipelineName) ?? DEFAULT_JOB_NAME,
      runtimeMode: config.get(RuntimeMode),
      parallelism: config.get(ParallelismDefault),
      maxParallelism: config.get(MaxParallelism),
      bufferTimeoutMs: config.get(BufferTimeout),
      chainingEnabled: config.get(OperatorChaining),
      chainDifferentMaxParallelism: config.get(ChainDifferentMaxParallelism),
      autoGenerateUids: config.get(AutoGenerateUids),
      autoWatermarkIntervalMs: config.get(AutoWatermarkInterval),
      globalJobParameters: config.get(GlobalJobParameters),
    };
  }
}

/** Whoever waits for the job's result finds kept what it was to keep; of a job that came to nothing nothing is left. */
function keepingCaches(client: JobClient, caches: ReadonlySet<CachedResult>): JobClient {
  if (caches.size === 0) return client;
  const isCopy = client.isCopy === true;
  if (!isCopy) removeCachesAtExit();
  const getJobExecutionResult = async (): Promise<JobExecutionResult> => {
    try {
      const result = await client.getJobExecutionResult();
      for (const cached of caches) cached.fill(client.getJobID(), isCopy);
      return result;
    } catch (error) {
      if (!isCopy) for (const cached of caches) cached.discard(client.getJobID());
      throw error;
    }
  };
  return Object.create(client, { getJobExecutionResult: { value: getJobExecutionResult } }) as JobClient;
}
