/**
 * A TaskManager: takes deployments, runs their tasks in its loop and reports what becomes of them.
 *
 * It knows neither threads nor the process: how messages travel, how rings are opened and where printed lines go is
 * given to it.
 */
import type { FileStore } from '../checkpoint/file-store.js';
import { storedFiles } from '../checkpoint/stored-files.js';
import type { Clock } from '../core/clock.js';
import { Configuration } from '../core/configuration.js';
import { FlinkError, serializeError } from '../core/errors.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { Random } from '../core/random.js';
import type { OperatorHost } from '../operators/operator.js';
import type { SourceReader } from '../operators/source.js';
import type { JobProgram } from '../program/job-program.js';
import { buildTasks } from '../runtime/build-tasks.js';
import { ChannelEnds, type RingEnds } from '../runtime/channel-ends.js';
import type { Deployment, SubtaskDeployment } from '../runtime/deployment.js';
import type { BatchPool } from '../runtime/exchange/batch-pool.js';
import { lostResult } from '../runtime/exchange/result-file.js';
import { readMetrics } from '../runtime/operator-metrics.js';
import { preview } from '../core/preview.js';
import type { SubtaskContext } from '../runtime/subtask-context.js';
import type { Task } from '../runtime/task.js';
import type { TaskState } from '../runtime/task-parts.js';
import { type AttemptId, attemptName } from './execution/execution-graph.js';
import { type LoopHost, TaskLoop, type TurnListener } from '../runtime/task-loop.js';
import type { AccumulatorPart, FromTaskManager, ThreadMemory, ToTaskManager } from './messages.js';
import { checkSameGraph, type Programs } from './programs.js';

export interface TaskManagerHost {
  readonly clock: Clock;
  /** Ends the turns of a task; `clock` unless given. */
  readonly turnClock?: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  /** Where snapshots are; wherever their paths point unless given. */
  readonly files?: FileStore | undefined;
  readonly loop: LoopHost;
  readonly turns?: TurnListener;
  readonly rings: RingEnds;
  readonly pool: BatchPool;
  readonly print: OperatorHost['print'];
  /** Makes values ready to travel to the client. */
  readonly encodeCollected: (values: unknown[]) => unknown[] | ArrayBuffer;
  /** How this thread stands with memory, for those who look at its jobs. */
  readonly memory?: () => ThreadMemory;
  send(message: FromTaskManager): void;
}

/** A job as far as it runs here. A restart adds tasks while those of other regions run on. */
interface LocalJob {
  /** Those that have not ended. */
  readonly tasks: Set<Task>;
  /** By vertex and subtask. */
  readonly readers: Map<string, { reader: SourceReader<unknown>; task: Task }>;
  readonly contexts: Set<SubtaskContext>;
  readonly loading: Set<LoadingDeployment>;
}

/** A deployment whose programs are not ready yet, and what of it has been cancelled meanwhile. */
interface LoadingDeployment {
  readonly deployment: Deployment;
  readonly cancelled: Set<SubtaskDeployment>;
}

type Message<T extends ToTaskManager['type']> = Extract<ToTaskManager, { type: T }>;

export class TaskManager {
  private readonly jobs = new Map<string, LocalJob>();
  private readonly loop: TaskLoop;

  constructor(private readonly host: TaskManagerHost, private readonly programs: () => Programs) {
    this.loop = new TaskLoop(host.turnClock ?? host.clock, host.loop, host.turns);
  }

  /** Whether tasks of any job are here, from before the first is opened until the last is closed. */
  get running(): boolean {
    return [...this.jobs.values()].some((job) => job.tasks.size > 0);
  }

  /** Takes a message of the JobManager. `load` is for whoever makes the programs. */
  receive(message: Exclude<ToTaskManager, { type: 'load' }>): void {
    switch (message.type) {
      case 'deploy': return void this.deploy(message);
      case 'cancel': return this.cancel(message);
      case 'job-ended': return this.programs().jobEnded(message.ordinal, message.job);
      case 'report-metrics': return this.reportMetrics(message.jobId);
      case 'report-accumulators': return this.reportAccumulators(message.jobId);
      case 'begin': return this.withTasks(message.jobId, (task) => task.begin(message.sinks));
      case 'open-sinks': return this.withTasks(message.jobId, (task) => task.openSinks());
      case 'add-splits': return this.withReader(message, (reader) => reader.addSplits(message.splits));
      case 'no-more-splits': return this.withReader(message, (reader) => reader.notifyNoMoreSplits());
      case 'source-event': return this.withReader(message, (reader) => reader.handleSourceEvent?.(message.event));
      case 'trigger-checkpoint': return this.taskOf(message)?.triggerCheckpoint(message.barrier);
      case 'checkpoint-complete': return this.withTasks(message.jobId, (task) => task.notifyCheckpointComplete(message.checkpointId));
      case 'checkpoint-aborted': return this.withTasks(message.jobId, (task) => task.notifyCheckpointAborted(message.checkpointId));
    }
  }

