/**
 * Jobs that go on from a savepoint with another program: other sources, another order, other chains.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CheckpointedFunction, DataGeneratorSource, type DataStream, type FunctionInitializationContext, type JobClient, type ListState,
  ListStateDescriptor, RichMapFunction, SavepointFormatType, type SingleOutputStreamOperator, type StreamExecutionEnvironment, WatermarkStrategy,
} from '../../src/index.js';
import { operatorIds } from '../../src/graph/operator-id.js';
import { MiniCluster } from '../../src/testing/index.js';
import { removeFolder } from '../remove-folder.js';

let folder: string;
let seen: unknown[];
/** What each operator found in its state, by its id. */
let found: Map<number, number[]>;
/** What each subtask was told of being restored, by the id of its operator. */
let restored: Map<number, boolean[]>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upgraded-'));
  seen = [];
  found = new Map();
  restored = new Map();
});
afterEach(() => removeFolder(folder));

/** Keeps its id in each subtask's list. */
const keeping = <T>(id: number) => class extends RichMapFunction<T, T> implements CheckpointedFunction {
  private kept!: ListState<number>;

  initializeState(context: FunctionInitializationContext): void {
    this.kept = context.getOperatorStateStore().getListState(new ListStateDescriptor<number>('state'));
    found.set(id, [...(found.get(id) ?? []), ...this.kept.get()]);
    restored.set(id, [...(restored.get(id) ?? []), context.isRestored()]);
  }

  snapshotState(): void {
    this.kept.update([id]);
  }

  map(value: T): T {
    return value;
  }
};

/** Runs a job from a savepoint, if one is given, until the test has done what it does. @param ignoring state of operators that are gone. */
async function withJob<R>(path: string | undefined, build: (env: StreamExecutionEnvironment) => void, use: (client: JobClient, cluster: MiniCluster) => Promise<R>, ignoring = false): Promise<R> {
  const cluster = new MiniCluster({ configuration: { 'parallelism.default': 2, 'execution.checkpointing.savepoint-dir': folder, ...(path === undefined ? {} : { 'execution.state-recovery.path': path, 'execution.state-recovery.ignore-unclaimed-state': ignoring }) } });
  try {
    return (await cluster.run(async (env) => {
      build(env);
      const client = await env.executeAsync();
      await cluster.atRest();
      return use(client, cluster);
    })) as R;
  } finally {
    await cluster.close();
  }
}

/** One number each 10 ms, from 0. */
const numbers = (env: StreamExecutionEnvironment, uid: string, count = Number.POSITIVE_INFINITY): DataStream<number> =>
  env.fromSource(new DataGeneratorSource((n) => n, count, 100), WatermarkStrategy.noWatermarks(), uid).uid(uid).setParallelism(1);
const maps = <T>(stream: DataStream<T>, ...ids: number[]): DataStream<T> => ids.reduce((before, id) => before.map(keeping<T>(id)).uid(`map ${id}`), stream);
const sink = <T>(stream: DataStream<T>): void => void stream.addSink((value) => void seen.push(value)).uid('sink').setParallelism(1);

