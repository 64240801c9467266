/**
 * All metrics of a process: of its JobManager, its TaskManagers and the jobs that have not ended, with their tasks and
 * operators; for the last report, also of those that have.
 *
 * Invariant: operators are asked before anything is read, so that what is told is of now.
 */
import type { ExecutionState, MetricValue, OperatorMetrics, SubtaskMetrics, VertexSnapshot } from '../cluster/running-job.js';
import type { MetricSample, ScopedMetrics } from '../metrics/metric-sample.js';
import { jobMetrics, type Metrics, ownTaskMetrics } from './job-metrics.js';
import type { JobRecord } from './job-record.js';
import type { KnownJobs } from './job-records.js';
import { latencyApart } from './latency-metrics.js';
import { operatorIo } from './operator-io.js';
import { taskManagerMetrics, taskManagerViews } from './task-managers.js';
import { HOST, taskManagerId } from './task-names.js';

type Variables = Readonly<Record<string, string>>;

/** @param ended whether jobs and tasks that have ended are told of, too, with their last values. */
export async function sampleMetrics(records: KnownJobs, jobManager: Metrics, ended = false): Promise<ScopedMetrics[]> {
  const live = records.all().filter(({ terminal }) => !terminal);
  await Promise.all(live.map(({ job }) => job.refreshMetrics()));
  return [
    { scope: 'jm', variables: { host: HOST }, metrics: systemSamples(jobManager) },
    ...taskManagerViews(records).map((view) => ({ scope: 'tm' as const, variables: { host: HOST, tm_id: taskManagerId(view.index) }, metrics: systemSamples(taskManagerMetrics(view)) })),
    ...(ended ? records.all() : live).flatMap((record) => ofJob(record, ended ? BEGUN : DEPLOYED)),
  ];
}

function ofJob(record: JobRecord, told: ReadonlySet<ExecutionState>): ScopedMetrics[] {
  const snapshot = record.job.snapshot();
  const job = { job_id: snapshot.jobId, job_name: snapshot.name };
  return [
    { scope: 'jm-job', variables: { host: HOST, ...job }, metrics: systemSamples(jobMetrics(record)) },
    ...snapshot.vertices.flatMap((vertex) => ofCoordinator(record, vertex, job)),
    ...snapshot.vertices.flatMap((vertex) => vertex.subtasks.filter(({ state }) => told.has(state)).flatMap((subtask) => ofTask(record, vertex, subtask, job))),
  ];
}

function ofCoordinator(record: JobRecord, { id, coordinator }: VertexSnapshot, job: Variables): ScopedMetrics[] {
  if (!coordinator) return [];
  return [{ scope: 'jm-operator', variables: { host: HOST, ...job, operator_id: operatorIdOf(record, id, coordinator), operator_name: coordinator.name }, metrics: operatorSamples(coordinator) }];
}

/** Metrics of a task that has ended are no more. */
const DEPLOYED: ReadonlySet<ExecutionState> = new Set(['DEPLOYING', 'INITIALIZING', 'RUNNING', 'CANCELING']);
/** Those of the last report. */
const BEGUN: ReadonlySet<ExecutionState> = new Set([...DEPLOYED, 'FINISHED', 'CANCELED', 'FAILED']);

function ofTask(record: JobRecord, vertex: VertexSnapshot, subtask: SubtaskMetrics, job: Variables): ScopedMetrics[] {
  const task = {
    host: HOST, tm_id: taskManagerId(subtask.taskManager), ...job, task_id: vertex.id, task_name: vertex.name,
    task_attempt_id: `${vertex.id}_${subtask.subtask}_${subtask.attempt}`, task_attempt_num: String(subtask.attempt), subtask_index: String(subtask.subtask),
  };
  const io = operatorIo(record, vertex.id, subtask);
  const operators = subtask.operators.map(latencyApart);
  const latencies = operators.flatMap(({ latency }) => operatorSamples(latency));
  return [
    { scope: 'task', variables: task, metrics: systemSamples(ownTaskMetrics(record, vertex.id, subtask)) },
    ...(latencies.length === 0 ? [] : [{ scope: 'tm-job' as const, variables: { host: HOST, tm_id: task.tm_id, ...job }, metrics: latencies }]),
    ...operators.map(({ own: operator }) => ({
      scope: 'operator' as const, variables: { ...task, operator_id: operatorIdOf(record, vertex.id, operator), operator_name: operator.name }, metrics: [...(io.get(operator.nodeId) ?? []).map(([name, value]) => gauge([name], value)), ...operatorSamples(operator)],
    })),
  ];
}

function operatorIdOf({ job: { description: { jobGraph } } }: JobRecord, vertexId: string, { nodeId }: OperatorMetrics): string {
  return jobGraph.vertices.find(({ id }) => id === vertexId)?.operators.find((one) => one.nodeId === nodeId)?.operatorId ?? vertexId;
}

/** Names of the engine's own metrics have dots between groups. */
export function systemSamples(metrics: Metrics): MetricSample[] {
  return [...metrics].map(([name, value]) => gauge(name.split('.'), value));
}

function gauge(path: readonly string[], value: MetricValue): MetricSample {
  return { name: path.at(-1)!, groups: path.slice(0, -1), values: {}, kind: 'gauge', value };
}

/** What a histogram is told as where there are no distributions. */
const FIGURES = ['min', 'max', 'mean', 'stddev', 'median', 'p75', 'p90', 'p95', 'p98', 'p99', 'p999'];

function operatorSamples({ metrics, described = {} }: OperatorMetrics): MetricSample[] {
  const samples: MetricSample[] = [];
  const ofHistograms = new Set(Object.entries(described).filter(([, { distribution }]) => distribution).flatMap(([name]) => FIGURES.map((figure) => `${name}_${figure}`)));
  for (const [fullName, value] of Object.entries(metrics)) {
    const more = described[fullName];
    if (more) samples.push({ name: more.name, groups: more.groups, values: more.values, kind: more.kind, value, ...(more.count === undefined ? {} : { count: more.count }) });
    else if (!ofHistograms.has(fullName)) samples.push(gauge([fullName], value));
  }
  for (const { kind, name, groups, values, distribution } of Object.values(described)) if (distribution) samples.push({ kind, name, groups, values, distribution });
  return samples;
}
