import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { SharedFiles } from '../../src/checkpoint/shared-files.js';

let shared: SharedFiles;
beforeEach(() => void (shared = new SharedFiles()));

describe('a file that checkpoints share', () => {
  it('goes with the last snapshot that refers to it', () => {
    shared.register('1', ['a', 'b']);
    shared.register('2', ['b', 'c']);
    expect([shared.release('1'), shared.release('2')]).toEqual([['a'], ['b', 'c']]);
  });

  it('stays while a checkpoint is under way that may have built on it', () => {
    shared.register('1', ['a']);
    shared.begun(3);
    expect(shared.release('1')).toEqual([]);
    expect(shared.settled(3)).toEqual(['a']);
  });

  it('stays when such a checkpoint then refers to it', () => {
    shared.register('1', ['a']);
    shared.begun(3);
    shared.release('1');
    shared.register('3', ['a']);
    expect([shared.settled(3), shared.release('3')]).toEqual([[], ['a']]);
  });

  it('does not wait for checkpoints that began after it was given up', () => {
    shared.register('1', ['a']);
    shared.begun(2);
    shared.release('1');
    shared.begun(3);
    expect(shared.settled(2)).toEqual(['a']);
  });

  it('of a checkpoint that came to nothing goes, unless a snapshot has it', () => {
    shared.register('1', ['a']);
    shared.begun(2);
    expect(shared.abandon(['a', 'new'])).toEqual([]);
    expect([shared.settled(2), shared.release('1')]).toEqual([['new'], ['a']]);
  });

  it('is never given up while a snapshot refers to it, in whatever order things happen', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('complete' as const), base: fc.nat(3), own: fc.nat(1) }),
      fc.record({ type: fc.constant('begin' as const) }),
      fc.record({ type: fc.constant('abort' as const) }),
      fc.record({ type: fc.constant('release' as const), which: fc.nat(3) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const files = new SharedFiles();
      const kept = new Map<string, Set<string>>();
      /** Checkpoints under way, and the files of the snapshots that were complete when they began. */
      const underWay: { id: number; bases: Set<string>[] }[] = [];
      let id = 0;
      const gone = new Set<string>();
      const check = (deleted: readonly string[]): void => {
        for (const path of deleted) {
          expect(gone.has(path)).toBe(false);
          gone.add(path);
          for (const needed of kept.values()) expect(needed.has(path)).toBe(false);
        }
      };
      for (const each of steps) {
        if (each.type === 'begin') {
          id += 1;
          underWay.push({ id, bases: [...kept.values()] });
          files.begun(id);
        } else if (each.type === 'release') {
          const name = [...kept.keys()][each.which];
          if (name === undefined) continue;
          kept.delete(name);
          check(files.release(name));
        } else {
          const checkpoint = underWay.shift();
          if (!checkpoint) continue;
          const base = each.type === 'complete' ? (checkpoint.bases[each.base] ?? []) : [];
          const needed = new Set([...base, `own-${checkpoint.id}`]);
          if (each.type === 'complete') {
            for (const path of needed) expect(gone.has(path)).toBe(false);
            kept.set(String(checkpoint.id), needed);
            files.register(String(checkpoint.id), needed);
          } else check(files.abandon([`own-${checkpoint.id}`]));
          check(files.settled(checkpoint.id));
        }
      }
      // In the end nothing is left behind.
      for (const { id: left } of underWay) check(files.settled(left));
      for (const name of kept.keys()) {
        kept.delete(name);
        check(files.release(name));
      }
      const made = new Set(Array.from({ length: id - underWay.length }, (_, at) => `own-${at + 1}`));
      expect(gone).toEqual(made);
    }), { numRuns: 300 });
  });
});
