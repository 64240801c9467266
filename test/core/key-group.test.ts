import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultMaxParallelism, keyGroupOf, keyGroupRange, subtaskOfKeyGroup } from '../../src/core/key-group.js';
import { hashKey } from '../../src/core/key.js';

const parallelisms = fc.integer({ min: 1, max: 32768 }).chain((max) => fc.tuple(fc.constant(max), fc.integer({ min: 1, max })));

describe('keyGroupOf', () => {
  it('gives the groups that Flink gives', () => {
    const groups = [0, 1, 2, 3, 4, 5, 6, 7].map((hash) => keyGroupOf(hash, 128));
    expect(groups).toEqual([94, 86, 127, 113, 7, 126, 18, 113]);
    expect(keyGroupOf(hashKey('hello'), 128)).toBe(35);
  });

  it('stays within the groups for every hash', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 32768 }), (hash, max) => {
      const group = keyGroupOf(hash, max);
      return Number.isInteger(group) && group >= 0 && group < max;
    }));
  });
});

describe('key group ranges', () => {
  it('of subtask i are those from ceil(i * max / p) to floor(((i + 1) * max - 1) / p), and group g is that of subtask floor(g * p / max)', () => {
    expect([0, 1, 2].map((subtask) => keyGroupRange(subtask, 128, 3))).toEqual([{ start: 0, end: 42 }, { start: 43, end: 85 }, { start: 86, end: 127 }]);
    expect([0, 1, 2].map((subtask) => keyGroupRange(subtask, 10, 3))).toEqual([{ start: 0, end: 3 }, { start: 4, end: 6 }, { start: 7, end: 9 }]);
    expect([0, 42, 43, 85, 86, 127].map((group) => subtaskOfKeyGroup(group, 128, 3))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(subtaskOfKeyGroup(32767, 32768, 32768)).toBe(32767);
  });

  it('agree with the subtask of every group', () => {
    fc.assert(fc.property(parallelisms, ([max, parallelism]) => {
      let next = 0;
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const { start, end } = keyGroupRange(subtask, max, parallelism);
        if (start !== next || end < start) return false;
        if (subtaskOfKeyGroup(start, max, parallelism) !== subtask || subtaskOfKeyGroup(end, max, parallelism) !== subtask) return false;
        next = end + 1;
      }
      return next === max;
    }), { numRuns: 200 });
  });
});

describe('defaultMaxParallelism', () => {
  it('leaves room for half as many subtasks again, in powers of two from 128 to 32768', () => {
    expect([1, 85, 86, 170, 171, 1000, 30000].map(defaultMaxParallelism)).toEqual([128, 128, 256, 256, 256, 2048, 32768]);
  });
});
