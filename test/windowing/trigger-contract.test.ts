// Each trigger by itself: what it answers, which timers it sets, what it keeps and what it forgets.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { ContinuousProcessingTimeTrigger } from '../../src/windowing/continuous-processing-time-trigger.js';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { DeltaEvictor } from '../../src/windowing/delta-evictor.js';
import { DeltaTrigger } from '../../src/windowing/delta-trigger.js';
import { EndOfStreamTrigger } from '../../src/windowing/end-of-stream-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { NeverTrigger } from '../../src/windowing/never-trigger.js';
import { ProcessingTimeTrigger } from '../../src/windowing/processing-time-trigger.js';
import { ProcessingTimeoutTrigger } from '../../src/windowing/processing-timeout-trigger.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { TimeEvictor } from '../../src/windowing/time-evictor.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from '../../src/windowing/trigger.js';
import { GlobalWindow, TimeWindow, type Window } from '../../src/windowing/window.js';
import { TriggerBench } from './trigger-bench.js';

const [first, second, third] = [new TimeWindow(0, 2), new TimeWindow(2, 4), new TimeWindow(4, 6)];
const minute = new TimeWindow(0, 60_000);

describe('CountTrigger', () => {
  it('counts each window by itself', () => {
    const bench = new TriggerBench(CountTrigger.of(3));
    const answers = [first, second, first, second, first, second].map((window) => bench.element(1, 1, window));
    expect(answers).toEqual(['continue', 'continue', 'continue', 'continue', 'fire', 'fire']);
    expect(bench.states).toBe(0);
  });

  it('sets no timers and continues whatever timers come', () => {
    const bench = new TriggerBench(CountTrigger.of(3));
    bench.element(1, 1, first);
    expect([bench.eventTimers, bench.clockTimers, bench.eventTimer(1, first), bench.processingTimer(1, first)]).toEqual([0, 0, 'continue', 'continue']);
  });

  it('forgets the count of a window that is cleared, and no other', () => {
    const bench = new TriggerBench(CountTrigger.of(3));
    for (const window of [first, first, second, second]) bench.element(1, 1, window);
    bench.clear(second);
    expect(bench.states).toBe(1);
    expect([bench.element(1, 1, second), bench.element(1, 1, first)]).toEqual(['continue', 'fire']);
  });

  it('adds up the counts of windows that merge, and compares with the next element only', () => {
    const bench = new TriggerBench(CountTrigger.of(3));
    for (const window of [first, first, second, second, third]) bench.element(1, 1, window);
    bench.merge(new TimeWindow(0, 4), first, second);
    expect(bench.states).toBe(2);
    expect([bench.element(1, 1, new TimeWindow(0, 4)), bench.element(1, 1, third)]).toEqual(['fire', 'continue']);
    expect(bench.states).toBe(1);
  });

  it('keeps the count of a window that takes in a smaller one', () => {
    const bench = new TriggerBench(CountTrigger.of(3));
    const whole = new TimeWindow(0, 6);
    for (const window of [whole, second]) bench.element(1, 1, window);
    bench.merge(whole, whole, second);
    expect([bench.states, bench.element(1, 1, whole)]).toEqual([1, 'fire']);
  });
});

describe('EventTimeTrigger', () => {
  it('fires for an element at once when the window has ended, and sets no timer then', () => {
    const bench = new TriggerBench(EventTimeTrigger.create());
    bench.watermark(first.maxTimestamp());
    expect([bench.element(1, 0, first), bench.eventTimers, bench.element(1, 2, second), bench.eventTimers]).toEqual(['fire', 0, 'continue', 1]);
  });

  it('fires at the window’s last millisecond and at no other time', () => {
    const bench = new TriggerBench(EventTimeTrigger.create());
    expect([bench.eventTimer(0, first), bench.eventTimer(1, first), bench.eventTimer(2, first), bench.processingTimer(1, first)]).toEqual(['continue', 'fire', 'continue', 'continue']);
  });

  it('keeps no state, and takes its timer back when cleared', () => {
    const bench = new TriggerBench(EventTimeTrigger.create());
    bench.element(1, 0, first);
    bench.element(1, 2, second);
    expect([bench.states, bench.eventTimers, bench.clockTimers]).toEqual([0, 2, 0]);
    bench.clear(first);
    expect(bench.watermark(10)).toEqual([{ window: '2-4', time: 3, verdict: 'fire' }]);
  });

  it('moves its timer to the window that others have merged into', () => {
    const bench = new TriggerBench(EventTimeTrigger.create());
    bench.element(1, 0, first);
    bench.element(1, 2, second);
    bench.merge(new TimeWindow(0, 4), first, second);
    expect([bench.eventTimers, bench.watermark(10)]).toEqual([1, [{ window: '0-4', time: 3, verdict: 'fire' }]]);
  });

  it('sets no timer for a merged window that has ended: the element that caused the merge fires it', () => {
    const bench = new TriggerBench(EventTimeTrigger.create());
    bench.element(1, 0, first);
    bench.element(1, 2, second);
    bench.watermark(10);
    bench.merge(new TimeWindow(0, 4), first, second);
    expect([bench.eventTimers, bench.element(1, 1, new TimeWindow(0, 4))]).toEqual([0, 'fire']);
  });
});

