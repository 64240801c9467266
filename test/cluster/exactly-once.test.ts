/**
 * Jobs that fail while they take checkpoints: state is as if nothing had happened.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import { Configuration } from '../../src/core/configuration.js';
import {
  AlignedCheckpointTimeout, CheckpointDirectory, CheckpointInterval, CheckpointMode, ExternalizedCheckpointRetentionOption, FixedDelay, FixedDelayAttempts,
  ForceUnalignedCheckpoints, IgnoredInFlightCheckpoint, MaxConcurrentCheckpoints, RestartStrategyType, RestorePath, UnalignedCheckpoints,
} from '../../src/core/options.js';
import { CollectionSource } from '../../src/connectors/collection/collection-source.js';
import { graphOf, operator, sink, source } from '../graph/sample-graph.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import type { Source } from '../../src/operators/source.js';
import type { EdgeFunction, JobProgram } from '../../src/program/job-program.js';
import { ListStateDescriptor } from '../../src/state/state-descriptor.js';
import { collectOperator } from '../../src/operators/collect.js';
import { removeFolder } from '../remove-folder.js';

const RECORDS = 20_000;
const FAILURES = 3;

let cluster: MiniCluster;
afterEach(() => cluster.close());

/** What happens over all attempts of a job. */
interface Story {
  completed: number;
  failures: number;
  /** What sums went on from. */
  readonly restored: number[];
  /** Records that came, those included that were forgotten by a failure. */
  records: number;
}

/** Adds up its records, slowly, keeps the sum in its state, fails after each of the first checkpoints, and tells the sum at the end. */
function summing(story: Story): OperatorDefinition<number> {
  return {
    instantiate({ output, operatorState, gate, clock }) {
      const state = operatorState.getListState(new ListStateDescriptor<number>('sums'));
      let sum = 0;
      return {
        inputs: [(value: number) => {
          if (story.failures < FAILURES && story.completed > story.failures) {
            story.failures++;
            throw new Error('enough');
          }
          story.records++;
          sum += value;
          if (story.records % 100 !== 0) return;
          gate.hold();
          clock.schedule(1, () => gate.release());
        }],
        open() {
          sum = state.get().reduce((total, part) => total + part, 0);
          story.restored.push(sum);
        },
        snapshotState: () => state.update([sum]),
        notifyCheckpointComplete: () => void (story.completed += 1),
        finish: () => output.emit(sum, 0),
      };
    },
  };
}

/** Source → (rebalanced) pass on → (by key) sum → collect. */
function job(parallelism: number, story: Story, custom = false): { program: JobProgram; sums: number[] } {
  const sums: number[] = [];
  const graph = graphOf(
    [source('Source: Numbers', { parallelism: 2, bufferTimeoutMs: 0 }), operator('Pass', { parallelism, bufferTimeoutMs: 0 }), operator('Sum', { parallelism }), sink('Sink: Collect', { parallelism: 1 })],
    [[1, 2, { partitioning: custom ? 'CUSTOM' : 'REBALANCE' }], [2, 3, { partitioning: 'HASH' }], [3, 4, { partitioning: 'REBALANCE' }]],
  );
  const pass: OperatorDefinition<number> = { instantiate: ({ output }) => ({ inputs: [output.emit as never] }) };
  const numbers = new CollectionSource(Array.from({ length: RECORDS }, (_, n) => n)) as Source<unknown>;
  return {
    sums,
    program: {
      graph,
      definitions: new Map([
        [1, { kind: 'source', source: numbers }],
        [2, { kind: 'operator', operator: pass as OperatorDefinition }],
        [3, { kind: 'operator', operator: summing(story) as OperatorDefinition }],
        [4, { kind: 'operator', operator: collectOperator('sums') as OperatorDefinition }],
      ]),
      edgeFunctions: new Map<number, EdgeFunction>([[0, { kind: 'custom', partition: (value: unknown, channels: number) => (value as number) % channels }], [1, { kind: 'key', keyOf: (value: unknown) => (value as number) % 97 }]]),
      collectors: new Map([['sums', (values: unknown[]) => void sums.push(...(values as number[]))]]),
    },
  };
}

