import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import type { ExecutionState } from '../../src/cluster/execution/execution-state.js';
import { awaitedKeys, StagedStart } from '../../src/cluster/staged-start.js';
import { sampleJobGraph } from '../checkpoint/job-graph-fixture.js';
import { hexId, keyed, operatorOf, snapshotOf } from '../checkpoint/snapshot-fixture.js';

const attempt = (subtask: number, number = 0, state: ExecutionState = 'INITIALIZING') => ({ vertexId: 'v', subtask, attempt: number, state });

describe('a job that goes on from a snapshot', () => {
  it('begins once, when the last task has opened', () => {
    const start = new StagedStart(true);
    const current = [attempt(0), attempt(1)];
    expect([start.waiting, start.opened(attempt(1), current), start.opened(attempt(0), current), start.opened(attempt(0), current)]).toEqual([true, false, true, false]);
    expect(start.waiting).toBe(false);
  });

  it('does not begin while one of those that had opened has ended since', () => {
    const start = new StagedStart(true);
    start.opened(attempt(0), [attempt(0), attempt(1)]);
    for (const state of ['FAILED', 'CANCELING', 'CANCELED'] as const) expect(start.opened(attempt(1), [attempt(0, 0, state), attempt(1)])).toBe(false);
    expect(start.waiting).toBe(true);
  });

  it('waits for the attempt that takes the place of one that has opened', () => {
    const start = new StagedStart(true);
    start.opened(attempt(0), [attempt(0), attempt(1)]);
    expect(start.opened(attempt(1), [attempt(0, 1), attempt(1)])).toBe(false);
    expect(start.opened(attempt(0, 1), [attempt(0, 1), attempt(1)])).toBe(true);
  });

  it('was refused when state did not fit before it had begun, and not by another error or later', () => {
    const misfit = new FlinkError('STATE_INCOMPATIBLE', 'a list');
    const start = new StagedStart(true);
    expect([start.refusedBy(misfit), start.refusedBy(new Error('no connection')), start.refusedBy(undefined)]).toEqual([true, false, false]);
    start.opened(attempt(0), [attempt(0)]);
    expect(start.refusedBy(misfit)).toBe(false);
  });
});

describe('a job whose snapshot knows keys', () => {
  const keys = new Map([['count', 2], ['sum', 1]]);
  const opened = (): StagedStart => {
    const start = new StagedStart(true, keys);
    expect(start.opened(attempt(0), [attempt(0)])).toBe(true);
    return start;
  };

  it('waits with its sinks until each operator has seen a key that fits, in whichever subtask', () => {
    const start = opened();
    expect([start.waiting, start.awaitsKeys, start.begun]).toEqual([false, true, false]);
    expect(start.keysKnown(['count'], true)).toBe(false);
    expect(start.keysKnown(['sum'], true)).toBe(true);
    expect([start.awaitsKeys, start.begun, start.keysKnown(['sum'], true)]).toEqual([false, true, false]);
  });

  it('or until none of its subtasks will see one', () => {
    const start = opened();
    expect(['count', 'count', 'sum', 'sum'].map((operator) => start.keysKnown([operator, 'another'], false))).toEqual([false, false, true, false]);
  });

  it('or until that has taken too long', () => {
    const start = opened();
    expect([start.waitNoLonger(), start.begun, start.waitNoLonger(), start.keysKnown(['count', 'sum'], true)]).toEqual([true, true, false, false]);
  });

  it('was refused when keys did not fit before its sinks were opened, and not later', () => {
    const misfit = new FlinkError('STATE_INCOMPATIBLE', 'numbers');
    const start = opened();
    expect(start.refusedBy(misfit)).toBe(true);
    start.waitNoLonger();
    expect(start.refusedBy(misfit)).toBe(false);
  });
});

it('waited for are the operators whose keys have a type in the snapshot and that have not finished', () => {
  const state = (keyType: string) => ({ index: 0, state: { keyed: [{ ...keyed(0, 127).keyed[0]!, keyType }], operator: [] } });
  const operators = ['string', 'none', 'mixed', 'number', 'string'].map((keyType, at) => operatorOf({ operatorId: hexId(at + 1), parallelism: 1, subtasks: [state(keyType)], finishedSubtasks: at === 3 ? [0] : [] }));
  expect(awaitedKeys(snapshotOf(operators), sampleJobGraph([[hexId(1), 3], [hexId(2), 1], [hexId(3), 1], [hexId(4), 1]]))).toEqual(new Map([[hexId(1), 3]]));
});

it('a job that starts afresh has nothing to wait for', () => {
  const start = new StagedStart(false);
  expect([start.waiting, start.opened(attempt(0), [attempt(0)])]).toEqual([false, false]);
});
