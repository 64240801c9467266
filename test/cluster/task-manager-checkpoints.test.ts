import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointBarrier, CheckpointOptions } from '../../src/core/checkpoint.js';
import { Configuration } from '../../src/core/configuration.js';
import { CheckpointInterval } from '../../src/core/options.js';
import { seededRandom } from '../../src/core/random.js';
import { registeredClasses } from '../../src/core/serialization/class-registry.js';
import { assignSlots } from '../../src/cluster/execution/slots.js';
import type { AttemptId } from '../../src/cluster/execution/execution-graph.js';
import type { FromTaskManager } from '../../src/cluster/messages.js';
import { planDeployments } from '../../src/cluster/plan-deployments.js';
import type { Programs } from '../../src/cluster/programs.js';
import { TaskManager } from '../../src/cluster/task-manager.js';
import type { JobGraph } from '../../src/graph/job-graph.js';
import { createJobGraph } from '../../src/graph/translate.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import type { Source, SourceReader } from '../../src/operators/source.js';
import type { JobProgram } from '../../src/program/job-program.js';
import type { TaskRestore } from '../../src/runtime/deployment.js';
import { BatchPool } from '../../src/runtime/exchange/batch-pool.js';
import { Doorbell } from '../../src/runtime/exchange/doorbell.js';
import { SoloLoopHost } from '../../src/runtime/task-loop.js';
import { allocateMetrics } from '../../src/runtime/task-metrics.js';
import { ListStateDescriptor } from '../../src/state/state-descriptor.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { type LineOptions, line } from './sample-jobs.js';

const JOB_ID = '0123456789abcdef0123456789abcdef';
const MEMORY: CheckpointOptions['location'] = { storage: 'memory', maxStateBytes: 1 << 20 };

type Acknowledged = Extract<FromTaskManager, { type: 'checkpoint-acknowledged' }>;

let told: FromTaskManager[];
let programs: Programs;
let taskManager: TaskManager;
let jobGraph: JobGraph;
let deployed: AttemptId[];
/** What the source has still to emit; what its reader was given when it was made again. */
let splits: unknown[];
let givenBack: unknown[];
let notified: string[];
let arrival = (): void => {};
let over: boolean;

/** Emits its splits one by one; a split is its own record. */
const source: Source<unknown> = {
  boundedness: 'BOUNDED',
  createReader(): SourceReader<unknown> {
    return {
      pollNext(output) {
        while (splits.length > 0 && !output.full) output.collect(splits.shift());
        return over ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      },
      isAvailable: () => new Promise((resolve) => (arrival = resolve)),
      addSplits: (added) => void givenBack.push(...added),
      notifyNoMoreSplits: () => {},
      snapshotState: (checkpointId) => [`rest at ${checkpointId}`],
      notifyCheckpointComplete: (checkpointId) => void notified.push(`reader ${checkpointId}`),
    };
  },
  createEnumerator: () => undefined as never,
  restoreEnumerator: () => undefined as never,
};

/** Adds up what comes and emits the sum so far; keeps the sum in a list. */
const summing: OperatorDefinition<number> = {
  instantiate({ output, operatorState, restoredCheckpointId }) {
    const state = operatorState.getListState(new ListStateDescriptor<number>('sums'));
    let sum = 0;
    return {
      inputs: [(value: number) => {
        sum += value;
        output.emit(sum, 0);
      }],
      open() {
        sum = state.get().reduce((total, part) => total + part, 0);
        notified.push(`restored ${restoredCheckpointId}: ${sum}`);
      },
      snapshotState: () => state.update([sum]),
      notifyCheckpointComplete: (checkpointId) => void notified.push(`operator ${checkpointId}`),
      finish: () => output.emit(-sum, 0),
    };
  },
};

beforeEach(() => {
  told = [];
  splits = [];
  givenBack = [];
  notified = [];
  over = false;
  arrival = () => {};
  taskManager = newTaskManager();
});

afterEach(() => taskManager.receive({ type: 'cancel', jobId: JOB_ID, attempts: deployed }));

function newTaskManager(): TaskManager {
  // Jobs of other tests may still have something to say.
  const mine = told;
  return new TaskManager(
    {
      clock: new ManualClock(5000), random: seededRandom(1), loop: new SoloLoopHost(), pool: new BatchPool(),
      rings: { output: () => undefined as never, input: () => undefined as never },
      print: () => {}, encodeCollected: (values) => values, send: (message) => void mine.push(message),
    },
    () => programs,
  );
}

interface DeployOptions extends LineOptions {
  readonly directCalls?: boolean;
  readonly checkpointing?: boolean;
  readonly restore?: TaskRestore;
}

