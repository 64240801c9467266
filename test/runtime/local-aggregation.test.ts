import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { NO_TIMESTAMP } from '../../src/core/timestamp.js';
import { fieldAggregateOperator } from '../../src/operators/field-aggregate.js';
import type { FieldName } from '../../src/operators/field-access.js';
import type { Specialise } from '../../src/operators/operator.js';
import { sharedKernels, specialiser } from '../../src/operators/specialise.js';
import { LocalAggregation, type LocalAggregationLimits } from '../../src/runtime/local-aggregation.js';
import { operatorHarness } from '../../src/testing/operator-harness.js';

type Kind = 'sum' | 'min' | 'max';
interface Sale { readonly shop: unknown; readonly price: unknown; readonly id?: number }
const sale = (shop: unknown, price: unknown, id?: number): Sale => Object.freeze({ shop, price, ...(id === undefined ? {} : { id }) });
const SHOP = (record: Sale): unknown => record.shop;
const SMALL: LocalAggregationLimits = { keys: 2, review: 3, rest: 5 };

interface Sent<T> { readonly value: T; readonly hash: number }

/** What leaves when these records are sent, with what was kept at the end. */
function sender<T>(kind: Kind, field: FieldName, keyOf: (record: T) => unknown, limits?: LocalAggregationLimits, specialise: Specialise = sharedKernels): { sent: Sent<T>[]; emit: (...records: T[]) => void; flush: () => void } {
  const { localAggregate } = fieldAggregateOperator<T>(kind, field, keyOf, { results: 'final' });
  const sent: Sent<T>[] = [];
  const aggregation = new LocalAggregation(localAggregate!, keyOf as (value: never) => unknown, (value, _, hash) => sent.push({ value: value as T, hash }), specialise, limits);
  return { sent, emit: (...records) => records.forEach((record) => aggregation.emit(record, NO_TIMESTAMP)), flush: () => aggregation.flush() };
}

function sentOf<T>(kind: Kind, field: FieldName, keyOf: (record: T) => unknown, records: readonly T[], limits?: LocalAggregationLimits): T[] {
  const { sent, emit, flush } = sender(kind, field, keyOf, limits);
  emit(...records);
  flush();
  return sent.map(({ value }) => value);
}

