import { beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointSettings, checkpointSettings } from '../../src/checkpoint/checkpoint-settings.js';
import type { CompletedSnapshot } from '../../src/checkpoint/checkpoint-storage.js';
import { DirectoryStorage } from '../../src/checkpoint/directory-storage.js';
import { findLatestCheckpoint } from '../../src/checkpoint/latest-checkpoint.js';
import { MemoryStorage } from '../../src/checkpoint/memory-storage.js';
import { readSnapshot } from '../../src/checkpoint/snapshot-path.js';
import { Configuration } from '../../src/core/configuration.js';
import { FlinkError, serializeError } from '../../src/core/errors.js';
import { seededRandom } from '../../src/core/random.js';
import { JobCheckpoints, type JobCheckpointsOptions } from '../../src/cluster/job-checkpoints.js';
import type { ToTaskManager } from '../../src/cluster/messages.js';
import type { SnapshotMetrics } from '../../src/checkpoint/snapshot-metrics.js';
import type { OperatorSubtaskState } from '../../src/state/operator-snapshot.js';
import type { SnapshotFile } from '../../src/state/snapshot-files.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { sampleJobGraph } from '../checkpoint/job-graph-fixture.js';
import { MemoryFiles } from '../checkpoint/memory-files.js';
import { hexId, inline, JOB_ID, keyed } from '../checkpoint/snapshot-fixture.js';
import { settled } from '../runtime/chain-fixture.js';

const [SOURCE, COUNT] = [hexId(1), hexId(2)];
const GRAPH = sampleJobGraph([[SOURCE, 1], [COUNT, 1]], [[SOURCE, COUNT, 'HASH']]);
const METRICS: SnapshotMetrics = { startDelayMs: 1, alignmentMs: 2, syncMs: 3, asyncMs: 4, bytes: 10, fullBytes: 20, inFlightBytes: 0, unaligned: false };
const FOLDER = `/check/${JOB_ID}`;

let clock: ManualClock;
let files: MemoryFiles;
let checkpoints: JobCheckpoints;
let toTasks: ToTaskManager[];
let toAll: string[];
let failures: FlinkError[];
let reports: string[];
let notified: string[];
let saved: string[];
let enumerators: () => Map<string, SnapshotFile>;

function make(settings: Partial<CheckpointSettings> = {}, more: Partial<JobCheckpointsOptions> = {}): void {
  clock = new ManualClock(10_000);
  [toTasks, toAll, failures, notified, reports, saved] = [[], [], [], [], [], []];
  checkpoints = new JobCheckpoints({
    jobGraph: GRAPH, clock, random: seededRandom(1), restored: undefined,
    settings: { ...checkpointSettings(new Configuration(), true), intervalMs: 100, minPauseMs: 100, timeoutMs: 1000, ...settings },
    storage: new DirectoryStorage({ files, directory: '/check', savepointDirectory: undefined, jobId: JOB_ID, random: seededRandom(2), inlineBytesMax: 0 }),
    send: (_, message) => toTasks.push(message),
    tellAll: (message) => toAll.push(`${message.type} ${'checkpointId' in message ? message.checkpointId : ''}`),
    attemptOf: () => 3,
    enumerators: () => enumerators(),
    tellEnumerators: (id, outcome) => notified.push(`${id} ${outcome}`),
    stopping: () => toAll.push('stopping'),
    saved: (path) => saved.push(path),
    failJob: (error) => failures.push(error),
    report: (id, error) => reports.push(error ? `${id} failed: ${error.message}` : `${id} complete`),
    ...more,
  });
}

beforeEach(() => {
  files = new MemoryFiles();
  enumerators = () => new Map();
  make();
});

const tasks = [{ vertexId: SOURCE, subtask: 0 }, { vertexId: COUNT, subtask: 0 }];

function run(): void {
  checkpoints.jobStatus('RUNNING');
  for (const task of tasks) checkpoints.taskState(task, 'RUNNING');
}

function acknowledge(checkpointId: number, vertexId: string, state?: OperatorSubtaskState, attempt = 3): void {
  checkpoints.receive({
    type: 'checkpoint-acknowledged', jobId: JOB_ID, vertexId, subtask: 0, attempt, checkpointId, operators: state ? { [vertexId]: state } : {}, metrics: METRICS, finished: false,
  });
}

