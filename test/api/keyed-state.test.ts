// Keyed state and timers through the API, in a whole job.
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Collector, KeyedProcessFunction, type KeyedProcessContext, type OnTimerContext, RichCoFlatMapFunction, RichFilterFunction, RichMapFunction, RichReduceFunction,
  StreamExecutionEnvironment, type ValueState, ValueStateDescriptor, WatermarkStrategy, MapStateDescriptor, ListStateDescriptor, ReducingStateDescriptor, AggregatingStateDescriptor,
} from '../../src/index.js';
import { collect } from '../../src/testing/index.js';

const env = () => StreamExecutionEnvironment.getExecutionEnvironment();

class CountOf extends RichMapFunction<string, string> {
  count!: ValueState<number>;
  override open(): void {
    this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count', 0));
  }
  map(word: string): string {
    const count = this.count.value()! + 1;
    this.count.update(count);
    return `${word} ${count}`;
  }
}

describe('keyed state in a job', () => {
  it('is there for a rich map on a keyed stream', async () => {
    expect(await collect(env().fromElements('a', 'b', 'a', 'a').keyBy((word) => word).map(CountOf))).toEqual(['a 1', 'b 1', 'a 2', 'a 3']);
  });

  it('is there at a parallelism beyond one', async () => {
    const results = await collect(env().setParallelism(2).fromElements('a', 'b', 'c', 'a', 'b', 'a').keyBy((word) => word).map(CountOf));
    expect(results.sort()).toEqual(['a 1', 'a 2', 'a 3', 'b 1', 'b 2', 'c 1']);
  });

  it('is not there without keys, and the failure says so', async () => {
    await expect(collect(env().fromElements('a').map(CountOf))).rejects.toMatchObject({ code: 'STATE_ACCESS', hint: expect.stringContaining('keyBy') });
  });

  it('is there for a rich filter', async () => {
    class First extends RichFilterFunction<string> {
      seen!: ValueState<boolean>;
      override open(): void {
        this.seen = this.getRuntimeContext().getState(new ValueStateDescriptor<boolean>('seen'));
      }
      filter(): boolean {
        const first = !this.seen.value();
        this.seen.update(true);
        return first;
      }
    }
    expect(await collect(env().fromElements('a', 'b', 'a').keyBy((word) => word).filter(First))).toEqual(['a', 'b']);
  });

  it('is there for a rich reduce, beside the result so far', async () => {
    class Longest extends RichReduceFunction<string> {
      seen!: ValueState<number>;
      override open(): void {
        this.seen = this.getRuntimeContext().getState(new ValueStateDescriptor('seen', 1));
      }
      reduce(a: string, b: string): string {
        this.seen.update(this.seen.value()! + 1);
        return `${a.length > b.length ? a : b.slice(0, 1) + this.seen.value()}`;
      }
    }
    expect(await collect(env().fromElements('a', 'b', 'a', 'b', 'a').keyBy((word) => word).reduce(new Longest()))).toEqual(['a', 'b', 'a2', 'b2', 'a2']);
  });

  it('is shared by both inputs of keyed connected streams', async () => {
    class Join extends RichCoFlatMapFunction<[string, number], [string, string], string> {
      left!: ValueState<number>;
      right!: ValueState<string>;
      override open(): void {
        this.left = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('left'));
        this.right = this.getRuntimeContext().getState(new ValueStateDescriptor<string>('right'));
      }
      flatMap1([key, n]: [string, number], out: Collector<string>): void {
        const other = this.right.value();
        if (other === null) this.left.update(n);
        else out.collect(`${key} ${n} ${other}`);
      }
      flatMap2([key, text]: [string, string], out: Collector<string>): void {
        const other = this.left.value();
        if (other === null) this.right.update(text);
        else out.collect(`${key} ${other} ${text}`);
      }
    }
    const e = env();
    const [numbers, texts] = [e.fromElements<[string, number]>(['a', 1], ['b', 2]), e.fromElements<[string, string]>(['b', 'two'], ['a', 'one'])];
    const joined = await collect(numbers.connect(texts).keyBy((n) => n[0], (t) => t[0]).flatMap(Join));
    expect(joined.sort()).toEqual(['a 1 one', 'b 2 two']);
  });
});

describe('timers in a job', () => {
  interface Reading { sensor: string; at: number }
  class LastSeen extends KeyedProcessFunction<string, Reading, string> {
    last!: ValueState<number>;
    override open(): void {
      this.last = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('last'));
    }
    processElement({ at }: Reading, context: KeyedProcessContext<string>): void {
      this.last.update(at);
      context.timerService().registerEventTimeTimer(at + 10);
    }
    override onTimer(timestamp: number, context: OnTimerContext<string>, out: Collector<string>): void {
      if (timestamp === this.last.value()! + 10) out.collect(`${context.getCurrentKey()} silent since ${this.last.value()}`);
    }
  }
  const readings: Reading[] = [{ sensor: 'x', at: 1 }, { sensor: 'y', at: 2 }, { sensor: 'x', at: 8 }];
  const strategy = () => WatermarkStrategy.forMonotonousTimestamps<Reading>().withTimestampAssigner((reading) => reading.at);

  it('fire when event time reaches them, the last ones at the end of input', async () => {
    const silent = env().fromCollection(readings).assignTimestampsAndWatermarks(strategy()).keyBy((reading) => reading.sensor).process(LastSeen);
    expect(await collect(silent)).toEqual(['y silent since 2', 'x silent since 8']);
  });

  it('of processing time fire while the job runs', async () => {
    const e = env();
    const stream = e.addSource<number>({
      async run(context) {
        context.collect(1);
        await new Promise((resolve) => setTimeout(resolve, 60));
        context.collect(2);
      },
      cancel() {},
    });
    const fired = stream.keyBy(() => 'k').process<string>({
      processElement(n, context, out) {
        out.collect(`in ${n}`);
        if (n === 1) context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 5);
        else context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 60_000);
      },
      onTimer: (_, context, out) => out.collect(`timer ${context.timestamp() > 0}`),
    });
    expect(await collect(fired)).toEqual(['in 1', 'timer true', 'in 2']);
  });
});

describe('types of state', () => {
  it('follow from the descriptors', () => {
    class Typed extends RichMapFunction<string, string> {
      override open(): void {
        const context = this.getRuntimeContext();
        expectTypeOf(context.getState(new ValueStateDescriptor('v', 0)).value()).toEqualTypeOf<number | null>();
        expectTypeOf(context.getListState(new ListStateDescriptor<string>('l')).get()).toEqualTypeOf<readonly string[]>();
        expectTypeOf(context.getMapState(new MapStateDescriptor<string, Date>('m')).get('x')).toEqualTypeOf<Date | null>();
        expectTypeOf(context.getReducingState(new ReducingStateDescriptor<number>('r', Math.max)).get()).toEqualTypeOf<number | null>();
        const average = new AggregatingStateDescriptor('a', {
          createAccumulator: () => ({ sum: 0, count: 0 }),
          add: (value: number, acc) => ({ sum: acc.sum + value, count: acc.count + 1 }),
          getResult: (acc) => `${acc.sum / acc.count}`,
          merge: (a, b) => ({ sum: a.sum + b.sum, count: a.count + b.count }),
        });
        const state = context.getAggregatingState(average);
        expectTypeOf(state.add).parameters.toEqualTypeOf<[number]>();
        expectTypeOf(state.get()).toEqualTypeOf<string | null>();
      }
      map(value: string): string {
        return value;
      }
    }
    expect(Typed).toBeDefined();
  });
});
