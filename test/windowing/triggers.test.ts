import { describe, expect, it } from 'vitest';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { ContinuousProcessingTimeTrigger } from '../../src/windowing/continuous-processing-time-trigger.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { DeltaTrigger } from '../../src/windowing/delta-trigger.js';
import { EndOfStreamTrigger } from '../../src/windowing/end-of-stream-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { NeverTrigger } from '../../src/windowing/never-trigger.js';
import { ProcessingTimeTrigger } from '../../src/windowing/processing-time-trigger.js';
import { ProcessingTimeoutTrigger } from '../../src/windowing/processing-timeout-trigger.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { ProcessingTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { isFire, isPurge, TriggerResult } from '../../src/windowing/trigger.js';
import { windowFunctionEmission } from '../../src/windowing/window-emission.js';
import type { TimeWindow } from '../../src/windowing/window.js';
import { type Item, span, taken, windows } from './windows.js';

const tumbling = TumblingEventTimeWindows.of(10_000);
const byClock = TumblingProcessingTimeWindows.of(10_000);
const global = GlobalWindows.create();

describe('trigger results', () => {
  it('say whether to fire and whether to purge', () => {
    const { CONTINUE, FIRE, PURGE, FIRE_AND_PURGE } = TriggerResult;
    expect([CONTINUE, FIRE, PURGE, FIRE_AND_PURGE].map((result) => [isFire(result), isPurge(result)])).toEqual([[false, false], [true, false], [false, true], [true, true]]);
  });
});

describe('EventTimeTrigger', () => {
  it('registers one timer for the end of the window and fires when the watermark reaches it', () => {
    const harness = windows({ assigner: tumbling, trigger: EventTimeTrigger.create() }).push(['a', 1], 0).push(['a', 2], 1);
    expect(harness.numEventTimeTimers()).toBe(1);
    expect(taken(harness.watermark(9998))).toEqual([]);
    expect(taken(harness.watermark(9999))).toEqual(['a [0,10000) 1 2']);
  });
});

describe('ProcessingTimeTrigger', () => {
  it('fires when the clock has reached the end of the window', () => {
    const harness = windows({ assigner: byClock, trigger: ProcessingTimeTrigger.create() }).push(['a', 1]);
    expect(taken(harness.setProcessingTime(9998))).toEqual([]);
    expect(taken(harness.setProcessingTime(9999))).toEqual(['a [0,10000) 1']);
  });

  it('in a task runs one millisecond after its time, when no element of that millisecond can follow', () => {
    const harness = windows({ assigner: byClock }).push(['a', 1]).advance(9999);
    expect(taken(harness)).toEqual([]);
    expect(taken(harness.advance(1))).toEqual(['a [0,10000) 1']);
  });
});

describe('CountTrigger', () => {
  it('fires with every so many elements of a key and window, and then counts from zero', () => {
    const harness = windows({ assigner: global, trigger: CountTrigger.of(2) });
    for (const item of [['a', 1], ['b', 2], ['a', 3], ['a', 4], ['a', 5]] as Item[]) harness.push(item);
    expect(taken(harness)).toEqual(['a global 1 3', 'a global 1 3 4 5']);
  });

  it('needs a count of at least one', () => {
    expect(() => CountTrigger.of(0)).toThrow(/at least 1/);
  });
});

