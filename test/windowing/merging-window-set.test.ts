// The set of windows in flight by itself: which windows merge, and where their state is.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergingWindowSet, type InFlight, type Merge } from '../../src/windowing/merging-window-set.js';
import { EventTimeSessionWindows } from '../../src/windowing/session-windows.js';
import { EventTimeTrigger } from '../../src/windowing/event-time-trigger.js';
import { mergeTimeWindows, TimeWindow, type MergeCallback } from '../../src/windowing/window.js';
import { OwnWindows } from './windows.js';

const window = (start: number, end: number): TimeWindow => new TimeWindow(start, end);
const shown = ({ start, end }: TimeWindow): string => `${start}-${end}`;

function setOf(stored: readonly InFlight<TimeWindow>[] = [], assigner: ConstructorParameters<typeof MergingWindowSet<TimeWindow>>[0] = EventTimeSessionWindows.withGap(3)) {
  const set = new MergingWindowSet<TimeWindow>(assigner, stored);
  const merges: string[] = [];
  const onMerge = ({ result, merged, stateWindow, mergedStateWindows }: Merge<TimeWindow>): void =>
    void merges.push(`${merged.map(shown).join(' ')} -> ${shown(result)} in ${shown(stateWindow)} from ${mergedStateWindows.map(shown).join(' ') || 'none'}`);
  return {
    set,
    /** Adds a window; what it is part of now, and the merges that made it so. */
    add: (start: number, end: number): [string, ...string[]] => [shown(set.add(window(start, end), onMerge)), ...merges.splice(0)],
    stateOf: (start: number, end: number): string | undefined => {
      const state = set.stateWindow(window(start, end));
      return state && shown(state);
    },
  };
}

