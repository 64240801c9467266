/**
 * The jobs that run on this machine under this user, in whichever terminal they were started, or in the cluster that was
 * named.
 */
import type { Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest.js';
import { ClientTimeout } from '../../core/options.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { controlSockets } from '../run-folder.js';
import { runningSession, sessionFolder } from '../session/session-folder.js';
import { type JobOverview, jobsOverview } from './answers.js';
import { type ClusterAddress, ClusterGone, RestClient } from './rest-client.js';
import { ClusterSilent } from './silence.js';

/** Which clusters a command speaks to, and how patiently. */
export interface ClusterChoice {
  /** Only this one; without it every one of the user on this machine. */
  readonly named?: ClusterAddress | undefined;
  /** Only processes of jobs, no session clusters. */
  readonly withoutSessions?: boolean | undefined;
  /** How long an answer, or an operation, may take. */
  readonly timeoutMs: number;
}

/** Every cluster of the user on this machine. */
export const EVERY_CLUSTER: ClusterChoice = { timeoutMs: ClientTimeout.defaultValue };

/** A job, and the cluster that it runs on. */
export interface ListedJob {
  readonly overview: JobOverview;
  readonly cluster: RestClient;
}

export interface JobListing {
  /** In the order of their start. */
  readonly jobs: readonly ListedJob[];
  /** Clusters that are there and do not answer: their jobs are missing. */
  readonly silent: readonly ClusterSilent[];
  /** The one cluster that was asked. */
  readonly named?: ClusterAddress;
}

/** How long one of several clusters may keep the list of jobs waiting. */
const LIST_PATIENCE_MS = 3_000;

/** Fewer digits could name another job tomorrow. */
const PREFIX_LENGTH_MIN = 4;

/** Clusters that do not listen any more are passed over. A cluster that was named must answer. */
export async function listJobs(clock: Clock, { named, withoutSessions, timeoutMs }: ClusterChoice): Promise<JobListing> {
  if (named) return { jobs: await jobsOfNamed(new RestClient(named, clock, timeoutMs)), silent: [], named };
  const sessions = withoutSessions ? await sessionSockets() : [];
  return listJobsAt(controlSockets().filter((socket) => !sessions.includes(socket)), clock, timeoutMs);
}

/** Those of the clusters at these sockets, as far as they listen. */
export async function listJobsAt(sockets: readonly string[], clock: Clock, timeoutMs: number = EVERY_CLUSTER.timeoutMs): Promise<JobListing> {
  const silent: ClusterSilent[] = [];
  const perCluster = await Promise.all(sockets.map((socket) => jobsOf(new RestClient({ socket }, clock, timeoutMs)).catch((error: unknown) => {
    if (!(error instanceof ClusterSilent)) throw error;
    silent.push(error);
    return [];
  })));
  return { jobs: perCluster.flat().sort(byStart), silent };
}

async function sessionSockets(): Promise<string[]> {
  const { configuration } = await loadConfiguration();
  const session = await runningSession(sessionFolder(configuration));
  return session ? [session.socket] : [];
}

function byStart(a: ListedJob, b: ListedJob): number {
  return a.overview['start-time'] - b.overview['start-time'];
}

/** A cluster that was named has to be there. */
async function jobsOfNamed(cluster: RestClient): Promise<ListedJob[]> {
  const { jobs } = await cluster.ask({ method: 'GET', path: '/jobs/overview' }, jobsOverview).catch((error: unknown) => {
    throw error instanceof ClusterGone ? unreachable(cluster.address, error) : error;
  });
  return jobs.map((overview) => ({ overview, cluster })).sort(byStart);
}

/** Nobody answers where a cluster was said to be. */
export function unreachable(address: ClusterAddress, cause: Error): FlinkError {
  return new FlinkError('CONNECTION', `there is no cluster at ${whereOf(address)}: ${cause.message}`, { cause, hint: 'Check host and port, and that the cluster runs (`flink cluster status`).' });
}

/** For people. */
export function whereOf(address: ClusterAddress): string {
  return 'url' in address ? address.url : address.socket;
}

async function jobsOf(cluster: RestClient): Promise<ListedJob[]> {
  try {
    const { jobs } = await cluster.withTimeout(Math.min(LIST_PATIENCE_MS, cluster.timeoutMs)).ask({ method: 'GET', path: '/jobs/overview' }, jobsOverview);
    return jobs.map((overview) => ({ overview, cluster }));
  } catch (error) {
    if (error instanceof ClusterGone) return [];
    throw error;
  }
}

/** The job that an id, the beginning of one, or a name means. Throws `JOB_UNKNOWN` when it is none, or more than one. */
export function chooseJob(given: string, { jobs, silent, named }: JobListing): ListedJob {
  const found = chooseFrom(given, jobs);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new FlinkError('JOB_UNKNOWN', `"${given}" means ${found.length} jobs: ${describe(found)}`, { hint: 'Give more digits of the job id.' });
  const meant = beginningSo(given, jobs);
  if (meant.length > 0) throw new FlinkError('JOB_UNKNOWN', `"${given}" is too short for a job id`, { hint: `Give at least ${PREFIX_LENGTH_MIN} digits: ${describe(meant)}.` });
  // It may be a job of one that does not answer.
  throw silent[0] ?? unknownJob(given, jobs, named);
}

/** No task is still on its way: a savepoint would not be refused. */
export function allTasksRun({ state, tasks }: JobOverview): boolean {
  return state === 'RUNNING' && (tasks['running'] ?? 0) + (tasks['finished'] ?? 0) === tasks['total'];
}

interface Overviewed {
  readonly overview: JobOverview;
}

/** Those that an id, enough of the beginning of one, or a name means; only those that run, if any of them does. */
export function chooseFrom<T extends Overviewed>(given: string, jobs: readonly T[]): readonly T[] {
  const exact = jobs.find(({ overview }) => overview.jid === given.toLowerCase());
  if (exact) return [exact];
  const meant = given.length >= PREFIX_LENGTH_MIN ? beginningSo(given, jobs) : [];
  const found = meant.length > 0 ? meant : jobs.filter(({ overview }) => overview.name === given);
  const running = found.filter(({ overview }) => overview['end-time'] < 0);
  return running.length > 0 ? running : found;
}

function beginningSo<T extends Overviewed>(given: string, jobs: readonly T[]): readonly T[] {
  const word = given.toLowerCase();
  return /^[0-9a-f]+$/.test(word) ? jobs.filter(({ overview }) => overview.jid.startsWith(word)) : [];
}

function unknownJob(given: string, jobs: readonly ListedJob[], named: ClusterAddress | undefined): FlinkError {
  if (jobs.length === 0 && named) return new FlinkError('JOB_UNKNOWN', `there is no job ${given}: the cluster at ${whereOf(named)} has none`, { hint: 'Start one with `flink run`; `flink list -a -m` shows what it knows.' });
  if (jobs.length === 0) return new FlinkError('JOB_UNKNOWN', `there is no job ${given}: no job runs on this machine under your user`, { hint: 'Start one with `flink run`; `flink list` shows what runs.' });
  const near = didYouMean(given, jobs.flatMap(({ overview }) => [overview.jid, overview.name]));
  return new FlinkError('JOB_UNKNOWN', `there is no job ${given}`, { hint: near ?? `These run: ${describe(jobs)}.` });
}

function describe(jobs: readonly ListedJob[]): string {
  return jobs.map(({ overview }) => `${overview.jid} (${overview.name})`).join(', ');
}
