// The broadcast state pattern.
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../src/core/key.js';
import { broadcastProcessOperator } from '../../src/operators/broadcast-process.js';
import {
  BroadcastProcessFunction, type BroadcastContext, type BroadcastReadOnlyContext, type Collector, type KeyedBroadcastContext, type KeyedBroadcastOnTimerContext,
  KeyedBroadcastProcessFunction, type KeyedBroadcastReadOnlyContext, RichMapFunction, type FunctionInitializationContext, type CheckpointedFunction,
} from '../../src/operators/functions.js';
import { mapOperator } from '../../src/operators/map.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import type { ListState, ValueState } from '../../src/state/state.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

interface Rule { name: string; above: number }
interface Payment { user: string; amount: number }

const rules = new MapStateDescriptor<string, Rule>('rules');
const side = new OutputTag<string>('side');

describe.each(MODES)('$mode broadcast process function', ({ specialise }) => {
  class Match extends BroadcastProcessFunction<Payment, Rule, string> {
    processElement(payment: Payment, context: BroadcastReadOnlyContext, out: Collector<string>): void {
      for (const [name, rule] of context.getBroadcastState(rules).immutableEntries()) if (payment.amount > rule.above) out.collect(`${payment.user}: ${name}`);
    }
    processBroadcastElement(rule: Rule, context: BroadcastContext, out: Collector<string>): void {
      context.getBroadcastState(rules).put(rule.name, rule);
      out.collect(`${rule.name} at ${context.timestamp()}`);
      context.output(side, rule.name);
    }
  }

  it('the broadcast side writes what the other side reads', () => {
    const harness = operatorHarness(broadcastProcessOperator<never, Payment, Rule, string>(Match, [rules], undefined), { specialise });
    harness.push({ user: 'ann', amount: 50 }, 1, 0).push({ name: 'big', above: 10 }, 2, 1).push({ user: 'ann', amount: 50 }, 3, 0);
    expect(harness.output).toEqual([{ value: 'big at 2', timestamp: 2 }, { value: 'ann: big', timestamp: 3 }]);
    expect(harness.sideOutputs.get('side')).toEqual([{ value: 'big', timestamp: 2 }]);
  });

  it('the side without broadcast gets a view that cannot write', () => {
    const harness = operatorHarness(broadcastProcessOperator<never, Payment, Rule, string>({
      processElement: (_, context, out) => out.collect(Object.keys(context.getBroadcastState(rules)).sort().join()),
      processBroadcastElement() {},
    }, [rules], undefined), { specialise });
    expect(harness.push({ user: 'ann', amount: 1 }).values).toEqual(['contains,get,immutableEntries']);
  });

  it('a state that was not given to broadcast is refused', () => {
    const harness = operatorHarness(broadcastProcessOperator<never, Payment, Rule, string>({
      processElement: (_, context) => void context.getBroadcastState(new MapStateDescriptor('others')),
      processBroadcastElement() {},
    }, [rules], undefined), { specialise });
    expect(() => harness.push({ user: 'ann', amount: 1 })).toThrow(
      expect.objectContaining({ code: 'STATE_ACCESS', message: 'the broadcast stream was made with "rules"; it has no state "others"' }),
    );
  });

  it('applyToKeyedState needs keys', () => {
    const harness = operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>({
      processElement() {},
      processBroadcastElement: (_, context) => context.applyToKeyedState(new ValueStateDescriptor('v'), () => {}),
    }, [rules], undefined), { specialise });
    expect(() => harness.push({ name: 'big', above: 1 }, 1, 1)).toThrow(expect.objectContaining({ code: 'STATE_ACCESS' }));
  });
});

