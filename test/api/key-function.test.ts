// Keys of several fields.
import { expect, it } from 'vitest';
import { type DataStream, KeyedStream } from '../../src/index.js';
import { harness, MiniCluster } from '../../src/testing/index.js';

interface Sale { shop: string; day: number; euros: number }

it('several fields are one key, given one after the other or as a list', async () => {
  const sales: Sale[] = [{ shop: 'a', day: 1, euros: 1 }, { shop: 'a', day: 2, euros: 2 }, { shop: 'a', day: 1, euros: 4 }];
  for (const keyed of [(input: DataStream<Sale>) => input.keyBy('shop', 'day'), (input: DataStream<Sale>) => input.keyBy(['shop', 'day'])]) {
    const h = await harness.operator((input: DataStream<Sale>) => keyed(input).sum('euros'));
    h.pushAll(sales);
    expect(h.values.map(({ euros }) => euros)).toEqual([1, 2, 5]);
    await h.close();
  }
});

it('the first field of one stream is met by the first field of the other, the second by the second', async () => {
  const met = await new MiniCluster().run<DataStream<string>>((env) => {
    const left = env.fromElements({ x: 1, y: 2 }, { x: 2, y: 1 });
    const right = env.fromElements({ a: 2, b: 1 });
    const both = left.connect(right).keyBy(['x', 'y'], ['b', 'a']);
    expect([both.getFirstInput(), both.getSecondInput()]).toEqual([expect.any(KeyedStream), expect.any(KeyedStream)]);
    return both.process<string>({
      processElement1: (_, context, out) => out.collect(`left ${context.getCurrentKey().join()}`),
      processElement2: (_, context, out) => out.collect(`right ${context.getCurrentKey().join()}`),
    });
  });
  expect(met.toSorted()).toEqual(['left 1,2', 'left 2,1', 'right 1,2']);
});

it('a list of fields holds fields and nothing else, and not none', async () => {
  await harness.operator((input: DataStream<Sale>) => {
    expect(() => input.keyBy(['shop', { day: 1 }] as never)).toThrow('keyBy expects a list of fields; got an object with day');
    expect(() => input.keyBy([] as never)).toThrow('keyBy expects a key selector or the name of a field');
    return input;
  }).catch(() => undefined);
  expect.assertions(2);
});
