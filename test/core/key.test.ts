import * as fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';

/** Keys by value, nested; strings are chosen to look like encodings of other keys. */
const keys = fc.letrec<{ key: unknown }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.string({ unit: fc.constantFrom('\u0000', 's', 'n', '1', ':', ';', '[', ']', '{', '}', 'a') }), fc.string()),
    fc.oneof(fc.integer({ min: -3, max: 12 }), fc.double()),
    fc.boolean(),
    fc.bigInt({ min: -3n, max: 12n }),
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(12) }),
    fc.array(tie('key'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '1', ''), tie('key'), { maxKeys: 3 }),
  ),
})).key;

/** Equality by value as keys have it: -0 is 0. */
function sameKey(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutNegativeZero(a), withoutNegativeZero(b));
}

function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutNegativeZero(item)]));
}

function refusal(key: unknown): FlinkError {
  try {
    toPrimitiveKey(key);
  } catch (error) {
    if (error instanceof FlinkError) return error;
  }
  return expect.fail('the key was accepted');
}

describe('toPrimitiveKey', () => {
  it('leaves strings, numbers, booleans and bigints as they are', () => {
    for (const key of ['', 'word', 'ä', 0, -1, 1.5, Number.NaN, Infinity, true, false, 7n]) expect(toPrimitiveKey(key)).toBe(key);
  });

  it('makes -0 and 0 one key', () => {
    expect(Object.is(toPrimitiveKey(-0), 0)).toBe(true);
    expect(toPrimitiveKey([-0])).toBe(toPrimitiveKey([0]));
  });

  it('finds dates, arrays and objects by value, whatever the order of properties', () => {
    expect(toPrimitiveKey(new Date(5))).toBe(toPrimitiveKey(new Date(5)));
    expect(toPrimitiveKey(['a', 1, [true]])).toBe(toPrimitiveKey(['a', 1, [true]]));
    expect(toPrimitiveKey({ a: 1, b: { d: 2n, c: 'x' } })).toBe(toPrimitiveKey({ b: { c: 'x', d: 2n }, a: 1 }));
    expect(toPrimitiveKey(Object.assign(Object.create(null), { a: 1 }))).toBe(toPrimitiveKey({ a: 1 }));
  });

  it('keeps different keys apart, also when a string imitates the form of a composite key', () => {
    expect(toPrimitiveKey(['a'])).not.toBe(toPrimitiveKey('a'));
    expect(toPrimitiveKey(1)).not.toBe(toPrimitiveKey('1'));
    expect(toPrimitiveKey([1])).not.toBe(toPrimitiveKey(['1']));
    const imitation = toPrimitiveKey(['a', 1]);
    expect(toPrimitiveKey(imitation)).not.toBe(imitation);
  });

  it('is injective by value', () => {
    fc.assert(fc.property(keys, keys, (a, b) => (toPrimitiveKey(a) === toPrimitiveKey(b)) === sameKey(a, b) || Number.isNaN(a) || Number.isNaN(b)), { numRuns: 3000 });
  });

  it('gives the same primitive for a copy', () => {
    fc.assert(fc.property(keys, (key) => Object.is(toPrimitiveKey(structuredClone(key)), toPrimitiveKey(key))), { numRuns: 1000 });
  });

  it('refuses what has no value to compare, and says where it is', () => {
    expect(refusal(null)).toMatchObject({ code: 'KEY_INVALID', message: expect.stringMatching(/got null$/) });
    expect(refusal(undefined).message).toMatch(/got undefined$/);
    expect(refusal(() => 1).message).toMatch(/got a function$/);
    expect(refusal(Symbol('s')).message).toMatch(/got a symbol$/);
    expect(refusal(new Date(Number.NaN)).message).toMatch(/got an invalid Date$/);
    expect(refusal(new Map()).message).toMatch(/got an instance of Map$/);
    expect(refusal({ user: [1, null] }).message).toMatch(/got null at key\.user\[1\]$/);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(refusal(cycle).message).toMatch(/nesting/);
  });
});

describe('hashKey', () => {
  it("is Java's hashCode", () => {
    expect(hashKey('hello')).toBe(99162322);
    expect(hashKey('')).toBe(0);
    expect(hashKey('polygenelubricants')).toBe(-2147483648);
    expect(hashKey(42)).toBe(42);
    expect(hashKey(-1)).toBe(-1);
    expect(hashKey(2 ** 40 + 7)).toBe(256 ^ 7);
    expect(hashKey(-(2 ** 40))).toBe(-256);
    expect(hashKey(9007199254740991n)).toBe(hashKey(9007199254740991));
    expect(hashKey(-1n)).toBe(0);
    expect(hashKey(1.5)).toBe(1073217536);
    expect(hashKey(Number.NaN)).toBe(2146959360);
    expect([hashKey(true), hashKey(false)]).toEqual([1231, 1237]);
  });

  it('is a 32-bit integer for every key', () => {
    fc.assert(fc.property(keys, (key) => {
      const hash = hashKey(toPrimitiveKey(key));
      return (hash | 0) === hash;
    }), { numRuns: 1000 });
  });

  it('spreads bigints that differ beyond 64 bits', () => {
    expect(hashKey(1n << 70n)).not.toBe(hashKey(1n << 71n));
  });
});
