import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP, MIN_TIMESTAMP, NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { batchByKey } from '../../src/operators/batch-by-key.js';
import { type Collector, KeyedProcessFunction, type KeyedProcessContext, type OnTimerContext } from '../../src/operators/functions.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { coProcessOperator, keyedProcessOperator } from '../../src/operators/process.js';
import type { OpenContext } from '../../src/operators/runtime-context.js';
import { ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import type { ValueState } from '../../src/state/state.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

interface Event { key: string; n: number }
const keyOf = (event: Event): string => event.key;
const event = (key: string, n: number): Event => ({ key, n });

function batch<OUT>(definition: OperatorDefinition<OUT>): OperatorDefinition<OUT> {
  return batchByKey(definition, [keyOf]);
}

/** Tells what it sees: each record with event time, and each timer. */
class Journal extends KeyedProcessFunction<string, Event, string> {
  private count!: ValueState<number>;
  override open(_: OpenContext): void {
    this.count = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('count'));
  }
  processElement(value: Event, context: KeyedProcessContext<string>, out: Collector<string>): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect(`${value.key}${value.n} #${count} at ${context.timerService().currentWatermark()}`);
    context.timerService().registerProcessingTimeTimer(7);
    context.timerService().registerEventTimeTimer(100 - value.n);
  }
  override onTimer(timestamp: number, context: OnTimerContext<string>, out: Collector<string>): void {
    out.collect(`${context.getCurrentKey()} ${context.timeDomain()} ${timestamp} sees ${this.count.value()} at ${context.timerService().currentWatermark()}`);
    context.timerService().registerEventTimeTimer(timestamp + 1);
    context.timerService().registerProcessingTimeTimer(timestamp + 1);
  }
}

describe.each(MODES)('$mode keyed input in batch mode', ({ specialise }) => {
  it('is handled when all of it has come, one key at a time, in order of time', async () => {
    const order: string[] = [];
    const harness = operatorHarness(batch(keyedProcessOperator<string, Event, never>((value) => void order.push(value.key + value.n), keyOf)), { specialise });
    await harness.open();
    harness.push(event('a', 3), 30).push(event('b', 1), 10).push(event('a', 1), 10).push(event('b', 2), 20).push(event('a', 2), 20);
    expect(order).toEqual([]);
    await harness.end();
    expect([...order].sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
    expect(order.join('')).toMatch(/^(a1a2a3b1b2|b1b2a1a2a3)$/);
  });

  it('sees event time stand still, then its event-time timers, then its processing-time timers, and none that these register', async () => {
    const harness = operatorHarness(batch(keyedProcessOperator<string, Event, string>(Journal, keyOf)), { specialise });
    await harness.open();
    harness.push(event('a', 1), 1).push(event('a', 2), 2);
    await harness.end();
    expect(harness.output.map(({ value }) => value)).toEqual([
      `a1 #1 at ${MIN_TIMESTAMP}`,
      `a2 #2 at ${MIN_TIMESTAMP}`,
      `a EVENT_TIME 98 sees 2 at ${MAX_TIMESTAMP}`,
      `a EVENT_TIME 99 sees 2 at ${MAX_TIMESTAMP}`,
      `a PROCESSING_TIME 7 sees 2 at ${MAX_TIMESTAMP}`,
    ]);
  });

  it('leaves nothing of one key to the next', async () => {
    const harness = operatorHarness(batch(keyedProcessOperator<string, Event, string>(Journal, keyOf)), { specialise });
    await harness.open();
    harness.push(event('a', 1), 1).push(event('b', 1), 1);
    await harness.end();
    expect(harness.output.filter(({ value }) => value.includes('#')).map(({ value }) => value)).toEqual([`a1 #1 at ${MIN_TIMESTAMP}`, `b1 #1 at ${MIN_TIMESTAMP}`]);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });

  it('lets the largest watermark out once, behind everything', async () => {
    const harness = operatorHarness(batch(keyedProcessOperator<string, Event, string>(Journal, keyOf)), { specialise });
    await harness.open();
    harness.push(event('a', 1), 1).watermark(50).watermark(MAX_TIMESTAMP);
    expect(harness.watermarks).toEqual([]);
    await harness.end();
    expect(harness.watermarks).toEqual([MAX_TIMESTAMP]);
  });

  it('gives the records of both inputs of a key before the next key', async () => {
    const seen: string[] = [];
    const both = coProcessOperator<string, Event, Event, never>({
      processElement1: (value: Event) => void seen.push(`1${value.key}`),
      processElement2: (value: Event) => void seen.push(`2${value.key}`),
    }, keyOf, keyOf);
    const harness = operatorHarness(batchByKey(both, [keyOf, keyOf]), { specialise });
    await harness.open();
    harness.push(event('a', 1), NO_TIMESTAMP, 0).push(event('b', 1), NO_TIMESTAMP, 0).push(event('b', 1), NO_TIMESTAMP, 1).push(event('a', 1), NO_TIMESTAMP, 1);
    await harness.end();
    expect(seen.map((each) => each[1]).join('')).toMatch(/^(aabb|bbaa)$/);
  });

  it('loses and adds nothing, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), n: fc.nat(9), time: fc.nat(5) })), async (events) => {
        const seen: { key: string; n: number; time: number }[] = [];
        const harness = operatorHarness(batch(keyedProcessOperator<string, Event, never>((value, context) => void seen.push({ ...value, time: context.timestamp()! }), keyOf)), { specialise });
        await harness.open();
        for (const { key, n, time } of events) harness.push({ key, n }, time);
        await harness.end();
        for (const key of ['a', 'b', 'c', 'd']) {
          const expected = events.map((each, at) => ({ ...each, at })).filter((each) => each.key === key).sort((x, y) => x.time - y.time || x.at - y.at);
          expect(seen.filter((each) => each.key === key)).toEqual(expected.map(({ key: k, n, time }) => ({ key: k, n, time })));
        }
        expect(seen.length).toBe(events.length);
      }),
      { numRuns: 200 },
    );
  });
});
