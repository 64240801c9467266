/**
 * The seam between a job's program and whatever runs it (Flink: `PipelineExecutor`, `JobClient`,
 * `JobExecutionResult`). The API hands over a finished program; who runs it is decided elsewhere.
 */
import type { Configuration } from '../core/configuration.js';
import { ProgramScope } from '../core/program-scope.js';
import type { JobProgram } from './job-program.js';

/** Flink's `JobStatus`. */
export type JobStatus =
  | 'INITIALIZING' | 'CREATED' | 'RUNNING' | 'FAILING' | 'FAILED' | 'CANCELLING' | 'CANCELED' | 'FINISHED'
  | 'RESTARTING' | 'SUSPENDED' | 'RECONCILING';

/** What a finished job leaves behind. */
export interface JobExecutionResult {
  getJobID(): string;
  getJobName(): string;
  /** Milliseconds from deployment to the end. */
  getNetRuntime(): number;
  /** The merged value of one accumulator, or undefined. */
  getAccumulatorResult<R = unknown>(name: string): R | undefined;
  getAllAccumulatorResults(): Readonly<Record<string, unknown>>;
}

/** A submitted job. */
export interface JobClient {
  /** True in a TaskManager's copy of the program, which gets no records and only learns how the job ended. */
  readonly isCopy?: boolean;
  getJobID(): string;
  getJobStatus(): Promise<JobStatus>;
  /** Resolves when the job has been told to stop; its result then rejects. */
  cancel(): Promise<void>;
  /** Resolves when the job has finished; rejects with the cause when it failed or was cancelled. */
  getJobExecutionResult(): Promise<JobExecutionResult>;
  getAccumulators(): Promise<Readonly<Record<string, unknown>>>;
}

export interface PipelineExecutor {
  /** Values the program's environment starts from; the program may set more. */
  readonly configuration: Configuration;
  execute(program: JobProgram): Promise<JobClient>;
}

/**
 * The executor follows the program through its asynchronous calls, so several programs can be under way in one
 * thread, each with its own.
 */
const scope = new ProgramScope<PipelineExecutor>();
let fallback: (() => Promise<PipelineExecutor>) | undefined;

/**
 * Runs `program`, and everything it starts, with this executor in force.
 * @param resident the program is the thread's resident: see `ProgramScope`.
 */
export function withPipelineExecutor<R>(executor: PipelineExecutor, program: () => R, resident = false): R {
  return resident ? scope.reside(executor, program) : scope.run(executor, program);
}

/** Sets who runs programs started outside `flink run` (by `node job.js` or in a test). */
export function setDefaultPipelineExecutor(make: () => Promise<PipelineExecutor>): void {
  fallback = make;
}

/** The configuration of the executor in force, if there is one. */
export function ambientConfiguration(): Configuration | undefined {
  return scope.current?.configuration;
}

/** Whether a program that is followed asks, and not a function of its job. */
export function calledByFollowedProgram(): boolean {
  return scope.following;
}

export async function pipelineExecutor(): Promise<PipelineExecutor> {
  const executor = scope.current;
  if (executor) return executor;
  if (!fallback) throw new Error('no pipeline executor is set');
  return fallback();
}
