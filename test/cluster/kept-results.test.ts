import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobClientOf } from '../../src/client/job-client.js';
import { MiniCluster } from '../../src/cluster/mini-cluster.js';
import type { RunningJob } from '../../src/cluster/running-job.js';
import { type DataStream, type SinkFunction, StreamExecutionEnvironment } from '../../src/index.js';
import { type PipelineExecutor, withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { ownFolderName } from '../../src/state/level/working-folder.js';
import { configurationOf } from '../../src/testing/test-configuration.js';
import { removeFolder } from '../remove-folder.js';

const KEYS = 5;
const RESTART = { 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 4, 'restart-strategy.fixed-delay.delay': '1 ms' };
let folder: string;
let cluster: MiniCluster;
let sums: Map<number, number>;
/** By source: how many records have left it. */
let left: Record<string, number>;
/** Called for each key. */
let onKey: (key: number) => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-results-'));
  sums = new Map();
  left = { low: 0, high: 0 };
  onKey = () => {};
});
afterEach(async () => {
  await cluster.close();
  await removeFolder(folder);
});

/** The numbers to 2000, of two sources, are summed by key; when a key is complete, `onKey` hears of it. */
function define(env: StreamExecutionEnvironment): void {
  const numbers = (name: string, from: number, to: number): DataStream<number> => env.fromSequence(from, to).map((n) => {
    left[name]! += 1;
    return n;
  });
  const sink: SinkFunction<[number, number]> = { invoke: ([key, sum]) => void sums.set(key, (sums.get(key) ?? 0) + sum) };
  numbers('low', 1, 1000).union(numbers('high', 1001, 2000)).keyBy((n) => n % KEYS).map((n): [number, number] => [n % KEYS, n]).keyBy(([key]) => key).process<[number, number]>({
    processElement: ([, n], context, out) => {
      if (n === context.getCurrentKey() + 1000) onKey(context.getCurrentKey());
      out.collect([context.getCurrentKey(), n]);
    },
  }).keyBy(([key]) => key).sum(1).addSink(sink);
}

async function start(parallelism: number, settings: Record<string, unknown> = RESTART): Promise<RunningJob> {
  const configuration = configurationOf({ 'execution.runtime-mode': 'BATCH', 'parallelism.default': parallelism, 'state.backend.level.localdir': folder, ...settings });
  cluster = MiniCluster.start({ configuration, workers: false });
  let submitted: RunningJob | undefined;
  const executor: PipelineExecutor = { configuration, execute: async (program) => jobClientOf((submitted = await cluster.submit(program))) };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(parallelism);
    define(env);
    await env.executeAsync('sums');
  });
  return submitted!;
}

function expectWholeSums(): void {
  const expected = new Map<number, number>();
  for (let n = 1; n <= 2000; n++) expected.set(n % KEYS, (expected.get(n % KEYS) ?? 0) + n);
  expect([...sums].sort(([a], [b]) => a - b)).toEqual([...expected].sort(([a], [b]) => a - b));
}

/** Files that are kept. */
function kept(): string[] {
  return readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)));
}

/** The number of the edge that the file is a channel of. */
function edgeOf(file: string): number {
  return Number(/edge-(\d+)-from-/.exec(file)![1]);
}

/** Throws for key 3, at most so often. */
function failing(times: number, before: () => void = () => {}): void {
  onKey = (key) => {
    if (key !== 3 || times-- <= 0) return;
    before();
    throw new Error('enough');
  };
}

describe.each([1, 2])('a batch job that may restart (parallelism %i)', (parallelism) => {
  it('reads its sources once, however often a task after them fails', async () => {
    failing(3);
    const job = await start(parallelism);
    expect((await job.result).status).toBe('FINISHED');
    expectWholeSums();
    expect(left).toEqual({ low: 1000, high: 1000 });
    expect(job.snapshot().restarts).toBe(3);
  });

  it.each([
    ['gone', (file: string) => rmSync(file)],
    ['cut off', (file: string) => truncateSync(file, 20)],
    ['changed', (file: string) => {
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(file, bytes);
    }],
  ])('makes a result that is %s again, and no other, and comes to the same sums', async (_what, harm) => {
    failing(1, () => {
      // What the first subtask of the first source has made, and what the task after it has made of that.
      const edges = [...new Set(kept().map(edgeOf))].sort((one, other) => one - other);
      for (const file of kept()) if ([edges[0], edges[2]].includes(edgeOf(file)) && file.includes('-from-0-')) harm(file);
    });
    const job = await start(parallelism);
    expect((await job.result).status).toBe('FINISHED');
    expectWholeSums();
    expect(left['low']! > 1000 && left['low']! <= 2000).toBe(true);
    expect(left['high']).toBe(1000);
    // For the failure, and for each of the two results.
    expect(job.snapshot().restarts).toBe(3);
  });

  it('fails in the end when its results are lost again and again', async () => {
    failing(Infinity, () => kept().forEach((file) => rmSync(file)));
    const job = await start(parallelism);
    expect((await job.result).status).toBe('FAILED');
    expect(job.snapshot().restarts).toBe(4);
  });

  it('fails with the reason where results cannot be written', async () => {
    onKey = () => readdirSync(folder).forEach((name) => rmSync(join(folder, name), { recursive: true }));
    const job = await start(parallelism);
    const { status, error } = await job.result;
    expect([status, error]).toMatchObject(['FAILED', { code: 'RESULT_STORE' }]);
    expect(job.snapshot().exceptions.map((each) => each.error.message).join()).toContain('could not be written');
  });

  it('leaves no files behind, however it ends', async () => {
    let during: string[] = [];
    for (const times of [0, Infinity]) {
      onKey = (key) => {
        during = kept();
        if (key === 3 && times > 0) throw new Error('enough');
      };
      const job = await start(parallelism);
      expect((await job.result).status).toBe(times === 0 ? 'FINISHED' : 'FAILED');
      expect(during.length).toBeGreaterThan(0);
      expect(readdirSync(folder)).toEqual([]);
      await cluster.close();
    }
    onKey = () => job.cancel();
    const job = await start(parallelism);
    expect((await job.result).status).toBe('CANCELED');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('deletes what a process that was killed has left there, and nothing of one that runs', async () => {
    const [dead, alive] = [ownFolderName('dead').replace(`${process.pid}`, '99999999'), ownFolderName('alive')];
    for (const name of [dead, alive]) mkdirSync(join(folder, name));
    const job = await start(parallelism);
    expect((await job.result).status).toBe('FINISHED');
    expect(readdirSync(folder)).toEqual([alive]);
  });

  it('keeps nothing when it may not restart, or only as a whole', async () => {
    for (const settings of [{ 'restart-strategy.type': 'none' }, { ...RESTART, 'jobmanager.execution.failover-strategy': 'full' }]) {
      sums.clear();
      onKey = () => expect(readdirSync(folder)).toEqual([]);
      const job = await start(parallelism, settings);
      expect((await job.result).status).toBe('FINISHED');
      expectWholeSums();
      await cluster.close();
    }
  });
});
