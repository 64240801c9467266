/**
 * Windows as a program writes them, run by the embedded cluster.
 */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  AscendingTimestampExtractor, type AssignerWithPunctuatedWatermarks, BoundedOutOfOrdernessTimestampExtractor, ContinuousEventTimeTrigger, ContinuousProcessingTimeTrigger, CountTrigger, type DataStream, DeltaTrigger, Duration, EventTimeSessionWindows,
  EventTimeTrigger, GlobalWindows, OutputTag, ProcessingTimeoutTrigger, ProcessingTimeTrigger, type ProcessWindowContext, ProcessWindowFunction, PurgingTrigger, type SingleOutputStreamOperator, SlidingEventTimeWindows, StreamExecutionEnvironment, Time, TimeCharacteristic, TimeEvictor, type TimeWindow, Trigger, TriggerResult, TumblingEventTimeWindows, Watermark, WatermarkStrategy, type Window,
} from '../../src/index.js';
import { MiniCluster, TestStream } from '../../src/testing/index.js';

interface Reading { readonly sensor: string; readonly at: number; readonly value: number }

const READINGS: readonly Reading[] = [
  { sensor: 'a', at: 1000, value: 1 }, { sensor: 'b', at: 2000, value: 10 }, { sensor: 'a', at: 4000, value: 2 },
  { sensor: 'a', at: 6000, value: 4 }, { sensor: 'b', at: 7000, value: 20 }, { sensor: 'a', at: 11_000, value: 8 },
];

function readings(parallelism = 1) {
  const env = StreamExecutionEnvironment.createLocalEnvironment(parallelism);
  return env.fromCollection(READINGS).assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<Reading>().withTimestampAssigner((reading) => reading.at));
}

async function collected<T>(stream: DataStream<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const record of stream.executeAndCollect()) all.push(record);
  return all;
}

const values = async (stream: SingleOutputStreamOperator<Reading>): Promise<string[]> => (await collected(stream)).map(({ sensor, value }) => `${sensor} ${value}`).sort();

describe.each([1, 3])('keyed windows at parallelism %d', (parallelism) => {
  it('sum, reduce and aggregate', async () => {
    const tumbling = () => readings(parallelism).keyBy('sensor').window(TumblingEventTimeWindows.of(Time.seconds(5)));
    expect(await values(tumbling().sum('value'))).toEqual(['a 3', 'a 4', 'a 8', 'b 10', 'b 20']);
    expect(await values(tumbling().reduce((a, b) => ({ ...a, value: a.value + b.value })))).toEqual(['a 3', 'a 4', 'a 8', 'b 10', 'b 20']);
    const counts = await collected(tumbling().aggregate(
      { createAccumulator: () => 0, add: (_, count) => count + 1, getResult: (count) => count, merge: (a, b) => a + b },
      (key, window, [count], out: { collect(text: string): void }) => out.collect(`${key} ${window.start} ${count}`),
    ));
    expect(counts.sort()).toEqual(['a 0 2', 'a 10000 1', 'a 5000 1', 'b 0 1', 'b 5000 1']);
  });

  it('slide, and are sessions', async () => {
    expect(await values(readings(parallelism).keyBy('sensor').window(SlidingEventTimeWindows.of('10 s', '5 s')).max('value'))).toEqual(['a 2', 'a 4', 'a 8', 'a 8', 'b 10', 'b 20', 'b 20'].sort());
    expect(await values(readings(parallelism).keyBy('sensor').window(EventTimeSessionWindows.withGap(Duration.ofSeconds(4))).sum('value'))).toEqual(['a 7', 'a 8', 'b 10', 'b 20']);
  });
});

