import { describe, expect, it } from 'vitest';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { keyGroupOf, keyGroupRange, subtaskOfKeyGroup } from '../../src/core/key-group.js';
import { ClassRegistry } from '../../src/core/serialization/class-registry.js';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { voidNamespaceKey, type Timer } from '../../src/state/keyed-context.js';
import { OperatorStates } from '../../src/state/operator-states.js';
import {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor,
} from '../../src/state/state-descriptor.js';
import { StateTtlConfig } from '../../src/state/state-ttl-config.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { complete, MemorySnapshots, together } from './memory-snapshots.js';

const MAX_PARALLELISM = 16;

interface Made {
  readonly classes?: ClassRegistry;
  readonly subtask?: number;
  readonly parallelism?: number;
  readonly clock?: ManualClock;
  readonly keyed?: boolean;
  readonly keysFit?: () => void;
}

function statesOf({ classes = new ClassRegistry(), subtask = 0, parallelism = 1, clock = new ManualClock(), keyed = true, keysFit }: Made = {}): OperatorStates {
  return new OperatorStates({
    operator: 'counter',
    runtimeAttach: () => {},
    clock,
    mailbox: { execute: (call) => call() },
    backend: keyed ? () => new HashMapBackend() : undefined,
    keyGroups: { range: keyGroupRange(subtask, MAX_PARALLELISM, parallelism), maxParallelism: MAX_PARALLELISM },
    classes,
    ...(keysFit && { keysFit }),
  });
}

const VALUE = new ValueStateDescriptor<unknown>('value');

/** The subtask that has the key's group. */
const ownerOf = (key: unknown, parallelism: number): number => subtaskOfKeyGroup(keyGroupOf(hashKey(toPrimitiveKey(key)), MAX_PARALLELISM), MAX_PARALLELISM, parallelism);

function put(states: OperatorStates, key: unknown, value: unknown): void {
  states.keyed!.setCurrentKey(key);
  states.keyed!.store.getState(VALUE).update(value);
}

function valueOf(states: OperatorStates, key: unknown): unknown {
  states.keyed!.setCurrentKey(key);
  return states.keyed!.store.getState(VALUE).value();
}

/** What a snapshot of these states gives to states made anew. */
async function restored(from: OperatorStates, made: Made = {}): Promise<OperatorStates> {
  const storage = new MemorySnapshots();
  const state = await complete(from.snapshot(storage.request()));
  const states = statesOf(made);
  await states.restore(state!, storage);
  return states;
}

