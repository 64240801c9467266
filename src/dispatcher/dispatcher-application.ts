/**
 * Flink's REST API, v1, over all jobs of a session cluster: what is about one job goes to its process, what is about
 * ended ones to the archive, and the rest is answered here.
 *
 * Invariant: every route is an endpoint of the list, and so in the document.
 */
import type { Hono } from 'hono';
import type { Clock } from '../core/clock.js';
import { clusterOverview, taskManagers } from '../rest/answers/cluster-answers.js';
import { nothing } from '../rest/answers/common.js';
import { jobIds, jobOverviews } from '../rest/answers/job-answers.js';
import type { AsynchronousOperations } from '../rest/asynchronous-operations.js';
import { disposalEndpoints } from '../rest/checkpoint-endpoints.js';
import { dataSetEndpoints } from '../rest/data-set-endpoints.js';
import { type Endpoint, endpoint, type OpenEndpoint } from '../rest/endpoint.js';
import { jobManagerEndpoints, logUrlEndpoints } from '../rest/job-manager-endpoints.js';
import type { KnownJobs } from '../rest/job-records.js';
import { allEndpoints } from '../rest/rest-server.js';
import { applicationOf } from '../rest/serve-endpoints.js';
import type { ServedProcess } from '../rest/served-process.js';
import type { ClusterMetrics } from './cluster-metrics.js';
import type { Dispatcher } from './dispatcher.js';
import { jarEndpoints } from './jar-endpoints.js';
import { JobRoutes } from './job-routes.js';
import { clusterMetricEndpoints } from './metric-endpoints.js';
import type { UploadedBundles } from './uploaded-bundles.js';

export interface ApplicationOptions {
  readonly dispatcher: Dispatcher;
  readonly bundles: UploadedBundles;
  readonly clock: Clock;
  /** What this process says of itself. */
  readonly served: ServedProcess;
  readonly operations: AsynchronousOperations;
  readonly taskManagers: number;
  readonly metrics: ClusterMetrics;
  /** Called when somebody asks for the end of the cluster; answers go out first. */
  readonly shutDown: () => void;
}

/** Paths work bare and under `/v1`. */
export function dispatcherApplication(options: ApplicationOptions): Hono {
  return applicationOf(dispatcherEndpoints(options), options.served.version);
}

/** Of two that fit, the earlier one answers: `/jobs/metrics` would pass for a job. */
export function dispatcherEndpoints(options: ApplicationOptions): (Endpoint | OpenEndpoint)[] {
  const { operations, served } = options;
  const routes = new JobRoutes(options);
  return [
    ...clusterMetricEndpoints(options.metrics),
    ...overviewEndpoints(routes),
    ...jarEndpoints(options),
    ...logUrlEndpoints(),
    ...endpointsOfJobs(routes, options),
    ...jobManagerEndpoints({ ...served, takesPrograms: true }),
    ...dataSetEndpoints(operations),
    ...disposalEndpoints(operations, served),
    endpoint({
      method: 'delete', path: '/cluster', summary: 'Ends the cluster, with its jobs as the configuration says.', answer: nothing,
      handle() {
        options.shutDown();
        return {};
      },
    }),
  ];
}

function overviewEndpoints(routes: JobRoutes): Endpoint[] {
  return [
    endpoint({ method: 'get', path: '/jobs', summary: 'The jobs and their status.', answer: jobIds, handle: async () => ({ jobs: (await routes.overviews()).map(({ jid, state }) => ({ id: jid, status: state })) }) }),
    endpoint({ method: 'get', path: '/jobs/overview', summary: 'The jobs with times and counts of tasks.', answer: jobOverviews, handle: async () => ({ jobs: await routes.overviews() }) }),
    endpoint({ method: 'get', path: '/overview', summary: 'How many TaskManagers, slots and jobs there are.', answer: clusterOverview, handle: () => routes.clusterOverview() }),
    endpoint({ method: 'get', path: '/taskmanagers', summary: 'The TaskManagers.', answer: taskManagers, handle: async () => ({ taskmanagers: await routes.taskManagers() }) }),
  ];
}

const OF_JOB = '/jobs/:jobid';
const OF_TASK_MANAGER = '/taskmanagers/:taskmanagerid';
const NO_JOBS: KnownJobs = {
  all: () => [],
  of() {
    throw new Error('jobs are in processes of their own');
  },
};

/** Those that the process of a job answers. */
function endpointsOfJobs(routes: JobRoutes, { operations, served }: ApplicationOptions): OpenEndpoint[] {
  return allEndpoints(NO_JOBS, operations, served).flatMap(({ method, path, summary, query, body, answer, contentType, status }) => {
    const described = { method, path, summary, query, body, answer, contentType, status };
    if (path.startsWith(OF_JOB)) return [{ ...described, respond: (request) => routes.aboutJob(request) }];
    return path.startsWith(OF_TASK_MANAGER) ? [{ ...described, respond: (request) => routes.aboutTaskManager(request) }] : [];
  });
}