describe.each(MODES)('$mode keyed broadcast process function', ({ specialise }) => {
  const total = new ValueStateDescriptor<number>('total');
  class Totals extends KeyedBroadcastProcessFunction<string, Payment, Rule, string> {
    total!: ValueState<number>;
    override open(): void {
      this.total = this.getRuntimeContext().getState(total);
    }
    processElement(payment: Payment, context: KeyedBroadcastReadOnlyContext<string>, out: Collector<string>): void {
      this.total.update((this.total.value() ?? 0) + payment.amount);
      out.collect(`${context.getCurrentKey()} ${this.total.value()} wm ${context.currentWatermark()} pt ${context.currentProcessingTime()}`);
      context.timerService().registerEventTimeTimer(100);
    }
    processBroadcastElement(rule: Rule, context: KeyedBroadcastContext<string>, out: Collector<string>): void {
      context.applyToKeyedState(total, (key, state) => {
        if (state.value()! > rule.above) out.collect(`${key} over ${rule.name}`);
        state.update(0);
      });
    }
    override onTimer(timestamp: number, context: KeyedBroadcastOnTimerContext<string>, out: Collector<string>): void {
      out.collect(`${context.timeDomain()} ${context.getCurrentKey()} ${timestamp}: ${this.total.value()}`);
    }
  }
  const make = () => operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>(Totals, [rules], (payment) => payment.user), { specialise }).open();

  it('keeps state by key and sets timers on the keyed side, which the broadcast side reaches key by key', async () => {
    const harness = await make();
    harness.push({ user: 'ann', amount: 5 }, 1).pushHashed({ user: 'bob', amount: 50 }, hashKey('bob'), 1).push({ name: 'big', above: 10 }, 2, 1).push({ user: 'bob', amount: 1 }, 3);
    expect(harness.values).toEqual(['ann 5 wm -Infinity pt 0', 'bob 50 wm -Infinity pt 0', 'bob over big', 'bob 1 wm -Infinity pt 0']);
    harness.watermark(100);
    expect(harness.output.slice(4)).toEqual([{ value: 'EVENT_TIME ann 100: 0', timestamp: 100 }, { value: 'EVENT_TIME bob 100: 1', timestamp: 100 }]);
    expect(harness.watermarks).toEqual([100]);
  });

  it('the broadcast side has no current key', async () => {
    class Wrong extends Totals {
      override processBroadcastElement(): void {
        this.total.value();
      }
    }
    const harness = await operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>(Wrong, [rules], (payment) => payment.user), { specialise }).open();
    harness.push({ user: 'ann', amount: 5 }, 1);
    expect(() => harness.push({ name: 'big', above: 1 }, 1, 1)).toThrow(expect.objectContaining({ code: 'STATE_ACCESS' }));
  });

  it('the broadcast side has no timers, and says why', () => {
    const harness = operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>({
      processElement() {},
      processBroadcastElement: (_, context) => (context as unknown as KeyedBroadcastReadOnlyContext<string>).timerService().registerEventTimeTimer(5),
    }, [rules], (payment) => payment.user), { specialise });
    expect(() => harness.push({ name: 'big', above: 1 }, 1, 1)).toThrow(expect.objectContaining({ code: 'STATE_ACCESS', message: expect.stringContaining('while a broadcast record is handled') }));
  });

  it('the view of the keyed side cannot write either, nor does a timer’s', () => {
    const views: string[] = [];
    const look = (context: { getBroadcastState(of: typeof rules): object }): void => void views.push(Object.keys(context.getBroadcastState(rules)).sort().join());
    const harness = operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>({
      processElement(_, context) {
        look(context);
        context.timerService().registerEventTimeTimer(5);
      },
      processBroadcastElement() {},
      onTimer: (_, context) => look(context),
    }, [rules], (payment) => payment.user), { specialise });
    harness.push({ user: 'ann', amount: 1 }, 1).watermark(5);
    expect(views).toEqual(['contains,get,immutableEntries', 'contains,get,immutableEntries']);
  });

  it('the broadcast side sees several states by name, reads what it wrote, and both kinds of time', () => {
    const counts = new MapStateDescriptor<string, number>('counts');
    const harness = operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>({
      processElement: (_, context, out) => out.collect(`${context.getBroadcastState(rules).get('big')?.above} ${context.getBroadcastState(counts).get('big')} at ${context.currentWatermark()}`),
      processBroadcastElement(rule, context, out) {
        context.getBroadcastState(rules).put(rule.name, rule);
        const count = (context.getBroadcastState(counts).get(rule.name) ?? 0) + 1;
        context.getBroadcastState(counts).put(rule.name, count);
        out.collect(`${count} at ${context.currentWatermark()} ${context.currentProcessingTime()}`);
      },
    }, [rules, counts], (payment) => payment.user), { specialise });
    harness.setProcessingTime(30).watermark(20).push({ name: 'big', above: 1 }, 1, 1).push({ name: 'big', above: 2 }, 2, 1).push({ user: 'ann', amount: 1 }, 3);
    expect(harness.values).toEqual(['1 at 20 30', '2 at 20 30', '2 2 at 20']);
  });

  it('applyToKeyedState visits the keys that have the state, of every kind, and may change it', async () => {
    const seen = new ListStateDescriptor<number>('seen');
    class Lists extends KeyedBroadcastProcessFunction<string, Payment, Rule, string> {
      processElement({ amount }: Payment): void {
        if (amount > 0) this.getRuntimeContext().getListState(seen).add(amount);
      }
      processBroadcastElement(_: Rule, context: KeyedBroadcastContext<string>, out: Collector<string>): void {
        context.applyToKeyedState(seen, (key, state) => {
          out.collect(`${key} ${state.get().join()}`);
          state.clear();
        });
      }
    }
    const harness = await operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>(new Lists(), [rules], (payment) => payment.user), { specialise }).open();
    for (const [user, amount] of [['ann', 1], ['bob', 2], ['cem', 0], ['ann', 3]] as const) harness.push({ user, amount });
    harness.push({ name: 'all', above: 0 }, 1, 1).push({ name: 'again', above: 0 }, 1, 1);
    expect([...harness.values].sort()).toEqual(['ann 1,3', 'bob 2']);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });

  it('what a processing-time timer collects has no timestamp', () => {
    const harness = operatorHarness(broadcastProcessOperator<string, Payment, Rule, string>({
      processElement: ({ amount }, context) => context.timerService().registerProcessingTimeTimer(amount),
      processBroadcastElement() {},
      onTimer(timestamp, context, out) {
        out.collect(context.timeDomain());
        context.output(side, `${timestamp}`);
      },
    }, [rules], (payment) => payment.user), { specialise });
    harness.push({ user: 'ann', amount: 7 }, 1).setProcessingTime(7);
    expect(harness.output).toEqual([{ value: 'PROCESSING_TIME', timestamp: -Infinity }]);
    expect(harness.sideOutputs.get('side')).toEqual([{ value: '7', timestamp: 7 }]);
  });
});

