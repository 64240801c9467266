/**
 * Deals the state of a snapshot out to the subtasks of a job that goes on from it (Flink: `StateAssignmentOperation`).
 *
 * Invariants:
 * - State finds its operator by id; the order and the chaining of operators do not matter.
 * - Each subtask is given the key groups it owns, however many subtasks there were; with the parallelism unchanged it is
 *   given just what it had.
 * - Where any operator has another parallelism the watermarks in flight are void: records of other subtasks may come
 *   behind them.
 */
import { keyGroupRange, type KeyGroupRange } from '../core/key-group.js';
import type { JobEdge, JobGraph, JobVertex } from '../graph/job-graph.js';
import type { ChannelStateHandle, KeyedStateHandle, OperatorStateHandle, OperatorSubtaskState } from '../state/operator-snapshot.js';
import { redistributeOperatorState } from './operator-redistribution.js';
import { isFullyFinished, keyTypeOfOperator, type SnapshotMetadata, type SnapshotOperator } from './snapshot-metadata.js';

/** What one subtask of a vertex starts from. */
export interface AssignedState {
  /** By operator id; operators without state are not named. */
  readonly operators: Readonly<Record<string, OperatorSubtaskState>>;
  /** Operators all of whose subtasks had finished. */
  readonly finishedOperators: readonly string[];
}

/** The state of every subtask of a vertex, by subtask. */
export function assignState(snapshot: SnapshotMetadata, vertex: JobVertex, { vertices, edges }: Pick<JobGraph, 'vertices' | 'edges'>): AssignedState[] {
  const rescaled = isRescaled(snapshot, vertices);
  const saved = new Map(snapshot.operators.map((operator) => [operator.operatorId, operator]));
  const matched = vertex.operators.flatMap(({ operatorId }) => saved.get(operatorId) ?? []);
  const finishedOperators = matched.filter(isFullyFinished).map(({ operatorId }) => operatorId);
  const states = matched.map((operator) => ({ operatorId: operator.operatorId, subtasks: statesOf(operator, vertex, edges, rescaled) }));
  return Array.from({ length: vertex.parallelism }, (_, subtask) => ({
    operators: Object.fromEntries(states.flatMap(({ operatorId, subtasks }) => (isEmpty(subtasks[subtask]!) ? [] : [[operatorId, subtasks[subtask]!]]))),
    finishedOperators,
  }));
}

/** The snapshot as if nothing had been in flight. */
export function withoutInFlight(snapshot: SnapshotMetadata): SnapshotMetadata {
  const operators = snapshot.operators.map((operator) => ({
    ...operator,
    subtasks: operator.subtasks.map((subtask) => {
      const { inputChannels: _input, outputChannels: _output, ...state } = subtask.state;
      return { ...subtask, state };
    }),
  }));
  return { ...snapshot, operators };
}

function isRescaled({ operators }: SnapshotMetadata, vertices: JobGraph['vertices']): boolean {
  const saved = new Map(operators.map(({ operatorId, parallelism }) => [operatorId, parallelism]));
  return vertices.some((vertex) => vertex.operators.some(({ operatorId }) => (saved.get(operatorId) ?? vertex.parallelism) !== vertex.parallelism));
}

function statesOf(operator: SnapshotOperator, vertex: JobVertex, edges: JobGraph['edges'], rescaled: boolean): OperatorSubtaskState[] {
  const old = bySubtask(operator);
  const list = redistributeOperatorState(old.map((state) => state?.operator ?? []), vertex.parallelism);
  const rawList = redistributeOperatorState(old.map((state) => state?.rawOperator ?? []), vertex.parallelism);
  const unchanged = operator.parallelism === vertex.parallelism && operator.maxParallelism === vertex.maxParallelism;
  const keyType = keyTypeOfOperator(operator);
  return Array.from({ length: vertex.parallelism }, (_, subtask) => {
    const keyed = unchanged ? old[subtask] : rescaledKeyed(old, vertex, subtask);
    const channels = unchanged ? old[subtask] : rescaledChannels(old, operator, vertex, subtask, edges);
    return {
      keyed: keyed?.keyed ?? [],
      ...(keyType !== undefined && { keyType }),
      operator: list[subtask]!,
      ...nonEmpty('rawKeyed', keyed?.rawKeyed),
      ...nonEmpty('rawOperator', rawList[subtask]),
      ...nonEmpty('inputChannels', rescaled ? channels?.inputChannels?.map((handle) => ({ ...handle, rescaled })) : channels?.inputChannels),
      ...nonEmpty('outputChannels', channels?.outputChannels),
    };
  });
}

