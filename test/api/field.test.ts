import { describe, expect, expectTypeOf, it } from 'vitest';
import { type AggregateField, type FieldOf, type FieldValue, type KeyOf, fieldArgument, fieldSelector, fieldsSelector } from '../../src/api/field.js';

interface Event {
  user: { id: number; name: string; tags: string[]; home?: { city: string } };
  word: string;
  count: number;
  total: bigint;
  at: Date;
  maybe?: string;
  call(): void;
}

describe('field types', () => {
  it('are the fields that can be keys, with paths into nested objects', () => {
    expectTypeOf<FieldOf<Event>>().toEqualTypeOf<'word' | 'count' | 'total' | 'at' | 'user.id' | 'user.name'>();
    expectTypeOf<AggregateField<Event, number | bigint>>().toEqualTypeOf<'count' | 'total' | 'user.id'>();
  });

  it('are the indexes of a tuple', () => {
    expectTypeOf<FieldOf<[string, number, Map<string, string>]>>().toEqualTypeOf<0 | 1>();
    expectTypeOf<AggregateField<readonly [string, number], number>>().toEqualTypeOf<1>();
    expectTypeOf<FieldOf<[word: string, count: number]>>().toEqualTypeOf<0 | 1>();
    expectTypeOf<FieldOf<number[]>>().toEqualTypeOf<number>();
  });

  it('are none for values without fields and anything for any', () => {
    expectTypeOf<FieldOf<string>>().toEqualTypeOf<never>();
    expectTypeOf<FieldOf<any>>().toEqualTypeOf<string | number>();
  });

  it('know the type behind a field', () => {
    expectTypeOf<FieldValue<Event, 'user.id'>>().toEqualTypeOf<number>();
    expectTypeOf<FieldValue<Event, 'at'>>().toEqualTypeOf<Date>();
    expectTypeOf<FieldValue<[string, number], 1>>().toEqualTypeOf<number>();
  });

  it('terminate for recursive types', () => {
    interface Tree { value: number; left: Tree }
    expectTypeOf<'left.left.left.value'>().toExtend<FieldOf<Tree>>();
  });
});

describe('key types', () => {
  interface Id { shop: string; no: number }
  it('are values', () => {
    expectTypeOf<KeyOf<string | number>>().toEqualTypeOf<string | number>();
    expectTypeOf<Id>().toExtend<KeyOf<Id>>();
    expectTypeOf<[string, Date]>().toExtend<KeyOf<[string, Date]>>();
    expectTypeOf<KeyOf<Map<string, string>>>().toEqualTypeOf<never>();
    expectTypeOf<string | undefined>().not.toExtend<KeyOf<string | undefined>>();
    expectTypeOf<{ a: string | null }>().not.toExtend<KeyOf<{ a: string | null }>>();
  });
});

describe('fields at run time', () => {
  it('are read by path or index', () => {
    expect(fieldSelector('user.id')({ user: { id: 7 } } as never)).toBe(7);
    expect(fieldSelector(1)(['a', 'b'] as never)).toBe('b');
    expect(fieldsSelector(['a', 'b'])({ a: 1, b: 2 } as never)).toEqual([1, 2]);
  });

  it('that a record does not have are told with those it has', () => {
    const missing = (message: string) => expect.objectContaining({ code: 'INVALID_ARGUMENT', message });
    expect(() => fieldSelector('word')({ w: 'a', c: 1 } as never)).toThrow(missing('keyBy("word"): the record has no such field; it has w, c'));
    expect(() => fieldSelector(2, 'where')(['a', 1] as never)).toThrow(missing('where(2): the record has no such field; it has 0, 1'));
    expect(() => fieldsSelector(['length', 'size'])('abc' as never)).toThrow(missing('keyBy("size"): the record has no such field; it is a string'));
    expect(fieldSelector('word')({ word: undefined } as never)).toBeUndefined();
  });

  it('of tuples have the names that Flink gives them, too', () => {
    expect([fieldSelector('f1')(['a', 'b'] as never), fieldSelector('f1')({ f1: 'c' } as never)]).toEqual(['b', 'c']);
    expect(() => fieldSelector('f2')(['a', 'b'] as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('may be named anything without becoming code', () => {
    const name = `x"]; throw new Error('code'); //`;
    expect(fieldSelector(name)({ [name]: 1 } as never)).toBe(1);
  });

  it('are refused when they cannot be a field', () => {
    for (const bad of ['', 'a..b', -1, 1.5, null]) expect(() => fieldArgument('keyBy', bad)).toThrow(/^keyBy expects the name of a field/);
  });
});
