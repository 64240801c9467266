// State with a time to live.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { OperatorKeyedContext } from '../../src/state/operator-keyed-context.js';
import {
  AggregatingStateDescriptor, FoldingStateDescriptor, ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor,
} from '../../src/state/state-descriptor.js';
import { StateTtlConfig, type StateTtlConfigBuilder } from '../../src/state/state-ttl-config.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

let clock: ManualClock;
let keyed: OperatorKeyedContext;

beforeEach(() => {
  clock = new ManualClock(1_000);
  keyed = new OperatorKeyedContext({ backend: new HashMapBackend(), clock, mailbox: { execute: (call) => call() } });
  keyed.setCurrentKey('a');
});

const { UpdateType, StateVisibility } = StateTtlConfig;
const ttl = (set: (builder: StateTtlConfigBuilder) => StateTtlConfigBuilder = (builder) => builder): StateTtlConfig => set(StateTtlConfig.newBuilder(100)).build();
const readsCount = ttl((builder) => builder.updateTtlOnReadAndWrite());
const showsExpired = ttl((builder) => builder.returnExpiredIfNotCleanedUp());

const value = (config = ttl()) => keyed.store.getState(new ValueStateDescriptor<string>('v').enableTimeToLive(config));
const list = (config = ttl()) => keyed.store.getListState(new ListStateDescriptor<number>('l').enableTimeToLive(config));
const map = (config = ttl()) => keyed.store.getMapState(new MapStateDescriptor<string, number>('m').enableTimeToLive(config));
const sum = (config = ttl()) => keyed.store.getReducingState(new ReducingStateDescriptor<number>('r', (a, b) => a + b).enableTimeToLive(config));

describe('a value with a time to live', () => {
  it('has expired once its age has reached the time to live', () => {
    const state = value();
    state.update('x');
    clock.advance(99);
    expect(state.value()).toBe('x');
    clock.advance(1);
    expect(state.value()).toBeNull();
  });

  it('is removed by the read that finds it expired', () => {
    const state = value();
    state.update('x');
    clock.advance(100);
    expect(keyed.numKeyedStateEntries()).toBe(1);
    state.value();
    expect(keyed.numKeyedStateEntries()).toBe(0);
  });

  it('reads as null when it has expired or was never written, also where the descriptor has a default', () => {
    const state = keyed.store.getState(new ValueStateDescriptor('v', 'default').enableTimeToLive(ttl()));
    expect(state.value()).toBeNull();
    state.update('x');
    clock.advance(99);
    expect(state.value()).toBe('x');
    clock.advance(1);
    expect([state.value(), state.value()]).toEqual([null, null]);
  });

  it('lives longer with each write, and with OnCreateAndWrite not with reads', () => {
    const state = value();
    state.update('x');
    clock.advance(60);
    state.update('y');
    clock.advance(60);
    expect(state.value()).toBe('y');
    clock.advance(40);
    expect(state.value()).toBeNull();
  });

  it('lives longer with each successful read under OnReadAndWrite', () => {
    const state = value(readsCount);
    state.update('x');
    for (let i = 0; i < 5; i++) {
      clock.advance(90);
      expect(state.value()).toBe('x');
    }
    clock.advance(100);
    expect(state.value()).toBeNull();
  });

  it('is shown once more after it has expired under ReturnExpiredIfNotCleanedUp', () => {
    const state = value(showsExpired);
    state.update('x');
    clock.advance(200);
    expect(state.value()).toBe('x');
    expect(state.value()).toBeNull();
  });

  it('that has expired is not made young by the read that still shows it', () => {
    const state = value(ttl((builder) => builder.updateTtlOnReadAndWrite().returnExpiredIfNotCleanedUp()));
    state.update('x');
    clock.advance(100);
    expect(state.value()).toBe('x');
    expect(state.value()).toBeNull();
  });

  it('is cleared by null', () => {
    const state = value();
    state.update('x');
    state.update(null);
    expect([state.value(), keyed.numKeyedStateEntries()]).toEqual([null, 0]);
  });

  it('never expires when the time to live is the largest there is', () => {
    const state = value(StateTtlConfig.newBuilder(Number.MAX_SAFE_INTEGER).build());
    state.update('x');
    clock.advance(1e12);
    expect(state.value()).toBe('x');
  });

  it('ages for each key on its own', () => {
    const state = value();
    state.update('x');
    clock.advance(60);
    keyed.setCurrentKey('b');
    state.update('y');
    clock.advance(50);
    expect(state.value()).toBe('y');
    keyed.setCurrentKey('a');
    expect(state.value()).toBeNull();
  });

  it('never expires under an update type of Disabled', () => {
    const state = value(ttl((builder) => builder.setUpdateType(UpdateType.Disabled)));
    state.update('x');
    clock.advance(1e9);
    expect(state.value()).toBe('x');
  });
});

