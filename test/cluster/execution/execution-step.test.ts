import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptName, attemptOf, createExecutionGraph, currentAttempts, type ExecutionGraph, findAttempt, layoutOf, vertexState } from '../../../src/cluster/execution/execution-graph.js';
import { isExecutionTerminal } from '../../../src/cluster/execution/execution-state.js';
import { type ExecutionChange, type ExecutionDecision, type ExecutionFact, stepExecution } from '../../../src/cluster/execution/execution-step.js';
import { isJobGloballyTerminal, isJobTerminal } from '../../../src/cluster/execution/job-state.js';
import type { FailoverScope } from '../../../src/cluster/execution/failover-regions.js';
import { exponentialDelayRestart, NO_RESTART, type RestartStrategy } from '../../../src/cluster/execution/restart-strategy.js';
import { deserializeError, FlinkError, type SerializedError, serializeError } from '../../../src/core/errors.js';
import { SuppressRestartsException } from '../../../src/core/suppress-restarts.js';
import type { JobEdge, JobGraph, JobVertex } from '../../../src/graph/job-graph.js';

function vertex(id: string, parallelism: number): JobVertex {
  return { id, name: `${id}!`, parallelism, maxParallelism: 128, slotSharingGroup: 'default', bufferTimeoutMs: 100, operators: [], chainedEdges: [], kind: 'operator' };
}

function edge(sourceVertex: string, targetVertex: string, partitioning: JobEdge['partitioning'] = 'HASH'): JobEdge {
  return { id: `${sourceVertex}-${targetVertex}`, sourceVertex, targetVertex, sourceNode: 1, targetNode: 2, input: 0, partitioning, streamEdge: 0 };
}

const JOB: JobGraph = {
  jobId: 'job', jobName: 'job', graphHash: '', runtimeMode: 'STREAMING', globalJobParameters: {}, vertices: [vertex('a', 1), vertex('b', 2)], edges: [edge('a', 'b')],
};

/** Restarts `times` times, each after one second. */
function restarts(times: number): RestartStrategy {
  return { name: 'test', afterFailure: () => (times > 0 ? { next: restarts(times - 1), delayMs: 1000 } : { next: restarts(0) }) };
}

/** A job that takes facts one after the other. */
class Story {
  graph: ExecutionGraph;
  changes: ExecutionChange[] = [];