function bySubtask(operator: SnapshotOperator): (OperatorSubtaskState | undefined)[] {
  const states = Array.from<OperatorSubtaskState | undefined>({ length: operator.parallelism });
  for (const { index, state } of operator.subtasks) states[index] = state;
  return states;
}

function rescaledKeyed(old: readonly (OperatorSubtaskState | undefined)[], vertex: JobVertex, subtask: number): Pick<OperatorSubtaskState, 'keyed' | 'rawKeyed'> {
  const range = keyGroupRange(subtask, vertex.maxParallelism, vertex.parallelism);
  const within = (handles: readonly KeyedStateHandle[]): KeyedStateHandle[] => handles.flatMap((handle) => withinRange(handle, range) ?? []);
  return { keyed: within(old.flatMap((state) => state?.keyed ?? [])), rawKeyed: within(old.flatMap((state) => state?.rawKeyed ?? [])) };
}

/** The handle with no more than these key groups; undefined when it has none of them. */
function withinRange(handle: KeyedStateHandle, range: KeyGroupRange): KeyedStateHandle | undefined {
  if (!overlap(handle.keyGroups, range)) return undefined;
  // Files of a backend hold what they hold: whoever reads them takes its own key groups.
  if (handle.format === 'native') return handle;
  const frames = handle.frames.filter(({ group }) => group >= range.start && group <= range.end);
  const keyGroups = { start: Math.max(handle.keyGroups.start, range.start), end: Math.min(handle.keyGroups.end, range.end) };
  return { ...handle, keyGroups, frames };
}

function overlap(one: KeyGroupRange, other: KeyGroupRange): boolean {
  return one.start <= other.end && other.start <= one.end;
}

/**
 * Records in flight go where their key may now live (the reader keeps what it owns); records without a key go to
 * anyone, so each old subtask's go to one.
 */
function rescaledChannels(
  old: readonly (OperatorSubtaskState | undefined)[], operator: SnapshotOperator, vertex: JobVertex, subtask: number, edges: readonly JobEdge[],
): Pick<OperatorSubtaskState, 'inputChannels' | 'outputChannels'> {
  const own = keyGroupRange(subtask, vertex.maxParallelism, vertex.parallelism);
  const keyedEdges = new Set(edges.filter(({ partitioning }) => partitioning === 'HASH').map(({ id }) => id));
  const goesHere = (handle: ChannelStateHandle): boolean =>
    keyedEdges.has(handle.edgeId)
      ? overlap(keyGroupRange(handle.consumer, operator.maxParallelism, operator.parallelism), own)
      : handle.consumer % vertex.parallelism === subtask;
  return {
    inputChannels: old.flatMap((state) => state?.inputChannels?.filter(goesHere) ?? []),
    outputChannels: old.flatMap((state) => state?.outputChannels?.filter(({ producer }) => producer % vertex.parallelism === subtask) ?? []),
  };
}

function nonEmpty<K extends string, T>(name: K, list: readonly T[] | undefined): { [P in K]?: readonly T[] } {
  return (list && list.length > 0 ? { [name]: list } : {}) as { [P in K]?: readonly T[] };
}

function isEmpty(state: OperatorSubtaskState): boolean {
  const lists: (readonly (KeyedStateHandle | OperatorStateHandle | ChannelStateHandle)[] | undefined)[] = [
    state.keyed, state.operator, state.rawKeyed, state.rawOperator, state.inputChannels, state.outputChannels,
  ];
  return state.keyType === undefined && lists.every((list) => list === undefined || list.length === 0);
}
