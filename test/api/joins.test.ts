/**
 * Joins in a program: what they give, what the compiler infers and refuses, and what is refused as the job is built.
 */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Collector, CountTrigger, type DataStream, EventTimeSessionWindows, GlobalWindows, OutputTag, PurgingTrigger, RichFlatJoinFunction, RichJoinFunction, type SingleOutputStreamOperator, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy,
} from '../../src/index.js';

interface Order { readonly id: string; readonly at: number; readonly price: number }
interface Shipment { readonly order: { readonly id: string }; readonly at: number; readonly carrier: string }

const ORDERS: readonly Order[] = [{ id: 'a', at: 1000, price: 5 }, { id: 'b', at: 2000, price: 7 }, { id: 'c', at: 12_000, price: 9 }];
const SHIPMENTS: readonly Shipment[] = [{ order: { id: 'b' }, at: 4000, carrier: 'bike' }, { order: { id: 'a' }, at: 9000, carrier: 'van' }, { order: { id: 'b' }, at: 5000, carrier: 'van' }];

function streams(parallelism = 1) {
  const env = StreamExecutionEnvironment.createLocalEnvironment(parallelism);
  const byTime = <T extends { at: number }>(records: readonly T[]) =>
    env.fromCollection(records).assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<T>().withTimestampAssigner((record) => record.at));
  return { env, orders: byTime(ORDERS), shipments: byTime(SHIPMENTS) };
}

async function collected<T>(stream: DataStream<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const record of stream.executeAndCollect()) all.push(record);
  return all.sort();
}

const tenSeconds = TumblingEventTimeWindows.of('10 s');

describe.each([1, 3])('at parallelism %d', (parallelism) => {
  it('join gives every pair of a window', async () => {
    const { orders, shipments } = streams(parallelism);
    const joined = orders.join(shipments).where('id').equalTo('order.id').window(tenSeconds).apply((order, shipment) => `${order.id} ${order.price} ${shipment.carrier}`);
    expect(await collected(joined)).toEqual(['a 5 van', 'b 7 bike', 'b 7 van']);
  });

  it('coGroup gives both lists of a window', async () => {
    const { orders, shipments } = streams(parallelism);
    const grouped = orders.coGroup(shipments).where((order) => order.id).equalTo((shipment) => shipment.order.id).window(tenSeconds)
      .apply<string>((ordered, shipped, out) => out.collect(`${ordered.map(({ id }) => id).join()} ${shipped.length}`));
    expect(await collected(grouped)).toEqual(['a 1', 'b 2', 'c 0']);
  });

  it('intervalJoin gives pairs whose times are close', async () => {
    const { orders, shipments } = streams(parallelism);
    const close = orders.keyBy('id').intervalJoin(shipments.keyBy('order.id')).between('0 s', '3 s')
      .process<string>((order, shipment, context, out) => out.collect(`${order.id} ${shipment.carrier} ${context.getTimestamp()}`));
    expect(await collected(close)).toEqual(['b bike 4000', 'b van 5000']);
  });
});

