import { describe, expect, it } from 'vitest';
import { ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { RichReduceFunction } from '../../src/operators/functions.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { Trigger, TriggerResult, type TriggerContext } from '../../src/windowing/trigger.js';
import { fieldWindowAggregation } from '../../src/windowing/field-window-aggregation.js';
import { aggregateAggregation, foldAggregation, reduceAggregation } from '../../src/windowing/window-aggregation.js';
import type { ProcessWindowContext } from '../../src/windowing/window-functions.js';
import { allWindowFunctionEmission, passThrough, processWindowEmission, windowFunctionEmission } from '../../src/windowing/window-emission.js';
import { TimeWindow, type Window } from '../../src/windowing/window.js';
import { WindowAssigner } from '../../src/windowing/window-assigner.js';
import { MODES } from '../operators/modes.js';
import { type Item, taken, windows } from './windows.js';

const tumbling = TumblingEventTimeWindows.of(5000);
const sum = reduceAggregation<Item>((a, b) => [a[0], a[1] + b[1]]);

describe.each(MODES.flatMap((mode) => [{ ...mode, fastest: false }, { ...mode, fastest: true }]))('$mode window operator (fastest: $fastest)', ({ specialise, fastest }) => {
  it('fires a window for each key when the watermark reaches its last millisecond, before the watermark leaves', () => {
    const harness = windows({ assigner: tumbling, specialise, fastest });
    harness.push(['a', 1], 10).push(['b', 2], 20).push(['a', 3], 4999).push(['a', 4], 5000).watermark(4998);
    expect(taken(harness)).toEqual([]);
    harness.watermark(4999);
    expect(taken(harness).sort()).toEqual(['a [0,5000) 1 3', 'b [0,5000) 2']);
    expect(harness.watermarks).toEqual([4998, 4999]);
    harness.watermark(Infinity);
    expect(taken(harness)).toEqual(['a [5000,10000) 4']);
  });

});

describe.each(MODES)('$mode general window operator', ({ specialise }) => {
  it('takes hashes that an exchange has computed', () => {
    const harness = windows({ assigner: tumbling, specialise });
    harness.pushHashed(['a', 1], 97, 10).pushHashed(['a', 2], 97, 11).watermark(Infinity);
    expect(taken(harness)).toEqual(['a [0,5000) 1 2']);
  });
});

describe.each([{ fastest: false }, { fastest: true }])('results (fastest: $fastest)', ({ fastest }) => {
  it('carry the largest timestamp of the window, on side outputs as well', () => {
    const tag = new OutputTag<string>('side');
    const emission = processWindowEmission<TimeWindow>({ process: (key: string, context: ProcessWindowContext<TimeWindow>, _: unknown, out: { collect(v: string): void }) => { context.output(tag, key); out.collect(key); } }, 'process');
    const harness = windows({ fastest, assigner: tumbling, emission }).push(['a', 1], 10).watermark(9000);
    expect(harness.output).toEqual([{ value: 'a', timestamp: 4999 }]);
    expect(harness.sideOutputs.get('side')).toEqual([{ value: 'a', timestamp: 4999 }]);
  });
});

describe('elements in no window', () => {
  describe.each([{ fastest: false }, { fastest: true }])('an element in the gap between sliding windows (fastest: $fastest)', ({ fastest }) => {
    const gapped = (lateOutput?: string) => windows({ assigner: SlidingEventTimeWindows.of(1000, 3000), allowedLateness: 200, lateOutput, fastest });

    it('disappears without output and without being counted, unless it is late itself', () => {
      for (const watermark of [-Infinity, 1500, 1699]) {
        const [silent, counting] = [gapped('late'), gapped()];
        for (const harness of [silent, counting]) harness.watermark(watermark).push(['a', 1], 1500).watermark(Infinity);
        expect([silent.output, silent.sideValues('late'), dropped(counting)]).toEqual([[], [], 0]);
      }
    });

    it('is late when its timestamp plus the lateness is at or below the watermark: to the side output, or counted', () => {
      const [silent, counting] = [gapped('late'), gapped()];
      for (const harness of [silent, counting]) harness.watermark(1700).push(['a', 1], 1500);
      expect([silent.sideValues('late'), dropped(silent), dropped(counting)]).toEqual([[['a', 1]], 0, 1]);
    });
  });
});

describe.each([{ fastest: false }, { fastest: true }])('lateness (fastest: $fastest)', ({ fastest }) => {
  it('of zero drops an element that arrives when the watermark equals the window’s last millisecond', () => {
    const harness = windows({ fastest, assigner: tumbling }).watermark(4998).push(['a', 1], 4999).watermark(4999).push(['a', 2], 4999);
    expect([taken(harness), dropped(harness)]).toEqual([['a [0,5000) 1'], 1]);
  });

  it('takes elements until the watermark is the lateness beyond the last millisecond', () => {
    const harness = windows({ fastest, assigner: tumbling, allowedLateness: 100 }).push(['a', 1], 0).watermark(5098).push(['a', 2], 0);
    expect(taken(harness)).toEqual(['a [0,5000) 1', 'a [0,5000) 1 2']);
    harness.watermark(5099).push(['a', 3], 0);
    expect([taken(harness), dropped(harness)]).toEqual([[], 1]);
  });

  it('fires at once, once for each late element, with all contents', () => {
    const harness = windows({ fastest, assigner: tumbling, allowedLateness: 1000 }).push(['a', 1], 0).watermark(5000);
    harness.push(['a', 2], 1).push(['a', 3], 2);
    expect(taken(harness)).toEqual(['a [0,5000) 1', 'a [0,5000) 1 2', 'a [0,5000) 1 2 3']);
    harness.watermark(Infinity);
    expect(taken(harness)).toEqual([]);
  });

  it('fires a late element alone where the trigger purges', () => {
    const harness = windows({ fastest, assigner: tumbling, allowedLateness: 1000, trigger: PurgingTrigger.of(EventTimeTrigger.create()) }).push(['a', 1], 0).watermark(5000).push(['a', 2], 1);
    expect(taken(harness)).toEqual(['a [0,5000) 1', 'a [0,5000) 2']);
  });

  it('lets a late element create a window never seen before, which fires at once', () => {
    const harness = windows({ fastest, assigner: tumbling, allowedLateness: 1000 }).watermark(5500).push(['a', 1], 10);
    expect(taken(harness)).toEqual(['a [0,5000) 1']);
  });

  it('sends elements to the side output with their value and timestamp, and then counts none', () => {
    const harness = windows({ fastest, assigner: tumbling, lateOutput: 'late' }).watermark(6000).push(['a', 1], 17);
    expect(harness.sideOutputs.get('late')).toEqual([{ value: ['a', 1], timestamp: 17 }]);
    expect(dropped(harness)).toBe(0);
  });

  it('of a sliding element is judged window by window: it is late only if late for all', () => {
    const harness = windows({ fastest, assigner: SlidingEventTimeWindows.of(2000, 1000), lateOutput: 'late' }).watermark(1999).push(['a', 1], 1500);
    harness.watermark(Infinity);
    expect([taken(harness), harness.sideValues('late')]).toEqual([['a [1000,3000) 1'], []]);
    harness.push(['a', 2], 1500);
    expect(harness.sideValues('late')).toEqual([['a', 2]]);
  });

  it('means nothing by processing time: nothing is ever late', () => {
    const harness = windows({ fastest, assigner: TumblingProcessingTimeWindows.of(5000), allowedLateness: 10_000 });
    harness.watermark(1_000_000).push(['a', 1], 3).setProcessingTime(4999);
    expect(taken(harness)).toEqual(['a [0,5000) 1']);
    expect([harness.numProcessingTimeTimers(), harness.numKeyedStateEntries(), dropped(harness)]).toEqual([0, 0, 0]);
  });

  it('that reaches the end of time never cleans up', () => {
    const harness = windows({ fastest, assigner: tumbling, allowedLateness: Infinity }).push(['a', 1], 0).watermark(1e15).push(['a', 2], 1);
    expect(taken(harness)).toEqual(['a [0,5000) 1', 'a [0,5000) 1 2']);
  });

  it.each([['tumbling', tumbling], ['sliding', SlidingEventTimeWindows.of(5000, 5000)], ['sessions', EventTimeSessionWindows.withGap(5000)]])('whose sum with the end of the window overflows makes its cleanup time the largest time there is: %s are never cleaned up', (_, assigner) => {
    const cleared: string[] = [];
    const emission = processWindowEmission<TimeWindow>({ process: () => {}, clear: () => void cleared.push('cleared') }, 'process');
    const ends = (allowedLateness: number): number => {
      cleared.length = 0;
      const opened = () => windows<TimeWindow>({ fastest, assigner: assigner as typeof tumbling, allowedLateness, emission }).push(['a', 1], 10_000);
      opened().watermark(1e15).watermark(Infinity);
      opened().watermark(Infinity);
      return cleared.length;
    };
    expect([Infinity, Number.MAX_SAFE_INTEGER, 1e300].map(ends)).toEqual([0, 0, 0]);
    expect([0, 1000, Number.MAX_SAFE_INTEGER - 20_000].map(ends)).toEqual([2, 2, 2]);
    const general = windows<TimeWindow>({ assigner: assigner as typeof tumbling, allowedLateness: Number.MAX_SAFE_INTEGER }).push(['a', 1], 10_000).watermark(15_000);
    expect([general.numEventTimeTimers(), general.numKeyedStateEntries() > 0]).toEqual([0, true]);
  });

  it('starts over with a watermark of minus infinity: elements late before are taken', () => {
    const harness = windows({ fastest, assigner: tumbling }).push(['a', 1], 0).watermark(4999);
    expect(taken(harness)).toEqual(['a [0,5000) 1']);
  });
});

describe.each([{ fastest: false }, { fastest: true }])('cleanup (fastest: $fastest)', ({ fastest }) => {
  it('drops contents, trigger state and timers at the last millisecond plus the lateness', () => {
    const harness = windows({ assigner: tumbling, allowedLateness: 100, trigger: CountTrigger.of(5) }).push(['a', 1], 0);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([2, 1]);
    harness.watermark(5098);
    expect(harness.numKeyedStateEntries()).toBe(2);
    harness.watermark(5099);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers(), taken(harness)]).toEqual([0, 0, []]);
  });

  it('comes after the firing when both fall on the same timer', () => {
    const harness = windows({ assigner: tumbling }).push(['a', 1], 0);
    expect(harness.numEventTimeTimers()).toBe(1);
    harness.watermark(4999);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([['a [0,5000) 1'], 0]);
  });

  it.each([['tumbling', tumbling], ['sliding', SlidingEventTimeWindows.of(5000, 2500)]])('ends the life of per-window state, which begins with the first firing and goes on over late ones (%s)', (_, assigner) => {
    const firings = new ValueStateDescriptor<number>('firings', 0);
    const emission = processWindowEmission<TimeWindow>({
      process(key: string, context: ProcessWindowContext<TimeWindow>, _elements: unknown, out: { collect(v: string): void }) {
        const state = context.windowState().getState(firings);
        state.update(state.value()! + 1);
        out.collect(`${key} ${context.window().start} ${state.value()}`);
      },
      clear: (context: ProcessWindowContext<TimeWindow>) => context.windowState().getState(firings).clear(),
    }, 'process');
    const harness = windows<TimeWindow>({ assigner: assigner as typeof tumbling, allowedLateness: 1000, emission, fastest }).push(['a', 1], 0).push(['b', 1], 0);
    const ofFirst = (): string[] => taken(harness).filter((line) => line.includes(' 0 ')).sort();
    expect(ofFirst()).toEqual([]);
    expect([harness.watermark(4999), ofFirst()][1]).toEqual(['a 0 1', 'b 0 1']);
    expect([harness.push(['a', 2], 4000).push(['a', 3], 4000), ofFirst()][1]).toEqual(['a 0 2', 'a 0 3']);
    harness.watermark(5998);
    expect([harness.push(['a', 2], 4000), ofFirst()][1]).toEqual(['a 0 4']);
    expect([harness.watermark(Infinity), harness.numKeyedStateEntries()][1]).toBe(0);
  });

  it('calls the function’s clear once for each window, with its per-window state still there', () => {
    const cleared: string[] = [];
    const seen = new ValueStateDescriptor<number>('firings', 0);
    const emission = processWindowEmission<TimeWindow>({
      process(_key: string, context: ProcessWindowContext<TimeWindow>, _elements: unknown, out: { collect(v: number): void }) {
        const state = context.windowState().getState(seen);
        state.update(state.value()! + 1);
        out.collect(state.value()!);
      },
      clear(context: ProcessWindowContext<TimeWindow>) {
        const state = context.windowState().getState(seen);
        cleared.push(`${String(context.window())} ${state.value()}`);
        state.clear();
      },
    }, 'process');
    const harness = windows({ assigner: tumbling, allowedLateness: 100, emission, fastest }).push(['a', 1], 0).watermark(5000).push(['a', 2], 1).push(['a', 3], 7000);
    expect(harness.values).toEqual([1, 2]);
    harness.watermark(Infinity);
    expect(harness.values).toEqual([1, 2, 1]);
    expect(cleared).toEqual(['TimeWindow{start=0, end=5000} 2', 'TimeWindow{start=5000, end=10000} 1']);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });
});