/** What the operator makes of records, by the key of their first one. */
async function results<T>(kind: Kind, field: FieldName, keyOf: (record: T) => unknown, records: readonly T[]): Promise<T[]> {
  const harness = operatorHarness(fieldAggregateOperator<T>(kind, field, keyOf, { results: 'final' })).pushAll(records);
  return (await harness.end()).values as T[];
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const anyKind = fc.constantFrom<Kind>('sum', 'min', 'max');
const anyLimits = fc.record({ keys: fc.integer({ min: 1, max: 4 }), review: fc.integer({ min: 1, max: 4 }), rest: fc.integer({ min: 1, max: 6 }) });

describe('records put together before they travel', () => {
  it('give the results that they give one by one, whatever is kept and whenever it leaves', async () => {
    const record = fc.tuple(fc.constantFrom('a', 'b', 'c', 'a shop with a long name', 1, Number.NaN), fc.integer({ min: -5, max: 5 }), fc.nat({ max: 99 })).map(([shop, price, id]) => sale(shop, price, id));
    await fc.assert(fc.asyncProperty(anyKind, fc.array(fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: fc.constant('flush' as const) })), anyLimits, async (kind, script, limits) => {
      const { sent, emit, flush } = sender<Sale>(kind, 'price', SHOP, limits);
      for (const step of script) if (step === 'flush') flush();
      else emit(step);
      flush();
      const raw = script.filter((step) => step !== 'flush');
      expect((await results(kind, 'price', SHOP, sent.map(({ value }) => value))).sort(byText)).toEqual((await results(kind, 'price', SHOP, raw)).sort(byText));
      expect(sent.map(({ hash }) => hash)).toEqual(sent.map(({ value }) => hashKey(toPrimitiveKey(value.shop))));
    }));
  });

  it('give the very same sums, with fractions among them the same but for rounding', async () => {
    // What goes beyond whole numbers that are exact has a sum that depends on the order, which nobody promises.
    const amount = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) }, { weight: 1, arbitrary: fc.constantFrom<number | bigint>(0.1, -0, 1e300, 2 ** 43, Number.NaN, Number.POSITIVE_INFINITY) });
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('a', 'b'), amount)), anyLimits, async (pairs, limits) => {
      const records = pairs.map(([shop, price]) => sale(shop, price));
      const sums = await results('sum', 'price', SHOP, records);
      const again = await results('sum', 'price', SHOP, sentOf('sum', 'price', SHOP, records, limits));
      const fractions = pairs.some(([, price]) => price === 0.1);
      for (const { shop, price } of sums) {
        const other = again.find((found) => found.shop === shop)!.price;
        if (fractions && Number.isFinite(price)) expect(Math.abs((other as number) - (price as number))).toBeLessThanOrEqual(Math.abs(price as number) * 1e-12 + 1e-12);
        else expect(other).toBe(price);
      }
    }));
    expect(sentOf('sum', 'price', SHOP, [sale('a', 2n ** 80n), sale('a', 1n)])).toEqual([sale('a', 2n ** 80n + 1n)]);
    const atTheEdge = [sale('a', Number.MAX_SAFE_INTEGER), sale('a', 1), sale('a', 1)];
    expect(sentOf('sum', 'price', SHOP, atTheEdge)).toEqual(atTheEdge);
  });

  it.each<[Kind, unknown[], unknown]>([
    ['min', ['b', 'a', 'c'], 'a'], ['max', [1, Number.NaN, 2], Number.NaN], ['min', [Number.NaN, 2], 2], ['max', [false, true], true],
    ['max', [new Date(1), new Date(3), new Date(2)], new Date(3)], ['min', [3n, 2n], 2n],
  ])('%s of several leave as one, case %#', (kind, prices, extreme) => {
    expect(sentOf(kind, 'price', SHOP, prices.map((price, id) => sale('a', price, id)))).toEqual([sale('a', extreme, 0)]);
  });

  it('are found in tuples, in nested fields and in records that are numbers, and none of them is changed', () => {
    expect(sentOf<readonly [string, number]>('sum', 1, ([word]) => word, [Object.freeze(['a', 1] as const), Object.freeze(['a', 2] as const)])).toEqual([['a', 3]]);
    const order = (amount: number): { order: { amount: number } } => Object.freeze({ order: Object.freeze({ amount }) });
    expect(sentOf('sum', 'order.amount', () => 0, [order(1), order(2)])).toEqual([order(3)]);
    expect(sentOf<number>('sum', 0, () => 'all', [1, 2, 4])).toEqual([7]);
    expect(sentOf<Sale>('sum', 'price', SHOP, [sale('a', 1), sale('b', 1, 7), sale('b', 1), sale('a', 2, 8)]).sort(byText)).toEqual([sale('a', 3), sale('b', 2, 7)].sort(byText));
  });

  it('keep their key, also where it is made of the field that is aggregated', async () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 20 }));
    await fc.assert(fc.asyncProperty(anyKind, numbers, anyLimits, async (kind, values, limits) => {
      const parity = (n: number): number => n % 2;
      const bySum = (a: number, b: number): number => a - b;
      // Both ends ask for the key of what arrives, so a sum of two odd numbers would arrive with the even ones.
      expect((await results(kind, 0, parity, sentOf(kind, 0, parity, values, limits))).sort(bySum)).toEqual((await results(kind, 0, parity, values)).sort(bySum));
    }));
    expect(sentOf<number>('sum', 0, (n) => n > 2, [1, 1, 1, 5])).toEqual([2, 1, 5]);
  });
});

