/**
 * Runs one job: carries out what `execution/` decides, deploys to the TaskManagers, coordinates the sources, gathers
 * accumulators and says how the job ended (Flink: `JobMaster`).
 *
 * Invariants:
 * - Every change of state goes through `stepExecution`; this file keeps no state of tasks of its own.
 * - `result` resolves once, after every task has ended or its thread has been stopped.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { deserializeError, FlinkError, serializeError } from '../core/errors.js';
import { CancellationTimeout } from '../core/options.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { JobProgram } from '../program/job-program.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import type { Deployment } from '../runtime/deployment.js';
import { decodeBatch } from '../runtime/exchange/encoded-batch.js';
import { allocateMetrics } from '../runtime/task-metrics.js';
import { AccumulatorRegistry } from './accumulator-registry.js';
import { type AttemptId, createExecutionGraph, currentAttempts, type ExecutionGraph } from './execution/execution-graph.js';
import { type ExecutionDecision, type ExecutionFact, stepExecution } from './execution/execution-step.js';
import { isJobTerminal } from './execution/job-state.js';
import { NO_RESTART } from './execution/restart-strategy.js';
import { assignSlots, type SlotAssignment } from './execution/slots.js';
import { snapshotJob } from './job-snapshot.js';
import type { EndedJob, FromTaskManager } from './messages.js';
import { MetricReports } from './metric-reports.js';
import { planDeployments } from './plan-deployments.js';
import type { JobEvent, JobResult, JobSnapshot, RunningJob } from './running-job.js';
import { SourceCoordinators } from './source-coordinators.js';
import type { TaskManagerHandle } from './task-manager-thread.js';

export interface JobMasterOptions {
  readonly program: JobProgram;
  readonly jobGraph: JobGraph;
  /** Which `execute` of the program this is, from 0. */
  readonly ordinal: number;
  readonly taskManagers: readonly TaskManagerHandle[];
  readonly configuration: Configuration;
  readonly clock: Clock;
  /** Called when the job has ended, before its result is known: every copy of the program goes on from there. */
  readonly announceEnd: (job: EndedJob) => void;
}

export class JobMaster implements RunningJob {
  readonly jobId: string;
  readonly name: string;
  readonly result: Promise<JobResult>;
  private graph: ExecutionGraph;
  private readonly slots: SlotAssignment;
  private readonly metrics: SharedArrayBuffer;
  private readonly sources: SourceCoordinators;
  private readonly accumulators = new AccumulatorRegistry();
  private readonly reports: MetricReports;
  private readonly listeners = new Set<(event: JobEvent) => void>();
  private readonly lost = new Set<number>();
  private readonly startTime: number;
  private endTime: number | undefined;
  private readerGone = false;
  private patience: ScheduledCall | undefined;
  private resolveResult!: (result: JobResult) => void;

  constructor(private readonly options: JobMasterOptions) {
    const { jobGraph, taskManagers, program, clock } = options;
    this.jobId = jobGraph.jobId;
    this.name = jobGraph.jobName;
    this.startTime = clock.now();
    this.slots = assignSlots(jobGraph, taskManagers.length);
    this.metrics = allocateMetrics(jobGraph.vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0));
    this.graph = createExecutionGraph(jobGraph, NO_RESTART);
    this.sources = new SourceCoordinators(jobGraph, program, {
      send: (vertexId, subtask, message) => taskManagers[this.taskManagerOf(vertexId, subtask)]!.send(message),
      fail: (error) => this.step({ type: 'job-failed', error, time: clock.now() }),
    });
    this.reports = new MetricReports(clock, () => {
      if (this.graph.status !== 'RUNNING') return;
      taskManagers.forEach((taskManager, index) => this.lost.has(index) || taskManager.send({ type: 'report-metrics', jobId: this.jobId }));
    });
    this.result = new Promise((resolve) => (this.resolveResult = resolve));
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