describe('a snapshot of an operator', () => {
  it('is nothing when the operator keeps nothing', async () => {
    const states = statesOf();
    const storage = new MemorySnapshots();
    expect(await complete(states.snapshot(storage.request()))).toBeUndefined();
    put(states, 'a', 1);
    put(states, 'a', null);
    states.operator.getListState(new ListStateDescriptor('empty'));
    expect(await complete(states.snapshot(storage.request()))).toBeUndefined();
    expect(storage.files.size).toBe(0);
  });

  it('has every kind of state, under keys of every kind', async () => {
    const descriptors = {
      list: new ListStateDescriptor<number>('list'),
      map: new MapStateDescriptor<unknown, unknown>('map'),
      reducing: new ReducingStateDescriptor<number>('reducing', (a, b) => a + b),
      aggregating: new AggregatingStateDescriptor<number, { sum: number }, number>('aggregating', {
        createAccumulator: () => ({ sum: 0 }), add: (value, { sum }) => ({ sum: sum + value }), getResult: ({ sum }) => sum, merge: (a, b) => ({ sum: a.sum + b.sum }),
      }),
      folding: new FoldingStateDescriptor<number, string>('folding', '', (text, value) => text + value),
    };
    const fill = (states: OperatorStates): void => {
      const { store } = states.keyed!;
      store.getListState(descriptors.list).addAll([1, 2]);
      store.getMapState(descriptors.map).putAll([[{ a: 1 }, new Map([['x', 1n]])], [Number.NaN, new Date(5)], ['plain', undefined]]);
      for (const value of [3, 4]) {
        store.getReducingState(descriptors.reducing).add(value);
        store.getAggregatingState(descriptors.aggregating).add(value);
        store.getFoldingState(descriptors.folding).add(value);
      }
    };
    const read = (states: OperatorStates): unknown => {
      const { store } = states.keyed!;
      return [
        valueOf(states, states.keyed!.getCurrentKey()), store.getListState(descriptors.list).get(), [...store.getMapState(descriptors.map).entries()],
        store.getReducingState(descriptors.reducing).get(), store.getAggregatingState(descriptors.aggregating).get(), store.getFoldingState(descriptors.folding).get(),
      ];
    };
    const keys = ['a', '', '\u0000x', 7, -1.5, Number.NaN, true, 12n, new Date(9), ['x', 1], { b: 2, a: 'text of more than thirteen characters' }, 'lone \ud800 and ☃'];
    const states = statesOf();
    for (const key of keys) {
      put(states, key, { of: key });
      fill(states);
    }
    const after = await restored(states);
    for (const key of keys) {
      after.keyed!.setCurrentKey(key);
      expect(after.keyed!.getCurrentKey()).toEqual(key);
      states.keyed!.setCurrentKey(key);
      expect(read(after)).toEqual(read(states));
    }
    expect(after.keyed!.numKeyedStateEntries()).toBe(states.keyed!.numKeyedStateEntries());
  });

  it('is of the moment when it was made, whatever changes before its walk comes by', async () => {
    const states = statesOf();
    for (let key = 0; key < 200; key++) put(states, key, { n: key });
    const storage = new MemorySnapshots();
    const snapshot = states.snapshot(storage.request());
    snapshot.step(20);
    for (let key = 0; key < 200; key += 3) {
      states.keyed!.setCurrentKey(key);
      // Changed in place, then handed back.
      const value = states.keyed!.store.getState(VALUE).value() as { n: number };
      value.n = -1;
      states.keyed!.store.getState(VALUE).update(value);
    }
    for (let key = 1; key < 200; key += 3) put(states, key, null);
    for (let key = 200; key < 400; key++) put(states, key, { n: key });
    const after = statesOf();
    await after.restore((await complete(snapshot))!, storage);
    expect(Array.from({ length: 400 }, (_, key) => valueOf(after, key))).toEqual(Array.from({ length: 400 }, (_, key) => (key < 200 ? { n: key } : null)));
  });

  it('does not hold the state of the key that is current when it begins as it will be', async () => {
    const states = statesOf();
    put(states, 'a', { n: 1 });
    const storage = new MemorySnapshots();
    const snapshot = states.snapshot(storage.request());
    (states.keyed!.store.getState(VALUE).value() as { n: number }).n = 2;
    const after = statesOf();
    await after.restore((await complete(snapshot))!, storage);
    expect(valueOf(after, 'a')).toEqual({ n: 1 });
  });

  it('may be one of several under way, each of its own moment', async () => {
    const states = statesOf();
    const storage = new MemorySnapshots();
    for (let key = 0; key < 60; key++) put(states, key, 1);
    const first = states.snapshot(storage.request(1));
    first.step(20);
    for (let key = 0; key < 60; key += 2) put(states, key, 2);
    const second = states.snapshot(storage.request(2));
    for (let key = 0; key < 60; key += 3) put(states, key, 3);
    const third = states.snapshot(storage.request(3));
    third.abandon();
    for (let key = 0; key < 60; key += 5) put(states, key, 4);
    const values: unknown[][] = [];
    for (const snapshot of [second, first]) {
      const after = statesOf();
      await after.restore((await complete(snapshot))!, storage);
      values.push(Array.from({ length: 60 }, (_, key) => valueOf(after, key)));
    }
    expect(values[1]).toEqual(Array.from({ length: 60 }, () => 1));
    expect(values[0]).toEqual(Array.from({ length: 60 }, (_, key) => (key % 2 === 0 ? 2 : 1)));
  });

  it('goes over no more entries a step than it is asked for, large ones counting as several', () => {
    const states = statesOf();
    for (let key = 0; key < 1000; key++) put(states, key, key < 500 ? 1 : 'x'.repeat(10_000));
    const snapshot = states.snapshot(new MemorySnapshots().request());
    let steps = 1;
    while (!snapshot.step(100)) steps += 1;
    expect(steps).toBeGreaterThan(50);
  });

  it('leaves nothing behind when it is abandoned', async () => {
    const states = statesOf();
    for (let key = 0; key < 5000; key++) put(states, key, 'x'.repeat(1000));
    states.operator.getListState(new ListStateDescriptor<number>('l')).add(1);
    const storage = new MemorySnapshots();
    const snapshot = states.snapshot(storage.request());
    snapshot.step(4000);
    snapshot.abandon();
    expect(snapshot.step(1)).toBe(true);
    expect([storage.files.size, storage.discarded]).toEqual([0, 2]);
    put(states, 1, 'after');
    expect(valueOf(await restored(states), 1)).toBe('after');
  });

  it('gives each subtask the entries of its key groups, whatever the parallelism was and is', async () => {
    const storage = new MemorySnapshots();
    const keys = Array.from({ length: 300 }, (_, at) => (at % 2 === 0 ? at : `key ${at}`));
    const ownerOf = (key: unknown, parallelism: number): number =>
      Array.from({ length: parallelism }, (_, subtask) => subtask).find((subtask) => {
        const group = keyGroupOf(hashKey(toPrimitiveKey(key)), MAX_PARALLELISM);
        const { start, end } = keyGroupRange(subtask, MAX_PARALLELISM, parallelism);
        return group >= start && group <= end;
      })!;
    let running = [statesOf()];
    for (const key of keys) put(running[0]!, key, { of: key });
    for (const parallelism of [4, 3, 1]) {
      const state = together(await Promise.all(running.map((states) => complete(states.snapshot(storage.request())))));
      running = Array.from({ length: parallelism }, (_, subtask) => statesOf({ subtask, parallelism }));
      for (const states of running) await states.restore(state, storage);
      expect(running.map((states) => states.keyed!.numKeyedStateEntries()).reduce((a, b) => a + b)).toBe(keys.length);
      for (const key of keys) expect(valueOf(running[ownerOf(key, parallelism)]!, key)).toEqual({ of: key });
    }
  });

  it('keeps a state that the program no longer asks for', async () => {
    const states = statesOf();
    put(states, 'a', 1);
    states.keyed!.timers('forgotten', { onEventTime() {}, onProcessingTime() {} }, voidNamespaceKey).registerEventTimeTimer('', 10);
    const again = await restored(await restored(states));
    expect(valueOf(again, 'a')).toBe(1);
    again.keyed!.timers('forgotten', { onEventTime() {}, onProcessingTime() {} }, voidNamespaceKey);
    expect(again.keyed!.numEventTimeTimers()).toBe(1);
  });

  it('knows instances of registered classes again', async () => {
    class Money {
      constructor(readonly cents: number) {}
    }
    const classes = new ClassRegistry();
    classes.register('Money', Money);
    const states = statesOf({ classes });
    put(states, 'a', [new Money(5)]);
    const [money] = valueOf(await restored(states, { classes }), 'a') as [Money];
    expect(money).toEqual(new Money(5));
    expect(money).toBeInstanceOf(Money);
  });

  it('names operator, state and value when something in it cannot be stored, and fails only then', async () => {
    class Secret {
      readonly x = 1;
    }
    const states = statesOf();
    put(states, 'a', { deep: [1, new Secret()] });
    const snapshot = states.snapshot(new MemorySnapshots().request());
    // The record that touches it goes on.
    put(states, 'a', 1);
    await expect(complete(snapshot)).rejects.toMatchObject({
      code: 'STATE_NOT_SERIALIZABLE',
      message: 'the state "value" of the operator "counter" cannot be stored: value.deep[1] is an instance of the class Secret, which is not registered',
      hint: "Call registerClass('Secret', Secret) where the job is defined, or send a plain object.",
    });
    states.operator.getListState(new ListStateDescriptor<unknown>('items')).add({ call: () => 1 });
    await expect(complete(states.snapshot(new MemorySnapshots().request()))).rejects.toMatchObject({
      message: 'the operator state "items" of "counter" cannot be stored: item.call is a function',
    });
  });
});

