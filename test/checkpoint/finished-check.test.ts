import { describe, expect, it } from 'vitest';
import { checkFinished } from '../../src/checkpoint/finished-check.js';
import { sampleJobGraph } from './job-graph-fixture.js';
import { hexId, operatorOf, snapshotOf } from './snapshot-fixture.js';

const [BEFORE, AFTER] = [hexId(1), hexId(2)];
const SUBTASKS = { all: [0, 1], some: [1], none: [] } as const;
type Finished = keyof typeof SUBTASKS;

const saved = (operatorId: string, finished: Finished) => operatorOf({ operatorId, parallelism: 2, finishedSubtasks: SUBTASKS[finished], subtasks: [] });
const check = (before: Finished | 'new', after: Finished, partitioning: 'HASH' | 'FORWARD' = 'HASH'): void =>
  checkFinished(snapshotOf([...(before === 'new' ? [] : [saved(BEFORE, before)]), saved(AFTER, after)]), sampleJobGraph([[BEFORE, 2], [AFTER, 2]], [[BEFORE, AFTER, partitioning]]));

describe('an operator that had finished', () => {
  it.each(['none', 'some', 'new'] as const)('is not fed by one of which %s had, for its records would be lost', (before) => {
    expect(() => check(before, 'all')).toThrow(expect.objectContaining({
      code: 'STATE_INCOMPATIBLE', message: `"${AFTER}" had finished when the snapshot was taken, but gets input of "${BEFORE}", which had not`,
    }));
    expect(() => check(before, 'all', 'FORWARD')).toThrow('had not');
  });

  it('may come after one that had, too', () => expect(() => check('all', 'all')).not.toThrow());

  it('is not fed by a new one in its own chain either', () => {
    const [vertex] = sampleJobGraph([[AFTER, 2]]).vertices;
    const operator = vertex!.operators[0]!;
    const chain = { ...vertex!, operators: [{ ...operator, nodeId: 7, operatorId: hexId(9), name: 'New' }, operator], chainedEdges: [{ ...vertex!.chainedEdges[0]!, sourceNode: 7, targetNode: operator.nodeId }] };
    expect(() => checkFinished(snapshotOf([saved(AFTER, 'all')]), { vertices: [chain], edges: [] })).toThrow('input of "New"');
  });
});

describe('an operator of which some subtasks had finished', () => {
  it.each([['none', 'HASH'], ['new', 'HASH'], ['some', 'HASH'], ['none', 'FORWARD'], ['new', 'FORWARD']] as const)('is not fed by one of which %s had (%s)', (before, partitioning) => {
    expect(() => check(before, 'some', partitioning)).toThrow(`a part of "${AFTER}" had finished`);
  });

  it.each([['all', 'HASH'], ['all', 'FORWARD'], ['some', 'FORWARD']] as const)('may come after one of which %s had (%s)', (before, partitioning) => {
    expect(() => check(before, 'some', partitioning)).not.toThrow();
  });
});

describe('an operator that had not finished', () => {
  it.each(['all', 'some', 'none', 'new'] as const)('may come after any: %s', (before) => expect(() => check(before, 'none')).not.toThrow());
});