describe('a list with a time to live', () => {
  it('loses its elements one by one', () => {
    const state = list();
    state.add(1);
    clock.advance(60);
    state.addAll([2, 3]);
    clock.advance(40);
    expect(state.get()).toEqual([2, 3]);
    clock.advance(60);
    expect(state.get()).toEqual([]);
  });

  it('is removed by a read only when nothing live is left', () => {
    const state = list();
    state.update([1]);
    clock.advance(60);
    state.add(2);
    clock.advance(40);
    state.get();
    expect(keyed.numKeyedStateEntries()).toBe(1);
    clock.advance(60);
    state.get();
    expect(keyed.numKeyedStateEntries()).toBe(0);
  });

  it('is stamped as a whole, live elements only, by a read under OnReadAndWrite', () => {
    const state = list(readsCount);
    state.add(1);
    clock.advance(60);
    state.add(2);
    clock.advance(40);
    expect(state.get()).toEqual([2]);
    clock.advance(99);
    expect(state.get()).toEqual([2]);
  });

  it('is shown once more with its expired elements under ReturnExpiredIfNotCleanedUp', () => {
    const state = list(showsExpired);
    state.update([1, 2]);
    clock.advance(100);
    expect(state.get()).toEqual([1, 2]);
    expect(state.get()).toEqual([]);
  });

  it('refuses null as ever', () => {
    expect(() => list().add(null as never)).toThrow(/takes no null/);
  });
});

describe('a map with a time to live', () => {
  it('loses its entries one by one: by get, by contains and by iteration', () => {
    const state = map();
    state.put('x', 1);
    clock.advance(60);
    state.putAll([['y', 2], ['z', 3]]);
    clock.advance(40);
    expect([state.get('x'), state.contains('x'), state.contains('y')]).toEqual([null, false, true]);
    expect([...state]).toEqual([['y', 2], ['z', 3]]);
    clock.advance(60);
    expect([[...state.keys()], [...state.values()]]).toEqual([[], []]);
    expect(keyed.numKeyedStateEntries()).toBe(0);
  });

  it('stamps the entry that is read, and all that are iterated over, under OnReadAndWrite', () => {
    const state = map(readsCount);
    state.putAll([['x', 1], ['y', 2]]);
    clock.advance(90);
    state.get('x');
    clock.advance(90);
    expect([...state.entries()]).toEqual([['x', 1]]);
    clock.advance(90);
    expect([state.contains('x'), state.get('x')]).toEqual([true, 1]);
  });

  it('shows an expired entry once more under ReturnExpiredIfNotCleanedUp', () => {
    const state = map(showsExpired);
    state.putAll([['x', 1], ['y', 2]]);
    clock.advance(100);
    expect([state.get('x'), state.get('x')]).toEqual([1, null]);
    expect([[...state], [...state]]).toEqual([[['y', 2]], []]);
  });

  it('removes and clears', () => {
    const state = map();
    state.putAll([['x', 1], ['y', 2]]);
    state.remove('x');
    expect([state.isEmpty(), state.contains('x')]).toEqual([false, false]);
    state.clear();
    expect(state.isEmpty()).toBe(true);
  });
});

