// Process functions with state and timers: timestamps of what timers emit, and what they see.
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../src/core/key.js';
import type { Collector, KeyedProcessContext, OnTimerContext, ProcessContext } from '../../src/operators/functions.js';
import { CoProcessFunction, KeyedCoProcessFunction, KeyedProcessFunction, ProcessFunction, RichFlatMapFunction, RichSinkFunction, TimeDomain } from '../../src/operators/functions.js';
import { flatMapOperator } from '../../src/operators/flat-map.js';
import { withCurrentKey } from '../../src/operators/keyed-inputs.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { coProcessOperator, keyedProcessOperator, processOperator } from '../../src/operators/process.js';
import { sinkFunctionOperator } from '../../src/operators/sink-operator.js';
import { ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import type { ValueState } from '../../src/state/state.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

const side = new OutputTag<string>('side');

interface Click { user: string; at?: number }

class Timers extends KeyedProcessFunction<string, Click, string> {
  constructor(private readonly domain: TimeDomain = TimeDomain.EVENT_TIME) {
    super();
  }
  processElement({ user, at }: Click, context: KeyedProcessContext<string>, out: Collector<string>): void {
    out.collect(`in ${user}`);
    if (at === undefined) return;
    if (this.domain === TimeDomain.EVENT_TIME) context.timerService().registerEventTimeTimer(at);
    else context.timerService().registerProcessingTimeTimer(at);
  }
  override onTimer(timestamp: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.timeDomain()} ${context.getCurrentKey()} ${timestamp} ${context.timestamp()} wm ${context.timerService().currentWatermark()}`);
    context.output(side, `side ${timestamp}`);
  }
}

const userOf = (click: Click): string => click.user;

describe.each(MODES)('$mode timers of a process function', ({ specialise }) => {
  it('an output of processElement carries the timestamp of the element; of an event-time timer the time of the timer', () => {
    const harness = operatorHarness(keyedProcessOperator(new Timers(), userOf), { specialise });
    harness.push({ user: 'a', at: 20 }, 7).push({ user: 'b', at: 10 }, 8).watermark(25);
    expect(harness.output).toEqual([
      { value: 'in a', timestamp: 7 }, { value: 'in b', timestamp: 8 },
      { value: 'EVENT_TIME b 10 10 wm 25', timestamp: 10 }, { value: 'EVENT_TIME a 20 20 wm 25', timestamp: 20 },
    ]);
    expect(harness.sideOutputs.get('side')).toEqual([{ value: 'side 10', timestamp: 10 }, { value: 'side 20', timestamp: 20 }]);
  });

  it('an output of a processing-time timer carries no timestamp, a side output of it the time of the timer', () => {
    const harness = operatorHarness(keyedProcessOperator(new Timers(TimeDomain.PROCESSING_TIME), userOf), { specialise });
    harness.push({ user: 'a', at: 20 }, 7);
    expect(harness.numProcessingTimeTimers()).toBe(1);
    harness.setProcessingTime(20);
    expect(harness.output.slice(1)).toEqual([{ value: 'PROCESSING_TIME a 20 20 wm -Infinity', timestamp: -Infinity }]);
    expect(harness.sideOutputs.get('side')).toEqual([{ value: 'side 20', timestamp: 20 }]);
    expect(harness.numProcessingTimeTimers()).toBe(0);
  });

  it('timers fire before the watermark that made them due goes on', () => {
    const order: string[] = [];
    const definition = keyedProcessOperator<string, Click, string>({
      processElement: (_, context) => context.timerService().registerEventTimeTimer(5),
      onTimer: () => void order.push('timer'),
    }, userOf);
    const harness = operatorHarness(definition, { specialise });
    const forward = harness.watermarks.push.bind(harness.watermarks);
    harness.watermarks.push = (...times) => { order.push('watermark'); return forward(...times); };
    harness.push({ user: 'a' }, 1).watermark(9);
    expect(order).toEqual(['timer', 'watermark']);
  });

  it('processing-time timers that wait at the end of input are dropped, event-time timers have fired by then', async () => {
    const both = keyedProcessOperator<string, Click, string>({
      processElement(_, context) {
        context.timerService().registerEventTimeTimer(Infinity);
        context.timerService().registerProcessingTimeTimer(1000);
      },
      onTimer: (_, context, out) => out.collect(context.timeDomain()),
    }, userOf);
    const harness = operatorHarness(both, { specialise });
    await harness.push({ user: 'a' }, 1).watermark(Infinity).end();
    harness.clock.advance(5000);
    expect(harness.values).toEqual(['EVENT_TIME']);
    expect(harness.clock.scheduled).toBe(0);
  });

  it('state in a timer is that of the key that set it', async () => {
    class CountThenEmit extends KeyedProcessFunction<string, Click, [string, number]> {
      count!: ValueState<number>;
      override open(): void {
        this.count = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('count'));
      }
      processElement(_: Click, context: KeyedProcessContext<string>): void {
        this.count.update((this.count.value() ?? 0) + 1);
        context.timerService().registerEventTimeTimer(100);
      }
      override onTimer(_: number, context: OnTimerContext<string>, out: Collector<[string, number]>): void {
        out.collect([context.getCurrentKey(), this.count.value()!]);
        this.count.clear();
      }
    }
    const harness = await operatorHarness(keyedProcessOperator(CountThenEmit, userOf), { specialise }).open();
    for (const user of ['a', 'b', 'a', 'a']) harness.pushHashed({ user }, hashKey(user), 1);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([2, 2]);
    harness.watermark(100);
    expect(harness.values).toEqual([['a', 3], ['b', 1]]);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  it('can be deleted', () => {
    const harness = operatorHarness(keyedProcessOperator<string, Click, string>({
      processElement({ at }, context) {
        const timers = context.timerService();
        if (at === undefined) {
          timers.deleteEventTimeTimer(5);
          timers.deleteProcessingTimeTimer(5);
        } else {
          timers.registerEventTimeTimer(at);
          timers.registerProcessingTimeTimer(at);
        }
      },
    }, userOf), { specialise });
    harness.push({ user: 'a', at: 5 }).push({ user: 'b' });
    expect([harness.numEventTimeTimers(), harness.numProcessingTimeTimers()]).toEqual([1, 1]);
    harness.push({ user: 'a' });
    expect([harness.numEventTimeTimers(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
  });

  it('a timer set again before it has fired is the same one: a key has one for each time and kind of time', () => {
    const setting = {
      processElement: (_: string, context: { timerService(): { registerEventTimeTimer(time: number): void; registerProcessingTimeTimer(time: number): void } }) => {
        for (const time of [7, 7, 8]) {
          context.timerService().registerEventTimeTimer(time);
          context.timerService().registerProcessingTimeTimer(time);
        }
      },
      onTimer: (time: number, context: { timeDomain(): string; getCurrentKey(): string }, out: { collect(line: string): void }) => out.collect(`${context.getCurrentKey()} ${time} ${context.timeDomain()}`),
    };
    const harness = operatorHarness<string>(keyedProcessOperator<string, string, string>(setting as never, (key) => key), { specialise });
    harness.pushAll(['a', 'b', 'a']);
    expect([harness.numEventTimeTimers(), harness.numProcessingTimeTimers()]).toEqual([4, 4]);
    harness.watermark(8).setProcessingTime(8);
    expect(harness.values.toSorted()).toEqual(['a', 'b'].flatMap((key) => [7, 8].flatMap((time) => [`${key} ${time} EVENT_TIME`, `${key} ${time} PROCESSING_TIME`])));
  });

  it('an error in onTimer comes out with the call that made the timer due', () => {
    const harness = operatorHarness(keyedProcessOperator<string, Click, string>({
      processElement: (_, context) => context.timerService().registerEventTimeTimer(5),
      onTimer() { throw new Error('no'); },
    }, userOf), { specialise });
    harness.push({ user: 'a' });
    expect(() => harness.watermark(5)).toThrow('no');
  });

  it('a stream without keys has no timers and no keyed state, and says why', async () => {
    const harness = operatorHarness(processOperator<number, never>((n, context) => context.timerService().registerEventTimeTimer(n)), { specialise });
    expect(() => harness.push(1)).toThrow(expect.objectContaining({ code: 'STATE_ACCESS', message: expect.stringContaining('only supported on keyed streams') }));
    class WithState extends ProcessFunction<number, number> {
      override open(): void {
        this.getRuntimeContext().getState(new ValueStateDescriptor('s'));
      }
      processElement(): void {}
    }
    await expect(operatorHarness(processOperator(WithState), { specialise, name: 'Count' }).open()).rejects.toMatchObject({
      code: 'STATE_ACCESS', message: expect.stringContaining('"Count" has no keyed state'), hint: expect.stringContaining('keyBy'),
    });
  });
});

describe.each(MODES)('$mode timers of a process function with two inputs', ({ specialise }) => {
  it('state and timers are shared between the two inputs', async () => {
    class Match extends KeyedCoProcessFunction<string, Click, [string, number], string> {
      seen!: ValueState<string>;
      override open(): void {
        this.seen = this.getRuntimeContext().getState(new ValueStateDescriptor<string>('seen'));
      }
      processElement1({ user }: Click, context: KeyedProcessContext<string>): void {
        this.seen.update(`click of ${user}`);
        context.timerService().registerEventTimeTimer(10);
      }
      processElement2([user]: [string, number], context: KeyedProcessContext<string>, out: Collector<string>): void {
        out.collect(`${user}: ${this.seen.value()}`);
        context.timerService().registerEventTimeTimer(10);
      }
      override onTimer(timestamp: number, context: OnTimerContext<string>, out: Collector<string>): void {
        out.collect(`${context.getCurrentKey()} at ${timestamp}`);
      }
    }
    const harness = await operatorHarness(coProcessOperator<string, Click, [string, number], string>(Match, userOf, ([user]) => user), { specialise }).open();
    harness.push({ user: 'a' }, 1, 0).push(['a', 1], 2, 1).push(['b', 1], 3, 1);
    expect(harness.numEventTimeTimers()).toBe(2);
    harness.watermark(10);
    expect(harness.values).toEqual(['a: click of a', 'b: null', 'a at 10', 'b at 10']);
  });

  it('without keys there are no timers', () => {
    class Both extends CoProcessFunction<number, number, number> {
      processElement1(n: number, context: ProcessContext): void {
        context.timerService().registerProcessingTimeTimer(n);
      }
      processElement2(): void {}
    }
    expect(() => operatorHarness(coProcessOperator<never, number, number, number>(Both), { specialise }).push(1)).toThrow(/keyed streams/);
  });
});

describe('a sink function on a keyed stream', () => {
  it('finds the state of the record it writes, also when that waited for another', async () => {
    const written: string[] = [];
    class Numbered extends RichSinkFunction<string> {
      count!: ValueState<number>;
      override open(): void {
        this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count', 0));
      }
      async invoke(word: string): Promise<void> {
        this.count.update(this.count.value()! + 1);
        written.push(`${word} ${this.count.value()}`);
        await Promise.resolve();
      }
    }
    const harness = await operatorHarness(sinkFunctionOperator(Numbered, (word: string) => word)).open();
    await harness.pushAll(['a', 'b', 'a', 'b', 'a']).settle();
    expect(written).toEqual(['a 1', 'b 1', 'a 2', 'b 2', 'a 3']);
    await harness.end();
  });
});

describe.each(MODES)('$mode rich functions on a keyed stream', ({ specialise }) => {
  it('find the state of the record’s key', async () => {
    class Average extends RichFlatMapFunction<[string, number], number> {
      sum!: ValueState<[number, number]>;
      override open(): void {
        this.sum = this.getRuntimeContext().getState(new ValueStateDescriptor<[number, number]>('average', [0, 0]));
      }
      flatMap([, n]: [string, number], out: Collector<number>): void {
        const [count, total] = this.sum.value()!;
        this.sum.update([count + 1, total + n]);
        if (count === 1) {
          out.collect((total + n) / 2);
          this.sum.clear();
        }
      }
    }
    const harness = await operatorHarness(withCurrentKey(flatMapOperator(Average), [([key]: [string, number]) => key]), { specialise }).open();
    harness.push(['a', 3]).push(['b', 10]).pushHashed(['a', 5], hashKey('a')).push(['b', 20]);
    expect(harness.values).toEqual([4, 15]);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });
});

describe('a snapshot', () => {
  it('names timers only where there are any', async () => {
    const harness = await operatorHarness(keyedProcessOperator(new Timers(), userOf)).open();
    const names = async (id: number): Promise<string[]> => (await harness.snapshot(id)).state?.keyed.flatMap(({ states }) => states.map(({ name }) => name)) ?? [];
    harness.push({ user: 'a' }, 1);
    expect(await names(1)).toEqual([]);
    harness.push({ user: 'a', at: 9 }, 2);
    expect(await names(2)).toEqual(['user-timers']);
  });
});
