/**
 * Jobs: which there are, how they stand, and cancelling them.
 */
import * as z from 'zod/mini';
import { long, nothing } from "./answers/common.js";
import { jobAccumulators, jobConfig, jobDetails, jobExceptions, jobIds, jobOverviews, jobPlan, jobResult, jobStatusAnswer } from './answers/job-answers.js';
import { described } from './described.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { configOf, detailsOf, exceptionsOf, planOf, resultOf } from './job-details.js';
import type { KnownJobs } from './job-records.js';
import { oneOf, wholeNumber } from './query-texts.js';
import { RestError } from './rest-error.js';
import { accumulatorOf } from './vertex-details.js';

/** Flink's. */
const EXCEPTIONS_MAX = 20;

export function jobEndpoints(records: KnownJobs): Endpoint[] {
  return [
    endpoint({ method: 'get', path: '/jobs', summary: 'The jobs and their status.', answer: jobIds, handle: () => ({ jobs: records.all().map(({ job }) => ({ id: job.jobId, status: job.status() })) }) }),
    endpoint({ method: 'get', path: '/jobs/overview', summary: 'The jobs with times and counts of tasks.', answer: jobOverviews, handle: () => ({ jobs: records.all().map((record) => record.overview()) }) }),
    endpoint({ method: 'get', path: '/jobs/:jobid', summary: 'A job with its vertices and its plan.', answer: jobDetails, archived: true, handle: ({ param }) => detailsOf(records.of(param('jobid'))) }),
    endpoint({
      method: 'patch', path: '/jobs/:jobid', summary: 'Cancels a job.', query: () => z.object({ mode: z.optional(oneOf(['cancel', 'stop'])) }), answer: nothing, status: 202,
      handle: ({ param, query }) => cancel(records, param('jobid'), query.mode),
    }),
    endpoint({
      method: 'patch', path: '/jobs/:jobid/clientHeartbeat', summary: 'Says that the client of a job is alive. No job here ends because its client is silent.',
      body: () => z.object({ expiredTimestamp: z.nullish(long()) }), answer: nothing, status: 202,
      handle({ param }) {
        records.of(param('jobid'));
        return {};
      },
    }),
    endpoint({ method: 'get', path: '/jobs/:jobid/status', summary: 'The status of a job.', answer: jobStatusAnswer, archived: true, handle: ({ param }) => ({ status: records.of(param('jobid')).job.status() }) }),
    endpoint({ method: 'get', path: '/jobs/:jobid/plan', summary: 'The plan of a job.', answer: jobPlan, archived: true, handle: ({ param }) => planOf(records.of(param('jobid'))) }),
    endpoint({ method: 'get', path: '/jobs/:jobid/config', summary: 'What a job runs with.', answer: jobConfig, archived: true, handle: ({ param }) => configOf(records.of(param('jobid'))) }),
    endpoint({
      method: 'get', path: '/jobs/:jobid/exceptions', summary: 'The last failures of a job, newest first.', answer: jobExceptions, archived: true,
      query: () => z.object({
        maxExceptions: z.optional(wholeNumber()),
        failureLabelFilter: z.optional(z.string().check(z.regex(/^[^:,]+:[^:,]+(,[^:,]+:[^:,]+)*$/, 'expected labels such as type:user,team:a'))),
      }),
      // Nothing here puts labels on failures: whoever asks for some finds none.
      handle: ({ param, query: { maxExceptions = EXCEPTIONS_MAX, failureLabelFilter } }) => exceptionsOf(records.of(param('jobid')), failureLabelFilter === undefined ? maxExceptions : 0),
    }),
    endpoint({
      method: 'get', path: '/jobs/:jobid/accumulators', summary: 'What the tasks of a job have added up.', answer: jobAccumulators, archived: true,
      // Serialised objects of Java are what Flink would add.
      query: () => z.object({ includeSerializedValue: z.optional(described(z.enum(['true', 'false']), { type: 'boolean', enum: undefined })) }),
      handle({ param }) {
        const { merged } = records.of(param('jobid')).job.accumulators();
        return {
          'job-accumulators': [], 'user-task-accumulators': Object.entries(merged).map(([name, one]) => accumulatorOf({ name, ...one })), 'serialized-user-task-accumulators': {},
        };
      },
    }),
    endpoint({ method: 'get', path: '/jobs/:jobid/execution-result', summary: 'How a job ended.', answer: jobResult, archived: true, handle: ({ param }) => resultOf(records.of(param('jobid'))) }),
  ];
}

function cancel(records: KnownJobs, jobId: string, mode: 'cancel' | 'stop' = 'cancel'): Record<string, never> {
  if (mode === 'stop') throw new RestError(308, 'The mode "stop" is no more, as in Flink. Give "cancel", or stop the job with a savepoint: POST /jobs/:jobid/stop.');
  const { job, terminal } = records.of(jobId);
  // Whoever asks again gets what was asked for.
  if (terminal && job.status() === 'CANCELED') return {};
  if (terminal) throw new RestError(409, `Job cancellation failed because the job has already reached another terminal state (${job.status()}).`);
  job.cancel();
  return {};
}
