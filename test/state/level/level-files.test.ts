import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keyGroupRange } from '../../../src/core/key-group.js';
import { ClassRegistry } from '../../../src/core/serialization/class-registry.js';
import type { LevelBackend } from '../../../src/state/level/level-backend.js';
import { openSnapshotStreams } from '../../../src/checkpoint/snapshot-output.js';
import { UploadedTables } from '../../../src/state/level/uploaded-tables.js';
import { OperatorStates } from '../../../src/state/operator-states.js';
import type { NativeKeyedState, OperatorSubtaskState, SnapshotRequest } from '../../../src/state/operator-snapshot.js';
import { ListStateDescriptor, ValueStateDescriptor } from '../../../src/state/state-descriptor.js';
import type { SnapshotFile, SnapshotStreams } from '../../../src/state/snapshot-files.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { complete, MemorySnapshots } from '../memory-snapshots.js';
import { LevelFixture } from './level-fixture.js';

const MAX_PARALLELISM = 16;
const VALUE = new ValueStateDescriptor<string>('value');
const fixture = new LevelFixture();

interface Made {
  readonly states: OperatorStates;
  readonly backend: () => LevelBackend;
}

function made(subtask = 0, parallelism = 1): Made {
  const keyGroups = { range: keyGroupRange(subtask, MAX_PARALLELISM, parallelism), maxParallelism: MAX_PARALLELISM };
  let backend: LevelBackend | undefined;
  const states = new OperatorStates({
    operator: 'counter', runtimeAttach: () => {}, clock: new ManualClock(), mailbox: { execute: (call) => call() }, keyGroups, classes: new ClassRegistry(),
    backend: () => (backend = fixture.make({ keyGroups, incremental: true, limits: { batchEntries: 1_000, generationEntries: 20_000, writeBufferBytes: 128 * 1024 } })),
  });
  return { states, backend: () => backend! };
}

function put({ states }: Made, from: number, to: number, text: string): void {
  for (let key = from; key < to; key++) {
    states.keyed!.setCurrentKey(key);
    states.keyed!.store.getState(VALUE).update(`${text} ${key} `.repeat(20));
  }
}

function read({ states }: Made, key: number): string | undefined {
  states.keyed!.setCurrentKey(key);
  return states.keyed!.store.getState(VALUE).value()?.slice(0, `${key}`.length + 2);
}

const request = (storage: MemorySnapshots, id: number, facts: Partial<SnapshotRequest> = {}): SnapshotRequest => storage.request(id, { format: 'native', ...facts });

function native(state: OperatorSubtaskState | undefined): NativeKeyedState {
  const handle = state!.keyed[0]!;
  if (handle.format !== 'native') throw new Error('expected files of the backend');
  return handle;
}

const tablesOf = (state: NativeKeyedState): Map<string, SnapshotFile> => new Map(state.files.filter(({ name }) => name.endsWith('.ldb')).map(({ name, file }) => [name, file]));

/** Waits until the database has nothing left to compact. */
async function still({ backend }: Made): Promise<void> {
  const tables = (): string => readdirSync(backend().store!.folder).filter((name) => name.endsWith('.ldb')).join();
  for (let [before, same] = ['', 0]; same < 4; before = tables()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    same = tables() === before ? same + 1 : 0;
  }
}