  constructor(strategy: RestartStrategy = NO_RESTART, job: JobGraph = JOB, scope?: FailoverScope) {
    this.graph = createExecutionGraph(job, strategy, scope);
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

function failed(vertexId: string, subtask: number, message = 'broke', attempt = 0, time = 7): ExecutionFact {
  return { type: 'task-failed', vertexId, subtask, attempt, error: new Error(message), time };
}

const DUE: ExecutionFact = { type: 'restart-due', restart: 0 };
const CANCEL: ExecutionFact = { type: 'cancel-requested' };
const SUSPEND: ExecutionFact = { type: 'suspend-requested' };

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
    expect(job.changes.map((change) => (change.type === 'job-status' ? change.status : change.type === 'execution-state' ? `${attemptName(change)} ${change.state}` : change.type))).toEqual([
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

describe('a job that is suspended', () => {
  it('is SUSPENDED at once, tells its tasks, and is given up when the last has ended, whatever it ended with', () => {
    const job = new Story().running();
    job.takes(reported('a', 0, 'FINISHED'));
    expect(job.takes(SUSPEND)).toEqual(['cancel-task b_0_0', 'cancel-task b_1_0']);
    expect(job.states()).toBe('SUSPENDED FINISHED CANCELING CANCELING');
    expect(job.takes(SUSPEND, CANCEL, reported('b', 0, 'CANCELED'), failed('b', 1))).toEqual(['suspend-job']);
    expect(job.states()).toBe('SUSPENDED FINISHED CANCELED CANCELED');
  });

  it('is given up also while it waits to restart, fails or is cancelled, but not when it has ended', () => {
    const waiting = new Story(restarts(1)).running();
    waiting.takes(failed('b', 0), reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'));
    expect([waiting.graph.status, waiting.takes(SUSPEND, DUE)]).toEqual(['RESTARTING', ['suspend-job']]);
    const failing = new Story().running();
    failing.takes(failed('a', 0));
    expect(failing.takes(SUSPEND, reported('b', 0, 'CANCELED'), reported('b', 1, 'CANCELED'))).toEqual(['suspend-job']);
    const cancelled = new Story().running();
    cancelled.takes(CANCEL);
    for (const [id, subtask] of [['a', 0], ['b', 0], ['b', 1]] as const) cancelled.takes(reported(id, subtask, 'CANCELED'));
    expect([cancelled.takes(SUSPEND), cancelled.graph.status]).toEqual([[], 'CANCELED']);
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
    expect(job.graph.restarts).toBe(1);
    expect(job.takes(DUE)).toEqual([]);
    expect(job.takes(reported('b', 1, 'CANCELED'))).toEqual(['request-slots']);
    expect(job.states()).toBe('RUNNING SCHEDULED SCHEDULED SCHEDULED');
    expect(job.takes({ type: 'slots-ready' })).toEqual(['deploy-task a_0_1', 'deploy-task b_0_1', 'deploy-task b_1_1']);
    expect(job.graph.restarts).toBe(1);
  });

  it('ignores what old attempts report', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0), reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'), DUE);
    job.running();
    expect(job.takes(failed('b', 0), reported('a', 0, 'FINISHED'))).toEqual([]);
    expect(job.states()).toBe('RUNNING RUNNING RUNNING RUNNING');
    expect(attemptOf(job.graph, { vertexId: 'a', subtask: 0 }).number).toBe(1);
  });

  it('fails when the strategy has had enough', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0), reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'), DUE);
    job.running().takes(failed('b', 1, 'again', 1));
    expect(job.graph.status).toBe('FAILING');
  });

  it('does not restart after an error whose author says so, however deep it is among the causes', () => {
    const job = new Story(restarts(9)).running();
    const error = new FlinkError('USER_FUNCTION', 'broke', { cause: new Error('wrapped', { cause: new SuppressRestartsException(new Error('the table is gone')) }) });
    job.takes({ type: 'task-failed', vertexId: 'a', subtask: 0, attempt: 0, error: deserializeError(JSON.parse(JSON.stringify(serializeError(error))) as SerializedError), time: 0 });
    expect(job.graph.status).toBe('FAILING');
    expect(job.graph.restarts).toBe(0);
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
    expect(job.takes(DUE)).toEqual([]);
  });
});

describe('a job of several regions', () => {
  /** Two pipelines: a0 → b0 and a1 → b1. */
  const PIPELINES: JobGraph = { ...JOB, vertices: [vertex('a', 2), vertex('b', 2)], edges: [edge('a', 'b', 'FORWARD')] };
  const due = (restart: number): ExecutionFact => ({ type: 'restart-due', restart });

  it('restarts only the region of the task that failed; the others run on', () => {
    const job = new Story(restarts(1), PIPELINES).running();
    expect(job.takes(failed('a', 1))).toEqual(['restart-later 1000', 'cancel-task b_1_0']);
    expect(job.states()).toBe('RESTARTING RUNNING FAILED RUNNING CANCELING');
    expect(job.takes(reported('b', 1, 'CANCELED'), due(0), { type: 'slots-ready' })).toEqual(['request-slots', 'deploy-task a_1_1', 'deploy-task b_1_1']);
    expect(job.states()).toBe('RUNNING RUNNING DEPLOYING RUNNING DEPLOYING');
  });

  it('restarts everything when the strategy for it is "full"', () => {
    const job = new Story(restarts(1), PIPELINES, 'full').running();
    expect(job.takes(failed('a', 1))).toEqual(['restart-later 1000', 'cancel-task a_0_0', 'cancel-task b_0_0', 'cancel-task b_1_0']);
  });

  it('restarts a second region on its own account while the first one waits, and runs when both do', () => {
    const job = new Story(restarts(2), PIPELINES).running();
    job.takes(failed('a', 1), reported('b', 1, 'CANCELED'));
    expect(job.takes(failed('b', 0), reported('a', 0, 'CANCELED'), due(1))).toEqual(['restart-later 1000', 'cancel-task a_0_0', 'request-slots']);
    expect(job.takes({ type: 'slots-ready' })).toEqual(['deploy-task a_0_1', 'deploy-task b_0_1']);
    expect(job.graph.status).toBe('RESTARTING');
    expect(job.takes(due(0), { type: 'slots-ready' })).toEqual(['request-slots', 'deploy-task a_1_1', 'deploy-task b_1_1']);
    expect([job.graph.status, job.graph.restarts]).toEqual(['RUNNING', 2]);
  });

  it('restarts as a whole when it fails as a whole, regions that were waiting included', () => {
    const job = new Story(restarts(2), PIPELINES).running();
    job.takes(failed('a', 1), reported('b', 1, 'CANCELED'));
    expect(job.takes({ type: 'job-failed', error: new Error('no more splits'), time: 8 })).toEqual(['restart-later 1000', 'cancel-task a_0_0', 'cancel-task b_0_0']);
    expect(job.takes(due(0), reported('a', 0, 'CANCELED'), reported('b', 0, 'CANCELED'))).toEqual([]);
    expect(job.takes(due(1), { type: 'slots-ready' })).toEqual(['request-slots', 'deploy-task a_0_1', 'deploy-task a_1_1', 'deploy-task b_0_1', 'deploy-task b_1_1']);
  });

  it('leaves a region that has finished as it is', () => {
    const job = new Story(restarts(1), PIPELINES).running();
    job.takes(reported('a', 0, 'FINISHED'), reported('b', 0, 'FINISHED'), failed('a', 1), reported('b', 1, 'CANCELED'), due(0), { type: 'slots-ready' });
    expect(job.states()).toBe('RUNNING FINISHED DEPLOYING FINISHED DEPLOYING');
    const ends = (['a', 'b'] as const).flatMap((id) => job.takes(reported(id, 1, 'RUNNING', 1), reported(id, 1, 'FINISHED', 1)));
    expect(ends).toEqual(['finish-job']);
  });

  it('restarts as a whole when it fails while it stops, regions that have stopped already included', () => {
    const job = new Story(restarts(2), PIPELINES).running();
    job.takes({ type: 'job-stopping' }, reported('a', 0, 'FINISHED'), reported('b', 0, 'FINISHED'));
    expect(job.takes(failed('b', 1))).toEqual(['restart-later 1000', 'cancel-task a_1_0']);
    expect(job.takes(reported('a', 1, 'CANCELED'), due(0), { type: 'slots-ready' })).toEqual(['request-slots', 'deploy-task a_0_1', 'deploy-task a_1_1', 'deploy-task b_0_1', 'deploy-task b_1_1']);
    for (const attempt of currentAttempts(job.graph)) job.takes(reported(attempt.vertexId, attempt.subtask, 'RUNNING', 1));
    // It stops no more: the next failure is one of a region.
    expect(job.takes(failed('b', 1, 'again', 1))).toEqual(['restart-later 1000', 'cancel-task a_1_1']);
  });

  it('does not restart any more when it fails with the savepoint complete that it stops with: whoever stopped it goes on from there', () => {
    const job = new Story(restarts(2), PIPELINES).running();
    job.takes({ type: 'job-stopping' }, { type: 'job-saved', savepoint: '/savepoint', time: 0 }, reported('a', 0, 'FINISHED'));
    expect(job.takes(failed('b', 1, 'commit failed'))).toEqual(['cancel-task a_1_0', 'cancel-task b_0_0']);
    job.takes(reported('a', 1, 'CANCELED'), reported('b', 0, 'CANCELED'));
    expect([job.graph.status, job.graph.failure?.error]).toMatchObject(['FAILED', { code: 'STOP_FAILED', message: 'the savepoint /savepoint is complete, but the job failed before it had stopped: commit failed', cause: { message: 'commit failed' } }]);
  });

  it('does not restart either when it had failed while that savepoint was being made complete', () => {
    const job = new Story(restarts(2), PIPELINES).running();
    job.takes({ type: 'job-stopping' }, failed('b', 1, 'commit failed'));
    expect(job.graph.status).toBe('RESTARTING');
    job.takes({ type: 'job-saved', savepoint: '/savepoint', time: 0 });
    expect([job.graph.status, job.graph.failure?.error]).toMatchObject(['FAILING', { code: 'STOP_FAILED', cause: { message: 'commit failed' } }]);
    for (const attempt of currentAttempts(job.graph)) job.takes(reported(attempt.vertexId, attempt.subtask, 'CANCELED'));
    expect([job.takes(due(0)), job.graph.status]).toEqual([[], 'FAILED']);
  });

  it('restarts once for what fails before an exponential delay is over, with the first failure as the cause', () => {
    const backoff = exponentialDelayRestart({ initialMs: 1000, maxMs: 9000, multiplier: 2, resetThresholdMs: 60_000, jitter: 0, attempts: 1 }, { next: () => 0.5 });
    const job = new Story(backoff, PIPELINES).running();
    expect(job.takes(failed('a', 1, 'first'), failed('b', 0, 'second', 0, 407))).toEqual(['restart-later 1000', 'cancel-task b_1_0', 'restart-later 600', 'cancel-task a_0_0']);
    expect(job.changes.flatMap((change) => (change.type === 'failure' ? [change.concurrent] : []))).toEqual([false, true]);
    expect(job.graph.restarts).toBe(1);
  });

  it('fails as a whole when the strategy has had enough, even of one region', () => {
    const job = new Story(restarts(0), PIPELINES).running();
    expect(job.takes(failed('a', 1))).toEqual(['cancel-task a_0_0', 'cancel-task b_0_0', 'cancel-task b_1_0']);
    expect(job.graph.status).toBe('FAILING');
  });
});

describe('the history of failures', () => {
  const told = (job: Story): string[] => job.changes.flatMap((change) => (change.type === 'failure' ? [`${change.failure.error.message}${change.concurrent ? ' (concurrent)' : ''}`] : []));

  it('tells the first failure as the cause, and those of tasks that were on their way out as concurrent', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0, 'first'), failed('a', 0, 'second'), { type: 'job-failed', error: new Error('third'), time: 8 });
    expect(told(job)).toEqual(['first', 'second (concurrent)', 'third (concurrent)']);
    expect(job.states()).toBe('RESTARTING CANCELED FAILED CANCELING');
  });

  it('tells an error that reached several tasks once', () => {
    const job = new Story(restarts(1)).running();
    const error = new Error('the thread ended');
    for (const [vertexId, subtask] of [['a', 0], ['b', 0], ['b', 1]] as const) job.takes({ type: 'task-failed', vertexId, subtask, attempt: 0, error, time: 7 });
    expect(told(job)).toEqual(['the thread ended']);
  });

  it('tells nothing of what fails while a job is cancelled', () => {
    const job = new Story().running();
    job.takes(CANCEL, failed('a', 0));
    expect(told(job)).toEqual([]);
  });

  it('says which tasks start again, when and why', () => {
    const job = new Story(restarts(1)).running();
    job.takes(failed('b', 0, 'first'));
    expect(job.changes.find((change) => change.type === 'restart-scheduled')).toMatchObject({
      delayMs: 1000, error: { message: 'first' }, tasks: [{ vertexId: 'a', subtask: 0 }, { vertexId: 'b', subtask: 0 }, { vertexId: 'b', subtask: 1 }],
    });
  });
});

