/**
 * Decides when checkpoints are taken and what becomes of them: facts in, decisions out (Flink:
 * `CheckpointCoordinator`). It has no clock, sends nothing and stores nothing; `job-checkpoints.ts` in src/cluster does.
 *
 * Invariants:
 * - Ids ascend; savepoints share them, and failed checkpoints use them up.
 * - Every request ends in exactly one of `completed`, `aborted` and `rejected`, except a periodic one for which
 *   another waits already.
 * - A checkpoint is stored when every task that it waits for has acknowledged it, and never after it was aborted.
 * - What is being stored is not aborted for a failure of tasks: it is complete, and a restart has to wait for it.
 */
import type { CheckpointFailureReason } from '../core/checkpoint.js';
import type { JobGraph } from '../graph/job-graph.js';
import { type CheckpointPlan, endingTasks, planCheckpoint, type TaskId, taskKey, type TaskStanding } from './checkpoint-plan.js';
import { type CheckpointRequest, CheckpointRequests } from './checkpoint-request.js';
import { FailureCounter } from './failure-counter.js';

export interface CoordinatorSettings {
  /** Undefined: no periodic checkpoints. */
  readonly intervalMs: number | undefined;
  /** The same while a source works through a backlog; 0: none then. The same as otherwise unless given. */
  readonly backlogIntervalMs?: number | undefined;
  readonly minPauseMs: number;
  readonly maxConcurrent: number;
  readonly tolerableFailures: number;
  /** Whether checkpoints are taken when some tasks have finished. */
  readonly afterTasksFinish: boolean;
  /** Barriers may overtake records: then savepoints, too, wait for their turn. */
  readonly unaligned: boolean;
}

/** Something that happened. Times are milliseconds of a clock that never goes back. */
export type CoordinatorFact =
  | ({ readonly type: 'task-standing'; readonly standing: TaskStanding; readonly time: number } & TaskId)
  /** The task has worked through its input and waits for its last checkpoint. */
  | ({ readonly type: 'end-of-data'; readonly time: number } & TaskId)
  /** The job runs; the first periodic checkpoint is due at `firstDue`, once all its tasks run. */
  | { readonly type: 'job-running'; readonly firstDue: number; readonly time: number }
  /** The job does not run any more, or not now. */
  | { readonly type: 'job-stopped'; readonly reason: CheckpointFailureReason; readonly time: number }
  | { readonly type: 'periodic-due'; readonly time: number }
  | { readonly type: 'requested'; readonly request: CheckpointRequest; readonly time: number }
  /** No periodic checkpoints from now on (`paused`), or again: somebody is about to end the job. */
  | { readonly type: 'periodic-paused'; readonly paused: boolean; readonly time: number }
  /** The source works through a backlog from now on, or does not any more. */
  | { readonly type: 'source-backlog'; readonly source: string; readonly backlog: boolean; readonly time: number }
  /** There is a place for the checkpoint, or none could be made. */
  | { readonly type: 'located'; readonly checkpointId: number; readonly time: number }
  | { readonly type: 'location-failed'; readonly checkpointId: number; readonly reason: 'IO_EXCEPTION' | 'TRIGGER_CHECKPOINT_FAILURE'; readonly time: number }
  /** `finished`: the task had worked through its input, and ends with this checkpoint. */
  | ({ readonly type: 'acknowledged'; readonly checkpointId: number; readonly finished: boolean; readonly time: number } & TaskId)
  | ({ readonly type: 'declined'; readonly checkpointId: number; readonly reason: CheckpointFailureReason; readonly time: number } & TaskId)
  | { readonly type: 'stored' | 'storing-failed' | 'expired'; readonly checkpointId: number; readonly time: number }
  /** So many subsumed checkpoints are being deleted. */
  | { readonly type: 'cleaning'; readonly count: number; readonly time: number };

