/**
 * A TaskManager of the engine on a simulated thread: messages are cloned and delayed both ways, its rings hold a few
 * records and its bell is our own.
 */
import type { FileStore } from '../../../src/checkpoint/file-store.js';
import type { FromTaskManager, ToTaskManager } from '../../../src/cluster/messages.js';
import type { Programs } from '../../../src/cluster/programs.js';
import { TaskManager } from '../../../src/cluster/task-manager.js';
import type { TaskManagerHandle } from '../../../src/cluster/task-manager-thread.js';
import type { RingEnds } from '../../../src/runtime/channel-ends.js';
import { BatchPool } from '../../../src/runtime/exchange/batch-pool.js';
import type { InputChannel } from '../../../src/runtime/exchange/channel.js';
import { Doorbell } from '../../../src/runtime/exchange/doorbell.js';
import { encodeBatch } from '../../../src/runtime/exchange/encoded-batch.js';
import { allocateRing } from '../../../src/runtime/exchange/ring.js';
import { RingInputChannel, RingOutputChannel } from '../../../src/runtime/exchange/ring-channel.js';
import type { Scheduler, SimulatedThread } from '../scheduler.js';
import { SimulatedLoopHost } from '../simulated-loop-host.js';

type Deploy = Extract<ToTaskManager, { type: 'deploy' }>;
export type Told = Exclude<ToTaskManager, { type: 'load' }>;
export type Heard = Exclude<FromTaskManager, { type: 'ready' | 'output-closed' }>;

/** The same ring for both sides, but a small one, so that it is full all the time. */
export class SmallRings {
  private readonly rings = new Map<SharedArrayBuffer, SharedArrayBuffer>();

  constructor(private readonly scheduler: Scheduler) {}

  in(message: Deploy): Deploy {
    const channels = message.deployment.channels.map((channel) => (channel.ring ? { ...channel, ring: this.smaller(channel.ring) } : channel));
    return { ...message, deployment: { ...message.deployment, channels } };
  }

  private smaller(ring: SharedArrayBuffer): SharedArrayBuffer {
    const known = this.rings.get(ring) ?? allocateRing(this.scheduler.pick([1 << 10, 1 << 10, 1 << 11, 1 << 13]));
    this.rings.set(ring, known);
    return known;
  }
}

export interface SimulatedTaskManagerOptions {
  readonly scheduler: Scheduler;
  readonly name: string;
  readonly rings: SmallRings;
  readonly programs: (thread: SimulatedThread) => Programs;
  /** The bells of all TaskManagers, by index. */
  readonly bell: (taskManager: number) => Pick<Doorbell, 'ring'>;
  /** Where snapshots are; no file store is needed when none is taken. */
  readonly files?: (thread: SimulatedThread) => FileStore;
  /** Stands between a ring and its reader. */
  readonly input?: (channel: InputChannel) => InputChannel;
  /** Takes a message to the JobMaster's thread. */
  readonly tell: (message: Heard) => void;
  /** Takes a message from the JobMaster to this thread: now unless it keeps `hand`, or drops it. */
  readonly hear?: (message: Told, hand: (message: Told, lateMs?: number) => void) => void;
  /** Somebody asks for the thread to be stopped. */
  readonly stop: () => void;
  /** The ring that is not heard, counted from 1. */
  readonly deafTo?: number | undefined;
}

export class SimulatedTaskManager {
  readonly thread: SimulatedThread;
  readonly host: SimulatedLoopHost;
  readonly handle: TaskManagerHandle;
  private readonly taskManager: TaskManager;

  constructor(private readonly options: SimulatedTaskManagerOptions) {
    const { scheduler, name, deafTo, files, stop } = options;
    this.thread = scheduler.thread(name);
    this.host = new SimulatedLoopHost(scheduler, this.thread, deafTo);
    const programs = options.programs(this.thread);
    const pool = new BatchPool(scheduler.pick([1, 2, 3, 8, 32]));
    this.taskManager = new TaskManager(
      {
        clock: this.thread.clock,
        random: scheduler.random,
        files: files?.(this.thread),
        loop: this.host,
        rings: this.ringEnds(pool),
        pool,
        print: () => {},
        encodeCollected: (values) => encodeBatch({ values, timestamps: new Float64Array(values.length), hashes: undefined, count: values.length, bytes: 0 }),
        send: (message) => this.tell(message),
      },
      () => programs,
    );
    this.handle = {
      doorbell: Doorbell.allocate(),
      send: (message) => this.deliver(message),
      terminate: async () => stop(),
    };
  }

  /** Whether tasks are here. */
  get running(): boolean {
    return this.thread.alive && this.taskManager.running;
  }

  private deliver(message: ToTaskManager): void {
    if (message.type === 'load') return;
    const copy = structuredClone(message.type === 'deploy' ? this.options.rings.in(message) : message);
    const hand = (told: Told, lateMs?: number): void => this.thread.deliver('JobMaster', told.type, () => this.taskManager.receive(told), lateMs);
    if (this.options.hear) this.options.hear(copy, hand);
    else hand(copy);
  }

  private tell(message: FromTaskManager): void {
    if (message.type !== 'ready' && message.type !== 'output-closed') this.options.tell(structuredClone(message));
  }

  private ringEnds(pool: BatchPool): RingEnds {
    const { bell, input = (channel) => channel } = this.options;
    return {
      output: (ring, consumer, classes) => new RingOutputChannel({ ring, peer: bell(consumer), pool, classes }),
      input: (ring, producer, classes) => input(new RingInputChannel({ ring, peer: bell(producer), pool, classes })),
    };
  }
}

/** A message in the trace. */
export function labelOf(message: Heard): string {
  if (message.type === 'task-state') return `${message.vertexId.slice(0, 4)}/${message.subtask} ${message.state}`;
  return message.type.startsWith('checkpoint-') && 'checkpointId' in message ? `${message.type} ${message.checkpointId}` : message.type;
}
