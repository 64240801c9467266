/**
 * The process with its jobs: counts, TaskManagers, metrics of the JobManager.
 */
import { threadName } from '../cluster/live-threads.js';
import { clusterOverview, logFiles, taskManagerDetails, taskManagers, threadDump } from './answers/cluster-answers.js';
import { nothing } from './answers/common.js';
import { aggregatedMetrics, metricValues } from './answers/metric-answers.js';
import { type Endpoint, endpoint, textEndpoint } from './endpoint.js';
import type { KnownJobs } from './job-records.js';
import { listLogs, logQuery, newestLog, readLog, type ShownLogs } from './logs.js';
import type { Metrics } from './job-metrics.js';
import { aggregate, chosen, metricQuery, taskManagersMetricQuery } from './metric-queries.js';
import { sampleEndpoints } from './sample-endpoints.js';
import { sampleMetrics } from './sample-metrics.js';
import { ProcessMetrics } from './process-metrics.js';
import type { ServedProcess } from './served-process.js';
import { allocatedSlots, taskManagerDetailsOf, taskManagerMetrics, taskManagerOf, taskManagerOverview, taskManagerViews } from './task-managers.js';
import { taskManagerId } from './task-names.js';
import { taskManagerThreadInfos } from './thread-infos.js';

export function clusterEndpoints(records: KnownJobs, served: ServedProcess): Endpoint[] {
  const own = new ProcessMetrics(served.clock);
  return [
    endpoint({
      method: 'get', path: '/overview', summary: 'How many TaskManagers, slots and jobs there are.', answer: clusterOverview,
      handle: () => ({ ...counts(records), 'flink-version': served.version, 'flink-commit': 'unknown' }),
    }),
    endpoint({
      method: 'delete', path: '/cluster', summary: 'Cancels the jobs: the cluster of a run ends with them.', answer: nothing,
      handle() {
        for (const { job, terminal } of records.all()) if (!terminal) job.cancel();
        return {};
      },
    }),
    endpoint({ method: 'get', path: '/jobmanager/metrics', summary: 'Metrics of the JobManager.', query: metricQuery, answer: metricValues, handle: ({ query }) => chosen(jobManagerMetrics(records, own), query.get) }),
    ...sampleEndpoints(() => sampleMetrics(records, jobManagerMetrics(records, own))),
    ...taskManagerEndpoints(records, served),
  ];
}

function counts(records: KnownJobs) {
  const views = taskManagerViews(records);
  const slots = views.reduce((sum, view) => sum + view.slots, 0);
  const statuses = records.all().map(({ job }) => job.status());
  const ended = { FINISHED: 0, CANCELED: 0, FAILED: 0 };
  for (const status of statuses) if (status in ended) ended[status as keyof typeof ended] += 1;
  return {
    taskmanagers: views.length, 'slots-total': slots, 'slots-available': slots - views.reduce((sum, view) => sum + allocatedSlots(view), 0),
    'jobs-running': statuses.length - ended.FINISHED - ended.CANCELED - ended.FAILED, 'jobs-finished': ended.FINISHED, 'jobs-cancelled': ended.CANCELED, 'jobs-failed': ended.FAILED,
  };
}

export function jobManagerMetrics(records: KnownJobs, own: ProcessMetrics): Metrics {
  const { taskmanagers, 'slots-total': total, 'slots-available': available, 'jobs-running': running } = counts(records);
  return new Map([['numRegisteredTaskManagers', taskmanagers], ['numRunningJobs', running], ['taskSlotsTotal', total], ['taskSlotsAvailable', available], ...own.read()]);
}

const TASK_MANAGER = '/taskmanagers/:taskmanagerid';

function taskManagerEndpoints(records: KnownJobs, served: ServedProcess): Endpoint[] {
  /** All threads of a process write to the same files. */
  const logsOf = (id: string): ShownLogs => taskManagerOf(records, id) && served;
  return [
    endpoint({
      method: 'get', path: '/taskmanagers', summary: 'The TaskManagers.', answer: taskManagers,
      handle: () => ({ taskmanagers: taskManagerViews(records).map((view) => taskManagerOverview(view, served)) }),
    }),
    endpoint({
      method: 'get', path: '/taskmanagers/metrics', summary: 'Metrics over TaskManagers.', query: taskManagersMetricQuery, answer: aggregatedMetrics,
      handle: ({ query: { get, agg, taskmanagers: ids } }) => aggregate(taskManagerViews(records).filter(({ index }) => !ids || ids.includes(taskManagerId(index))).map(taskManagerMetrics), get, agg),
    }),
    endpoint({ method: 'get', path: TASK_MANAGER, summary: 'A TaskManager.', answer: taskManagerDetails, handle: ({ param }) => taskManagerDetailsOf(taskManagerOf(records, param('taskmanagerid')), served) }),
    endpoint({
      method: 'get', path: `${TASK_MANAGER}/metrics`, summary: 'Metrics of a TaskManager.', query: metricQuery, answer: metricValues,
      handle: ({ param, query }) => chosen(taskManagerMetrics(taskManagerOf(records, param('taskmanagerid'))), query.get),
    }),
    endpoint({ method: 'get', path: `${TASK_MANAGER}/logs`, summary: 'The log files of a TaskManager.', answer: logFiles, handle: ({ param }) => listLogs(logsOf(param('taskmanagerid'))) }),
    textEndpoint(`${TASK_MANAGER}/logs/:filename`, 'One log file of a TaskManager.', ({ param, query }) => readLog(logsOf(param('taskmanagerid')), param('filename'), query.from), { query: logQuery }),
    textEndpoint(`${TASK_MANAGER}/log`, 'The newest log file of a TaskManager.', ({ param }) => newestLog(logsOf(param('taskmanagerid')), '.log')),
    textEndpoint(`${TASK_MANAGER}/stdout`, 'The newest file of printed output of a TaskManager.', ({ param }) => newestLog(logsOf(param('taskmanagerid')), '.out')),
    endpoint({
      method: 'get', path: `${TASK_MANAGER}/thread-dump`, summary: 'What the thread of a TaskManager is doing: where it stands, and a CPU profile of a moment.', answer: threadDump,
      handle: ({ param }) => taskManagerThreadInfos(threadName(taskManagerOf(records, param('taskmanagerid')).index), served),
    }),
  ];
}