describe('windows in a program', () => {
  it('process all elements, with key and window', async () => {
    class Spread extends ProcessWindowFunction<Reading, string, string, TimeWindow> {
      process(key: string, context: ProcessWindowContext<TimeWindow>, elements: readonly Reading[], out: { collect(text: string): void }): void {
        out.collect(`${key} ${context.window().end} ${Math.max(...elements.map((each) => each.value)) - Math.min(...elements.map((each) => each.value))}`);
      }
    }
    expect((await collected(readings().keyBy((reading) => reading.sensor).window(TumblingEventTimeWindows.of('10 s')).process(Spread))).sort()).toEqual(['a 10000 3', 'a 20000 0', 'b 10000 10']);
  });

  it('apply a function to what a reduction made, as before Flink 2.0', async () => {
    const highest = (a: Reading, b: Reading): Reading => (b.value > a.value ? b : a);
    const keyed = readings().keyBy('sensor').window(TumblingEventTimeWindows.of('10 s')).apply<string>(highest, (key, window, [top], out) => out.collect(`${key} ${window.end} ${top?.value}`));
    expect((await collected(keyed)).sort()).toEqual(['a 10000 4', 'a 20000 8', 'b 10000 20']);
    const all = readings().windowAll(TumblingEventTimeWindows.of('10 s')).apply<string>(highest, (window, [top], out) => out.collect(`${window.end} ${top?.value}`));
    expect((await collected(all)).sort()).toEqual(['10000 20', '20000 8']);
  });

  it('know their environment', () => {
    const stream = readings();
    const env = stream.getExecutionEnvironment();
    expect([stream.keyBy('sensor').countWindow(2).getExecutionEnvironment(), stream.countWindowAll(2).getExecutionEnvironment()]).toEqual([env, env]);
  });

  it('count records of a key, or the last so many after every so many', async () => {
    expect(await values(readings().keyBy('sensor').countWindow(2).sum('value'))).toEqual(['a 12', 'a 3', 'b 30']);
    expect(await values(readings().keyBy('sensor').countWindow(3, 2).sum('value'))).toEqual(['a 14', 'a 3', 'b 30']);
    expect(await values(readings().countWindowAll(3).sum('value'))).toEqual(['a 13', 'a 32']);
  });

  it('span the whole stream without a key, in one subtask', async () => {
    const all = readings(3).windowAll(TumblingEventTimeWindows.of('5 s'));
    expect(all.sum('value').getParallelism()).toBe(1);
    expect((await collected(readings(3).windowAll(TumblingEventTimeWindows.of('5 s')).apply<string>((window, elements, out) => out.collect(`${window.start} ${elements.length}`)))).sort()).toEqual(['0 3', '10000 1', '5000 2']);
  });

  it('give late records to a side output', async () => {
    const late = new OutputTag<Reading>('late');
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const everyRecord = WatermarkStrategy.forGenerator<Reading>(() => ({ onEvent: (_, at, output) => output.emitWatermark(at), onPeriodicEmit() {} })).withTimestampAssigner((reading) => reading.at);
    const sums = env.fromCollection([{ sensor: 'a', at: 9000, value: 1 }, { sensor: 'a', at: 100, value: 2 }]).assignTimestampsAndWatermarks(everyRecord)
      .keyBy('sensor').window(TumblingEventTimeWindows.of('5 s')).sideOutputLateData(late).sum('value');
    expect(await collected(sums.getSideOutput(late))).toEqual([{ sensor: 'a', at: 100, value: 2 }]);
  });

  it('fail on a record without a timestamp, naming the call that is missing', async () => {
    const stream = StreamExecutionEnvironment.getExecutionEnvironment().fromCollection(READINGS).keyBy('sensor').window(TumblingEventTimeWindows.of('5 s')).sum('value');
    await expect(collected(stream)).rejects.toMatchObject({ code: 'TIMESTAMP_MISSING', place: { operator: 'TumblingEventTimeWindows' } });
  });

  it('follow the time characteristic where they are made with timeWindow', async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment().setStreamTimeCharacteristic(TimeCharacteristic.EventTime);
    expect(env.getStreamTimeCharacteristic()).toBe('EventTime');
    class At extends BoundedOutOfOrdernessTimestampExtractor<Reading> {
      constructor() { super(Time.seconds(1)); }
      extractTimestamp(reading: Reading): number { return reading.at; }
    }
    const timed = () => env.fromCollection(READINGS).assignTimestampsAndWatermarks(new At());
    expect(await values(timed().keyBy('sensor').timeWindow(Time.seconds(5)).sum('value'))).toEqual(['a 3', 'a 4', 'a 8', 'b 10', 'b 20']);
    expect(await values(timed().keyBy('sensor').timeWindow(Time.seconds(10), Time.seconds(5)).max('value'))).toEqual(['a 2', 'a 4', 'a 8', 'a 8', 'b 10', 'b 20', 'b 20'].sort());
    expect(await values(timed().timeWindowAll(Time.seconds(10)).sum('value'))).toEqual(['a 37', 'a 8']);
  });

  it.each([undefined, TimeCharacteristic.ProcessingTime])('made with timeWindow go by the clock when the time characteristic is %s', async (characteristic) => {
    const cluster = new MiniCluster();
    const record = (value: number): Reading => ({ sensor: 'a', at: 0, value });
    const input = TestStream.of(record(1), record(2)).advance('5 s').record(record(4)).advance('10 s').end();
    const { tumbling, sliding } = await cluster.run((env) => {
      if (characteristic !== undefined) env.setStreamTimeCharacteristic(characteristic);
      const keyed = env.fromSource(input).keyBy('sensor');
      return { tumbling: keyed.timeWindow(Time.seconds(5)).sum('value'), sliding: keyed.timeWindow(Time.seconds(10), Time.seconds(5)).sum('value') };
    });
    expect(tumbling.map(({ value }) => value)).toEqual([3, 4]);
    expect(sliding.map(({ value }) => value)).toEqual([3, 7, 4]);
  });

  it('wait for what is late by as much as the watermark is behind: until 12:10 they take what comes before the record of 12:12', async () => {
    const minute = (at: number): number => Date.UTC(2026, 0, 1, 12, at);
    const arrivals = [minute(1), minute(11), minute(9), minute(12), minute(5), minute(14)];
    const everyRecord = WatermarkStrategy.forGenerator<Reading>(() => {
      let newest = -Infinity;
      return { onEvent: (_, at, output) => output.emitWatermark(new Watermark((newest = Math.max(newest, at)) - 120_000)), onPeriodicEmit() {} };
    }).withTimestampAssigner((reading) => reading.at);
    const late = new OutputTag<Reading>('late');
    const counts = StreamExecutionEnvironment.getExecutionEnvironment().fromCollection(arrivals.map((at) => ({ sensor: 'a', at, value: 1 }))).assignTimestampsAndWatermarks(everyRecord)
      .keyBy('sensor').window(TumblingEventTimeWindows.of(Time.minutes(10))).sideOutputLateData(late).sum('value');
    expect(await values(counts)).toEqual(['a 2', 'a 3']);
    expect((await collected(counts.getSideOutput(late))).map(({ at }) => at)).toEqual([minute(5)]);
  });

  it('take every legacy assigner of watermarks', async () => {
    class Ascending extends AscendingTimestampExtractor<Reading> {
      extractAscendingTimestamp(reading: Reading): number { return reading.at; }
    }
    const punctuated: AssignerWithPunctuatedWatermarks<Reading> = { extractTimestamp: (reading) => reading.at, checkAndGetNextWatermark: (_, at) => new Watermark(at - 1) };
    const periodic = { extractTimestamp: (reading: Reading) => reading.at, getCurrentWatermark: () => null };
    for (const assigner of [Ascending, new Ascending(), punctuated, periodic]) {
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      expect(await values(env.fromCollection(READINGS).assignTimestampsAndWatermarks(assigner).keyBy('sensor').window(TumblingEventTimeWindows.of('5 s')).sum('value'))).toEqual(['a 3', 'a 4', 'a 8', 'b 10', 'b 20']);
    }
  });

  it('get their time at the source with IngestionTime', async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment().setStreamTimeCharacteristic(TimeCharacteristic.IngestionTime);
    expect(await values(env.fromCollection(READINGS).keyBy('sensor').timeWindow(Time.days(10_000)).sum('value'))).toEqual(['a 15', 'b 30']);
  });

  it('refuse, when the job is built, what cannot work', () => {
    const keyed = readings().keyBy('sensor');
    const sessions = keyed.window(EventTimeSessionWindows.withGap(1));
    expect(() => sessions.fold(0, (n) => n + 1)).toThrow(/fold cannot be used with windows that merge/);
    expect(() => keyed.window({} as never)).toThrow(/window expects a window assigner/);
    expect(() => keyed.window(GlobalWindows.create()).trigger({} as never)).toThrow(/trigger expects a Trigger/);
    expect(() => keyed.window(GlobalWindows.create()).evictor({} as never)).toThrow(/evictor expects an evictor/);
    expect(() => keyed.window(GlobalWindows.create()).sideOutputLateData('late' as never)).toThrow(/OutputTag/);
    expect(() => keyed.countWindow(0)).toThrow(/countWindow expects a size/);
    expect(() => readings().assignTimestampsAndWatermarks({} as never)).toThrow(/expects a WatermarkStrategy/);
  });
});

