import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyGroupRange } from '../../../src/core/key-group.js';
import { ClassRegistry } from '../../../src/core/serialization/class-registry.js';
import { HashMapBackend } from '../../../src/state/hash-map-backend.js';
import { OperatorStates } from '../../../src/state/operator-states.js';
import type { OperatorSubtaskState, SnapshotInProgress } from '../../../src/state/operator-snapshot.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../../src/state/state-descriptor.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { complete, MemorySnapshots } from '../memory-snapshots.js';
import { LevelFixture } from './level-fixture.js';

const MAX_PARALLELISM = 16;
const VALUE = new ValueStateDescriptor<{ n: number }>('value');
const LIST = new ListStateDescriptor<string>('list');
const MAP = new MapStateDescriptor<string, number>('map');
const fixture = new LevelFixture();

type Kind = 'level' | 'hashmap';

function statesOf(kind: Kind, subtask = 0, parallelism = 1, batchEntries = 2): OperatorStates {
  const keyGroups = { range: keyGroupRange(subtask, MAX_PARALLELISM, parallelism), maxParallelism: MAX_PARALLELISM };
  return new OperatorStates({
    operator: 'counter', runtimeAttach: () => {}, clock: new ManualClock(), mailbox: { execute: (call) => call() }, keyGroups, classes: new ClassRegistry(),
    backend: () => (kind === 'hashmap' ? new HashMapBackend() : fixture.make({ keyGroups, limits: { batchEntries, generationEntries: 3 } })),
  });
}

interface Step {
  readonly key: string;
  readonly n: number | undefined;
}

function apply(states: OperatorStates, { key, n }: Step): void {
  states.keyed!.setCurrentKey(key);
  const { store } = states.keyed!;
  store.getState(VALUE).update(n === undefined ? null : { n });
  if (n === undefined) {
    store.getListState(LIST).clear();
    store.getMapState(MAP).remove('a');
    return;
  }
  store.getListState(LIST).add(`element ${n}`);
  store.getMapState(MAP).put(n % 2 === 0 ? 'a' : `b${n}`, n);
}

/** Everything that these keys have. */
function contents(states: readonly OperatorStates[], keys: Iterable<string>): unknown {
  return [...keys].map((key) => {
    const held = states.map((one) => {
      one.keyed!.setCurrentKey(key);
      const { store } = one.keyed!;
      return { value: store.getState(VALUE).value(), list: [...store.getListState(LIST).get()], map: [...store.getMapState(MAP).entries()] };
    }).filter(({ value, list, map }) => value !== null || list.length > 0 || map.length > 0);
    return { key, held };
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const KEYS = ['a', '', 'longer than thirteen characters', ...Array.from({ length: 20 }, (_, n) => `k${n}`)];
const step = fc.record({ key: fc.constantFrom(...KEYS), n: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined, freq: 4 }) });

async function restored(kind: Kind, state: OperatorSubtaskState | undefined, storage: MemorySnapshots, parallelism: number): Promise<OperatorStates[]> {
  return Promise.all(Array.from({ length: parallelism }, async (_, subtask) => {
    const states = statesOf(kind, subtask, parallelism);
    if (state) await states.restore(state, storage);
    return states;
  }));
}

describe('a snapshot of state in LevelDB', () => {
  for (const [from, to] of [['level', 'level'], ['level', 'hashmap'], ['hashmap', 'level']] as const) {
    it(`is of its moment, whatever is written meanwhile, and goes from ${from} to ${to} at any parallelism`, async () => {
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), fc.boolean(), async (before, after, parallelism, waits) => {
        const [states, model] = [statesOf(from), statesOf('hashmap')];
        const storage = new MemorySnapshots();
        for (const one of before) {
          apply(states, one);
          apply(model, one);
          if (waits && from === 'level') await turn();
        }
        const expected = contents([model], KEYS);
        const running = states.snapshot(storage.request());
        const result = finishing(running);
        for (const one of after) {
          apply(states, one);
          if (waits) await turn();
        }
        const restoredStates = await restored(to, await result, storage, parallelism);
        expect(contents(restoredStates, KEYS)).toEqual(expected);
        await Promise.all([states, ...restoredStates].map((one) => one.close()));
      }), { numRuns: 15 });
    });
  }

  it('that is abandoned leaves nothing open', async () => {
    const states = statesOf('level');
    for (let n = 0; n < 30; n++) apply(states, { key: `k${n}`, n });
    await turn();
    const storage = new MemorySnapshots();
    const running = states.snapshot(storage.request());
    while (!running.step(10));
    const result = running.result();
    running.abandon();
    await result;
    states.snapshot(storage.request()).abandon();
    await states.close();
  });

  it('holds timers, too', async () => {
    const fired: unknown[] = [];
    const timers = (states: OperatorStates) => states.keyed!.timers('t', { onEventTime: ({ key, timestamp }) => void fired.push([key, timestamp]), onProcessingTime: () => {} }, (namespace: string) => namespace);
    const states = statesOf('level');
    const service = timers(states);
    for (const key of ['a', 'b']) {
      states.keyed!.setCurrentKey(key);
      service.registerEventTimeTimer('', 5);
    }
    const storage = new MemorySnapshots();
    const [after] = await restored('level', await complete(states.snapshot(storage.request())), storage, 1);
    timers(after!);
    after!.keyed!.advanceWatermark(10);
    expect(fired).toEqual([['a', 5], ['b', 5]]);
  });
});

async function finishing(running: SnapshotInProgress): Promise<OperatorSubtaskState | undefined> {
  while (!running.step(3)) await turn();
  return running.result();
}
