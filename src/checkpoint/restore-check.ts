/**
 * Whether a job can go on from a snapshot, and what becomes of which state: found out before anything runs.
 */
import { FlinkError } from '../core/errors.js';
import type { JobGraph, JobVertex } from '../graph/job-graph.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { bytesOf, filesOfOperator, isFullyFinished, keyTypeOfOperator, type SnapshotMetadata, type SnapshotOperator } from './snapshot-metadata.js';

/** An operator of the snapshot. */
export interface SavedOperator {
  readonly operatorId: string;
  readonly uid?: string;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Bytes of its state. */
  readonly bytes: number;
  /** Names of its states, sorted. */
  readonly states: readonly string[];
  /** Of which type the keys are that it keeps state by. */
  readonly keyType?: string;
  /** All its subtasks had finished. */
  readonly finished: boolean;
}

/** State that finds an operator. */
export interface RestoredOperator {
  readonly saved: SavedOperator;
  /** As the program has it now. */
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
}

/** What a restore does. Operators without state are in none of the lists, unless they are new. */
export interface RestoreDescription {
  readonly restored: readonly RestoredOperator[];
  /** State that no operator of the program takes. What had finished has none that anybody would take. */
  readonly dropped: readonly SavedOperator[];
  /** Operators of the program that the snapshot does not know: they start empty. */
  readonly fresh: readonly { readonly operatorId: string; readonly uid?: string; readonly name: string }[];
}

/** The snapshot with the ids that its operators have now, where they say that their state was saved under another one. */
export function underPresentIds(snapshot: SnapshotMetadata, jobGraph: JobGraph): SnapshotMetadata {
  const saved = new Set(snapshot.operators.map(({ operatorId }) => operatorId));
  const present = new Map(operatorsOf(jobGraph).flatMap(({ savedAs, operatorId }) => (savedAs === undefined || saved.has(operatorId) ? [] : [[savedAs, operatorId]])));
  if (![...present.keys()].some((id) => saved.has(id))) return snapshot;
  return { ...snapshot, operators: snapshot.operators.map((operator) => ({ ...operator, operatorId: present.get(operator.operatorId) ?? operator.operatorId })) };
}

/** What a restore of this snapshot would do, whether it is allowed or not. */
export function describeRestore(snapshot: SnapshotMetadata, jobGraph: JobGraph): RestoreDescription {
  const saved = new Map(snapshot.operators.map((operator) => [operator.operatorId, operator]));
  const restored: RestoredOperator[] = [];
  const fresh: RestoreDescription['fresh'][number][] = [];
  for (const { vertex, operatorId, name, uid } of operatorsOf(jobGraph)) {
    const operator = saved.get(operatorId);
    saved.delete(operatorId);
    if (!operator) fresh.push({ operatorId, ...(uid === undefined ? {} : { uid }), name });
    else if (hasState(operator)) restored.push({ saved: savedOperator(operator), name, parallelism: vertex.parallelism, maxParallelism: vertex.maxParallelism });
  }
  return { restored, dropped: [...saved.values()].filter((operator) => hasState(operator) && !isFullyFinished(operator)).map(savedOperator), fresh };
}

/** An operator of a snapshot in short. */
export function savedOperator(operator: SnapshotOperator): SavedOperator {
  const { operatorId, uid, name, parallelism, maxParallelism } = operator;
  const keyType = keyTypeOfOperator(operator);
  return {
    operatorId, ...(uid === undefined ? {} : { uid }), name, parallelism, maxParallelism,
    bytes: bytesOf(filesOfOperator(operator)), states: stateNames(operator), finished: isFullyFinished(operator),
    ...(keyType === undefined ? {} : { keyType }),
  };
}

/** @throws FlinkError STATE_UNMATCHED naming every operator whose state would be lost, unless that is allowed. */
export function checkMatched(snapshot: SnapshotMetadata, jobGraph: JobGraph, allowNonRestoredState: boolean): void {
  if (allowNonRestoredState) return;
  const { dropped } = describeRestore(snapshot, jobGraph);
  if (dropped.length === 0) return;
  const list = dropped.map(({ name, uid, operatorId, bytes }) => `"${name}" (${uid === undefined ? `no uid, id ${operatorId}` : `uid "${uid}"`}, ${sizeText(bytes)})`).join(', ');
  throw new FlinkError('STATE_UNMATCHED', `the snapshot holds state of ${dropped.length === 1 ? 'an operator' : `${dropped.length} operators`} that the program does not have: ${list}`);
}

/**
 * The job with as many key groups as the snapshot's state is laid out in.
 *
 * @throws FlinkError STATE_INCOMPATIBLE when another number was set in the program, or when more subtasks are asked for.
 */
export function withSavedMaxParallelism(snapshot: SnapshotMetadata, jobGraph: JobGraph, streamGraph: StreamGraph): JobGraph {
  const saved = new Map(snapshot.operators.filter(hasState).map((operator) => [operator.operatorId, operator]));
  const nodes = new Map(streamGraph.nodes.map((node) => [node.id, node]));
  return {
    ...jobGraph,
    vertices: jobGraph.vertices.map((vertex) => {
      const explicit = vertex.operators.some(({ nodeId }) => Math.max(nodes.get(nodeId)?.maxParallelism ?? -1, streamGraph.maxParallelism) > 0);
      const matched = vertex.operators.flatMap(({ operatorId }) => saved.get(operatorId) ?? []);
      return matched.reduce((adapted, operator) => adapt(adapted, operator, explicit || adapted !== vertex), vertex);
    }),
  };
}

function adapt(vertex: JobVertex, operator: SnapshotOperator, fixed: boolean): JobVertex {
  const { maxParallelism } = operator;
  const name = `"${operator.name}"`;
  if (vertex.parallelism > maxParallelism) {
    throw new FlinkError('STATE_INCOMPATIBLE', `the state of ${name} is laid out for at most ${maxParallelism} subtasks, but the parallelism is ${vertex.parallelism}`, {
      hint: `Lower the parallelism to ${maxParallelism} or less: the maximum of saved state cannot be changed.`, place: { operator: operator.name },
    });
  }
  if (vertex.maxParallelism === maxParallelism) return vertex;
  if (fixed) {
    throw new FlinkError('STATE_INCOMPATIBLE', `the state of ${name} was saved with the maximum parallelism ${maxParallelism}, but the program sets ${vertex.maxParallelism}`, {
      hint: `Set the maximum parallelism to ${maxParallelism}, or leave it out: it is then taken from the snapshot.`, place: { operator: operator.name },
    });
  }
  return { ...vertex, maxParallelism, operators: vertex.operators.map((chained) => ({ ...chained, maxParallelism })) };
}

function operatorsOf(jobGraph: JobGraph): (JobVertex['operators'][number] & { vertex: JobVertex })[] {
  return jobGraph.vertices.flatMap((vertex) => vertex.operators.map((operator) => ({ ...operator, vertex })));
}

/** What a source has handed out is state, too. */
function hasState(operator: SnapshotOperator): boolean {
  return operator.subtasks.length > 0 || operator.enumerator !== undefined;
}

function stateNames({ subtasks }: SnapshotOperator): string[] {
  const names = subtasks.flatMap(({ state }) => [...state.keyed.flatMap(({ states }) => states), ...state.operator.flatMap(({ states }) => states)].map(({ name }) => name));
  return [...new Set(names)].sort();
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} kb` : `${(bytes / 1024 ** 2).toFixed(1)} mb`;
}