/** Something to do, in this order. */
export type CoordinatorDecision =
  /** Say `periodic-due` at this time; replaces what was asked for before. */
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'do-not-wake' }
  /** Make a place for the checkpoint; its time runs from now. */
  | { readonly type: 'locate'; readonly checkpointId: number; readonly request: CheckpointRequest }
  | { readonly type: 'trigger'; readonly checkpointId: number; readonly request: CheckpointRequest; readonly plan: CheckpointPlan }
  | { readonly type: 'store'; readonly checkpointId: number }
  /** `recovery`: the job goes back to it after a failure, and its tasks are told. */
  | { readonly type: 'completed'; readonly checkpointId: number; readonly request: CheckpointRequest; readonly recovery: boolean }
  /** `triggered`: tasks know of it and have to be told. `storing`: it is being published; `discard-stored` follows. */
  | { readonly type: 'aborted'; readonly checkpointId: number; readonly request: CheckpointRequest; readonly reason: CheckpointFailureReason; readonly triggered: boolean; readonly storing: boolean }
  | { readonly type: 'rejected'; readonly request: CheckpointRequest; readonly reason: CheckpointFailureReason }
  /** What came for a checkpoint that is no more has no use: a task's state, or the place with all that is in it. */
  | ({ readonly type: 'discard-state'; readonly checkpointId: number } & TaskId)
  | { readonly type: 'discard-stored'; readonly checkpointId: number }
  | { readonly type: 'fail-job'; readonly checkpointId: number; readonly reason: CheckpointFailureReason };

interface Pending {
  readonly id: number;
  readonly request: CheckpointRequest;
  phase: 'locating' | 'triggered' | 'storing';
  /** Tasks that have to answer yet. */
  awaiting: Set<string>;
  /** Tasks that end with it. */
  readonly ending: Set<string>;
}

export class CheckpointCoordinator {
  private readonly standings = new Map<string, TaskStanding>();
  private readonly atEnd = new Set<string>();
  /** Tasks that are about to finish, for they have had their last checkpoint: no other is begun until they have. */
  private readonly ending = new Set<string>();
  private readonly pending = new Map<number, Pending>();
  private readonly requests = new CheckpointRequests((request) => request.kind === 'savepoint' && !this.settings.unaligned);
  private readonly failures: FailureCounter;
  private nextId: number;
  private now = 0;
  /** The job runs. */
  private active = false;
  /** When the first periodic checkpoint is due, while it has not been asked for. */
  private firstDue: number | undefined;
  private paused = false;
  /** Sources that work through a backlog. */
  private readonly backlogs = new Set<string>();
  /** When the next periodic checkpoint is due, once the first has been asked for. */
  private nextDue = Number.POSITIVE_INFINITY;
  /** A savepoint is under way after which the job ends. */
  private stopping = false;
  private lastCompletion: number | undefined;
  private cleaning = 0;
  private decisions: CoordinatorDecision[] = [];

  /** @param firstId of the first checkpoint; above that of a snapshot the job goes on from. */
  constructor(private jobGraph: Pick<JobGraph, 'vertices' | 'edges'>, private readonly settings: CoordinatorSettings, firstId = 1) {
    this.nextId = firstId;
    this.failures = new FailureCounter(settings.tolerableFailures);
  }

  apply(fact: CoordinatorFact): CoordinatorDecision[] {
    this.decisions = [];
    this.now = fact.time;
    this.take(fact);
    this.beginNext();
    return this.decisions;
  }

  /** The job has another parallelism from now on. It does not run, and nothing is under way. */
  rescaled(jobGraph: Pick<JobGraph, 'vertices' | 'edges'>): void {
    this.jobGraph = jobGraph;
    this.standings.clear();
    this.atEnd.clear();
    this.ending.clear();
  }

