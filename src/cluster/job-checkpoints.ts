/**
 * Carries out what the `CheckpointCoordinator` of a job decides: makes places for checkpoints, tells tasks, gathers what
 * they answer, publishes and deletes.
 *
 * Invariants:
 * - Every decision is the coordinator's: nothing here decides when a checkpoint is taken, or whether it counts.
 * - Enumerators are asked for their state in the same turn in which the sources are told: what they hand out before is
 *   in the readers' part of the checkpoint, what they hand out after is not.
 * - Once `whenSettled` has called, what `latestRestore` answers does not change until the job runs again.
 */
import { CheckpointCoordinator, type CoordinatorDecision, type CoordinatorFact } from '../checkpoint/checkpoint-coordinator.js';
import { checkpointFailure } from '../checkpoint/checkpoint-failure.js';
import type { CheckpointPlan, TaskId } from '../checkpoint/checkpoint-plan.js';
import type { CheckpointRequest } from '../checkpoint/checkpoint-request.js';
import { checkpointOptions, type CheckpointSettings } from '../checkpoint/checkpoint-settings.js';
import { type CheckpointStatistics, CheckpointTracker } from '../checkpoint/checkpoint-statistics.js';
import { isOwnFailure } from '../checkpoint/failure-counter.js';
import type { EndedStatus } from '../checkpoint/completed-checkpoints.js';
import type { CheckpointStorage, CompletedSnapshot } from '../checkpoint/checkpoint-storage.js';
import { PendingCheckpoint } from '../checkpoint/pending-checkpoint.js';
import { filesOfState } from '../checkpoint/snapshot-metadata.js';
import type { Clock, ScheduledCall } from '../core/clock.js';
import { deserializeError, FlinkError } from '../core/errors.js';
import { type Random, randomInt } from '../core/random.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import type { TaskRestore } from '../runtime/deployment.js';
import { CheckpointPlaces } from './checkpoint-places.js';
import type { ExecutionState } from './execution/execution-state.js';
import { isJobGloballyTerminal } from './execution/job-state.js';
import type { FromTaskManager, ToTaskManager } from './messages.js';
import { RecoverySnapshots } from './recovery-snapshots.js';
import type { EnumeratorStates } from './source-coordinators.js';

/** Where a job goes on from. */
export interface RestoredSnapshot {
  readonly snapshot: CompletedSnapshot;
  /** The engine may delete it when it is not needed any more. */
  readonly claimed: boolean;
  /** Claimed along with it, oldest first. */
  readonly older?: readonly CompletedSnapshot[];
}

export interface JobCheckpointsOptions {
  readonly jobGraph: JobGraph;
  readonly settings: CheckpointSettings;
  readonly storage: CheckpointStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly restored: RestoredSnapshot | undefined;
  /** To the TaskManager of the task's current attempt. */
  readonly send: (task: TaskId, message: ToTaskManager) => void;
  /** To every TaskManager that has tasks of the job. */
  readonly tellAll: (message: ToTaskManager) => void;
  /** The number of its current attempt; undefined for a subtask that the job has no more. */
  readonly attemptOf: (task: TaskId) => number | undefined;
  /** What the sources keep; an error fails the checkpoint. */
  readonly enumerators: (checkpointId: number) => EnumeratorStates;
  readonly tellEnumerators: (checkpointId: number, outcome: 'complete' | 'aborted') => void;
  /** Called before tasks are told to end with a savepoint. */
  readonly stopping: () => void;
  /** Told of the savepoint that they end with when it is complete. */
  readonly saved: (path: string) => void;
  readonly failJob: (error: FlinkError) => void;
  /** Told of each checkpoint that is complete, and of each of the job's own that has failed while it runs on. */
  readonly report: (checkpointId: number, error?: FlinkError) => void;
}

/** What somebody asks for. */
export interface SnapshotOrder extends Pick<CheckpointRequest, 'kind' | 'format' | 'stop'> {
  /** For a savepoint: below which folder; the default one unless given. */
  readonly directory?: string | undefined;
}