it('an allowedLateness below zero is refused when the job is built', () => {
  for (const lateness of [-1, Duration.ofSeconds(-1), '-1 s']) expect(() => readings().keyBy('sensor').window(TumblingEventTimeWindows.of(5)).allowedLateness(lateness)).toThrow(/allowedLateness expects a duration of at least 0/);
});

describe('a trigger for windows that merge', () => {
  class Own extends Trigger<unknown, Window> {
    constructor(private readonly merges: boolean) {
      super();
    }
    onElement(): TriggerResult { return TriggerResult.CONTINUE; }
    onEventTime(): TriggerResult { return TriggerResult.CONTINUE; }
    onProcessingTime(): TriggerResult { return TriggerResult.CONTINUE; }
    clear(): void {}
    override canMerge(): boolean { return this.merges; }
  }
  const set = (trigger: unknown) => () => readings().keyBy('sensor').window(EventTimeSessionWindows.withGap(1)).trigger(trigger as never);

  it.each<[string, unknown]>([
    ['DeltaTrigger', DeltaTrigger.of<Reading>(1, () => 0)], ['ProcessingTimeoutTrigger', ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), 5)], ['Own', new Own(false)],
    ['PurgingTrigger', PurgingTrigger.of(DeltaTrigger.of<Reading>(1, () => 0))], ['NeverTrigger', GlobalWindows.create().getDefaultTrigger()],
  ])('is refused when it is set where it cannot merge: %s', (name, trigger) => {
    expect(set(trigger)).toThrow(new RegExp(`${name}.* cannot be used with EventTimeSessionWindows`));
  });

  it.each<[string, unknown]>([
    ['count', CountTrigger.of(2)], ['event time', EventTimeTrigger.create()], ['the clock', ProcessingTimeTrigger.create()], ['continuous', ContinuousEventTimeTrigger.of(5)],
    ['continuous by the clock', ContinuousProcessingTimeTrigger.of(5)], ['one of an author’s own that says so', new Own(true)], ['one that purges around one of these', PurgingTrigger.of(CountTrigger.of(2))],
  ])('is taken where it can merge: %s', (_, trigger) => {
    expect(set(trigger)).not.toThrow();
  });
});

