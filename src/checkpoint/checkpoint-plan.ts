/**
 * Which tasks start a checkpoint and which have to answer, given what each task is doing (Flink:
 * `DefaultCheckpointPlanCalculator`).
 *
 * Invariants:
 * - A checkpoint starts at the running tasks that no running task feeds; its barriers reach all others from there.
 * - Tasks that have finished take no part: they are in the snapshot as finished.
 */
import type { JobGraph } from '../graph/job-graph.js';
import { channelsOf, isPointwise } from '../graph/wiring.js';

export interface TaskId {
  readonly vertexId: string;
  readonly subtask: number;
}

/** A task as checkpoints see it: not there yet, taking part, at the end of its work, or gone without getting there. */
export type TaskStanding = 'starting' | 'running' | 'finished' | 'gone';

export interface CheckpointPlan {
  /** Told to take the checkpoint. */
  readonly trigger: readonly TaskId[];
  /** Have to acknowledge it: every running task. */
  readonly await: readonly TaskId[];
  readonly finished: readonly TaskId[];
}

/** A task's id as one word. */
export function taskKey({ vertexId, subtask }: TaskId): string {
  return `${vertexId}/${subtask}`;
}

/** Every task of a job, vertex by vertex. */
export function tasksOf(jobGraph: Pick<JobGraph, 'vertices'>): TaskId[] {
  return jobGraph.vertices.flatMap(({ id, parallelism }) => Array.from({ length: parallelism }, (_, subtask) => ({ vertexId: id, subtask })));
}

/**
 * The plan of a checkpoint taken now; undefined when the tasks do not let one be taken: one has not started or has
 * gone, some have finished although `afterTasksFinish` is off, or all have.
 */
export function planCheckpoint(jobGraph: Pick<JobGraph, 'vertices' | 'edges'>, standing: (task: TaskId) => TaskStanding, afterTasksFinish: boolean): CheckpointPlan | undefined {
  const tasks = tasksOf(jobGraph);
  if (tasks.some((task) => standing(task) === 'starting' || standing(task) === 'gone')) return undefined;
  const finished = tasks.filter((task) => standing(task) === 'finished');
  const running = tasks.filter((task) => standing(task) === 'running');
  if (running.length === 0 || (finished.length > 0 && !afterTasksFinish)) return undefined;
  const fed = fedByRunning(jobGraph, (task) => standing(task) === 'running');
  return { trigger: running.filter((task) => !fed.has(taskKey(task))), await: running, finished };
}

/** Of running tasks that have nothing more to do, those that can end now: no task that feeds them goes on. */
export function endingTasks(jobGraph: Pick<JobGraph, 'vertices' | 'edges'>, isRunning: (task: TaskId) => boolean, done: ReadonlySet<string>): ReadonlySet<string> {
  const fed = fedByRunning(jobGraph, (task) => isRunning(task) && !done.has(taskKey(task)));
  const left = new Set([...done].filter((key) => !fed.has(key)));
  return left.size === done.size ? left : endingTasks(jobGraph, isRunning, left);
}

/** The tasks that have a running task before them. */
function fedByRunning({ vertices, edges }: Pick<JobGraph, 'vertices' | 'edges'>, isRunning: (task: TaskId) => boolean): Set<string> {
  const parallelism = new Map(vertices.map((vertex) => [vertex.id, vertex.parallelism]));
  const fed = new Set<string>();
  for (const edge of edges) {
    const sources = parallelism.get(edge.sourceVertex)!;
    const targets = parallelism.get(edge.targetVertex)!;
    const runs = (subtask: number): boolean => isRunning({ vertexId: edge.sourceVertex, subtask });
    const feed = (subtask: number): unknown => fed.add(taskKey({ vertexId: edge.targetVertex, subtask }));
    if (isPointwise(edge.partitioning)) {
      for (const { producer, consumer } of channelsOf(edge, sources, targets)) if (runs(producer)) feed(consumer);
    } else if (Array.from({ length: sources }, (_, subtask) => subtask).some(runs)) {
      for (let subtask = 0; subtask < targets; subtask++) feed(subtask);
    }
  }
  return fed;
}
