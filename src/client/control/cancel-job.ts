/**
 * `flink cancel`: ends a job without waiting for its input to end.
 */
import type { Clock } from '../../core/clock.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { nothing } from './answers.js';
import type { ClusterAddress } from './rest-client.js';
import { chooseJob, listJobs } from './job-directory.js';

export async function cancelJob(given: string, reporter: Reporter, clock: Clock, named?: ClusterAddress): Promise<ExitCode> {
  const { overview, cluster } = chooseJob(given, await listJobs(clock, named));
  reporter.say(`Cancelling job ${overview.jid}.`);
  await cluster.ask({ method: 'PATCH', path: `/jobs/${overview.jid}?mode=cancel` }, nothing);
  reporter.say(`Cancelled job ${overview.jid}.`);
  reporter.answer({ jobId: overview.jid });
  return EXIT.finished;
}
