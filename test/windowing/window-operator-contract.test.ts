// What the window operator asks its assigner, trigger, evictor and function, and when.
import { describe, expect, it } from 'vitest';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { ProcessingTimeTrigger } from '../../src/windowing/processing-time-trigger.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { EventTimeSessionWindows, ProcessingTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import { Trigger, TriggerResult, type OnMergeContext, type TriggerContext } from '../../src/windowing/trigger.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { fieldWindowAggregation } from '../../src/windowing/field-window-aggregation.js';
import { reduceAggregation } from '../../src/windowing/window-aggregation.js';
import { WindowAssigner } from '../../src/windowing/window-assigner.js';
import type { ProcessWindowContext } from '../../src/windowing/window-functions.js';
import { processWindowEmission } from '../../src/windowing/window-emission.js';
import { mergeTimeWindows, TimeWindow, type Window } from '../../src/windowing/window.js';
import { gathered, type Item, OwnWindows, span, taken, windows } from './windows.js';

const { CONTINUE, FIRE, PURGE, FIRE_AND_PURGE } = TriggerResult;
const EITHER = [{ fastest: false }, { fastest: true }];
const tumbling = TumblingEventTimeWindows.of(10);

type Answer = (context: TriggerContext, window: Window) => TriggerResult | void;

/** A trigger that answers what a test says, and writes down what it was asked. */
class Asked extends Trigger<Item, Window> {
  readonly log: string[] = [];
  constructor(private readonly answers: { element?: Answer; eventTime?: Answer; clock?: Answer; merge?: (context: OnMergeContext, window: Window) => unknown } = {}) {
    super();
  }
  onElement([, n]: Item, _timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    this.log.push(`element ${n} ${span(window)}`);
    return this.answers.element?.(context, window) ?? CONTINUE;
  }
  onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    this.log.push(`event time ${time} ${span(window)}`);
    return this.answers.eventTime?.(context, window) ?? CONTINUE;
  }
  onProcessingTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    this.log.push(`clock ${time} ${span(window)}`);
    return this.answers.clock?.(context, window) ?? CONTINUE;
  }
  clear(window: Window): void {
    this.log.push(`clear ${span(window)}`);
  }
  override canMerge(): boolean {
    return true;
  }
  override onMerge(window: Window, context: OnMergeContext): void {
    this.log.push(`merge ${span(window)}`);
    return this.answers.merge?.(context, window) as void;
  }
  take(): string[] {
    return this.log.splice(0);
  }
}

/** Puts each element into the windows that a test says. */
class Chosen extends WindowAssigner<Item, TimeWindow> {
  asked = 0;
  constructor(private readonly choose: (item: Item) => readonly TimeWindow[]) {
    super();
  }
  assignWindows(item: Item): readonly TimeWindow[] {
    this.asked += 1;
    return this.choose(item);
  }
  getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }
  isEventTime(): boolean {
    return true;
  }
}

