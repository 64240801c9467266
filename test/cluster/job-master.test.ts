import { beforeEach, describe, expect, it } from 'vitest';
import type { FlinkError } from '../../src/core/errors.js';
import { Configuration } from '../../src/core/configuration.js';
import { serializeError } from '../../src/core/errors.js';
import { seededRandom } from '../../src/core/random.js';
import { CancellationTimeout, FailoverStrategy, FixedDelay, FixedDelayAttempts, RestartStrategyType } from '../../src/core/options.js';
import { createJobGraph } from '../../src/graph/translate.js';
import { jobClientOf } from '../../src/client/job-client.js';
import { JobMaster, type JobMasterOptions } from '../../src/cluster/job-master.js';
import type { AccumulatorPart, EndedJob, FromTaskManager, ToTaskManager } from '../../src/cluster/messages.js';
import type { JobEvent, JobResult } from '../../src/cluster/running-job.js';
import type { TaskManagerHandle } from '../../src/cluster/task-manager-thread.js';
import { Doorbell } from '../../src/runtime/exchange/doorbell.js';
import { encodeBatch } from '../../src/runtime/exchange/encoded-batch.js';
import type { Source } from '../../src/operators/source.js';
import type { TaskState } from '../../src/runtime/task-parts.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { batchOf } from '../runtime/exchange/records.js';
import { settled } from '../runtime/chain-fixture.js';
import { type Line, line } from './sample-jobs.js';

const JOB_ID = '0123456789abcdef0123456789abcdef';

let clock: ManualClock;
let sent: ToTaskManager[][];
let terminated: number[];
let handle: (taskManager: number) => TaskManagerHandle;
let refuses: (taskManager: number, message: ToTaskManager) => void;
let events: JobEvent[];
let job: Line;
let master: JobMaster;
let result: JobResult | undefined;
let announced: EndedJob[];

/** A source of two subtasks, map and sink chained to it: one vertex, subtask n on TaskManager n. */
beforeEach(() => {
  clock = new ManualClock(1_000_000);
  sent = [[], []];
  terminated = [];
  refuses = () => {};
  events = [];
  result = undefined;
  announced = [];
  job = line(undefined, { parallelism: 2 });
  handle = (index) => ({
    doorbell: Doorbell.allocate(),
    send: (message) => {
      refuses(index, message);
      sent[index]!.push(message);
    },
    terminate: async () => void terminated.push(index),
  });
  makeMaster();
});

function makeMaster(configuration = new Configuration(), more: Partial<JobMasterOptions> = {}): void {
  master = new JobMaster({
    program: job.program, ordinal: 0, clock, random: seededRandom(1), taskManagers: [handle(0), handle(1)],
    jobGraph: createJobGraph(job.program.graph, JOB_ID),
    configuration: configuration.set(CancellationTimeout, 500),
    announceEnd: (ended) => announced.push(ended),
    ...more,
  });
  master.subscribe((event) => events.push(event));
  void master.result.then((ended) => (result = ended));
}

const vertexId = (): string => master.snapshot().vertices[0]!.id;

function report(subtask: number, state: TaskState, more: { error?: Error; accumulators?: AccumulatorPart[]; attempt?: number } = {}): void {
  master.receive(subtask, {
    type: 'task-state', jobId: JOB_ID, vertexId: vertexId(), subtask, attempt: more.attempt ?? 0, state, accumulators: more.accumulators,
    ...(more.error ? { error: serializeError(more.error) } : {}),
  });
}

/** What it was told to do; questions change nothing. */
const types = (taskManager: number): string[] => sent[taskManager]!.map(({ type }) => type).filter((type) => type !== 'report-metrics');
const statuses = (): string[] => events.flatMap((event) => (event.type === 'job-status' ? [event.status] : []));

