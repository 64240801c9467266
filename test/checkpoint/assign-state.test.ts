import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssignedState, assignState } from '../../src/checkpoint/assign-state.js';
import type { SnapshotMetadata, SnapshotSubtask } from '../../src/checkpoint/snapshot-metadata.js';
import { keyGroupRange } from '../../src/core/key-group.js';
import type { JobVertex } from '../../src/graph/job-graph.js';
import type { CanonicalKeyedState, ChannelStateHandle, OperatorSubtaskState } from '../../src/state/operator-snapshot.js';
import { sampleJobGraph } from './job-graph-fixture.js';
import { hexId, inline, keyed, operatorOf, snapshotOf } from './snapshot-fixture.js';

const COUNT = hexId(1);

/** The keyed state of an operator of so many subtasks, each with its key groups. */
function keyedSubtasks(parallelism: number, maxParallelism: number): SnapshotSubtask[] {
  return Array.from({ length: parallelism }, (_, index) => {
    const { start, end } = keyGroupRange(index, maxParallelism, parallelism);
    return { index, state: keyed(start, end) };
  });
}

/** The groups that a subtask reads, byte for byte. */
function groupsRead(state: OperatorSubtaskState | undefined): number[] {
  return (state?.keyed ?? []).flatMap((handle) => {
    const { frames, file } = handle as CanonicalKeyedState;
    return frames.flatMap(({ offset, length }) => [...(file as { bytes: Uint8Array }).bytes.subarray(offset, offset + length)]);
  });
}

const vertexOf = (parallelism: number, maxParallelism = 128) => sampleJobGraph([[COUNT, parallelism, { maxParallelism }]]).vertices[0]!;
const snapshotWith = (parallelism: number, maxParallelism = 128, subtasks = keyedSubtasks(parallelism, maxParallelism)) => snapshotOf([operatorOf({ parallelism, maxParallelism, subtasks })]);

/** To a job of one vertex. */
const dealt = (snapshot: SnapshotMetadata, vertex: JobVertex): AssignedState[] => assignState(snapshot, vertex, { vertices: [vertex], edges: [] });

describe('keyed state', () => {
  it('goes to the subtasks that own its key groups, whatever the parallelism was and is', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(), fc.nat(), (max, was, is) => {
      const [before, now] = [1 + (was % max), 1 + (is % max)];
      const assigned = dealt(snapshotWith(before, max), vertexOf(now, max));
      assigned.forEach(({ operators }, subtask) => {
        const { start, end } = keyGroupRange(subtask, max, now);
        expect(groupsRead(operators[COUNT])).toEqual(Array.from({ length: end - start + 1 }, (_, at) => start + at));
      });
    }));
  });

  it('is handed through as it is when the parallelism is unchanged', () => {
    const snapshot = snapshotWith(2);
    const assigned = dealt(snapshot, vertexOf(2));
    assigned.forEach(({ operators }, subtask) => expect(operators[COUNT]!.keyed[0]).toBe(snapshot.operators[0]!.subtasks[subtask]!.state.keyed[0]));
  });

  it('in the files of a backend goes to everyone who owns a part of it', () => {
    const native = { format: 'native' as const, backend: 'level', keyType: 'string', states: [], entries: 1, files: [] };
    const subtasks = [0, 1].map((index) => ({ index, state: { keyed: [{ ...native, keyGroups: keyGroupRange(index, 128, 2) }], operator: [] } }));
    const assigned = dealt(snapshotWith(2, 128, subtasks), vertexOf(3));
    expect(assigned.map(({ operators }) => operators[COUNT]!.keyed.map(({ keyGroups }) => keyGroups.start))).toEqual([[0], [0, 64], [64]]);
  });
});

