// Time in whole jobs: where watermarks come from, how streams bring them together, and what the end of the input does.
import { describe, expect, it } from 'vitest';
import {
  type Collector, CountTrigger, type DataStream, EventTimeSessionWindows, GlobalWindows, KeyedProcessFunction, type KeyedProcessContext, type OnTimerContext, OutputTag, type ProcessContext,
  SlidingProcessingTimeWindows, StreamExecutionEnvironment, TumblingEventTimeWindows, TumblingProcessingTimeWindows, type WatermarkGenerator, WatermarkStrategy,
} from '../../src/index.js';
import { MiniCluster, TestStream } from '../../src/testing/index.js';

const script = (): TestStream<string> => TestStream.of<string>();

/** Each record with the watermark that it meets. */
const withWatermark = (stream: DataStream<string>): DataStream<string> =>
  stream.process<string>((value, context, out) => out.collect(`${value} ${context.timerService().currentWatermark()}`));

const cluster = new MiniCluster();
const results = async (build: (env: StreamExecutionEnvironment) => DataStream<string>): Promise<string[]> => cluster.run(build);

describe('event time', () => {
  it('of a union is that of its slowest stream', async () => {
    const seen = await results((env) => {
      const fast = env.fromSource(script().watermark(50).advance(1).record('first').advance(5).end());
      const slow = env.fromSource(script().watermark(20).pause(3).end());
      return withWatermark(fast.union(slow)).filter((line) => line.startsWith('first'));
    });
    expect(seen).toEqual(['first 20']);
  });

  it('of a union leaves out streams that are idle', async () => {
    const seen = await results((env) => {
      const fast = env.fromSource(script().watermark(50).advance(1).record('first').advance(5).end());
      const idle = env.fromSource(script().watermark(20).idle().pause(3).end());
      return withWatermark(fast.union(idle)).filter((line) => line.startsWith('first'));
    });
    expect(seen).toEqual(['first 50']);
  });

  it('of two inputs waits for the one that is active again after idleness, however far behind it is', async () => {
    const both = { flatMap1: (value: string, out: Collector<string>) => out.collect(value), flatMap2: (value: string, out: Collector<string>) => out.collect(value) };
    const seen = await results((env) => {
      const fast = env.fromSource(script().watermark(50).advance(2).watermark(60).advance(2).record('fast').advance(5).end());
      const back = env.fromSource(script().idle().pause(1).record('back', 3).pause(6).end());
      return withWatermark(fast.connect(back).flatMap(both));
    });
    expect(seen).toEqual(['back 50', 'fast 50']);
  });

  it('stands still before the first watermark', async () => {
    expect(await results((env) => withWatermark(env.fromElements('a')))).toEqual(['a -Infinity']);
  });

  it('of a stream with a strategy of its own hears nothing of the watermarks and idleness before it', async () => {
    const seen = await results((env) =>
      withWatermark(env.fromSource(script().watermark(50).record('a', 7).idle().record('b', 9).end()).assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks())));
    expect(seen).toEqual(['a -Infinity', 'b -Infinity']);
  });

  it('of a stream of one subtask is made in one, however many the job has: the order of its records says what is late', async () => {
    const late = new OutputTag<number>('late');
    const threefold = new MiniCluster({ configuration: { 'parallelism.default': 3 } });
    class Punctuated {
      extractTimestamp(element: number): number {
        return element;
      }
      checkAndGetNextWatermark(_: number, timestamp: number): number {
        return timestamp;
      }
    }
    const { results: fired, missed } = await threefold.run((env) => {
      const windows = env.fromElements(1, 2, 5, 3, 4).assignTimestampsAndWatermarks(new Punctuated())
        .keyBy((element) => element).window(TumblingEventTimeWindows.of(1)).allowedLateness(2).sideOutputLateData(late)
        .apply<string>((key, _, elements, out) => out.collect(`${key} ${elements.join()}`));
      return { results: windows, missed: windows.getSideOutput(late) };
    });
    await threefold.close();
    expect(fired.toSorted()).toEqual(['1 1', '2 2', '4 4', '5 5']);
    expect(missed).toEqual([3]);
  });

  describe('by a strategy of one’s own', () => {
    class Punctual {
      private readonly behind = 1;
      createWatermarkGenerator(): WatermarkGenerator<string> {
        return { onEvent: (_, timestamp, output) => output.emitWatermark(timestamp - this.behind), onPeriodicEmit() {} };
      }
      createTimestampAssigner() {
        return { extractTimestamp: (value: string) => Number(value) };
      }
    }
    const { createWatermarkGenerator } = new Punctual();
    const keeping = { behind: 2, createWatermarkGenerator };

    it.each([['an object', new Punctual()], ['a class', Punctual]])('that is %s, for a stream or its source', async (_, strategy) => {
      expect(await results((env) => withWatermark(env.fromElements('3', '9').assignTimestampsAndWatermarks(strategy)))).toEqual(['3 -Infinity', '9 2']);
      expect(await results((env) => withWatermark(env.fromSource(script().record('3').record('9').end(), strategy)))).toEqual(['3 -Infinity', '9 2']);
    });

    it('that finds no timestamps keeps those that records have', async () => {
      expect(await results((env) => withWatermark(env.fromSource(script().record('a', 5).record('b', 7).end(), keeping)))).toEqual(['a -Infinity', 'b 3']);
    });

    it('is none without generators', () => {
      const source = StreamExecutionEnvironment.getExecutionEnvironment().fromElements('a');
      expect(() => source.assignTimestampsAndWatermarks({ createTimestampAssigner: keeping.createWatermarkGenerator } as never)).toThrow('assignTimestampsAndWatermarks expects a WatermarkStrategy; got an object with createTimestampAssigner');
    });
  });

  it('goes on every 200 ms unless the job says otherwise', async () => {
    const ticks = async (interval?: number): Promise<string[]> => results((env) => {
      if (interval !== undefined) env.getConfig().setAutoWatermarkInterval(interval);
      const records = script().record('a', 10).advance(199).record('b', 11).advance(1).record('c', 12).end();
      return withWatermark(env.fromSource(records, WatermarkStrategy.forMonotonousTimestamps<string>()));
    });
    expect(await ticks()).toEqual(['a -Infinity', 'b -Infinity', 'c 10']);
    expect(await ticks(100)).toEqual(['a -Infinity', 'b 9', 'c 10']);
  });

  it('comes to its end with the input: timers set for the end fire, those of the clock are dropped', async () => {
    class AtTheEnd extends KeyedProcessFunction<string, string, string> {
      processElement(_: string, context: KeyedProcessContext<string>): void {
        context.timerService().registerEventTimeTimer(Infinity);
        context.timerService().registerEventTimeTimer(1e15);
        context.timerService().registerProcessingTimeTimer(1e12);
      }
      override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
        out.collect(`${context.getCurrentKey()} ${time} ${context.timeDomain()}`);
      }
    }
    expect(await results((env) => env.fromElements('a').keyBy((key) => key).process(AtTheEnd))).toEqual(['a 1000000000000000 EVENT_TIME', 'a Infinity EVENT_TIME']);
  });
});

