import { describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP, NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { timestampsOperator } from '../../src/operators/timestamps.js';
import type { WatermarkGenerator } from '../../src/operators/watermark-generator.js';
import { Watermark } from '../../src/core/watermark.js';
import { BoundedOutOfOrdernessWatermarks, WatermarksWithIdleness } from '../../src/operators/watermark-generators.js';
import { WatermarkStrategy } from '../../src/operators/watermark-strategy.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import type { OperatorHarness } from '../../src/testing/operator-harness.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { LABEL, MODES } from './modes.js';

const INTERVAL = 200;

describe.each(MODES)('$mode timestamps and watermarks', ({ specialise }) => {
  const open = async (strategy: WatermarkStrategy<number>, intervalMs = INTERVAL): Promise<OperatorHarness<number>> => operatorHarness(timestampsOperator(strategy, intervalMs), { specialise }).open();
  const ticks = (harness: OperatorHarness<number>, count: number): OperatorHarness<number> => {
    for (let i = 0; i < count; i++) harness.advance(INTERVAL);
    return harness;
  };
  const ownTime = (strategy: WatermarkStrategy<number>): WatermarkStrategy<number> => strategy.withTimestampAssigner((value) => value);

  it('gives records the timestamp that the assigner finds', async () => {
    const seen: number[] = [];
    const strategy = WatermarkStrategy.noWatermarks<number>().withTimestampAssigner((value, previous) => { seen.push(previous); return value * 10; });
    const harness = (await open(strategy)).push(1, 5).push(2);
    expect(harness.output).toEqual([{ value: 1, timestamp: 10 }, { value: 2, timestamp: 20 }]);
    expect(seen).toEqual([5, NO_TIMESTAMP]);
  });

  it('keeps the timestamps that records have, without an assigner', async () => {
    const harness = (await open(WatermarkStrategy.forMonotonousTimestamps())).push(1, 5).push(2);
    expect(harness.output).toEqual([{ value: 1, timestamp: 5 }, { value: 2, timestamp: NO_TIMESTAMP }]);
    expect(harness.advance(INTERVAL).watermarks).toEqual([4]);
  });

  it('takes an assigner that is an object', async () => {
    const assigner = { factor: 3, extractTimestamp(value: number) { return value * this.factor; } };
    expect((await open(WatermarkStrategy.noWatermarks<number>().withTimestampAssigner(assigner))).push(1).output).toEqual([{ value: 1, timestamp: 3 }]);
  });

  it('emits the largest timestamp - bound - 1 at each tick, only when it has risen', async () => {
    const harness = await open(ownTime(WatermarkStrategy.forBoundedOutOfOrderness<number>('10 ms')));
    expect(harness.advance(INTERVAL).watermarks).toEqual([]);
    harness.push(100).push(50);
    expect(harness.watermarks).toEqual([]);
    expect(harness.advance(INTERVAL).watermarks).toEqual([89]);
    harness.push(99).advance(INTERVAL);
    expect(harness.watermarks).toEqual([89]);
    expect(harness.push(101).advance(INTERVAL).watermarks).toEqual([89, 90]);
  });

  it('never ticks when the interval is 0, but emits once at the end', async () => {
    const harness = (await open(ownTime(WatermarkStrategy.forMonotonousTimestamps<number>()), 0)).push(7).advance(100_000);
    expect(harness.watermarks).toEqual([]);
    await harness.end();
    expect(harness.watermarks).toEqual([6]);
  });

  it('emits nothing at the end after the last watermark has passed', async () => {
    const harness = (await open(ownTime(WatermarkStrategy.forMonotonousTimestamps<number>()))).push(7).watermark(MAX_TIMESTAMP);
    await harness.end();
    expect(harness.watermarks).toEqual([MAX_TIMESTAMP]);
  });

  it('ignores what upstream says of watermarks and idleness, but for the last watermark', async () => {
    const harness = (await open(WatermarkStrategy.noWatermarks())).watermark(5).idle(true).idle(false).watermark(MAX_TIMESTAMP);
    expect([harness.watermarks, harness.statuses]).toEqual([[MAX_TIMESTAMP], []]);
  });

  it('emits a punctuated watermark after its record', async () => {
    const punctuated: WatermarkGenerator<number> = { onEvent: (_, timestamp, output) => output.emitWatermark(timestamp), onPeriodicEmit() {} };
    const order: string[] = [];
    const harness = await open(ownTime(WatermarkStrategy.forGenerator<number>(() => punctuated)));
    harness.output.push = (...records) => order.push(...records.map((record) => `record ${record.value}`));
    harness.watermarks.push = (...timestamps) => order.push(...timestamps.map((timestamp) => `watermark ${timestamp}`));
    harness.push(1).push(2).push(2);
    expect(order).toEqual(['record 1', 'watermark 1', 'record 2', 'watermark 2', 'record 2']);
  });

  it('takes a watermark of a generator as an object and as its timestamp', async () => {
    const both: WatermarkGenerator<number> = { onEvent: (value, timestamp, output) => output.emitWatermark(value % 2 === 0 ? timestamp : new Watermark(timestamp)), onPeriodicEmit() {} };
    const harness = (await open(ownTime(WatermarkStrategy.forGenerator<number>(() => both)))).push(1).push(2).push(3);
    expect(harness.watermarks).toEqual([1, 2, 3]);
  });

  it('is a larger watermark once, and never a smaller one', async () => {
    const jumping: WatermarkGenerator<number> = { onEvent: (value, _, output) => output.emitWatermark(value), onPeriodicEmit: (output) => output.emitWatermark(-1) };
    const harness = (await open(ownTime(WatermarkStrategy.forGenerator<number>(() => jumping)))).push(5).push(5).push(4).push(6).advance(INTERVAL);
    expect(harness.watermarks).toEqual([5, 6]);
  });

  it('asks no generator for anything periodic while it has declared idleness, and goes on with the next record', async () => {
    let asked = 0;
    const counting: WatermarkGenerator<number> = { onEvent() {}, onPeriodicEmit: () => void (asked += 1) };
    const harness = ticks(await open(WatermarkStrategy.forGenerator<number>(() => counting).withIdleness(INTERVAL)), 10);
    expect([asked, harness.statuses]).toEqual([2, [true]]);
    ticks(harness.push(1), 1);
    expect(asked).toBe(3);
  });

  it('ends idleness with the last watermark', async () => {
    const harness = ticks(await open(WatermarkStrategy.forMonotonousTimestamps<number>().withIdleness(INTERVAL)), 10).watermark(MAX_TIMESTAMP);
    expect(harness.events).toEqual([{ type: 'idle', idle: true }, { type: 'idle', idle: false }, { type: 'watermark', timestamp: MAX_TIMESTAMP }]);
  });

  it('tells each change of a generator’s status once', async () => {
    const saying: WatermarkGenerator<number> = { onEvent: (value, _, output) => (value < 0 ? output.markIdle() : output.markActive()), onPeriodicEmit() {} };
    const harness = (await open(WatermarkStrategy.forGenerator<number>(() => saying))).push(1).push(-1).push(-2).push(3).push(4).push(-5);
    expect(harness.statuses).toEqual([true, false, true]);
  });

  it('takes timestamps before 1970', async () => {
    const harness = (await open(ownTime(WatermarkStrategy.forBoundedOutOfOrderness<number>(10)))).push(-1000).push(-500).advance(INTERVAL);
    expect([harness.output.map(({ timestamp }) => timestamp), harness.watermarks]).toEqual([[-1000, -500], [-511]]);
  });

  it('stops ticking when closed', async () => {
    const harness = await open(ownTime(WatermarkStrategy.forMonotonousTimestamps<number>()));
    harness.push(1);
    await harness.close();
    expect(harness.advance(10 * INTERVAL).watermarks).toEqual([]);
  });

  describe('with idleness', () => {
    const strategy = ownTime(WatermarkStrategy.forMonotonousTimestamps<number>()).withIdleness(500);

    it('declares it at the tick when strictly more than the timeout has passed since the first quiet tick', async () => {
      const harness = (await open(strategy)).push(1);
      ticks(harness, 1); // saw the record
      ticks(harness, 1); // quiet: the countdown starts
      ticks(harness, 2);
      expect(harness.statuses).toEqual([]);
      ticks(harness, 1); // 600 ms of quiet
      expect(harness.statuses).toEqual([true]);
      ticks(harness, 10);
      expect(harness.statuses).toEqual([true]);
    });

    it('counts exactly the timeout as not yet idle', async () => {
      const harness = await open(WatermarkStrategy.forMonotonousTimestamps<number>().withIdleness(2 * INTERVAL));
      expect(ticks(harness, 3).statuses).toEqual([]);
      expect(ticks(harness, 1).statuses).toEqual([true]);
    });

    it('ends it only together with a larger watermark', async () => {
      const harness = ticks((await open(strategy)).push(10), 10);
      expect([harness.watermarks, harness.statuses]).toEqual([[9], [true]]);
      ticks(harness.push(5), 1);
      expect(harness.statuses).toEqual([true]);
      ticks(harness.push(20), 1);
      expect([harness.watermarks, harness.statuses]).toEqual([[9, 19], [true, false]]);
    });

    it('does not count time in which downstream had no room', async () => {
      const harness = operatorHarness(timestampsOperator(strategy, INTERVAL), { specialise });
      (harness.host as { heldMs?: () => number }).heldMs = () => harness.clock.monotonic();
      await harness.open();
      expect(ticks(harness, 50).statuses).toEqual([]);
    });
  });

  it.each([[undefined], [Number.NaN], [new Date(5)]])('refuses %s for a timestamp, labelled with the operator', async (timestamp) => {
    const harness = await open(WatermarkStrategy.noWatermarks<number>().withTimestampAssigner(() => timestamp as unknown as number));
    let error: unknown;
    try {
      harness.push(1);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'USER_FUNCTION', message: expect.stringMatching(/epoch milliseconds; (undefined|NaN|a Date) came/) as string });
    expect(operatorLabelOf(error)).toBe(LABEL);
  });
});

