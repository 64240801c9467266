import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKeyType, keyTypeOf, NO_KEYS, SeenKeys, widerKeyType } from '../../src/state/key-type.js';

/** Of which type all these keys are. */
function typeOfAll(...keys: readonly unknown[]): string {
  const seen = new SeenKeys(NO_KEYS);
  for (const key of keys) seen.note(key);
  return seen.type;
}

const fits = (was: string, key: unknown): boolean => {
  try {
    checkKeyType({ operator: 'Count', states: [] }, was, key);
    return true;
  } catch {
    return false;
  }
};

describe('the type of a key', () => {
  it.each<[string, unknown]>([
    ['string', 'a'], ['number', 1], ['bigint', 1n], ['boolean', true], ['Date', new Date(0)],
    ['[string, number]', ['a', 1]], ['[]', []], ['[[string], { n: number }]', [['a'], { n: 1 }]],
    ['{ country: string, id: number }', { id: 1, country: 'de' }], ['{}', {}], ['{ "of day": Date }', { 'of day': new Date(0) }],
    ['array', Array.from({ length: 9 }, () => 1)], ['object', Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field ${n}`, n]))],
  ])('is said as %s', (type, key) => expect(keyTypeOf(key)).toBe(type));

  it('is that of all of them, as far as they have one', () => {
    expect(typeOfAll()).toBe('none');
    expect(typeOfAll('a', 'b')).toBe('string');
    expect(typeOfAll(['a', 1], ['b', 2])).toBe('[string, number]');
    expect(typeOfAll(['a', 1], ['b', 'c'], ['d'])).toBe('array');
    expect(typeOfAll({ a: 1, b: 2 }, { b: 3, a: 4 })).toBe('{ a: number, b: number }');
    expect(typeOfAll({ a: 1 }, { b: 1 }, { a: 1 })).toBe('object');
    expect(typeOfAll('a', 1, 'a')).toBe('mixed');
    expect(typeOfAll({ a: 1 }, [1])).toBe('mixed');
    expect(typeOfAll({ a: 1 }, new Date(0))).toBe('mixed');
  });

  it('does not depend on the order in which keys come, nor on which subtask sees them', () => {
    const key = fc.oneof(fc.string(), fc.nat(), fc.tuple(fc.string(), fc.nat()), fc.array(fc.nat(), { maxLength: 2 }), fc.record({ a: fc.nat() }), fc.record({ a: fc.nat(), b: fc.string() }), fc.date({ noInvalidDate: true }));
    fc.assert(fc.property(fc.array(key), fc.array(key), (some, others) => {
      const together = typeOfAll(...some, ...others);
      expect(typeOfAll(...others, ...some)).toBe(together);
      expect(widerKeyType(typeOfAll(...some), typeOfAll(...others))).toBe(together);
      for (const each of [...some, ...others]) expect(fits(together, each)).toBe(true);
    }));
  });
});

describe('a key fits those of a snapshot', () => {
  it.each([
    ['string', 'a', true], ['string', 1, false], ['none', 1, true], ['mixed', 1, true],
    ['[string, number]', ['a', 1], true], ['[string, number]', ['a'], false], ['[string, number]', ['a', 'b'], false], ['[string, number]', 'a', false],
    ['{ a: number }', { a: 2 }, true], ['{ a: number }', { a: 2, b: 1 }, false], ['{ a: number }', { a: '2' }, false],
    ['array', ['a', 1], true], ['array', { a: 1 }, false], ['object', { a: 1 }, true], ['object', new Date(0), false],
  ])('of the type %s when it is %j: %s', (was, key, answer) => expect(fits(was, key)).toBe(answer));

  it('or is refused with operator, uid, both types and what it keeps', () => {
    expect(() => checkKeyType({ operator: 'Count', uid: 'counts', states: ['count', 'user-timers'] }, '[string]', ['a', 1])).toThrow(
      'the keys of the operator "Count" (uid "counts") were of the type [string] in the snapshot and are of the type [string, number] in the program, so that what it keeps by key ("count", "user-timers") would not be found',
    );
  });
});