describe('the end of the input', () => {
  interface N { readonly n: number }
  const numbers = (env: StreamExecutionEnvironment) =>
    env.fromElements({ n: 1 }, { n: 2 }, { n: 4 }).assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks<N>().withTimestampAssigner(({ n }) => n)).keyBy(() => 'all');
  const sums = async (build: (env: StreamExecutionEnvironment) => DataStream<N>): Promise<number[]> => (await cluster.run(build)).map(({ n }) => n);

  it('fires windows of event time that are open, sessions too', async () => {
    expect(await sums((env) => numbers(env).window(TumblingEventTimeWindows.of('1 h')).sum('n'))).toEqual([7]);
    expect(await sums((env) => numbers(env).window(EventTimeSessionWindows.withGap('1 h')).sum('n'))).toEqual([7]);
  });

  it('does not fire windows of the clock that are open', async () => {
    expect(await sums((env) => numbers(env).window(TumblingProcessingTimeWindows.of('1 h')).sum('n'))).toEqual([]);
    expect(await sums((env) => numbers(env).window(SlidingProcessingTimeWindows.of('1 h', '1 min')).sum('n'))).toEqual([]);
  });

  it('does not fire count windows that are not full', async () => {
    expect(await sums((env) => numbers(env).countWindow(2).sum('n'))).toEqual([3]);
    expect(await sums((env) => numbers(env).countWindow(3, 2).sum('n'))).toEqual([3]);
  });

  it('does not fire global windows, unless their trigger waits for it', async () => {
    expect(await sums((env) => numbers(env).window(GlobalWindows.create()).sum('n'))).toEqual([]);
    expect(await sums((env) => numbers(env).window(GlobalWindows.createWithEndOfStreamTrigger()).sum('n'))).toEqual([7]);
    expect(await sums((env) => numbers(env).window(GlobalWindows.create()).trigger(CountTrigger.of(2)).sum('n'))).toEqual([3]);
  });
});

