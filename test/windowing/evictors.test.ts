import { describe, expect, it } from 'vitest';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { CountEvictor } from '../../src/windowing/count-evictor.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { DeltaEvictor } from '../../src/windowing/delta-evictor.js';
import type { Evictor } from '../../src/windowing/evictor.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { PurgingTrigger } from '../../src/windowing/purging-trigger.js';
import { TimeEvictor } from '../../src/windowing/time-evictor.js';
import { TumblingEventTimeWindows } from '../../src/windowing/tumbling-windows.js';
import { aggregateAggregation, reduceAggregation } from '../../src/windowing/window-aggregation.js';
import { passThrough } from '../../src/windowing/window-emission.js';
import type { Window } from '../../src/windowing/window.js';
import { type Item, taken, windows } from './windows.js';

const global = GlobalWindows.create();
const each = CountTrigger.of(1);
const everything: Evictor<unknown, Window> = { evictBefore: (elements) => void elements.splice(0), evictAfter() {} };
const byDistance = (a: Item, b: Item): number => Math.abs(a[1] - b[1]);

function run(evictor: Evictor<Item, Window>, items: readonly (readonly [number, number?])[]): string[] {
  const harness = windows<Window>({ assigner: global, trigger: each, evictor });
  for (const [n, time] of items) harness.push(['a', n], time);
  return taken(harness).map((line) => line.slice('a global'.length).trim());
}

describe('CountEvictor', () => {
  it('keeps the last so many elements before the function', () => {
    expect(run(CountEvictor.of(2), [[1], [2], [3], [4]])).toEqual(['1', '1 2', '2 3', '3 4']);
  });

  it('evicts after the function if so configured', () => {
    expect(run(CountEvictor.of(2, true), [[1], [2], [3], [4]])).toEqual(['1', '1 2', '1 2 3', '2 3 4']);
  });
});

describe('TimeEvictor', () => {
  it('removes elements at or before the newest timestamp minus its size', () => {
    expect(run(TimeEvictor.of(10), [[1, 0], [2, 9], [3, 10], [4, 19], [5, 5]])).toEqual(['1', '1 2', '2 3', '3 4', '3 4']);
  });

  it('evicts after the function if so configured', () => {
    expect(run(TimeEvictor.of(10, true), [[1, 0], [2, 10], [3, 11]])).toEqual(['1', '1 2', '2 3']);
  });

  it('does nothing when the first element has no timestamp', () => {
    expect(run(TimeEvictor.of(1), [[1], [2, 100], [3, 200]])).toEqual(['1', '1 2', '1 2 3']);
  });
});

describe('DeltaEvictor', () => {
  it('removes elements at or beyond the threshold from the last', () => {
    expect(run(DeltaEvictor.of<Item>(3, byDistance), [[1], [3], [4], [2]])).toEqual(['1', '1 3', '3 4', '3 4 2']);
  });

  it('evicts after the function if so configured', () => {
    expect(run(DeltaEvictor.of<Item>(3, { getDelta: byDistance }, true), [[1], [4], [5]])).toEqual(['1', '1 4', '4 5']);
  });
});

describe('windows with an evictor', () => {
  it('forget evicted elements for later firings, too', () => {
    const odd: Evictor<Item, Window> = { evictBefore: (elements) => elements.splice(0, elements.length, ...elements.filter(({ value }) => value[1] % 2 === 1)) && undefined, evictAfter() {} };
    expect(run(odd, [[1], [2], [3]])).toEqual(['1', '1', '1 3']);
  });

  it('call the function with nothing when all was evicted, but not when nothing was there', () => {
    const listed = windows<Window>({ assigner: global, trigger: each, evictor: everything }).push(['a', 1]);
    expect(taken(listed)).toEqual(['a global']);
    const afterwards: Evictor<unknown, Window> = { evictBefore() {}, evictAfter: everything.evictBefore };
    for (const [evictor, trigger] of [[afterwards, ContinuousEventTimeTrigger.of(3)], [CountEvictor.of(5), PurgingTrigger.of(ContinuousEventTimeTrigger.of(3))]] as const) {
      const emptied = windows<Window>({ assigner: TumblingEventTimeWindows.of(10), trigger, evictor }).push(['a', 1], 0).watermark(3);
      expect(taken(emptied)).toEqual(['a [0,10) 1']);
      expect(taken(emptied.watermark(Infinity))).toEqual([]);
    }
  });

  it('keep elements for reduce and aggregate too, computed over what was left', () => {
    const reduced = windows<Window>({ assigner: global, trigger: each, evictor: CountEvictor.of(2), aggregation: reduceAggregation<Item>((a, b) => [a[0], a[1] + b[1]]) });
    expect(taken(reduced.push(['a', 1]).push(['a', 2]).push(['a', 3]))).toEqual(['a global 1', 'a global 3', 'a global 5']);
  });

  it('with nothing left reduce gives null and aggregate the result of a fresh accumulator', () => {
    const empty = { assigner: global, trigger: each, evictor: everything, emission: passThrough<Window>() };
    expect(windows<Window>({ ...empty, aggregation: reduceAggregation<Item>((a) => a) }).push(['a', 1]).values).toEqual([null]);
    const count = aggregateAggregation<Item, number, number>({ createAccumulator: () => 0, add: (_, n) => n + 1, getResult: (n) => n, merge: (a, b) => a + b });
    expect(windows<Window>({ ...empty, aggregation: count }).push(['a', 1]).values).toEqual([0]);
  });
});