describe('ProcessingTimeTrigger', () => {
  it('fires whenever a timer of the clock comes, and continues at those of event time', () => {
    const bench = new TriggerBench(ProcessingTimeTrigger.create());
    expect([bench.element(1, 0, first), bench.processingTimer(0, first), bench.processingTimer(7, first), bench.eventTimer(1, first)]).toEqual(['continue', 'fire', 'fire', 'continue']);
  });

  it('keeps no state, and takes its timer back when cleared', () => {
    const bench = new TriggerBench(ProcessingTimeTrigger.create());
    bench.element(1, 0, first);
    bench.element(1, 0, second);
    expect([bench.states, bench.eventTimers, bench.clockTimers]).toEqual([0, 0, 2]);
    bench.clear(second);
    expect(bench.clockTo(10)).toEqual([{ window: '0-2', time: 1, verdict: 'fire' }]);
  });

  it('moves its timer to the window that others have merged into, if that has not ended', () => {
    const bench = new TriggerBench(ProcessingTimeTrigger.create());
    bench.element(1, 0, first);
    bench.element(1, 0, second);
    bench.merge(new TimeWindow(0, 4), first, second);
    expect(bench.clockTimers).toBe(1);
    expect(bench.clockTo(10)).toEqual([{ window: '0-4', time: 3, verdict: 'fire' }]);
    bench.merge(new TimeWindow(0, 6), new TimeWindow(0, 4));
    expect(bench.clockTimers).toBe(0);
  });
});

describe('ContinuousEventTimeTrigger', () => {
  const every = ContinuousEventTimeTrigger.of(5);

  it('sets timers for the next boundary and for the end of the window', () => {
    const bench = new TriggerBench(every);
    expect(bench.element(1, 7, minute)).toBe('continue');
    expect([bench.states, bench.eventTimers]).toEqual([1, 2]);
    expect(bench.watermark(12)).toEqual([{ window: '0-60000', time: 10, verdict: 'fire' }]);
    expect([bench.states, bench.eventTimers]).toEqual([1, 2]);
  });

  it('fires at the boundary it has set and at the end, and continues at every other time', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 7, minute);
    expect([5, 9, 15, 59_999, 10].map((time) => bench.eventTimer(time, minute))).toEqual(['continue', 'continue', 'continue', 'fire', 'fire']);
    expect(bench.processingTimer(15, minute)).toBe('continue');
  });

  it('for an element exactly on a boundary fires first at the next one', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 10, minute);
    expect([bench.watermark(14), bench.watermark(15)]).toEqual([[], [{ window: '0-60000', time: 15, verdict: 'fire' }]]);
    const atZero = new TriggerBench(every);
    atZero.element(1, 0, minute);
    expect(atZero.watermark(5)).toEqual([{ window: '0-60000', time: 5, verdict: 'fire' }]);
  });

  it('never sets a boundary beyond the end of the window', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 0, first);
    expect([bench.eventTimers, bench.watermark(100)]).toEqual([1, [{ window: '0-2', time: 1, verdict: 'fire' }]]);
  });

  it('when cleared takes back the next boundary and leaves the timer of the end, which the cleanup of the window shares', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 7, minute);
    bench.clear(minute);
    expect([bench.states, bench.eventTimers]).toEqual([0, 1]);
  });

  it('keeps the earliest boundary of windows that merge', () => {
    const bench = new TriggerBench(every);
    const [early, late, both] = [new TimeWindow(0, 20), new TimeWindow(15, 40), new TimeWindow(0, 40)];
    bench.element(1, 16, late);
    bench.element(1, 2, early);
    bench.merge(both, early, late);
    const boundaries = bench.watermark(12).filter(({ window }) => window === '0-40');
    expect(boundaries).toEqual([{ window: '0-40', time: 5, verdict: 'fire' }, { window: '0-40', time: 10, verdict: 'fire' }]);
  });

  it('leaves the timers of windows that have merged away set, whose windows are gone: they come to nothing', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 0, first);
    bench.element(1, 3, second);
    bench.merge(new TimeWindow(0, 4), first, second);
    expect([bench.states, bench.eventTimers]).toEqual([1, 3]);
    const fired = bench.watermark(100).filter(({ verdict }) => verdict === 'fire');
    expect(fired.filter(({ window }) => window === '0-4').map(({ time }) => time)).toEqual([1, 3]);
  });

  it('needs an interval of more than nothing', () => {
    expect(() => ContinuousEventTimeTrigger.of(0)).toThrow(/more than 0/);
  });
});

