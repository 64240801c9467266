import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptName, attemptOf, createExecutionGraph, currentAttempts, type ExecutionGraph, vertexState } from '../../../src/cluster/execution/execution-graph.js';
import { isExecutionTerminal } from '../../../src/cluster/execution/execution-state.js';
import { type ExecutionChange, type ExecutionDecision, type ExecutionFact, stepExecution } from '../../../src/cluster/execution/execution-step.js';
import { isJobTerminal } from '../../../src/cluster/execution/job-state.js';
import { NO_RESTART, type RestartStrategy } from '../../../src/cluster/execution/restart-strategy.js';
import { FlinkError } from '../../../src/core/errors.js';
import type { JobGraph, JobVertex } from '../../../src/graph/job-graph.js';

function vertex(id: string, parallelism: number): JobVertex {
  return { id, name: `${id}!`, parallelism, maxParallelism: 128, slotSharingGroup: 'default', bufferTimeoutMs: 100, operators: [], chainedEdges: [], kind: 'operator' };
}

const JOB: JobGraph = {
  jobId: 'job', jobName: 'job', graphHash: '', runtimeMode: 'STREAMING', globalJobParameters: {}, vertices: [vertex('a', 1), vertex('b', 2)], edges: [],
};

/** Restarts `times` times, each after one second. */
function restarts(times: number): RestartStrategy {
  return { name: 'test', afterFailure: () => (times > 0 ? { next: restarts(times - 1), delayMs: 1000 } : { next: restarts(0) }) };
}

/** A job that takes facts one after the other. */
class Story {
  graph: ExecutionGraph;
  changes: ExecutionChange[] = [];

  constructor(strategy: RestartStrategy = NO_RESTART) {
    this.graph = createExecutionGraph(JOB, strategy);
  }

  takes(...facts: ExecutionFact[]): string[] {
    return facts.flatMap((fact) => {
      const step = stepExecution(this.graph, fact);
      this.graph = step.graph;
      this.changes.push(...step.changes);
      return step.decisions.map(inShort);
    });
  }

  running(): this {
    this.takes({ type: 'job-started' }, { type: 'slots-ready' });
    for (const attempt of currentAttempts(this.graph)) this.takes(reported(attempt.vertexId, attempt.subtask, 'INITIALIZING', attempt.attempt), reported(attempt.vertexId, attempt.subtask, 'RUNNING', attempt.attempt));
    return this;
  }

  states(): string {
    return [this.graph.status, ...currentAttempts(this.graph).map((attempt) => attempt.state)].join(' ');
  }
}

function inShort(decision: ExecutionDecision): string {
  if ('vertexId' in decision) return `${decision.type} ${attemptName(decision)}`;
  return decision.type === 'restart-later' ? `restart-later ${decision.delayMs}` : decision.type;
}

function reported(vertexId: string, subtask: number, state: 'INITIALIZING' | 'RUNNING' | 'FINISHED' | 'CANCELED', attempt = 0): ExecutionFact {
  return { type: 'task-reported', vertexId, subtask, attempt, state, time: 0 };
}

function failed(vertexId: string, subtask: number, message = 'broke', attempt = 0): ExecutionFact {
  return { type: 'task-failed', vertexId, subtask, attempt, error: new Error(message), time: 7 };
}

const CANCEL: ExecutionFact = { type: 'cancel-requested' };