describe('timers in a snapshot', () => {
  function timersOf(states: OperatorStates, fired: unknown[]) {
    const note = (kind: string) => ({ key, timestamp, namespace }: Timer<unknown>) => void fired.push([kind, key, timestamp, namespace]);
    return states.keyed!.timers<unknown>('t', { onEventTime: note('event'), onProcessingTime: note('clock') }, (namespace) => String(namespace));
  }

  it('fire after the restore, with their key and namespace', async () => {
    const states = statesOf();
    const timers = timersOf(states, []);
    for (const key of ['a', ['b', 1]]) {
      states.keyed!.setCurrentKey(key);
      timers.registerEventTimeTimer('w', 10);
      timers.registerEventTimeTimer(5, 20);
      timers.registerProcessingTimeTimer('p', 100);
    }
    const clock = new ManualClock();
    const fired: unknown[] = [];
    const storage = new MemorySnapshots();
    const state = await complete(states.snapshot(storage.request()));
    const after = statesOf({ clock });
    timersOf(after, fired);
    await after.restore(state!, storage);
    after.keyed!.advanceWatermark(15);
    expect(fired).toEqual(expect.arrayContaining([['event', 'a', 10, 'w'], ['event', ['b', 1], 10, 'w']]));
    expect(fired).toHaveLength(2);
    clock.advance(101);
    expect(fired.slice(2)).toEqual(expect.arrayContaining([['clock', 'a', 100, 'p'], ['clock', ['b', 1], 100, 'p']]));
    after.keyed!.advanceWatermark(20);
    expect(fired.slice(4)).toEqual(expect.arrayContaining([['event', 'a', 20, 5], ['event', ['b', 1], 20, 5]]));
  });

  it('are written per key group: after a rescale each is with the subtask that has the group of its key, by both kinds of time', async () => {
    const keys = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? `key ${n}` : n));
    const storage = new MemorySnapshots();
    const old = await Promise.all([0, 1].map(async (subtask) => {
      const states = statesOf({ subtask, parallelism: 2 });
      const timers = timersOf(states, []);
      for (const key of keys.filter((each) => ownerOf(each, 2) === subtask)) {
        states.keyed!.setCurrentKey(key);
        timers.registerEventTimeTimer('w', 10);
        timers.registerProcessingTimeTimer('w', 10);
      }
      return complete(states.snapshot(storage.request()));
    }));
    for (const parallelism of [1, 2, 3, 16]) {
      const found = await Promise.all(Array.from({ length: parallelism }, async (_, subtask) => {
        const clock = new ManualClock();
        const after = statesOf({ subtask, parallelism, clock });
        const fired: unknown[][] = [];
        timersOf(after, fired);
        await after.restore(together(old), storage);
        after.keyed!.advanceWatermark(10);
        clock.advance(11);
        for (const [, key] of fired) expect(ownerOf(key, parallelism)).toBe(subtask);
        return fired;
      }));
      for (const kind of ['event', 'clock']) expect(new Set(found.flat().filter(([each]) => each === kind).map(([, key]) => key))).toEqual(new Set(keys));
      expect(found.flat()).toHaveLength(2 * keys.length);
    }
  });

  it('are of the moment when it was made, whatever fires, goes and comes meanwhile', async () => {
    const states = statesOf();
    const timers = timersOf(states, []);
    const expected = new Set<string>();
    for (let key = 0; key < 50; key++) {
      states.keyed!.setCurrentKey(key);
      for (const time of [10, 20 + key, 500]) {
        timers.registerEventTimeTimer('', time);
        expected.add(`${key} ${time}`);
      }
    }
    const storage = new MemorySnapshots();
    const snapshot = states.snapshot(storage.request());
    snapshot.step(40);
    states.keyed!.advanceWatermark(40);
    for (let key = 0; key < 50; key += 2) {
      states.keyed!.setCurrentKey(key);
      timers.deleteEventTimeTimer('', 500);
      timers.registerEventTimeTimer('', 600);
    }
    const state = await complete(snapshot);
    const after = statesOf();
    const found = new Set<string>();
    const restoredTimers = timersOf(after, []);
    await after.restore(state!, storage);
    restoredTimers.forEachEventTimeTimer(({ key, timestamp }) => found.add(`${String(key)} ${timestamp}`));
    expect(found).toEqual(expected);
  });

  it('are in it though they are deleted, first, last or between others of their time, before it comes to them', async () => {
    for (const deleted of ['a', 'b', 'c']) {
      const states = statesOf();
      const timers = timersOf(states, []);
      for (const key of ['a', 'b', 'c']) {
        states.keyed!.setCurrentKey(key);
        timers.registerEventTimeTimer('', 10);
      }
      const storage = new MemorySnapshots();
      const snapshot = states.snapshot(storage.request());
      states.keyed!.setCurrentKey(deleted);
      timers.deleteEventTimeTimer('', 10);
      const after = statesOf();
      timersOf(after, []);
      await after.restore((await complete(snapshot))!, storage);
      expect([states.keyed!.numEventTimeTimers(), after.keyed!.numEventTimeTimers()]).toEqual([2, 3]);
    }
  });

  it('wait for a service that is made later', async () => {
    const states = statesOf();
    const timers = timersOf(states, []);
    states.keyed!.setCurrentKey('a');
    timers.registerProcessingTimeTimer('p', 100);
    const clock = new ManualClock();
    const after = await restored(states, { clock });
    const fired: unknown[] = [];
    timersOf(after, fired);
    clock.advance(101);
    expect(fired).toEqual([['clock', 'a', 100, 'p']]);
  });
});