describe('the master of a job', () => {
  it('deploys to each TaskManager its own subtasks', () => {
    master.start();
    const deployed = sent.map(([message]) => (message as Extract<ToTaskManager, { type: 'deploy' }>).deployment.subtasks.map(({ subtask }) => subtask));
    expect([deployed, master.status()]).toEqual([[[0], [1]], 'RUNNING']);
  });

  it('ends the job when every task has finished, and announces it, for the copies of the program to go on', async () => {
    master.start();
    for (const state of ['INITIALIZING', 'RUNNING'] as const) for (const subtask of [0, 1]) report(subtask, state);
    report(0, 'FINISHED');
    await settled();
    expect(result).toBeUndefined();
    clock.advance(40);
    report(1, 'FINISHED');
    await settled();
    expect(result).toMatchObject({ jobId: JOB_ID, status: 'FINISHED', netRuntimeMs: 40, outputClosed: false });
    expect(result!.final.vertices[0]!.subtasks.map(({ state }) => state)).toEqual(['FINISHED', 'FINISHED']);
    expect([announced.length, statuses()]).toEqual([1, ['RUNNING', 'FINISHED']]);
    expect(clock.scheduled).toBe(0);
  });

  it('tells listeners of every state until they have had enough', () => {
    const heard: JobEvent[] = [];
    const stop = master.subscribe((event) => heard.push(event));
    master.start();
    stop();
    report(0, 'RUNNING');
    expect(heard).toHaveLength(events.length - 1);
    expect(events.at(-1)).toMatchObject({ type: 'execution-state', subtask: 0, state: 'RUNNING', time: 1_000_000 });
  });
});

describe('suspending a job', () => {
  it('says so at once, ends its tasks, and tells whoever waits for its result that another cluster goes on with it', async () => {
    master.start();
    master.suspend();
    expect([master.status(), types(0)]).toEqual(['SUSPENDED', ['deploy', 'cancel']]);
    report(0, 'CANCELED');
    report(1, 'CANCELED');
    await settled();
    expect(result).toMatchObject({ status: 'SUSPENDED' });
    expect(announced[0]!.error).toMatchObject({ code: 'JOB_SUSPENDED' });
    await expect(jobClientOf(master).getJobExecutionResult()).rejects.toMatchObject({ code: 'JOB_SUSPENDED' });
    expect(events.filter(({ type }) => type === 'job-status').at(-1)).toMatchObject({ status: 'SUSPENDED' });
  });
});

describe('cancelling a job', () => {
  it('before it has started deploys nothing', async () => {
    master.cancel();
    master.start();
    await settled();
    expect([result!.status, types(0)]).toEqual(['CANCELED', []]);
  });

  it('asks the tasks to stop and waits for them', async () => {
    master.start();
    master.cancel();
    master.cancel();
    expect(types(0)).toEqual(['deploy', 'cancel']);
    report(0, 'CANCELED');
    report(1, 'CANCELED');
    await settled();
    expect(result).toMatchObject({ status: 'CANCELED' });
    expect([result!.error, terminated, clock.scheduled]).toEqual([undefined, [], 0]);
    expect(announced[0]!.error).toMatchObject({ code: 'JOB_CANCELED' });
  });

  it('takes a task that finished or failed meanwhile for cancelled', async () => {
    master.start();
    master.cancel();
    report(0, 'FINISHED');
    report(1, 'FAILED', { error: new Error('interrupted') });
    await settled();
    expect([result!.status, result!.error]).toEqual(['CANCELED', undefined]);
  });

  it('stops the thread of a task that does not end in time, and no other', async () => {
    master.start();
    master.cancel();
    report(0, 'CANCELED');
    clock.advance(499);
    await settled();
    expect(terminated).toEqual([]);
    clock.advance(1);
    await settled();
    expect([terminated, result!.status, types(1)]).toEqual([[1], 'CANCELED', ['deploy', 'cancel']]);
  });

  it('is what becomes of it when nobody reads its output any more', async () => {
    master.start();
    master.outputClosed();
    report(0, 'CANCELED');
    report(1, 'CANCELED');
    await settled();
    expect(result).toMatchObject({ status: 'CANCELED', outputClosed: true });
  });
});