describe('an accumulator with a time to live', () => {
  it('ages as one, from the last element added', () => {
    const state = sum();
    state.add(1);
    clock.advance(60);
    state.add(2);
    clock.advance(60);
    expect(state.get()).toBe(3);
    clock.advance(40);
    expect(state.get()).toBeNull();
  });

  it('starts again from the new element when it has expired', () => {
    const average = keyed.store.getAggregatingState(new AggregatingStateDescriptor('a', {
      createAccumulator: () => [] as number[],
      add: (n: number, all) => [...all, n],
      getResult: (all) => all.join('+'),
      merge: (a, b) => [...a, ...b],
    }).enableTimeToLive(ttl()));
    const folded = keyed.store.getFoldingState(new FoldingStateDescriptor<number, string>('f', '', (text, n) => text + n).enableTimeToLive(ttl()));
    const state = sum();
    for (const each of [state, average, folded]) each.add(1);
    clock.advance(100);
    for (const each of [state, average, folded]) each.add(2);
    expect([state.get(), average.get(), folded.get()]).toEqual([2, '2', '2']);
  });

  it('ignores expired parts when windows merge', () => {
    const windows = keyed.namespaced<string>('w', (name) => name);
    const descriptor = new ReducingStateDescriptor<number>('r', (a, b) => a + b).enableTimeToLive(ttl((builder) => builder.disableCleanupInBackground()));
    const state = windows.getReducingState(descriptor);
    windows.setCurrentNamespace('old');
    state.add(1);
    clock.advance(100);
    for (const [name, n] of [['x', 10], ['y', 100]] as const) {
      windows.setCurrentNamespace(name);
      state.add(n);
    }
    windows.mergeNamespaces(descriptor, 'x', ['old', 'y']);
    windows.setCurrentNamespace('x');
    expect(state.get()).toBe(110);
    clock.advance(100);
    windows.setCurrentNamespace('y');
    state.add(1);
    clock.advance(100);
    windows.mergeNamespaces(descriptor, 'x', ['y']);
    windows.setCurrentNamespace('x');
    expect(state.get()).toBeNull();
  });
});

describe('clean-up in the background', () => {
  const fill = (config: StateTtlConfig) => {
    const state = value(config);
    for (let key = 0; key < 20; key++) {
      keyed.setCurrentKey(key);
      state.update('x');
    }
    clock.advance(100);
    keyed.setCurrentKey('other');
    return state;
  };

  it('checks a few entries with each access, and removes what has expired', () => {
    const state = fill(ttl((builder) => builder.cleanupIncrementally(5, false)));
    state.value();
    expect(keyed.numKeyedStateEntries()).toBe(15);
    for (let i = 0; i < 4; i++) state.value();
    expect(keyed.numKeyedStateEntries()).toBe(0);
  });

  it('checks also with records that do not touch the state, if asked to', () => {
    fill(ttl((builder) => builder.cleanupIncrementally(5, true)));
    for (let i = 0; i < 4; i++) keyed.setCurrentKey('other');
    expect(keyed.numKeyedStateEntries()).toBe(0);
  });

  const oneEach = ttl((builder) => builder.cleanupIncrementally(1, false));
  /** Two keys' expired entries, another key being the current one. */
  const expired = <S>(state: S, fillWith: (state: S) => void): S => {
    for (const key of ['x', 'y']) {
      keyed.setCurrentKey(key);
      fillWith(state);
    }
    clock.advance(100);
    keyed.setCurrentKey('other');
    return state;
  };
  const ofValue = () => expired(value(oneEach), (state) => state.update('x'));
  const ofList = () => expired(list(oneEach), (state) => state.add(1));
  const ofMap = () => expired(map(oneEach), (state) => state.put('k', 1));
  const ofSum = () => expired(sum(oneEach), (state) => state.add(1));
  const accesses = <S>(what: string, make: () => S, access: (state: S) => unknown): [string, () => () => unknown] => [what, () => {
    const state = make();
    return () => access(state);
  }];

  it.each([
    accesses('reading a value', ofValue, (state) => state.value()), accesses('updating a value', ofValue, (state) => state.update(null)), accesses('clearing a value', ofValue, (state) => state.clear()),
    accesses('reading a list', ofList, (state) => state.get()), accesses('updating a list', ofList, (state) => state.update([])), accesses('clearing a list', ofList, (state) => state.clear()),
    accesses('adding nothing to a list', ofList, (state) => state.addAll([])), accesses('reading a map', ofMap, (state) => state.get('k')), accesses('asking a map for a key', ofMap, (state) => state.contains('k')),
    accesses('asking whether a map is empty', ofMap, (state) => state.isEmpty()), accesses('removing from a map', ofMap, (state) => state.remove('k')), accesses('going through a map', ofMap, (state) => [...state]),
    accesses('clearing a map', ofMap, (state) => state.clear()), accesses('reading an accumulator', ofSum, (state) => state.get()), accesses('clearing an accumulator', ofSum, (state) => state.clear()),
  ])('comes with %s', (_, make) => {
    const access = make();
    for (let i = 0; i < 4; i++) access();
    expect(keyed.numKeyedStateEntries()).toBe(0);
  });

  it.each([
    accesses('adding to a list', ofList, (state) => state.add(1)), accesses('putting into a map', ofMap, (state) => state.put('k', 1)), accesses('adding to an accumulator', ofSum, (state) => state.add(1)),
    accesses('updating a value to another', ofValue, (state) => state.update('z')), accesses('updating a list to other elements', ofList, (state) => state.update([1])),
  ])('comes with %s, which makes an entry itself', (_, make) => {
    const access = make();
    for (let i = 0; i < 4; i++) access();
    expect(keyed.numKeyedStateEntries()).toBe(1);
  });

  it('is off when it is switched off', () => {
    const state = fill(ttl((builder) => builder.disableCleanupInBackground()));
    for (let i = 0; i < 20; i++) state.value();
    expect(keyed.numKeyedStateEntries()).toBe(20);
  });

  it('removes expired elements of lists and maps', () => {
    const [numbers, entries] = [list(), map()];
    for (const [key, at] of [['a', 0], ['b', 60]] as const) {
      keyed.setCurrentKey(key);
      clock.advance(at);
      numbers.add(at);
      entries.put('x', at);
    }
    clock.advance(40);
    keyed.setCurrentKey('other');
    for (let i = 0; i < 3; i++) expect([numbers.get(), entries.get('x')]).toEqual([[], null]);
    expect(keyed.numKeyedStateEntries()).toBe(2);
  });

  const step = fc.record({ op: fc.constantFrom('update', 'value', 'advance', 'clear'), key: fc.integer({ min: 0, max: 3 }), by: fc.integer({ min: 0, max: 120 }) });
  it('changes no result, whatever the order of accesses', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cleaned = value(ttl((builder) => builder.cleanupIncrementally(2, true)));
      const store = new OperatorKeyedContext({ backend: new HashMapBackend(), clock, mailbox: { execute: (call) => call() } });
      const kept = store.store.getState(new ValueStateDescriptor<string>('v').enableTimeToLive(ttl((builder) => builder.disableCleanupInBackground())));
      for (const { op, key, by } of steps) {
        for (const context of [keyed, store]) context.setCurrentKey(key);
        if (op === 'advance') clock.advance(by);
        else if (op === 'value') expect(cleaned.value()).toBe(kept.value());
        else for (const state of [cleaned, kept]) state.update(op === 'clear' ? null : `${by}`);
      }
      for (let key = 0; key < 4; key++) {
        for (const context of [keyed, store]) context.setCurrentKey(key);
        expect(cleaned.value()).toBe(kept.value());
        cleaned.clear();
      }
    }));
  });
});

