import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatValue } from '../../src/connectors/format-value.js';

class Money {
  constructor(readonly amount: number) {}
  toString(): string {
    return `${this.amount} EUR`;
  }
}
class Point {
  constructor(readonly x: number, readonly y: number) {}
}

describe('a value as a line of text', () => {
  it.each<[unknown, string]>([
    ['plain text', 'plain text'],
    [1.5, '1.5'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [12n, '12'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [['the', 5], '["the",5]'],
    [{ word: 'the', count: 5, none: undefined }, '{"word":"the","count":5}'],
    [{}, '{}'],
    [[], '[]'],
    [new Point(1, 2), '{"x":1,"y":2}'],
    [new Money(3), '3 EUR'],
    [new Map([['a', 1]]), '{"a":1}'],
    [new Map([[1, 'a']]), '[[1,"a"]]'],
    [new Map(), '{}'],
    [new Set([1, 2]), '[1,2]'],
    [new Float64Array([0.5]), '[0.5]'],
    [new Uint8Array([1, 2]), '[1,2]'],
    [{ big: 12n, at: new Date(0), nothing: null, not: Number.NaN }, '{"big":"12","at":"1970-01-01T00:00:00.000Z","nothing":null,"not":null}'],
    [new Error('bad'), 'Error: bad'],
    [Object.create(null), '{}'],
  ])('%o reads %s', (value, text) => expect(formatValue(value)).toBe(text));

  it('survives circles', () => {
    const loop: Record<string, unknown> = { name: 'a' };
    loop['self'] = loop;
    expect(formatValue(loop)).toBe('{"name":"a","self":"[Circular]"}');
  });

  it('reads as JSON.stringify has it for everything JSON knows', () => {
    fc.assert(fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())), (value) => {
      expect(formatValue(value)).toBe(JSON.stringify(value));
    }));
  });
});
