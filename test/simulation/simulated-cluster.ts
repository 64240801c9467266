/**
 * The embedded cluster on simulated threads: the engine's own JobMaster and TaskManagers, joined by messages that are
 * cloned and delayed, rings of a few records and bells of our own.
 *
 * What is real: everything of `src/cluster` and `src/runtime` but the worker's script, MiniCluster and Doorbell.
 */
import { registeredClasses } from '../../src/core/serialization/class-registry.js';
import { Configuration } from '../../src/core/configuration.js';
import {
  AlignedCheckpointTimeout, CheckpointInterval, CheckpointTimeout, FailoverStrategy, FixedDelay, FixedDelayAttempts, KernelSpecialisation, MaxConcurrentCheckpoints, ObjectReuse,
  RestartStrategyType, TolerableFailedCheckpoints, UnalignedCheckpoints, WatermarkAlignmentDrift,
} from '../../src/core/options.js';
import { FlinkError } from '../../src/core/errors.js';
import type { JobGraph } from '../../src/graph/job-graph.js';
import { createJobGraph } from '../../src/graph/translate.js';
import { JobMaster } from '../../src/cluster/job-master.js';
import type { FromTaskManager, ToTaskManager } from '../../src/cluster/messages.js';
import type { Programs } from '../../src/cluster/programs.js';
import { TaskManager } from '../../src/cluster/task-manager.js';
import type { TaskManagerHandle } from '../../src/cluster/task-manager-thread.js';
import type { JobProgram } from '../../src/program/job-program.js';
import type { RingEnds } from '../../src/runtime/channel-ends.js';
import { BatchPool } from '../../src/runtime/exchange/batch-pool.js';
import { Doorbell } from '../../src/runtime/exchange/doorbell.js';
import { encodeBatch } from '../../src/runtime/exchange/encoded-batch.js';
import { allocateRing } from '../../src/runtime/exchange/ring.js';
import { RingInputChannel, RingOutputChannel } from '../../src/runtime/exchange/ring-channel.js';
import { jobProgram } from './job-program.js';
import { DefectiveInput } from './defective-input.js';
import type { Scheduler, SimulatedThread } from './scheduler.js';
import { SimulatedLoopHost } from './simulated-loop-host.js';
import type { Checkpoints, World } from './world.js';

type Deploy = Extract<ToTaskManager, { type: 'deploy' }>;

/** Deliberate defects, to show that the checks notice. */
export type Defect = 'lost wake-up' | 'lost event' | 'lost record' | 'doubled batch';

/** One job of the cluster. */
export interface SimulatedJob {
  readonly world: World;
  readonly jobGraph: JobGraph;
  readonly master: JobMaster;
}

export class SimulatedCluster {
  readonly jobs: readonly SimulatedJob[];
  readonly jobThread: SimulatedThread;
  readonly taskManagers: SimulatedTaskManager[] = [];
  private readonly rings = new Map<SharedArrayBuffer, SharedArrayBuffer>();
  /** TaskManagers of which the JobMasters know that they are no more. */
  private readonly gone = new Set<SimulatedTaskManager>();

  /** @param worlds one for each job; the first starts at once, the others some time later. */
  constructor(readonly scheduler: Scheduler, worlds: readonly World[], taskManagers: number, private readonly defect?: Defect) {
    this.jobThread = scheduler.thread('JobMaster');
    for (let index = 0; index < taskManagers; index++) {
      this.taskManagers.push(new SimulatedTaskManager(this, index, defect));
    }
    this.jobs = worlds.map((world, ordinal) => this.submit(world, ordinal));
    for (const { master } of this.jobs) {
      if (master === this.jobs[0]!.master) this.jobThread.defer('start', () => master.start());
      else this.jobThread.clock.schedule(scheduler.random.next() * 300, () => master.start());
    }
  }

  /** The TaskManager ends without a word; the JobMaster learns of it later. */
  lose(index: number): void {
    const taskManager = this.taskManagers[index]!;
    const { thread } = taskManager;
    if (!thread.alive) return;
    thread.kill();
    this.jobThread.deliver(thread.name, 'exit', () => this.lost(taskManager));
  }

  /** Its thread is stopped on request; other jobs may have had tasks there too. */
  stop(taskManager: SimulatedTaskManager): void {
    if (taskManager.thread.alive) taskManager.thread.kill();
    this.lost(taskManager);
  }

  private lost(taskManager: SimulatedTaskManager): void {
    if (this.gone.has(taskManager)) return;
    this.gone.add(taskManager);
    for (const { master } of this.jobs) master.taskManagerLost(taskManager.index, new FlinkError('TASK_MANAGER_LOST', `TaskManager ${taskManager.index} was lost`));
  }

  /** Another one, if that has not been done already. */
  private replace(index: number): TaskManagerHandle {
    if (this.gone.has(this.taskManagers[index]!)) this.taskManagers[index] = new SimulatedTaskManager(this, index, this.defect);
    return this.taskManagers[index]!.handle;
  }