describe('a job that fails again and again', () => {
  it.each([
    ['aligned', {}],
    ['unaligned', { unaligned: true }],
    ['unaligned, forced over a custom partitioner', { unaligned: true, custom: true }],
    ['aligned with a timeout', { unaligned: true, timeout: 1 }],
    ['at least once', { atLeastOnce: true }],
    ['several at once', { concurrent: 3 }],
  ] as const)('counts every record, with checkpoints that are %s', async (_, { unaligned, timeout, atLeastOnce, custom = false, concurrent = 1 }: { unaligned?: boolean; custom?: boolean; timeout?: number; atLeastOnce?: boolean; concurrent?: number }) => {
    const configuration = new Configuration().set(CheckpointInterval, 10).set(MaxConcurrentCheckpoints, concurrent).set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, 50).set(FixedDelay, 1);
    if (unaligned) configuration.set(UnalignedCheckpoints, true);
    if (custom) configuration.set(ForceUnalignedCheckpoints, true);
    if (timeout !== undefined) configuration.set(AlignedCheckpointTimeout, timeout);
    if (atLeastOnce) configuration.set(CheckpointMode, 'AT_LEAST_ONCE');
    cluster = MiniCluster.start({ configuration, workers: false });
    const story: Story = { completed: 0, failures: 0, restored: [], records: 0 };
    const { program, sums } = job(2, story, custom);
    const result = await (await cluster.submit(program)).result;
    expect(result.status).toBe('FINISHED');
    expect(story.failures).toBeGreaterThan(0);
    // It did not begin again.
    expect(story.restored.filter((sum) => sum > 0).length).toBeGreaterThan(0);
    const total = sums.reduce((sum, part) => sum + part, 0);
    const expected = (RECORDS * (RECORDS - 1)) / 2;
    if (atLeastOnce) expect(total).toBeGreaterThanOrEqual(expected);
    else expect(total).toBe(expected);
  });
});

describe('a job that is cancelled under pressure', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'flink-in-flight-'))));
  afterEach(() => removeFolder(folder));

  /** The latest checkpoint that a job leaves behind, with records in flight in it. */
  async function cancelled(configuration: Configuration): Promise<string> {
    cluster = MiniCluster.start({ configuration: configuration.set(ExternalizedCheckpointRetentionOption, 'RETAIN_ON_CANCELLATION'), workers: false });
    const { program } = job(2, { completed: 0, failures: FAILURES, restored: [], records: 0 });
    const running = await cluster.submit(program);
    for (;;) {
      const { completed } = running.checkpoints().latest;
      if (completed && completed.persistedData > 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    running.cancel();
    expect((await running.result).status).toBe('CANCELED');
    await cluster.close();
    return running.checkpoints().latest.completed!.externalPath!;
  }

  it.each([1, 2, 3])('goes on from an unaligned checkpoint with %i subtasks, each record counted once, those in flight included', async (parallelism) => {
    const configuration = new Configuration().set(CheckpointInterval, 10).set(UnalignedCheckpoints, true).set(CheckpointDirectory, folder);
    const path = await cancelled(configuration);
    const story: Story = { completed: 0, failures: FAILURES, restored: [], records: 0 };
    const again = new Configuration().set(CheckpointInterval, 10).set(UnalignedCheckpoints, true).set(CheckpointDirectory, folder).set(RestorePath, path);
    cluster = MiniCluster.start({ configuration: again, workers: false });
    const { program, sums } = job(parallelism, story);
    const result = await (await cluster.submit(program)).result;
    expect(result).toMatchObject({ status: 'FINISHED' });
    expect(sums.reduce((sum, part) => sum + part, 0)).toBe((RECORDS * (RECORDS - 1)) / 2);
    expect(story.restored.reduce((sum, part) => sum + part, 0)).toBeGreaterThan(0);
  });

  it('leaves out the records in flight of the one checkpoint that is named for it', async () => {
    const configuration = new Configuration().set(CheckpointInterval, 10).set(UnalignedCheckpoints, true).set(CheckpointDirectory, folder);
    const path = await cancelled(configuration);
    const id = Number(path.split('chk-')[1]);
    const sumWithout = async (ignored: number): Promise<number> => {
      const again = new Configuration().set(CheckpointDirectory, folder).set(RestorePath, path).set(IgnoredInFlightCheckpoint, ignored);
      cluster = MiniCluster.start({ configuration: again, workers: false });
      const { program, sums } = job(2, { completed: 0, failures: FAILURES, restored: [], records: 0 });
      expect(await (await cluster.submit(program)).result).toMatchObject({ status: 'FINISHED' });
      await cluster.close();
      return sums.reduce((sum, part) => sum + part, 0);
    };
    const all = (RECORDS * (RECORDS - 1)) / 2;
    expect(await sumWithout(id + 1)).toBe(all);
    expect(await sumWithout(id)).toBeLessThan(all);
  });
});
