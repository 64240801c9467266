/**
 * A job as it stands now: states from its ExecutionGraph, counters from shared memory, what operators have reported.
 */
import type { JobGraph, JobVertex } from '../graph/job-graph.js';
import type { JobProgram } from '../program/job-program.js';
import type { OperatorMetrics } from '../runtime/operator-metrics.js';
import { TaskMetrics } from '../runtime/task-metrics.js';
import { type ExecutionGraph, findAttempt, vertexState } from './execution/execution-graph.js';
import type { JobHistory } from './job-history.js';
import type { SlotAssignment } from './execution/slots.js';
import type { ThreadMemory } from './messages.js';
import type { JobSnapshot, TaskManagerSnapshot, VertexInput, VertexOperator, VertexSnapshot } from './running-job.js';

export interface SnapshotFacts {
  readonly jobGraph: JobGraph;
  readonly graph: ExecutionGraph;
  readonly definitions: JobProgram['definitions'];
  readonly metrics: SharedArrayBuffer;
  /** What the operators of a subtask's attempt have reported. */
  readonly reported: (vertexId: string, subtask: number, attempt: number) => readonly OperatorMetrics[];
  /** What the coordinator of a vertex has. */
  readonly coordinatorOf: (vertexId: string) => OperatorMetrics | undefined;
  readonly history: JobHistory;
  readonly slots: SlotAssignment;
  readonly memoryOf: (taskManager: number) => ThreadMemory | undefined;
  readonly startTime: number;
  readonly now: number;
}

export function snapshotJob({ jobGraph, graph, definitions, metrics, reported, coordinatorOf, history, slots, memoryOf, startTime, now }: SnapshotFacts): JobSnapshot {
  let metricsIndex = 0;
  const vertices: VertexSnapshot[] = graph.vertices.map((vertex) => ({
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    state: vertexState(vertex),
    subtasks: vertex.attempts.map(({ number, state }, subtask) => ({
      subtask, attempt: number, state, ...new TaskMetrics(metrics, metricsIndex++).read(now), operators: reported(vertex.id, subtask, number),
      timestamps: history.stateTimes({ vertexId: vertex.id, subtask, attempt: number }), taskManager: slots.slotOf(vertex.id, subtask).taskManager,
    })),
    coordinator: coordinatorOf(vertex.id),
    inputs: [...new Set(jobGraph.edges.filter((edge) => edge.targetVertex === vertex.id).map((edge) => edge.sourceVertex))],
    edges: inputsOf(vertex.id, jobGraph),
    operators: operatorsOf(jobGraph.vertices.find(({ id }) => id === vertex.id), definitions),
  }));
  return {
    jobId: graph.jobId,
    name: jobGraph.jobName,
    status: graph.status,
    startTime,
    durationMs: now - startTime,
    timestamps: history.statusTimes(),
    taskManagers: taskManagersOf(slots, memoryOf),
    vertices,
    restarts: graph.restarts,
    exceptions: history.exceptions(),
    pastAttempts: history.pastAttempts((attempt) => findAttempt(graph, attempt)?.number === attempt.attempt),
  };
}

function inputsOf(vertexId: string, { edges }: JobGraph): VertexInput[] {
  return edges.filter((edge) => edge.targetVertex === vertexId).map(({ sourceVertex, input, partitioning }) => ({ from: sourceVertex, input, partitioning }));
}

function operatorsOf(vertex: JobVertex | undefined, definitions: JobProgram['definitions']): VertexOperator[] {
  return (vertex?.operators ?? []).map(({ nodeId, name }) => {
    const definition = definitions.get(nodeId);
    return { nodeId, name, makesWatermarks: definition?.kind === 'operator' && definition.operator.eventTime !== undefined };
  });
}

function taskManagersOf({ slots }: SlotAssignment, memoryOf: SnapshotFacts['memoryOf']): TaskManagerSnapshot[] {
  const counts = new Map<number, number>();
  for (const { taskManager } of slots) counts.set(taskManager, (counts.get(taskManager) ?? 0) + 1);
  return [...counts].map(([index, count]) => {
    const memory = memoryOf(index);
    return { index, slots: count, ...(memory ? { memory } : {}) };
  });
}