describe('joins in a program', () => {
  it('take their function by the name that it had before Flink 2.0, too', async () => {
    const { orders, shipments } = streams();
    const windows = () => orders.join(shipments).where('id').equalTo('order.id').window(tenSeconds);
    expect(await collected(windows().with((order, shipment) => `${order.id} ${shipment.carrier}`))).toEqual(['a van', 'b bike', 'b van']);
    const grouped = orders.coGroup(shipments).where('id').equalTo('order.id').window(tenSeconds).with<string>((ordered, shipped, out) => out.collect(`${ordered.length}${shipped.length}`));
    expect(await collected(grouped)).toEqual(['10', '11', '12']);
  });

  it('leave windows as they are when others are made from them', async () => {
    const { orders, shipments } = streams();
    const windows = orders.coGroup(shipments).where('id').equalTo('order.id').window(tenSeconds);
    const firing = windows.trigger(PurgingTrigger.of(CountTrigger.of(1)));
    const each = (of: typeof windows) => collected(of.apply<string>((ordered, shipped, out) => out.collect(`${ordered.length}${shipped.length}`)));
    expect(await each(windows)).toEqual(['10', '11', '12']);
    expect(await each(firing)).toEqual(['01', '01', '01', '10', '10', '10']);
    expect(await each(firing.trigger(CountTrigger.of(9)))).toEqual([]);
  });

  it('exclude a bound of an interval when told so', async () => {
    const join = () => {
      const { orders, shipments } = streams();
      return orders.keyBy('id').intervalJoin(shipments.keyBy('order.id')).between(2000, 3000);
    };
    const carriers = (joined: ReturnType<typeof join>) => collected(joined.process<string>((_, shipment, __, out) => out.collect(shipment.carrier)));
    expect(await carriers(join())).toEqual(['bike', 'van']);
    expect(await carriers(join().lowerBoundExclusive())).toEqual(['van']);
    expect(await carriers(join().upperBoundExclusive())).toEqual(['bike']);
    expect(await carriers(join().lowerBoundExclusive().upperBoundExclusive())).toEqual([]);
  });

  it('give late records of either side of an interval join to side outputs', async () => {
    const everyRecord = WatermarkStrategy.forGenerator<Order>(() => ({ onEvent: (_, at, output) => output.emitWatermark(at), onPeriodicEmit() {} })).withTimestampAssigner((order) => order.at);
    const [left, right] = [new OutputTag<Order>('left'), new OutputTag<Order>('right')];
    const orders = StreamExecutionEnvironment.getExecutionEnvironment().fromCollection([{ id: 'a', at: 9000, price: 1 }, { id: 'a', at: 100, price: 2 }]).assignTimestampsAndWatermarks(everyRecord).keyBy('id');
    const joined = orders.intervalJoin(orders).between(0, 0).sideOutputLeftLateData(left).sideOutputRightLateData(right).process<string>(() => {});
    // Which input is read first is not defined: the second one's record comes after the watermark of both.
    const late = await collected(joined.getSideOutput(left).union(joined.getSideOutput(right)));
    expect(new Set(late.map(({ price }) => price))).toEqual(new Set([2]));
  });

  it('give the same in batch mode', async () => {
    const { env, orders, shipments } = streams(2);
    env.setRuntimeMode('BATCH');
    const joined = orders.join(shipments).where('id').equalTo('order.id').window(tenSeconds).apply((order, shipment) => `${order.id} ${shipment.carrier}`);
    const close = orders.keyBy('id').intervalJoin(shipments.keyBy('order.id')).between(0, '3 s').process<string>((order, shipment, _, out) => out.collect(`${order.id} ${shipment.carrier} close`));
    expect(await collected(joined.union(close))).toEqual(['a van', 'b bike', 'b bike close', 'b van', 'b van close']);
  });

  it.each(['STREAMING', 'BATCH'] as const)('join every so many records of a key, whichever stream they come from (%s)', async (mode) => {
    const { env, orders, shipments } = streams(2);
    env.setRuntimeMode(mode);
    const counted = orders.coGroup(shipments).where('id').equalTo('order.id').window(GlobalWindows.create()).trigger(PurgingTrigger.of(CountTrigger.of(2)))
      .apply<string>((ordered, shipped, out) => out.collect(`${(ordered[0]?.id ?? shipped[0]?.order.id)} ${ordered.length + shipped.length}`));
    expect(await collected(counted)).toEqual(['a 2', 'b 2']);
  });

  it('join a stream with itself', async () => {
    const { orders } = streams();
    const joined = orders.join(orders).where('id').equalTo('id').window(tenSeconds).apply((one, two) => one.price * two.price);
    expect(await collected(joined)).toEqual([25, 49, 81]);
  });

  it('join results of a join, whose timestamps are the ends of their windows', async () => {
    const { orders, shipments } = streams();
    const first = orders.join(shipments).where('id').equalTo('order.id').window(tenSeconds).apply(({ id }, { carrier }) => ({ id, carrier }));
    const again = first.join(orders).where('id').equalTo('id').window(tenSeconds).trigger(CountTrigger.of(2)).apply(({ carrier }, { price }) => `${carrier} ${price}`);
    expect(await collected(again)).toEqual(expect.arrayContaining(['van 5']));
  });

  it('fire by any trigger and merge as sessions', async () => {
    const { orders, shipments } = streams();
    const sessions = orders.coGroup(shipments).where(() => 'all').equalTo(() => 'all').window(EventTimeSessionWindows.withGap('3 s')).allowedLateness('1 s')
      .apply<string>((ordered, shipped, out) => out.collect(`${ordered.length} ${shipped.length}`));
    expect(await collected(sessions)).toEqual(['1 1', '2 2']);
  });

  it('appear in plans under their windows, described by their parts', () => {
    const { env, orders, shipments } = streams();
    orders.join(shipments).where('id').equalTo('order.id').window(tenSeconds).apply((order) => order.id).print();
    orders.keyBy('id').intervalJoin(shipments.keyBy('order.id')).between(0, 1).process<string>(() => {}).print();
    const plan = env.getExecutionPlan();
    expect(plan).toContain('Window(TumblingEventTimeWindows(10000), EventTimeTrigger, join)');
    expect(plan).toContain('Interval Join');
  });
});

