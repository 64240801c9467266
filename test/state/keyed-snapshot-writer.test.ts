import { describe, expect, it } from 'vitest';
import { hashKey } from '../../src/core/key.js';
import { keyGroupOf } from '../../src/core/key-group.js';
import { ClassRegistry } from '../../src/core/serialization/class-registry.js';
import { KeyedSnapshotWriter } from '../../src/state/keyed-snapshot-writer.js';
import type { SnapshotOutput } from '../../src/state/snapshot-files.js';

const MAX_PARALLELISM = 128;
const nowhere: SnapshotOutput = { position: 0, write: () => undefined, finish: () => Promise.reject(new Error('not to be finished')), discard: () => Promise.resolve() };

describe('a snapshot of keyed state', () => {
  it('is refused when a key belongs to another subtask: whoever went on from it would not find its state', async () => {
    const group = keyGroupOf(hashKey('a'), MAX_PARALLELISM);
    const keyGroups = group < 64 ? { start: 64, end: 127 } : { start: 0, end: 63 };
    const writer = new KeyedSnapshotWriter({ operator: 'Sum', keyGroups, maxParallelism: MAX_PARALLELISM, classes: new ClassRegistry(), keyType: '', windows: undefined, open: () => nowhere });
    const state = writer.open({ name: 'sum', kind: 'value', namespaced: false, expiring: false });
    writer.write(state, 'a', 'a', '', 1);
    await expect(writer.finish()).rejects.toMatchObject({ code: 'KEY_INVALID', message: expect.stringContaining('"Sum" keeps state of the key \'a\''), hint: expect.stringContaining('reinterpretAsKeyedStream') });
  });
});