describe.each([1, 3])('programs that Flink’s users know, at parallelism %d', (parallelism) => {
  it('group visits into sessions, with a source that stamps its records', async () => {
    type Visit = [user: string, at: number, count: number];
    const visits: Visit[] = [['a', 1, 1], ['b', 1, 1], ['b', 3, 1], ['b', 5, 1], ['c', 6, 1], ['a', 10, 1], ['c', 11, 1]];
    const env = StreamExecutionEnvironment.createLocalEnvironment(parallelism);
    const sessions = env.addSource<Visit>({
      run(context) {
        for (const visit of visits) {
          void context.collectWithTimestamp(visit, visit[1]);
          context.emitWatermark(new Watermark(visit[1] - 1));
        }
        context.emitWatermark(Watermark.MAX_WATERMARK);
      },
      cancel() {},
    }).keyBy(0).window(EventTimeSessionWindows.withGap(3)).sum(2);
    expect((await collected(sessions)).sort()).toEqual([['a', 1, 1], ['a', 10, 1], ['b', 1, 3], ['c', 11, 1], ['c', 6, 1]]);
  });

  it('find the highest speed of the last 10 seconds whenever a car has gone 50 metres', async () => {
    type Car = [id: number, speed: number, metres: number, at: number];
    const drive: Car[] = [[0, 55, 15, 1000], [0, 50, 40, 2000], [0, 60, 70, 3000], [0, 40, 90, 9000], [0, 45, 125, 14_000], [0, 30, 130, 15_000], [0, 20, 180, 16_000], [1, 10, 5, 1000], [1, 20, 60, 2000]];
    const env = StreamExecutionEnvironment.createLocalEnvironment(parallelism);
    const fastest = env.fromCollection(drive)
      .assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<Car>().withTimestampAssigner((car) => car[3]))
      .setParallelism(1) // so that a car's records stay in order
      .keyBy(0)
      .window(GlobalWindows.create())
      .evictor(TimeEvictor.of(Time.seconds(10)))
      .trigger(DeltaTrigger.of<Car>(50, (before, now) => now[2] - before[2]))
      .maxBy(1);
    const speeds = (await collected(fastest)).map(([id, speed, metres]) => `${id}: ${speed} at ${metres}`);
    expect(speeds.filter((line) => line.startsWith('0'))).toEqual(['0: 60 at 70', '0: 45 at 125', '0: 45 at 125']);
    expect(speeds.filter((line) => line.startsWith('1'))).toEqual(['1: 20 at 60']);
  });

  it('count words in windows of 250 that start every 150 records of a word', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment(parallelism);
    const words = Array.from({ length: 500 }, (_, i): [string, number] => [i % 5 === 0 ? 'rare' : 'often', 1]);
    expect((await collected(env.fromCollection(words).keyBy(0).countWindow(250, 150).sum(1))).sort()).toEqual([['often', 150], ['often', 250]]);
  });
});

