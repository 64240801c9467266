import { describe, expect, it } from 'vitest';
import { checkMatched, describeRestore, withSavedMaxParallelism } from '../../src/checkpoint/restore-check.js';
import type { StreamGraph } from '../../src/graph/stream-graph.js';
import { sampleJobGraph } from './job-graph-fixture.js';
import { hexId, inline, operatorOf, snapshotOf } from './snapshot-fixture.js';

const [COUNT, GONE, FRESH] = [hexId(1), hexId(2), hexId(3)];
const stream = (maxParallelism = -1, ofNode = -1): StreamGraph => ({ maxParallelism, nodes: [{ id: 1, maxParallelism: ofNode }] }) as Partial<StreamGraph> as StreamGraph;

describe('what a restore does', () => {
  it('is told operator by operator: restored, dropped, new', () => {
    const snapshot = snapshotOf([operatorOf({ uid: 'count', name: 'Old name' }), operatorOf({ operatorId: GONE, name: 'Gone' }), operatorOf({ operatorId: hexId(4), name: 'Stateless', subtasks: [] })]);
    const description = describeRestore(snapshot, sampleJobGraph([[COUNT, 3], [FRESH, 1]]));
    expect(description).toEqual({
      restored: [{ saved: { operatorId: COUNT, uid: 'count', name: 'Old name', parallelism: 1, maxParallelism: 128, keyType: 'string', bytes: 128, states: ['count'], finished: false }, name: COUNT, parallelism: 3, maxParallelism: 128 }],
      dropped: [expect.objectContaining({ operatorId: GONE, name: 'Gone', bytes: 128 })],
      fresh: [{ operatorId: FRESH, name: FRESH }],
    });
  });

  it('counts what a source has handed out as state', () => {
    const snapshot = snapshotOf([operatorOf({ subtasks: [], enumerator: inline(1, 2) })]);
    expect(describeRestore(snapshot, sampleJobGraph([[COUNT, 1]])).restored).toMatchObject([{ saved: { bytes: 2 } }]);
  });
});

describe('state that no operator takes', () => {
  const snapshot = snapshotOf([operatorOf({ operatorId: GONE, name: 'Gone', uid: 'gone' }), operatorOf({ operatorId: hexId(5), name: 'Nameless' })]);

  it('is refused, each operator with its name, its uid and its size', () => {
    expect(() => checkMatched(snapshot, sampleJobGraph([[COUNT, 1]]), false)).toThrow(
      expect.objectContaining({
        code: 'STATE_UNMATCHED',
        message: `the snapshot holds state of 2 operators that the program does not have: "Gone" (uid "gone", 128 bytes), "Nameless" (no uid, id ${hexId(5)}, 128 bytes)`,
      }),
    );
  });

  it('is dropped when that is allowed', () => {
    expect(() => checkMatched(snapshot, sampleJobGraph([[COUNT, 1]]), true)).not.toThrow();
  });

  it('does not count when the operator had finished: it would not have run again', () => {
    const finished = (...subtasks: number[]) => snapshotOf([operatorOf({ operatorId: GONE, parallelism: 2, finishedSubtasks: subtasks, enumerator: inline(1) })]);
    expect(() => checkMatched(finished(0, 1), sampleJobGraph([[COUNT, 1]]), false)).not.toThrow();
    expect(() => checkMatched(finished(1), sampleJobGraph([[COUNT, 1]]), false)).toThrow('state of an operator');
  });

  it('does not count when there is none', () => {
    expect(() => checkMatched(snapshotOf([operatorOf({ operatorId: GONE, subtasks: [] })]), sampleJobGraph([[COUNT, 1]]), false)).not.toThrow();
  });
});

describe('the maximum parallelism of saved state', () => {
  const snapshot = snapshotOf([operatorOf({ maxParallelism: 64 })]);

  it('is taken over when the program sets none', () => {
    const [vertex] = withSavedMaxParallelism(snapshot, sampleJobGraph([[COUNT, 2]]), stream()).vertices;
    expect([vertex!.maxParallelism, vertex!.operators[0]!.maxParallelism]).toEqual([64, 64]);
  });

  it.each([['the job', stream(128)], ['the operator', stream(-1, 128)]])('is not overruled by another one set for %s', (_, graph) => {
    expect(() => withSavedMaxParallelism(snapshot, sampleJobGraph([[COUNT, 2]]), graph)).toThrow(
      expect.objectContaining({ code: 'STATE_INCOMPATIBLE', message: 'the state of "Count" was saved with the maximum parallelism 64, but the program sets 128' }),
    );
  });

  it('may be set again as it was', () => {
    const graph = sampleJobGraph([[COUNT, 2, { maxParallelism: 64 }]]);
    expect(withSavedMaxParallelism(snapshot, graph, stream(64))).toEqual(graph);
  });

  it('bounds the parallelism', () => {
    expect(() => withSavedMaxParallelism(snapshot, sampleJobGraph([[COUNT, 65]]), stream())).toThrow(
      expect.objectContaining({ code: 'STATE_INCOMPATIBLE', message: expect.stringContaining('at most 64 subtasks, but the parallelism is 65') }),
    );
  });

  it('does not matter without state', () => {
    const graph = sampleJobGraph([[COUNT, 65]]);
    expect(withSavedMaxParallelism(snapshotOf([operatorOf({ maxParallelism: 64, subtasks: [] })]), graph, stream())).toEqual(graph);
  });
});
