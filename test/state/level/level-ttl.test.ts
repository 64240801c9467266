import { describe, expect, it } from 'vitest';
import { OperatorKeyedContext } from '../../../src/state/operator-keyed-context.js';
import { HashMapBackend } from '../../../src/state/hash-map-backend.js';
import type { StateBackend } from '../../../src/state/state-backend.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../../src/state/state-descriptor.js';
import { StateTtlConfig, type StateTtlConfigBuilder } from '../../../src/state/state-ttl-config.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { LevelFixture } from './level-fixture.js';

const fixture = new LevelFixture();
const KEYS = 300;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Build = (builder: StateTtlConfigBuilder) => StateTtlConfigBuilder;
const byDefault: Build = (builder) => builder;
const onCompaction: Build = (builder) => builder.disableCleanupInBackground().cleanupInRocksdbCompactFilter(1000);
const never: Build = (builder) => builder.disableCleanupInBackground();

/** How many entries are left of those that have expired after one other key has been in use, until as many are left as wanted. */
async function left(backend: StateBackend, build: Build, wanted = 0): Promise<number> {
  const clock = new ManualClock(1_000);
  const keyed = new OperatorKeyedContext({ backend, clock, mailbox: { execute: (call) => call() } });
  const ttl = build(StateTtlConfig.newBuilder(100)).build();
  const value = keyed.store.getState(new ValueStateDescriptor<number>('value').enableTimeToLive(ttl));
  const list = keyed.store.getListState(new ListStateDescriptor<number>('list').enableTimeToLive(ttl));
  const map = keyed.store.getMapState(new MapStateDescriptor<number, number>('map').enableTimeToLive(ttl));
  for (let key = 0; key < KEYS; key++) {
    keyed.setCurrentKey(key);
    value.update(key);
    list.add(key);
    map.put(key, key);
  }
  await backend.drained?.();
  clock.advance(100);
  keyed.setCurrentKey('in use');
  // A sweep of the database goes on as its entries arrive.
  const used = 3;
  for (let record = 0; record < 1_000 || (wanted === 0 && record < 100_000); record++) {
    value.update(record);
    list.update([record]);
    map.put(0, record);
    await turn();
    if (keyed.numKeyedStateEntries() - used === wanted && wanted === 0) break;
  }
  return keyed.numKeyedStateEntries() - used;
}

const level = (): StateBackend => fixture.make({ limits: { batchEntries: 20, generationEntries: 10 } });

describe('state in LevelDB that has expired', () => {
  it('is removed from the database though nobody reads it, a little with each access', async () => {
    expect(await left(level(), byDefault)).toBe(0);
  });

  it('is removed in the same way when it is to go on compaction', async () => {
    expect(await left(level(), onCompaction)).toBe(0);
  });

  it('does not keep the database from closing while it is being looked for', async () => {
    const backend = level();
    const keyed = new OperatorKeyedContext({ backend, clock: new ManualClock(1_000), mailbox: { execute: (call) => call() } });
    const value = keyed.store.getState(new ValueStateDescriptor<number>('value').enableTimeToLive(StateTtlConfig.newBuilder(100).build()));
    for (let key = 0; key < KEYS; key++) {
      keyed.setCurrentKey(key);
      value.update(key);
    }
    await backend.drained?.();
    // Those in memory are few: they are through by then, and those of the database are being read.
    for (let access = 0; access < KEYS; access++) value.value();
    await backend.close!();
  });

  it('stays when nothing is to be cleaned up in the background', async () => {
    expect(await left(level(), never, 3 * KEYS)).toBe(3 * KEYS);
  });
});

it('cleaning up on compaction has no effect on the heap', async () => {
  expect(await left(new HashMapBackend(), onCompaction, 3 * KEYS)).toBe(3 * KEYS);
});
