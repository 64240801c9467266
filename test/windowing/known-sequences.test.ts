/**
 * Sequences of elements and watermarks whose results are known, step by step.
 */
import { describe, expect, it } from 'vitest';
import { type Collector, ContinuousEventTimeTrigger, type DataStream, EventTimeSessionWindows, EventTimeTrigger, GlobalWindows, MAX_TIMESTAMP, OutputTag, ProcessingTimeSessionWindows, PurgingTrigger, SlidingEventTimeWindows, TimeWindow, TumblingEventTimeWindows } from '../../src/index.js';
import { harness, type OneInputTestHarness } from '../../src/testing/index.js';

type Item = readonly [key: string, n: number];
const total = (a: Item, b: Item): Item => [a[0], a[1] + b[1]];
const late = new OutputTag<Item>('late');

/** What came out since the last look: `key sum @ timestamp`. */
function results(driven: OneInputTestHarness<Item, Item>): string[] {
  return driven.driven.output.splice(0).map(({ value: [key, n], timestamp }) => `${key} ${n} @ ${timestamp}`).sort();
}

/** Each step is an element or a watermark, with what comes out of it. */
async function play(build: (items: DataStream<Item>) => DataStream<Item>, steps: readonly (readonly [step: readonly [key: string, at: number] | number, ...out: string[]])[]) {
  const driven = await harness.operator(build);
  for (const [step, ...out] of steps) {
    if (typeof step === 'number') driven.watermark(step);
    else driven.push([step[0], 1], step[1]);
    expect([step, ...results(driven)]).toEqual([step, ...out]);
  }
  return driven;
}

describe('windows of two seconds that purge, with half a second of lateness', () => {
  it('fire each late element alone, and let go what comes later still', async () => {
    const driven = await play((items) => items.keyBy(([key]) => key).window(TumblingEventTimeWindows.of('2 s')).trigger(PurgingTrigger.of(EventTimeTrigger.create())).allowedLateness(500).sideOutputLateData(late).reduce(total), [
      [['b', 500]], [1500], [['b', 1300]], [2300, 'b 2 @ 1999'],
      [['b', 1997], 'b 1 @ 1999'], [6000],
      [['b', 1998]], [7000],
    ]);
    expect(driven.sideOutput(late)).toEqual([{ value: ['b', 1], timestamp: 1998 }]);
    expect([driven.numKeyedStateEntries(), driven.numEventTimeTimers()]).toEqual([0, 0]);
  });
});

describe('windows of three seconds that start every second', () => {
  it('give the late element to those that are still open only, and drop one that all have closed for', async () => {
    const driven = await play((items) => items.keyBy(([key]) => key).window(SlidingEventTimeWindows.of('3 s', '1 s')).sideOutputLateData(late).reduce(total), [
      [['b', 1000]], [1999, 'b 1 @ 1999'],
      [['b', 2000]], [2999, 'b 2 @ 2999'], [3000],
      // Late for [0, 3) and before, not for [1, 4) and [2, 5).
      [['b', 2500]], [3999, 'b 3 @ 3999'], [4999, 'b 2 @ 4999'],
      [['b', 1900]], [9000],
    ]);
    expect(driven.sideOutput(late)).toEqual([{ value: ['b', 1], timestamp: 1900 }]);
  });
});

describe('sessions with a gap of three seconds', () => {
  const sessions = (lateness: number) => (items: DataStream<Item>) => items.keyBy(([key]) => key).window(EventTimeSessionWindows.withGap('3 s')).allowedLateness(lateness).sideOutputLateData(late).reduce(total);

  it('without lateness let go what would have been part of one that has fired', async () => {
    const driven = await play(sessions(0), [
      [['b', 1000]], [['b', 2500]], [4000], [5499, 'b 2 @ 5499'],
      [['b', 2400]],
      // Its own session, [3 s, 6 s), has not ended when it comes.
      [['b', 3000]], [['b', 6000]], [9000, 'b 2 @ 8999'],
    ]);
    expect(driven.sideOutput(late).map(({ timestamp }) => timestamp)).toEqual([2400]);
  });

  it('grow for as long as their lateness lasts: each element fires the whole once more', async () => {
    const driven = await play(sessions(10_000), [
      [['b', 1000]], [4000, 'b 1 @ 3999'],
      [['b', 900], 'b 2 @ 3999'], [['b', 3900]], [7000, 'b 3 @ 6899'],
      [['b', 20_000]], [16_899],
      [['b', 3900]], [23_000, 'b 1 @ 22999'], [33_000],
    ]);
    expect(driven.sideOutput(late).map(({ timestamp }) => timestamp)).toEqual([3900]);
    expect([driven.numKeyedStateEntries(), driven.numEventTimeTimers()]).toEqual([0, 0]);
  });
});