  private submit(world: World, ordinal: number): SimulatedJob {
    const { scheduler } = this;
    const program = jobProgram(world, this.jobThread);
    const jobGraph = createJobGraph(program.graph, ordinal.toString(16).padStart(32, '0'));
    noteHeads(world, jobGraph);
    const master = new JobMaster({
      program, jobGraph, ordinal,
      taskManagers: this.taskManagers.map((taskManager) => taskManager.handle),
      configuration: checkpointing(world.checkpoints).set(ObjectReuse, !scheduler.chance(0.1)).set(KernelSpecialisation, scheduler.chance(0.1)).set(WatermarkAlignmentDrift, scheduler.pick([0, 5, 1000]))
        .set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, world.restarts.attempts).set(FixedDelay, scheduler.pick([0, 3, 50])).set(FailoverStrategy, world.restarts.scope),
      ...(world.restarts.attempts > 0 ? { replaceTaskManager: (index: number) => this.replace(index) } : {}),
      clock: this.jobThread.clock,
      random: scheduler.random,
      announceEnd: (job) => this.taskManagers.forEach(({ handle }) => handle.send({ type: 'job-ended', ordinal, job })),
    });
    master.subscribe((event) => scheduler.note(`job ${ordinal} ${event.type === 'job-status' ? event.status : event.type === 'execution-state' ? `${event.vertexId.slice(0, 4)}/${event.subtask} ${event.state}` : event.type}`));
    return { world, jobGraph, master };
  }

  /** The same ring for both sides, but a small one, so that it is full all the time. */
  smallRing(ring: SharedArrayBuffer): SharedArrayBuffer {
    const known = this.rings.get(ring) ?? allocateRing(this.scheduler.pick([1 << 10, 1 << 10, 1 << 11, 1 << 13]));
    this.rings.set(ring, known);
    return known;
  }
}

function checkpointing(checkpoints: Checkpoints | undefined): Configuration {
  const configuration = new Configuration();
  if (!checkpoints) return configuration;
  return configuration.set(CheckpointInterval, checkpoints.intervalMs).set(CheckpointTimeout, checkpoints.timeoutMs).set(MaxConcurrentCheckpoints, checkpoints.concurrent)
    .set(UnalignedCheckpoints, checkpoints.unaligned).set(AlignedCheckpointTimeout, checkpoints.alignedTimeoutMs).set(TolerableFailedCheckpoints, 1_000_000);
}

/** Which steps are at the head of a task that is fed through channels; one that is called directly shares a gate. */
function noteHeads(world: World, { vertices }: JobGraph): void {
  for (const [head] of vertices.map((vertex) => vertex.operators)) {
    const { inlets, parallelism } = world.job.steps[head!.nodeId - 1]!;
    const alone = parallelism === 1 && inlets.every(({ from }) => world.job.steps[from - 1]!.parallelism === 1);
    if (inlets.length > 0 && !alone) world.fedByChannels.add(head!.nodeId);
  }
}

class SimulatedTaskManager {
  readonly thread: SimulatedThread;
  readonly host: SimulatedLoopHost;
  readonly handle: TaskManagerHandle;
  private readonly taskManager: TaskManager;

  constructor(private readonly cluster: SimulatedCluster, readonly index: number, defect: Defect | undefined) {
    const { scheduler } = cluster;
    this.thread = scheduler.thread(`TaskManager ${index}${"'".repeat(scheduler.threads.filter(({ name }) => name.startsWith(`TaskManager ${index}`)).length)}`);
    this.host = new SimulatedLoopHost(scheduler, this.thread, defect === 'lost wake-up' && index === 0 ? 1 : undefined);
    const programs = this.programs();
    const pool = new BatchPool(scheduler.pick([1, 2, 3, 8, 32]));
    this.taskManager = new TaskManager(
      {
        clock: this.thread.clock,
        random: scheduler.random,
        loop: this.host,
        rings: this.ringEnds(pool, defect),
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
      terminate: async () => cluster.stop(this),
    };
  }

  private deliver(message: ToTaskManager): void {
    if (message.type === 'load') return;
    const copy = structuredClone(message.type === 'deploy' ? this.withSmallRings(message) : message);
    this.thread.deliver('JobMaster', message.type, () => this.taskManager.receive(copy));
  }

  private tell(message: FromTaskManager): void {
    if (message.type === 'ready' || message.type === 'output-closed') return;
    const copy = structuredClone(message);
    const label = message.type === 'task-state' ? `${message.vertexId.slice(0, 4)}/${message.subtask} ${message.state}` : message.type;
    this.cluster.jobThread.deliver(this.thread.name, label, () => {
      // Another one stands in its place: what it still says is not heard.
      if (this.cluster.taskManagers[this.index] !== this) return;
      this.cluster.jobs.find(({ jobGraph }) => jobGraph.jobId === copy.jobId)?.master.receive(this.index, copy);
    });
  }

  private withSmallRings(message: Deploy): Deploy {
    const channels = message.deployment.channels.map((channel) => (channel.ring ? { ...channel, ring: this.cluster.smallRing(channel.ring) } : channel));
    return { ...message, deployment: { ...message.deployment, channels } };
  }

  private ringEnds(pool: BatchPool, defect: Defect | undefined): RingEnds {
    const bell = (taskManager: number): Pick<Doorbell, 'ring'> => this.cluster.taskManagers[taskManager]!.host;
    return {
      output: (ring, consumer) => new RingOutputChannel({ ring, peer: bell(consumer), pool }),
      input: (ring, producer) => new DefectiveInput(new RingInputChannel({ ring, peer: bell(producer), pool }), defect),
    };
  }

  /** Every slot's program is ready after a while, or never when that is the fault planned. */
  private programs(): Programs {
    const { scheduler } = this.cluster;
    return {
      programOf: async (_slot, ordinal): Promise<JobProgram> => {
        const { world } = this.cluster.jobs[ordinal]!;
        if (scheduler.chance(0.5)) await new Promise<void>((resolve) => this.thread.clock.schedule(scheduler.random.next() * 20, resolve));
        world.strike(world.job.steps[0]!, 'program');
        return jobProgram(world, this.thread);
      },
      classesOf: () => registeredClasses,
      jobEnded: (ordinal) => scheduler.note(`${this.thread.name} knows the end of job ${ordinal}`),
    };
  }
}