describe('operator state in a snapshot', () => {
  it('comes back by name, items of several handles one after the other', async () => {
    const storage = new MemorySnapshots();
    const old = await Promise.all([0, 1].map(async (subtask) => {
      const states = statesOf({ subtask, parallelism: 2, keyed: false });
      states.operator.getListState(new ListStateDescriptor<unknown>('split')).addAll([`of ${subtask}`, { n: subtask }]);
      states.operator.getUnionListState(new ListStateDescriptor<number>('union')).add(subtask);
      states.operator.getBroadcastState(new MapStateDescriptor<unknown, string>('rules')).put({ rule: 1 }, 'one');
      return complete(states.snapshot(storage.request()));
    }));
    const after = statesOf({ keyed: false });
    await after.restore(together(old), storage);
    expect(after.operator.getListState(new ListStateDescriptor('split')).get()).toEqual(['of 0', { n: 0 }, 'of 1', { n: 1 }]);
    expect(after.operator.getUnionListState(new ListStateDescriptor('union')).get()).toEqual([0, 1]);
    expect([...after.operator.getBroadcastState(new MapStateDescriptor('rules'))]).toEqual([[{ rule: 1 }, 'one']]);
  });

  it('can be dealt out item by item', async () => {
    const storage = new MemorySnapshots();
    const states = statesOf({ keyed: false });
    states.operator.getListState(new ListStateDescriptor<number>('split')).addAll([1, 2, 3, 4]);
    const { operator: [handle] } = (await complete(states.snapshot(storage.request())))!;
    const [part] = handle!.states;
    const after = statesOf({ keyed: false });
    await after.restore({ keyed: [], operator: [{ file: handle!.file, states: [{ ...part!, offsets: part!.offsets.slice(1, 3), end: part!.offsets[3]! }] }] }, storage);
    expect(after.operator.getListState(new ListStateDescriptor('split')).get()).toEqual([2, 3]);
  });

  it('is of the moment when the snapshot was made', async () => {
    const states = statesOf({ keyed: false });
    const list = states.operator.getListState(new ListStateDescriptor<{ n: number }>('l'));
    const item = { n: 1 };
    list.add(item);
    const storage = new MemorySnapshots();
    const snapshot = states.snapshot(storage.request());
    list.add({ n: 2 });
    list.get()[0]!.n = 3;
    const after = statesOf({ keyed: false });
    await after.restore((await complete(snapshot))!, storage);
    expect(after.operator.getListState(new ListStateDescriptor('l')).get()).toEqual([{ n: 1 }]);
  });
});

