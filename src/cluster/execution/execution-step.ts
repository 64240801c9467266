/**
 * What comes next in the life of a job: a pure function from the ExecutionGraph and one fact to the next
 * ExecutionGraph, the changes of state on the way, and the decisions that somebody else carries out.
 *
 * Invariants:
 * - No clock, promise or message in here: the same facts in the same order give the same decisions.
 * - Reports of old attempts change nothing.
 * - A failure ends the whole job or restarts the regions concerned: every attempt of theirs must have ended before
 *   either is complete.
 * - A job that fails while it stops with a savepoint restarts as a whole: regions that have finished did so in the
 *   middle of their input. When the savepoint is complete it does not restart: whoever stopped it goes on from there.
 * - A job gets another parallelism as a whole, between the end of all its tasks and the start of the next ones. No number
 *   of an attempt is used twice then either.
 * - The first failure is the cause; those that follow while its tasks end, or that the same restart meets, came along with it.
 */
import { ERROR_KINDS, FlinkError } from '../../core/errors.js';
import { suppressesRestarts } from '../../core/suppress-restarts.js';
import type { JobStatus } from '../../program/pipeline-executor.js';
import { type AttemptId, attemptOf, createdAttempts, currentAttempts, type ExecutionGraph, type ExecutionLayout, type JobFailure, type PendingRestart, regionOf } from './execution-graph.js';
import { afterCancelRequest, afterReport, canExecutionGo, type ExecutionState, isExecutionTerminal, type ReportedState } from './execution-state.js';
import { canJobGo } from './job-state.js';
import { readyRegions, regionsToRestart } from './kept-results.js';

/** Something that happened. Times are epoch milliseconds. */
export type ExecutionFact =
  | { readonly type: 'job-started' }
  /** The slots asked for are there: tasks can be deployed. */
  | { readonly type: 'slots-ready' }
  | ({ readonly type: 'task-reported'; readonly state: Exclude<ReportedState, 'FAILED'>; readonly time: number } & AttemptId)
  /** `lost`: it could not read what that attempt has made for it. */
  | ({ readonly type: 'task-failed'; readonly error: Error; readonly time: number; readonly lost?: AttemptId } & AttemptId)
  /** Something failed that is no single task's doing. */
  | { readonly type: 'job-failed'; readonly error: Error; readonly time: number }
  /** Tasks are told to end with a savepoint. */
  | { readonly type: 'job-stopping' }
  /** The savepoint that they end with is complete. */
  | { readonly type: 'job-saved'; readonly savepoint: string; readonly time: number }
  | { readonly type: 'cancel-requested' }
  /** This JobManager gives the job up; another one is to go on with it. */
  | { readonly type: 'suspend-requested' }
  /** The time of a `restart-later` decision is over. */
  | { readonly type: 'restart-due'; readonly restart: number }
  /** All tasks are to start again, in this layout, from the checkpoint that was taken for it. */
  | { readonly type: 'rescale-requested'; readonly layout: ExecutionLayout };

/** Something to do, in this order. */
export type ExecutionDecision =
  | { readonly type: 'request-slots' }
  | ({ readonly type: 'deploy-task' } & AttemptId)
  | ({ readonly type: 'cancel-task' } & AttemptId)
  | { readonly type: 'restart-later'; readonly restart: number; readonly delayMs: number }
  | { readonly type: 'finish-job' }
  | { readonly type: 'fail-job'; readonly failure: JobFailure }
  | { readonly type: 'cancel-job' }
  /** The tasks of a suspended job have ended, too. */
  | { readonly type: 'suspend-job' };