type CheckpointMessage = Extract<FromTaskManager, { type: 'checkpoint-acknowledged' | 'checkpoint-declined' | 'end-of-data' }>;

/** A checkpoint under way, as far as it has got. */
interface UnderWay {
  readonly startedAt: number;
  readonly timeout: ScheduledCall;
  enumerators?: EnumeratorStates;
  collected?: PendingCheckpoint;
  stored?: CompletedSnapshot;
  /** Why it is about to fail, when somebody has said so. */
  cause?: Error | undefined;
}

interface Waiting {
  readonly directory: string | undefined;
  resolve(snapshot: CompletedSnapshot): void;
  reject(error: FlinkError): void;
}

const STANDINGS: Readonly<Record<ExecutionState, 'starting' | 'running' | 'finished' | 'gone'>> = {
  CREATED: 'starting', SCHEDULED: 'starting', DEPLOYING: 'starting', INITIALIZING: 'starting', RECONCILING: 'starting', RUNNING: 'running', FINISHED: 'finished',
  CANCELING: 'gone', CANCELED: 'gone', FAILED: 'gone',
};

export class JobCheckpoints {
  private readonly coordinator: CheckpointCoordinator;
  private readonly tracker: CheckpointTracker;
  private readonly recovery: RecoverySnapshots;
  private readonly underWay = new Map<number, UnderWay>();
  private readonly places: CheckpointPlaces;
  private readonly waiting = new Map<number, Waiting>();
  private readonly storing = new Set<Promise<void>>();
  private requests = 0;
  private wake: ScheduledCall | undefined;
  private finishedBefore: ReadonlySet<string>;
  private lastFailure: FlinkError | undefined;
  /** Epoch milliseconds: when the newest snapshot was complete. */
  private lastCompletion = Number.NEGATIVE_INFINITY;
  private jobGraph: JobGraph;

  constructor(private readonly options: JobCheckpointsOptions) {
    this.jobGraph = options.jobGraph;
    const { jobGraph, settings, storage, restored, clock } = options;
    const from = restored?.snapshot.metadata;
    this.coordinator = new CheckpointCoordinator(jobGraph, settings, (from?.checkpointId ?? 0) + 1);
    this.tracker = new CheckpointTracker(jobGraph, settings.historySize);
    this.recovery = new RecoverySnapshots({
      jobGraph, storage, clock, retained: settings.retained, ignoredInFlight: settings.ignoredInFlight,
      discarded: (checkpointId) => this.tracker.discarded(checkpointId),
      cleaning: (count) => this.apply({ type: 'cleaning', count, time: clock.monotonic() }),
    });
    this.places = new CheckpointPlaces(this.recovery);
    if (restored) this.recovery.restoredFrom(restored.snapshot, restored.claimed, restored.older);
    this.finishedBefore = this.recovery.finishedOperators();
    if (from) this.lastCompletion = from.completedAt;
    const { path } = restored?.snapshot ?? {};
    if (from) this.tracker.restored({ id: from.checkpointId, restoreTimestamp: clock.now(), isSavepoint: from.kind === 'savepoint', ...(path === undefined ? {} : { externalPath: path }) });
  }

  /** Where each subtask goes on from now; undefined: there is nothing to go back to, everything begins anew. */
  latestRestore(): ((task: TaskId) => TaskRestore | undefined) | undefined {
    this.finishedBefore = this.recovery.finishedOperators();
    return this.recovery.latestRestore();
  }

  /** What the enumerators of sources go on from now. */
  enumeratorStates(): EnumeratorStates {
    return this.recovery.enumeratorStates();
  }

  /** Calls when nothing is being published, at once if that is now: to be done before asking where a restart goes on from. */
  whenSettled(call: () => void): void {
    if (this.storing.size === 0) call();
    else void Promise.all(this.storing).then(() => this.whenSettled(call));
  }

