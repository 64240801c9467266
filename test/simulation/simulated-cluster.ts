/**
 * The embedded cluster on simulated threads: the engine's own JobMaster and TaskManagers, joined by messages that are
 * cloned and delayed, rings of a few records and bells of our own.
 *
 * What is real: everything of `src/cluster` and `src/runtime` but the worker's script, MiniCluster and Doorbell.
 */
import { registeredClasses } from '../../src/core/class-registry.js';
import { Configuration } from '../../src/core/configuration.js';
import { KernelSpecialisation, ObjectReuse } from '../../src/core/options.js';
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
import type { SimulatedThread } from './scheduler.js';
import { SimulatedLoopHost } from './simulated-loop-host.js';
import type { World } from './world.js';

type Deploy = Extract<ToTaskManager, { type: 'deploy' }>;

/** Deliberate defects, to show that the checks notice. */
export type Defect = 'lost wake-up' | 'lost event' | 'lost record' | 'doubled batch';

export class SimulatedCluster {
  readonly master: JobMaster;
  readonly jobGraph: JobGraph;
  readonly jobThread: SimulatedThread;
  readonly taskManagers: SimulatedTaskManager[] = [];
  private readonly rings = new Map<SharedArrayBuffer, SharedArrayBuffer>();

  constructor(readonly world: World, taskManagers: number, defect?: Defect) {
    const { scheduler } = world;
    this.jobThread = scheduler.thread('JobMaster');
    for (let index = 0; index < taskManagers; index++) {
      this.taskManagers.push(new SimulatedTaskManager(this, index, defect));
    }
    const configuration = new Configuration().set(ObjectReuse, !scheduler.chance(0.1)).set(KernelSpecialisation, scheduler.chance(0.1));
    const program = jobProgram(world, this.jobThread);
    this.jobGraph = createJobGraph(program.graph, '0123456789abcdef0123456789abcdef');
    for (const [head] of this.jobGraph.vertices.map((vertex) => vertex.operators)) {
      // A task that another one calls directly shares its gate.
      const { inlets, parallelism } = world.job.steps[head!.nodeId - 1]!;
      if (inlets.length > 0 && (parallelism > 1 || inlets.some(({ from }) => world.job.steps[from - 1]!.parallelism > 1))) world.fedByChannels.add(head!.nodeId);
    }
    this.master = new JobMaster({
      program,
      jobGraph: this.jobGraph,
      ordinal: 0,
      taskManagers: this.taskManagers.map((taskManager) => taskManager.handle),
      configuration,
      clock: this.jobThread.clock,
      announceEnd: (job) => this.taskManagers.forEach(({ handle }) => handle.send({ type: 'job-ended', ordinal: 0, job })),
    });
    this.master.subscribe((event) => scheduler.note(event.type === 'job-status' ? `job ${event.status}` : `task ${event.vertexId.slice(0, 4)}/${event.subtask} ${event.state}`));
    this.jobThread.defer('start', () => this.master.start());
  }

  /** The TaskManager ends without a word; the JobMaster learns of it later. */
  lose(index: number): void {
    const taskManager = this.taskManagers[index]!;
    if (!taskManager.thread.alive) return;
    taskManager.thread.kill();
    this.jobThread.deliver(taskManager.thread.name, 'exit', () => this.master.taskManagerLost(index, new FlinkError('TASK_MANAGER_LOST', `TaskManager ${index} was lost`)));
  }

  /** The same ring for both sides, but a small one, so that it is full all the time. */
  smallRing(ring: SharedArrayBuffer): SharedArrayBuffer {
    const known = this.rings.get(ring) ?? allocateRing(this.world.scheduler.pick([1 << 10, 1 << 10, 1 << 11, 1 << 13]));
    this.rings.set(ring, known);
    return known;
  }
}

class SimulatedTaskManager {
  readonly thread: SimulatedThread;
  readonly host: SimulatedLoopHost;
  readonly handle: TaskManagerHandle;
  private readonly taskManager: TaskManager;

  constructor(private readonly cluster: SimulatedCluster, private readonly index: number, defect: Defect | undefined) {
    const { world } = cluster;
    const { scheduler } = world;
    this.thread = scheduler.thread(`TaskManager ${index}`);
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
      terminate: async () => {
        if (this.thread.alive) this.thread.kill();
      },
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
    this.cluster.jobThread.deliver(this.thread.name, label, () => this.cluster.master.receive(this.index, copy));
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
    const { world } = this.cluster;
    return {
      programOf: async (): Promise<JobProgram> => {
        if (world.scheduler.chance(0.5)) await new Promise<void>((resolve) => this.thread.clock.schedule(world.scheduler.random.next() * 20, resolve));
        world.strike(world.job.steps[0]!, 'program');
        return jobProgram(world, this.thread);
      },
      classesOf: () => registeredClasses,
      jobEnded: () => world.scheduler.note(`${this.thread.name} knows the end`),
    };
  }
}
