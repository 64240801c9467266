/**
 * Jobs that are stopped with a savepoint and fail on the way.
 */
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointListener, DataGeneratorSource, type JobClient, RichMapFunction, type StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';
import { removeFolder } from '../remove-folder.js';

const NUMBERS = 40;
let folder: string;
let seen: number[];
let fail: (what: 'snapshot' | 'complete') => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stopped-'));
  seen = [];
  fail = () => {};
});
afterEach(() => removeFolder(folder));

class Failing extends RichMapFunction<number, number> implements CheckpointListener {
  map(n: number): number {
    return n;
  }
  initializeState(): void {}
  snapshotState(): void {
    fail('snapshot');
  }
  notifyCheckpointComplete(): void {
    fail('complete');
  }
}

function build(env: StreamExecutionEnvironment): void {
  env.fromSource(new DataGeneratorSource((n) => n, NUMBERS, 100), WatermarkStrategy.noWatermarks(), 'numbers').uid('numbers')
    .map(Failing).uid('failing').rebalance().addSink((n) => void seen.push(n)).uid('sink').setParallelism(2);
}

async function withJob<R>(path: string | undefined, use: (client: JobClient, cluster: MiniCluster) => Promise<R>): Promise<R> {
  const cluster = new MiniCluster({ configuration: {
    'execution.checkpointing.savepoint-dir': folder, 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 3, 'restart-strategy.fixed-delay.delay': '10 ms',
    ...(path === undefined ? {} : { 'execution.state-recovery.path': path }),
  } });
  try {
    return (await cluster.run(async (env) => {
      build(env);
      const client = await env.executeAsync();
      await cluster.clock.advance('100 ms');
      return use(client, cluster);
    })) as R;
  } finally {
    await cluster.close();
  }
}

const sorted = (): number[] => seen.toSorted((a, b) => a - b);

describe('a job that fails when the savepoint that it stops with is complete', () => {
  it.each([false, true])('has failed, whatever its restart strategy says, and goes on from the savepoint with each record once (drained: %s)', async (drain) => {
    const path = await withJob(undefined, async (client) => {
      fail = (what) => {
        if (what === 'complete') throw new Error('no commit');
      };
      const stopped: unknown = await client.stopWithSavepoint(drain).catch((error: unknown) => error);
      const [savepoint] = readdirSync(folder);
      expect(stopped).toMatchObject({ code: 'STOP_FAILED', message: expect.stringMatching(new RegExp(`^the savepoint ${folder}/${savepoint} is complete, but the job failed before it had stopped: .*no commit`)) as string });
      await expect(client.getJobExecutionResult()).rejects.toMatchObject({ code: 'STOP_FAILED' });
      expect(await client.getJobStatus()).toBe('FAILED');
      return join(folder, savepoint!);
    });
    fail = () => {};
    await withJob(path, async (client, cluster) => {
      await cluster.clock.advance('1 min');
      await client.getJobExecutionResult();
    });
    expect(sorted()).toEqual(Array.from({ length: NUMBERS }, (_, n) => n));
  });
});

describe('a job that fails while the savepoint that it stops with is taken', () => {
  it('starts again and runs on; there is no savepoint', async () => {
    await withJob(undefined, async (client, cluster) => {
      fail = (what) => {
        if (what === 'snapshot') throw new Error('no snapshot');
      };
      await expect(client.stopWithSavepoint(false)).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' });
      fail = () => {};
      await cluster.clock.advance('1 min');
      await client.getJobExecutionResult();
      expect(await client.getJobStatus()).toBe('FINISHED');
    });
    expect([new Set(seen).size, readdirSync(folder)]).toEqual([NUMBERS, []]);
  });
});