describe.each([{ fastest: false }, { fastest: true }])('process and apply (fastest: $fastest)', ({ fastest }) => {
  it.each<[string, () => ReturnType<typeof windows>]>([
    ['tumbling', () => windows({ assigner: tumbling, fastest })],
    ['sliding', () => windows({ assigner: SlidingEventTimeWindows.of(5000, 2500), fastest })],
    ['sessions', () => windows({ assigner: EventTimeSessionWindows.withGap(5000), fastest })],
    ['tumbling by the clock', () => windows({ assigner: TumblingProcessingTimeWindows.of(5000), fastest })],
    ['counted', () => windows({ assigner: GlobalWindows.create(), trigger: PurgingTrigger.of(CountTrigger.of(5)), fastest })],
    ['with an evictor', () => windows({ assigner: tumbling, evictor: CountEvictor.of(9), fastest })],
  ])('get the elements of a window in the order in which they arrived, whatever their timestamps: %s', (_, make) => {
    const harness = make();
    [400, 300, 2600, 100, 2501].forEach((timestamp, n) => harness.push(['a', n], timestamp).push(['b', n], timestamp));
    harness.watermark(Infinity).setProcessingTime(10_000);
    const whole = taken(harness).filter((line) => line.startsWith('a ') && line.split(' ').length === 7);
    expect(whole.map((line) => line.replace(/^a \S+ /, ''))).toEqual(['0 1 2 3 4']);
  });
});

