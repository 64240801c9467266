/**
 * What comes next in the life of a job: a pure function from the ExecutionGraph and one fact to the next
 * ExecutionGraph, the changes of state on the way, and the decisions that somebody else carries out.
 *
 * Invariants:
 * - No clock, promise or message in here: the same facts in the same order give the same decisions.
 * - Reports of old attempts change nothing.
 * - A failure ends or restarts the whole job: every attempt must have ended before either is complete.
 * - The first failure is the job's cause; those that follow while it ends are consequences.
 */
import { ERROR_KINDS, FlinkError } from '../../core/errors.js';
import type { JobStatus } from '../../program/pipeline-executor.js';
import { type AttemptId, attemptOf, currentAttempts, type ExecutionGraph, type JobFailure } from './execution-graph.js';
import { afterCancelRequest, afterReport, canExecutionGo, type ExecutionState, isExecutionTerminal, type ReportedState } from './execution-state.js';
import { canJobGo } from './job-state.js';

/** Something that happened. Times are epoch milliseconds. */
export type ExecutionFact =
  | { readonly type: 'job-started' }
  /** The slots asked for are there: tasks can be deployed. */
  | { readonly type: 'slots-ready' }
  | ({ readonly type: 'task-reported'; readonly state: Exclude<ReportedState, 'FAILED'>; readonly time: number } & AttemptId)
  | ({ readonly type: 'task-failed'; readonly error: Error; readonly time: number } & AttemptId)
  /** Something failed that is no single task's doing. */
  | { readonly type: 'job-failed'; readonly error: Error; readonly time: number }
  | { readonly type: 'cancel-requested' }
  /** The time of a `restart-later` decision is over. */
  | { readonly type: 'restart-due' };

/** Something to do, in this order. */
export type ExecutionDecision =
  | { readonly type: 'request-slots' }
  | ({ readonly type: 'deploy-task' } & AttemptId)
  | ({ readonly type: 'cancel-task' } & AttemptId)
  | { readonly type: 'restart-later'; readonly delayMs: number }
  | { readonly type: 'finish-job' }
  | { readonly type: 'fail-job'; readonly failure: JobFailure }
  | { readonly type: 'cancel-job' };

/** A state reached, for whoever watches the job. */
export type ExecutionChange =
  | { readonly type: 'job-status'; readonly status: JobStatus; readonly error?: Error }
  | ({ readonly type: 'execution-state'; readonly state: ExecutionState } & AttemptId);

export interface ExecutionStep {
  readonly graph: ExecutionGraph;
  readonly decisions: readonly ExecutionDecision[];
  readonly changes: readonly ExecutionChange[];
}

/** @throws FlinkError INTERNAL for facts that cannot be: an unknown subtask, a report before deployment. */
export function stepExecution(graph: ExecutionGraph, fact: ExecutionFact): ExecutionStep {
  const draft = new Draft(graph);
  apply(draft, fact);
  return { graph: draft.graph, decisions: draft.decisions, changes: draft.changes };
}

function apply(draft: Draft, fact: ExecutionFact): void {
  switch (fact.type) {
    case 'job-started':
      if (draft.graph.status === 'CREATED') schedule(draft);
      return;
    case 'slots-ready':
      if (draft.graph.status === 'RUNNING') deploy(draft);
      return;
    case 'task-reported':
      report(draft, fact, fact.state, fact.time);
      return;
    case 'task-failed':
      report(draft, fact, 'FAILED', fact.time, fact.error);
      return;
    case 'job-failed':
      fail(draft, { error: fact.error, time: fact.time });
      return;
    case 'cancel-requested':
      if (!canJobGo(draft.graph.status, 'CANCELLING')) return;
      draft.setStatus('CANCELLING');
      cancelTasks(draft);
      settle(draft);
      return;
    case 'restart-due':
      if (draft.graph.status !== 'RESTARTING') return;
      draft.graph = { ...draft.graph, restartDue: true };
      settle(draft);
  }
}

function schedule(draft: Draft): void {
  draft.setStatus('RUNNING');
  for (const attempt of currentAttempts(draft.graph)) draft.setState(attempt, 'SCHEDULED');
  draft.decisions.push({ type: 'request-slots' });
}

function deploy(draft: Draft): void {
  for (const { state, ...attempt } of currentAttempts(draft.graph)) {
    if (state !== 'SCHEDULED') continue;
    draft.setState(attempt, 'DEPLOYING');
    draft.decisions.push({ type: 'deploy-task', ...attempt });
  }
}