/** A checkpoint from its time to its end, the state of `Count` in a file of its own. */
async function complete(checkpointId: number): Promise<void> {
  clock.advance(100);
  await settled();
  await store(`${FOLDER}/chk-${checkpointId}/state`);
  acknowledge(checkpointId, SOURCE);
  acknowledge(checkpointId, COUNT, keyed(0, 127, { kind: 'file', scope: 'exclusive', name: 'state', size: 1, checksum: 0 }));
  await settled();
}

async function store(path: string): Promise<void> {
  const upload = await files.create(path);
  await upload.append(Uint8Array.of(0));
  await upload.publish();
}

const shared = (name: string): OperatorSubtaskState => keyed(0, 127, { kind: 'file', scope: 'shared', name, size: 1, checksum: 0 });

describe('checkpoints of a job', () => {
  it('are triggered at its sources, with what the tasks need to know', async () => {
    run();
    clock.advance(100);
    await settled();
    expect(toTasks).toEqual([{
      type: 'trigger-checkpoint', jobId: JOB_ID, vertexId: SOURCE, subtask: 0, attempt: 3,
      barrier: {
        checkpointId: 1, timestamp: 10_100,
        options: { kind: 'checkpoint', format: 'native', alignment: 'aligned', location: { storage: 'directory', exclusive: `${FOLDER}/chk-1`, shared: `${FOLDER}/shared`, taskOwned: `${FOLDER}/taskowned`, inlineBytesMax: 0 } },
      },
    }]);
  });

  it('hold what the tasks stored and what the enumerators kept, and can be read back', async () => {
    enumerators = () => new Map([[SOURCE, inline(5)]]);
    run();
    await complete(1);
    const { metadata } = await readSnapshot(`${FOLDER}/chk-1`, files);
    expect(metadata).toMatchObject({ checkpointId: 1, jobId: JOB_ID, kind: 'checkpoint', startedAt: 10_100, operators: [{ operatorId: SOURCE, enumerator: inline(5) }, { operatorId: COUNT, subtasks: [{ index: 0 }] }] });
  });

  it('of a job that goes on when the clock was set back count as later than the one it goes on from', async () => {
    run();
    await complete(1);
    const snapshot = await readSnapshot(`${FOLDER}/chk-1`, files);
    make({}, { restored: { snapshot: { ...snapshot, metadata: { ...snapshot.metadata, completedAt: 3_600_000 } }, claimed: true } });
    run();
    await complete(2);
    await complete(3);
    const completedAt = await Promise.all([2, 3].map(async (id) => (await readSnapshot(`${FOLDER}/chk-${id}`, files).catch(() => undefined))?.metadata.completedAt ?? 0));
    expect(completedAt).toEqual([0, 3_600_002]);
  });

  it('are told to tasks and enumerators when they are complete', async () => {
    run();
    await complete(1);
    expect([toAll, notified]).toEqual([['checkpoint-complete 1'], ['1 complete']]);
  });

  it('are deleted when a later one is complete', async () => {
    run();
    await complete(1);
    await complete(2);
    expect(await files.list(FOLDER)).toEqual(['chk-2', 'shared', 'taskowned']);
    expect(checkpoints.statistics().history.map(({ id, discarded }) => [id, discarded])).toEqual([[2, false], [1, true]]);
  });

  it('count only what the attempts say that run now', async () => {
    run();
    clock.advance(100);
    await settled();
    acknowledge(1, SOURCE, undefined, 2);
    acknowledge(1, COUNT, undefined, 3);
    await settled();
    expect(toAll).toEqual([]);
    acknowledge(1, SOURCE);
    await settled();
    expect(toAll).toEqual(['checkpoint-complete 1']);
  });

  it('that a task declines leave nothing, and say why', async () => {
    run();
    clock.advance(100);
    await settled();
    await store(`${FOLDER}/shared/new`);
    acknowledge(1, COUNT, shared('new'));
    checkpoints.receive({ type: 'checkpoint-declined', jobId: JOB_ID, vertexId: SOURCE, subtask: 0, attempt: 3, checkpointId: 1, reason: 'CHECKPOINT_ASYNC_EXCEPTION', error: serializeError(new Error('disk full')) });
    await settled();
    expect([toAll, notified, await files.list(FOLDER), files.files.size]).toEqual([['checkpoint-aborted 1'], ['1 aborted'], ['shared', 'taskowned'], 0]);
    expect(failures).toMatchObject([{ code: 'CHECKPOINT_FAILED', message: 'the checkpoint 1 failed, for a task could not store its state (CHECKPOINT_ASYNC_EXCEPTION): disk full' }]);
    expect(checkpoints.statistics().latest.failed).toMatchObject({ id: 1, status: 'FAILED', failureMessage: expect.stringContaining('disk full') });
  });

  it('that take too long are given up; what tasks store for them later is deleted', async () => {
    run();
    clock.advance(100);
    await settled();
    clock.advance(1000);
    await settled();
    expect(toAll).toEqual(['checkpoint-aborted 1']);
    await store(`${FOLDER}/chk-1/late`);
    acknowledge(1, COUNT, keyed(0, 1, { kind: 'file', scope: 'exclusive', name: 'late', size: 1, checksum: 0 }));
    await settled();
    expect(await files.list(FOLDER)).not.toContain('chk-1');
  });

  it('are told, those that fail with the reason, unless the job fails with them', async () => {
    make({ tolerableFailures: 1 });
    run();
    files.fails = (operation) => operation === 'makeFolder';
    clock.advance(100);
    await settled();
    files.fails = () => false;
    await complete(2);
    files.fails = (operation) => operation === 'makeFolder';
    for (let time = 0; time < 2; time++) {
      clock.advance(100);
      await settled();
    }
    expect(reports.map((text) => text.replace(/:.*/, ''))).toEqual(['1 failed', '2 complete', '3 failed']);
    expect(failures).toHaveLength(1);
  });

  it('whose place cannot be made say so', async () => {
    files.fails = (operation) => operation === 'makeFolder';
    run();
    clock.advance(100);
    await settled();
    expect(failures).toMatchObject([{ message: expect.stringMatching(/storage failed when it was started \(IO_EXCEPTION\): checkpoint storage could not makeFolder/) }]);
  });

  it('whose metadata cannot be stored leave no folder that could be taken for one', async () => {
    files.fails = (operation, path) => operation === 'publish' && path.endsWith('_metadata');
    run();
    await complete(1);
    expect([toAll, await files.list(FOLDER)]).toEqual([['checkpoint-aborted 1'], ['shared', 'taskowned']]);
    expect(failures).toMatchObject([{ message: expect.stringContaining('its metadata could not be stored') }]);
  });

  it('fail when an enumerator does, without a word to the tasks; the job runs on, and that is told', async () => {
    enumerators = () => {
      throw new TypeError('no state');
    };
    run();
    clock.advance(100);
    await settled();
    expect([toTasks, toAll, failures, reports]).toEqual([[], [], [], [expect.stringMatching(/^1 failed: .*\(TRIGGER_CHECKPOINT_FAILURE\): no state/)]]);
  });
});

