/**
 * What the compiler infers and refuses. The assertions are checked by `tsc`; at run time the chains only have to
 * build.
 */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Collector, type CoMapFunction, type FlatMapFunction, type MapFunction, type SinkContext,
  CoProcessFunction, DataGeneratorSource, type DataStream, type DataStreamSink, KeyedCoProcessFunction, KeyedProcessFunction, type KeyedStream, OutputTag, ProcessFunction, RichFlatMapFunction, RichMapFunction,
  type SingleOutputStreamOperator, StreamExecutionEnvironment, WatermarkStrategy, type SideOutputDataStream,
} from '../../src/index.js';

interface WordWithCount {
  word: string;
  count: number;
}
interface Order {
  id: number;
  user: { id: string; address: { city: string } };
  price: bigint;
  tags: string[];
  at: Date;
  note?: string;
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const lines = env.fromElements('to be', 'or not');
const words = env.fromCollection<WordWithCount>([{ word: 'to', count: 1 }]);
const orders = env.fromCollection([] as Order[]);
const pairs = env.fromElements(['a', 1], ['b', 2]);

type Operator<T> = SingleOutputStreamOperator<T>;

describe('sources infer their records', () => {
  it('from elements, with arrays as tuples', () => {
    expectTypeOf(lines).toExtend<DataStream<string>>();
    expectTypeOf(env.fromElements(1, 2)).toExtend<DataStream<number>>();
    expectTypeOf(pairs).toExtend<Operator<[string, number]>>();
    expectTypeOf(env.fromData([1, 2])).toExtend<DataStream<number>>();
    expectTypeOf(env.fromElements<unknown>(1, 'a')).toExtend<Operator<unknown>>();
    expectTypeOf(env.fromCollection(['a', 1] as unknown[])).toExtend<Operator<unknown>>();
    expectTypeOf(env.fromCollection([['a', 1]])).toExtend<Operator<[string, number]>>();
    expectTypeOf(env.fromSequence(1, 3)).toExtend<DataStream<number>>();
  });

  it('from sources of one\'s own', () => {
    expectTypeOf(env.fromSource(new DataGeneratorSource((index) => ({ index }), 10), WatermarkStrategy.noWatermarks(), 'generated')).toExtend<DataStream<{ index: number }>>();
    expectTypeOf(env.addSource<string>((context) => context.collect('a'))).toExtend<DataStream<string>>();
    expectTypeOf(env.addSource(function* () { yield 1; })).toExtend<DataStream<number>>();
  });

  it('in the timestamp assigner of a watermark strategy, from the stream or source that takes it', () => {
    const events = env.fromElements({ at: 1, user: 'a' });
    expectTypeOf(events.assignTimestampsAndWatermarks(WatermarkStrategy.forBoundedOutOfOrderness('1 s').withTimestampAssigner((event) => event.at))).toExtend<DataStream<{ at: number; user: string }>>();
    events.assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps().withIdleness('1 s').withTimestampAssigner({ extractTimestamp: (event) => event.at }));
    env.fromSource(new DataGeneratorSource((index) => ({ index }), 10), WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((value) => value.index), 'generated');
    // @ts-expect-error -- there is no such field
    events.assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((event) => event.time));
    // @ts-expect-error -- the strategy is for other records
    events.assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<string>().withTimestampAssigner((text) => text.length));
    expectTypeOf(WatermarkStrategy.forMonotonousTimestamps<string>().withTimestampAssigner((text) => text.length)).toEqualTypeOf<WatermarkStrategy<string>>();
  });

  it('from collections of every kind', () => {
    expectTypeOf(env.fromCollection(new Set(['a']))).toExtend<DataStream<string>>();
    expectTypeOf(env.fromCollection(function* () { yield 1; })).toExtend<DataStream<number>>();
    expectTypeOf(env.fromCollection(async function* () { yield { a: 1 }; })).toExtend<DataStream<{ a: number }>>();
  });
});