describe('a restore refuses', () => {
  const refused = async (from: (states: OperatorStates) => void, ask: (states: OperatorStates) => void, message: string): Promise<void> => {
    const states = statesOf();
    from(states);
    const storage = new MemorySnapshots();
    const state = (await complete(states.snapshot(storage.request())))!;
    const later = statesOf();
    await later.restore(state, storage);
    expect(() => ask(later)).toThrow(expect.objectContaining({ code: 'STATE_INCOMPATIBLE', message }));
    // The same when the operator has asked before the restore, as window operators do.
    const earlier = statesOf();
    ask(earlier);
    await expect(earlier.restore(state, storage)).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE', message });
  };

  it('a state that has become another kind of state', () =>
    refused((states) => put(states, 'a', 1), (states) => void states.keyed!.store.getListState(new ListStateDescriptor('value')), 'the state "value" of the operator "counter" was a value state in the snapshot and is a list state in the program'));

  it('a state that begins to expire, or no longer does', async () => {
    const expiring = (): ValueStateDescriptor<unknown> => new ValueStateDescriptor<unknown>('value').enableTimeToLive(StateTtlConfig.newBuilder('1 h').build());
    await refused((states) => put(states, 'a', 1), (states) => void states.keyed!.store.getState(expiring()), 'the state "value" of the operator "counter" had no time to live in the snapshot and has a time to live in the program');
    const stamped = (states: OperatorStates): void => {
      states.keyed!.setCurrentKey('a');
      states.keyed!.store.getState(expiring()).update(1);
    };
    await refused(stamped, (states) => void states.keyed!.store.getState(VALUE), 'the state "value" of the operator "counter" had a time to live in the snapshot and has no time to live in the program');
  });

  it('operator state that is to be dealt out in another way', () =>
    refused((states) => states.operator.getListState(new ListStateDescriptor<number>('l')).add(1), (states) => void states.operator.getUnionListState(new ListStateDescriptor('l')), 'the operator state "l" of "counter" was SPLIT_DISTRIBUTE in the snapshot and is UNION in the program'));

  it('keys of another type', async () => {
    const states = statesOf();
    put(states, 'a', 1);
    const after = await restored(states);
    expect(() => after.keyed!.setCurrentKey(1)).toThrow('the keys of the operator "counter" were of the type string in the snapshot and are of the type number in the program');
    put(states, 1, 1);
    (await restored(states)).keyed!.setCurrentKey(true);
  });

  it('keys of another type also in a subtask that has no state, and says when the first key fits', async () => {
    let fit = 0;
    const states = statesOf({ keysFit: () => (fit += 1) });
    await states.restore({ keyed: [], operator: [], keyType: '[string, number]' }, new MemorySnapshots());
    expect(() => states.keyed!.setCurrentKey(['a'])).toThrow('were of the type [string, number] in the snapshot and are of the type [string] in the program');
    expect(fit).toBe(0);
    const fitting = statesOf({ keysFit: () => (fit += 1) });
    await fitting.restore({ keyed: [], operator: [], keyType: '[string, number]' }, new MemorySnapshots());
    fitting.keyed!.setCurrentKey(['a', 1]);
    fitting.keyed!.setCurrentKey(['b', 1]);
    expect(fit).toBe(1);
  });

  it('timers of keys of another type', async () => {
    const states = statesOf();
    const timers = states.keyed!.timers<unknown>('t', { onEventTime() {}, onProcessingTime() {} }, (namespace) => String(namespace));
    states.keyed!.setCurrentKey(1);
    timers.registerEventTimeTimer('w', 10);
    const after = await restored(states);
    expect(() => after.keyed!.setCurrentKey('1')).toThrow(expect.objectContaining({
      code: 'STATE_INCOMPATIBLE', message: expect.stringContaining('were of the type number in the snapshot and are of the type string in the program, so that what it keeps by key ("t") would not be found'), hint: expect.stringContaining('Key the stream as before'),
    }));
  });

  it('no keys of a type that was there once, though all that is left is of another', async () => {
    const states = statesOf();
    put(states, 'a', 1);
    put(states, 1, 1);
    const later = await restored(states);
    put(later, 'a', null);
    expect(valueOf(await restored(later), 'b')).toBeNull();
  });

  it('state by key for an operator that has no keyed input any more', async () => {
    const states = statesOf();
    put(states, 'a', 1);
    await expect(restored(states, { keyed: false })).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE', message: 'the operator "counter" has state by key in the snapshot, but its input is not keyed in the program' });
  });

  it('bytes that are no whole frame', async () => {
    const states = statesOf();
    put(states, 'a', 1);
    const storage = new MemorySnapshots();
    const state = (await complete(states.snapshot(storage.request())))!;
    for (const [name, bytes] of storage.files) storage.files.set(name, bytes.subarray(0, bytes.length - 1));
    await expect(statesOf().restore(state, storage)).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
  });
});

