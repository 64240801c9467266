/**
 * Runs a job file the way `flink run` does, from within a test: compiled, on TaskManagers in threads of their own, by
 * the machine's clock. For what only shows between threads: values that cannot travel, graphs that differ.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleJob } from '../client/bundle-job.js';
import { installationFolder } from '../client/installation.js';
import { jobClientOf } from '../client/job-client.js';
import { findJobFile } from '../client/job-file.js';
import { createRunFolder } from '../client/run-folder.js';
import { MiniCluster as EmbeddedCluster } from '../cluster/mini-cluster.js';
import { FlinkError } from '../core/errors.js';
import { runProgram } from '../program/load-program.js';
import type { JobClient, JobExecutionResult } from '../program/pipeline-executor.js';
import { configurationOf } from './test-configuration.js';
import { userError } from './submitted-job.js';

export interface JobFileOptions {
  /** The program's own arguments. */
  readonly args?: readonly string[];
  /** Export to call; without it the default export, if it is a function. */
  readonly entry?: string;
  /** Configuration that the program starts from, by Flink's keys: `{ 'parallelism.default': 3 }`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/**
 * Resolves when the program and all its jobs have ended, with the results (accumulators, run time) of its jobs in the
 * order of their `execute`. What the jobs print goes to the process's own output.
 *
 * Rejects with `JOB_FILE_MISSING`, `JOB_COMPILE`, `JOB_NEVER_EXECUTED`, what the program threw, or what a function of a
 * job threw; between threads such an error keeps its name, message and stack, and loses its class.
 */
export async function runJobFile(path: string, options: JobFileOptions = {}): Promise<JobExecutionResult[]> {
  const job = findJobFile(path);
  const folder = createRunFolder();
  const { argv } = process;
  const configuration = configurationOf(options.configuration ?? {});
  const target = join(folder.path, 'job.mjs');
  const source = { url: pathToFileURL(target).href, path: job.path, args: options.args ?? [], entry: options.entry };
  const script = pathToFileURL(join(installationFolder(), 'dist', 'task-manager.js'));
  const cluster = EmbeddedCluster.start({ configuration, bundle: source, script, workers: true });
  const jobs: JobClient[] = [];
  try {
    const { code } = await bundleJob({ job, target, portable: false });
    writeFileSync(target, code);
    await runProgram(source, {
      configuration,
      execute: async (program) => {
        const client = jobClientOf(await cluster.submit(program));
        jobs.push(client);
        return client;
      },
    });
    if (jobs.length === 0) throw new FlinkError('JOB_NEVER_EXECUTED', `${path} ran no job`);
    return await Promise.all(jobs.map((client) => client.getJobExecutionResult()));
  } catch (error) {
    throw userError(error);
  } finally {
    process.argv = argv;
    await cluster.close();
    folder.remove();
  }
}