  private async deploy({ deployment, ordinal, run, streamGraph }: Message<'deploy'>): Promise<void> {
    const { jobId, graphHash } = deployment.jobGraph;
    const job = this.jobs.get(jobId) ?? { tasks: new Set(), readers: new Map(), contexts: new Set(), loading: new Set() };
    this.jobs.set(jobId, job);
    const loading: LoadingDeployment = { deployment, cancelled: new Set() };
    job.loading.add(loading);
    let tasks: Task[] = [];
    try {
      const programs = new Map<number, JobProgram>();
      const classes = new Map<number, ClassRegistry>();
      for (const slot of new Set(deployment.subtasks.map((subtask) => subtask.slot))) {
        const program = await this.programs().programOf(slot, ordinal, run);
        checkSameGraph(graphHash, streamGraph, program, slot);
        programs.set(slot, program);
        classes.set(slot, this.programs().classesOf(slot, ordinal, run));
      }
      const wanted = without(deployment, loading.cancelled);
      if (wanted.subtasks.length > 0) tasks = this.build(wanted, job, programs, (slot) => classes.get(slot)!);
    } catch (error) {
      this.host.send({ type: 'deploy-failed', jobId, attempts: attemptsOf(without(deployment, loading.cancelled)), error: serializeError(error) });
    }
    job.loading.delete(loading);
    for (const task of tasks) job.tasks.add(task);
    this.forgetWhenOver(jobId, job);
    for (const task of tasks.filter((candidate) => candidate.driving)) {
      void task.start();
      this.loop.add(task);
    }
  }

  private build(deployment: Deployment, job: LocalJob, programs: ReadonlyMap<number, JobProgram>, classesOf: (slot: number) => ClassRegistry): Task[] {
    const { clock, random, print, rings, send } = this.host;
    const { jobId } = deployment.jobGraph;
    const fileSystems = Configuration.from(deployment.settings.fileSystems ?? new Map());
    const attempts = new Map(deployment.subtasks.map(({ vertexId, subtask, attempt }) => [`${vertexId}/${subtask}`, attempt]));
    const of = (vertexId: string, subtask: number) => ({ jobId, vertexId, subtask, attempt: attempts.get(`${vertexId}/${subtask}`)! });
    return buildTasks(deployment, {
      clock,
      turnClock: this.host.turnClock ?? clock,
      random,
      files: this.host.files ?? storedFiles(fileSystems, { clock, random }),
      fileSystems,
      print,
      pool: this.host.pool,
      channels: new ChannelEnds(deployment, rings, classesOf, this.host.pool),
      programOf: (slot) => programs.get(slot)!,
      classesOf,
      wake: () => this.loop.wake(),
      collect: (collectorId, values) => send({ type: 'collect', jobId, collectorId, values: this.host.encodeCollected(values) }),
      listener: {
        state: (task, state, error) => this.reportState(jobId, job, task, state, error),
        opened: (task) => send({ type: 'task-opened', ...attemptOf(jobId, task) }),
        keysKnown: (task, operatorIds, seen) => send({ type: 'keys-known', ...attemptOf(jobId, task), operatorIds, seen }),
        acknowledged: (task, snapshot) => send({ type: 'checkpoint-acknowledged', ...attemptOf(jobId, task), ...snapshot }),
        declined: (task, checkpointId, reason, error) => send({ type: 'checkpoint-declined', ...attemptOf(jobId, task), checkpointId, reason, error: error && serializeError(error) }),
        endOfData: (task) => send({ type: 'end-of-data', ...attemptOf(jobId, task) }),
      },
      registerContext: (context) => void job.contexts.add(context),
      readerContext: (vertexId, subtask, parallelism) => ({
        subtaskIndex: subtask,
        parallelism,
        sendSplitRequest: () => send({ type: 'split-request', ...of(vertexId, subtask) }),
        sendSourceEvent: (event) => send({ type: 'source-event', ...of(vertexId, subtask), event }),
      }),
      registerReader: (vertexId, subtask, reader, task) => {
        job.readers.set(`${vertexId}/${subtask}`, { reader, task });
        send({ type: 'reader-registered', ...of(vertexId, subtask) });
      },
    });
  }

  private cancel({ jobId, attempts }: Message<'cancel'>): void {
    const job = this.jobs.get(jobId);
    if (!job) return;
    const concerned = new Set(attempts.map(attemptName));
    for (const { deployment, cancelled } of job.loading) {
      for (const subtask of deployment.subtasks) {
        if (cancelled.has(subtask) || !concerned.has(attemptName(subtask))) continue;
        cancelled.add(subtask);
        const { vertexId, subtask: index, attempt } = subtask;
        this.host.send({ type: 'task-state', jobId, vertexId, subtask: index, attempt, state: 'CANCELED' });
      }
    }
    for (const task of job.tasks) if (task.driving && concerned.has(attemptName(task.parts))) task.cancel();
  }

