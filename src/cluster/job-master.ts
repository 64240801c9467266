/**
 * Runs one job: carries out what `execution/` decides, deploys to the TaskManagers, coordinates the sources, gathers
 * accumulators and says how the job ended (Flink: `JobMaster`).
 *
 * Invariants:
 * - Every change of state goes through `stepExecution`; this file keeps no state of tasks of its own.
 * - `result` resolves once, after every task has ended or its thread has been stopped.
 */
import { checkpointSettings, checkpointStorage } from '../checkpoint/checkpoint-settings.js';
import type { CheckpointStatistics } from '../checkpoint/checkpoint-statistics.js';
import type { FileStore } from '../checkpoint/file-store.js';
import { localFiles } from '../checkpoint/local-files.js';
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { deserializeError, FlinkError, serializeError } from '../core/errors.js';
import { ExceptionHistorySize, FailoverStrategy, LevelLocalDirectory, LocalRecovery, SchedulerType } from '../core/options.js';
import type { Random } from '../core/random.js';
import type { JobGraph } from '../graph/job-graph.js';
import { type JobProgram, oneForOne } from '../program/job-program.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import { decodeBatch } from '../runtime/exchange/encoded-batch.js';
import { allocateMetrics } from '../runtime/task-metrics.js';
import { removeLocalCopies } from '../state/level/local-copies.js';
import { keepsResults, ResultFolder } from './result-folder.js';
import { AccumulatorRegistry } from './accumulator-registry.js';
import { DeployedTasks } from './deployed-tasks.js';
import { configuredRestart } from './execution/configured-restart.js';
import { type AttemptId, createExecutionGraph, currentAttempts, type ExecutionGraph, findAttempt, layoutOf } from './execution/execution-graph.js';
import { type ExecutionDecision, type ExecutionFact, stepExecution } from './execution/execution-step.js';
import { assignSlots, requiredSlots, type SlotAssignment } from './execution/slots.js';
import { JobCheckpoints, type RestoredSnapshot } from './job-checkpoints.js';
import { cancelWithSavepoint, type SavepointedJob, stopWithSavepoint, triggerCheckpoint, triggerSavepoint } from './job-savepoints.js';
import { JobHistory } from './job-history.js';
import { snapshotJob } from './job-snapshot.js';
import type { EndedJob, FromTaskManager } from './messages.js';
import { MetricReports } from './metric-reports.js';
import { JobRescaling, type JobRescalingOptions } from './job-rescaling.js';
import type { JobAccumulators, JobDescription, JobEvent, JobResult, JobSnapshot, RunningJob, SavepointOptions, StopOptions, TriggeredCheckpoint } from './running-job.js';
import { SourceCoordinators } from './source-coordinators.js';
import { awaitedKeys, FIRST_KEYS_MS, StagedStart } from './staged-start.js';
import type { TaskManagerHandle } from './task-manager-thread.js';

export interface JobMasterOptions {
  readonly program: JobProgram;
  /** As it begins. */
  readonly jobGraph: JobGraph;
  /** As the program describes it, when it begins with another parallelism; the same unless given. */
  readonly described?: JobGraph | undefined;
  /** Which `execute` of the program this is, from 0. */
  readonly ordinal: number;
  readonly taskManagers: readonly TaskManagerHandle[];
  /** Another TaskManager in the place of one that was lost. Without it the job cannot restart there. */
  readonly replaceTaskManager?: (taskManager: number) => TaskManagerHandle;
  /** The TaskManagers for so many slots, those that the job has first; always the same ones unless given. */
  readonly taskManagersFor?: ((slots: number) => readonly TaskManagerHandle[]) | undefined;
  /** What is required of its parallelism, how more slots are got for it, and who remembers it. */
  readonly rescaling?: Pick<JobRescalingOptions, 'requirements' | 'slots' | 'remember'> | undefined;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly random: Random;
  /** Where checkpoints are kept; this machine's file system unless given. */
  readonly files?: FileStore | undefined;
  /** What the job goes on from. */
  readonly restored?: RestoredSnapshot | undefined;
  /** Called when the job has ended, before its result is known: every copy of the program goes on from there. */
  readonly announceEnd: (job: EndedJob) => void;
  /** Awaited before anything is deleted that the job could go on from, unless it is to go on. Must not reject. */
  readonly ending?: ((job: EndedJob, status: EndedStatus) => Promise<void>) | undefined;
}

/** How a job may end for good. */
export type EndedStatus = Exclude<JobResult['status'], 'SUSPENDED'>;

