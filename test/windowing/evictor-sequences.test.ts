/**
 * Windows with evictors: sequences of elements whose results are known, each with the moment at which it comes.
 */
import { describe, expect, it } from 'vitest';
import {
  CountEvictor, CountTrigger, type DataStream, DeltaEvictor, type Evictor, GlobalWindows, MAX_TIMESTAMP, type Window, type WindowAssigner, TimeEvictor, TumblingEventTimeWindows,
} from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

type Item = readonly [key: string, n: number];
type Sum = readonly [key: string, sum: number, timestamp: number];
/** An element and its time, with the sum that its window gives at once, if it fires. */
type Step = readonly [key: string, n: number, at: number | undefined, sum?: number];

const total = (a: Item, b: Item): Item => [a[0], a[1] + b[1]];

/** Sums at every second element of a window, after or before which the evictor has its way. */
async function play(evictor: Evictor<Item, Window>, steps: readonly Step[], assigner: WindowAssigner<Item, Window> = GlobalWindows.create(), timestamp: (at: number) => number = () => MAX_TIMESTAMP): Promise<void> {
  const windowed = (items: DataStream<Item>) => items.keyBy(([key]) => key).window(assigner).trigger(CountTrigger.of(2)).evictor(evictor);
  const ways: ((items: DataStream<Item>) => DataStream<Item>)[] = [
    (items) => windowed(items).apply<Item>((key, _window, elements, out) => out.collect([key, elements.reduce((sum, [, n]) => sum + n, 0)])),
    (items) => windowed(items).reduce(total),
  ];
  for (const way of ways) {
    const driven = await harness.operator(way);
    for (const [key, n, at, sum] of steps) {
      driven.push([key, n], at);
      const sums = driven.driven.output.splice(0).map(({ value, timestamp: stamped }): Sum => [value[0], value[1], stamped]);
      expect([key, n, at, ...sums]).toEqual([key, n, at, ...(sum === undefined ? [] : [[key, sum, timestamp(at ?? 0)]])]);
    }
    await driven.close();
  }
}

const untimed = (...steps: (readonly [key: string, sum?: number])[]): Step[] => steps.map(([key, sum]) => [key, 1, undefined, sum]);

describe('every second element fires, and the evictor', () => {
  it('keeps the last four before it', () =>
    play(CountEvictor.of(4), untimed(['b'], ['b', 2], ['a'], ['a', 2], ['a'], ['b'], ['b', 4], ['b'], ['a', 4], ['b', 4])));

  it('keeps the last four after it', () =>
    play(CountEvictor.of(4, true), untimed(['b'], ['b', 2], ['a'], ['a', 2], ['a'], ['b'], ['b', 4], ['b'], ['a', 4], ['b', 6], ['b'], ['b', 6])));

  it('keeps the last two seconds after it, counted from the newest', () =>
    play(TimeEvictor.of('2 s', true), [
      ['b', 1, 1000], ['b', 1, 4000, 2], ['a', 1, 20], ['a', 1, 0, 2], ['a', 1, 999], ['b', 1, 3500], ['b', 1, 2001, 3], ['b', 1, 1001], ['a', 1, 10_999, 4], ['b', 1, 1002, 5],
    ]));

  it('keeps the last two seconds before it, counted from the newest of each window', () =>
    play(TimeEvictor.of('2 s'), [
      ['b', 1, 1000], ['b', 1, 3999, 1], ['a', 1, 20], ['a', 1, 0, 2], ['a', 1, 999], ['a', 1, 5999], ['b', 1, 3500], ['b', 1, 2001, 3], ['b', 1, 1001], ['a', 1, 6500, 2], ['b', 1, 1002, 3],
    ], TumblingEventTimeWindows.of('4 s'), (at) => at - (at % 4000) + 3999));

  it('by time keeps everything that has no time', () =>
    play(TimeEvictor.of('2 s', true), untimed(['b'], ['b', 2], ['a'], ['a', 2], ['a'], ['b'], ['b', 4], ['b'], ['a', 4], ['b', 6])));

  it('keeps what is less than two away from the last, before it', () =>
    play(DeltaEvictor.of<Item>(2, ([, before], [, after]) => after - before), [
      ['b', 1, 3000], ['b', 4, 3999, 4], ['a', 1, 20], ['a', 1, 0, 2], ['a', 5, 999], ['b', 5, 1998], ['b', 6, 1999, 11], ['b', 1, 1000], ['a', 3, 10_999, 8], ['b', 10, 1000, 10],
    ]));

  it('keeps what is less than two away from the last, after it', () =>
    play(DeltaEvictor.of<Item>(2, ([, before], [, after]) => after - before, true), [
      ['b', 1, 3000], ['b', 4, 3999, 5], ['a', 1, 20], ['a', 1, 0, 2], ['a', 5, 999], ['b', 5, 1998], ['b', 6, 1999, 15], ['b', 1, 1000], ['a', 9, 10_999, 16], ['b', 10, 1000, 22],
    ]));
});