describe('map, flatMap and filter infer', () => {
  it('from lambdas', () => {
    expectTypeOf(lines.map((line) => line.length)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.map((line) => ({ line, size: line.length }))).toEqualTypeOf<Operator<{ line: string; size: number }>>();
    expectTypeOf(lines.map((line) => [line, 1])).toEqualTypeOf<Operator<[string, number]>>();
    expectTypeOf(lines.map(() => 'x')).toEqualTypeOf<Operator<string>>();
    expectTypeOf(lines.map(() => 1)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.map((line): unknown => JSON.parse(line))).toEqualTypeOf<Operator<unknown>>();
    expectTypeOf(lines.map((line) => line.match(/a/)?.index)).toEqualTypeOf<Operator<number | undefined>>();
    expectTypeOf(lines.filter((line) => line !== '')).toEqualTypeOf<Operator<string>>();
  });

  it('from what flatMap returns: iterables, values, generators, nothing', () => {
    expectTypeOf(lines.flatMap((line) => line.split(' '))).toEqualTypeOf<Operator<string>>();
    expectTypeOf(lines.flatMap((line) => line.length)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.flatMap((line) => line.trim())).toEqualTypeOf<Operator<string>>();
    expectTypeOf(lines.flatMap(function* (line) { yield line.length; })).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.flatMap((line) => (line === '' ? undefined : { line }))).toEqualTypeOf<Operator<{ line: string }>>();
    expectTypeOf(lines.flatMap((line) => line.split(' ').map((word) => ({ word, count: 1 })))).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(lines.flatMap((line) => line.match(/\w+/g) ?? [])).toEqualTypeOf<Operator<string>>();
  });

  it('from a collector that is named or annotated', () => {
    expectTypeOf(lines.flatMap<number>((line, out) => out.collect(line.length))).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.flatMap((line, out: Collector<WordWithCount>) => {
      for (const word of line.split(' ')) out.collect({ word, count: 1 });
    })).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(lines.flatMap((line: string, out: Collector<number>) => out.collect(line.length))).toEqualTypeOf<Operator<number>>();
  });

  it('from objects and classes', () => {
    class Length implements MapFunction<string, number> {
      map(line: string): number {
        return line.length;
      }
    }
    class Split extends RichFlatMapFunction<string, WordWithCount> {
      flatMap(line: string, out: Collector<WordWithCount>): void {
        out.collect({ word: line, count: 1 });
      }
    }
    class Index extends RichMapFunction<string, { index: number }> {
      map(): { index: number } {
        return { index: this.getRuntimeContext().getIndexOfThisSubtask() };
      }
    }
    expectTypeOf(lines.map({ map: (line) => line.length })).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.map(new Length())).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.map(Length)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.map(new Index())).toEqualTypeOf<Operator<{ index: number }>>();
    expectTypeOf(lines.flatMap(Split)).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(lines.flatMap(new Split())).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(lines.flatMap(new (class implements FlatMapFunction<string, WordWithCount> {
      flatMap(value: string, out: Collector<WordWithCount>): void {
        for (const word of value.split(/\s/)) out.collect({ word, count: 1 });
      }
    })())).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(lines.filter({ filter: (line) => line !== '' })).toEqualTypeOf<Operator<string>>();
  });

  it('narrows by a type guard in filter', () => {
    const mixed = env.fromCollection<string | number>([]);
    expectTypeOf(mixed.filter((value): value is string => typeof value === 'string')).toEqualTypeOf<Operator<string>>();
  });

  it('refuses functions of other records', () => {
    // @ts-expect-error a function of numbers on a stream of strings
    lines.map((n: number) => n);
    // @ts-expect-error filter answers a boolean
    lines.filter((line) => line.length);
    // @ts-expect-error no such property
    lines.map((line) => line.lenght);
  });
});

describe('keyBy infers and checks', () => {
  it('fields, paths and indexes', () => {
    expectTypeOf(words.keyBy('word')).toEqualTypeOf<KeyedStream<WordWithCount, string>>();
    expectTypeOf(orders.keyBy('user.address.city')).toEqualTypeOf<KeyedStream<Order, string>>();
    expectTypeOf(orders.keyBy('id', 'user.id')).toEqualTypeOf<KeyedStream<Order, [number, string]>>();
    expectTypeOf(orders.keyBy(['id', 'user.id'])).toEqualTypeOf<KeyedStream<Order, [number, string]>>();
    expectTypeOf(pairs.keyBy(0)).toEqualTypeOf<KeyedStream<[string, number], string>>();
    expectTypeOf(orders.keyBy('at')).toEqualTypeOf<KeyedStream<Order, Date>>();
  });

  it('selectors', () => {
    expectTypeOf(words.keyBy((value) => value.word)).toEqualTypeOf<KeyedStream<WordWithCount, string>>();
    expectTypeOf(words.keyBy(({ word, count }) => ({ word, count }))).toEqualTypeOf<KeyedStream<WordWithCount, { word: string; count: number }>>();
    expectTypeOf(pairs.keyBy(([word]) => word)).toEqualTypeOf<KeyedStream<[string, number], string>>();
    expectTypeOf(words.keyBy({ getKey: (value) => value.count })).toEqualTypeOf<KeyedStream<WordWithCount, number>>();
  });

  it('refuses fields that do not exist or cannot be keys', () => {
    // @ts-expect-error no such field
    words.keyBy('wrod');
    // @ts-expect-error no such path
    orders.keyBy('user.name');
    // @ts-expect-error an array of any length is no key by field
    orders.keyBy('tags');
    // @ts-expect-error may be undefined
    orders.keyBy('note');
    // @ts-expect-error the tuple has two fields
    pairs.keyBy(2);
    // @ts-expect-error strings have no fields
    expect(() => lines.keyBy('')).toThrow('keyBy expects the name of a field');
  });

  it('refuses selectors whose answer cannot be a key', () => {
    // @ts-expect-error may be undefined
    orders.keyBy((order) => order.note);
    // @ts-expect-error a Map is no key
    words.keyBy(() => new Map<string, string>());
    // @ts-expect-error null is no key
    words.keyBy((value) => ({ word: value.word, none: null }));
  });
});

