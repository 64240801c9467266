/**
 * Metrics of jobs, vertices and subtasks.
 */
import { aggregatedMetrics, metricValues } from './answers/metric-answers.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { coordinatorMetrics, jobMetrics, latencyMetrics, taskMetrics, vertexMetrics } from './job-metrics.js';
import type { KnownJobs } from './job-records.js';
import { aggregate, chosen, jobsMetricQuery, metricQuery, subtaskNumbers, subtasksMetricQuery } from './metric-queries.js';

const VERTEX = '/jobs/:jobid/vertices/:vertexid';

export function metricEndpoints(records: KnownJobs): Endpoint[] {
  return [
    endpoint({
      method: 'get', path: '/jobs/metrics', summary: 'Metrics over jobs.', query: jobsMetricQuery, answer: aggregatedMetrics,
      handle: ({ query: { get, agg, jobs } }) => aggregate(records.all().filter(({ job }) => !jobs || jobs.includes(job.jobId)).map(jobMetrics), get, agg),
    }),
    endpoint({ method: 'get', path: '/jobs/:jobid/metrics', summary: 'Metrics of a job.', query: metricQuery, answer: metricValues, handle({ param, query }) {
        const record = records.of(param('jobid'));
        return chosen(new Map([...jobMetrics(record), ...latencyMetrics(record)]), query.get);
      } }),
    endpoint({
      method: 'get', path: `${VERTEX}/metrics`, summary: 'Metrics of all subtasks of a vertex, each name with the number of the subtask before it.', query: metricQuery, answer: metricValues,
      handle({ param, query }) {
        const record = records.of(param('jobid'));
        return chosen(vertexMetrics(record, record.vertex(param('vertexid'))), query.get);
      },
    }),
    endpoint({
      method: 'get', path: `${VERTEX}/jm-operator-metrics`, summary: 'Metrics of what the JobManager does for the source of a vertex.', query: metricQuery, answer: metricValues,
      handle: ({ param, query }) => chosen(coordinatorMetrics(records.of(param('jobid')).vertex(param('vertexid'))), query.get),
    }),
    endpoint({
      method: 'get', path: `${VERTEX}/subtasks/metrics`, summary: 'Metrics over subtasks of a vertex.', query: subtasksMetricQuery, answer: aggregatedMetrics,
      handle({ param, query: { get, agg, subtasks } }) {
        const record = records.of(param('jobid'));
        const wanted = subtaskNumbers(subtasks);
        const vertex = record.vertex(param('vertexid'));
        return aggregate(vertex.subtasks.filter(({ subtask }) => wanted(subtask)).map((subtask) => taskMetrics(record, vertex.id, subtask)), get, agg);
      },
    }),
    endpoint({
      method: 'get', path: `${VERTEX}/subtasks/:subtaskindex/metrics`, summary: 'Metrics of a subtask.', query: metricQuery, answer: metricValues,
      handle({ param, query }) {
        const record = records.of(param('jobid'));
        const { vertex, subtask } = record.subtask(param('vertexid'), param('subtaskindex'));
        return chosen(taskMetrics(record, vertex.id, subtask), query.get);
      },
    }),
  ];
}
