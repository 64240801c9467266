// What every state backend does. A backend's own test calls this with a way to make an empty one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import type { StateBackend } from '../../src/state/state-backend.js';

export function describeStateBackend(name: string, make: () => StateBackend): void {
  describe(`${name} as a state backend`, () => {
    it('keeps a value for each key', () => {
      const backend = make();
      const cell = backend.cell<string>('s');
      backend.currentKey.set('a');
      cell.write('of a');
      backend.currentKey.set('b');
      expect(cell.read()).toBeUndefined();
      cell.write('of b');
      backend.currentKey.set('a');
      expect(cell.read()).toBe('of a');
    });

    it('compares keys by value and hands them back as they were given', () => {
      const backend = make();
      const cell = backend.cell<number>('s');
      backend.currentKey.set(['x', 1]);
      cell.write(1);
      backend.currentKey.set({ a: new Date(5) });
      cell.write(2);
      backend.currentKey.set(['x', 1]);
      expect(cell.read()).toBe(1);
      expect(backend.currentKey.key).toEqual(['x', 1]);
      expect(backend.keysOf('s').map(({ key }) => key)).toEqual(expect.arrayContaining([['x', 1], { a: new Date(5) }]));
      expect(backend.keysOf('another')).toEqual([]);
    });

    it('tells 1, "1", true and 1n apart, and takes NaN and -0 as keys', () => {
      const backend = make();
      const cell = backend.cell<string>('s');
      const keys = [1, '1', true, 1n, Number.NaN, 0];
      for (const [at, key] of keys.entries()) {
        backend.currentKey.set(key);
        cell.write(String(at));
      }
      for (const [at, key] of [...keys.slice(0, 5), -0].entries()) {
        backend.currentKey.set(key);
        expect(cell.read()).toBe(String(at));
      }
    });

    it('refuses what cannot be a key', () => {
      const backend = make();
      for (const key of [null, undefined, () => 1, Symbol('s')]) expect(() => backend.currentKey.set(key)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
    });

    it('forgets everything at once, and stays usable', () => {
      const backend = make();
      const [cell, spaces] = [backend.cell<number>('s'), backend.namespacedCell<number>('n')];
      backend.currentKey.set('a');
      cell.write(1);
      spaces.namespace = 'w';
      spaces.write(2);
      backend.clear();
      expect(backend.size()).toBe(0);
      expect(backend.currentKey.present).toBe(false);
      backend.currentKey.set('a');
      expect([cell.read(), spaces.read()]).toEqual([undefined, undefined]);
      cell.write(3);
      expect(backend.size()).toBe(1);
    });

    it('says so when there is no current key', () => {
      const backend = make();
      const cell = backend.cell<number>('s');
      expect(backend.currentKey.present).toBe(false);
      expect(() => cell.read()).toThrow(expect.objectContaining({ code: 'STATE_ACCESS' }));
      expect(() => cell.write(1)).toThrow(expect.objectContaining({ code: 'STATE_ACCESS' }));
    });

    it('keeps states of different names apart, and gives equal names the same state', () => {
      const backend = make();
      const [first, second, again] = [backend.cell<number>('first'), backend.cell<number>('second'), backend.cell<number>('first')];
      backend.currentKey.set('a');
      first.write(1);
      second.write(2);
      expect([first.read(), second.read(), again.read()]).toEqual([1, 2, 1]);
      first.write(undefined);
      expect([again.read(), second.read()]).toEqual([undefined, 2]);
    });

    it('takes a state that is asked for when others are in use', () => {
      const backend = make();
      const first = backend.cell<number>('first');
      backend.currentKey.set('a');
      first.write(1);
      const later = backend.cell<number>('later');
      expect(later.read()).toBeUndefined();
      later.write(2);
      expect([first.read(), later.read()]).toEqual([1, 2]);
    });

    it('keeps a value for each namespace of a key', () => {
      const backend = make();
      const cell = backend.namespacedCell<number>('w');
      backend.currentKey.set('a');
      cell.namespace = 'x';
      cell.write(1);
      cell.namespace = 7;
      expect(cell.read()).toBeUndefined();
      cell.write(2);
      backend.currentKey.set('b');
      expect(cell.read()).toBeUndefined();
      backend.currentKey.set('a');
      expect(cell.read()).toBe(2);
      cell.namespace = 'x';
      expect(cell.read()).toBe(1);
      expect(backend.size()).toBe(2);
    });

    it('keeps values by reference', () => {
      const backend = make();
      const cell = backend.cell<{ n: number }>('s');
      const value = { n: 1 };
      backend.currentKey.set('a');
      cell.write(value);
      value.n = 2;
      cell.write(value);
      expect(cell.read()).toEqual({ n: 2 });
    });

    it('holds nothing of a key once everything is removed', () => {
      const backend = make();
      const [cell, spaced] = [backend.cell<number>('s'), backend.namespacedCell<number>('w')];
      backend.currentKey.set('a');
      cell.write(1);
      spaced.write(1);
      cell.write(undefined);
      expect(backend.size()).toBe(1);
      spaced.write(undefined);
      spaced.write(undefined);
      expect(backend.size()).toBe(0);
      expect([cell.read(), spaced.read()]).toEqual([undefined, undefined]);
      cell.write(3);
      expect(cell.read()).toBe(3);
    });

    it('finds a key again by the hash that came with a record', () => {
      const backend = make();
      const cell = backend.cell<number>('s');
      for (const key of ['a', 12, 'b']) {
        backend.currentKey.set(key, hashKey(toPrimitiveKey(key)));
        cell.write(1);
      }
      backend.currentKey.set('a');
      expect(cell.read()).toBe(1);
      backend.currentKey.restore(12, toPrimitiveKey(12));
      expect(cell.read()).toBe(1);
    });

    it('sweeps over a state, one key a step, and passes over the current key', () => {
      const backend = make();
      const [cell, spaced] = [backend.cell<number>('s'), backend.namespacedCell<number>('w')];
      for (const key of [1, 2, 3, 4]) {
        backend.currentKey.set(key);
        cell.write(key);
        for (const namespace of ['x', 'y']) {
          spaced.namespace = namespace;
          spaced.write(namespace === 'x' ? key : 10);
        }
      }
      const odd = (value: number): number | undefined => (value % 2 === 1 ? undefined : value * 10);
      for (const name of ['s', 'w', 'not there']) for (const sweep = backend.sweep<number>(name, odd); !sweep.next().done;);
      const left = [1, 2, 3, 4].map((key) => {
        backend.currentKey.set(key);
        return [cell.read(), ...['x', 'y'].map((namespace) => {
          spaced.namespace = namespace;
          return spaced.read();
        })];
      });
      expect(left).toEqual([[undefined, undefined, 100], [20, 20, 100], [undefined, undefined, 100], [4, 4, 10]]);
    });

    const step = fc.record({
      key: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom('a', 'b', 'c'), fc.tuple(fc.integer({ min: 0, max: 1 }))),
      state: fc.integer({ min: 0, max: 3 }),
      namespace: fc.constantFrom('', 'w', 3),
      value: fc.option(fc.integer(), { nil: undefined, freq: 3 }),
    });

    it('does what a Map does, for any order of writes', () => {
      fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const backend = make();
        const plain = [backend.cell<number>('0'), backend.cell<number>('1')];
        const spaced = [backend.namespacedCell<number>('2'), backend.namespacedCell<number>('3')];
        const model = new Map<string, number>();
        for (const { key, state, namespace, value } of steps) {
          backend.currentKey.set(key);
          const cell = state < 2 ? plain[state]! : spaced[state - 2]!;
          if (state >= 2) spaced[state - 2]!.namespace = namespace;
          const name = JSON.stringify([state, key, state < 2 ? '' : namespace]);
          expect(cell.read()).toBe(model.get(name));
          cell.write(value);
          if (value === undefined) model.delete(name);
          else model.set(name, value);
          expect(backend.size()).toBe(model.size);
        }
      }), { numRuns: 300 });
    });
  });
}
