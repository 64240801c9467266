import { describe, expect, it } from 'vitest';
import { CosineDistance, CountTrigger, type DataStream, DeltaEvictor, DeltaTrigger, EuclideanDistance, GlobalWindows, type Vector } from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

describe('the distance between lists of numbers', () => {
  it.each<[from: Vector, to: Vector, euclidean: number, cosine: number]>([
    [[0, 0, 0], [0, 0, 0], 0, 0], [[0, 0, 0], [1, 2, 3], 3.741657, 0], [[1, 2, 3], [0, 0, 0], 3.741657, 0], [[1, 2, 3], [4, 5, 6], 5.196152, 0.025368], [[1, 2, 3], [-4, -5, -6], 12.4499, 1.974632],
    [[1, 2, -3], [-4, 5, -6], 6.557439, 0.269026], [[1, 2, 3, 4], [5, 6, 7, 8], 8, 0.031136], [[1, 2], [3, 4], 2.828427, 0.01613], [[1], [2], 1, 0], [[], [], 0, 0],
  ])('of %j and %j is %d, or by their directions %d', (from, to, euclidean, cosine) => {
    expect(new EuclideanDistance().getDelta(from, to)).toBeCloseTo(euclidean, 5);
    expect(new CosineDistance().getDelta(from, to)).toBeCloseTo(cosine, 5);
  });

  it('is not defined where they differ in length', () => {
    for (const distance of [new EuclideanDistance(), new CosineDistance()]) expect(() => distance.getDelta([1, 2], [1])).toThrow(/Distance expects lists of one length; got 2 and 1 numbers/);
  });
});

interface Car { readonly x: number; readonly y: number }

describe('the distance between what elements have', () => {
  const cars: readonly Car[] = [{ x: 0, y: 0 }, { x: 1, y: 1 }, { x: 3, y: 4 }, { x: 3, y: 5 }];
  const shown = (elements: readonly Car[], out: { collect(text: string): void }): void => out.collect(elements.map(({ x, y }) => `${x},${y}`).join(' '));

  it('decides when a trigger fires and which elements an evictor lets go', async () => {
    const vectorOf = ({ x, y }: Car): number[] => [x, y];
    const triggered = await harness.operator((items: DataStream<Car>) => items.windowAll(GlobalWindows.create()).trigger(DeltaTrigger.of(3, new EuclideanDistance<Car>(vectorOf))).apply<string>((_, elements, out) => shown(elements, out)));
    triggered.pushAll(cars);
    expect(triggered.values).toEqual(['0,0 1,1 3,4']);
    const evicted = await harness.operator((items: DataStream<Car>) => items.windowAll(GlobalWindows.create()).trigger(CountTrigger.of(4)).evictor(DeltaEvictor.of(2, new EuclideanDistance<Car>({ extract: vectorOf })))
      .apply<string>((_, elements, out) => shown(elements, out)));
    evicted.pushAll(cars);
    expect(evicted.values).toEqual(['3,4 3,5']);
  });
});