describe('firing', () => {
  it('of a window without contents calls no function', () => {
    const harness = windows({ assigner: GlobalWindows.create(), trigger: PurgingTrigger.of(CountTrigger.of(2)) });
    harness.push(['a', 1]).push(['a', 2]).push(['a', 3]).push(['b', 4]).push(['a', 5]);
    expect(taken(harness)).toEqual(['a global 1 2', 'a global 3 5']);
    const purged = windows({ assigner: tumbling, trigger: new Scripted({ onElement: TriggerResult.PURGE, onEventTime: TriggerResult.FIRE }) }).push(['a', 1], 0).watermark(4999);
    expect(taken(purged)).toEqual([]);
  });

  it('obeys the four results of a user’s own trigger', () => {
    const fired = (onElement: TriggerResult): string[] => taken(windows({ assigner: GlobalWindows.create(), trigger: new Scripted({ onElement }) }).push(['a', 1], 0).push(['a', 2], 0));
    expect(fired(TriggerResult.CONTINUE)).toEqual([]);
    expect(fired(TriggerResult.FIRE)).toEqual(['a global 1', 'a global 1 2']);
    expect(fired(TriggerResult.PURGE)).toEqual([]);
    expect(fired(TriggerResult.FIRE_AND_PURGE)).toEqual(['a global 1', 'a global 2']);
  });

  it('at the end replaces the default trigger: with a count trigger nothing fires at the window end', () => {
    const harness = windows({ assigner: tumbling, trigger: CountTrigger.of(2) }).push(['a', 1], 0).watermark(Infinity);
    expect(taken(harness)).toEqual([]);
  });

  it('leaves the state of a trigger as it is at a purge: a count goes on', () => {
    const count = new ValueStateDescriptor<number>('elements');
    class PurgeSecondFireThird extends Trigger<unknown, Window> {
      onElement(_element: unknown, _timestamp: number, _window: Window, context: TriggerContext): TriggerResult {
        const state = context.getPartitionedState(count);
        const elements = (state.value() ?? 0) + 1;
        state.update(elements);
        return [TriggerResult.CONTINUE, TriggerResult.PURGE, TriggerResult.FIRE][elements - 1] ?? TriggerResult.CONTINUE;
      }
      onEventTime(): TriggerResult { return TriggerResult.CONTINUE; }
      onProcessingTime(): TriggerResult { return TriggerResult.CONTINUE; }
      clear(_window: Window, context: TriggerContext): void { context.getPartitionedState(count).clear(); }
    }
    const harness = windows({ assigner: tumbling, trigger: new PurgeSecondFireThird() }).push(['a', 1], 0).push(['a', 2], 0).push(['a', 3], 0);
    expect(taken(harness)).toEqual(['a [0,5000) 3']);
    expect(harness.watermark(4999).numKeyedStateEntries()).toBe(0);
  });

  it('keeps trigger state and timers after a purge; only cleanup clears them', () => {
    const harness = windows({ assigner: tumbling, trigger: PurgingTrigger.of(CountTrigger.of(2)) }).push(['a', 1], 0).push(['a', 2], 0);
    expect(harness.numEventTimeTimers()).toBe(1);
    harness.push(['a', 3], 0);
    expect([taken(harness), harness.numKeyedStateEntries()]).toEqual([['a [0,5000) 1 2'], 2]);
    harness.watermark(4999);
    expect([harness.numEventTimeTimers(), harness.numKeyedStateEntries()]).toEqual([0, 0]);
  });
});

