/**
 * A TaskManager: takes deployments, runs their tasks in its loop and reports what becomes of them.
 *
 * It knows neither threads nor the process: how messages travel, how rings are opened and where printed lines go is
 * given to it.
 */
import type { Clock } from '../core/clock.js';
import { FlinkError, serializeError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import type { OperatorHost } from '../operators/operator.js';
import type { SourceReader } from '../operators/source.js';
import type { JobProgram } from '../program/job-program.js';
import { buildTasks } from '../runtime/build-tasks.js';
import { ChannelEnds, type RingEnds } from '../runtime/channel-ends.js';
import type { Deployment } from '../runtime/deployment.js';
import type { BatchPool } from '../runtime/exchange/batch-pool.js';
import { readMetrics } from '../runtime/operator-metrics.js';
import { preview } from '../core/preview.js';
import type { SubtaskContext } from '../runtime/subtask-context.js';
import type { Task, TaskState } from '../runtime/task.js';
import { type LoopHost, TaskLoop } from '../runtime/task-loop.js';
import type { AccumulatorPart, FromTaskManager, ToTaskManager } from './messages.js';
import { checkSameGraph, type Programs } from './programs.js';

export interface TaskManagerHost {
  readonly clock: Clock;
  /** Ends the turns of a task; `clock` unless given. */
  readonly turnClock?: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  readonly loop: LoopHost;
  readonly rings: RingEnds;
  readonly pool: BatchPool;
  readonly print: OperatorHost['print'];
  /** Makes values ready to travel to the client. */
  readonly encodeCollected: (values: unknown[]) => unknown[] | ArrayBuffer;
  send(message: FromTaskManager): void;
}

/** A job as far as it runs here. */
interface LocalJob {
  readonly tasks: Task[];
  readonly readers: Map<string, { reader: SourceReader<unknown>; task: Task }>;
  readonly contexts: SubtaskContext[];
  cancelled: boolean;
}

type Message<T extends ToTaskManager['type']> = Extract<ToTaskManager, { type: T }>;

export class TaskManager {
  private readonly jobs = new Map<string, LocalJob>();
  private readonly loop: TaskLoop;

  constructor(private readonly host: TaskManagerHost, private readonly programs: () => Programs) {
    this.loop = new TaskLoop(host.turnClock ?? host.clock, host.loop);
  }

  /** Whether tasks of any job are here, from before the first is opened until the last is closed. */
  get running(): boolean {
    return [...this.jobs.values()].some((job) => job.tasks.length > 0);
  }

  /** Takes a message of the JobManager. `load` is for whoever makes the programs. */
  receive(message: Exclude<ToTaskManager, { type: 'load' }>): void {
    switch (message.type) {
      case 'deploy': return void this.deploy(message);
      case 'cancel': return this.cancel(message.jobId);
      case 'job-ended': return this.programs().jobEnded(message.ordinal, message.job);
      case 'report-metrics': return this.reportMetrics(message.jobId);
      case 'add-splits': return this.withReader(message, (reader) => reader.addSplits(message.splits));
      case 'no-more-splits': return this.withReader(message, (reader) => reader.notifyNoMoreSplits());
      case 'source-event': return this.withReader(message, (reader) => reader.handleSourceEvent?.(message.event));
    }
  }

  private async deploy({ deployment, ordinal, streamGraph }: Message<'deploy'>): Promise<void> {
    const { jobId, graphHash } = deployment.jobGraph;
    const job: LocalJob = { tasks: [], readers: new Map(), contexts: [], cancelled: false };
    this.jobs.set(jobId, job);
    try {
      const slots = [...new Set(deployment.subtasks.map((subtask) => subtask.slot))];
      const programs = new Map<number, JobProgram>();
      for (const slot of slots) {
        const program = await this.programs().programOf(slot, ordinal);
        checkSameGraph(graphHash, streamGraph, program, slot);
        programs.set(slot, program);
      }
      if (job.cancelled) return this.reportNeverRan(deployment);
      job.tasks.push(...this.build(deployment, job, programs));
    } catch (error) {
      this.jobs.delete(jobId);
      return this.host.send({ type: 'deploy-failed', jobId, error: serializeError(error) });
    }
    for (const task of job.tasks.filter((candidate) => candidate.driving)) {
      void task.start();
      this.loop.add(task);
    }
  }

  private build(deployment: Deployment, job: LocalJob, programs: ReadonlyMap<number, JobProgram>): Task[] {
    const { clock, random, print, rings, send } = this.host;
    const { jobId } = deployment.jobGraph;
    return buildTasks(deployment, {
      clock,
      turnClock: this.host.turnClock ?? clock,
      random,
      print,
      pool: this.host.pool,
      channels: new ChannelEnds(deployment, rings),
      programOf: (slot) => programs.get(slot)!,
      classesOf: (slot) => this.programs().classesOf(slot),
      wake: () => this.loop.wake(),
      collect: (collectorId, values) => send({ type: 'collect', jobId, collectorId, values: this.host.encodeCollected(values) }),
      listener: { state: (task, state, error) => this.reportState(jobId, job, task, state, error) },
      registerContext: (context) => job.contexts.push(context),
      readerContext: (vertexId, subtask, parallelism) => ({
        subtaskIndex: subtask,
        parallelism,
        sendSplitRequest: () => send({ type: 'split-request', jobId, vertexId, subtask }),
        sendSourceEvent: (event) => send({ type: 'source-event', jobId, vertexId, subtask, event }),
      }),
      registerReader: (vertexId, subtask, reader, task) => {
        job.readers.set(`${vertexId}/${subtask}`, { reader, task });
        send({ type: 'reader-registered', jobId, vertexId, subtask });
      },
    });
  }

  private cancel(jobId: string): void {
    const job = this.jobs.get(jobId);
    if (!job) return;
    job.cancelled = true;
    for (const task of job.tasks) if (task.driving) task.cancel();
  }

  /** A job was cancelled while its programs were being loaded. */
  private reportNeverRan({ jobGraph, subtasks }: Deployment): void {
    this.jobs.delete(jobGraph.jobId);
    for (const { vertexId, subtask, attempt } of subtasks) {
      this.host.send({ type: 'task-state', jobId: jobGraph.jobId, vertexId, subtask, attempt, state: 'CANCELED' });
    }
  }

  private reportMetrics(jobId: string): void {
    const contexts = this.jobs.get(jobId)?.contexts;
    if (contexts && contexts.length > 0) this.host.send({ type: 'metrics', jobId, subtasks: readMetrics(contexts) });
  }

  private withReader(message: { jobId: string; vertexId: string; subtask: number }, call: (reader: SourceReader<unknown>) => void): void {
    const entry = this.jobs.get(message.jobId)?.readers.get(`${message.vertexId}/${message.subtask}`);
    entry?.task.post(() => call(entry.reader));
  }

  private reportState(jobId: string, job: LocalJob, task: Task, state: TaskState, error: Error | undefined): void {
    const { vertexId, subtask, attempt } = task.parts;
    const over = state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED';
    const report = { type: 'task-state', jobId, vertexId, subtask, attempt } as const;
    try {
      const accumulators = over ? this.accumulatorsOf(job, task) : undefined;
      const metrics = over ? readMetrics(contextsOf(job, task))[0]?.operators : undefined;
      this.host.send({ ...report, state, accumulators, metrics, error: error && serializeError(error) });
    } catch (accumulatorError) {
      this.host.send({ ...report, state: 'FAILED', error: serializeError(error ?? accumulatorError) });
    }
    if (over && job.tasks.every((candidate) => candidate.over)) this.jobs.delete(jobId);
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
  return job.contexts.filter((context) => context.vertexId === parts.vertexId && context.getIndexOfThisSubtask() === parts.subtask);
}

/** An accumulator's value must be able to travel. */
function plain(name: string, value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new FlinkError('RECORD_NOT_SERIALIZABLE', `the accumulator "${name}" holds ${preview(value)}, which cannot travel between threads`, { cause });
  }
}
