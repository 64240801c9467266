/**
 * Runs a program only to learn what job it builds.
 */
import type { JobProgram } from '../program/job-program.js';
import type { JobClient, PipelineExecutor } from '../program/pipeline-executor.js';
import { neverExecuted } from './program-run.js';
import { programError } from './staged-job.js';

/** The program's first job, as a graph with its functions. The program never gets past its `execute()`. */
export function captureGraph(program: (executor: PipelineExecutor) => Promise<void>, configuration: PipelineExecutor['configuration']): Promise<JobProgram> {
  return new Promise((resolve, reject) => {
    const execute: PipelineExecutor['execute'] = (job) => {
      resolve(job);
      return new Promise<JobClient>(() => undefined);
    };
    const fail = (error: unknown): void => reject(programError(error));
    process.once('uncaughtException', fail);
    process.once('unhandledRejection', fail);
    // A program that did not await its asynchronous main may still execute once the module is loaded.
    process.once('beforeExit', () => reject(neverExecuted()));
    program({ configuration, execute }).catch(fail);
  });
}