describe.each(MODES)('$mode operators made for a case', ({ specialise }) => {
  it('slide', () => {
    const harness = windows({ assigner: SlidingEventTimeWindows.of(4, 2), aggregation: sum, specialise, fastest: true }).push(['a', 1], 0).push(['b', 5], 3).push(['a', 2], 3).watermark(Infinity);
    expect(taken(harness)).toEqual(['a [-2,2) 1', 'a [0,4) 3', 'b [0,4) 5', 'b [2,6) 5', 'a [2,6) 2']);
  });

  it('keep sessions, with all elements or in an accumulator', () => {
    const sessions = EventTimeSessionWindows.withGap(3);
    for (const [aggregation, lines] of [[undefined, ['a [0,5) 1 2', 'a [9,12) 4']], [sum, ['a [0,5) 3', 'a [9,12) 4']]] as const) {
      expect(taken(windows({ assigner: sessions, aggregation, specialise, fastest: true }).push(['a', 1], 0).push(['a', 4], 9).push(['a', 2], 2).watermark(Infinity))).toEqual(lines);
    }
  });

  it('count', () => {
    const harness = windows<Window>({ assigner: GlobalWindows.create(), trigger: PurgingTrigger.of(CountTrigger.of(2)), aggregation: sum, specialise, fastest: true });
    harness.push(['a', 1], 1).pushHashed(['b', 2], 98).pushHashed(['a', 3], 97).push(['a', 5], 1);
    expect(harness.output).toEqual([{ value: 'a global 4', timestamp: Infinity }]);
    expect(harness.numKeyedStateEntries()).toBe(2);
  });

  it('take keys that are no primitives, and hand them out as they were', () => {
    const emission = windowFunctionEmission<TimeWindow>((key: unknown, _window: TimeWindow, _elements: unknown, out: { collect(v: unknown): void }) => out.collect(key), 'apply');
    for (const assigner of [tumbling, SlidingEventTimeWindows.of(10, 5), EventTimeSessionWindows.withGap(3)]) {
      const harness = windows<TimeWindow>({ assigner, keyOf: ([key, n]) => ({ key, even: n % 2 === 0 }), emission, specialise, fastest: true });
      harness.push(['a', 1], 7).push(['a', 3], 7).push(['a', 2], 7).watermark(9);
      expect(harness.values.slice(0, 2)).toEqual(assigner === tumbling ? [] : [{ key: 'a', even: false }, { key: 'a', even: true }]);
    }
  });
});

