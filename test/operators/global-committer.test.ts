import { afterEach, describe, expect, it } from 'vitest';
import { FlinkError, type Sink, StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { NumberSequenceSource } from '../../src/connectors/sequence/number-sequence-source.js';
import { globalCommitterOperator } from '../../src/operators/global-committer.js';
import type { CommitRequest, SinkWriter } from '../../src/operators/sink.js';
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

describe('a sink with a global committer', () => {
  it('is refused a committer of each subtask beside it', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const both: Sink<number, string> = Object.assign(new Batches(), { createCommitter: () => ({ commit }) });
    expect(() => env.fromElements(1).sinkTo(both)).toThrow(FlinkError);
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
