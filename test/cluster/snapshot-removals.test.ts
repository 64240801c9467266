/**
 * In which order snapshots go that nobody needs any more, and what becomes of those that storage refuses to delete.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Removal, SnapshotRemovals } from '../../src/cluster/snapshot-removals.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { settled } from '../runtime/chain-fixture.js';

let clock: ManualClock;
let removals: SnapshotRemovals;
/** Snapshots that are deleted, in that order. */
let gone: number[];
/** Snapshots that storage refuses to delete. */
let refused: Set<number>;
let tries: number;

beforeEach(() => {
  clock = new ManualClock();
  [gone, refused, tries] = [[], new Set(), 0];
  removals = new SnapshotRemovals({ clock, cleaning: () => {} });
});

const removalOf = (checkpointId: number): Removal => ({
  checkpointId,
  work: async () => {
    tries += 1;
    await Promise.resolve();
    if (refused.has(checkpointId)) throw new Error('the disk says no');
    gone.push(checkpointId);
  },
});

/** Lets time pass until there is nothing to wait for. */
async function over(work: Promise<void>): Promise<void> {
  let done = false;
  void work.then(() => (done = true));
  for (await settled(); !done; await settled()) clock.advance(10_000);
}

describe('snapshots that nobody goes back to', () => {
  it('are tried again with the next one when storage refused to delete them', async () => {
    refused.add(1);
    removals.remove(removalOf(1));
    await settled();
    expect(gone).toEqual([]);
    refused.clear();
    removals.remove(removalOf(2));
    await settled();
    expect(gone.sort()).toEqual([1, 2]);
  });

  it('go from the oldest to the newest when all do, whatever order they are named in', async () => {
    refused.add(2);
    removals.remove(removalOf(2));
    await settled();
    refused.clear();
    await over(removals.removeAll([removalOf(4), removalOf(3), removalOf(1)]));
    expect(gone).toEqual([1, 2, 3, 4]);
  });

  it('stay when one that is older cannot be deleted: a recovery must not find that one as the newest', async () => {
    refused.add(1);
    removals.remove(removalOf(1));
    await over(removals.removeAll([removalOf(2), removalOf(3)]));
    expect([gone, tries]).toEqual([[], 5]);
  });
});

describe('a snapshot that has to go', () => {
  it('is tried again until it is gone', async () => {
    refused.add(5);
    let done = false;
    void removals.insist(removalOf(5)).then(() => (done = true));
    for (let time = 0; time < 1000; time += 10) {
      clock.advance(10);
      await settled();
    }
    expect([done, tries > 3]).toEqual([false, true]);
    refused.clear();
    clock.advance(10_000);
    await settled();
    expect([done, gone]).toEqual([true, [5]]);
  });

  it('is gone, too, when it was deleted together with the next one', async () => {
    refused.add(1);
    let insisted = false;
    void removals.insist(removalOf(1)).then(() => (insisted = true));
    await settled();
    refused.clear();
    removals.remove(removalOf(2));
    await settled();
    clock.advance(20);
    await settled();
    expect([gone.includes(1), insisted]).toEqual([true, true]);
  });

  it('is given up when the job has ended', async () => {
    refused.add(5);
    const insisting = removals.insist(removalOf(5));
    await settled();
    removals.end();
    await insisting;
    expect([gone, clock.scheduled]).toEqual([[], 0]);
  });
});
