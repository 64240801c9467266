/**
 * The tasks of one job as its JobMaster holds them on TaskManagers: tells these what to run and what to end, and turns
 * the loss of one into what it means for each task.
 *
 * Invariants:
 * - A TaskManager that has been lost is told nothing and heard no more, until another stands in its place.
 * - A task that was told to end and does not do so in time costs its TaskManager the thread.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { CancellationTimeout } from '../core/options.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { JobProgram } from '../program/job-program.js';
import type { TaskRestore } from '../runtime/deployment.js';
import { TaskMetrics } from '../runtime/task-metrics.js';
import { type AttemptId, attemptName, type currentAttempts } from './execution/execution-graph.js';
import type { ExecutionFact } from './execution/execution-step.js';
import type { SlotAssignment, SubtaskId } from './execution/slots.js';
import type { ToTaskManager } from './messages.js';
import { type KeptResults, planDeployments } from './plan-deployments.js';
import type { TaskManagerHandle } from './task-manager-thread.js';

/** Where the tasks of a job at one parallelism are, and where they count. */
export interface TaskPlaces {
  readonly jobGraph: JobGraph;
  readonly slots: SlotAssignment;
  readonly metrics: SharedArrayBuffer;
  /** At least those that have slots. */
  readonly taskManagers: readonly TaskManagerHandle[];
}

export interface DeployedTasksOptions extends TaskPlaces {
  readonly program: JobProgram;
  readonly ordinal: number;
  /** Another TaskManager in the place of one that was lost; undefined when there is none to be had. */
  readonly replace?: (taskManager: number) => TaskManagerHandle;
  readonly configuration: Configuration;
  readonly clock: Clock;
  /** The attempts as they stand. */
  readonly attempts: () => ReturnType<typeof currentAttempts>;
  readonly report: (fact: ExecutionFact) => void;
  /** The folder in which results are kept; undefined when they are not. */
  readonly results: () => string | undefined;
}

/** What is to run. */
export interface DeploymentOrder {
  readonly attempts: readonly AttemptId[];
  /** Which run of the program the functions come from. */
  readonly run: number;
  /** The tasks are to wait until all of the job have opened. */
  readonly staged: boolean;
  readonly restoreOf?: (subtask: SubtaskId) => TaskRestore | undefined;
}

export class DeployedTasks {
  private readonly handles: TaskManagerHandle[];
  private readonly lost = new Map<number, Error>();
  private readonly deadlines = new Set<ScheduledCall>();
  private places: TaskPlaces;

  constructor(private readonly options: DeployedTasksOptions) {
    this.handles = [...options.taskManagers];
    this.places = options;
  }

  /** The job has another parallelism from now on. All its tasks have ended; TaskManagers that it had stay its own. */
  rescaled(places: TaskPlaces): void {
    this.places = places;
    this.handles.push(...places.taskManagers.slice(this.handles.length));
  }

  /** Whether messages of that TaskManager count. */
  hears(taskManager: number): boolean {
    return !this.lost.has(taskManager);
  }

  send({ vertexId, subtask }: SubtaskId, message: ToTaskManager): void {
    this.handles[this.taskManagerOf(vertexId, subtask)]!.send(message);
  }

  /** Tells every TaskManager that there is. @returns their indexes. */
  tellAll(message: ToTaskManager): readonly number[] {
    const there = [...this.handles.keys()].filter((taskManager) => !this.lost.has(taskManager));
    for (const taskManager of there) this.handles[taskManager]!.send(message);
    return there;
  }

  /** Tells the TaskManagers what to run; what cannot be told has failed. */
  deploy({ attempts, run, staged, restoreOf }: DeploymentOrder): void {
    const { options: { program, ordinal, configuration, clock, report }, places: { jobGraph, slots, metrics } } = this;
    const untold = this.byTaskManager(attempts);
    try {
      for (const taskManager of untold.keys()) this.standIn(taskManager);
      const doorbells = this.handles.map((handle) => handle.doorbell);
      const results = this.keptResults();
      const deployments = planDeployments({ ...(results ? { results } : {}), jobGraph, slots, doorbells, metrics, attempts, staged, configuration, directCalls: program.graph.chainingEnabled, ...(restoreOf ? { restoreOf } : {}) });
      for (const deployment of deployments) {
        if (deployment.subtasks.length === 0) continue;
        for (const subtask of deployment.subtasks) new TaskMetrics(metrics, subtask.metricsIndex).reset();
        this.handles[deployment.taskManager]!.send({ type: 'deploy', ordinal, run, streamGraph: program.graph, deployment });
        untold.delete(deployment.taskManager);
      }
    } catch (error) {
      // What was told is cancelled as after any failure.
      const time = clock.now();
      for (const attempt of [...untold.values()].flat()) report({ type: 'task-failed', ...attempt, error: error as Error, time });
    }
  }

