/**
 * One process of the simulated machine: a JobMaster and its TaskManagers, which restarts replace, running one job from a
 * snapshot or from nothing. It may be killed as a whole; only the disk and the outside world outlive it.
 *
 * Invariants held to:
 * - Only complete checkpoints are restored, and never one that is older than what any task was told is complete.
 */
import type { FileStore } from '../../../src/checkpoint/file-store.js';
import { JobMaster } from '../../../src/cluster/job-master.js';
import { prepareRestore, recoverySettings, type RestoreSettings } from '../../../src/cluster/prepare-restore.js';
import type { JobEvent, JobResult } from '../../../src/cluster/running-job.js';
import { requiredSlots } from '../../../src/cluster/execution/slots.js';
import type { Configuration } from '../../../src/core/configuration.js';
import { FlinkError } from '../../../src/core/errors.js';
import { registeredClasses } from '../../../src/core/serialization/class-registry.js';
import { createJobGraph } from '../../../src/graph/translate.js';
import type { SimulatedThread } from '../scheduler.js';
import { type Heard, labelOf, SimulatedTaskManager, SmallRings, type Told } from './simulated-task-manager.js';
import { type RecoveryJob, recoveryProgram, type Widths } from './recovery-job.js';
import type { RecoveryWorld } from './recovery-world.js';
import type { SimulatedDisk } from './simulated-disk.js';
import { type RecoveryDefect, spoil } from './recovery-defects.js';

/** A snapshot that somebody names, or whatever the process has left that was killed before. */
export type Beginning = RestoreSettings | 'recovery';

export interface ProcessOptions {
  readonly world: RecoveryWorld;
  readonly disk: SimulatedDisk;
  readonly job: RecoveryJob;
  readonly widths: Widths;
  readonly configuration: Configuration;
  readonly taskManagers: number;
  /** The how-manieth process it is. */
  readonly ordinal: number;
  /** What it goes on from. */
  readonly from: Beginning | undefined;
  readonly defect: RecoveryDefect | undefined;
}

/** A message that is lost or late most likely is one of these. */
const LOSABLE: readonly string[] = ['checkpoint-acknowledged', 'checkpoint-declined', 'trigger-checkpoint', 'checkpoint-complete', 'checkpoint-aborted'];
const LATE_MS = 400;

export class RecoveryProcess {
  readonly jobThread: SimulatedThread;
  master: JobMaster | undefined;
  result: JobResult | undefined;
  /** Why it could not start. */
  refused: Error | undefined;
  private readonly taskManagers: SimulatedTaskManager[] = [];
  private readonly past: SimulatedTaskManager[] = [];
  private readonly rings: SmallRings;
  private readonly files: FileStore;
  /** Checkpoints with which tasks end: what is said of them must arrive, for nobody asks again. */
  private readonly last = new Set<number>();
  /** The newest checkpoint that tasks were told is complete. */
  private told = -1;

  constructor(readonly options: ProcessOptions) {
    const { world, disk, ordinal } = options;
    this.jobThread = world.scheduler.thread(`JobMaster ${ordinal}`);
    this.rings = new SmallRings(world.scheduler);
    this.files = disk.on(this.jobThread);
    this.jobThread.defer('start', () => void this.start().catch((error: Error) => (this.refused = error)));
  }

  /** The process ends at once, with all of its threads. */
  kill(): void {
    for (const thread of this.threads()) thread.kill();
  }

  /** A TaskManager ends without a word; the JobMaster learns of it later. */
  lose(index: number): void {
    const taskManager = this.taskManagers[index % Math.max(1, this.taskManagers.length)];
    if (!taskManager?.thread.alive) return;
    taskManager.thread.kill();
    this.jobThread.deliver(taskManager.thread.name, 'exit', () => this.lost(taskManager));
  }

  threads(): SimulatedThread[] {
    return [this.jobThread, ...[...this.past, ...this.taskManagers].map(({ thread }) => thread)];
  }

  /** What the process still does when its job is over. */
  leftovers(): string[] {
    const timers = this.threads().filter((thread) => thread.pendingTimers > 0).map((thread) => `${thread.name} has ${thread.pendingTimers} timers`);
    return [...timers, ...this.taskManagers.filter(({ running }) => running).map(({ thread }) => `${thread.name} has tasks`)];
  }

  private async start(): Promise<void> {
    const { world, job, widths, configuration, from, ordinal } = this.options;
    const program = await recoveryProgram(world, job, widths, this.jobThread);
    const fresh = createJobGraph(program.graph, (ordinal + 1).toString(16).padStart(32, '0'));
    const settings = from === 'recovery' ? await recoverySettings(configuration, fresh.jobName, { stillRuns: async () => false }, this.files) : from;
    const { jobGraph, restored } = settings ? await prepareRestore(fresh, { ...program, configuration }, settings, this.files) : { jobGraph: fresh, restored: undefined };
    world.scheduler.note(`process ${ordinal} goes on from ${settings?.path ?? 'nothing'}`);
    const taskManagers = this.taskManagersFor(requiredSlots(jobGraph));
    const master = new JobMaster({
      program, jobGraph, ordinal: 0, configuration, restored,
      taskManagers,
      replaceTaskManager: (index) => this.replace(index),
      taskManagersFor: (slots) => this.taskManagersFor(slots),
      clock: this.jobThread.clock,
      random: world.scheduler.random,
      files: this.files,
      announceEnd: () => {},
    });
    master.subscribe((event) => world.scheduler.note(labelOfEvent(event)));
    void master.result.then((result) => (this.result = result));
    await master.prepare();
    this.master = master;
    master.start();
  }

