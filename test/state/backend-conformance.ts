// What every state backend does. A backend's own test calls this with a way to make an empty one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { keyGroupOf, keyGroupRange, subtaskOfKeyGroup } from '../../src/core/key-group.js';
import { ClassRegistry } from '../../src/core/serialization/class-registry.js';
import type { SnapshotFormat } from '../../src/core/checkpoint.js';
import { type InternalTimerService, type NamespacedStore, voidNamespaceKey } from '../../src/state/keyed-context.js';
import type { OperatorSubtaskState, SnapshotInProgress } from '../../src/state/operator-snapshot.js';
import { OperatorStates } from '../../src/state/operator-states.js';
import type { StateBackend } from '../../src/state/state-backend.js';
import { ListStateDescriptor, MapStateDescriptor, ReducingStateDescriptor, ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { complete, MemorySnapshots, together } from './memory-snapshots.js';

/** @param runs of the properties about snapshots; fewer where making a backend takes long. */
export function describeStateBackend(name: string, make: () => StateBackend, runs = 120): void {
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

    describe.each(['canonical', 'native'] as const)('in a %s snapshot', (format) => {
      describeSnapshots(make, format, runs);
    });
  });
}

/** What a test does to keyed state of every kind, and the same to a model of it. */
const action = fc.record({
  key: fc.integer({ min: 0, max: 7 }) as fc.Arbitrary<unknown>,
  state: fc.constantFrom('value', 'list', 'map', 'reducing', 'spaced', 'timer'),
  namespace: fc.constantFrom('w', 'v', 7),
  n: fc.integer({ min: 0, max: 2 }),
  clear: fc.boolean(),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;
const event = fc.oneof(
  { weight: 25, arbitrary: action.map((change) => ({ change })) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 12 }).map((step) => ({ step })) },
  { weight: 1, arbitrary: fc.constant({ begin: true as const }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((restore) => ({ restore })) },
);

/** Keys of one type in one run, as in a job. */
const keyKinds: readonly ((n: number) => unknown)[] = [(n) => n, (n) => (n < 4 ? `k${n}` : `a key of many characters: ${n}`), (n) => ['x', n], (n) => ({ n }), (n) => BigInt(n), (n) => new Date(n)];

const GROUPS = 8;

/** One subtask: states by descriptor, as an operator has them. */
class Subtask {
  readonly states: OperatorStates;
  private readonly spaced: NamespacedStore<string | number>;
  private readonly timers: InternalTimerService<string>;

  constructor(make: () => StateBackend, subtask: number, parallelism: number) {
    this.states = new OperatorStates({
      operator: 'tested', runtimeAttach: () => {}, clock: new ManualClock(), mailbox: { execute: (call) => call() }, backend: make, classes: new ClassRegistry(),
      keyGroups: { range: keyGroupRange(subtask, GROUPS, parallelism), maxParallelism: GROUPS },
    });
    this.spaced = this.states.keyed!.namespaced<string | number>('spaces', (namespace) => namespace);
    this.timers = this.states.keyed!.timers<string>('timers', { onEventTime() {}, onProcessingTime() {} }, voidNamespaceKey);
  }

  do({ key, state, namespace, n, clear }: Action): void {
    const keyed = this.states.keyed!;
    keyed.setCurrentKey(key);
    this.spaced.setCurrentNamespace(namespace);
    if (state === 'timer') {
      if (clear) this.timers.deleteEventTimeTimer('', n);
      else this.timers.registerEventTimeTimer('', n);
    } else if (clear) {
      this.handle(state).clear();
    } else if (state === 'value' || state === 'spaced') {
      // Changed in place and handed back: what a snapshot must not see.
      const held = (state === 'value' ? keyed.store : this.spaced).getState(VALUE);
      const value = held.value() ?? { n: 0 };
      value.n += n;
      held.update(value);
    } else if (state === 'map') {
      keyed.store.getMapState(MAP).put(namespace, n);
    } else {
      (state === 'list' ? keyed.store.getListState(LIST) : keyed.store.getReducingState(SUM)).add(n);
    }
  }

  private handle(state: string): { clear(): void } {
    const { store } = this.states.keyed!;
    if (state === 'value') return store.getState(VALUE);
    if (state === 'spaced') return this.spaced.getState(VALUE);
    if (state === 'map') return store.getMapState(MAP);
    return state === 'list' ? store.getListState(LIST) : store.getReducingState(SUM);
  }

  /** All it has of a key. */
  of(key: Action['key']): unknown {
    const { store } = this.states.keyed!;
    this.states.keyed!.setCurrentKey(key);
    const spaces = (['w', 'v', 7] as const).map((namespace) => {
      this.spaced.setCurrentNamespace(namespace);
      return this.spaced.getState(VALUE).value();
    });
    const times: number[] = [];
    this.timers.forEachEventTimeTimer((timer) => {
      if (toPrimitiveKey(timer.key) === toPrimitiveKey(key)) times.push(timer.timestamp);
    });
    return [store.getState(VALUE).value(), [...store.getListState(LIST).get()], [...store.getMapState(MAP).entries()], store.getReducingState(SUM).get(), spaces, times.sort()];
  }
}

const VALUE = new ValueStateDescriptor<{ n: number }>('value');
const LIST = new ListStateDescriptor<number>('list');
const MAP = new MapStateDescriptor<unknown, number>('map');
const SUM = new ReducingStateDescriptor<number>('sum', (a, b) => a + b);

function describeSnapshots(make: () => StateBackend, format: SnapshotFormat, runs: number): void {
  const ownerOf = (key: unknown, parallelism: number): number => subtaskOfKeyGroup(keyGroupOf(hashKey(toPrimitiveKey(key)), GROUPS), GROUPS, parallelism);

  it('goes on from it at any parallelism as if nothing had happened since it began', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...keyKinds), fc.array(event, { maxLength: 120, size: 'max' }), async (keyOf, events) => {
      const storage = new MemorySnapshots();
      let running = [new Subtask(make, 0, 1)];
      /** What was done up to now: doing it again to states of their own gives what there should be. */
      let done: Action[] = [];
      let snapshots: { under: SnapshotInProgress[]; done: Action[] } | undefined;
      let checkpointId = 0;
      const begin = (): void => {
        snapshots?.under.forEach((under) => under.abandon());
        checkpointId += 1;
        snapshots = { under: running.map(({ states }) => states.snapshot(storage.request(checkpointId, { format }))), done: [...done] };
      };
      for (const each of [...events, { restore: 2 }]) {
        if ('change' in each) {
          const change = { ...each.change, key: keyOf(each.change.key as number) };
          running[ownerOf(change.key, running.length)]!.do(change);
          done.push(change);
        } else if ('begin' in each) begin();
        else if ('step' in each) snapshots?.under.forEach((under) => under.step(each.step));
        else {
          if (!snapshots) begin();
          const state = together(await Promise.all(snapshots!.under.map((under) => complete(under, 7))));
          done = snapshots!.done;
          snapshots = undefined;
          running = Array.from({ length: each.restore }, (_, subtask) => new Subtask(make, subtask, each.restore));
          for (const { states } of running) await states.restore(state, storage);
          const model = new Subtask(make, 0, 1);
          for (const change of done) model.do(change);
          for (const { key } of done) expect(running[ownerOf(key, running.length)]!.of(key)).toEqual(model.of(key));
          expect(running.reduce((sum, { states }) => sum + states.keyed!.numKeyedStateEntries(), 0)).toBe(model.states.keyed!.numKeyedStateEntries());
        }
      }
    }), { numRuns: runs });
  });

  it('has the same in every snapshot that is under way at once, each of its own moment', async () => {
    const storage = new MemorySnapshots();
    const subtask = new Subtask(make, 0, 1);
    const under: SnapshotInProgress[] = [];
    const add = (n: number): void => {
      for (let key = 0; key < 30; key++) subtask.do({ key, state: 'value', namespace: 'w', n, clear: false });
    };
    for (let round = 1; round <= 3; round++) {
      add(1);
      under.push(subtask.states.snapshot(storage.request(round, { format })));
      under[0]!.step(5);
    }
    add(1);
    const found: unknown[] = [];
    for (const [at, snapshot] of [...under.entries()].reverse()) {
      const after = new Subtask(make, 0, 1);
      await after.states.restore((await complete(snapshot)) as OperatorSubtaskState, storage);
      found[at] = Array.from({ length: 30 }, (_, key) => (after.of(key) as [{ n: number }])[0].n);
    }
    expect(found).toEqual([1, 2, 3].map((n) => Array.from({ length: 30 }, () => n)));
  });

  it('is sure of what it has when everything is forgotten while it is written', async () => {
    const storage = new MemorySnapshots();
    const subtask = new Subtask(make, 0, 1);
    for (let key = 0; key < 30; key++) subtask.do({ key, state: 'value', namespace: 'w', n: 1, clear: false });
    const snapshot = subtask.states.snapshot(storage.request(1, { format }));
    snapshot.step(5);
    subtask.states.keyed!.endKey();
    expect(subtask.states.keyed!.numKeyedStateEntries()).toBe(0);
    const after = new Subtask(make, 0, 1);
    await after.states.restore((await complete(snapshot)) as OperatorSubtaskState, storage);
    expect(after.states.keyed!.numKeyedStateEntries()).toBe(30);
  });
}