function report(draft: Draft, { vertexId, subtask, attempt }: AttemptId, reported: ReportedState, time: number, error?: Error): void {
  const current = attemptOf(draft.graph, { vertexId, subtask });
  if (current.number !== attempt) return;
  const state = afterReport(current.state, reported);
  if (!state) return;
  const task: AttemptId = { vertexId, subtask, attempt };
  draft.setState(task, state);
  if (state === 'FAILED') fail(draft, { error: error ?? cancelledItself(), time, task });
  else if (isExecutionTerminal(state)) settle(draft);
}

function cancelledItself(): FlinkError {
  return new FlinkError('INTERNAL', 'expected a task to run until it was told to stop, got one that cancelled itself');
}

/** The job fails or restarts, if it was not already on its way to an end. */
function fail(draft: Draft, failure: JobFailure): void {
  const { status, restartStrategy } = draft.graph;
  if (!canJobGo(status, 'FAILING')) return settle(draft);
  // Another failure while the job restarts belongs to the restart under way.
  if (status === 'RESTARTING' && mayRetry(failure.error)) return settle(draft);
  const verdict = status === 'RUNNING' && mayRetry(failure.error) ? restartStrategy.afterFailure(failure.time) : { next: restartStrategy };
  draft.graph = { ...draft.graph, restartStrategy: verdict.next, failure, restartDue: false };
  if (verdict.delayMs === undefined) draft.setStatus('FAILING', failure.error);
  else {
    draft.setStatus('RESTARTING', failure.error);
    draft.decisions.push({ type: 'restart-later', delayMs: verdict.delayMs });
  }
  cancelTasks(draft);
  settle(draft);
}

/** An error that would come again in the same way is not worth a restart. */
function mayRetry(error: Error): boolean {
  return !(error instanceof FlinkError) || ERROR_KINDS[error.code].retry !== 'none';
}

function cancelTasks(draft: Draft): void {
  for (const { state, ...attempt } of currentAttempts(draft.graph)) {
    const next = afterCancelRequest(state);
    if (!next) continue;
    draft.setState(attempt, next);
    if (next === 'CANCELING') draft.decisions.push({ type: 'cancel-task', ...attempt });
  }
}

/** Completes what waits for every attempt to end. */
function settle(draft: Draft): void {
  const attempts = currentAttempts(draft.graph);
  if (!attempts.every((attempt) => isExecutionTerminal(attempt.state))) return;
  const { status, failure, restartDue } = draft.graph;
  if (status === 'RUNNING') {
    draft.setStatus('FINISHED');
    draft.decisions.push({ type: 'finish-job' });
  } else if (status === 'CANCELLING') {
    draft.setStatus('CANCELED');
    draft.decisions.push({ type: 'cancel-job' });
  } else if (status === 'FAILING' && failure) {
    draft.setStatus('FAILED', failure.error);
    draft.decisions.push({ type: 'fail-job', failure });
  } else if (status === 'RESTARTING' && restartDue) {
    draft.renewAttempts();
    schedule(draft);
  }
}

/** The next graph in the making; keeps the state machines honest. */
class Draft {
  graph: ExecutionGraph;
  readonly decisions: ExecutionDecision[] = [];
  readonly changes: ExecutionChange[] = [];

  constructor(graph: ExecutionGraph) {
    this.graph = graph;
  }

  setStatus(status: JobStatus, error?: Error): void {
    if (!canJobGo(this.graph.status, status)) throw new FlinkError('INTERNAL', `expected a job status that can follow ${this.graph.status}, got ${status}`);
    this.graph = { ...this.graph, status };
    this.changes.push({ type: 'job-status', status, ...(error ? { error } : {}) });
  }

  setState({ vertexId, subtask, attempt }: AttemptId, state: ExecutionState): void {
    const from = attemptOf(this.graph, { vertexId, subtask }).state;
    if (!canExecutionGo(from, state)) throw new FlinkError('INTERNAL', `expected a task state that can follow ${from}, got ${state}`);
    this.graph = {
      ...this.graph,
      vertices: this.graph.vertices.map((vertex) =>
        vertex.id === vertexId ? { ...vertex, attempts: vertex.attempts.with(subtask, { number: attempt, state }) } : vertex,
      ),
    };
    this.changes.push({ type: 'execution-state', vertexId, subtask, attempt, state });
  }

  renewAttempts(): void {
    this.graph = {
      ...this.graph,
      restarts: this.graph.restarts + 1,
      restartDue: false,
      vertices: this.graph.vertices.map((vertex) => ({
        ...vertex,
        attempts: vertex.attempts.map(({ number }) => ({ number: number + 1, state: 'CREATED' as const })),
      })),
    };
  }
}
