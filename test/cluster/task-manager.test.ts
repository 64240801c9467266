import { beforeEach, describe, expect, it } from 'vitest';
import { registeredClasses } from '../../src/core/serialization/class-registry.js';
import { Configuration } from '../../src/core/configuration.js';
import { seededRandom } from '../../src/core/random.js';
import type { AttemptId } from '../../src/cluster/execution/execution-graph.js';
import { assignSlots } from '../../src/cluster/execution/slots.js';
import type { FromTaskManager, ToTaskManager } from '../../src/cluster/messages.js';
import { planDeployments } from '../../src/cluster/plan-deployments.js';
import type { Programs } from '../../src/cluster/programs.js';
import { TaskManager } from '../../src/cluster/task-manager.js';
import { createJobGraph } from '../../src/graph/translate.js';
import { RichMapFunction } from '../../src/operators/functions.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import type { Source, SourceReader, SourceReaderContext } from '../../src/operators/source.js';
import type { JobProgram } from '../../src/program/job-program.js';
import { BatchPool } from '../../src/runtime/exchange/batch-pool.js';
import { Doorbell } from '../../src/runtime/exchange/doorbell.js';
import { SoloLoopHost } from '../../src/runtime/task-loop.js';
import { allocateMetrics } from '../../src/runtime/task-metrics.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { deferred } from '../runtime/chain-fixture.js';
import { line } from './sample-jobs.js';

const JOB_ID = '0123456789abcdef0123456789abcdef';

let told: FromTaskManager[];
let programs: Programs;
let taskManager: TaskManager;
let readerCalls: string[];
let readerContext: SourceReaderContext;
let emit: unknown[];
let over: boolean;
let deployed: AttemptId[];

/** A reader that emits what the test puts into `emit`, and ends when `over`. */
const source: Source<unknown> = {
  boundedness: 'BOUNDED',
  createReader(context): SourceReader<unknown> {
    readerContext = context;
    let arrival = (): void => {};
    return {
      pollNext(output) {
        for (const value of emit.splice(0)) output.collect(value);
        return over ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      },
      isAvailable: () => new Promise((resolve) => (arrival = resolve)),
      addSplits(splits) {
        readerCalls.push(`splits ${splits.join()}`);
        emit.push(...splits);
        arrival();
      },
      notifyNoMoreSplits() {
        readerCalls.push('no more');
        over = true;
        arrival();
      },
      handleSourceEvent: (event) => void readerCalls.push(`event ${String(event)}`),
      snapshotState: () => [],
    };
  },
  createEnumerator: () => undefined as never,
  restoreEnumerator: () => undefined as never,
};

beforeEach(() => {
  told = [];
  readerCalls = [];
  emit = [];
  over = false;
  taskManager = new TaskManager(
    {
      clock: new ManualClock(1000), random: seededRandom(1), loop: new SoloLoopHost(), pool: new BatchPool(),
      rings: { output: () => undefined as never, input: () => undefined as never },
      print: () => {}, encodeCollected: (values) => values, send: (message) => void told.push(message),
    },
    () => programs,
  );
});

/** Tells the TaskManager to run the job; its own copy of the program is `copy`. */
function deploy(program: JobProgram, copy: Promise<JobProgram> = Promise.resolve(program)): void {
  programs = { programOf: () => copy, classesOf: () => registeredClasses, jobEnded: () => {} };
  const jobGraph = createJobGraph(program.graph, JOB_ID);
  const attempts = jobGraph.vertices.flatMap(({ id, parallelism }) => Array.from({ length: parallelism }, (_, subtask) => ({ vertexId: id, subtask, attempt: 0 })));
  deployed = attempts;
  const [deployment] = planDeployments({
    jobGraph, slots: assignSlots(jobGraph, 1), doorbells: [Doorbell.allocate()], metrics: allocateMetrics(4), attempts,
    configuration: new Configuration(), directCalls: true,
  });
  taskManager.receive({ type: 'deploy', ordinal: 0, run: 0, streamGraph: program.graph, deployment: deployment! });
}

function toReader(message: { type: 'add-splits'; splits: unknown[] } | { type: 'no-more-splits' } | { type: 'source-event'; event: unknown }): void {
  const readers = told.find((sent) => sent.type === 'reader-registered') as Extract<FromTaskManager, { type: 'reader-registered' }>;
  taskManager.receive({ ...message, jobId: JOB_ID, vertexId: readers.vertexId, subtask: 0 } as Exclude<ToTaskManager, { type: 'load' }>);
}

const states = (): string[] => told.flatMap((message) => (message.type === 'task-state' ? [message.state] : []));

