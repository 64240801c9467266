/**
 * Event time is in no snapshot: it begins anew after a restore, for windows of every kind.
 */
import { describe, expect, it } from 'vitest';
import { CountEvictor, type DataStream, EventTimeSessionWindows, type KeyedStream, SlidingEventTimeWindows, TumblingEventTimeWindows } from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

interface Item { readonly key: string; readonly n: number }

const SHAPES: readonly (readonly [string, (keyed: KeyedStream<Item, string>) => DataStream<Item>])[] = [
  ['tumbling windows that are summed', (keyed) => keyed.window(TumblingEventTimeWindows.of(10)).sum('n')],
  ['tumbling windows whose elements are kept', (keyed) => keyed.window(TumblingEventTimeWindows.of(10)).apply<Item>((key, _window, elements, out) => out.collect({ key, n: elements.reduce((sum, { n }) => sum + n, 0) }))],
  ['sliding windows that share slices', (keyed) => keyed.window(SlidingEventTimeWindows.of(10, 10)).sum('n')],
  ['windows with an evictor', (keyed) => keyed.window(TumblingEventTimeWindows.of(10)).evictor(CountEvictor.of(9)).sum('n')],
  ['sessions', (keyed) => keyed.window(EventTimeSessionWindows.withGap(10)).sum('n')],
];

const open = (shape: (keyed: KeyedStream<Item, string>) => DataStream<Item>, options = {}) => harness.operator((items: DataStream<Item>) => shape(items.keyBy((item) => item.key)), options);

describe.each(SHAPES)('after a restore, %s', (_, shape) => {
  it('take an element that was late before, in a window that fires with the next watermark', async () => {
    const before = await open(shape);
    before.push({ key: 'a', n: 1 }, 3);
    before.watermark(30);
    before.push({ key: 'a', n: 2 }, 4);
    expect([before.take(), before.counter('numLateRecordsDropped')]).toEqual([[{ key: 'a', n: 1 }], 1]);
    const after = await open(shape, { restoreFrom: await before.snapshot() });
    after.push({ key: 'a', n: 4 }, 4);
    expect([after.values, after.counter('numLateRecordsDropped')]).toEqual([[], 0]);
    after.watermark(30);
    expect(after.values).toEqual([{ key: 'a', n: 4 }]);
    expect(after.numEventTimeTimers()).toBe(0);
  });

  it('fire what was open, with what came before and after', async () => {
    const before = await open(shape);
    before.push({ key: 'a', n: 1 }, 3);
    before.watermark(5);
    const after = await open(shape, { restoreFrom: await before.snapshot() });
    after.push({ key: 'a', n: 2 }, 1);
    after.watermark(30);
    expect(after.values).toEqual([{ key: 'a', n: 3 }]);
  });
});
