/**
 * The embedded cluster: a JobManager in this thread and TaskManagers beside it (Flink: `MiniCluster`). The one place
 * that chooses threads or none, the clock and the source of randomness.
 *
 * Invariants:
 * - A TaskManager serves one program run; what a job leaves in its memory ends with it.
 * - Every TaskManager, whenever it is started, learns of every job that has ended: its copies of the program wait for
 *   them on their way to the job that it is to run.
 * - A TaskManager that has gone is replaced when a job restarts or the next one is submitted; what it still says is
 *   not heard.
 */
import { availableParallelism } from 'node:os';
import type { FileStore } from '../checkpoint/file-store.js';
import { storedFiles } from '../checkpoint/stored-files.js';
import type { Configuration } from '../core/configuration.js';
import { RestorePath, TaskManagers } from '../core/options.js';
import { FlinkError } from '../core/errors.js';
import type { JobGraph } from '../graph/job-graph.js';
import { createJobGraph } from '../graph/translate.js';
import type { JobProgram } from '../program/job-program.js';
import type { ProgramSource } from '../program/load-program.js';
import { asRemembered, type RememberedRequirements } from './resource-requirements.js';
import { requiredSlots } from './execution/slots.js';
import { jobIdOf, newRunId } from './job-id.js';
import { type EndedStatus, JobMaster } from './job-master.js';
import type { JobRescalingOptions } from './job-rescaling.js';
import type { EndedJob, FromTaskManager, ToTaskManager } from './messages.js';
import { ownLatestCheckpoint, prepareRestore, type Recovery, recoverySettings, type RestoreSettings, restoreSettings } from './prepare-restore.js';
import { SubmittedPrograms } from './programs.js';
import type { RunningJob } from './running-job.js';
import { SharedScreen } from './shared-screen.js';
import { machine, type Surroundings } from './surroundings.js';
import { startInProcess, startThread, type TaskManagerHandle } from './task-manager-thread.js';

export interface MiniClusterOptions {
  readonly configuration: Configuration;
  /** False runs everything in the caller's thread. */
  readonly workers: boolean;
  /** Given when the first job is to go on from the newest checkpoint of its name, if there is one. */
  readonly recover?: Recovery | undefined;
  /** The program has run before under its id: its jobs go on from their newest checkpoints, where there are any. */
  readonly recoverJobs?: boolean;
  /** A job has ended: awaited before anything is deleted that it could go on from. Must not reject. */
  readonly ending?: (job: EndedJob, status: EndedStatus) => Promise<void>;
  /** What is known of a job's parallelism beyond its program, and who is to be told of it. */
  readonly rescaling?: (jobId: string) => RescaledBefore;
  /** The id of the first job; chance chooses unless given. */
  readonly runId?: string | undefined;
  /** Where the jobs come from; needed with `workers`. */
  readonly bundle?: ProgramSource;
  /** The compiled script of a TaskManager's thread; needed with `workers`. */
  readonly script?: URL;
  /** Time, randomness and output; the machine's own unless given. The threads of `workers` keep to the machine's. */
  readonly surroundings?: Surroundings;
}

/** See `JobMasterOptions.rescaling`. */
export interface RescaledBefore extends Pick<JobRescalingOptions, 'slots' | 'remember'> {
  readonly remembered?: RememberedRequirements | undefined;
}

export class MiniCluster {
  private readonly surroundings: Surroundings;
  private readonly runId: string;
  private readonly screenMemory = SharedScreen.allocate();
  /** For whoever writes to the terminal beside the TaskManagers. */
  readonly screen = new SharedScreen(this.screenMemory);
  private readonly submitted = new SubmittedPrograms();
  private readonly taskManagers: TaskManagerHandle[] = [];
  private readonly jobs = new Map<string, JobMaster>();
  private readonly ended: Extract<ToTaskManager, { type: 'job-ended' }>[] = [];
  /** TaskManagers that have been lost or stopped, by index. */
  private readonly gone = new Set<number>();
  private executed = 0;
  private closing = false;

  private constructor(private readonly options: MiniClusterOptions) {
    this.surroundings = options.surroundings ?? machine;
    this.runId = options.runId ?? newRunId(this.surroundings.random);
  }

  static start(options: MiniClusterOptions): MiniCluster {
    return new MiniCluster(options);
  }

  /** Starts TaskManagers before a job needs them, so that they come up while its graph is built. */
  prepare(taskManagers: number): void {
    while (this.taskManagers.length < taskManagers) this.startTaskManager(this.taskManagers.length);
  }

  /** The bundle is in place: TaskManagers that are up begin to run it, before the client has finished doing so. */
  preload(): void {
    this.taskManagers.forEach((taskManager, index) => this.sendBundle(taskManager, [index]));
  }