describe.each([[false, 'CANONICAL'], [false, 'NATIVE'], [true, 'CANONICAL'], [true, 'NATIVE']] as const)('a savepoint that a job was stopped with (drained: %s, %s)', (drain, format) => {
  it('has the state of each operator for a program with other sources, in which they stand in another order and in other chains', async () => {
    const path = await withJob(undefined, (env) => {
      const [first, second, third] = [maps(numbers(env, 'numbers').rebalance(), 5, 1), [6], [4, 2]] as const;
      sink(maps(maps(first.keyBy((n) => n).map((n) => n), ...second).rebalance(), ...third).broadcast().map(keeping(3)).uid('map 3').rescale().map((n) => n));
    }, async (client, cluster) => {
      await cluster.clock.advance('100 ms');
      return client.stopWithSavepoint(drain, undefined, SavepointFormatType[format]);
    });
    expect([seen.length > 0, [...found.values()].flat()]).toEqual([true, []]);
    [seen, found] = [[], new Map()];
    await withJob(path, (env) => {
      const words = maps(numbers(env, 'words').map((n) => `word ${n}`), 1, 2).keyBy((word) => word).map((word) => word);
      sink(maps(maps(maps(words, 3).map(keeping(-1)).uid('new').rebalance(), 4), 5).broadcast().map(keeping(6)).uid('map 6'));
    }, async (client, cluster) => {
      await cluster.clock.advance('100 ms');
      await client.stopWithSavepoint(true);
    }, true);
    expect(seen).toContain('word 0');
    expect([...found].sort()).toEqual([[-1, []], [1, [1, 1]], [2, [2, 2]], [3, [3, 3]], [4, [4, 4]], [5, [5, 5]], [6, [6, 6]]]);
  });

  it('is where the same program reads on: each record once', async () => {
    const build = (env: StreamExecutionEnvironment): void => sink(maps(numbers(env, 'numbers', 40), 1));
    const path = await withJob(undefined, build, async (client, cluster) => {
      await cluster.clock.advance('100 ms');
      return client.stopWithSavepoint(drain, undefined, SavepointFormatType[format]);
    });
    expect(seen.length).toBeLessThan(40);
    await withJob(path, build, async (client, cluster) => {
      await cluster.clock.advance('1 min');
      await client.getJobExecutionResult();
    });
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });
});

describe('an operator that is given a uid', () => {
  it('finds its state by the id that it had before, and by its uid from then on', async () => {
    const build = (name: (stream: SingleOutputStreamOperator<number>) => SingleOutputStreamOperator<number>) => (env: StreamExecutionEnvironment): void => sink(name(numbers(env, 'numbers').map(keeping<number>(1)).setParallelism(1)));
    let id = '';
    let path = await withJob(undefined, (env) => {
      build((stream) => stream)(env);
      const plan = env.getStreamGraph(false);
      id = operatorIds(plan).get(plan.nodes.find((node) => node.name === 'Map')!.id)!;
    }, (client) => client.stopWithSavepoint(false));
    for (const name of [(stream) => stream.uid('kept').setUidHash(id), (stream) => stream.uid('kept')] satisfies Parameters<typeof build>[0][]) {
      found = new Map();
      path = await withJob(path, build(name), (client) => client.stopWithSavepoint(false));
      expect([...found]).toEqual([[1, [1]]]);
    }
  });
});

describe('an operator that the snapshot does not know', () => {
  it('is told that it begins, unless it is in one task with others that go on', async () => {
    const path = await withJob(undefined, (env) => sink(maps(numbers(env, 'numbers').rebalance(), 1)), (client) => client.stopWithSavepoint(false));
    restored = new Map();
    await withJob(path, (env) => sink(maps(maps(numbers(env, 'numbers').rebalance(), 1, 2).rebalance(), 3).rebalance()), (client) => client.cancel());
    expect([...restored].sort()).toEqual([[1, [true, true]], [2, [true, true]], [3, [false, false]]]);
  });
});

describe('an operator that had finished', () => {
  it('is not given input again: its records would be lost without a word', async () => {
    const two = (env: StreamExecutionEnvironment, few: DataStream<number>): void => {
      sink(few.map(keeping<number>(1)).uid('map 1').rebalance().union(numbers(env, 'numbers')));
    };
    const path = await withJob(undefined, (env) => two(env, env.fromElements(1, 2, 3).uid('few').rebalance()), async (client, cluster) => {
      await cluster.clock.advance('1 s');
      const savepoint = await client.triggerSavepoint();
      await client.cancel();
      return savepoint;
    });
    await expect(withJob(path, (env) => two(env, numbers(env, 'more')), (client) => client.cancel())).rejects.toMatchObject({
      code: 'STATE_INCOMPATIBLE', message: expect.stringMatching(/^"Map" had finished when the snapshot was taken, but gets input of "(Source: )?more", which had not$/) as string,
    });
  });
});
