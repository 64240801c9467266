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

describe('a new operator between two others', () => {
  /** In one chain: what had finished as given, a new one without state, and one that had finished. */
  const between = (before: Finished): void => {
    const [vertex] = sampleJobGraph([[AFTER, 2]]).vertices;
    const operators = [BEFORE, hexId(9), AFTER].map((operatorId, at) => ({ ...vertex!.operators[0]!, nodeId: at + 1, operatorId, name: operatorId }));
    const chainedEdges = [1, 2].map((sourceNode) => ({ ...vertex!.chainedEdges[0]!, sourceNode, targetNode: sourceNode + 1 }));
    checkFinished(snapshotOf([saved(BEFORE, before), saved(AFTER, 'all')]), { vertices: [{ ...vertex!, operators, chainedEdges }], edges: [] });
  };

  it('gets nothing when the one before it had finished: ids without uids change with the parallelism', () => expect(() => between('all')).not.toThrow());

  it.each(['some', 'none'] as const)('passes on what it gets when %s of the one before had', (before) => expect(() => between(before)).toThrow(`gets input of "${hexId(9)}"`));
});

describe('an operator that had not finished, or of which only some subtasks had', () => {
  it.each(['all', 'some', 'none', 'new'] as const)('runs again, whatever feeds it (%s finished)', (before) => {
    for (const after of ['some', 'none'] as const) expect(() => check(before, after)).not.toThrow();
  });
});