  /**
   * Runs a program's next job.
   *
   * @param restore what it goes on from; by default the first job of a program goes on from what the configuration says,
   *   others from what the program itself says of them.
   * @param reserved its number, where the caller asked for it before.
   */
  async submit(program: JobProgram, restore?: RestoreSettings, reserved?: number): Promise<RunningJob> {
    const { clock, random } = this.surroundings;
    const ordinal = this.options.workers ? (reserved ?? this.reserve()) : this.submitted.submit(program);
    const configuration = this.options.configuration.overriddenBy(program.configuration);
    const files = this.surroundings.files ?? storedFiles(configuration, { clock, random });
    const described = createJobGraph(program.graph, jobIdOf(this.runId, ordinal));
    const { remembered, ...rescaling } = this.options.rescaling?.(described.jobId) ?? {};
    const fresh = asRemembered(described, remembered);
    const from = restore ?? (await this.startingPoint(configuration, fresh, { first: ordinal === 0, told: program.configuration?.getOptional(RestorePath) !== undefined }, files));
    const { jobGraph, restored } = from ? await prepareRestore(fresh, { ...program, configuration }, from, files) : { jobGraph: fresh, restored: undefined };
    const taskManagers = this.taskManagersWith(requiredSlots(jobGraph));
    const job = new JobMaster({
      program,
      jobGraph,
      described: { ...jobGraph, vertices: jobGraph.vertices.map((vertex, at) => ({ ...vertex, parallelism: described.vertices[at]!.parallelism })), edges: described.edges },
      rescaling: { ...rescaling, requirements: fresh === described ? undefined : remembered?.requirements },
      ordinal,
      taskManagers,
      taskManagersFor: (slots) => this.taskManagersWith(slots),
      configuration,
      clock,
      random,
      files,
      restored,
      replaceTaskManager: (index) => this.replace(index),
      announceEnd: (ended) => this.announceEnd(ordinal, ended),
      ending: this.options.ending,
    });
    await job.prepare();
    this.jobs.set(jobGraph.jobId, job);
    // Not at once: whoever submitted gets to subscribe to the states first.
    clock.schedule(0, () => job.start());
    return job;
  }

  /** The number of the program's next `execute`, for a job that is submitted later than others that come after it. */
  reserve(): number {
    return this.executed++;
  }

  /** A job of the program does not run, for it has ended: every copy of it goes on from there. @param reserved its number; the next one's unless given. */
  pass(ended: EndedJob, reserved = this.reserve()): void {
    this.announceEnd(reserved, ended);
  }

  /** Ends every TaskManager. Jobs that still run are lost; wait for their results first. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.taskManagers.map((taskManager) => taskManager.terminate()));
  }

  /** @param which whether it is the program's first job, and whether the program has told it where to go on from. */
  private async startingPoint(configuration: Configuration, job: JobGraph, which: { readonly first: boolean; readonly told: boolean }, files: FileStore): Promise<RestoreSettings | undefined> {
    const { recover, recoverJobs } = this.options;
    // What the job has done itself is newer than what it was told to go on from.
    const own = recoverJobs ? await ownLatestCheckpoint(configuration, job, files) : undefined;
    if (own) return own;
    const told = which.first || which.told ? restoreSettings(configuration) : undefined;
    return told ?? (which.first && recover ? recoverySettings(configuration, job.jobName, recover, files) : undefined);
  }

  /** Those for so many slots, started where they are not there yet. */
  private taskManagersWith(slots: number): TaskManagerHandle[] {
    const count = this.options.workers ? Math.min(slots, this.options.configuration.get(TaskManagers) ?? availableParallelism()) : 1;
    for (const index of this.gone) this.startTaskManager(index);
    this.prepare(count);
    for (const taskManager of this.taskManagers) this.sendBundle(taskManager, []);
    return this.taskManagers.slice(0, count);
  }

  private sendBundle(taskManager: TaskManagerHandle, slots: readonly number[]): void {
    if (this.options.bundle) taskManager.send({ type: 'load', source: this.options.bundle, runId: this.runId, slots });
  }

  private announceEnd(ordinal: number, job: EndedJob): void {
    const message = { type: 'job-ended', ordinal, job } as const;
    this.ended.push(message);
    for (const taskManager of this.taskManagers) taskManager.send(message);
  }

  private startTaskManager(index: number): void {
    const { configuration, script, workers } = this.options;
    const isHere = (): boolean => this.taskManagers[index] === handle;
    const listener = {
      message: (message: FromTaskManager) => isHere() && this.receive(index, message),
      lost: (error: Error) => isHere() && this.lost(index, error),
    };
    const started = workers && script ? startThread(script, index, this.screenMemory, configuration, listener) : startInProcess(this.submitted, this.surroundings, listener);
    this.gone.delete(index);
    const handle: TaskManagerHandle = (this.taskManagers[index] = { ...started, terminate: () => this.stop(started, (error) => isHere() && this.lost(index, error), index) });
    if (this.ended.length === 0) return;
    this.sendBundle(started, []);
    for (const message of this.ended) started.send(message);
  }

  private replace(index: number): TaskManagerHandle {
    if (this.gone.has(index)) {
      this.startTaskManager(index);
      this.sendBundle(this.taskManagers[index]!, []);
    }
    return this.taskManagers[index]!;
  }

  /** Other jobs may have tasks there too. */
  private async stop(taskManager: TaskManagerHandle, lost: (error: Error) => void, index: number): Promise<void> {
    await taskManager.terminate();
    if (!this.closing) lost(new FlinkError('TASK_MANAGER_LOST', `TaskManager ${index} was stopped, for a task that was cancelled did not end`));
  }

  private lost(index: number, error: Error): void {
    this.gone.add(index);
    for (const job of this.jobs.values()) job.taskManagerLost(index, error);
  }

  private receive(taskManager: number, message: FromTaskManager): void {
    if (message.type === 'ready') return;
    if (message.type === 'output-closed') {
      for (const job of this.jobs.values()) job.outputClosed();
      return;
    }
    this.jobs.get(message.jobId)?.receive(taskManager, message);
  }
}
