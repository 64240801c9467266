import { expect, it } from 'vitest';
import { EntryMap, StateEntry } from '../../src/state/entry-map.js';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { describeStateBackend } from './backend-conformance.js';

describeStateBackend('the hash map', () => new HashMapBackend());

it('the map of entries goes on when one Map is full', () => {
  const map = new EntryMap(3);
  for (let key = 0; key < 10; key++) map.set(key, new StateEntry(key, key, 0));
  map.delete(1);
  map.delete(8);
  map.set(10, new StateEntry(10, 10, 0));
  const keys: unknown[] = [];
  map.forEach((entry) => keys.push(entry.key));
  expect(keys.sort((a, b) => Number(a) - Number(b))).toEqual([0, 2, 3, 4, 5, 6, 7, 9, 10]);
  expect([map.get(9)?.key, map.get(8), map.get(10)?.key]).toEqual([9, undefined, 10]);
});