async function until(what: () => boolean): Promise<void> {
  for (let turn = 0; !what(); turn++) {
    if (turn > 200) throw new Error(`it did not come to that: ${JSON.stringify(told)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a TaskManager', () => {
  it('runs what it is told to, carries messages to its readers, and reports states and results in order', async () => {
    deploy(line((n: number) => n + 1, { source }).program);
    await until(() => states().includes('RUNNING'));
    toReader({ type: 'source-event', event: 'hello' });
    toReader({ type: 'add-splits', splits: [1, 2] });
    toReader({ type: 'no-more-splits' });
    await until(() => states().includes('FINISHED'));
    expect(readerCalls).toEqual(['event hello', 'splits 1,2', 'no more']);
    expect(told.map((message) => (message.type === 'task-state' ? message.state : message.type))).toEqual(['reader-registered', 'INITIALIZING', 'RUNNING', 'collect', 'FINISHED']);
    expect(told.find(({ type }) => type === 'collect')).toMatchObject({ collectorId: 'all', values: [2, 3] });
  });

  it('carries what readers ask for to the JobManager', async () => {
    deploy(line(undefined, { source }).program);
    await until(() => states().includes('RUNNING'));
    readerContext.sendSplitRequest();
    readerContext.sendSourceEvent('question');
    expect(told.slice(-2)).toMatchObject([{ type: 'split-request', subtask: 0 }, { type: 'source-event', event: 'question' }]);
  });

  it('refuses a program that built another graph', async () => {
    deploy(line().program, Promise.resolve({ ...line().program, graph: { ...line().program.graph, nodes: line(undefined, { parallelism: 2 }).program.graph.nodes } }));
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ type: 'deploy-failed', error: { code: 'GRAPH_MISMATCH' } }]);
  });

  it('says why it could not deploy', async () => {
    deploy(line().program, Promise.reject(new Error('the bundle is gone')));
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ type: 'deploy-failed', error: { message: 'the bundle is gone' } }]);
  });

  it('runs nothing of a job that is cancelled while its program loads', async () => {
    const loading = deferred<JobProgram>();
    const { program } = line(undefined, { source });
    deploy(program, loading.promise);
    taskManager.receive({ type: 'cancel', jobId: JOB_ID, attempts: deployed });
    loading.resolve(program);
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ type: 'task-state', state: 'CANCELED' }]);
  });

  it('cancels a job, and forgets it', async () => {
    deploy(line(undefined, { source }).program);
    await until(() => states().includes('RUNNING'));
    taskManager.receive({ type: 'cancel', jobId: JOB_ID, attempts: deployed });
    await until(() => states().includes('CANCELED'));
    toReader({ type: 'add-splits', splits: [9] });
    taskManager.receive({ type: 'cancel', jobId: JOB_ID, attempts: deployed });
    await new Promise((resolve) => setImmediate(resolve));
    expect([readerCalls, states()]).toEqual([[], ['INITIALIZING', 'RUNNING', 'CANCELED']]);
  });

  it('reports the accumulators of a task with its end', async () => {
    class Counting extends RichMapFunction<unknown, unknown> {
      map(value: unknown): unknown {
        this.getRuntimeContext().getIntCounter('lines').add(1);
        return value;
      }
    }
    deploy(line(mapOperator(Counting) as OperatorDefinition as OperatorDefinition<never>, { source }).program);
    await until(() => states().includes('RUNNING'));
    toReader({ type: 'add-splits', splits: ['a', 'b'] });
    toReader({ type: 'no-more-splits' });
    await until(() => states().includes('FINISHED'));
    expect(told.at(-1)).toMatchObject({ state: 'FINISHED', accumulators: [{ name: 'lines', kind: 'IntCounter', value: 2 }] });
  });

  it('fails a task whose accumulator cannot travel', async () => {
    class Hoarding extends RichMapFunction<unknown, unknown> {
      override open(): void {
        this.getRuntimeContext().addAccumulator('functions', { kind: 'Mine', add: () => {}, getLocalValue: () => () => {}, merge: () => {}, resetLocal: () => {} } as never);
      }
      map(value: unknown): unknown {
        return value;
      }
    }
    deploy(line(mapOperator(Hoarding) as OperatorDefinition as OperatorDefinition<never>, { source }).program);
    await until(() => states().includes('RUNNING'));
    toReader({ type: 'no-more-splits' });
    await until(() => states().includes('FAILED'));
    expect(told.at(-1)).toMatchObject({ error: { code: 'RECORD_NOT_SERIALIZABLE', message: expect.stringContaining('"functions"') as string } });
  });
});