describe('ContinuousEventTimeTrigger', () => {
  it('fires at each boundary of its interval, and at the end once', () => {
    const harness = windows({ assigner: tumbling, trigger: ContinuousEventTimeTrigger.of(3000) }).push(['a', 1], 1000);
    const fired = [2999, 3000, 5999, 6000, 9000, 9998, 9999, 20_000].map((time) => taken(harness.watermark(time)).length);
    expect(fired).toEqual([0, 1, 0, 1, 1, 0, 1, 0]);
    expect([harness.numEventTimeTimers(), harness.numKeyedStateEntries()]).toEqual([0, 0]);
  });

  it('fires at once for late elements', () => {
    const harness = windows({ assigner: tumbling, trigger: ContinuousEventTimeTrigger.of(3000), allowedLateness: 1000 }).watermark(10_000).push(['a', 1], 5);
    expect(taken(harness)).toEqual(['a [0,10000) 1']);
  });

  it('fires once for each boundary that the watermark jumps over, with the same contents', () => {
    const harness = windows({ assigner: tumbling, trigger: ContinuousEventTimeTrigger.of(3000) }).push(['a', 1], 1000).watermark(7000);
    expect(taken(harness)).toEqual(['a [0,10000) 1', 'a [0,10000) 1']);
  });

  it('has its first boundary one interval late for negative timestamps', () => {
    const harness = windows({ assigner: tumbling, trigger: ContinuousEventTimeTrigger.of(3000) }).push(['a', 1], -8000);
    expect([-6000, -3001, -3000].map((time) => taken(harness.watermark(time)).length)).toEqual([0, 0, 1]);
  });

  it('on a global window does not fire forever when the stream ends', () => {
    const harness = windows({ assigner: global, trigger: ContinuousEventTimeTrigger.of(3000) }).push(['a', 1], 1000).watermark(3500);
    expect(taken(harness)).toHaveLength(1);
    expect(taken(harness.watermark(Infinity))).toHaveLength(2);
  });
});

describe('ContinuousProcessingTimeTrigger', () => {
  it('fires at each boundary of its interval by the clock, the last time at the window’s end', () => {
    const harness = windows({ assigner: byClock, trigger: ContinuousProcessingTimeTrigger.of(4000) });
    harness.setProcessingTime(1000).push(['a', 1]);
    expect([3999, 4000, 7999, 8000, 9998, 9999, 30_000].map((time) => taken(harness.setProcessingTime(time)).length)).toEqual([0, 1, 0, 1, 0, 1, 0]);
    expect([harness.numProcessingTimeTimers(), harness.numKeyedStateEntries()]).toEqual([0, 0]);
  });

  it('fires a window by event time that outlives its end by the clock once at that end, and then with each element only', () => {
    let firings = 0;
    const emission = windowFunctionEmission<TimeWindow>((key: string, window: TimeWindow, elements: readonly Item[], out: { collect(line: string): void }) => {
      firings += 1;
      if (firings > 20) throw new Error('fires without end');
      out.collect([key, span(window), ...elements.map(([, n]) => n)].join(' '));
    }, 'apply');
    const harness = windows({ assigner: TumblingEventTimeWindows.of(10), trigger: ContinuousProcessingTimeTrigger.of(5), emission }).push(['a', 1], 1).push(['a', 2], 7);
    const at = (time: number): string[] => taken(harness.setProcessingTime(time));
    expect([at(4), at(5)]).toEqual([[], ['a [0,10) 1 2']]);
    harness.push(['a', 3], 8);
    expect([at(8), at(10), at(1000)]).toEqual([[], ['a [0,10) 1 2 3'], []]);
    expect(harness.numProcessingTimeTimers()).toBe(0);
    harness.push(['a', 4], 9).push(['a', 5], 12);
    expect([at(1000), at(1004)]).toEqual([['a [0,10) 1 2 3 4', 'a [10,20) 5'], []]);
    expect([taken(harness.watermark(100)), harness.numKeyedStateEntries()]).toEqual([[], 0]);
  });

  it('fires sessions of the clock at the boundaries, and at the end to which they have grown', () => {
    const harness = windows({ assigner: ProcessingTimeSessionWindows.withGap(10), trigger: ContinuousProcessingTimeTrigger.of(5) }).push(['a', 1]).setProcessingTime(2).push(['a', 2]);
    expect([5, 9, 10, 15, 100].map((time) => taken(harness.setProcessingTime(time)))).toEqual([['a [0,12) 1 2'], [], ['a [0,12) 1 2'], ['a [0,12) 1 2'], []]);
    expect([harness.numProcessingTimeTimers(), harness.numKeyedStateEntries()]).toEqual([0, 0]);
  });
});

describe('DeltaTrigger', () => {
  it('remembers the first element, and fires when one is farther than the threshold from the last that fired', () => {
    const harness = windows({ assigner: global, trigger: DeltaTrigger.of<Item>(5, (before, after) => after[1] - before[1]) });
    const fired = [1, 4, 6, 7, 12, 13].map((n) => taken(harness.push(['a', n])).length);
    expect(fired).toEqual([0, 0, 0, 1, 0, 1]);
  });
});