describe('a StateTtlConfig', () => {
  it('has Flink’s defaults', () => {
    const config = StateTtlConfig.newBuilder('10 min').build();
    expect([config.isEnabled(), config.getTimeToLive(), config.getUpdateType(), config.getStateVisibility(), config.getTtlTimeCharacteristic()]).toEqual([
      true, 600_000, UpdateType.OnCreateAndWrite, StateVisibility.NeverReturnExpired, 'ProcessingTime',
    ]);
    expect(config.incrementalCleanup(false)).toEqual({ entries: 5, everyRecord: false });
    expect(StateTtlConfig.DISABLED.isEnabled()).toBe(false);
    expect(config.getCleanupStrategies()).toMatchObject({ fullSnapshot: false, inBackground: true });
  });

  it('refuses a time to live of nothing, and settings it does not know', () => {
    expect(() => StateTtlConfig.newBuilder(0)).toThrow(/more than 0 ms/);
    expect(() => StateTtlConfig.newBuilder(1).setUpdateType('Sometimes' as never)).toThrow(/setUpdateType takes Disabled, OnCreateAndWrite, OnReadAndWrite; Sometimes came/);
    expect(() => StateTtlConfig.newBuilder(1).cleanupIncrementally(0, false)).toThrow(/from 1/);
    expect(() => new ValueStateDescriptor('v').enableTimeToLive(5 as never)).toThrow(/takes a StateTtlConfig/);
    const config = StateTtlConfig.newBuilder(1).useProcessingTime().setTtlTimeCharacteristic('ProcessingTime').neverReturnExpired().updateTtlOnCreateAndWrite()
      .cleanupFullSnapshot().cleanupInRocksdbCompactFilter().build();
    expect(config.getCleanupStrategies()).toMatchObject({ fullSnapshot: true, compactionEntries: 1000 });
    expect(new ValueStateDescriptor('v').enableTimeToLive(config).getTtlConfig()).toBe(config);
  });
});