describe('joins infer', () => {
  const { orders, shipments } = streams();
  type Operator<T> = SingleOutputStreamOperator<T>;
  const windowed = orders.join(shipments).where('id').equalTo('order.id').window(tenSeconds);

  it('what functions see and give', () => {
    expectTypeOf(windowed.apply((order, shipment) => ({ id: order.id, carrier: shipment.carrier }))).toEqualTypeOf<Operator<{ id: string; carrier: string }>>();
    expectTypeOf(windowed.apply((order, shipment) => [order.price, shipment.carrier])).toExtend<Operator<[number, string]>>();
    expectTypeOf(windowed.apply<string>((order, _, out) => out.collect(order.id))).toEqualTypeOf<Operator<string>>();
    expectTypeOf(windowed.apply({ join: (order, shipment) => `${order.id} ${shipment.carrier}` })).toEqualTypeOf<Operator<string>>();
    class Prices extends RichJoinFunction<Order, Shipment, bigint> { join(order: Order): bigint { return BigInt(order.price); } }
    class Carriers extends RichFlatJoinFunction<Order, Shipment, string> { join(_: Order, { carrier }: Shipment, out: Collector<string>): void { out.collect(carrier); } }
    expectTypeOf(windowed.apply(Prices)).toEqualTypeOf<Operator<bigint>>();
    expectTypeOf(windowed.apply(new Carriers())).toEqualTypeOf<Operator<string>>();
    expectTypeOf(windowed.apply(Carriers)).toEqualTypeOf<Operator<string>>();
    // @ts-expect-error -- a result of another type
    windowed.apply<string>((order) => order.price);
    expectTypeOf(windowed.apply({ join: (order, shipment, out: Collector<number>) => out.collect(order.price + shipment.at) })).toEqualTypeOf<Operator<number>>();
    expectTypeOf(orders.coGroup(shipments).where('id').equalTo('order.id').window(tenSeconds).apply<number>((ones, twos, out) => {
      expectTypeOf(ones).toEqualTypeOf<readonly Order[]>();
      expectTypeOf(twos).toEqualTypeOf<readonly Shipment[]>();
      out.collect(1);
    })).toEqualTypeOf<Operator<number>>();
  });

  it('what an interval join sees', () => {
    orders.keyBy('id').intervalJoin(shipments.keyBy('order.id')).between(0, 1).process<number>((order, shipment, context, out) => {
      expectTypeOf(order).toEqualTypeOf<Order>();
      expectTypeOf(shipment).toEqualTypeOf<Shipment>();
      expectTypeOf(context.getLeftTimestamp()).toEqualTypeOf<number>();
      out.collect(1);
    });
    expect(true).toBe(true);
  });

  it('that both keys are of one type', () => {
    // @ts-expect-error -- a text and a number
    orders.join(shipments).where('id').equalTo('at');
    // @ts-expect-error -- a text and a number
    orders.join(shipments).where((order) => order.id).equalTo((shipment) => shipment.at);
    // @ts-expect-error -- a text and a number
    orders.coGroup(shipments).where('id').equalTo((shipment) => shipment.at);
    // @ts-expect-error -- a text and a number
    orders.keyBy('id').intervalJoin(shipments.keyBy('at'));
    // @ts-expect-error -- no such field
    expect(() => orders.join(shipments).where('nothing')).not.toThrow();
    orders.join(shipments).where((order) => [order.id, order.at]).equalTo((shipment) => [shipment.order.id, shipment.at]);
  });
});

describe('joins refuse', () => {
  const { orders, shipments } = streams();
  const keyed = () => orders.keyBy('id').intervalJoin(shipments.keyBy('order.id'));
  it.each<[string, RegExp, () => unknown]>([
    ['a stream of another environment', /join expects a stream of the same environment/, () => orders.join(streams().shipments)],
    ['what is no stream', /coGroup expects a DataStream; got 42/, () => orders.coGroup(42 as never)],
    ['a key that is none', /where of join expects .*; got 'object|where of join expects/, () => orders.join(shipments).where(null as never)],
    ['what is no assigner', /window expects a window assigner/, () => orders.join(shipments).where('id').equalTo('order.id').window('10 s' as never)],
    ['a stream without keys in an interval join', /intervalJoin expects a KeyedStream; got an instance of/, () => orders.keyBy('id').intervalJoin(shipments as never)],
    ['processing time in an interval join', /interval joins are only supported in event time/, () => keyed().inProcessingTime().between(0, 1)],
    ['bounds the wrong way round', /between expects a lower bound that is not above the upper one; got 2 s and 1 s/, () => keyed().inProcessingTime().inEventTime().between('2 s', '1 s')],
    ['bounds that are no durations', /between expects a duration; got "soon"/, () => keyed().between('soon', 0)],
    ['a side output that is no tag', /sideOutputLeftLateData expects an OutputTag; got "late"/, () => keyed().between(0, 1).sideOutputLeftLateData('late' as never)],
    ['a function that is none', /process of an interval join takes a function, an object with processElement\(\)/, () => keyed().between(0, 1).process({} as never)],
  ])('%s', (_, message, call) => {
    expect(call).toThrow(message);
  });
});
