// Handles of keyed state: what each kind does for the current key.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { OperatorKeyedContext } from '../../src/state/operator-keyed-context.js';
import {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor,
} from '../../src/state/state-descriptor.js';
import type { AggregateFunction } from '../../src/state/state-functions.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

let keyed: OperatorKeyedContext;

beforeEach(() => {
  keyed = new OperatorKeyedContext({ backend: new HashMapBackend(), clock: new ManualClock(), mailbox: { execute: (call) => call() } });
  keyed.setCurrentKey('a');
});

const average: AggregateFunction<number, [sum: number, count: number], number> = {
  createAccumulator: () => [0, 0],
  add: (value, [sum, count]) => [sum + value, count + 1],
  getResult: ([sum, count]) => sum / count,
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
};

describe('value state', () => {
  it('reads null before the first update, and what was put last after it', () => {
    const state = keyed.store.getState(new ValueStateDescriptor<number>('count'));
    expect(state.value()).toBeNull();
    state.update((state.value() ?? 0) + 1);
    expect(state.value()).toBe(1);
    keyed.setCurrentKey('b');
    expect(state.value()).toBeNull();
  });

  it('reads its default where nothing is stored, and stores it for nobody', () => {
    const state = keyed.store.getState(new ValueStateDescriptor('count', 7));
    expect(state.value()).toBe(7);
    expect(keyed.numKeyedStateEntries()).toBe(0);
    state.update(0);
    expect(state.value()).toBe(0);
  });

  it('reads a copy of its default each time, of the same class: what one key changes no other sees', () => {
    class Totals {
      constructor(readonly byShop: Record<string, number>, readonly inner?: Totals) {}
      sum(): number {
        return Object.values(this.byShop).reduce((a, b) => a + b, 0) + (this.inner?.sum() ?? 0);
      }
    }
    const given = new Totals({ x: 1 }, new Totals({ y: 2 }));
    const state = keyed.store.getState(new ValueStateDescriptor('totals', given));
    state.value()!.byShop['z'] = 5;
    state.value()!.inner!.byShop['z'] = 5;
    expect([state.value()!.sum(), given.sum()]).toEqual([3, 3]);
    const kept = state.value()!;
    kept.byShop['z'] = 5;
    state.update(kept);
    expect(state.value()!.sum()).toBe(8);
    keyed.setCurrentKey('b');
    expect(state.value()!.sum()).toBe(3);
    expect(() => new ValueStateDescriptor('functions', [() => 1])).toThrow('the default value of the state "functions" cannot be copied for each key');
  });

  it('is cleared by null, by undefined and by clear', () => {
    const state = keyed.store.getState(new ValueStateDescriptor<string>('s'));
    for (const clear of [() => state.update(null), () => state.update(undefined), () => state.clear()]) {
      state.update('x');
      clear();
      expect(state.value()).toBeNull();
      expect(keyed.numKeyedStateEntries()).toBe(0);
    }
  });

  it('keeps false, zero and the empty string', () => {
    const state = keyed.store.getState(new ValueStateDescriptor<unknown>('s'));
    for (const value of [false, 0, '']) {
      state.update(value);
      expect(state.value()).toBe(value);
    }
  });
});

