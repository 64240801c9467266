import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeHeap } from '../../src/state/time-heap.js';
import { TimeTable } from '../../src/state/time-table.js';

const time = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 30 }).map((n) => 1.7e12 + n * 1000), fc.constantFrom(Infinity, -Infinity, 0.5, -5, 2 ** 32, 2 ** 33));

describe('the table of times', () => {
  const step = fc.record({ op: fc.constantFrom('set', 'set', 'delete', 'clear'), time, value: fc.integer() });
  it('does what a Map does, for any order of calls', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new TimeTable<number>();
      const model = new Map<number, number>();
      for (const { op, time, value } of steps) {
        if (op === 'set') {
          table.set(time, value);
          model.set(time, value);
        } else if (op === 'delete') {
          table.delete(time);
          model.delete(time);
        } else if (value % 10 === 0) {
          table.clear();
          model.clear();
        }
        expect([table.get(time), table.size]).toEqual([model.get(time), model.size]);
      }
      const left = new Map<number, number>();
      table.forEach((value, time) => left.set(time, value));
      expect(left).toEqual(model);
    }));
  });
});

describe('the heap of times', () => {
  it('gives the smallest first, for any order of pushes, pops and filters', () => {
    fc.assert(fc.property(fc.array(fc.oneof(time, fc.constantFrom('pop' as const, 'filter' as const)), { maxLength: 200 }), (steps) => {
      const heap = new TimeHeap();
      let model: number[] = [];
      for (const step of steps) {
        if (step === 'filter') {
          heap.filter((each) => each % 3 !== 0);
          model = model.filter((each) => each % 3 !== 0);
        } else if (step === 'pop') {
          if (heap.size > 0) heap.pop();
          model.shift();
        } else {
          heap.push(step);
          model = [...model, step].sort((a, b) => (a < b ? -1 : 1));
        }
        expect([heap.size, heap.peek()]).toEqual([model.length, model[0] ?? Infinity]);
      }
    }));
  });
});
