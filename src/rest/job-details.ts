/**
 * The answers about a job as a whole: details, plan, settings, failures, result.
 */
import type { z } from 'zod/mini';
import { mostSubtasks } from '../cluster/resource-requirements.js';
import type { JobDescription, JobException, JobSnapshot, VertexSnapshot } from '../cluster/running-job.js';
import { ObjectReuse, ParallelismDefault, RestartStrategyType } from '../core/options.js';
import { HIDDEN, isSensitive } from '../core/sensitive-keys.js';
import type { jobConfig, jobDetails, jobExceptions, jobPlan, jobResult } from './answers/job-answers.js';
import { ioMetricsOf } from './io-metrics.js';
import { countStates, endTimeOf, type JobRecord } from './job-record.js';
import { failureCause } from './rest-error.js';
import type { ReadableStack } from './served-process.js';
import { ENDPOINT, taskManagerId, taskName, timesOf } from './task-names.js';
import { describeVertex } from './vertex-description.js';

/** In the order in which Flink's answers name them. */
export const JOB_STATUSES = ['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED', 'FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING'] as const;

type Answer<S extends () => z.ZodMiniType> = z.input<ReturnType<S>>;

export function detailsOf(record: JobRecord): Answer<typeof jobDetails> {
  const snapshot = record.job.snapshot();
  const { jobGraph } = record.job.description;
  const now = record.clock.now();
  return {
    jid: snapshot.jobId, name: snapshot.name, isStoppable: record.jobType === 'STREAMING' && !record.terminal, state: snapshot.status, 'job-type': record.jobType,
    'start-time': snapshot.startTime, 'end-time': endTimeOf(snapshot), duration: snapshot.durationMs, maxParallelism: -1, now,
    timestamps: Object.fromEntries(JOB_STATUSES.map((status) => [status, snapshot.timestamps[status] ?? 0])) as Record<(typeof JOB_STATUSES)[number], number>,
    vertices: snapshot.vertices.map((vertex) => {
      const known = jobGraph.vertices.find(({ id }) => id === vertex.id);
      const { slotSharingGroup } = known ?? { slotSharingGroup: 'default' };
      return {
        id: vertex.id, slotSharingGroupId: slotSharingGroup, name: vertex.name, maxParallelism: known ? mostSubtasks(known) : -1, parallelism: vertex.parallelism, status: vertex.state, ...timesOf(vertex, now),
        tasks: countStates(vertex.subtasks.map(({ state }) => state)), metrics: ioMetricsOf(vertex.subtasks),
      };
    }),
    'status-counts': countStates(snapshot.vertices.map(({ state }) => state)),
    plan: planOf(record, snapshot).plan,
  };
}

export function planOf(record: JobRecord, snapshot: JobSnapshot = record.job.snapshot()): Answer<typeof jobPlan> {
  return {
    plan: {
      jid: snapshot.jobId, name: snapshot.name, type: record.jobType,
      nodes: planNodes(record.job.description.jobGraph),
    },
  };
}

/** What a plan says of the vertices. */
export function planNodes({ vertices, edges }: Pick<JobDescription['jobGraph'], 'vertices' | 'edges'>): Answer<typeof jobPlan>['plan']['nodes'] {
  return vertices.map((vertex) => {
    const inputs = edges.filter(({ targetVertex }) => targetVertex === vertex.id);
    return {
      id: vertex.id, parallelism: vertex.parallelism, operator: '', operator_strategy: '', description: describeVertex(vertex),
      ...(inputs.length === 0 ? {} : { inputs: inputs.map(({ sourceVertex, partitioning }, num) => ({ num, id: sourceVertex, ship_strategy: partitioning, exchange: 'pipelined_bounded' })) }),
      optimizer_properties: {},
    };
  });
}

export function configOf({ job }: JobRecord): Answer<typeof jobConfig> {
  const { jobGraph, configuration } = job.description;
  return {
    jid: job.jobId, name: job.name,
    'execution-config': {
      'execution-mode': 'PIPELINED', 'restart-strategy': configuration.get(RestartStrategyType) ?? 'Cluster level default restart strategy',
      'job-parallelism': configuration.get(ParallelismDefault), 'object-reuse-mode': configuration.get(ObjectReuse), 
      'user-config': Object.fromEntries(Object.entries(jobGraph.globalJobParameters).map(([key, value]) => [key, isSensitive(key) ? HIDDEN : value])),
    },
  };
}

/** @param max how many failures are told, the newest. */
export async function exceptionsOf({ job, readableStack }: JobRecord, max: number): Promise<Answer<typeof jobExceptions>> {
  const { vertices, exceptions } = job.snapshot();
  const told = exceptions.slice(0, max);
  const one = (failure: JobException) => exceptionOf(failure, vertices, readableStack);
  const entries = await Promise.all(told.map(async (failure) => ({ ...(await one(failure)), concurrentExceptions: await Promise.all(failure.concurrent.map(one)) })));
  const truncated = told.length < exceptions.length;
  const [newest] = entries;
  return {
    exceptionHistory: { entries, truncated },
    'root-exception': newest?.stacktrace ?? null, timestamp: newest?.timestamp ?? null,
    'all-exceptions': entries.flatMap(({ stacktrace, taskName: task, location, endpoint, timestamp, taskManagerId: at }) => (task === null ? [] : [{ exception: stacktrace, task, location, endpoint, timestamp, taskManagerId: at }])),
    truncated,
  };
}

async function exceptionOf({ error, time, task }: JobException, vertices: readonly VertexSnapshot[], readableStack: ReadableStack) {
  const vertex = vertices.find(({ id }) => id === task?.vertexId);
  const taskManager = task && vertex?.subtasks[task.subtask]?.taskManager;
  return {
    exceptionName: error.name, stacktrace: await readableStack(stackOf(error)), timestamp: time,
    taskName: task && vertex ? taskName(task.name, vertex.parallelism, task) : null,
    ...placeOf(task !== undefined, taskManager), failureLabels: {},
  };
}

/** As Flink: nothing of a failure of the whole job, and words for a task that had no place yet. */
function placeOf(ofTask: boolean, taskManager: number | undefined) {
  const at = taskManager !== undefined ? ENDPOINT : ofTask ? UNASSIGNED : null;
  return { endpoint: at, location: at, taskManagerId: taskManager === undefined ? at : taskManagerId(taskManager) };
}

const UNASSIGNED = '(unassigned)';

/** With everything that lies behind it. */
function stackOf(error: Error): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own;
}

const APPLICATION_STATUS = { FINISHED: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED', SUSPENDED: 'UNKNOWN' } as const;

export function resultOf({ job, result }: JobRecord): Answer<typeof jobResult> {
  if (!result) return { status: { id: 'IN_PROGRESS' } };
  return {
    status: { id: 'COMPLETED' },
    'job-execution-result': {
      id: job.jobId, 'application-status': APPLICATION_STATUS[result.status], 'net-runtime': Math.round(result.netRuntimeMs),
      'accumulator-results': Object.fromEntries(Object.entries(result.accumulators).map(([name, { value }]) => [name, JSON.stringify(value) ?? 'null'])),
      ...(result.error ? { 'failure-cause': { ...failureCause(result.error) } } : {}),
    },
  };
}
