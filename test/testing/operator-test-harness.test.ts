import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  BroadcastProcessFunction, type BroadcastContext, type BroadcastReadOnlyContext, type Collector, type DataStream, KeyedBroadcastProcessFunction, type KeyedBroadcastReadOnlyContext, KeyedCoProcessFunction,
  type KeyedProcessContext, KeyedProcessFunction, MapStateDescriptor, type Meter, type OnTimerContext, OutputTag, type ProcessContext, ProcessFunction, RichMapFunction, TumblingEventTimeWindows,
  EventTimeSessionWindows, TumblingProcessingTimeWindows, type ValueState, ValueStateDescriptor,
} from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

interface Click { readonly user: string; readonly page: string }

const repeated = new OutputTag<string>('repeated');

/** Counts the clicks of a user until a second of each time has passed without one. */
class Sessions extends KeyedProcessFunction<string, Click, string> {
  private clicks!: ValueState<number>;

  override open(): void {
    this.clicks = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('clicks'));
  }
  processElement(click: Click, context: KeyedProcessContext<string>): void {
    const before = this.clicks.value() ?? 0;
    if (before > 0) context.output(repeated, click.page);
    else {
      const timers = context.timerService();
      timers.registerEventTimeTimer((context.timestamp() ?? 0) + 1_000);
      timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 60_000);
    }
    this.clicks.update(before + 1);
  }
  override onTimer(_time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.getCurrentKey()} ${this.clicks.value() ?? 'gone'} by ${context.timeDomain()}`);
    this.clicks.clear();
  }
}

describe('a keyed function', () => {
  const click = (user: string, page = '/'): Click => ({ user, page });

  it.each([['an object', new Sessions()], ['a class', Sessions]])('given as %s is driven by records, watermarks and the clock', async (_, fn) => {
    const h = await harness.keyed(fn, (c: Click) => c.user);
    h.push(click('ada'), 100);
    h.push(click('bob'), 200);
    h.push(click('ada', '/cart'), 300);
    expect(h.sideValues(repeated)).toEqual(['/cart']);
    expect(h.sideOutput(repeated)).toEqual([{ value: '/cart', timestamp: 300 }]);
    expect([h.numKeyedStateEntries(), h.numEventTimeTimers(), h.numProcessingTimeTimers()]).toEqual([2, 2, 2]);
    h.watermark(1_100);
    expect(h.output).toEqual([{ value: 'ada 2 by EVENT_TIME', timestamp: 1_100 }]);
    expect(h.watermarks).toEqual([1_100]);
    expect([h.numKeyedStateEntries(), h.numEventTimeTimers(), h.numProcessingTimeTimers()]).toEqual([1, 1, 2]);
    h.take();
    h.advance('1 min');
    expect(h.values).toEqual(['ada gone by PROCESSING_TIME', 'bob 1 by PROCESSING_TIME']);
    expect(h.getProcessingTime()).toBe(60_000);
    await h.close();
  });

  it('fires what waits when its input ends', async () => {
    const h = await harness.keyed(Sessions, (c: Click) => c.user);
    h.push(click('ada'), 100);
    await h.end();
    expect(h.values).toEqual(['ada 1 by EVENT_TIME']);
  });

  it('infers what comes in and what comes out', async () => {
    const h = await harness.keyed(new Sessions(), (c) => c.user);
    expectTypeOf(h.values).toEqualTypeOf<string[]>();
    expectTypeOf(h.push).parameter(0).toEqualTypeOf<Click>();
  });

  it('throws what the function throws, in the call that made it', async () => {
    const h = await harness.keyed((c: Click) => { throw new RangeError(c.page); }, (c) => c.user);
    expect(() => h.push(click('ada'))).toThrow(RangeError);
  });

  it('rejects with what its open throws', async () => {
    class Broken extends Sessions {
      override open(): void {
        throw new TypeError('no state');
      }
    }
    await expect(harness.keyed(Broken, (c: Click) => c.user)).rejects.toBeInstanceOf(TypeError);
  });
});

describe('other functions', () => {
  it('without keys see time and side outputs', async () => {
    class Late extends ProcessFunction<number, number> {
      processElement(n: number, context: ProcessContext, out: Collector<number>): void {
        if ((context.timestamp() ?? 0) <= context.timerService().currentWatermark()) context.output(repeated, String(n));
        else out.collect(n);
      }
    }
    const h = await harness.process(new Late());
    h.push(1, 10);
    h.watermark(20);
    h.watermark(15);
    h.push(2, 20);
    h.pushAll([3]);
    h.push(4, 21);
    expect([h.take(), h.take(), h.sideValues(repeated), h.watermarks]).toEqual([[1, 4], [], ['2', '3'], [20]]);
  });

  it('of two inputs share state by key, and see the smaller watermark', async () => {
    class Pair extends KeyedCoProcessFunction<string, Click, number, string> {
      private page!: ValueState<string>;

      override open(): void {
        this.page = this.getRuntimeContext().getState(new ValueStateDescriptor<string>('page'));
      }
      processElement1(c: Click): void {
        this.page.update(c.page);
      }
      processElement2(n: number, context: KeyedProcessContext<string>, out: Collector<string>): void {
        out.collect(`${n} ${this.page.value() ?? 'nothing'} at ${context.timerService().currentWatermark()}`);
      }
    }
    const h = await harness.keyedCoProcess(Pair, (c: Click) => c.user, (n: number) => (n > 10 ? 'ada' : 'bob'));
    h.first.push({ user: 'ada', page: '/cart' });
    h.first.watermark(50);
    h.second.push(11);
    h.second.watermark(40);
    h.second.push(12);
    h.second.idle();
    h.second.push(1);
    expect(h.values).toEqual(['11 /cart at -Infinity', '12 /cart at 40', '1 nothing at 50']);
    h.first.idle();
    h.first.idle(false);
    expect([h.watermarks, h.idleness]).toEqual([[40, 50], [true, false]]);
  });

  it('of two inputs need no keys', async () => {
    const h = await harness.coProcess({
      processElement1: (n: number, _: ProcessContext, out: Collector<string>) => out.collect(`number ${n}`),
      processElement2: (s: string, _: ProcessContext, out: Collector<string>) => out.collect(`text ${s}`),
    });
    h.first.push(1);
    h.second.push('a');
    expect(h.values).toEqual(['number 1', 'text a']);
  });

  const rules = new MapStateDescriptor<string, number>('rules');
  interface Rule { readonly name: string; readonly limit: number }

  it('with a broadcast side have its state', async () => {
    class Limits extends BroadcastProcessFunction<number, Rule, string> {
      processElement(n: number, context: BroadcastReadOnlyContext, out: Collector<string>): void {
        for (const [name, limit] of context.getBroadcastState(rules).immutableEntries()) if (n > limit) out.collect(`${n} breaks ${name}`);
      }
      processBroadcastElement(rule: Rule, context: BroadcastContext): void {
        context.getBroadcastState(rules).put(rule.name, rule.limit);
      }
    }
    const h = await harness.broadcast(new Limits(), [rules]);
    h.first.push(100);
    h.second.push({ name: 'small', limit: 50 });
    h.first.push(100);
    expect(h.values).toEqual(['100 breaks small']);
  });

  it('with keys and a broadcast side see the key', async () => {
    class Flag extends KeyedBroadcastProcessFunction<string, Click, Rule, string> {
      processElement(_: Click, context: KeyedBroadcastReadOnlyContext<string>, out: Collector<string>): void {
        if (context.getBroadcastState(rules).contains(context.getCurrentKey())) out.collect(context.getCurrentKey());
      }
      processBroadcastElement(rule: Rule, context: BroadcastContext): void {
        context.getBroadcastState(rules).put(rule.name, rule.limit);
      }
    }
    const h = await harness.keyedBroadcast(Flag, (c: Click) => c.user, [rules]);
    h.second.push({ name: 'ada', limit: 0 });
    h.first.pushAll([{ user: 'ada', page: '/' }, { user: 'bob', page: '/' }]);
    expect(h.values).toEqual(['ada']);
  });
});

describe('an operator as a job builds it', () => {
  it('may be a window', async () => {
    const h = await harness.operator((clicks: DataStream<Click>) =>
      clicks.keyBy('user').window(TumblingEventTimeWindows.of('10 s')).apply<string>((user, window, elements, out) => out.collect(`${user} ${[...elements].length} until ${window.getEnd()}`)));
    h.push({ user: 'ada', page: '/' }, 1_000);
    h.push({ user: 'ada', page: '/a' }, 9_999);
    h.push({ user: 'bob', page: '/' }, 10_000);
    h.watermark(9_999);
    expect(h.values).toEqual(['ada 2 until 10000']);
  });

  it('may be a rich function on keyed streams', async () => {
    class Counting extends RichMapFunction<string, number> {
      map(): number {
        const count = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('count', 0));
        count.update((count.value() ?? 0) + 1);
        return count.value()!;
      }
    }
    const h = await harness.operator((words: DataStream<string>) => words.keyBy((word) => word).map(Counting));
    h.pushAll(['a', 'b', 'a']);
    expect(h.values).toEqual([1, 1, 2]);
  });

  it('may have two inputs', async () => {
    const h = await harness.connected((numbers: DataStream<number>, words: DataStream<string>) => numbers.connect(words).map((n) => n + 1, (word) => word.length));
    h.first.push(1);
    h.second.push('abc');
    expect(h.values).toEqual([2, 3]);
  });

  it.each([
    ['several', (input: DataStream<number>) => input.map((n) => n).name('one').filter(() => true).name('two'), '"one", "two" were made'],
    ['none', (input: DataStream<number>) => input.rebalance(), 'No operators'],
  ])('is not %s', async (_, build, message) => {
    await expect(harness.operator(build)).rejects.toThrow(message);
  });

  it('is the subtask that the test says', async () => {
    class Where extends RichMapFunction<number, string> {
      map(): string {
        const { subtask, of } = { subtask: this.getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), of: this.getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks() };
        return `${subtask} of ${of}`;
      }
    }
    const h = await harness.operator((input: DataStream<number>) => input.map(Where), { subtask: 2, parallelism: 4 });
    h.push(1);
    expect(h.values).toEqual(['2 of 4']);
  });

  it('tells records, side outputs, watermarks and idleness in the order in which they came out', async () => {
    const late = new OutputTag<number>('late');
    const h = await harness.operator((input: DataStream<number>) =>
      input.keyBy(() => 'all').window(TumblingEventTimeWindows.of(10)).sideOutputLateData(late).reduce((a, b) => a + b));
    h.push(1, 3);
    h.push(2, 4);
    h.watermark(9);
    h.push(4, 9);
    h.push(5, 10);
    h.idle();
    h.idle(false);
    await h.end();
    expect(h.events).toEqual([
      { type: 'record', value: 3, timestamp: 9 }, { type: 'watermark', timestamp: 9 },
      { type: 'side-output', tag: 'late', value: 4, timestamp: 9 },
      { type: 'idle', idle: true }, { type: 'idle', idle: false },
      { type: 'record', value: 5, timestamp: 19 }, { type: 'watermark', timestamp: Infinity },
    ]);
  });

  it('shows the counters of its metrics', async () => {
    const h = await harness.operator((input: DataStream<number>) => input.windowAll(TumblingEventTimeWindows.of(10)).reduce((a, b) => a + b));
    h.watermark(100);
    h.push(1, 3);
    h.push(1, 4);
    expect([h.counter('numLateRecordsDropped'), h.counter('never heard of')]).toEqual([2, 0]);
  });

  it('shows any of its metrics, and reading one changes none', async () => {
    class Measured extends RichMapFunction<number, number> {
      private meter!: Meter;
      override open(): void {
        const group = this.getRuntimeContext().getMetricGroup().addGroup('mine');
        this.meter = group.meter('speed');
        group.gauge('load', () => 0.5);
        group.histogram('sizes').update(7);
      }
      override map(n: number): number {
        this.meter.markEvent();
        return n;
      }
    }
    const h = await harness.operator((input: DataStream<number>) => input.map(new Measured()));
    h.pushAll(Array.from({ length: 60 }, (_, n) => n));
    h.advance(5_000);
    expect([h.metric('mine.speed'), h.metric('mine.load'), h.metric('mine.sizes_p99'), h.metric('mine.nothing')]).toEqual([1, 0.5, 7, undefined]);
    expect([h.counter('mine.load'), h.metric('mine.load')]).toEqual([0.5, 0.5]);
  });

  it('hears of the end of each input once, and event time goes on with the other', async () => {
    const h = await harness.coProcess({
      processElement1: (n: number, context: ProcessContext, out: Collector<string>) => out.collect(`${n} at ${context.timerService().currentWatermark()}`),
      processElement2: (): void => {},
    });
    const ended: number[] = [];
    h.driven.operator.endInput = (input) => void ended.push(input);
    h.first.watermark(5);
    h.second.endInput();
    h.first.push(1);
    await h.end();
    expect([ended, h.values, h.watermarks]).toEqual([[1, 0], ['1 at 5'], [5, Infinity]]);
  });
});

describe('what is kept and what waits', () => {
  it.each([
    ['reductions', (items: DataStream<[string, number]>) => items.keyBy(0).reduce((a, b) => [a[0], a[1] + b[1]]), [2, 0, 0]],
    ['sums', (items: DataStream<[string, number]>) => items.keyBy(0).sum(1), [2, 0, 0]],
    ['windows by event time', (items: DataStream<[string, number]>) => items.keyBy(0).window(TumblingEventTimeWindows.of(10)).sum(1), [2, 2, 0]],
    ['windows with lateness, which have a timer for their end and one for their cleanup', (items: DataStream<[string, number]>) => items.keyBy(0).window(TumblingEventTimeWindows.of(10)).allowedLateness(5).sum(1), [2, 4, 0]],
    ['windows by the clock', (items: DataStream<[string, number]>) => items.keyBy(0).window(TumblingProcessingTimeWindows.of(10)).sum(1), [2, 0, 2]],
    ['sessions, which are a list of each key as well', (items: DataStream<[string, number]>) => items.keyBy(0).window(EventTimeSessionWindows.withGap(10)).sum(1), [4, 2, 0]],
  ] as const)('are counted by key, and by window: %s', async (_, build, kept) => {
    const h = await harness.operator<[string, number], [string, number]>(build);
    h.push(['a', 1], 1);
    h.push(['b', 1], 2);
    h.push(['a', 2], 3);
    expect([h.numKeyedStateEntries(), h.numEventTimeTimers(), h.numProcessingTimeTimers()]).toEqual(kept);
  });
});