describe('a watermark strategy', () => {
  it('refuses bounds and timeouts that make no sense', () => {
    expect(() => WatermarkStrategy.forBoundedOutOfOrderness(-1)).toThrow(/at least 0/);
    expect(() => WatermarkStrategy.noWatermarks().withIdleness(0)).toThrow(/more than 0/);
    expect(() => WatermarkStrategy.noWatermarks().withTimestampAssigner(undefined as never)).toThrow(/withTimestampAssigner takes/);
    expect(() => WatermarkStrategy.forGenerator(undefined as never)).toThrow(/forGenerator takes/);
  });

  it('takes an assigner that is a class', async () => {
    class Halves {
      private readonly by = 2;
      extractTimestamp(value: number): number {
        return value / this.by;
      }
    }
    const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner(Halves);
    const harness = await operatorHarness(timestampsOperator(strategy, 200)).open();
    expect(harness.push(8).output).toEqual([{ value: 8, timestamp: 4 }]);
  });

  it('can be asked for what it makes; timestamps stay what they are without an assigner', () => {
    const strategy = WatermarkStrategy.forBoundedOutOfOrderness<number>(5);
    expect(strategy.createTimestampAssigner().extractTimestamp(3, 7)).toBe(7);
    expect(strategy.withTimestampAssigner((value) => value * 2).createTimestampAssigner().extractTimestamp(3, 7)).toBe(6);
    expect(strategy.createWatermarkGenerator({ activeMs: () => 0 })).toBeInstanceOf(BoundedOutOfOrdernessWatermarks);
    expect(strategy.withIdleness(5).createWatermarkGenerator({ activeMs: () => 0 })).toBeInstanceOf(WatermarksWithIdleness);
  });

  it('makes a generator for each subtask', () => {
    const strategy = WatermarkStrategy.forBoundedOutOfOrderness<number>(5);
    const context = { activeMs: () => 0 };
    expect(strategy.createGenerator(context)).not.toBe(strategy.createGenerator(context));
  });
});