describe('an incremental checkpoint of state in LevelDB', () => {
  it('uses the tables of the last complete one again, and stores only new ones', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 60_000, 'a');
    await one.backend().drained();
    await still(one);
    const first = native(await complete(one.states.snapshot(request(storage, 1))));
    const stored = storage.files.size;
    expect(tablesOf(first).size).toBeGreaterThan(1);
    expect(first.files.every(({ name, file }) => file.kind === 'file' && file.scope === (name.endsWith('.ldb') ? 'shared' : 'exclusive'))).toBe(true);
    one.states.notifyCheckpointComplete(1);
    put(one, 0, 10, 'b');
    const second = native(await complete(one.states.snapshot(request(storage, 2))));
    const known = new Set(tablesOf(first).values());
    expect([...tablesOf(second).values()].filter((file) => known.has(file)).length).toBe(known.size);
    expect(storage.files.size - stored).toBe(new Set(second.files.map(({ file }) => file).filter((file) => !known.has(file))).size);
    expect(second.entries).toBe(60_000);

    const after = made();
    await after.states.restore({ keyed: [second], operator: [] }, storage);
    expect([after.states.keyed!.numKeyedStateEntries(), read(after, 9), read(after, 10), read(after, 59_999)]).toEqual([60_000, 'b 9', 'a 10', 'a 59999']);
    put(after, 60_000, 60_001, 'c');
    const third = native(await complete(after.states.snapshot(request(storage, 3))));
    expect([...tablesOf(third).values()].some((file) => known.has(file))).toBe(false);
  });

  it('builds on no checkpoint that is not known to be complete, and on no savepoint', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 20_000, 'a');
    await one.backend().drained();
    const first = native(await complete(one.states.snapshot(request(storage, 1))));
    const savepoint = native(await complete(one.states.snapshot(request(storage, 2, { kind: 'savepoint' }))));
    expect(savepoint.files.every(({ file }) => file.kind === 'file' && file.scope === 'exclusive')).toBe(true);
    one.states.notifyCheckpointComplete(2);
    const third = native(await complete(one.states.snapshot(request(storage, 3))));
    const known = new Set([...tablesOf(first).values(), ...tablesOf(savepoint).values()]);
    expect([...tablesOf(third).values()].some((file) => known.has(file))).toBe(false);
  });

  it('is restored at another parallelism, each subtask taking its key groups', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 5_000, 'a');
    await one.backend().drained();
    const state = await complete(one.states.snapshot(request(storage, 1)));
    const parts = [made(0, 3), made(1, 3), made(2, 3)];
    for (const part of parts) await part.states.restore(state!, storage);
    expect(parts.reduce((sum, { states }) => sum + states.keyed!.numKeyedStateEntries(), 0)).toBe(5_000);
    const again = made();
    const together: OperatorSubtaskState = { keyed: [], operator: [] };
    const states = await Promise.all(parts.map(async ({ states: part, backend }, id) => {
      await backend().drained();
      return complete(part.snapshot(request(storage, 10 + id)));
    }));
    await again.states.restore({ ...together, keyed: states.flatMap((part) => part!.keyed) }, storage);
    expect(again.states.keyed!.numKeyedStateEntries()).toBe(5_000);
    for (const key of [0, 17, 4_999]) expect(read(again, key)).toBe(`a ${key}`);
  });

  it('goes on with states that the program asks for in another order, and with new ones', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    const LIST = new ListStateDescriptor<number>('list');
    put(one, 0, 3_000, 'a');
    one.states.keyed!.store.getListState(LIST).add(7);
    await one.backend().drained();
    const state = await complete(one.states.snapshot(request(storage, 1)));
    const after = made();
    const [fresh, list] = [after.states.keyed!.store.getState(new ValueStateDescriptor<number>('new')), after.states.keyed!.store.getListState(LIST)];
    await after.states.restore(state!, storage);
    after.states.keyed!.setCurrentKey(2_999);
    expect([fresh.value(), list.get(), read(after, 2_999)]).toEqual([null, [7], 'a 2999']);
    fresh.update(5);
    expect([fresh.value(), list.get(), read(after, 2_999)]).toEqual([5, [7], 'a 2999']);
  });

  it('that is abandoned leaves no files, and the next one is whole', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 20_000, 'a');
    await one.backend().drained();
    const running = one.states.snapshot(request(storage, 1));
    put(one, 0, 5_000, 'b');
    while (!running.step(100));
    const result = running.result().then(() => 'stored', () => 'given up');
    running.abandon();
    expect(await result).toBe('given up');
    expect(storage.files.size).toBe(0);
    const state = await complete(one.states.snapshot(request(storage, 2)));
    const after = made();
    await after.states.restore(state!, storage);
    expect([read(after, 4_999), read(after, 5_000), after.states.keyed!.numKeyedStateEntries()]).toEqual(['b 4999', 'a 5000', 20_000]);
  });
});

