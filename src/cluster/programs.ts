/**
 * The programs of a TaskManager: one for each slot, so that subtasks share no closures, and another one for each
 * restart of a job, so that it starts with functions that remember nothing of the attempt before.
 *
 * A program runs until its `execute()`, which here only hands over the job; when the job has ended the program goes
 * on, and may execute another.
 */
import { ClassRegistry, registeredClasses, withClassRegistry } from '../core/serialization/class-registry.js';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { deserializeError, FlinkError } from '../core/errors.js';
import { describeGraphDifference, graphHash } from '../graph/graph-hash.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import type { JobProgram } from '../program/job-program.js';
import { type ProgramSource, runProgram } from '../program/load-program.js';
import type { JobClient, JobExecutionResult, PipelineExecutor } from '../program/pipeline-executor.js';
import { jobIdOf } from './job-id.js';
import type { EndedJob } from './messages.js';

/** Where the functions of a job come from. */
export interface Programs {
  /** The program of a slot, as it stands at its job number `ordinal`; run 0 serves all jobs, others a restart of one. */
  programOf(slot: number, ordinal: number, run: number): Promise<JobProgram>;
  /** The classes that this run of the program lets travel between threads and into snapshots. */
  classesOf(slot: number, ordinal: number, run: number): ClassRegistry;
  /** Lets the programs go on after a job has ended. */
  jobEnded(ordinal: number, job: EndedJob): void;
}

/** In the client's own process: every slot uses the program that was submitted, after a restart too. */
export class SubmittedPrograms implements Programs {
  private readonly programs: JobProgram[] = [];

  submit(program: JobProgram): number {
    return this.programs.push(program) - 1;
  }

  programOf(_slot: number, ordinal: number): Promise<JobProgram> {
    return Promise.resolve(this.programs[ordinal]!);
  }

  classesOf(): ClassRegistry {
    return registeredClasses;
  }

  jobEnded(): void {}
}

/** In a TaskManager's thread: every slot runs the job's bundle. */
export class BundlePrograms implements Programs {
  private readonly slots = new Map<number, SlotProgram>();
  /** By slot and job: the run of the last restart. Nobody asks for the one before any more. */
  private readonly restarted = new Map<string, { readonly run: number; readonly ordinal: number; readonly program: SlotProgram }>();
  /** By ordinal. A program that is loaded later waits for these too, on its way to the job it is loaded for. */
  private readonly ended = new Map<number, EndedJob>();
  /** Node keeps every copy of a module: each needs a number of its own. */
  private loaded = 0;

  /** @param ownThread nothing but these programs runs in the thread, so the first may be its resident. */
  constructor(
    private readonly source: ProgramSource, private readonly runId: string, private readonly configuration: Configuration, private readonly clock: Clock,
    private readonly ownThread = false,
  ) {}

  /** Begins to run the bundle for a slot. */
  load(slot: number): void {
    this.slotProgram(slot);
  }

  programOf(slot: number, ordinal: number, run = 0): Promise<JobProgram> {
    return this.programAt(slot, ordinal, run).job(ordinal);
  }

  classesOf(slot: number, ordinal: number, run = 0): ClassRegistry {
    return this.programAt(slot, ordinal, run).classes;
  }

  jobEnded(ordinal: number, job: EndedJob): void {
    this.ended.set(ordinal, job);
    for (const program of this.slots.values()) program.jobEnded(ordinal, job);
    for (const [key, restarted] of this.restarted) {
      // What comes after its job is the business of the run that all jobs share.
      if (restarted.ordinal === ordinal) this.restarted.delete(key);
      else restarted.program.jobEnded(ordinal, job);
    }
  }

  private programAt(slot: number, ordinal: number, run: number): SlotProgram {
    if (run === 0) return this.slotProgram(slot);
    const key = `${slot}/${ordinal}`;
    const known = this.restarted.get(key);
    if (known?.run === run) return known.program;
    const program = this.start();
    this.restarted.set(key, { run, ordinal, program });
    return program;
  }

  private slotProgram(slot: number): SlotProgram {
    const known = this.slots.get(slot);
    if (known) return known;
    const started = this.start();
    this.slots.set(slot, started);
    return started;
  }

