/**
 * A job as it stands now: states from its ExecutionGraph, counters from shared memory.
 */
import type { JobGraph } from '../graph/job-graph.js';
import { TaskMetrics } from '../runtime/task-metrics.js';
import { type ExecutionGraph, vertexState } from './execution/execution-graph.js';
import type { JobSnapshot, VertexSnapshot } from './running-job.js';

export function snapshotJob(jobGraph: JobGraph, graph: ExecutionGraph, metrics: SharedArrayBuffer, startTime: number, now: number): JobSnapshot {
  let metricsIndex = 0;
  const vertices: VertexSnapshot[] = graph.vertices.map((vertex) => ({
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    state: vertexState(vertex),
    subtasks: vertex.attempts.map(({ number, state }, subtask) => ({ subtask, attempt: number, state, ...new TaskMetrics(metrics, metricsIndex++).read(now) })),
    inputs: [...new Set(jobGraph.edges.filter((edge) => edge.targetVertex === vertex.id).map((edge) => edge.sourceVertex))],
  }));
  return { jobId: graph.jobId, name: jobGraph.jobName, status: graph.status, startTime, durationMs: now - startTime, vertices };
}
