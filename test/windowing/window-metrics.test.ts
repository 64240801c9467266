import { describe, expect, it } from 'vitest';
import { readMetrics } from '../../src/runtime/operator-metrics.js';
import type { OperatorHarness } from '../../src/testing/operator-harness.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { gathered, type HarnessSettings, type Item, windows } from './windows.js';

const gauge = (harness: OperatorHarness<string>, name: string): unknown => readMetrics([harness.runtime])[0]!.operators[0]!.metrics[name];
const open = (harness: OperatorHarness<string>): unknown => gauge(harness, 'numOpenWindows');

/** Elements of the keys a and b at 1, 2 and 12. */
async function filled(settings: HarnessSettings<never>): Promise<OperatorHarness<string>> {
  const harness = windows(settings);
  await harness.open();
  for (const [key, at] of [['a', 1], ['b', 2], ['a', 12]] as const) harness.push([key, at] satisfies Item, at);
  return harness;
}

describe('an operator of windows knows how many are open', () => {
  it('with an operator made for aligned windows: one for all keys', async () => {
    const harness = await filled({ assigner: TumblingEventTimeWindows.of(10) as never, fastest: true });
    expect([open(harness), gauge(harness, 'numEventTimeTimers'), gauge(harness, 'numKeyedStateEntries')]).toEqual([2, 2, 3]);
    harness.watermark(9);
    expect([open(harness), gauge(harness, 'numEventTimeTimers'), gauge(harness, 'numKeyedStateEntries')]).toEqual([1, 1, 1]);
  });

  it.each([['that list their elements', undefined], ['that aggregate them', gathered]])('with sliding windows %s', async (_, aggregation) => {
    const harness = await filled({ assigner: SlidingEventTimeWindows.of(20, 10) as never, fastest: true, ...(aggregation && { aggregation }) });
    // From -10, 0 and 10; a is in all three, b in two.
    expect(open(harness)).toBe(3);
    expect(gauge(harness, 'numKeyedStateEntries')).toBe(5);
    harness.watermark(100);
    expect([open(harness), gauge(harness, 'numKeyedStateEntries')]).toEqual([0, 0]);
  });

  it('with an operator made for sessions', async () => {
    const harness = await filled({ assigner: EventTimeSessionWindows.withGap(5) as never, fastest: true });
    expect([open(harness), gauge(harness, 'numEventTimeTimers'), gauge(harness, 'numKeyedStateEntries')]).toEqual([3, 3, 2]);
    harness.watermark(10);
    expect([open(harness), gauge(harness, 'numKeyedStateEntries')]).toEqual([1, 1]);
  });

  it('with an operator made for counts', async () => {
    const harness = await filled({ assigner: GlobalWindows.create() as never, trigger: PurgingTrigger.of(CountTrigger.of(2)) as never, fastest: true });
    // The window of a is full.
    expect(open(harness)).toBe(1);
  });

  it.each([
    ['by event time: one for each key', TumblingEventTimeWindows.of(10), 3, 1],
    ['that merge', EventTimeSessionWindows.withGap(5), 3, 1],
    ['global: one for each key', GlobalWindows.create(), 2, 2],
  ])('with the general operator, windows %s', async (_, assigner, before, after) => {
    const harness = await filled({ assigner: assigner as never });
    expect(open(harness)).toBe(before);
    harness.watermark(10);
    expect(open(harness)).toBe(after);
  });

  it('with the general operator and allowed lateness, though they have two timers', async () => {
    const harness = await filled({ assigner: TumblingEventTimeWindows.of(10) as never, allowedLateness: 5 });
    expect(open(harness)).toBe(3);
    harness.watermark(9);
    expect(open(harness)).toBe(3);
    harness.watermark(14);
    expect(open(harness)).toBe(1);
  });

  it.each([true, false])('and how many by the clock the end of the input has found open (%s)', async (fastest) => {
    const clocked = await filled({ assigner: TumblingProcessingTimeWindows.of(10) as never, fastest });
    clocked.endInput();
    expect(gauge(clocked, 'numWindowsDroppedAtEnd')).toBe(fastest ? 1 : 2);
    const timed = await filled({ assigner: TumblingEventTimeWindows.of(10) as never, fastest });
    timed.endInput();
    expect(gauge(timed, 'numWindowsDroppedAtEnd')).toBe(0);
  });

  it('by the clock', async () => {
    for (const fastest of [true, false]) {
      const harness = await filled({ assigner: TumblingProcessingTimeWindows.of(10) as never, fastest });
      expect(open(harness)).toBe(fastest ? 1 : 2);
    }
  });
});