describe('ContinuousProcessingTimeTrigger', () => {
  const every = ContinuousProcessingTimeTrigger.of(5);

  it('sets a timer for the next boundary of the clock, once for all elements until then', () => {
    const bench = new TriggerBench(every);
    bench.clockTo(7);
    bench.element(1, 0, minute);
    bench.clockTo(8);
    bench.element(1, 0, minute);
    expect([bench.states, bench.clockTimers, bench.clockTo(10)]).toEqual([1, 1, [{ window: '0-60000', time: 10, verdict: 'fire' }]]);
    expect([bench.states, bench.clockTimers, bench.clockTo(15)]).toEqual([1, 1, [{ window: '0-60000', time: 15, verdict: 'fire' }]]);
  });

  it('continues at a timer of the clock that is not its own, and at those of event time', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 0, minute);
    expect([bench.processingTimer(3, minute), bench.eventTimer(5, minute), bench.processingTimer(5, minute)]).toEqual(['continue', 'continue', 'fire']);
  });

  it('forgets everything when cleared', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 0, minute);
    bench.clear(minute);
    expect([bench.states, bench.clockTimers]).toEqual([0, 0]);
  });

  it('keeps the earliest boundary of windows that merge', () => {
    const bench = new TriggerBench(every);
    bench.element(1, 0, new TimeWindow(0, 20));
    bench.clockTo(4);
    bench.element(1, 0, new TimeWindow(10, 40));
    bench.merge(new TimeWindow(0, 40), new TimeWindow(0, 20), new TimeWindow(10, 40));
    expect(bench.clockTo(5).filter(({ window }) => window === '0-40')).toEqual([{ window: '0-40', time: 5, verdict: 'fire' }]);
  });
});

describe('DeltaTrigger', () => {
  it('compares with the element that fired last, window by window, and forgets it when cleared', () => {
    const bench = new TriggerBench(DeltaTrigger.of<number>(2, { getDelta: (before, after) => after - before }));
    expect([1, 3, 4, 5, 7].map((n) => bench.element(n, 0, first))).toEqual(['continue', 'continue', 'fire', 'continue', 'fire']);
    expect([bench.element(100, 0, second), bench.states, bench.eventTimer(1, first), bench.processingTimer(1, first)]).toEqual(['continue', 2, 'continue', 'continue']);
    bench.clear(first);
    expect([bench.states, bench.element(1000, 0, first)]).toEqual([1, 'continue']);
  });
});

