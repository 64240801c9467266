/**
 * The metrics of a session cluster: of the Dispatcher, and what the processes of the jobs say of theirs.
 *
 * Invariants:
 * - What a process says is checked before it is passed on: user code runs there.
 * - A process that does not answer in time holds nobody up: its metrics are missing until it does.
 */
import type { Clock } from '../core/clock.js';
import { type MetricSample, metricsFromJson, type ScopedMetrics } from '../metrics/metric-sample.js';
import type { Metrics } from '../rest/job-metrics.js';
import { ProcessMetrics } from '../rest/process-metrics.js';
import { systemSamples } from '../rest/sample-metrics.js';
import { HOST } from '../rest/task-names.js';
import type { Dispatcher } from './dispatcher.js';
import { askSocket } from './socket-exchange.js';
import type { SubmittedJob } from './submitted-job.js';

/** Less than the time that Prometheus waits. */
const PATIENCE_MS = 2_000;

export class ClusterMetrics {
  private readonly own: ProcessMetrics;

  constructor(private readonly dispatcher: Pick<Dispatcher, 'jobs' | 'options'>, private readonly taskManagers: number, private readonly clock: Clock) {
    this.own = new ProcessMetrics(clock);
  }

  /** Everything, as one cluster: ids of TaskManagers are those of its REST interface. */
  async sample(): Promise<ScopedMetrics[]> {
    return [{ scope: 'jm', variables: { host: HOST }, metrics: systemSamples(this.jobManager()) }, ...(await this.ofJobs())];
  }

  jobManager(): Metrics {
    const { jobs, options: { slots } } = this.dispatcher;
    return new Map([
      ['numRegisteredTaskManagers', this.taskManagers], ['numRunningJobs', jobs.filter(({ submitted }) => submitted).length], ['taskSlotsTotal', slots.total], ['taskSlotsAvailable', slots.free],
      ...this.own.read(),
    ]);
  }

  async ofJobs(): Promise<ScopedMetrics[]> {
    return (await Promise.all(this.dispatcher.jobs.map((job) => this.ofJob(job)))).flat();
  }

  private async ofJob({ jobId, submitted, socket }: SubmittedJob): Promise<ScopedMetrics[]> {
    if (!submitted || socket === undefined) return [];
    try {
      const { body } = await askSocket(socket, { method: 'GET', path: '/metrics/samples', timeoutMs: PATIENCE_MS }, this.clock);
      return inCluster(metricsFromJson(JSON.parse(body.toString('utf8'))), jobId);
    } catch {
      return [];
    }
  }
}

/** The process is the JobManager of its job alone: what it says of itself is said of the job. */
function inCluster(all: readonly ScopedMetrics[], jobId: string): ScopedMetrics[] {
  const job = all.find(({ scope }) => scope === 'jm-job')?.variables;
  return all.flatMap((scoped): ScopedMetrics[] => {
    const { scope, variables: { tm_id: id, ...variables }, metrics } = scoped;
    if (scope === 'jm') return job ? [{ scope: 'jm-job', variables: job, metrics: metrics.filter(({ groups: [group] }) => group === 'Status') }] : [];
    return [id === undefined ? scoped : { scope, variables: { host: variables['host'] ?? HOST, tm_id: `${jobId}-${id}`, ...variables }, metrics }];
  });
}

/** As requests name them; histograms have no value. */
export function metricsById(metrics: readonly MetricSample[]): Metrics {
  return new Map(metrics.flatMap(({ groups, name, value }) => (value === undefined ? [] : [[[...groups, name].join('.'), value] as const])));
}
