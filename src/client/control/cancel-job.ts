/**
 * `flink cancel`: ends a job without waiting for its input to end.
 */
import * as z from 'zod/mini';
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { formatDuration } from '../../core/time.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { nothing } from './answers.js';
import { chooseJob, type ClusterChoice, listJobs } from './job-directory.js';
import { ClusterGone, type RestClient } from './rest-client.js';

export interface CancelOrder {
  /** Id, beginning of an id, or name. */
  readonly job: string;
  /** Not only ask for its end, but wait for it. */
  readonly wait: boolean;
}

export async function cancelJob({ job, wait }: CancelOrder, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { overview: { jid }, cluster } = chooseJob(job, await listJobs(clock, choice));
  reporter.say(`Cancelling job ${jid}.`);
  await cluster.ask({ method: 'PATCH', path: `/jobs/${jid}?mode=cancel` }, nothing);
  if (wait) await ended(cluster, jid, clock);
  reporter.say(`Cancelled job ${jid}.`);
  reporter.answer({ jobId: jid });
  return EXIT.finished;
}

const LOOK_MS = 100;
const jobStatus = z.object({ status: z.string() });
const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

/** A process that ends with its job has nobody left to say so. */
async function ended(cluster: RestClient, jid: string, clock: Clock): Promise<void> {
  const begun = clock.monotonic();
  for (;;) {
    const status = await cluster.ask({ method: 'GET', path: `/jobs/${jid}/status` }, jobStatus).then((answer) => answer.status, (error: unknown) => {
      if (error instanceof ClusterGone) return undefined;
      throw error;
    });
    if (status === undefined || TERMINAL.has(status)) return;
    if (clock.monotonic() - begun >= cluster.timeoutMs) throw new FlinkError('TIMEOUT', `job ${jid} has been told to end, but is ${status} after ${formatDuration(cluster.timeoutMs)}`, { hint: '`flink why` says which of its tasks has not ended; allow more time with --timeout (client.timeout).' });
    await sleep(clock, LOOK_MS);
  }
}
