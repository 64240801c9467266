import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP, MIN_TIMESTAMP, NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { batchByKey } from '../../src/operators/batch-by-key.js';
import { broadcastProcessOperator } from '../../src/operators/broadcast-process.js';
import { type Collector, KeyedProcessFunction, type KeyedProcessContext, type OnTimerContext } from '../../src/operators/functions.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { coProcessOperator, keyedProcessOperator } from '../../src/operators/process.js';
import type { OpenContext } from '../../src/operators/runtime-context.js';
import { MapStateDescriptor, ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import type { ValueState } from '../../src/state/state.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { ContinuousEventTimeTrigger } from '../../src/windowing/continuous-event-time-trigger.js';
import { CountTrigger } from '../../src/windowing/count-trigger.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { windowOperator } from '../../src/windowing/fastest-window-operator.js';
import { GlobalWindows } from '../../src/windowing/global-windows.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../src/windowing/sliding-windows.js';
import type { Trigger } from '../../src/windowing/trigger.js';
import { TumblingEventTimeWindows } from '../../src/windowing/tumbling-windows.js';
import type { WindowAssigner } from '../../src/windowing/window-assigner.js';
import { windowFunctionEmission } from '../../src/windowing/window-emission.js';
import type { GlobalWindow, TimeWindow } from '../../src/windowing/window.js';
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

  it('is handled after the inputs without keys, which pass through at once', async () => {
    const rules = new MapStateDescriptor<string, number>('rules');
    const broadcasting = broadcastProcessOperator<string, Event, number, string>({
      processElement: (value, context, out) => out.collect(`${value.key} ${context.getBroadcastState(rules).get('rule')}`),
      processBroadcastElement: (rule, context, out) => {
        context.getBroadcastState(rules).put('rule', rule);
        out.collect(`rule ${rule}`);
      },
    }, [rules], keyOf);
    const harness = await operatorHarness(batchByKey(broadcasting, [keyOf, undefined]), { specialise }).open();
    harness.push(event('a', 1), 1, 0).push(5, 9, 1).push(7, 9, 1);
    expect(harness.values).toEqual(['rule 5', 'rule 7']);
    await harness.end();
    expect(harness.values).toEqual(['rule 5', 'rule 7', 'a 7']);
  });

  it('handles broadcast inputs first, then regular ones, then keyed ones, in whatever order they come', async () => {
    const seen: string[] = [];
    const rules = new MapStateDescriptor<string, number>('rules');
    const note = { processElement: (value: Event) => void seen.push(`record ${value.key}`), processBroadcastElement: (rule: number) => void seen.push(`rule ${rule}`) };
    const regular = await operatorHarness<never>(broadcastProcessOperator<string, Event, number, never>(note, [rules], undefined).inBatch!, { specialise }).open();
    regular.push(event('a', 1), 1, 0).push(5, 9, 1).push(event('b', 1), 1, 0).watermark(MAX_TIMESTAMP);
    expect([seen, regular.watermarks]).toEqual([['rule 5'], []]);
    regular.push(7, 9, 1).endInput(1);
    expect([seen, regular.watermarks]).toEqual([['rule 5', 'rule 7', 'record a', 'record b'], [MAX_TIMESTAMP]]);
    expect(regular.push(event('c', 1), 1, 0) && seen.at(-1)).toBe('record c');

    seen.length = 0;
    const both = coProcessOperator<string, Event, Event, never>({ processElement1: (value: Event) => void seen.push(`keyed ${value.key}`), processElement2: (value: Event) => void seen.push(`regular ${value.key}`) }, keyOf, keyOf);
    const keyed = await operatorHarness<never>(batchByKey(both, [keyOf, undefined]), { specialise }).open();
    await keyed.push(event('a', 1), 1, 0).push(event('b', 1), 1, 1).end();
    expect(seen).toEqual(['regular b', 'keyed a']);
  });

  it('fires a continuous trigger at its first boundary and at the window’s end only, for what timers register is ignored', async () => {
    const fired: number[] = [];
    const emission = windowFunctionEmission<TimeWindow>((_key: string, _window: TimeWindow, elements: readonly Event[]) => void fired.push(elements.length), 'apply');
    const windowed = windowOperator<Event, TimeWindow>({ keyOf, assigner: TumblingEventTimeWindows.of(10), trigger: ContinuousEventTimeTrigger.of(3), allowedLateness: 0, emission });
    const harness = await operatorHarness(batch(windowed), { specialise }).open();
    harness.push(event('a', 1), 8).push(event('a', 2), 1).push(event('a', 3), 5);
    await harness.end();
    expect(fired).toEqual([3, 3]);
  });

  it('fires a continuous trigger on a global window at its first boundary and at the end of time', async () => {
    const fired: number[] = [];
    const emission = windowFunctionEmission<GlobalWindow>((_key: string, _window: GlobalWindow, elements: readonly Event[]) => void fired.push(elements.length), 'apply');
    const windowed = windowOperator<Event, GlobalWindow>({ keyOf, assigner: GlobalWindows.create(), trigger: ContinuousEventTimeTrigger.of(3), allowedLateness: 0, emission });
    const harness = await operatorHarness(batch(windowed), { specialise }).open();
    harness.push(event('a', 1), 8).push(event('a', 2), 100);
    await harness.end();
    expect(fired).toEqual([2, 2]);
  });

  it.each([
    ['tumbling', TumblingEventTimeWindows.of(10), EventTimeTrigger.create()],
    ['sliding', SlidingEventTimeWindows.of(10, 5), EventTimeTrigger.create()],
    ['sessions', EventTimeSessionWindows.withGap(3), EventTimeTrigger.create()],
    ['counted within tumbling', TumblingEventTimeWindows.of(10), CountTrigger.of(2)],
  ] as const)('gives windows that are %s the results that a perfect watermark would', async (_, assigner, trigger) => {
    const emission = windowFunctionEmission<TimeWindow>((key: string, { start, end }: TimeWindow, elements: readonly Event[], out: { collect(line: string): void }) => out.collect(`${key} ${start}-${end} ${elements.map(({ n }) => n).sort().join()}`), 'apply');
    const settings = { keyOf, assigner: assigner as WindowAssigner<Event, TimeWindow>, trigger: trigger as Trigger<Event, TimeWindow>, allowedLateness: 0, emission };
    const events = [[event('a', 1), 12], [event('b', 2), 3], [event('a', 3), 4], [event('a', 4), 2], [event('b', 5), 14], [event('a', 6), 13]] as const;
    const batched = await operatorHarness(batch(windowOperator<Event, TimeWindow>(settings)), { specialise }).open();
    for (const [value, time] of events) batched.push(value, time);
    await batched.end();
    const streamed = operatorHarness(windowOperator<Event, TimeWindow>(settings), { specialise });
    for (const [value, time] of events.toSorted(([, a], [, b]) => a - b)) streamed.push(value, time);
    streamed.watermark(MAX_TIMESTAMP);
    expect([...batched.values].sort()).toEqual([...streamed.values].sort());
    expect(batched.values.length).toBeGreaterThan(1);
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
