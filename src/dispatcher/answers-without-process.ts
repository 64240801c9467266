/**
 * What is told of a job whose process cannot be asked: it waits, or there is nothing left of it.
 */
import type { z } from 'zod/mini';
import type { jobAccumulators, jobDetails, jobExceptions, jobPlan, jobResult, jobStatusAnswer } from '../rest/answers/job-answers.js';
import { noCheckpoints } from '../rest/checkpoint-answers.js';
import { countStates, type JobOverview } from '../rest/job-record.js';
import { JOB_STATUSES } from '../rest/job-details.js';
import { failureCause } from '../rest/rest-error.js';

type Answer<S extends () => z.ZodMiniType> = z.input<ReturnType<S>>;

/**
 * By path.
 *
 * @param slotsRequired what it waits for.
 */
export function answersOf(overview: JobOverview, error: Error | undefined, slotsRequired?: number): Record<string, unknown> {
  const { jid, state } = overview;
  const details: Answer<typeof jobDetails> = detailsOf(overview, slotsRequired);
  const plan: Answer<typeof jobPlan> = { plan: details.plan };
  const status: Answer<typeof jobStatusAnswer> = { status: state };
  const accumulators: Answer<typeof jobAccumulators> = { 'job-accumulators': [], 'user-task-accumulators': [], 'serialized-user-task-accumulators': {} };
  return {
    [`/jobs/${jid}`]: details, [`/jobs/${jid}/status`]: status, [`/jobs/${jid}/plan`]: plan, [`/jobs/${jid}/accumulators`]: accumulators,
    [`/jobs/${jid}/exceptions`]: exceptionsOf(overview, error), [`/jobs/${jid}/checkpoints`]: noCheckpoints(), [`/jobs/${jid}/execution-result`]: resultOf(overview, error),
  };
}

function detailsOf(overview: JobOverview, slotsRequired: number | undefined): Answer<typeof jobDetails> {
  const { jid, name, state, duration, jobType, 'start-time': start, 'end-time': end } = overview;
  return {
    jid, name, isStoppable: false, state, 'job-type': jobType, 'start-time': start, 'end-time': end, duration, maxParallelism: -1, now: start + duration,
    ...(slotsRequired === undefined ? {} : { 'slots-required': slotsRequired }),
    timestamps: Object.fromEntries(JOB_STATUSES.map((status) => [status, status === state ? timeOf(overview) : 0])) as Record<(typeof JOB_STATUSES)[number], number>,
    vertices: [], 'status-counts': countStates([]), plan: { jid, name, type: jobType, nodes: [] },
  };
}

/** When it became what it is. */
function timeOf({ 'start-time': start, 'end-time': end }: JobOverview): number {
  return end < 0 ? start : end;
}

function exceptionsOf(overview: JobOverview, error: Error | undefined): Answer<typeof jobExceptions> {
  const timestamp = timeOf(overview);
  const told = overview.state === 'FAILED' || overview.state === 'RESTARTING' ? error : undefined;
  const entries = told ? [{ exceptionName: told.name, stacktrace: told.stack ?? told.message, timestamp, taskName: null, endpoint: null, location: null, taskManagerId: null, failureLabels: {}, concurrentExceptions: [] }] : [];
  return { 'root-exception': error?.message ?? null, timestamp: error ? timestamp : null, 'all-exceptions': [], truncated: false, exceptionHistory: { entries, truncated: false } };
}

function resultOf({ jid, state, duration }: JobOverview, error: Error | undefined): Answer<typeof jobResult> {
  const ended = { FINISHED: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED' } as const;
  if (!(state in ended)) return { status: { id: 'IN_PROGRESS' } };
  return {
    status: { id: 'COMPLETED' },
    'job-execution-result': { id: jid, 'application-status': ended[state as keyof typeof ended], 'net-runtime': Math.round(duration), 'accumulator-results': {}, ...(error && state === 'FAILED' ? { 'failure-cause': { ...failureCause(error) } } : {}) },
  };
}