/** Runs source → sum → collect and waits until it does. */
async function deploy(options: DeployOptions = {}): Promise<void> {
  const program: JobProgram = line(summing as OperatorDefinition<never>, { source, ...options }).program;
  programs = { programOf: () => Promise.resolve(program), classesOf: () => registeredClasses, jobEnded: () => {} };
  jobGraph = createJobGraph(program.graph, JOB_ID);
  deployed = jobGraph.vertices.flatMap(({ id, parallelism }) => Array.from({ length: parallelism }, (_, subtask) => ({ vertexId: id, subtask, attempt: 0 })));
  const [deployment] = planDeployments({
    jobGraph, slots: assignSlots(jobGraph, 1), doorbells: [Doorbell.allocate()], metrics: allocateMetrics(deployed.length), attempts: deployed,
    configuration: (options.checkpointing ?? true) ? new Configuration().set(CheckpointInterval, 1000) : new Configuration(), directCalls: options.directCalls ?? true,
  });
  const subtasks = deployment!.subtasks.map((subtask) => (options.restore ? { ...subtask, restore: options.restore } : subtask));
  taskManager.receive({ type: 'deploy', ordinal: 0, run: 0, streamGraph: program.graph, deployment: { ...deployment!, subtasks } });
  await until(() => of('task-state').filter(({ state }) => state === 'RUNNING').length === deployed.length);
}

function of<T extends FromTaskManager['type']>(type: T): Extract<FromTaskManager, { type: T }>[] {
  return told.filter((message): message is Extract<FromTaskManager, { type: T }> => message.type === type);
}

const collected = (): unknown[] => of('collect').flatMap(({ values }) => values as unknown[]);
const finished = (): number => of('task-state').filter(({ state }) => state === 'FINISHED').length;