export class JobMaster implements RunningJob {
  readonly jobId: string;
  readonly name: string;
  readonly result: Promise<JobResult>;
  readonly requirements: JobRescaling | undefined;
  /** As it is now, or is to be once its tasks have ended. */
  private jobGraph: JobGraph;
  private next: JobGraph | undefined;
  private slots: SlotAssignment;
  private graph: ExecutionGraph;
  private metrics: SharedArrayBuffer;
  private readonly tasks: DeployedTasks;
  private readonly snapshots: JobCheckpoints;
  private readonly sources: SourceCoordinators;
  private readonly added = new AccumulatorRegistry();
  private readonly reports: MetricReports;
  private readonly history: JobHistory;
  private readonly staged: StagedStart;
  private readonly listeners = new Set<(event: JobEvent) => void>();
  private readonly restarts = new Set<ScheduledCall>();
  private readonly results: ResultFolder | undefined;
  private sourcesStarted = false;
  private keysDue: ScheduledCall | undefined;
  private readonly startTime: number;
  private endTime: number | undefined;
  private readerGone = false;
  private savepoint: string | undefined;
  private resolveResult!: (result: JobResult) => void;

  constructor(private readonly options: JobMasterOptions) {
    const { jobGraph, taskManagers, program, clock, configuration, random, ordinal, replaceTaskManager } = options;
    this.jobId = jobGraph.jobId;
    this.name = jobGraph.jobName;
    this.startTime = clock.now();
    this.jobGraph = jobGraph;
    this.slots = assignSlots(jobGraph, taskManagers.length);
    this.staged = new StagedStart(options.restored !== undefined, options.restored && awaitedKeys(options.restored.snapshot.metadata, jobGraph));
    this.metrics = metricsFor(jobGraph);
    const restart = configuredRestart(configuration, random);
    this.results = options.restored === undefined && keepsResults(jobGraph, configuration, restart) ? new ResultFolder(configuration.get(LevelLocalDirectory)) : undefined;
    this.graph = createExecutionGraph(jobGraph, restart, configuration.get(FailoverStrategy), this.results !== undefined);
    this.history = new JobHistory(configuration.get(ExceptionHistorySize), (vertexId) => jobGraph.vertices.find(({ id }) => id === vertexId)!.name, this.startTime);
    this.tasks = new DeployedTasks({
      program, jobGraph, ordinal, taskManagers, configuration, clock,
      slots: this.slots,
      metrics: this.metrics,
      attempts: () => currentAttempts(this.graph),
      report: (fact) => this.step(fact),
      results: () => this.results?.path,
      ...(replaceTaskManager ? { replace: replaceTaskManager } : {}),
    });
    this.snapshots = this.makeCheckpoints();
    this.sources = new SourceCoordinators(jobGraph, program, {
      send: (vertexId, subtask, message) => this.tasks.send({ vertexId, subtask }, message),
      fail: (error) => this.step({ type: 'job-failed', error, time: clock.now() }),
      backlog: (vertexId, isBacklog) => this.snapshots.sourceBacklog(vertexId, isBacklog),
    }, this.snapshots.enumeratorStates(), configuration.startingWith('s3.'));
    this.reports = new MetricReports(clock, () => (this.graph.status === 'RUNNING' ? this.tasks.tellAll({ type: 'report-metrics', jobId: this.jobId }) : []));
    this.result = new Promise((resolve) => (this.resolveResult = resolve));
    const adaptive = configuration.get(SchedulerType) === 'adaptive' && jobGraph.runtimeMode === 'STREAMING';
    this.requirements = adaptive ? this.makeRescaling() : undefined;
  }

  get description(): JobDescription {
    return { jobGraph: this.jobGraph, configuration: this.options.configuration, oneForOne: oneForOne(this.options.program) };
  }

  /** To be awaited before `start`. Rejects when the job's checkpoints, or the results of its tasks, cannot be kept. */
  async prepare(): Promise<void> {
    await this.snapshots.prepare();
    await this.results?.make();
  }

  start(): void {
    this.step({ type: 'job-started' });
  }

  status(): JobStatus {
    return this.graph.status;
  }

  cancel(): void {
    this.step({ type: 'cancel-requested' });
  }

  suspend(): void {
    this.step({ type: 'suspend-requested' });
  }

  snapshot(): JobSnapshot {
    this.reports.ask();
    const { jobGraph, options: { program, clock } } = this;
    return snapshotJob({
      jobGraph, graph: this.graph, definitions: program.definitions, metrics: this.metrics, startTime: this.startTime, now: this.endTime ?? clock.now(),
      reported: (vertexId, subtask, attempt) => this.reports.of(vertexId, subtask, attempt), memoryOf: (taskManager) => this.reports.memoryOf(taskManager), coordinatorOf: (vertexId) => this.sources.metricsOf(vertexId),
      history: this.history, slots: this.slots,
    });
  }

