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

const trigger = z.object({ 'request-id': z.string() });
const status = z.object({ status: z.object({ id: z.string() }), operation: z.nullish(z.looseObject({ location: z.optional(z.string()) })) });

/** Resolves when they have ended, or have had time enough to. */
export async function endJobs(dispatcher: Dispatcher, way: EndOfJobs, clock: Clock, say: Say): Promise<void> {
  if (way === 'suspend') return suspendAll(dispatcher, clock);
  const patience = way === 'cancel' ? CANCEL_PATIENCE_MS : SAVEPOINT_PATIENCE_MS;
  await Promise.all(dispatcher.jobs.map(async (job) => {
    if (dispatcher.cancelWaiting(job) || job.socket === undefined) return;
    const asked = way === 'cancel' ? cancel(job, clock) : stop(job, clock, say);
    await asked.catch((error: Error) => say(`Job "${job.name}" (${job.jobId}) could not be ${way === 'cancel' ? 'cancelled' : 'stopped with a savepoint'}: ${error.message}`, { jobId: job.jobId, jobName: job.name, level: 'WARN' }));
    await Promise.race([job.gone, sleep(clock, patience)]);
  }));
}

/** Those that do not run yet, and those that take too long, are just ended with the cluster. */
async function suspendAll(dispatcher: Dispatcher, clock: Clock): Promise<void> {
  await Promise.all(dispatcher.jobs.filter(({ submitted }) => submitted).map(async (job) => {
    dispatcher.suspend(job);
    await Promise.race([job.gone, sleep(clock, SUSPEND_PATIENCE_MS)]);
  }));
}

async function cancel(job: SubmittedJob, clock: Clock): Promise<void> {
  await askSocket(job.socket!, { method: 'PATCH', path: `/jobs/${job.jobId}`, timeoutMs: ASK_MS }, clock);
}

async function stop(job: SubmittedJob, clock: Clock, say: Say): Promise<void> {
  const ask = async <T>(method: string, path: string, schema: z.ZodMiniType<T>): Promise<T> => {
    const { body } = await askSocket(job.socket!, { method, path, timeoutMs: ASK_MS }, clock);
    return schema.parse(JSON.parse(body.toString('utf8')));
  };
  const { 'request-id': id } = await ask('POST', `/jobs/${job.jobId}/stop`, trigger);
  const until = clock.now() + SAVEPOINT_PATIENCE_MS;
  for (let answer = await ask('GET', `/jobs/${job.jobId}/savepoints/${id}`, status); clock.now() < until; answer = await ask('GET', `/jobs/${job.jobId}/savepoints/${id}`, status)) {
    if (answer.status.id !== 'COMPLETED') await sleep(clock, LOOK_MS);
    else if (answer.operation?.location === undefined) throw new Error(JSON.stringify(answer.operation ?? {}));
    else return say(`Job "${job.name}" (${job.jobId}) is stopped. Savepoint: ${answer.operation.location}`, { jobId: job.jobId, jobName: job.name });
  }
  throw new Error('it took too long');
}
