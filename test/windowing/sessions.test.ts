import { describe, expect, it } from 'vitest';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { EventTimeSessionWindows, ProcessingTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { reduceAggregation } from '../../src/windowing/window-aggregation.js';
import { processWindowEmission } from '../../src/windowing/window-emission.js';
import { TumblingEventTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { WindowStagger } from '../../src/windowing/window-stagger.js';
import { mergeTimeWindows, TimeWindow } from '../../src/windowing/window.js';
import { type Item, OwnWindows, taken, windows } from './windows.js';

const sessions = EventTimeSessionWindows.withGap(3000);
const sum = reduceAggregation<Item>((a, b) => [a[0], a[1] + b[1]]);

describe.each([{ fastest: false }, { fastest: true }])('session windows (fastest: $fastest)', ({ fastest }) => {
  it('grow with each element and fire a gap after the last', () => {
    const harness = windows({ fastest, assigner: sessions }).push(['a', 1], 0).push(['a', 2], 1000).push(['b', 3], 500).push(['a', 4], 2500).watermark(Infinity);
    expect(taken(harness)).toEqual(['b [500,3500) 3', 'a [0,5500) 1 2 4']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  it('at a distance of exactly the gap are one, a millisecond more are two', () => {
    const harness = windows({ fastest, assigner: sessions }).push(['a', 1], 0).push(['a', 2], 3000).push(['b', 1], 0).push(['b', 2], 3001).watermark(Infinity);
    expect(taken(harness).sort()).toEqual(['a [0,6000) 1 2', 'b [0,3000) 1', 'b [3001,6001) 2']);
  });

  it('that an element connects become one, with their state', () => {
    const harness = windows({ fastest, assigner: sessions, aggregation: sum }).push(['a', 1], 0).push(['a', 2], 5000).push(['a', 4], 2500);
    expect([harness.numEventTimeTimers(), harness.numKeyedStateEntries()]).toEqual([1, 2]);
    expect(taken(harness.watermark(Infinity))).toEqual(['a [0,8000) 7']);
    expect([harness.numEventTimeTimers(), harness.numKeyedStateEntries()]).toEqual([0, 0]);
  });

  it('are judged late after merging: an element that connects to a live session is taken', () => {
    const harness = windows({ fastest, assigner: sessions, lateOutput: 'late' }).push(['a', 1], 5000).watermark(7000).push(['a', 2], 2500);
    expect(harness.sideValues('late')).toEqual([]);
    harness.push(['a', 3], 1000).push(['b', 4], 1000);
    expect(harness.sideValues('late')).toEqual([['b', 4]]);
    expect(taken(harness.watermark(Infinity))).toEqual(['a [1000,8000) 1 2 3']);
  });

  it('leave nothing behind for a late element that connects to none', () => {
    const harness = windows({ fastest, assigner: sessions }).watermark(7000).push(['a', 1], 1000);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
    expect(harness.runtime.getMetricGroup().counter('numLateRecordsDropped').getCount()).toBe(1);
  });

  it('fire once, not twice, when a late element makes them grow behind the watermark', () => {
    const harness = windows({ fastest, assigner: sessions, allowedLateness: 10_000 }).push(['a', 1], 0).watermark(9000);
    expect(taken(harness)).toEqual(['a [0,3000) 1']);
    expect(taken(harness.push(['a', 2], 2000))).toEqual(['a [0,5000) 1 2']);
    expect(taken(harness.watermark(20_000))).toEqual([]);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  it('that are purged stay in flight and report their full span with the elements since', () => {
    const harness = windows({ fastest, assigner: sessions, allowedLateness: 10_000, trigger: PurgingTrigger.of(EventTimeTrigger.create()) }).push(['a', 1], 0).watermark(2999);
    expect(taken(harness)).toEqual(['a [0,3000) 1']);
    expect(taken(harness.push(['a', 2], 1500))).toEqual([]);
    expect(taken(harness.watermark(4499))).toEqual(['a [0,4500) 2']);
  });

  it('sum counts when they merge, and fire when the next element reaches the count', () => {
    const harness = windows({ fastest, assigner: sessions, trigger: CountTrigger.of(4) }).push(['a', 1], 0).push(['a', 2], 1).push(['a', 3], 5000).push(['a', 4], 5001);
    expect(taken(harness)).toEqual([]);
    expect(taken(harness.push(['a', 5], 2500))).toEqual(['a [0,8001) 1 2 3 4 5']);
  });

  it('keep the earlier of their continuous firings when they merge', () => {
    const harness = windows({ fastest, assigner: sessions, trigger: ContinuousEventTimeTrigger.of(2000) }).push(['a', 1], 5500).push(['a', 2], 1000).push(['a', 3], 3000);
    expect(taken(harness.watermark(1999))).toEqual([]);
    expect(taken(harness.watermark(2000))).toEqual(['a [1000,8500) 2 1 3']);
    expect([3999, 4000, 6000].map((time) => taken(harness.watermark(time)).length)).toEqual([0, 1, 1]);
  });

  it('have gaps of their own for each element', () => {
    const harness = windows({ fastest, assigner: EventTimeSessionWindows.withDynamicGap<Item>(([, gap]) => gap) }).push(['a', 1000], 0).push(['a', 5000], 900).push(['a', 10], 5000).watermark(Infinity);
    expect(taken(harness)).toEqual(['a [0,5900) 1000 5000 10']);
  });

  it('by processing time follow the clock', () => {
    const harness = windows({ fastest, assigner: ProcessingTimeSessionWindows.withGap(3000) }).push(['a', 1]).setProcessingTime(2000).push(['a', 2]).setProcessingTime(4998);
    expect(taken(harness)).toEqual([]);
    expect(taken(harness.setProcessingTime(4999))).toEqual(['a [0,5000) 1 2']);
    expect([harness.numKeyedStateEntries(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
  });

  it('have no per-window state', () => {
    const emission = processWindowEmission<TimeWindow>((_key: string, context: { windowState(): unknown }) => void context.windowState(), 'process');
    const harness = windows({ fastest, assigner: sessions, emission }).push(['a', 1], 0);
    expect(() => harness.watermark(Infinity)).toThrow(/windowState\(\) is not allowed with windows that merge/);
  });
});

describe('a user’s own kind of tumbling windows', () => {
  it('assigns as its author says, not as the windows that it is made from', () => {
    class Doubled extends (TumblingEventTimeWindows as unknown as new (size: number, offset: number, stagger: WindowStagger) => TumblingEventTimeWindows) {
      override assignWindows(_item: unknown, timestamp: number): readonly TimeWindow[] {
        return [new TimeWindow(timestamp, timestamp + 1), new TimeWindow(timestamp, timestamp + 2)];
      }
      override forSubtask(): this {
        return this;
      }
    }
    const harness = windows({ assigner: new Doubled(10, 0, WindowStagger.ALIGNED), fastest: true }).push(['a', 1], 5).watermark(9);
    expect(taken(harness)).toEqual(['a [5,6) 1', 'a [5,7) 1']);
  });
});

describe('a user’s own windows that merge', () => {
  it('may be sessions with another way to assign', () => {
    class FromMidnight extends EventTimeSessionWindows<Item> {
      override assignWindows(_item: Item, timestamp: number): readonly TimeWindow[] {
        return [new TimeWindow(0, timestamp + 1)];
      }
    }
    const harness = windows({ assigner: new FromMidnight(() => 1), aggregation: sum, fastest: true }).push(['a', 1], 5).push(['a', 2], 50).watermark(Infinity);
    expect(taken(harness)).toEqual(['a [0,51) 3']);
  });

  it('merge by the author’s rule', () => {
    const own = new OwnWindows(([, n]) => [new TimeWindow(n, n + 10)], mergeTimeWindows, EventTimeTrigger.create());
    expect(taken(windows({ assigner: own }).push(['a', 5], 0).push(['a', 30], 0).push(['a', 12], 0).watermark(Infinity))).toEqual(['a [5,22) 5 12', 'a [30,40) 30']);
  });

  it.each([0, 5])('may not become windows that would be cleaned up already: one whose end plus lateness (%i) is at or behind the watermark is an error', (allowedLateness) => {
    const shrinking = new OwnWindows<TimeWindow>(
      ([, n]) => [new TimeWindow(n, n + 100)],
      (all, merge) => { if (all.length > 1) merge(all, new TimeWindow(0, 10)); },
      EventTimeTrigger.create(),
    );
    const merging = (watermark: number) => () => windows({ assigner: shrinking, allowedLateness }).push(['a', 50], 0).watermark(watermark).push(['a', 60], 0);
    expect(merging(9 + allowedLateness)).toThrow(/merged windows cannot end before the present/);
    expect(merging(8 + allowedLateness)).not.toThrow();
  });
});
