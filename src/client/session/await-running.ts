/**
 * Waits until all tasks of a job that was just submitted run: before, a savepoint of it would be refused.
 */
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { formatDuration } from '../../core/time.js';
import { type JobOverview, jobsOverview } from '../control/answers.js';
import { allTasksRun } from '../control/job-directory.js';
import { ClusterGone, type RestClient } from '../control/rest-client.js';
import { endedJobs } from './ended-jobs.js';

const LOOK_MS = 50;
const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

/** Resolves when they run, or when the job has ended however it did; throws TIMEOUT when neither has come in the client's time. */
export async function awaitRunning(cluster: RestClient, jobId: string, clock: Clock): Promise<JobOverview | undefined> {
  const begun = clock.monotonic();
  for (;;) {
    const job = await overviewOf(cluster, jobId, clock);
    if (job === undefined || TERMINAL.has(job.state) || allTasksRun(job)) return job;
    if (clock.monotonic() - begun >= cluster.timeoutMs) throw new FlinkError('TIMEOUT', `job ${jobId} is ${job.state} after ${formatDuration(cluster.timeoutMs)}, and not all of its tasks run`, { hint: `\`flink why ${jobId.slice(0, 8)}\` says what it waits for; allow more time with -D client.timeout=….` });
    await sleep(clock, LOOK_MS);
  }
}

/** Of a job whose process has gone, as it is remembered; undefined when nobody remembers. */
async function overviewOf(cluster: RestClient, jobId: string, clock: Clock): Promise<JobOverview | undefined> {
  try {
    const { jobs } = await cluster.ask({ method: 'GET', path: '/jobs/overview' }, jobsOverview);
    return jobs.find(({ jid }) => jid === jobId);
  } catch (error) {
    if (error instanceof ClusterGone) return (await endedJobs(clock)).jobs.find(({ overview }) => overview.jid === jobId)?.overview;
    throw error;
  }
}