  snapshot(): JobSnapshot {
    this.reports.ask();
    const { jobGraph, program, clock } = this.options;
    return snapshotJob({
      jobGraph, graph: this.graph, definitions: program.definitions, metrics: this.metrics, startTime: this.startTime, now: this.endTime ?? clock.now(),
      reported: (vertexId, subtask, attempt) => this.reports.of(vertexId, subtask, attempt),
    });
  }

  subscribe(listener: (event: JobEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Nobody reads standard output any more: what the job would still print has no use. */
  outputClosed(): void {
    this.readerGone = true;
    this.cancel();
  }

  taskManagerLost(taskManager: number, error: Error): void {
    if (this.lost.has(taskManager) || isJobTerminal(this.graph.status)) return;
    this.lost.add(taskManager);
    const time = this.options.clock.now();
    for (const { state: _, ...attempt } of this.attemptsOn(taskManager)) this.step({ type: 'task-failed', ...attempt, error, time });
  }

  receive(taskManager: number, message: Exclude<FromTaskManager, { type: 'ready' | 'output-closed' }>): void {
    if (this.lost.has(taskManager)) return;
    switch (message.type) {
      case 'task-state': return this.taskReported(message);
      case 'metrics': return this.reports.receive(message.subtasks);
      case 'deploy-failed': return this.deployFailed(taskManager, deserializeError(message.error));
      case 'collect': return this.collected(message.collectorId, message.values);
      case 'reader-registered': return this.sources.readerRegistered(message.vertexId, message.subtask);
      case 'split-request': return this.sources.splitRequested(message.vertexId, message.subtask);
      case 'source-event': return this.sources.sourceEvent(message.vertexId, message.subtask, message.event);
    }
  }

  private taskReported(message: Extract<FromTaskManager, { type: 'task-state' }>): void {
    const { vertexId, subtask, attempt, state, error, accumulators, metrics } = message;
    if (metrics) this.reports.receive([{ vertexId, subtask, attempt, operators: metrics }]);
    const time = this.options.clock.now();
    try {
      if (accumulators) this.accumulators.merge(accumulators);
    } catch (mergeError) {
      this.step({ type: 'job-failed', error: mergeError as Error, time });
    }
    if (state === 'FAILED') this.step({ type: 'task-failed', vertexId, subtask, attempt, error: deserializeError(error!), time });
    else this.step({ type: 'task-reported', vertexId, subtask, attempt, state, time });
  }

  /** None of the subtasks on that TaskManager runs. */
  private deployFailed(taskManager: number, error: Error): void {
    const time = this.options.clock.now();
    for (const { state: _, ...attempt } of this.attemptsOn(taskManager)) this.step({ type: 'task-failed', ...attempt, error, time });
  }

  private collected(collectorId: string, values: unknown[] | ArrayBuffer): void {
    this.options.program.collectors.get(collectorId)?.(values instanceof ArrayBuffer ? decodedValues(values) : values);
  }

  private step(fact: ExecutionFact): void {
    const { graph, decisions, changes } = stepExecution(this.graph, fact);
    this.graph = graph;
    const time = this.options.clock.now();
    for (const change of changes) {
      for (const listener of this.listeners) listener({ ...change, time });
    }
    this.carryOut(decisions);
  }

  private carryOut(decisions: readonly ExecutionDecision[]): void {
    const deploy = decisions.filter((decision) => decision.type === 'deploy-task');
    if (deploy.length > 0) this.deploy(deploy);
    const cancel = decisions.filter((decision) => decision.type === 'cancel-task');
    if (cancel.length > 0) this.cancelTasks(cancel);
    for (const decision of decisions) {
      if (decision.type === 'request-slots') this.step({ type: 'slots-ready' });
      else if (decision.type === 'finish-job') this.end('FINISHED');
      else if (decision.type === 'cancel-job') this.end('CANCELED');
      else if (decision.type === 'fail-job') this.end('FAILED', decision.failure.error);
    }
  }

  private deploy(attempts: readonly AttemptId[]): void {
    const { taskManagers, program, ordinal } = this.options;
    let deployed = 0;
    try {
      const deployments = this.deployments(attempts);
      this.sources.start();
      for (const deployment of deployments) {
        if (deployment.subtasks.length > 0) taskManagers[deployed]!.send({ type: 'deploy', ordinal, streamGraph: program.graph, deployment });
        deployed += 1;
      }
    } catch (error) {
      // What was not told to run has failed; what was is cancelled as after any failure.
      for (; deployed < taskManagers.length; deployed++) this.deployFailed(deployed, error as Error);
    }
  }

  private deployments(attempts: readonly AttemptId[]): Deployment[] {
    const { jobGraph, taskManagers, configuration, program } = this.options;
    return planDeployments({
      jobGraph,
      slots: this.slots,
      doorbells: taskManagers.map((taskManager) => taskManager.doorbell),
      metrics: this.metrics,
      attempt: attempts[0]!.attempt,
      configuration,
      directCalls: program.graph.chainingEnabled,
    });
  }

  /** Tells the TaskManagers; one that does not listen in time is stopped. */
  private cancelTasks(attempts: readonly AttemptId[]): void {
    const { taskManagers, clock, configuration } = this.options;
    const told = new Set(attempts.map((attempt) => this.taskManagerOf(attempt.vertexId, attempt.subtask)));
    for (const taskManager of told) {
      if (this.lost.has(taskManager)) this.reportStopped(taskManager);
      else taskManagers[taskManager]!.send({ type: 'cancel', jobId: this.jobId });
    }
    this.patience ??= clock.schedule(configuration.get(CancellationTimeout), () => void this.stopThreads());
  }

  private async stopThreads(): Promise<void> {
    for (let taskManager = 0; taskManager < this.options.taskManagers.length; taskManager++) {
      if (this.attemptsOn(taskManager).every((attempt) => attempt.state !== 'CANCELING')) continue;
      this.lost.add(taskManager);
      await this.options.taskManagers[taskManager]!.terminate();
      this.reportStopped(taskManager);
    }
  }

  private reportStopped(taskManager: number): void {
    const time = this.options.clock.now();
    for (const { state, ...attempt } of this.attemptsOn(taskManager)) {
      if (state === 'CANCELING') this.step({ type: 'task-reported', ...attempt, state: 'CANCELED', time });
    }
  }

  private attemptsOn(taskManager: number): ReturnType<typeof currentAttempts> {
    return currentAttempts(this.graph).filter((attempt) => this.taskManagerOf(attempt.vertexId, attempt.subtask) === taskManager);
  }

  private taskManagerOf(vertexId: string, subtask: number): number {
    return this.slots.slotOf(vertexId, subtask).taskManager;
  }

  private end(status: JobResult['status'], error?: Error): void {
    this.patience?.cancel();
    this.endTime = this.options.clock.now();
    void this.conclude(status, error);
  }

  private async conclude(status: JobResult['status'], error: Error | undefined): Promise<void> {
    await this.sources.close();
    const accumulators = this.accumulators.results();
    const netRuntimeMs = this.endTime! - this.startTime;
    const failure = error ?? (status === 'CANCELED' ? new FlinkError('JOB_CANCELED', `job ${this.jobId} was cancelled`) : undefined);
    const ended: EndedJob = {
      jobId: this.jobId,
      jobName: this.name,
      netRuntimeMs,
      accumulators: Object.fromEntries(Object.entries(accumulators).map(([name, { value }]) => [name, value])),
      error: failure && serializeError(failure),
    };
    this.options.announceEnd(ended);
    this.resolveResult({
      jobId: this.jobId,
      name: this.name,
      status,
      netRuntimeMs,
      accumulators,
      ...(error ? { error } : {}),
      final: this.snapshot(),
      outputClosed: this.readerGone,
    });
  }
}

function decodedValues(bytes: ArrayBuffer): unknown[] {
  const { values, count } = decodeBatch(bytes);
  return values.slice(0, count);
}