describe('functions', () => {
  it('after reduce see one element, folded as elements come', () => {
    const harness = windows({ assigner: tumbling, aggregation: sum }).push(['a', 1], 0).push(['a', 2], 0).push(['a', 4], 5000);
    expect(harness.numKeyedStateEntries()).toBe(2);
    harness.watermark(Infinity);
    expect(taken(harness)).toEqual(['a [0,5000) 3', 'a [5000,10000) 4']);
  });

  it('after aggregate see the result of each firing, from an accumulator that goes on', () => {
    const average = aggregateAggregation<Item, { n: number; total: number }, string>({
      createAccumulator: () => ({ n: 0, total: 0 }),
      add: ([, n], acc) => ({ n: acc.n + 1, total: acc.total + n }),
      getResult: (acc) => `${acc.total}/${acc.n}`,
      merge: (a, b) => ({ n: a.n + b.n, total: a.total + b.total }),
    });
    const harness = windows({ assigner: tumbling, aggregation: average, allowedLateness: 1000 }).push(['a', 1], 0).push(['a', 2], 0).watermark(4999).push(['a', 6], 0);
    expect(taken(harness)).toEqual(['a [0,5000) 3/2', 'a [0,5000) 9/3']);
  });

  it('fold starts each window from a copy of the initial value', () => {
    const fold = foldAggregation<Item, number[]>([], (all, [, n]) => { all.push(n); return all; });
    const harness = windows<Window>({ assigner: tumbling, aggregation: fold, emission: passThrough() });
    harness.push(['a', 1], 0).push(['a', 2], 0).push(['b', 3], 0).watermark(Infinity);
    expect(harness.values.sort()).toEqual([[1, 2], [3]]);
  });

  it('sum changes only its field, minBy and maxBy answer whole elements', () => {
    const run = (...args: Parameters<typeof fieldWindowAggregation>): unknown[] =>
      windows<Window>({ assigner: tumbling, aggregation: fieldWindowAggregation(...args) as never, emission: passThrough() }).push(['a', 2, 'x'], 0).push(['a', 1, 'y'], 1).push(['a', 1, 'z'], 2).watermark(Infinity).values;
    expect(run('sum', 1, {})).toEqual([['a', 4, 'x']]);
    expect(run('min', 1, {})).toEqual([['a', 1, 'x']]);
    expect(run('max', 1, {})).toEqual([['a', 2, 'x']]);
    expect(run('minBy', 1, {})).toEqual([['a', 1, 'y']]);
    expect(run('minBy', 1, { first: false })).toEqual([['a', 1, 'z']]);
    expect(run('maxBy', 1, {})).toEqual([['a', 2, 'x']]);
  });

  it('may be lambdas of key, window, elements and collector', () => {
    const emission = windowFunctionEmission<TimeWindow>((key: string, window: TimeWindow, elements: readonly Item[], out: { collect(v: unknown): void }) => out.collect([key, window.start, elements.length]), 'apply');
    expect(windows({ assigner: tumbling, emission }).push(['a', 1], 0).push(['a', 1], 1).watermark(Infinity).output).toEqual([{ value: ['a', 0, 2], timestamp: 4999 }]);
  });

  it('of streams without keys are not told a key', () => {
    const emission = allWindowFunctionEmission<TimeWindow>({ apply: (window: TimeWindow, elements: readonly Item[], out: { collect(v: unknown): void }) => out.collect([window.end, elements.length]) }, 'apply');
    expect(windows({ assigner: tumbling, keyOf: () => 0, emission }).push(['a', 1], 0).push(['b', 1], 1).watermark(Infinity).values).toEqual([[5000, 2]]);
  });

  it('keep global state for each key, whatever the window', () => {
    const total = new ValueStateDescriptor<number>('total', 0);
    const emission = processWindowEmission<TimeWindow>((key: string, context: ProcessWindowContext<TimeWindow>, elements: readonly Item[], out: { collect(v: unknown): void }) => {
      const state = context.globalState().getState(total);
      state.update(state.value()! + elements.length);
      out.collect(`${key} ${state.value()} at ${context.currentWatermark()}`);
    }, 'process');
    const harness = windows({ assigner: tumbling, emission }).push(['a', 1], 0).push(['a', 1], 6000).watermark(4999).push(['b', 1], 5000).watermark(9999);
    expect(harness.values.sort()).toEqual(['a 1 at 4999', 'a 2 at 9999', 'b 1 at 9999']);
  });

  it('that are rich cannot be the reduce of a window', () => {
    class Sum extends RichReduceFunction<Item> {
      reduce(a: Item, b: Item): Item { return [a[0], a[1] + b[1]]; }
    }
    expect(() => reduceAggregation(Sum)).toThrow(/cannot be a rich function/);
    expect(() => reduceAggregation(new Sum())).toThrow(/cannot be a rich function/);
    class Gather extends RichReduceFunction<Item> {
      createAccumulator(): number { return 0; }
      add(_: Item, n: number): number { return n + 1; }
      getResult(n: number): number { return n; }
      merge(a: number, b: number): number { return a + b; }
      fold(n: number): number { return n; }
      reduce(a: Item): Item { return a; }
    }
    expect(() => aggregateAggregation<Item, number, number>(Gather)).toThrow(/the AggregateFunction of aggregate over windows cannot be a rich function/);
    expect(() => foldAggregation<Item, number>(0, new Gather())).toThrow(/the FoldFunction of fold over windows cannot be a rich function/);
  });
});