describe('state with a time to live in a snapshot', () => {
  const ttl = (full: boolean): StateTtlConfig => {
    const builder = StateTtlConfig.newBuilder(100).disableCleanupInBackground();
    return (full ? builder.cleanupFullSnapshot() : builder).build();
  };
  const descriptors = (full: boolean) => ({
    value: new ValueStateDescriptor<string>('v').enableTimeToLive(ttl(full)),
    list: new ListStateDescriptor<string>('l').enableTimeToLive(ttl(full)),
    map: new MapStateDescriptor<string, string>('m').enableTimeToLive(ttl(full)),
  });
  const add = (states: OperatorStates, full: boolean, text: string): void => {
    const { value, list, map } = descriptors(full);
    states.keyed!.setCurrentKey('a');
    states.keyed!.store.getState(value).update(text);
    states.keyed!.store.getListState(list).add(text);
    states.keyed!.store.getMapState(map).put(text, text);
  };

  it('ages on while nothing runs: stamps survive', async () => {
    const clock = new ManualClock();
    const states = statesOf({ clock });
    add(states, false, 'old');
    const later = new ManualClock();
    later.advance(60);
    const after = await restored(states, { clock: later });
    const { value, list, map } = descriptors(false);
    after.keyed!.setCurrentKey('a');
    const { store } = after.keyed!;
    expect([store.getState(value).value(), store.getListState(list).get(), [...store.getMapState(map).keys()]]).toEqual(['old', ['old'], ['old']]);
    later.advance(40);
    expect([store.getState(value).value(), store.getListState(list).get(), [...store.getMapState(map).keys()]]).toEqual([null, [], []]);
  });

  it('ages by the time to live of the program that reads it: a new one applies to old stamps', async () => {
    const states = statesOf({ clock: new ManualClock() });
    add(states, false, 'old');
    const later = new ManualClock();
    later.advance(60);
    const read = async (timeToLive: number): Promise<string | null> => {
      const after = await restored(states, { clock: later });
      after.keyed!.setCurrentKey('a');
      return after.keyed!.store.getState(new ValueStateDescriptor<string>('v').enableTimeToLive(StateTtlConfig.newBuilder(timeToLive).build())).value();
    };
    expect([await read(60), await read(61)]).toEqual([null, 'old']);
  });

  it('is left out once it has expired, where that was asked for, and nothing changes for who reads on', async () => {
    const left = async (full: boolean): Promise<number[]> => {
      const clock = new ManualClock();
      const states = statesOf({ clock });
      add(states, full, 'old');
      states.keyed!.setCurrentKey('b');
      states.keyed!.store.getState(descriptors(full).value).update('old');
      clock.advance(100);
      add(states, full, 'new');
      const after = await restored(states, { clock: new ManualClock() });
      after.keyed!.setCurrentKey('a');
      const { store } = after.keyed!;
      const { list, map } = descriptors(full);
      return [store.getListState(list).get().length, [...store.getMapState(map).keys()].length, after.keyed!.numKeyedStateEntries(), states.keyed!.numKeyedStateEntries()];
    };
    expect(await left(false)).toEqual([2, 2, 4, 4]);
    expect(await left(true)).toEqual([1, 1, 3, 4]);
  });
});