describe('the assigner', () => {
  it('is asked once for each element', () => {
    const assigner = new Chosen(() => [new TimeWindow(0, 10), new TimeWindow(10, 20)]);
    windows({ assigner }).push(['a', 1], 0).push(['a', 2], 0);
    expect(assigner.asked).toBe(2);
  });

  it('may put an element into several windows, taken in its order, or into none', () => {
    const trigger = new Asked();
    const harness = windows({ assigner: new Chosen(([, n]) => (n === 0 ? [] : [new TimeWindow(10, 20), new TimeWindow(0, 10)])), trigger }).push(['a', 1], 0).push(['a', 0], 0);
    expect(trigger.take()).toEqual(['element 1 [10,20)', 'element 1 [0,10)']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([2, 2]);
  });

  it('is asked of sliding windows latest first', () => {
    const trigger = new Asked();
    windows({ assigner: SlidingEventTimeWindows.of(30, 10), trigger }).push(['a', 1], 25);
    expect(trigger.take()).toEqual(['element 1 [20,50)', 'element 1 [10,40)', 'element 1 [0,30)']);
  });
});

describe('what a trigger answers to an element', () => {
  const answering = (answer: TriggerResult) => windows({ assigner: tumbling, trigger: new Asked({ element: () => answer }) }).push(['a', 1], 0);

  it('CONTINUE keeps the contents and calls no function', () => {
    const harness = answering(CONTINUE);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([[], 1]);
  });

  it('FIRE calls the function with the contents and keeps them', () => {
    const harness = answering(FIRE);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([['a [0,10) 1'], 1]);
  });

  it('FIRE_AND_PURGE calls the function and drops the contents; the cleanup timer stays', () => {
    const harness = answering(FIRE_AND_PURGE);
    expect([taken(harness), harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([['a [0,10) 1'], 0, 1]);
  });

  it('PURGE drops the contents and calls no function', () => {
    const harness = answering(PURGE);
    expect([taken(harness), harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([[], 0, 1]);
  });
});

describe.each(['event time', 'the clock'] as const)('what a trigger answers to a timer of %s', (kind) => {
  const byEvent = kind === 'event time';
  const at = (answer: TriggerResult) => {
    const set = (context: TriggerContext): void => (byEvent ? context.registerEventTimeTimer(5) : context.registerProcessingTimeTimer(5));
    const trigger = new Asked({ element: set, [byEvent ? 'eventTime' : 'clock']: () => answer });
    const harness = windows({ assigner: byEvent ? tumbling : TumblingProcessingTimeWindows.of(10), trigger }).push(['a', 1], 0).push(['a', 2], 0);
    const pass = (time: number) => (byEvent ? harness.watermark(time) : harness.setProcessingTime(time));
    pass(5);
    return { harness, pass };
  };

  it('CONTINUE keeps the contents and calls no function', () => {
    const { harness } = at(CONTINUE);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([[], 1]);
  });

  it('FIRE calls the function with the contents and keeps them', () => {
    const { harness } = at(FIRE);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([['a [0,10) 1 2'], 1]);
  });

  it('FIRE_AND_PURGE calls the function and drops the contents; the cleanup timer stays', () => {
    const { harness } = at(FIRE_AND_PURGE);
    expect([taken(harness), harness.numKeyedStateEntries(), harness.numEventTimeTimers() + harness.numProcessingTimeTimers()]).toEqual([['a [0,10) 1 2'], 0, 1]);
  });

  it('PURGE drops the contents and calls no function, then or at the end', () => {
    const { harness, pass } = at(PURGE);
    pass(9);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([[], 0]);
  });
});

describe('timers that a trigger sets', () => {
  it('come with their own window and key', () => {
    const fired: string[] = [];
    const trigger = new Asked({
      element: (context, window) => context.registerEventTimeTimer(window.maxTimestamp() - 2),
      eventTime: () => FIRE,
    });
    const harness = windows({ assigner: SlidingEventTimeWindows.of(20, 10), trigger }).push(['a', 1], 12).push(['b', 2], 2).watermark(17);
    fired.push(...taken(harness).sort());
    expect(fired).toEqual(['a [0,20) 1', 'b [-10,10) 2', 'b [-10,10) 2', 'b [0,20) 2']);
  });

  it('are one timer with the cleanup timer where the times agree: the trigger is asked once', () => {
    const trigger = new Asked({ element: (context, window) => context.registerEventTimeTimer(window.maxTimestamp()) });
    const harness = windows({ assigner: tumbling, trigger }).push(['a', 1], 0);
    expect(harness.numEventTimeTimers()).toBe(1);
    harness.watermark(100);
    expect(trigger.take()).toEqual(['element 1 [0,10)', 'event time 9 [0,10)', 'clear [0,10)']);
  });

  it('can be deleted, and the trigger is asked at the cleanup timer alone', () => {
    const trigger = new Asked({
      element: (context) => {
        context.registerEventTimeTimer(3);
        context.registerProcessingTimeTimer(3);
        context.deleteEventTimeTimer(3);
        context.deleteProcessingTimeTimer(3);
      },
    });
    const harness = windows({ assigner: tumbling, trigger }).push(['a', 1], 0).setProcessingTime(50).watermark(100);
    expect([trigger.take(), harness.numProcessingTimeTimers()]).toEqual([['element 1 [0,10)', 'event time 9 [0,10)', 'clear [0,10)'], 0]);
  });

  it('of the other kind of time do not clean up, even at the cleanup time', () => {
    const trigger = new Asked({ element: (context) => context.registerProcessingTimeTimer(9), clock: () => FIRE });
    const harness = windows({ assigner: tumbling, trigger }).push(['a', 1], 0).setProcessingTime(9);
    expect([taken(harness), harness.numKeyedStateEntries(), trigger.take()]).toEqual([['a [0,10) 1'], 1, ['element 1 [0,10)', 'clock 9 [0,10)']]);
  });

  it('of a purged window ask the trigger, and fire nothing', () => {
    const trigger = new Asked({ element: (context) => (context.registerEventTimeTimer(5), PURGE), eventTime: () => FIRE });
    const harness = windows({ assigner: tumbling, trigger }).push(['a', 1], 0).watermark(5);
    expect([taken(harness), trigger.take(), harness.numEventTimeTimers()]).toEqual([[], ['element 1 [0,10)', 'event time 5 [0,10)'], 1]);
  });

  it('of a window that was cleaned up fire nothing', () => {
    const trigger = new Asked({ element: (context) => context.registerEventTimeTimer(50), eventTime: () => FIRE });
    const harness = windows({ assigner: tumbling, trigger }).push(['a', 1], 0).watermark(100);
    expect([taken(harness), harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([['a [0,10) 1'], 0, 0]);
  });

  it('of a window that has merged into another, or was cleaned up there, never reach the trigger', () => {
    const trigger = new Asked({ element: (context) => context.registerEventTimeTimer(200), eventTime: () => FIRE });
    const harness = windows({ assigner: EventTimeSessionWindows.withGap(10), trigger }).push(['a', 1], 0).push(['a', 2], 8);
    expect(trigger.take()).toEqual(['element 1 [0,10)', 'merge [0,18)', 'clear [0,10)', 'element 2 [0,18)']);
    harness.watermark(300);
    expect([trigger.take(), taken(harness), harness.numEventTimeTimers()]).toEqual([['event time 17 [0,18)', 'clear [0,18)'], ['a [0,18) 1 2'], 0]);
  });
});

describe('cleanup', () => {
  it('of a window without end is never scheduled', () => {
    const harness = windows({ assigner: GlobalWindows.create(), trigger: CountTrigger.of(2) }).push(['a', 1], 0);
    expect([harness.numEventTimeTimers(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
  });

  it('by event time is scheduled at the last millisecond plus the lateness, by the clock at the last millisecond', () => {
    const trigger = new Asked();
    const byEvent = windows({ assigner: tumbling, trigger, allowedLateness: 20 }).push(['a', 1], 0).watermark(28);
    expect([byEvent.numEventTimeTimers(), byEvent.watermark(29).numEventTimeTimers()]).toEqual([1, 0]);
    const byClock = windows({ assigner: TumblingProcessingTimeWindows.of(10), trigger, allowedLateness: 20 }).push(['a', 1], 0).setProcessingTime(8);
    expect([byClock.numProcessingTimeTimers(), byClock.setProcessingTime(9).numProcessingTimeTimers()]).toEqual([1, 0]);
  });

  it('forgets contents, trigger state and windows in flight, also of windows purged before', () => {
    for (const trigger of [EventTimeTrigger.create(), PurgingTrigger.of(CountTrigger.of(1)), PurgingTrigger.of(CountTrigger.of(2)), ContinuousEventTimeTrigger.of(3)]) {
      for (const assigner of [tumbling, SlidingEventTimeWindows.of(20, 10), EventTimeSessionWindows.withGap(10)]) {
        const harness = windows<TimeWindow>({ assigner, trigger, allowedLateness: 7 }).push(['a', 1], 0).push(['a', 2], 3).push(['b', 3], 5).watermark(12).push(['a', 4], 12).watermark(1000);
        expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
      }
    }
  });

  it('of windows by the clock forgets sessions, too', () => {
    const harness = windows({ assigner: ProcessingTimeSessionWindows.withGap(10), trigger: PurgingTrigger.of(ProcessingTimeTrigger.create()) }).push(['a', 1]).setProcessingTime(5).push(['a', 2]).setProcessingTime(100);
    expect([taken(harness), harness.numKeyedStateEntries(), harness.numProcessingTimeTimers()]).toEqual([['a [0,15) 1 2'], 0, 0]);
  });

  it('calls the function’s clear for sessions under the window that they have become', () => {
    const cleared: string[] = [];
    const emission = processWindowEmission<TimeWindow>({ process() {}, clear: (context: ProcessWindowContext<TimeWindow>) => void cleared.push(span(context.window())) }, 'process');
    for (const { fastest } of EITHER) windows({ assigner: EventTimeSessionWindows.withGap(10), emission, fastest }).push(['a', 1], 0).push(['a', 2], 8).watermark(1000);
    expect(cleared).toEqual(['[0,18)', '[0,18)']);
  });
});

describe('merging', () => {
  it('asks the trigger once for the window that results, then clears it for each that is gone, before the element is shown to it', () => {
    const trigger = new Asked();
    windows({ assigner: EventTimeSessionWindows.withGap(10), trigger }).push(['a', 1], 0).push(['a', 2], 20).push(['a', 3], 10);
    const log = trigger.take();
    expect(log.slice(0, 3)).toEqual(['element 1 [0,10)', 'element 2 [20,30)', 'merge [0,30)']);
    expect(log.slice(3, 5).sort()).toEqual(['clear [0,10)', 'clear [20,30)']);
    expect(log.slice(5)).toEqual(['element 3 [0,30)']);
  });

  it('never fires by itself, whatever onMerge answers', () => {
    const trigger = new Asked({ merge: () => FIRE_AND_PURGE });
    const harness = windows({ assigner: EventTimeSessionWindows.withGap(10), trigger }).push(['a', 1], 0).push(['a', 2], 8);
    expect([trigger.take(), taken(harness)]).toEqual([['element 1 [0,10)', 'merge [0,18)', 'clear [0,10)', 'element 2 [0,18)'], []]);
  });

  it('calls nobody for an element inside a session', () => {
    const trigger = new Asked();
    windows({ assigner: EventTimeSessionWindows.withDynamicGap<Item>(([, gap]) => gap), trigger }).push(['a', 20], 0).push(['a', 5], 8);
    expect(trigger.take()).toEqual(['element 20 [0,20)', 'element 5 [0,20)']);
  });

  it('deletes the cleanup timers of the windows that are gone', () => {
    const harness = windows({ assigner: EventTimeSessionWindows.withGap(10), trigger: new Asked() }).push(['a', 1], 0).push(['a', 2], 20).push(['a', 3], 10);
    expect(harness.numEventTimeTimers()).toBe(1);
  });

  it('takes in a window without length', () => {
    const own = new OwnWindows<TimeWindow>(([, n], time) => [new TimeWindow(time, n === 33 ? time : time + 3000)], mergeTimeWindows, EventTimeTrigger.create());
    const harness = windows({ assigner: own, aggregation: gathered }).push(['a', 1], 0).push(['a', 33], 1000).push(['b', 33], 7000).watermark(6998);
    expect(taken(harness)).toEqual(['a [0,3000) 1 33']);
    expect(taken(harness.watermark(6999))).toEqual(['b [7000,7000) 33']);
  });

  it('by the clock may not make windows that are over', () => {
    class Shrinking extends OwnWindows<TimeWindow> {
      override isEventTime(): boolean {
        return false;
      }
    }
    const assigner = new Shrinking(([, n]) => [new TimeWindow(n, n + 100)], (all, merge) => { if (all.length > 1) merge(all, new TimeWindow(0, 10)); }, ProcessingTimeTrigger.create());
    const harness = windows({ assigner }).push(['a', 50], 0).setProcessingTime(20);
    expect(() => harness.push(['a', 60], 0)).toThrow(/merged windows cannot end before the present/);
  });

  it('a purge by an element or by a timer leaves the session in flight', () => {
    const purging = windows({ assigner: EventTimeSessionWindows.withGap(10), trigger: new Asked({ element: () => FIRE_AND_PURGE }) }).push(['a', 1], 0);
    expect(taken(purging.push(['a', 2], 8))).toEqual(['a [0,10) 1', 'a [0,18) 2']);
    expect([purging.numKeyedStateEntries(), purging.numEventTimeTimers()]).toEqual([1, 1]);
    const set = (context: TriggerContext): void => context.registerEventTimeTimer(5);
    const byTimer = windows({ assigner: EventTimeSessionWindows.withGap(10), trigger: new Asked({ element: set, eventTime: () => FIRE_AND_PURGE, merge: set }) }).push(['a', 1], 0).watermark(5);
    expect([taken(byTimer), byTimer.numKeyedStateEntries()]).toEqual([['a [0,10) 1'], 1]);
    expect(taken(byTimer.push(['a', 2], 8).watermark(17))).toEqual(['a [0,18) 2']);
  });
});

describe.each(EITHER)('late sessions (fastest: $fastest)', ({ fastest }) => {
  const sessions = (allowedLateness: number) => windows({ assigner: EventTimeSessionWindows.withGap(3000), allowedLateness, lateOutput: 'late', aggregation: gathered, fastest });

  it('without lateness take what connects to a session that has not ended, however old it is', () => {
    const harness = sessions(0).push(['a', 1], 1000).watermark(1999).push(['a', 2], 2000).watermark(4998).push(['a', 3], 4500).watermark(7498);
    expect([taken(harness), harness.sideValues('late')]).toEqual([[], []]);
    expect(taken(harness.push(['a', 4], 500).watermark(7499))).toEqual(['a [500,7500) 1 2 3 4']);
    harness.push(['a', 5], 4499);
    expect(harness.sideValues('late')).toEqual([['a', 5]]);
  });

  it('within the lateness take elements after their end, fire for each, and grow', () => {
    const harness = sessions(1000).push(['a', 1], 0).watermark(3500);
    expect(taken(harness)).toEqual(['a [0,3000) 1']);
    expect(taken(harness.push(['a', 2], 100))).toEqual(['a [0,3100) 1 2']);
    expect(taken(harness.push(['a', 3], 2900))).toEqual([]);
    expect(taken(harness.watermark(5899))).toEqual(['a [0,5900) 1 2 3']);
  });

  it('after their cleanup are others’ past: a late element begins a session of its own while its window is within the lateness', () => {
    const harness = sessions(1000).push(['a', 1], 0).watermark(3999);
    expect(taken(harness)).toEqual(['a [0,3000) 1']);
    expect(taken(harness.push(['a', 2], 500))).toEqual(['a [500,3500) 2']);
    expect([taken(harness.push(['a', 3], 0)), harness.sideValues('late')]).toEqual([['a [0,3500) 2 3'], []]);
    harness.watermark(4500).push(['a', 4], 500);
    expect([taken(harness), harness.sideValues('late')]).toEqual([[], [['a', 4]]]);
  });

  it('that one late element connects to a live one fire when that ends', () => {
    const harness = sessions(10_000).push(['a', 1], 0).watermark(5000).push(['a', 2], 5500);
    expect(taken(harness)).toEqual(['a [0,3000) 1']);
    expect(taken(harness.push(['a', 3], 2800))).toEqual([]);
    expect(taken(harness.watermark(8499))).toEqual(['a [0,8500) 1 2 3']);
    expect(harness.sideValues('late')).toEqual([]);
  });
});

describe.each(EITHER)('a late element of sliding windows (fastest: $fastest)', ({ fastest }) => {
  it.each([['all elements', undefined], ['an accumulator', gathered], ['a sum', fieldWindowAggregation<Item>('sum', 1, {})]] as const)('fires them latest first, as they are assigned, where they keep %s', (_, aggregation) => {
    const harness = windows({ assigner: SlidingEventTimeWindows.of(30, 10), allowedLateness: 100, aggregation, fastest }).push(['a', 1], 25).push(['b', 1], 15).watermark(45);
    taken(harness);
    const spans = taken(harness.push(['a', 2], 21)).map((line) => line.split(' ')[1]);
    expect(spans).toEqual(['[10,40)', '[0,30)']);
    expect(taken(harness.push(['c', 2], 12)).map((line) => line.split(' ')[1])).toEqual(['[10,40)', '[0,30)', '[-10,20)']);
  });
});

describe('evictors in the operator', () => {
  it('with a trigger that purges, drop what the evictor had left', () => {
    const harness = windows<Window>({ assigner: GlobalWindows.create(), trigger: PurgingTrigger.of(CountTrigger.of(3)), evictor: CountEvictor.of(2) });
    for (let n = 1; n <= 6; n++) harness.push(['a', n]);
    expect(taken(harness)).toEqual(['a global 2 3', 'a global 5 6']);
  });

  it('see lists of merged sessions', () => {
    const harness = windows<TimeWindow>({ assigner: EventTimeSessionWindows.withGap(10), evictor: CountEvictor.of(2) }).push(['a', 1], 0).push(['a', 2], 15).push(['a', 3], 8).watermark(1000);
    const [line] = taken(harness);
    expect(line).toMatch(/^a \[0,25\) \d 3$/);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });

  it('leave late elements to the side output and to the counter', () => {
    const dropping = windows<TimeWindow>({ assigner: tumbling, evictor: CountEvictor.of(2) }).watermark(100).push(['a', 1], 0);
    const kept = windows<TimeWindow>({ assigner: tumbling, evictor: CountEvictor.of(2), lateOutput: 'late' }).watermark(100).push(['a', 1], 0);
    expect([dropping.counter('numLateRecordsDropped'), kept.counter('numLateRecordsDropped'), kept.sideValues('late')]).toEqual([1, 0, [['a', 1]]]);
  });

  it('are told how many elements there are, the window, and both times', () => {
    const seen: unknown[] = [];
    const evictor = {
      evictBefore: (elements: unknown[], size: number, window: TimeWindow, context: { getCurrentWatermark(): number; getCurrentProcessingTime(): number }) =>
        void seen.push([elements.length, size, span(window), context.getCurrentWatermark(), context.getCurrentProcessingTime()]),
      evictAfter: (elements: unknown[], size: number) => void seen.push([elements.length, size]),
    };
    windows<TimeWindow>({ assigner: tumbling, evictor: evictor as never }).setProcessingTime(77).push(['a', 1], 0).push(['a', 2], 5).watermark(9);
    expect(seen).toEqual([[2, 2, '[0,10)', 9, 77], [2, 2]]);
  });

  it('before a reduce evict from elements, not from its result: every slide sums the last so many', () => {
    const harness = windows<Window>({ assigner: GlobalWindows.create(), trigger: CountTrigger.of(2), evictor: CountEvictor.of(4), aggregation: reduceAggregation<Item>((a, b) => [a[0], a[1] + b[1]]) });
    for (let i = 0; i < 10; i++) harness.push(['a', 1]);
    expect(taken(harness)).toEqual(['a global 2', 'a global 4', 'a global 4', 'a global 4', 'a global 4']);
    const after = windows<Window>({ assigner: GlobalWindows.create(), trigger: CountTrigger.of(2), evictor: CountEvictor.of(4, true), aggregation: reduceAggregation<Item>((a, b) => [a[0], a[1] + b[1]]) });
    for (let i = 0; i < 10; i++) after.push(['a', 1]);
    expect(taken(after)).toEqual(['a global 2', 'a global 4', 'a global 6', 'a global 6', 'a global 6']);
  });
});
