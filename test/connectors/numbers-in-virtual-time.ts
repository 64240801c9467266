/** A job over `count` numbers from 0, 1000 a second, with two of everything, on a clock that hurries. Resolves when it has finished. */
import { DataGeneratorSource, type DataStreamSource, type StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

export async function runNumbers(count: number, build: (env: StreamExecutionEnvironment, numbers: DataStreamSource<number>) => void): Promise<void> {
  const cluster = new MiniCluster({ configuration: { 'parallelism.default': 2 } });
  try {
    let over = false;
    const running = cluster.run(async (env) => {
      build(env, env.fromSource(new DataGeneratorSource((n) => n, count, 1_000), WatermarkStrategy.noWatermarks(), 'numbers'));
      await env.execute();
    }).finally(() => void (over = true));
    running.catch(() => {});
    for (let turn = 0; turn < 2_000 && !over; turn++) await cluster.clock.advance(5);
    await running;
  } finally {
    await cluster.close();
  }
}
