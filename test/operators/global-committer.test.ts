import { afterEach, describe, expect, it } from 'vitest';
import { type Sink, StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { NumberSequenceSource } from '../../src/connectors/sequence/number-sequence-source.js';
import { committableMessages } from '../../src/operators/committable-message.js';
import { GlobalCommits } from '../../src/operators/global-commits.js';
import { globalCommitterOperator } from '../../src/operators/global-committer.js';
import type { CommitRequest, SinkWriter } from '../../src/operators/sink.js';
import { sinkOperator } from '../../src/operators/sink-operator.js';
import { MiniCluster } from '../../src/testing/index.js';
import type { HarnessSnapshot } from '../../src/testing/harness-snapshot.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';

/** Commits that were asked for, each with everything that it was asked to commit. */
let commits: string[][] = [];
afterEach(() => void (commits = []));

const commit = (requests: readonly CommitRequest<string>[]): void => void commits.push(requests.map((request) => request.getCommittable()).sort());

/** Writers prepare how many records they have had since the checkpoint before. */
class Batches implements Sink<number, string> {
  createWriter({ runtime }: Parameters<Sink<number, string>['createWriter']>[0]): SinkWriter<number, string> {
    let count = 0;
    return {
      write: () => void count++,
      flush() {},
      prepareCommit() {
        const batch = `${runtime.getTaskInfo().getIndexOfThisSubtask()}:${count}`;
        count = 0;
        return [batch];
      },
    };
  }
  createGlobalCommitter() {
    return { commit };
  }
}

describe('a global committer', () => {
  const open = (restoreFrom?: HarnessSnapshot) => operatorHarness(globalCommitterOperator<string>(() => ({ commit })), restoreFrom ? { restoreFrom } : {}).open();

  it('commits everything that came before the barrier together, when the checkpoint is complete', async () => {
    const harness = await open();
    harness.push('a').push('b');
    await harness.snapshot(1);
    harness.push('c');
    expect(commits).toEqual([]);
    await harness.operator.notifyCheckpointComplete?.(1);
    expect(commits).toEqual([['a', 'b']]);
    await harness.snapshot(2);
    await harness.operator.notifyCheckpointComplete?.(2);
    expect(commits).toEqual([['a', 'b'], ['c']]);
  });

  it('commits what a snapshot holds before anything else when it goes on from there', async () => {
    const first = await open();
    first.push('a').push('b');
    const snapshot = await first.snapshot(1);
    first.push('lost with its attempt');
    await open(snapshot);
    expect(commits).toEqual([['a', 'b']]);
  });

  it('commits at the end of the input where there are no checkpoints', async () => {
    const harness = await open();
    harness.push('a').push('b');
    await harness.end();
    expect(commits).toEqual([['a', 'b']]);
  });
});

describe('a global committer behind those of the subtasks', () => {
  const told = (checkpointId: number, subtaskId: number, ...committables: string[]) => committableMessages(committables, { checkpointId, subtaskId, numberOfSubtasks: 2 });
  const open = (restoreFrom?: HarnessSnapshot) => operatorHarness(sinkOperator(new GlobalCommits<string>(() => ({ commit }))), restoreFrom ? { restoreFrom } : {}).open();
  type Harness = Awaited<ReturnType<typeof open>>;
  const push = async (harness: Harness, ...messages: ReturnType<typeof told>): Promise<void> => {
    for (const message of messages) harness.push(message);
    await harness.settle();
  };

  it('commits once all of a checkpoint has come of all subtasks, or something later, and the oldest first', async () => {
    const harness = await open();
    const [summary, a, b] = told(1, 0, 'a', 'b');
    await push(harness, summary!, a!, ...told(1, 1, 'c'));
    expect(commits).toEqual([]);
    await push(harness, b!);
    expect(commits).toEqual([['a', 'b', 'c']]);
    await push(harness, ...told(2, 1, 'd'), ...told(3, 1, 'e'), ...told(3, 0, 'f'));
    expect(commits.slice(1)).toEqual([['d'], ['e', 'f']]);
    await push(harness, ...told(4, 0), ...told(4, 1, 'g'));
    expect(commits.slice(3)).toEqual([['g']]);
    await harness.close();
  });

  it('commits what has come in part when a job goes on from there, and at the end of the input', async () => {
    const first = await open();
    await push(first, ...told(1, 0, 'a'));
    const snapshot = await first.snapshot(2);
    expect(commits).toEqual([]);
    const second = await open(snapshot);
    expect(commits).toEqual([['a']]);
    await push(second, ...told(2, 0, 'b'));
    await second.end();
    expect(commits).toEqual([['a'], ['b']]);
  });
});

describe('a sink with a global committer', () => {
  it.each(['with', 'without'])('beside one of each subtask gets what these have committed, all of it at once (%s checkpoints)', async (checkpoints) => {
    const single: string[] = [];
    const both: Sink<number, string> = Object.assign(new Batches(), {
      createCommitter: () => ({
        commit(requests: readonly CommitRequest<string>[]) {
          expect(commits).toEqual([]);
          single.push(...requests.map((request) => request.getCommittable()));
        },
      }),
    });
    const cluster = new MiniCluster();
    await cluster.run(async (env) => {
      if (checkpoints === 'with') env.enableCheckpointing('1 h');
      env.setParallelism(3);
      env.fromSource(new NumberSequenceSource(1, 30), WatermarkStrategy.noWatermarks<number>(), 'numbers').sinkTo(both).name('Both');
      expect(env.getStreamGraph(false).nodes.slice(1).map(({ name, parallelism }) => [name, parallelism])).toEqual([['Both: Writer', 3], ['Both: Committer', 3], ['Sink: Both: Global Committer', 1]]);
      await env.execute();
    });
    await cluster.close();
    expect(single.toSorted()).toEqual(['0:10', '1:10', '2:10']);
    expect(commits).toEqual([['0:10', '1:10', '2:10']]);
  });

  it('is two operators: as many writers as it is told, and one committer, which share name, uid and settings', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.fromElements(1).sinkTo(new Batches()).name('Batches').uid('batches').setParallelism(3).slotSharingGroup('out').disableChaining();
    const { nodes, edges } = env.getStreamGraph();
    expect(nodes.slice(1).map(({ name, uid, parallelism, slotSharingGroup, chaining }) => ({ name, uid, parallelism, slotSharingGroup, chaining }))).toEqual([
      { name: 'Batches: Writer', uid: 'batches', parallelism: 3, slotSharingGroup: 'out', chaining: 'NEVER' },
      { name: 'Sink: Batches: Global Committer', uid: 'Sink batches Global Committer', parallelism: 1, slotSharingGroup: 'out', chaining: 'NEVER' },
    ]);
    expect(edges.at(-1)).toMatchObject({ partitioning: 'RESCALE' });
  });

  it.each(['with', 'without'])('gets what all writers prepared for a checkpoint at once, and each of it once (%s checkpoints)', async (checkpoints) => {
    const cluster = new MiniCluster();
    await cluster.run(async (env) => {
      if (checkpoints === 'with') env.enableCheckpointing('1 h');
      env.setParallelism(3);
      env.fromSource(new NumberSequenceSource(1, 30), WatermarkStrategy.noWatermarks<number>(), 'numbers').sinkTo(new Batches());
      await env.execute();
    });
    await cluster.close();
    expect(commits).toEqual([['0:10', '1:10', '2:10']]);
  });
});