describe('a failing job', () => {
  it('cancels the other tasks and ends with the first failure', async () => {
    master.start();
    report(0, 'FAILED', { error: new Error('first') });
    expect([master.status(), types(1)]).toEqual(['FAILING', ['deploy', 'cancel']]);
    report(1, 'FAILED', { error: new Error('second') });
    await settled();
    expect(result).toMatchObject({ status: 'FAILED', error: { message: 'first' } });
  });

  it('ends with the error of a TaskManager that could not deploy', async () => {
    master.start();
    master.receive(0, { type: 'deploy-failed', jobId: JOB_ID, attempts: [{ vertexId: vertexId(), subtask: 0, attempt: 0 }], error: serializeError(new Error('another graph')) });
    report(1, 'CANCELED');
    await settled();
    expect(result).toMatchObject({ status: 'FAILED', error: { message: 'another graph' } });
  });

  it('ends when it cannot be deployed at all, cancelling what was', async () => {
    refuses = (taskManager, message) => {
      if (taskManager === 1 && message.type === 'deploy') throw new RangeError('out of memory');
    };
    master.start();
    expect(types(0)).toEqual(['deploy', 'cancel']);
    report(0, 'CANCELED');
    await settled();
    expect(result).toMatchObject({ status: 'FAILED', error: { message: 'out of memory' } });
  });

  it('stops the thread of a task that does not end in time', async () => {
    master.start();
    report(0, 'FAILED', { error: new Error('x') });
    clock.advance(500);
    await settled();
    expect([terminated, result!.status]).toEqual([[1], 'FAILED']);
  });

  it('ends with the loss of a TaskManager, to which nothing more is sent and from which nothing is taken', async () => {
    master.start();
    master.taskManagerLost(1, new Error('lost'));
    report(1, 'FINISHED');
    report(0, 'CANCELED');
    await settled();
    expect([result!.status, result!.error!.message, types(1)]).toEqual(['FAILED', 'lost', ['deploy']]);
  });

  it('is not what becomes of a job whose tasks there had finished', async () => {
    master.start();
    report(1, 'FINISHED');
    master.taskManagerLost(1, new Error('lost'));
    report(0, 'FINISHED');
    await settled();
    expect(result!.status).toBe('FINISHED');
  });

  it('can lose its TaskManager before it starts', async () => {
    master.taskManagerLost(0, new Error('early'));
    master.start();
    await settled();
    expect([result!.status, result!.error!.message]).toEqual(['FAILED', 'early']);
    expect(types(1)).not.toContain('deploy');
  });
});