describe('a record that must not be put together with others', () => {
  it.each<[string, readonly unknown[]]>([
    ['another type', [1, 2, 3n, 4]], ['no number', [1, 2, 'three', 4]], ['no number at first', ['one', 2]], ['a missing field', [1, undefined, 2]],
  ])('because of %s travels as it is, after those before it', (_, prices) => {
    const records = prices.map((price, id) => sale('a', price, id));
    const odd = prices.findIndex((price) => typeof price !== 'number');
    const sum = prices.slice(0, odd).reduce((a, b) => (a as number) + (b as number), 0);
    expect(sentOf('sum', 'price', SHOP, records)).toEqual([...(odd > 0 ? [sale('a', sum, 0)] : []), ...records.slice(odd)]);
  });

  it('because it is nothing at all travels as it is', () => {
    expect(sentOf<Sale | null>('sum', 'price', () => 'a', [sale('a', 1), null])).toEqual([sale('a', 1), null]);
  });

  it('lets no error of the operator come from elsewhere: the operator says it', async () => {
    const records = [sale('a', 1, 1), sale('a', 'two', 2)];
    const refusal = await results('sum', 'price', SHOP, records).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'USER_FUNCTION' });
    await expect(results('sum', 'price', SHOP, sentOf('sum', 'price', SHOP, records))).rejects.toThrow((refusal as Error).message);
  });
});

describe('keeping records', () => {
  it('is bounded: further keys travel as they are', () => {
    const { sent, emit } = sender<Sale>('sum', 'price', SHOP, { ...SMALL, review: 100 });
    emit(sale('a', 1), sale('b', 1), sale('c', 1), sale('a', 1), sale('c', 1), sale('d', 1));
    expect(sent.map(({ value }) => value.shop)).toEqual(['c', 'c', 'd']);
  });

  it('turns to other keys when the kept ones come no more', () => {
    const { sent, emit, flush } = sender<Sale>('sum', 'price', SHOP, SMALL);
    emit(sale('a', 1), sale('b', 1), sale('c', 1), sale('d', 1), sale('c', 1));
    expect(sent.slice(0, 2).map(({ value }) => value.shop)).toEqual(['c', 'd']);
    expect(sent.slice(2, 4).map(({ value }) => value.shop).sort()).toEqual(['a', 'b']);
    expect(sent.slice(4).map(({ value }) => value.shop)).toEqual(['c']);
    emit(sale('c', 1), sale('d', 1), sale('c', 1), sale('d', 1));
    flush();
    expect(sent.slice(5).map(({ value }) => value).sort(byText)).toEqual([sale('c', 2), sale('d', 2)].sort(byText));
  });

  it('rests while no key comes twice, and is tried again', () => {
    const { sent, emit, flush } = sender<Sale>('sum', 'price', SHOP, SMALL);
    const distinct = Array.from({ length: 2 * (SMALL.keys + SMALL.review) }, (_, shop) => sale(shop, 1));
    emit(...distinct);
    expect(sent).toHaveLength(distinct.length);
    for (let at = 0; at < SMALL.rest; at++) emit(sale('a', 1));
    expect(sent).toHaveLength(distinct.length + SMALL.rest);
    emit(sale('a', 1), sale('a', 1));
    flush();
    expect(sent.at(-1)!.value).toEqual(sale('a', 2));
  });
});

it('every kernel of it is really copied', () => {
  const specialise = specialiser(1);
  const checked: Specialise = (kernel) => {
    const copy = specialise(kernel);
    expect(copy, `the kernel ${kernel.name}`).not.toBe(kernel);
    return copy;
  };
  for (const kind of ['sum', 'min', 'max'] as const) {
    const { sent, emit, flush } = sender<Sale>(kind, 'price', SHOP, SMALL, checked);
    emit(sale('a', 1), sale('a', 1), sale('b', 2));
    flush();
    expect(sent).toHaveLength(2);
  }
});