it('entries are counted also where keys were written, or removed, that nobody had read', async () => {
  const [one, storage] = [made(), new MemorySnapshots()];
  const count = (): number => one.states.keyed!.numKeyedStateEntries();
  const remove = (from: number, to: number): void => {
    for (let key = from; key < to; key++) {
      one.states.keyed!.setCurrentKey(key);
      one.states.keyed!.store.getState(VALUE).clear();
    }
  };
  put(one, 0, 50_000, 'a');
  await one.backend().drained();
  put(one, 1_000, 1_500, 'b');
  remove(500, 1_200);
  put(one, 49_800, 50_300, 'c');
  remove(60_000, 60_100);
  expect(count()).toBe(49_600);
  const running = one.states.snapshot(request(storage, 1));
  remove(0, 100);
  expect(count()).toBe(49_500);
  const state = await complete(running);
  expect([count(), native(state).entries]).toEqual([49_500, 49_600]);
  const after = made();
  await after.states.restore(state!, storage);
  expect([after.states.keyed!.numKeyedStateEntries(), read(after, 1_200), read(after, 700), read(after, 50_299)]).toEqual([49_600, 'b 1200', undefined, 'c 50299']);
});

describe('a full checkpoint of state in LevelDB', () => {
  it('lies in two files, however many tables the database has', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 60_000, 'a');
    await one.backend().drained();
    const state = await complete(one.states.snapshot(request(storage, 1, { kind: 'savepoint' })));
    const { files } = native(state);
    expect(tablesOf(native(state)).size).toBeGreaterThan(2);
    expect([storage.files.size, new Set(files.map(({ file }) => file)).size]).toEqual([2, 2]);
    const after = made();
    await after.states.restore(state!, storage);
    expect([after.states.keyed!.numKeyedStateEntries(), read(after, 0), read(after, 59_999)]).toEqual([60_000, 'a 0', 'a 59999']);
  });

  it('of a small database is in the metadata, each of its files by itself', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 1_000, 'a');
    await one.backend().drained();
    const streams = openSnapshotStreams({ storage: 'memory', maxStateBytes: 10_000_000 }, () => 'none');
    const state = await complete(one.states.snapshot(request(storage, 1, { streams })));
    const { files } = native(state);
    expect(files.map(({ file, part }) => [file.kind, part])).toEqual(files.map(() => ['inline', undefined]));
    const after = made();
    await after.states.restore(state!, storage);
    expect([after.states.keyed!.numKeyedStateEntries(), read(after, 999)]).toEqual([1_000, 'a 999']);
  });

  it('is written no faster than the storage takes it', async () => {
    const [one, storage] = [made(), new MemorySnapshots()];
    put(one, 0, 60_000, 'a');
    await one.backend().drained();
    const lanes = { settled: 0, early: 0 };
    const slow: SnapshotStreams = {
      open(scope) {
        const output = storage.open(scope);
        const { write } = output;
        let busy = false;
        return Object.assign(output, {
          write: (chunk: Uint8Array) => {
            if (busy) lanes.early += 1;
            write(chunk);
          },
          settled: async () => {
            busy = true;
            await new Promise((resolve) => setTimeout(resolve, 2));
            busy = false;
            lanes.settled += 1;
          },
        });
      },
    };
    const { files } = native(await complete(one.states.snapshot(request(storage, 1, { streams: slow }))));
    expect(lanes).toEqual({ settled: files.length, early: 0 });
  });
});

describe('tables in the storage of checkpoints', () => {
  const file = (name: string): SnapshotFile => ({ kind: 'file', scope: 'shared', name, size: 1, checksum: 0 });
  const [f1, f2] = [file('1'), file('2')];

  it('are used again from the last complete checkpoint', () => {
    const uploaded = new UploadedTables();
    uploaded.stored(1, new Map([['t', f1]]));
    expect(uploaded.reusable('t')).toBeUndefined();
    uploaded.completed(1);
    expect([uploaded.reusable('t'), uploaded.reusable('u')]).toEqual([f1, undefined]);
  });

  it('are not, while a later checkpoint has the table in another file and may have taken its place', () => {
    const uploaded = new UploadedTables();
    uploaded.stored(1, new Map([['t', f1], ['u', f1]]));
    uploaded.stored(2, new Map([['t', f2], ['u', f1]]));
    uploaded.completed(1);
    expect([uploaded.reusable('t'), uploaded.reusable('u')]).toEqual([undefined, f1]);
    uploaded.completed(2);
    expect(uploaded.reusable('t')).toBe(f2);
  });
});
