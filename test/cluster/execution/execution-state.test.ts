import { describe, expect, it } from 'vitest';
import { afterCancelRequest, afterReport, aggregateState, canExecutionGo, type ExecutionState, isExecutionTerminal } from '../../../src/cluster/execution/execution-state.js';

const ALL: ExecutionState[] = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELING', 'CANCELED', 'FAILED', 'RECONCILING'];

describe('an attempt', () => {
  it('goes from creation to its end step by step', () => {
    const path: ExecutionState[] = ['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING', 'FINISHED'];
    for (const [i, state] of path.entries()) expect(i === 0 || canExecutionGo(path[i - 1] ?? 'FAILED', state)).toBe(true);
    expect(canExecutionGo('CREATED', 'RUNNING')).toBe(false);
    expect(canExecutionGo('RUNNING', 'INITIALIZING')).toBe(false);
  });

  it('can fail in every state that is not terminal, and leaves no terminal one', () => {
    expect(ALL.filter(isExecutionTerminal)).toEqual(['FINISHED', 'CANCELED', 'FAILED']);
    for (const state of ALL) expect(canExecutionGo(state, 'FAILED')).toBe(!isExecutionTerminal(state));
  });

  it('is cancelled at once before deployment, told after it, and left alone when it has ended', () => {
    expect(ALL.map(afterCancelRequest)).toEqual(['CANCELED', 'CANCELED', 'CANCELING', 'CANCELING', 'CANCELING', undefined, undefined, undefined, undefined, 'CANCELING']);
  });

  it('takes reports that lead on, also past one that was lost, and ignores those that come late', () => {
    expect(afterReport('DEPLOYING', 'INITIALIZING')).toBe('INITIALIZING');
    expect(afterReport('DEPLOYING', 'FINISHED')).toBe('FINISHED');
    expect(afterReport('RUNNING', 'INITIALIZING')).toBeUndefined();
    expect(afterReport('RUNNING', 'RUNNING')).toBeUndefined();
    expect(afterReport('FINISHED', 'FAILED')).toBeUndefined();
  });

  it('ends CANCELED once it was told to, whatever the task says', () => {
    expect((['INITIALIZING', 'RUNNING', 'FINISHED', 'CANCELED', 'FAILED'] as const).map((reported) => afterReport('CANCELING', reported)))
      .toEqual([undefined, undefined, 'CANCELED', 'CANCELED', 'CANCELED']);
  });

  it('has failed when it cancels itself', () => {
    expect(afterReport('RUNNING', 'CANCELED')).toBe('FAILED');
  });

  it('cannot report anything but a failure before it was deployed', () => {
    expect(afterReport('SCHEDULED', 'FAILED')).toBe('FAILED');
    expect(() => afterReport('SCHEDULED', 'RUNNING')).toThrow(/SCHEDULED, got RUNNING/);
  });
});

describe('aggregateState', () => {
  it('shows the worst state first, then the least advanced', () => {
    expect(aggregateState(['RUNNING', 'FAILED', 'CANCELING'])).toBe('FAILED');
    expect(aggregateState(['CANCELED', 'CANCELING'])).toBe('CANCELING');
    expect(aggregateState(['RUNNING', 'INITIALIZING'])).toBe('INITIALIZING');
    expect(aggregateState(['FINISHED', 'DEPLOYING'])).toBe('RUNNING');
    expect(aggregateState(['FINISHED', 'FINISHED'])).toBe('FINISHED');
    expect(aggregateState(['CREATED', 'DEPLOYING'])).toBe('CREATED');
  });
});
