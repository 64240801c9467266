/**
 * Every way to compute over windows, with every kind of assigner, trigger and evictor, keyed and not: all give the same.
 */
import { describe, expect, it } from 'vitest';
import {
  type AggregateFunction, type AllWindowedStream, type Collector, CountEvictor, CountTrigger, type DataStream, type Evictor, EventTimeSessionWindows, GlobalWindows, MAX_TIMESTAMP, ProcessAllWindowFunction,
  ProcessingTimeSessionWindows, type ProcessWindowContext, ProcessWindowFunction, PurgingTrigger, RichAllWindowFunction, RichWindowFunction, SlidingEventTimeWindows, SlidingProcessingTimeWindows, TimeEvictor,
  type Trigger, TumblingEventTimeWindows, TumblingProcessingTimeWindows, type Window, type WindowAssigner, type WindowedStream,
} from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

type Item = readonly [key: string, n: number];
type Out = Collector<Item>;
type Keyed = WindowedStream<Item, string, Window>;
type All = AllWindowedStream<Item, Window>;

const total = (items: readonly Item[]): number => items.reduce((sum, [, n]) => sum + n, 0);
const add = (a: Item, b: Item): Item => [a[0], a[1] + b[1]];
const emitAll = (items: readonly Item[], out: Out): void => items.forEach((item) => out.collect(item));
const sums: AggregateFunction<Item, readonly [string, number], Item> = {
  createAccumulator: () => ['', 0], add: ([key, n], [, sum]) => [key, sum + n], getResult: (sum) => sum, merge: ([key, a], [, b]) => [key, a + b],
};

class ApplyKeyed extends RichWindowFunction<Item, Item, string, Window> {
  apply(key: string, _window: Window, items: readonly Item[], out: Out): void {
    out.collect([key, total(items)]);
  }
}
class ProcessKeyed extends ProcessWindowFunction<Item, Item, string, Window> {
  process(key: string, _context: ProcessWindowContext<Window>, items: readonly Item[], out: Out): void {
    out.collect([key, total(items)]);
  }
}
class ApplyAll extends RichAllWindowFunction<Item, Item, Window> {
  apply(_window: Window, items: readonly Item[], out: Out): void {
    out.collect(['a', total(items)]);
  }
}
class ProcessAll extends ProcessAllWindowFunction<Item, Item, Window> {
  process(_context: ProcessWindowContext<Window>, items: readonly Item[], out: Out): void {
    out.collect(['a', total(items)]);
  }
}

const KEYED: readonly (readonly [name: string, of: (windows: Keyed) => DataStream<Item>])[] = [
  ['sum', (windows) => windows.sum(1)],
  ['reduce', (windows) => windows.reduce(add)],
  ['reduce and a window function', (windows) => windows.reduce(add, (_key, _window, items, out: Out) => emitAll(items, out))],
  ['reduce and a process function', (windows) => windows.reduce(add, new ProcessKeyed())],
  ['aggregate', (windows) => windows.aggregate(sums)],
  ['aggregate and a window function', (windows) => windows.aggregate(sums, ApplyKeyed)],
  ['aggregate and a process function', (windows) => windows.aggregate(sums, ProcessKeyed)],
  ['apply', (windows) => windows.apply<Item>(new ApplyKeyed())],
  ['apply after a reduction', (windows) => windows.apply<Item>(add, ApplyKeyed)],
  ['process', (windows) => windows.process<Item>(ProcessKeyed)],
];
const ALL: readonly (readonly [name: string, of: (windows: All) => DataStream<Item>])[] = [
  ['sum', (windows) => windows.sum(1)],
  ['reduce', (windows) => windows.reduce(add)],
  ['reduce and a window function', (windows) => windows.reduce(add, (_window, items, out: Out) => emitAll(items, out))],
  ['reduce and a process function', (windows) => windows.reduce(add, new ProcessAll())],
  ['aggregate', (windows) => windows.aggregate(sums)],
  ['aggregate and a window function', (windows) => windows.aggregate(sums, ApplyAll)],
  ['aggregate and a process function', (windows) => windows.aggregate(sums, ProcessAll)],
  ['apply', (windows) => windows.apply<Item>(new ApplyAll())],
  ['apply after a reduction', (windows) => windows.apply<Item>(add, ApplyAll)],
  ['process', (windows) => windows.process<Item>(ProcessAll)],
];

