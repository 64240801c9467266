/**
 * What a unit test of a job costs: little time, no port, no file.
 */
import { describe, expect, it } from 'vitest';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/index.js';
import { MiniCluster, TestStream } from '../../src/testing/index.js';

interface Sale { readonly shop: string; readonly amount: number }

const RUNS = 15;
const PROMISED_MS = 50;

async function keyedAndWindowed(): Promise<void> {
  const cluster = new MiniCluster();
  const sales = TestStream.of<Sale>().record({ shop: 'a', amount: 1 }, 1_000).record({ shop: 'b', amount: 2 }, 2_000).record({ shop: 'a', amount: 4 }, 3_000).watermark(10_000)
    .record({ shop: 'a', amount: 8 }, 11_000).advance('10 s').end();
  const totals = await cluster.run((env) => {
    const byShop = env.fromSource(sales).keyBy('shop');
    return { event: byShop.window(TumblingEventTimeWindows.of('10 s')).sum('amount'), processing: byShop.window(TumblingProcessingTimeWindows.of('10 s')).sum('amount') };
  });
  expect(totals.event.map(({ shop, amount }) => `${shop}${amount}`)).toEqual(['a5', 'b2', 'a8']);
  expect(totals.processing.map(({ shop, amount }) => `${shop}${amount}`)).toEqual(['a13', 'b2']);
  await cluster.close();
}

describe('a unit test of a keyed, windowed job', () => {
  it(`takes less than ${PROMISED_MS} ms`, async () => {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      await keyedAndWindowed();
      times.push(performance.now() - start);
    }
    const median = times.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
    expect(median).toBeLessThan(PROMISED_MS);
  });

  it('opens no port, no file, and leaves nothing that keeps the process alive', async () => {
    const before = process.getActiveResourcesInfo().sort();
    const cluster = new MiniCluster();
    const job = await cluster.submit((env) => env.fromSource(TestStream.of<Sale>({ shop: 'a', amount: 1 })).keyBy('shop').window(TumblingProcessingTimeWindows.of('10 s')).sum('amount'));
    expect(kinds(process.getActiveResourcesInfo())).toEqual(kinds(before));
    await job.cancel();
    await cluster.close();
    expect(process.getActiveResourcesInfo().sort()).toEqual(before);
  });
});

/** Turns of the event loop are neither ports nor files. */
function kinds(resources: readonly string[]): string[] {
  return resources.filter((kind) => kind !== 'Immediate').sort();
}
