import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyGroupOf } from '../../src/core/key-group.js';
import type { PrimitiveKey } from '../../src/core/key.js';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { sharedKernels, specialiser } from '../../src/operators/specialise.js';
import { entriesByKeyGroup, keyTable } from '../../src/state/key-table.js';

const anyKey: fc.Arbitrary<PrimitiveKey> = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => n * 64),
  fc.string({ maxLength: 3 }),
  fc.double(),
  fc.boolean(),
  fc.bigInt({ min: -5n, max: 5n }),
).map((key) => toPrimitiveKey(key));

describe.each([['specialised', specialiser(1)], ['shared', sharedKernels]])('a key table with %s code', (_, specialise) => {
  it('holds what a Map would, under any sequence of insertions and deletions', () => {
    const step = fc.record({ key: anyKey, remove: fc.boolean(), value: fc.integer() });
    fc.assert(fc.property(fc.array(step, { maxLength: 400 }), fc.boolean(), (steps, oneHash) => {
      const table = keyTable<number>(specialise);
      const model = new Map<PrimitiveKey, number>();
      // With few hash values most keys collide: the worst case for deletion.
      const hashOf = (key: PrimitiveKey): number => (oneHash ? hashKey(key) & 3 : hashKey(key));
      for (const { key, remove, value } of steps) {
        const present = model.has(key);
        const removed = remove && table.delete(key, hashOf(key));
        expect(removed).toBe(remove && present);
        if (remove) model.delete(key);
        else model.set(key, (table.enter(key, hashOf(key), key).value = value));
        expect(table.size()).toBe(model.size);
      }
      for (const { key } of steps) expect(table.find(key, hashOf(key))?.value).toBe(model.get(key));
      const walked = table.slots().filter((entry) => entry !== undefined);
      expect(new Map(walked.map((entry) => [entry.key, entry.value]))).toEqual(model);
    }));
  });

  it('finds every one of a hundred thousand keys after growing', () => {
    const table = keyTable<number>(specialise);
    for (let i = 0; i < 100_000; i++) table.enter(`key ${i}`, hashKey(`key ${i}`), `key ${i}`).value = i;
    expect(table.size()).toBe(100_000);
    for (let i = 0; i < 100_000; i += 7) expect(table.find(`key ${i}`, hashKey(`key ${i}`))?.value).toBe(i);
    expect(table.find('key 100000', hashKey('key 100000'))).toBeUndefined();
  });

  it('never takes more than half of its slots', () => {
    const table = keyTable<number>(specialise);
    for (let i = 1; i < 1000; i++) {
      table.enter(i, i, i);
      expect(table.slots().length).toBeGreaterThanOrEqual(2 * i);
    }
  });

  it('knows the same entry for NaN each time, and tells 1, true, "1" and 1n apart', () => {
    const table = keyTable<string>(specialise);
    const keys = [Number.NaN, 1, true, '1', 1n];
    for (const key of keys) table.enter(key, 1, key).value = typeof key;
    for (const key of keys) expect(table.enter(key, 1, key).value).toBe(typeof key);
    expect(table.size()).toBe(5);
  });

  it('gives back the key that the user gave', () => {
    const table = keyTable<number>(specialise);
    const composite = { user: 'a long enough name', day: 3 };
    const entries = [composite, 'plain', '\0starts with NUL', 4].map((key) => {
      const primitive = toPrimitiveKey(key);
      return table.enter(primitive, hashKey(primitive), key);
    });
    expect(entries.map((entry) => table.originalKey(entry))).toEqual([composite, 'plain', '\0starts with NUL', 4]);
    table.delete(entries[0]!.key, entries[0]!.hash);
    expect(table.find(entries[0]!.key, entries[0]!.hash)).toBeUndefined();
  });

  it('walks entries in order of key group, and only those of the range asked for', () => {
    const table = keyTable<number>(specialise);
    for (let i = 0; i < 1000; i++) table.enter(i, hashKey(i), i).value = i;
    const groupOf = (hash: number): number => keyGroupOf(hash, 128);
    const walked = [...entriesByKeyGroup(table, groupOf, 32, 95)];
    const expected = Array.from({ length: 1000 }, (__, i) => i).filter((i) => groupOf(hashKey(i)) >= 32 && groupOf(hashKey(i)) <= 95);
    expect(walked.map(({ entry }) => entry.key).sort((a, b) => Number(a) - Number(b))).toEqual(expected);
    expect(walked.map(({ group }) => group)).toEqual(walked.map(({ entry }) => groupOf(entry.hash)).sort((a, b) => a - b));
  });
});

describe('what a key table keeps of a key', () => {
  it('is not a view into the text that the key was cut from', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const table = keyTable<number>();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i++) {
      const block = JSON.parse(`"${'x'.repeat(100_000)} the key number ${i}"`) as string;
      const key = block.slice(100_000);
      table.enter(key, hashKey(key), key);
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
    expect(table.find(' the key number 7', hashKey(' the key number 7'))).toBeDefined();
  });
});