describe('a job that restarts', () => {
  it('has nothing to go back to before the first checkpoint', () => {
    expect(checkpoints.latestRestore()).toBeUndefined();
  });

  it('goes back to the latest checkpoint', async () => {
    enumerators = () => new Map([[SOURCE, inline(5)]]);
    run();
    await complete(1);
    const restore = checkpoints.latestRestore()!(tasks[1]!);
    expect(restore).toMatchObject({ checkpointId: 1, exclusive: `${FOLDER}/chk-1`, shared: `${FOLDER}/shared`, finishedOperators: [] });
    expect([Object.keys(restore!.operators), checkpoints.enumeratorStates()]).toEqual([[COUNT], new Map([[SOURCE, inline(5)]])]);
  });

  it('waits for a checkpoint that is being published', async () => {
    run();
    clock.advance(100);
    await settled();
    acknowledge(1, SOURCE);
    acknowledge(1, COUNT);
    checkpoints.jobStatus('RESTARTING');
    const order: string[] = [];
    checkpoints.whenSettled(() => order.push(`from ${checkpoints.latestRestore()?.(tasks[0]!)?.checkpointId}`));
    expect(order).toEqual([]);
    await settled();
    expect(order).toEqual(['from 1']);
  });

  it('waits until a checkpoint that was published too late is gone', async () => {
    make({ tolerableFailures: 5 });
    run();
    await complete(1);
    clock.advance(100);
    await settled();
    acknowledge(2, SOURCE);
    acknowledge(2, COUNT);
    clock.advance(1000);
    checkpoints.jobStatus('RESTARTING');
    let from: [number | undefined, string[]] | undefined;
    checkpoints.whenSettled(() => (from = [checkpoints.latestRestore()?.(tasks[0]!)?.checkpointId, [...files.files.keys()]]));
    await settled();
    expect(from).toEqual([1, [`${FOLDER}/chk-1/state`, `${FOLDER}/chk-1/_metadata`]]);
  });

  it('does not go back to a savepoint, which deletes nothing and is told to nobody', async () => {
    run();
    await complete(1);
    const path = checkpoints.take({ kind: 'savepoint', format: 'canonical', directory: '/mine' }).then((snapshot) => snapshot.path);
    await settled();
    acknowledge(2, SOURCE);
    acknowledge(2, COUNT);
    expect(await path).toMatch(/^\/mine\/savepoint-abcdef-[0-9a-f]{12}$/);
    expect([checkpoints.latestRestore()!(tasks[0]!)!.checkpointId, toAll]).toEqual([1, ['checkpoint-complete 1']]);
  });
});