async function until(what: () => boolean): Promise<void> {
  for (let turn = 0; !what(); turn++) {
    if (turn > 300) throw new Error(`it did not come to that: ${JSON.stringify(told)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function emit(...values: unknown[]): Promise<void> {
  const before = collected().length;
  splits.push(...values);
  arrival();
  await until(() => collected().length >= before + values.length);
}

function trigger(checkpointId: number, options: Partial<CheckpointOptions> = {}): void {
  const barrier: CheckpointBarrier = { checkpointId, timestamp: 4000, options: { kind: 'checkpoint', format: 'native', alignment: 'aligned', location: MEMORY, ...options } };
  taskManager.receive({ type: 'trigger-checkpoint', barrier, jobId: JOB_ID, vertexId: jobGraph.vertices[0]!.id, subtask: 0, attempt: 0 });
}

async function acknowledged(checkpointId: number, tasks: number): Promise<Acknowledged[]> {
  const found = (): Acknowledged[] => of('checkpoint-acknowledged').filter((message) => message.checkpointId === checkpointId);
  await until(() => found().length === tasks);
  return found();
}

/** What the next attempt goes on from. */
function restoreOf(acks: readonly Acknowledged[]): TaskRestore {
  return { checkpointId: acks[0]!.checkpointId, exclusive: undefined, shared: undefined, finishedOperators: [], operators: Object.assign({}, ...acks.map(({ operators }) => operators)) as TaskRestore['operators'] };
}

describe.each([
  ['in one task', {}, 1],
  ['in tasks that call each other', { chaining: 'HEAD', partitioning: 'REBALANCE' }, 2],
  ['in tasks with channels between them', { chaining: 'HEAD', partitioning: 'REBALANCE', directCalls: false }, 2],
] as const)('checkpoints of a job %s', (_, shape, tasks) => {
  it('let the job go on from where it was', async () => {
    await deploy(shape);
    await emit(1, 2);
    trigger(7);
    const acks = await acknowledged(7, tasks);
    expect(acks[0]!.metrics).toMatchObject({ startDelayMs: 1000, alignmentMs: 0, unaligned: false });
    await emit(10);
    expect(collected()).toEqual([1, 3, 13]);
    taskManager.receive({ type: 'cancel', jobId: JOB_ID, attempts: deployed });
    await until(() => of('task-state').filter(({ state }) => state === 'CANCELED').length === tasks);

    told = [];
    arrival = () => {};
    taskManager = newTaskManager();
    await deploy({ ...shape, restore: restoreOf(acks) });
    await emit(4);
    expect(collected()).toEqual([7]);
    expect([givenBack, notified]).toEqual([['rest at 7'], ['restored null: 0', 'restored 7: 3']]);
  });

  it('know of every split that was handed out before they were asked for', async () => {
    const known: unknown[] = [];
    const remembering: Source<unknown> = { ...source, createReader: (context) => ({ ...source.createReader(context), snapshotState: () => [known.push(...givenBack)] }) };
    await deploy({ ...shape, source: remembering });
    const toReader = { jobId: JOB_ID, vertexId: jobGraph.vertices[0]!.id, subtask: 0 };
    taskManager.receive({ type: 'add-splits', ...toReader, splits: ['before'] });
    trigger(1);
    taskManager.receive({ type: 'add-splits', ...toReader, splits: ['after'] });
    await acknowledged(1, tasks);
    expect(known).toEqual(['before']);
  });

  it('are told to readers and operators when they are complete', async () => {
    await deploy(shape);
    trigger(1);
    await acknowledged(1, tasks);
    taskManager.receive({ type: 'checkpoint-complete', jobId: JOB_ID, checkpointId: 1 });
    await until(() => notified.length === 3);
    expect(notified.slice(1).sort()).toEqual(['operator 1', 'reader 1']);
  });

  it('hold a job that has come to its end until one more is complete', async () => {
    await deploy(shape);
    await emit(5);
    over = true;
    arrival();
    await until(() => of('end-of-data').length === tasks);
    expect(collected()).toEqual([5, -5]);
    trigger(2);
    expect((await acknowledged(2, tasks)).map((ack) => ack.finished)).toEqual(Array.from({ length: tasks }, () => true));
    expect(finished()).toBe(0);
    taskManager.receive({ type: 'checkpoint-complete', jobId: JOB_ID, checkpointId: 2 });
    await until(() => finished() === tasks);
  });

  it('do not hold a job that takes none', async () => {
    await deploy({ ...shape, checkpointing: false });
    over = true;
    arrival();
    await until(() => finished() === tasks);
    expect(of('end-of-data')).toEqual([]);
  });

  it('stop the job as it stands, with a savepoint', async () => {
    await deploy(shape);
    await emit(5);
    trigger(3, { kind: 'savepoint', stop: 'suspend' });
    await acknowledged(3, tasks);
    splits.push(6);
    arrival();
    taskManager.receive({ type: 'checkpoint-complete', jobId: JOB_ID, checkpointId: 3 });
    await until(() => finished() === tasks);
    expect(collected()).toEqual([5]);
  });

  it('stop the job with all it has to give, when it drains', async () => {
    await deploy({ ...shape, checkpointing: false });
    await emit(5);
    trigger(3, { kind: 'savepoint', stop: 'drain' });
    await acknowledged(3, tasks);
    expect([collected(), finished()]).toEqual([[5, -5], 0]);
    taskManager.receive({ type: 'checkpoint-complete', jobId: JOB_ID, checkpointId: 3 });
    await until(() => finished() === tasks);
  });

  it('let operators that had finished end at once, without running again', async () => {
    const { graph } = line(summing as OperatorDefinition<never>, { source, ...shape }).program;
    const finishedOperators = createJobGraph(graph, JOB_ID).vertices.flatMap((vertex) => vertex.operators.map(({ operatorId }) => operatorId));
    splits = [1];
    await deploy({ ...shape, checkpointing: false, restore: { checkpointId: 4, exclusive: undefined, shared: undefined, operators: {}, finishedOperators } });
    await until(() => finished() === tasks);
    expect([notified, collected(), splits]).toEqual([[], [], [1]]);
  });
});

describe('a checkpoint that comes to nothing', () => {
  it('is declined with what went wrong, and the job goes on', async () => {
    await deploy();
    await emit(1);
    trigger(1, { location: { storage: 'memory', maxStateBytes: 0 } });
    await until(() => of('checkpoint-declined').length > 0);
    expect(of('checkpoint-declined')[0]).toMatchObject({ checkpointId: 1, reason: 'CHECKPOINT_ASYNC_EXCEPTION', error: { code: 'CHECKPOINT_FAILED' } });
    await emit(2);
    expect(collected()).toEqual([1, 3]);
  });

  it('is not acknowledged any more after it was aborted', async () => {
    await deploy();
    taskManager.receive({ type: 'checkpoint-aborted', jobId: JOB_ID, checkpointId: 1 });
    trigger(1);
    trigger(2);
    await acknowledged(2, 1);
    expect(of('checkpoint-acknowledged').map(({ checkpointId }) => checkpointId)).toEqual([2]);
  });
});

describe('barriers between several subtasks', () => {
  it('wait for each other in every subtask', async () => {
    await deploy({ parallelism: 3, partitioning: 'REBALANCE', chaining: 'HEAD' });
    await emit(1, 1, 1, 1);
    trigger(1);
    const acks = await acknowledged(1, 4);
    expect(new Set(acks.map(({ vertexId, subtask }) => `${vertexId}/${subtask}`)).size).toBe(4);
  });
});
