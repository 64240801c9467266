import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataGeneratorSource, type JobClient, SavepointFormatType, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

describe('a program that holds its job', () => {
  let folder: string;
  let cluster: MiniCluster;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'job-client-'));
    cluster = new MiniCluster({ configuration: { 'execution.checkpointing.savepoint-dir': join(folder, 'default') } });
  });
  afterEach(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  /** Starts a job that does not end by itself, and does something with its client once it runs. */
  const withJob = <R>(use: (client: JobClient) => Promise<R>): Promise<R> => cluster.run(async (env) => {
    env.fromSource(new DataGeneratorSource((n) => n, Number.POSITIVE_INFINITY, 100), WatermarkStrategy.noWatermarks(), 'numbers').discardingSink();
    const client = await env.executeAsync();
    await cluster.atRest();
    return use(client);
  }) as Promise<R>;

  it('can take savepoints of it, where it likes or where the configuration says', async () => {
    const [named, other] = await withJob(async (client) => {
      const paths = [await client.triggerSavepoint(join(folder, 'named')), await client.triggerSavepoint(null, SavepointFormatType.NATIVE)];
      await client.cancel();
      return paths;
    });
    expect(named).toContain(join(folder, 'named', 'savepoint-'));
    expect(other).toContain(join(folder, 'default', 'savepoint-'));
  });

  it.each([false, true])('can stop it with a savepoint (drained: %s)', async (drain) => {
    const [path, name] = await withJob(async (client) => [await client.stopWithSavepoint(drain), (await client.getJobExecutionResult()).getJobName()]);
    expect([path!.startsWith(join(folder, 'default')), name]).toEqual([true, 'Flink Streaming Job']);
  });

  it('is told when it asks for a form that there is not', async () => {
    await withJob(async (client) => {
      await expect(client.triggerSavepoint(folder, 'LEGACY' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await client.cancel();
    });
  });
});