/** A state reached, for whoever watches the job. */
export type ExecutionChange =
  | { readonly type: 'job-status'; readonly status: JobStatus; readonly error?: Error }
  | ({ readonly type: 'execution-state'; readonly state: ExecutionState; readonly error?: Error } & AttemptId)
  /** `concurrent`: it came along with the failure before, while the tasks of that one ended. */
  | { readonly type: 'failure'; readonly failure: JobFailure; readonly concurrent: boolean }
  | { readonly type: 'restart-scheduled'; readonly delayMs: number; readonly error: Error; readonly tasks: readonly AttemptId[] }
  /** From now on the job has another layout; comes before the states of its new tasks. */
  | { readonly type: 'rescaled'; readonly layout: ExecutionLayout };

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
      if (draft.graph.status !== 'CREATED') return;
      draft.setStatus('RUNNING');
      schedule(draft);
      return;
    case 'slots-ready':
      if (draft.graph.status === 'RUNNING' || draft.graph.status === 'RESTARTING') deploy(draft);
      return;
    case 'task-reported':
      report(draft, fact, fact.state, fact.time);
      return;
    case 'task-failed':
      report(draft, fact, 'FAILED', fact.time, fact.error, fact.lost);
      return;
    case 'job-failed':
      fail(draft, { error: fact.error, time: fact.time }, everyRegion(draft.graph));
      return;
    case 'job-stopping':
      draft.setStopping(true);
      return;
    case 'job-saved':
      draft.setSaved(fact.savepoint);
      if (draft.graph.status === 'RESTARTING' && draft.graph.failure) fail(draft, { error: draft.graph.failure.error, time: fact.time }, everyRegion(draft.graph));
      return;
    case 'cancel-requested':
      if (!canJobGo(draft.graph.status, 'CANCELLING')) return;
      draft.setPending([]);
      draft.setStatus('CANCELLING');
      cancelTasks(draft, currentAttempts(draft.graph));
      settle(draft);
      return;
    case 'suspend-requested':
      if (!canJobGo(draft.graph.status, 'SUSPENDED')) return;
      draft.setPending([]);
      draft.setStatus('SUSPENDED');
      cancelTasks(draft, currentAttempts(draft.graph));
      settle(draft);
      return;
    case 'restart-due':
      if (draft.graph.status !== 'RESTARTING') return;
      draft.setPending(draft.graph.pendingRestarts.map((pending) => (pending.restart === fact.restart ? { ...pending, due: true } : pending)));
      settle(draft);
      return;
    case 'rescale-requested':
      rescale(draft, fact.layout);
  }
}

/** Nobody's failure: no strategy is asked. A job that does not run, or is about to end, stays as it is. */
function rescale(draft: Draft, layout: ExecutionLayout): void {
  if (draft.graph.status !== 'RUNNING' || draft.graph.stopping) return;
  draft.setStatus('RESTARTING');
  draft.forgetFailure();
  const restart = draft.nextRestart();
  draft.setPending([{ restart, regions: everyRegion(draft.graph), due: false, layout }]);
  draft.decisions.push({ type: 'restart-later', restart, delayMs: 0 });
  cancelTasks(draft, currentAttempts(draft.graph));
  settle(draft);
}

function schedule(draft: Draft): void {
  const ready = readyRegions(draft.graph);
  for (const { state, ...attempt } of currentAttempts(draft.graph)) if (state === 'CREATED' && ready.has(regionOf(draft.graph, attempt))) draft.setState(attempt, 'SCHEDULED');
  draft.decisions.push({ type: 'request-slots' });
}

/** Starts what has waited for a result that is complete now. */
function scheduleConsumers(draft: Draft): void {
  const { status, inputs } = draft.graph;
  if ((status !== 'RUNNING' && status !== 'RESTARTING') || inputs.every((each) => each.length === 0)) return;
  if (readyRegions(draft.graph).size > 0) schedule(draft);
}

function deploy(draft: Draft): void {
  for (const { state, ...attempt } of currentAttempts(draft.graph)) {
    if (state !== 'SCHEDULED') continue;
    draft.setState(attempt, 'DEPLOYING');
    draft.decisions.push({ type: 'deploy-task', ...attempt });
  }
}

function report(draft: Draft, { vertexId, subtask, attempt }: AttemptId, reported: ReportedState, time: number, error?: Error, lost?: AttemptId): void {
  // A subtask that the job has no more, or an attempt that another one has replaced.
  if (draft.graph.vertices.some(({ id, parallelism }) => id === vertexId && subtask >= parallelism)) return;
  const current = attemptOf(draft.graph, { vertexId, subtask });
  if (current.number !== attempt) return;
  const state = afterReport(current.state, reported);
  if (!state) return;
  const task: AttemptId = { vertexId, subtask, attempt };
  const failure = state === 'FAILED' ? { error: error ?? cancelledItself(), time, task } : undefined;
  draft.setState(task, state, failure?.error);
  if (error && !failure) alongWith(draft, { error, time, task });
  if (failure) fail(draft, failure, draft.graph.stopping ? everyRegion(draft.graph) : regionsToRestart(draft.graph, task, lost));
  else if (isExecutionTerminal(state)) {
    if (state === 'FINISHED') scheduleConsumers(draft);
    settle(draft);
  }
}