describe('the compiler', () => {
  it('infers what leaves windows', () => {
    const windowed = readings().keyBy('sensor').window(TumblingEventTimeWindows.of('5 s'));
    expectTypeOf(windowed.sum('value')).toEqualTypeOf<SingleOutputStreamOperator<Reading>>();
    expectTypeOf(windowed.trigger(CountTrigger.of(3)).maxBy('value')).toEqualTypeOf<SingleOutputStreamOperator<Reading>>();
    expectTypeOf(windowed.aggregate({ createAccumulator: () => ({ n: 0 }), add: (reading, acc) => ({ n: acc.n + reading.value }), getResult: (acc) => String(acc.n), merge: (a, b) => ({ n: a.n + b.n }) }))
      .toEqualTypeOf<SingleOutputStreamOperator<string>>();
    expectTypeOf(windowed.fold('', (text, reading) => text + reading.sensor)).toEqualTypeOf<SingleOutputStreamOperator<string>>();
    expectTypeOf(windowed.apply<number>((key, window, elements, out) => {
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(window).toEqualTypeOf<TimeWindow>();
      out.collect(elements.length + window.start);
    })).toEqualTypeOf<SingleOutputStreamOperator<number>>();
  });

  it('refuses fields that a sum does not take', () => {
    const windowed = readings().keyBy('sensor').window(TumblingEventTimeWindows.of('5 s'));
    // @ts-expect-error -- a string is no number
    windowed.sum('sensor');
  });
});
