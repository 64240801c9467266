/**
 * Whoever wants to hear of an environment's jobs (Flink: `JobListener`).
 *
 * Invariant: only the client's run of the program calls listeners, never the copies of it that TaskManagers run.
 */
import type { JobClient, JobExecutionResult } from '../program/pipeline-executor.js';

/** Each call gets what came of it, or the error that came instead. What a listener throws reaches whoever executes the job. */
export interface JobListener {
  /** A job has been handed over, or could not be. */
  onJobSubmitted?(client: JobClient | undefined, error: unknown): void;
  /** `execute` has waited for the end of a job; `executeAsync` does not wait, and leaves this out. */
  onJobExecuted?(result: JobExecutionResult | undefined, error: unknown): void;
}

/** The listeners of one environment, in the order in which they came. */
export class JobListeners {
  readonly all: JobListener[] = [];

  /** Passes on what came of handing a job over. */
  async submitted(handing: Promise<JobClient>): Promise<JobClient> {
    let client: JobClient;
    try {
      client = await handing;
    } catch (error) {
      for (const listener of this.all) listener.onJobSubmitted?.(undefined, error);
      throw error;
    }
    if (client.isCopy !== true) for (const listener of this.all) listener.onJobSubmitted?.(client, undefined);
    return client;
  }

  /** Passes on how the job of this client ended. */
  async executed(client: JobClient): Promise<JobExecutionResult> {
    if (client.isCopy === true) return client.getJobExecutionResult();
    try {
      const result = await client.getJobExecutionResult();
      for (const listener of this.all) listener.onJobExecuted?.(result, undefined);
      return result;
    } catch (error) {
      for (const listener of this.all) listener.onJobExecuted?.(undefined, error);
      throw error;
    }
  }
}