describe('list state', () => {
  it('is empty, then holds what was added in order', () => {
    const state = keyed.store.getListState(new ListStateDescriptor<number>('l'));
    expect(state.get()).toEqual([]);
    state.add(1);
    state.addAll([2, 3]);
    state.addAll([]);
    expect([...state.get()]).toEqual([1, 2, 3]);
    state.update([9]);
    expect(state.get()).toEqual([9]);
  });

  it('does not keep the array it was given', () => {
    const state = keyed.store.getListState(new ListStateDescriptor<number>('l'));
    const given = [1];
    state.update(given);
    state.add(2);
    given.push(99);
    expect(state.get()).toEqual([1, 2]);
    expect(given).toEqual([1, 99]);
  });

  it('holds nothing after an update with nothing, or clear', () => {
    const state = keyed.store.getListState(new ListStateDescriptor<number>('l'));
    state.add(1);
    state.update([]);
    expect(keyed.numKeyedStateEntries()).toBe(0);
    state.add(1);
    state.clear();
    expect(state.get()).toEqual([]);
  });

  it('refuses null and undefined as elements, and what is no iterable', () => {
    const state = keyed.store.getListState(new ListStateDescriptor<number>('l'));
    for (const wrong of [() => state.add(null as never), () => state.addAll([1, undefined as never]), () => state.update(null as never)]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    expect(state.get()).toEqual([]);
  });
});

describe('map state', () => {
  it('puts, gets, contains, removes and iterates', () => {
    const state = keyed.store.getMapState(new MapStateDescriptor<string, number>('m'));
    expect([state.isEmpty(), state.get('x'), state.contains('x')]).toEqual([true, null, false]);
    state.put('x', 1);
    state.putAll(new Map([['y', 2]]));
    state.putAll([['z', 3]]);
    expect([state.isEmpty(), state.get('y'), state.contains('z')]).toEqual([false, 2, true]);
    expect([...state.keys()]).toEqual(['x', 'y', 'z']);
    expect([...state.values()]).toEqual([1, 2, 3]);
    expect([...state.entries()]).toEqual([['x', 1], ['y', 2], ['z', 3]]);
    expect([...state]).toEqual([...state.iterator()]);
    state.remove('x');
    state.remove('not there');
    expect([...state.keys()]).toEqual(['y', 'z']);
    keyed.setCurrentKey('b');
    expect([...state]).toEqual([]);
  });

  it('compares its keys by value', () => {
    const state = keyed.store.getMapState(new MapStateDescriptor<{ id: number }, string>('m'));
    state.put({ id: 1 }, 'one');
    state.put({ id: 1 }, 'uno');
    expect(state.get({ id: 1 })).toBe('uno');
    expect([...state]).toEqual([[{ id: 1 }, 'uno']]);
  });

  it('may lose entries while it is iterated over', () => {
    const state = keyed.store.getMapState(new MapStateDescriptor<number, number>('m'));
    for (let i = 0; i < 10; i++) state.put(i, i);
    for (const key of state.keys()) if (key % 2 === 0) state.remove(key);
    expect([...state.keys()]).toEqual([1, 3, 5, 7, 9]);
  });

  it('counts as nothing once its last entry is removed', () => {
    const state = keyed.store.getMapState(new MapStateDescriptor<number, number>('m'));
    state.put(1, 1);
    state.remove(1);
    expect(keyed.numKeyedStateEntries()).toBe(0);
    state.put(1, 1);
    state.clear();
    expect(state.isEmpty()).toBe(true);
  });

  const step = fc.record({ op: fc.constantFrom('put', 'put', 'remove', 'clear'), key: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.tuple(fc.integer({ min: 0, max: 2 }))), value: fc.integer() });
  it('does what a Map does, for any order of calls', () => {
    fc.assert(fc.property(fc.array(step), (steps) => {
      const state = keyed.store.getMapState(new MapStateDescriptor<number | [number], number>('m'));
      state.clear();
      const model = new Map<string, number>();
      for (const { op, key, value } of steps) {
        if (op === 'clear') {
          state.clear();
          model.clear();
        } else if (op === 'put') {
          state.put(key, value);
          model.set(JSON.stringify(key), value);
        } else {
          state.remove(key);
          model.delete(JSON.stringify(key));
        }
        expect([...state].map(([k, v]) => [JSON.stringify(k), v])).toEqual([...model]);
        expect(state.isEmpty()).toBe(model.size === 0);
      }
    }));
  });
});

describe('reducing, aggregating and folding state', () => {
  it('is null before the first element, and then the result of all', () => {
    const sum = keyed.store.getReducingState(new ReducingStateDescriptor<number>('sum', (a, b) => a + b));
    const mean = keyed.store.getAggregatingState(new AggregatingStateDescriptor('mean', average));
    const text = keyed.store.getFoldingState(new FoldingStateDescriptor<number, string>('text', '>', (before, n) => before + n));
    expect([sum.get(), mean.get(), text.get()]).toEqual([null, null, null]);
    for (const n of [1, 2, 6]) [sum, mean, text].forEach((state) => state.add(n));
    expect([sum.get(), mean.get(), text.get()]).toEqual([9, 3, '>126']);
    sum.clear();
    expect(sum.get()).toBeNull();
  });

  it('folds each key from a copy of the initial value', () => {
    const seen = keyed.store.getFoldingState(new FoldingStateDescriptor<number, number[]>('seen', [], (list, n) => { list.push(n); return list; }));
    seen.add(1);
    keyed.setCurrentKey('b');
    seen.add(2);
    expect(seen.get()).toEqual([2]);
  });

  it('takes a function or an object with the method', () => {
    const state = keyed.store.getReducingState(new ReducingStateDescriptor<number>('max', { reduce: Math.max }));
    [3, 8, 5].forEach((n) => state.add(n));
    expect(state.get()).toBe(8);
    expect(() => new ReducingStateDescriptor('r', 5 as never)).toThrow(/reduce\(\)/);
    expect(() => new AggregatingStateDescriptor('r', { ...average, merge: undefined } as never)).toThrow(/merge\(\)/);
  });
});