describe('a job that restarts', () => {
  const deployments = (taskManager: number): Extract<ToTaskManager, { type: 'deploy' }>[] =>
    sent[taskManager]!.filter((message): message is Extract<ToTaskManager, { type: 'deploy' }> => message.type === 'deploy');
  const cancelled = (taskManager: number): unknown[] => sent[taskManager]!.flatMap((message) => (message.type === 'cancel' ? message.attempts.map(({ subtask, attempt }) => [subtask, attempt]) : []));

  /** Twice after a second. The two subtasks are regions of their own unless `scope` is `full`. */
  function restarting(scope: 'region' | 'full' = 'full', more: Partial<JobMasterOptions> = {}): void {
    makeMaster(new Configuration().set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, 2).set(FixedDelay, 1000).set(FailoverStrategy, scope), more);
    master.start();
  }

  it('runs new attempts of its tasks after the delay, when the old ones have ended, with functions of another run of the program', () => {
    restarting();
    report(0, 'FAILED', { error: new Error('x') });
    expect([master.status(), cancelled(1)]).toEqual(['RESTARTING', [[1, 0]]]);
    clock.advance(499);
    report(1, 'CANCELED');
    clock.advance(500);
    expect(deployments(0)).toHaveLength(1);
    clock.advance(1);
    const again = [0, 1].map((taskManager) => deployments(taskManager).map(({ run, deployment }) => [run, deployment.subtasks.map(({ subtask, attempt }) => [subtask, attempt])]));
    expect(again).toEqual([[[0, [[0, 0]]], [1, [[0, 1]]]], [[0, [[1, 0]]], [1, [[1, 1]]]]]);
    expect(master.status()).toBe('RUNNING');
  });

  it('waits with the restart for a task that is slow to end, and stops its thread when it does not', async () => {
    restarting('full', { replaceTaskManager: handle });
    report(0, 'FAILED', { error: new Error('x') });
    clock.advance(499);
    expect(terminated).toEqual([]);
    clock.advance(1);
    await settled();
    expect(terminated).toEqual([1]);
    clock.advance(500);
    expect(deployments(1)).toHaveLength(2);
  });

  it('restarts only what is connected with the task that failed', async () => {
    restarting('region');
    report(1, 'FAILED', { error: new Error('x') });
    clock.advance(1000);
    expect([deployments(0).length, deployments(1).length, cancelled(0)]).toEqual([1, 2, []]);
    for (const [subtask, attempt] of [[0, 0], [1, 1]] as const) for (const state of ['RUNNING', 'FINISHED'] as const) report(subtask, state, { attempt });
    await settled();
    expect(result!.status).toBe('FINISHED');
  });

  it('counts its tasks with their last attempt, and not those that failed', async () => {
    restarting();
    const lines = (value: number): AccumulatorPart[] => [{ name: 'lines', kind: 'IntCounter', value }];
    report(1, 'FINISHED', { accumulators: lines(1) });
    report(0, 'FAILED', { error: new Error('x'), accumulators: lines(10) });
    clock.advance(1000);
    report(0, 'FINISHED', { attempt: 1, accumulators: lines(100) });
    report(1, 'FINISHED', { attempt: 1, accumulators: lines(1000) });
    await settled();
    expect(result!.accumulators).toEqual({ lines: { kind: 'IntCounter', value: 1100 } });
  });

  it('runs on another TaskManager in place of one that was lost', async () => {
    const replaced: number[] = [];
    restarting('full', { replaceTaskManager: (index) => {
      replaced.push(index);
      return handle(index);
    } });
    master.taskManagerLost(1, new Error('lost'));
    report(0, 'CANCELED');
    expect(replaced).toEqual([]);
    clock.advance(1000);
    expect([replaced, deployments(1).length]).toEqual([[1], 2]);
    for (const subtask of [0, 1]) report(subtask, 'FINISHED', { attempt: 1 });
    await settled();
    expect([result!.status, clock.scheduled]).toEqual(['FINISHED', 0]);
  });

  it('takes nothing from readers of attempts that have been replaced', async () => {
    let readers: number[] = [];
    const source: Source<unknown> = {
      boundedness: 'BOUNDED',
      createReader: () => undefined as never,
      restoreEnumerator: () => undefined as never,
      createEnumerator: () => {
        readers = [];
        return { handleSplitRequest: () => {}, addSplitsBack: () => {}, addReader: (subtask) => void readers.push(subtask), snapshotState: () => undefined };
      },
    };
    job = line(undefined, { parallelism: 2, source });
    restarting();
    const register = (subtask: number, attempt: number): void => master.receive(subtask, { type: 'reader-registered', jobId: JOB_ID, vertexId: vertexId(), subtask, attempt });
    register(0, 0);
    await settled();
    expect(readers).toEqual([0]);
    report(0, 'FAILED', { error: new Error('x') });
    report(1, 'CANCELED');
    clock.advance(1000);
    register(0, 0);
    register(1, 1);
    await settled();
    expect(readers).toEqual([1]);
  });

  it('remembers its failures with what came along, newest first, and the attempts that others have replaced', async () => {
    restarting();
    const name = master.snapshot().vertices[0]!.name;
    report(0, 'FAILED', { error: new Error('first') });
    clock.advance(10);
    report(1, 'FAILED', { error: new Error('along') });
    clock.advance(990);
    clock.advance(5);
    report(1, 'FAILED', { attempt: 1, error: new Error('second') });
    const { exceptions, pastAttempts, restarts } = master.snapshot();
    expect(exceptions).toMatchObject([
      { error: { message: 'second' }, time: 1_001_005, task: { subtask: 1, attempt: 1, name }, concurrent: [] },
      { error: { message: 'first' }, time: 1_000_000, task: { subtask: 0, attempt: 0, name }, concurrent: [{ error: { message: 'along' }, task: { subtask: 1 } }] },
    ]);
    expect(pastAttempts).toMatchObject([
      { subtask: 0, attempt: 0, state: 'FAILED', startTime: 1_000_000, endTime: 1_000_000, error: { message: 'first' } },
      { subtask: 1, attempt: 0, state: 'CANCELED', startTime: 1_000_000, endTime: 1_000_010 },
    ]);
    // The second failure has brought about another one, which is still to come.
    expect(restarts).toBe(2);
  });

  it('knows when it and each attempt entered which state', () => {
    restarting();
    report(0, 'FAILED', { error: new Error('x') });
    clock.advance(10);
    report(1, 'CANCELED');
    clock.advance(990);
    clock.advance(7);
    report(1, 'RUNNING', { attempt: 1 });
    const { timestamps, vertices: [vertex], pastAttempts } = master.snapshot();
    expect(timestamps).toMatchObject({ CREATED: 1_000_000, RESTARTING: 1_000_000 });
    expect(timestamps.RUNNING).toBeGreaterThan(1_000_000);
    expect(timestamps.FINISHED).toBeUndefined();
    expect(vertex!.subtasks[1]!.timestamps).toMatchObject({ CREATED: timestamps.RUNNING, DEPLOYING: timestamps.RUNNING, RUNNING: timestamps.RUNNING! + 7 });
    expect(vertex!.subtasks[1]!.timestamps.CANCELED).toBeUndefined();
    expect(pastAttempts[1]).toMatchObject({ subtask: 1, attempt: 0, timestamps: { CREATED: 1_000_000, CANCELING: 1_000_000, CANCELED: 1_000_010 } });
  });

  it('can be cancelled while it waits, and does not start again', async () => {
    restarting();
    report(0, 'FAILED', { error: new Error('x') });
    report(1, 'CANCELED');
    master.cancel();
    clock.advance(5000);
    await settled();
    expect([result!.status, deployments(0).length]).toEqual(['CANCELED', 1]);
  });

  it('fails with the last failure when the strategy has had enough', async () => {
    restarting();
    for (const attempt of [0, 1, 2]) {
      report(0, 'FAILED', { attempt, error: new Error(`failure ${attempt}`) });
      report(1, 'CANCELED', { attempt });
      clock.advance(1000);
    }
    await settled();
    expect([result!.status, result!.error!.message]).toEqual(['FAILED', 'failure 2']);
  });
});