describe('a checkpoint that may be complete though storage said that it is not', () => {
  /** Publishing `_metadata` fails after it was done, and so does deleting it `times` times. */
  function undecided(times: number): void {
    const { create } = files;
    let left = times;
    files.create = async (path) => {
      const upload = await create.call(files, path);
      if (!path.endsWith('chk-2/_metadata')) return upload;
      return { ...upload, publish: () => upload.publish().then(() => Promise.reject(new FlinkError('CHECKPOINT_STORAGE', 'no answer'))) };
    };
    files.fails = (operation, path) => operation === 'remove' && path.endsWith('chk-2/_metadata') && left-- > 0;
  }

  it('is gone before the job goes back to an older one, however long storage does not answer', async () => {
    make({ tolerableFailures: 5 });
    undecided(3);
    run();
    await complete(1);
    await complete(2);
    checkpoints.jobStatus('RESTARTING');
    let restarted = false;
    checkpoints.whenSettled(() => (restarted = true));
    await settled();
    expect([restarted, files.files.has(`${FOLDER}/chk-2/_metadata`)]).toEqual([false, true]);
    for (let tries = 0; tries < 3; tries++) {
      clock.advance(1000);
      await settled();
    }
    expect([restarted, files.files.has(`${FOLDER}/chk-2/_metadata`), checkpoints.latestRestore()!(tasks[0]!)!.checkpointId]).toEqual([true, false, 1]);
  });

  it('does not keep a job from ending', async () => {
    make({ tolerableFailures: 5, retention: 'RETAIN_ON_CANCELLATION' });
    undecided(1000);
    run();
    await complete(1);
    await complete(2);
    checkpoints.jobStatus('CANCELED');
    await checkpoints.close('CANCELED');
    expect(clock.scheduled).toBe(0);
  });
});

describe('files that checkpoints share', () => {
  it('are deleted with the last that refers to them', async () => {
    run();
    for (const [id, name] of [[1, 'a'], [2, 'a'], [3, 'b']] as const) {
      clock.advance(100);
      await settled();
      await store(`${FOLDER}/shared/${name}`);
      acknowledge(id, SOURCE);
      acknowledge(id, COUNT, shared(name));
      await settled();
      expect(await files.list(`${FOLDER}/shared`)).toEqual([name]);
    }
  });
});

describe('a job that has ended', () => {
  it.each([
    ['FINISHED', 'RETAIN_ON_CANCELLATION', false], ['CANCELED', 'NO_EXTERNALIZED_CHECKPOINTS', false], ['CANCELED', 'DELETE_ON_CANCELLATION', false],
    ['CANCELED', 'RETAIN_ON_CANCELLATION', true], ['FAILED', 'NO_EXTERNALIZED_CHECKPOINTS', false], ['FAILED', 'DELETE_ON_CANCELLATION', true],
  ] as const)('%s with %s leaves its checkpoint: %s', async (status, retention, left) => {
    make({ retention });
    run();
    await complete(1);
    checkpoints.jobStatus(status);
    await checkpoints.close(status);
    expect(await files.list('/check')).toEqual(left ? [JOB_ID] : []);
    expect(clock.scheduled).toBe(0);
  });

  it('leaves its newest checkpoint when an older one cannot be deleted: whoever recovers it finds everything done', async () => {
    run();
    await complete(1);
    files.fails = (operation, path) => operation === 'remove' && path.includes('chk-1');
    await complete(2);
    checkpoints.jobStatus('FINISHED');
    const closed = checkpoints.close('FINISHED');
    for (let tries = 0; tries < 10; tries++) {
      clock.advance(1000);
      await settled();
    }
    await closed;
    expect((await findLatestCheckpoint('/check', GRAPH.jobName, files))?.metadata.checkpointId).toBe(2);
  });

  it('sweeps what checkpoints that were never completed have left', async () => {
    make({ retention: 'RETAIN_ON_CANCELLATION' });
    run();
    await complete(1);
    await store(`${FOLDER}/chk-9/half`);
    checkpoints.jobStatus('CANCELED');
    await checkpoints.close('CANCELED');
    expect(await files.list(FOLDER)).toEqual(['chk-1', 'shared', 'taskowned']);
  });
});