  private taskManagersFor(slots: number): SimulatedTaskManager['handle'][] {
    const count = Math.min(this.options.taskManagers, slots);
    while (this.taskManagers.length < count) this.taskManagers.push(this.startTaskManager(this.taskManagers.length));
    return this.taskManagers.slice(0, count).map(({ handle }) => handle);
  }

  private replace(index: number): SimulatedTaskManager['handle'] {
    const before = this.taskManagers[index]!;
    if (before.thread.alive) return before.handle;
    this.past.push(before);
    return (this.taskManagers[index] = this.startTaskManager(index)).handle;
  }

  private startTaskManager(index: number): SimulatedTaskManager {
    const { world, job, widths, disk, ordinal } = this.options;
    const { scheduler } = world;
    const name = `TaskManager ${ordinal}.${index}.${this.past.length}`;
    const taskManager: SimulatedTaskManager = new SimulatedTaskManager({
      scheduler, name, rings: this.rings,
      files: (thread) => disk.on(thread),
      programs: (thread) => ({
        programOf: async () => {
          if (scheduler.chance(0.3)) await new Promise<void>((resolve) => thread.clock.schedule(scheduler.random.next() * 20, resolve));
          return recoveryProgram(world, job, widths, thread);
        },
        classesOf: () => registeredClasses,
        jobEnded: () => {},
      }),
      bell: (at) => this.taskManagers[at]!.host,
      tell: (message) => this.onItsWay(message, (heard, lateMs) => {
        this.jobThread.deliver(name, labelOf(heard), () => this.taskManagers[index] === taskManager && this.master?.receive(index, heard), lateMs);
      }),
      hear: (message, hand) => {
        this.check(message);
        this.onItsWay(message, hand);
      },
      stop: () => {
        if (taskManager.thread.alive) taskManager.thread.kill();
        this.lost(taskManager);
      },
    });
    return taskManager;
  }

  /** A message goes its way: it may be lost where the protocol must live with it, or late. */
  private onItsWay<M extends Heard | Told>(sent: M, hand: (message: M, lateMs?: number) => void): void {
    const { world, defect } = this.options;
    const message = defect ? spoil(defect, sent, (told) => hand(told as M)) : sent;
    if ('barrier' in message && message.barrier.options.stop) this.last.add(message.barrier.checkpointId);
    if (message.type === 'checkpoint-acknowledged' && message.finished) this.last.add(message.checkpointId);
    const isLast = 'checkpointId' in message && this.last.has(message.checkpointId);
    if (LOSABLE.includes(message.type) && !isLast && world.spend('lostMessages', 0.1)) {
      world.scheduler.note(`fault: ${message.type} is lost`);
      return;
    }
    hand(message, world.spend('lateMessages', 0.02) ? world.scheduler.random.next() * LATE_MS : 0);
  }

  private check(message: Told): void {
    const { world: { scheduler }, disk } = this.options;
    if (message.type === 'checkpoint-complete') this.told = Math.max(this.told, message.checkpointId);
    if (message.type !== 'deploy') return;
    for (const { vertexId, subtask, restore } of message.deployment.subtasks) {
      const id = restore?.checkpointId ?? -1;
      if (id < this.told) scheduler.violated(`${vertexId}/${subtask} is restored from checkpoint ${id}, but ${this.told} was said to be complete`);
      if (restore?.exclusive !== undefined && !disk.files.has(`${restore.exclusive}/_metadata`)) scheduler.violated(`${vertexId}/${subtask} is restored from ${restore.exclusive}, which is not complete`);
    }
  }

  private lost(taskManager: SimulatedTaskManager): void {
    const index = this.taskManagers.indexOf(taskManager);
    if (index >= 0) this.master?.taskManagerLost(index, new FlinkError('TASK_MANAGER_LOST', `${taskManager.thread.name} was lost`));
  }
}

function labelOfEvent(event: JobEvent): string {
  switch (event.type) {
    case 'job-status': return `job ${event.status}`;
    case 'execution-state': return `task ${event.vertexId.slice(0, 4)}/${event.subtask} ${event.state}`;
    case 'failure': return `failure: ${event.failure.error.message}`;
    case 'restart-scheduled': return 'restart';
    case 'rescaled': return `rescaled: ${event.vertices.map(({ name, from, to }) => `${name} ${from} to ${to}`).join(', ')}`;
    case 'rescaling-failed': return `not rescaled: ${event.error.message}`;
    case 'checkpoint': return `checkpoint ${event.checkpointId} ${event.error ? 'failed' : 'complete'}`;
  }
}
