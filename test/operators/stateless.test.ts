import { describe, expect, it } from 'vitest';
import { NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { coFlatMapOperator, coMapOperator } from '../../src/operators/co-map.js';
import { filterOperator } from '../../src/operators/filter.js';
import { flatMapOperator } from '../../src/operators/flat-map.js';
import type { FlatMapFunctionLike, OutputSelection } from '../../src/operators/functions.js';
import { mapOperator } from '../../src/operators/map.js';
import { projectOperator } from '../../src/operators/project.js';
import { selectOperator } from '../../src/operators/select.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { LABEL, MODES } from './modes.js';

describe.each(MODES)('$mode map', ({ specialise }) => {
  it('emits one result for each record, with its timestamp', () => {
    const harness = operatorHarness(mapOperator((n: number) => n * 2), { specialise }).push(1, 100).push(2);
    expect(harness.output).toEqual([{ value: 2, timestamp: 100 }, { value: 4, timestamp: NO_TIMESTAMP }]);
  });

  it('emits undefined and null too: they are results', () => {
    expect(operatorHarness(mapOperator((n: number) => (n === 1 ? undefined : null)), { specialise }).pushAll([1, 2]).values).toEqual([undefined, null]);
  });

  it('forwards watermarks and idleness', () => {
    const harness = operatorHarness(mapOperator((n: number) => n), { specialise }).watermark(5).idle(true);
    expect([harness.watermarks, harness.statuses]).toEqual([[5], [true]]);
  });

  it('lets an error of the function through, labelled with the operator', () => {
    const harness = operatorHarness(mapOperator((text: string) => JSON.parse(text) as unknown), { specialise });
    let error: unknown;
    try {
      harness.push('{');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SyntaxError);
    expect(operatorLabelOf(error)).toBe(LABEL);
  });
});

describe.each(MODES)('$mode filter', ({ specialise }) => {
  it('keeps what the function answers true for, unchanged, with its timestamp', () => {
    const even = { id: 2 };
    const harness = operatorHarness(filterOperator((v: { id: number }) => v.id % 2 === 0), { specialise }).push({ id: 1 }, 1).push(even, 2);
    expect(harness.output).toEqual([{ value: even, timestamp: 2 }]);
    expect(harness.values[0]).toBe(even);
  });
});

describe.each(MODES)('$mode flatMap', ({ specialise }) => {
  const results = <OUT>(fn: FlatMapFunctionLike<string, OUT>, ...values: string[]): OUT[] => operatorHarness(flatMapOperator(fn), { specialise }).pushAll(values).values;

  it('emits what is collected, with the timestamp of the record', () => {
    const harness = operatorHarness(flatMapOperator<string, string>((line, out) => {
      for (const word of line.split(' ')) out.collect(word);
    }), { specialise });
    harness.push('to be', 10).push('or', 20);
    expect(harness.output).toEqual([{ value: 'to', timestamp: 10 }, { value: 'be', timestamp: 10 }, { value: 'or', timestamp: 20 }]);
  });

  it('emits the members of a returned array, set or generator, with the timestamp of the record', () => {
    expect(results((line) => line.split(' '), 'to be', 'or')).toEqual(['to', 'be', 'or']);
    expect(results((line) => new Set(line), 'aab')).toEqual(['a', 'b']);
    expect(results(function* (line: string) { yield line; yield `${line}!`; }, 'x')).toEqual(['x', 'x!']);
    expect(operatorHarness(flatMapOperator((line: string) => [line]), { specialise }).push('x', 3).output).toEqual([{ value: 'x', timestamp: 3 }]);
  });

  it('emits a returned value that is no iterable, and a string whole', () => {
    expect(results((line) => line.length, 'abc')).toEqual([3]);
    expect(results<string>((line) => line, 'abc')).toEqual(['abc']);
    expect(results((line) => ({ line }), 'abc')).toEqual([{ line: 'abc' }]);
    expect(results((line) => [['tuple', line]], 'abc')).toEqual([['tuple', 'abc']]);
    expect(results((line) => line === '', '')).toEqual([true]);
  });

  it('emits nothing for nothing, null, undefined and an empty array', () => {
    expect(results(() => {}, 'a')).toEqual([]);
    expect(results(() => null, 'a')).toEqual([]);
    expect(results(() => undefined, 'a')).toEqual([]);
    expect(results(() => [], 'a')).toEqual([]);
  });

  it('emits what is collected before what is returned', () => {
    expect(results<string>((line, out) => { out.collect('first'); return [line]; }, 'last')).toEqual(['first', 'last']);
  });
});

describe.each(MODES)('$mode map and flatMap of connected streams', ({ specialise }) => {
  it('call the method of the input that the record came on', () => {
    const harness = operatorHarness(coMapOperator({ map1: (n: number) => `number ${n}`, map2: (s: string) => `text ${s}` }), { specialise });
    harness.push(1, 5, 0).push('a', 6, 1);
    expect(harness.output).toEqual([{ value: 'number 1', timestamp: 5 }, { value: 'text a', timestamp: 6 }]);
  });

  it('share one object between the two methods', () => {
    const fn = {
      allowed: new Set<string>(),
      flatMap1(word: string) { this.allowed.add(word); },
      flatMap2(word: string) { return this.allowed.has(word) ? [word] : null; },
    };
    const harness = operatorHarness(coFlatMapOperator<string, string, string>(fn), { specialise });
    harness.push('a', 1, 0).push('a', 2, 1).push('b', 3, 1);
    expect(harness.output).toEqual([{ value: 'a', timestamp: 2 }]);
  });
});

describe.each(MODES)('$mode split and select', ({ specialise }) => {
  const selected = (select: (n: number) => OutputSelection, ...names: string[]): number[] => operatorHarness(selectOperator(select, names), { specialise }).pushAll([1, 2, 3, 4]).values as number[];
  const parity = (n: number): string => (n % 2 === 0 ? 'even' : 'odd');

  it('keeps the records sent to one of the names', () => {
    expect(selected(parity, 'even')).toEqual([2, 4]);
    expect(selected(parity, 'odd', 'even')).toEqual([1, 2, 3, 4]);
    expect(selected(parity, 'other')).toEqual([]);
  });

  it('keeps a record sent to several of the names once', () => {
    expect(selected((n) => ['all', parity(n)], 'all', 'even')).toEqual([1, 2, 3, 4]);
  });

  it('drops records sent nowhere', () => {
    expect(selected(() => [], 'a')).toEqual([]);
    expect(selected((n) => (n > 3 ? 'a' : undefined), 'a')).toEqual([4]);
  });
});

describe.each(MODES)('$mode project', ({ specialise }) => {
  it('keeps the fields named, in the order given', () => {
    const harness = operatorHarness(projectOperator<[boolean, string]>([2, 0]), { specialise }).push(['a', 1, true], 9);
    expect(harness.output).toEqual([{ value: [true, 'a'], timestamp: 9 }]);
  });

  it.each([[[]], [[-1]], [[0.5]], [['name']]])('refuses %j', (fields) => {
    expect(() => projectOperator(fields as number[])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
