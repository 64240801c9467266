import { describe, expect, it } from 'vitest';
import { canJobGo, isJobGloballyTerminal, isJobTerminal } from '../../../src/cluster/execution/job-state.js';
import type { JobStatus } from '../../../src/program/pipeline-executor.js';

const ALL: JobStatus[] = ['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED', 'FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING'];

function isPath(...path: JobStatus[]): boolean {
  return path.every((status, i) => i === 0 || canJobGo(path[i - 1] ?? 'FAILED', status));
}

describe('a job', () => {
  it('can finish, fail, restart and be cancelled along the ways of Flink', () => {
    expect(isPath('INITIALIZING', 'CREATED', 'RUNNING', 'FINISHED')).toBe(true);
    expect(isPath('RUNNING', 'RESTARTING', 'RUNNING', 'FAILING', 'FAILED')).toBe(true);
    for (const from of ['CREATED', 'RUNNING', 'RESTARTING', 'FAILING'] as const) expect(isPath(from, 'CANCELLING', 'CANCELED')).toBe(true);
  });

  it('cannot take short cuts', () => {
    expect([canJobGo('CREATED', 'FINISHED'), canJobGo('RUNNING', 'FAILED'), canJobGo('RUNNING', 'CANCELED'), canJobGo('CANCELLING', 'FAILING')]).toEqual([false, false, false, false]);
  });

  it('never leaves a terminal status; SUSPENDED alone is terminal only here', () => {
    expect(ALL.filter(isJobTerminal)).toEqual(['FAILED', 'CANCELED', 'FINISHED', 'SUSPENDED']);
    expect(ALL.filter(isJobGloballyTerminal)).toEqual(['FAILED', 'CANCELED', 'FINISHED']);
    for (const status of ALL) expect(canJobGo(status, 'SUSPENDED')).toBe(!isJobTerminal(status));
  });
});