describe('a job that is to have another parallelism', () => {
  const WIDER = layoutOf({ ...JOB, vertices: [vertex('a', 2), vertex('b', 3)] }, 'region');
  const NARROW = layoutOf({ ...JOB, vertices: [vertex('a', 1), vertex('b', 1)] }, 'region');
  const names = (job: Story) => currentAttempts(job.graph).map(attemptName);

  it('starts again as a whole when its tasks have ended, without asking whether it may', () => {
    const job = new Story(NO_RESTART).running();
    expect(job.takes({ type: 'rescale-requested', layout: WIDER })).toEqual(['restart-later 0', 'cancel-task a_0_0', 'cancel-task b_0_0', 'cancel-task b_1_0']);
    expect(job.takes(DUE, reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'))).toEqual([]);
    expect(job.states()).toBe('RESTARTING CANCELED CANCELING CANCELED');
    expect(job.takes(reported('b', 0, 'CANCELED'), { type: 'slots-ready' })).toEqual(['request-slots', 'deploy-task a_0_1', 'deploy-task a_1_1', 'deploy-task b_0_1', 'deploy-task b_1_1', 'deploy-task b_2_1']);
    expect(job.states()).toBe('RUNNING DEPLOYING DEPLOYING DEPLOYING DEPLOYING DEPLOYING');
    expect(job.changes.map(({ type }) => type)).not.toContain('failure');
  });

  it('says so before any of its new tasks has a state', () => {
    const job = new Story().running();
    job.takes({ type: 'rescale-requested', layout: WIDER }, DUE, reported('a', 0, 'CANCELED'), reported('b', 1, 'CANCELED'));
    job.changes = [];
    job.takes(reported('b', 0, 'CANCELED'));
    expect(job.changes.map((change) => (change.type === 'execution-state' ? `${attemptName(change)} ${change.state}` : change.type))).toEqual([
      'b_0_0 CANCELED', 'rescaled', 'job-status', 'a_0_1 SCHEDULED', 'a_1_1 SCHEDULED', 'b_0_1 SCHEDULED', 'b_1_1 SCHEDULED', 'b_2_1 SCHEDULED',
    ]);
  });

  it('gives no attempt a number that another one had, and hears no more of subtasks that are gone', () => {
    const job = new Story(restarts(1), { ...JOB, edges: [] }).running();
    // One subtask is ahead of the others.
    job.takes(failed('b', 1), DUE, { type: 'slots-ready' }, reported('b', 1, 'INITIALIZING', 1), reported('b', 1, 'RUNNING', 1));
    job.takes({ type: 'rescale-requested', layout: NARROW }, { type: 'restart-due', restart: 1 });
    job.takes(reported('a', 0, 'CANCELED'), reported('b', 0, 'CANCELED'), reported('b', 1, 'CANCELED', 1), { type: 'slots-ready' });
    expect(names(job)).toEqual(['a_0_2', 'b_0_2']);
    expect(job.takes(reported('b', 1, 'CANCELED', 1), failed('b', 1, 'late', 1))).toEqual([]);
    expect(job.states()).toBe('RUNNING DEPLOYING DEPLOYING');
  });

  it('stays as it is while it starts again, ends, or stops with a savepoint', () => {
    for (const before of [[failed('b', 0)], [CANCEL], [{ type: 'job-stopping' }]] satisfies ExecutionFact[][]) {
      const job = new Story(restarts(1)).running();
      job.takes(...before);
      const { graph } = job;
      expect(job.takes({ type: 'rescale-requested', layout: WIDER })).toEqual([]);
      expect(job.graph).toBe(graph);
    }
  });

  it('may be cancelled on the way', () => {
    const job = new Story().running();
    job.takes({ type: 'rescale-requested', layout: WIDER }, CANCEL, reported('a', 0, 'CANCELED'), reported('b', 0, 'CANCELED'));
    expect(job.takes(reported('b', 1, 'CANCELED'), DUE)).toEqual(['cancel-job']);
    expect(names(job)).toEqual(['a_0_0', 'b_0_0', 'b_1_0']);
  });

  it('goes its way when a task fails instead of ending', () => {
    const job = new Story(NO_RESTART).running();
    job.takes({ type: 'rescale-requested', layout: WIDER }, failed('a', 0), DUE, reported('b', 0, 'CANCELED'), reported('b', 1, 'CANCELED'));
    expect(names(job)).toEqual(['a_0_1', 'a_1_1', 'b_0_1', 'b_1_1', 'b_2_1']);
  });

  it('restarts in its new regions when it fails later', () => {
    const alone = { ...JOB, vertices: [vertex('a', 1), vertex('b', 3)], edges: [] };
    const job = new Story(restarts(1), { ...JOB, edges: [] }).running();
    job.takes({ type: 'rescale-requested', layout: layoutOf(alone, 'region') }, DUE, reported('a', 0, 'CANCELED'), reported('b', 0, 'CANCELED'), reported('b', 1, 'CANCELED'), { type: 'slots-ready' });
    for (const { vertexId, subtask, attempt } of currentAttempts(job.graph)) job.takes(reported(vertexId, subtask, 'INITIALIZING', attempt), reported(vertexId, subtask, 'RUNNING', attempt));
    expect(job.takes(failed('b', 2, 'broke', 1))).toEqual(['restart-later 1000']);
    job.takes({ type: 'restart-due', restart: 1 });
    expect(names(job)).toEqual(['a_0_1', 'b_0_1', 'b_1_1', 'b_2_2']);
  });
});

describe('any story of facts', () => {
  const subtasks = fc.constantFrom<readonly [string, number]>(['a', 0], ['b', 0], ['b', 1]);
  const layouts = fc.constantFrom(...[[1, 1], [2, 2], [1, 2]].map(([a, b]) => layoutOf({ ...JOB, vertices: [vertex('a', a!), vertex('b', b!)] }, 'region')));
  const attempts = fc.integer({ min: 0, max: 2 });
  const facts = fc.oneof(
    fc.constantFrom<ExecutionFact>({ type: 'slots-ready' }, DUE, { type: 'restart-due', restart: 1 }, CANCEL, SUSPEND),
    layouts.map((layout): ExecutionFact => ({ type: 'rescale-requested', layout })),
    fc.tuple(subtasks, attempts, fc.constantFrom('INITIALIZING' as const, 'RUNNING' as const, 'FINISHED' as const, 'CANCELED' as const)).map(([[id, subtask], attempt, state]) => reported(id, subtask, state, attempt)),
    fc.tuple(subtasks, attempts).map(([[id, subtask], attempt]) => failed(id, subtask, 'broke', attempt)),
  );

  it('ends the job exactly once, and only when every attempt has ended', () => {
    fc.assert(fc.property(fc.array(facts, { maxLength: 60 }), fc.integer({ min: 0, max: 2 }), fc.boolean(), (story, times, connected) => {
      const job = new Story(restarts(times), connected ? JOB : { ...JOB, edges: [] });
      job.takes({ type: 'job-started' });
      // What a task cannot say before it was deployed is no story.
      const possible = (fact: ExecutionFact) => fact.type !== 'task-reported' || !['CREATED', 'SCHEDULED'].includes(findAttempt(job.graph, fact)?.state ?? '');
      const ends = story.flatMap((fact) => (possible(fact) ? job.takes(fact) : [])).filter((decision) => /^(finish|fail|cancel|suspend)-job$/.test(decision));
      const allEnded = currentAttempts(job.graph).every((attempt) => isExecutionTerminal(attempt.state));
      // A suspended job says so before its tasks have ended.
      expect(ends.length).toBe(isJobTerminal(job.graph.status) && allEnded ? 1 : 0);
      expect(allEnded || !isJobGloballyTerminal(job.graph.status)).toBe(true);
      expect(job.graph.pendingRestarts.length > 0).toBe(job.graph.status === 'RESTARTING');
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
