/**
 * Sequences of elements and watermarks with a restart in the middle, whose results are known.
 */
import { describe, expect, it } from 'vitest';
import {
  type Collector, ContinuousEventTimeTrigger, CountTrigger, type DataStream, EventTimeSessionWindows, EventTimeTrigger, GlobalWindows, PurgingTrigger, SlidingEventTimeWindows, TimeWindow, type Trigger,
  TumblingEventTimeWindows, type Window, type WindowAssigner, type WindowedStream,
} from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

type Item = readonly [key: string, n: number];
/** An element, a watermark, or a restart from a snapshot; and what comes out, in no order. */
type Step = readonly [step: readonly [key: string, n: number, at: number] | number | 'restart', ...out: string[]];
type Compute = (windows: WindowedStream<Item, string, Window>) => DataStream<string>;

const span = (window: Window): string => (window instanceof TimeWindow ? ` ${window.start}-${window.end}` : '');
const total = (items: readonly Item[]): number => items.reduce((sum, [, n]) => sum + n, 0);
const emit = (key: string, window: Window, items: readonly Item[], out: Collector<string>): void => out.collect(`${key}${total(items)}${span(window)}`);

const COMPUTES: readonly (readonly [name: string, compute: Compute])[] = [
  ['lists', (windows) => windows.apply<string>(emit)],
  ['reductions', (windows) => windows.reduce((a, b) => [a[0], a[1] + b[1]], emit)],
];

async function play(assigner: WindowAssigner<Item, never>, trigger: Trigger<Item, never>, compute: Compute, steps: readonly Step[]): Promise<void> {
  const build = (items: DataStream<Item>) => compute(items.keyBy(([key]) => key).window(assigner as unknown as WindowAssigner<Item, Window>).trigger(trigger as unknown as Trigger<Item, Window>));
  let driven = await harness.operator(build);
  for (const [step, ...out] of steps) {
    if (step === 'restart') driven = await harness.operator(build, { restoreFrom: await driven.snapshot() });
    else if (typeof step === 'number') driven.watermark(step);
    else driven.push([step[0], step[1]], step[2]);
    expect([step, ...driven.take().sort()]).toEqual([step, ...out]);
  }
}

/** The same element many times. */
const elements = (text: string): Step[] => text.split(' ').map((each): Step => [[each[0]!, 1, Number(each.slice(1))]]);

describe.each(COMPUTES)('%s go on after a restart', (_, compute) => {
  it('in windows one after the other, open ones and such as have fired', () =>
    play(TumblingEventTimeWindows.of('3 s') as never, EventTimeTrigger.create() as never, compute, [
      ...elements('b3999 b3000 a20 a0 a999 b1998 b1999 b1000'), [999], [1999], ['restart'],
      [2999, 'a3 0-3000', 'b3 0-3000'], [3999], [4999], ['restart'], [5999, 'b2 3000-6000'], [7999],
    ]));

  it('in windows that overlap', () =>
    play(SlidingEventTimeWindows.of('3 s', '1 s') as never, EventTimeTrigger.create() as never, compute, [
      ...elements('b3999 b3000 a20 a0 a999 b1998 b1999 b1000'), [999, 'a3 -2000-1000'], [1999, 'a3 -1000-2000', 'b3 -1000-2000'], [2999, 'a3 0-3000', 'b3 0-3000'], ['restart'],
      [3999, 'b5 1000-4000'], [4999, 'b2 2000-5000'], [5999, 'b2 3000-6000'], [7999],
    ]));

  it('in sessions', () =>
    play(EventTimeSessionWindows.withGap('3 s') as never, EventTimeTrigger.create() as never, compute, [
      [['b', 1, 0]], [['b', 2, 1000]], [['b', 3, 2500]], [['a', 1, 10]], [['a', 2, 1000]], ['restart'],
      [['a', 3, 2500]], [['b', 4, 5501]], [['b', 5, 6000]], [['b', 5, 6000]], [['b', 6, 6050]],
      [12_000, 'a6 10-5500', 'b20 5501-9050', 'b6 0-5500'], [['b', 10, 15_000]], [['b', 20, 15_000]], [17_999, 'b30 15000-18000'],
    ]));

  it('in sessions that fire at every fourth element', () =>
    play(EventTimeSessionWindows.withGap('3 s') as never, PurgingTrigger.of(CountTrigger.of(4)) as never, compute, [
      [['b', 1, 0]], [['b', 2, 1000]], [['b', 3, 2500]], [['b', 4, 3500], 'b10 0-6500'], [['a', 1, 10]], [['a', 2, 1000]], ['restart'],
      [['a', 3, 2500]], [['a', 1, 6000]], [['a', 2, 6500]], [['a', 3, 7000]],
      // Joins two sessions of three elements.
      [['a', 10, 4500], 'a22 10-10000'],
    ]));

  it('in sessions that fire again and again', () =>
    play(EventTimeSessionWindows.withGap('3 s') as never, ContinuousEventTimeTrigger.of('2 s') as never, compute, [
      [['a', 1, 1500]], [['b', 1, 0]], [['b', 3, 2500]], [['b', 2, 1000]], [2500, 'a1 1500-4500', 'b6 0-5500'], [['b', 5, 4000]], [3000], ['restart'],
      [['a', 2, 4000]], [['b', 4, 3500]], [4000, 'a3 1500-7000', 'b15 0-7000'],
    ]));

  it('in windows of four elements', () =>
    play(GlobalWindows.create() as never, PurgingTrigger.of(CountTrigger.of(4)) as never, compute, [
      ...elements('b3000 b3999 a20 a0 a999 b1998 b1999').map(([step], at): Step => (at === 6 ? [step, 'b4'] : [step])), ['restart'],
      [['b', 1, 1000]], [['a', 1, 10_999], 'a4'], [['b', 1, 1000]], [['b', 1, 1000]], [['b', 1, 1000], 'b4'],
    ]));
});