describe('a job that runs to its end', () => {
  it('asks for slots, deploys every subtask when they are there, and finishes with the last of them', () => {
    const job = new Story();
    expect(job.states()).toBe('CREATED CREATED CREATED CREATED');
    expect(job.takes({ type: 'job-started' })).toEqual(['request-slots']);
    expect(job.states()).toBe('RUNNING SCHEDULED SCHEDULED SCHEDULED');
    expect(job.takes({ type: 'slots-ready' })).toEqual(['deploy-task a_0_0', 'deploy-task b_0_0', 'deploy-task b_1_0']);
    job.running();
    expect(job.takes(reported('a', 0, 'FINISHED'), reported('b', 0, 'FINISHED'))).toEqual([]);
    expect(job.states()).toBe('RUNNING FINISHED FINISHED RUNNING');
    expect(job.takes(reported('b', 1, 'FINISHED'))).toEqual(['finish-job']);
    expect(job.graph.status).toBe('FINISHED');
  });

  it('tells every change of state in order', () => {
    const job = new Story();
    job.takes({ type: 'job-started' }, { type: 'slots-ready' }, reported('a', 0, 'INITIALIZING'));
    expect(job.changes.map((change) => (change.type === 'job-status' ? change.status : `${attemptName(change)} ${change.state}`))).toEqual([
      'RUNNING', 'a_0_0 SCHEDULED', 'b_0_0 SCHEDULED', 'b_1_0 SCHEDULED', 'a_0_0 DEPLOYING', 'b_0_0 DEPLOYING', 'b_1_0 DEPLOYING', 'a_0_0 INITIALIZING',
    ]);
  });

  it('starts once, however often it is told to', () => {
    const job = new Story().running();
    expect(job.takes({ type: 'job-started' }, { type: 'slots-ready' })).toEqual([]);
  });

  it('leaves the graph it was given as it was', () => {
    const before = createExecutionGraph(JOB, NO_RESTART);
    const copy = structuredClone({ ...before, restartStrategy: undefined });
    stepExecution(before, { type: 'job-started' });
    expect({ ...before, restartStrategy: undefined }).toEqual(copy);
  });
});

describe('a job that is cancelled', () => {
  it('tells its tasks and is CANCELED when the last has ended, whatever it ended with', () => {
    const job = new Story().running();
    job.takes(reported('a', 0, 'FINISHED'));
    expect(job.takes(CANCEL)).toEqual(['cancel-task b_0_0', 'cancel-task b_1_0']);
    expect(job.states()).toBe('CANCELLING FINISHED CANCELING CANCELING');
    expect(job.takes(CANCEL, reported('b', 0, 'FINISHED'), failed('b', 1))).toEqual(['cancel-job']);
    expect(job.states()).toBe('CANCELED FINISHED CANCELED CANCELED');
  });

  it('is CANCELED at once while nothing is deployed', () => {
    for (const facts of [[], [{ type: 'job-started' }]] as ExecutionFact[][]) {
      const job = new Story();
      job.takes(...facts);
      expect(job.takes(CANCEL)).toEqual(['cancel-job']);
      expect(job.takes({ type: 'slots-ready' })).toEqual([]);
    }
  });

  it('stays as it ended', () => {
    const job = new Story().running();
    for (const [id, subtask] of [['a', 0], ['b', 0], ['b', 1]] as const) job.takes(reported(id, subtask, 'FINISHED'));
    expect(job.takes(CANCEL, failed('a', 0), { type: 'job-failed', error: new Error('late'), time: 9 })).toEqual([]);
    expect(job.graph.status).toBe('FINISHED');
  });
});