describe('keyed streams infer', () => {
  it('running results', () => {
    expectTypeOf(words.keyBy('word').sum('count')).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(words.keyBy('word').reduce((a, b) => ({ word: a.word, count: a.count + b.count }))).toEqualTypeOf<Operator<WordWithCount>>();
    expectTypeOf(words.keyBy('word').fold(0, (sum, value) => sum + value.count)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(pairs.keyBy(0).sum(1)).toEqualTypeOf<Operator<[string, number]>>();
    expectTypeOf(orders.keyBy('id').sum('price')).toEqualTypeOf<Operator<Order>>();
    expectTypeOf(orders.keyBy('id').maxBy('at', false)).toEqualTypeOf<Operator<Order>>();
    expectTypeOf(orders.keyBy('id').min('user.id')).toEqualTypeOf<Operator<Order>>();
    expectTypeOf(env.fromSequence(1, 9).keyBy((n) => n % 2).sum(0)).toEqualTypeOf<Operator<number>>();
  });

  it('the key in process functions', () => {
    words.keyBy('word').process<number>((value, context, out) => {
      expectTypeOf(context.getCurrentKey()).toEqualTypeOf<string>();
      expectTypeOf(value).toEqualTypeOf<WordWithCount>();
      out.collect(value.count);
    });
    class Count extends KeyedProcessFunction<string, WordWithCount, number> {
      processElement(value: WordWithCount, _context: unknown, out: Collector<number>): void {
        out.collect(value.count);
      }
    }
    expectTypeOf(words.keyBy('word').process(new Count())).toEqualTypeOf<Operator<number>>();
    expectTypeOf(words.keyBy('word').process(Count)).toEqualTypeOf<Operator<number>>();
  });

  it('refuses sums of what is no number', () => {
    // @ts-expect-error a text
    words.keyBy('word').sum('word');
    // @ts-expect-error a date can be compared but not added
    orders.keyBy('id').sum('at');
    // @ts-expect-error no such field
    words.keyBy('word').max('size');
  });
});

describe('process and side outputs infer', () => {
  const late = new OutputTag<WordWithCount>('late');

  it('the type of the tag', () => {
    class Route extends ProcessFunction<WordWithCount, string> {
      processElement(value: WordWithCount, context: Parameters<ProcessFunction<WordWithCount, string>['processElement']>[1], out: Collector<string>): void {
        context.output(late, value);
        out.collect(value.word);
      }
    }
    const routed = words.process(new Route());
    expectTypeOf(routed).toEqualTypeOf<Operator<string>>();
    expectTypeOf(routed.getSideOutput(late)).toEqualTypeOf<SideOutputDataStream<WordWithCount>>();
    words.process<string>((value, context) => {
      // @ts-expect-error the tag is of words
      context.output(late, value.word);
    });
  });
});

describe('several streams infer', () => {
  it('union', () => {
    expectTypeOf(lines.union(lines)).toEqualTypeOf<DataStream<string>>();
    expectTypeOf(lines.union(env.fromSequence(1, 2))).toEqualTypeOf<DataStream<string | number>>();
  });

  it('connect with objects, classes and two lambdas', () => {
    class Both implements CoMapFunction<string, WordWithCount, number> {
      map1(value: string): number {
        return value.length;
      }
      map2(value: WordWithCount): number {
        return value.count;
      }
    }
    const connected = lines.connect(words);
    expectTypeOf(connected.map({ map1: (line) => line.length, map2: (value) => value.count })).toEqualTypeOf<Operator<number>>();
    expectTypeOf(connected.map(new Both())).toEqualTypeOf<Operator<number>>();
    expectTypeOf(connected.map(Both)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(connected.map((line) => line.length, (value) => value.word)).toEqualTypeOf<Operator<number | string>>();
    expectTypeOf(connected.flatMap((line) => line.split(' '), (value) => value.word)).toEqualTypeOf<Operator<string>>();
  });

  it('keyed connect', () => {
    class Join extends KeyedCoProcessFunction<string, WordWithCount, Order, number> {
      processElement1(value: WordWithCount, context: { getCurrentKey(): string }, out: Collector<number>): void {
        out.collect(value.count + context.getCurrentKey().length);
      }
      processElement2(): void {}
    }
    class Plain extends CoProcessFunction<WordWithCount, Order, number> {
      processElement1(value: WordWithCount, _context: unknown, out: Collector<number>): void {
        out.collect(value.count);
      }
      processElement2(): void {}
    }
    expectTypeOf(words.connect(orders).keyBy('word', 'user.id').process(new Join())).toEqualTypeOf<Operator<number>>();
    expectTypeOf(words.keyBy('word').connect(orders.keyBy('user.id')).process(Join)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(words.connect(orders).keyBy((value) => value.word, (order) => order.user.id).process(new Join())).toEqualTypeOf<Operator<number>>();
    expectTypeOf(words.connect(orders).process(new Plain())).toEqualTypeOf<Operator<number>>();
    // @ts-expect-error the keys differ in type
    words.connect(orders).keyBy('word', 'id');
  });
});

describe('the rest infers', () => {
  it('partitioning keeps the records', () => {
    expectTypeOf(lines.rebalance()).toEqualTypeOf<DataStream<string>>();
    expectTypeOf(words.partitionCustom((word: string, n) => word.length % n, (value) => value.word)).toEqualTypeOf<DataStream<WordWithCount>>();
    expectTypeOf(words.partitionCustom((count, n) => count % n, 'count')).toEqualTypeOf<DataStream<WordWithCount>>();
    // @ts-expect-error the key is a number
    words.partitionCustom((word: string) => word.length, (value) => value.count);
  });

  it('project', () => {
    const triples = env.fromElements(['a', 1, true]);
    expectTypeOf(triples.project(2, 0)).toEqualTypeOf<Operator<[boolean, string]>>();
    // @ts-expect-error the tuple has three fields
    triples.project(3);
  });

  it('returns', () => {
    class Word {
      word = '';
    }
    expectTypeOf(lines.map((line): unknown => ({ word: line })).returns<{ word: string }>()).toEqualTypeOf<Operator<{ word: string }>>();
    expectTypeOf(lines.map((line): unknown => ({ word: line })).returns(Word)).toEqualTypeOf<Operator<Word>>();
  });

  it('iterations', () => {
    const loop = env.fromSequence(1, 3).iterate('1 s');
    const step = loop.map((n) => n - 1);
    expectTypeOf(loop.closeWith(step.filter((n) => n > 0))).toExtend<DataStream<number>>();
    // @ts-expect-error texts cannot enter a loop of numbers
    loop.closeWith(step.map(String));
  });

  it('watermarks', () => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps<Order>().withTimestampAssigner((order) => order.at.getTime());
    expectTypeOf(orders.assignTimestampsAndWatermarks(strategy)).toEqualTypeOf<Operator<Order>>();
  });

  it('settings keep the kind of stream', () => {
    expectTypeOf(lines.map((line) => line.length).name('lengths').uid('l').setParallelism(2)).toEqualTypeOf<Operator<number>>();
    expectTypeOf(lines.print().setParallelism(1)).toEqualTypeOf<DataStreamSink<string>>();
    expectTypeOf(lines.addSink((value, context) => {
      expectTypeOf(value).toEqualTypeOf<string>();
      expectTypeOf(context).toEqualTypeOf<SinkContext>();
    })).toEqualTypeOf<DataStreamSink<string>>();
  });

  it('collected results', () => {
    expectTypeOf(words.collectAsync()).toExtend<AsyncIterable<WordWithCount>>();
    expectTypeOf(words.executeAndCollect).returns.toExtend<AsyncIterable<WordWithCount> | Promise<WordWithCount[]>>();
  });
});