function cancelledItself(): FlinkError {
  return new FlinkError('INTERNAL', 'expected a task to run until it was told to stop, got one that cancelled itself');
}

/** These regions restart, or the job fails, if it was not already on its way to an end. */
function fail(draft: Draft, given: JobFailure, regions: readonly number[]): void {
  const { status, restartStrategy, pendingRestarts, savepoint } = draft.graph;
  const failure = savepoint === undefined ? given : { ...given, error: stopFailed(savepoint, given.error) };
  if (!canJobGo(status, 'FAILING')) {
    alongWith(draft, given);
    return settle(draft);
  }
  const pending = pendingRestarts.flatMap((each) => each.regions);
  if (mayRetry(failure.error) && regions.every((region) => pending.includes(region))) {
    alongWith(draft, failure);
    return settle(draft);
  }
  const started = status === 'RUNNING' || status === 'RESTARTING';
  const verdict = started && mayRetry(failure.error) ? restartStrategy.afterFailure(failure.time) : { next: restartStrategy };
  const merged = 'merged' in verdict;
  draft.graph = { ...draft.graph, restartStrategy: verdict.next, failure };
  draft.changes.push({ type: 'failure', failure, concurrent: merged });
  if (verdict.delayMs === undefined) {
    draft.setPending([]);
    draft.setStatus('FAILING', failure.error);
    cancelTasks(draft, currentAttempts(draft.graph));
  } else {
    if (!merged) draft.countRestart();
    restartLater(draft, failure, regions, verdict.delayMs);
  }
  settle(draft);
}

/** What sinks had to commit with the savepoint they may have committed or not: a restart would not know. */
function stopFailed(savepoint: string, cause: Error): FlinkError {
  return new FlinkError('STOP_FAILED', `the savepoint ${savepoint} is complete, but the job failed before it had stopped: ${cause.message}`, { cause });
}

function everyRegion({ regions }: ExecutionGraph): number[] {
  return regions.map((_, region) => region);
}

function restartLater(draft: Draft, { error }: JobFailure, regions: readonly number[], delayMs: number): void {
  if (draft.graph.status === 'RUNNING') draft.setStatus('RESTARTING', error);
  const restart = draft.nextRestart();
  const others = draft.graph.pendingRestarts.map((pending) => ({ ...pending, regions: pending.regions.filter((region) => !regions.includes(region)) }));
  if (regions.length === draft.graph.regions.length) draft.setStopping(false);
  draft.setPending([...others.filter((pending) => pending.regions.length > 0), { restart, regions, due: false }]);
  const tasks = attemptsIn(draft.graph, regions);
  draft.changes.push({ type: 'restart-scheduled', delayMs, error, tasks: tasks.map(({ vertexId, subtask, attempt }) => ({ vertexId, subtask, attempt })) });
  draft.decisions.push({ type: 'restart-later', restart, delayMs });
  cancelTasks(draft, tasks);
}

/** A failure of a task that was on its way out because of another one. */
function alongWith(draft: Draft, failure: JobFailure): void {
  const { status, failure: cause } = draft.graph;
  if ((status === 'RESTARTING' || status === 'FAILING') && cause && cause.error !== failure.error) draft.changes.push({ type: 'failure', failure, concurrent: true });
}

/** An error that would come again in the same way is not worth a restart, nor one whose author says so. */
function mayRetry(error: Error): boolean {
  return (!(error instanceof FlinkError) || ERROR_KINDS[error.code].retry !== 'none') && !suppressesRestarts(error);
}

type AttemptNow = ReturnType<typeof currentAttempts>[number];

function attemptsIn(graph: ExecutionGraph, regions: readonly number[]): AttemptNow[] {
  return currentAttempts(graph).filter((attempt) => regions.includes(regionOf(graph, attempt)));
}

