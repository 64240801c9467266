import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClassRegistry } from '../../../src/core/serialization/class-registry.js';
import { LevelValues } from '../../../src/state/level/level-values.js';

// Keys that begin alike, whose texts run together alike, or that are too long for a short string.
const keys = fc.constantFrom('a', 'b', 'ab', 'ba', 'c', 'a key of more than thirty-one characters', '__proto__x', 'ä', '∞');
const objects = fc.oneof({ depthSize: 'small' }, fc.dictionary(keys, fc.oneof(fc.integer(), fc.string(), fc.dictionary(keys, fc.integer())), { maxKeys: 4, noNullPrototype: false }), fc.integer());

it('values that are read one after the other are what they were, whatever shapes they have', () => {
  fc.assert(fc.property(fc.array(objects, { maxLength: 30 }), (values) => {
    const coding = new LevelValues(new ClassRegistry());
    const stored = values.map((value) => Buffer.from(coding.encode(value, undefined)));
    expect(stored.map((bytes) => coding.decode(bytes).value)).toStrictEqual(values);
  }));
});
