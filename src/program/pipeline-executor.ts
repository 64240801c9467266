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
  /**
   * Takes a savepoint while the job runs on, and answers with its folder (in a TaskManager's copy of the program with an empty
   * text, when the job has ended). Rejects with CHECKPOINT_FAILED, or with CONFIGURATION when no folder is known.
   *
   * @param directory below which folder; null or left out: `execution.checkpointing.savepoint-dir`.
   * @param formatType `CANONICAL`, which every state backend reads, unless given.
   */
  triggerSavepoint(directory?: string | null, formatType?: SavepointFormatType): Promise<string>;
  /**
   * Ends the job with a savepoint after which it emits nothing, and answers with its folder. Otherwise as `triggerSavepoint`; rejects
   * with STOP_FAILED when the job failed with the savepoint complete.
   *
   * @param advanceToEndOfEventTime ends event time and all input first: windows fire, and nobody means to go on from there.
   */
  stopWithSavepoint(advanceToEndOfEventTime: boolean, directory?: string | null, formatType?: SavepointFormatType): Promise<string>;
}

/** How a savepoint is written (Flink: `SavepointFormatType`). */
export const SavepointFormatType = {
  /** As every state backend reads it. */
  CANONICAL: 'CANONICAL',
  /** As the backend of the job keeps it: faster. */
  NATIVE: 'NATIVE',
  DEFAULT: 'CANONICAL',
} as const;
export type SavepointFormatType = 'CANONICAL' | 'NATIVE';

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
