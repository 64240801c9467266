/**
 * Streams whose records are kept for later jobs of the program.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../src/connectors/cache/cached-result.js';
import { type CachedDataStream, type DataStream, OutputTag, type StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

let cluster: MiniCluster;
let computed: number;
beforeEach(() => {
  computed = 0;
  cluster = new MiniCluster({ configuration: { 'parallelism.default': 2, 'execution.runtime-mode': 'BATCH' } });
});
afterEach(() => cluster.close());

/** Tens of the numbers from 1 to 9, cached; how many were computed is counted. */
const tens = (env: StreamExecutionEnvironment): CachedDataStream<number> => env.fromSequence(1, 9).map((n) => {
  computed++;
  return n * 10;
}).name('Tens').cache();

const TENS = [10, 20, 30, 40, 50, 60, 70, 80, 90];

/** Runs a job that gathers the stream. */
async function gather<T>(stream: DataStream<T>): Promise<T[]> {
  const results: T[] = [];
  for await (const record of stream.executeAndCollect()) results.push(record);
  return results.sort();
}

const run = (program: (env: StreamExecutionEnvironment) => Promise<void>): Promise<void> => cluster.run(async (env) => {
  await program(env);
  await env.close();
});
/** What is on the disk of this process's caches. */
const kept = (): string[] => {
  const folder = dirname(cacheFolder('0', '0'));
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('a cached stream', () => {
  it('is computed by the first job that reads it, and read by the others', () => run(async (env) => {
    const cached = tens(env);
    expect(await gather(cached.map((n) => n + 1))).toEqual(TENS.map((n) => n + 1));
    expect(computed).toBe(9);
    expect(await gather(cached)).toEqual(TENS);
    expect(await gather(cached.filter((n) => n > 50))).toEqual([60, 70, 80, 90]);
    expect(computed).toBe(9);
  }));

  it('is computed once for several readers in one job', () => run(async (env) => {
    const cached = tens(env);
    expect(await gather(cached.union(cached.map((n) => -n)))).toHaveLength(18);
    expect(await gather(cached.union(cached.map((n) => -n)))).toHaveLength(18);
    expect(computed).toBe(9);
  }));

  it('is computed anew, and kept again, when it was invalidated', () => run(async (env) => {
    const cached = tens(env);
    await gather(cached);
    expect(kept()).toHaveLength(1);
    await cached.invalidate();
    expect(kept()).toEqual([]);
    expect(await gather(cached)).toEqual(TENS);
    expect(await gather(cached)).toEqual(TENS);
    expect(computed).toBe(18);
  }));

  it('keeps timestamps, and values of every kind', () => run(async (env) => {
    const stamped = env.fromElements({ at: 3, big: 7n, text: 'ä€' }, { at: 5, big: 8n, text: '' })
      .assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<{ at: number; big: bigint; text: string }>().withTimestampAssigner(({ at }) => at)).cache();
    const shown = (): DataStream<string> => stamped.process<string>(({ big, text }, context, out) => out.collect(`${String(big)} ${text} at ${context.timestamp()}`));
    const first = await gather(shown());
    expect(first).toEqual(['7 ä€ at 3', '8  at 5']);
    expect(await gather(shown())).toEqual(first);
  }));

  it('may be larger than a frame of its file', () => run(async (env) => {
    const cached = env.fromSequence(1, 40_000).map((n) => `record ${n}`).cache();
    const first = await gather(cached);
    expect(first).toHaveLength(40_000);
    expect(await gather(cached)).toEqual(first);
  }));

  it('may be a side output', () => run(async (env) => {
    const odd = new OutputTag<number>('odd');
    const split = env.fromSequence(1, 9).process<number>((n, context, out) => {
      computed++;
      if (n % 2 === 1) context.output(odd, n);
      else out.collect(n);
    });
    const cached = split.getSideOutput(odd).cache();
    expect(await gather(cached)).toEqual([1, 3, 5, 7, 9]);
    expect(await gather(cached)).toEqual([1, 3, 5, 7, 9]);
    expect(computed).toBe(9);
  }));

  it('is a sink behind its operator in the first job, and a source of the same parallelism in the others', () => run(async (env) => {
    const cached = env.fromSequence(1, 9).map((n) => n).setParallelism(3).cache();
    const names = (): string[] => {
      cached.map((n) => n).name('Next');
      return env.getStreamGraph().nodes.map(({ name, parallelism }) => `${name} ${parallelism}`);
    };
    expect(names()).toEqual(['Source: Sequence Source 2', 'Map 3', 'Sink: CacheWrite 3', 'Next 2']);
    await gather(cached);
    expect(names()).toEqual(['Source: CacheRead 3', 'Next 2']);
  }));
});

describe('what is kept', () => {
  it('is nothing of a job that fails, which the program may then try again', () => run(async (env) => {
    let broken = true;
    const cached = env.fromSequence(1, 9).map((n) => {
      if (broken && n === 9) throw new Error('not yet');
      return n;
    }).cache();
    await expect(gather(cached)).rejects.toThrow('not yet');
    expect(kept()).toEqual([]);
    broken = false;
    expect(await gather(cached)).toHaveLength(9);
  }));

  it('counts when the program has waited for its job', () => run(async (env) => {
    const cached = tens(env);
    cached.discardingSink();
    const client = await env.executeAsync();
    await client.getJobExecutionResult();
    await gather(cached);
    expect(computed).toBe(9);
  }));

  it('is nothing in streaming mode, which reads what was kept before', () => run(async (env) => {
    const cached = tens(env.setRuntimeMode('STREAMING'));
    await gather(cached);
    await gather(cached);
    expect([computed, kept()]).toEqual([18, []]);
    env.setRuntimeMode('BATCH');
    await gather(cached);
    env.setRuntimeMode('STREAMING');
    expect(await gather(cached)).toEqual(TENS);
    expect(computed).toBe(27);
  }));

  it('goes when the environment is closed', async () => {
    await run(async (env) => {
      await gather(tens(env));
      expect(kept()).toHaveLength(1);
    });
    expect(kept()).toEqual([]);
  });

  it('is computed anew when somebody else has deleted it', () => run(async (env) => {
    const cached = tens(env);
    await gather(cached);
    rmSync(dirname(cacheFolder('0', '0')), { recursive: true });
    expect(await gather(cached)).toEqual(TENS);
    expect(await gather(cached)).toEqual(TENS);
    expect(computed).toBe(18);
  }));

  it('has a name, by which it can be deleted, too', () => run(async (env) => {
    const cached = tens(env);
    expect(env.listCompletedClusterDatasets()).toEqual([]);
    await gather(cached);
    const [id, ...others] = env.listCompletedClusterDatasets();
    expect(others).toEqual([]);
    await env.invalidateClusterDataset(id!);
    await env.invalidateClusterDataset('another');
    expect([env.listCompletedClusterDatasets(), kept()]).toEqual([[], []]);
  }));
});