describe('a savepoint', () => {
  it('is refused when no directory is known, with what to do', async () => {
    run();
    const taken = checkpoints.take({ kind: 'savepoint', format: 'canonical' });
    await expect(taken).rejects.toMatchObject({ code: 'CONFIGURATION', hint: expect.stringContaining('execution.checkpointing.savepoint-dir') });
    expect(failures).toEqual([]);
  });

  it('is refused while tasks are missing', async () => {
    await expect(checkpoints.take({ kind: 'savepoint', format: 'canonical', directory: '/mine' })).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED', message: expect.stringContaining('not all tasks that it needs are running') });
  });

  it('goes into a directory also where checkpoints are in memory', async () => {
    make({}, { storage: new MemoryStorage({ files, savepointDirectory: '/saves', jobId: JOB_ID, random: seededRandom(2), inlineBytesMax: 0, maxStateBytes: 10 }) });
    run();
    const taken = checkpoints.take({ kind: 'savepoint', format: 'canonical' });
    await settled();
    for (const { vertexId } of tasks) acknowledge(1, vertexId);
    expect((await readSnapshot((await taken).path!, files)).metadata).toMatchObject({ kind: 'savepoint', checkpointId: 1 });
  });

  it('that ends the job says so to the tasks', async () => {
    run();
    void checkpoints.take({ kind: 'savepoint', format: 'canonical', directory: '/mine', stop: 'drain' });
    await settled();
    expect([toTasks[0], toAll]).toMatchObject([{ barrier: { options: { kind: 'savepoint', stop: 'drain', alignment: 'aligned' } } }, ['stopping']]);
  });
});

describe('a savepoint that the job ends with', () => {
  async function stopping(): Promise<CompletedSnapshot> {
    run();
    await complete(1);
    const taken = checkpoints.take({ kind: 'savepoint', format: 'canonical', directory: '/mine', stop: 'suspend' });
    await settled();
    for (const { vertexId } of tasks) acknowledge(2, vertexId);
    return taken;
  }

  it('is what a recovery finds when the process is killed then: sinks have committed what it covers', async () => {
    const { path } = await stopping();
    expect([(await findLatestCheckpoint('/check', GRAPH.jobName, files))?.path, await files.list(FOLDER)]).toEqual([path, ['chk-2', 'shared', 'taskowned']]);
  });

  it('is named when it is complete: the job does not restart any more', async () => {
    const { path } = await stopping();
    expect(saved).toEqual([path]);
  });

  it('is not found once the job has finished, and stays', async () => {
    const { path } = await stopping();
    checkpoints.jobStatus('FINISHED');
    await checkpoints.close('FINISHED');
    expect([await files.list('/check'), (await readSnapshot(path!, files)).metadata.checkpointId]).toEqual([[], 2]);
  });

  it('is not complete when no word of it can be left where a recovery looks', async () => {
    make({ tolerableFailures: 5 });
    files.fails = (operation, path) => operation === 'publish' && path.endsWith('_reference');
    await expect(stopping()).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' });
    expect([toAll, (await findLatestCheckpoint('/check', GRAPH.jobName, files))?.metadata.checkpointId, await files.list('/mine')]).toEqual([expect.not.arrayContaining(['checkpoint-complete 2']), 1, []]);
  });
});

