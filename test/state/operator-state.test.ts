import { describe, expect, it } from 'vitest';
import { HeapOperatorState } from '../../src/state/heap-operator-state.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../src/state/state-descriptor.js';

describe('operator state', () => {
  it('has lists to deal out, lists for everybody, and broadcast maps, by name', () => {
    const store = new HeapOperatorState();
    const [split, union] = [store.getListState(new ListStateDescriptor<number>('split')), store.getUnionListState(new ListStateDescriptor<number>('union'))];
    split.addAll([1, 2]);
    union.update([3]);
    const rules = store.getBroadcastState(new MapStateDescriptor<string, number>('rules'));
    rules.putAll([['a', 1], ['b', 2]]);
    expect([split.get(), union.get(), [...rules]]).toEqual([[1, 2], [3], [['a', 1], ['b', 2]]]);
    expect([...store.getRegisteredStateNames()]).toEqual(['split', 'union']);
    expect([...store.getRegisteredBroadcastStateNames()]).toEqual(['rules']);
  });

  it('gives the same state for the same name, and refuses another kind of it', () => {
    const store = new HeapOperatorState();
    store.getListState(new ListStateDescriptor<number>('s')).add(1);
    expect(store.getListState(new ListStateDescriptor<number>('s')).get()).toEqual([1]);
    expect(() => store.getUnionListState(new ListStateDescriptor('s'))).toThrow(
      expect.objectContaining({ code: 'STATE_CONFLICT', message: 'the operator has the state "s" as SPLIT_DISTRIBUTE already, getUnionListState makes it UNION' }),
    );
    expect(() => store.getListState(new ValueStateDescriptor('v') as never)).toThrow(/takes a list state descriptor; the value descriptor "v" came/);
  });

  it('broadcast state compares its keys by value, and may lose entries while it is iterated over', () => {
    const state = new HeapOperatorState().getBroadcastState(new MapStateDescriptor<{ id: number }, string>('m'));
    state.put({ id: 1 }, 'one');
    state.put({ id: 2 }, 'two');
    expect([state.get({ id: 1 }), state.contains({ id: 3 }), state.get({ id: 3 })]).toEqual(['one', false, null]);
    for (const [key] of state.entries()) if (key.id === 1) state.remove(key);
    expect([[...state.iterator()], [...state.immutableEntries()]]).toEqual([[[{ id: 2 }, 'two']], [[{ id: 2 }, 'two']]]);
    state.clear();
    expect([...state]).toEqual([]);
  });
});