describe('a job with a task that fails', () => {
  it('cancels the others and fails with the first error when all have ended', () => {
    const job = new Story().running();
    expect(job.takes(failed('b', 0, 'first'))).toEqual(['cancel-task a_0_0', 'cancel-task b_1_0']);
    expect(job.states()).toBe('FAILING CANCELING FAILED CANCELING');
    expect(job.takes(failed('a', 0, 'second'), reported('b', 1, 'CANCELED'))).toEqual(['fail-job']);
    expect(job.graph.failure).toMatchObject({ error: { message: 'first' }, time: 7, task: { vertexId: 'b', subtask: 0, attempt: 0 } });
    expect(job.changes.at(-1)).toMatchObject({ type: 'job-status', status: 'FAILED', error: { message: 'first' } });
  });

  it('ends CANCELED when it is cancelled while it fails', () => {
    const job = new Story().running();
    job.takes(failed('b', 0), CANCEL);
    expect(job.takes(reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'))).toEqual(['cancel-job']);
  });

  it('counts a task that cancels itself as failed', () => {
    const job = new Story().running();
    job.takes(reported('a', 0, 'CANCELED'));
    expect(job.states()).toBe('FAILING FAILED CANCELING CANCELING');
    expect(job.graph.failure?.error.message).toMatch(/cancelled itself/);
  });

  it('fails at once when it fails as a whole before anything was deployed', () => {
    const job = new Story();
    expect(job.takes({ type: 'job-failed', error: new Error('no slots'), time: 1 })).toEqual(['fail-job']);
    expect(job.states()).toBe('FAILED CANCELED CANCELED CANCELED');
  });
});

describe('a job that may restart', () => {
  it('waits for its tasks to end and for the delay, then runs new attempts of all subtasks', () => {
    const job = new Story(restarts(1)).running();
    job.takes(reported('a', 0, 'FINISHED'));
    expect(job.takes(failed('b', 0))).toEqual(['restart-later 1000', 'cancel-task b_1_0']);
    expect(job.takes({ type: 'restart-due' })).toEqual([]);
    expect(job.takes(reported('b', 1, 'CANCELED'))).toEqual(['request-slots']);
    expect(job.states()).toBe('RUNNING SCHEDULED SCHEDULED SCHEDULED');
    expect(job.takes({ type: 'slots-ready' })).toEqual(['deploy-task a_0_1', 'deploy-task b_0_1', 'deploy-task b_1_1']);
    expect(job.graph.restarts).toBe(1);
  });

  it('ignores what old attempts report', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0), reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'), { type: 'restart-due' });
    job.running();
    expect(job.takes(failed('b', 0), reported('a', 0, 'FINISHED'))).toEqual([]);
    expect(job.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(attemptOf(job.graph, { vertexId: 'a', subtask: 0 }).number).toBe(1);
  });

  it('fails when the strategy has had enough', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0), reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'), { type: 'restart-due' });
    job.running().takes(failed('b', 1, 'again', 1));
    expect(job.graph.status).toBe('FAILING');
  });

  it('does not restart after an error that would come again', () => {
    const job = new Story(restarts(9)).running();
    job.takes({ type: 'task-failed', vertexId: 'a', subtask: 0, attempt: 0, error: new FlinkError('KEY_INVALID', 'null'), time: 0 });
    expect(job.graph.status).toBe('FAILING');
  });

  it('can be cancelled while it waits', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0), reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'));
    expect(job.takes(CANCEL)).toEqual(['cancel-job']);
    expect(job.takes({ type: 'restart-due' })).toEqual([]);
  });
});

describe('any story of facts', () => {
  const subtasks = fc.constantFrom<readonly [string, number]>(['a', 0], ['b', 0], ['b', 1]);
  const attempts = fc.integer({ min: 0, max: 2 });
  const facts = fc.oneof(
    fc.constantFrom<ExecutionFact>({ type: 'slots-ready' }, { type: 'restart-due' }, CANCEL),
    fc.tuple(subtasks, attempts, fc.constantFrom('INITIALIZING' as const, 'RUNNING' as const, 'FINISHED' as const, 'CANCELED' as const)).map(([[id, subtask], attempt, state]) => reported(id, subtask, state, attempt)),
    fc.tuple(subtasks, attempts).map(([[id, subtask], attempt]) => failed(id, subtask, 'broke', attempt)),
  );

  it('ends the job exactly once, and only when every attempt has ended', () => {
    fc.assert(fc.property(fc.array(facts, { maxLength: 60 }), fc.integer({ min: 0, max: 2 }), (story, times) => {
      const job = new Story(restarts(times));
      job.takes({ type: 'job-started' });
      // What a task cannot say before it was deployed is no story.
      const possible = (fact: ExecutionFact) => fact.type !== 'task-reported' || !['CREATED', 'SCHEDULED'].includes(attemptOf(job.graph, fact).state);
      const ends = story.flatMap((fact) => (possible(fact) ? job.takes(fact) : [])).filter((decision) => /^(finish|fail|cancel)-job$/.test(decision));
      const allEnded = currentAttempts(job.graph).every((attempt) => isExecutionTerminal(attempt.state));
      expect(ends.length).toBe(isJobTerminal(job.graph.status) ? 1 : 0);
      expect(allEnded || !isJobTerminal(job.graph.status)).toBe(true);
    }), { numRuns: 500 });
  });
});

describe('an execution graph', () => {
  it('sums up the state of a vertex', () => {
    const job = new Story().running();
    expect(job.graph.vertices.map(vertexState)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('refuses facts about subtasks that it does not have', () => {
    expect(() => new Story().takes(reported('z', 0, 'RUNNING'))).toThrow(/subtask 0 of vertex z/);
  });
});
