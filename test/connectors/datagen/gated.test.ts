import { expect, it } from 'vitest';
import {
  type CheckpointedFunction, type Collector, DataGeneratorSource, RateLimiterStrategy, RichFlatMapFunction, type StreamExecutionEnvironment, WatermarkStrategy,
} from '../../../src/index.js';
import { MiniCluster } from '../../../src/testing/index.js';

/** Passes on what comes before the first checkpoint. */
class BeforeFirstCheckpoint extends RichFlatMapFunction<number, number> implements CheckpointedFunction {
  private first = true;
  flatMap(value: number, out: Collector<number>): void {
    if (this.first) out.collect(value);
  }
  snapshotState(): void {
    this.first = false;
  }
  initializeState(): void {}
}

it('a generator that is held back by checkpoints lets out as much before the first as it may, and everything in the end', async () => {
  const cluster = new MiniCluster({ configuration: { 'parallelism.default': 4 } });
  let all = 0;
  const running = cluster.run((env: StreamExecutionEnvironment) => {
    env.enableCheckpointing(100);
    const source = new DataGeneratorSource((index) => index, 24, RateLimiterStrategy.perCheckpoint(8));
    return env.fromSource(source, WatermarkStrategy.noWatermarks(), 'Data Generator').map((value) => {
      all++;
      return value;
    }).flatMap(BeforeFirstCheckpoint);
  });
  let over = false;
  void running.finally(() => void (over = true)).catch(() => {});
  while (!over) await cluster.clock.advance(10);
  expect(await running).toHaveLength(8);
  expect(all).toBe(24);
  await cluster.close();
});