  private take(fact: CoordinatorFact): void {
    switch (fact.type) {
      case 'task-standing': return this.taskStands(fact, fact.standing);
      case 'end-of-data': return this.endOfData(fact);
      case 'job-running': return this.jobRuns(fact.firstDue);
      case 'job-stopped': return this.jobStopped(fact.reason);
      case 'periodic-due': return this.periodicDue();
      case 'requested': return this.requested(fact.request);
      case 'periodic-paused': return this.pause(fact.paused);
      case 'source-backlog': return this.sourceBacklog(fact.source, fact.backlog);
      case 'located': return this.located(fact.checkpointId);
      case 'location-failed': return this.abort(this.pending.get(fact.checkpointId), fact.reason);
      case 'acknowledged': return this.acknowledged(fact.checkpointId, fact, fact.finished);
      case 'declined': return this.declined(fact);
      case 'stored': return this.stored(fact.checkpointId);
      case 'storing-failed': return this.storingFailed(fact.checkpointId);
      case 'expired': return this.expired(fact.checkpointId);
      case 'cleaning': this.cleaning = fact.count;
    }
  }

  private taskStands(task: TaskId, standing: TaskStanding): void {
    const key = taskKey(task);
    this.standings.set(key, standing);
    this.ending.delete(key);
    if (standing === 'starting') this.atEnd.delete(key);
    if (standing === 'gone' || standing === 'finished') {
      // It will not answer any more.
      const reason = standing === 'gone' ? 'TASK_FAILURE' : 'NOT_ALL_REQUIRED_TASKS_RUNNING';
      for (const pending of this.pending.values()) if (pending.awaiting.has(key)) this.abort(pending, reason);
    }
    if (standing === 'running' || standing === 'finished') this.schedule();
    if (standing === 'finished') this.takeLast();
  }

  private endOfData(task: TaskId): void {
    this.atEnd.add(taskKey(task));
    this.takeLast();
  }

  /** When all tasks that are left wait for their last checkpoint, it is taken at once. */
  private takeLast(): void {
    if (this.settings.intervalMs === undefined || !this.active || this.paused) return;
    const plan = this.plan();
    if (plan?.await.every((running) => this.atEnd.has(taskKey(running)))) this.requests.add(this.ownRequest(false));
  }

  private jobRuns(firstDue: number): void {
    this.active = true;
    this.firstDue = firstDue;
    this.stopping = false;
    this.schedule();
  }

  /** Periodic checkpoints begin when every task runs. */
  private schedule(): void {
    if (!this.active || this.firstDue === undefined || this.settings.intervalMs === undefined || this.paused || !this.plan()) return;
    this.wake(Math.max(this.firstDue, this.now));
    this.firstDue = undefined;
  }

  private jobStopped(reason: CheckpointFailureReason): void {
    this.active = false;
    this.paused = false;
    this.firstDue = undefined;
    this.doNotWake();
    for (const request of this.requests.takeAll(() => true)) this.reject(request, reason);
    for (const pending of this.pending.values()) if (pending.phase !== 'storing') this.abort(pending, reason);
  }

  private pause(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    if (!paused) return this.resume();
    this.doNotWake();
    this.firstDue = undefined;
    for (const request of this.requests.takeAll(({ periodic }) => periodic)) this.reject(request, 'PERIODIC_SCHEDULER_SHUTDOWN');
    for (const pending of this.pending.values()) if (pending.request.periodic && pending.phase !== 'storing') this.abort(pending, 'CHECKPOINT_COORDINATOR_SUSPEND');
  }

  private resume(): void {
    if (!this.active || this.settings.intervalMs === undefined) return;
    this.firstDue = this.now + (this.interval() ?? this.settings.intervalMs);
    this.schedule();
  }

  /** What is due later than it would be from now on is due earlier. */
  private sourceBacklog(source: string, backlog: boolean): void {
    if (backlog) this.backlogs.add(source);
    else this.backlogs.delete(source);
    const interval = this.interval();
    if (!this.active || this.paused || this.firstDue !== undefined || interval === undefined) return;
    if (this.now + interval < this.nextDue) this.wake(this.now + interval);
  }

