import { describe, expect, it } from 'vitest';
import { iterationHeadOperator, iterationTailOperator } from '../../src/operators/iteration.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { HarnessHost } from '../../src/testing/harness-host.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

describe.each(MODES)('a $mode iteration', ({ specialise }) => {
  const ends = async (maxWaitMs: number) => {
    const clock = new ManualClock();
    const host = new HarnessHost(clock);
    const head = await operatorHarness(iterationHeadOperator<number>('loop', maxWaitMs), { specialise, clock, host }).open();
    const tail = await operatorHarness(iterationTailOperator('loop'), { specialise, clock, host }).open();
    return { clock, head, tail };
  };

  it('lets in again at the head what the tail sends back, with its timestamp', async () => {
    const { head, tail } = await ends(0);
    head.push(1, 10);
    tail.push(2, 20);
    expect(head.output).toEqual([{ value: 1, timestamp: 10 }, { value: 2, timestamp: 20 }]);
    expect(tail.output).toEqual([]);
  });

  it('keeps watermarks out of the feedback', async () => {
    const { head, tail } = await ends(0);
    head.watermark(5);
    tail.watermark(5).idle(true);
    expect([head.watermarks, tail.watermarks, tail.statuses]).toEqual([[5], [], []]);
  });

  it('ends when no record came back for the time given', async () => {
    const { clock, head, tail } = await ends(100);
    let done = false;
    void Promise.resolve(head.operator.finish?.()).then(() => (done = true));
    clock.advance(60);
    tail.push(1);
    clock.advance(60);
    await Promise.resolve();
    expect(done).toBe(false);
    clock.advance(40);
    await Promise.resolve();
    expect(done).toBe(true);
    expect(head.values).toEqual([1]);
  });

  it('without a time given never ends by itself', async () => {
    const { clock, head } = await ends(0);
    let done = false;
    void Promise.resolve(head.operator.finish?.()).then(() => (done = true));
    clock.advance(1e9);
    await Promise.resolve();
    expect(done).toBe(false);
    await head.close();
  });
});