  private start(): SlotProgram {
    const instance = this.loaded++;
    const started = new SlotProgram(this.source, this.runId, this.configuration, instance, this.ownThread && instance === 0, this.clock);
    for (const [ordinal, job] of this.ended) started.jobEnded(ordinal, job);
    return started;
  }
}

/** A promise with its ends. */
interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let ends!: Omit<Deferred<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => (ends = { resolve, reject }));
  // A job that nobody asks for may fail unheard.
  promise.catch(() => {});
  return { promise, ...ends };
}

/**
 * How long a program whose module has been loaded may still take to execute: one that does not await its asynchronous
 * `main` gets there later, and nothing tells when it has given up.
 */
const LATE_EXECUTION_MS = 10_000;

/** One run of the bundle. */
class SlotProgram implements PipelineExecutor {
  private readonly jobs: Deferred<JobProgram>[] = [];
  private readonly ended: Deferred<EndedJob>[] = [];
  /** Every copy of the bundle has classes of its own. */
  readonly classes = new ClassRegistry(registeredClasses);
  private executed = 0;
  /** Why no further job will come. */
  private over: unknown;

  /** @param resident the program is the thread's resident: with one slot there is no other. */
  constructor(source: ProgramSource, private readonly runId: string, readonly configuration: Configuration, instance: number, resident: boolean, clock: Clock) {
    const endedEarly = new FlinkError('GRAPH_MISMATCH', 'the program ended in a TaskManager before it executed the job that it executed in the client');
    withClassRegistry(this.classes, () => runProgram(source, this, instance, resident), resident).then(
      () => void clock.schedule(LATE_EXECUTION_MS, () => this.finish(endedEarly)),
      (error: unknown) => this.finish(error),
    );
  }

  job(ordinal: number): Promise<JobProgram> {
    const job = this.at(this.jobs, ordinal);
    if (this.over !== undefined) job.reject(this.over);
    return job.promise;
  }

  execute(program: JobProgram): Promise<JobClient> {
    const ordinal = this.executed++;
    this.at(this.jobs, ordinal).resolve(program);
    const ended = this.at(this.ended, ordinal).promise;
    return Promise.resolve(new EndedJobClient(jobIdOf(this.runId, ordinal), ended));
  }

  jobEnded(ordinal: number, job: EndedJob): void {
    this.at(this.ended, ordinal).resolve(job);
  }

  private finish(reason: unknown): void {
    this.over = reason;
    for (const job of this.jobs.slice(this.executed)) job.reject(reason);
  }

  private at<T>(list: Deferred<T>[], ordinal: number): Deferred<T> {
    while (list.length <= ordinal) list.push(deferred<T>());
    return list[ordinal]!;
  }
}

/** The job as the copy of the program in a TaskManager sees it: all it can do is wait for the end. */
class EndedJobClient implements JobClient {
  readonly isCopy = true;

  constructor(private readonly jobId: string, private readonly ended: Promise<EndedJob>) {}

  getJobID(): string {
    return this.jobId;
  }
  async getJobStatus(): Promise<'RUNNING'> {
    return 'RUNNING';
  }
  async cancel(): Promise<void> {}
  async getJobExecutionResult(): Promise<JobExecutionResult> {
    const job = await this.ended;
    if (job.error) throw deserializeError(job.error);
    return executionResult(job);
  }
  async getAccumulators(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.ended).accumulators;
  }
  triggerSavepoint(): Promise<string> {
    return this.unknownFolder();
  }
  stopWithSavepoint(): Promise<string> {
    return this.unknownFolder();
  }

  private async unknownFolder(): Promise<string> {
    await this.ended;
    return '';
  }
}

export function executionResult(job: EndedJob): JobExecutionResult {
  return {
    getJobID: () => job.jobId,
    getJobName: () => job.jobName,
    getNetRuntime: () => job.netRuntimeMs,
    getAccumulatorResult: <R>(name: string) => job.accumulators[name] as R | undefined,
    getAllAccumulatorResults: () => job.accumulators,
  };
}

/** Throws `GRAPH_MISMATCH` naming the first difference when the program built another graph than the client. */
export function checkSameGraph(expectedHash: string, expected: StreamGraph, program: JobProgram, slot: number): void {
  if (graphHash(program.graph) === expectedHash) return;
  throw new FlinkError('GRAPH_MISMATCH', `slot ${slot}: ${describeGraphDifference(expected, program.graph)}`);
}
