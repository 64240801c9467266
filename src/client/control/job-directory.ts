/**
 * The jobs that run on this machine under this user, in whichever terminal they were started, or in the cluster that was
 * named.
 */
import type { Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest.js';
import { controlSockets } from '../run-folder.js';
import { type JobOverview, jobsOverview } from './answers.js';
import { type ClusterAddress, ClusterGone, RestClient } from './rest-client.js';

/** A job, and the cluster that it runs on. */
export interface ListedJob {
  readonly overview: JobOverview;
  readonly cluster: RestClient;
}

/** Fewer digits could name another job tomorrow. */
const PREFIX_LENGTH_MIN = 4;

/** In the order of their start. Clusters that do not listen any more are passed over. */
export async function listJobs(clock: Clock, named?: ClusterAddress): Promise<ListedJob[]> {
  return named ? jobsOfNamed(new RestClient(named, clock)) : listJobsAt(controlSockets(), clock);
}

/** Those of the clusters at these sockets, as far as they listen. */
export async function listJobsAt(sockets: readonly string[], clock: Clock): Promise<ListedJob[]> {
  const perCluster = await Promise.all(sockets.map((socket) => jobsOf(new RestClient({ socket }, clock))));
  return perCluster.flat().sort((a, b) => a.overview['start-time'] - b.overview['start-time']);
}

/** A cluster that was named has to be there. */
async function jobsOfNamed(cluster: RestClient): Promise<ListedJob[]> {
  const { jobs } = await cluster.ask({ method: 'GET', path: '/jobs/overview' }, jobsOverview).catch((error: unknown) => {
    throw error instanceof ClusterGone ? unreachable(cluster.address, error) : error;
  });
  return jobs.map((overview) => ({ overview, cluster })).sort((a, b) => a.overview['start-time'] - b.overview['start-time']);
}

/** Nobody answers where a cluster was said to be. */
export function unreachable(address: ClusterAddress, cause: Error): FlinkError {
  const where = 'url' in address ? address.url : address.socket;
  return new FlinkError('CONNECTION', `there is no cluster at ${where}: ${cause.message}`, { cause, hint: 'Check host and port, and that the cluster runs (`flink cluster status`).' });
}

async function jobsOf(cluster: RestClient): Promise<ListedJob[]> {
  try {
    const { jobs } = await cluster.ask({ method: 'GET', path: '/jobs/overview' }, jobsOverview);
    return jobs.map((overview) => ({ overview, cluster }));
  } catch (error) {
    if (error instanceof ClusterGone) return [];
    throw error;
  }
}

/** The job that an id, the beginning of one, or a name means. Throws `JOB_UNKNOWN` when it is none, or more than one. */
export function chooseJob(given: string, jobs: readonly ListedJob[]): ListedJob {
  const word = given.toLowerCase();
  const exact = jobs.find(({ overview }) => overview.jid === word);
  if (exact) return exact;
  const meant = /^[0-9a-f]+$/.test(word) ? jobs.filter(({ overview }) => overview.jid.startsWith(word)) : [];
  const named = jobs.filter(({ overview }) => overview.name === given);
  const found = stillThere(meant.length > 0 && word.length >= PREFIX_LENGTH_MIN ? meant : named);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new FlinkError('JOB_UNKNOWN', `"${given}" means ${found.length} jobs: ${describe(found)}`, { hint: 'Give more digits of the job id.' });
  if (meant.length > 0) throw new FlinkError('JOB_UNKNOWN', `"${given}" is too short for a job id`, { hint: `Give at least ${PREFIX_LENGTH_MIN} digits: ${describe(meant)}.` });
  throw unknownJob(given, jobs);
}

/** Who means one of several means one that has not ended. */
function stillThere(jobs: readonly ListedJob[]): readonly ListedJob[] {
  const running = jobs.filter(({ overview }) => overview['end-time'] < 0);
  return running.length > 0 ? running : jobs;
}

function unknownJob(given: string, jobs: readonly ListedJob[]): FlinkError {
  if (jobs.length === 0) return new FlinkError('JOB_UNKNOWN', `there is no job ${given}: no job runs on this machine under your user`, { hint: 'Start one with `flink run`; `flink list` shows what runs.' });
  const near = didYouMean(given, jobs.flatMap(({ overview }) => [overview.jid, overview.name]));
  return new FlinkError('JOB_UNKNOWN', `there is no job ${given}`, { hint: near ?? `These run: ${describe(jobs)}.` });
}

function describe(jobs: readonly ListedJob[]): string {
  return jobs.map(({ overview }) => `${overview.jid} (${overview.name})`).join(', ');
}