  private wake(at: number): void {
    this.nextDue = at;
    this.decisions.push({ type: 'wake', at });
  }

  private doNotWake(): void {
    this.nextDue = Number.POSITIVE_INFINITY;
    this.decisions.push({ type: 'do-not-wake' });
  }

  private periodicDue(): void {
    if (!this.active || this.paused || this.settings.intervalMs === undefined) return;
    const interval = this.interval();
    // The one that was due is taken, also when a backlog has begun meanwhile, as in Flink.
    if (interval === undefined) this.nextDue = Number.POSITIVE_INFINITY;
    else this.wake(this.now + interval);
    for (const lost of this.requests.add(this.ownRequest(true))) this.reject(lost, 'TOO_MANY_CHECKPOINT_REQUESTS');
  }

  private requested(request: CheckpointRequest): void {
    if (!this.active) return this.reject(request, 'NOT_ALL_REQUIRED_TASKS_RUNNING');
    if (this.stopping) return this.reject(request, 'CHECKPOINT_COORDINATOR_SUSPEND');
    for (const lost of this.requests.add(request)) this.reject(lost, 'TOO_MANY_CHECKPOINT_REQUESTS');
  }

  /** Begins what may begin now; what may not either waits or is refused. */
  private beginNext(): void {
    for (;;) {
      const { first } = this.requests;
      if (!first || !this.mayBegin(first)) return;
      this.requests.take();
      if (first.periodic && this.tooEarly(first)) continue;
      if (this.plan()) this.begin(first);
      else this.reject(first, 'NOT_ALL_REQUIRED_TASKS_RUNNING');
    }
  }

  private mayBegin(request: CheckpointRequest): boolean {
    // Tasks that are about to finish do not answer any more: whoever asks now gets his when they have.
    if (request.id !== undefined && this.ending.size > 0) return false;
    const pending = [...this.pending.values()];
    if (pending.some(({ phase }) => phase === 'locating') || this.cleaning > this.settings.maxConcurrent) return false;
    return pending.length < this.settings.maxConcurrent || (request.kind === 'savepoint' && !this.settings.unaligned);
  }

  private tooEarly(request: CheckpointRequest): boolean {
    const earliest = (this.lastCompletion ?? Number.NEGATIVE_INFINITY) + this.settings.minPauseMs;
    if (this.now >= earliest) return false;
    this.reject(request, 'MINIMUM_TIME_BETWEEN_CHECKPOINTS');
    this.wake(earliest);
    return true;
  }

  private begin(request: CheckpointRequest): void {
    if (request.stop) {
      this.stopping = true;
      this.pause(true);
    }
    const pending: Pending = { id: this.nextId++, request, phase: 'locating', awaiting: new Set(), ending: new Set() };
    this.pending.set(pending.id, pending);
    this.decisions.push({ type: 'locate', checkpointId: pending.id, request });
  }

  private located(checkpointId: number): void {
    const pending = this.pending.get(checkpointId);
    if (!pending) return void this.decisions.push({ type: 'discard-stored', checkpointId });
    const plan = this.plan();
    if (!plan) return this.abort(pending, 'NOT_ALL_REQUIRED_TASKS_RUNNING');
    pending.phase = 'triggered';
    pending.awaiting = new Set(plan.await.map(taskKey));
    this.decisions.push({ type: 'trigger', checkpointId, request: pending.request, plan });
  }

  private acknowledged(checkpointId: number, { vertexId, subtask }: TaskId, finished: boolean): void {
    const pending = this.pending.get(checkpointId);
    if (!pending) return void this.decisions.push({ type: 'discard-state', checkpointId, vertexId, subtask });
    // A second acknowledgement of the same task says nothing new.
    const key = taskKey({ vertexId, subtask });
    if (pending.phase !== 'triggered' || !pending.awaiting.delete(key)) return;
    if (finished) pending.ending.add(key);
    if (pending.awaiting.size > 0) return;
    pending.phase = 'storing';
    this.decisions.push({ type: 'store', checkpointId });
  }

