/**
 * Ends the jobs of a session cluster that is about to end.
 */
import * as z from 'zod/mini';
import { type Clock, sleep } from '../core/clock.js';
import type { Say } from '../core/log.js';
import type { Dispatcher } from './dispatcher.js';
import { askSocket } from './socket-exchange.js';
import type { SubmittedJob } from './submitted-job.js';

/** `suspend`: they go on when the cluster starts again. */
export type EndOfJobs = 'suspend' | 'cancel' | 'savepoint';

/** Whoever stops a service with SIGTERM usually kills it soon after. */
const CANCEL_PATIENCE_MS = 8_000;
const SUSPEND_PATIENCE_MS = 5_000;
const SAVEPOINT_PATIENCE_MS = 60_000;
const ASK_MS = 5_000;
const LOOK_MS = 100;
/** From the end of a process' socket to the end of the process. */
const GONE_PATIENCE_MS = 2_000;

const trigger = z.object({ 'request-id': z.string() });
const refusal = z.object({ errors: z.array(z.string()) });
const status = z.object({ status: z.object({ id: z.string() }), operation: z.nullish(z.looseObject({ location: z.optional(z.string()) })) });

/**
 * Resolves when they have ended, or have had time enough to.
 *
 * @param goOn whether jobs that cannot be stopped with a savepoint go on when the cluster starts again; otherwise they are cancelled.
 */
export async function endJobs(dispatcher: Dispatcher, way: EndOfJobs, goOn: boolean, clock: Clock, say: Say): Promise<void> {
  if (way === 'suspend') return suspendAll(dispatcher, dispatcher.jobs, clock);
  await Promise.all(dispatcher.jobs.map((job) => endJob(dispatcher, job, way, goOn, clock, say)));
}

async function endJob(dispatcher: Dispatcher, job: SubmittedJob, way: 'cancel' | 'savepoint', goOn: boolean, clock: Clock, say: Say): Promise<void> {
  if (!job.submitted && goOn) return;
  if (dispatcher.cancelProgram(job) || job.socket === undefined) return;
  const about = { jobId: job.jobId, jobName: job.name, level: 'WARN' } as const;
  const each = (work: (jobId: string) => Promise<void>): Promise<unknown> => Promise.all(dispatcher.unfinished(job).filter((jobId) => job.taken.has(jobId)).map(work));
  if (!goOn) for (const jobId of dispatcher.unfinished(job)) if (!job.taken.has(jobId)) dispatcher.cancelWaiting(job, jobId);
  if (way === 'savepoint') {
    try {
      return void (await within(SAVEPOINT_PATIENCE_MS, clock, each((jobId) => stop(dispatcher, job, jobId, clock, say)).then(() => job.gone)));
    } catch (error) {
      say(`Job "${job.name}" (${job.jobId}) could not be stopped with a savepoint, and is ${goOn ? 'suspended' : 'cancelled'}: ${(error as Error).message}`, about);
      if (goOn) return suspendAll(dispatcher, [job], clock);
    }
  }
  const cancelled = each((jobId) => cancel(job, jobId, clock)).catch((error: Error) => say(`Job "${job.name}" (${job.jobId}) could not be cancelled: ${error.message}`, about));
  await within(CANCEL_PATIENCE_MS, clock, cancelled.then(() => job.gone));
}

/** Waits no longer, whatever becomes of it. */
function within<T>(ms: number, clock: Clock, work: Promise<T>): Promise<T | void> {
  return Promise.race([work, sleep(clock, ms)]);
}

/** Those that do not run yet, and those that take too long, are just ended with the cluster. */
async function suspendAll(dispatcher: Dispatcher, jobs: readonly SubmittedJob[], clock: Clock): Promise<void> {
  await Promise.all(jobs.filter(({ submitted }) => submitted).map(async (job) => {
    dispatcher.suspend(job);
    await Promise.race([job.gone, sleep(clock, SUSPEND_PATIENCE_MS)]);
  }));
}

async function cancel(job: SubmittedJob, jobId: string, clock: Clock): Promise<void> {
  await askSocket(job.socket!, { method: 'PATCH', path: `/jobs/${jobId}`, timeoutMs: ASK_MS }, clock);
}

async function stop(dispatcher: Dispatcher, job: SubmittedJob, jobId: string, clock: Clock, say: Say): Promise<void> {
  const { 'request-id': id } = await ask(job, 'POST', `/jobs/${jobId}/stop`, trigger, clock);
  const path = `/jobs/${jobId}/savepoints/${id}`;
  const until = clock.now() + SAVEPOINT_PATIENCE_MS;
  do {
    const { status: { id: state }, operation } = await ask(job, 'GET', path, status, clock).catch(async (error: unknown) => {
      // The job has ended, and its process with it: what came of the savepoint is remembered with the job.
      await within(GONE_PATIENCE_MS, clock, job.gone);
      const known = status.safeParse(dispatcher.options.archive.get(jobId)?.answers[path]);
      if (!known.success) throw error;
      return known.data;
    });
    if (state !== 'COMPLETED') await sleep(clock, LOOK_MS);
    else if (typeof operation?.location !== 'string') throw new Error(JSON.stringify(operation ?? {}));
    else return say(`Job "${job.name}" (${jobId}) is stopped. Savepoint: ${operation.location}`, { jobId, jobName: job.name });
  } while (clock.now() < until);
  throw new Error('it took too long');
}

/** Rejects with what the job's process answered, when it refused. */
async function ask<T>(job: SubmittedJob, method: string, path: string, schema: z.ZodMiniType<T>, clock: Clock): Promise<T> {
  const { body, status: code } = await askSocket(job.socket ?? '', { method, path, timeoutMs: ASK_MS }, clock);
  const answer: unknown = JSON.parse(body.toString('utf8'));
  const refused = code < 400 ? undefined : refusal.safeParse(answer);
  if (code >= 400) throw new Error(refused?.data?.errors[0]?.split('\n')[0] ?? `status ${code}`);
  return schema.parse(answer);
}
