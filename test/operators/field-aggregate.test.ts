import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldAggregateKind } from '../../src/operators/aggregated-field.js';
import type { FieldAggregateOptions } from '../../src/operators/field-aggregate.js';
import { fieldAggregateOperator } from '../../src/operators/field-aggregate.js';
import type { FieldName } from '../../src/operators/field-access.js';
import { operatorLabelOf } from '../../src/operators/specialise.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';
import { LABEL, MODES } from './modes.js';

interface Sale { readonly shop: string; readonly price: number; readonly id: number }
const sale = (shop: string, price: number, id: number): Sale => ({ shop, price, id });

const KINDS: readonly FieldAggregateKind[] = ['sum', 'min', 'max', 'minBy', 'maxBy'];

/** What Flink's aggregators answer, written down naively. */
function model(records: readonly Sale[], kind: FieldAggregateKind, first: boolean): Sale[] {
  const kept = new Map<string, Sale>();
  return records.map((record) => {
    const before = kept.get(record.shop);
    const after = before === undefined ? record : step(before, record, kind, first);
    kept.set(record.shop, after);
    return after;
  });
}

function step(before: Sale, record: Sale, kind: FieldAggregateKind, first: boolean): Sale {
  if (kind === 'sum') return { ...before, price: before.price + record.price };
  if (kind === 'min') return { ...before, price: Math.min(before.price, record.price) };
  if (kind === 'max') return { ...before, price: Math.max(before.price, record.price) };
  if (before.price === record.price) return first ? before : record;
  return (kind === 'minBy') === record.price < before.price ? record : before;
}

