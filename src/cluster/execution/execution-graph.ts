/**
 * The ExecutionGraph: a JobGraph with one attempt per subtask, and the states of all of them (Flink:
 * `ExecutionGraph`, `ExecutionVertex`, `Execution`).
 *
 * Plain immutable data; `execution-step.ts` says what comes next.
 */
import { FlinkError } from '../../core/errors.js';
import type { JobGraph } from '../../graph/job-graph.js';
import type { JobStatus } from '../../program/pipeline-executor.js';
import { aggregateState, type ExecutionState } from './execution-state.js';
import { failoverRegions, type FailoverScope, regionInputs } from './failover-regions.js';
import type { RestartStrategy } from './restart-strategy.js';
import type { SubtaskId } from './slots.js';

/** One try to run a subtask. */
export interface Attempt {
  /** From 0; a restart makes the next one. */
  readonly number: number;
  readonly state: ExecutionState;
}

export interface ExecutionVertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  /** The current attempt of each subtask. */
  readonly attempts: readonly Attempt[];
  /** By subtask: its region, an index into the graph's `regions`. */
  readonly regions: readonly number[];
}

/** Names one attempt of one subtask. */
export interface AttemptId extends SubtaskId {
  readonly attempt: number;
}

/** What made the job fail or restart. */
export interface JobFailure {
  readonly error: Error;
  /** Epoch milliseconds. */
  readonly time: number;
  /** The task that failed; absent when the job failed as a whole. */
  readonly task?: AttemptId;
}

/** Regions that wait to be started again. */
export interface PendingRestart {
  /** Names the restart in `restart-later` and `restart-due`. */
  readonly restart: number;
  /** Indexes into `regions`. A region is in one pending restart at most. */
  readonly regions: readonly number[];
  /** Whether the time to wait is over. */
  readonly due: boolean;
  /** The job as it is to be when they start again, when it is to have another parallelism. All regions are in the restart then. */
  readonly layout?: ExecutionLayout;
}

/** What a job consists of at one parallelism. */
export interface ExecutionLayout {
  readonly vertices: readonly Omit<ExecutionVertex, 'attempts'>[];
  readonly regions: ExecutionGraph['regions'];
  readonly inputs: ExecutionGraph['inputs'];
}

export interface ExecutionGraph {
  readonly jobId: string;
  readonly status: JobStatus;
  readonly vertices: readonly ExecutionVertex[];
  /** What restarts together. */
  readonly regions: readonly (readonly SubtaskId[])[];
  /** By region: those whose kept results it reads; all empty when tasks exchange records while they run. */
  readonly inputs: readonly (readonly number[])[];
  readonly restartStrategy: RestartStrategy;
  /** How many restarts failures have brought about; one that meets several failures counts once. */
  readonly restarts: number;
  /** How many restarts were decided on, carried out or not. */
  readonly scheduledRestarts: number;
  /** Tasks have been told to end with a savepoint: what has finished by now has not come to the end of its input. */
  readonly stopping: boolean;
  /** Where the savepoint is that its tasks end with, once it is complete. */
  readonly savepoint: string | undefined;
  /** Some while the job is RESTARTING, none otherwise. */
  readonly pendingRestarts: readonly PendingRestart[];
  /** The last failure that changed the job's status. */
  readonly failure?: JobFailure;
}

/**
 * The job before anything happened: CREATED, attempt 0 of every subtask CREATED.
 *
 * @param keepsResults tasks begin when what they read is complete, and it is kept for their restarts.
 */
export function createExecutionGraph(jobGraph: JobGraph, restartStrategy: RestartStrategy, scope: FailoverScope = 'region', keepsResults = false): ExecutionGraph {
  const { vertices, regions, inputs } = layoutOf(jobGraph, scope, keepsResults);
  return {
    jobId: jobGraph.jobId,
    status: 'CREATED',
    vertices: vertices.map((vertex) => ({ ...vertex, attempts: createdAttempts(vertex.parallelism, 0) })),
    regions,
    inputs,
    restartStrategy,
    restarts: 0,
    scheduledRestarts: 0,
    stopping: false,
    savepoint: undefined,
    pendingRestarts: [],
  };
}

/** The parts of a job at the parallelism of this graph; see `createExecutionGraph`. */
export function layoutOf(jobGraph: JobGraph, scope: FailoverScope, keepsResults = false): ExecutionLayout {
  const regions = failoverRegions(jobGraph, scope, keepsResults);
  const indexes = new Map(regions.flatMap((region, index) => region.map((subtask) => [subtaskKey(subtask), index] as const)));
  const vertices = jobGraph.vertices.map(({ id, name, parallelism }) => ({
    id, name, parallelism,
    regions: Array.from({ length: parallelism }, (_, subtask) => indexes.get(subtaskKey({ vertexId: id, subtask }))!),
  }));
  const inputs = keepsResults ? regionInputs(jobGraph, (subtask) => indexes.get(subtaskKey(subtask))!, regions.length) : regions.map(() => []);
  return { vertices, regions, inputs };
}

/** The subtasks of a vertex with an attempt each that has not begun. */
export function createdAttempts(parallelism: number, number: number): Attempt[] {
  return Array.from({ length: parallelism }, () => ({ number, state: 'CREATED' as const }));
}

/** The current attempt of a subtask. */
export function attemptOf(graph: ExecutionGraph, { vertexId, subtask }: SubtaskId): Attempt {
  const attempt = findAttempt(graph, { vertexId, subtask });
  if (!attempt) throw new FlinkError('INTERNAL', `expected a subtask of job ${graph.jobId}, got subtask ${subtask} of vertex ${vertexId}`);
  return attempt;
}

/** The same, or undefined for a subtask that the job has no more, or not yet. */
export function findAttempt(graph: ExecutionGraph, { vertexId, subtask }: SubtaskId): Attempt | undefined {
  return graph.vertices.find((vertex) => vertex.id === vertexId)?.attempts[subtask];
}

/** The current attempts of all subtasks, in the order of the vertices. */
export function currentAttempts(graph: ExecutionGraph): (AttemptId & { readonly state: ExecutionState })[] {
  return graph.vertices.flatMap((vertex) =>
    vertex.attempts.map(({ number, state }, subtask) => ({ vertexId: vertex.id, subtask, attempt: number, state })),
  );
}

function subtaskKey({ vertexId, subtask }: SubtaskId): string {
  return `${vertexId}/${subtask}`;
}

/** The region that a subtask is in, an index into `regions`. */
export function regionOf(graph: ExecutionGraph, { vertexId, subtask }: SubtaskId): number {
  return graph.vertices.find((vertex) => vertex.id === vertexId)!.regions[subtask]!;
}

/** The state of a vertex in one word. */
export function vertexState(vertex: ExecutionVertex): ExecutionState {
  return aggregateState(vertex.attempts.map((attempt) => attempt.state));
}

/** The id of an attempt in logs and messages; unique within a job. */
export function attemptName({ vertexId, subtask, attempt }: AttemptId): string {
  return `${vertexId}_${subtask}_${attempt}`;
}