describe('PurgingTrigger', () => {
  it('turns FIRE into FIRE_AND_PURGE and passes everything else', () => {
    const harness = windows({ assigner: tumbling, trigger: PurgingTrigger.of(ContinuousEventTimeTrigger.of(4000)) }).push(['a', 1], 0).watermark(4000).push(['a', 2], 4000).watermark(8000).watermark(9999);
    expect(taken(harness)).toEqual(['a [0,10000) 1', 'a [0,10000) 2']);
  });

  it('merges when its nested trigger does', () => {
    expect([PurgingTrigger.of(CountTrigger.of(1)).canMerge(), PurgingTrigger.of(NeverTrigger.create()).canMerge()]).toEqual([true, false]);
  });
});

describe('ProcessingTimeoutTrigger', () => {
  it('fires with the nested trigger, which disarms the timeout', () => {
    const harness = windows({ assigner: global, trigger: ProcessingTimeoutTrigger.of(CountTrigger.of(2), 1000) }).push(['a', 1]);
    expect(harness.numProcessingTimeTimers()).toBe(1);
    expect(taken(harness.push(['a', 2]))).toEqual(['a global 1 2']);
    expect(harness.numProcessingTimeTimers()).toBe(0);
    expect(taken(harness.setProcessingTime(5000))).toEqual([]);
  });

  it('fires when the time after the first element is over, and the nested trigger starts anew', () => {
    const harness = windows({ assigner: global, trigger: ProcessingTimeoutTrigger.of(CountTrigger.of(2), 1000) }).push(['a', 1]);
    expect(taken(harness.setProcessingTime(1000))).toEqual(['a global 1']);
    expect(taken(harness.push(['a', 2]))).toEqual([]);
    expect(taken(harness.push(['a', 3]))).toEqual(['a global 1 2 3']);
  });

  it('keeps the timeout of the first element, or arms it anew with each if so configured', () => {
    const fired = (reset: boolean): number[] => {
      const harness = windows({ assigner: global, trigger: ProcessingTimeoutTrigger.of(NeverTrigger.create(), 1000, reset) }).push(['a', 1]).setProcessingTime(500).push(['a', 2]);
      return [1000, 1500].map((time) => taken(harness.setProcessingTime(time)).length);
    };
    expect([fired(false), fired(true)]).toEqual([[1, 0], [0, 1]]);
  });

  it('purges when the nested trigger says so, and always fires', () => {
    const harness = windows({ assigner: byClock, trigger: ProcessingTimeoutTrigger.of(PurgingTrigger.of(ProcessingTimeTrigger.create()), 1000) }).push(['a', 1]);
    expect(taken(harness.setProcessingTime(1000))).toEqual(['a [0,10000) 1']);
    expect(taken(harness.push(['a', 2]).setProcessingTime(2500))).toEqual(['a [0,10000) 2']);
  });

  it('can leave the nested trigger as it is after a timeout', () => {
    const harness = windows({ assigner: global, trigger: ProcessingTimeoutTrigger.of(CountTrigger.of(2), 1000, false, false) }).push(['a', 1]).setProcessingTime(1000);
    expect(taken(harness)).toEqual(['a global 1']);
    expect(taken(harness.push(['a', 2]))).toEqual(['a global 1 2']);
  });
});

describe('NeverTrigger and EndOfStreamTrigger', () => {
  it('never fire, and fire exactly when the watermark reaches its maximum', () => {
    expect(taken(windows({ assigner: global }).push(['a', 1]).watermark(Infinity))).toEqual([]);
    const ending = windows({ assigner: GlobalWindows.createWithEndOfStreamTrigger() }).push(['a', 1]).push(['a', 2]);
    expect(taken(ending.watermark(1e15))).toEqual([]);
    expect(taken(ending.watermark(Infinity))).toEqual(['a global 1 2']);
    expect(EndOfStreamTrigger.create().canMerge()).toBe(false);
  });
});