  private keptResults(): KeptResults | undefined {
    const folder = this.options.results();
    if (folder === undefined) return undefined;
    const attempts = new Map(this.options.attempts().map(({ vertexId, subtask, attempt }) => [`${vertexId}/${subtask}`, attempt]));
    return { folder, attemptOf: ({ vertexId, subtask }) => attempts.get(`${vertexId}/${subtask}`)! };
  }

  private standIn(taskManager: number): void {
    const loss = this.lost.get(taskManager);
    if (!loss) return;
    if (!this.options.replace) throw loss;
    this.handles[taskManager] = this.options.replace(taskManager);
    this.lost.delete(taskManager);
  }

  /** Tells the TaskManagers; one that does not listen in time is stopped. */
  cancel(attempts: readonly AttemptId[]): void {
    const { options: { clock, configuration }, places: { jobGraph } } = this;
    for (const [taskManager, concerned] of this.byTaskManager(attempts)) {
      if (this.lost.has(taskManager)) this.reportGone(taskManager, this.lost.get(taskManager)!);
      else this.handles[taskManager]!.send({ type: 'cancel', jobId: jobGraph.jobId, attempts: concerned });
    }
    const deadline = clock.schedule(configuration.get(CancellationTimeout), () => {
      this.deadlines.delete(deadline);
      void this.stopThreads(new Set(attempts.map(attemptName)));
    });
    this.deadlines.add(deadline);
  }

  taskManagerLost(taskManager: number, error: Error): void {
    if (this.lost.has(taskManager)) return;
    this.lost.set(taskManager, error);
    this.reportGone(taskManager, error);
  }

  close(): void {
    for (const deadline of this.deadlines) deadline.cancel();
    this.deadlines.clear();
  }

  /** Of these attempts, those that have not ended cost their TaskManagers the thread. */
  private async stopThreads(late: ReadonlySet<string>): Promise<void> {
    for (let taskManager = 0; taskManager < this.handles.length; taskManager++) {
      if (this.lost.has(taskManager) || this.attemptsOn(taskManager).every((attempt) => attempt.state !== 'CANCELING' || !late.has(attemptName(attempt)))) continue;
      const error = new FlinkError('TASK_MANAGER_LOST', `TaskManager ${taskManager} was stopped, for a task that was cancelled did not end`);
      this.lost.set(taskManager, error);
      await this.handles[taskManager]!.terminate();
      this.reportGone(taskManager, error);
    }
  }

  /** What was to end has ended, what was to run has failed; what has not been deployed gets another TaskManager. */
  private reportGone(taskManager: number, error: Error): void {
    const time = this.options.clock.now();
    for (const { state, ...attempt } of this.attemptsOn(taskManager)) {
      if (state === 'CANCELING') this.options.report({ type: 'task-reported', ...attempt, state: 'CANCELED', time });
      else if (state !== 'CREATED' && state !== 'SCHEDULED') this.options.report({ type: 'task-failed', ...attempt, error, time });
    }
  }

  private attemptsOn(taskManager: number): ReturnType<typeof currentAttempts> {
    return this.options.attempts().filter((attempt) => this.taskManagerOf(attempt.vertexId, attempt.subtask) === taskManager);
  }

  private byTaskManager(attempts: readonly AttemptId[]): Map<number, AttemptId[]> {
    const groups = new Map<number, AttemptId[]>();
    for (const { vertexId, subtask, attempt } of attempts) {
      const taskManager = this.taskManagerOf(vertexId, subtask);
      groups.set(taskManager, [...(groups.get(taskManager) ?? []), { vertexId, subtask, attempt }]);
    }
    return groups;
  }

  private taskManagerOf(vertexId: string, subtask: number): number {
    return this.places.slots.slotOf(vertexId, subtask).taskManager;
  }
}