describe('the windows in flight', () => {
  it('stand alone where they meet none, each with its own state', () => {
    const { add, stateOf } = setOf();
    expect([add(0, 4), add(5, 9), add(10, 14)]).toEqual([['0-4'], ['5-9'], ['10-14']]);
    expect([stateOf(0, 4), stateOf(5, 9), stateOf(10, 14), stateOf(0, 9)]).toEqual(['0-4', '5-9', '10-14', undefined]);
  });

  it('do not merge with an identical one', () => {
    const { add, stateOf } = setOf();
    expect([add(1, 2), add(1, 2), stateOf(1, 2)]).toEqual([['1-2'], ['1-2'], '1-2']);
  });

  it('grow under the state window they have, for a new window never had state of its own', () => {
    const { add, stateOf } = setOf();
    add(0, 4);
    expect(add(2, 6)).toEqual(['0-6', '0-4 -> 0-6 in 0-4 from none']);
    expect([stateOf(0, 6), stateOf(0, 4), stateOf(2, 6)]).toEqual(['0-4', undefined, undefined]);
    expect(add(6, 8)).toEqual(['0-8', '0-6 -> 0-8 in 0-4 from none']);
    expect(stateOf(0, 8)).toBe('0-4');
  });

  it('that a new one connects keep the state of one and merge those of the others into it', () => {
    const { add, stateOf } = setOf();
    add(0, 2);
    add(5, 7);
    add(10, 12);
    const [result, merge] = add(1, 11);
    expect(result).toBe('0-12');
    expect(merge).toMatch(/^0-2 5-7 10-12 -> 0-12 in (0-2 from 5-7 10-12|5-7 from 0-2 10-12|10-12 from 0-2 5-7)$/);
    expect(['0-2', '5-7', '10-12']).toContain(stateOf(0, 12));
  });

  it('tell nobody of a window that lies inside one of them, also one without length', () => {
    const { add, stateOf } = setOf();
    add(0, 5);
    expect([add(1, 3), add(0, 4), add(2, 2), add(5, 5), stateOf(0, 5)]).toEqual([['0-5'], ['0-5'], ['0-5'], ['0-5'], '0-5']);
  });

  it('are covered by a larger one, which takes over their state', () => {
    const { add, stateOf } = setOf();
    add(1, 2);
    expect(add(0, 4)).toEqual(['0-4', '1-2 -> 0-4 in 1-2 from none']);
    expect([stateOf(0, 4), stateOf(1, 2)]).toEqual(['1-2', undefined]);
  });

  it('that another one covers all together merge into it', () => {
    const { add } = setOf();
    add(1, 3);
    add(5, 8);
    expect(add(0, 10)[0]).toBe('0-10');
  });

  it('are no more once they are retired', () => {
    const { set, add, stateOf } = setOf();
    add(0, 3);
    add(5, 8);
    set.retire(window(0, 3));
    expect([stateOf(0, 3), stateOf(5, 8), add(2, 6)]).toEqual([undefined, '5-8', ['2-8', '5-8 -> 2-8 in 5-8 from none']]);
  });

  it('are to be stored when they have changed, and are then found again with their state', () => {
    const stored: InFlight<TimeWindow>[] = [{ window: window(0, 8), stateWindow: window(0, 4) }];
    const { set, add } = setOf(stored);
    expect([set.changes(), add(3, 7), set.changes()]).toEqual([undefined, ['0-8'], undefined]);
    expect(add(8, 9)).toEqual(['0-9', '0-8 -> 0-9 in 0-4 from none']);
    const again = setOf(set.changes());
    expect(again.stateOf(0, 9)).toBe('0-4');
  });

  it('may be reported by an author’s assigner as equal windows of its own making', () => {
    const copying = (windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void => mergeTimeWindows(windows, (merged, result) => merge(merged.map(({ start, end }) => window(start, end)), result));
    const { add, stateOf } = setOf([], new OwnWindows<TimeWindow>(() => [], copying, EventTimeTrigger.create()));
    add(0, 4);
    expect([add(3, 6), stateOf(0, 6)]).toEqual([['0-6', '0-4 -> 0-6 in 0-4 from none'], '0-4']);
  });

  it('are refused when an assigner reports one that it was not given', () => {
    const inventing = (_: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void => merge([window(70, 80), window(90, 100)], window(70, 100));
    const { add } = setOf([], new OwnWindows<TimeWindow>(() => [], inventing, EventTimeTrigger.create()));
    expect(() => add(0, 4)).toThrow(/OwnWindows.mergeWindows reported a window that it was not given/);
  });

  it('may merge with each other while a new one stays alone', () => {
    const lowest = (windows: readonly TimeWindow[], merge: MergeCallback<TimeWindow>): void => mergeTimeWindows(windows.filter(({ start }) => start < 100), merge);
    const { add, stateOf } = setOf([{ window: window(0, 4), stateWindow: window(0, 4) }, { window: window(3, 6), stateWindow: window(3, 6) }], new OwnWindows<TimeWindow>(() => [], lowest, EventTimeTrigger.create()));
    expect(add(100, 104)[0]).toBe('100-104');
    expect([stateOf(100, 104), stateOf(0, 6), stateOf(0, 4)]).toEqual(['100-104', '0-4', undefined]);
  });
});

const SEED = Number(process.env['WINDOW_SEED'] ?? 20_261_122);

it(`the windows in flight never overlap or touch, cover all that was added and keep their states apart (seed ${SEED})`, () => {
  const added = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9 }));
  fc.assert(fc.property(fc.array(added, { maxLength: 25 }), (all) => {
    let stored: readonly InFlight<TimeWindow>[] = [];
    /** Which of the windows added have their elements under a state window. */
    const contents = new Map<string, string[]>();
    for (const [start, length] of all) {
      const { set } = setOf(stored);
      const now = set.add(window(start, start + length), ({ stateWindow, mergedStateWindows }) => {
        for (const merged of mergedStateWindows) {
          contents.set(shown(stateWindow), [...(contents.get(shown(stateWindow)) ?? []), ...(contents.get(shown(merged)) ?? [])]);
          contents.delete(shown(merged));
        }
      });
      const state = shown(set.stateWindow(now)!);
      contents.set(state, [...(contents.get(state) ?? []), `${start}-${start + length}`]);
      stored = set.changes() ?? stored;
    }
    const inOrder = stored.map((each) => each.window).toSorted((a, b) => a.start - b.start);
    for (const [at, each] of inOrder.slice(1).entries()) expect(each.start).toBeGreaterThan(inOrder[at]!.end);
    expect(new Set(stored.map(({ stateWindow }) => shown(stateWindow))).size).toBe(stored.length);
    for (const { window: whole, stateWindow } of stored) {
      const expected = all.filter(([start, length]) => start >= whole.start && start + length <= whole.end).map(([start, length]) => `${start}-${start + length}`);
      expect(contents.get(shown(stateWindow))?.toSorted()).toEqual(expected.toSorted());
    }
    expect([...contents.values()].flat()).toHaveLength(all.length);
  }), { numRuns: 1000, seed: SEED });
});

describe('time windows that merge', () => {
  const merged = (...windows: TimeWindow[]): string[] => {
    const groups: string[] = [];
    mergeTimeWindows(windows, (group, cover) => void groups.push(`${group.map(shown).join(' ')} = ${shown(cover)}`));
    return groups;
  };

  it('are none where there is one', () => {
    expect([merged(window(0, 0)), merged(window(0, 1)), merged()]).toEqual([[], [], []]);
  });

  it('are those that touch, in any order', () => {
    expect(merged(window(0, 1), window(1, 2), window(2, 3), window(4, 5), window(5, 6))).toEqual(['0-1 1-2 2-3 = 0-3', '4-5 5-6 = 4-6']);
    expect(merged(window(5, 6), window(2, 3), window(0, 1), window(4, 5), window(1, 2))).toEqual(['0-1 1-2 2-3 = 0-3', '4-5 5-6 = 4-6']);
  });

  it('are those of which one covers the other, with or without length', () => {
    expect(merged(window(1, 1), window(0, 2), window(4, 7), window(5, 6))).toEqual(['0-2 1-1 = 0-2', '4-7 5-6 = 4-7']);
  });

  it('are not those with a millisecond between them', () => {
    expect(merged(window(0, 2), window(3, 5))).toEqual([]);
  });
});
