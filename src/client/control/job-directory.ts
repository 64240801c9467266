/**
 * The jobs that run on this machine under this user, in whichever terminal they were started.
 */
import type { Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest.js';
import { controlSockets } from '../run-folder.js';
import { type JobOverview, jobsOverview } from './answers.js';
import { ClusterGone, RestClient } from './rest-client.js';

/** A job, and the cluster that it runs on. */
export interface ListedJob {
  readonly overview: JobOverview;
  readonly cluster: RestClient;
}

/** Fewer digits could name another job tomorrow. */
const PREFIX_LENGTH_MIN = 4;

/** In the order of their start. Clusters that do not listen any more are passed over. */
export async function listJobs(clock: Clock, sockets: readonly string[] = controlSockets()): Promise<ListedJob[]> {
  const perCluster = await Promise.all(sockets.map((socket) => jobsOf(new RestClient(socket, clock))));
  return perCluster.flat().sort((a, b) => a.overview['start-time'] - b.overview['start-time']);
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
  const found = meant.length > 0 && word.length >= PREFIX_LENGTH_MIN ? meant : named;
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new FlinkError('JOB_UNKNOWN', `"${given}" means ${found.length} jobs: ${describe(found)}`, { hint: 'Give more digits of the job id.' });
  if (meant.length > 0) throw new FlinkError('JOB_UNKNOWN', `"${given}" is too short for a job id`, { hint: `Give at least ${PREFIX_LENGTH_MIN} digits: ${describe(meant)}.` });
  throw unknownJob(given, jobs);
}

function unknownJob(given: string, jobs: readonly ListedJob[]): FlinkError {
  if (jobs.length === 0) return new FlinkError('JOB_UNKNOWN', `there is no job ${given}: no job runs on this machine under your user`, { hint: 'Start one with `flink run`; `flink list` shows what runs.' });
  const near = didYouMean(given, jobs.flatMap(({ overview }) => [overview.jid, overview.name]));
  return new FlinkError('JOB_UNKNOWN', `there is no job ${given}`, { hint: near ?? `These run: ${describe(jobs)}.` });
}

function describe(jobs: readonly ListedJob[]): string {
  return jobs.map(({ overview }) => `${overview.jid} (${overview.name})`).join(', ');
}