describe('sessions of which two were merged into one that has fired, and one after that', () => {
  const merged: readonly (readonly [step: number | readonly ['b', at: number], ...out: string[]])[] = [
    [['b', 1000]], [1999], [['b', 2000]], [4998], [['b', 4500]], [['b', 8500]], [7400], [['b', 7000]], [11_501, '5 in 1000-11500 @ 11499'], [['b', 11_600]], [14_600, '1 in 11600-14600 @ 14599'],
  ];
  it.each<[text: string, lateness: number, purges: boolean, first: string | undefined, second: string]>([
    ['let a late element go without lateness', 0, false, undefined, '1 in 14500-17500'],
    ['let a late element go without lateness, also where they purge', 0, true, undefined, '1 in 14500-17500'],
    ['take it into the one that is within a little lateness', 10, false, '2 in 10000-14600', '3 in 10000-17500'],
    ['take it into the one that is within a little lateness, which was purged', 10, true, '1 in 10000-14600', '1 in 10000-17500'],
    ['are all one with it within much lateness', 10_000, false, '7 in 1000-14600', '8 in 1000-17500'],
    ['are all one with it within much lateness, which were purged', 10_000, true, '1 in 1000-14600', '1 in 1000-17500'],
  ])('%s', async (_, lateness, purges, first, second) => {
    const driven = await harness.operator((items: DataStream<Item>) => {
      const sessions = items.keyBy(([key]) => key).window(EventTimeSessionWindows.withGap('3 s')).allowedLateness(lateness).sideOutputLateData(late);
      return (purges ? sessions.trigger(PurgingTrigger.of(EventTimeTrigger.create())) : sessions).reduce(total, (_key, { start, end }, [sum], out: Collector<string>) => out.collect(`${sum![1]} in ${start}-${end}`));
    });
    const steps = [...merged, [['b', 10_000], ...(first === undefined ? [] : [`${first} @ 14599`])], [['b', 14_500]], [20_000, `${second} @ 17499`], [100_000]] as typeof merged;
    for (const [step, ...out] of steps) {
      if (typeof step === 'number') driven.watermark(step);
      else driven.push([step[0], 1], step[1]);
      expect([step, ...driven.driven.output.splice(0).map(({ value, timestamp }) => `${value} @ ${timestamp}`)]).toEqual([step, ...out]);
    }
    expect(driven.sideOutput(late)).toEqual(first === undefined ? [{ value: ['b', 1], timestamp: 10_000 }] : []);
    expect([driven.numKeyedStateEntries(), driven.numEventTimeTimers()]).toEqual([0, 0]);
  });
});

describe.each([['event time', EventTimeSessionWindows], ['the clock', ProcessingTimeSessionWindows]] as const)('sessions by %s with a gap of each element’s own', (kind, Sessions) => {
  it('end where the gap that reaches furthest does', async () => {
    const gap = ([key, n]: Item): number => (key === 'a' ? 3000 : n === 10 ? 1000 : 2000);
    const driven = await harness.operator((items: DataStream<Item>) => items.keyBy(([key]) => key).window(Sessions.withDynamicGap({ extract: gap }))
      .apply<string>((key, { start, end }, elements, out) => out.collect(`${key}${elements.reduce((sum, [, n]) => sum + n, 0)} ${start}-${end}`)));
    const pass = (time: number): string[] => {
      if (kind === 'the clock') driven.setProcessingTime(time);
      else driven.watermark(time);
      return driven.driven.output.splice(0).map(({ value, timestamp }) => `${value} @ ${timestamp}`).sort();
    };
    const push = (key: string, n: number, at: number): void => {
      if (kind === 'the clock') driven.setProcessingTime(at);
      driven.push([key, n], at);
    };
    push('a', 3, 10);
    push('b', 4, 5000);
    push('b', 5, 6000);
    expect(pass(8999)).toEqual(['a3 10-3010 @ 3009', 'b9 5000-8000 @ 7999']);
    // The last one’s gap ends before that of the one before.
    push('b', 1, 9000);
    push('b', 2, 10_000);
    push('b', 10, 10_500);
    expect(pass(12_999)).toEqual(['b13 9000-12000 @ 11999']);
    push('b', 10, 13_000);
    push('b', 10, 13_500);
    push('b', 1, 14_000);
    expect(pass(16_999)).toEqual(['b21 13000-16000 @ 15999']);
  });
});

describe('a continuous trigger on windows that never end', () => {
  it('fires at each boundary after the first element, with the largest timestamp there is', async () => {
    await play((items) => items.keyBy(([key]) => key).window(GlobalWindows.create()).trigger(ContinuousEventTimeTrigger.of('3 s')).reduce(total), [
      [['b', 3000]], [['b', 3999]], [['a', 20]], [['a', 0]], [['a', 999]], [['b', 1998]], [['b', 1999]], [['b', 1000]],
      [1000], [2000], [3000, `a 3 @ ${MAX_TIMESTAMP}`], [4000], [5000],
      [6000, `a 3 @ ${MAX_TIMESTAMP}`, `b 5 @ ${MAX_TIMESTAMP}`], [8000],
    ]);
  });
});

describe('TimeWindow', () => {
  it('finds the windows that merge, for assigners of a program’s own', () => {
    const found: string[] = [];
    TimeWindow.mergeWindows([new TimeWindow(10, 20), new TimeWindow(0, 10), new TimeWindow(30, 40)], (merged, cover) => void found.push(`${merged.length} ${cover}`));
    expect(found).toEqual(['2 TimeWindow{start=0, end=20}']);
  });
});