  private reportMetrics(jobId: string): void {
    const contexts = this.jobs.get(jobId)?.contexts ?? [];
    this.host.send({ type: 'metrics', jobId, subtasks: readMetrics([...contexts]), memory: this.host.memory?.() });
  }

  /** What cannot travel is left out: the task fails with it when it ends. */
  private reportAccumulators(jobId: string): void {
    const job = this.jobs.get(jobId);
    if (!job) return;
    const subtasks = [...job.tasks].flatMap((task) => {
      const { vertexId, subtask, attempt } = task.parts;
      try {
        return [{ vertexId, subtask, attempt, parts: this.accumulatorsOf(job, task) }];
      } catch {
        return [];
      }
    });
    this.host.send({ type: 'accumulators', jobId, subtasks });
  }

  private withReader(message: { jobId: string; vertexId: string; subtask: number }, call: (reader: SourceReader<unknown>) => void): void {
    const entry = this.jobs.get(message.jobId)?.readers.get(`${message.vertexId}/${message.subtask}`);
    // A split that was handed out before a checkpoint has to be in it.
    entry?.task.tell(() => call(entry.reader));
  }

  private taskOf({ jobId, vertexId, subtask, attempt }: Message<'trigger-checkpoint'>): Task | undefined {
    return [...(this.jobs.get(jobId)?.tasks ?? [])].find(({ parts }) => parts.vertexId === vertexId && parts.subtask === subtask && parts.attempt === attempt);
  }

  /** Tasks that are called directly hear of checkpoints through those that drive them. */
  private withTasks(jobId: string, call: (task: Task) => void): void {
    for (const task of this.jobs.get(jobId)?.tasks ?? []) if (task.driving) call(task);
  }

  private reportState(jobId: string, job: LocalJob, task: Task, state: TaskState, error: Error | undefined): void {
    const { vertexId, subtask } = task.parts;
    const over = state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
    const report = { type: 'task-state', ...attemptOf(jobId, task) } as const;
    try {
      const accumulators = over ? this.accumulatorsOf(job, task) : undefined;
      const metrics = over ? readMetrics(contextsOf(job, task))[0]?.operators : undefined;
      this.host.send({ ...report, state, accumulators, metrics, error: error && serializeError(error), lost: lostResult(error) });
    } catch (accumulatorError) {
      this.host.send({ ...report, state: 'FAILED', error: serializeError(error ?? accumulatorError) });
    }
    if (!over) return;
    job.tasks.delete(task);
    for (const context of contextsOf(job, task)) {
      context.close();
      job.contexts.delete(context);
    }
    if (job.readers.get(`${vertexId}/${subtask}`)?.task === task) job.readers.delete(`${vertexId}/${subtask}`);
    this.forgetWhenOver(jobId, job);
  }

  private forgetWhenOver(jobId: string, job: LocalJob): void {
    if (job.tasks.size === 0 && job.loading.size === 0) this.jobs.delete(jobId);
  }

  private accumulatorsOf(job: LocalJob, task: Task): AccumulatorPart[] {
    const parts: AccumulatorPart[] = [];
    for (const context of contextsOf(job, task)) {
      for (const [name, accumulator] of context.accumulators) {
        parts.push({ name, kind: accumulator.kind, value: plain(name, accumulator.getLocalValue()) });
      }
    }
    return parts;
  }
}

function contextsOf(job: LocalJob, { parts }: Task): SubtaskContext[] {
  return [...job.contexts].filter((context) => context.vertexId === parts.vertexId && context.getIndexOfThisSubtask() === parts.subtask);
}

/** The rest of a deployment. What is cancelled together is connected, so no channel is left with one end, but for kept results. */
function without(deployment: Deployment, cancelled: ReadonlySet<SubtaskDeployment>): Deployment {
  if (cancelled.size === 0) return deployment;
  const gone = new Set([...cancelled].map(({ vertexId, subtask }) => `${vertexId}/${subtask}`));
  const edges = new Map(deployment.jobGraph.edges.map((edge) => [edge.id, edge]));
  return {
    ...deployment,
    subtasks: deployment.subtasks.filter((subtask) => !cancelled.has(subtask)),
    channels: deployment.channels.filter(({ edgeId, producer, consumer, result }) => {
      const { sourceVertex, targetVertex } = edges.get(edgeId)!;
      return result !== undefined || !gone.has(`${sourceVertex}/${producer}`) && !gone.has(`${targetVertex}/${consumer}`);
    }),
  };
}

function attemptsOf({ subtasks }: Deployment): AttemptId[] {
  return subtasks.map(({ vertexId, subtask, attempt }) => ({ vertexId, subtask, attempt }));
}

function attemptOf(jobId: string, { parts }: Task): { jobId: string; vertexId: string; subtask: number; attempt: number } {
  const { vertexId, subtask, attempt } = parts;
  return { jobId, vertexId, subtask, attempt };
}

/** An accumulator's value must be able to travel. */
function plain(name: string, value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new FlinkError('RECORD_NOT_SERIALIZABLE', `the accumulator "${name}" holds ${preview(value)}, which cannot travel between threads`, { cause });
  }
}