describe('a job that was restored', () => {
  const restore = async (claimed: boolean): Promise<void> => {
    run();
    await complete(1);
    const snapshot = await readSnapshot(`${FOLDER}/chk-1`, files);
    make({}, {
      restored: { snapshot, claimed },
      storage: new DirectoryStorage({ files, directory: '/other', savepointDirectory: undefined, jobId: JOB_ID, random: seededRandom(2), inlineBytesMax: 0 }),
    });
  };

  it('goes back to that snapshot until it has a checkpoint of its own, and counts on from it', async () => {
    await restore(false);
    expect(checkpoints.latestRestore()!(tasks[1]!)).toMatchObject({ checkpointId: 1, exclusive: `${FOLDER}/chk-1` });
    expect(checkpoints.statistics()).toMatchObject({ counts: { restored: 1 }, latest: { restored: { id: 1, isSavepoint: false, externalPath: `${FOLDER}/chk-1` } } });
    run();
    await completeElsewhere(2);
    expect(checkpoints.latestRestore()!(tasks[1]!)).toMatchObject({ checkpointId: 2, exclusive: `/other/${JOB_ID}/chk-2` });
  });

  it('leaves the snapshot alone, unless it has claimed it', async () => {
    await restore(false);
    run();
    await completeElsewhere(2);
    expect(await files.list(FOLDER)).toContain('chk-1');
    files = new MemoryFiles();
    make();
    await restore(true);
    run();
    await completeElsewhere(2);
    expect(await files.list(FOLDER)).not.toContain('chk-1');
  });

  it('removes the folder of the job whose last checkpoint it has claimed, once nothing is left in it', async () => {
    await restore(true);
    await store(`${FOLDER}/shared/needed`);
    run();
    await completeElsewhere(2);
    expect(await files.list(FOLDER)).toEqual(['shared', 'taskowned']);
    files = new MemoryFiles();
    make();
    await restore(true);
    run();
    await completeElsewhere(2);
    expect(await files.list('/check')).toEqual([]);
  });

  it('is found by a recovery before it has a checkpoint of its own, by the snapshot that it was given, which stays', async () => {
    await restore(false);
    await checkpoints.prepare();
    expect(await findLatestCheckpoint('/other', GRAPH.jobName, files)).toMatchObject({ path: `${FOLDER}/chk-1`, reference: `/other/${JOB_ID}/chk-1` });
    run();
    await completeElsewhere(2);
    expect([await files.list(`/other/${JOB_ID}`), await files.list(FOLDER)]).toEqual([['chk-2', 'shared', 'taskowned'], ['chk-1', 'shared', 'taskowned']]);
  });

  it('takes over what was older, and says so in its checkpoints until it is gone', async () => {
    make({ retained: 2 });
    run();
    await complete(1);
    await complete(2);
    const [older, snapshot] = await Promise.all([1, 2].map((id) => readSnapshot(`${FOLDER}/chk-${id}`, files)));
    const storage = new DirectoryStorage({ files, directory: '/check', savepointDirectory: undefined, jobId: hexId(7), random: seededRandom(2), inlineBytesMax: 0 });
    make({ retained: 2 }, { storage, restored: { snapshot: snapshot!, claimed: true, older: [older!] } });
    run();
    await completeElsewhere(3);
    const { metadata } = await readSnapshot(`/check/${hexId(7)}/chk-3`, files);
    expect([metadata.predecessors, await files.list(FOLDER)]).toEqual([[1, 2].map((checkpointId) => ({ jobId: JOB_ID, checkpointId })), ['chk-2', 'shared', 'taskowned']]);
    await completeElsewhere(4);
    await completeElsewhere(5);
    expect([(await readSnapshot(`/check/${hexId(7)}/chk-5`, files)).metadata.predecessors, await files.list(FOLDER)]).toEqual([undefined, []]);
  });

  async function completeElsewhere(checkpointId: number): Promise<void> {
    clock.advance(100);
    await settled();
    for (const { vertexId } of tasks) acknowledge(checkpointId, vertexId);
    await settled();
  }
});

describe('statistics', () => {
  it('show how each subtask got through a checkpoint', async () => {
    run();
    clock.advance(100);
    await settled();
    clock.advance(7);
    acknowledge(1, COUNT);
    const [record] = checkpoints.statistics().history;
    expect(record).toMatchObject({ id: 1, status: 'IN_PROGRESS', checkpointType: 'CHECKPOINT', triggerTimestamp: 10_100, latestAckTimestamp: 10_107, numSubtasks: 2, numAcknowledgedSubtasks: 1, checkpointedSize: 10, stateSize: 20 });
    expect(record!.tasks[1]).toMatchObject({ id: COUNT, numAcknowledgedSubtasks: 1, subtasks: [{ index: 0, endToEndDuration: 7, syncMs: 3, asyncMs: 4, alignmentMs: 2, startDelayMs: 1 }] });
  });

  it('remember as many checkpoints as they are told to', async () => {
    make({ historySize: 2 });
    run();
    for (const id of [1, 2, 3, 4]) await complete(id);
    const { history, counts, summary } = checkpoints.statistics();
    expect([history.map(({ id }) => id), counts.completed, summary.stateSize]).toEqual([[4, 3], 4, expect.objectContaining({ min: 40, max: 40, p99: 40 })]);
  });
});
