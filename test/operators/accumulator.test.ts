// What user functions add up.
import { describe, expect, it } from 'vitest';
import { type DataStream, type Accumulator, DoubleMaximum, DoubleMinimum, IntCounter, IntMaximum, IntMinimum, LongMaximum, LongMinimum, RichMapFunction, type RuntimeContext } from '../../src/index.js';
import { builtInAccumulator } from '../../src/operators/accumulator.js';
import { harness } from '../../src/testing/index.js';

describe.each<[string, new () => Accumulator<number, number>, number]>([
  ['IntMinimum', IntMinimum, 2147483647], ['LongMinimum', LongMinimum, Number.POSITIVE_INFINITY], ['DoubleMinimum', DoubleMinimum, Number.POSITIVE_INFINITY],
  ['IntMaximum', IntMaximum, -2147483648], ['LongMaximum', LongMaximum, Number.NEGATIVE_INFINITY], ['DoubleMaximum', DoubleMaximum, Number.NEGATIVE_INFINITY],
])('an %s', (kind, Type, none) => {
  const best = kind.endsWith('Minimum') ? -1234 : 5678;

  it('keeps the best value, of other subtasks too, and begins anew when it is reset', () => {
    const [one, other] = [new Type(), new Type()];
    expect(one.getLocalValue()).toBe(none);
    for (const value of [1234, -1234, 987]) one.add(value);
    for (const value of [5678, -12]) other.add(value);
    one.merge(other.getLocalValue());
    expect(one.getLocalValue()).toBe(best);
    one.resetLocal();
    expect(one.getLocalValue()).toBe(none);
  });

  it('is merged where the job is, by its name', () => {
    expect(builtInAccumulator(kind)).toBeInstanceOf(Type);
    expect(new Type().kind).toBe(kind);
  });
});

describe('the accumulators of a function', () => {
  async function opened(open: (context: RuntimeContext) => void): Promise<void> {
    class Map extends RichMapFunction<number, number> {
      override open(): void {
        open(this.getRuntimeContext());
      }
      map(value: number): number {
        return value;
      }
    }
    await (await harness.operator((input: DataStream<number>) => input.map(Map))).close();
  }

  it('have one name each', async () => {
    await expect(opened((context) => {
      context.addAccumulator('lines', new IntCounter());
      context.addAccumulator('lines', new IntCounter());
    })).rejects.toThrow('an accumulator named "lines" is registered already');
  });

  it('are the same ones when they are asked for by the same name again', async () => {
    await opened((context) => {
      const mine = new IntCounter();
      context.addAccumulator('mine', mine);
      expect([context.getIntCounter('mine'), context.getAccumulator('mine')]).toEqual([mine, mine]);
      expect(context.getLongCounter('lines')).toBe(context.getLongCounter('lines'));
      expect(context.getAccumulator('none')).toBeUndefined();
    });
  });

  it('do not change their kind', async () => {
    await expect(opened((context) => {
      context.getIntCounter('lines');
      context.getHistogram('lines');
    })).rejects.toThrow('the accumulator "lines" is of the kind IntCounter already, it cannot be of the kind Histogram too');
  });
});
