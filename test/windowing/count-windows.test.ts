/**
 * Windows that count, as the API makes them, rule by rule.
 */
import { describe, expect, it } from 'vitest';
import type { DataStream } from '../../src/api/data-stream.js';
import { harness } from '../../src/testing/index.js';

type Item = readonly [key: string, n: number];
type Out = { collect(line: string): void };

/** What each element of one key makes fire, up to `count` elements. */
async function fired(count: number, size: number, slide?: number): Promise<string[][]> {
  const driven = await harness.operator<Item, string>((items: DataStream<Item>) =>
    items.keyBy(([key]) => key).countWindow(size, slide).apply<string>((_key, _window, elements, out: Out) => out.collect(elements.map(([, n]) => n).join(' '))));
  return Array.from({ length: count }, (_, at) => {
    driven.push(['a', at + 1], 0);
    return driven.take();
  });
}

/** The firings, each behind the number of the element that caused it. */
const lines = (firings: string[][]): string[] => firings.flatMap((each, at) => each.map((line) => `${at + 1}: ${line}`));

describe('countWindow(size)', () => {
  it('fires every so many elements of a key, with these alone', async () => {
    expect(lines(await fired(7, 3))).toEqual(['3: 1 2 3', '6: 4 5 6']);
  });

  it('counts each key by itself', async () => {
    const driven = await harness.operator<Item, string>((items: DataStream<Item>) => items.keyBy(([key]) => key).countWindow(2).apply<string>((key, _window, elements, out: Out) => out.collect(`${key} ${elements.length}`)));
    for (const key of ['a', 'b', 'c', 'b', 'a']) driven.push([key, 1], 0);
    expect(driven.values).toEqual(['b 2', 'a 2']);
  });
});

describe('countWindow(size, slide)', () => {
  it.each([
    [4, 2, ['2: 1 2', '4: 1 2 3 4', '6: 3 4 5 6', '8: 5 6 7 8']],
    [3, 1, ['1: 1', '2: 1 2', '3: 1 2 3', '4: 2 3 4', '5: 3 4 5', '6: 4 5 6', '7: 5 6 7', '8: 6 7 8']],
    [5, 3, ['3: 1 2 3', '6: 2 3 4 5 6']],
  ])('fires every slide elements from the very first slide on, with the latest size elements at most: (%i, %i)', async (size, slide, expected) => {
    expect(lines(await fired(8, size, slide))).toEqual(expected);
  });

  it('with a slide larger than the size skips elements', async () => {
    expect(lines(await fired(9, 2, 4))).toEqual(['4: 3 4', '8: 7 8']);
  });
});

it.each([[3, undefined], [3, 2], [2, 4]])('countWindow(%j, %j) never emits an incomplete window at the end of the input', async (size, slide) => {
  const driven = await harness.operator<Item, string>((items: DataStream<Item>) => items.keyBy(([key]) => key).countWindow(size, slide).apply<string>((_key, _window, _elements, out: Out) => out.collect('fired')));
  driven.push(['a', 1], 0);
  await driven.end();
  expect(driven.values).toEqual([]);
});