  /** The job has another parallelism from now on: what is restored and taken is for this graph. Between `whenSettled` and the job's next status. */
  rescaled(jobGraph: JobGraph): void {
    this.jobGraph = jobGraph;
    for (const part of [this.coordinator, this.tracker, this.recovery]) part.rescaled(jobGraph);
  }

  statistics(): CheckpointStatistics {
    return this.tracker.statistics();
  }

  /** Makes sure, before the job starts, that its checkpoints can be kept. Rejects with CHECKPOINT_STORAGE. */
  async prepare(): Promise<void> {
    if (this.options.settings.intervalMs === undefined) return;
    await this.options.storage.prepare();
    await this.recovery.announceBeginning();
  }

  jobStatus(status: JobStatus): void {
    const { settings, random } = this.options;
    const time = this.now();
    if (status === 'RUNNING') {
      const spread = Math.max(0, (settings.intervalMs ?? 0) - settings.minPauseMs);
      // A job without checkpoints leaves the order of random numbers as it is.
      this.apply({ type: 'job-running', firstDue: time + settings.minPauseMs + (spread > 0 ? randomInt(random, spread + 1) : 0), time });
    } else if (status !== 'CREATED' && status !== 'INITIALIZING') {
      this.apply({ type: 'job-stopped', reason: isJobGloballyTerminal(status) ? 'CHECKPOINT_COORDINATOR_SHUTDOWN' : 'CHECKPOINT_COORDINATOR_SUSPEND', time });
    }
  }

  taskState({ vertexId, subtask }: TaskId, state: ExecutionState): void {
    this.apply({ type: 'task-standing', vertexId, subtask, standing: STANDINGS[state], time: this.now() });
  }

  receive(message: CheckpointMessage): void {
    // What an attempt says that has ended does not hold any more.
    if (message.attempt !== this.options.attemptOf(message)) return;
    const { vertexId, subtask } = message;
    const task = { vertexId, subtask, time: this.now() };
    if (message.type === 'end-of-data') return this.apply({ type: 'end-of-data', ...task });
    if (message.type === 'checkpoint-acknowledged') return this.acknowledged(message);
    const pending = this.underWay.get(message.checkpointId);
    if (pending && message.error) pending.cause ??= deserializeError(message.error);
    this.apply({ type: 'declined', checkpointId: message.checkpointId, reason: message.reason, ...task });
  }