describe('an operator', () => {
  it('is found by its id, in whichever chain it is now', () => {
    const [vertex] = sampleJobGraph([[hexId(9), 1]]).vertices;
    const chain = { ...vertex!, operators: [vertex!.operators[0]!, { ...vertex!.operators[0]!, nodeId: 2, operatorId: COUNT }] };
    expect(Object.keys(dealt(snapshotWith(1), chain)[0]!.operators)).toEqual([COUNT]);
  });

  it('without state, or not in the snapshot, is not named', () => {
    const snapshot = snapshotOf([operatorOf({ subtasks: [] })]);
    expect(dealt(snapshot, vertexOf(2))).toEqual([{ operators: {}, finishedOperators: [] }, { operators: {}, finishedOperators: [] }]);
    expect(dealt(snapshotOf([]), vertexOf(1))).toEqual([{ operators: {}, finishedOperators: [] }]);
  });

  it('has finished when all its subtasks had, with whatever parallelism it would run now', () => {
    const finished = (...subtasks: number[]) => snapshotOf([operatorOf({ parallelism: 2, subtasks: [], finishedSubtasks: subtasks })]);
    expect(dealt(finished(0, 1), vertexOf(3)).map(({ finishedOperators }) => finishedOperators)).toEqual([[COUNT], [COUNT], [COUNT]]);
    expect(dealt(finished(1), vertexOf(1))[0]!.finishedOperators).toEqual([]);
  });

  it('of which some subtasks had finished goes on with the state of the others', () => {
    const assigned = dealt(snapshotWith(2, 128, keyedSubtasks(2, 128).slice(1)), vertexOf(1));
    expect(groupsRead(assigned[0]!.operators[COUNT])).toEqual(Array.from({ length: 64 }, (_, at) => 64 + at));
  });
});

describe('records in flight', () => {
  const channel = (edgeId: string, producer: number, consumer: number): ChannelStateHandle => ({ edgeId, producer, consumer, file: inline(1), offset: 0, length: 1, records: 1 });
  const graph = sampleJobGraph([[hexId(7), 2], [COUNT, 2], [hexId(8), 2]], [[hexId(7), COUNT, 'HASH'], [hexId(8), COUNT, 'REBALANCE']]);
  const states: SnapshotSubtask[] = [0, 1].map((index) => ({
    index,
    state: { keyed: [], operator: [], inputChannels: [channel('edge-0', 0, index), channel('edge-1', 0, index)], outputChannels: [channel('edge-9', index, 0)] },
  }));
  const jobOf = (parallelism: number) => ({ edges: graph.edges, vertices: graph.vertices.map((vertex) => (vertex.id === COUNT ? vertexOf(parallelism) : vertex)) });
  const assignedTo = (parallelism: number) =>
    assignState(snapshotWith(2, 128, states), vertexOf(parallelism), jobOf(parallelism)).map(({ operators }) => {
      const { inputChannels = [], outputChannels = [] } = operators[COUNT] ?? {};
      return [...inputChannels.map(({ edgeId, consumer }) => `${edgeId} to ${consumer}`), ...outputChannels.map(({ producer }) => `from ${producer}`)];
    });

  it('stay where they were when the parallelism does', () => {
    expect(assignedTo(2)).toEqual([['edge-0 to 0', 'edge-1 to 0', 'from 0'], ['edge-0 to 1', 'edge-1 to 1', 'from 1']]);
  });

  it('go to everyone who may own their key, and without keys to one', () => {
    expect(assignedTo(3)).toEqual([['edge-0 to 0', 'edge-1 to 0', 'from 0'], ['edge-0 to 0', 'edge-0 to 1', 'edge-1 to 1', 'from 1'], ['edge-0 to 1']]);
    expect(assignedTo(1)).toEqual([['edge-0 to 0', 'edge-1 to 0', 'edge-0 to 1', 'edge-1 to 1', 'from 0', 'from 1']]);
  });

  it('are marked when any operator of the job has another parallelism: event time among them is void then', () => {
    const marks = (snapshot: SnapshotMetadata, parallelism: number): unknown[] =>
      assignState(snapshot, vertexOf(parallelism), jobOf(parallelism)).flatMap(({ operators }) => operators[COUNT]?.inputChannels?.map(({ rescaled }) => rescaled) ?? []);
    const snapshot = snapshotWith(2, 128, states);
    expect(new Set(marks(snapshot, 2))).toEqual(new Set([undefined]));
    expect(new Set(marks(snapshot, 3))).toEqual(new Set([true]));
    const before = snapshotOf([...snapshot.operators, operatorOf({ operatorId: hexId(7), parallelism: 4, subtasks: [] })]);
    expect(new Set(marks(before, 2))).toEqual(new Set([true]));
  });
});
