/**
 * Whole partitions: what each subtask, or each key, gets until the input ends.
 */
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type Collector, type DataStream, Order, RichMapPartitionFunction, type SingleOutputStreamOperator } from '../../src/index.js';
import { harness, MiniCluster } from '../../src/testing/index.js';

interface Sale { readonly shop: string; readonly euros: number }
const SALES: readonly Sale[] = [{ shop: 'a', euros: 3 }, { shop: 'b', euros: 1 }, { shop: 'a', euros: 2 }, { shop: 'a', euros: 9 }, { shop: 'b', euros: 5 }];

let cluster: MiniCluster;
afterEach(() => cluster.close());

const average = {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: ({ euros }: Sale, { sum, count }: { sum: number; count: number }) => ({ sum: sum + euros, count: count + 1 }),
  getResult: ({ sum, count }: { sum: number; count: number }) => (count === 0 ? 0 : sum / count),
  merge: (a: { sum: number; count: number }, b: { sum: number; count: number }) => ({ sum: a.sum + b.sum, count: a.count + b.count }),
};

describe.each(['STREAMING', 'BATCH'] as const)('in %s mode', (mode) => {
  const run = <T>(build: (sales: DataStream<Sale>) => DataStream<T>, parallelism = 1): Promise<T[]> => {
    cluster = new MiniCluster({ configuration: { 'execution.runtime-mode': mode, 'parallelism.default': parallelism } });
    return cluster.run((env) => build(env.fromCollection(SALES))) as Promise<T[]>;
  };

  it('all records of a subtask come at once', async () => {
    expect(await run((sales) => sales.fullWindowPartition().mapPartition<number>((records, out) => out.collect(records.length)))).toEqual([5]);
    await cluster.close();
    const counts = await run((sales) => sales.rebalance().map((sale) => sale).fullWindowPartition().mapPartition<number>((records, out) => out.collect(records.length)), 3);
    expect(counts.sort()).toEqual([1, 2, 2]);
  });

  it('a partition is that of the subtask before it, which keeps its records: as many as the stream has, one behind each', async () => {
    const countIn = async (build: (sales: DataStream<Sale>) => DataStream<Sale>): Promise<number[]> => {
      const counts = await run((sales) => build(sales).fullWindowPartition().mapPartition<number>((records, out) => out.collect(records.length)), 3);
      await cluster.close();
      return counts;
    };
    expect(await countIn((sales) => sales)).toEqual([5]);
    expect(await countIn((sales) => sales.rebalance())).toEqual([5]);
    expect((await countIn((sales) => sales.map((sale) => sale).setParallelism(2))).sort()).toEqual([2, 3]);
  });

  it('all records of a key come at once', async () => {
    const totals = await run((sales) => sales.keyBy('shop').fullWindowPartition().mapPartition<string>((records, out) => out.collect(`${records[0]!.shop} ${records.map(({ euros }) => euros).join()}`)), 3);
    expect(totals.sort()).toEqual(['a 3,2,9', 'b 1,5']);
  });

  it('partitions are sorted by a field, a selector, up and down', async () => {
    const euros = async (build: (sales: DataStream<Sale>) => DataStream<Sale>) => (await run(build)).map((sale) => sale.euros);
    expect(await euros((sales) => sales.fullWindowPartition().sortPartition('euros', Order.ASCENDING))).toEqual([1, 2, 3, 5, 9]);
    await cluster.close();
    expect(await euros((sales) => sales.fullWindowPartition().sortPartition((sale) => sale.shop, Order.DESCENDING))).toEqual([1, 5, 3, 2, 9]);
    await cluster.close();
    expect((await run((sales) => sales.keyBy('shop').fullWindowPartition().sortPartition('euros', Order.DESCENDING))).filter(({ shop }) => shop === 'a').map((sale) => sale.euros)).toEqual([9, 3, 2]);
  });

  it('they are reduced and aggregated', async () => {
    expect(await run((sales) => sales.map(({ euros }) => euros).fullWindowPartition().reduce((a, b) => a + b))).toEqual([20]);
    await cluster.close();
    expect(await run((sales) => sales.fullWindowPartition().aggregate(average))).toEqual([4]);
    await cluster.close();
    expect((await run((sales) => sales.keyBy('shop').fullWindowPartition().aggregate(average))).sort()).toEqual([3, 14 / 3]);
    await cluster.close();
    expect((await run((sales) => sales.keyBy('shop').fullWindowPartition().reduce((a, b) => ({ shop: a.shop, euros: a.euros + b.euros })))).map((sale) => sale.euros).sort()).toEqual([14, 6]);
  });

  it('without records there is nothing to reduce, and a fresh accumulator to aggregate', async () => {
    expect(await run((sales) => sales.filter(() => false).fullWindowPartition().reduce((a) => a))).toEqual([]);
    await cluster.close();
    expect(await run((sales) => sales.filter(() => false).fullWindowPartition().aggregate(average))).toEqual([0]);
  });

  it('functions have a life cycle and know their subtask', async () => {
    class Count extends RichMapPartitionFunction<Sale, string> {
      private opened = 0;
      override open(): void {
        this.opened += 1;
      }
      override mapPartition(records: readonly Sale[], out: Collector<string>): void {
        out.collect(`${this.opened} ${this.getRuntimeContext().getIndexOfThisSubtask()} ${records.length}`);
      }
    }
    expect(await run((sales) => sales.fullWindowPartition().mapPartition(Count))).toEqual(['1 0 5']);
  });
});

describe('what a partition has gathered', () => {
  it.each([
    ['mapPartition', (sales: DataStream<Sale>) => sales.fullWindowPartition().mapPartition<unknown>((records, out) => out.collect(records.map(({ euros }) => euros).join())), '1,2,4'],
    ['reduce', (sales: DataStream<Sale>) => sales.fullWindowPartition().reduce((a, b) => ({ shop: b.shop, euros: a.euros + b.euros })), { shop: 'c', euros: 7 }],
    ['aggregate', (sales: DataStream<Sale>) => sales.fullWindowPartition().aggregate({ ...average, getResult: ({ sum }) => sum }), 7],
  ] as const)('is in snapshots (%s), and is put together from those of several subtasks', async (_, build, result) => {
    const of = (subtask: number) => harness.operator<Sale, unknown>(build as never, { subtask, parallelism: 2 });
    const [one, two] = [await of(0), await of(1)];
    one.push({ shop: 'a', euros: 1 });
    two.push({ shop: 'b', euros: 2 });
    const all = await harness.operator<Sale, unknown>(build as never, { restoreFrom: [await one.snapshot(), await two.snapshot()] });
    all.push({ shop: 'c', euros: 4 });
    await all.end();
    expect(all.values).toEqual([result]);
  });
});

it('the types of partitions are inferred', () => {
  const types = (sales: DataStream<Sale>): void => {
    expectTypeOf(sales.fullWindowPartition().reduce((a) => a)).toEqualTypeOf<SingleOutputStreamOperator<Sale>>();
    expectTypeOf(sales.fullWindowPartition().aggregate(average)).toEqualTypeOf<SingleOutputStreamOperator<number>>();
    // @ts-expect-error there is no such field
    sales.fullWindowPartition().sortPartition('dollars', Order.ASCENDING);
  };
  expect(types).toBeTypeOf('function');
});