describe('ProcessingTimeoutTrigger', () => {
  it('fires by its timeout also when the nested trigger would not', () => {
    const bench = new TriggerBench(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50));
    expect([bench.element(1, 0, minute), bench.clockTo(49), bench.element(1, 0, minute)]).toEqual(['continue', [], 'continue']);
    expect(bench.clockTo(50)).toEqual([{ window: '0-60000', time: 50, verdict: 'fire' }]);
    expect([bench.states, bench.clockTimers]).toEqual([0, 0]);
  });

  it('fires at every timer, of event time too, whatever the nested trigger answers to it', () => {
    const bench = new TriggerBench(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50));
    bench.element(1, 0, minute);
    expect([bench.eventTimer(7, minute), bench.states, bench.clockTimers]).toEqual(['fire', 0, 0]);
    expect([bench.processingTimer(7, minute), bench.eventTimer(minute.maxTimestamp(), minute)]).toEqual(['fire', 'fire']);
  });

  it('starts a new wait with the first element after a firing of either kind', () => {
    const bench = new TriggerBench(ProcessingTimeoutTrigger.of(CountTrigger.of(2), 50));
    expect([bench.element(1, 0, minute), bench.element(1, 0, minute), bench.states, bench.clockTimers]).toEqual(['continue', 'fire', 0, 0]);
    bench.clockTo(30);
    bench.element(1, 0, minute);
    expect([bench.clockTo(50), bench.clockTo(79), bench.clockTo(80).length]).toEqual([[], [], 1]);
  });

  it('keeps the nested trigger’s count over a timeout when it shall not be cleared', () => {
    const bench = new TriggerBench(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50, false, false));
    bench.element(1, 0, minute);
    bench.element(1, 0, minute);
    expect(bench.clockTo(50)).toHaveLength(1);
    expect(bench.element(1, 0, minute)).toBe('fire');
  });

  it('purges when the nested trigger does', () => {
    const bench = new TriggerBench(ProcessingTimeoutTrigger.of(PurgingTrigger.of(CountTrigger.of(2)), 50));
    expect([bench.element(1, 0, minute), bench.element(1, 0, minute)]).toEqual(['continue', 'fire and purge']);
    const byClock = new TriggerBench(ProcessingTimeoutTrigger.of(PurgingTrigger.of(ProcessingTimeTrigger.create()), 50));
    byClock.element(1, 0, minute);
    expect(byClock.clockTo(50)).toEqual([{ window: '0-60000', time: 50, verdict: 'fire and purge' }]);
  });

  it('takes back its own timer and clears the nested trigger when it is cleared', () => {
    const bench = new TriggerBench(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50));
    bench.element(1, 0, minute);
    expect([bench.states, bench.clockTimers]).toEqual([2, 1]);
    bench.clear(minute);
    expect([bench.states, bench.clockTimers]).toEqual([0, 0]);
  });

  it('cannot merge', () => {
    expect(ProcessingTimeoutTrigger.of(CountTrigger.of(3), 50).canMerge()).toBe(false);
  });
});

describe('PurgingTrigger', () => {
  /** Answers always the same. */
  class Always extends Trigger<unknown, Window> {
    readonly called: string[] = [];
    constructor(private readonly answer: TriggerResult) {
      super();
    }
    onElement(): TriggerResult { return this.answer; }
    onEventTime(): TriggerResult { return this.answer; }
    onProcessingTime(): TriggerResult { return this.answer; }
    clear(window: Window): void { this.called.push(`clear ${String(window)}`); }
    override canMerge(): boolean { return true; }
    override onMerge(window: Window, _context: OnMergeContext): void { this.called.push(`merge ${String(window)}`); }
  }

  it.each([
    [TriggerResult.CONTINUE, 'continue'], [TriggerResult.FIRE, 'fire and purge'], [TriggerResult.FIRE_AND_PURGE, 'fire and purge'], [TriggerResult.PURGE, 'purge'],
  ])('makes of %d: %s, in all three methods', (answer, expected) => {
    const bench = new TriggerBench(PurgingTrigger.of(new Always(answer)));
    expect([bench.element(1, 0, first), bench.eventTimer(1, first), bench.processingTimer(1, first)]).toEqual([expected, expected, expected]);
  });

  it('hands clear and onMerge on', () => {
    const nested = new Always(TriggerResult.CONTINUE);
    const bench = new TriggerBench(PurgingTrigger.of(nested));
    bench.merge(new TimeWindow(0, 4), first, second);
    expect(nested.called).toEqual(['merge TimeWindow{start=0, end=4}', 'clear TimeWindow{start=0, end=2}', 'clear TimeWindow{start=2, end=4}']);
  });
});

describe('triggers of windows without an end', () => {
  it('NeverTrigger continues whatever comes', () => {
    const bench = new TriggerBench(NeverTrigger.create());
    expect([bench.element(1, 0, GlobalWindow.get()), bench.eventTimer(0, GlobalWindow.get()), bench.processingTimer(0, GlobalWindow.get())]).toEqual(['continue', 'continue', 'continue']);
    expect([bench.states, bench.eventTimers, bench.clockTimers]).toEqual([0, 0, 0]);
  });

  it('EndOfStreamTrigger sets one timer for the end of time and fires at that alone', () => {
    const bench = new TriggerBench(EndOfStreamTrigger.create());
    expect([bench.element(1, 0, GlobalWindow.get()), bench.element(1, 1, GlobalWindow.get()), bench.eventTimers]).toEqual(['continue', 'continue', 1]);
    expect([bench.eventTimer(1e15, GlobalWindow.get()), bench.processingTimer(Infinity, GlobalWindow.get())]).toEqual(['continue', 'continue']);
    expect(bench.watermark(Infinity)).toEqual([{ window: 'GlobalWindow', time: Infinity, verdict: 'fire' }]);
  });
});

