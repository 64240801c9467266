/**
 * What a unit test of a job costs: little time, no port, no file.
 */
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
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
    // What it costs by itself: a machine that is busy with something else makes single runs slower.
    expect(Math.min(...times)).toBeLessThan(PROMISED_MS);
  });

  it('opens no port, no file, and leaves nothing that keeps the process alive', async () => {
    const made = new OwnResources();
    await made.by(async () => {
      const cluster = new MiniCluster();
      const job = await cluster.submit((env) => env.fromSource(TestStream.of<Sale>({ shop: 'a', amount: 1 })).keyBy('shop').window(TumblingProcessingTimeWindows.of('10 s')).sum('amount'));
      // Turns of the event loop are neither ports nor files.
      expect(made.alive().filter((kind) => kind !== 'Immediate')).toEqual([]);
      await job.cancel();
      await cluster.close();
    });
    expect(made.alive()).toEqual([]);
    expect(made.count).toBeGreaterThan(0);
  });
});

/** What one call asks Node for: timers, handles, requests. What the rest of the process has going on is left out. */
class OwnResources {
  count = 0;
  private readonly living = new Map<number, string>();

  async by(work: () => Promise<void>): Promise<void> {
    const scope = new AsyncLocalStorage<boolean>();
    const hook = createHook({
      init: (id, kind) => {
        if (!scope.getStore() || NO_RESOURCES.has(kind)) return;
        this.count++;
        this.living.set(id, kind);
      },
      destroy: (id) => void this.living.delete(id),
    });
    hook.enable();
    try {
      await scope.run(true, work);
      // The ends of what ended last are told in the next turns.
      for (let turn = 0; turn < 2; turn++) await scope.exit(() => new Promise((resolve) => void setImmediate(resolve)));
    } finally {
      hook.disable();
    }
  }

  /** Kinds of those that have not ended. */
  alive(): string[] {
    return [...this.living.values()].sort();
  }
}

/** What runs out by itself before the event loop comes round. */
const NO_RESOURCES: ReadonlySet<string> = new Set(['PROMISE', 'TickObject', 'Microtask']);