  refreshMetrics(): Promise<void> {
    return this.reports.refresh();
  }

  subscribe(listener: (event: JobEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  triggerCheckpoint(): Promise<TriggeredCheckpoint> {
    return triggerCheckpoint(this.savepointed());
  }

  triggerSavepoint(options?: SavepointOptions): Promise<string> {
    return triggerSavepoint(this.savepointed(), options);
  }

  stopWithSavepoint(options?: StopOptions): Promise<string> {
    return stopWithSavepoint(this.savepointed(), options);
  }

  cancelWithSavepoint(options?: SavepointOptions): Promise<string> {
    return cancelWithSavepoint(this.savepointed(), options);
  }

  accumulators(): JobAccumulators {
    if (this.graph.status === 'RUNNING') this.tasks.tellAll({ type: 'report-accumulators', jobId: this.jobId });
    return this.added.soFar();
  }

  checkpoints(): CheckpointStatistics {
    return this.snapshots.statistics();
  }

  private savepointed(): SavepointedJob {
    return {
      jobId: this.jobId, streaming: this.options.jobGraph.runtimeMode === 'STREAMING', checkpoints: this.snapshots, result: this.result,
      endsWith: (path) => (this.savepoint = path),
      cancel: () => this.cancel(),
    };
  }

  private makeCheckpoints(): JobCheckpoints {
    const { jobGraph, configuration, clock, random, restored, files = localFiles } = this.options;
    return new JobCheckpoints({
      jobGraph, clock, random, restored,
      settings: checkpointSettings(configuration, jobGraph.runtimeMode === 'STREAMING'),
      storage: checkpointStorage(configuration, { jobId: this.jobId, files, random }),
      send: (task, message) => this.tasks.send(task, message),
      tellAll: (message) => this.tasks.tellAll(message),
      attemptOf: (task) => findAttempt(this.graph, task)?.number,
      enumerators: (checkpointId) => this.sources.snapshot(checkpointId),
      tellEnumerators: (checkpointId, outcome) => (outcome === 'complete' ? this.sources.checkpointCompleted(checkpointId) : this.sources.checkpointAborted(checkpointId)),
      stopping: () => this.step({ type: 'job-stopping' }),
      saved: (savepoint) => this.step({ type: 'job-saved', savepoint, time: clock.now() }),
      // Not at once: a checkpoint may fail in the middle of a step.
      report: (checkpointId, error) => this.tell({ type: 'checkpoint', checkpointId, time: clock.now(), ...(error ? { error } : {}) }),
      failJob: (error) => void Promise.resolve().then(() => this.step({ type: 'job-failed', error, time: clock.now() })),
    });
  }

  private makeRescaling(): JobRescaling {
    const { jobGraph, described = jobGraph, configuration, clock, rescaling } = this.options;
    return new JobRescaling({
      ...rescaling,
      jobGraph: described,
      status: () => this.graph.status,
      allRun: () => this.graph.status === 'RUNNING' && currentAttempts(this.graph).every(({ state }) => state === 'RUNNING' || state === 'FINISHED'),
      whenChanged: (call) => this.subscribe(call),
      checkpoint: () => this.triggerCheckpoint(),
      restart: (next) => {
        this.next = next;
        this.step({ type: 'rescale-requested', layout: layoutOf(next, configuration.get(FailoverStrategy)) });
        return this.graph.pendingRestarts.some(({ layout }) => layout !== undefined);
      },
      failed: (error) => {
        const time = clock.now();
        this.history.note({ type: 'failure', failure: { error, time }, concurrent: false }, time);
        this.tell({ type: 'rescaling-failed', error, time });
      },
    }, jobGraph);
  }

  /** All tasks have ended, and are to start again as the next graph has them. */
  private rescaled(): void {
    const [before, jobGraph] = [this.jobGraph, this.next!];
    const { taskManagers, taskManagersFor = () => taskManagers } = this.options;
    const available = taskManagersFor(requiredSlots(jobGraph));
    this.jobGraph = jobGraph;
    this.slots = assignSlots(jobGraph, available.length);
    this.metrics = metricsFor(jobGraph);
    this.tasks.rescaled({ jobGraph, slots: this.slots, metrics: this.metrics, taskManagers: available });
    this.snapshots.rescaled(jobGraph);
    this.sources.rescaled(jobGraph);
    this.added.dropAll();
    const widths = new Map(before.vertices.map(({ id, parallelism }) => [id, parallelism]));
    const vertices = jobGraph.vertices.map(({ id, name, parallelism }) => ({ name, from: widths.get(id)!, to: parallelism }));
    this.tell({ type: 'rescaled', vertices: vertices.filter(({ from, to }) => from !== to), time: this.options.clock.now() });
  }

  /** Nobody reads standard output any more: what the job would still print has no use. */
  outputClosed(): void {
    this.readerGone = true;
    this.cancel();
  }

  taskManagerLost(taskManager: number, error: Error): void {
    // Tasks of a suspended job may still be there.
    if (this.endTime === undefined) this.tasks.taskManagerLost(taskManager, error);
  }

  receive(taskManager: number, message: Exclude<FromTaskManager, { type: 'ready' | 'output-closed' }>): void {
    if (!this.tasks.hears(taskManager)) return;
    switch (message.type) {
      case 'task-state': return this.taskReported(message);
      case 'metrics':
        this.reports.receiveMemory(taskManager, message.memory);
        this.reports.receive(message.subtasks);
        return this.reports.answered(taskManager);
      case 'accumulators':
        for (const subtask of message.subtasks) if (this.isCurrent(subtask)) this.added.reportInterim(subtask, subtask.parts);
        return undefined;
      case 'task-opened': return this.taskOpened(message);
      case 'keys-known': return this.isCurrent(message) && this.staged.keysKnown(message.operatorIds, message.seen) ? this.openSinks() : undefined;
      case 'deploy-failed': return this.deployFailed(message.attempts, deserializeError(message.error));
      case 'checkpoint-acknowledged': case 'checkpoint-declined': case 'end-of-data': return this.snapshots.receive(message);
      case 'collect': return this.collected(message.collectorId, message.values);
      case 'reader-registered': return this.isCurrent(message) ? this.sources.readerRegistered(message.vertexId, message.subtask) : undefined;
      case 'split-request': return this.isCurrent(message) ? this.sources.splitRequested(message.vertexId, message.subtask) : undefined;
      case 'source-event': return this.isCurrent(message) ? this.sources.sourceEvent(message.vertexId, message.subtask, message.event) : undefined;
    }
  }

  /** What a reader of an attempt before the last restart says concerns nobody. */
  private isCurrent(attempt: AttemptId): boolean {
    return findAttempt(this.graph, attempt)?.number === attempt.attempt;
  }

  private taskReported(message: Extract<FromTaskManager, { type: 'task-state' }>): void {
    const { vertexId, subtask, attempt, state, error, lost, accumulators, metrics } = message;
    if (metrics) this.reports.receive([{ vertexId, subtask, attempt, operators: metrics }]);
    const time = this.options.clock.now();
    try {
      if (accumulators && this.isCurrent(message)) this.added.report(message, accumulators);
    } catch (mergeError) {
      this.step({ type: 'job-failed', error: mergeError as Error, time });
    }
    if (state === 'FAILED') this.step({ type: 'task-failed', vertexId, subtask, attempt, error: deserializeError(error!), time, ...(lost ? { lost } : {}) });
    else this.step({ type: 'task-reported', vertexId, subtask, attempt, state, time });
  }

  private taskOpened(attempt: AttemptId): void {
    if (!this.staged.opened(attempt, currentAttempts(this.graph))) return;
    const { awaitsKeys } = this.staged;
    this.tasks.tellAll({ type: 'begin', jobId: this.jobId, sinks: !awaitsKeys });
    if (awaitsKeys) this.keysDue = this.options.clock.schedule(FIRST_KEYS_MS, () => this.staged.waitNoLonger() && this.openSinks());
  }

  private openSinks(): void {
    this.keysDue?.cancel();
    this.tasks.tellAll({ type: 'open-sinks', jobId: this.jobId });
  }

  private deployFailed(attempts: readonly AttemptId[], error: Error): void {
    const time = this.options.clock.now();
    for (const { vertexId, subtask, attempt } of attempts) this.step({ type: 'task-failed', vertexId, subtask, attempt, error, time });
  }

  private collected(collectorId: string, values: unknown[] | ArrayBuffer): void {
    this.options.program.collectors.get(collectorId)?.(values instanceof ArrayBuffer ? decodedValues(values) : values);
  }

  private step(fact: ExecutionFact): void {
    const { graph, decisions, changes } = stepExecution(this.graph, fact);
    this.graph = graph;
    const time = this.options.clock.now();
    for (const change of changes) {
      this.history.note(change, time);
      if (change.type === 'job-status') this.snapshots.jobStatus(change.status);
      if (change.type === 'execution-state') this.snapshots.taskState(change, change.state);
      if (change.type === 'rescaled') this.rescaled();
      else this.tell({ ...change, time });
    }
    this.carryOut(decisions);
  }

  private tell(event: JobEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private carryOut(decisions: readonly ExecutionDecision[]): void {
    const deploy = decisions.filter((decision) => decision.type === 'deploy-task');
    if (deploy.length > 0) this.deploy(deploy);
    const cancel = decisions.filter((decision) => decision.type === 'cancel-task');
    if (cancel.length > 0) this.tasks.cancel(cancel);
    for (const decision of decisions) {
      if (decision.type === 'request-slots') this.step({ type: 'slots-ready' });
      else if (decision.type === 'restart-later') this.restartLater(decision.restart, decision.delayMs);
      else if (decision.type === 'finish-job') this.end('FINISHED');
      else if (decision.type === 'cancel-job') this.end('CANCELED');
      else if (decision.type === 'suspend-job') this.end('SUSPENDED');
      else if (decision.type === 'fail-job') this.end('FAILED', decision.failure.error);
    }
  }

  private restartLater(restart: number, delayMs: number): void {
    const due = this.options.clock.schedule(delayMs, () => {
      this.restarts.delete(due);
      // A checkpoint that is being published is what the tasks go on from.
      this.snapshots.whenSettled(() => this.step({ type: 'restart-due', restart }));
    });
    this.restarts.add(due);
  }

  private deploy(attempts: readonly AttemptId[]): void {
    const again = attempts.filter(({ attempt }) => attempt > 0);
    for (const attempt of again) this.added.drop(attempt);
    if (again.length > 0 && this.staged.waitNoLonger()) this.openSinks();
    const restoreOf = this.snapshots.latestRestore();
    if (again.length > 0) this.sources.restart(again, this.snapshots.enumeratorStates());
    else if (!this.sourcesStarted) this.sources.start();
    this.sourcesStarted = true;
    this.tasks.deploy({ attempts, run: this.graph.scheduledRestarts, staged: this.staged.waiting, ...(restoreOf ? { restoreOf } : {}) });
  }

  private end(status: JobResult['status'], error?: Error): void {
    this.tasks.close();
    for (const restart of this.restarts) restart.cancel();
    this.keysDue?.cancel();
    this.endTime = this.options.clock.now();
    void this.conclude(status, error);
  }

  /** They are of tasks of this process, all of which have ended. */
  private async forgetLocalCopies(): Promise<void> {
    const { configuration } = this.options;
    if (configuration.get(LocalRecovery)) await removeLocalCopies(this.jobId, configuration.get(LevelLocalDirectory));
  }

  private async conclude(status: JobResult['status'], error: Error | undefined): Promise<void> {
    await this.sources.close();
    const accumulators = this.added.results();
    const netRuntimeMs = this.endTime! - this.startTime;
    const failure = error ?? endedOtherwise(status, this.jobId);
    const ended: EndedJob = {
      jobId: this.jobId,
      jobName: this.name,
      netRuntimeMs,
      accumulators: Object.fromEntries(Object.entries(accumulators).map(([name, { value }]) => [name, value])),
      error: failure && serializeError(failure),
    };
    if (status !== 'SUSPENDED') await this.options.ending?.(ended, status);
    await this.snapshots.close(status, this.staged.begun);
    await this.forgetLocalCopies();
    await this.results?.remove();
    const checkpoints = this.checkpoints();
    this.options.announceEnd(ended);
    this.resolveResult({
      jobId: this.jobId,
      name: this.name,
      status,
      netRuntimeMs,
      accumulators,
      ...(error ? { error } : {}),
      ...(this.staged.refusedBy(error) ? { refused: true as const } : {}),
      final: this.snapshot(),
      ...(checkpoints.counts.total > 0 ? { checkpoints } : {}),
      ...(this.savepoint === undefined ? {} : { savepoint: this.savepoint }),
      outputClosed: this.readerGone,
    });
  }
}

/** What whoever waits for the job's result is told instead of it. */
function endedOtherwise(status: JobResult['status'], jobId: string): FlinkError | undefined {
  if (status === 'CANCELED') return new FlinkError('JOB_CANCELED', `job ${jobId} was cancelled`);
  return status === 'SUSPENDED' ? new FlinkError('JOB_SUSPENDED', `job ${jobId} was suspended`) : undefined;
}

function metricsFor({ vertices }: JobGraph): SharedArrayBuffer {
  return allocateMetrics(vertices.reduce((sum, { parallelism }) => sum + parallelism, 0));
}

function decodedValues(bytes: ArrayBuffer): unknown[] {
  const { values, count } = decodeBatch(bytes);
  return values.slice(0, count);
}
