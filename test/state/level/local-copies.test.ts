import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClassRegistry } from '../../../src/core/serialization/class-registry.js';
import { LevelBackend } from '../../../src/state/level/level-backend.js';
import { LocalCopies, removeLocalCopies } from '../../../src/state/level/local-copies.js';
import { OperatorStates } from '../../../src/state/operator-states.js';
import type { OperatorSubtaskState } from '../../../src/state/operator-snapshot.js';
import type { SnapshotReader } from '../../../src/state/snapshot-files.js';
import { ValueStateDescriptor } from '../../../src/state/state-descriptor.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { complete, MemorySnapshots } from '../memory-snapshots.js';
import { eventually } from '../../eventually.js';

const VALUE = new ValueStateDescriptor<string>('value');
const OWNER = { jobId: 'job', operatorId: 'operator', subtask: 0 };
const ENTRIES = 3_000;

let place: string;
let storage: MemorySnapshots;
let open: OperatorStates[];
/** The last that was made. */
let backend: LevelBackend;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'local-copies-'));
  storage = new MemorySnapshots();
  open = [];
});
afterEach(async () => {
  for (const states of open) await states.close();
  rmSync(place, { recursive: true, force: true });
});

/** Another attempt of the same subtask, unless it is said to be another subtask's. */
function attempt(subtask = 0, incremental = true): OperatorStates {
  const keyGroups = { range: { start: 0, end: 15 }, maxParallelism: 16 };
  const states = new OperatorStates({
    operator: 'counter', runtimeAttach: () => {}, clock: new ManualClock(), mailbox: { execute: (call) => call() }, keyGroups, classes: new ClassRegistry(),
    backend: () => (backend = new LevelBackend({
      operator: 'counter', keyGroups, classes: new ClassRegistry(), localDirectory: place, incremental, localCopies: new LocalCopies({ ...OWNER, subtask }, place),
      limits: { batchEntries: 500, generationEntries: 1_000, writeBufferBytes: 64 * 1024 },
    })),
  });
  open.push(states);
  return states;
}

async function checkpoint(states: OperatorStates, id: number, text: string): Promise<OperatorSubtaskState> {
  for (let key = 0; key < ENTRIES; key++) {
    states.keyed!.setCurrentKey(key);
    states.keyed!.store.getState(VALUE).update(`${text} ${key} `.repeat(20));
  }
  await backend.drained();
  return (await complete(states.snapshot(storage.request(id, { format: 'native' }))))!;
}

function holds(states: OperatorStates, text: string): boolean {
  return Array.from({ length: ENTRIES }, (_, key) => key).every((key) => {
    states.keyed!.setCurrentKey(key);
    return states.keyed!.store.getState(VALUE).value()?.startsWith(`${text} ${key} `) === true;
  });
}

const gone: SnapshotReader = { read: () => Promise.reject(new Error('the checkpoint is gone')) };

const jobFolder = (): string | undefined => readdirSync(place).find((name) => name.includes('job-job'));
const copies = (): string[] => readdirSync(join(place, jobFolder()!, 'operator-0')).sort();
const copyFiles = (id: number): string[] => readdirSync(join(place, jobFolder()!, 'operator-0', String(id))).map((name) => join(place, jobFolder()!, 'operator-0', String(id), name));

describe('a task that starts again in the same process', () => {
  it('goes on from the copy of the checkpoint, of which it reads nothing, as often as it has to', async () => {
    const before = attempt();
    const first = await checkpoint(before, 1, 'a');
    const second = await checkpoint(before, 2, 'b');
    await before.close();
    for (const [state, text] of [[second, 'b'], [first, 'a'], [second, 'b']] as const) {
      const after = attempt();
      await after.restore(state, gone);
      expect(holds(after, text)).toBe(true);
      await checkpoint(after, 3, 'changed, and compacted');
      await after.close();
    }
  });

  it.each<[string, (files: string[]) => void]>([
    ['changed', (files) => writeFileSync(largest(files), Buffer.alloc(statSync(largest(files)).size))],
    ['cut off', (files) => truncateSync(largest(files), 10)],
    ['incomplete', (files) => rmSync(largest(files))],
    ['gone', (files) => files.forEach((file) => rmSync(file))],
  ])('reads the checkpoint when its copy is %s', async (_, damage) => {
    const before = attempt();
    const state = await checkpoint(before, 1, 'a');
    await before.close();
    const undamaged = attempt();
    await undamaged.restore(state, gone);
    await undamaged.close();
    damage(copyFiles(1));
    await expect(attempt().restore(state, gone)).rejects.toThrow('the checkpoint is gone');
    const after = attempt();
    await after.restore(state, storage);
    expect(holds(after, 'a')).toBe(true);
  });

  it('goes on from the copy of a full checkpoint, too, which it knows from its metadata', async () => {
    const before = attempt(0, false);
    const states = [await checkpoint(before, 1, 'a'), await checkpoint(before, 2, 'b')];
    await before.close();
    for (const [at, text] of ['a', 'b'].entries()) {
      const after = attempt();
      await after.restore(JSON.parse(JSON.stringify(states[at])) as OperatorSubtaskState, gone);
      expect(holds(after, text)).toBe(true);
      await after.close();
    }
  });

  it('does not take the copy of another subtask', async () => {
    const state = await checkpoint(attempt(), 1, 'a');
    expect(copies()).toEqual(['1']);
    await expect(attempt(1).restore(state, gone)).rejects.toThrow('the checkpoint is gone');
  });
});

describe('copies of checkpoints', () => {
  it('go when a later checkpoint that has one is complete, and are made of no savepoint', async () => {
    const states = attempt();
    await checkpoint(states, 1, 'a');
    await checkpoint(states, 2, 'b');
    await complete(states.snapshot(storage.request(3, { format: 'native', kind: 'savepoint' })));
    expect(copies()).toEqual(['1', '2']);
    states.notifyCheckpointComplete(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(copies()).toEqual(['1', '2']);
    states.notifyCheckpointComplete(3);
    await eventually(() => expect(copies()).toEqual(['2']));
  });

  it('go with the job', async () => {
    await checkpoint(attempt(), 1, 'a');
    await removeLocalCopies(OWNER.jobId, place);
    expect(jobFolder()).toBeUndefined();
  });
});

const largest = (files: string[]): string => files.reduce((most, file) => (statSync(file).size > statSync(most).size ? file : most));
