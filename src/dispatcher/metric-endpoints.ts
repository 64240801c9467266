/**
 * Metrics over all jobs and TaskManagers of a session cluster.
 */
import { aggregatedMetrics, metricValues } from '../rest/answers/metric-answers.js';
import { type Endpoint, endpoint } from '../rest/endpoint.js';
import { aggregate, chosen, jobsMetricQuery, metricQuery, taskManagersMetricQuery } from '../rest/metric-queries.js';
import { sampleEndpoints } from '../rest/sample-endpoints.js';
import type { MetricScope } from '../metrics/metric-sample.js';
import { type ClusterMetrics, metricsById } from './cluster-metrics.js';

export function clusterMetricEndpoints(cluster: ClusterMetrics): Endpoint[] {
  return [
    ...sampleEndpoints(() => cluster.sample()),
    endpoint({ method: 'get', path: '/jobmanager/metrics', summary: 'Metrics of the JobManager.', query: metricQuery, answer: metricValues, handle: ({ query }) => chosen(cluster.jobManager(), query.get) }),
    endpoint({
      method: 'get', path: '/jobs/metrics', summary: 'Metrics over jobs.', query: jobsMetricQuery, answer: aggregatedMetrics,
      handle: async ({ query: { get, agg, jobs } }) => aggregate(await metricsOf(cluster, 'jm-job', 'job_id', jobs), get, agg),
    }),
    endpoint({
      method: 'get', path: '/taskmanagers/metrics', summary: 'Metrics over TaskManagers.', query: taskManagersMetricQuery, answer: aggregatedMetrics,
      handle: async ({ query: { get, agg, taskmanagers } }) => aggregate(await metricsOf(cluster, 'tm', 'tm_id', taskmanagers), get, agg),
    }),
  ];
}

/** Of all things of a scope, or of some, each in one. Those that are not there add nothing, as in Flink. */
async function metricsOf(cluster: ClusterMetrics, scope: MetricScope, variable: string, ids: readonly string[] | undefined) {
  const byId = new Map<string, Map<string, string | number | boolean>>();
  for (const { scope: of, variables, metrics } of await cluster.ofJobs()) {
    const id = variables[variable];
    if (of !== scope || id === undefined) continue;
    byId.set(id, new Map([...(byId.get(id) ?? []), ...metricsById(metrics)]));
  }
  return [...byId].filter(([id]) => !ids || ids.includes(id)).map(([, metrics]) => metrics);
}