describe('a user’s own assigner', () => {
  class Halves extends WindowAssigner<Item, TimeWindow> {
    assignWindows([, n]: Item): TimeWindow[] {
      return n % 2 === 0 ? [new TimeWindow(0, 10), new TimeWindow(10, 20)] : [];
    }
    getDefaultTrigger() { return EventTimeTrigger.create(); }
    isEventTime() { return true; }
  }
  it('puts elements into any windows it likes', () => {
    const harness = windows({ assigner: new Halves() }).push(['a', 1], 0).push(['a', 2], 0).push(['a', 4], 0).watermark(Infinity);
    expect(taken(harness)).toEqual(['a [0,10) 2 4', 'a [10,20) 2 4']);
  });
});

class Scripted extends Trigger<unknown, Window> {
  constructor(private readonly results: { onElement?: TriggerResult; onEventTime?: TriggerResult }) {
    super();
  }
  onElement(_element: unknown, _timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    if (this.results.onEventTime !== undefined) context.registerEventTimeTimer(window.maxTimestamp());
    return this.results.onElement ?? TriggerResult.CONTINUE;
  }
  onEventTime(): TriggerResult { return this.results.onEventTime ?? TriggerResult.CONTINUE; }
  onProcessingTime(): TriggerResult { return TriggerResult.CONTINUE; }
  clear(): void {}
}

function dropped(harness: ReturnType<typeof windows>): number {
  return harness.runtime.getMetricGroup().counter('numLateRecordsDropped').getCount();
}
