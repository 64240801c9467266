/**
 * Checkpoints of a task and of the tasks that it calls directly: all of them are taken in the same breath, each is
 * reported on its own (Flink: `SubtaskCheckpointCoordinator`).
 *
 * Invariants:
 * - A barrier leaves after all records that were emitted before its snapshot, and before any later one.
 * - Ids only ascend: an older checkpoint is never taken after a newer one.
 * - Where a checkpoint that was aborted would be taken, downstream is told that it was cancelled.
 */
import type { CheckpointBarrier, CheckpointFailureReason } from '../core/checkpoint.js';
import type { Clock } from '../core/clock.js';
import { type Random, randomInt } from '../core/random.js';
import type { FileStore } from '../checkpoint/file-store.js';
import { openSnapshotStreams } from '../checkpoint/snapshot-output.js';
import type { CheckpointStart, CheckpointTaker } from './barriers/input-barriers.js';
import type { InFlightRecords } from './barriers/in-flight-records.js';
import { ExclusiveCalls } from './exclusive-calls.js';
import type { TaskGate } from './gate.js';
import type { Task } from './task.js';
import { TaskSnapshot } from './task-snapshot.js';

export interface TaskCheckpointsOptions {
  /** The task and those it drives, from head to tail. */
  readonly members: () => readonly Task[];
  readonly gate: TaskGate;
  readonly clock: Clock;
  readonly random: Random;
  /** Where snapshots are written; this machine's file system unless given. */
  readonly files?: FileStore | undefined;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
  /** Whether all operators have finished. */
  readonly finished: () => boolean;
}

export class TaskCheckpoints implements CheckpointTaker {
  /** Calls of operators that have the task to themselves. */
  readonly exclusive: ExclusiveCalls;
  /** The savepoint with which the job stops, once it has been taken. */
  private stopping: CheckpointBarrier | undefined;
  private stopCompleted = false;
  /** The first checkpoint after all operators had finished, and whether it is complete. */
  private finalId: number | undefined;
  private finalCompleted = false;
  private latest = -1;
  /** Aborted before they were taken. */
  private readonly aborted = new Set<number>();
  private running: TaskSnapshot[] = [];
  /** Milliseconds that may go into writing, and when that was last looked at. */
  private allowance = 0;
  private lastLook = 0;

  constructor(private readonly options: TaskCheckpointsOptions) {
    const { gate, wake, fail } = options;
    this.exclusive = new ExclusiveCalls({ gate, wake, fail });
  }

  /** The task has taken the savepoint that ends the job: nothing follows it, until it turns out to have failed. */
  get suspended(): boolean {
    return this.stopping?.options.stop === 'suspend';
  }

  /** The savepoint that the task was suspended for is complete. */
  get stopped(): boolean {
    return this.suspended && this.stopCompleted;
  }

  /** No snapshot is under way, and none that the task would have to wait for is missing. */
  mayEnd(awaitsFinal: boolean): boolean {
    if (this.exclusive.busy || this.running.length > 0) return false;
    return this.stopping ? this.stopCompleted : !awaitsFinal || this.finalCompleted;
  }

  take(barrier: CheckpointBarrier, start: CheckpointStart): void {
    const { checkpointId } = barrier;
    if (checkpointId <= this.latest) return;
    this.latest = checkpointId;
    if (this.aborted.has(checkpointId)) this.cancelDownstream(checkpointId);
    else this.begin(barrier, start);
    for (const id of this.aborted) if (id <= checkpointId) this.aborted.delete(id);
  }

  abandon(checkpointId: number, reason: CheckpointFailureReason): void {
    this.latest = Math.max(this.latest, checkpointId);
    this.drop(checkpointId);
    for (const task of this.options.members()) task.parts.listener.declined(task, checkpointId, reason);
    this.cancelDownstream(checkpointId);
  }

  completed(checkpointId: number): void {
    const members = this.options.members();
    this.exclusive.run([
      ...members.map(({ parts }) => () => parts.input?.notifyCheckpointComplete(checkpointId)),
      ...members.flatMap(({ parts }) => parts.chain.completionCalls(checkpointId)),
      () => {
        if (this.stopping?.checkpointId === checkpointId) this.stopCompleted = true;
        if (this.finalId !== undefined && checkpointId >= this.finalId) this.finalCompleted = true;
        this.options.wake();
      },
    ]);
  }

  /** The checkpoint came to nothing for a reason from elsewhere. */
  wasAborted(checkpointId: number): void {
    if (checkpointId > this.latest) this.aborted.add(checkpointId);
    this.drop(checkpointId);
    for (const { parts } of this.options.members()) {
      void parts.input?.notifyCheckpointAborted?.(checkpointId);
      parts.chain.notifyCheckpointAborted(checkpointId);
    }
    if (this.stopping?.checkpointId !== checkpointId) return;
    if (this.suspended) this.options.gate.release();
    this.stopping = undefined;
  }

  /** Something is left to write. */
  get writing(): boolean {
    return this.running.some((snapshot) => !snapshot.written);
  }

  /** Writes on at the snapshots under way, for a share of the time; more when nothing else is to be done. */
  advance(idle: boolean): void {
    const snapshot = this.running.find((candidate) => !candidate.written);
    if (!snapshot) return;
    const { clock } = this.options;
    const now = clock.monotonic();
    const share = SLICE_SHARE * 2 ** (snapshot.ageMs() / SHARE_DOUBLES_MS);
    this.allowance = Math.min(SLICE_MAX_MS, this.allowance + Math.min(now - this.lastLook, LOOK_MAX_MS) * share);
    this.lastLook = now;
    // A step may have taken longer than it was allowed: then others wait.
    if (!idle && this.allowance < SLICE_MIN_MS) return;
    this.advanceOne(snapshot, now + (idle ? SLICE_MAX_MS : this.allowance));
    this.allowance = idle ? 0 : this.allowance - Math.min(clock.monotonic() - now, LOOK_MAX_MS);
  }

