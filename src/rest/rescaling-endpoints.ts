/**
 * The parallelism of a running job: what it is, and that it stays.
 *
 * A job changes its parallelism by going on from a savepoint with another one, as in Flink without the adaptive scheduler.
 */
import * as z from 'zod/mini';
import { nothing, operationStatus, triggered } from './answers/common.js';
import { resourceRequirements } from './answers/job-answers.js';
import { described } from './described.js';
import { type Endpoint, endpoint } from './endpoint.js';
import type { JobRecord } from './job-record.js';
import type { KnownJobs } from './job-records.js';
import { RestError } from './rest-error.js';

const HOW = 'Stop it with a savepoint and run it from there with another parallelism (`flink stop`, `flink run -s <savepoint> -p <parallelism>`).';

const wholeFromOne = () => z.int().check(z.gte(1));
const wantedRequirements = () => z.record(z.string(), z.object({ parallelism: z.object({ lowerBound: wholeFromOne(), upperBound: wholeFromOne() }) }));
type WantedRequirements = z.infer<ReturnType<typeof wantedRequirements>>;

export function rescalingEndpoints(records: KnownJobs): Endpoint[] {
  return [
    endpoint({
      method: 'get', path: '/jobs/:jobid/resource-requirements', summary: 'Between which bounds the parallelism of each vertex is: it is what it is.', answer: resourceRequirements,
      handle: ({ param }) => requirementsOf(records.of(param('jobid'))),
    }),
    endpoint({
      method: 'put', path: '/jobs/:jobid/resource-requirements', summary: 'Sets those bounds. Those that the job is not within are refused.', body: wantedRequirements, answer: nothing,
      handle({ param, body }) {
        checkRequirements(records.of(param('jobid')), body);
        return {};
      },
    }),
    endpoint({ method: 'patch', path: '/jobs/:jobid/rescaling', summary: 'Always refused, as in Flink since 1.9.', query: () => z.object({ parallelism: described(z.string(), { type: 'integer' }) }), answer: triggered, handle: refuseRescaling }),
    endpoint({ method: 'get', path: '/jobs/:jobid/rescaling/:triggerid', summary: 'Always refused, as in Flink since 1.9.', answer: operationStatus, handle: refuseRescaling }),
  ];
}

function requirementsOf({ job }: JobRecord): z.input<ReturnType<typeof resourceRequirements>> {
  return Object.fromEntries(job.snapshot().vertices.map(({ id, parallelism }) => [id, { parallelism: { lowerBound: parallelism, upperBound: parallelism } }]));
}

function checkRequirements({ job }: JobRecord, wanted: WantedRequirements): void {
  const { vertices } = job.snapshot();
  const { description: { jobGraph } } = job;
  const missing = vertices.filter(({ id }) => !(id in wanted));
  if (missing.length > 0) throw new RestError(400, `Bad request: every vertex of the job must be there; ${missing.map(({ id, name }) => `${id} (${name})`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`);
  for (const [id, { parallelism: { lowerBound, upperBound } }] of Object.entries(wanted)) {
    const vertex = vertices.find((one) => one.id === id);
    if (!vertex) throw new RestError(400, `Bad request: ${id} is no vertex of the job.`);
    const { maxParallelism } = jobGraph.vertices.find((one) => one.id === id)!;
    if (lowerBound > upperBound || upperBound > maxParallelism) throw new RestError(400, `Bad request: ${id}: expected bounds from 1 to ${maxParallelism}, the lower one first; ${lowerBound} and ${upperBound} came.`);
  }
  const changed = vertices.find(({ id, parallelism }) => parallelism < wanted[id]!.parallelism.lowerBound || parallelism > wanted[id]!.parallelism.upperBound);
  if (changed) throw new RestError(409, `"${changed.name}" has parallelism ${changed.parallelism}, and a job that runs does not change it. ${HOW}`);
}

function refuseRescaling(): never {
  throw new RestError(503, `Rescaling is disabled. ${HOW}`);
}