describe('a descriptor', () => {
  it('needs a name', () => {
    expect(() => new ValueStateDescriptor('')).toThrow(/ValueStateDescriptor needs a name/);
    expect(new ListStateDescriptor('l').getName()).toBe('l');
  });

  it('of a name that another kind of state has is refused', () => {
    keyed.store.getState(new ValueStateDescriptor<number>('s'));
    expect(() => keyed.store.getListState(new ListStateDescriptor<number>('s'))).toThrow(
      expect.objectContaining({ code: 'STATE_CONFLICT', message: 'the operator has a value state "s" already, it cannot be a list state too' }),
    );
  });

  it('of the same name and kind gives the same state', () => {
    const [a, b] = [keyed.store.getState(new ValueStateDescriptor<number>('s')), keyed.store.getState(new ValueStateDescriptor<number>('s'))];
    a.update(1);
    expect(b.value()).toBe(1);
  });

  it('is checked against the call it was given to', () => {
    expect(() => keyed.store.getState(new ListStateDescriptor('l') as never)).toThrow(/getState takes a value state descriptor; the list descriptor "l" came/);
    expect(() => keyed.store.getState('l' as never)).toThrow(/getState takes a value state descriptor/);
  });
});

describe('namespaced state', () => {
  const store = () => keyed.namespaced<{ start: number }>('windows', ({ start }) => start);

  it('is apart for each namespace and key, and from state without namespace', () => {
    const windows = store();
    const state = windows.getState(new ValueStateDescriptor<string>('s'));
    keyed.store.getState(new ValueStateDescriptor<string>('s')).update('no window');
    windows.setCurrentNamespace({ start: 0 });
    state.update('a0');
    windows.setCurrentNamespace({ start: 10 });
    expect(state.value()).toBeNull();
    state.update('a10');
    windows.setCurrentNamespace({ start: 0 });
    expect(state.value()).toBe('a0');
    keyed.setCurrentKey('b');
    expect(state.value()).toBeNull();
    expect(keyed.numKeyedStateEntries()).toBe(3);
  });

  it('moves to one namespace when windows merge: lists appended, reductions reduced, accumulators merged', () => {
    const windows = store();
    const [list, sum, mean] = [new ListStateDescriptor<number>('l'), new ReducingStateDescriptor<number>('sum', (a, b) => a + b), new AggregatingStateDescriptor('mean', average)];
    const states = [windows.getListState(list), windows.getReducingState(sum), windows.getAggregatingState(mean)];
    for (const [start, n] of [[0, 1], [10, 2], [20, 6]] as const) {
      windows.setCurrentNamespace({ start });
      states.forEach((state) => state.add(n));
    }
    for (const descriptor of [list, sum, mean]) windows.mergeNamespaces(descriptor, { start: 0 }, [{ start: 10 }, { start: 20 }, { start: 30 }]);
    expect(states.map((state) => state.get()), 'the current namespace stays').toEqual([[], null, null]);
    windows.setCurrentNamespace({ start: 0 });
    expect(states.map((state) => state.get())).toEqual([[1, 2, 6], 9, 3]);
    expect(keyed.numKeyedStateEntries()).toBe(3);
  });

  it('cannot merge a value, a map or a fold', () => {
    const windows = store();
    expect(() => windows.mergeNamespaces(new ValueStateDescriptor('v'), { start: 0 }, [])).toThrow(/a value state such as "v" cannot be merged/);
  });
});

describe('applying a function to all keys', () => {
  it('visits every key that has something in the state, and puts the current key back', () => {
    const descriptor = new ValueStateDescriptor<number>('v');
    const state = keyed.store.getState(descriptor);
    for (const key of ['a', ['b', 1], 3]) {
      keyed.setCurrentKey(key);
      state.update(1);
    }
    keyed.setCurrentKey('other');
    const seen: unknown[] = [];
    keyed.applyToAllKeys(descriptor, (key) => {
      seen.push(key);
      if (key === 3) state.clear();
      else state.update((state.value() ?? 0) + 1);
    });
    expect(seen).toEqual(expect.arrayContaining(['a', ['b', 1], 3]));
    expect(keyed.getCurrentKey()).toBe('other');
    keyed.setCurrentKey(['b', 1]);
    expect(state.value()).toBe(2);
    expect(keyed.numKeyedStateEntries()).toBe(2);
  });
});
