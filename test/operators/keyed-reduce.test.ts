import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { MAX_TIMESTAMP } from '../../src/core/timestamp.js';
import { foldOperator, keyedReduceOperator } from '../../src/operators/keyed-reduce.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { LABEL, MODES } from './modes.js';

interface Count { readonly word: string; readonly count: number }

const add = (a: Count, b: Count): Count => ({ word: a.word, count: a.count + b.count });
const byWord = (value: Count): string => value.word;

describe.each(MODES)('$mode reduce of a keyed stream', ({ specialise }) => {
  it('emits the result so far of the key for each record, with that record’s timestamp', () => {
    const harness = operatorHarness(keyedReduceOperator(add, byWord), { specialise });
    harness.push({ word: 'a', count: 1 }, 10).push({ word: 'b', count: 5 }, 20).push({ word: 'a', count: 2 }, 30).push({ word: 'a', count: 4 }, 5);
    expect(harness.output).toEqual([
      { value: { word: 'a', count: 1 }, timestamp: 10 },
      { value: { word: 'b', count: 5 }, timestamp: 20 },
      { value: { word: 'a', count: 3 }, timestamp: 30 },
      { value: { word: 'a', count: 7 }, timestamp: 5 },
    ]);
  });

  it('emits the first record of a key as it is, without asking the function', () => {
    const first = { word: 'a', count: 1 };
    const harness = operatorHarness(keyedReduceOperator<Count>(() => { throw new Error('not asked'); }, byWord), { specialise }).push(first);
    expect(harness.values[0]).toBe(first);
  });

  it('changes no record that was emitted, however long its texts', () => {
    const word = 'a word of more than thirteen characters';
    const first = Object.freeze({ word, count: 1 });
    const harness = operatorHarness(keyedReduceOperator(add, byWord), { specialise }).push(first).push({ word, count: 1 }).push({ word, count: 1 });
    expect(harness.values.map((value) => value.count)).toEqual([1, 2, 3]);
    expect(harness.values[0]).toBe(first);
    expect(harness.values[2]!.word).toBe(word);
  });

  it('waits for room between slices of final results', async () => {
    const harness = operatorHarness(keyedReduceOperator<number>((a, b) => a + b, (n) => n, 'final'), { specialise });
    for (let n = 0; n < 3_000; n++) harness.push(n);
    harness.gate.hold();
    const finished = harness.operator.finish?.();
    await Promise.resolve();
    expect(harness.values).toHaveLength(1_024);
    harness.gate.release();
    await finished;
    expect(harness.values).toHaveLength(3_000);
  });

  it('takes hashes that an exchange has computed', () => {
    const harness = operatorHarness(keyedReduceOperator(add, byWord), { specialise });
    for (const word of ['a', 'b', 'a']) harness.pushHashed({ word, count: 1 }, hashKey(word), 3);
    expect(harness.output.map(({ value, timestamp }) => [value.word, value.count, timestamp])).toEqual([['a', 1, 3], ['b', 1, 3], ['a', 2, 3]]);
  });

  it('gives the same results whether hashes come along or not, for keys of all kinds', () => {
    const key = fc.oneof(fc.string({ maxLength: 2 }), fc.integer({ min: -3, max: 3 }), fc.double(), fc.boolean(), fc.bigInt(-2n, 2n), fc.tuple(fc.boolean(), fc.nat(2)), fc.record({ a: fc.nat(1) }));
    fc.assert(fc.property(fc.array(fc.tuple(key, fc.nat(9))), (records) => {
      const definition = keyedReduceOperator<readonly [unknown, number]>((a, b) => [a[0], a[1] + b[1]], (value) => value[0]);
      const plain = operatorHarness(definition, { specialise });
      const hashed = operatorHarness(definition, { specialise });
      const sums = new Map<unknown, number>();
      const expected: number[] = [];
      for (const record of records) {
        const primitive = toPrimitiveKey(record[0]);
        sums.set(primitive, (sums.get(primitive) ?? 0) + record[1]);
        expected.push(sums.get(primitive)!);
        plain.push(record);
        hashed.pushHashed(record, hashKey(primitive));
      }
      expect(plain.values.map((value) => value[1])).toEqual(expected);
      expect(hashed.values).toEqual(plain.values);
    }));
  });

  it('reduces records that are plain values, and keeps the last where the function says so', () => {
    const sums = operatorHarness(keyedReduceOperator<number>((a, b) => a + b, (n) => n % 2), { specialise }).pushAll([1, 2, 3, 4, 5]);
    expect(sums.values).toEqual([1, 2, 4, 6, 9]);
    const last = operatorHarness(keyedReduceOperator<Count>((_, b) => b, () => 0), { specialise }).pushAll([{ word: 'first of the long words', count: 1 }, { word: 'second of the long words', count: 2 }]);
    expect(last.values.map((value) => value.count)).toEqual([1, 2]);
  });

  it('emits the last result of each key once, at the end of time, when asked for final results', async () => {
    const harness = operatorHarness(keyedReduceOperator(add, byWord, 'final'), { specialise });
    harness.push({ word: 'a', count: 1 }, 10).push({ word: 'b', count: 5 }, 20).pushHashed({ word: 'a', count: 2 }, hashKey('a'), 30);
    expect(harness.output).toEqual([]);
    await harness.end();
    expect(harness.output.sort((a, b) => (a.value.word < b.value.word ? -1 : 1))).toEqual([
      { value: { word: 'a', count: 3 }, timestamp: MAX_TIMESTAMP },
      { value: { word: 'b', count: 5 }, timestamp: MAX_TIMESTAMP },
    ]);
  });

  it('lets the end of event time out behind its final results, and not where its input was only stopped', async () => {
    const ended = operatorHarness(keyedReduceOperator(add, byWord, 'final'), { specialise });
    ended.push({ word: 'a', count: 1 }, 10).watermark(10).watermark(MAX_TIMESTAMP);
    expect(ended.watermarks).toEqual([10]);
    await ended.end();
    expect(ended.events).toEqual([
      { type: 'watermark', timestamp: 10 }, { type: 'record', value: { word: 'a', count: 1 }, timestamp: MAX_TIMESTAMP }, { type: 'watermark', timestamp: MAX_TIMESTAMP },
    ]);
    const stopped = operatorHarness(keyedReduceOperator(add, byWord, 'final'), { specialise });
    await stopped.push({ word: 'a', count: 1 }, 10).end();
    expect(stopped.watermarks).toEqual([]);
  });

  it('lets errors of the key selector through, labelled with the operator', () => {
    const harness = operatorHarness(keyedReduceOperator<Count | null>((a) => a, (value) => value!.word), { specialise });
    let error: unknown;
    try {
      harness.push(null);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect(operatorLabelOf(error)).toBe(LABEL);
  });

  it('refuses a record without a key', () => {
    const harness = operatorHarness(keyedReduceOperator<Partial<Count>>((a) => a, (value) => value.word), { specialise });
    expect(() => harness.push({})).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

describe.each(MODES)('$mode fold of a keyed stream', ({ specialise }) => {
  it('starts each key from the initial value and emits the result so far, with the record’s timestamp', () => {
    const harness = operatorHarness(foldOperator('start', (text, value: Count) => `${text}-${value.count}`, byWord), { specialise });
    harness.push({ word: 'a', count: 1 }, 1).push({ word: 'b', count: 2 }, 2).push({ word: 'a', count: 3 }, 3);
    expect(harness.output).toEqual([{ value: 'start-1', timestamp: 1 }, { value: 'start-2', timestamp: 2 }, { value: 'start-1-3', timestamp: 3 }]);
  });

  it('gives each key an initial value of its own, of the same class', () => {
    class Bag {
      items: number[] = [];
      has(item: number): boolean {
        return this.items.includes(item);
      }
    }
    const initial = new Bag();
    const harness = operatorHarness(foldOperator(initial, (bag: Bag, value: Count) => { bag.items.push(value.count); return bag; }, byWord), { specialise });
    harness.push({ word: 'a', count: 1 }).push({ word: 'b', count: 2 });
    expect(initial.items).toEqual([]);
    expect(harness.values.map((bag) => [bag.has(1), bag.has(2)])).toEqual([[true, false], [false, true]]);
  });

  it('takes falsy initial values', () => {
    expect(operatorHarness(foldOperator(0, (n, value: Count) => n + value.count, byWord), { specialise }).push({ word: 'a', count: 2 }).values).toEqual([2]);
    expect(operatorHarness(foldOperator<Count, null | number>(null, (n, value) => (n === null ? 1 : n + value.count), byWord), { specialise }).push({ word: 'a', count: 2 }).values).toEqual([1]);
  });

  it('refuses its arguments the wrong way round, and an initial value that cannot be copied', () => {
    expect(() => foldOperator((() => 0) as unknown as number, 0 as never, byWord)).toThrow(/function first|initial|fold takes/);
    expect(() => foldOperator({ f: () => 1 }, (a) => a, byWord)).toThrow(/cannot be copied for each key/);
  });
});
