/**
 * The parallelism of a running job: between which bounds it may be, and how it is changed.
 *
 * A job changes it where `jobmanager.scheduler` is adaptive, as in Flink. Another one does so by going on from a savepoint.
 */
import * as z from 'zod/mini';
import { nothing, operationStatus, triggered } from './answers/common.js';
import { resourceRequirements } from './answers/job-answers.js';
import { described } from './described.js';
import { type Endpoint, endpoint } from './endpoint.js';
import type { RunningJob } from '../cluster/running-job.js';
import { requirementErrors, type ResourceRequirements, withoutOpenBounds } from '../cluster/resource-requirements.js';
import type { JobRecord } from './job-record.js';
import type { KnownJobs } from './job-records.js';
import { RestError } from './rest-error.js';

const HOW = 'Run it with `jobmanager.scheduler: adaptive`, or stop it with a savepoint and run it from there with another parallelism (`flink stop`, `flink run -s <savepoint> -p <parallelism>`).';

/** -1: as little, or as much, as may be. */
const bound = () => z.int().check(z.gte(-1));
const wantedRequirements = () => z.record(z.string(), z.object({ parallelism: z.object({ lowerBound: bound(), upperBound: bound() }) }));
type WantedRequirements = z.infer<ReturnType<typeof wantedRequirements>>;

export function rescalingEndpoints(records: KnownJobs): Endpoint[] {
  return [
    endpoint({
      method: 'get', path: '/jobs/:jobid/resource-requirements', summary: 'Between which bounds the parallelism of each vertex may be. Without the adaptive scheduler it is what it is.', answer: resourceRequirements,
      handle: ({ param }) => requirementsOf(records.of(param('jobid'))),
    }),
    endpoint({
      method: 'put', path: '/jobs/:jobid/resource-requirements', summary: 'Sets those bounds. With the adaptive scheduler the job starts again within them, from a checkpoint; without it, those that it is not within are refused.', body: wantedRequirements, answer: nothing,
      async handle({ param, body }) {
        await setRequirements(records.of(param('jobid')), body);
        return {};
      },
    }),
    endpoint({ method: 'patch', path: '/jobs/:jobid/rescaling', summary: 'Always refused, as in Flink since 1.9.', query: () => z.object({ parallelism: described(z.string(), { type: 'integer' }) }), answer: triggered, handle: refuseRescaling }),
    endpoint({ method: 'get', path: '/jobs/:jobid/rescaling/:triggerid', summary: 'Always refused, as in Flink since 1.9.', answer: operationStatus, handle: refuseRescaling }),
  ];
}

function requirementsOf({ job }: JobRecord): z.input<ReturnType<typeof resourceRequirements>> {
  const required = job.requirements?.get() ?? asTheyAre(job);
  return Object.fromEntries(Object.entries(required).map(([id, parallelism]) => [id, { parallelism }]));
}

function asTheyAre(job: RunningJob): ResourceRequirements {
  return Object.fromEntries(job.snapshot().vertices.map(({ id, parallelism }) => [id, { lowerBound: parallelism, upperBound: parallelism }]));
}

async function setRequirements({ job, terminal }: JobRecord, body: WantedRequirements): Promise<void> {
  const { description: { jobGraph }, requirements } = job;
  const wanted = Object.fromEntries(Object.entries(body).map(([id, { parallelism }]) => [id, parallelism]));
  const wrong = requirementErrors(jobGraph, withoutOpenBounds(jobGraph, wanted));
  if (wrong.length > 0) throw new RestError(400, `Bad request: ${wrong.join('; ')}.`);
  if (terminal) throw new RestError(409, `The job ${job.jobId} has already reached another terminal state (${job.status()}).`);
  if (requirements) return requirements.set(wanted);
  const given = withoutOpenBounds(jobGraph, wanted);
  const changed = jobGraph.vertices.find(({ id, parallelism }) => parallelism < given[id]!.lowerBound || parallelism > given[id]!.upperBound);
  if (changed) throw new RestError(409, `"${changed.name}" has parallelism ${changed.parallelism}, and a job that runs does not change it. ${HOW}`);
}

function refuseRescaling(): never {
  throw new RestError(503, `Rescaling is disabled. ${HOW}`);
}