describe('in batch mode', () => {
  it('assigners of timestamps are asked, generators of watermarks are not', async () => {
    let asked = 0;
    const generator: WatermarkGenerator<string> = { onEvent: () => void (asked += 1), onPeriodicEmit: () => void (asked += 1) };
    const seen = await results((env) => env.setRuntimeMode('BATCH').fromElements('a', 'bb')
      .assignTimestampsAndWatermarks(WatermarkStrategy.forGenerator<string>(() => generator).withTimestampAssigner((value) => value.length))
      .process<string>((value: string, context: ProcessContext, out: Collector<string>) => out.collect(`${value} ${context.timestamp()} ${context.timerService().currentWatermark()}`)));
    expect([seen, asked]).toEqual([['a 1 -Infinity', 'bb 2 -Infinity'], 0]);
  });
});

describe('streams', () => {
  it('united with themselves give each element twice', async () => {
    const seen = await results((env) => {
      const letters = env.fromElements('a', 'b');
      return letters.union(letters);
    });
    expect(seen.sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it.each([[1, 3], [3, 1], [2, 3]])('of parallelism %d and %d unite without loss', async (one, other) => {
    const env = StreamExecutionEnvironment.createLocalEnvironment(2);
    const numbers = (from: number, parallelism: number) => env.fromSequence(from, from + 49).setParallelism(parallelism).map((n) => n).setParallelism(parallelism);
    const seen: number[] = [];
    for await (const n of numbers(0, one).union(numbers(50, other)).rebalance().map((n) => n).setParallelism(3).executeAndCollect()) seen.push(n);
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('keep the order of what goes from one subtask to another', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment(3);
    const seen: [number, number][] = [];
    for await (const pair of env.fromSequence(1, 300).setParallelism(1).keyBy((n) => n % 7).map((n) => [n % 7, n] as [number, number]).executeAndCollect()) seen.push(pair);
    for (let key = 0; key < 7; key++) {
      const own = seen.filter(([each]) => each === key).map(([, n]) => n);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect(seen).toHaveLength(300);
  });

  it('give one side output to several who ask for it, and drop one that nobody asks for', async () => {
    const [odd, unread] = [new OutputTag<number>('odd'), new OutputTag<number>('unread')];
    const { even, once, again } = await cluster.run((env) => {
      const even = env.fromElements(1, 2, 3).process<number>((n, context, out) => {
        context.output(unread, n);
        if (n % 2 === 0) out.collect(n);
        else context.output(odd, n);
      });
      return { even, once: even.getSideOutput(odd), again: even.getSideOutput(new OutputTag<number>('odd')).map((n) => -n) };
    });
    expect([even, once, again]).toEqual([[2], [1, 3], [-1, -3]]);
  });

  it('without keys run their windows in one subtask, and take no other parallelism', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment(4);
    const all = env.fromElements({ n: 1 }).windowAll(TumblingEventTimeWindows.of('1 s')).sum('n');
    expect(all.getParallelism()).toBe(1);
    expect(() => all.setParallelism(2)).toThrow(/parallelism/);
  });
});