describe('a checkpointed function', () => {
  it('is given its states before open', async () => {
    const calls: string[] = [];
    class Buffer extends RichMapFunction<number, number> implements CheckpointedFunction {
      seen!: ListState<number>;
      async initializeState(context: FunctionInitializationContext): Promise<void> {
        await Promise.resolve();
        calls.push(`initializeState ${context.isRestored()} ${context.getRestoredCheckpointId()} ${this.getRuntimeContext().getIndexOfThisSubtask()}`);
        this.seen = context.getOperatorStateStore().getListState(new ListStateDescriptor<number>('seen'));
      }
      override open(): void {
        calls.push(`open ${this.seen.get().length}`);
      }
      snapshotState(): void {}
      map(n: number): number {
        this.seen.add(n);
        return this.seen.get().length;
      }
    }
    const harness = await operatorHarness(mapOperator(Buffer)).open();
    expect(harness.pushAll([5, 6]).values).toEqual([1, 2]);
    expect(calls).toEqual(['initializeState false null 0', 'open 0']);
  });
});

describe('a broadcast process function', () => {
  class Plain extends BroadcastProcessFunction<Payment, Rule, string> {
    processElement(): void {}
    processBroadcastElement(): void {}
  }
  class Keyed extends KeyedBroadcastProcessFunction<string, Payment, Rule, string> {
    processElement(): void {}
    processBroadcastElement(): void {}
  }

  it.each([['an instance', new Plain(), new Keyed()], ['a class', Plain, Keyed]] as const)('is for streams with keys or for those without (%s)', (_, plain, keyed) => {
    expect(() => broadcastProcessOperator<string, Payment, Rule, string>(keyed, [rules], undefined)).toThrow('a KeyedBroadcastProcessFunction can only be used on a keyed stream');
    expect(() => broadcastProcessOperator<string, Payment, Rule, string>(plain as never, [rules], (payment) => payment.user)).toThrow('a BroadcastProcessFunction can only be used on a stream without keys');
  });
});