  /** The task ends: what is under way is given up. Resolves when a function that is being called has come to its end. */
  stop(): Promise<unknown> {
    for (const snapshot of this.running) snapshot.abandon();
    this.running = [];
    return this.exclusive.stop();
  }

  private begin(barrier: CheckpointBarrier, start: CheckpointStart): void {
    const { checkpointId, timestamp, options } = barrier;
    const { members, clock } = this.options;
    const began = { now: clock.now(), monotonic: clock.monotonic() };
    this.exclusive.run([
      ...members().map(({ parts }) => () => parts.input?.prepareSnapshot?.({ checkpointId, timestamp })),
      ...members().flatMap(({ parts }) => parts.chain.snapshotCalls({ checkpointId, timestamp, kind: options.kind })),
      () => this.snapshot(barrier, start.inFlight, {
        startDelayMs: Math.max(0, start.firstBarrierAt - timestamp),
        alignmentMs: Math.max(0, began.now - start.firstBarrierAt),
        unaligned: start.unaligned,
      }, began.monotonic),
    ]);
  }

  /** The moment of the snapshot. */
  private snapshot(barrier: CheckpointBarrier, inFlight: InFlightRecords | undefined, metrics: { startDelayMs: number; alignmentMs: number; unaligned: boolean }, began: number): void {
    const { members, clock, finished, gate } = this.options;
    const { checkpointId } = barrier;
    if (this.aborted.delete(checkpointId)) return this.cancelDownstream(checkpointId);
    const all = members();
    // A small snapshot is written at once, however busy the task is.
    if (!this.writing) this.allowance = SLICE_MIN_MS;
    const taken = all.map((task) => ({ task, ...this.snapshotOf(task, barrier, task === all[0] ? inFlight : undefined) }));
    for (const { parts } of all) for (const writer of parts.writers) writer.event({ type: 'barrier', barrier });
    const syncMs = clock.monotonic() - began;
    for (const { task, parts, files } of taken) {
      const { listener } = task.parts;
      const snapshot = new TaskSnapshot({
        barrier, parts, files, finished: finished(), metrics: { ...metrics, syncMs }, clock,
        listener: {
          stored: (stored) => this.over(snapshot, () => listener.acknowledged(task, stored)),
          failed: (id, reason, error) => this.over(snapshot, () => listener.declined(task, id, reason, error)),
        },
      });
      this.running.push(snapshot);
      if (snapshot.written) void snapshot.store();
    }
    if (finished()) this.finalId ??= checkpointId;
    if (barrier.options.stop === undefined) return;
    this.stopping = barrier;
    if (this.suspended) gate.hold();
  }

  private snapshotOf(task: Task, barrier: CheckpointBarrier, inFlight: InFlightRecords | undefined): { parts: ReturnType<Task['parts']['chain']['snapshot']>; files: ReadonlySet<string> } {
    const { checkpointId, timestamp, options } = barrier;
    const { vertexId, subtask, input, chain } = task.parts;
    const files = new Set<string>();
    const nextName = (): string => {
      const name = `${vertexId.slice(0, 8)}-${subtask}-${checkpointId}-${randomInt(this.options.random, 2 ** 31).toString(16)}${randomInt(this.options.random, 2 ** 31).toString(16)}`;
      files.add(name);
      return name;
    };
    input?.snapshotState(checkpointId);
    const streams = openSnapshotStreams(options.location, nextName, this.options.files);
    const parts = chain.snapshot({ checkpointId, timestamp, kind: options.kind, format: options.format, streams });
    if (inFlight) parts.push({ operatorId: parts[0]!.operatorId, progress: inFlight.snapshot(streams) });
    return { parts, files };
  }

  private advanceOne(snapshot: TaskSnapshot, until: number): void {
    try {
      if (snapshot.step(until)) void snapshot.store();
    } catch (error) {
      snapshot.fail(error);
    }
  }

  private over(snapshot: TaskSnapshot, report: () => void): void {
    this.running = this.running.filter((other) => other !== snapshot);
    report();
    this.options.wake();
  }

  private drop(checkpointId: number): void {
    for (const snapshot of this.running) if (snapshot.checkpointId === checkpointId) snapshot.abandon();
    this.running = this.running.filter((snapshot) => snapshot.checkpointId !== checkpointId);
  }

  private cancelDownstream(checkpointId: number): void {
    for (const { parts } of this.options.members()) {
      for (const writer of parts.writers) writer.event({ type: 'cancel-barrier', checkpointId });
    }
  }
}

/**
 * How much of a busy task's time goes into writing a snapshot; twice as much when it has taken so long already. What
 * the processor's caches forget over it costs about half as much again.
 */
const SLICE_SHARE = 0.025;
const SHARE_DOUBLES_MS = 20_000;
/** More than that between two looks, or in one slice, is taken for time in which others had the processor. */
const LOOK_MAX_MS = 5;
/** A busy task writes for no less than that at a stretch: where the caches have yet to fill, an entry costs three times as much. */
const SLICE_MIN_MS = 0.75;
/** The longest that a task writes at a stretch. */
const SLICE_MAX_MS = 2;
