// Keyed state in the functions of windows, reached through the runtime context, whichever operator runs the windows.
import { describe, expect, it } from 'vitest';
import {
  type Collector, CountTrigger, type DataStream, EventTimeSessionWindows, GlobalWindows, ProcessWindowFunction, type ProcessWindowContext, RichAllWindowFunction, RichCoGroupFunction, RichJoinFunction,
  RichWindowFunction, SlidingEventTimeWindows, TumblingEventTimeWindows, TumblingProcessingTimeWindows, type ValueState, ValueStateDescriptor, type Window, type WindowAssigner, WatermarkStrategy, type WindowedStream,
} from '../../src/index.js';
import { harness, MiniCluster } from '../../src/testing/index.js';

type Item = [key: string, n: number];
const TOTAL = new ValueStateDescriptor<number>('total', 0);

function add(state: ValueState<number>, elements: readonly unknown[]): number {
  state.update((state.value() ?? 0) + elements.length);
  return state.value()!;
}

class Applied extends RichWindowFunction<Item, string, string, Window> {
  private total!: ValueState<number>;
  override open(): void {
    this.total = this.getRuntimeContext().getState(TOTAL);
  }
  apply(key: string, _window: Window, elements: readonly Item[], out: Collector<string>): void {
    out.collect(`${key}${add(this.total, elements)}`);
  }
}

class Processed extends ProcessWindowFunction<Item, string, string, Window> {
  private total!: ValueState<number>;
  override open(): void {
    this.total = this.getRuntimeContext().getState(TOTAL);
  }
  process(key: string, _context: ProcessWindowContext<Window>, elements: readonly Item[], out: Collector<string>): void {
    out.collect(`${key}${add(this.total, elements)}`);
  }
}

const ASSIGNERS: readonly [string, WindowAssigner<never, never>][] = [
  ['tumbling', TumblingEventTimeWindows.of(10)], ['sliding', SlidingEventTimeWindows.of(10, 10)], ['sessions', EventTimeSessionWindows.withGap(4)], ['by the clock', TumblingProcessingTimeWindows.of(10)],
].map(([name, assigner]) => [name as string, assigner as unknown as WindowAssigner<never, never>]);

const FUNCTIONS: readonly [string, (windowed: WindowedStream<Item, string, Window>) => DataStream<string>][] = [
  ['a rich window function', (windowed) => windowed.apply(Applied)],
  ['a process window function', (windowed) => windowed.process(Processed)],
  ['a rich window function after reduce', (windowed) => windowed.reduce((a) => a, Applied)],
  ['a process window function after reduce', (windowed) => windowed.reduce((a) => a, new Processed())],
];

describe.each(ASSIGNERS)('windows that are %s', (_, assigner) => {
  it.each(FUNCTIONS)('keep the state of each key for %s', async (_name, build) => {
    const h = await harness.operator((items: DataStream<Item>) => build(items.keyBy(([key]) => key).window(assigner as unknown as WindowAssigner<Item, Window>)));
    const at = (time: number, ...keys: string[]): void => {
      h.setProcessingTime(time);
      for (const key of keys) h.push([key, 1], time);
    };
    at(1, 'a', 'b');
    at(11, 'a');
    at(21, 'a', 'b');
    h.setProcessingTime(100);
    h.watermark(100);
    expect(h.values.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
  });
});

describe('other windows', () => {
  it.each(FUNCTIONS)('that count keep the state of each key for %s', async (_name, build) => {
    const h = await harness.operator((items: DataStream<Item>) => build(items.keyBy(([key]) => key).window(GlobalWindows.create()).trigger(CountTrigger.of(1)) as unknown as WindowedStream<Item, string, Window>));
    for (const key of ['a', 'b', 'a']) h.push([key, 1]);
    expect(h.values.map((value) => value[0])).toEqual(['a', 'b', 'a']);
    expect(h.values[0]).toBe('a1');
  });

  it('without keys keep one state', async () => {
    class All extends RichAllWindowFunction<Item, number, Window> {
      private total!: ValueState<number>;
      override open(): void {
        this.total = this.getRuntimeContext().getState(TOTAL);
      }
      apply(_window: Window, elements: readonly Item[], out: Collector<number>): void {
        out.collect(add(this.total, elements));
      }
    }
    const h = await harness.operator((items: DataStream<Item>) => items.windowAll(TumblingEventTimeWindows.of(10)).apply(All) as DataStream<number>);
    for (const time of [1, 2, 11]) h.push(['a', 1], time);
    h.watermark(100);
    expect(h.values).toEqual([2, 3]);
  });

  it('of two streams keep the state of each key', async () => {
    class Grouped extends RichCoGroupFunction<Item, Item, string> {
      private total!: ValueState<number>;
      override open(): void {
        this.total = this.getRuntimeContext().getState(TOTAL);
      }
      coGroup(first: readonly Item[], second: readonly Item[], out: Collector<string>): void {
        out.collect(`${(first[0] ?? second[0])![0]}${add(this.total, [...first, ...second])}`);
      }
    }
    class Joined extends RichJoinFunction<Item, Item, string> {
      private total!: ValueState<number>;
      override open(): void {
        this.total = this.getRuntimeContext().getState(TOTAL);
      }
      join([key]: Item): string {
        return `${key}${add(this.total, [1])}`;
      }
    }
    const { grouped, joined } = await new MiniCluster().run((env) => {
      const items = env.fromCollection<Item>([['a', 1], ['b', 2], ['a', 11]]).assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks<Item>().withTimestampAssigner(([, n]) => n));
      const shared = () => items.coGroup(items).where(0).equalTo(0).window(TumblingEventTimeWindows.of(100));
      return { grouped: shared().apply(Grouped), joined: items.join(items).where(0).equalTo(0).window(TumblingEventTimeWindows.of(100)).apply(Joined) };
    });
    expect([grouped.toSorted(), joined.toSorted()]).toEqual([['a4', 'b2'], ['a1', 'a2', 'a3', 'a4', 'b1']]);
  });
});