describe('what a job leaves behind', () => {
  it('is its accumulators, merged over the subtasks', async () => {
    master.start();
    report(0, 'FINISHED', { accumulators: [{ name: 'lines', kind: 'IntCounter', value: 3 }, { name: 'mine', kind: 'Custom', value: 'a' }] });
    report(1, 'FINISHED', { accumulators: [{ name: 'lines', kind: 'IntCounter', value: 4 }, { name: 'mine', kind: 'Custom', value: 'b' }] });
    await settled();
    expect(result!.accumulators).toEqual({ lines: { kind: 'IntCounter', value: 7 }, mine: { kind: 'Custom', value: ['a', 'b'] } });
    expect(announced[0]!.accumulators).toEqual({ lines: 7, mine: ['a', 'b'] });
  });

  it('is nothing when one name means two kinds of accumulator', async () => {
    master.start();
    report(0, 'FINISHED', { accumulators: [{ name: 'n', kind: 'IntCounter', value: 3 }] });
    report(1, 'FINISHED', { accumulators: [{ name: 'n', kind: 'Histogram', value: {} }] });
    await settled();
    expect(result!.status).toBe('FAILED');
    expect((result!.error as FlinkError).message).toMatch(/"n" is a IntCounter in one place and a Histogram in another/);
  });

  it('is what its collectors were handed, by reference or encoded', () => {
    master.start();
    const message: Omit<Extract<FromTaskManager, { type: 'collect' }>, 'values'> = { type: 'collect', jobId: JOB_ID, collectorId: 'all' };
    master.receive(0, { ...message, values: [{ n: 1 }] });
    master.receive(1, { ...message, values: encodeBatch(batchOf([{ n: 2 }, 'x'])) });
    master.receive(1, { ...message, collectorId: 'nobody', values: [1] });
    expect(job.collected).toEqual([{ n: 1 }, { n: 2 }, 'x']);
  });
});
