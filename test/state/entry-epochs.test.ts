/**
 * Entries in snapshots, driven step by step in every order that chance comes up with.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryEpochs, type Keepsake } from '../../src/state/entry-epochs.js';
import type { SnapshotWalk } from '../../src/state/snapshot-walk.js';

interface Entry {
  readonly key: number;
  epoch: number;
  value: number;
  before: number | undefined;
}

/** Odd values cannot be kept. */
const keepsake: Keepsake<Entry> = {
  keep(entry) {
    if (entry.value % 2 === 1) return false;
    entry.before = entry.value;
    return true;
  },
  has: ({ before }) => before !== undefined,
  drop(entry) {
    entry.before = undefined;
  },
};

interface UnderWay {
  readonly walk: SnapshotWalk;
  readonly expected: Map<number, number>;
  readonly written: [key: number, value: number][];
}

class Table {
  readonly entries = new Map<number, Entry>();
  readonly epochs: EntryEpochs<Entry>;
  readonly underWay: UnderWay[] = [];
  readonly over: UnderWay[] = [];

  constructor(kept: Keepsake<Entry> | undefined) {
    this.epochs = new EntryEpochs(kept);
  }

  put(key: number, value: number): void {
    const entry = this.entries.get(key);
    if (!entry) {
      this.entries.set(key, { key, epoch: this.epochs.current, value, before: undefined });
      return;
    }
    this.epochs.preserve(entry);
    entry.value = value;
  }

  remove(key: number): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.epochs.preserve(entry);
    this.epochs.settle(entry);
    this.entries.delete(key);
  }

  begin(sized: boolean): void {
    const written: [number, number][] = [];
    const expected = new Map([...this.entries].map(([key, { value }]) => [key, value]));
    const walk = this.epochs.begin(this.entries.values(), ({ key, value, before }, kept) => {
      written.push([key, kept ? before! : value]);
    }, sized ? this.entries.size : undefined);
    this.underWay.push({ walk, expected, written });
  }

  step(at: number, count: number): void {
    const snapshot = this.underWay[at % Math.max(1, this.underWay.length)];
    if (!snapshot?.walk.step(count)) return;
    this.over.push(snapshot);
    this.underWay.splice(this.underWay.indexOf(snapshot), 1);
  }

  abandon(at: number): void {
    const [snapshot] = this.underWay.splice(at % Math.max(1, this.underWay.length), 1);
    snapshot?.walk.abandon();
  }
}

const byKey = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0];

const key = fc.nat(12);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), key, value: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('begin' as const), sized: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('step' as const), at: fc.nat(4), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abandon' as const), at: fc.nat(4) }) },
);

describe.each([['that are written before they change', undefined], ['that keep what they were', keepsake]])('a snapshot of entries %s', (_name, kept) => {
  it('has each entry once, as it was when the snapshot began, whatever is changed, removed, begun and given up meanwhile', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const table = new Table(kept);
        for (const one of actions) {
          if (one.do === 'put') table.put(one.key, one.value);
          else if (one.do === 'remove') table.remove(one.key);
          else if (one.do === 'begin') table.begin(one.sized);
          else if (one.do === 'step') table.step(one.at, one.count);
          else table.abandon(one.at);
        }
        while (table.underWay.length > 0) table.step(0, 3);
        expect(table.epochs.active).toBe(false);
        for (const { written, expected } of table.over) expect(written.sort(byKey)).toEqual([...expected].sort(byKey));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an entry that keeps what it was', () => {
  it('is not written until the walk comes by, and then as it was', () => {
    const table = new Table(keepsake);
    table.put(1, 10);
    table.begin(true);
    table.put(1, 20);
    const { walk, written } = table.underWay[0]!;
    expect(written).toEqual([]);
    walk.step(1);
    expect(written).toEqual([[1, 10]]);
    expect(table.entries.get(1)!.before).toBeUndefined();
  });
});
