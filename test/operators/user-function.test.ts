import { describe, expect, it } from 'vitest';
import type { MapFunctionLike } from '../../src/operators/functions.js';
import { RichMapFunction } from '../../src/operators/functions.js';
import { coMapOperator } from '../../src/operators/co-map.js';
import { flatMapOperator } from '../../src/operators/flat-map.js';
import { mapOperator } from '../../src/operators/map.js';
import { sinkFunctionOperator } from '../../src/operators/sink-operator.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { MODES } from './modes.js';

class Doubling extends RichMapFunction<number, number> {
  static readonly calls: string[] = [];
  override async open(): Promise<void> {
    await Promise.resolve();
    Doubling.calls.push(`open ${this.getRuntimeContext().getIndexOfThisSubtask()}`);
  }
  map(value: number): number {
    return value * 2;
  }
  override close(): void {
    Doubling.calls.push('close');
  }
}

describe.each(MODES)('a user function in a $mode operator', ({ specialise }) => {
  it('may be a lambda', () => {
    expect(operatorHarness(mapOperator((n: number) => n + 1), { specialise }).pushAll([1, 2]).values).toEqual([2, 3]);
  });

  it('may be an object, whose method sees itself as this', () => {
    const adder = { by: 10, map(n: number) { return n + this.by; } };
    expect(operatorHarness(mapOperator(adder), { specialise }).push(1).values).toEqual([11]);
  });

  it('may be an object with a life cycle', async () => {
    const calls: unknown[] = [];
    const fn = {
      open: (context: unknown) => void calls.push(context),
      map: (n: number) => n,
      close: () => void calls.push('close'),
      setRuntimeContext: () => void calls.push('context'),
    };
    const harness = await operatorHarness(mapOperator(fn), { specialise, attempt: 3 }).open();
    await harness.end();
    expect(calls).toEqual(['context', { attemptNumber: 3 }, 'close']);
  });

  it('may be a class, constructed once for each subtask, opened before the first record and closed', async () => {
    Doubling.calls.length = 0;
    const definition = mapOperator<number, number>(Doubling);
    const first = await operatorHarness(definition, { specialise, subtask: 1, parallelism: 2 }).open();
    const second = operatorHarness(definition, { specialise });
    expect(second.operator).not.toBe(first.operator);
    expect(first.push(21).values).toEqual([42]);
    await first.end();
    expect(Doubling.calls).toEqual(['open 1', 'close']);
  });

  it('may be an instance of a rich class', async () => {
    const harness = await operatorHarness(mapOperator(new Doubling()), { specialise }).open();
    expect(harness.push(4).values).toEqual([8]);
  });

  it('may be a class that holds its method in a field', () => {
    class ByField {
      readonly map = (n: number): number => n - 1;
    }
    expect(operatorHarness(mapOperator<number, number>(ByField), { specialise }).push(1).values).toEqual([0]);
  });
});

describe('a rich function', () => {
  it('has no runtime context in its constructor', () => {
    expect(() => new Doubling().getRuntimeContext()).toThrow(/before open\(\)/);
  });
});

describe('a wrong user function', () => {
  const given = (fn: unknown) => (): unknown => mapOperator(fn as MapFunctionLike<number, number>);

  it.each([
    [undefined, 'undefined came'],
    [null, 'null came'],
    [42, 'the number 42 came'],
    ['upper', 'the string "upper" came'],
    [{ mapp: () => 1 }, 'an object with mapp came'],
    [{}, 'an object with no members came'],
    [new Map(), 'an instance of Map with no members came'],
    [{ map: 'no function' }, 'an object with map came'],
  ])('is refused when the job is built: %s', (fn, came) => {
    expect(given(fn)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: `map takes a function, an object with map(), or a class of such objects; ${came}` }));
  });

  it('is refused when a class lacks the method', () => {
    class Filter {
      filter(): boolean {
        return true;
      }
    }
    expect(() => operatorHarness(given(Filter)() as never)).toThrow(/map takes .* an instance of Filter with no members came/);
  });

  it('is refused when it is a lambda and the operator needs two methods', () => {
    expect(() => coMapOperator((() => 1) as never)).toThrow(/map of connected streams takes an object with map1\(\) and map2\(\), or a class of such objects; the function \(anonymous\) came/);
  });

  it('is refused when it is asynchronous, but for a sink', () => {
    expect(given(async (n: number) => n)).toThrow(/map was given an async function/);
    expect(given({ map: async (n: number) => n })).toThrow(/map was given an async function/);
    expect(() => flatMapOperator(async function* () { yield 1; } as never)).toThrow(/flatMap was given an async function/);
    expect(() => sinkFunctionOperator(async () => {})).not.toThrow();
  });
});
