import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toPrimitiveKey } from '../../../src/core/key.js';
import { StateMap } from '../../../src/state/state-map.js';
import { describeStateBackend } from '../backend-conformance.js';
import type { LevelBackend } from '../../../src/state/level/level-backend.js';
import { LevelFixture, TIGHT } from './level-fixture.js';

const fixture = new LevelFixture();

describeStateBackend('LevelDB', () => fixture.make({ keyGroups: { range: { start: 0, end: 7 }, maxParallelism: 8 }, limits: { batchEntries: 5, generationEntries: 4 } }), 25);

describe('a backend in LevelDB', () => {
  it('touches no disk while its state is small', async () => {
    const backend = fixture.make();
    const cell = backend.cell<number>('s');
    for (let key = 0; key < 900; key++) {
      backend.currentKey.set(key);
      cell.write(key);
    }
    await backend.drained();
    expect(readdirSync(fixture.folder)).toEqual([]);
    expect(backend.store).toBeUndefined();
  });

  it('finds in the database what memory has dropped, of every kind of key and value', async () => {
    const backend = fixture.make({ limits: TIGHT });
    const [cell, spaced] = [backend.cell<unknown>('s'), backend.namespacedCell<unknown>('n')];
    const keys = ['a', 'ü漢', '\ud800 alone', '\0nul', 's', '', 1, -0, 1.5, Number.NaN, -7, true, false, 12n, -(2n ** 70n), ['x', 1], { a: new Date(5) }, '1', '1:s1'];
    const values = [1, 'text', '漢字', { word: 'w', count: 3 }, [1, [2, { three: 3 }]], new Date(7), new Map([[1, 2]]), StateMap.of([[['k'], { v: 1 }]]), null, true, 'x'.repeat(5000), { a: undefined }];
    for (const [at, key] of keys.entries()) {
      backend.currentKey.set(key);
      cell.write(values[at % values.length]);
      for (const namespace of keys) {
        spaced.namespace = toPrimitiveKey(namespace);
        spaced.write(`${String(at)} ${String(namespace)}`);
      }
    }
    await backend.drained();
    expect(backend.size()).toBe(keys.length + keys.length ** 2);
    for (const [at, key] of keys.entries()) {
      backend.currentKey.set(key);
      const read = cell.read();
      expect(read instanceof StateMap ? [...read.entries()] : read).toEqual(values[at % values.length] instanceof StateMap ? [[['k'], { v: 1 }]] : values[at % values.length]);
      for (const namespace of keys) {
        spaced.namespace = toPrimitiveKey(namespace);
        expect(spaced.read()).toBe(`${String(at)} ${String(namespace)}`);
      }
    }
    for (const name of ['s', 'n']) expect(new Set(backend.keysOf(name).map(({ key }) => JSON.stringify([typeof key, String(toPrimitiveKey(key))])))).toEqual(new Set(keys.map((key) => JSON.stringify([typeof key, String(toPrimitiveKey(key))]))));
  });

  it('names every key once, wherever it is, and none that was removed', async () => {
    const backend = fixture.make({ limits: TIGHT });
    const cell = backend.cell<number>('s');
    const write = (key: number, value: number | undefined): void => {
      backend.currentKey.set(key);
      cell.write(value);
    };
    for (let key = 0; key < 50; key++) write(key, key);
    await backend.drained();
    write(3, undefined);
    write(4, 44);
    write(50, 50);
    const keys = backend.keysOf('s').map(({ key }) => Number(key)).sort((a, b) => a - b);
    expect(keys).toEqual([...Array(51).keys()].filter((key) => key !== 3));
    expect(backend.size()).toBe(50);
  });

  it('lets the task go on as soon as one batch more has been taken from what waits, not when little is left', async () => {
    const left: number[] = [];
    let holds = 0;
    const backend: LevelBackend = fixture.make({ hold: () => void (holds += 1), release: () => void left.push(backend.entries.dirty.length) });
    const cell = backend.cell<number>('s');
    for (let key = 0; holds === 0; key++) {
      backend.currentKey.set(key);
      cell.write(key);
    }
    await backend.drained();
    expect([holds, left.length]).toEqual([1, 1]);
    expect(left[0]).toBeGreaterThan(2_500);
  });

  it('sweeps what is in the database, from what it is at that moment', async () => {
    const backend = fixture.make({ limits: TIGHT });
    const cell = backend.cell<number>('s');
    const at = (key: number): typeof cell => {
      backend.currentKey.set(key);
      return cell;
    };
    for (let key = 0; key < 40; key++) at(key).write(key);
    await backend.drained();
    const sweep = backend.sweep<number>('s', (value) => (value % 2 === 1 ? undefined : value));
    at(11).write(100);
    backend.currentKey.clear();
    for (let steps = 0; !sweep.next().done; steps++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(steps).toBeLessThan(1000);
    }
    expect([...Array(40).keys()].map((key) => at(key).read())).toEqual([...Array(40).keys()].map((key) => (key === 11 ? 100 : key % 2 === 1 ? undefined : key)));
  });

  it('holds the task while more waits to be written than should, and lets it go on', async () => {
    const log: string[] = [];
    const backend = fixture.make({ hold: () => log.push('hold'), release: () => log.push('release') });
    const cell = backend.cell<number>('s');
    for (let key = 0; key < 10_000; key++) {
      backend.currentKey.set(key);
      cell.write(key);
    }
    expect(log).toEqual(['hold']);
    await backend.drained();
    expect(log).toEqual(['hold', 'release']);
  });

  it('says what cannot be stored, and in which state', async () => {
    const backend = fixture.make({ limits: TIGHT });
    const cell = backend.cell<unknown>('bad');
    backend.currentKey.set('k');
    cell.write({ call: () => 1 });
    await expect(backend.drained()).rejects.toThrow(expect.objectContaining({ code: 'STATE_NOT_SERIALIZABLE', message: 'the state "bad" of the operator "op" cannot be stored: value.call is a function' }));
    expect(fixture.failures.splice(0)).toHaveLength(1);
  });

  it('says so when its folder cannot be made', async () => {
    const backend = fixture.make({ limits: TIGHT, localDirectory: '/dev/null/nowhere' });
    const cell = backend.cell<number>('s');
    backend.currentKey.set('k');
    cell.write(1);
    await expect(backend.drained()).rejects.toThrow(expect.objectContaining({ code: 'STATE_STORE' }));
    expect(fixture.failures.splice(0)).toHaveLength(1);
    backend.currentKey.set('l');
    expect(() => cell.read()).toThrow(expect.objectContaining({ code: 'STATE_STORE' }));
  });

  const step = fc.record({
    key: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom('a', 'b', 'ü', '\0'), fc.tuple(fc.integer({ min: 0, max: 2 }))),
    state: fc.integer({ min: 0, max: 3 }),
    namespace: fc.constantFrom('', 'w', 3),
    value: fc.option(fc.integer(), { nil: undefined, freq: 3 }),
    /** Whether it is read first, and whether the database gets time to write. */
    reads: fc.boolean(),
    waits: fc.constantFrom('no', 'no', 'no', 'a turn', 'for all'),
  });

  it('does what a Map does, wherever its entries are when they are used', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 150 }), fc.integer({ min: 1, max: 6 }), async (steps, batchEntries) => {
      const backend = fixture.make({ limits: { batchEntries, generationEntries: 3 } });
      const plain = [backend.cell<{ n: number }>('0'), backend.cell<{ n: number }>('1')];
      const spaced = [backend.namespacedCell<{ n: number }>('2'), backend.namespacedCell<{ n: number }>('3')];
      const model = new Map<string, number>();
      for (const { key, state, namespace, value, reads, waits } of steps) {
        backend.currentKey.set(key);
        const cell = state < 2 ? plain[state]! : spaced[state - 2]!;
        if (state >= 2) spaced[state - 2]!.namespace = namespace;
        const name = JSON.stringify([state, key, state < 2 ? '' : namespace]);
        if (reads) expect(cell.read()?.n).toBe(model.get(name));
        cell.write(value === undefined ? undefined : { n: value });
        if (value === undefined) model.delete(name);
        else model.set(name, value);
        expect(cell.read()?.n).toBe(value);
        if (waits === 'a turn') await new Promise((resolve) => setImmediate(resolve));
        if (waits === 'for all') await backend.drained();
        expect(backend.size()).toBe(model.size);
      }
      await backend.close();
    }), { numRuns: 60 });
  });
});