  private declined({ checkpointId, reason, ...task }: Extract<CoordinatorFact, { type: 'declined' }>): void {
    const pending = this.pending.get(checkpointId);
    if (pending?.awaiting.has(taskKey(task))) this.abort(pending, reason);
  }

  private expired(checkpointId: number): void {
    // Also while it is being stored: storage that hangs must not keep others from being taken.
    this.abort(this.pending.get(checkpointId), 'CHECKPOINT_EXPIRED');
  }

  private stored(checkpointId: number): void {
    const pending = this.pending.get(checkpointId);
    if (!pending) return void this.decisions.push({ type: 'discard-stored', checkpointId });
    this.pending.delete(checkpointId);
    const { request } = pending;
    const recovery = request.kind === 'checkpoint' || request.stop !== undefined;
    this.lastCompletion = this.now;
    this.failures.completed(checkpointId);
    this.decisions.push({ type: 'completed', checkpointId, request, recovery });
    if (!recovery) return;
    // With an earlier one of several at once a task may have ended already.
    const running = [...pending.ending].filter((key) => this.standings.get(key) === 'running');
    const isRunning = (task: TaskId): boolean => this.standings.get(taskKey(task)) === 'running';
    for (const key of endingTasks(this.jobGraph, isRunning, new Set(running))) this.ending.add(key);
    for (const older of this.pending.values()) {
      if (older.id < checkpointId && older.request.kind !== 'savepoint') this.abort(older, 'CHECKPOINT_SUBSUMED');
    }
  }

  private storingFailed(checkpointId: number): void {
    this.abort(this.pending.get(checkpointId), 'FINALIZE_CHECKPOINT_FAILURE');
    this.decisions.push({ type: 'discard-stored', checkpointId });
  }

  private abort(pending: Pending | undefined, reason: CheckpointFailureReason): void {
    if (!pending || !this.pending.delete(pending.id)) return;
    const { id: checkpointId, request } = pending;
    const triggered = pending.phase !== 'locating';
    this.decisions.push({ type: 'aborted', checkpointId, request, reason, triggered, storing: pending.phase === 'storing' });
    const tooMany = this.failures.failed(checkpointId, reason, request.kind === 'savepoint');
    // Tasks that have stopped for a savepoint that failed cannot go on.
    const stuck = request.stop !== undefined && triggered;
    if (this.active && (tooMany || stuck)) this.decisions.push({ type: 'fail-job', checkpointId, reason });
    if (request.stop) this.stopFailed();
  }

  /** The job goes on: what it had before it was to stop comes back. */
  private stopFailed(): void {
    this.stopping = false;
    this.paused = false;
    this.resume();
  }

  private reject(request: CheckpointRequest, reason: CheckpointFailureReason): void {
    this.decisions.push({ type: 'rejected', request, reason });
  }

  private plan(): CheckpointPlan | undefined {
    return planCheckpoint(this.jobGraph, (task) => this.standingOf(taskKey(task)), this.settings.afterTasksFinish);
  }

  private standingOf(key: string): TaskStanding {
    return this.ending.has(key) ? 'gone' : (this.standings.get(key) ?? 'starting');
  }

  private ownRequest(periodic: boolean): CheckpointRequest {
    return { kind: 'checkpoint', format: 'native', periodic };
  }

  /** From one periodic checkpoint to the next; undefined when none is to be taken. */
  private interval(): number | undefined {
    const { intervalMs, backlogIntervalMs = intervalMs, minPauseMs } = this.settings;
    const current = this.backlogs.size > 0 ? backlogIntervalMs : intervalMs;
    return current === undefined || current === 0 ? undefined : Math.max(current, minPauseMs);
  }
}