describe.each(MODES)('$mode aggregation of a field', ({ specialise }) => {
  function aggregated<T>(kind: FieldAggregateKind, field: FieldName, records: readonly T[], keyOf: (record: T) => unknown = () => 0, options?: FieldAggregateOptions): T[] {
    return operatorHarness(fieldAggregateOperator<T>(kind, field, keyOf, options), { specialise }).pushAll(records).values as T[];
  }

  async function final<T>(kind: FieldAggregateKind, field: FieldName, records: readonly T[], keyOf: (record: T) => unknown = () => 0): Promise<T[]> {
    const harness = operatorHarness(fieldAggregateOperator<T>(kind, field, keyOf, { results: 'final' }), { specialise }).pushAll(records);
    expect(harness.values).toEqual([]);
    return (await harness.end()).values as T[];
  }

  it.each(KINDS)('%s with final results emits the last result of each key, and changes no record', async (kind) => {
    const anySale = fc.record({ shop: fc.constantFrom('a', 'b', 'a shop with a long name'), price: fc.integer({ min: -3, max: 3 }), id: fc.nat() });
    await fc.assert(fc.asyncProperty(fc.array(anySale), async (sales) => {
      const records = sales.map((each) => Object.freeze(each));
      const last = new Map(model(records, kind, true).map((each) => [each.shop, each]));
      const byShop = (a: Sale, b: Sale): number => (a.shop < b.shop ? -1 : 1);
      expect((await final(kind, 'price', records, (each) => each.shop)).sort(byShop)).toEqual([...last.values()].sort(byShop));
    }));
  });

  it('sums final results of tuples, nested fields, records of several shapes, and records that are numbers', async () => {
    expect(await final<readonly [string, number]>('sum', 1, [Object.freeze(['a', 1] as const), Object.freeze(['a', 2] as const)])).toEqual([['a', 3]]);
    const order = (amount: number): { order: { amount: number } } => Object.freeze({ order: Object.freeze({ amount }) });
    expect(await final('sum', 'order.amount', [order(1), order(2), order(4)])).toEqual([{ order: { amount: 7 } }]);
    expect(await final<{ n: number; extra?: string }>('sum', 'n', [{ n: 1 }, { extra: 'x', n: 2 }, { n: 4 }], ({ extra }) => extra ?? '')).toEqual([{ n: 5 }, { extra: 'x', n: 2 }]);
    expect(await final<number>('sum', 0, [1, 2, 4])).toEqual([7]);
  });

  it.each(KINDS)('%s agrees with the model, and changes nothing that was emitted', (kind) => {
    const anySale = fc.record({ shop: fc.constantFrom('a', 'b', 'a shop with a long name'), price: fc.integer({ min: -3, max: 3 }), id: fc.nat() });
    fc.assert(fc.property(fc.array(anySale), fc.boolean(), (records, first) => {
      const frozen = records.map((record) => Object.freeze({ ...record }));
      const harness = operatorHarness(fieldAggregateOperator<Sale>(kind, 'price', (record) => record.shop, { first }), { specialise });
      const copies = frozen.map((record, i) => {
        harness.push(record, i);
        return { ...harness.values[i]! };
      });
      expect(copies).toEqual(model(records, kind, first));
      expect(harness.values).toEqual(copies);
      expect(harness.output.map((record) => record.timestamp)).toEqual(records.map((_, i) => i));
    }));
  });

  it('emits one record for each that comes, with its timestamp', () => {
    for (const kind of KINDS) {
      const harness = operatorHarness(fieldAggregateOperator<Sale>(kind, 'price', (record) => record.shop), { specialise });
      harness.push(sale('a', 1, 1), 30).push(sale('b', 1, 2), 20).push(sale('a', 1, 3), 10);
      expect(harness.output.map(({ value, timestamp }) => [value.shop, timestamp])).toEqual([['a', 30], ['b', 20], ['a', 10]]);
    }
  });

  it('by sum, min and max changes the field alone: all others stay those of the first record of the key', () => {
    const records = [sale('a', 2, 1), sale('a', 1, 2), sale('a', 3, 3)];
    const of = (kind: FieldAggregateKind): Sale[] => aggregated(kind, 'price', records);
    expect([of('sum'), of('min'), of('max')]).toEqual([
      [sale('a', 2, 1), sale('a', 3, 1), sale('a', 6, 1)],
      [sale('a', 2, 1), sale('a', 1, 1), sale('a', 1, 1)],
      [sale('a', 2, 1), sale('a', 2, 1), sale('a', 3, 1)],
    ]);
  });

  it('by minBy and maxBy gives whole records: of equals the earlier one, or the later one when first is false', () => {
    const records = [sale('a', 2, 1), sale('a', 2, 2), sale('a', 1, 3), sale('a', 1, 4), sale('a', 3, 5), sale('a', 3, 6)];
    const ids = (kind: FieldAggregateKind, options?: FieldAggregateOptions): number[] => {
      const results = aggregated(kind, 'price', records, undefined, options);
      for (const result of results) expect(records).toContain(result);
      return results.map(({ id }) => id);
    };
    expect([ids('minBy'), ids('minBy', { first: false })]).toEqual([[1, 1, 3, 3, 3, 3], [1, 2, 3, 4, 4, 4]]);
    expect([ids('maxBy'), ids('maxBy', { first: false })]).toEqual([[1, 1, 1, 1, 5, 5], [1, 2, 2, 2, 5, 6]]);
  });

  it('emits the first record of a key itself', () => {
    const first = sale('a', 1, 1);
    for (const kind of KINDS) expect(aggregated(kind, 'price', [first])[0]).toBe(first);
  });

  it('takes fields of tuples by index, by f0 and by name of the index', () => {
    const records: [string, number][] = [['a', 1], ['b', 2]];
    for (const field of [1, 'f1', '1']) expect(aggregated('sum', field, records)).toEqual([['a', 1], ['a', 3]]);
    expect(Array.isArray(aggregated('max', 1, records)[1])).toBe(true);
  });

  it('takes nested fields, and leaves their neighbours as in the first record', () => {
    const records = [{ id: 1, order: { price: 5, at: 'x' } }, { id: 2, order: { price: 7, at: 'y' } }];
    const [first, second] = aggregated('sum', 'order.price', records);
    expect(second).toEqual({ id: 1, order: { price: 12, at: 'x' } });
    expect(first).toEqual({ id: 1, order: { price: 5, at: 'x' } });
    expect(aggregated('maxBy', 'order.price', records)[1]).toBe(records[1]);
  });

  it('takes a name with a dot in it as it stands when the record has such a field', () => {
    expect(aggregated('sum', 'a.b', [{ 'a.b': 1, __proto__x: 0 }, { 'a.b': 2, __proto__x: 9 }])[1]).toEqual({ 'a.b': 3, __proto__x: 0 });
  });

  it('takes records that are numbers', () => {
    expect(aggregated('sum', 0, [1, 2, 3])).toEqual([1, 3, 6]);
    expect(aggregated('max', '*', [1, 3, 2])).toEqual([1, 3, 3]);
    expect(aggregated('minBy', 0, [3, 1, 2])).toEqual([3, 1, 1]);
  });

  it('adds bigints and orders strings and Dates', () => {
    expect(aggregated('sum', 'n', [{ n: 1n }, { n: 2n ** 64n }])[1]).toEqual({ n: 2n ** 64n + 1n });
    expect(aggregated('max', 'text', [{ text: 'a' }, { text: 'c' }, { text: 'b' }]).map((r) => r.text)).toEqual(['a', 'c', 'c']);
    expect(aggregated('minBy', 'at', [{ at: new Date(5) }, { at: new Date(3) }, { at: new Date(4) }]).map((r) => r.at.getTime())).toEqual([5, 3, 3]);
  });

  it('holds NaN for larger than every number', () => {
    const numbers = [1, Number.NaN, 2];
    expect(aggregated('max', 0, numbers)).toEqual([1, Number.NaN, Number.NaN]);
    expect(aggregated('min', 0, [Number.NaN, 1, Number.NaN])).toEqual([Number.NaN, 1, 1]);
  });

  it('keeps the class of records', () => {
    class Reading {
      constructor(readonly sensor: string, readonly value: number) {}
      describe(): string {
        return `${this.sensor}: ${this.value}`;
      }
    }
    const last = aggregated('sum', 'value', [new Reading('s', 1), new Reading('t', 2)])[1]!;
    expect(last).toBeInstanceOf(Reading);
    expect(last.describe()).toBe('s: 3');
    expect(last.constructor).toBe(Reading);
  });

  it('copes with records of different shapes', () => {
    const records: { key: number; n: number; extra?: string; more?: { deep: number } }[] = [
      { key: 0, n: 1 }, { key: 1, extra: 'x', n: 10 }, { key: 0, n: 2, extra: 'y' }, { key: 1, n: 20 }, { key: 2, n: 5, more: { deep: 1 } }, { n: 5, key: 2 },
    ];
    expect(aggregated('sum', 'n', records, (record) => record.key)).toEqual([
      { key: 0, n: 1 }, { key: 1, extra: 'x', n: 10 }, { key: 0, n: 3 }, { key: 1, extra: 'x', n: 30 }, { key: 2, n: 5, more: { deep: 1 } }, { key: 2, n: 10, more: { deep: 1 } },
    ]);
  });

  it('copes with records of many fields, and without a prototype', () => {
    const wide = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`field${i}`, i]));
    expect(aggregated('sum', 'field7', [wide, wide])[1]).toEqual({ ...wide, field7: 14 });
    const bare = Object.assign(Object.create(null) as { n: number }, { n: 2 });
    const last = aggregated('sum', 'n', [bare, bare])[1]!;
    expect(Object.getPrototypeOf(last)).toBeNull();
    expect(last.n).toBe(4);
  });

  it('is not led astray by hostile field names', () => {
    const name = '"] }; throw new Error("injected"); //';
    const record = JSON.parse('{"__proto__": {"polluted": 1}, "n": 1}') as { n: number };
    expect(aggregated('sum', name, [{ [name]: 1 }, { [name]: 2 }])[1]).toEqual({ [name]: 3 });
    const last = aggregated('sum', 'n', [record, record])[1]!;
    expect(Object.hasOwn(last, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(last)).toBe(Object.prototype);
  });

  it('refuses a field that the record has not, and says which it has', () => {
    expect(() => aggregated('sum', 'cost', [sale('a', 1, 1)])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: 'sum("cost"): the record has no such field; it has shop, price, id' }));
    expect(() => aggregated('sum', 2, [['a', 1]])).toThrow(/it has 0, 1/);
    expect(() => aggregated('sum', 'a.b', [{ a: 1 }])).toThrow(/no such field/);
    expect(() => aggregated('max', 'length', ['text'])).toThrow(/it is a string/);
  });

  it('labels such errors with the operator', () => {
    for (const records of [[sale('a', 1, 1), { shop: 'a' } as Sale], [{ shop: 'a' } as Sale]]) {
      let error: unknown;
      try {
        aggregated('sum', 'price', records);
      } catch (thrown) {
        error = thrown;
      }
      expect(operatorLabelOf(error)).toBe(LABEL);
    }
  });

  it('refuses a value that cannot be aggregated, first or later', () => {
    expect(() => aggregated('sum', 'shop', [sale('a', 1, 1)])).toThrow(/sum\("shop"\) takes numbers or bigints.*a string in \{"shop":"a"/);
    expect(() => aggregated('sum', 'price', [sale('a', 1, 1), { shop: 'a', id: 2 } as Sale])).toThrow(/an? undefined in/);
    expect(() => aggregated('max', 'price', [sale('a', 1, 1), sale('a', '2' as unknown as number, 1)])).toThrow(/a string in/);
    expect(() => aggregated('minBy', 'at', [{ at: new Date(1) }, { at: null as unknown as Date }])).toThrow(/null came/);
    expect(() => aggregated('sum', 0, [1, 2n as unknown as number])).toThrow(/a bigint in "2n"/);
  });
});
