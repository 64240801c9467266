import { describe, expect, it } from 'vitest';
import type { Collector, KeyedProcessContext, ProcessContext } from '../../src/operators/functions.js';
import { CoProcessFunction, KeyedCoProcessFunction, KeyedProcessFunction, ProcessFunction } from '../../src/operators/functions.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { coProcessOperator, keyedProcessOperator, processOperator } from '../../src/operators/process.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

const late = new OutputTag<string>('late');

describe('an output tag', () => {
  it('needs a name', () => {
    expect(() => new OutputTag('')).toThrow(/not empty/);
    expect(late.getId()).toBe('late');
  });
});

describe.each(MODES)('$mode process', ({ specialise }) => {
  it('sees the timestamp, or null, and keeps it on main and side outputs', () => {
    class Route extends ProcessFunction<string, string> {
      processElement(value: string, context: ProcessContext, out: Collector<string>): void {
        if (context.timestamp() === null) context.output(late, value);
        else out.collect(`${value}@${context.timestamp()}`);
        context.output(late, 'always');
      }
    }
    const harness = operatorHarness(processOperator<string, string>(Route), { specialise }).push('a', 5).push('b');
    expect(harness.output).toEqual([{ value: 'a@5', timestamp: 5 }]);
    expect(harness.sideOutputs.get('late')).toEqual([
      { value: 'always', timestamp: 5 }, { value: 'b', timestamp: -Infinity }, { value: 'always', timestamp: -Infinity },
    ]);
  });

  it('sees processing time and event time, and forwards watermarks', () => {
    const clock = new ManualClock();
    const seen: number[][] = [];
    const harness = operatorHarness(processOperator<number, never>((_, context) => {
      const timers = context.timerService();
      seen.push([timers.currentProcessingTime(), timers.currentWatermark()]);
    }), { specialise, clock });
    harness.push(1).watermark(41).push(2);
    const now = clock.now();
    expect(seen).toEqual([[now, -Infinity], [now, 41]]);
    expect(harness.watermarks).toEqual([41]);
  });
});

describe.each(MODES)('$mode process of a keyed stream', ({ specialise }) => {
  interface Order { user: string; parts: number[] }

  it('sees the key as its selector returned it', () => {
    class KeyOfEach extends KeyedProcessFunction<readonly [string, number], Order, readonly [string, number]> {
      processElement(_: Order, context: KeyedProcessContext<readonly [string, number]>, out: Collector<readonly [string, number]>): void {
        out.collect(context.getCurrentKey());
      }
    }
    const keyOf = (order: Order): readonly [string, number] => [order.user, order.parts.length];
    const harness = operatorHarness(keyedProcessOperator(KeyOfEach, keyOf), { specialise }).push({ user: 'a', parts: [] }, 1).push({ user: 'b', parts: [1] }, 2);
    expect(harness.output).toEqual([{ value: ['a', 0], timestamp: 1 }, { value: ['b', 1], timestamp: 2 }]);
  });

  it('refuses a record without a key', () => {
    const harness = operatorHarness(keyedProcessOperator<unknown, Partial<Order>, never>(() => {}, (order) => order.user), { specialise });
    expect(() => harness.push({})).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

describe.each(MODES)('$mode process of connected streams', ({ specialise }) => {
  it('calls the method of each input with the record’s own timestamp', () => {
    class Both extends CoProcessFunction<number, string, string> {
      processElement1(value: number, context: ProcessContext, out: Collector<string>): void {
        out.collect(`1: ${value} at ${context.timestamp()}`);
      }
      processElement2(value: string, context: ProcessContext, out: Collector<string>): void {
        out.collect(`2: ${value} at ${context.timestamp()}`);
      }
    }
    const harness = operatorHarness(coProcessOperator<never, number, string, string>(Both), { specialise });
    harness.push(1, 10, 0).push('a', 20, 1);
    expect(harness.output).toEqual([{ value: '1: 1 at 10', timestamp: 10 }, { value: '2: a at 20', timestamp: 20 }]);
  });

  it('sees each input’s key when both are keyed', () => {
    const fn = {
      processElement1: (_: { id: string }, context: KeyedProcessContext<string>, out: Collector<string>) => out.collect(`1 ${context.getCurrentKey()}`),
      processElement2: (_: [string], context: KeyedProcessContext<string>, out: Collector<string>) => out.collect(`2 ${context.getCurrentKey()}`),
    };
    const harness = operatorHarness(coProcessOperator<string, { id: string }, [string], string>(fn, (v) => v.id, (v) => v[0]), { specialise });
    harness.push({ id: 'x' }, 1, 0).push(['y'], 2, 1);
    expect(harness.values).toEqual(['1 x', '2 y']);
  });
});

describe('a process function for keyed streams', () => {
  class Keyed extends KeyedProcessFunction<string, string, string> {
    processElement(): void {}
  }
  class KeyedBoth extends KeyedCoProcessFunction<string, string, string, string> {
    processElement1(): void {}
    processElement2(): void {}
  }

  it.each([['an instance', new Keyed(), new KeyedBoth()], ['a class', Keyed, KeyedBoth]] as const)('is refused where the stream has no keys (%s)', (_, one, both) => {
    expect(() => processOperator<string, string>(one as never)).toThrow('a KeyedProcessFunction can only be used on a keyed stream');
    expect(() => coProcessOperator<string, string, string, string>(both)).toThrow('a KeyedCoProcessFunction can only be used on a keyed stream');
  });

  it('is not needed there: one for other streams does as well', () => {
    class Plain extends ProcessFunction<string, string> {
      processElement(value: string, _: ProcessContext, out: Collector<string>): void {
        out.collect(value);
      }
    }
    expect(operatorHarness(keyedProcessOperator<string, string, string>(Plain, (value) => value)).push('a').values).toEqual(['a']);
  });
});
