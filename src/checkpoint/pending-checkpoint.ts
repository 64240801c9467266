/**
 * Gathers what the tasks and sources of a job say in one checkpoint until it is whole (Flink: `PendingCheckpoint`).
 */
import { FlinkError } from '../core/errors.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { SnapshotFile } from '../state/snapshot-files.js';
import { type CheckpointPlan, type TaskId, taskKey } from './checkpoint-plan.js';
import type { CheckpointRequest } from './checkpoint-request.js';
import { filesOfState, isFullyFinished, type SnapshotMetadata, type SnapshotOperator, type SnapshotSubtask } from './snapshot-metadata.js';

export interface PendingCheckpointOptions {
  readonly jobGraph: JobGraph;
  readonly checkpointId: number;
  readonly request: CheckpointRequest;
  readonly plan: CheckpointPlan;
  readonly startedAt: number;
  /** What the sources keep, by operator id. */
  readonly enumerators: ReadonlyMap<string, SnapshotFile>;
  /** Operators that had finished when the job was restored, and so do not run. */
  readonly finishedBefore: ReadonlySet<string>;
}

export class PendingCheckpoint {
  private readonly states = new Map<string, SnapshotSubtask[]>();
  private readonly answered = new Set<string>();
  /** Tasks whose operators had all finished, though the tasks themselves waited for this checkpoint. */
  private readonly finished: TaskId[] = [];

  constructor(private readonly options: PendingCheckpointOptions) {}

  /** False when the task has acknowledged before: then it says nothing new. */
  acknowledge({ vertexId, subtask }: TaskId, operators: Readonly<Record<string, OperatorSubtaskState>>, finished = false): boolean {
    const key = taskKey({ vertexId, subtask });
    if (this.answered.has(key)) return false;
    this.answered.add(key);
    if (finished) this.finished.push({ vertexId, subtask });
    for (const [operatorId, state] of Object.entries(operators)) {
      const states = this.states.get(operatorId) ?? [];
      states.push({ index: subtask, state });
      this.states.set(operatorId, states);
    }
    return true;
  }

  /** Every file that has been acknowledged. */
  files(): SnapshotFile[] {
    return [...this.states.values()].flat().flatMap(({ state }) => filesOfState(state));
  }

  /** @throws FlinkError CHECKPOINT_FAILED when state that every subtask has whole would be in parts. */
  metadata(completedAt: number): SnapshotMetadata {
    const { jobGraph, checkpointId, request, startedAt } = this.options;
    const operators = jobGraph.vertices.flatMap((vertex) => vertex.operators.map((operator) => this.operator(vertex, operator)));
    operators.forEach(checkUnionState);
    return {
      jobId: jobGraph.jobId,
      jobName: jobGraph.jobName,
      checkpointId,
      kind: request.kind,
      format: request.format,
      ...(request.stop ? { stop: request.stop } : {}),
      startedAt,
      completedAt,
      operators,
    };
  }

  private operator(vertex: JobGraph['vertices'][number], { operatorId, nodeId, uid, name }: JobGraph['vertices'][number]['operators'][number]): SnapshotOperator {
    const { plan, enumerators, finishedBefore, jobGraph, request } = this.options;
    const enumerator = enumerators.get(operatorId);
    const states = this.states.get(operatorId) ?? [];
    // What ends the graph may have something left to commit: it runs again, with no more input.
    const commits = states.length > 0 && isLast(vertex, nodeId, jobGraph.edges);
    // A drain ends input that is not at its end: whoever goes on from there reads on.
    const finishedTasks = commits || request.stop === 'drain' ? plan.finished : [...plan.finished, ...this.finished];
    const finished = finishedBefore.has(operatorId)
      ? Array.from({ length: vertex.parallelism }, (_, subtask) => subtask)
      : finishedTasks.filter(({ vertexId }) => vertexId === vertex.id).map(({ subtask }) => subtask).sort((a, b) => a - b);
    return {
      operatorId,
      ...(uid === undefined ? {} : { uid }),
      name,
      vertexId: vertex.id,
      parallelism: vertex.parallelism,
      maxParallelism: vertex.maxParallelism,
      finishedSubtasks: finished,
      subtasks: states.sort((a, b) => a.index - b.index),
      ...(enumerator ? { enumerator } : {}),
    };
  }
}

/** Whether nothing comes after an operator. */
function isLast(vertex: JobGraph['vertices'][number], nodeId: number, edges: JobGraph['edges']): boolean {
  return !vertex.chainedEdges.some(({ sourceNode }) => sourceNode === nodeId) && !edges.some(({ sourceNode }) => sourceNode === nodeId);
}

/** Union state of some subtasks alone would lose the items of those that have finished. */
function checkUnionState(operator: SnapshotOperator): void {
  if (operator.finishedSubtasks.length === 0 || isFullyFinished(operator)) return;
  const union = operator.subtasks.flatMap(({ state }) => state.operator.flatMap(({ states }) => states)).find(({ redistribution }) => redistribution === 'UNION');
  if (!union) return;
  throw new FlinkError(
    'CHECKPOINT_FAILED',
    `the union list state "${union.name}" of "${operator.name}" can be stored when all its subtasks run or all have finished, but ${operator.finishedSubtasks.length} of ${operator.parallelism} have`,
    { place: { operator: operator.name } },
  );
}
