import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import type { ExecutionState } from '../../src/cluster/execution/execution-state.js';
import { StagedStart } from '../../src/cluster/staged-start.js';

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

it('a job that starts afresh has nothing to wait for', () => {
  const start = new StagedStart(false);
  expect([start.waiting, start.opened(attempt(0), [attempt(0)])]).toEqual([false, false]);
});
