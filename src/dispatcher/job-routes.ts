/**
 * What is about the jobs of a session cluster and their TaskManagers: asked of the job's process, of the archive when the
 * job has ended, and answered with what is known of it while there is nobody to ask.
 *
 * Invariant: a job that does not answer is told of with what is known of it and holds nobody up.
 */
import type { Context } from 'hono';
import type { z } from 'zod/mini';
import { type Clock, sleep } from '../core/clock.js';
import type { clusterOverview, taskManagers } from '../rest/answers/cluster-answers.js';
import type { JobOverview } from '../rest/job-record.js';
import { RestError } from '../rest/rest-error.js';
import type { Dispatcher } from './dispatcher.js';
import { askSocket, isHeld } from './socket-exchange.js';
import { answersOf } from './answers-without-process.js';
import { tellLosses } from './told-losses.js';
import type { SubmittedJob } from './submitted-job.js';

export interface JobRoutesOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly served: { readonly version: string };
  /** How many the cluster lends to jobs. */
  readonly taskManagers: number;
}

type TaskManagerOverview = z.input<ReturnType<typeof taskManagers>>['taskmanagers'][number];

/** How long the list of jobs waits for the process of one. */
const OVERVIEW_PATIENCE_MS = 2_000;
/** Whoever asks about one job may wait for it: a thread dump or a profile takes its time. */
const JOB_PATIENCE_MS = 120_000;
/** From the end of a process' socket to the end of the process. */
const GONE_PATIENCE_MS = 2_000;
/** What is answered of tasks that do not run, as Flink does: nothing, and no error. */
const WITHOUT_TASKS: readonly (readonly [string, object])[] = [['/metrics', []], ['/jm-operator-metrics', []], ['/watermarks', []], ['/backpressure', { status: 'deprecated' }], ['/flamegraph', { endTimestamp: -1 }]];
const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

function isCancellation({ req }: Context): boolean {
  return req.method === 'PATCH' && /^(\/v1)?\/jobs\/[0-9a-f]{32}$/.test(req.path);
}

/** What is answered of the jobs of a session cluster. */
export class JobRoutes {
  constructor(private readonly options: JobRoutesOptions) {}

  /** Of all jobs, in the order of their start. */
  async overviews(): Promise<JobOverview[]> {
    const { dispatcher } = this.options;
    const live = (await Promise.all(dispatcher.jobs.map((job) => this.overviewsOf(job)))).flat();
    // Looked at last: a job that is in it has ended, whatever its process was still heard to say.
    const ended = dispatcher.options.archive.all().map(({ overview }) => overview);
    const over = new Set(ended.map(({ jid }) => jid));
    return [...ended, ...live.filter(({ jid }) => !over.has(jid))].sort((a, b) => a['start-time'] - b['start-time']);
  }

  async clusterOverview(): Promise<z.input<ReturnType<typeof clusterOverview>>> {
    const { dispatcher: { options: { slots } }, taskManagers, served: { version } } = this.options;
    const count = { running: 0, FINISHED: 0, CANCELED: 0, FAILED: 0 };
    for (const { state } of await this.overviews()) count[TERMINAL.has(state) ? (state as 'FINISHED') : 'running'] += 1;
    return {
      taskmanagers: taskManagers, 'slots-total': slots.total, 'slots-available': slots.free,
      'jobs-running': count.running, 'jobs-finished': count.FINISHED, 'jobs-cancelled': count.CANCELED, 'jobs-failed': count.FAILED,
      'flink-version': version, 'flink-commit': 'unknown',
    };
  }

  /** Of every job's process; the job's id before their own tells them apart. */
  async taskManagers(): Promise<TaskManagerOverview[]> {
    const { dispatcher, clock } = this.options;
    const perJob = await Promise.all(dispatcher.jobs.map(async ({ jobId, submitted, socket }) => {
      if (!submitted || socket === undefined) return [];
      const asked = askSocket(socket, { method: 'GET', path: '/taskmanagers', timeoutMs: OVERVIEW_PATIENCE_MS }, clock);
      const { taskmanagers } = await asked.then(({ body }) => JSON.parse(body.toString('utf8')) as { taskmanagers: TaskManagerOverview[] }, () => ({ taskmanagers: [] }));
      return taskmanagers.map((one) => ({ ...one, id: `${jobId}-${one.id}` }));
    }));
    return perJob.flat();
  }

  async aboutTaskManager(request: Context): Promise<Response> {
    const given = request.req.param('taskmanagerid') ?? '';
    const [, jobId, id] = /^([0-9a-f]{32})-(.+)$/.exec(given) ?? [];
    const job = jobId === undefined ? undefined : this.options.dispatcher.jobOf(jobId);
    const answer = job?.socket === undefined ? undefined : await this.askJob(request, job, job.socket, (path) => path.replace(/(?<=^(?:\/v1)?\/taskmanagers\/)[^/]+/, encodeURIComponent(id!)));
    if (!answer) throw new RestError(404, `TaskExecutor ${given} not found`);
    return answer;
  }

