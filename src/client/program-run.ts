/**
 * Follows one run of a program in attached mode: the jobs it submits, how they end, and what the program itself
 * threw.
 *
 * A program may forget to await `execute()`, submit several jobs, or run on after the last one; the run is over when
 * the program has ended and so have all its jobs, or when it was cancelled and its jobs are gone.
 */
import type { EndedJob } from '../cluster/messages.js';
import type { JobResult, RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import { sleep } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { deserializeError, FlinkError } from '../core/errors.js';
import type { JobProgram } from '../program/job-program.js';
import type { JobClient, PipelineExecutor } from '../program/pipeline-executor.js';
import { endedJobClient, jobClientOf } from './job-client.js';

/** What the run needs of the embedded cluster. */
export interface JobCluster {
  submit(program: JobProgram): Promise<RunningJob>;
}

/** What a submission rejects with whose job was cancelled before it began. */
export class NeverBegan extends Error {
  constructor(readonly ended: EndedJob) {
    super(`job "${ended.jobName}" never began`);
  }
}

export interface ProgramOutcome {
  /** How each submitted job ended, in the order of submission. */
  readonly results: readonly JobResult[];
  /** What the program threw, unless that was only its job's failure. */
  readonly thrown: unknown;
  readonly cancelled: boolean;
  /** Ids of the jobs that the program has cancelled itself (it had enough of `executeAndCollect`, say), and ended well after. */
  readonly withdrawn: ReadonlySet<string>;
}

export interface ProgramRunOptions {
  readonly configuration: Configuration;
  /** The cluster, started if there is none. */
  readonly cluster: () => JobCluster;
  /** Lets the cluster go when the program seems to have no job for it. */
  readonly standDown: () => Promise<void>;
  readonly clock: Clock;
  /** How the job that is about to be submitted ended in a run of the program before this one, if it did: it does not run again. */
  readonly endedBefore?: () => EndedJob | undefined;
  /** A job has been built, and is about to be submitted. */
  readonly built: (program: JobProgram) => void;
  readonly submitted: (job: RunningJob) => void;
  readonly ended: (result: JobResult) => void;
}

export class ProgramRun {
  readonly executor: PipelineExecutor;
  private readonly jobs: RunningJob[] = [];
  private readonly results = new Map<string, JobResult>();
  private readonly withdrawn = new Set<string>();
  private readonly submissions: Promise<RunningJob>[] = [];
  /** Jobs that have ended before, and what each failed with. */
  private readonly before: { readonly error?: Error }[] = [];
  private cancelled = false;
  private suspended = false;
  private readonly firstRequest = signal();
  private readonly stopped = signal();
  private readonly failed = signal<{ error: unknown }>();

  constructor(private readonly options: ProgramRunOptions) {
    this.executor = { configuration: options.configuration, execute: (program) => this.execute(program) };
  }

  /** Stops every job; the run ends when they have. */
  cancel(): void {
    this.cancelled = true;
    for (const job of this.jobs) job.cancel();
    if (this.jobs.length === 0) this.stopped.fire();
  }

  /** Gives every job up for another cluster to go on with; the run ends when the program does. */
  suspend(): void {
    this.suspended = true;
    for (const job of this.jobs) job.suspend();
  }

  /** Takes an error nobody awaited: of a promise, or out of a callback. */
  fail(error: unknown): void {
    this.failed.fire({ error });
  }

  /** Runs `program` to its end. Never rejects. */
  async follow(program: () => Promise<void>): Promise<ProgramOutcome> {
    const whole = program().then(() => this.programReturned(), (error: unknown) => ({ error }));
    const end = await Promise.race([whole, this.failed.fired, this.stopped.fired]);
    // A program that threw will not look after its jobs any more; one that merely did not await them still wants them.
    if (end) for (const job of this.jobs) if (!this.results.has(job.jobId)) job.cancel();
    if (!this.cancelled) await Promise.all(this.jobs.map((job) => job.result));
    const results = this.jobs.flatMap((job) => this.results.get(job.jobId) ?? []);
    const thrown = isEndOfJob(end?.error, [...results, ...this.before]) ? undefined : end?.error;
    return { results, thrown, cancelled: this.cancelled, withdrawn: end?.error === undefined ? this.withdrawn : new Set() };
  }

  private async execute(program: JobProgram): Promise<JobClient> {
    const ended = this.options.endedBefore?.();
    if (ended) return this.passOver(ended);
    this.options.built(program);
    const submission = this.options.cluster().submit(program);
    this.submissions.push(submission);
    this.firstRequest.fire();
    const job = await submission.catch((error: unknown) => {
      if (error instanceof NeverBegan) return error;
      throw error;
    });
    if (job instanceof NeverBegan) return this.passOver(job.ended);
    this.jobs.push(job);
    this.options.submitted(job);
    void job.result.then((result) => this.jobEnded(result));
    if (this.suspended) job.suspend();
    if (this.cancelled) job.cancel();
    return this.clientOf(job);
  }

  private clientOf(job: RunningJob): JobClient {
    const client = jobClientOf(job);
    const cancel = (): Promise<void> => {
      this.withdrawn.add(job.jobId);
      return client.cancel();
    };
    return { ...client, cancel };
  }

  private passOver(ended: EndedJob): JobClient {
    const error = ended.error && deserializeError(ended.error);
    this.before.push(error ? { error } : {});
    this.firstRequest.fire();
    return endedJobClient(ended, error);
  }

  private jobEnded(result: JobResult): void {
    this.results.set(result.jobId, result);
    this.options.ended(result);
    const all = this.results.size === this.jobs.length;
    if (all && (this.cancelled || result.outputClosed)) this.stopped.fire();
  }

  /** The module has been loaded and its entry has returned; what it left unawaited may still submit a job. */
  private async programReturned(): Promise<{ error: unknown } | undefined> {
    await sleep(this.options.clock, 0);
    if (this.submissions.length + this.before.length === 0) {
      await this.options.standDown();
      await Promise.race([this.firstRequest.fired, nothingLeftToDo()]);
    }
    const submitted = await Promise.allSettled(this.submissions);
    if (submitted.length + this.before.length === 0) return { error: neverExecuted() };
    const refused = submitted.find((one) => one.status === 'rejected' && !(one.reason instanceof NeverBegan));
    return refused?.status === 'rejected' && this.jobs.length === 0 ? { error: refused.reason } : undefined;
  }
}

/** Whether what the program threw is only its job's own end, passed on: that is reported as the job's. */
function isEndOfJob(thrown: unknown, results: readonly { readonly error?: Error }[]): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (results.some((result) => result.error === error)) return true;
    if (error instanceof FlinkError && (error.code === 'JOB_CANCELED' || error.code === 'JOB_SUSPENDED')) return true;
  }
  return false;
}

/** Flink's words. */
export function neverExecuted(): FlinkError {
  return new FlinkError('JOB_NEVER_EXECUTED', "The program didn't contain a Flink job. Perhaps you forgot to call execute() on the execution environment.");
}

/** Resolves when no timer, socket or thread could still call back. */
function nothingLeftToDo(): Promise<void> {
  return new Promise((resolve) => void process.once('beforeExit', () => resolve()));
}

interface Signal<T> {
  readonly fired: Promise<T>;
  fire(value: T): void;
}

function signal<T = undefined>(): Signal<T> & { fire(value?: T): void } {
  let fire!: (value: T) => void;
  const fired = new Promise<T>((resolve) => (fire = resolve));
  return { fired, fire: (value?: T) => fire(value as T) };
}