it('triggers and evictors tell their settings', () => {
  const shown = [
    EventTimeTrigger.create(), ProcessingTimeTrigger.create(), CountTrigger.of(5), ContinuousEventTimeTrigger.of('1 s'), ContinuousProcessingTimeTrigger.of('2 s'), PurgingTrigger.of(CountTrigger.of(5)),
    ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), 50), DeltaTrigger.of<number>(3, (a, b) => b - a), CountEvictor.of(7), TimeEvictor.of('2 s'), DeltaEvictor.of<number>(3, (a, b) => b - a),
  ];
  expect(shown.map(String)).toEqual([
    'EventTimeTrigger()', 'ProcessingTimeTrigger()', 'CountTrigger(5)', 'ContinuousEventTimeTrigger(1000)', 'ContinuousProcessingTimeTrigger(2000)', 'PurgingTrigger(CountTrigger(5))',
    'TimeoutTrigger(EventTimeTrigger())', 'DeltaTrigger(3)', 'CountEvictor(7)', 'TimeEvictor(2000)', 'DeltaEvictor(3)',
  ]);
  expect([ContinuousEventTimeTrigger.of('1 s').getInterval(), ContinuousProcessingTimeTrigger.of('2 s').getInterval(), TimeEvictor.of('2 s').getWindowSize()]).toEqual([1000, 2000, 2000]);
});

describe('the context of a trigger', () => {
  it('has state and timers of each window by itself, the watermark and the clock', () => {
    const seen: string[] = [];
    class Curious extends Trigger<unknown, Window> {
      onElement(_element: unknown, timestamp: number, window: Window, context: TriggerContext): TriggerResult {
        seen.push(`${timestamp} ${context.getCurrentWatermark()} ${context.getCurrentProcessingTime()}`);
        context.registerEventTimeTimer(window.maxTimestamp());
        context.registerEventTimeTimer(window.maxTimestamp());
        context.registerProcessingTimeTimer(30);
        context.deleteProcessingTimeTimer(31);
        return TriggerResult.CONTINUE;
      }
      onEventTime(): TriggerResult { return TriggerResult.CONTINUE; }
      onProcessingTime(): TriggerResult { return TriggerResult.CONTINUE; }
      clear(): void {}
    }
    const bench = new TriggerBench(new Curious());
    bench.clockTo(20);
    bench.element(1, 0, first);
    bench.watermark(0);
    bench.element(1, 3, second);
    bench.element(1, 3, second);
    expect(seen).toEqual(['0 -Infinity 20', '3 0 20', '3 0 20']);
    expect([bench.eventTimers, bench.clockTimers]).toEqual([2, 2]);
  });

  it('gives the same state to descriptors made anew for each element, and keeps none of them', async () => {
    const made: WeakRef<object>[] = [];
    class EverySecond extends Trigger<unknown, Window> {
      onElement(_element: unknown, _timestamp: number, _window: Window, context: TriggerContext): TriggerResult {
        const descriptor = new ValueStateDescriptor<number>('seen', 0);
        made.push(new WeakRef(descriptor));
        const seen = context.getPartitionedState(descriptor);
        seen.update(seen.value()! + 1);
        return seen.value()! % 2 === 0 ? TriggerResult.FIRE : TriggerResult.CONTINUE;
      }
      onEventTime(): TriggerResult { return TriggerResult.CONTINUE; }
      onProcessingTime(): TriggerResult { return TriggerResult.CONTINUE; }
      clear(): void {}
    }
    const bench = new TriggerBench(new EverySecond());
    expect(Array.from({ length: 4 }, () => bench.element(1, 0, first))).toEqual(['continue', 'fire', 'continue', 'fire']);
    for (let i = 0; i < 1000; i++) bench.element(1, 0, first);
    // A WeakRef holds on to its object until the turn of the loop is over.
    await new Promise<void>((resolve) => setImmediate(resolve));
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(made.filter((each) => each.deref() !== undefined).length).toBeLessThan(100);
    bench.clear(first);
  });

  it('is no place to merge for a trigger that has not said how', () => {
    const bench = new TriggerBench(NeverTrigger.create());
    expect(() => bench.merge(new TimeWindow(0, 4), first, second)).toThrow(/NeverTrigger does not support merging windows/);
  });
});