  async aboutJob(request: Context): Promise<Response> {
    const jobId = request.req.param('jobid') ?? '';
    if (!/^[0-9a-f]{32}$/.test(jobId)) throw new RestError(400, `A job id has 32 hexadecimal digits; "${jobId}" came.`);
    const { dispatcher, clock } = this.options;
    const job = dispatcher.jobOf(jobId);
    if (job?.taken.has(jobId) && job.socket !== undefined) {
      const answer = await this.askJob(request, job, job.socket);
      // A job of the program that had ended before is unknown to the process that runs it now.
      if (answer?.status === 200 && job.losses.length > 0 && request.req.path.endsWith('/exceptions')) return request.json(tellLosses(await answer.json(), job.losses) as object);
      if (answer && !(answer.status === 404 && job.endedJobs.has(jobId))) return answer;
    }
    const archived = dispatcher.options.archive.get(jobId);
    if (archived?.overview.state === 'CANCELED' && isCancellation(request)) return request.json({}, 202);
    if (archived) return this.answer(request, archived.answers, `has already reached another terminal state (${archived.overview.state})`);
    if (!job) throw new RestError(404, `Job ${jobId} not found`);
    if (!isCancellation(request)) return this.answer(request, answersOf(job.overview(clock.now(), jobId), job.lastLoss, jobId === job.jobId ? job.slotsNeeded : undefined), job.lastLoss ? 'is about to start again' : 'does not run yet');
    dispatcher.cancelWaiting(job, jobId);
    return request.json({}, 202);
  }

  /** Of a job that cannot be asked itself. */
  private answer({ req, json }: Context, answers: Readonly<Record<string, unknown>>, why: string): Response {
    const path = req.path.replace(/^\/v1(?=\/)/, '');
    if (req.method !== 'GET') throw new RestError(409, `The job ${req.param('jobid')} ${why}.`);
    const [, still] = WITHOUT_TASKS.find(([ending]) => path.endsWith(ending)) ?? [];
    if (still && !(path in answers)) return json(still);
    if (!(path in answers)) throw new RestError(404, `Nothing is known of ${path}: the job ${why}.`);
    return json(answers[path] as object);
  }

  /** Undefined: its process has gone meanwhile. */
  private async askJob(request: Context, job: SubmittedJob, socket: string, rename: (path: string) => string = (path) => path): Promise<Response | undefined> {
    const { req } = request;
    const url = new URL(req.url);
    const body = req.method === 'GET' ? undefined : Buffer.from(await req.arrayBuffer());
    const type = req.header('content-type');
    const asked = { method: req.method, path: `${rename(url.pathname)}${url.search}`, headers: type === undefined ? {} : { 'content-type': type }, body, timeoutMs: JOB_PATIENCE_MS };
    const answer = await askSocket(socket, asked, this.options.clock).catch(async (cause: Error) => {
      const gone = await Promise.race([job.gone.then(() => true), sleep(this.options.clock, GONE_PATIENCE_MS)]);
      if (gone !== true) throw new RestError(503, `The process of the job does not answer: ${cause.message}`, { cause });
      return undefined;
    });
    return answer && new Response(new Uint8Array(answer.body), { status: answer.status, headers: { 'content-type': answer.type } });
  }

  private async overviewsOf(job: SubmittedJob): Promise<JobOverview[]> {
    const { clock } = this.options;
    const unfinished = new Set([job.jobId, ...job.names.keys()]);
    for (const jobId of job.endedJobs) unfinished.delete(jobId);
    const known = [...unfinished].map((jobId) => ({ ...job.overview(clock.now(), jobId), ...(job.taken.has(jobId) ? { state: 'RUNNING' as const } : {}) }));
    if (!job.submitted || job.socket === undefined) return known;
    try {
      const { body } = await askSocket(job.socket, { method: 'GET', path: '/jobs/overview', timeoutMs: OVERVIEW_PATIENCE_MS }, clock);
      const { jobs } = JSON.parse(body.toString('utf8')) as { jobs: JobOverview[] };
      // Others of the program may wait for slots.
      return [...jobs, ...known.filter(({ jid }) => !job.taken.has(jid) && jobs.every((one) => one.jid !== jid))];
    } catch {
      // A process that is about to end does not listen any more; its jobs are in the archive when it has gone.
      if (!(await isHeld(job.socket))) await Promise.race([job.gone, sleep(clock, GONE_PATIENCE_MS)]);
      return known;
    }
  }
}