  /** Takes a snapshot as soon as may be. Rejects with CHECKPOINT_FAILED, or with what kept it from being stored. */
  take({ directory, ...order }: SnapshotOrder): Promise<CompletedSnapshot> {
    const id = this.requests++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { directory, resolve, reject });
      this.apply({ type: 'requested', request: { id, periodic: false, ...order }, time: this.now() });
    });
  }

  /** A source works through a backlog, or does not any more. */
  sourceBacklog(source: string, backlog: boolean): void {
    this.apply({ type: 'source-backlog', source, backlog, time: this.now() });
  }

  /** No periodic checkpoints while somebody is about to end the job. */
  pausePeriodic(paused: boolean): void {
    this.apply({ type: 'periodic-paused', paused, time: this.now() });
  }

  /**
   * The job has ended: deletes what it does not leave behind. Called once, after the last status. Never rejects.
   *
   * What a suspended job has stays: whoever goes on with it needs it.
   *
   * @param begun whether it had begun; the snapshot that it could not go on from stays, also when it was claimed.
   */
  async close(status: EndedStatus, begun = true): Promise<void> {
    this.recovery.end();
    await new Promise<void>((resolve) => this.whenSettled(resolve));
    await this.recovery.close(status, begun && status !== 'SUSPENDED' ? this.options.settings.retention : 'RETAIN_ON_CANCELLATION');
  }

  private acknowledged(message: Extract<CheckpointMessage, { type: 'checkpoint-acknowledged' }>): void {
    const { checkpointId, vertexId, subtask, operators, metrics, finished } = message;
    const pending = this.underWay.get(checkpointId);
    const fresh = pending ? pending.collected?.acknowledge(message, operators, finished) : true;
    if (fresh) this.tracker.acknowledged(checkpointId, message, metrics, this.options.clock.now());
    if (!pending) this.places.discardLate(checkpointId, Object.values(operators).flatMap(filesOfState));
    this.apply({ type: 'acknowledged', checkpointId, vertexId, subtask, finished, time: this.now() });
  }

  private apply(fact: CoordinatorFact): void {
    const decisions = this.coordinator.apply(fact);
    for (const decision of decisions) this.carryOut(decision);
    const failsJob = decisions.some(({ type }) => type === 'fail-job');
    for (const decision of decisions) {
      if (decision.type === 'completed') this.options.report(decision.checkpointId);
      else if (decision.type === 'aborted' && !failsJob && decision.request.id === undefined && isOwnFailure(decision.reason)) this.options.report(decision.checkpointId, this.lastFailure);
    }
  }

  private carryOut(decision: CoordinatorDecision): void {
    switch (decision.type) {
      case 'wake': return this.wakeAt(decision.at);
      case 'do-not-wake': return this.wake?.cancel();
      case 'locate': return this.locate(decision.checkpointId, decision.request);
      case 'trigger': return this.trigger(decision.checkpointId, decision.request, decision.plan);
      case 'store': return this.store(decision.checkpointId);
      case 'completed': return this.completed(decision.checkpointId, decision.request, decision.recovery);
      case 'aborted': return this.aborted(decision);
      case 'rejected': return this.refuse(decision.request, checkpointFailure(decision.request.kind === 'savepoint', undefined, decision.reason));
      case 'fail-job': return this.options.failJob(this.lastFailure!);
      case 'discard-stored': return this.busy(this.places.discard(decision.checkpointId));
      // Its files went when it came in.
      case 'discard-state': return undefined;
    }
  }

  private wakeAt(at: number): void {
    this.wake?.cancel();
    this.wake = this.options.clock.schedule(Math.max(0, at - this.now()), () => this.apply({ type: 'periodic-due', time: this.now() }));
  }

  private locate(checkpointId: number, request: CheckpointRequest): void {
    const { clock, settings, storage } = this.options;
    const timeout = clock.schedule(settings.timeoutMs, () => this.apply({ type: 'expired', checkpointId, time: this.now() }));
    const pending: UnderWay = { startedAt: clock.now(), timeout };
    this.underWay.set(checkpointId, pending);
    this.tracker.begun(checkpointId, request, pending.startedAt);
    const place = request.kind === 'savepoint' ? storage.beginSavepoint(this.waiting.get(request.id!)?.directory) : storage.beginCheckpoint(checkpointId);
    place.then((made) => {
      this.places.made(checkpointId, made);
      pending.enumerators = this.options.enumerators(checkpointId);
      this.apply({ type: 'located', checkpointId, time: this.now() });
    }).catch((cause: Error) => {
      pending.cause = cause;
      const reason = cause instanceof FlinkError && cause.code === 'CHECKPOINT_STORAGE' ? 'IO_EXCEPTION' : 'TRIGGER_CHECKPOINT_FAILURE';
      this.apply({ type: 'location-failed', checkpointId, reason, time: this.now() });
    });
  }

  private trigger(checkpointId: number, request: CheckpointRequest, plan: CheckpointPlan): void {
    const { jobGraph, options: { settings, send, attemptOf } } = this;
    const { jobId } = jobGraph;
    const pending = this.underWay.get(checkpointId)!;
    const { startedAt } = pending;
    pending.collected = new PendingCheckpoint({ jobGraph, checkpointId, request, plan, startedAt, enumerators: pending.enumerators!, finishedBefore: this.finishedBefore });
    this.recovery.begun(checkpointId);
    this.tracker.finished(checkpointId, plan.finished, startedAt);
    if (request.stop) this.options.stopping();
    const options = checkpointOptions(settings, request, this.places.of(checkpointId).location);
    for (const task of plan.trigger) {
      send(task, { type: 'trigger-checkpoint', jobId, ...task, attempt: attemptOf(task)!, barrier: { checkpointId, timestamp: startedAt, options } });
    }
  }

  private store(checkpointId: number): void {
    const pending = this.underWay.get(checkpointId)!;
    this.busy(this.publish(checkpointId, pending).then(
      () => this.apply({ type: 'stored', checkpointId, time: this.now() }),
      (cause: Error) => {
        pending.cause = cause;
        this.apply({ type: 'storing-failed', checkpointId, time: this.now() });
      },
    ));
  }

  private async publish(checkpointId: number, pending: UnderWay): Promise<void> {
    // Whoever looks for the newest after a crash goes by these times, also where the clock was set back.
    const { clock, storage, settings } = this.options;
    this.lastCompletion = Math.max(clock.now(), this.lastCompletion + 1);
    const metadata = { ...pending.collected!.metadata(this.lastCompletion), ...this.recovery.predecessors() };
    // A savepoint is found by a recovery when the job ends with it, for sinks will have committed what it covers.
    const [found, refers] = [metadata.kind === 'checkpoint' || metadata.stop !== undefined, metadata.kind === 'savepoint' && metadata.stop !== undefined];
    if (found) this.places.offer(checkpointId);
    const stored = await storage.complete(this.places.of(checkpointId), metadata);
    pending.stored = refers && settings.intervalMs !== undefined ? await storage.refer(checkpointId, stored) : stored;
  }

  private completed(checkpointId: number, request: CheckpointRequest, recovery: boolean): void {
    const { stored, timeout } = this.underWay.get(checkpointId)!;
    const snapshot = stored!;
    timeout.cancel();
    this.underWay.delete(checkpointId);
    this.places.completed(checkpointId);
    this.tracker.completed(checkpointId, snapshot.path);
    if (request.stop) this.options.saved(snapshot.path!);
    if (recovery) {
      this.recovery.completed(snapshot);
      this.options.tellAll({ type: 'checkpoint-complete', jobId: this.jobGraph.jobId, checkpointId });
      this.options.tellEnumerators(checkpointId, 'complete');
    } else this.recovery.settled(checkpointId);
    if (request.id === undefined) return;
    this.waiting.get(request.id)?.resolve(snapshot);
    this.waiting.delete(request.id);
  }

  private aborted({ checkpointId, request, reason, triggered, storing }: Extract<CoordinatorDecision, { type: 'aborted' }>): void {
    const { timeout, cause, collected } = this.underWay.get(checkpointId)!;
    const error = checkpointFailure(request.kind === 'savepoint', checkpointId, reason, cause);
    timeout.cancel();
    this.underWay.delete(checkpointId);
    this.lastFailure = error;
    this.tracker.failed(checkpointId, reason, error.message, this.options.clock.now());
    if (triggered) {
      this.options.tellAll({ type: 'checkpoint-aborted', jobId: this.jobGraph.jobId, checkpointId });
      this.options.tellEnumerators(checkpointId, 'aborted');
    }
    this.places.failed(checkpointId, collected?.files() ?? []);
    // What is being published goes when that is over.
    if (!storing) void this.places.discard(checkpointId);
    this.recovery.settled(checkpointId);
    this.refuse(request, cause instanceof FlinkError && cause.code === 'CONFIGURATION' ? cause : error);
  }

  /** A restart waits for it: what is published and given up must be gone before the job goes on from something older. */
  private busy(work: Promise<void>): void {
    const done = work.finally(() => this.storing.delete(done));
    this.storing.add(done);
  }

  private refuse({ id }: CheckpointRequest, error: FlinkError): void {
    if (id === undefined) return;
    this.waiting.get(id)?.reject(error);
    this.waiting.delete(id);
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
