import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redistributeOperatorState } from '../../src/checkpoint/operator-redistribution.js';
import type { Redistribution } from '../../src/state/heap-operator-state.js';
import type { OperatorStateHandle } from '../../src/state/operator-snapshot.js';

/** The items of one subtask's states, each a number of one byte. */
type Items = Readonly<Record<string, readonly number[]>>;

/** A handle whose file holds the items, byte for byte. */
function handleOf(redistribution: Redistribution, states: Items): OperatorStateHandle {
  const bytes: number[] = [];
  const parts = Object.entries(states).filter(([, items]) => items.length > 0).map(([name, items]) => {
    const start = bytes.length;
    bytes.push(...items);
    return { name, redistribution, offsets: items.map((_, at) => start + at), end: bytes.length };
  });
  return { file: { kind: 'inline', bytes: Uint8Array.from(bytes) }, states: parts };
}

/** What a new subtask reads, state by state, in order. */
function itemsOf(handles: readonly OperatorStateHandle[]): Record<string, number[]> {
  const items: Record<string, number[]> = {};
  for (const { file, states } of handles) {
    for (const { name, offsets, end } of states) {
      offsets.forEach((offset, at) => {
        const bytes = (file as { bytes: Uint8Array }).bytes.subarray(offset, offsets[at + 1] ?? end);
        (items[name] ??= []).push(...bytes);
      });
    }
  }
  return items;
}

const deal = (redistribution: Redistribution, old: readonly Items[], parallelism: number) =>
  redistributeOperatorState(old.map((states) => [handleOf(redistribution, states)]), parallelism).map(itemsOf);

describe('split list state', () => {
  it('goes in contiguous slices, the first ones longer by an item', () => {
    expect(deal('SPLIT_DISTRIBUTE', [{ a: [1, 2, 3] }, { a: [4, 5] }], 3)).toEqual([{ a: [1, 2] }, { a: [3, 4] }, { a: [5] }]);
  });

  it('goes on with the next state where the one before ran out of longer slices', () => {
    expect(deal('SPLIT_DISTRIBUTE', [{ a: [1], b: [2] }, { c: [3] }], 3)).toEqual([{ a: [1] }, { b: [2] }, { c: [3] }]);
  });

  it('stays where it is when the parallelism does, however uneven', () => {
    expect(deal('SPLIT_DISTRIBUTE', [{ a: [1, 2, 3, 4] }, {}], 2)).toEqual([{ a: [1, 2, 3, 4] }, {}]);
  });

  it('loses and doubles nothing, and no subtask has more than one item more than another', () => {
    const subtask = fc.record({ a: fc.array(fc.nat(255), { maxLength: 8 }), b: fc.array(fc.nat(255), { maxLength: 8 }) });
    fc.assert(fc.property(fc.array(subtask, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 7 }), (old, parallelism) => {
      fc.pre(old.length !== parallelism);
      const dealt = deal('SPLIT_DISTRIBUTE', old, parallelism);
      for (const name of ['a', 'b'] as const) {
        const items = dealt.map((states) => states[name] ?? []);
        expect(items.flat().sort()).toEqual(old.flatMap((states) => states[name]).sort());
        const sizes = items.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }
    }));
  });
});

describe('union list state', () => {
  it.each([1, 2, 3])('goes whole to each of %i subtasks', (parallelism) => {
    expect(deal('UNION', [{ a: [1, 2] }, { a: [3] }], parallelism)).toEqual(Array.from({ length: parallelism }, () => ({ a: [1, 2, 3] })));
  });
});

describe('broadcast state', () => {
  it('is read from the copy of the old subtask with the same number, counted round', () => {
    expect(deal('BROADCAST', [{ a: [1] }, { a: [2] }], 5)).toEqual([{ a: [1] }, { a: [2] }, { a: [1] }, { a: [2] }, { a: [1] }]);
    expect(deal('BROADCAST', [{ a: [1] }, { a: [2] }], 1)).toEqual([{ a: [1] }]);
  });

  it('of a subtask that had finished is read from another', () => {
    expect(deal('BROADCAST', [{}, { a: [2] }], 2)).toEqual([{ a: [2] }, { a: [2] }]);
  });
});