/** The window of two elements at 40 and 42 ms, also by the clock, and the largest timestamp of each that has both. */
const ASSIGNERS: readonly (readonly [assigner: () => WindowAssigner<Item, Window>, ends: readonly number[]])[] = [
  [() => TumblingEventTimeWindows.of('1 s'), [999]],
  [() => TumblingProcessingTimeWindows.of('1 s'), [999]],
  [() => SlidingEventTimeWindows.of('1 s', '500 ms'), [499, 999]],
  [() => SlidingProcessingTimeWindows.of('1 s', '500 ms'), [499, 999]],
  [() => EventTimeSessionWindows.withGap('1 s'), [1041]],
  [() => ProcessingTimeSessionWindows.withGap('1 s'), [1041]],
  [() => EventTimeSessionWindows.withDynamicGap(() => 1000), [1041]],
  [() => ProcessingTimeSessionWindows.withDynamicGap(() => 1000), [1041]],
  [() => GlobalWindows.createWithEndOfStreamTrigger(), [MAX_TIMESTAMP]],
];
const TRIGGERS: readonly ((assigner: WindowAssigner<Item, Window>) => Trigger<Item, Window>)[] = [(assigner) => assigner.getDefaultTrigger(), () => CountTrigger.of(2), (assigner) => PurgingTrigger.of(assigner.getDefaultTrigger())];
const EVICTORS: readonly (Evictor<Item, Window> | undefined)[] = [undefined, CountEvictor.of(5), TimeEvictor.of('1 s')];

type Settings<WS> = { trigger(trigger: Trigger<Item, Window>): WS; evictor(evictor: Evictor<Item, Window>): WS };

/** Results of every assigner, trigger and evictor that are not as expected. */
async function unexpected<WS extends Settings<WS>>(windowed: (items: DataStream<Item>, assigner: WindowAssigner<Item, Window>) => WS, of: (windows: WS) => DataStream<Item>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [make, ends] of ASSIGNERS) {
    for (const trigger of TRIGGERS) {
      for (const evictor of EVICTORS) {
        const assigner = make();
        const driven = await harness.operator<Item, Item>((items) => {
          const windows = windowed(items, assigner).trigger(trigger(assigner));
          return of(evictor ? windows.evictor(evictor) : windows);
        });
        driven.setProcessingTime(40);
        driven.push(['a', 1], 40);
        driven.setProcessingTime(42);
        driven.push(['a', 2], 42);
        driven.setProcessingTime(100_000);
        driven.watermark(MAX_TIMESTAMP);
        const results = driven.output.map(({ value: [key, n], timestamp }) => `${key} ${n} @${timestamp}`).sort();
        const left = driven.numKeyedStateEntries() + driven.numEventTimeTimers() + driven.numProcessingTimeTimers();
        if (results.join() !== ends.map((end) => `a 3 @${end}`).join()) wrong.push(`${String(assigner)} ${String(trigger(assigner))} ${String(evictor)}: ${results.join() || 'nothing'}`);
        else if (left > 0 && ends[0] !== MAX_TIMESTAMP) wrong.push(`${String(assigner)} ${String(trigger(assigner))} ${String(evictor)}: ${left} left`);
        await driven.close();
      }
    }
  }
  return wrong;
}

describe('with any assigner, trigger and evictor two elements give their sum with the end of each of their windows, and leave nothing behind', () => {
  it.each(KEYED)('keyed: %s', async (_, of) => {
    expect(await unexpected((items, assigner) => items.keyBy(([key]) => key).window(assigner), of)).toEqual([]);
  });

  it.each(ALL)('all: %s', async (_, of) => {
    expect(await unexpected((items, assigner) => items.windowAll(assigner), of)).toEqual([]);
  });
});