function cancelTasks(draft: Draft, attempts: readonly AttemptNow[]): void {
  for (const { state, ...attempt } of attempts) {
    const next = afterCancelRequest(state);
    if (!next) continue;
    draft.setState(attempt, next);
    if (next === 'CANCELING') draft.decisions.push({ type: 'cancel-task', ...attempt });
  }
}

/** Completes what waits for attempts to end. */
function settle(draft: Draft): void {
  if (draft.graph.status === 'RESTARTING') return restartEnded(draft);
  if (!currentAttempts(draft.graph).every((attempt) => isExecutionTerminal(attempt.state))) return;
  const { status, failure } = draft.graph;
  if (status === 'RUNNING') {
    draft.setStatus('FINISHED');
    draft.decisions.push({ type: 'finish-job' });
  } else if (status === 'CANCELLING') {
    draft.setStatus('CANCELED');
    draft.decisions.push({ type: 'cancel-job' });
  } else if (status === 'SUSPENDED') {
    draft.decisions.push({ type: 'suspend-job' });
  } else if (status === 'FAILING' && failure) {
    draft.setStatus('FAILED', failure.error);
    draft.decisions.push({ type: 'fail-job', failure });
  }
}

/** Starts again what has ended and has waited long enough. */
function restartEnded(draft: Draft): void {
  const ready = draft.graph.pendingRestarts.filter(({ due, regions }) => due && attemptsIn(draft.graph, regions).every(({ state }) => isExecutionTerminal(state)));
  if (ready.length === 0) return;
  for (const { regions, layout } of ready) {
    if (layout) draft.adopt(layout);
    else draft.renewAttempts(regions);
  }
  draft.setPending(draft.graph.pendingRestarts.filter((pending) => !ready.includes(pending)));
  if (draft.graph.pendingRestarts.length === 0) draft.setStatus('RUNNING');
  schedule(draft);
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

  setState({ vertexId, subtask, attempt }: AttemptId, state: ExecutionState, error?: Error): void {
    const from = attemptOf(this.graph, { vertexId, subtask }).state;
    if (!canExecutionGo(from, state)) throw new FlinkError('INTERNAL', `expected a task state that can follow ${from}, got ${state}`);
    this.graph = {
      ...this.graph,
      vertices: this.graph.vertices.map((vertex) =>
        vertex.id === vertexId ? { ...vertex, attempts: vertex.attempts.with(subtask, { number: attempt, state }) } : vertex,
      ),
    };
    this.changes.push({ type: 'execution-state', vertexId, subtask, attempt, state, ...(error ? { error } : {}) });
  }

  setStopping(stopping: boolean): void {
    this.graph = { ...this.graph, stopping };
  }

  setSaved(savepoint: string): void {
    this.graph = { ...this.graph, savepoint };
  }

  setPending(pendingRestarts: readonly PendingRestart[]): void {
    this.graph = { ...this.graph, pendingRestarts };
  }

  /** A name for a restart that no other of this job has. */
  nextRestart(): number {
    const restart = this.graph.scheduledRestarts;
    this.graph = { ...this.graph, scheduledRestarts: restart + 1 };
    return restart;
  }

  countRestart(): void {
    this.graph = { ...this.graph, restarts: this.graph.restarts + 1 };
  }

  /** What comes from now on did not come along with it. */
  forgetFailure(): void {
    const { failure: _failure, ...graph } = this.graph;
    this.graph = graph;
  }

  adopt(layout: ExecutionLayout): void {
    const { graph } = this;
    const number = 1 + Math.max(...currentAttempts(graph).map(({ attempt }) => attempt));
    const vertices = layout.vertices.map((vertex) => ({ ...vertex, attempts: createdAttempts(vertex.parallelism, number) }));
    this.graph = { ...graph, ...layout, vertices };
    this.changes.push({ type: 'rescaled', layout });
  }

  renewAttempts(regions: readonly number[]): void {
    const { graph } = this;
    this.graph = {
      ...graph,
      vertices: graph.vertices.map((vertex) => ({
        ...vertex,
        attempts: vertex.attempts.map((attempt, subtask) =>
          regions.includes(vertex.regions[subtask]!) ? { number: attempt.number + 1, state: 'CREATED' as const } : attempt),
      })),
    };
  }
}
